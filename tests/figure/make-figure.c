/* make-figure NAME FILE [DPI]: one of the fixture's figures in a process of its own. */
#include <stdio.h>

#include "fixture.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFigure) figure = argc >= 3 ? fixture_figure (argv[1]) : NULL;
  if (figure == NULL)
    return 2;
  double dpi = argc > 3 ? g_ascii_strtod (argv[3], NULL) : 0;
  if (scope_figure_write (figure, argv[2], dpi, &error))
    return 0;
  fprintf (stderr, "%s\n", error->message);
  return 1;
}

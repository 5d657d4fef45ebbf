/* The fonts that come along, so that figures look the same on every machine. What the system has
 * under the same name is the same design. */
#include <fontconfig/fontconfig.h>

#include "export/figure-private.h"

/* MAMBASCOPE_FONTS, else where the program was installed to, else where it was built from. */
static const char *
find_folder (void)
{
  const char *const places[]
      = { g_getenv ("MAMBASCOPE_FONTS"), SCOPE_FONTS_INSTALLED, SCOPE_FONTS_SOURCE };
  for (gsize k = 0; k < G_N_ELEMENTS (places); k++)
    if (places[k] != NULL && g_file_test (places[k], G_FILE_TEST_IS_DIR))
      return places[k];
  return NULL;
}

void
scope_fonts_init (void)
{
  static gsize known = 0;
  if (!g_once_init_enter (&known))
    return;
  const char *folder = find_folder ();
  if (folder != NULL)
    FcConfigAppFontAddDir (NULL, (const FcChar8 *)folder);
  g_once_init_leave (&known, 1);
}

/* The numbers of a figure as files, read back; and what LaTeX reads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "export/data.h"
#include "export/figure-private.h"
#include "export/latex.h"
#include "fixture.h"
#include "image.h"
#include "test-support.h"

static char *
read_data (const char *folder, const char *name, gsize *length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *data = scope_file_read (path, 1 << 26, length, &error);
  g_assert_no_error (error);
  return data;
}

/* Braces and environments of LaTeX match; what is quoted does not count. */
static void
check_latex (const char *text)
{
  int depth = 0, open = 0;
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0' && strchr ("{}%$&#_", p[1]) != NULL) {
      p++;
      continue;
    }
    depth += (*p == '{') - (*p == '}');
    g_assert_cmpint (depth, >=, 0);
    open += g_str_has_prefix (p, "\\begin{");
    open -= g_str_has_prefix (p, "\\end{");
  }
  g_assert_cmpint (depth, ==, 0);
  g_assert_cmpint (open, ==, 0);
}

/* Every causal cell with its tokens and its value, to nine digits. */
static void
check_map_csv (const ScopeResult *map, const char *csv)
{
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  gsize line = 1, size = scope_matrix_rows (map->matrix), tokens = map->range.row_end;
  g_assert_cmpstr (lines[0], ==, "query_begin,query_end,key_begin,key_end,value");
  for (gsize r = 0; r < size; r++)
    for (gsize c = 0; c <= r; c++, line++) {
      g_auto (GStrv) cells = g_strsplit (lines[line], ",", -1);
      double value = scope_matrix_get (map->matrix, r, c);
      g_assert_cmpuint (strtoul (cells[0], NULL, 10), ==, tokens * r / size);
      g_assert_cmpuint (strtoul (cells[3], NULL, 10), ==, tokens * (c + 1) / size);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[4], NULL), value, 1e-8 * fabs (value));
    }
  g_assert_cmpstr (lines[line], ==, "");
}

static void
test_map (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *inner = g_build_filename (folder, "new", "data", NULL);
  g_autoptr (ScopeFigure) figure = fixture_figure ("map");
  g_autoptr (GError) error = NULL;
  gsize length;
  g_assert_true (scope_figure_write_data (figure, inner, &error));
  g_autofree char *csv = read_data (inner, "a.csv", &length);
  const ScopeResult *map = g_ptr_array_index (figure->panels, 0);
  check_map_csv (map, csv);
  g_autofree char *npy = read_data (inner, "a.npy", &length);
  g_assert_cmpuint (length, ==, 128 + 64 * 64 * sizeof (float));
  g_assert_cmpmem (npy + 128, 64 * sizeof (float), scope_matrix_row_f32 (map->matrix, 0),
                   64 * sizeof (float));
  g_autofree char *tex = read_data (inner, "a.tex", &length);
  check_latex (tex);
  g_assert_nonnull (strstr (tex, "{a-cells.png}"));
  g_autofree char *png = g_build_filename (inner, "a-cells.png", NULL);
  cairo_surface_t *cells = image_load (png);
  g_assert_cmpint (cairo_image_surface_get_width (cells), ==, 64);
  cairo_surface_destroy (cells);
  g_autofree char *field = read_data (inner, "a-field.dat", &length);
  g_assert_true (g_str_has_prefix (field, "key query\n"));
}

/* The table that pgfplots reads has a column for each of a line's. */
static void
test_curves (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autoptr (ScopeFigure) figure = fixture_figure ("family");
  g_autoptr (GError) error = NULL;
  gsize length;
  g_assert_true (scope_figure_write_data (figure, folder, &error));
  g_autofree char *table = read_data (folder, "a.dat", &length);
  g_auto (GStrv) lines = g_strsplit (table, "\n", -1);
  g_assert_cmpstr (lines[0], ==, "x0 y0 low0 high0 x1 y1 low1 high1");
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + 6 + 1);
  const ScopeResult *result = g_ptr_array_index (figure->panels, 0);
  const ScopeCurve *second = g_ptr_array_index (result->curves, 1);
  g_auto (GStrv) cells = g_strsplit (lines[3], " ", -1);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[5], NULL), second->y[2], 1e-6);
  g_assert_cmpfloat_with_epsilon (g_ascii_strtod (cells[7], NULL), second->high[2], 1e-6);
  g_autofree char *tex = read_data (folder, "a.tex", &length);
  check_latex (tex);
  g_assert_nonnull (strstr (tex, "xmode=log, ymode=log"));
  g_autofree char *npy = read_data (folder, "a.npy", &length);
  g_assert_cmpuint (length, ==, 128 + 2 * 6 * 5 * sizeof (double));
  g_autofree char *csv = read_data (folder, "a.csv", &length);
  g_assert_true (g_str_has_prefix (csv, "curve,name,class,x,y,low,high\n0,filter 0,,128,20,"));
}

static void
test_others (void)
{
  static const char *const names[] = { "atlas", "strip", "split", "mosaic", "decay", "crowd" };
  static const char *const heads[]
      = { "tile,layer,channel,ln_decay,class,filter,value\n0,",
          "token,word,value,dropped\n60, the,",
          "query_begin,query_end,key_begin,key_end,value,value_mirrored\n",
          "query_begin,",
          "curve,name,class,x,y,low,high\n0,head 0,",
          "curve,name," };
  for (gsize k = 0; k < G_N_ELEMENTS (names); k++) {
    g_autofree char *folder = scope_test_folder ();
    g_autoptr (ScopeFigure) figure = fixture_figure (names[k]);
    g_autoptr (GError) error = NULL;
    gsize length;
    g_assert_true (scope_figure_write_data (figure, folder, &error));
    g_autofree char *csv = read_data (folder, "a.csv", &length);
    if (!g_str_has_prefix (csv, heads[k]))
      g_error ("%s begins with %.60s", names[k], csv);
  }
}

static void
test_errors (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *file = g_build_filename (folder, "file", NULL);
  g_autofree char *inside = g_build_filename (file, "data", NULL);
  g_autoptr (ScopeFigure) figure = fixture_figure ("map");
  g_autoptr (GError) error = NULL;
  g_assert_true (g_file_set_contents (file, "x", 1, NULL));
  g_assert_false (scope_figure_write_data (figure, inside, &error));
  g_assert_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, inside));
}

static void
test_escape (void)
{
  static const char *const cases[][2] = {
    { "plain", "plain" },
    { "a_b & 5 % of {x}$#", "a\\_b \\& 5 \\% of \\{x\\}\\$\\#" },
    { "10⁻³ α", "10\\ensuremath{^{-3}} \\ensuremath{\\alpha}" },
    { "10⁻¹²", "10\\ensuremath{^{-12}}" },
    { "1\u202f000–2 \\ ~", "1\\,000--2 \\textbackslash{} \\textasciitilde{}" },
    { "Größe", "Größe" },
  };
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *latex = scope_latex_escape (cases[k][0]);
    g_assert_cmpstr (latex, ==, cases[k][1]);
    check_latex (latex);
  }
}

static void
test_figure (void)
{
  g_autoptr (ScopeFigure) figure = fixture_figure ("mosaic");
  g_autofree char *latex = scope_figure_latex (figure, "my_fig 1.pdf");
  check_latex (latex);
  g_assert_nonnull (strstr (latex, "width=140.00mm"));
  g_assert_nonnull (strstr (latex, "\\label{fig:my-fig-1}"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/map", test_map);
  g_test_add_func ("/data/curves", test_curves);
  g_test_add_func ("/data/others", test_others);
  g_test_add_func ("/data/errors", test_errors);
  g_test_add_func ("/data/latex-escape", test_escape);
  g_test_add_func ("/data/latex-figure", test_figure);
  return g_test_run ();
}

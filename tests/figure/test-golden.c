/* Figures against pictures that a person has looked at. Few, because they depend on the versions of
 * FreeType and Cairo (the fonts are our own); SCOPE_UPDATE_GOLDENS=1 draws them anew, to be looked
 * at again. What differs is left as NAME.out.png, NAME.ref.png and NAME.diff.png in the folder
 * named by SCOPE_TEST_OUTPUT.
 */
#include <math.h>
#include <string.h>

#include "export/figure-private.h"
#include "fixture.h"
#include "image.h"

/* Another FreeType moves the edges of glyphs by a grey level here and there; a line at another
 * place or another colour map changes far more. */
#define MEAN_LIMIT  0.3
#define SHARE_LIMIT 0.001

static const char *golden_folder, *output_folder;

static cairo_surface_t *
draw (ScopeFigure *figure, double scale)
{
  double width, height;
  scope_figure_size (figure, &width, &height);
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, (int)round (width * scale), (int)round (height * scale));
  cairo_t *cr = cairo_create (surface);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, scale, scale);
  scope_figure_draw (figure, cr, scale, FALSE);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static void
compare_golden (cairo_surface_t *drawn, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_build_filename (golden_folder, file, NULL);
  if (g_getenv ("SCOPE_UPDATE_GOLDENS") != NULL) {
    cairo_surface_write_to_png (drawn, path);
    return;
  }
  cairo_surface_t *golden = image_load (path);
  ImageDifference difference = image_compare (drawn, golden);
  g_test_message ("%s: mean %.3f, share %.5f", name, difference.mean, difference.share);
  if (difference.mean > MEAN_LIMIT || difference.share > SHARE_LIMIT) {
    image_save_triple (output_folder, name, drawn, golden);
    g_test_fail ();
  }
  cairo_surface_destroy (golden);
}

static void
test_golden (gconstpointer data)
{
  g_autoptr (ScopeFigure) figure = fixture_figure (data);
  for (int scale = 1; scale <= 2; scale++) {
    g_autofree char *name = g_strdup_printf ("%s@%dx", (const char *)data, scale);
    cairo_surface_t *drawn = draw (figure, scale);
    compare_golden (drawn, name);
    cairo_surface_destroy (drawn);
  }
}

/* Nothing moves with the scale: four times as many pixels, averaged, are the same picture but for
 * the snapping of lines to pixels, which small ones make small. */
static void
test_scale (void)
{
  g_autoptr (ScopeFigure) figure = fixture_figure ("map");
  cairo_surface_t *one = draw (figure, 4), *four = draw (figure, 16);
  cairo_surface_t *small = image_resize (four, cairo_image_surface_get_width (one),
                                         cairo_image_surface_get_height (one));
  ImageDifference difference = image_compare (one, small);
  g_test_message ("mean %.3f, share %.5f", difference.mean, difference.share);
  g_assert_cmpfloat (difference.mean, <, 4);
  g_assert_cmpfloat (difference.share, <, 0.04);
  cairo_surface_destroy (one);
  cairo_surface_destroy (four);
  cairo_surface_destroy (small);
}

/* Texts are as wide on every device, so that nothing is laid out anew for it. */
static void
test_text_width (void)
{
  static const double scales[] = { 1, 1.25, 1.333, 2, 3.7, 8.333 };
  double width[G_N_ELEMENTS (scales)];
  for (gsize k = 0; k < G_N_ELEMENTS (scales); k++) {
    cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 8, 8);
    cairo_t *cr = cairo_create (surface);
    cairo_scale (cr, scales[k], scales[k]);
    g_auto (ScopeCanvas) canvas = { 0 };
    scope_canvas_init (&canvas, cr, scales[k], FALSE, NULL, 7, FALSE);
    width[k] = scope_canvas_text_width (&canvas, "query token i, 10⁻³ of mean |α|",
                                        &(ScopeTextStyle){ 0 });
    /* Pango counts in 1/1024 points and rounds once for each of 31 letters. */
    g_assert_cmpfloat_with_epsilon (width[k], width[0], 31.0 / 1024);
    cairo_destroy (cr);
    cairo_surface_destroy (surface);
  }
}

/* A figure that is made in many parts fits its own size: nothing is drawn beyond it. */
static void
test_inside (gconstpointer data)
{
  enum { MARGIN = 40 };
  g_autoptr (ScopeFigure) figure = fixture_figure (data);
  double width, height;
  scope_figure_size (figure, &width, &height);
  int w = (int)ceil (width) + 2 * MARGIN, h = (int)ceil (height) + 2 * MARGIN;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, w, h);
  cairo_t *cr = cairo_create (surface);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_translate (cr, MARGIN, MARGIN);
  scope_figure_draw (figure, cr, 1, FALSE);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  for (int y = 0; y < h; y++)
    for (int x = 0; x < w; x++) {
      gboolean inside = x >= MARGIN && x < w - MARGIN && y >= MARGIN && y < h - MARGIN;
      if (!inside && image_pixel (surface, x, y) != 0xffffff)
        g_error ("%s: something is drawn at (%d, %d), outside %g x %g", (const char *)data,
                 x - MARGIN, y - MARGIN, width, height);
    }
  cairo_surface_destroy (surface);
}

int
main (int argc, char **argv)
{
  static const char *const goldens[]
      = { "dropped", "signed", "decay", "grid", "atlas", "strip", "split", "families", "mosaic" };
  static const char *const all[]
      = { "map",   "dropped", "signed", "decay",  "crowd",    "grid",  "checkerboard",
          "atlas", "strip",   "split",  "family", "families", "mosaic" };
  g_test_init (&argc, &argv, NULL);
  golden_folder = g_getenv ("SCOPE_TEST_GOLDENS");
  output_folder = g_getenv ("SCOPE_TEST_OUTPUT");
  if (golden_folder == NULL || output_folder == NULL)
    g_error ("SCOPE_TEST_GOLDENS and SCOPE_TEST_OUTPUT name the folders to use");
  for (gsize k = 0; k < G_N_ELEMENTS (goldens); k++) {
    g_autofree char *path = g_strconcat ("/figure/golden/", goldens[k], NULL);
    g_test_add_data_func (path, goldens[k], test_golden);
  }
  for (gsize k = 0; k < G_N_ELEMENTS (all); k++) {
    g_autofree char *path = g_strconcat ("/figure/inside/", all[k], NULL);
    g_test_add_data_func (path, all[k], test_inside);
  }
  g_test_add_func ("/figure/scale", test_scale);
  g_test_add_func ("/figure/text-width", test_text_width);
  return g_test_run ();
}

#include "image.h"

#include <math.h>
#include <string.h>

static cairo_surface_t *
as_rgb (cairo_surface_t *surface, int width, int height)
{
  cairo_surface_t *rgb = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (rgb);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, (double)width / cairo_image_surface_get_width (surface),
               (double)height / cairo_image_surface_get_height (surface));
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_flush (rgb);
  return rgb;
}

cairo_surface_t *
image_load (const char *path)
{
  cairo_surface_t *surface = cairo_image_surface_create_from_png (path);
  if (cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    g_error ("%s: %s", path, cairo_status_to_string (cairo_surface_status (surface)));
  cairo_surface_t *rgb = image_resize (surface, cairo_image_surface_get_width (surface),
                                       cairo_image_surface_get_height (surface));
  cairo_surface_destroy (surface);
  return rgb;
}

cairo_surface_t *
image_resize (cairo_surface_t *surface, int width, int height)
{
  return as_rgb (surface, width, height);
}

guint32
image_pixel (cairo_surface_t *surface, int x, int y)
{
  const unsigned char *data = cairo_image_surface_get_data (surface);
  gsize stride = (gsize)cairo_image_surface_get_stride (surface);
  return ((const guint32 *)(data + (gsize)y * stride))[x] & 0xffffff;
}

static int
channel_difference (guint32 a, guint32 b, int *largest)
{
  int total = 0;
  for (int shift = 0; shift < 24; shift += 8) {
    int difference = abs ((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff));
    total += difference;
    *largest = MAX (*largest, difference);
  }
  return total;
}

ImageDifference
image_compare (cairo_surface_t *a, cairo_surface_t *b)
{
  int width = cairo_image_surface_get_width (a), height = cairo_image_surface_get_height (a);
  if (width != cairo_image_surface_get_width (b) || height != cairo_image_surface_get_height (b))
    return (ImageDifference){ INFINITY, INFINITY };
  double total = 0, far = 0;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int largest = 0;
      total += channel_difference (image_pixel (a, x, y), image_pixel (b, x, y), &largest);
      far += largest > 48;
    }
  double pixels = (double)width * height;
  return (ImageDifference){ total / pixels / 3, far / pixels };
}

static void
save (const char *folder, const char *name, const char *kind, cairo_surface_t *surface)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.%s.png", folder, name, kind);
  g_assert_cmpint (cairo_surface_write_to_png (surface, path), ==, CAIRO_STATUS_SUCCESS);
  g_test_message ("see %s", path);
}

void
image_save_triple (const char *folder, const char *name, cairo_surface_t *out,
                   cairo_surface_t *reference)
{
  save (folder, name, "out", out);
  if (reference == NULL)
    return;
  save (folder, name, "ref", reference);
  cairo_t *cr = cairo_create (out);
  cairo_set_operator (cr, CAIRO_OPERATOR_DIFFERENCE);
  cairo_set_source_surface (cr, reference, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
  save (folder, name, "diff", out);
}

gboolean
image_run_tool (const char *const *arguments)
{
  g_autofree char *program = g_find_program_in_path (arguments[0]);
  g_autoptr (GError) error = NULL;
  g_autofree char *output = NULL;
  int status = 0;
  if (program == NULL) {
    g_autofree char *reason = g_strdup_printf ("%s is not installed", arguments[0]);
    g_test_skip (reason);
    return FALSE;
  }
  g_spawn_sync (NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL,
                &status, &error);
  g_assert_no_error (error);
  g_spawn_check_wait_status (status, &error);
  if (error != NULL)
    g_error ("%s: %s\n%s", arguments[0], error->message, output);
  return TRUE;
}

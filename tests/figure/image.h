/* Pictures in tests: load, compare, and leave out/ref/diff where a person can look. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  double mean;  /* mean difference of the channels, in levels of 255 */
  double share; /* of the pixels that differ by more than 48 levels in a channel */
} ImageDifference;

/* RGB24; fails the test if the file is no PNG. */
cairo_surface_t *image_load (const char *path);
/* INFINITY in both if the sizes differ. */
ImageDifference image_compare (cairo_surface_t *a, cairo_surface_t *b);
/* Writes NAME.out.png, NAME.ref.png and NAME.diff.png below FOLDER. REFERENCE may be NULL. */
void image_save_triple (const char *folder, const char *name, cairo_surface_t *out,
                        cairo_surface_t *reference);
/* SURFACE scaled to WIDTH x HEIGHT by averaging. */
cairo_surface_t *image_resize (cairo_surface_t *surface, int width, int height);
/* 0xRRGGBB of a pixel. */
guint32 image_pixel (cairo_surface_t *surface, int x, int y);
/* Runs a command and returns TRUE, or skips the running test if its program is not installed. */
gboolean image_run_tool (const char *const *arguments);

G_END_DECLS

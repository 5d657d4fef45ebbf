/* Textures of pictures that have no transparency.
 *
 * Three bytes a pixel: without GL, GTK 4.8 copies such a texture whenever it is painted, but takes
 * one with alpha through floats, pixel by pixel, which for a plot is most of the time of a frame.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of a Cairo image (ARGB32 or RGB24), whose alpha is taken for 1. Any thread. */
GdkTexture *scope_texture_opaque (cairo_surface_t *image) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

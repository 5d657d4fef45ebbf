#include "ui/texture.h"

GdkTexture *
scope_texture_opaque (cairo_surface_t *image)
{
  gsize width = (gsize)cairo_image_surface_get_width (image);
  gsize height = (gsize)cairo_image_surface_get_height (image);
  gsize stride = (gsize)cairo_image_surface_get_stride (image), row = 3 * width;
  cairo_surface_flush (image);
  const guint8 *data = cairo_image_surface_get_data (image);
  guint8 *out = g_malloc (row * height);
  for (gsize r = 0; r < height; r++) {
    const guint32 *from = (const guint32 *)(const void *)(data + r * stride);
    guint8 *to = out + r * row;
    for (gsize c = 0; c < width; c++, to += 3) {
      to[0] = (guint8)(from[c] >> 16);
      to[1] = (guint8)(from[c] >> 8);
      to[2] = (guint8)from[c];
    }
  }
  g_autoptr (GBytes) bytes = g_bytes_new_take (out, row * height);
  return gdk_memory_texture_new ((int)width, (int)height, GDK_MEMORY_R8G8B8, bytes, row);
}

#include <string.h>

#include "base/file.h"
#include "export/figure-private.h"

#define DEFAULT_DPI 600.0

typedef GByteArray *(*Encoder) (ScopeFigure *figure, double dpi, GError **error);

static const struct {
  const char *ending;
  Encoder encode;
} formats[] = {
  { "png", scope_figure_to_png },
  { "pdf", scope_figure_to_pdf },
  { "svg", scope_figure_to_svg },
};

static Encoder
find_encoder (const char *ending)
{
  for (gsize k = 0; k < G_N_ELEMENTS (formats); k++)
    if (g_ascii_strcasecmp (ending, formats[k].ending) == 0)
      return formats[k].encode;
  return NULL;
}

/* The theme is the screen's affair: files are always on white paper. */
static ScopeFigure *
for_paper (ScopeFigure *figure)
{
  ScopeFigure *copy = scope_figure_new (&figure->style);
  copy->style.dark = FALSE;
  copy->columns = figure->columns;
  scope_figure_set_recipe (copy, figure->recipe);
  scope_figure_set_title (copy, figure->title);
  scope_figure_set_words (copy, figure->words);
  for (gsize k = 0; k < figure->panels->len; k++)
    scope_figure_add_panel (copy, g_ptr_array_index (figure->panels, k),
                            &g_array_index (figure->looks, ScopePanelLook, k));
  return copy;
}

static GByteArray *
encode (ScopeFigure *self, Encoder encoder, double dpi, GError **error)
{
  g_autoptr (ScopeFigure) figure = for_paper (self);
  return encoder (figure, dpi > 0 ? dpi : DEFAULT_DPI, error);
}

GBytes *
scope_figure_encode (ScopeFigure *self, const char *format, double dpi, GError **error)
{
  Encoder encoder = find_encoder (format);
  g_return_val_if_fail (encoder != NULL, NULL);
  GByteArray *bytes = encode (self, encoder, dpi, error);
  return bytes != NULL ? g_byte_array_free_to_bytes (bytes) : NULL;
}

gboolean
scope_figure_write (ScopeFigure *self, const char *path, double dpi, GError **error)
{
  const char *dot = strrchr (path, '.');
  Encoder encoder = dot != NULL && dot > path ? find_encoder (dot + 1) : NULL;
  if (encoder == NULL) {
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_FORMAT,
                 "%s: expected a name that ends in .png, .pdf or .svg", path);
    return FALSE;
  }
  g_autoptr (GByteArray) bytes = encode (self, encoder, dpi, error);
  if (bytes == NULL) {
    g_prefix_error (error, "%s: ", path);
    return FALSE;
  }
  return scope_file_write (path, bytes->data, bytes->len, error);
}

/* What other programs get of a figure, through the clipboard or dragged. */
#include "ui/export-canvas.h"

GdkContentProvider *
scope_export_content (ScopePreview *preview, const char *path)
{
  GBytes *png = scope_preview_get_bytes (preview, SCOPE_FILE_PNG);
  GBytes *svg = scope_preview_get_bytes (preview, SCOPE_FILE_SVG);
  GdkContentProvider *providers[4];
  gsize count = 0;
  if (png == NULL || svg == NULL)
    return NULL;
  g_autofree char *caption = scope_figure_caption (scope_preview_get_figure (preview));
  if (path != NULL) {
    g_autoptr (GFile) file = g_file_new_for_path (path);
    GdkFileList *list = gdk_file_list_new_from_array (&file, 1);
    providers[count++] = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, list);
    g_boxed_free (GDK_TYPE_FILE_LIST, list);
  }
  providers[count++] = gdk_content_provider_new_for_bytes ("image/png", png);
  providers[count++] = gdk_content_provider_new_for_bytes ("image/svg+xml", svg);
  providers[count++] = gdk_content_provider_new_typed (G_TYPE_STRING, caption);
  return gdk_content_provider_new_union (providers, count);
}

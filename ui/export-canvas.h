/* ScopeExportCanvas: the figure of a preview on paper, at its true size where the screen says
 * how large it is, drawn by the code that writes the files. It can be dragged out, as a file and
 * as a picture. Paper is white in every theme. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/preview.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_EXPORT_CANVAS (scope_export_canvas_get_type ())
G_DECLARE_FINAL_TYPE (ScopeExportCanvas, scope_export_canvas, SCOPE, EXPORT_CANVAS, GtkWidget)

#define SCOPE_EXPORT_ZOOM_LEAST 0.25
#define SCOPE_EXPORT_ZOOM_MOST  8.0

/* Once. */
void scope_export_canvas_set_preview (ScopeExportCanvas *self, ScopePreview *preview);
/* Of the newest figure; 0 while there is none. */
void scope_export_canvas_get_size (ScopeExportCanvas *self, double *width_mm, double *height_mm);
/* 1: true size. Notifies "zoom". */
double scope_export_canvas_get_zoom (ScopeExportCanvas *self);
void scope_export_canvas_set_zoom (ScopeExportCanvas *self, double zoom);
/* Logical pixels of the screen for a millimetre; *KNOWN: it says so itself, else it is taken for
 * one of 96 dpi. */
double scope_export_canvas_get_scale (ScopeExportCanvas *self, gboolean *known);
/* What a dragged file is called, without its ending. */
void scope_export_canvas_set_name (ScopeExportCanvas *self, const char *name);
/* The picture of the newest figure is on screen. */
gboolean scope_export_canvas_is_drawn (ScopeExportCanvas *self);

/* The figure for other programs: image/png and image/svg+xml, the bytes that would be written, its
 * caption as text, and where PATH is given that file. NULL while the bytes are being made. */
GdkContentProvider *scope_export_content (ScopePreview *preview,
                                          const char *path) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

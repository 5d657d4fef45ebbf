/* ScopeExportWindow: a figure before it leaves. At the left the figure at its true size, and
 * what the preflight finds; at the right what it shows, how, and as which files. One window
 * shows a figure of the selection; the composer is the same window with a list of panels
 * (composer-panels.h). Main thread. */
#pragma once

#include <adwaita.h>

#include "session/preview.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_EXPORT_WINDOW (scope_export_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopeExportWindow, scope_export_window, SCOPE, EXPORT_WINDOW, AdwWindow)

/* Of what SESSION has selected, KIND at first. */
GtkWidget *scope_export_window_new (GtkWindow *parent, ScopeSession *session,
                                    ScopeFigureKind kind) G_GNUC_WARN_UNUSED_RESULT;
/* Of the panels in PREVIEW, which outlives the window. */
GtkWidget *scope_composer_window_new (GtkWindow *parent, ScopeSession *session,
                                      ScopePreview *preview) G_GNUC_WARN_UNUSED_RESULT;
ScopePreview *scope_export_window_get_preview (ScopeExportWindow *self);
/* Everything that was asked for is on screen, or has failed. */
gboolean scope_export_window_is_settled (ScopeExportWindow *self);
/* "rescue-mamba2-5m-layer6-head3-map-longmamba": what a file with KIND of SESSION may be called.
 * Caller frees. */
char *scope_export_name (ScopeSession *session, ScopeFigureKind kind) G_GNUC_WARN_UNUSED_RESULT;
/* Opens the folder of PATH in the file manager. */
void scope_show_in_folder (GtkWindow *parent, const char *path);

G_END_DECLS

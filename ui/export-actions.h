/* ScopeExporter: the way of a window's figures out: the actions win.export, win.copy-figure,
 * win.compose-add and win.composer, and the composer's panels, which stay while the window is
 * open. Main thread. */
#pragma once

#include "session/preview.h"
#include "ui/export-window.h"

G_BEGIN_DECLS

typedef struct _ScopeExporter ScopeExporter;

/* The view that is shown says what kind of figure is meant. */
typedef ScopeFigureKind (*ScopeExportKind) (gpointer window);
ScopeExporter *scope_exporter_new (GtkWindow *window, GActionMap *actions, ScopeSession *session,
                                   AdwToastOverlay *toasts,
                                   ScopeExportKind kind) G_GNUC_WARN_UNUSED_RESULT;
void scope_exporter_free (ScopeExporter *self);
/* There is something to export, or not. */
void scope_exporter_enable (ScopeExporter *self, gboolean enabled);
/* Opens them. */
ScopeExportWindow *scope_exporter_show (ScopeExporter *self);
ScopeExportWindow *scope_exporter_show_composer (ScopeExporter *self);

G_END_DECLS

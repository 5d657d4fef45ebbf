/* Asks where a figure goes, has the session write it, and reports. */
#pragma once

#include <adwaita.h>

#include "session/session.h"

G_BEGIN_DECLS

/* ENDING: "png", "pdf" or "svg". Toasts appear in TOASTS, failures through FAILED (message, data);
 * neither after PARENT is gone. */
typedef void (*ScopeExportFailed) (const char *message, gpointer data);
void scope_export_dialog_run (GtkWindow *parent, AdwToastOverlay *toasts, ScopeSession *session,
                              ScopeExportView view, const char *ending, ScopeExportFailed failed,
                              gpointer data);
/* Opens the folder of PATH in the file manager, with the file selected where that can be done. */
void scope_show_in_folder (GtkWindow *parent, const char *path);

G_END_DECLS

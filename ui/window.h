/* ScopeWindow: one window, one session. It puts the widgets together, keeps the title, the pages
 * and the messages in step with the session, and owns the window's actions (window-actions.c).
 * Main thread. */
#pragma once

#include <adwaita.h>

#include "session/session-file.h"
#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_WINDOW (scope_window_get_type ())
G_DECLARE_FINAL_TYPE (ScopeWindow, scope_window, SCOPE, WINDOW, AdwApplicationWindow)

GtkWidget *scope_window_new (GtkApplication *application) G_GNUC_WARN_UNUSED_RESULT;
ScopeSession *scope_window_get_session (ScopeWindow *self);

/* TEXT_PATH may be NULL. */
void scope_window_open (ScopeWindow *self, const char *model_folder, const char *text_path);
/* A session file: messages in the window; for a model or text that is not there it asks. */
void scope_window_open_session (ScopeWindow *self, const char *path);
gboolean scope_window_save_session (ScopeWindow *self, const char *path);
/* The same for what was read already, which is taken over. */
void scope_window_restore_file (ScopeWindow *self, ScopeSessionFile *file);
/* Whatever it is: a model's folder or weights, a session, a figure, or a text. */
void scope_window_open_any (ScopeWindow *self, const char *path);
/* By its name a session or a figure. */
gboolean scope_window_is_document (const char *path);
/* What was open when the last window was closed. FALSE: nothing, or it is no session. */
gboolean scope_window_restore_last (ScopeWindow *self);
/* "map", "decay", ...: window-views.c. FALSE: there is no such view. */
gboolean scope_window_show_view (ScopeWindow *self, const char *view);
/* "map, decay, ...". Caller frees. */
char *scope_window_view_names (ScopeWindow *self) G_GNUC_WARN_UNUSED_RESULT;
/* Everything asked for has arrived and is on screen, or has failed with a message (*FAILED). */
gboolean scope_window_is_settled (ScopeWindow *self, gboolean *failed);
const char *scope_window_get_message (ScopeWindow *self); /* the newest one shown; "" if none */
/* The size is neither read from nor written to the user's configuration. */
void scope_window_set_transient_size (ScopeWindow *self, int width, int height);

G_END_DECLS

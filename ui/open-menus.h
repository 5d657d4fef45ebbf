/* The menus of the Open and Text buttons, the file choosers behind them and what was opened
 * lately. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* "win.open-model", samples ("win.open-sample"), recent folders ("win.open-recent-model") and
 * sessions ("win.open-recent-session"), "win.clear-recent". */
GMenuModel *scope_open_menu_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* "win.open-text", sample texts ("win.open-sample-text"), recent ("win.open-recent-text"). */
GMenuModel *scope_text_menu_new (void) G_GNUC_WARN_UNUSED_RESULT;

typedef enum {
  SCOPE_RECENT_MODEL,
  SCOPE_RECENT_TEXT,
  SCOPE_RECENT_SESSION,
  SCOPE_N_RECENT
} ScopeRecentKind;

/* Remembers PATH for the desktop's list and these menus. */
void scope_recent_add (const char *path, ScopeRecentKind kind);
/* What these menus remember, and nothing of other programs. */
void scope_recent_clear (void);

/* PATH is the caller's no longer than the call. */
typedef void (*ScopeChosen) (const char *path, gpointer data);
/* All show a dialog and return at once; CHOSEN is not called if the user cancels. DATA is freed
 * with DESTROY (may be NULL) in any case. */
void scope_choose_model (GtkWindow *parent, ScopeChosen chosen, gpointer data,
                         GDestroyNotify destroy);
void scope_choose_text (GtkWindow *parent, ScopeChosen chosen, gpointer data,
                        GDestroyNotify destroy);
/* A session, or a figure that brings one back. */
void scope_choose_session (GtkWindow *parent, ScopeChosen chosen, gpointer data,
                           GDestroyNotify destroy);
void scope_choose_session_to_save (GtkWindow *parent, const char *name, ScopeChosen chosen,
                                   gpointer data, GDestroyNotify destroy);

/* DIALOG closes when PARENT goes from the screen. */
void scope_dialog_follow (GtkWindow *dialog, GtkWindow *parent);

G_END_DECLS

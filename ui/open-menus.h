/* The menus of the Open and Text buttons, the file choosers behind them and what was opened lately.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* "win.open-model", samples ("win.open-sample"), recent folders ("win.open-recent-model"). */
GMenuModel *scope_open_menu_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* "win.open-text", sample texts ("win.open-sample-text"), recent ("win.open-recent-text"). */
GMenuModel *scope_text_menu_new (void) G_GNUC_WARN_UNUSED_RESULT;

/* Remembers PATH for the desktop's list and these menus. */
void scope_recent_add (const char *path, gboolean is_model);

/* PATH is the caller's no longer than the call. */
typedef void (*ScopeChosen) (const char *path, gpointer data);
/* Both show a dialog and return at once; CHOSEN is not called if the user cancels. */
void scope_choose_model (GtkWindow *parent, ScopeChosen chosen, gpointer data);
void scope_choose_text (GtkWindow *parent, ScopeChosen chosen, gpointer data);

G_END_DECLS

/* ScopeComposerRow: a panel of a figure in the list of them: its letter, its name, where it comes
 * from, and a menu of what can be done with it. The menu's actions ("panels.up", "panels.down",
 * "panels.name", "panels.remove", each with the row's index) are those of what the row lies in.
 * Main thread. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPOSER_ROW (scope_composer_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeComposerRow, scope_composer_row, SCOPE, COMPOSER_ROW, AdwActionRow)

/* Of the panel INDEX, which stays its place. */
GtkWidget *scope_composer_row_new (guint index) G_GNUC_WARN_UNUSED_RESULT;
/* Plain text, copied; what is shown already is left alone. LAST: nothing can be moved below it. */
void scope_composer_row_show (ScopeComposerRow *self, const char *letter, const char *title,
                              const char *subtitle, gboolean last);

G_END_DECLS

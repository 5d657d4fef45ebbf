/* ScopeStatusRow: the last line of the window: what is going on with a progress bar and Cancel
 * while the session is busy, and in a few words what was done once it rests. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_STATUS_ROW (scope_status_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeStatusRow, scope_status_row, SCOPE, STATUS_ROW, GtkWidget)

/* Once. */
void scope_status_row_set_session (ScopeStatusRow *self, ScopeSession *session);

G_END_DECLS

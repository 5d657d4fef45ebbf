/* ScopeInspectorCell: the cell under the crosshair: its value, the two tokens, and the terms
 * that it is the sum of: as bars, as a list that sorts, for the clipboard. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/dissect.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR_CELL (scope_inspector_cell_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspectorCell, scope_inspector_cell, SCOPE, INSPECTOR_CELL, GtkWidget)

/* Once. */
void scope_inspector_cell_set_session (ScopeInspectorCell *self, ScopeSession *session,
                                       ScopeDissect *dissect);

G_END_DECLS

/* ScopeInspector: what the crosshair points at in words and numbers, the selected channel's facts,
 * and what is true of the map: blocks, exact or sampled, proof. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR (scope_inspector_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspector, scope_inspector, SCOPE, INSPECTOR, GtkWidget)

/* Once. */
void scope_inspector_set_session (ScopeInspector *self, ScopeSession *session);

G_END_DECLS

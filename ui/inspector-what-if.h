/* ScopeInspectorWhatIf: another Δ for one token, and what comes of it: in the layer at once,
 * then in the network. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/what-if.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR_WHAT_IF (scope_inspector_what_if_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspectorWhatIf, scope_inspector_what_if, SCOPE, INSPECTOR_WHAT_IF,
                      GtkWidget)

/* Once. */
void scope_inspector_what_if_set_session (ScopeInspectorWhatIf *self, ScopeSession *session,
                                          ScopeWhatIf *what_if);

G_END_DECLS

/* ScopeInspectorFilter: the filter: its method and parameters, what it keeps of the layer, and
 * the ΣΔ of each channel against what calibration aims at. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/effect.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR_FILTER (scope_inspector_filter_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspectorFilter, scope_inspector_filter, SCOPE, INSPECTOR_FILTER,
                      GtkWidget)

/* Once. */
void scope_inspector_filter_set_session (ScopeInspectorFilter *self, ScopeSession *session,
                                         ScopeEffect *effect);

G_END_DECLS

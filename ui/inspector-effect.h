/* ScopeInspectorEffect: what the network says without the filter, with it on this layer alone,
 * and with it on all of them. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/effect.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR_EFFECT (scope_inspector_effect_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspectorEffect, scope_inspector_effect, SCOPE, INSPECTOR_EFFECT,
                      GtkWidget)

/* Once. */
void scope_inspector_effect_set_effect (ScopeInspectorEffect *self, ScopeEffect *effect);

G_END_DECLS

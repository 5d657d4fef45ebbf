/* ScopeInspectorChannel: the facts of the selected channel. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/dissect.h"
#include "session/effect.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR_CHANNEL (scope_inspector_channel_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspectorChannel, scope_inspector_channel, SCOPE, INSPECTOR_CHANNEL,
                      GtkWidget)

/* Once. The target of ΣΔ is EFFECT's. */
void scope_inspector_channel_set_session (ScopeInspectorChannel *self, ScopeSession *session,
                                          ScopeDissect *dissect, ScopeEffect *effect);

G_END_DECLS

/* What the engine's thread does for a ScopeWhatIf. Nothing here sees the session. */
#pragma once

#include "session/look.h"
#include "session/what-if.h"

G_BEGIN_DECLS

typedef struct {
  ScopeLook *look;
  ScopePlanEdit edit;
  gsize channel;        /* the one that is looked at */
  ScopeOutcome *before; /* of LOOK's run; NULL: to be made */
} ScopeWhatIfOrder;

/* On the engine's thread. */
void scope_what_if_order_free (ScopeWhatIfOrder *self);

void scope_what_if_network_free (ScopeWhatIfNetwork *self);

/* ScopeEngineWork: a ScopeWhatIfLayer (g_free), and a ScopeWhatIfNetwork. */
gpointer scope_what_if_work_layer (gpointer input, ScopeProgress *progress, GError **error);
gpointer scope_what_if_work_network (gpointer input, ScopeProgress *progress, GError **error);

G_END_DECLS

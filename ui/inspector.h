/* ScopeInspector: the column beside the views, in sections that fold: the cell under the
 * crosshair, the selected channel, the filter and what it does, what another Δ would do, and
 * what is true of the map: blocks, exact or sampled, proof. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_INSPECTOR (scope_inspector_get_type ())
G_DECLARE_FINAL_TYPE (ScopeInspector, scope_inspector, SCOPE, INSPECTOR, GtkWidget)

/* Once. */
void scope_inspector_set_session (ScopeInspector *self, ScopeSession *session);
/* What the map on screen shows of each block, how many cells along each side a block has, and
 * whether all of them were evaluated. */
void scope_inspector_show_map (ScopeInspector *self, const char *shows, gsize step,
                               const char *evaluated);

G_END_DECLS

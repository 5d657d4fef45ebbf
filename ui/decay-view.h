/* ScopeDecayView: the cumulative decay of the selected layer's channels over the text, with the
 * training length and θ. Drawn by the figure library. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_DECAY_VIEW (scope_decay_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDecayView, scope_decay_view, SCOPE, DECAY_VIEW, GtkWidget)

/* Once. */
void scope_decay_view_set_session (ScopeDecayView *self, ScopeSession *session);

G_END_DECLS

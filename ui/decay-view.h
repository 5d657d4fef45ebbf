/* ScopeDecayView: how the selected layer's channels forget: cumulative decay against tokens for the
 * global, the chosen or all channels, before and after the filter, with the training length, θ,
 * which can be dragged, and what the calibration aims at.
 *
 * Properties, both parameters of the session's history: "show" (uint: 0 global, 1 chosen, 2
 * all), and the chosen channels. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_DECAY_VIEW (scope_decay_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDecayView, scope_decay_view, SCOPE, DECAY_VIEW, GtkWidget)

/* Once. */
void scope_decay_view_set_session (ScopeDecayView *self, ScopeSession *session);

G_END_DECLS

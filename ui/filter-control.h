/* ScopeFilterControl: the LongMamba switch and its θ, in the header bar. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_FILTER_CONTROL (scope_filter_control_get_type ())
G_DECLARE_FINAL_TYPE (ScopeFilterControl, scope_filter_control, SCOPE, FILTER_CONTROL, GtkWidget)

/* Once. */
void scope_filter_control_set_session (ScopeFilterControl *self, ScopeSession *session);

/* 0: all of it; 1: without its name; 2: the switch alone. */
void scope_filter_control_set_compact (ScopeFilterControl *self, guint level);

G_END_DECLS

/* ScopeCompareView: one thing under two filters (or of two layers, channels, texts, models): its
 * map, its decay, its text, and the numbers of the cell under the crosshair. Property "command-
 * line": what gives the page on screen; NULL: no text is open. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPARE_VIEW (scope_compare_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCompareView, scope_compare_view, SCOPE, COMPARE_VIEW, GtkWidget)

/* Once. */
void scope_compare_view_set_session (ScopeCompareView *self, ScopeSession *session);

G_END_DECLS

/* ScopeSweepView: perplexity against length, as it is computed: the settings, the curves, the
 * numbers. Actions on itself: "sweep.run" (starts or stops), "sweep.copy-csv", "sweep.copy-
 * command", "sweep.save" (an ending: "csv", "png", "pdf", "svg"). Property "command-line": what
 * gives the numbers on screen; NULL: there are none yet. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/sweep.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_SWEEP_VIEW (scope_sweep_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeSweepView, scope_sweep_view, SCOPE, SWEEP_VIEW, GtkWidget)

/* Once. */
void scope_sweep_view_set_session (ScopeSweepView *self, ScopeSession *session);
ScopeSweep *scope_sweep_view_get_sweep (ScopeSweepView *self); /* borrowed */

G_END_DECLS

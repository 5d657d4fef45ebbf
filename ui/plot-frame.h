/* ScopePlotFrame: a plot and, after it, what belongs to it (a colour bar). The plot has all the
 * room that the second child does not need; where the plot says that it leaves some of it free on
 * both sides, the second child stands that much nearer, so that the two look like one figure in the
 * middle. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_PLOT_FRAME (scope_plot_frame_get_type ())
G_DECLARE_FINAL_TYPE (ScopePlotFrame, scope_plot_frame, SCOPE, PLOT_FRAME, GtkWidget)

/* FREE: pixels at either end of the plot that it leaves empty. Not while widgets are allocated. */
void scope_plot_frame_set_free (ScopePlotFrame *self, double free);

G_END_DECLS

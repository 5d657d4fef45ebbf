/* ScopeComparePlot: the maps of a comparison, in one square or in two that are seen through one
 * window: zooming and panning one moves the other.
 *
 * Wheel, drag, double click and the arrow keys do what they do on the map. While Space is held
 * (or "flipped" is set) A and B change places. Signals: "view-changed": another part of the maps
 * is seen. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/compare.h"
#include "session/session.h"
#include "ui/map-geometry.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COMPARE_PLOT (scope_compare_plot_get_type ())
G_DECLARE_FINAL_TYPE (ScopeComparePlot, scope_compare_plot, SCOPE, COMPARE_PLOT, GtkWidget)

/* Once. */
void scope_compare_plot_set_compare (ScopeComparePlot *self, ScopeSession *session,
                                     ScopeCompare *compare);
const ScopeMapGeometry *scope_compare_plot_get_geometry (ScopeComparePlot *self);
/* From the first to the last row in sight, in the widget's pixels. */
void scope_compare_plot_get_span (ScopeComparePlot *self, double *top, double *foot);
/* What one of its squares shows at the moment. */
ScopePictureOf scope_compare_plot_shows (ScopeComparePlot *self);
gboolean scope_compare_plot_get_flipped (ScopeComparePlot *self);
void scope_compare_plot_set_flipped (ScopeComparePlot *self, gboolean flipped);
void scope_compare_plot_fit (ScopeComparePlot *self);
void scope_compare_plot_zoom (ScopeComparePlot *self, double factor);
void scope_compare_plot_one_to_one (ScopeComparePlot *self); /* one device pixel per cell */

G_END_DECLS

/* ScopeMapView: the causal map of the selected channel, to be browsed.
 *
 * It shows the session's newest map over the coarse overview, the receptive-field boundary, the
 * dropped columns, token labels along two edges, a minimap once zoomed in, and the crosshair. It
 * asks the session for the cells that are visible and draws what arrives; nothing is computed while
 * drawing. Wheel zooms at the pointer, drag pans, double click zooms one step, arrows move the
 * crosshair, Ctrl+arrows pan.
 *
 * Signals: "scale-changed" (the colour scale or its label is new), "zoom-changed".
 */
#pragma once

#include <gtk/gtk.h>

#include "export/figure.h"
#include "session/session.h"
#include "ui/map-geometry.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_MAP_VIEW (scope_map_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeMapView, scope_map_view, SCOPE, MAP_VIEW, GtkWidget)

#define SCOPE_MAP_PALETTE   SCOPE_PALETTE_VIRIDIS
#define SCOPE_MAP_ZOOM_STEP 1.25

/* Once. */
void scope_map_view_set_session (ScopeMapView *self, ScopeSession *session);

const ScopeMapGeometry *scope_map_view_get_geometry (ScopeMapView *self);
/* Where the plot area begins inside the widget. */
void scope_map_view_get_origin (ScopeMapView *self, double *x, double *y);
/* From the first to the last row that is in sight, in the widget's pixels. */
void scope_map_view_get_span (ScopeMapView *self, double *top, double *foot);
/* The colour scale: one for everything that was seen of a model and a text, so that channels and
 * the filter's two states can be compared; it only ever widens. */
const ScopeNorm *scope_map_view_get_norm (ScopeMapView *self);
const char *scope_map_view_get_value_label (ScopeMapView *self);

void scope_map_view_fit (ScopeMapView *self);
void scope_map_view_zoom (ScopeMapView *self, double factor); /* at the crosshair, or the middle */
void scope_map_view_one_to_one (ScopeMapView *self);          /* one device pixel per cell */
/* Puts the crosshair on a cell and scrolls to it; zooms in if a cell is too small to see. */
void scope_map_view_go_to (ScopeMapView *self, gsize row, gsize column);

G_END_DECLS

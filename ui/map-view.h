/* ScopeMapView: the causal map of the selected channel, to be browsed.
 *
 * It shows the session's map in tiles (session/tiles.h) over the coarse overview, the
 * receptive-field boundary at the session's ε, the dropped columns, the profiles of the crosshair's
 * row and column, token labels along two edges, a minimap once zoomed in, crosshair, pinned cells
 * and a selection. It asks for what is visible and draws what arrives; nothing is computed while
 * drawing.
 *
 * Wheel zooms at the pointer, drag pans, double click zooms one step (into the selection, if it
 * hits that), Shift+drag selects, Shift+click pins; arrows move the crosshair (with Shift by ten),
 * Ctrl+arrows pan, Enter pins, S selects from the crosshair to where the arrows take it, Z zooms to
 * the selection, M, N and P change matrix, norm and palette, [ and ]
 * ε, Escape takes selection and pins away, Menu or Shift+F10 opens the menu.
 *
 * Signals: "scale-changed" (the colour scale is new), "zoom-changed", "shown-changed" (what a
 * block shows, how large it is, or how it came about). Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "export/figure.h"
#include "session/session.h"
#include "ui/colour-bar.h"
#include "ui/map-geometry.h"
#include "ui/map-scale.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_MAP_VIEW (scope_map_view_get_type ())
G_DECLARE_FINAL_TYPE (ScopeMapView, scope_map_view, SCOPE, MAP_VIEW, GtkWidget)

/* Once. */
void scope_map_view_set_session (ScopeMapView *self, ScopeSession *session);
/* Once: BAR shows this view's colours, and changes them. */
void scope_map_view_set_bar (ScopeMapView *self, ScopeColourBar *bar);

const ScopeMapGeometry *scope_map_view_get_geometry (ScopeMapView *self);
/* Where the plot area begins inside the widget. */
void scope_map_view_get_origin (ScopeMapView *self, double *x, double *y);
/* From the first to the last row that is in sight, in the widget's pixels. */
void scope_map_view_get_span (ScopeMapView *self, double *top, double *foot);
/* The colour scale: one for everything that was seen of a model and a text, so that channels and
 * the filter's two states can be compared; it only ever widens, until somebody sets its range. */
const ScopeNorm *scope_map_view_get_norm (ScopeMapView *self);
const char *scope_map_view_get_value_label (ScopeMapView *self);
/* How what is in sight came about: "exact", "sampled", with "…" while it is to become exact, or
 * "coarse…" while some of it is to come; and how many cells along each side a block has. */
const char *scope_map_view_get_evaluated (ScopeMapView *self);
gsize scope_map_view_get_step (ScopeMapView *self);
/* Both: "exact · 16 × 16". Caller frees. */
char *scope_map_view_get_badge (ScopeMapView *self) G_GNUC_WARN_UNUSED_RESULT;
/* A cell in words: "α = 0.0312", who reads whom; in two lines or in one. Caller frees. */
char *scope_map_view_describe_cell (ScopeMapView *self, gsize row, gsize column,
                                    gboolean lines) G_GNUC_WARN_UNUSED_RESULT;

void scope_map_view_fit (ScopeMapView *self);
void scope_map_view_zoom (ScopeMapView *self, double factor); /* at the crosshair, or the middle */
void scope_map_view_one_to_one (ScopeMapView *self);          /* one device pixel per cell */
/* Puts the crosshair on a cell and scrolls to it; zooms in if a cell is too small to see. */
void scope_map_view_go_to (ScopeMapView *self, gsize row, gsize column);
/* So that RANGE fills the plot area. */
void scope_map_view_show_range (ScopeMapView *self, ScopeRange range);

G_END_DECLS

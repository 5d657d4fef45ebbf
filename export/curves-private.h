/* Inside the curves panel: what its axes, lines and names share. */
#pragma once

#include "export/figure-private.h"

G_BEGIN_DECLS

/* Up to so many lines are named one by one. */
#define SCOPE_MAX_NAMES 12

static inline const ScopeCurve *
scope_curve_at (const ScopeResult *result, gsize k)
{
  return g_ptr_array_index (result->curves, k);
}

/* TRUE if the y axis holds natural logarithms of a decay. */
gboolean scope_curves_are_ln (const ScopeResult *result);
gboolean scope_curves_named (const ScopeResult *result);
static inline gboolean
scope_curve_has_name (const ScopeCurve *curve)
{
  return curve->series != SCOPE_SERIES_BEFORE;
}
/* TRUE if lines are single channels, coloured as global or local. */
gboolean scope_curves_have_classes (const ScopeResult *result);
/* -INFINITY if there is none. */
double scope_curve_last_finite (const ScopeCurve *curve);

/* From values to points of the canvas. */
double scope_curves_x (const ScopePanelAxes *axes, ScopeRect plot, double x);
double scope_curves_y (const ScopePanelAxes *axes, ScopeRect plot, double y);

typedef struct {
  double width, alpha;
  double dash[4];
  int n_dash;
  ScopeColour colour;
} ScopeCurveStyle;
ScopeCurveStyle scope_curve_style (ScopeCanvas *canvas, const ScopeResult *result,
                                   const ScopeCurve *curve);
/* The marker of a family's line at a point. */
void scope_curve_marker (ScopeCanvas *canvas, gsize series, double x, double y);
void scope_curve_style_apply (ScopeCanvas *canvas, const ScopeCurveStyle *style);

/* Names beside the lines, and the key above the plot. (curves-names.c) */
void scope_curves_draw_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                              const ScopePanelAxes *axes);

G_END_DECLS

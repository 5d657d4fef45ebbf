/* The axes of a curves panel: extents, ticks, and the way from values to points. */
#include <math.h>
#include <string.h>

#include "export/curves-private.h"

/* ln decay is cut at this many times ln θ: below it every channel is equally forgetful. */
#define FLOOR_THETAS  3.0
#define FLOOR_DECADES 6.0
/* If lines are given at few lengths, the ticks are among them. */
#define FEW_POINTS 12

gboolean
scope_curves_are_ln (const ScopeResult *result)
{
  return result->y_label != NULL && g_str_has_prefix (result->y_label, "ln ");
}

static void
extend (double value, gboolean log_axis, double *low, double *high)
{
  if (!isfinite (value) || (log_axis && !(value > 0)))
    return;
  *low = MIN (*low, value);
  *high = MAX (*high, value);
}

static void
curve_extent (const ScopeResult *result, const ScopeCurve *curve, double extent[4])
{
  for (gsize i = 0; i < curve->count; i++) {
    extend (curve->x[i], result->x_log, &extent[0], &extent[1]);
    extend (curve->y[i], result->y_log, &extent[2], &extent[3]);
    if (curve->low == NULL)
      continue;
    extend (curve->low[i], result->y_log, &extent[2], &extent[3]);
    extend (curve->high[i], result->y_log, &extent[2], &extent[3]);
  }
}

static void
data_extent (const ScopeResult *result, ScopePanelAxes *axes)
{
  double extent[4] = { INFINITY, -INFINITY, INFINITY, -INFINITY };
  for (gsize k = 0; k < result->curves->len; k++)
    curve_extent (result, scope_curve_at (result, k), extent);
  extend (result->x_mark, result->x_log, &extent[0], &extent[1]);
  extend (result->y_low, result->y_log, &extent[2], &extent[3]);
  extend (result->y_high, result->y_log, &extent[2], &extent[3]);
  axes->x_log = result->x_log;
  axes->y_log = result->y_log;
  axes->x_low = isfinite (extent[0]) ? extent[0] : axes->x_log ? 0.1 : 0;
  axes->x_high = isfinite (extent[1]) ? extent[1] : 1;
  axes->y_low = isfinite (extent[2]) ? extent[2] : axes->y_log ? 0.1 : 0;
  axes->y_high = isfinite (extent[3]) ? extent[3] : 1;
}

static void
widen_flat (gboolean log_axis, double *low, double *high)
{
  if (*high - *low > 1e-12 * MAX (fabs (*low), fabs (*high)))
    return;
  double half = *high != 0 ? 0.5 * fabs (*high) : 0.5;
  *low = log_axis ? *low / 2 : *low - half;
  *high = log_axis ? *high * 2 : *high + half;
}

/* A decay starts at one, that is at the very top; the bottom is a power of ten that may bear a
 * tick. */
static void
decay_extent (const ScopeResult *result, ScopePanelAxes *axes)
{
  axes->y_high = MAX (axes->y_high, 0);
  if (isfinite (result->y_mark) && result->y_mark < 0) {
    double floor_ln = MIN (FLOOR_THETAS * result->y_mark, FLOOR_DECADES * -G_LN10);
    axes->y_low = MAX (axes->y_low, floor_ln);
    axes->y_low = MIN (axes->y_low, 1.2 * result->y_mark);
  }
  double decades = axes->y_low / G_LN10, unit = decades > -10 ? 1 : decades > -60 ? 5 : 10;
  axes->y_low = G_LN10 * unit * MIN (-1.0, floor (decades / unit + 1e-9));
}

static void
make_x (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas, double width)
{
  if (!axes->x_log && axes->x_low > 0 && axes->x_low < 0.05 * axes->x_high)
    axes->x_low = 0;
  widen_flat (axes->x_log, &axes->x_low, &axes->x_high);
  g_autofree char *longest = scope_tick_label (axes->x_high, FALSE);
  double extent = scope_canvas_text_width (canvas, longest, &(ScopeTextStyle){ 0 });
  gsize room = scope_axis_room (width, extent);
  if (!axes->x_log) {
    scope_axis_linear (&axes->x, axes->x_low, axes->x_high, room);
    return;
  }
  const ScopeCurve *first = result->curves->len > 0 ? scope_curve_at (result, 0) : NULL;
  if (first == NULL || first->count > FEW_POINTS) {
    scope_axis_log (&axes->x, axes->x_low, axes->x_high, room);
    return;
  }
  double value[FEW_POINTS];
  gsize stride = (first->count + room - 1) / room, count = 0;
  for (gsize i = 0; i < first->count; i += MAX (stride, 1))
    value[count++] = first->x[i];
  scope_axis_log_at (&axes->x, axes->x_low, axes->x_high, value, count);
}

void
scope_panel_curves_axes (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas,
                         double width, double height)
{
  *axes = (ScopePanelAxes){ .x_label = result->x_label, .y_label = result->y_label };
  data_extent (result, axes);
  make_x (axes, result, canvas, width);
  gsize room = scope_axis_room (height, 1.8 * canvas->font_pt);
  if (scope_curves_are_ln (result)) {
    decay_extent (result, axes);
    axes->y_label += strlen ("ln ");
    scope_axis_ln (&axes->y, axes->y_low, axes->y_high, room);
    return;
  }
  extend (result->y_mark, axes->y_log, &axes->y_low, &axes->y_high);
  widen_flat (axes->y_log, &axes->y_low, &axes->y_high);
  if (axes->y_log)
    scope_axis_log (&axes->y, axes->y_low, axes->y_high, room);
  else
    scope_axis_linear (&axes->y, axes->y_low, axes->y_high, room);
}

static double
place (gboolean log_axis, double low, double high, double value)
{
  return log_axis ? log (value / low) / log (high / low) : (value - low) / (high - low);
}

double
scope_curves_x (const ScopePanelAxes *axes, ScopeRect plot, double x)
{
  return plot.x + place (axes->x_log, axes->x_low, axes->x_high, x) * plot.width;
}

double
scope_curves_y (const ScopePanelAxes *axes, ScopeRect plot, double y)
{
  return plot.y + (1 - place (axes->y_log, axes->y_low, axes->y_high, y)) * plot.height;
}

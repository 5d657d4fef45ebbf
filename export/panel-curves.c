/* The lines of a curves panel. */
#include <math.h>

#include "export/curves-private.h"

#define TOLERANCE   0.08 /* points by which a drawn line may miss its own */
#define BAND_ALPHA  0.18
#define MARKER      1.5 /* half the width of a marker */
#define MAX_MARKERS 24  /* on a line; a denser one has none */

/* A point on the way of a line, in points. */
typedef struct {
  double x, y;
} Point;

/* Slopes from FROM that pass within TOLERANCE of all points left out since. */
typedef struct {
  Point from, last;
  double least, most;
} Swing;

/* TRUE if the line from the swing's start to POINT stays close to the points between. */
static gboolean
swing_take (Swing *swing, Point point)
{
  double dx = point.x - swing->from.x, dy = point.y - swing->from.y;
  swing->last = point;
  if (!(dx > 0))
    return FALSE;
  gboolean close = dy / dx >= swing->least && dy / dx <= swing->most;
  swing->least = MAX (swing->least, (dy - TOLERANCE) / dx);
  swing->most = MIN (swing->most, (dy + TOLERANCE) / dx);
  return close;
}

/* Adds the unbroken run [BEGIN, END) of a line, without the points that nobody would miss: a layer
 * has hundreds of lines, and an SVG writes each point out. */
static void
trace_run (cairo_t *cr, const ScopeCurve *curve, gsize begin, gsize end, const ScopePanelAxes *axes,
           ScopeRect plot)
{
  Swing swing = { 0 };
  for (gsize i = begin; i < end; i++) {
    Point point
        = { scope_curves_x (axes, plot, curve->x[i]), scope_curves_y (axes, plot, curve->y[i]) };
    Point before = swing.last;
    if (i == begin)
      cairo_move_to (cr, point.x, point.y);
    if (i > begin && swing_take (&swing, point))
      continue;
    if (i > begin)
      cairo_line_to (cr, before.x, before.y);
    swing = (Swing){ i == begin ? point : before, point, -INFINITY, INFINITY };
    if (i > begin)
      swing_take (&swing, point);
  }
  cairo_line_to (cr, swing.last.x, swing.last.y);
}

/* Whether the piece of CURVE from point K to the next one can be seen. */
static gboolean
is_seen (const ScopeCurve *curve, gsize k, const ScopePanelAxes *axes)
{
  return isfinite (curve->x[k]) && isfinite (curve->x[k + 1]) && isfinite (curve->y[k])
         && isfinite (curve->y[k + 1]) && MAX (curve->y[k], curve->y[k + 1]) >= axes->y_low;
}

/* Lines end where they leave the plot, and where they have no value. */
static void
trace_curve (cairo_t *cr, const ScopeCurve *curve, const ScopePanelAxes *axes, ScopeRect plot)
{
  for (gsize begin = 0, end; begin + 1 < curve->count; begin = end + 1) {
    for (end = begin; end + 1 < curve->count && is_seen (curve, end, axes);)
      end++;
    if (end > begin)
      trace_run (cr, curve, begin, end + 1, axes, plot);
  }
}

/* Global lines are solid and heavy, local ones dashed and light; a crowd is drawn thin and
 * see-through, and then weight alone tells the two apart. */
static ScopeCurveStyle
class_style (ScopeCanvas *canvas, const ScopeResult *result, gboolean global)
{
  ScopeColour colour = global ? canvas->theme->global : canvas->theme->local;
  if (scope_curves_named (result))
    return global ? (ScopeCurveStyle){ 1.0, 1, { 0 }, 0, colour }
                  : (ScopeCurveStyle){ 0.75, 1, { 2.6, 1.3 }, 2, colour };
  return global ? (ScopeCurveStyle){ 0.6, 0.75, { 0 }, 0, colour }
                : (ScopeCurveStyle){ 0.3, 0.5, { 0 }, 0, colour };
}

/* Lines of a family differ in colour, dashes and markers. */
static ScopeCurveStyle
series_style (ScopeCanvas *canvas, gsize series)
{
  static const ScopeCurveStyle styles[] = {
    { 0.9, 1, { 0 }, 0 },
    { 0.9, 1, { 3, 1.2 }, 2 },
    { 0.9, 1, { 1, 1 }, 2 },
    { 0.9, 1, { 4, 1, 1, 1 }, 4 },
  };
  ScopeCurveStyle style = styles[series % G_N_ELEMENTS (styles)];
  style.colour = scope_canvas_series_colour (canvas, series);
  return style;
}

ScopeCurveStyle
scope_curve_style (ScopeCanvas *canvas, const ScopeResult *result, const ScopeCurve *curve)
{
  if (curve->series == SCOPE_SERIES_BEFORE)
    return (ScopeCurveStyle){ 0.5, 0.8, { 2.2, 1.8 }, 2, canvas->theme->faint };
  if (curve->series == SCOPE_SERIES_REFERENCE)
    return (ScopeCurveStyle){ 0.4, 1, { 1, 1.4 }, 2, canvas->theme->faint };
  return curve->series >= 0 ? series_style (canvas, (gsize)curve->series)
                            : class_style (canvas, result, curve->global);
}

void
scope_curve_style_apply (ScopeCanvas *canvas, const ScopeCurveStyle *style)
{
  ScopeColour colour = style->colour;
  cairo_set_source_rgba (canvas->cr, colour.red, colour.green, colour.blue, style->alpha);
  scope_canvas_line_width (canvas, style->width);
  cairo_set_line_join (canvas->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (canvas->cr, style->dash, style->n_dash, 0);
}

/* The area between LOW and HIGH, where both have values that the axis can show. */
static void
draw_band (ScopeCanvas *canvas, const ScopeResult *result, const ScopeCurve *curve, ScopeRect plot,
           const ScopePanelAxes *axes)
{
  ScopeColour colour = scope_curve_style (canvas, result, curve).colour;
  double floor_y = axes->y_low;
  gsize count = 0;
  if (curve->low == NULL)
    return;
  for (gsize i = 0; i < curve->count; i++)
    if (isfinite (curve->low[i]) && isfinite (curve->high[i])) {
      count++;
      cairo_line_to (canvas->cr, scope_curves_x (axes, plot, curve->x[i]),
                     scope_curves_y (axes, plot, MAX (curve->high[i], floor_y)));
    }
  for (gsize i = curve->count; i > 0; i--)
    if (isfinite (curve->low[i - 1]) && isfinite (curve->high[i - 1]))
      cairo_line_to (canvas->cr, scope_curves_x (axes, plot, curve->x[i - 1]),
                     scope_curves_y (axes, plot, MAX (curve->low[i - 1], floor_y)));
  if (count < 2)
    cairo_new_path (canvas->cr);
  cairo_set_source_rgba (canvas->cr, colour.red, colour.green, colour.blue, BAND_ALPHA);
  cairo_fill (canvas->cr);
}

static void
trace_marker (cairo_t *cr, gsize series, double x, double y)
{
  switch (series % 4) {
  case 0:
    cairo_new_sub_path (cr);
    cairo_arc (cr, x, y, MARKER, 0, 2 * G_PI);
    break;
  case 1:
    cairo_rectangle (cr, x - MARKER, y - MARKER, 2 * MARKER, 2 * MARKER);
    break;
  default: {
    double up = series % 4 == 2 ? -1.2 * MARKER : 1.2 * MARKER;
    cairo_move_to (cr, x, y + up);
    cairo_line_to (cr, x + 1.2 * MARKER, y - up);
    cairo_line_to (cr, x - 1.2 * MARKER, y - up);
    cairo_close_path (cr);
  }
  }
}

void
scope_curve_marker (ScopeCanvas *canvas, gsize series, double x, double y)
{
  scope_canvas_set_colour (canvas, scope_canvas_series_colour (canvas, series));
  trace_marker (canvas->cr, series, x, y);
  cairo_fill (canvas->cr);
}

static void
draw_markers (ScopeCanvas *canvas, const ScopeCurve *curve, ScopeRect plot,
              const ScopePanelAxes *axes)
{
  if (curve->series < 0 || curve->count > MAX_MARKERS)
    return;
  for (gsize i = 0; i < curve->count; i++)
    if (isfinite (curve->x[i]) && isfinite (curve->y[i]) && curve->y[i] >= axes->y_low)
      scope_curve_marker (canvas, (gsize)curve->series, scope_curves_x (axes, plot, curve->x[i]),
                          scope_curves_y (axes, plot, curve->y[i]));
}

static void
draw_line (ScopeCanvas *canvas, const ScopeResult *result, const ScopeCurve *curve, ScopeRect plot,
           const ScopePanelAxes *axes)
{
  ScopeCurveStyle style = scope_curve_style (canvas, result, curve);
  scope_curve_style_apply (canvas, &style);
  trace_curve (canvas->cr, curve, axes, plot);
  cairo_stroke (canvas->cr);
  draw_markers (canvas, curve, plot, axes);
}

/* What lies lower is drawn first: lines of before, then local ones, for the global ones are few. */
static int
level_of (const ScopeCurve *curve)
{
  return curve->series == SCOPE_SERIES_BEFORE ? 0 : curve->global ? 2 : 1;
}

static void
draw_curves (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
             const ScopePanelAxes *axes)
{
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, plot.x - 2, plot.y - 2, plot.width + 4, plot.height + 2);
  cairo_clip (canvas->cr);
  for (gsize k = 0; k < result->curves->len; k++)
    draw_band (canvas, result, scope_curve_at (result, k), plot, axes);
  for (int level = 0; level <= 2; level++)
    for (gsize k = 0; k < result->curves->len; k++)
      if (level_of (scope_curve_at (result, k)) == level)
        draw_line (canvas, result, scope_curve_at (result, k), plot, axes);
  cairo_restore (canvas->cr);
}

static void
draw_marks (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
            const ScopePanelAxes *axes)
{
  static const double dash[] = { 1.2, 1.6 };
  cairo_t *cr = canvas->cr;
  cairo_save (cr);
  scope_canvas_set_colour (canvas, canvas->theme->ink);
  scope_canvas_line_width (canvas, 0.5);
  cairo_set_dash (cr, dash, G_N_ELEMENTS (dash), 0);
  if (isfinite (result->y_mark)) {
    double y = scope_curves_y (axes, plot, result->y_mark);
    cairo_move_to (cr, plot.x, y);
    cairo_line_to (cr, plot.x + plot.width, y);
  }
  if (isfinite (result->x_mark)) {
    double x = scope_curves_x (axes, plot, result->x_mark);
    cairo_move_to (cr, x, plot.y - 1.5);
    cairo_line_to (cr, x, plot.y + plot.height);
  }
  cairo_stroke (cr);
  cairo_restore (cr);
}

/* "training length" above its line, kept inside the plot's width. */
static void
label_marks (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
             const ScopePanelAxes *axes)
{
  if (!isfinite (result->x_mark))
    return;
  g_autofree char *number = scope_tick_label (result->x_mark, FALSE);
  g_autofree char *text = g_strdup_printf ("training length %s", number);
  double half = scope_canvas_text_width (canvas, text, &(ScopeTextStyle){ 0 }) / 2;
  double x = scope_curves_x (axes, plot, result->x_mark);
  x = CLAMP (x, plot.x + half, MAX (plot.x + half, plot.x + plot.width - half));
  scope_canvas_text (canvas, x, plot.y - 3, text, &(ScopeTextStyle){ .align = 0.5, .faint = TRUE });
}

void
scope_panel_curves_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                         const ScopePanelAxes *axes)
{
  draw_curves (canvas, result, plot, axes);
  draw_marks (canvas, result, plot, axes);
  label_marks (canvas, result, plot, axes);
  scope_curves_draw_names (canvas, result, plot, axes);
}

#include <math.h>
#include <string.h>

#include "export/figure-private.h"

/* Up to so many lines are named one by one. */
#define MAX_NAMES   12
#define TOLERANCE   0.08 /* points by which a drawn line may miss its own */
#define EXIT_LEVELS 5
#define EXIT_GAP    3.0
#define NAME_GAP    3.0
/* ln decay is cut at this many times ln θ: below it every channel is equally forgetful. */
#define FLOOR_THETAS  3.0
#define FLOOR_DECADES 6.0

typedef struct {
  double width, alpha;
  double dash[2];
  int n_dash;
} CurveStyle;

static const ScopeCurve *
curve_at (const ScopeResult *result, gsize k)
{
  return g_ptr_array_index (result->curves, k);
}

static gboolean
is_ln (const ScopeResult *result)
{
  return result->y_label != NULL && g_str_has_prefix (result->y_label, "ln ");
}

static gboolean
named_directly (const ScopeResult *result)
{
  return result->curves->len <= MAX_NAMES;
}

static void
extend (double value, double *low, double *high)
{
  if (!isfinite (value))
    return;
  *low = MIN (*low, value);
  *high = MAX (*high, value);
}

static void
data_extent (const ScopeResult *result, ScopePanelAxes *axes)
{
  double extent[4] = { INFINITY, -INFINITY, INFINITY, -INFINITY };
  for (gsize k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = curve_at (result, k);
    for (gsize i = 0; i < curve->count; i++) {
      extend (curve->x[i], &extent[0], &extent[1]);
      extend (curve->y[i], &extent[2], &extent[3]);
    }
  }
  axes->x_low = isfinite (extent[0]) ? extent[0] : 0;
  axes->x_high = isfinite (extent[1]) ? extent[1] : 1;
  axes->y_low = isfinite (extent[2]) ? extent[2] : 0;
  axes->y_high = isfinite (extent[3]) ? extent[3] : 1;
}

static void
widen_flat (double *low, double *high)
{
  if (*high - *low > 1e-12 * MAX (fabs (*low), fabs (*high)))
    return;
  double half = *high != 0 ? 0.5 * fabs (*high) : 0.5;
  *low -= half;
  *high += half;
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

void
scope_panel_curves_axes (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas,
                         double width, double height)
{
  *axes = (ScopePanelAxes){ .x_label = result->x_label, .y_label = result->y_label };
  data_extent (result, axes);
  extend (result->x_mark, &axes->x_low, &axes->x_high);
  if (axes->x_low > 0 && axes->x_low < 0.05 * axes->x_high)
    axes->x_low = 0;
  widen_flat (&axes->x_low, &axes->x_high);
  g_autofree char *longest = scope_tick_label (axes->x_high, FALSE);
  double extent = scope_canvas_text_width (canvas, longest, &(ScopeTextStyle){ 0 });
  scope_axis_linear (&axes->x, axes->x_low, axes->x_high, scope_axis_room (width, extent));
  gsize room = scope_axis_room (height, 1.8 * canvas->font_pt);
  if (is_ln (result)) {
    decay_extent (result, axes);
    axes->y_label += strlen ("ln ");
    scope_axis_ln (&axes->y, axes->y_low, axes->y_high, room);
    return;
  }
  extend (result->y_mark, &axes->y_low, &axes->y_high);
  widen_flat (&axes->y_low, &axes->y_high);
  scope_axis_linear (&axes->y, axes->y_low, axes->y_high, room);
}

static double
last_finite (const ScopeCurve *curve)
{
  for (gsize i = curve->count; i > 0; i--)
    if (isfinite (curve->y[i - 1]))
      return curve->y[i - 1];
  return -INFINITY;
}

double
scope_panel_curves_names_width (const ScopeResult *result, ScopeCanvas *canvas)
{
  g_auto (ScopePanelAxes) axes = { 0 };
  double width = 0;
  scope_panel_curves_axes (&axes, result, canvas, 100, 100);
  for (gsize k = 0; named_directly (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = curve_at (result, k);
    if (last_finite (curve) >= axes.y_low)
      width = MAX (width, scope_canvas_text_width (canvas, curve->name, &(ScopeTextStyle){ 0 }));
  }
  return width > 0 ? width + NAME_GAP + 1 : 0;
}

double
scope_panel_curves_top (const ScopeResult *result, ScopeCanvas *canvas)
{
  return canvas->font_pt * (isfinite (result->x_mark) ? 2.8 : 1.5);
}

static double
place_x (const ScopePanelAxes *axes, ScopeRect plot, double x)
{
  return plot.x + (x - axes->x_low) / (axes->x_high - axes->x_low) * plot.width;
}

static double
place_y (const ScopePanelAxes *axes, ScopeRect plot, double y)
{
  return plot.y + (axes->y_high - y) / (axes->y_high - axes->y_low) * plot.height;
}

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
    Point point = { place_x (axes, plot, curve->x[i]), place_y (axes, plot, curve->y[i]) };
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
static CurveStyle
curve_style (const ScopeResult *result, gboolean global)
{
  if (named_directly (result))
    return global ? (CurveStyle){ 1.0, 1, { 0 }, 0 } : (CurveStyle){ 0.75, 1, { 2.6, 1.3 }, 2 };
  return global ? (CurveStyle){ 0.6, 0.75, { 0 }, 0 } : (CurveStyle){ 0.3, 0.5, { 0 }, 0 };
}

static void
apply_style (ScopeCanvas *canvas, const CurveStyle *style, gboolean global)
{
  ScopeColour colour = global ? canvas->theme->global : canvas->theme->local;
  cairo_set_source_rgba (canvas->cr, colour.red, colour.green, colour.blue, style->alpha);
  cairo_set_line_width (canvas->cr, style->width);
  cairo_set_line_join (canvas->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (canvas->cr, style->dash, style->n_dash, 0);
}

static void
draw_curves (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
             const ScopePanelAxes *axes)
{
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, plot.x, plot.y - 1, plot.width, plot.height + 1);
  cairo_clip (canvas->cr);
  for (int global = 0; global <= 1; global++) {
    CurveStyle style = curve_style (result, global);
    apply_style (canvas, &style, global);
    for (gsize k = 0; k < result->curves->len; k++) {
      if (!curve_at (result, k)->global != !global)
        continue;
      trace_curve (canvas->cr, curve_at (result, k), axes, plot);
      cairo_stroke (canvas->cr);
    }
  }
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
  cairo_set_line_width (cr, 0.5);
  cairo_set_dash (cr, dash, G_N_ELEMENTS (dash), 0);
  if (isfinite (result->y_mark)) {
    double y = place_y (axes, plot, result->y_mark);
    cairo_move_to (cr, plot.x, y);
    cairo_line_to (cr, plot.x + plot.width, y);
  }
  if (isfinite (result->x_mark)) {
    double x = place_x (axes, plot, result->x_mark);
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
  if (isfinite (result->y_mark))
    scope_canvas_text (canvas, plot.x + plot.width - 2, place_y (axes, plot, result->y_mark) - 2.2,
                       "θ", &(ScopeTextStyle){ .align = 1, .halo = TRUE });
  if (!isfinite (result->x_mark))
    return;
  g_autofree char *number = scope_tick_label (result->x_mark, FALSE);
  g_autofree char *text = g_strdup_printf ("training length %s", number);
  double half = scope_canvas_text_width (canvas, text, &(ScopeTextStyle){ 0 }) / 2;
  double x = place_x (axes, plot, result->x_mark);
  x = CLAMP (x, plot.x + half, MAX (plot.x + half, plot.x + plot.width - half));
  scope_canvas_text (canvas, x, plot.y - 3, text, &(ScopeTextStyle){ .align = 0.5, .faint = TRUE });
}

typedef struct {
  const char *text;
  double y;
} Name;

static int
compare_names (gconstpointer a, gconstpointer b)
{
  double difference = ((const Name *)a)->y - ((const Name *)b)->y;
  return (difference > 0) - (difference < 0);
}

/* Names of the lines that reach the right edge, if there are few, moved apart where they
 * would overlap: first down, then up from the bottom. Returns how many. */
static gsize
place_names (const ScopeResult *result, ScopeRect plot, const ScopePanelAxes *axes, double pitch,
             Name *names)
{
  gsize count = 0;
  for (gsize k = 0; named_directly (result) && k < result->curves->len; k++) {
    double y = last_finite (curve_at (result, k));
    if (y >= axes->y_low)
      names[count++] = (Name){ curve_at (result, k)->name, place_y (axes, plot, y) };
  }
  qsort (names, count, sizeof *names, compare_names);
  for (gsize k = 1; k < count; k++)
    names[k].y = MAX (names[k].y, names[k - 1].y + pitch);
  double limit = plot.y + plot.height;
  for (gsize k = count; k > 0; k--) {
    names[k - 1].y = MIN (names[k - 1].y, limit);
    limit = names[k - 1].y - pitch;
  }
  return count;
}

static void
draw_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
            const ScopePanelAxes *axes)
{
  Name names[MAX_NAMES];
  gsize count = place_names (result, plot, axes, 1.1 * canvas->font_pt, names);
  for (gsize k = 0; k < count; k++)
    scope_canvas_text (canvas, plot.x + plot.width + NAME_GAP, names[k].y, names[k].text,
                       &(ScopeTextStyle){ .middle = TRUE });
}

/* Where a line that leaves through the floor last passes Y (points), or NAN. */
static double
crossing (const ScopeCurve *curve, ScopeRect plot, const ScopePanelAxes *axes, double y)
{
  for (gsize i = curve->count; i > 1; i--) {
    double y0 = place_y (axes, plot, curve->y[i - 2]), y1 = place_y (axes, plot, curve->y[i - 1]);
    if (!(y0 <= y && y1 >= y && y1 > y0))
      continue;
    double x0 = place_x (axes, plot, curve->x[i - 2]), x1 = place_x (axes, plot, curve->x[i - 1]);
    return x0 + (x1 - x0) * (y - y0) / (y1 - y0);
  }
  return NAN;
}

/* Whether [X0, X1] at height Y is clear of every line of RESULT and inside the plot. */
static gboolean
is_clear (const ScopeResult *result, ScopeRect plot, const ScopePanelAxes *axes, double y,
          double half, double x0, double x1)
{
  if (x1 > plot.x + plot.width)
    return FALSE;
  for (gsize k = 0; k < result->curves->len; k++)
    for (int side = -1; side <= 1; side++) {
      double x = crossing (curve_at (result, k), plot, axes, y + side * half);
      if (x > x0 && x < x1)
        return FALSE;
    }
  return TRUE;
}

/* A line that leaves through the floor is named beside itself, at the lowest place where the name
 * is clear of the other lines; in a thicket it goes without. */
static void
draw_exit_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                 const ScopePanelAxes *axes)
{
  double pitch = 1.3 * canvas->font_pt, half = 0.5 * canvas->font_pt;
  for (gsize k = 0; named_directly (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = curve_at (result, k);
    if (last_finite (curve) >= axes->y_low)
      continue;
    double width = scope_canvas_text_width (canvas, curve->name, &(ScopeTextStyle){ 0 });
    for (int level = 0; level < EXIT_LEVELS; level++) {
      double y = plot.y + plot.height - (level + 0.7) * pitch;
      double x = crossing (curve, plot, axes, y - half) + EXIT_GAP;
      double lower = crossing (curve, plot, axes, y + half) + EXIT_GAP;
      x = MAX (x, lower);
      if (!(x > plot.x) || !is_clear (result, plot, axes, y, half, x - 1, x + width + 2))
        continue;
      scope_canvas_text (canvas, x, y, curve->name, &(ScopeTextStyle){ .middle = TRUE });
      break;
    }
  }
}

static double
legend_entry (ScopeCanvas *canvas, const ScopeResult *result, gboolean global, gsize count,
              double x, double y)
{
  CurveStyle style = curve_style (result, global);
  double sample = 2.2 * canvas->font_pt, middle = y - 0.36 * canvas->font_pt;
  style.width = MAX (style.width, global ? 1.0 : 0.5);
  style.alpha = 1;
  g_autofree char *text
      = g_strdup_printf ("%s (%" G_GSIZE_FORMAT ")", global ? "global" : "local", count);
  cairo_save (canvas->cr);
  apply_style (canvas, &style, global);
  cairo_move_to (canvas->cr, x, middle);
  cairo_line_to (canvas->cr, x + sample, middle);
  cairo_stroke (canvas->cr);
  cairo_restore (canvas->cr);
  scope_canvas_text (canvas, x + sample + 3, y, text, &(ScopeTextStyle){ 0 });
  return x + sample + 3 + scope_canvas_text_width (canvas, text, &(ScopeTextStyle){ 0 })
         + 1.5 * canvas->font_pt;
}

static void
draw_legend (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  gsize count[2] = { 0, 0 };
  for (gsize k = 0; k < result->curves->len; k++)
    count[curve_at (result, k)->global ? 1 : 0]++;
  double y = plot.y - scope_panel_curves_top (result, canvas) + 0.85 * canvas->font_pt;
  double x = plot.x;
  for (int global = 1; global >= 0; global--)
    if (count[global] > 0)
      x = legend_entry (canvas, result, global, count[global], x, y);
}

void
scope_panel_curves_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                         const ScopePanelAxes *axes)
{
  draw_curves (canvas, result, plot, axes);
  draw_marks (canvas, result, plot, axes);
  label_marks (canvas, result, plot, axes);
  draw_names (canvas, result, plot, axes);
  draw_exit_names (canvas, result, plot, axes);
  draw_legend (canvas, result, plot);
}

/* What names the lines of a curves panel: words at their ends, or a key above. */
#include <math.h>
#include <stdlib.h>

#include "export/curves-private.h"

#define EXIT_LEVELS 5
#define EXIT_GAP    3.0
#define NAME_GAP    3.0
#define MARK_NAME   "θ" /* of the horizontal line */
#define FEW_SERIES  3   /* so many lines of a family are named at their ends, more in a key */

gboolean
scope_curves_named (const ScopeResult *result)
{
  return result->curves->len <= SCOPE_MAX_NAMES;
}

/* Lines of a family that are too many to be told apart at their ends. */
static gboolean
has_family_key (const ScopeResult *result)
{
  gsize count = 0;
  for (gsize k = 0; k < result->curves->len; k++)
    count += scope_curve_at (result, k)->series >= 0;
  return count > FEW_SERIES;
}

static gboolean
named_at_end (const ScopeResult *result)
{
  return scope_curves_named (result) && !has_family_key (result);
}

gboolean
scope_curves_have_classes (const ScopeResult *result)
{
  for (gsize k = 0; k < result->curves->len; k++)
    if (scope_curve_at (result, k)->series == -1 && scope_curve_at (result, k)->low == NULL)
      return TRUE;
  return FALSE;
}

double
scope_curve_last_finite (const ScopeCurve *curve)
{
  for (gsize i = curve->count; i > 0; i--)
    if (isfinite (curve->y[i - 1]))
      return curve->y[i - 1];
  return -INFINITY;
}

/* Whether the line leaves through the floor. A decay that was cut off there ends on it. */
static gboolean
falls_through (const ScopeResult *result, const ScopeCurve *curve, const ScopePanelAxes *axes)
{
  double last = scope_curve_last_finite (curve);
  double rounding = 1e-9 * fabs (axes->y_low); /* of a floor that was cut at */
  return last < axes->y_low || (scope_curves_are_ln (result) && last <= axes->y_low + rounding);
}

double
scope_panel_curves_names_width (const ScopeResult *result, ScopeCanvas *canvas)
{
  g_auto (ScopePanelAxes) axes = { 0 };
  double width = 0;
  scope_panel_curves_axes (&axes, result, canvas, 100, 100);
  for (gsize k = 0; named_at_end (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    if (!falls_through (result, curve, &axes))
      width = MAX (width, scope_canvas_text_width (canvas, curve->name, &(ScopeTextStyle){ 0 }));
  }
  if (isfinite (result->y_mark))
    width = MAX (width, scope_canvas_text_width (canvas, MARK_NAME, &(ScopeTextStyle){ 0 }));
  return width > 0 ? width + NAME_GAP + 1 : 0;
}

static double
key_entry_width (ScopeCanvas *canvas, const char *text)
{
  return 2.2 * canvas->font_pt + 3 + scope_canvas_text_width (canvas, text, &(ScopeTextStyle){ 0 })
         + 1.5 * canvas->font_pt;
}

/* Lines of the family's key, broken at WIDTH. */
static gsize
family_key_lines (const ScopeResult *result, ScopeCanvas *canvas, double width)
{
  gsize lines = 0;
  double x = INFINITY;
  for (gsize k = 0; has_family_key (result) && k < result->curves->len; k++) {
    double entry = key_entry_width (canvas, scope_curve_at (result, k)->name);
    if (x + entry > width + 1.5 * canvas->font_pt) {
      lines++;
      x = 0;
    }
    x += entry;
  }
  return lines;
}

double
scope_panel_curves_top (const ScopeResult *result, ScopeCanvas *canvas, double width)
{
  double key = scope_curves_have_classes (result) ? 1.5 : 0.4;
  key += 1.3 * (double)family_key_lines (result, canvas, width);
  return canvas->font_pt * (isfinite (result->x_mark) ? key + 1.3 : key);
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

/* Names of the mark and of the lines that reach the right edge, if there are few, moved apart where
 * they would overlap: first down, then up from the bottom. Returns how many. */
static gsize
place_names (const ScopeResult *result, ScopeRect plot, const ScopePanelAxes *axes, double pitch,
             Name *names)
{
  gsize count = 0;
  if (isfinite (result->y_mark))
    names[count++] = (Name){ MARK_NAME, scope_curves_y (axes, plot, result->y_mark) };
  for (gsize k = 0; named_at_end (result) && k < result->curves->len; k++) {
    double y = scope_curve_last_finite (scope_curve_at (result, k));
    if (!falls_through (result, scope_curve_at (result, k), axes))
      names[count++] = (Name){ scope_curve_at (result, k)->name, scope_curves_y (axes, plot, y) };
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
draw_end_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                const ScopePanelAxes *axes)
{
  Name names[SCOPE_MAX_NAMES + 1];
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
    double y0 = scope_curves_y (axes, plot, curve->y[i - 2]),
           y1 = scope_curves_y (axes, plot, curve->y[i - 1]);
    if (!(y0 <= y && y1 >= y && y1 > y0))
      continue;
    double x0 = scope_curves_x (axes, plot, curve->x[i - 2]),
           x1 = scope_curves_x (axes, plot, curve->x[i - 1]);
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
      double x = crossing (scope_curve_at (result, k), plot, axes, y + side * half);
      if (x > x0 && x < x1)
        return FALSE;
    }
  return TRUE;
}

/* Whether a name of WIDTH from X, at LEVEL, would stand on one of the COUNT in PLACED. */
static gboolean
is_taken (const ScopeRect *placed, gsize count, int level, double x, double width)
{
  for (gsize k = 0; k < count; k++)
    if (placed[k].y == level && x < placed[k].x + placed[k].width + 2
        && placed[k].x < x + width + 2)
      return TRUE;
  return FALSE;
}

/* A line that leaves through the floor is named beside itself, at the lowest place where the name
 * is clear of the other lines and names; in a thicket it goes without. */
static void
draw_exit_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                 const ScopePanelAxes *axes)
{
  double pitch = 1.3 * canvas->font_pt, half = 0.5 * canvas->font_pt;
  ScopeRect placed[SCOPE_MAX_NAMES]; /* y: the level */
  gsize count = 0;
  for (gsize k = 0; scope_curves_named (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    if (!falls_through (result, curve, axes))
      continue;
    double width = scope_canvas_text_width (canvas, curve->name, &(ScopeTextStyle){ 0 });
    for (int level = 0; level < EXIT_LEVELS; level++) {
      double y = plot.y + plot.height - (level + 0.7) * pitch;
      double x = crossing (curve, plot, axes, y - half) + EXIT_GAP;
      double lower = crossing (curve, plot, axes, y + half) + EXIT_GAP;
      x = MAX (x, lower);
      if (!(x > plot.x) || is_taken (placed, count, level, x, width)
          || !is_clear (result, plot, axes, y, half, x - 1, x + width + 2))
        continue;
      scope_canvas_text (canvas, x, y, curve->name, &(ScopeTextStyle){ .middle = TRUE });
      placed[count++] = (ScopeRect){ x, level, width, 0 };
      break;
    }
  }
}

/* A sample of the line and its name; returns where the next begins. */
static double
key_entry (ScopeCanvas *canvas, const ScopeResult *result, const ScopeCurve *curve,
           const char *text, double x, double y)
{
  ScopeCurveStyle style = scope_curve_style (canvas, result, curve);
  double sample = 2.2 * canvas->font_pt, middle = y - 0.36 * canvas->font_pt;
  style.width = MAX (style.width, curve->global || curve->series >= 0 ? 0.9 : 0.5);
  style.alpha = 1;
  cairo_save (canvas->cr);
  scope_curve_style_apply (canvas, &style);
  cairo_move_to (canvas->cr, x, middle);
  cairo_line_to (canvas->cr, x + sample, middle);
  cairo_stroke (canvas->cr);
  cairo_restore (canvas->cr);
  if (curve->series >= 0)
    scope_curve_marker (canvas, (gsize)curve->series, x + sample / 2, middle);
  scope_canvas_text (canvas, x + sample + 3, y, text, &(ScopeTextStyle){ 0 });
  return x + key_entry_width (canvas, text);
}

static void
draw_class_key (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  gsize count[2] = { 0, 0 };
  for (gsize k = 0; k < result->curves->len; k++)
    if (scope_curve_at (result, k)->series == -1)
      count[scope_curve_at (result, k)->global ? 1 : 0]++;
  double y = plot.y - scope_panel_curves_top (result, canvas, plot.width) + 0.85 * canvas->font_pt;
  double x = plot.x;
  for (int global = 1; global >= 0; global--) {
    const ScopeCurve example = { .global = global, .series = -1 };
    g_autofree char *text
        = g_strdup_printf ("%s (%" G_GSIZE_FORMAT ")", global ? "global" : "local", count[global]);
    if (count[global] > 0)
      x = key_entry (canvas, result, &example, text, x, y);
  }
}

static void
draw_family_key (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  double y = plot.y - scope_panel_curves_top (result, canvas, plot.width) + 0.85 * canvas->font_pt;
  double x = plot.x, room = plot.x + plot.width + 1.5 * canvas->font_pt;
  for (gsize k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    if (x > plot.x && x + key_entry_width (canvas, curve->name) > room) {
      x = plot.x;
      y += 1.3 * canvas->font_pt;
    }
    x = key_entry (canvas, result, curve, curve->name, x, y);
  }
}

void
scope_curves_draw_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                         const ScopePanelAxes *axes)
{
  draw_end_names (canvas, result, plot, axes);
  if (scope_curves_are_ln (result))
    draw_exit_names (canvas, result, plot, axes);
  if (scope_curves_have_classes (result))
    draw_class_key (canvas, result, plot);
  if (has_family_key (result))
    draw_family_key (canvas, result, plot);
}

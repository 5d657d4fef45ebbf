/* What names the lines of a curves panel: words at their ends, or a key above. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/curves-private.h"

#define EXIT_LEVELS 5
#define EXIT_PROBES 6 /* heights at which a name is held against a line */
#define EXIT_GAP    3.0
#define NAME_GAP    4.5
#define DIGIT       0.75 /* ems that a digit is high */
#define LEADER      0.25 /* ems that a name is moved without a line that leads to it */
#define MARK_NAME   "θ"  /* of the horizontal line */
#define FEW_SERIES  3    /* so many lines of a family are named at their ends, more in a key */

gboolean
scope_curves_named (const ScopeResult *result)
{
  gsize count = 0;
  for (gsize k = 0; k < result->curves->len; k++)
    count += scope_curve_has_name (scope_curve_at (result, k));
  return count <= SCOPE_MAX_NAMES;
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
    if (scope_curve_has_name (curve) && !falls_through (result, curve, &axes))
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
  double line; /* where the line ends */
  double y;    /* where the name stands */
} Name;

static int
compare_names (gconstpointer a, gconstpointer b)
{
  double difference = ((const Name *)a)->y - ((const Name *)b)->y;
  return (difference > 0) - (difference < 0);
}

static Name
end_name (const char *text, double y)
{
  return (Name){ text, y, y };
}

/* Names of the mark and of the lines that reach the right edge, if there are few, moved apart where
 * they would overlap: first down, then up from the bottom. Returns how many. */
static gsize
place_names (const ScopeResult *result, ScopeRect plot, const ScopePanelAxes *axes, double pitch,
             Name *names)
{
  gsize count = 0;
  if (isfinite (result->y_mark))
    names[count++] = end_name (MARK_NAME, scope_curves_y (axes, plot, result->y_mark));
  for (gsize k = 0; named_at_end (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    double y = scope_curve_last_finite (curve);
    if (scope_curve_has_name (curve) && !falls_through (result, curve, axes))
      names[count++] = end_name (curve->name, scope_curves_y (axes, plot, y));
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

/* From the end of a line to its name, which had to move. */
static void
draw_leader (ScopeCanvas *canvas, double end, const Name *name)
{
  cairo_save (canvas->cr);
  scope_canvas_set_colour (canvas, canvas->theme->faint);
  scope_canvas_line_width (canvas, 0.4);
  cairo_move_to (canvas->cr, end + 0.4, name->line);
  cairo_line_to (canvas->cr, end + NAME_GAP - 0.6, name->y);
  cairo_stroke (canvas->cr);
  cairo_restore (canvas->cr);
}

static void
draw_end_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                const ScopePanelAxes *axes)
{
  Name names[SCOPE_MAX_NAMES + 1];
  gsize count = place_names (result, plot, axes, 1.1 * canvas->font_pt, names);
  double end = plot.x + plot.width;
  for (gsize k = 0; k < count; k++) {
    if (fabs (names[k].y - names[k].line) > LEADER * canvas->font_pt)
      draw_leader (canvas, end, &names[k]);
    scope_canvas_text (canvas, end + NAME_GAP, names[k].y, names[k].text,
                       &(ScopeTextStyle){ .middle = TRUE });
  }
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

/* Where a name stands: a band that leans as the line beside it does. */
typedef struct {
  const char *text;
  double top, height;
  double x, lean; /* of its left edge: at the top, and by how much farther right at the foot */
  double width;   /* at each height */
  double turn;    /* of the text, in degrees; 0: level */
} Band;

typedef enum { BESIDE, ALONG, BEFORE } Way;

typedef struct {
  const ScopeResult *result;
  const ScopePanelAxes *axes;
  ScopeRect plot;
  Band placed[SCOPE_MAX_NAMES];
  gsize count; /* of PLACED */
} Exits;

static double
band_left (const Band *band, double y)
{
  return band->x + band->lean * (y - band->top) / band->height;
}

/* Moves BAND to where it stands closest to the right of CURVE, or BEFORE it: x is not finite where
 * the curve does not pass. */
static void
push_beside (const Exits *self, const ScopeCurve *curve, gboolean before, Band *band)
{
  double most = -INFINITY, least = INFINITY;
  band->x = 0;
  for (int k = 0; k <= EXIT_PROBES; k++) {
    double y = band->top + band->height * k / EXIT_PROBES;
    double push = crossing (curve, self->plot, self->axes, y) - band_left (band, y);
    most = MAX (most, push);
    least = MIN (least, push);
  }
  band->x = before ? least - EXIT_GAP - band->width : most + EXIT_GAP;
}

/* TEXT of WIDTH, HIGH above FOOT: level beside CURVE or before it, or along it. */
static Band
make_band (const Exits *self, const ScopeCurve *curve, const char *text, double foot, double high,
           double width, Way way)
{
  Band band = { .text = text, .top = foot - high, .height = high, .width = width };
  if (way == ALONG) {
    double end = crossing (curve, self->plot, self->axes, foot);
    double start = crossing (curve, self->plot, self->axes, foot - width);
    double slope = isfinite (end - start) ? (end - start) / width : 0;
    band.height = width / hypot (1, slope);
    band.top = foot - band.height;
    band.lean = slope * band.height;
    band.width = high * hypot (1, slope);
    band.turn = atan2 (band.height, band.lean) * 180 / G_PI;
  }
  push_beside (self, curve, way == BEFORE, &band);
  return band;
}

/* Whether BAND is inside the plot, and clear of every line and of the names that stand already. */
static gboolean
is_clear (const Exits *self, const Band *band)
{
  const ScopeRect *plot = &self->plot;
  double right = MAX (band->x, band->x + band->lean) + band->width + 2;
  if (!(band->x > plot->x) || right > plot->x + plot->width || band->top < plot->y)
    return FALSE;
  for (int probe = 0; probe <= EXIT_PROBES; probe++) {
    double y = band->top + band->height * probe / EXIT_PROBES, left = band_left (band, y);
    for (gsize k = 0; k < self->result->curves->len; k++) {
      double x = crossing (scope_curve_at (self->result, k), *plot, self->axes, y);
      if (x > left - 1 && x < left + band->width + 2)
        return FALSE;
    }
    for (gsize k = 0; k < self->count; k++) {
      const Band *other = &self->placed[k];
      double begin = band_left (other, y);
      if (y >= other->top && y <= other->top + other->height && left < begin + other->width + 2
          && begin < left + band->width + 2)
        return FALSE;
    }
  }
  return TRUE;
}

/* The lowest place of TEXT, HIGH ems, beside CURVE. */
static gboolean
find_level (const Exits *self, ScopeCanvas *canvas, const ScopeCurve *curve, const char *text,
            double high, Way way, Band *out)
{
  double font = canvas->font_pt, floor_y = self->plot.y + self->plot.height;
  double width = scope_canvas_text_width (canvas, text, &(ScopeTextStyle){ 0 });
  for (int level = 0; level < EXIT_LEVELS; level++) {
    double foot = floor_y - (1.3 * level + 0.4) * font;
    *out = make_band (self, curve, text, foot, high * font, width, way);
    if (is_clear (self, out))
      return TRUE;
  }
  return FALSE;
}

/* Beside CURVE: level, or in a gap between steep lines along it, or of "head 4" the number alone,
 * which may stand before the line too. */
static gboolean
find_place (const Exits *self, ScopeCanvas *canvas, const ScopeCurve *curve, Band *out)
{
  const char *number = strrchr (curve->name, ' ');
  return find_level (self, canvas, curve, curve->name, 1, BESIDE, out)
         || find_level (self, canvas, curve, curve->name, 1, ALONG, out)
         || (number != NULL
             && (find_level (self, canvas, curve, number + 1, DIGIT, BESIDE, out)
                 || find_level (self, canvas, curve, number + 1, DIGIT, BEFORE, out)));
}

/* A line that leaves through the floor is named beside itself, at the lowest place where the name
 * is clear of the other lines and names; in a thicket it goes without. */
static void
draw_exit_names (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                 const ScopePanelAxes *axes)
{
  Exits exits = { .result = result, .axes = axes, .plot = plot };
  for (gsize k = 0; scope_curves_named (result) && k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    Band band;
    if (!scope_curve_has_name (curve) || !falls_through (result, curve, axes)
        || !find_place (&exits, canvas, curve, &band))
      continue;
    exits.placed[exits.count++] = band;
    gboolean along = band.turn > 0;
    scope_canvas_text (canvas, along ? band.x + band.width / 2 : band.x,
                       along ? band.top : band.top + band.height / 2, band.text,
                       &(ScopeTextStyle){ .middle = TRUE, .turn = band.turn });
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

/* Those that there are, each by an example: "global (6)", "before the filter". */
static void
draw_class_key (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  enum { IS_GLOBAL, IS_LOCAL, WAS_BEFORE, N_CLASSES };
  static const ScopeCurve examples[N_CLASSES]
      = { { .global = TRUE, .series = -1 }, { .series = -1 }, { .series = SCOPE_SERIES_BEFORE } };
  gsize count[N_CLASSES] = { 0 };
  for (gsize k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = scope_curve_at (result, k);
    if (curve->series == SCOPE_SERIES_BEFORE)
      count[WAS_BEFORE]++;
    else if (curve->series == -1)
      count[curve->global ? IS_GLOBAL : IS_LOCAL]++;
  }
  g_autofree char *global = g_strdup_printf ("global (%" G_GSIZE_FORMAT ")", count[IS_GLOBAL]);
  g_autofree char *local = g_strdup_printf ("local (%" G_GSIZE_FORMAT ")", count[IS_LOCAL]);
  const char *const words[N_CLASSES] = { global, local, "before the filter" };
  double y = plot.y - scope_panel_curves_top (result, canvas, plot.width) + 0.85 * canvas->font_pt;
  double x = plot.x;
  for (int k = 0; k < N_CLASSES; k++)
    if (count[k] > 0)
      x = key_entry (canvas, result, &examples[k], words[k], x, y);
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

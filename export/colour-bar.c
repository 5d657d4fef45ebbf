#include <math.h>
#include <string.h>

#include "export/figure-private.h"

#define TICK_LENGTH 2.0
#define LABEL_GAP   1.6
#define STEPS       256

static cairo_surface_t *
ramp_image (ScopePalette palette, gboolean vertical)
{
  cairo_surface_t *image
      = cairo_image_surface_create (CAIRO_FORMAT_RGB24, vertical ? 1 : STEPS, vertical ? STEPS : 1);
  unsigned char *data = cairo_image_surface_get_data (image);
  gsize stride = (gsize)cairo_image_surface_get_stride (image);
  for (gsize k = 0; k < STEPS; k++) {
    gsize at = vertical ? (STEPS - 1 - k) * stride : k * sizeof (guint32);
    *(guint32 *)(data + at) = scope_palette_colour (palette, (double)k / (STEPS - 1));
  }
  cairo_surface_mark_dirty (image);
  return image;
}

static void
bar_axis (ScopeAxis *axis, ScopeCanvas *canvas, const ScopeNorm *norm, double length,
          gboolean vertical)
{
  double along = vertical ? 1.7 * canvas->font_pt : 3.2 * canvas->font_pt;
  scope_axis_norm (axis, norm, scope_axis_room (length, along));
}

double
scope_colour_bar_extent (ScopeCanvas *canvas, const ScopeNorm *norm, double length,
                         gboolean vertical)
{
  g_auto (ScopeAxis) axis = { 0 };
  bar_axis (&axis, canvas, norm, length, vertical);
  double labels = vertical ? scope_axis_width (&axis, canvas) : canvas->font_pt;
  return TICK_LENGTH + LABEL_GAP + labels + 1.5 * canvas->font_pt;
}

/* What a map's colours mean; log and rank norms show the absolute value of what they are given. */
static char *
value_words (const ScopeResult *result, ScopeNormKind norm)
{
  const char *label = result->value_label != NULL ? result->value_label : "value";
  gboolean is_signed = norm != SCOPE_NORM_LOG && norm != SCOPE_NORM_RANK;
  gboolean positive = strchr (label, '|') != NULL || g_str_has_prefix (label, "Δ")
                      || g_str_has_prefix (label, "surprisal");
  if (is_signed || positive)
    return g_strdup (label);
  const char *of = strstr (label, " of "); /* "|α| of query 9" */
  gsize symbol = of != NULL ? (gsize)(of - label) : strlen (label);
  return g_strdup_printf ("|%.*s|%s", (int)symbol, label, label + symbol);
}

char *
scope_figure_value_label (const ScopeFigure *figure, gssize panel)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  gsize begin = panel >= 0 ? (gsize)panel : 0;
  gsize end = panel >= 0 ? begin + 1 : figure->panels->len, exact = 0, sampled = 0;
  for (gsize k = begin; k < end; k++) {
    const ScopeResult *result = g_ptr_array_index (figure->panels, k);
    if (!scope_result_is_coloured (result) || (panel < 0 && !scope_figure_shares (figure, k)))
      continue;
    g_autofree char *own = value_words (result, scope_figure_look (figure, k).norm);
    if (!g_ptr_array_find_with_equal_func (words, own, g_str_equal, NULL))
      g_ptr_array_add (words, g_steal_pointer (&own));
    *(result->exact ? &exact : &sampled) += 1;
  }
  g_ptr_array_add (words, NULL);
  g_autofree char *all = g_strjoinv (", ", (char **)words->pdata);
  return g_strdup_printf ("%s (%s)", all,
                          sampled == 0 ? "exact"
                          : exact == 0 ? "sampled"
                                       : "some panels sampled");
}

static void
draw_vertical_ticks (ScopeCanvas *canvas, const ScopeAxis *axis, ScopeRect bar)
{
  double right = bar.x + bar.width;
  for (gsize k = 0; k < axis->count; k++) {
    double y = bar.y + (1 - axis->place[k]) * bar.height;
    scope_canvas_set_colour (canvas, canvas->theme->ink);
    scope_canvas_horizontal (canvas, right, right + TICK_LENGTH, y, 0.6);
    scope_canvas_text (canvas, right + TICK_LENGTH + LABEL_GAP, y, axis->label[k],
                       &(ScopeTextStyle){ .middle = TRUE });
  }
}

static void
draw_horizontal_ticks (ScopeCanvas *canvas, const ScopeAxis *axis, ScopeRect bar)
{
  double bottom = bar.y + bar.height;
  for (gsize k = 0; k < axis->count; k++) {
    double x = bar.x + axis->place[k] * bar.width;
    scope_canvas_set_colour (canvas, canvas->theme->ink);
    scope_canvas_vertical (canvas, x, bottom, bottom + TICK_LENGTH, 0.6);
    scope_canvas_text (canvas, x, bottom + TICK_LENGTH + LABEL_GAP + 0.73 * canvas->font_pt,
                       axis->label[k], &(ScopeTextStyle){ .align = 0.5 });
  }
}

void
scope_colour_bar_draw (ScopeCanvas *canvas, ScopeRect bar, gboolean vertical, ScopePalette palette,
                       const ScopeNorm *norm, const char *label)
{
  g_auto (ScopeAxis) axis = { 0 };
  bar_axis (&axis, canvas, norm, vertical ? bar.height : bar.width, vertical);
  bar = scope_canvas_snap (canvas, bar);
  cairo_surface_t *ramp = ramp_image (palette, vertical);
  scope_canvas_image (canvas, ramp, bar);
  cairo_surface_destroy (ramp);
  if (vertical)
    draw_vertical_ticks (canvas, &axis, bar);
  else
    draw_horizontal_ticks (canvas, &axis, bar);
  double extent
      = scope_colour_bar_extent (canvas, norm, vertical ? bar.height : bar.width, vertical);
  ScopeTextStyle style = { .align = 0.5, .turn = vertical ? -90 : 0 };
  if (vertical)
    scope_canvas_text (canvas, bar.x + bar.width + extent - 0.2 * canvas->font_pt,
                       bar.y + bar.height / 2, label, &style);
  else
    scope_canvas_text (canvas, bar.x + bar.width / 2,
                       bar.y + bar.height + extent - 0.2 * canvas->font_pt, label, &style);
}

/* The bar gets what its ticks and label leave, but is never thicker than its text is high. */
void
scope_draw_colour_bar (cairo_t *cr, double x, double y, double width, double height,
                       gboolean vertical, ScopePalette palette, const ScopeNorm *norm,
                       const char *label, const char *font, double font_pt, gboolean dark)
{
  double device_x = 1, device_y = 0;
  cairo_user_to_device_distance (cr, &device_x, &device_y);
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init (&canvas, cr, hypot (device_x, device_y), FALSE, font, font_pt, dark);
  double extent = scope_colour_bar_extent (&canvas, norm, vertical ? height : width, vertical);
  double across = CLAMP ((vertical ? width : height) - extent, 2.0, 1.4 * font_pt);
  /* Labels at the ends stand half outside the bar. */
  double margin = vertical ? 0.5 * font_pt : 1.6 * font_pt;
  ScopeRect bar = vertical ? (ScopeRect){ x, y + margin, across, height - 2 * margin }
                           : (ScopeRect){ x + margin, y, width - 2 * margin, across };
  scope_colour_bar_draw (&canvas, bar, vertical, palette, norm, label);
}

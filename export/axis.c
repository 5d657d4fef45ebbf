#include <math.h>

#include "export/figure-private.h"

#define SPINE_WIDTH 0.6
#define TICK_LENGTH 2.2
#define LABEL_GAP   1.6

void
scope_axis_clear (ScopeAxis *self)
{
  for (gsize k = 0; k < self->count; k++)
    g_free (self->label[k]);
  *self = (ScopeAxis){ 0 };
}

void
scope_panel_axes_clear (ScopePanelAxes *self)
{
  scope_axis_clear (&self->x);
  scope_axis_clear (&self->y);
}

/* A label takes its EXTENT and as much air as a third of it. */
gsize
scope_axis_room (double length, double extent)
{
  double room = length / MAX (1.0, extent * 1.35) + 1;
  return (gsize)CLAMP (room, 2.0, 7.0);
}

static gboolean
all_whole (const double *value, gsize count)
{
  for (gsize k = 0; k < count; k++)
    if (fabs (value[k] - round (value[k])) > 1e-6)
      return FALSE;
  return TRUE;
}

void
scope_axis_tokens (ScopeAxis *self, gsize begin, gsize end, gsize max)
{
  *self = (ScopeAxis){ 0 };
  if (end <= begin)
    return;
  double low = (double)begin, high = (double)(end - 1);
  for (max = MIN (max, SCOPE_MAX_TICKS); max >= 1; max--) {
    self->count = scope_axis_ticks (low, high, self->value, max);
    if (all_whole (self->value, self->count))
      break;
  }
  for (gsize k = 0; k < self->count; k++) {
    self->value[k] = round (self->value[k]);
    self->place[k] = (self->value[k] - low + 0.5) / (double)(end - begin);
    self->label[k] = scope_tick_label (self->value[k], FALSE);
  }
}

/* Labels with powers of ten where plain ones would be long or unlike each other. */
static gboolean
wants_powers (const double *value, gsize count)
{
  double top = 0, least = INFINITY;
  for (gsize k = 0; k < count; k++) {
    double magnitude = fabs (value[k]);
    top = MAX (top, magnitude);
    if (magnitude > 0)
      least = MIN (least, magnitude);
  }
  return top >= 1e6 || (top > 0 && least < 1.0001e-3 && top < 0.1);
}

static void
label_all (ScopeAxis *self, gboolean powers)
{
  for (gsize k = 0; k < self->count; k++)
    self->label[k] = scope_tick_label (self->value[k], powers);
}

void
scope_axis_linear (ScopeAxis *self, double low, double high, gsize max)
{
  *self = (ScopeAxis){ 0 };
  self->count = scope_axis_ticks (low, high, self->value, MIN (max, SCOPE_MAX_TICKS));
  for (gsize k = 0; k < self->count; k++)
    self->place[k] = high > low ? (self->value[k] - low) / (high - low) : 0.5;
  label_all (self, wants_powers (self->value, self->count));
}

void
scope_axis_log_at (ScopeAxis *self, double low, double high, const double *values, gsize count)
{
  *self = (ScopeAxis){ .count = MIN (count, SCOPE_MAX_TICKS) };
  for (gsize k = 0; k < self->count; k++) {
    self->value[k] = values[k];
    self->place[k] = high > low ? log (values[k] / low) / log (high / low) : 0.5;
  }
  label_all (self, wants_powers (self->value, self->count));
}

void
scope_axis_log (ScopeAxis *self, double low, double high, gsize max)
{
  const ScopeNorm norm = { .kind = SCOPE_NORM_LOG, .low = low, .high = high };
  double value[SCOPE_MAX_TICKS];
  gsize count = scope_norm_ticks (&norm, value, MIN (max, SCOPE_MAX_TICKS));
  scope_axis_log_at (self, low, high, value, count);
}

/* 10^-300 is written from its exponent: the power itself may underflow. */
void
scope_axis_ln (ScopeAxis *self, double low, double high, gsize max)
{
  *self = (ScopeAxis){ 0 };
  double from = low / G_LN10, to = high / G_LN10;
  for (max = MIN (max, SCOPE_MAX_TICKS); max >= 1; max--) {
    self->count = scope_axis_ticks (from, to, self->value, max);
    if (all_whole (self->value, self->count))
      break;
  }
  for (gsize k = 0; k < self->count; k++) {
    self->place[k] = high > low ? (self->value[k] - from) / (to - from) : 0.5;
    self->label[k] = scope_power_label ((int)round (self->value[k]));
  }
}

void
scope_axis_norm (ScopeAxis *self, const ScopeNorm *norm, gsize max)
{
  *self = (ScopeAxis){ 0 };
  self->count = scope_norm_ticks (norm, self->value, MIN (max, SCOPE_MAX_TICKS));
  for (gsize k = 0; k < self->count; k++)
    self->place[k] = scope_norm_apply (norm, self->value[k]);
  gboolean plain = norm->kind == SCOPE_NORM_LINEAR || norm->kind == SCOPE_NORM_POWER;
  label_all (self, !plain || wants_powers (self->value, self->count));
}

double
scope_axis_width (const ScopeAxis *self, ScopeCanvas *canvas)
{
  double width = 0;
  for (gsize k = 0; k < self->count; k++)
    width = MAX (width, scope_canvas_text_width (canvas, self->label[k], &(ScopeTextStyle){ 0 }));
  return width;
}

void
scope_axis_draw_bottom (const ScopeAxis *self, ScopeCanvas *canvas, ScopeRect plot)
{
  double bottom = plot.y + plot.height;
  double baseline = bottom + TICK_LENGTH + LABEL_GAP + 0.73 * canvas->font_pt;
  scope_canvas_set_colour (canvas, canvas->theme->ink);
  scope_canvas_horizontal (canvas, plot.x - SPINE_WIDTH / 2, plot.x + plot.width, bottom,
                           SPINE_WIDTH);
  for (gsize k = 0; k < self->count; k++) {
    double x = plot.x + self->place[k] * plot.width;
    scope_canvas_set_colour (canvas, canvas->theme->ink);
    scope_canvas_vertical (canvas, x, bottom, bottom + TICK_LENGTH, SPINE_WIDTH);
    scope_canvas_text (canvas, x, baseline, self->label[k], &(ScopeTextStyle){ .align = 0.5 });
  }
}

void
scope_axis_draw_left (const ScopeAxis *self, ScopeCanvas *canvas, ScopeRect plot, gboolean down)
{
  scope_canvas_set_colour (canvas, canvas->theme->ink);
  scope_canvas_vertical (canvas, plot.x, plot.y, plot.y + plot.height + SPINE_WIDTH / 2,
                         SPINE_WIDTH);
  for (gsize k = 0; k < self->count; k++) {
    double place = down ? self->place[k] : 1 - self->place[k];
    double y = plot.y + place * plot.height;
    scope_canvas_set_colour (canvas, canvas->theme->ink);
    scope_canvas_horizontal (canvas, plot.x - TICK_LENGTH, plot.x, y, SPINE_WIDTH);
    scope_canvas_text (canvas, plot.x - TICK_LENGTH - LABEL_GAP, y, self->label[k],
                       &(ScopeTextStyle){ .align = 1, .middle = TRUE });
  }
}

/* What moves over the picture. */
#include <math.h>

#include "ui/colours.h"
#include "ui/decay-plot-private.h"

#define DOT   3.2 /* radius of a channel's class */
#define CROWD 24  /* so many channels have dashes instead */

typedef struct {
  ScopeDecayPlot *plot;
  const ScopeCurvesView *view;
  ScopePlotArea area;
  GdkRGBA ink, faint, accent, paper;
} Paint;

static void
set_ink (cairo_t *cr, const GdkRGBA *colour, double width, const double *dash, int n_dash)
{
  gdk_cairo_set_source_rgba (cr, colour);
  cairo_set_line_width (cr, width);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, dash, n_dash, 0);
}

/* Down to where the plot ends. */
static void
trace (const Paint *self, cairo_t *cr, const ScopeMatrix *decay, gsize channel)
{
  double last = 0;
  for (gsize k = 0; k < self->view->points && (k == 0 || last > self->area.bottom); k++) {
    last = scope_matrix_get (decay, k, channel);
    cairo_line_to (cr, scope_decay_plot_x (&self->area, self->view->x[k]),
                   scope_decay_plot_y (&self->area, last));
  }
}

static gsize
count_shown (const Paint *self)
{
  gsize count = 0;
  for (gsize h = 0; h < self->view->channels; h++)
    count += self->plot->shown[h];
  return count;
}

/* Filled: global. */
static void
paint_dot (const Paint *self, cairo_t *cr, double x, double y, gboolean global)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x, y, DOT, 0, 2 * G_PI);
  if (global)
    cairo_fill (cr);
  else
    cairo_stroke (cr);
}

/* The class of each channel stands where the training length ends: above the θ line it is global.
 * Of a crowd it is a dash, wider where the channel is global. */
static void
paint_classes (const Paint *self, cairo_t *cr)
{
  const ScopeCurvesView *view = self->view;
  double x = scope_decay_plot_x (&self->area, (double)view->train_length);
  gboolean crowd = count_shown (self) > CROWD;
  if ((double)view->train_length > self->area.right)
    return;
  set_ink (cr, crowd ? &self->faint : &self->ink, crowd ? 0.8 : 1.2, NULL, 0);
  for (gsize h = 0; h < view->channels; h++) {
    if (!self->plot->shown[h] || view->class_ln[h] < self->area.bottom)
      continue;
    double y = scope_decay_plot_y (&self->area, view->class_ln[h]);
    gboolean global = view->class_ln[h] > self->plot->ln_theta;
    if (!crowd) {
      paint_dot (self, cr, x, y, global);
      continue;
    }
    cairo_move_to (cr, x - (global ? 4 : 2), y);
    cairo_line_to (cr, x + (global ? 4 : 2), y);
  }
  cairo_stroke (cr);
}

/* Before, after, the target and what is reached, of the selected channel. */
static void
paint_selected (const Paint *self, cairo_t *cr)
{
  static const double dashes[] = { 5, 4 }, aims[] = { 9, 3, 2, 3 };
  const ScopeCurvesView *view = self->view;
  gsize channel = self->plot->selected;
  if (channel >= view->channels)
    return;
  if (view->before != NULL) {
    set_ink (cr, &self->accent, 2, dashes, G_N_ELEMENTS (dashes));
    trace (self, cr, view->before, channel);
    cairo_stroke (cr);
  }
  if (isfinite (view->aim_ln[channel]) && view->aim_ln[channel] >= self->area.bottom) {
    double y = round (scope_decay_plot_y (&self->area, view->aim_ln[channel])) + 0.5;
    set_ink (cr, &self->accent, 1, aims, G_N_ELEMENTS (aims));
    cairo_move_to (cr, self->area.x, y);
    cairo_line_to (cr, self->area.x + self->area.width, y);
    cairo_stroke (cr);
  }
  set_ink (cr, &self->accent, 2.6, NULL, 0);
  trace (self, cr, view->after, channel);
  cairo_stroke (cr);
  double reached = scope_matrix_get (view->after, view->points - 1, channel);
  if (reached < self->area.bottom)
    return;
  cairo_arc (cr, scope_decay_plot_x (&self->area, (double)view->tokens),
             scope_decay_plot_y (&self->area, reached), DOT + 1.3, 0, 2 * G_PI);
  cairo_fill (cr);
}

static void
paint_hover (const Paint *self, cairo_t *cr)
{
  gsize channel = self->plot->hover;
  if (channel >= self->view->channels || channel == self->plot->selected)
    return;
  set_ink (cr, &self->ink, 2, NULL, 0);
  trace (self, cr, self->view->after, channel);
  cairo_stroke (cr);
}

static void
paint_theta (const Paint *self, GtkSnapshot *snapshot)
{
  float y = roundf ((float)scope_decay_plot_y (&self->area, self->plot->ln_theta));
  float thick = self->plot->dragging ? 3 : 2;
  gtk_snapshot_append_color (
      snapshot, &self->ink,
      &GRAPHENE_RECT_INIT ((float)self->area.x, y - thick / 2, (float)self->area.width, thick));
}

/* Words as the plot has them; free with g_object_unref(). */
static PangoLayout *
lay_out (const Paint *self, const char *words, int *width, int *height)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self->plot), words);
  PangoAttrList *list = pango_attr_list_new ();
  pango_attr_list_insert (list, pango_attr_scale_new (0.86));
  pango_layout_set_attributes (layout, list);
  pango_attr_list_unref (list);
  pango_layout_get_pixel_size (layout, width, height);
  return layout;
}

/* From X on if there is room, their foot at Y. */
static void
paint_words (const Paint *self, GtkSnapshot *snapshot, PangoLayout *layout, double x, double y,
             const GdkRGBA *colour)
{
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  double left = self->area.x + 2, right = self->area.x + self->area.width - width;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)CLAMP (x, left, MAX (right, left)),
                                                          (float)(y - height)));
  gtk_snapshot_append_color (snapshot, &self->paper,
                             &GRAPHENE_RECT_INIT (-3, 0, (float)width + 6, (float)height));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
paint_token (const Paint *self, GtkSnapshot *snapshot)
{
  if (self->plot->token >= self->view->tokens)
    return;
  double x = round (scope_decay_plot_x (&self->area, (double)self->plot->token + 1));
  gtk_snapshot_append_color (
      snapshot, &self->accent,
      &GRAPHENE_RECT_INIT ((float)x, (float)self->area.y, 1, (float)self->area.height));
  if (self->plot->token_words == NULL)
    return;
  int width, height;
  g_autoptr (PangoLayout) layout = lay_out (self, self->plot->token_words, &width, &height);
  paint_words (self, snapshot, layout, x + 5, self->area.y + self->area.height - 4, &self->accent);
}

/* Points of DECAY inside RECT. */
static gsize
count_inside (const Paint *self, const ScopeMatrix *decay, const graphene_rect_t *rect)
{
  gsize count = 0;
  for (gsize k = 0; k < self->view->points; k++) {
    float x = (float)scope_decay_plot_x (&self->area, self->view->x[k]);
    if (x < rect->origin.x || x > rect->origin.x + rect->size.width)
      continue;
    for (gsize h = 0; h < self->view->channels; h++) {
      float y = (float)scope_decay_plot_y (&self->area, scope_matrix_get (decay, k, h));
      count
          += self->plot->shown[h] && y >= rect->origin.y && y <= rect->origin.y + rect->size.height;
    }
  }
  return count;
}

/* How much words in RECT would hide. */
static gsize
count_hidden (const Paint *self, const graphene_rect_t *rect)
{
  graphene_rect_t handle;
  gsize count = count_inside (self, self->view->after, rect);
  if (self->view->before != NULL)
    count += count_inside (self, self->view->before, rect);
  double theta = scope_decay_plot_y (&self->area, self->plot->ln_theta);
  if (theta >= rect->origin.y && theta <= rect->origin.y + rect->size.height)
    count += self->view->points;
  if (gtk_widget_compute_bounds (self->plot->handle, GTK_WIDGET (self->plot), &handle)
      && graphene_rect_intersection (rect, &handle, NULL))
    count += self->view->points;
  return count;
}

/* Above or below the line, where it hides least: in the middle if that is as good as elsewhere, and
 * not at all where it would hide much; the numbers below the plot name the line too. A crowd is
 * everywhere. */
static void
paint_target_words (const Paint *self, GtkSnapshot *snapshot)
{
  static const double places[] = { 0.5, 0.56, 0.44, 0.62, 0.38, 0.68, 0.32 };
  gsize channel = self->plot->selected, least = self->view->points / 8 + 1;
  if (channel >= self->view->channels || !(self->view->aim_ln[channel] >= self->area.bottom))
    return;
  int width, height;
  g_autoptr (PangoLayout) layout = lay_out (self, "target of calibration", &width, &height);
  double line = scope_decay_plot_y (&self->area, self->view->aim_ln[channel]);
  gboolean crowd = count_shown (self) > CROWD;
  double x = 0, foot = NAN;
  for (gsize k = 0; k < 2 * G_N_ELEMENTS (places) && least > 0; k++) {
    double left = self->area.x + places[k / 2] * self->area.width - 0.5 * width;
    double top = k % 2 == 0 ? line - 2 - height : line + 2;
    graphene_rect_t rect
        = GRAPHENE_RECT_INIT ((float)left - 3, (float)top, (float)width + 6, (float)height);
    gsize hidden = crowd ? 0 : count_hidden (self, &rect);
    if (top < self->area.y || hidden >= least)
      continue;
    least = hidden;
    x = left;
    foot = top + height;
  }
  if (!isnan (foot))
    paint_words (self, snapshot, layout, x, foot, &self->accent);
}

static void
paint_over (ScopeDecayPlot *self, GtkSnapshot *snapshot, const ScopeCurvesView *view)
{
  Paint paint = { .plot = self, .view = view };
  if (!scope_decay_plot_area (self, &paint.area))
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &paint.ink);
  paint.faint = paint.ink;
  paint.faint.alpha *= 0.6f;
  paint.accent = scope_named_colour (GTK_WIDGET (self), "accent_color");
  paint.paper = scope_named_colour (GTK_WIDGET (self), "window_bg_color");
  paint.paper.alpha *= 0.85f;
  const double room = DOT + 3; /* what stands on the plot's edges is whole */
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT ((float)(paint.area.x - room), (float)(paint.area.y - room),
                                     (float)(paint.area.width + 2 * room),
                                     (float)(paint.area.height + 2 * room)));
  paint_classes (&paint, cr);
  paint_hover (&paint, cr);
  paint_selected (&paint, cr);
  cairo_destroy (cr);
  paint_token (&paint, snapshot);
  paint_target_words (&paint, snapshot);
  paint_theta (&paint, snapshot);
}

void
scope_decay_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (widget);
  const ScopeCurvesView *view = self->curves != NULL ? scope_curves_get_view (self->curves) : NULL;
  if (self->picture == NULL || view == NULL)
    return;
  gtk_snapshot_append_texture (
      snapshot, self->picture->texture,
      &GRAPHENE_RECT_INIT (SCOPE_DECAY_MARGIN, SCOPE_DECAY_MARGIN,
                           (float)gtk_widget_get_width (widget) - 2 * SCOPE_DECAY_MARGIN,
                           (float)gtk_widget_get_height (widget) - 2 * SCOPE_DECAY_MARGIN));
  paint_over (self, snapshot, view);
  gtk_widget_snapshot_child (widget, self->handle, snapshot);
}

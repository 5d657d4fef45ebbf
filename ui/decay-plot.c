#include "ui/decay-plot-private.h"

#include <adwaita.h>
#include <math.h>

#include "ui/colours.h"
#include "ui/theta-handle.h"

/* ln decay is cut at so many times ln θ, and not above so many decades: below it every channel is
 * equally forgetful. */
#define FLOOR_THETAS  3.0
#define FLOOR_DECADES 6.0
#define NEAR          9 /* pixels within which a curve is pointed at */

G_DEFINE_FINAL_TYPE (ScopeDecayPlot, scope_decay_plot, GTK_TYPE_WIDGET)

guint scope_decay_plot_signals[DECAY_PLOT_N];

static const ScopeCurvesView *
view_of (ScopeDecayPlot *self)
{
  const ScopeCurvesView *view = self->curves != NULL ? scope_curves_get_view (self->curves) : NULL;
  return view != NULL && self->shown != NULL && view->channels == self->channels ? view : NULL;
}

/* --- from values to pixels -----------------------------------------------------------------------
 */

gboolean
scope_decay_plot_area (ScopeDecayPlot *self, ScopePlotArea *out)
{
  if (self->picture == NULL || view_of (self) == NULL)
    return FALSE;
  double across
      = (gtk_widget_get_width (GTK_WIDGET (self)) - 2 * SCOPE_DECAY_MARGIN) / self->picture->width;
  double down = (gtk_widget_get_height (GTK_WIDGET (self)) - 2 * SCOPE_DECAY_MARGIN)
                / self->picture->height;
  *out = self->picture->area;
  out->x = SCOPE_DECAY_MARGIN + out->x * across;
  out->y = SCOPE_DECAY_MARGIN + out->y * down;
  out->width *= across;
  out->height *= down;
  return out->width > 0 && out->height > 0;
}

double
scope_decay_plot_x (const ScopePlotArea *area, double tokens)
{
  return area->x + (tokens - area->left) / (area->right - area->left) * area->width;
}

double
scope_decay_plot_y (const ScopePlotArea *area, double ln)
{
  double place = (area->top - ln) / (area->top - area->bottom);
  return area->y + CLAMP (place, 0, 1) * area->height;
}

gboolean
scope_decay_plot_place (ScopeDecayPlot *self, double tokens, double ln, graphene_point_t *out)
{
  ScopePlotArea area;
  if (!scope_decay_plot_area (self, &area))
    return FALSE;
  *out = GRAPHENE_POINT_INIT ((float)scope_decay_plot_x (&area, tokens),
                              (float)scope_decay_plot_y (&area, ln));
  return TRUE;
}

gsize
scope_decay_plot_channel_at (ScopeDecayPlot *self, double x, double y)
{
  const ScopeCurvesView *view = view_of (self);
  ScopePlotArea area;
  gsize best = G_MAXSIZE;
  double nearest = NEAR;
  if (view == NULL || !scope_decay_plot_area (self, &area) || x < area.x || x > area.x + area.width)
    return G_MAXSIZE;
  double tokens = area.left + (x - area.x) / area.width * (area.right - area.left);
  double at = (tokens - view->x[0]) / MAX (view->x[view->points - 1] - view->x[0], 1)
              * (double)(view->points - 1);
  gsize left = (gsize)CLAMP (at, 0, (double)(view->points - 1));
  gsize right = MIN (left + 1, view->points - 1);
  double share = CLAMP (at - (double)left, 0, 1);
  for (gsize h = 0; h < view->channels; h++) {
    double ln = scope_matrix_get (view->after, left, h) * (1 - share)
                + scope_matrix_get (view->after, right, h) * share;
    double distance = fabs (scope_decay_plot_y (&area, ln) - y);
    if (self->shown[h] && ln >= area.bottom && distance < nearest) {
      nearest = distance;
      best = h;
    }
  }
  return best;
}

/* --- the picture ---------------------------------------------------------------------------------
 */

static double
least_shown (ScopeDecayPlot *self, const ScopeCurvesView *view)
{
  double least = 0;
  for (gsize h = 0; h < view->channels; h++) {
    if (!self->shown[h])
      continue;
    least = MIN (least, scope_matrix_get (view->after, view->points - 1, h));
    if (view->before != NULL)
      least = MIN (least, scope_matrix_get (view->before, view->points - 1, h));
  }
  return least;
}

/* The axis holds the curves, and θ with some room below it; it rests while θ is dragged. */
static void
place_floor (ScopeDecayPlot *self, const ScopeCurvesView *view)
{
  if (self->dragging)
    return;
  double theta = MIN (self->ln_theta, 0);
  double deepest = MIN (FLOOR_THETAS * theta, -FLOOR_DECADES * G_LN10);
  self->floor_ln = MIN (MAX (least_shown (self, view), deepest), 1.25 * theta - 0.5);
}

static ScopeDecaySpec *
make_spec (ScopeDecayPlot *self, const ScopeCurvesView *view)
{
  GtkWidget *widget = GTK_WIDGET (self);
  PangoContext *context = gtk_widget_get_pango_context (widget);
  const PangoFontDescription *font = pango_context_get_font_description (context);
  double size = (double)pango_font_description_get_size (font) / PANGO_SCALE;
  double dpi = pango_cairo_context_get_resolution (context);
  if (!pango_font_description_get_size_is_absolute (font))
    size *= (dpi > 0 ? dpi : 96) / 72;
  ScopeDecaySpec *spec = g_new0 (ScopeDecaySpec, 1);
  spec->after = scope_matrix_ref (view->after);
  spec->before = view->before != NULL ? scope_matrix_ref (view->before) : NULL;
  spec->x = g_memdup2 (view->x, view->points * sizeof (double));
  spec->shown = g_memdup2 (self->shown, view->channels);
  spec->global = g_new (guint8, view->channels);
  for (gsize h = 0; h < view->channels; h++)
    spec->global[h] = view->class_ln[h] > self->ln_theta;
  spec->noun = self->noun;
  spec->train_length = (double)view->train_length;
  spec->floor_ln = self->floor_ln;
  spec->width = gtk_widget_get_width (widget) - 2 * SCOPE_DECAY_MARGIN;
  spec->height = gtk_widget_get_height (widget) - 2 * SCOPE_DECAY_MARGIN;
  spec->scale = gtk_widget_get_scale_factor (widget);
  spec->font = g_strdup (pango_font_description_get_family (font));
  spec->font_pt = 0.9 * 0.75 * size;
  spec->paper = scope_named_colour (widget, "window_bg_color");
  spec->dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  return spec;
}

static void draw_picture (ScopeDecayPlot *self);

static void
drawn_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (object);
  ScopeDecayPicture *picture = scope_decay_picture_finish (result);
  if (self->curves == NULL || picture == NULL) {
    g_clear_pointer (&picture, scope_decay_picture_free);
    return;
  }
  g_clear_object (&self->drawing);
  g_clear_pointer (&self->picture, scope_decay_picture_free);
  self->picture = picture;
  gtk_widget_queue_allocate (GTK_WIDGET (self)); /* the handle may be elsewhere now */
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->again)
    draw_picture (self);
}

/* One at a time: while one is drawn, all that changes is in the next one. */
static void
draw_picture (ScopeDecayPlot *self)
{
  const ScopeCurvesView *view = view_of (self);
  GtkWidget *widget = GTK_WIDGET (self);
  gboolean room = gtk_widget_get_width (widget) > 120 && gtk_widget_get_height (widget) > 90;
  if (view == NULL || !room)
    return;
  self->again = self->drawing != NULL;
  if (self->again)
    return;
  place_floor (self, view);
  self->drawing = g_cancellable_new ();
  scope_decay_picture_draw (make_spec (self, view), G_OBJECT (self), self->drawing, drawn_cb);
}

/* --- what its owner says -------------------------------------------------------------------------
 */

void
scope_decay_plot_set_curves (ScopeDecayPlot *self, ScopeCurves *curves)
{
  g_return_if_fail (SCOPE_IS_DECAY_PLOT (self) && self->curves == NULL);
  self->curves = g_object_ref (curves);
}

void
scope_decay_plot_show (ScopeDecayPlot *self, const guint8 *shown, const char *noun)
{
  g_return_if_fail (SCOPE_IS_DECAY_PLOT (self) && self->curves != NULL);
  const ScopeCurvesView *view = scope_curves_get_view (self->curves);
  g_clear_pointer (&self->shown, g_free);
  self->channels = view != NULL ? view->channels : 0;
  self->noun = noun;
  if (view != NULL)
    self->shown = g_memdup2 (shown, view->channels);
  else
    g_clear_pointer (&self->picture, scope_decay_picture_free);
  gtk_widget_set_visible (self->handle, view != NULL);
  draw_picture (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
same_classes (const ScopeCurvesView *view, double one, double other)
{
  for (gsize h = 0; h < view->channels; h++)
    if ((view->class_ln[h] > one) != (view->class_ln[h] > other))
      return FALSE;
  return TRUE;
}

void
scope_decay_plot_set_ln_theta (ScopeDecayPlot *self, double ln_theta)
{
  g_return_if_fail (SCOPE_IS_DECAY_PLOT (self));
  const ScopeCurvesView *view = view_of (self);
  double old = self->ln_theta;
  if (ln_theta == old || isnan (ln_theta))
    return;
  self->ln_theta = ln_theta;
  scope_theta_handle_set_ln (SCOPE_THETA_HANDLE (self->handle), ln_theta, self->floor_ln);
  if (view != NULL && (!self->dragging || !same_classes (view, old, ln_theta)))
    draw_picture (self);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

double
scope_decay_plot_get_ln_theta (ScopeDecayPlot *self)
{
  g_return_val_if_fail (SCOPE_IS_DECAY_PLOT (self), NAN);
  return self->ln_theta;
}

void
scope_decay_plot_set_selected (ScopeDecayPlot *self, gsize channel)
{
  g_return_if_fail (SCOPE_IS_DECAY_PLOT (self));
  self->selected = channel;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_decay_plot_set_token (ScopeDecayPlot *self, gsize token, const char *words)
{
  g_return_if_fail (SCOPE_IS_DECAY_PLOT (self));
  g_free (self->token_words);
  self->token_words = g_strdup (words);
  self->token = token;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_decay_plot_say (ScopeDecayPlot *self, const char *words)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
}

/* --- the widget ----------------------------------------------------------------------------------
 */

/* The handle stands at the right end of its line, within the widget. */
static void
scope_decay_plot_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (widget);
  ScopePlotArea area;
  GtkRequisition size;
  gtk_widget_get_preferred_size (self->handle, NULL, &size);
  int x = width - size.width - SCOPE_DECAY_MARGIN, y = 0;
  if (scope_decay_plot_area (self, &area)) {
    x = (int)round (area.x + area.width) - size.width;
    y = (int)round (scope_decay_plot_y (&area, self->ln_theta)) - size.height / 2;
  }
  gtk_widget_size_allocate (self->handle,
                            &(GtkAllocation){ MAX (x, 0),
                                              CLAMP (y, 0, MAX (height - size.height, 0)),
                                              size.width, size.height },
                            -1);
  gboolean resized = self->picture == NULL || self->picture->width != width - 2 * SCOPE_DECAY_MARGIN
                     || self->picture->height != height - 2 * SCOPE_DECAY_MARGIN;
  if (resized)
    draw_picture (self);
}

static void
scope_decay_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  gtk_widget_measure (SCOPE_DECAY_PLOT (widget)->handle, orientation, for_size, minimum, natural,
                      NULL, NULL);
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? MAX (*minimum, 240) : 160;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 400;
}

static void
scope_decay_plot_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_decay_plot_parent_class)->css_changed (widget, change);
  draw_picture (SCOPE_DECAY_PLOT (widget));
}

static void
scope_decay_plot_dispose (GObject *object)
{
  ScopeDecayPlot *self = SCOPE_DECAY_PLOT (object);
  if (self->drawing != NULL)
    g_cancellable_cancel (self->drawing);
  g_clear_object (&self->drawing);
  g_clear_pointer (&self->handle, gtk_widget_unparent);
  g_clear_pointer (&self->picture, scope_decay_picture_free);
  g_clear_pointer (&self->shown, g_free);
  g_clear_pointer (&self->token_words, g_free);
  g_clear_object (&self->curves);
  G_OBJECT_CLASS (scope_decay_plot_parent_class)->dispose (object);
}

static void
install_signals (void)
{
  static const struct {
    const char *name;
    guint n;
    GType types[2];
  } signals[DECAY_PLOT_N] = {
    [DECAY_PLOT_THETA_MOVED] = { "theta-moved", 1, { G_TYPE_DOUBLE } },
    [DECAY_PLOT_THETA_DROPPED] = { "theta-dropped", 0, { 0 } },
    [DECAY_PLOT_CHANNEL_PICKED] = { "channel-picked", 2, { G_TYPE_UINT64, G_TYPE_BOOLEAN } },
    [DECAY_PLOT_TOKEN_PICKED] = { "token-picked", 1, { G_TYPE_UINT64 } },
    [DECAY_PLOT_HOVERED] = { "hovered", 1, { G_TYPE_UINT64 } },
    [DECAY_PLOT_STEPPED] = { "stepped", 1, { G_TYPE_INT } },
  };
  for (guint k = 0; k < DECAY_PLOT_N; k++)
    scope_decay_plot_signals[k]
        = g_signal_newv (signals[k].name, SCOPE_TYPE_DECAY_PLOT, G_SIGNAL_RUN_LAST, NULL, NULL,
                         NULL, NULL, G_TYPE_NONE, signals[k].n, (GType *)signals[k].types);
}

static void
scope_decay_plot_class_init (ScopeDecayPlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_decay_plot_dispose;
  widget_class->measure = scope_decay_plot_measure;
  widget_class->size_allocate = scope_decay_plot_size_allocate;
  widget_class->css_changed = scope_decay_plot_css_changed;
  widget_class->snapshot = scope_decay_plot_snapshot;
  install_signals ();
  scope_decay_plot_input_class_init (widget_class);
  gtk_widget_class_set_css_name (widget_class, "decay-plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_decay_plot_init (ScopeDecayPlot *self)
{
  self->selected = self->token = self->hover = G_MAXSIZE;
  self->noun = "channel";
  self->handle = scope_theta_handle_new ();
  gtk_widget_set_parent (self->handle, GTK_WIDGET (self));
  gtk_widget_set_visible (self->handle, FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  scope_decay_plot_input_init (self);
}

#include "ui/decay-view.h"

#include <adwaita.h>

#include "export/figure.h"
#include "ui/format.h"

#define PX_TO_POINTS (72.0 / 96.0)
#define PX_TO_MM     (25.4 / 96.0)
#define MARGIN       18

struct _ScopeDecayView {
  GtkWidget parent;
  ScopeSession *session;
  GskRenderNode *node; /* the drawing; NULL: to be made */
};

G_DEFINE_FINAL_TYPE (ScopeDecayView, scope_decay_view, GTK_TYPE_WIDGET)

static void
invalidate (ScopeDecayView *self)
{
  g_clear_pointer (&self->node, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static ScopeFigure *
figure_for_screen (ScopeDecayView *self, ScopeResult *decay, float width, float height)
{
  const PangoFontDescription *font
      = pango_context_get_font_description (gtk_widget_get_pango_context (GTK_WIDGET (self)));
  double points = (double)pango_font_description_get_size (font) / PANGO_SCALE;
  if (pango_font_description_get_size_is_absolute (font))
    points *= PX_TO_POINTS;
  ScopeStyle style;
  scope_style_init (&style);
  style.width_mm = width * PX_TO_MM;
  style.height_mm = height * PX_TO_MM;
  style.font = pango_font_description_get_family (font);
  style.font_pt = 0.9 * points;
  style.dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  ScopeFigure *figure = scope_figure_new (&style);
  scope_figure_add (figure, decay);
  return figure;
}

static GskRenderNode *
draw (ScopeDecayView *self, ScopeResult *decay)
{
  float width = (float)gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN;
  float height = (float)gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN;
  if (width < 80 || height < 60)
    return NULL;
  g_autoptr (ScopeFigure) figure = figure_for_screen (self, decay, width, height);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN, MARGIN));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  cairo_scale (cr, 1 / PX_TO_POINTS, 1 / PX_TO_POINTS);
  double scale = gtk_widget_get_scale_factor (GTK_WIDGET (self)) / PX_TO_POINTS;
  scope_figure_draw (figure, cr, scale, FALSE);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
scope_decay_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (widget);
  ScopeResult *decay = self->session != NULL ? scope_session_get_decay (self->session) : NULL;
  if (decay == NULL)
    return;
  if (self->node == NULL)
    self->node = draw (self, decay);
  if (self->node != NULL)
    gtk_snapshot_append_node (snapshot, self->node);
}

static void
scope_decay_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 280 : 200;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 440;
}

static void
scope_decay_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  g_clear_pointer (&SCOPE_DECAY_VIEW (widget)->node, gsk_render_node_unref);
}

static void
scope_decay_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_decay_view_parent_class)->css_changed (widget, change);
  invalidate (SCOPE_DECAY_VIEW (widget));
}

static void
scope_decay_view_dispose (GObject *object)
{
  ScopeDecayView *self = SCOPE_DECAY_VIEW (object);
  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_decay_view_parent_class)->dispose (object);
}

static void
scope_decay_view_class_init (ScopeDecayViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_decay_view_dispose;
  widget_class->measure = scope_decay_view_measure;
  widget_class->snapshot = scope_decay_view_snapshot;
  widget_class->size_allocate = scope_decay_view_size_allocate;
  widget_class->css_changed = scope_decay_view_css_changed;
  gtk_widget_class_set_css_name (widget_class, "decay-view");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_decay_view_init (ScopeDecayView *self)
{
}

static void
decay_changed_cb (ScopeDecayView *self)
{
  ScopeResult *decay = scope_session_get_decay (self->session);
  if (decay != NULL) {
    guint global = 0;
    for (guint k = 0; k < decay->curves->len; k++)
      global += ((ScopeCurve *)g_ptr_array_index (decay->curves, k))->global;
    g_autofree char *spoken = g_strdup_printf (
        "Cumulative decay of %u channels of layer %" G_GSIZE_FORMAT ", %u of them global",
        decay->curves->len, scope_session_get_layer (self->session), global);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                    -1);
  }
  invalidate (self);
}

void
scope_decay_view_set_session (ScopeDecayView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_DECAY_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  g_signal_connect_object (session, "notify::decay", G_CALLBACK (decay_changed_cb), self,
                           G_CONNECT_SWAPPED);
  decay_changed_cb (self);
}

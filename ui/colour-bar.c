#include "ui/colour-bar.h"

#include <adwaita.h>

#include "ui/format.h"

#define LEAST_HEIGHT 40

struct _ScopeColourBar {
  GtkWidget parent;
  ScopePalette palette;
  ScopeNorm norm;
  char *label;
  double top, foot;    /* of the map's plot area beside it */
  GskRenderNode *node; /* the drawing; NULL: to be made */
};

G_DEFINE_FINAL_TYPE (ScopeColourBar, scope_colour_bar, GTK_TYPE_WIDGET)

static void
invalidate (ScopeColourBar *self)
{
  g_clear_pointer (&self->node, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static GskRenderNode *
draw (ScopeColourBar *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  const PangoFontDescription *font
      = pango_context_get_font_description (gtk_widget_get_pango_context (widget));
  double points = (double)pango_font_description_get_size (font) / PANGO_SCALE;
  if (pango_font_description_get_size_is_absolute (font))
    points *= 0.75;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  /* The figure library counts in points; the screen's nominal resolution is 96 dpi. */
  const double px = 72.0 / 96.0;
  cairo_scale (cr, 1 / px, 1 / px);
  const double font_pt = 0.84 * points;
  /* The library leaves half a line above and below for the outermost labels. */
  double top = self->top * px - font_pt / 2, extent = (self->foot - self->top) * px + font_pt;
  scope_draw_colour_bar (cr, 0, top, width * px, extent, TRUE, self->palette, &self->norm,
                         self->label, pango_font_description_get_family (font), font_pt,
                         adw_style_manager_get_dark (adw_style_manager_get_default ()));
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
scope_colour_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (widget);
  if (self->label == NULL || self->foot - self->top < LEAST_HEIGHT)
    return;
  if (self->node == NULL)
    self->node = draw (self);
  if (self->node != NULL)
    gtk_snapshot_append_node (snapshot, self->node);
}

static void
scope_colour_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  PangoContext *context = gtk_widget_get_pango_context (widget);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int em = PANGO_PIXELS (pango_font_metrics_get_ascent (metrics)
                         + pango_font_metrics_get_descent (metrics));
  pango_font_metrics_unref (metrics);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 5 * em : 60;
}

static void
scope_colour_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  g_clear_pointer (&SCOPE_COLOUR_BAR (widget)->node, gsk_render_node_unref);
}

static void
scope_colour_bar_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_colour_bar_parent_class)->css_changed (widget, change);
  invalidate (SCOPE_COLOUR_BAR (widget));
}

static void
scope_colour_bar_finalize (GObject *object)
{
  ScopeColourBar *self = SCOPE_COLOUR_BAR (object);
  g_clear_pointer (&self->node, gsk_render_node_unref);
  g_free (self->label);
  G_OBJECT_CLASS (scope_colour_bar_parent_class)->finalize (object);
}

static void
scope_colour_bar_class_init (ScopeColourBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = scope_colour_bar_finalize;
  widget_class->measure = scope_colour_bar_measure;
  widget_class->snapshot = scope_colour_bar_snapshot;
  widget_class->size_allocate = scope_colour_bar_size_allocate;
  widget_class->css_changed = scope_colour_bar_css_changed;
  gtk_widget_class_set_css_name (widget_class, "colour-bar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
scope_colour_bar_init (ScopeColourBar *self)
{
}

void
scope_colour_bar_set_scale (ScopeColourBar *self, ScopePalette palette, const ScopeNorm *norm,
                            const char *label)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  g_free (self->label);
  self->label = g_strdup (label);
  self->palette = palette;
  self->norm = *norm;
  g_autofree char *low = scope_format_value (norm->low);
  g_autofree char *high = scope_format_value (norm->high);
  g_autofree char *spoken = g_strdup_printf ("Colour scale of %s: %s, from %s to %s", label,
                                             scope_norm_name (norm->kind), low, high);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  invalidate (self);
}

void
scope_colour_bar_set_span (ScopeColourBar *self, double top, double foot)
{
  g_return_if_fail (SCOPE_IS_COLOUR_BAR (self));
  if (top == self->top && foot == self->foot)
    return;
  self->top = top;
  self->foot = foot;
  invalidate (self);
}

#include "ui/token-scale.h"

#include <adwaita.h>

#include "export/figure.h"
#include "ui/format.h"

#define FONT_SHARE 0.84 /* of the widget's font */
#define LINES      4.5  /* bar, ticks and words, in its lines */

struct _ScopeTokenScale {
  ScopeDrawing parent;
  ScopePalette palette;
  ScopeNorm norm;
  char *label; /* NULL: empty */
};

G_DEFINE_FINAL_TYPE (ScopeTokenScale, scope_token_scale, SCOPE_TYPE_DRAWING)

static double
font_points (GtkWidget *widget, const char **family)
{
  const PangoFontDescription *font
      = pango_context_get_font_description (gtk_widget_get_pango_context (widget));
  double size = (double)pango_font_description_get_size (font) / PANGO_SCALE;
  *family = pango_font_description_get_family (font);
  /* Points are taken for the screen's resolution, which "large text" changes. */
  double dpi = pango_cairo_context_get_resolution (gtk_widget_get_pango_context (widget));
  double pixels = pango_font_description_get_size_is_absolute (font)
                      ? size
                      : size * (dpi > 0 ? dpi : 96) / 72;
  return FONT_SHARE * pixels * SCOPE_PX_TO_POINTS;
}

static GskRenderNode *
scope_token_scale_draw (ScopeDrawing *drawing)
{
  ScopeTokenScale *self = SCOPE_TOKEN_SCALE (drawing);
  GtkWidget *widget = GTK_WIDGET (drawing);
  if (self->label == NULL)
    return NULL;
  const char *family;
  double points = font_points (widget, &family);
  float width = (float)gtk_widget_get_width (widget),
        height = (float)gtk_widget_get_height (widget);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  cairo_scale (cr, 1 / SCOPE_PX_TO_POINTS, 1 / SCOPE_PX_TO_POINTS);
  scope_draw_colour_bar (cr, 0, 2 * SCOPE_PX_TO_POINTS, width * SCOPE_PX_TO_POINTS,
                         height * SCOPE_PX_TO_POINTS, FALSE, self->palette, &self->norm,
                         self->label, family, points,
                         adw_style_manager_get_dark (adw_style_manager_get_default ()));
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
scope_token_scale_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  const char *family;
  double line = font_points (widget, &family) / SCOPE_PX_TO_POINTS;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural = (int)(LINES * line) + 6;
  else {
    *minimum = (int)(10 * line);
    *natural = (int)(26 * line);
  }
}

static void
scope_token_scale_finalize (GObject *object)
{
  g_free (SCOPE_TOKEN_SCALE (object)->label);
  G_OBJECT_CLASS (scope_token_scale_parent_class)->finalize (object);
}

static void
scope_token_scale_class_init (ScopeTokenScaleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->finalize = scope_token_scale_finalize;
  SCOPE_DRAWING_CLASS (klass)->draw = scope_token_scale_draw;
  widget_class->measure = scope_token_scale_measure;
  gtk_widget_class_set_css_name (widget_class, "token-scale");
}

static void
scope_token_scale_init (ScopeTokenScale *self)
{
}

void
scope_token_scale_set (ScopeTokenScale *self, ScopePalette palette, const ScopeNorm *norm,
                       const char *label)
{
  g_return_if_fail (SCOPE_IS_TOKEN_SCALE (self));
  g_clear_pointer (&self->label, g_free);
  if (norm != NULL) {
    self->palette = palette;
    self->norm = *norm;
    self->label = g_strdup (label);
    g_autofree char *low = scope_format_value (norm->low);
    g_autofree char *high = scope_format_value (norm->high);
    g_autofree char *spoken = g_strdup_printf ("Colours: %s, from %s to %s", label, low, high);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                    -1);
  }
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

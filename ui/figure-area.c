#include "ui/figure-area.h"

#include <adwaita.h>
#include <math.h>

#include "export/figure.h"

#define MARGIN  12
#define KEY_EMS 17 /* the longest line of a key, with room around it */

struct _ScopeFigureArea {
  ScopeDrawing parent;
  ScopeResult *result;
};

G_DEFINE_FINAL_TYPE (ScopeFigureArea, scope_figure_area, SCOPE_TYPE_DRAWING)

static ScopeFigure *
make_figure (ScopeFigureArea *self, const ScopeStyle *style)
{
  ScopeFigure *figure = scope_figure_new (style);
  scope_figure_add (figure, self->result);
  return figure;
}

/* A map is square: it has the height that its width makes, or the width that its height does. A
 * pixel less of width is a pixel less of height, but for the lines that its key is broken into. */
static void
fit_square (ScopeFigureArea *self, ScopeStyle *style, float height)
{
  double wide, high, least = style->width_mm / 2;
  style->height_mm = 0;
  for (;;) {
    g_autoptr (ScopeFigure) figure = make_figure (self, style);
    scope_figure_size (figure, &wide, &high);
    double over = high - height * SCOPE_PX_TO_POINTS;
    if (over <= 0)
      return;
    if (style->width_mm <= least)
      break;
    style->width_mm = MAX (style->width_mm - (over + 1) / 72 * 25.4, least);
  }
  style->height_mm = height * SCOPE_PX_TO_MM;
}

static ScopeFigure *
figure_for_screen (ScopeFigureArea *self, float width, float height)
{
  const PangoFontDescription *font
      = pango_context_get_font_description (gtk_widget_get_pango_context (GTK_WIDGET (self)));
  double points = (double)pango_font_description_get_size (font) / PANGO_SCALE;
  if (pango_font_description_get_size_is_absolute (font))
    points *= SCOPE_PX_TO_POINTS;
  ScopeStyle style;
  scope_style_init (&style);
  style.width_mm = width * SCOPE_PX_TO_MM;
  style.height_mm = height * SCOPE_PX_TO_MM;
  style.font = pango_font_description_get_family (font);
  style.font_pt = MIN (0.9 * points, width * SCOPE_PX_TO_POINTS / KEY_EMS);
  style.line_scale = 1.25; /* a screen is looked at from farther away than paper */
  style.dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  if (self->result->kind == SCOPE_RESULT_MAP)
    fit_square (self, &style, height);
  return make_figure (self, &style);
}

static GskRenderNode *
scope_figure_area_draw (ScopeDrawing *drawing)
{
  ScopeFigureArea *self = SCOPE_FIGURE_AREA (drawing);
  float width = (float)gtk_widget_get_width (GTK_WIDGET (self)) - 2 * MARGIN;
  float height = (float)gtk_widget_get_height (GTK_WIDGET (self)) - 2 * MARGIN;
  if (self->result == NULL || width < 80 || height < 60)
    return NULL;
  g_autoptr (ScopeFigure) figure = figure_for_screen (self, width, height);
  double wide, high;
  scope_figure_size (figure, &wide, &high);
  float aside = MAX (width - (float)(wide / SCOPE_PX_TO_POINTS), 0) / 2;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (MARGIN + floorf (aside), MARGIN));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  cairo_scale (cr, 1 / SCOPE_PX_TO_POINTS, 1 / SCOPE_PX_TO_POINTS);
  double scale = gtk_widget_get_scale_factor (GTK_WIDGET (self)) / SCOPE_PX_TO_POINTS;
  scope_figure_draw (figure, cr, scale, FALSE);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

static void
scope_figure_area_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                           int *minimum, int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 240 : 180;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 440;
}

static void
scope_figure_area_dispose (GObject *object)
{
  ScopeFigureArea *self = SCOPE_FIGURE_AREA (object);
  g_clear_pointer (&self->result, scope_result_unref);
  G_OBJECT_CLASS (scope_figure_area_parent_class)->dispose (object);
}

static void
scope_figure_area_class_init (ScopeFigureAreaClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_figure_area_dispose;
  SCOPE_DRAWING_CLASS (klass)->draw = scope_figure_area_draw;
  widget_class->measure = scope_figure_area_measure;
  gtk_widget_class_set_css_name (widget_class, "figure-area");
}

static void
scope_figure_area_init (ScopeFigureArea *self)
{
}

void
scope_figure_area_set_result (ScopeFigureArea *self, ScopeResult *result, const char *spoken)
{
  g_return_if_fail (SCOPE_IS_FIGURE_AREA (self));
  if (result != NULL)
    scope_result_ref (result);
  g_clear_pointer (&self->result, scope_result_unref);
  self->result = result;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  scope_drawing_invalidate (SCOPE_DRAWING (self));
}

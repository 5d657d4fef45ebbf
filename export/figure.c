#include <math.h>

#include "export/figure-private.h"

G_DEFINE_QUARK (scope - export - error - quark, scope_export_error)

void
scope_style_init (ScopeStyle *style)
{
  *style = (ScopeStyle){
    .width_mm = SCOPE_WIDTH_ONE_COLUMN,
    .font_pt = 7,
    .palette = SCOPE_PALETTE_VIRIDIS,
    .norm = SCOPE_NORM_LOG,
    .low = NAN,
    .high = NAN,
  };
}

ScopeFigure *
scope_figure_new (const ScopeStyle *style)
{
  ScopeFigure *self = g_new0 (ScopeFigure, 1);
  self->refs = 1;
  self->style = *style;
  self->style.font = g_strdup (style->font);
  self->panels = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_result_unref);
  return self;
}

ScopeFigure *
scope_figure_ref (ScopeFigure *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
scope_figure_unref (ScopeFigure *self)
{
  if (self == NULL || !g_atomic_int_dec_and_test (&self->refs))
    return;
  g_free ((char *)self->style.font);
  g_ptr_array_unref (self->panels);
  g_free (self->recipe);
  g_free (self);
}

void
scope_figure_set_columns (ScopeFigure *self, guint columns)
{
  self->columns = columns;
}

void
scope_figure_add (ScopeFigure *self, ScopeResult *result)
{
  g_ptr_array_add (self->panels, scope_result_ref (result));
}

void
scope_figure_set_recipe (ScopeFigure *self, const char *json)
{
  g_free (self->recipe);
  self->recipe = g_strdup (json);
}

void
scope_figure_size (ScopeFigure *self, double *width, double *height)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, self);
  *width = layout.width;
  *height = layout.height;
}

/* --- painting --------------------------------------------------------------------------------- */

static void
paint_header (ScopeCanvas *canvas, const ScopeFigure *figure, gsize k, const ScopePanelBox *box)
{
  const ScopeResult *result = g_ptr_array_index (figure->panels, k);
  if (figure->panels->len > 1) {
    char letter[2] = { (char)('a' + k % 26), '\0' };
    ScopeTextStyle bold = { .size = canvas->font_pt + 1, .bold = TRUE };
    scope_canvas_text (canvas, box->letter_x, box->header_y, letter, &bold);
  }
  scope_canvas_text (canvas, box->title_x, box->header_y, result->title,
                     &(ScopeTextStyle){ .max_width = MAX (box->title_width, 1) });
}

static void
paint_axes (ScopeCanvas *canvas, const ScopePanelAxes *axes, const ScopePanelBox *box,
            ScopeRect plot)
{
  double font = canvas->font_pt;
  scope_axis_draw_bottom (&axes->x, canvas, plot);
  scope_axis_draw_left (&axes->y, canvas, plot, axes->y_down);
  if (box->x_title)
    scope_canvas_text (canvas, plot.x + plot.width / 2,
                       plot.y + plot.height + SCOPE_AXIS_GAP + 2.15 * font, axes->x_label,
                       &(ScopeTextStyle){ .align = 0.5 });
  if (box->y_title) {
    double ticks = scope_axis_width (&axes->y, canvas);
    scope_canvas_text (canvas, plot.x - SCOPE_AXIS_GAP - ticks - 0.6 * font,
                       plot.y + plot.height / 2, axes->y_label,
                       &(ScopeTextStyle){ .align = 0.5, .upwards = TRUE });
  }
}

static void
paint_panel (ScopeCanvas *canvas, const ScopeFigure *figure, gsize k, const ScopePanelBox *box)
{
  const ScopeResult *result = g_ptr_array_index (figure->panels, k);
  ScopePalette palette = figure->style.palette;
  ScopeRect plot = scope_canvas_snap (canvas, box->plot);
  g_auto (ScopePanelAxes) axes = { 0 };
  paint_header (canvas, figure, k, box);
  if (result->kind == SCOPE_RESULT_MAP) {
    scope_panel_map_axes (&axes, result, canvas, plot.width, plot.height);
    scope_panel_map_draw (canvas, result, plot, palette, &box->norm);
  } else {
    scope_panel_curves_axes (&axes, result, canvas, plot.width, plot.height);
    scope_panel_curves_draw (canvas, result, plot, &axes);
  }
  paint_axes (canvas, &axes, box, plot);
  if (!box->has_bar)
    return;
  g_autofree char *label
      = scope_figure_value_label (figure, figure->style.share_range ? -1 : (gssize)k);
  scope_colour_bar_draw (canvas, box->bar, TRUE, palette, &box->norm, label);
}

void
scope_figure_paint (const ScopeFigure *figure, ScopeCanvas *canvas)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, figure);
  for (gsize k = 0; k < layout.count; k++)
    paint_panel (canvas, figure, k, &layout.boxes[k]);
  gboolean boundary, dropped;
  if (scope_figure_has_key (figure, &boundary, &dropped))
    scope_panel_map_key (canvas, boundary, dropped, layout.key_x, layout.key_y, layout.key_width);
}

void
scope_figure_draw (ScopeFigure *self, cairo_t *cr, double scale, gboolean vector)
{
  g_auto (ScopeCanvas) canvas = { 0 };
  const ScopeStyle *style = &self->style;
  scope_canvas_init (&canvas, cr, scale, vector, style->font, style->font_pt, style->dark);
  cairo_save (cr);
  cairo_new_path (cr);
  scope_figure_paint (self, &canvas);
  cairo_restore (cr);
}

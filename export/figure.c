#include <math.h>

#include "export/figure-private.h"

G_DEFINE_QUARK (scope - export - error - quark, scope_export_error)

void
scope_style_init (ScopeStyle *style)
{
  *style = (ScopeStyle){
    .width_mm = SCOPE_WIDTH_ONE_COLUMN,
    .font_pt = 7,
    .line_scale = 1,
    .gamma = SCOPE_DEFAULT_GAMMA,
    .colour_bar = TRUE,
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
  self->looks = g_array_new (FALSE, TRUE, sizeof (ScopePanelLook));
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
  g_array_unref (self->looks);
  g_free (self->title);
  g_free (self->words);
  g_free (self->recipe);
  g_free (self->norms);
  g_free (self);
}

void
scope_figure_set_columns (ScopeFigure *self, guint columns)
{
  self->columns = columns;
}

void
scope_figure_add_panel (ScopeFigure *self, ScopeResult *result, const ScopePanelLook *look)
{
  g_ptr_array_add (self->panels, scope_result_ref (result));
  g_array_append_val (self->looks, *look);
  g_clear_pointer (&self->norms, g_free);
}

void
scope_figure_add (ScopeFigure *self, ScopeResult *result)
{
  scope_figure_add_panel (self, result, &(ScopePanelLook){ 0 });
}

gsize
scope_figure_panels (const ScopeFigure *self)
{
  return self->panels->len;
}

ScopeResult *
scope_figure_panel (const ScopeFigure *self, gsize panel)
{
  return g_ptr_array_index (self->panels, panel);
}

static void
set_string (char **member, const char *value)
{
  char *copy = g_strdup (value);
  g_free (*member);
  *member = copy;
}

void
scope_figure_set_title (ScopeFigure *self, const char *title)
{
  set_string (&self->title, title);
}

void
scope_figure_set_words (ScopeFigure *self, const char *words)
{
  set_string (&self->words, words);
}

void
scope_figure_set_recipe (ScopeFigure *self, const char *json)
{
  set_string (&self->recipe, json);
}

void
scope_figure_size (ScopeFigure *self, double *width, double *height)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, self);
  *width = layout.width;
  *height = layout.height;
}

char
scope_figure_letter (const ScopeFigure *figure, gsize panel)
{
  char first = figure->style.label;
  if (first == '-' || (first == '\0' && figure->panels->len < 2))
    return '\0';
  gsize from = first != '\0' ? (gsize)(first - 'a') : 0;
  return (char)('a' + (from + panel) % 26);
}

gboolean
scope_figure_value_range (ScopeFigure *self, double *low, double *high)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, self);
  for (gsize k = 0; k < layout.count; k++)
    if (scope_result_is_coloured (g_ptr_array_index (self->panels, k))) {
      *low = layout.boxes[k].norm.low;
      *high = layout.boxes[k].norm.high;
      return TRUE;
    }
  return FALSE;
}

/* --- how panels are coloured ------------------------------------------------------------------ */

gboolean
scope_result_is_coloured (const ScopeResult *result)
{
  return result->kind != SCOPE_RESULT_CURVES;
}

ScopePanelLook
scope_figure_look (const ScopeFigure *figure, gsize panel)
{
  ScopePanelLook look = g_array_index (figure->looks, ScopePanelLook, panel);
  const ScopeStyle *style = &figure->style;
  if (!look.own) {
    look.palette = style->palette;
    look.norm = style->norm;
    look.gamma = style->gamma;
    look.low = style->low;
    look.high = style->high;
  }
  look.rows = MAX (look.rows, 1);
  look.columns = MAX (look.columns, 1);
  return look;
}

gboolean
scope_figure_shares (const ScopeFigure *figure, gsize panel)
{
  return figure->style.share_range && !scope_figure_look (figure, panel).own
         && scope_result_is_coloured (g_ptr_array_index (figure->panels, panel));
}

void
scope_result_matrices (const ScopeResult *result, GPtrArray *out)
{
  if (result->matrix != NULL)
    g_ptr_array_add (out, result->matrix);
  if (result->mirror != NULL)
    g_ptr_array_add (out, result->mirror);
  for (gsize k = 0; k < result->tiles->len; k++)
    scope_result_matrices (g_ptr_array_index (result->tiles, k), out);
}

/* --- painting --------------------------------------------------------------------------------- */

static void
paint_header (ScopeCanvas *canvas, const ScopeFigure *figure, gsize k, const ScopePanelBox *box)
{
  const ScopeResult *result = g_ptr_array_index (figure->panels, k);
  const char letter[2] = { scope_figure_letter (figure, k), '\0' };
  if (letter[0] != '\0') {
    ScopeTextStyle bold = { .size = canvas->font_pt + 1, .bold = TRUE };
    scope_canvas_text (canvas, box->letter_x, box->header_y, letter, &bold);
  }
  scope_canvas_text (canvas, box->title_x, box->header_y, result->title,
                     &(ScopeTextStyle){ .max_width = MAX (box->title_width, 1) });
}

/* Axis titles stand in the middle of the spines they belong to. */
static void
paint_axis_titles (ScopeCanvas *canvas, const ScopePanelAxes *axes, const ScopePanelBox *box,
                   ScopeRect plot)
{
  double font = canvas->font_pt;
  if (box->x_title)
    scope_canvas_text (canvas, plot.x + plot.width / 2,
                       plot.y + plot.height + SCOPE_AXIS_GAP + 2.15 * font, axes->x_label,
                       &(ScopeTextStyle){ .align = 0.5 });
  if (box->y_title) {
    double ticks = scope_axis_width (&axes->y, canvas);
    scope_canvas_text (canvas, plot.x - SCOPE_AXIS_GAP - ticks - 0.6 * font,
                       plot.y + plot.height / 2, axes->y_label,
                       &(ScopeTextStyle){ .align = 0.5, .turn = -90 });
  }
}

static void
paint_content (ScopeCanvas *canvas, const ScopeResult *result, const ScopePanelBox *box,
               ScopeRect plot)
{
  g_auto (ScopePanelAxes) axes = { 0 };
  switch (result->kind) {
  case SCOPE_RESULT_MAP:
    scope_panel_map_axes (&axes, result, canvas, plot.width, plot.height);
    scope_panel_map_draw (canvas, result, plot, box->palette, &box->norm);
    break;
  case SCOPE_RESULT_CURVES:
    scope_panel_curves_axes (&axes, result, canvas, plot.width, plot.height);
    scope_panel_curves_draw (canvas, result, plot, &axes);
    break;
  case SCOPE_RESULT_TILES:
    scope_panel_tiles_axes (&axes, result);
    scope_panel_tiles_draw (canvas, result, plot, &axes, box->palette, &box->norm);
    return;
  case SCOPE_RESULT_STRIP:
    scope_panel_strip_draw (canvas, result, plot, box->palette, &box->norm);
    return;
  }
  scope_axis_draw_bottom (&axes.x, canvas, plot);
  scope_axis_draw_left (&axes.y, canvas, plot, axes.y_down);
  paint_axis_titles (canvas, &axes, box, plot);
}

static void
paint_panel (ScopeCanvas *canvas, const ScopeFigure *figure, gsize k, const ScopePanelBox *box)
{
  paint_header (canvas, figure, k, box);
  paint_content (canvas, g_ptr_array_index (figure->panels, k), box,
                 scope_canvas_snap (canvas, box->plot));
  if (!box->has_bar)
    return;
  g_autofree char *label
      = scope_figure_value_label (figure, scope_figure_shares (figure, k) ? -1 : (gssize)k);
  scope_colour_bar_draw (canvas, box->bar, TRUE, box->palette, &box->norm, label);
}

void
scope_figure_paint (const ScopeFigure *figure, ScopeCanvas *canvas)
{
  g_auto (ScopeLayout) layout = { 0 };
  scope_layout_init (&layout, figure);
  if (figure->title != NULL)
    scope_canvas_text (canvas, layout.width / 2, layout.title_y, figure->title,
                       &(ScopeTextStyle){ .size = canvas->font_pt + 1,
                                          .bold = TRUE,
                                          .align = 0.5,
                                          .max_width = layout.width - 4 });
  for (gsize k = 0; k < layout.count; k++)
    paint_panel (canvas, figure, k, &layout.boxes[k]);
  double epsilon;
  gboolean dropped;
  if (scope_figure_has_key (figure, &epsilon, &dropped))
    scope_panel_map_key (canvas, epsilon, dropped, layout.key_x, layout.key_y, layout.key_width);
}

void
scope_figure_draw (ScopeFigure *self, cairo_t *cr, double scale, gboolean vector)
{
  g_auto (ScopeCanvas) canvas = { 0 };
  scope_canvas_init_style (&canvas, cr, scale, vector, &self->style);
  cairo_save (cr);
  cairo_new_path (cr);
  scope_figure_paint (self, &canvas);
  cairo_restore (cr);
}

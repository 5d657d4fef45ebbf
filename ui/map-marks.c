/* What the user put on the map: crosshair, pinned cells, a selection with its sums. Each is a node
 * of its own, so that a crosshair that moves makes little to be drawn again. */
#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>

#include "ui/format.h"

#define HAIR    4.0 /* room around a line */
#define RADIUS  4.0
#define PAD     6.0
#define OUTSIDE 16.0

static gboolean
is_dark (void)
{
  return adw_style_manager_get_dark (adw_style_manager_get_default ());
}

static cairo_t *
begin (ScopeMapView *self, GtkSnapshot *snapshot, graphene_rect_t box)
{
  graphene_rect_offset (&box, (float)self->left, (float)self->top);
  graphene_rect_round_extents (&box, &box);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &box);
  cairo_translate (cr, self->left, self->top);
  return cr;
}

/* --- crosshair -----------------------------------------------------------------------------------
 */

static void
paint_hair (ScopeMapView *self, GtkSnapshot *snapshot, double x0, double y0, double x1, double y1)
{
  static const double dash[] = { 4, 3 };
  cairo_t *cr
      = begin (self, snapshot,
               GRAPHENE_RECT_INIT ((float)(x0 - HAIR), (float)(y0 - HAIR),
                                   (float)(x1 - x0 + 2 * HAIR), (float)(y1 - y0 + 2 * HAIR)));
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x1, y1);
  cairo_set_line_width (cr, 2.5);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.45);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, dash, 2, 0);
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.95);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
rounded_rectangle (cairo_t *cr, double x, double y, double width, double height)
{
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - RADIUS, y + RADIUS, RADIUS, -G_PI_2, 0);
  cairo_arc (cr, x + width - RADIUS, y + height - RADIUS, RADIUS, 0, G_PI_2);
  cairo_arc (cr, x + RADIUS, y + height - RADIUS, RADIUS, G_PI_2, G_PI);
  cairo_arc (cr, x + RADIUS, y + RADIUS, RADIUS, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

/* Dark words on light paper, or the reverse of the style around, so that it stands out. */
static void
set_paper (cairo_t *cr, gboolean ink)
{
  double paper = is_dark () ? 0.95 : 0.15, words = is_dark () ? 0.1 : 1;
  double grey = ink ? words : paper;
  cairo_set_source_rgb (cr, grey, grey, grey);
}

/* The crosshair's row or column on its axis, in place of the label there: the token where tokens
 * are shown, else the index. */
static void
paint_pill (ScopeMapView *self, GtkSnapshot *snapshot, gsize index, double place, double edge,
            gboolean is_row)
{
  gboolean token = scope_map_shows_tokens (self);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  g_autofree char *text = token ? scope_tokens_display (tokens, index) : scope_format_count (index);
  g_autoptr (PangoLayout) layout = scope_map_label (self, scope_format_piece (text));
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  double reach = width + 16, half = is_row ? height / 2.0 + 1 : width / 2.0 + 5;
  scope_map_veil_indices (self, snapshot, is_row, place - half, place + half);
  cairo_t *cr = begin (self, snapshot,
                       is_row ? GRAPHENE_RECT_INIT ((float)(edge - reach), (float)(place - height),
                                                    (float)reach, (float)(2 * height))
                              : GRAPHENE_RECT_INIT ((float)(place - reach), (float)edge,
                                                    (float)(2 * reach), (float)(reach + height)));
  if (is_row) {
    cairo_translate (cr, edge - width - 7, place - height / 2.0);
  } else if (token) {
    cairo_translate (cr, place - height / 2.0, edge + width + 7);
    cairo_rotate (cr, -G_PI_2);
  } else {
    cairo_translate (cr, place - width / 2.0, edge + 4);
  }
  rounded_rectangle (cr, -5, -1, width + 10, height + 2);
  set_paper (cr, FALSE);
  cairo_fill (cr);
  set_paper (cr, TRUE);
  cairo_move_to (cr, 0, 0);
  pango_cairo_update_layout (cr, layout);
  pango_cairo_show_layout (cr, layout);
  cairo_destroy (cr);
}

static void
paint_cell_frame (ScopeMapView *self, GtkSnapshot *snapshot, double x, double y, gboolean pinned)
{
  double size = MAX (self->geometry.scale, 5);
  double x0 = x - size / 2, y0 = y - size / 2;
  cairo_t *cr = begin (self, snapshot,
                       GRAPHENE_RECT_INIT ((float)(x0 - HAIR), (float)(y0 - HAIR),
                                           (float)(size + 2 * HAIR), (float)(size + 2 * HAIR)));
  cairo_rectangle (cr, x0, y0, size, size);
  cairo_set_line_width (cr, 3);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, 1.5);
  cairo_set_source_rgb (cr, 1, 1, pinned ? 0.4 : 1);
  cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
paint_crosshair (ScopeMapView *self, GtkSnapshot *snapshot)
{
  const ScopeMapGeometry *g = &self->geometry;
  graphene_rect_t paper = scope_map_paper (self);
  ScopeMapCell cell;
  if (!scope_map_view_get_cursor (self, &cell))
    return;
  double x = scope_map_geometry_px (g, (double)cell.column + 0.5);
  double y = scope_map_geometry_py (g, (double)cell.row + 0.5);
  double left = paper.origin.x, foot = paper.origin.y + paper.size.height;
  double right = left + paper.size.width, top = paper.origin.y;
  double strip = self->strip > 0 ? self->strip + 8 : 0;
  gboolean row = y >= top && y <= foot, column = x >= left && x <= right;
  if (row)
    paint_hair (self, snapshot, left, y, right + strip, y);
  if (column)
    paint_hair (self, snapshot, x, MAX (top, MIN (y, foot)), x, foot + strip);
  if (row && column)
    paint_cell_frame (self, snapshot, x, y, FALSE);
  if (row)
    paint_pill (self, snapshot, cell.row, y, left, TRUE);
  if (column)
    paint_pill (self, snapshot, cell.column, x, foot + scope_map_label_edge (self), FALSE);
}

/* --- boxes of words ------------------------------------------------------------------------------
 */

/* WORDS in a box beside (X, Y), inside the plot. */
static void
paint_box (ScopeMapView *self, GtkSnapshot *snapshot, const char *words, double x, double y)
{
  g_autoptr (PangoLayout) layout = scope_map_label (self, words);
  int width, height;
  pango_layout_set_single_paragraph_mode (layout, FALSE);
  pango_layout_get_pixel_size (layout, &width, &height);
  double wide = width + 2 * PAD, high = height + PAD;
  double left = x + 8, top = y - high - 8;
  if (left + wide > self->geometry.width)
    left = MAX (0, x - wide - 8);
  if (top < 0)
    top = MIN (y + 8, self->geometry.height - high);
  cairo_t *cr = begin (self, snapshot,
                       GRAPHENE_RECT_INIT ((float)(left - 2), (float)(top - 2), (float)(wide + 4),
                                           (float)(high + 4)));
  rounded_rectangle (cr, left, top, wide, high);
  set_paper (cr, FALSE);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.8);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  set_paper (cr, TRUE);
  cairo_move_to (cr, left + PAD, top + PAD / 2);
  pango_cairo_show_layout (cr, layout);
  cairo_destroy (cr);
}

static void
paint_pin (ScopeMapView *self, GtkSnapshot *snapshot, ScopeMapCell cell)
{
  const ScopeMapGeometry *g = &self->geometry;
  double x = scope_map_geometry_px (g, (double)cell.column + 0.5);
  double y = scope_map_geometry_py (g, (double)cell.row + 0.5);
  if (x < 0 || y < 0 || x > g->width || y > g->height)
    return;
  g_autofree char *words = scope_map_view_describe_cell (self, cell.row, cell.column, TRUE);
  paint_cell_frame (self, snapshot, x, y, TRUE);
  paint_box (self, snapshot, words, x, y);
}

/* --- selection -----------------------------------------------------------------------------------
 */

char *
scope_map_selection_words (ScopeMapView *self)
{
  const ScopeSelection *sums = scope_tiles_get_selection (self->tiles);
  ScopeRange range = self->selection;
  g_autofree char *rows = scope_format_count (range.row_end - range.row_begin);
  g_autofree char *columns = scope_format_count (range.column_end - range.column_begin);
  if (sums == NULL)
    return g_strdup_printf ("%s × %s cells\nadding up…", rows, columns);
  g_autofree char *mean = scope_format_value (sums->mean);
  g_autofree char *most = scope_format_value (sums->most);
  g_autofree char *share = scope_format_percent (sums->share);
  return g_strdup_printf ("%s × %s cells%s\nmean %s · max %s\n%s of what its rows read", rows,
                          columns, sums->exact ? "" : " (sampled)", mean, most, share);
}

static void
paint_selection (ScopeMapView *self, GtkSnapshot *snapshot)
{
  static const double dash[] = { 6, 4 };
  const ScopeMapGeometry *g = &self->geometry;
  /* As far out of sight as the edge takes, and no farther. */
  double x0 = MAX (scope_map_geometry_px (g, (double)self->selection.column_begin), -OUTSIDE);
  double y0 = MAX (scope_map_geometry_py (g, (double)self->selection.row_begin), -OUTSIDE);
  double x1 = scope_map_geometry_px (g, (double)self->selection.column_end);
  double y1 = scope_map_geometry_py (g, (double)self->selection.row_end);
  x1 = MIN (x1, g->width + OUTSIDE);
  y1 = MIN (y1, g->height + OUTSIDE);
  if (x1 < 0 || y1 < 0 || x0 > g->width || y0 > g->height)
    return;
  cairo_t *cr
      = begin (self, snapshot, GRAPHENE_RECT_INIT (0, 0, (float)g->width, (float)g->height));
  cairo_rectangle (cr, x0, y0, x1 - x0, y1 - y0);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.12);
  cairo_fill_preserve (cr);
  cairo_set_line_width (cr, 2.5);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.6);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, dash, 2, 0);
  cairo_set_line_width (cr, 1.5);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
  cairo_destroy (cr);
  g_autofree char *words = scope_map_selection_words (self);
  paint_box (self, snapshot, words, CLAMP (x1, 0, g->width), CLAMP (y0, 0, g->height));
}

void
scope_map_paint_marks (ScopeMapView *self, GtkSnapshot *snapshot)
{
  if (scope_map_has_selection (self))
    paint_selection (self, snapshot);
  for (guint k = 0; k < self->pins->len; k++)
    paint_pin (self, snapshot, g_array_index (self->pins, ScopeMapCell, k));
  paint_crosshair (self, snapshot);
}

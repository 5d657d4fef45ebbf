/* How a comparison looks: cells, field boundaries, axes, names of the sides, crosshair. */
#include "ui/compare-plot-private.h"

#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>

#include "export/norm.h"
#include "ui/field-path.h"
#include "ui/format.h"

#define LABEL_SCALE 0.84
#define TICK        4.0
#define TICK_GAP    3.0 /* between a tick and its number */
#define CROSS       5.0 /* the least size of a marked cell */

/* --- text and colour ----------------------------------------------------------------------------
 */

static PangoLayout *
label_layout (ScopeComparePlot *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (LABEL_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static double
label_height (ScopeComparePlot *self)
{
  g_autoptr (PangoLayout) layout = label_layout (self, "0g");
  int height;
  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

static void
set_ink (ScopeComparePlot *self, cairo_t *cr, double alpha)
{
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, ink.alpha * alpha);
}

static gboolean
is_split (ScopeComparePlot *self)
{
  return self->compare != NULL
         && scope_compare_get_mode (self->compare) == SCOPE_COMPARE_MODE_SPLIT;
}

/* The widest index of a row; never less than four digits, so that most texts look alike. */
static double
index_width (ScopeComparePlot *self)
{
  g_autofree char *text = scope_format_count ((gsize)MAX (self->geometry.length, 1e4 - 1));
  g_autoptr (PangoLayout) layout = label_layout (self, text);
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

void
scope_compare_paint_measure (ScopeComparePlot *self)
{
  double line = label_height (self);
  self->left = index_width (self) + TICK + TICK_GAP;
  self->bottom = line * 1.2 + TICK;
  /* Names stand over their panes, but those of a split square within it. */
  self->top = is_split (self) ? ceil (line / 2) : line * 1.7;
  self->right = 8;
  self->gap = line * 1.5;
}

/* --- cells --------------------------------------------------------------------------------------
 */

typedef struct {
  double x0, y0, x1, y1; /* columns and rows */
} Box;

/* The part of RANGE that can be seen. A coordinate far outside would be more than Cairo can hold.
 */
static Box
visible_box (const ScopeMapGeometry *g, ScopeRange range, gboolean mirror)
{
  double x = mirror ? g->y : g->x, y = mirror ? g->x : g->y;
  double width = mirror ? g->height : g->width, height = mirror ? g->width : g->height;
  return (Box){ MAX ((double)range.column_begin, x - 1), MAX ((double)range.row_begin, y - 1),
                MIN ((double)range.column_end, x + width / g->scale + 1),
                MIN ((double)range.row_end, y + height / g->scale + 1) };
}

static void
add_box (cairo_t *cr, Box box)
{
  if (box.x1 > box.x0 && box.y1 > box.y0)
    cairo_rectangle (cr, box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0);
}

/* In cells: x is the column and y the row, or mirrored at the diagonal. */
static void
enter_cells (const ScopeMapGeometry *g, cairo_t *cr, gboolean mirror)
{
  static const cairo_matrix_t swap = { 0, 1, 1, 0, 0, 0 };
  cairo_scale (cr, g->scale, g->scale);
  cairo_translate (cr, -g->x, -g->y);
  if (mirror)
    cairo_transform (cr, &swap);
}

static void
paint_image (ScopeComparePlot *self, cairo_t *cr, const ScopeComparePicture *picture,
             gboolean mirror)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeRange range = picture->result->range;
  int columns = cairo_image_surface_get_width (picture->image);
  int rows = cairo_image_surface_get_height (picture->image);
  double device = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  double width = (double)(range.column_end - range.column_begin);
  double height = (double)(range.row_end - range.row_begin);
  add_box (cr, visible_box (g, range, mirror));
  cairo_clip (cr);
  cairo_translate (cr, (double)range.column_begin, (double)range.row_begin);
  cairo_scale (cr, width / columns, height / rows);
  cairo_set_source_surface (cr, picture->image, 0, 0);
  gboolean finer = columns > 1.5 * width * g->scale * device;
  cairo_pattern_set_filter (cairo_get_source (cr),
                            finer ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_paint (cr);
}

/* The coarse picture shows only where the fine one is not: their empty halves do not agree. */
static void
paint_picture (ScopeComparePlot *self, cairo_t *cr, ScopePictureOf of, gboolean mirror)
{
  const ScopeMapGeometry *g = &self->geometry;
  const ScopeComparePicture *coarse = scope_compare_get_picture (self->compare, of, FALSE);
  const ScopeComparePicture *fine = scope_compare_get_picture (self->compare, of, TRUE);
  ScopeRange whole = { 0, (gsize)g->length, 0, (gsize)g->length };
  cairo_save (cr);
  enter_cells (g, cr, mirror);
  if (coarse->image != NULL) {
    cairo_save (cr);
    if (fine->image != NULL) {
      cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
      add_box (cr, visible_box (g, whole, mirror));
      add_box (cr, visible_box (g, fine->result->range, mirror));
      cairo_clip (cr);
    }
    paint_image (self, cr, coarse, mirror);
    cairo_restore (cr);
  }
  if (fine->image != NULL)
    paint_image (self, cr, fine, mirror);
  cairo_restore (cr);
}

static void
paint_ground (ScopeComparePlot *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  cairo_save (cr);
  enter_cells (g, cr, FALSE);
  add_box (cr, visible_box (g, (ScopeRange){ 0, (gsize)g->length, 0, (gsize)g->length }, FALSE));
  set_ink (self, cr, 0.05);
  cairo_fill (cr);
  cairo_restore (cr);
}

/* Which side PANE shows below its diagonal. */
static ScopePictureOf
pane_shows (ScopeComparePlot *self, guint pane)
{
  ScopePictureOf first = scope_compare_plot_shows (self);
  if (pane == 0)
    return first;
  return first == SCOPE_PICTURE_A ? SCOPE_PICTURE_B : SCOPE_PICTURE_A;
}

static cairo_t *
begin_widget (ScopeComparePlot *self, GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  return gtk_snapshot_append_cairo (snapshot,
                                    &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                                         (float)gtk_widget_get_height (widget)));
}

/* Puts the origin in the pane's corner and clips to it and OVER pixels around it. */
static void
enter_pane (ScopeComparePlot *self, cairo_t *cr, guint pane, double over)
{
  cairo_save (cr);
  cairo_translate (cr, scope_compare_plot_pane_x (self, pane), self->top);
  cairo_rectangle (cr, -over, -over, self->geometry.width + 2 * over,
                   self->geometry.height + 2 * over);
  cairo_clip (cr);
}

GskRenderNode *
scope_compare_paint_cells (ScopeComparePlot *self)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = begin_widget (self, snapshot);
  for (guint pane = 0; pane < self->panes; pane++) {
    enter_pane (self, cr, pane, 0);
    paint_ground (self, cr);
    paint_picture (self, cr, pane_shows (self, pane), FALSE);
    if (is_split (self))
      paint_picture (self, cr, self->flipped ? SCOPE_PICTURE_A : SCOPE_PICTURE_B, TRUE);
    cairo_restore (cr);
  }
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

/* --- boundaries ---------------------------------------------------------------------------------
 */

static const ScopeResult *
lines_of (ScopeComparePlot *self, ScopePictureOf of, gboolean mirror)
{
  const ScopeResult *fine = scope_compare_get_picture (self->compare, of, TRUE)->result;
  ScopeRange v = scope_map_geometry_visible (&self->geometry);
  if (mirror)
    v = (ScopeRange){ v.column_begin, v.column_end, v.row_begin, v.row_end };
  if (fine != NULL && fine->range.row_begin <= v.row_begin && fine->range.row_end >= v.row_end)
    return fine;
  return scope_compare_get_picture (self->compare, of, FALSE)->result;
}

static void
paint_boundary (ScopeComparePlot *self, cairo_t *cr, ScopePictureOf of, gboolean mirror)
{
  const ScopeResult *lines = lines_of (self, of, mirror);
  if (lines == NULL || lines->n_boundary == 0)
    return;
  scope_field_path (cr, &self->geometry, lines->boundary_row, lines->boundary_start,
                    lines->n_boundary, mirror);
  scope_field_stroke (cr, FALSE);
  if (lines->mirror_start == NULL)
    return;
  scope_field_path (cr, &self->geometry, lines->boundary_row, lines->mirror_start,
                    lines->n_boundary, FALSE);
  scope_field_stroke (cr, TRUE);
}

/* --- axes and names -----------------------------------------------------------------------------
 */

static void
paint_text (ScopeComparePlot *self, cairo_t *cr, const char *text, double x, double y,
            double x_align, double y_align)
{
  g_autoptr (PangoLayout) layout = label_layout (self, text);
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  cairo_move_to (cr, x - x_align * width, y - y_align * height);
  pango_cairo_show_layout (cr, layout);
  cairo_new_path (cr);
}

/* In the pane's coordinates, without its clip. */
static void
paint_ticks (ScopeComparePlot *self, cairo_t *cr, gboolean is_row, double edge)
{
  const ScopeMapGeometry *g = &self->geometry;
  double begin = is_row ? g->y : g->x, extent = is_row ? g->height : g->width;
  double ticks[32], line = label_height (self);
  gsize most = (gsize)CLAMP (extent / (line * (is_row ? 3.4 : 5.0)), 2, 12);
  gsize count
      = scope_axis_ticks (MAX (0, begin), MIN (g->length, begin + extent / g->scale), ticks, most);
  for (gsize k = 0; k < count; k++) {
    if (ticks[k] != floor (ticks[k]) || ticks[k] < 0 || ticks[k] >= g->length)
      continue;
    double at = is_row ? scope_map_geometry_py (g, ticks[k] + 0.5)
                       : scope_map_geometry_px (g, ticks[k] + 0.5);
    if (at < 0 || at > extent)
      continue;
    g_autofree char *text = scope_format_count ((gsize)ticks[k]);
    set_ink (self, cr, 0.45);
    cairo_rectangle (cr, is_row ? edge - TICK : round (at), is_row ? round (at) : edge,
                     is_row ? TICK : 1, is_row ? 1 : TICK);
    cairo_fill (cr);
    set_ink (self, cr, 0.8);
    if (is_row)
      paint_text (self, cr, text, edge - TICK - TICK_GAP, at, 1, 0.5);
    else
      paint_text (self, cr, text, CLAMP (at, 0, g->width), edge + TICK + 1, 0.5, 0);
  }
}

/* "A  no filter": on the cells of a split square it has a plate, so that it is read on any ground.
 */
static void
paint_name (ScopeComparePlot *self, cairo_t *cr, const char *letter, const char *name, double x,
            double y, double room, gboolean from_right)
{
  double pad = is_split (self) ? 7 : 0;
  g_autofree char *text = g_strdup_printf ("%s  %s", letter, name);
  g_autoptr (PangoLayout) layout = label_layout (self, text);
  PangoRectangle
      words; /* it stands at the other end of its room where texts run from right to left */
  pango_layout_set_width (layout, (int)(MAX (room - 2 * pad, 20) * PANGO_SCALE));
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_extents (layout, NULL, &words);
  int width = words.width, height = words.height;
  double left = from_right ? x - width - 2 * pad : x;
  double paper = adw_style_manager_get_dark (adw_style_manager_get_default ()) ? 0.16 : 1;
  if (is_split (self)) {
    cairo_rectangle (cr, left, y, width + 2 * pad, height + 4);
    cairo_set_source_rgba (cr, paper, paper, paper, 0.86);
    cairo_fill (cr);
  }
  set_ink (self, cr, 0.95);
  cairo_move_to (cr, left + pad - words.x, y + 2);
  pango_cairo_show_layout (cr, layout);
  cairo_new_path (cr);
}

static void
paint_side_name (ScopeComparePlot *self, cairo_t *cr, ScopePictureOf of, gboolean above)
{
  const ScopeMapGeometry *g = &self->geometry;
  double left = MAX (0, scope_map_geometry_px (g, 0));
  double right = MIN (g->width, scope_map_geometry_px (g, g->length));
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  double line = label_height (self);
  double over = MAX (0, scope_map_geometry_py (g, 0)) - line - 5;
  if (of == SCOPE_PICTURE_DIFFERENCE) {
    paint_name (self, cr, "B − A", "", left, over, right - left, FALSE);
    return;
  }
  g_autofree char *name = scope_compare_describe_side (self->compare, (ScopeSide)of);
  const char *letter = of == SCOPE_PICTURE_A ? "A" : "B";
  if (!is_split (self))
    paint_name (self, cr, letter, name, left, over, right - left, FALSE);
  else if (above)
    paint_name (self, cr, letter, name, right - 4, MAX (0, scope_map_geometry_py (g, 0)) + 4,
                right - left, TRUE);
  else
    paint_name (self, cr, letter, name, left + 4, foot - line - 8, right - left, FALSE);
}

static void
paint_diagonal (ScopeComparePlot *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  double begin = MAX (0, MAX (g->x, g->y)) - 1;
  double end = MIN (g->length, MIN (g->x + g->width / g->scale, g->y + g->height / g->scale)) + 1;
  if (end <= begin)
    return;
  cairo_move_to (cr, scope_map_geometry_px (g, begin), scope_map_geometry_py (g, begin));
  cairo_line_to (cr, scope_map_geometry_px (g, end), scope_map_geometry_py (g, end));
  cairo_set_line_width (cr, 1.5);
  set_ink (self, cr, 0.9);
  cairo_stroke (cr);
}

static void
paint_pane (ScopeComparePlot *self, cairo_t *cr, guint pane)
{
  const ScopeMapGeometry *g = &self->geometry;
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  ScopePictureOf other = self->flipped ? SCOPE_PICTURE_A : SCOPE_PICTURE_B;
  enter_pane (self, cr, pane, 0);
  paint_boundary (self, cr, pane_shows (self, pane), FALSE);
  if (is_split (self)) {
    paint_boundary (self, cr, other, TRUE);
    paint_diagonal (self, cr);
  }
  cairo_restore (cr);
  cairo_save (cr);
  cairo_translate (cr, scope_compare_plot_pane_x (self, pane), self->top);
  if (pane == 0)
    paint_ticks (self, cr, TRUE, MAX (0, scope_map_geometry_px (g, 0)));
  paint_ticks (self, cr, FALSE, foot);
  paint_side_name (self, cr, pane_shows (self, pane), FALSE);
  if (is_split (self))
    paint_side_name (self, cr, other, TRUE);
  cairo_restore (cr);
}

GskRenderNode *
scope_compare_paint_furniture (ScopeComparePlot *self)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = begin_widget (self, snapshot);
  for (guint pane = 0; pane < self->panes; pane++)
    paint_pane (self, cr, pane);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

/* --- crosshair ----------------------------------------------------------------------------------
 */

/* Light on dark: it is seen on any colour. */
static void
stroke_on_any_ground (cairo_t *cr, double width)
{
  cairo_set_line_width (cr, width + 1.5);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, width);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.95);
  cairo_stroke (cr);
}

static void
paint_cross (ScopeComparePlot *self, cairo_t *cr, double column, double row)
{
  const ScopeMapGeometry *g = &self->geometry;
  double x = scope_map_geometry_px (g, column + 0.5), y = scope_map_geometry_py (g, row + 0.5);
  double size = MAX (g->scale, CROSS);
  double left = MAX (0, scope_map_geometry_px (g, 0));
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  double right = MIN (g->width, scope_map_geometry_px (g, g->length));
  double top = MAX (0, scope_map_geometry_py (g, 0));
  if (x < -size || y < -size || x > g->width + size || y > g->height + size)
    return;
  gboolean above = column > row; /* the mirrored cell: its labels are on the other edges */
  cairo_move_to (cr, above ? right : left, y);
  cairo_line_to (cr, x + (above ? size : -size) / 2, y);
  cairo_move_to (cr, x, above ? top : foot);
  cairo_line_to (cr, x, y + (above ? -size : size) / 2);
  cairo_rectangle (cr, x - size / 2, y - size / 2, size, size);
  stroke_on_any_ground (cr, 1);
}

void
scope_compare_paint_crosshair (ScopeComparePlot *self, GtkSnapshot *snapshot)
{
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  if (row >= (gsize)self->geometry.length || column >= (gsize)self->geometry.length)
    return;
  cairo_t *cr = begin_widget (self, snapshot);
  for (guint pane = 0; pane < self->panes; pane++) {
    enter_pane (self, cr, pane, CROSS); /* the last row's is whole, too */
    paint_cross (self, cr, (double)column, (double)row);
    if (is_split (self) && row != column)
      paint_cross (self, cr, (double)row, (double)column);
    cairo_restore (cr);
  }
  cairo_destroy (cr);
}

/* How the map looks: cells, hatching, boundary, axes, minimap, crosshair. Everything but the
 * crosshair is kept as a render node until the view or the data change. */
#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#include "export/norm.h"
#include "ui/format.h"

#define LABEL_SCALE    0.84
#define TICK           4.0
#define MINIMAP_SIZE   112.0
#define MINIMAP_MARGIN 10.0
#define RAIL           5.0 /* height of the strip of kept tokens */
#define BOUNDARY_RED   1.0, 0.36, 0.27
#define BOUNDARY_PITCH 5.0 /* pixels between two points of the boundary, at least */

/* --- text and colour -----------------------------------------------------------------------------
 */

static PangoLayout *
label_layout (ScopeMapView *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (LABEL_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  return layout;
}

static double
label_height (ScopeMapView *self)
{
  g_autoptr (PangoLayout) layout = label_layout (self, "0g");
  int height;
  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

static gboolean
tokens_are_legible (ScopeMapView *self, double line)
{
  return self->session != NULL && scope_session_get_tokens (self->session) != NULL
         && self->geometry.scale >= line;
}

static void
set_ink (ScopeMapView *self, cairo_t *cr, double alpha)
{
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, ink.alpha * alpha);
}

static gboolean
high_contrast (void)
{
  return adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
}

gboolean
scope_map_paint_measure (ScopeMapView *self)
{
  double line = label_height (self);
  gboolean tokens = tokens_are_legible (self, line);
  double left = line * (tokens ? 7.6 : 4.6), bottom = line * (tokens ? 6.4 : 2.9) + RAIL;
  if (left == self->left && bottom == self->bottom)
    return FALSE;
  self->left = left;
  self->bottom = bottom;
  self->top = self->right = 8;
  return TRUE;
}

/* --- cells ---------------------------------------------------------------------------------------
 */

typedef struct {
  double x, y, width, height;
} Box;

static Box
range_box (const ScopeMapGeometry *g, ScopeRange range)
{
  return (Box){ scope_map_geometry_px (g, (double)range.column_begin),
                scope_map_geometry_py (g, (double)range.row_begin),
                (double)(range.column_end - range.column_begin) * g->scale,
                (double)(range.row_end - range.row_begin) * g->scale };
}

static void
paint_image (cairo_t *cr, cairo_surface_t *image, Box box, double device_scale)
{
  int columns = cairo_image_surface_get_width (image),
      rows = cairo_image_surface_get_height (image);
  if (columns == 0 || rows == 0)
    return;
  cairo_save (cr);
  cairo_translate (cr, box.x, box.y);
  cairo_scale (cr, box.width / columns, box.height / rows);
  cairo_set_source_surface (cr, image, 0, 0);
  /* Cells stay sharp; only an image finer than the screen (awaiting a coarser one) is averaged. */
  gboolean finer = columns > 1.5 * box.width * device_scale;
  cairo_pattern_set_filter (cairo_get_source (cr),
                            finer ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  cairo_rectangle (cr, 0, 0, columns, rows);
  cairo_clip (cr);
  cairo_paint (cr);
  cairo_restore (cr);
}

/* Everything outside BOX: the overview must not show through the finer map's empty half. */
static void
clip_outside (ScopeMapView *self, cairo_t *cr, Box box)
{
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_rectangle (cr, -1, -1, self->geometry.width + 2, self->geometry.height + 2);
  cairo_rectangle (cr, box.x, box.y, box.width, box.height);
  cairo_clip (cr);
}

static void
paint_ground (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeRange whole = { 0, (gsize)g->length, 0, (gsize)g->length };
  Box box = range_box (g, whole);
  set_ink (self, cr, 0.05);
  cairo_rectangle (cr, box.x, box.y, box.width, box.height);
  cairo_fill (cr);
}

static cairo_t *
plot_begin (ScopeMapView *self, GtkSnapshot *snapshot)
{
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)self->left, (float)self->top));
  return gtk_snapshot_append_cairo (
      snapshot,
      &GRAPHENE_RECT_INIT (0, 0, (float)self->geometry.width, (float)self->geometry.height));
}

GskRenderNode *
scope_map_paint_heat (ScopeMapView *self)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  cairo_t *cr = plot_begin (self, snapshot);
  double device = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  paint_ground (self, cr);
  if (self->overview_image != NULL) {
    cairo_save (cr);
    if (self->map_image != NULL)
      clip_outside (self, cr, range_box (&self->geometry, self->map->range));
    paint_image (cr, self->overview_image, range_box (&self->geometry, self->overview->range),
                 device);
    cairo_restore (cr);
  }
  if (self->map_image != NULL)
    paint_image (cr, self->map_image, range_box (&self->geometry, self->map->range), device);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

/* --- dropped columns -----------------------------------------------------------------------------
 */

/* The share of dropped tokens among the columns of pixel PX; NaN outside RESULT's range. */
static double
dropped_share (const ScopeMapGeometry *g, const ScopeResult *result, double px)
{
  double begin = g->x + px / g->scale, end = g->x + (px + 1) / g->scale;
  gssize first = (gssize)floor (begin), last = MAX (first + 1, (gssize)floor (end));
  gsize low = result->range.column_begin, high = result->range.column_end;
  if (first < (gssize)low || last > (gssize)high)
    return NAN;
  gsize dropped = 0;
  for (gssize k = first; k < last; k++)
    dropped += result->dropped[(gsize)k - low];
  return (double)dropped / (double)(last - first);
}

static void
stroke_hatching (ScopeMapView *self, cairo_t *cr)
{
  const double step = 7;
  double reach = self->geometry.width + self->geometry.height;
  cairo_set_line_width (cr, high_contrast () ? 1.5 : 1);
  cairo_set_source_rgba (cr, 1, 1, 1, high_contrast () ? 0.6 : 0.26);
  for (double d = 0; d < reach; d += step) {
    cairo_move_to (cr, d, 0);
    cairo_line_to (cr, d - self->geometry.height, self->geometry.height);
  }
  cairo_stroke (cr);
}

/* The part of pixel column PX that lies on and below the diagonal. */
static void
add_pixel_column (const ScopeMapGeometry *g, cairo_t *cr, double px, double foot)
{
  double head = MAX (0, scope_map_geometry_py (g, floor (g->x + px / g->scale)));
  if (head < foot)
    cairo_rectangle (cr, px, head, 1, foot - head);
}

/* Columns of which every token was dropped are hatched from the diagonal down. */
static void
paint_hatching (ScopeMapView *self, cairo_t *cr, const ScopeResult *result)
{
  const ScopeMapGeometry *g = &self->geometry;
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  cairo_save (cr);
  for (double px = 0; px < g->width;) {
    double run = 0;
    while (px + run < g->width && dropped_share (g, result, px + run) >= 1)
      run++;
    for (double k = 0; run >= 2 && k < run; k++)
      add_pixel_column (g, cr, px + k, foot);
    px += MAX (1, run);
  }
  cairo_clip (cr);
  stroke_hatching (self, cr);
  cairo_restore (cr);
}

/* The strip under the map: solid where tokens were kept. */
static void
paint_rail (ScopeMapView *self, cairo_t *cr, const ScopeResult *result)
{
  const ScopeMapGeometry *g = &self->geometry;
  double y = MIN (g->height, scope_map_geometry_py (g, g->length)) + 2;
  for (double px = 0; px < g->width; px++) {
    double dropped = dropped_share (g, result, px);
    if (isnan (dropped))
      continue;
    set_ink (self, cr, 0.12 + 0.75 * (1 - dropped));
    cairo_rectangle (cr, px, y, 1, RAIL - 1);
    cairo_fill (cr);
  }
}

/* --- receptive-field boundary --------------------------------------------------------------------
 */

static gboolean
covers_view (ScopeMapView *self, const ScopeResult *result)
{
  ScopeRange v = scope_map_geometry_visible (&self->geometry), r = result->range;
  return r.row_begin <= v.row_begin && r.row_end >= v.row_end && r.column_begin <= v.column_begin
         && r.column_end >= v.column_end;
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  gint32 p = *(const gint32 *)a, q = *(const gint32 *)b;
  return p < q ? -1 : p > q;
}

/* Rows that lie closer than the line can turn are drawn as one, by their median: neighbouring rows
 * often reach back very differently. -1 if most of them have no field. */
static gint32
median_start (const ScopeResult *result, gsize first, gsize count, gint32 *scratch)
{
  memcpy (scratch, result->boundary_start + first, count * sizeof *scratch);
  qsort (scratch, count, sizeof *scratch, compare_starts);
  return scratch[count / 2];
}

static void
boundary_path (ScopeMapView *self, cairo_t *cr, const ScopeResult *result)
{
  const ScopeMapGeometry *g = &self->geometry;
  gsize total = result->n_boundary;
  if (total == 0)
    return;
  double extent = result->boundary_row[total - 1] - result->boundary_row[0] + 1;
  double pitch = extent / (double)total * g->scale;
  gsize group = pitch >= BOUNDARY_PITCH ? 1 : (gsize)ceil (BOUNDARY_PITCH / pitch);
  g_autofree gint32 *scratch = g_new (gint32, group);
  gboolean open = FALSE;
  for (gsize k = 0; k < total; k += group) {
    gsize count = MIN (group, total - k);
    gint32 start = median_start (result, k, count, scratch);
    double row = (result->boundary_row[k] + result->boundary_row[k + count - 1]) / 2.0 + 0.5;
    double x = scope_map_geometry_px (g, start), y = scope_map_geometry_py (g, row);
    if (start >= 0 && open)
      cairo_line_to (cr, x, y);
    else if (start >= 0)
      cairo_move_to (cr, x, y);
    open = start >= 0;
  }
}

static void
paint_boundary (ScopeMapView *self, cairo_t *cr, const ScopeResult *result)
{
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  boundary_path (self, cr, result);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_set_line_width (cr, 3);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, BOUNDARY_RED);
  cairo_set_line_width (cr, high_contrast () ? 2.5 : 1.5);
  cairo_stroke (cr);
}

/* --- axes ----------------------------------------------------------------------------------------
 */

/* One label at PLACE along an axis: beside the left edge, or below the bottom edge (upright
 * numbers, tokens turned by a quarter). */
static void
paint_label (ScopeMapView *self, cairo_t *cr, const char *text, double place, double edge,
             gboolean is_row, gboolean turned, double room)
{
  g_autoptr (PangoLayout) layout = label_layout (self, text);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, (int)(room * PANGO_SCALE));
  PangoRectangle ink;
  pango_layout_get_pixel_extents (layout, NULL, &ink);
  cairo_save (cr);
  if (is_row) {
    cairo_translate (cr, edge - ink.width - ink.x, place - ink.height / 2.0);
  } else if (turned) {
    cairo_translate (cr, place - ink.height / 2.0, edge + ink.width + ink.x);
    cairo_rotate (cr, -G_PI_2);
  } else {
    double end = self->geometry.width + self->right - ink.width;
    cairo_translate (cr, MIN (place - ink.width / 2.0, end) - ink.x, edge);
  }
  cairo_move_to (cr, 0, 0);
  pango_cairo_update_layout (cr, layout);
  pango_cairo_show_layout (cr, layout);
  cairo_restore (cr);
  cairo_new_path (cr);
}

typedef struct {
  gboolean is_row;
  double line;       /* height of a label */
  double edge;       /* where labels begin, in the plot's coordinates */
  double room;       /* how far they may reach */
  double begin, end; /* visible cells */
} Axis;

static void
paint_indices (ScopeMapView *self, cairo_t *cr, const Axis *axis)
{
  const ScopeMapGeometry *g = &self->geometry;
  double ticks[32];
  double span = (axis->end - axis->begin) * g->scale;
  gsize most = (gsize)CLAMP (span / (axis->line * (axis->is_row ? 3.4 : 5.0)), 2, 12);
  gsize count = scope_axis_ticks (axis->begin, axis->end, ticks, most);
  for (gsize k = 0; k < count; k++) {
    if (ticks[k] != floor (ticks[k]) || ticks[k] < 0 || ticks[k] >= g->length)
      continue;
    double place = axis->is_row ? scope_map_geometry_py (g, ticks[k] + 0.5)
                                : scope_map_geometry_px (g, ticks[k] + 0.5);
    g_autofree char *text = scope_format_count ((gsize)ticks[k]);
    set_ink (self, cr, 0.45);
    double mark = axis->is_row ? axis->edge + TICK + 2 : axis->edge - TICK - 1;
    cairo_rectangle (cr, axis->is_row ? mark - TICK : round (place),
                     axis->is_row ? round (place) : mark, axis->is_row ? TICK : 1,
                     axis->is_row ? 1 : TICK);
    cairo_fill (cr);
    set_ink (self, cr, 0.8);
    paint_label (self, cr, text, place, axis->edge, axis->is_row, FALSE, axis->room);
  }
}

static void
paint_tokens (ScopeMapView *self, cairo_t *cr, const Axis *axis)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  set_ink (self, cr, 0.85);
  for (gsize k = (gsize)axis->begin; k < (gsize)axis->end && k < scope_tokens_count (tokens); k++) {
    double place = axis->is_row ? scope_map_geometry_py (g, (double)k + 0.5)
                                : scope_map_geometry_px (g, (double)k + 0.5);
    if (place < 0 || place > (axis->is_row ? g->height : g->width))
      continue;
    g_autofree char *text = scope_tokens_display (tokens, k);
    paint_label (self, cr, text, place, axis->edge, axis->is_row, TRUE, axis->room);
  }
}

static void
paint_titles (ScopeMapView *self, cairo_t *cr, double foot, double left)
{
  const ScopeMapGeometry *g = &self->geometry;
  g_autoptr (PangoLayout) column = label_layout (self, "column j: the token that is read");
  g_autoptr (PangoLayout) row = label_layout (self, "row i: the token that reads");
  int width, height;
  set_ink (self, cr, 0.6);
  double middle_x = (MAX (0, left) + MIN (g->width, scope_map_geometry_px (g, g->length))) / 2;
  double middle_y = (MAX (0, scope_map_geometry_py (g, 0)) + foot) / 2;
  pango_layout_get_pixel_size (column, &width, &height);
  cairo_move_to (cr, middle_x - width / 2.0, foot + self->bottom - height);
  pango_cairo_show_layout (cr, column);
  pango_layout_get_pixel_size (row, &width, &height);
  cairo_save (cr);
  cairo_translate (cr, left - self->left, middle_y + width / 2.0);
  cairo_rotate (cr, -G_PI_2);
  cairo_move_to (cr, 0, 0);
  pango_cairo_update_layout (cr, row);
  pango_cairo_show_layout (cr, row);
  cairo_restore (cr);
}

static void
paint_axes (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeRange v = scope_map_geometry_visible (g);
  double line = label_height (self);
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  double left = MAX (0, scope_map_geometry_px (g, 0));
  Axis rows = { TRUE,
                line,
                left - TICK - 3,
                self->left - 1.3 * line - TICK,
                (double)v.row_begin,
                (double)v.row_end };
  Axis columns = { FALSE,
                   line,
                   foot + RAIL + TICK + 2,
                   self->bottom - 1.3 * line - RAIL - TICK,
                   (double)v.column_begin,
                   (double)v.column_end };
  if (tokens_are_legible (self, line)) {
    paint_tokens (self, cr, &rows);
    paint_tokens (self, cr, &columns);
  } else {
    columns.room = 8 * line;
    paint_indices (self, cr, &rows);
    paint_indices (self, cr, &columns);
  }
  paint_titles (self, cr, foot, left);
}

/* --- minimap -------------------------------------------------------------------------------------
 */

gboolean
scope_map_paint_minimap_area (ScopeMapView *self, graphene_rect_t *area)
{
  const ScopeMapGeometry *g = &self->geometry;
  if (g->length <= 0 || g->fitted || self->overview_image == NULL || g->width < 2.5 * MINIMAP_SIZE
      || g->height < 2.5 * MINIMAP_SIZE)
    return FALSE;
  graphene_rect_init (area, (float)(self->left + g->width - MINIMAP_SIZE - MINIMAP_MARGIN),
                      (float)(self->top + MINIMAP_MARGIN), MINIMAP_SIZE, MINIMAP_SIZE);
  return TRUE;
}

static void
paint_minimap (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  graphene_rect_t area;
  if (!scope_map_paint_minimap_area (self, &area))
    return;
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  Box box = { area.origin.x - self->left, area.origin.y - self->top, area.size.width,
              area.size.height };
  double paper = dark ? 0.14 : 0.98, cells = MINIMAP_SIZE / g->length;
  cairo_rectangle (cr, box.x - 3, box.y - 3, box.width + 6, box.height + 6);
  cairo_set_source_rgba (cr, paper, paper, paper, 0.94);
  cairo_fill_preserve (cr);
  set_ink (self, cr, 0.3);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  paint_image (cr, self->overview_image, box, gtk_widget_get_scale_factor (GTK_WIDGET (self)));
  double x = MAX (g->x, 0), y = MAX (g->y, 0);
  double x1 = MIN (g->x + g->width / g->scale, g->length);
  double y1 = MIN (g->y + g->height / g->scale, g->length);
  double width = MAX ((x1 - x) * cells, 4), height = MAX ((y1 - y) * cells, 4);
  cairo_rectangle (cr, box.x + x * cells, box.y + y * cells, width, height);
  set_ink (self, cr, 0.12);
  cairo_fill_preserve (cr);
  set_ink (self, cr, 0.95);
  cairo_set_line_width (cr, 1.5);
  cairo_stroke (cr);
}

/* --- all of it -----------------------------------------------------------------------------------
 */

GskRenderNode *
scope_map_paint_furniture (ScopeMapView *self)
{
  const ScopeMapGeometry *g = &self->geometry;
  GtkWidget *widget = GTK_WIDGET (self);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                               (float)gtk_widget_get_height (widget));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, self->left, self->top);
  ScopeResult *lines
      = self->map != NULL && covers_view (self, self->map) ? self->map : self->overview;
  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, g->width, g->height);
  cairo_clip (cr);
  if (lines != NULL && lines->dropped != NULL)
    paint_hatching (self, cr, lines);
  if (lines != NULL)
    paint_boundary (self, cr, lines);
  cairo_restore (cr);
  if (lines != NULL && lines->dropped != NULL)
    paint_rail (self, cr, lines);
  paint_axes (self, cr);
  paint_minimap (self, cr);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

/* --- crosshair -----------------------------------------------------------------------------------
 */

static void
paint_hair (cairo_t *cr, double x0, double y0, double x1, double y1)
{
  static const double dash[] = { 4, 3 };
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x1, y1);
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_set_line_width (cr, 2.5);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.45);
  cairo_stroke_preserve (cr);
  cairo_set_dash (cr, dash, 2, 0);
  cairo_set_line_width (cr, 1);
  cairo_set_source_rgba (cr, 1, 1, 1, 0.95);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
rounded_rectangle (cairo_t *cr, double x, double y, double width, double height)
{
  const double radius = 4;
  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -G_PI_2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, G_PI_2);
  cairo_arc (cr, x + radius, y + height - radius, radius, G_PI_2, G_PI);
  cairo_arc (cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

/* The crosshair's row or column on its axis, in place of the label there: the token where tokens
 * are shown, else the index. */
static void
paint_pill (ScopeMapView *self, cairo_t *cr, gsize index, double place, double edge,
            gboolean is_row)
{
  gboolean token = tokens_are_legible (self, label_height (self));
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  g_autofree char *text = token ? scope_tokens_display (tokens, index) : scope_format_count (index);
  g_autoptr (PangoLayout) layout = label_layout (self, text);
  int width, height;
  pango_layout_get_pixel_size (layout, &width, &height);
  double paper = adw_style_manager_get_dark (adw_style_manager_get_default ()) ? 0.95 : 0.15;
  double ink = paper > 0.5 ? 0.1 : 1;
  cairo_save (cr);
  if (is_row) {
    cairo_translate (cr, edge - width - 7, place - height / 2.0);
  } else if (token) {
    cairo_translate (cr, place - height / 2.0, edge + width + 7);
    cairo_rotate (cr, -G_PI_2);
  } else {
    cairo_translate (cr, place - width / 2.0, edge + 3);
  }
  rounded_rectangle (cr, -5, -1, width + 10, height + 2);
  cairo_set_source_rgb (cr, paper, paper, paper);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, ink, ink, ink);
  cairo_move_to (cr, 0, 0);
  pango_cairo_update_layout (cr, layout);
  pango_cairo_show_layout (cr, layout);
  cairo_restore (cr);
  cairo_new_path (cr);
}

static void
paint_cell_frame (ScopeMapView *self, cairo_t *cr, double x, double y)
{
  double size = MAX (self->geometry.scale, 5);
  double x0 = x - size / 2, y0 = y - size / 2;
  cairo_rectangle (cr, x0, y0, size, size);
  cairo_set_line_width (cr, 3);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.7);
  cairo_stroke_preserve (cr);
  cairo_set_line_width (cr, 1.5);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_stroke (cr);
}

void
scope_map_paint_crosshair (ScopeMapView *self, GtkSnapshot *snapshot)
{
  const ScopeMapGeometry *g = &self->geometry;
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  if (row >= (gsize)g->length || column >= (gsize)g->length)
    return;
  GtkWidget *widget = GTK_WIDGET (self);
  double x = scope_map_geometry_px (g, (double)column + 0.5);
  double y = scope_map_geometry_py (g, (double)row + 0.5);
  double left = MAX (0, scope_map_geometry_px (g, 0));
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                               (float)gtk_widget_get_height (widget));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, self->left, self->top);
  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, g->width, g->height);
  cairo_clip (cr);
  paint_hair (cr, left, y, x, y);
  paint_hair (cr, x, y, x, foot);
  paint_cell_frame (self, cr, x, y);
  cairo_restore (cr);
  if (y >= 0 && y <= g->height)
    paint_pill (self, cr, row, y, left, TRUE);
  if (x >= 0 && x <= g->width)
    paint_pill (self, cr, column, x, foot + RAIL, FALSE);
  cairo_destroy (cr);
}

/* The map's cells: a picture of each tile, painted when it arrives and when the colours change, and
 * put together when a frame is drawn. Where a tile is still to come, its parts or the next coarser
 * one stand in for it. */
#include "ui/map-view-private.h"

#include <math.h>

/* Painting pictures may take so much of a frame. */
#define PREPARE_US 5000
/* More tiles a side than any screen shows: their level is still that of another text, or of another
 * zoom. */
#define MOST_TILES 64
/* After a frame, so that a long row of pictures lets frames through. */
#define PREPARE_PRIORITY (GDK_PRIORITY_REDRAW + 5)

/* --- pictures ------------------------------------------------------------------------------------
 */

static guint
picture_serial (ScopeMapView *self, const ScopeTile *tile)
{
  return tile->serial * 65536 + (self->scale_serial & 0xffff) + 1;
}

static gboolean
is_painted (ScopeMapView *self, const ScopeTile *tile)
{
  return tile->picture != NULL && tile->picture_serial == picture_serial (self, tile);
}

/* The cells that the tile's blocks would cover were there no end of the text: each of one size. */
static ScopeRange
padded_range (const ScopeTile *tile)
{
  ScopeRange range = tile->range;
  range.row_end = range.row_begin + (scope_matrix_rows (tile->matrix) << tile->level);
  range.column_end = range.column_begin + (scope_matrix_columns (tile->matrix) << tile->level);
  return range;
}

static void
paint_picture (ScopeMapView *self, ScopeTile *tile)
{
  cairo_surface_t *picture
      = scope_map_image (tile->matrix, padded_range (tile), self->scale.palette, &self->scale.norm);
  scope_tile_set_picture (tile, picture, (GDestroyNotify)cairo_surface_destroy);
  tile->picture_serial = picture_serial (self, tile);
}

typedef struct {
  ScopeMapView *view;
  gint64 end;
  gboolean painted, all;
} Prepare;

/* FALSE when time is up. */
static gboolean
prepare_tile (Prepare *self, guint level, gsize y, gsize x)
{
  ScopeTile *tile = scope_tiles_find (self->view->tiles, level, y, x);
  if (tile == NULL || is_painted (self->view, tile))
    return TRUE;
  if (g_get_monotonic_time () >= self->end) {
    self->all = FALSE;
    return FALSE;
  }
  paint_picture (self->view, tile);
  self->painted = TRUE;
  return TRUE;
}

/* The tiles in sight, and while some are missing those that stand in for them. */
static void
prepare_visible (Prepare *self)
{
  ScopeTiles *tiles = self->view->tiles;
  guint level = scope_tiles_get_level (tiles);
  gsize y0, y1, x0, x1;
  scope_tiles_visible (tiles, &y0, &y1, &x0, &x1);
  gboolean coarse = scope_tiles_get_state (tiles) == SCOPE_TILES_COARSE;
  for (gsize y = y0; y < y1; y++)
    for (gsize x = x0; x < x1; x++)
      for (guint up = 0; up <= (coarse ? 2 : 0); up++)
        if (!prepare_tile (self, level + up, y >> up, x >> up))
          return;
}

static gboolean
prepare_cb (gpointer data)
{
  ScopeMapView *self = data;
  Prepare prepare = { self, g_get_monotonic_time () + PREPARE_US, FALSE, TRUE };
  prepare_visible (&prepare);
  if (prepare.painted) {
    g_clear_pointer (&self->heat, gsk_render_node_unref);
    gtk_widget_queue_draw (GTK_WIDGET (self));
  }
  if (!prepare.all)
    return G_SOURCE_CONTINUE;
  self->prepare_source = 0;
  return G_SOURCE_REMOVE;
}

void
scope_map_prepare (ScopeMapView *self)
{
  if (self->prepare_source == 0)
    self->prepare_source = g_idle_add_full (PREPARE_PRIORITY, prepare_cb, self, NULL);
}

/* --- putting them together -----------------------------------------------------------------------
 */

static graphene_rect_t
range_box (const ScopeMapGeometry *g, ScopeRange range)
{
  return GRAPHENE_RECT_INIT ((float)scope_map_geometry_px (g, (double)range.column_begin),
                             (float)scope_map_geometry_py (g, (double)range.row_begin),
                             (float)((double)(range.column_end - range.column_begin) * g->scale),
                             (float)((double)(range.row_end - range.row_begin) * g->scale));
}

/* The pattern that lays IMAGE over BOX. Cells stay sharp; where blocks are finer than the screen
 * neighbours are averaged. */
static void
set_image (cairo_t *cr, cairo_surface_t *image, graphene_rect_t box)
{
  double columns = cairo_image_surface_get_width (image);
  double rows = cairo_image_surface_get_height (image);
  double device_x = 1, device_y = 1;
  cairo_matrix_t matrix;
  cairo_user_to_device_distance (cr, &device_x, &device_y);
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_matrix_init_scale (&matrix, columns / box.size.width, rows / box.size.height);
  cairo_matrix_translate (&matrix, -box.origin.x, -box.origin.y);
  cairo_pattern_set_matrix (cairo_get_source (cr), &matrix);
  /* What lies beyond its edge must not be mixed into its last row and column. */
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  gboolean finer = columns > box.size.width * fabs (device_x);
  cairo_pattern_set_filter (cairo_get_source (cr),
                            finer ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_NEAREST);
}

void
scope_map_paint_image (cairo_t *cr, cairo_surface_t *image, graphene_rect_t box)
{
  if (cairo_image_surface_get_width (image) == 0 || box.size.width <= 0 || box.size.height <= 0)
    return;
  set_image (cr, image, box);
  cairo_rectangle (cr, box.origin.x, box.origin.y, box.size.width, box.size.height);
  cairo_fill (cr);
}

typedef struct {
  ScopeMapView *view;
  cairo_t *cr;
} Painter;

/* The part of a tile's picture that lies in RANGE. */
static void
paint_part (const Painter *self, const ScopeTile *tile, ScopeRange range)
{
  const ScopeMapGeometry *g = &self->view->geometry;
  graphene_rect_t part = range_box (g, range);
  set_image (self->cr, tile->picture, range_box (g, padded_range (tile)));
  cairo_rectangle (self->cr, part.origin.x, part.origin.y, part.size.width, part.size.height);
  cairo_fill (self->cr);
}

static ScopeRange
tile_range (ScopeMapView *self, guint level, gsize y, gsize x)
{
  gsize side = (gsize)SCOPE_TILE_SIZE << level, length = (gsize)self->geometry.length;
  return (ScopeRange){ y * side, MIN ((y + 1) * side, length), x * side,
                       MIN ((x + 1) * side, length) };
}

/* Of the tile's four parts, where all that exist were seen before. */
static gboolean
paint_finer (const Painter *self, guint level, gsize y, gsize x)
{
  const ScopeTile *parts[4] = { NULL };
  gsize length = (gsize)self->view->geometry.length;
  for (gsize k = 0; k < 4 && level > 0; k++) {
    gsize py = 2 * y + k / 2, px = 2 * x + k % 2;
    ScopeRange range = tile_range (self->view, level - 1, py, px);
    if (px > py || range.row_begin >= length || range.column_begin >= length)
      continue;
    parts[k] = scope_tiles_find (self->view->tiles, level - 1, py, px);
    if (parts[k] == NULL || parts[k]->picture == NULL)
      return FALSE;
  }
  for (gsize k = 0; k < 4; k++)
    if (parts[k] != NULL)
      paint_part (self, parts[k], parts[k]->range);
  return level > 0;
}

static gboolean
paint_coarser (const Painter *self, guint level, gsize y, gsize x)
{
  ScopeRange range = tile_range (self->view, level, y, x);
  guint top = scope_tiles_top (self->view->tiles);
  for (guint up = 1; level + up <= top; up++) {
    const ScopeTile *tile = scope_tiles_find (self->view->tiles, level + up, y >> up, x >> up);
    if (tile == NULL || tile->picture == NULL)
      continue;
    paint_part (self, tile, range);
    return TRUE;
  }
  return FALSE;
}

static void
paint_overview (const Painter *self, ScopeRange range)
{
  const ScopeMapGeometry *g = &self->view->geometry;
  graphene_rect_t part = range_box (g, range);
  if (self->view->overview_image == NULL)
    return;
  set_image (self->cr, self->view->overview_image, range_box (g, self->view->overview->range));
  cairo_rectangle (self->cr, part.origin.x, part.origin.y, part.size.width, part.size.height);
  cairo_fill (self->cr);
}

static void
paint_tile (const Painter *self, guint level, gsize y, gsize x)
{
  const ScopeTile *tile = scope_tiles_find (self->view->tiles, level, y, x);
  if (tile != NULL && tile->picture != NULL)
    paint_part (self, tile, tile->range);
  else if (!paint_finer (self, level, y, x) && !paint_coarser (self, level, y, x))
    paint_overview (self, tile_range (self->view, level, y, x));
}

static void
paint_tiles (const Painter *self)
{
  ScopeTiles *tiles = self->view->tiles;
  guint level = scope_tiles_get_level (tiles);
  ScopeRange visible = scope_map_geometry_visible (&self->view->geometry);
  gsize side = (gsize)SCOPE_TILE_SIZE << level;
  if (MAX (visible.row_end - visible.row_begin, visible.column_end - visible.column_begin) / side
      > MOST_TILES) {
    paint_overview (self, visible);
    return;
  }
  for (gsize y = visible.row_begin / side; y * side < visible.row_end; y++)
    for (gsize x = visible.column_begin / side; x * side < visible.column_end && x <= y; x++)
      paint_tile (self, level, y, x);
}

static void
paint_ground (ScopeMapView *self, cairo_t *cr)
{
  graphene_rect_t box = scope_map_paper (self);
  scope_map_set_ink (self, cr, 0.05);
  cairo_rectangle (cr, box.origin.x, box.origin.y, box.size.width, box.size.height);
  cairo_fill (cr);
}

GskRenderNode *
scope_map_paint_heat (ScopeMapView *self)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  graphene_rect_t box = scope_map_paper (self);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)self->left, (float)self->top));
  graphene_rect_round_extents (&box, &box);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &box);
  const Painter painter = { self, cr };
  paint_ground (self, cr);
  /* The edges of neighbours fall on the same pixel, whatever it is. */
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  paint_tiles (&painter);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

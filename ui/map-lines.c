/* What lies over the cells: columns of dropped tokens, the boundary of the receptive field. */
#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>

#include "ui/field-path.h"

#define RAIL_HEIGHT 4.0
#define OUTSIDE     64.0 /* pixels; a line goes no farther out of sight: cairo's numbers are short */
#define ENVELOPE    3.0  /* pixels; rows closer than this are shown by their extent as well */

static gboolean
high_contrast (void)
{
  return adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
}

/* --- dropped tokens ------------------------------------------------------------------------------
 */

void
scope_map_set_dropped (ScopeMapView *self, const ScopeResult *overview)
{
  g_clear_pointer (&self->dropped, g_free);
  if (overview == NULL || overview->dropped == NULL)
    return;
  gsize length = overview->range.column_end - overview->range.column_begin;
  self->dropped = g_new (guint32, length + 1);
  self->dropped[0] = 0;
  for (gsize k = 0; k < length; k++)
    self->dropped[k + 1] = self->dropped[k] + (overview->dropped[k] != 0);
}

/* The share of dropped tokens among the columns of pixel PX; NaN outside the map. */
static double
dropped_share (ScopeMapView *self, double px)
{
  const ScopeMapGeometry *g = &self->geometry;
  double first = floor (g->x + px / g->scale);
  double last = MAX (first + 1, floor (g->x + (px + 1) / g->scale));
  if (first < 0 || last > g->length)
    return NAN;
  return (self->dropped[(gsize)last] - self->dropped[(gsize)first]) / (last - first);
}

static void
stroke_hatching (ScopeMapView *self, cairo_t *cr)
{
  const double step = 7;
  const ScopeMapGeometry *g = &self->geometry;
  double reach = g->width + g->height;
  /* They stand still on the map while it is panned. */
  double begin = fmod (-(g->x + g->y) * g->scale, step);
  cairo_set_line_width (cr, high_contrast () ? 1.5 : 1);
  cairo_set_source_rgba (cr, 1, 1, 1, high_contrast () ? 0.6 : 0.26);
  for (double d = begin; d < reach; d += step) {
    cairo_move_to (cr, d, 0);
    cairo_line_to (cr, d - g->height, g->height);
  }
  cairo_stroke (cr);
}

/* The part of pixel columns [PX, PX + RUN) that lies on and below the diagonal, in steps of a cell.
 */
static void
add_run (const ScopeMapGeometry *g, cairo_t *cr, double px, double run, double foot)
{
  for (double k = 0; k < run; k++) {
    double head = MAX (0, scope_map_geometry_py (g, floor (g->x + (px + k) / g->scale)));
    if (head < foot)
      cairo_rectangle (cr, px + k, head, 1, foot - head);
  }
}

/* Columns of which every token was dropped are hatched from the diagonal down. */
static void
paint_hatching (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  cairo_save (cr);
  for (double px = 0; px < g->width;) {
    double run = 0;
    while (px + run < g->width && dropped_share (self, px + run) >= 1)
      run++;
    if (run >= 2)
      add_run (g, cr, px, run, foot);
    px += MAX (1, run);
  }
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
  cairo_clip (cr);
  cairo_set_antialias (cr, CAIRO_ANTIALIAS_DEFAULT);
  stroke_hatching (self, cr);
  cairo_restore (cr);
}

/* The strip under the map: solid where tokens were kept. */
void
scope_map_paint_rail (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  double y = MIN (g->height, scope_map_geometry_py (g, g->length)) + 2;
  if (self->dropped == NULL)
    return;
  for (double px = 0; px < g->width;) {
    double share = dropped_share (self, px), run = 1;
    while (px + run < g->width && dropped_share (self, px + run) == share)
      run++;
    if (!isnan (share)) {
      scope_map_set_ink (self, cr, 0.12 + 0.75 * (1 - share));
      cairo_rectangle (cr, px, y, run, RAIL_HEIGHT);
      cairo_fill (cr);
    }
    px += run;
  }
}

/* --- the receptive field -------------------------------------------------------------------------
 */

static double
start_x (const ScopeMapGeometry *g, gint32 start)
{
  return CLAMP (scope_map_geometry_px (g, start), -OUTSIDE, g->width + OUTSIDE);
}

/* The least and the greatest start of the rows from FIRST on that lie within a few pixels; returns
 * where the next begin. LEAST -1: none has a field. */
static gsize
extent (const ScopeTileFields *fields, gsize first, double cells, gint32 *least, gint32 *greatest)
{
  gsize k = first;
  *least = *greatest = -1;
  for (; k < fields->count && fields->rows[k] - fields->rows[first] <= cells; k++) {
    gint32 start = fields->starts[k];
    if (start < 0)
      continue;
    *least = *least < 0 ? start : MIN (*least, start);
    *greatest = MAX (*greatest, start);
  }
  return k;
}

/* How far rows too close to be told apart reach back, from the shortest to the longest. */
static void
paint_envelope (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  const ScopeTileFields *fields = &self->fields;
  double cells = ENVELOPE / g->scale;
  if (cells < 1 || fields->count == 0)
    return;
  for (gsize k = 0, next; k < fields->count; k = next) {
    gint32 least, greatest;
    next = extent (fields, k, cells, &least, &greatest);
    double top = scope_map_geometry_py (g, fields->rows[k]);
    double foot = next < fields->count ? scope_map_geometry_py (g, fields->rows[next])
                                       : scope_map_geometry_py (g, fields->rows[next - 1] + 1);
    double x = start_x (g, least);
    if (least >= 0)
      cairo_rectangle (cr, x, top, MAX (1, start_x (g, greatest) - x), foot - top);
  }
  cairo_set_source_rgba (cr, 1.0, 0.36, 0.27, high_contrast () ? 0.45 : 0.22);
  cairo_fill (cr);
}

/* Every row by itself: a step where its field begins. */
static void
row_path (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  gboolean open = FALSE;
  for (gsize k = 0; k < self->fields.count; k++) {
    gint32 start = self->fields.starts[k];
    double x = start_x (g, start);
    double y = scope_map_geometry_py (g, self->fields.rows[k]);
    if (start >= 0 && open)
      cairo_line_to (cr, x, y);
    else if (start >= 0)
      cairo_move_to (cr, x, y);
    if (start >= 0)
      cairo_line_to (cr, x, y + g->scale);
    open = start >= 0;
  }
}

static void
paint_boundary (ScopeMapView *self, cairo_t *cr)
{
  const ScopeMapGeometry *g = &self->geometry;
  paint_envelope (self, cr);
  if (scope_tiles_get_level (self->tiles) == 0 && g->scale >= ENVELOPE)
    row_path (self, cr);
  else
    scope_field_path (cr, g, self->fields.rows, self->fields.starts, self->fields.count, FALSE);
  scope_field_stroke (cr, FALSE);
}

GskRenderNode *
scope_map_paint_lines (ScopeMapView *self)
{
  const ScopeMapGeometry *g = &self->geometry;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)self->left, (float)self->top));
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)g->width, (float)g->height));
  if (self->dropped != NULL)
    paint_hatching (self, cr);
  paint_boundary (self, cr);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

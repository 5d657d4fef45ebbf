/* The crosshair's row below the map and its column beside it, over what is in sight: as high as
 * their values stand on the colour scale. */
#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>
#include <pango/pangocairo.h>

#include "ui/format.h"

/* A strip in coordinates of its own: ALONG the map's edge, UP from the strip's base. */
typedef struct {
  ScopeMapView *view;
  cairo_t *cr;
  const ScopeMatrix *values;
  gsize first; /* cell of the first value */
  guint level;
  double base;       /* where 0 stands */
  double begin, end; /* along, in pixels */
  double (*place) (const ScopeMapGeometry *g, double cell);
} Strip;

static double
height_at (const ScopeMapView *view, double value)
{
  double place = scope_norm_apply (&view->scale.norm, value);
  return isnan (place) ? 0 : place * (view->strip - 2);
}

static double
height_of (const Strip *self, gsize k)
{
  return height_at (self->view, scope_matrix_get (self->values, 0, k));
}

/* Of norms with two signs, 0 is within the scale: what is below it hangs. */
static double
base_of (const ScopeMapView *view)
{
  const ScopeNorm *norm = &view->scale.norm;
  gboolean two_signs
      = norm->kind == SCOPE_NORM_SYMLOG || (norm->kind == SCOPE_NORM_LINEAR && norm->low < 0);
  return two_signs ? height_at (view, 0) : 0;
}

/* The outline of the values, each as wide as its cells; several to a pixel show the one farthest
 * from 0. */
static void
trace_values (const Strip *self)
{
  const ScopeMapGeometry *g = &self->view->geometry;
  gsize step = (gsize)1 << self->level, count = scope_matrix_columns (self->values);
  double at = self->begin, most = self->base;
  cairo_move_to (self->cr, self->begin, self->base);
  for (gsize k = 0; k < count; k++) {
    double cell = MIN ((double)(self->first + (k + 1) * step), g->length);
    double end = CLAMP (self->place (g, cell), self->begin, self->end);
    double height = height_of (self, k);
    if (fabs (height - self->base) > fabs (most - self->base))
      most = height;
    if (end - at < 1 && k + 1 < count)
      continue;
    cairo_line_to (self->cr, at, most);
    cairo_line_to (self->cr, end, most);
    at = end;
    most = self->base;
  }
  cairo_line_to (self->cr, at, self->base);
  cairo_close_path (self->cr);
}

static void
paint_ground (const Strip *self)
{
  scope_map_set_ink (self->view, self->cr, 0.05);
  cairo_rectangle (self->cr, self->begin, 0, self->end - self->begin, self->view->strip);
  cairo_fill (self->cr);
  scope_map_set_ink (self->view, self->cr, 0.35);
  cairo_rectangle (self->cr, self->begin, self->base, self->end - self->begin, 1);
  cairo_fill (self->cr);
}

static void
paint_strip (const Strip *self)
{
  paint_ground (self);
  if (self->values == NULL)
    return;
  trace_values (self);
  scope_map_set_ink (self->view, self->cr, 0.28);
  cairo_fill_preserve (self->cr);
  scope_map_set_ink (self->view, self->cr, 0.8);
  cairo_set_line_width (self->cr, 1);
  cairo_stroke (self->cr);
}

/* What a strip is of, at its far corner, where the values seldom are: of its two ends, at the one
 * that the crosshair's line leaves free. ACROSS is where along the strip that line is. */
static void
paint_caption (ScopeMapView *self, cairo_t *cr, const char *axis, const ScopeTileProfile *profile,
               double x, double y, double room, double across, gboolean upright)
{
  gsize index = profile == NULL ? 0 : upright ? profile->column : profile->row;
  int width, height;
  g_autofree char *number = scope_format_count (index);
  g_autofree char *text = profile == NULL ? g_strdup_printf ("the %s under the crosshair", axis)
                                          : g_strdup_printf ("%s %s", axis, number);
  g_autofree char *brief = profile == NULL ? g_strdup_printf ("crosshair’s %s", axis) : NULL;
  g_autoptr (PangoLayout) layout
      = scope_map_label_within (self, text, brief != NULL ? brief : text, room - 8);
  pango_layout_get_pixel_size (layout, &width, &height);
  double shift
      = across >= 0 && across < width + 10 && room > 2 * (width + 10) ? room - width - 8 : 0;
  cairo_save (cr);
  cairo_translate (cr, x + (upright ? 0 : shift), y + (upright ? shift : 0));
  if (upright)
    cairo_rotate (cr, G_PI_2);
  pango_cairo_update_layout (cr, layout);
  if (profile != NULL) { /* its values may come so far */
    gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
    double paper = dark ? 0.18 : 0.94; /* the strip's own ground */
    cairo_rectangle (cr, 1, 1, width + 6, height);
    cairo_set_source_rgba (cr, paper, paper, paper, 0.86);
    cairo_fill (cr);
  }
  scope_map_set_ink (self, cr, 0.8);
  cairo_move_to (cr, 4, 1);
  pango_cairo_show_layout (cr, layout);
  cairo_restore (cr);
}

static void
paint_row (ScopeMapView *self, cairo_t *cr, const ScopeTileProfile *profile, graphene_rect_t paper)
{
  double base = paper.origin.y + paper.size.height + SCOPE_MAP_STRIP_GAP + self->strip;
  Strip strip = { .view = self,
                  .cr = cr,
                  .base = base_of (self),
                  .begin = paper.origin.x,
                  .end = paper.origin.x + paper.size.width,
                  .place = scope_map_geometry_px };
  if (profile != NULL) {
    strip.values = profile->across;
    strip.first = profile->range.column_begin;
    strip.level = profile->level;
  }
  cairo_save (cr);
  cairo_translate (cr, 0, base);
  cairo_scale (cr, 1, -1);
  paint_strip (&strip);
  cairo_restore (cr);
  double across = profile != NULL
                      ? scope_map_geometry_px (&self->geometry, (double)profile->column + 0.5)
                      : NAN;
  paint_caption (self, cr, "row", profile, strip.begin, base - self->strip, strip.end - strip.begin,
                 across - strip.begin, FALSE);
}

static void
paint_column (ScopeMapView *self, cairo_t *cr, const ScopeTileProfile *profile,
              graphene_rect_t paper)
{
  double base = paper.origin.x + paper.size.width + SCOPE_MAP_STRIP_GAP;
  Strip strip = { .view = self,
                  .cr = cr,
                  .base = base_of (self),
                  .begin = paper.origin.y,
                  .end = paper.origin.y + paper.size.height,
                  .place = scope_map_geometry_py };
  if (profile != NULL) {
    strip.values = profile->down;
    strip.first = profile->range.row_begin;
    strip.level = profile->level;
  }
  /* Along is down, up is to the right. */
  cairo_matrix_t turned = { 0, 1, 1, 0, base, 0 };
  cairo_save (cr);
  cairo_transform (cr, &turned);
  paint_strip (&strip);
  cairo_restore (cr);
  double across
      = profile != NULL ? scope_map_geometry_py (&self->geometry, (double)profile->row + 0.5) : NAN;
  paint_caption (self, cr, "column", profile, base + self->strip, strip.begin,
                 strip.end - strip.begin, across - strip.begin, TRUE);
}

GskRenderNode *
scope_map_paint_profiles (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  graphene_rect_t paper = scope_map_paper (self);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  const ScopeTileProfile *profile = scope_tiles_get_profile (self->tiles);
  ScopeMapCell cell;
  if (self->strip <= 0)
    return gtk_snapshot_free_to_node (snapshot);
  if (!scope_map_view_get_cursor (self, &cell))
    profile = NULL;
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                     (float)gtk_widget_get_height (widget)));
  cairo_translate (cr, self->left, self->top);
  paint_row (self, cr, profile, paper);
  paint_column (self, cr, profile, paper);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

/* Around the map: room for it, indices or tokens along two edges, and what the picture is of. */
#include "ui/map-view-private.h"

#include <math.h>
#include <pango/pangocairo.h>

#include "ui/colours.h"
#include "ui/format.h"

#define LABEL_SCALE 0.84
#define TICK        4.0
#define RAIL        8.0 /* of kept tokens, with the room around it */
#define STRIP_GAP   6.0
#define STRIP       52.0
#define STRIP_LEAST 360.0 /* a smaller map leaves no room for profiles */
#define MOST_TICKS  32

PangoLayout *
scope_map_label (ScopeMapView *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (LABEL_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  return layout;
}

/* Ellipsised where it is wider than ROOM; else it stays where it is drawn, in every language. */
static void
limit (PangoLayout *layout, double room)
{
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  if (width <= room)
    return;
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, (int)(MAX (room, 0) * PANGO_SCALE));
}

PangoLayout *
scope_map_label_within (ScopeMapView *self, const char *text, const char *brief, double room)
{
  PangoLayout *layout = scope_map_label (self, text);
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  if (width > room)
    pango_layout_set_text (layout, brief, -1);
  limit (layout, room);
  return layout;
}

double
scope_map_label_height (ScopeMapView *self)
{
  g_autoptr (PangoLayout) layout = scope_map_label (self, "0g");
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

gboolean
scope_map_shows_tokens (ScopeMapView *self)
{
  return tokens_are_legible (self, scope_map_label_height (self));
}

void
scope_map_set_ink (ScopeMapView *self, cairo_t *cr, double alpha)
{
  GdkRGBA ink;
  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &ink);
  cairo_set_source_rgba (cr, ink.red, ink.green, ink.blue, ink.alpha * alpha);
}

graphene_rect_t
scope_map_paper (ScopeMapView *self)
{
  const ScopeMapGeometry *g = &self->geometry;
  double left = MAX (0, scope_map_geometry_px (g, 0)), top = MAX (0, scope_map_geometry_py (g, 0));
  double right = MIN (g->width, scope_map_geometry_px (g, g->length));
  double foot = MIN (g->height, scope_map_geometry_py (g, g->length));
  return GRAPHENE_RECT_INIT ((float)left, (float)top, (float)MAX (0, right - left),
                             (float)MAX (0, foot - top));
}

double
scope_map_label_edge (ScopeMapView *self)
{
  return RAIL + (self->strip > 0 ? self->strip + STRIP_GAP : 0);
}

/* The widest index of a row; never less than four digits, so that most texts look alike. */
static double
index_width (ScopeMapView *self)
{
  g_autofree char *text = scope_format_count ((gsize)MAX (self->geometry.length, 1e4 - 1));
  g_autoptr (PangoLayout) layout = scope_map_label (self, text);
  int width;
  pango_layout_get_pixel_size (layout, &width, NULL);
  return width;
}

gboolean
scope_map_paint_measure (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  double line = scope_map_label_height (self);
  gboolean tokens = tokens_are_legible (self, line);
  double left = tokens ? 7.6 * line : index_width (self) + 1.3 * line + TICK + 6;
  double room = MIN (gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  self->strip = room >= STRIP_LEAST ? STRIP : 0;
  double bottom = line * (tokens ? 6.4 : 2.9) + scope_map_label_edge (self);
  double right = self->strip > 0 ? self->strip + STRIP_GAP + 8 : 8;
  if (left == self->left && bottom == self->bottom && right == self->right)
    return FALSE;
  self->left = left;
  self->bottom = bottom;
  self->right = right;
  self->top = MAX (8, ceil (line / 2)); /* half of a number stands out there */
  return TRUE;
}

/* --- labels --------------------------------------------------------------------------------------
 */

/* One label at PLACE along an axis: beside the left edge, or below the bottom edge (upright
 * numbers, tokens turned by a quarter). */
static void
paint_label (ScopeMapView *self, cairo_t *cr, const char *text, double place, double edge,
             gboolean is_row, gboolean turned, double room)
{
  g_autoptr (PangoLayout) layout = scope_map_label (self, text);
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
  double mark;       /* where ticks begin, in the plot's coordinates, */
  double edge;       /*   and where labels do */
  double room;       /* how far they may reach */
  double begin, end; /* visible cells */
} Axis;

static double
axis_place (const ScopeMapGeometry *g, const Axis *axis, double cell)
{
  return axis->is_row ? scope_map_geometry_py (g, cell + 0.5)
                      : scope_map_geometry_px (g, cell + 0.5);
}

/* The places of the indices that the axis names. */
static gsize
index_ticks (ScopeMapView *self, const Axis *axis, double ticks[static MOST_TICKS])
{
  const ScopeMapGeometry *g = &self->geometry;
  double span = (axis->end - axis->begin) * g->scale;
  gsize most = (gsize)CLAMP (span / (axis->line * (axis->is_row ? 3.4 : 5.0)), 2, 12), kept = 0;
  gsize count = scope_axis_ticks (axis->begin, axis->end, ticks, most);
  for (gsize k = 0; k < count; k++) {
    double place = axis_place (g, axis, ticks[k]);
    if (ticks[k] == floor (ticks[k]) && ticks[k] >= 0 && ticks[k] < g->length && place >= 0
        && place <= (axis->is_row ? g->height : g->width))
      ticks[kept++] = ticks[k];
  }
  return kept;
}

static void
paint_indices (ScopeMapView *self, cairo_t *cr, const Axis *axis)
{
  double ticks[MOST_TICKS];
  gsize count = index_ticks (self, axis, ticks);
  for (gsize k = 0; k < count; k++) {
    double place = axis_place (&self->geometry, axis, ticks[k]);
    g_autofree char *text = scope_format_count ((gsize)ticks[k]);
    scope_map_set_ink (self, cr, 0.45);
    cairo_rectangle (cr, axis->is_row ? axis->mark - TICK : round (place),
                     axis->is_row ? round (place) : axis->mark, axis->is_row ? TICK : 1,
                     axis->is_row ? 1 : TICK);
    cairo_fill (cr);
    scope_map_set_ink (self, cr, 0.8);
    paint_label (self, cr, text, place, axis->edge, axis->is_row, FALSE, axis->room);
  }
}

static void
paint_tokens (ScopeMapView *self, cairo_t *cr, const Axis *axis)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  scope_map_set_ink (self, cr, 0.85);
  for (gsize k = (gsize)axis->begin; k < (gsize)axis->end && k < scope_tokens_count (tokens); k++) {
    double place = axis_place (g, axis, (double)k);
    if (place < 0 || place > (axis->is_row ? g->height : g->width))
      continue;
    g_autofree char *text = scope_tokens_display (tokens, k);
    paint_label (self, cr, scope_format_piece (text), place, axis->edge, axis->is_row, TRUE,
                 axis->room);
  }
}

/* --- titles --------------------------------------------------------------------------------------
 */

static void
show_layout (cairo_t *cr, PangoLayout *layout, double x, double y)
{
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
}

const char *
scope_map_view_get_evaluated (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self) && self->tiles != NULL, NULL);
  switch (scope_tiles_get_state (self->tiles)) {
  case SCOPE_TILES_EXACT:
    return "exact";
  case SCOPE_TILES_SAMPLED:
    return scope_tiles_will_be_exact (self->tiles) ? "sampled…" : "sampled";
  default:
    return "coarse…";
  }
}

gsize
scope_map_view_get_step (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self) && self->tiles != NULL, 1);
  return (gsize)1 << scope_tiles_get_level (self->tiles);
}

char *
scope_map_view_get_badge (ScopeMapView *self)
{
  const char *how = scope_map_view_get_evaluated (self);
  g_autofree char *step = scope_format_count (scope_map_view_get_step (self));
  return g_str_equal (step, "1") ? g_strdup_printf ("%s · cells", how)
                                 : g_strdup_printf ("%s · %s × %s", how, step, step);
}

/* Where the titles of two axes and the badge are: all on the last line, which the badge shares. */
static void
paint_titles (ScopeMapView *self, cairo_t *cr)
{
  graphene_rect_t paper = scope_map_paper (self);
  g_autofree char *words = scope_map_view_get_badge (self);
  g_autoptr (PangoLayout) badge = scope_map_label (self, words);
  int width, height, badge_width;
  pango_layout_get_pixel_size (badge, &badge_width, &height);
  double line = paper.origin.y + paper.size.height + self->bottom - height;
  double strip = self->strip > 0 ? self->strip + SCOPE_MAP_STRIP_GAP : 0;
  double end = paper.origin.x + paper.size.width + strip - badge_width, gap = MAX (12, height);
  scope_map_set_ink (self, cr, 0.85);
  show_layout (cr, badge, end, line);
  g_autoptr (PangoLayout) column
      = scope_map_label_within (self, "column j: the token that is read", "column j",
                                end - gap - paper.origin.x + self->left);
  g_autoptr (PangoLayout) row = scope_map_label_within (self, "row i: the token that reads",
                                                        "row i", paper.size.height + self->top);
  pango_layout_get_pixel_size (column, &width, &height);
  double middle = paper.origin.x + paper.size.width / 2.0 - width / 2.0;
  scope_map_set_ink (self, cr, 0.78);
  show_layout (cr, column, MAX (paper.origin.x - self->left, MIN (middle, end - width - gap)),
               line);
  pango_layout_get_pixel_size (row, &width, &height);
  cairo_save (cr);
  cairo_translate (cr, paper.origin.x - self->left,
                   paper.origin.y + paper.size.height / 2.0 + width / 2.0);
  cairo_rotate (cr, -G_PI_2);
  pango_cairo_update_layout (cr, row);
  show_layout (cr, row, 0, 0);
  cairo_restore (cr);
}

static Axis
axis_of (ScopeMapView *self, gboolean is_row)
{
  graphene_rect_t paper = scope_map_paper (self);
  ScopeRange v = scope_map_geometry_visible (&self->geometry);
  double line = scope_map_label_height (self), left = paper.origin.x;
  double foot = paper.origin.y + paper.size.height + scope_map_label_edge (self);
  if (is_row)
    return (Axis){ TRUE,
                   line,
                   left - 1,
                   left - TICK - 3,
                   self->left - 1.3 * line - TICK,
                   (double)v.row_begin,
                   (double)v.row_end };
  double below = self->bottom - scope_map_label_edge (self) - 1.3 * line - TICK;
  return (Axis){ FALSE,
                 line,
                 foot,
                 foot + TICK + 2,
                 tokens_are_legible (self, line) ? below : 8 * line,
                 (double)v.column_begin,
                 (double)v.column_end };
}

static void
paint_axes (ScopeMapView *self, cairo_t *cr)
{
  Axis rows = axis_of (self, TRUE), columns = axis_of (self, FALSE);
  if (scope_map_shows_tokens (self)) {
    paint_tokens (self, cr, &rows);
    paint_tokens (self, cr, &columns);
  } else {
    paint_indices (self, cr, &rows);
    paint_indices (self, cr, &columns);
  }
  paint_titles (self, cr);
}

void
scope_map_veil_indices (ScopeMapView *self, GtkSnapshot *snapshot, gboolean is_row, double from,
                        double to)
{
  Axis axis = axis_of (self, is_row);
  double ticks[MOST_TICKS];
  GdkRGBA ground = scope_named_colour (GTK_WIDGET (self), "window_bg_color");
  gsize count = scope_map_shows_tokens (self) ? 0 : index_ticks (self, &axis, ticks);
  for (gsize k = 0; k < count; k++) {
    g_autofree char *text = scope_format_count ((gsize)ticks[k]);
    g_autoptr (PangoLayout) layout = scope_map_label (self, text);
    int width, height;
    pango_layout_get_pixel_size (layout, &width, &height);
    double place = axis_place (&self->geometry, &axis, ticks[k]);
    double half = (is_row ? height : width) / 2.0;
    if (place + half < from || place - half > to)
      continue;
    graphene_rect_t box
        = is_row ? GRAPHENE_RECT_INIT ((float)(axis.edge - width), (float)(place - half),
                                       (float)width, (float)height)
                 : GRAPHENE_RECT_INIT ((float)(place - half), (float)axis.edge, (float)width,
                                       (float)height);
    graphene_rect_offset (&box, (float)self->left, (float)self->top);
    graphene_rect_round_extents (&box, &box);
    gtk_snapshot_append_color (snapshot, &ground, &box);
  }
}

GskRenderNode *
scope_map_paint_furniture (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                               (float)gtk_widget_get_height (widget));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_translate (cr, self->left, self->top);
  scope_map_paint_rail (self, cr);
  paint_axes (self, cr);
  scope_map_paint_minimap (self, cr);
  cairo_destroy (cr);
  return gtk_snapshot_free_to_node (snapshot);
}

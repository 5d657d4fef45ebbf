#include "ui/map-view-private.h"

#include <math.h>

#include "ui/format.h"

/* What is exported is told once the view has rested this long: a pan is many changes. */
#define REQUEST_DELAY_MS 60
/* Cells in sight up to which the session holds each of them as well: its readers of single cells of
 * the full map need them. */
#define CELLS_IN_SESSION 40000

G_DEFINE_FINAL_TYPE (ScopeMapView, scope_map_view, GTK_TYPE_WIDGET)

enum { SIGNAL_SCALE_CHANGED, SIGNAL_ZOOM_CHANGED, SIGNAL_SHOWN_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what is asked for ---------------------------------------------------------------------------
 */

static gboolean
request_cb (gpointer data)
{
  ScopeMapView *self = data;
  ScopeRange range = scope_map_geometry_visible (&self->geometry);
  self->request_source = 0;
  if (range.row_end <= range.row_begin || range.column_end <= range.column_begin)
    return G_SOURCE_REMOVE;
  gsize rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
  gboolean cells = self->geometry.scale >= 1 && rows * columns <= CELLS_IN_SESSION;
  scope_session_set_view (self->session, range, cells ? rows : 0, cells ? columns : 0);
  return G_SOURCE_REMOVE;
}

static void
request_view (ScopeMapView *self)
{
  const ScopeMapGeometry *g = &self->geometry;
  if (self->session == NULL || g->length <= 0 || g->width <= 1 || g->height <= 1)
    return;
  ScopeRange nothing = { 0 };
  gboolean mapped = gtk_widget_get_mapped (GTK_WIDGET (self));
  double device = g->scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  scope_tiles_set_view (self->tiles, mapped ? scope_map_geometry_visible (g) : nothing, 1 / device);
  scope_tiles_get_fields (self->tiles, (scope_tile_fields_clear (&self->fields), &self->fields));
  scope_map_prepare (self);
  scope_map_count_values (self);
  if (self->request_source == 0)
    self->request_source = g_timeout_add (REQUEST_DELAY_MS, request_cb, self);
}

void
scope_map_view_redraw (ScopeMapView *self)
{
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  g_clear_pointer (&self->lines, gsk_render_node_unref);
  g_clear_pointer (&self->furniture, gsk_render_node_unref);
  g_clear_pointer (&self->profiles, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Tells of it where it is another than it was said to be. */
void
scope_map_tell_shown (ScopeMapView *self)
{
  g_autofree char *badge = scope_map_view_get_badge (self);
  g_autofree char *shown = g_strconcat (scope_map_view_get_value_label (self), " ", badge, NULL);
  if (g_strcmp0 (shown, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_steal_pointer (&shown);
  g_clear_pointer (&self->furniture, gsk_render_node_unref); /* its badge */
  scope_map_describe (self);
  g_signal_emit (self, signals[SIGNAL_SHOWN_CHANGED], 0);
}

/* Told and asked for later: who listens changes labels, and so does who is told that there is work,
 * which may not happen while widgets are being placed. */
static gboolean
zoom_changed_cb (gpointer data)
{
  ScopeMapView *self = data;
  self->zoom_source = 0;
  if (self->placed) {
    self->placed = FALSE;
    request_view (self);
    scope_map_view_redraw (self); /* from what is there for the new room */
  }
  scope_map_tell_bar (self);
  g_signal_emit (self, signals[SIGNAL_ZOOM_CHANGED], 0);
  scope_map_tell_shown (self);
  return G_SOURCE_REMOVE;
}

static void
tell_zoom (ScopeMapView *self)
{
  if (self->zoom_source == 0)
    self->zoom_source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, zoom_changed_cb, self, NULL);
}

static gboolean
has_room (const ScopeMapView *self)
{
  return self->geometry.width > 1 && self->geometry.height > 1;
}

static void
take_aim (ScopeMapView *self, const ScopeMapAim *aim)
{
  ScopeMapGeometry *g = &self->geometry;
  double scale = aim->scale > 0 ? aim->scale : MIN (g->width / aim->columns, g->height / aim->rows);
  scope_map_geometry_set_scale (g, scale, g->width / 2, g->height / 2);
  scope_map_geometry_centre (g, aim->row, aim->column);
}

static void
place (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  scope_map_geometry_resize (&self->geometry,
                             gtk_widget_get_width (widget) - self->left - self->right,
                             gtk_widget_get_height (widget) - self->top - self->bottom);
}

/* Until somebody looks elsewhere, whatever becomes of the room. */
static void
place_aim (ScopeMapView *self)
{
  if (!has_room (self) || (self->aim.scale <= 0 && self->aim.rows <= 0))
    return;
  take_aim (self, &self->aim);
  if (scope_map_paint_measure (self)) {
    place (self);
    take_aim (self, &self->aim);
  }
}

void
scope_map_view_aim (ScopeMapView *self, const ScopeMapAim *aim)
{
  const ScopeMapAim target = *aim;
  if (has_room (self)) {
    take_aim (self, &target);
    scope_map_view_changed (self);
    take_aim (self, &target);
  }
  self->aim = target;
}

void
scope_map_view_changed (ScopeMapView *self)
{
  double left = self->left;
  self->aim = (ScopeMapAim){ 0 };
  if (scope_map_paint_measure (self)) {
    /* Wider labels move the plot area, not the cells under the pointer. */
    if (!self->geometry.fitted)
      self->geometry.x += (self->left - left) / self->geometry.scale;
    place (self);
  }
  scope_map_view_redraw (self);
  request_view (self);
  tell_zoom (self);
}

/* --- GtkWidget -----------------------------------------------------------------------------------
 */

static void
scope_map_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  scope_map_paint_measure (self);
  place (self);
  /* The labels' room depends on the zoom, which a fitted map takes from its room. */
  if (scope_map_paint_measure (self))
    place (self);
  place_aim (self);
  scope_map_view_redraw (self);
  self->placed = TRUE;
  tell_zoom (self);
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
}

static void
scope_map_view_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_map_view_parent_class)->map (widget);
  request_view (SCOPE_MAP_VIEW (widget));
}

static void
scope_map_view_unmap (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_map_view_parent_class)->unmap (widget);
  request_view (SCOPE_MAP_VIEW (widget));
}

static void
scope_map_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = 240;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 560;
}

static void
append (GtkSnapshot *snapshot, ScopeMapView *self, GskRenderNode **node,
        GskRenderNode *(*paint) (ScopeMapView *self))
{
  if (*node == NULL)
    *node = paint (self);
  if (*node != NULL)
    gtk_snapshot_append_node (snapshot, *node);
}

static gboolean
begin_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  SCOPE_MAP_VIEW (widget)->begun = TRUE;
  gtk_widget_queue_draw (widget);
  return G_SOURCE_REMOVE;
}

static void
scope_map_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  const ScopeMapGeometry *g = &self->geometry;
  if (g->length <= 0)
    return;
  if (!self->begun) { /* all else in the window is new as well: the map comes with its next frame */
    if (self->begin_source == 0)
      self->begin_source = gtk_widget_add_tick_callback (widget, begin_cb, NULL, NULL);
    return;
  }
  graphene_rect_t plot
      = GRAPHENE_RECT_INIT ((float)self->left, (float)self->top, (float)g->width, (float)g->height);
  append (snapshot, self, &self->heat, scope_map_paint_heat);
  gtk_snapshot_push_clip (snapshot, &plot);
  append (snapshot, self, &self->lines, scope_map_paint_lines);
  gtk_snapshot_pop (snapshot);
  append (snapshot, self, &self->profiles, scope_map_paint_profiles);
  append (snapshot, self, &self->furniture, scope_map_paint_furniture);
  scope_map_paint_marks (self, snapshot);
}

static void
scope_map_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_map_view_parent_class)->css_changed (widget, change);
  scope_map_view_redraw (SCOPE_MAP_VIEW (widget));
  gtk_widget_queue_allocate (widget); /* the font may be another */
}

static void
scope_map_view_dispose (GObject *object)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (object);
  guint *const sources[]
      = { &self->request_source, &self->zoom_source, &self->prepare_source, &self->sample_source };
  for (guint k = 0; k < G_N_ELEMENTS (sources); k++)
    g_clear_handle_id (sources[k], g_source_remove);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  if (self->bar != NULL)
    gtk_widget_insert_action_group (GTK_WIDGET (self->bar), "scale", NULL);
  g_clear_weak_pointer (&self->bar);
  g_clear_pointer (&self->overview, scope_result_unref);
  g_clear_pointer (&self->overview_image, cairo_surface_destroy);
  g_clear_pointer (&self->dropped, g_free);
  scope_tile_fields_clear (&self->fields);
  GskRenderNode **const nodes[] = { &self->heat, &self->lines, &self->furniture, &self->profiles };
  for (guint k = 0; k < G_N_ELEMENTS (nodes); k++)
    g_clear_pointer (nodes[k], gsk_render_node_unref);
  g_clear_pointer (&self->pins, g_array_unref);
  g_clear_pointer (&self->shown, g_free);
  g_clear_object (&self->actions);
  g_clear_object (&self->tiles);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_map_view_parent_class)->dispose (object);
}

static void
scope_map_view_class_init (ScopeMapViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_map_view_dispose;
  widget_class->measure = scope_map_view_measure;
  widget_class->size_allocate = scope_map_view_size_allocate;
  widget_class->map = scope_map_view_map;
  widget_class->unmap = scope_map_view_unmap;
  widget_class->snapshot = scope_map_view_snapshot;
  widget_class->css_changed = scope_map_view_css_changed;
  gtk_widget_class_set_css_name (widget_class, "map-view");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  scope_map_input_class_init (widget_class);
  scope_map_actions_class_init (widget_class);
  static const char *const names[N_SIGNALS] = { "scale-changed", "zoom-changed", "shown-changed" };
  for (guint k = 0; k < N_SIGNALS; k++)
    signals[k] = g_signal_new (names[k], SCOPE_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 0);
}

static void
scope_map_view_init (ScopeMapView *self)
{
  scope_map_scale_init (&self->scale);
  self->geometry = (ScopeMapGeometry){ .width = 1, .height = 1, .scale = 1, .fitted = TRUE };
  self->pins = g_array_new (FALSE, FALSE, sizeof (ScopeMapCell));
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  scope_map_input_init (self);
  scope_map_actions_init (self);
}

/* --- public --------------------------------------------------------------------------------------
 */

void
scope_map_view_set_session (ScopeMapView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  self->tiles = scope_tiles_new (session);
  scope_map_follow (self);
  scope_map_history_add (self);
}

const ScopeMapGeometry *
scope_map_view_get_geometry (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self), NULL);
  return &self->geometry;
}

void
scope_map_view_get_origin (ScopeMapView *self, double *x, double *y)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self));
  *x = self->left;
  *y = self->top;
}

void
scope_map_view_get_span (ScopeMapView *self, double *top, double *foot)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self));
  graphene_rect_t paper = scope_map_paper (self);
  *top = self->top + paper.origin.y;
  *foot = self->top + paper.origin.y + paper.size.height;
}

const ScopeNorm *
scope_map_view_get_norm (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self), NULL);
  return &self->scale.norm;
}

void
scope_map_view_set_cursor (ScopeMapView *self, gsize row, gsize column, gboolean meant)
{
  if (self->session == NULL)
    return;
  if (meant)
    scope_session_select (self->session, row, column);
  else if (row != scope_session_get_row (self->session)
           || column != scope_session_get_column (self->session))
    scope_session_set_cursor (self->session, row, column);
}

gboolean
scope_map_view_get_cursor (ScopeMapView *self, ScopeMapCell *cell)
{
  if (self->session == NULL)
    return FALSE;
  cell->row = scope_session_get_row (self->session);
  cell->column = scope_session_get_column (self->session);
  return cell->row < (gsize)self->geometry.length && cell->column < (gsize)self->geometry.length;
}

/* --- zoom ----------------------------------------------------------------------------------------
 */

void
scope_map_view_fit (ScopeMapView *self)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self));
  scope_map_geometry_fit (&self->geometry);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
}

/* The crosshair if it is on screen, else the middle of the plot area. */
static void
zoom_point (ScopeMapView *self, double *px, double *py)
{
  const ScopeMapGeometry *g = &self->geometry;
  ScopeMapCell cell;
  *px = g->width / 2;
  *py = g->height / 2;
  if (!scope_map_view_get_cursor (self, &cell))
    return;
  double x = scope_map_geometry_px (g, (double)cell.column + 0.5);
  double y = scope_map_geometry_py (g, (double)cell.row + 0.5);
  if (x >= 0 && x < g->width && y >= 0 && y < g->height) {
    *px = x;
    *py = y;
  }
}

void
scope_map_view_set_scale (ScopeMapView *self, double scale)
{
  double px, py;
  zoom_point (self, &px, &py);
  scope_map_geometry_set_scale (&self->geometry, scale, px, py);
  scope_map_view_changed (self);
  scope_map_history_touch (self, "map.view");
}

void
scope_map_view_zoom (ScopeMapView *self, double factor)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  scope_map_view_set_scale (self, self->geometry.scale * factor);
}

void
scope_map_view_one_to_one (ScopeMapView *self)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  scope_map_view_set_scale (self, 1.0 / gtk_widget_get_scale_factor (GTK_WIDGET (self)));
}

void
scope_map_view_go_to (ScopeMapView *self, gsize row, gsize column)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  const double visible = 8;
  ScopeMapGeometry *g = &self->geometry;
  if (g->scale < visible)
    scope_map_geometry_set_scale (g, visible, g->width / 2, g->height / 2);
  scope_map_geometry_centre (g, (double)row + 0.5, (double)column + 0.5);
  scope_map_view_changed (self);
  scope_map_view_set_cursor (self, row, column, TRUE);
  scope_map_history_touch (self, "map.view");
}

void
scope_map_view_show_range (ScopeMapView *self, ScopeRange range)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  double rows = (double)(range.row_end - range.row_begin);
  double columns = (double)(range.column_end - range.column_begin);
  if (rows < 1 || columns < 1)
    return;
  const ScopeMapAim aim = { .row = (double)range.row_begin + rows / 2,
                            .column = (double)range.column_begin + columns / 2,
                            .rows = rows,
                            .columns = columns };
  scope_map_view_aim (self, &aim);
  scope_map_history_touch (self, "map.view");
}

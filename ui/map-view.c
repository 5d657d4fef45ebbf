#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>

#include "ui/format.h"

/* Cells are asked for once the view has rested this long: a pan or a wheel turn is many changes. */
#define REQUEST_DELAY_MS 30

G_DEFINE_FINAL_TYPE (ScopeMapView, scope_map_view, GTK_TYPE_WIDGET)

enum { SIGNAL_SCALE_CHANGED, SIGNAL_ZOOM_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what is asked of the session ----------------------------------------------------------------
 */

static gboolean
request_cb (gpointer data)
{
  ScopeMapView *self = data;
  self->request_source = 0;
  ScopeRange range = scope_map_geometry_visible (&self->geometry);
  if (range.row_end <= range.row_begin || range.column_end <= range.column_begin)
    return G_SOURCE_REMOVE;
  double device = self->geometry.scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  gsize rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
  scope_session_set_view (self->session, range, (gsize)ceil (MAX (1, (double)rows * device)),
                          (gsize)ceil (MAX (1, (double)columns * device)));
  return G_SOURCE_REMOVE;
}

static void
request_view (ScopeMapView *self)
{
  gboolean placed = self->geometry.width > 1 && self->geometry.height > 1;
  if (self->request_source == 0 && self->session != NULL && self->geometry.length > 0 && placed)
    self->request_source = g_timeout_add (REQUEST_DELAY_MS, request_cb, self);
}

static void
redraw (ScopeMapView *self)
{
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  g_clear_pointer (&self->furniture, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* Told later: who listens changes labels, which may not happen while widgets are being placed. */
static gboolean
zoom_changed_cb (gpointer data)
{
  ScopeMapView *self = data;
  self->zoom_source = 0;
  g_signal_emit (self, signals[SIGNAL_ZOOM_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
tell_zoom (ScopeMapView *self)
{
  if (self->zoom_source == 0)
    self->zoom_source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, zoom_changed_cb, self, NULL);
}

static void
place (ScopeMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  scope_map_geometry_resize (&self->geometry,
                             gtk_widget_get_width (widget) - self->left - self->right,
                             gtk_widget_get_height (widget) - self->top - self->bottom);
}

void
scope_map_view_changed (ScopeMapView *self)
{
  double left = self->left;
  if (scope_map_paint_measure (self)) {
    /* Wider labels move the plot area, not the cells under the pointer. */
    if (!self->geometry.fitted)
      self->geometry.x += (self->left - left) / self->geometry.scale;
    place (self);
  }
  redraw (self);
  request_view (self);
  tell_zoom (self);
}

/* --- what comes from the session -----------------------------------------------------------------
 */

static double
largest (const ScopeMatrix *matrix)
{
  double most = 0;
  for (gsize r = 0; r < scope_matrix_rows (matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (matrix); c++) {
      double size = fabs (scope_matrix_get (matrix, r, c));
      if (isfinite (size) && size > most)
        most = size;
    }
  return most;
}

/* Six decades below the next power of ten. */
static gboolean
widen_scale (ScopeMapView *self, ScopeResult *result)
{
  double most = result != NULL ? largest (result->matrix) : 0;
  if (most <= self->seen)
    return FALSE;
  self->seen = most;
  double high = pow (10, ceil (log10 (MAX (most, 1e-12)) - 1e-9));
  if (high == self->norm.high)
    return FALSE;
  self->norm = (ScopeNorm){ SCOPE_NORM_LOG, high * 1e-6, high };
  return TRUE;
}

static void
show_result (ScopeMapView *self, ScopeResult **slot, cairo_surface_t **image, ScopeResult *result,
             gboolean force)
{
  if (*slot == result && !force)
    return;
  if (result == NULL && !force)
    return; /* the old one stays on screen while a new one is awaited */
  if (result != NULL)
    scope_result_ref (result);
  g_clear_pointer (slot, scope_result_unref);
  g_clear_pointer (image, cairo_surface_destroy);
  *slot = result;
  if (result != NULL)
    *image = scope_map_image (result->matrix, result->range, SCOPE_MAP_PALETTE, &self->norm);
}

static void
describe (ScopeMapView *self)
{
  gboolean softmax = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  g_autofree char *length = scope_format_count ((gsize)self->geometry.length);
  g_autofree char *spoken = g_strdup_printf (
      "%s map of layer %" G_GSIZE_FORMAT ", %s %" G_GSIZE_FORMAT ": %s by %s tokens",
      softmax ? "Softmax attention" : "Implicit attention", scope_session_get_layer (self->session),
      scope_format_map_noun (self->session), scope_session_get_channel (self->session), length,
      length);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* Other numbers: a scale that has room for both would show neither well. */
static void
kind_changed_cb (ScopeMapView *self)
{
  self->seen = 0;
}

static void
map_changed_cb (ScopeMapView *self)
{
  ScopeResult *map = scope_session_get_map (self->session);
  ScopeResult *overview = scope_session_get_overview (self->session);
  gboolean widened = widen_scale (self, overview);
  widened |= widen_scale (self, map);
  show_result (self, &self->overview, &self->overview_image, overview, widened);
  show_result (self, &self->map, &self->map_image, map, widened);
  describe (self);
  redraw (self);
  g_signal_emit (self, signals[SIGNAL_SCALE_CHANGED], 0);
}

static void
text_changed_cb (ScopeMapView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  self->seen = 0;
  self->norm = (ScopeNorm){ SCOPE_NORM_LOG, 1e-6, 1 };
  self->geometry.length = tokens != NULL ? (double)scope_tokens_count (tokens) : 0;
  scope_map_geometry_fit (&self->geometry);
  show_result (self, &self->overview, &self->overview_image, NULL, TRUE);
  show_result (self, &self->map, &self->map_image, NULL, TRUE);
  map_changed_cb (self);
  scope_map_view_changed (self);
}

static void
cursor_changed_cb (ScopeMapView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
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
  redraw (self);
  request_view (self);
  tell_zoom (self);
}

static void
scope_map_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = 240;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 640 : 560;
}

static void
scope_map_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (widget);
  if (self->geometry.length <= 0)
    return;
  if (self->heat == NULL)
    self->heat = scope_map_paint_heat (self);
  if (self->furniture == NULL)
    self->furniture = scope_map_paint_furniture (self);
  if (self->heat != NULL)
    gtk_snapshot_append_node (snapshot, self->heat);
  if (self->furniture != NULL)
    gtk_snapshot_append_node (snapshot, self->furniture);
  scope_map_paint_crosshair (self, snapshot);
}

static void
scope_map_view_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_map_view_parent_class)->css_changed (widget, change);
  redraw (SCOPE_MAP_VIEW (widget));
  gtk_widget_queue_allocate (widget); /* the font may be another */
}

static void
scope_map_view_dispose (GObject *object)
{
  ScopeMapView *self = SCOPE_MAP_VIEW (object);
  g_clear_handle_id (&self->request_source, g_source_remove);
  g_clear_handle_id (&self->zoom_source, g_source_remove);
  g_clear_pointer (&self->map, scope_result_unref);
  g_clear_pointer (&self->overview, scope_result_unref);
  g_clear_pointer (&self->map_image, cairo_surface_destroy);
  g_clear_pointer (&self->overview_image, cairo_surface_destroy);
  g_clear_pointer (&self->heat, gsk_render_node_unref);
  g_clear_pointer (&self->furniture, gsk_render_node_unref);
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
  widget_class->snapshot = scope_map_view_snapshot;
  widget_class->css_changed = scope_map_view_css_changed;
  gtk_widget_class_set_css_name (widget_class, "map-view");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  scope_map_input_class_init (widget_class);
  signals[SIGNAL_SCALE_CHANGED] = g_signal_new (
      "scale-changed", SCOPE_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_ZOOM_CHANGED] = g_signal_new (
      "zoom-changed", SCOPE_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_map_view_init (ScopeMapView *self)
{
  self->norm = (ScopeNorm){ SCOPE_NORM_LOG, 1e-6, 1 };
  self->geometry = (ScopeMapGeometry){ .width = 1, .height = 1, .scale = 1, .fitted = TRUE };
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  scope_map_input_init (self);
}

/* --- public --------------------------------------------------------------------------------------
 */

void
scope_map_view_set_session (ScopeMapView *self, ScopeSession *session)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session == NULL);
  self->session = g_object_ref (session);
  const struct {
    const char *signal;
    GCallback callback;
  } connections[] = {
    { "notify::model", G_CALLBACK (text_changed_cb) },
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::kind", G_CALLBACK (kind_changed_cb) },
    { "notify::map", G_CALLBACK (map_changed_cb) },
    { "notify::overview", G_CALLBACK (map_changed_cb) },
    { "notify::row", G_CALLBACK (cursor_changed_cb) },
    { "notify::column", G_CALLBACK (cursor_changed_cb) },
  };
  for (guint k = 0; k < G_N_ELEMENTS (connections); k++)
    g_signal_connect_object (session, connections[k].signal, connections[k].callback, self,
                             G_CONNECT_SWAPPED);
  text_changed_cb (self);
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
  const ScopeMapGeometry *g = &self->geometry;
  *top = self->top + MAX (0, scope_map_geometry_py (g, 0));
  *foot = self->top + MIN (g->height, scope_map_geometry_py (g, g->length));
}

const ScopeNorm *
scope_map_view_get_norm (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self), NULL);
  return &self->norm;
}

const char *
scope_map_view_get_value_label (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self), NULL);
  ScopeResult *shown = self->map != NULL ? self->map : self->overview;
  return shown != NULL && shown->value_label != NULL ? shown->value_label : "α";
}

void
scope_map_view_set_cursor (ScopeMapView *self, gsize row, gsize column)
{
  if (self->session == NULL)
    return;
  if (row != scope_session_get_row (self->session)
      || column != scope_session_get_column (self->session))
    scope_session_set_cursor (self->session, row, column);
}

void
scope_map_view_fit (ScopeMapView *self)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self));
  scope_map_geometry_fit (&self->geometry);
  scope_map_view_changed (self);
}

/* The crosshair if it is on screen, else the middle of the plot area. */
static void
zoom_point (ScopeMapView *self, double *px, double *py)
{
  const ScopeMapGeometry *g = &self->geometry;
  *px = g->width / 2;
  *py = g->height / 2;
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  if (row == G_MAXSIZE || column == G_MAXSIZE)
    return;
  double x = scope_map_geometry_px (g, (double)column + 0.5);
  double y = scope_map_geometry_py (g, (double)row + 0.5);
  if (x >= 0 && x < g->width && y >= 0 && y < g->height) {
    *px = x;
    *py = y;
  }
}

static void
set_scale (ScopeMapView *self, double scale)
{
  double px, py;
  zoom_point (self, &px, &py);
  scope_map_geometry_set_scale (&self->geometry, scale, px, py);
  scope_map_view_changed (self);
}

void
scope_map_view_zoom (ScopeMapView *self, double factor)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  set_scale (self, self->geometry.scale * factor);
}

void
scope_map_view_one_to_one (ScopeMapView *self)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL);
  set_scale (self, 1.0 / gtk_widget_get_scale_factor (GTK_WIDGET (self)));
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
  scope_map_view_set_cursor (self, row, column);
}

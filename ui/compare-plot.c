#include "ui/compare-plot-private.h"

#include <adwaita.h>
#include <math.h>

#define REQUEST_DELAY_MS 30
#define LEAST            200 /* pixels a side */
#define PANE_GAPS        6   /* a pane is at least as wide as so many gaps between panes */

G_DEFINE_FINAL_TYPE (ScopeComparePlot, scope_compare_plot, GTK_TYPE_WIDGET)

enum { SIGNAL_VIEW_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* --- what is asked for --------------------------------------------------------------------------
 */

/* In a split square what lies above the diagonal at (row, column) is the other side's (column,
 * row). */
static ScopeRange
mirrored (ScopeRange range)
{
  return (ScopeRange){ range.column_begin, range.column_end, range.row_begin, range.row_end };
}

static gboolean
request_cb (gpointer data)
{
  ScopeComparePlot *self = data;
  ScopeRange range = scope_map_geometry_visible (&self->geometry);
  self->request_source = 0;
  if (range.row_end <= range.row_begin || range.column_end <= range.column_begin)
    return G_SOURCE_REMOVE;
  ScopeRange ranges[SCOPE_N_SIDES] = { range, range };
  if (scope_compare_get_mode (self->compare) == SCOPE_COMPARE_MODE_SPLIT)
    ranges[self->flipped ? SCOPE_SIDE_A : SCOPE_SIDE_B] = mirrored (range);
  gsize cells = MAX (range.row_end - range.row_begin, range.column_end - range.column_begin);
  double device = self->geometry.scale * gtk_widget_get_scale_factor (GTK_WIDGET (self));
  scope_compare_set_view (self->compare, ranges, (gsize)ceil (MAX (1, (double)cells * device)));
  return G_SOURCE_REMOVE;
}

static void
request_view (ScopeComparePlot *self)
{
  gboolean placed = self->geometry.width > 1 && self->geometry.height > 1;
  if (self->request_source == 0 && self->compare != NULL && self->geometry.length > 0 && placed
      && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->request_source = g_timeout_add (REQUEST_DELAY_MS, request_cb, self);
}

static void
redraw (ScopeComparePlot *self)
{
  g_clear_pointer (&self->cells, gsk_render_node_unref);
  g_clear_pointer (&self->furniture, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_compare_plot_moved (ScopeComparePlot *self)
{
  redraw (self);
  request_view (self);
  g_signal_emit (self, signals[SIGNAL_VIEW_CHANGED], 0);
}

static void
find_margins (ScopeComparePlot *self)
{
  gboolean beside = self->compare != NULL
                    && scope_compare_get_mode (self->compare) == SCOPE_COMPARE_MODE_BESIDE;
  self->panes = beside ? 2 : 1;
  scope_compare_paint_measure (self);
}

static void
place (ScopeComparePlot *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  find_margins (self);
  double width
      = gtk_widget_get_width (widget) - self->left - self->right - self->gap * (self->panes - 1);
  scope_map_geometry_resize (&self->geometry, width / self->panes,
                             gtk_widget_get_height (widget) - self->top - self->bottom);
}

double
scope_compare_plot_pane_x (ScopeComparePlot *self, guint pane)
{
  return self->left + pane * (self->geometry.width + self->gap);
}

gboolean
scope_compare_plot_cell_at (ScopeComparePlot *self, double x, double y, gsize *row, gsize *column)
{
  gboolean split = scope_compare_get_mode (self->compare) == SCOPE_COMPARE_MODE_SPLIT;
  for (guint pane = 0; pane < self->panes; pane++) {
    double px = x - scope_compare_plot_pane_x (self, pane);
    gsize r, c;
    if (!scope_map_geometry_cell (&self->geometry, px, y - self->top, &r, &c))
      continue;
    *row = split ? MAX (r, c) : r;
    *column = split ? MIN (r, c) : c;
    return *column <= *row;
  }
  return FALSE;
}

/* --- what comes ---------------------------------------------------------------------------------
 */

static void
describe (ScopeComparePlot *self)
{
  static const char *const ways[SCOPE_N_COMPARE_VIEWS]
      = { "A below the diagonal, B mirrored above it", "A and B side by side",
          "one side at a time; hold Space for the other", "B minus A" };
  g_autofree char *a = scope_compare_describe_side (self->compare, SCOPE_SIDE_A);
  g_autofree char *b = scope_compare_describe_side (self->compare, SCOPE_SIDE_B);
  g_autofree char *spoken = g_strdup_printf ("Maps of A, %s, and B, %s: %s", a, b,
                                             ways[scope_compare_get_mode (self->compare)]);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
results_changed_cb (ScopeComparePlot *self)
{
  describe (self);
  redraw (self);
  g_signal_emit (self, signals[SIGNAL_VIEW_CHANGED], 0);
}

static void
mode_changed_cb (ScopeComparePlot *self)
{
  place (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  describe (self);
  scope_compare_plot_moved (self);
}

/* The longer of two texts is the one that is browsed. */
static void
text_changed_cb (ScopeComparePlot *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  double length = tokens != NULL ? (double)scope_tokens_count (tokens) : 0;
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    ScopeTokens *own = scope_compare_get_tokens (self->compare, k);
    if (own != NULL)
      length = MAX (length, (double)scope_tokens_count (own));
  }
  if (length == self->geometry.length)
    return;
  self->geometry.length = length;
  place (self); /* its numbers may be wider */
  scope_map_geometry_fit (&self->geometry);
  scope_compare_plot_moved (self);
}

static void
cursor_changed_cb (ScopeComparePlot *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* --- GtkWidget ----------------------------------------------------------------------------------
 */

/* Later: who listens changes labels, which may not happen while widgets are being placed. */
static gboolean
placed_cb (gpointer data)
{
  ScopeComparePlot *self = data;
  self->placed_source = 0;
  g_signal_emit (self, signals[SIGNAL_VIEW_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

static void
scope_compare_plot_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  place (self);
  redraw (self);
  request_view (self);
  if (self->placed_source == 0)
    self->placed_source = g_idle_add_full (G_PRIORITY_HIGH_IDLE, placed_cb, self, NULL);
}

static void
scope_compare_plot_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                            int *minimum, int *natural, int *minimum_baseline,
                            int *natural_baseline)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  gboolean across = orientation == GTK_ORIENTATION_HORIZONTAL;
  find_margins (self);
  /* Beside larger letters panes are larger, too: what is at the side makes room for them. */
  double panes = self->left + self->right + (self->panes * (PANE_GAPS + 1.0) - 1) * self->gap;
  *minimum = across ? (int)MAX (LEAST, panes) : LEAST;
  *natural = across ? MAX (640, *minimum) : 480;
}

static void
scope_compare_plot_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (widget);
  if (self->geometry.length <= 0)
    return;
  if (self->cells == NULL)
    self->cells = scope_compare_paint_cells (self);
  if (self->furniture == NULL)
    self->furniture = scope_compare_paint_furniture (self);
  gtk_snapshot_append_node (snapshot, self->cells);
  gtk_snapshot_append_node (snapshot, self->furniture);
  scope_compare_paint_crosshair (self, snapshot);
}

static void
scope_compare_plot_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (scope_compare_plot_parent_class)->map (widget);
  request_view (SCOPE_COMPARE_PLOT (widget));
}

static void
scope_compare_plot_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (scope_compare_plot_parent_class)->css_changed (widget, change);
  redraw (SCOPE_COMPARE_PLOT (widget));
  gtk_widget_queue_allocate (widget); /* the font may be another */
}

static void
scope_compare_plot_dispose (GObject *object)
{
  ScopeComparePlot *self = SCOPE_COMPARE_PLOT (object);
  g_clear_handle_id (&self->request_source, g_source_remove);
  g_clear_handle_id (&self->placed_source, g_source_remove);
  g_clear_pointer (&self->cells, gsk_render_node_unref);
  g_clear_pointer (&self->furniture, gsk_render_node_unref);
  g_clear_object (&self->compare);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_compare_plot_parent_class)->dispose (object);
}

static void
scope_compare_plot_class_init (ScopeComparePlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_compare_plot_dispose;
  widget_class->measure = scope_compare_plot_measure;
  widget_class->size_allocate = scope_compare_plot_size_allocate;
  widget_class->snapshot = scope_compare_plot_snapshot;
  widget_class->css_changed = scope_compare_plot_css_changed;
  widget_class->map = scope_compare_plot_map;
  gtk_widget_class_set_css_name (widget_class, "compare-plot");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  scope_compare_input_class_init (widget_class);
  signals[SIGNAL_VIEW_CHANGED]
      = g_signal_new ("view-changed", SCOPE_TYPE_COMPARE_PLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
}

static void
scope_compare_plot_init (ScopeComparePlot *self)
{
  self->geometry = (ScopeMapGeometry){ .width = 1, .height = 1, .scale = 1, .fitted = TRUE };
  self->panes = 1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  scope_compare_input_init (self);
}

/* --- public -------------------------------------------------------------------------------------
 */

void
scope_compare_plot_set_compare (ScopeComparePlot *self, ScopeSession *session,
                                ScopeCompare *compare)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self) && self->compare == NULL);
  self->session = g_object_ref (session);
  self->compare = g_object_ref (compare);
  g_signal_connect_object (compare, "changed", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (compare, "changed", G_CALLBACK (results_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (compare, "sides-changed", G_CALLBACK (results_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (compare, "notify::mode", G_CALLBACK (mode_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::text", G_CALLBACK (text_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::row", G_CALLBACK (cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "notify::column", G_CALLBACK (cursor_changed_cb), self,
                           G_CONNECT_SWAPPED);
  text_changed_cb (self);
  mode_changed_cb (self);
}

const ScopeMapGeometry *
scope_compare_plot_get_geometry (ScopeComparePlot *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE_PLOT (self), NULL);
  return &self->geometry;
}

void
scope_compare_plot_get_span (ScopeComparePlot *self, double *top, double *foot)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self));
  const ScopeMapGeometry *g = &self->geometry;
  *top = self->top + MAX (0, scope_map_geometry_py (g, 0));
  *foot = self->top + MIN (g->height, scope_map_geometry_py (g, g->length));
}

ScopePictureOf
scope_compare_plot_shows (ScopeComparePlot *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE_PLOT (self), SCOPE_PICTURE_A);
  if (self->compare != NULL
      && scope_compare_get_mode (self->compare) == SCOPE_COMPARE_MODE_DIFFERENCE)
    return SCOPE_PICTURE_DIFFERENCE;
  return self->flipped ? SCOPE_PICTURE_B : SCOPE_PICTURE_A;
}

gboolean
scope_compare_plot_get_flipped (ScopeComparePlot *self)
{
  g_return_val_if_fail (SCOPE_IS_COMPARE_PLOT (self), FALSE);
  return self->flipped;
}

void
scope_compare_plot_set_flipped (ScopeComparePlot *self, gboolean flipped)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self));
  if (!flipped == !self->flipped)
    return;
  self->flipped = flipped != FALSE;
  scope_compare_plot_moved (self);
}

void
scope_compare_plot_fit (ScopeComparePlot *self)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self));
  scope_map_geometry_fit (&self->geometry);
  scope_compare_plot_moved (self);
}

void
scope_compare_plot_zoom (ScopeComparePlot *self, double factor)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self));
  ScopeMapGeometry *g = &self->geometry;
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  double x = g->width / 2, y = g->height / 2;
  if (row < (gsize)g->length && column < (gsize)g->length) {
    x = CLAMP (scope_map_geometry_px (g, (double)column + 0.5), 0, g->width);
    y = CLAMP (scope_map_geometry_py (g, (double)row + 0.5), 0, g->height);
  }
  scope_map_geometry_set_scale (g, g->scale * factor, x, y);
  scope_compare_plot_moved (self);
}

void
scope_compare_plot_one_to_one (ScopeComparePlot *self)
{
  g_return_if_fail (SCOPE_IS_COMPARE_PLOT (self));
  double scale = 1.0 / gtk_widget_get_scale_factor (GTK_WIDGET (self));
  scope_compare_plot_zoom (self, scale / self->geometry.scale);
}

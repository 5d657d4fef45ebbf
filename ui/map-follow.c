/* What the map does when the session or its tiles change. */
#include "ui/map-view-private.h"

#include <math.h>
#include <string.h>

#include "session/follow.h"
#include "ui/format.h"

/* Values that are counted for the histogram: enough for 64 bins, quick enough for a frame. */
#define SAMPLE          8192
#define SAMPLE_DELAY_MS 80

/* --- colours -------------------------------------------------------------------------------------
 */

static void
paint_overview (ScopeMapView *self)
{
  g_clear_pointer (&self->overview_image, cairo_surface_destroy);
  if (self->overview != NULL)
    self->overview_image = scope_map_image (self->overview->matrix, self->overview->range,
                                            self->scale.palette, &self->scale.norm);
}

void
scope_map_tell_bar (ScopeMapView *self)
{
  double top, foot;
  if (self->bar == NULL || self->session == NULL)
    return;
  scope_map_view_get_span (self, &top, &foot);
  scope_colour_bar_set_scale (self->bar, self->scale.palette, &self->scale.norm,
                              scope_map_view_get_value_label (self));
  scope_colour_bar_set_axis (self->bar, &self->scale.axis);
  scope_colour_bar_set_bins (self->bar, self->scale.bins, SCOPE_MAP_BINS);
  scope_colour_bar_set_epsilon (self->bar, scope_session_get_epsilon (self->session));
  scope_colour_bar_set_span (self->bar, top, foot);
}

void
scope_map_scale_changed (ScopeMapView *self)
{
  self->scale_serial++;
  paint_overview (self);
  scope_map_view_redraw (self);
  scope_map_prepare (self);
  scope_map_tell_bar (self);
  scope_map_tell_shown (self);
  g_signal_emit_by_name (self, "scale-changed");
}

static gboolean
sample_cb (gpointer data)
{
  ScopeMapView *self = data;
  float values[SAMPLE];
  self->sample_source = 0;
  gsize count = scope_tiles_sample (self->tiles, values, SAMPLE);
  if (count == 0)
    return G_SOURCE_REMOVE;
  if (scope_map_scale_sample (&self->scale, values, count))
    scope_map_scale_changed (self);
  else
    scope_map_tell_bar (self);
  return G_SOURCE_REMOVE;
}

void
scope_map_count_values (ScopeMapView *self)
{
  if (self->sample_source == 0)
    self->sample_source = g_timeout_add (SAMPLE_DELAY_MS, sample_cb, self);
}

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

/* --- words ---------------------------------------------------------------------------------------
 */

const char *
scope_map_view_get_value_label (ScopeMapView *self)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self), NULL);
  static const char *const words[SCOPE_N_MATRICES][3] = {
    { "mean α", "mean |α|", "max |α|" },
    { "mean α + D I", "mean |α + D I|", "max |α + D I|" },
    { "mean full map", "mean |full map|", "max |full map|" },
    { "mean softmax", "mean softmax", "max softmax" },
  };
  if (self->session == NULL)
    return scope_format_matrix_symbol (SCOPE_MATRIX_S6);
  ScopeMatrixKind kind = scope_session_get_kind (self->session);
  return scope_tiles_get_level (self->tiles) == 0
             ? scope_format_matrix_symbol (kind)
             : words[kind][scope_tiles_get_reduce (self->tiles)];
}

char *
scope_map_view_describe_cell (ScopeMapView *self, gsize row, gsize column, gboolean lines)
{
  g_return_val_if_fail (SCOPE_IS_MAP_VIEW (self) && self->session != NULL, NULL);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  const char *symbol = scope_format_matrix_symbol (scope_session_get_kind (self->session));
  double value;
  if (!scope_session_cell (self->session, row, column, &value))
    value = NAN;
  g_autofree char *number = scope_format_value (value);
  g_autofree char *reader = scope_format_token (tokens, row);
  g_autofree char *read = scope_format_token (tokens, column);
  g_autofree char *i = scope_format_count (row);
  g_autofree char *j = scope_format_count (column);
  return g_strdup_printf ("(%s, %s) %s = %s%s%s reads %s", i, j, symbol, number,
                          lines ? "\n" : ": ", reader, read);
}

static void
describe (ScopeMapView *self)
{
  gboolean softmax = scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX;
  g_autofree char *length = scope_format_count ((gsize)self->geometry.length);
  g_autofree char *side = scope_format_tokens ((gsize)self->geometry.length);
  g_autofree char *spoken = g_strdup_printf (
      "%s map of layer %" G_GSIZE_FORMAT ", %s %" G_GSIZE_FORMAT ": %s by %s",
      softmax ? "Softmax attention" : "Implicit attention", scope_session_get_layer (self->session),
      scope_format_map_noun (self->session), scope_session_get_channel (self->session), length,
      side);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
scope_map_describe (ScopeMapView *self)
{
  ScopeMapCell cell;
  g_autofree char *badge = scope_map_view_get_badge (self);
  g_autofree char *words = scope_map_view_get_cursor (self, &cell)
                               ? scope_map_view_describe_cell (self, cell.row, cell.column, FALSE)
                               : g_strdup ("No cell under the crosshair");
  g_autofree char *selection
      = scope_map_has_selection (self) ? scope_map_selection_words (self) : NULL;
  g_autofree char *spoken
      = g_strdup_printf ("%s. %s%s%s", words, badge, selection != NULL ? ". Selected: " : "",
                         selection != NULL ? selection : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  spoken, -1);
}

/* --- the session ---------------------------------------------------------------------------------
 */

/* Other numbers: a scale that has room for both would show neither well. */
static void
kind_changed_cb (ScopeMapView *self)
{
  scope_map_scale_forget (&self->scale);
  scope_map_actions_update (self);
}

static void
overview_changed_cb (ScopeMapView *self)
{
  ScopeResult *overview = scope_session_get_overview (self->session);
  if (overview == NULL) /* the old one stays on screen while a new one is awaited */
    return;
  g_clear_pointer (&self->overview, scope_result_unref);
  self->overview = scope_result_ref (overview);
  scope_map_set_dropped (self, overview);
  if (scope_map_scale_see (&self->scale, largest (overview->matrix)))
    self->scale_serial++;
  scope_map_scale_changed (self);
  describe (self);
  scope_map_describe (self);
}

static void
text_changed_cb (ScopeMapView *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  scope_map_scale_forget (&self->scale);
  self->geometry.length = tokens != NULL ? (double)scope_tokens_count (tokens) : 0;
  scope_map_geometry_fit (&self->geometry);
  self->aim = (ScopeMapAim){ 0 };
  g_clear_pointer (&self->overview, scope_result_unref);
  g_clear_pointer (&self->overview_image, cairo_surface_destroy);
  scope_map_set_dropped (self, NULL);
  scope_tile_fields_clear (&self->fields);
  g_array_set_size (self->pins, 0);
  self->selecting = FALSE;
  scope_map_select (self, (ScopeRange){ 0 });
  overview_changed_cb (self);
  scope_map_view_changed (self);
}

void
scope_map_follow_pointer (ScopeMapView *self)
{
  g_clear_pointer (&self->profiles, gsk_render_node_unref);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  scope_map_describe (self);
}

static void
epsilon_changed_cb (ScopeMapView *self)
{
  scope_tiles_set_epsilon (self->tiles, scope_session_get_epsilon (self->session));
  scope_map_tell_bar (self);
}

static void
norm_changed_cb (ScopeMapView *self)
{
  if (scope_map_scale_set_kind (&self->scale, scope_session_get_norm (self->session)))
    scope_map_scale_changed (self);
  scope_map_count_values (self);
  scope_map_actions_update (self);
}

static void
palette_changed_cb (ScopeMapView *self)
{
  self->scale.palette = scope_session_get_palette (self->session);
  scope_map_scale_changed (self);
  scope_map_actions_update (self);
}

/* --- the tiles -----------------------------------------------------------------------------------
 */

static void
fields_changed (ScopeMapView *self)
{
  scope_tile_fields_clear (&self->fields);
  scope_tiles_get_fields (self->tiles, &self->fields);
  g_clear_pointer (&self->lines, gsk_render_node_unref);
}

static void
tiles_changed_cb (ScopeMapView *self, guint changes)
{
  if (changes & SCOPE_TILES_BLOCKS) {
    scope_map_prepare (self);
    scope_map_count_values (self);
    g_clear_pointer (&self->heat, gsk_render_node_unref);
    scope_map_tell_shown (self);
  }
  if (changes & SCOPE_TILES_FIELDS)
    fields_changed (self);
  if (changes & SCOPE_TILES_PROFILE)
    g_clear_pointer (&self->profiles, gsk_render_node_unref);
  if (changes & SCOPE_TILES_SELECTION)
    scope_map_describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
scope_map_follow (ScopeMapView *self)
{
  static const ScopeFollowed connections[] = {
    { "notify::model", G_CALLBACK (text_changed_cb) },
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::kind", G_CALLBACK (kind_changed_cb) },
    { "notify::overview", G_CALLBACK (overview_changed_cb) },
    { "notify::row", G_CALLBACK (scope_map_follow_pointer) },
    { "notify::column", G_CALLBACK (scope_map_follow_pointer) },
    { "notify::epsilon", G_CALLBACK (epsilon_changed_cb) },
    { "notify::norm", G_CALLBACK (norm_changed_cb) },
    { "notify::palette", G_CALLBACK (palette_changed_cb) },
  };
  scope_follow (self->session, self, connections, G_N_ELEMENTS (connections));
  g_signal_connect_object (self->tiles, "changed", G_CALLBACK (tiles_changed_cb), self,
                           G_CONNECT_SWAPPED);
  norm_changed_cb (self);
  palette_changed_cb (self);
  epsilon_changed_cb (self);
  text_changed_cb (self);
}

/* --- the colour bar ------------------------------------------------------------------------------
 */

static void
range_dragged_cb (ScopeMapView *self, double low, double high)
{
  if (!scope_map_scale_set_range (&self->scale, low, high))
    return;
  scope_map_scale_changed (self);
  scope_map_history_touch (self, "map.range");
}

static void
epsilon_dragged_cb (ScopeMapView *self, double epsilon)
{
  scope_session_set_epsilon (self->session, epsilon);
}

void
scope_map_view_set_bar (ScopeMapView *self, ScopeColourBar *bar)
{
  g_return_if_fail (SCOPE_IS_MAP_VIEW (self) && self->bar == NULL);
  g_autoptr (GMenuModel) menu = scope_map_scale_menu ();
  g_set_weak_pointer (&self->bar, bar);
  gtk_widget_insert_action_group (GTK_WIDGET (bar), "scale", G_ACTION_GROUP (self->actions));
  scope_colour_bar_set_menu (bar, menu);
  g_signal_connect_object (bar, "range-changed", G_CALLBACK (range_dragged_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (bar, "epsilon-changed", G_CALLBACK (epsilon_dragged_cb), self,
                           G_CONNECT_SWAPPED);
  scope_map_tell_bar (self);
}

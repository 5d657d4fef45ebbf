/* What of the map can be undone and is kept in session files: where it is looked at, the range of
 * its colours, what its blocks show, the pinned cells. */
#include "ui/map-view-private.h"

#include <math.h>

static JsonNode *
array_node (JsonArray *array)
{
  JsonNode *node = json_node_init_array (json_node_alloc (), array);
  json_array_unref (array);
  return node;
}

static JsonNode *
null_node (void)
{
  return json_node_init_null (json_node_alloc ());
}

/* COUNT finite numbers. */
static gboolean
read_numbers (JsonNode *node, double *out, guint count)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (array == NULL || json_array_get_length (array) != count)
    return FALSE;
  for (guint k = 0; k < count; k++) {
    JsonNode *element = json_array_get_element (array, k);
    GType type = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_value_type (element) : 0;
    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
      return FALSE;
    out[k] = json_node_get_double (element);
    if (!isfinite (out[k]))
      return FALSE;
  }
  return TRUE;
}

/* --- where ---------------------------------------------------------------------------------------
 */

/* The cell in the middle, and pixels a cell. */
static JsonNode *
get_view (gpointer owner)
{
  const ScopeMapGeometry *g = &SCOPE_MAP_VIEW (owner)->geometry;
  if (g->fitted || g->length <= 0)
    return null_node ();
  JsonArray *array = json_array_new ();
  json_array_add_double_element (array, g->y + g->height / g->scale / 2);
  json_array_add_double_element (array, g->x + g->width / g->scale / 2);
  json_array_add_double_element (array, g->scale);
  return array_node (array);
}

static gboolean
set_view (gpointer owner, JsonNode *value, GError **error)
{
  ScopeMapView *self = owner;
  double at[3];
  if (JSON_NODE_HOLDS_NULL (value)) {
    scope_map_geometry_fit (&self->geometry);
    scope_map_view_changed (self);
    return TRUE;
  }
  if (!read_numbers (value, at, 3) || at[2] <= 0)
    return scope_history_refuse (value, "null or [row, column, pixels a cell]", error);
  scope_map_geometry_set_scale (&self->geometry, at[2], self->geometry.width / 2,
                                self->geometry.height / 2);
  scope_map_geometry_centre (&self->geometry, at[0], at[1]);
  scope_map_view_changed (self);
  return TRUE;
}

/* --- colours -------------------------------------------------------------------------------------
 */

static JsonNode *
get_range (gpointer owner)
{
  const ScopeMapScale *scale = &SCOPE_MAP_VIEW (owner)->scale;
  if (isnan (scale->low) || isnan (scale->high))
    return null_node ();
  JsonArray *array = json_array_new ();
  json_array_add_double_element (array, scale->low);
  json_array_add_double_element (array, scale->high);
  return array_node (array);
}

static gboolean
set_range (gpointer owner, JsonNode *value, GError **error)
{
  ScopeMapView *self = owner;
  double range[2] = { NAN, NAN };
  if (!JSON_NODE_HOLDS_NULL (value) && (!read_numbers (value, range, 2) || range[0] >= range[1]))
    return scope_history_refuse (value, "null or [low, high], low < high", error);
  scope_map_scale_set_range (&self->scale, range[0], range[1]);
  scope_map_scale_changed (self);
  return TRUE;
}

static JsonNode *
get_reduce (gpointer owner)
{
  const char *name = scope_reduce_name (scope_tiles_get_reduce (SCOPE_MAP_VIEW (owner)->tiles));
  return json_node_init_string (json_node_alloc (), name);
}

static gboolean
set_reduce (gpointer owner, JsonNode *value, GError **error)
{
  ScopeMapView *self = owner;
  ScopeReduce reduce;
  const char *name
      = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING
            ? json_node_get_string (value)
            : NULL;
  if (name == NULL || !scope_reduce_parse (name, &reduce))
    return scope_history_refuse (value, "one of mean, absmean, absmax", error);
  scope_tiles_set_reduce (self->tiles, reduce);
  scope_map_actions_update (self);
  return TRUE;
}

/* --- pins ----------------------------------------------------------------------------------------
 */

static JsonNode *
get_pins (gpointer owner)
{
  GArray *pins = SCOPE_MAP_VIEW (owner)->pins;
  JsonArray *array = json_array_new ();
  for (guint k = 0; k < pins->len; k++) {
    JsonArray *cell = json_array_new ();
    json_array_add_int_element (cell, (gint64)g_array_index (pins, ScopeMapCell, k).row);
    json_array_add_int_element (cell, (gint64)g_array_index (pins, ScopeMapCell, k).column);
    json_array_add_array_element (array, cell);
  }
  return array_node (array);
}

static gboolean
set_pins (gpointer owner, JsonNode *value, GError **error)
{
  static const char expected[] = "a list of at most 12 cells [row, column], column <= row";
  ScopeMapView *self = owner;
  g_autoptr (GArray) pins = g_array_new (FALSE, FALSE, sizeof (ScopeMapCell));
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;
  if (array == NULL || json_array_get_length (array) > SCOPE_MAP_MAX_PINS)
    return scope_history_refuse (value, expected, error);
  for (guint k = 0; k < json_array_get_length (array); k++) {
    double at[2];
    if (!read_numbers (json_array_get_element (array, k), at, 2) || at[1] < 0 || at[0] < at[1]
        || at[0] > G_MAXINT32)
      return scope_history_refuse (value, expected, error);
    ScopeMapCell cell = { (gsize)at[0], (gsize)at[1] };
    g_array_append_val (pins, cell);
  }
  g_array_unref (self->pins);
  self->pins = g_steal_pointer (&pins);
  scope_map_actions_update (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return TRUE;
}

void
scope_map_history_touch (ScopeMapView *self, const char *name)
{
  if (self->session != NULL)
    scope_history_touch (scope_session_get_history (self->session), name);
}

void
scope_map_history_add (ScopeMapView *self)
{
  static const ScopeParameter parameters[] = {
    { "map.view", "where the map is looked at", NULL, get_view, set_view },
    { "map.range", "range of the colours", NULL, get_range, set_range },
    { "map.reduce", "what the map's blocks show", NULL, get_reduce, set_reduce },
    { "map.pins", "pinned cells", NULL, get_pins, set_pins },
  };
  for (guint k = 0; k < G_N_ELEMENTS (parameters); k++)
    scope_history_add (scope_session_get_history (self->session), G_OBJECT (self), &parameters[k]);
}

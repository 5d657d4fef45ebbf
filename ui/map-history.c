/* What of the map can be undone and is kept in session files: where it is looked at, the range of
 * its colours, what its blocks show, the pinned cells, the selection. */
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

/* The cell in the middle, and pixels a cell. Of what is looked at as large as it fits: its rows and
 * columns. */
static JsonNode *
get_view (gpointer owner)
{
  const ScopeMapGeometry *g = &SCOPE_MAP_VIEW (owner)->geometry;
  const ScopeMapAim *aim = &SCOPE_MAP_VIEW (owner)->aim;
  JsonArray *array;
  if (aim->scale <= 0 && aim->rows <= 0 && (g->fitted || g->length <= 0))
    return null_node ();
  array = json_array_new ();
  if (aim->scale > 0) {
    json_array_add_double_element (array, aim->row);
    json_array_add_double_element (array, aim->column);
    json_array_add_double_element (array, aim->scale);
  } else if (aim->rows > 0) {
    json_array_add_double_element (array, aim->row - aim->rows / 2);
    json_array_add_double_element (array, aim->row + aim->rows / 2);
    json_array_add_double_element (array, aim->column - aim->columns / 2);
    json_array_add_double_element (array, aim->column + aim->columns / 2);
  } else {
    json_array_add_double_element (array, g->y + g->height / g->scale / 2);
    json_array_add_double_element (array, g->x + g->width / g->scale / 2);
    json_array_add_double_element (array, g->scale);
  }
  return array_node (array);
}

/* [row, column, pixels a cell], or the range [row begin, row end, column begin, column end]. */
static gboolean
read_aim (JsonNode *value, ScopeMapAim *aim)
{
  double at[4];
  if (read_numbers (value, at, 3) && at[2] > 0) {
    *aim = (ScopeMapAim){ .row = at[0], .column = at[1], .scale = at[2] };
    return TRUE;
  }
  if (!read_numbers (value, at, 4) || at[1] <= at[0] || at[3] <= at[2])
    return FALSE;
  *aim = (ScopeMapAim){ .row = (at[0] + at[1]) / 2,
                        .column = (at[2] + at[3]) / 2,
                        .rows = at[1] - at[0],
                        .columns = at[3] - at[2] };
  return TRUE;
}

static gboolean
set_view (gpointer owner, JsonNode *value, GError **error)
{
  ScopeMapView *self = owner;
  ScopeMapAim aim;
  if (JSON_NODE_HOLDS_NULL (value)) {
    self->aim = (ScopeMapAim){ 0 };
    scope_map_geometry_fit (&self->geometry);
    scope_map_view_changed (self);
    return TRUE;
  }
  if (!read_aim (value, &aim))
    return scope_history_refuse (
        value,
        "null, [row, column, pixels a cell] or [row begin, row end, column begin, column end]",
        error);
  scope_map_view_aim (self, &aim);
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

/* --- selection -----------------------------------------------------------------------------------
 */

static JsonNode *
get_selection (gpointer owner)
{
  ScopeMapView *self = owner;
  const gsize ends[] = { self->selection.row_begin, self->selection.row_end,
                         self->selection.column_begin, self->selection.column_end };
  if (!scope_map_has_selection (self))
    return null_node ();
  JsonArray *array = json_array_new ();
  for (guint k = 0; k < G_N_ELEMENTS (ends); k++)
    json_array_add_int_element (array, (gint64)ends[k]);
  return array_node (array);
}

/* What a shorter text has no longer is cut off. */
static gboolean
set_selection (gpointer owner, JsonNode *value, GError **error)
{
  ScopeMapView *self = owner;
  double ends[4];
  if (JSON_NODE_HOLDS_NULL (value)) {
    scope_map_select (self, (ScopeRange){ 0 });
    return TRUE;
  }
  if (!read_numbers (value, ends, 4) || ends[0] < 0 || ends[1] <= ends[0] || ends[2] < 0
      || ends[3] <= ends[2])
    return scope_history_refuse (
        value, "null or [row begin, row end, column begin, column end], half open", error);
  double most = self->geometry.length;
  scope_map_select (self, (ScopeRange){ (gsize)MIN (ends[0], most), (gsize)MIN (ends[1], most),
                                        (gsize)MIN (ends[2], most), (gsize)MIN (ends[3], most) });
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
    { "map.selection", "selection", NULL, get_selection, set_selection },
  };
  for (guint k = 0; k < G_N_ELEMENTS (parameters); k++)
    scope_history_add (scope_session_get_history (self->session), G_OBJECT (self), &parameters[k]);
}

/* The parameters of the history that the session itself owns, and going back and forth in it. */
#include "session/session-private.h"

#include <math.h>

static const char *
as_string (JsonNode *value)
{
  gboolean string
      = JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING;

  return string ? json_node_get_string (value) : NULL;
}

static JsonNode *
string_node (const char *value)
{
  return json_node_init_string (json_node_alloc (), value);
}

static JsonNode *
get_kind (gpointer self)
{
  return string_node (scope_matrix_kind_name (SCOPE_SESSION (self)->kind));
}

static gboolean
set_kind (gpointer self, JsonNode *value, GError **error)
{
  const char *name = as_string (value);
  ScopeMatrixKind kind;

  if (name == NULL || !scope_matrix_kind_parse (name, &kind))
    return scope_history_refuse (value, "one of s6, skip, full, softmax", error);
  scope_session_set_kind (self, kind);
  return TRUE;
}

static JsonNode *
get_cell (gpointer owner)
{
  ScopeSession *self = owner;
  JsonArray *cell;

  if (self->row == G_MAXSIZE || self->column == G_MAXSIZE)
    return json_node_init_null (json_node_alloc ());
  cell = json_array_new ();
  json_array_add_int_element (cell, (gint64)self->row);
  json_array_add_int_element (cell, (gint64)self->column);
  JsonNode *node = json_node_alloc ();
  json_node_init_array (node, cell);
  json_array_unref (cell);
  return node;
}

static gboolean
element_as_index (JsonArray *array, guint index, gsize *out)
{
  JsonNode *node = json_array_get_element (array, index);

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) < 0)
    return FALSE;
  *out = (gsize)json_node_get_int (node);
  return TRUE;
}

static void
choose_cell (ScopeSession *self, gsize row, gsize column)
{
  scope_session_set_cursor (self, row, column);
  self->chosen_row = self->row;
  self->chosen_column = self->column;
}

static gboolean
set_cell (gpointer self, JsonNode *value, GError **error)
{
  gsize row = G_MAXSIZE, column = G_MAXSIZE;
  gboolean none = JSON_NODE_HOLDS_NULL (value);
  JsonArray *cell = JSON_NODE_HOLDS_ARRAY (value) ? json_node_get_array (value) : NULL;

  if (!none
      && (cell == NULL || json_array_get_length (cell) != 2 || !element_as_index (cell, 0, &row)
          || !element_as_index (cell, 1, &column)))
    return scope_history_refuse (value, "[row, column] or null", error);
  choose_cell (self, row, column);
  return TRUE;
}

static JsonNode *
get_method (gpointer self)
{
  return string_node (SCOPE_SESSION (self)->filter);
}

static gboolean
set_method (gpointer self, JsonNode *value, GError **error)
{
  const char *spec = as_string (value);

  if (spec == NULL)
    return scope_history_refuse (value, "a filter, as --filter takes it", error);
  return scope_session_set_filter (self, spec, error);
}

static JsonNode *
get_theta (gpointer owner)
{
  double theta = SCOPE_SESSION (owner)->theta;

  return isnan (theta) ? json_node_init_null (json_node_alloc ())
                       : json_node_init_double (json_node_alloc (), theta);
}

/* VALUE as a number above 0 and at most 1. */
static gboolean
as_share (JsonNode *value, double *out)
{
  GType type = JSON_NODE_HOLDS_VALUE (value) ? json_node_get_value_type (value) : G_TYPE_INVALID;

  if (type != G_TYPE_DOUBLE && type != G_TYPE_INT64)
    return FALSE;
  *out = json_node_get_double (value);
  return *out > 0.0 && *out <= 1.0;
}

static gboolean
set_theta (gpointer self, JsonNode *value, GError **error)
{
  double theta = NAN;

  if (!JSON_NODE_HOLDS_NULL (value) && !as_share (value, &theta))
    return scope_history_refuse (value, "a decay above 0 and at most 1, or null", error);
  scope_session_set_theta (self, theta);
  return TRUE;
}

static JsonNode *
get_epsilon (gpointer self)
{
  return json_node_init_double (json_node_alloc (), SCOPE_SESSION (self)->epsilon);
}

static gboolean
set_epsilon (gpointer self, JsonNode *value, GError **error)
{
  double epsilon;

  if (!as_share (value, &epsilon))
    return scope_history_refuse (value, "a number above 0 and at most 1", error);
  scope_session_set_epsilon (self, epsilon);
  return TRUE;
}

static JsonNode *
get_norm (gpointer self)
{
  return string_node (scope_norm_name (SCOPE_SESSION (self)->norm));
}

static gboolean
set_norm (gpointer self, JsonNode *value, GError **error)
{
  const char *name = as_string (value);
  ScopeNormKind norm;

  if (name == NULL || !scope_norm_parse (name, &norm))
    return scope_history_refuse (value, "one of linear, log, symlog, power, rank", error);
  scope_session_set_norm (self, norm);
  return TRUE;
}

static JsonNode *
get_palette (gpointer self)
{
  return string_node (scope_palette_name (SCOPE_SESSION (self)->palette));
}

static gboolean
set_palette (gpointer self, JsonNode *value, GError **error)
{
  const char *name = as_string (value);
  ScopePalette palette;

  if (name == NULL || !scope_palette_parse (name, &palette))
    return scope_history_refuse (value, "one of viridis, cividis, magma, grey, balance", error);
  scope_session_set_palette (self, palette);
  return TRUE;
}

/* In the order in which they can be set: a layer decides what maps there are, and these what
 * channels. */
void
scope_session_register (ScopeSession *self)
{
  static const ScopeParameter after_layer[] = {
    { "selection.kind", "kind of map", "kind", get_kind, set_kind },
  };
  static const ScopeParameter rest[] = {
    { "selection.cell", "cell", NULL, get_cell, set_cell },
    { "filter.method", "filter’s method", "filter-spec", get_method, set_method },
    { "filter.theta", "θ", "theta", get_theta, set_theta },
    { "look.epsilon", "ε", "epsilon", get_epsilon, set_epsilon },
    { "look.norm", "norm", "norm", get_norm, set_norm },
    { "look.palette", "palette", "palette", get_palette, set_palette },
  };
  GObject *object = G_OBJECT (self);

  scope_history_bind (self->history, object, "layer", "selection.layer", "layer");
  scope_history_add (self->history, object, &after_layer[0]);
  scope_history_bind (self->history, object, "channel", "selection.channel", "channel");
  scope_history_bind (self->history, object, "filter-on", "filter.on", "filter’s switch");
  for (guint i = 0; i < G_N_ELEMENTS (rest); i++)
    scope_history_add (self->history, object, &rest[i]);
}

/* --- undo ---------------------------------------------------------------------------------------
 */

void
scope_session_select (ScopeSession *self, gsize row, gsize column)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  choose_cell (self, row, column);
  scope_history_touch (self->history, "selection.cell");
}

void
scope_session_leave_cursor (ScopeSession *self)
{
  g_return_if_fail (SCOPE_IS_SESSION (self));
  if (self->chosen_row != G_MAXSIZE)
    scope_session_set_cursor (self, self->chosen_row, self->chosen_column);
}

ScopeHistory *
scope_session_get_history (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return self->history;
}

/* Nobody sees half of a step. */
static char *
travel (ScopeSession *self, char *(*way) (ScopeHistory *))
{
  g_object_freeze_notify (G_OBJECT (self));
  char *done = way (self->history);
  g_object_thaw_notify (G_OBJECT (self));
  return done;
}

char *
scope_session_undo (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return travel (self, scope_history_undo);
}

char *
scope_session_redo (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  return travel (self, scope_history_redo);
}

gboolean
scope_session_get_can_undo (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), FALSE);
  return scope_history_undo_label (self->history) != NULL;
}

gboolean
scope_session_get_can_redo (ScopeSession *self)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), FALSE);
  return scope_history_redo_label (self->history) != NULL;
}

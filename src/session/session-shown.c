/* What the views show, as far as they have set it themselves: for figures and command lines. */
#include "session/session-private.h"

#define ATLAS_COUNT 48 /* maps of a figure where nothing is in sight */
#define ATLAS_MOST  96

JsonNode *
scope_session_shown (ScopeSession *self, const char *parameter)
{
  JsonNode *node = scope_history_get (self->history, parameter);

  if (node != NULL && JSON_NODE_HOLDS_NULL (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

gint64
scope_session_shown_integer (ScopeSession *self, const char *parameter, gint64 otherwise)
{
  g_autoptr (JsonNode) node = scope_session_shown (self, parameter);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : otherwise;
}

ScopeReduce
scope_session_shown_reduce (ScopeSession *self)
{
  g_autoptr (JsonNode) name = scope_session_shown (self, "map.reduce");
  ScopeReduce reduce = SCOPE_REDUCE_ABSMEAN;

  if (name != NULL && JSON_NODE_HOLDS_VALUE (name))
    scope_reduce_parse (json_node_get_string (name), &reduce);
  return reduce;
}

void
scope_session_set_sight (ScopeSession *self, ScopeFigureKind kind, gsize begin, gsize end)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && kind < SCOPE_N_FIGURES);
  self->sight[kind][0] = begin;
  self->sight[kind][1] = MAX (begin, end);
}

/* --- decay --------------------------------------------------------------------------------------
 */

static int
ascending (gconstpointer a, gconstpointer b)
{
  gsize p = *(const gsize *)a, q = *(const gsize *)b;

  return (p > q) - (p < q);
}

static gboolean
holds (const GArray *channels, gsize channel)
{
  for (guint k = 0; k < channels->len; k++)
    if (g_array_index (channels, gsize, k) == channel)
      return TRUE;
  return FALSE;
}

/* Those that a list of another model, or of a file, may have beyond the model's are left out. */
static void
list_chosen (ScopeSession *self, gsize channels, GArray *out)
{
  g_autoptr (JsonNode) node = scope_session_shown (self, "decay.chosen");
  JsonArray *array
      = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint k = 0; array != NULL && k < json_array_get_length (array); k++) {
    gint64 channel = json_array_get_int_element (array, k);
    gsize index = (gsize)channel;
    if (channel >= 0 && index < channels && !holds (out, index))
      g_array_append_val (out, index);
  }
}

/* The selected channel is always among them; an attention head has no decay. */
ScopeShownChannels
scope_session_shown_channels (ScopeSession *self, GArray **listed)
{
  gsize channels = scope_model_config (self->host->model)->channels;
  gint64 show = scope_session_shown_integer (self, "decay.show", SCOPE_SHOWN_GLOBAL);
  GArray *out = g_array_new (FALSE, FALSE, sizeof (gsize));

  if (show == SCOPE_SHOWN_LISTED)
    list_chosen (self, channels, out);
  if (self->kind != SCOPE_MATRIX_SOFTMAX && self->channel < channels && show != SCOPE_SHOWN_ALL
      && !holds (out, self->channel))
    g_array_append_val (out, self->channel);
  g_array_sort (out, ascending);
  *listed = out;
  return (ScopeShownChannels)CLAMP (show, SCOPE_SHOWN_GLOBAL, SCOPE_SHOWN_ALL);
}

/* --- atlas --------------------------------------------------------------------------------------
 */

ScopeShownAtlas
scope_session_shown_atlas (ScopeSession *self)
{
  static const char *const classes[] = { "all", "global", "local" };
  g_autoptr (JsonNode) descending = scope_session_shown (self, "atlas.descending");
  const gsize *sight = self->sight[SCOPE_FIGURE_ATLAS];
  gsize seen = sight[1] - sight[0];
  gint64 sort = scope_session_shown_integer (self, "atlas.sort", SCOPE_ATLAS_BY_DECAY);
  gint64 class = scope_session_shown_integer (self, "atlas.classes", 0);

  /* Nothing is alike to an attention head. */
  if (sort == SCOPE_ATLAS_BY_SIMILARITY && self->kind == SCOPE_MATRIX_SOFTMAX)
    sort = SCOPE_ATLAS_BY_INDEX;
  return (ScopeShownAtlas){
    .whole = scope_session_shown_integer (self, "atlas.scope", 0) != 0,
    .sort = (ScopeAtlasSort)CLAMP (sort, 0, SCOPE_ATLAS_N_SORTS - 1),
    .descending = descending == NULL || !JSON_NODE_HOLDS_VALUE (descending)
                  || json_node_get_boolean (descending),
    .classes = classes[CLAMP (class, 0, 2)],
    .first = seen > 0 ? sight[0] : 0,
    .count = seen > 0 ? MIN (seen, ATLAS_MOST) : ATLAS_COUNT,
  };
}

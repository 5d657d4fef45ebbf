/* One number for each layer, from the SPEC or from a file. */
#include "analysis/filter-private.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define LARGEST_FILE ((gsize)1 << 20)

static gboolean
wrong_count (const char *where, gsize found, gsize layers, GError **error)
{
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
               "%s: expected %" G_GSIZE_FORMAT
               " numbers, one for each layer, found %" G_GSIZE_FORMAT,
               where, layers, found);
  return FALSE;
}

/* By the bounds of the parameter that the file stands for. */
static gboolean
read_number (JsonNode *node, const char *path, guint index, double *out, GError **error)
{
  const ScopeFilterParameter *rule = &scope_parameter_scale;
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
  gboolean number = type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
  *out = number ? json_node_get_double (node) : 0;
  if (number && *out > rule->low && *out <= rule->high)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
               "%s: $[%u]: expected a number above %g and at most %g", path, index, rule->low,
               rule->high);
  return FALSE;
}

static gboolean
read_file (const char *path, gsize layers, double *out, GError **error)
{
  gsize length;
  g_autofree char *text = scope_file_read (path, LARGEST_FILE, &length, error);
  g_autoptr (JsonNode) root = text != NULL ? scope_json_parse (text, length, path, error) : NULL;
  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (root)) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
                 "%s: expected a list of numbers, one for each layer", path);
    return FALSE;
  }
  JsonArray *list = json_node_get_array (root);
  if (json_array_get_length (list) != layers)
    return wrong_count (path, json_array_get_length (list), layers, error);
  for (guint i = 0; i < layers; i++)
    if (!read_number (json_array_get_element (list, i), path, i, &out[i], error))
      return FALSE;
  return TRUE;
}

double *
scope_filter_layer_numbers (const ScopeFilter *filter, const ScopeConfig *config, double otherwise,
                            GError **error)
{
  gsize layers = config->n_layer;
  const GArray *list = scope_filter_list (filter, "scale");
  g_autofree double *out = g_new (double, layers);
  if (list != NULL && scope_filter_gives (filter, "file")) {
    scope_filter_refuse (scope_filter_spec (filter), error, "scale and file are the same thing");
    return NULL;
  }
  if (scope_filter_gives (filter, "file"))
    return read_file (scope_filter_text (filter, "file"), layers, out, error)
               ? g_steal_pointer (&out)
               : NULL;
  if (list != NULL && list->len != 1 && list->len != layers) {
    wrong_count (scope_filter_spec (filter), list->len, layers, error);
    return NULL;
  }
  for (gsize i = 0; i < layers; i++)
    out[i] = list == NULL ? otherwise : g_array_index (list, double, list->len == 1 ? 0 : i);
  return g_steal_pointer (&out);
}

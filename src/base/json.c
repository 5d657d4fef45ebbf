#include "base/json.h"

#include "base/error.h"

static const char *
describe (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return "an object";
  if (JSON_NODE_HOLDS_ARRAY (node))
    return "a list";
  if (JSON_NODE_HOLDS_NULL (node))
    return "null";
  switch (json_node_get_value_type (node)) {
  case G_TYPE_STRING:
    return "a string";
  case G_TYPE_BOOLEAN:
    return "a truth value";
  default:
    return "a number";
  }
}

gboolean
scope_json_fail (const char *name, const char *path, const char *member, GError **error,
                 const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s%s%s: %s", name, path,
                   member != NULL ? "." : "", member != NULL ? member : "", text);
  return FALSE;
}

static gboolean
fail_type (JsonNode *node, const char *expected, const char *name, const char *path,
           const char *member, GError **error)
{
  return scope_json_fail (name, path, member, error, "expected %s, found %s", expected,
                          describe (node));
}

/* *NODE is the member, or NULL if it is absent or null; FALSE if it is required then. */
static gboolean
find (JsonObject *object, const char *member, gboolean required, JsonNode **node, const char *name,
      const char *path, GError **error)
{
  *node = json_object_get_member (object, member);
  if (*node != NULL && JSON_NODE_HOLDS_NULL (*node))
    *node = NULL;
  if (*node != NULL || !required)
    return TRUE;
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s.%s is missing", name,
                   path, member);
  return FALSE;
}

static gboolean
holds (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

JsonObject *
scope_json_object (JsonNode *node, const char *name, const char *path, GError **error)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  fail_type (node, "an object", name, path, NULL, error);
  return NULL;
}

gboolean
scope_json_get_int (JsonObject *object, const char *member, gboolean required, gint64 min,
                    gint64 max, gint64 *out, const char *name, const char *path, GError **error)
{
  JsonNode *node;
  if (!find (object, member, required, &node, name, path, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_INT64))
    return fail_type (node, "a whole number", name, path, member, error);
  gint64 value = json_node_get_int (node);
  if (value < min || value > max)
    return scope_json_fail (name, path, member, error,
                            "expected %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                            ", found %" G_GINT64_FORMAT,
                            min, max, value);
  *out = value;
  return TRUE;
}

gboolean
scope_json_get_double (JsonObject *object, const char *member, gboolean required, double *out,
                       const char *name, const char *path, GError **error)
{
  JsonNode *node;
  if (!find (object, member, required, &node, name, path, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_DOUBLE) && !holds (node, G_TYPE_INT64))
    return fail_type (node, "a number", name, path, member, error);
  *out = json_node_get_double (node);
  return TRUE;
}

gboolean
scope_json_get_boolean (JsonObject *object, const char *member, gboolean required, gboolean *out,
                        const char *name, const char *path, GError **error)
{
  JsonNode *node;
  if (!find (object, member, required, &node, name, path, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_BOOLEAN))
    return fail_type (node, "true or false", name, path, member, error);
  *out = json_node_get_boolean (node);
  return TRUE;
}

gboolean
scope_json_get_string (JsonObject *object, const char *member, gboolean required, const char **out,
                       const char *name, const char *path, GError **error)
{
  JsonNode *node;
  if (!find (object, member, required, &node, name, path, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!holds (node, G_TYPE_STRING))
    return fail_type (node, "a string", name, path, member, error);
  *out = json_node_get_string (node);
  return TRUE;
}

gboolean
scope_json_get_strings (JsonObject *object, const char *member, char ***out, const char *name,
                        const char *path, GError **error)
{
  JsonNode *node;
  if (!find (object, member, FALSE, &node, name, path, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return fail_type (node, "a list of strings", name, path, member, error);
  JsonArray *list = json_node_get_array (node);
  guint count = json_array_get_length (list);
  g_auto (GStrv) strings = g_new0 (char *, count + 1);
  for (guint i = 0; i < count; i++) {
    JsonNode *item = json_array_get_element (list, i);
    if (!holds (item, G_TYPE_STRING))
      return scope_json_fail (name, path, member, error, "entry %u is no string", i);
    strings[i] = json_node_dup_string (item);
  }
  *out = g_steal_pointer (&strings);
  return TRUE;
}

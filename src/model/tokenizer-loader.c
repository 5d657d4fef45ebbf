#include <string.h>

#include "model/tokenizer-loader-private.h"

gboolean
scope_loader_fail (ScopeLoader *self, ScopeModelError code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (self->error, SCOPE_MODEL_ERROR, code, "%s: %s", self->name, text);
  return FALSE;
}

gboolean
scope_loader_fail_with (ScopeLoader *self, const char *path, GError *error)
{
  scope_loader_fail (self, (ScopeModelError)error->code, "%s: %s", path, error->message);
  g_error_free (error);
  return FALSE;
}

JsonNode *
scope_loader_member (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

JsonObject *
scope_loader_object (ScopeLoader *self, JsonObject *object, const char *member, const char *path)
{
  g_autofree char *where = g_strdup_printf ("%s.%s", path, member);
  JsonNode *node = scope_loader_member (object, member);
  if (node != NULL)
    return scope_json_object (node, self->name, where, self->error);
  scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT, "%s is missing", where);
  return NULL;
}

JsonArray *
scope_loader_list (ScopeLoader *self, JsonObject *object, const char *member, const char *path)
{
  JsonNode *node = scope_loader_member (object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT, "%s.%s: expected a list", path, member);
  return NULL;
}

gboolean
scope_loader_flag (ScopeLoader *self, JsonObject *object, const char *member, const char *path,
                   gboolean *out)
{
  return scope_json_get_boolean (object, member, FALSE, out, self->name, path, self->error);
}

gboolean
scope_loader_string (ScopeLoader *self, JsonObject *object, const char *member, gboolean required,
                     const char *path, const char **out)
{
  return scope_json_get_string (object, member, required, out, self->name, path, self->error);
}

static char *
join_names (const char *const *names)
{
  g_autofree char *joined = g_strjoinv ("\", \"", (char **)names);
  return g_strdup_printf ("\"%s\"", joined);
}

gboolean
scope_loader_choice (ScopeLoader *self, JsonObject *object, const char *member, gboolean required,
                     const char *path, const char *const *names, int *out)
{
  const char *value = NULL;
  if (!scope_loader_string (self, object, member, required, path, &value))
    return FALSE;
  for (int i = 0; value != NULL && names[i] != NULL; i++)
    if (strcmp (names[i], value) == 0) {
      *out = i;
      return TRUE;
    }
  if (value == NULL)
    return TRUE;
  g_autofree char *known = join_names (names);
  return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                            "%s.%s: \"%s\" is not supported; known are %s", path, member, value,
                            known);
}

/* null, false and "" mean in every format that something is not there. */
static gboolean
is_off (JsonNode *node)
{
  if (!JSON_NODE_HOLDS_VALUE (node))
    return JSON_NODE_HOLDS_NULL (node);
  if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    return !json_node_get_boolean (node);
  return json_node_get_value_type (node) == G_TYPE_STRING && *json_node_get_string (node) == '\0';
}

gboolean
scope_loader_check_members (ScopeLoader *self, JsonObject *object, const char *path,
                            const char *const *known)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *node;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, &node)) {
    if (strcmp (member, "type") == 0 || g_strv_contains (known, member) || is_off (node))
      continue;
    g_autofree char *names = join_names (known);
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              "%s: the member \"%s\" is not supported; known are %s", path, member,
                              names);
  }
  return TRUE;
}

static gboolean
refuse_type (ScopeLoader *self, const ScopeStage *stage, const char *path, const char *type)
{
  g_autoptr (GString) known = g_string_new (NULL);
  for (gsize i = 0; i < stage->count; i++)
    g_string_append_printf (known, "\"%s\", ", stage->types[i].type);
  return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                            "%s: the %s \"%s\" is not supported; known are %s\"Sequence\"", path,
                            stage->what, type, known->str);
}

static gboolean
read_stage (ScopeLoader *self, const ScopeStage *stage, JsonNode *node, const char *path)
{
  const char *type = NULL;
  JsonObject *object = scope_json_object (node, self->name, path, self->error);
  if (object == NULL || !scope_loader_string (self, object, "type", TRUE, path, &type))
    return FALSE;
  if (strcmp (type, "Sequence") == 0) {
    JsonArray *list = scope_loader_list (self, object, stage->list, path);
    for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
      g_autofree char *where = g_strdup_printf ("%s.%s[%u]", path, stage->list, i);
      if (!read_stage (self, stage, json_array_get_element (list, i), where))
        return FALSE;
    }
    return list != NULL;
  }
  for (gsize i = 0; i < stage->count; i++)
    if (strcmp (stage->types[i].type, type) == 0)
      return scope_loader_check_members (self, object, path, stage->types[i].members)
             && stage->types[i].read (self, object, path, type);
  return refuse_type (self, stage, path, type);
}

gboolean
scope_loader_read_stage (ScopeLoader *self, const ScopeStage *stage, JsonObject *root,
                         const char *member)
{
  g_autofree char *path = g_strdup_printf ("$.%s", member);
  JsonNode *node = scope_loader_member (root, member);
  return node == NULL || read_stage (self, stage, node, path);
}

gboolean
scope_loader_pattern (ScopeLoader *self, JsonObject *object, const char *path, ScopePattern **out)
{
  const char *literal = NULL, *expression = NULL;
  g_autofree char *where = g_strdup_printf ("%s.pattern", path);
  JsonObject *parts = scope_loader_object (self, object, "pattern", path);
  if (parts == NULL || !scope_loader_string (self, parts, "String", FALSE, where, &literal)
      || !scope_loader_string (self, parts, "Regex", literal == NULL, where, &expression))
    return FALSE;
  if (*(literal != NULL ? literal : expression) == '\0')
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED, "%s is empty", where);
  GError *error = NULL;
  *out = literal != NULL ? scope_pattern_new_literal (literal, &error)
                         : scope_pattern_new (expression, &error);
  return *out != NULL || scope_loader_fail_with (self, where, error);
}

gboolean
scope_loader_character (ScopeLoader *self, JsonObject *object, const char *member, const char *path,
                        const char **out)
{
  if (!scope_loader_string (self, object, member, TRUE, path, out))
    return FALSE;
  if (g_utf8_strlen (*out, -1) == 1)
    return TRUE;
  return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                            "%s.%s: expected one character, found \"%s\"", path, member, *out);
}

/* "add_prefix_space" is the older way to say "prepend_scheme". */
gboolean
scope_loader_blanks (ScopeLoader *self, JsonObject *object, const char *path, const char **blank,
                     ScopePrefix *prefix)
{
  static const char *const schemes[] = { "never", "always", "first", NULL };
  gboolean add = TRUE;
  int scheme = SCOPE_PREFIX_ALWAYS;
  if (!scope_loader_character (self, object, "replacement", path, blank)
      || !scope_loader_flag (self, object, "add_prefix_space", path, &add)
      || !scope_loader_choice (self, object, "prepend_scheme", FALSE, path, schemes, &scheme))
    return FALSE;
  if (!add && scheme != SCOPE_PREFIX_NEVER)
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                              "%s: add_prefix_space is false and prepend_scheme \"%s\"", path,
                              schemes[scheme]);
  *prefix = (ScopePrefix)scheme;
  return TRUE;
}

#include "session/session-file.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#define SCHEMA "mambascope-session"
/* Far above what a session holds; a file that was renamed by mistake is not read whole. */
#define LENGTH_MOST (4u << 20)

void
scope_session_file_free (ScopeSessionFile *self)
{
  g_clear_pointer (&self->parameters, json_object_unref);
  g_free (self->model.path);
  g_free (self->model.hash);
  g_free (self->text.path);
  g_free (self->text.hash);
  g_free (self->name);
  g_free (self);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static gboolean
only_members (JsonObject *object, const char *const *known, const char *name, const char *path,
              GError **error)
{
  JsonObjectIter iter;
  const char *member;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, NULL))
    if (!g_strv_contains (known, member)) {
      g_autofree char *list = g_strjoinv (", ", (char **)known);
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                       "%s: %s: unknown member \"%s\"; the members are %s", name, path, member,
                       list);
      return FALSE;
    }
  return TRUE;
}

/* What a member of a newer version would mean is not to be guessed, so this comes first. */
static gboolean
check_version (JsonObject *root, const char *name, GError **error)
{
  const char *schema = NULL;
  gint64 version = 0;

  if (!scope_json_get_string (root, "schema", TRUE, &schema, name, "$", error))
    return FALSE;
  if (!g_str_equal (schema, SCHEMA)) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: $.schema: expected \"" SCHEMA "\", found \"%s\"", name, schema);
    return FALSE;
  }
  if (!scope_json_get_int (root, "version", TRUE, 1, G_MAXINT32, &version, name, "$", error))
    return FALSE;
  if (version > SCOPE_SESSION_FILE_VERSION) {
    g_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "%s: $.version: %" G_GINT64_FORMAT " was written by a newer Mambascope; this one "
                 "reads up to %d",
                 name, version, SCOPE_SESSION_FILE_VERSION);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_source (JsonNode *node, const char *name, const char *path, ScopeSessionFileSource *out,
             GError **error)
{
  static const char *const members[] = { "path", "hash", NULL };
  const char *file = NULL, *hash = NULL;
  JsonObject *object = scope_json_object (node, name, path, error);

  if (object == NULL || !only_members (object, members, name, path, error)
      || !scope_json_get_string (object, "path", TRUE, &file, name, path, error)
      || !scope_json_get_string (object, "hash", FALSE, &hash, name, path, error))
    return FALSE;
  if (*file == '\0' || g_str_equal (file, "@") || g_str_equal (file, "-")) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: %s.path: expected a path, found \"%s\"", name, path, file);
    return FALSE;
  }
  out->path = g_strdup (file);
  out->hash = g_strdup (hash);
  return TRUE;
}

/* A member that must be there; what it holds is for others to say. */
static JsonNode *
require (JsonObject *root, const char *member, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (root, member);

  if (node == NULL)
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: $.%s is missing",
                     name, member);
  return node;
}

static gboolean is_finite (JsonNode *node);

static gboolean
members_are_finite (JsonObject *object)
{
  JsonObjectIter iter;
  JsonNode *node;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, NULL, &node))
    if (!is_finite (node))
      return FALSE;
  return TRUE;
}

static gboolean
elements_are_finite (JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!is_finite (json_array_get_element (array, i)))
      return FALSE;
  return TRUE;
}

/* The parser takes NaN and Infinity, as Python writes them: no session does. Nor does it nest
 * deeper than the parser lets it. */
static gboolean
is_finite (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return members_are_finite (json_node_get_object (node));
  if (JSON_NODE_HOLDS_ARRAY (node))
    return elements_are_finite (json_node_get_array (node));
  return !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_DOUBLE
         || isfinite (json_node_get_double (node));
}

static gboolean
read_parameters (ScopeSessionFile *self, JsonNode *node, GError **error)
{
  JsonObject *object = scope_json_object (node, self->name, "$.parameters", error);
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  if (object == NULL)
    return FALSE;
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, &value))
    if (!is_finite (value)) {
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                       "%s: $.parameters.%s: expected finite numbers", self->name, member);
      return FALSE;
    }
  self->parameters = json_object_ref (object);
  return TRUE;
}

static gboolean
read_root (ScopeSessionFile *self, JsonObject *root, GError **error)
{
  static const char *const members[] = { "schema", "version", "model", "text", "parameters", NULL };
  JsonNode *model, *text, *parameters;

  if (!check_version (root, self->name, error)
      || !only_members (root, members, self->name, "$", error)
      || (model = require (root, "model", self->name, error)) == NULL
      || !read_source (model, self->name, "$.model", &self->model, error)
      || (text = require (root, "text", self->name, error)) == NULL
      || (parameters = require (root, "parameters", self->name, error)) == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_NULL (text) && !read_source (text, self->name, "$.text", &self->text, error))
    return FALSE;
  return read_parameters (self, parameters, error);
}

ScopeSessionFile *
scope_session_file_parse (const char *data, gsize length, const char *name, GError **error)
{
  g_autoptr (JsonNode) node = scope_json_parse (data, length, name, error);
  JsonObject *root = node != NULL ? scope_json_object (node, name, "$", error) : NULL;
  g_autoptr (ScopeSessionFile) self = g_new0 (ScopeSessionFile, 1);

  self->name = g_strdup (name);
  return root != NULL && read_root (self, root, error) ? g_steal_pointer (&self) : NULL;
}

/* --- writing ------------------------------------------------------------------------------------
 */

static void
add_source (JsonBuilder *builder, const char *member, const ScopeSessionFileSource *source)
{
  json_builder_set_member_name (builder, member);
  if (source->path == NULL) {
    json_builder_add_null_value (builder);
    return;
  }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "path");
  json_builder_add_string_value (builder, source->path);
  if (source->hash != NULL) {
    json_builder_set_member_name (builder, "hash");
    json_builder_add_string_value (builder, source->hash);
  }
  json_builder_end_object (builder);
}

char *
scope_session_file_print (const ScopeSessionFile *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonNode *parameters = json_node_init_object (json_node_alloc (), self->parameters);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "schema");
  json_builder_add_string_value (builder, SCHEMA);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, SCOPE_SESSION_FILE_VERSION);
  add_source (builder, "model", &self->model);
  add_source (builder, "text", &self->text);
  json_builder_set_member_name (builder, "parameters");
  json_builder_add_value (builder, parameters);
  json_builder_end_object (builder);

  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = scope_json_print (root, TRUE);
  return g_strconcat (text, "\n", NULL);
}

/* --- files --------------------------------------------------------------------------------------
 */

gboolean
scope_session_file_exists (const char *path)
{
  return g_file_test (path + (path[0] == '@'), G_FILE_TEST_EXISTS)
         || g_file_test (path, G_FILE_TEST_EXISTS);
}

char *
scope_session_file_find (const char *path, const char *file)
{
  gboolean ids = path[0] == '@';
  g_autofree char *folder = g_path_get_dirname (file);
  g_autofree char *base = g_path_get_basename (path + ids);
  g_autofree char *near = g_path_is_absolute (path + ids)
                              ? g_build_filename (folder, base, NULL)
                              : g_build_filename (folder, path + ids, NULL);

  if (scope_session_file_exists (path) || !g_file_test (near, G_FILE_TEST_EXISTS))
    return g_strdup (path);
  return g_strconcat (ids ? "@" : "", near, NULL);
}

static void
find_source (ScopeSessionFileSource *source, const char *file)
{
  g_autofree char *path = source->path;

  source->path = path != NULL ? scope_session_file_find (path, file) : NULL;
}

ScopeSessionFile *
scope_session_file_load (const char *path, GError **error)
{
  gsize length;
  g_autofree char *data = scope_file_read (path, LENGTH_MOST, &length, error);
  ScopeSessionFile *self = NULL;

  if (data != NULL)
    self = scope_session_file_parse (data, length, path, error);
  if (self == NULL)
    return NULL;
  find_source (&self->model, path);
  find_source (&self->text, path);
  return self;
}

gboolean
scope_session_file_save (const ScopeSessionFile *self, const char *path, GError **error)
{
  g_autofree char *text = scope_session_file_print (self);

  return scope_file_write (path, text, strlen (text), error);
}

/* Reading one JSON object member by member: each has its type and its range, or the message says
 * which one is wrong and what was expected. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "export/recipe-private.h"

static void
set_error (ScopeRecipeReader *self, const char *message)
{
  g_autofree char *line = g_strdup (message);
  for (char *p = line; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  self->good = FALSE;
  g_set_error_literal (self->error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE, line);
}

void
scope_recipe_reader_fail (ScopeRecipeReader *self, const char *member, const char *format, ...)
{
  va_list arguments;
  if (!self->good)
    return;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *message
      = g_strdup_printf ("%s: %s%s%s: %s", self->name, self->path, member != NULL ? "." : "",
                         member != NULL ? member : "", what);
  set_error (self, message);
}

/* Errors of the JSON helpers become errors of the recipe. READ is the helper's answer; *ERROR is
 * looked at after it was given. */
static void
take (ScopeRecipeReader *self, gboolean read, GError **error)
{
  if (read)
    return;
  set_error (self, (*error)->message);
  g_clear_error (error);
}

ScopeRecipeReader
scope_recipe_reader_open (JsonNode *node, const char *name, const char *path, GError **error)
{
  ScopeRecipeReader self = { NULL, name, path, error, TRUE };
  GError *wrong = NULL;
  self.object = scope_json_object (node, name, path, &wrong);
  take (&self, self.object != NULL, &wrong);
  return self;
}

gint64
scope_recipe_read_integer (ScopeRecipeReader *self, const char *member, gint64 low, gint64 high,
                           gint64 value)
{
  GError *error = NULL;
  if (self->good)
    take (self,
          scope_json_get_int (self->object, member, FALSE, low, high, &value, self->name,
                              self->path, &error),
          &error);
  return value;
}

double
scope_recipe_read_double (ScopeRecipeReader *self, const char *member, double low, double high,
                          double value)
{
  GError *error = NULL;
  if (self->good)
    take (
        self,
        scope_json_get_double (self->object, member, FALSE, &value, self->name, self->path, &error),
        &error);
  if (!(value >= low && value <= high))
    scope_recipe_reader_fail (self, member, "expected %g to %g, found %g", low, high, value);
  return value;
}

gboolean
scope_recipe_read_boolean (ScopeRecipeReader *self, const char *member, gboolean value)
{
  GError *error = NULL;
  if (self->good)
    take (self,
          scope_json_get_boolean (self->object, member, FALSE, &value, self->name, self->path,
                                  &error),
          &error);
  return value;
}

const char *
scope_recipe_read_string (ScopeRecipeReader *self, const char *member, gboolean required)
{
  const char *value = NULL;
  GError *error = NULL;
  if (self->good)
    take (self,
          scope_json_get_string (self->object, member, required, &value, self->name, self->path,
                                 &error),
          &error);
  if (value != NULL && *value == '\0')
    scope_recipe_reader_fail (self, member, "expected text, found an empty string");
  return value;
}

int
scope_recipe_read_name (ScopeRecipeReader *self, const char *member, const char *const *names,
                        int value)
{
  const char *found = scope_recipe_read_string (self, member, FALSE);
  if (found == NULL || !self->good)
    return value;
  for (int k = 0; names[k] != NULL; k++)
    if (strcmp (found, names[k]) == 0)
      return k;
  g_autofree char *list = g_strjoinv (", ", (char **)names);
  scope_recipe_reader_fail (self, member, "expected %s, found \"%s\"", list, found);
  return value;
}

/* The list of MEMBER, or NULL: absent, or wrong. */
static JsonArray *
read_list (ScopeRecipeReader *self, const char *member, const char *of)
{
  JsonNode *node = self->good ? json_object_get_member (self->object, member) : NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  scope_recipe_reader_fail (self, member, "expected a list of %s", of);
  return NULL;
}

static gboolean
read_number (JsonArray *list, guint k, double *out)
{
  JsonNode *item = json_array_get_element (list, k);
  GType type = JSON_NODE_HOLDS_VALUE (item) ? json_node_get_value_type (item) : G_TYPE_NONE;
  if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
    return FALSE;
  *out = json_node_get_double (item);
  return TRUE;
}

gboolean
scope_recipe_read_numbers (ScopeRecipeReader *self, const char *member, gsize count, double *out)
{
  g_autofree char *of = g_strdup_printf ("%" G_GSIZE_FORMAT " numbers", count);
  JsonArray *list = read_list (self, member, of);
  if (list == NULL)
    return FALSE;
  gboolean good = json_array_get_length (list) == count;
  for (guint k = 0; good && k < count; k++)
    good = read_number (list, k, &out[k]);
  if (!good)
    scope_recipe_reader_fail (self, member, "expected a list of %s", of);
  return good;
}

static gboolean
check_length (ScopeRecipeReader *self, const char *member, guint count, guint most)
{
  if (count >= 1 && count <= most)
    return TRUE;
  scope_recipe_reader_fail (self, member, "expected 1 to %u entries, found %u", most, count);
  return FALSE;
}

GArray *
scope_recipe_read_number_list (ScopeRecipeReader *self, const char *member, double low, double high,
                               gboolean whole, guint most)
{
  JsonArray *list = read_list (self, member, "numbers");
  guint count = list != NULL ? json_array_get_length (list) : 0;
  if (list == NULL || !check_length (self, member, count, most))
    return NULL;
  GArray *out = g_array_sized_new (FALSE, FALSE, sizeof (double), count);
  for (guint k = 0; self->good && k < count; k++) {
    double value = NAN;
    if (!read_number (list, k, &value) || !(value >= low && value <= high)
        || (whole && value != floor (value)))
      scope_recipe_reader_fail (self, member, "entry %u: expected a %snumber of %g to %g", k,
                                whole ? "whole " : "", low, high);
    g_array_append_val (out, value);
  }
  return out;
}

GPtrArray *
scope_recipe_read_strings (ScopeRecipeReader *self, const char *member)
{
  JsonArray *list = read_list (self, member, "strings");
  guint count = list != NULL ? json_array_get_length (list) : 0;
  if (list == NULL || !check_length (self, member, count, SCOPE_RECIPE_MAX_LIST))
    return NULL;
  GPtrArray *out = g_ptr_array_new_with_free_func (g_free);
  for (guint k = 0; self->good && k < count; k++) {
    JsonNode *item = json_array_get_element (list, k);
    GType type = JSON_NODE_HOLDS_VALUE (item) ? json_node_get_value_type (item) : G_TYPE_NONE;
    const char *value = type == G_TYPE_STRING ? json_node_get_string (item) : NULL;
    if (value == NULL || *value == '\0')
      scope_recipe_reader_fail (self, member, "entry %u: expected a string", k);
    g_ptr_array_add (out, g_strdup (value));
  }
  return out;
}

void
scope_recipe_read_members (ScopeRecipeReader *self, const char *const *known)
{
  if (!self->good)
    return;
  g_autoptr (GList) members = json_object_get_members (self->object);
  for (GList *l = members; l != NULL && self->good; l = l->next)
    if (!g_strv_contains (known, l->data)) {
      g_autofree char *list = g_strjoinv (", ", (char **)known);
      scope_recipe_reader_fail (self, l->data, "unknown member; the known ones are %s", list);
    }
}

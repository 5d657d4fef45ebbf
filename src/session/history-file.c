#include "base/error.h"
#include "session/history-private.h"

JsonNode *
scope_history_get (ScopeHistory *self, const char *name)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  const ScopeRegistered *parameter = scope_history_find (self, name);

  return parameter != NULL ? scope_registered_get (parameter) : NULL;
}

JsonObject *
scope_history_save (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  JsonObject *out = json_object_new ();

  for (guint i = 0; i < self->parameters->len; i++) {
    const ScopeRegistered *parameter = g_ptr_array_index (self->parameters, i);
    json_object_set_member (out, parameter->is.name, scope_registered_get (parameter));
  }
  return out;
}

static void
set_from_file (const ScopeRegistered *parameter, JsonNode *value, const char *name,
               const char *path, GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (!scope_registered_set (parameter, value, &refused) && error != NULL && *error == NULL)
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s.%s: %s", name,
                     path, parameter->is.name, refused->message);
}

static void
keep_waiting (ScopeHistory *self, JsonObject *object)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, &value))
    if (scope_history_find (self, member) == NULL)
      g_hash_table_replace (self->waiting, g_strdup (member), json_node_ref (value));
}

gboolean
scope_history_restore (ScopeHistory *self, JsonObject *object, const char *name, const char *path,
                       GError **error)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), FALSE);
  g_autoptr (GError) first = NULL;

  scope_history_settle (self);
  self->applying = TRUE;
  for (guint i = 0; i < self->parameters->len; i++) {
    const ScopeRegistered *parameter = g_ptr_array_index (self->parameters, i);
    JsonNode *value = json_object_get_member (object, parameter->is.name);
    if (value != NULL)
      set_from_file (parameter, value, name, path, &first);
  }
  self->applying = FALSE;
  keep_waiting (self, object);
  scope_history_look_at_all (self);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

GPtrArray *
scope_history_names (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->parameters->len; i++)
    g_ptr_array_add (
        names, (gpointer)((ScopeRegistered *)g_ptr_array_index (self->parameters, i))->is.name);
  return names;
}

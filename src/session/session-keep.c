#include "session/session-keep.h"

#include <math.h>

#include "base/error.h"
#include "session/filter-spec.h"
#include "session/session-private.h"

/* --- to a file ----------------------------------------------------------------------------------
 */

/* The file finds it again from any working folder; a text may be "@ids.json". */
static char *
absolute_path (const char *path)
{
  gboolean ids = path[0] == '@' && !g_file_test (path, G_FILE_TEST_EXISTS);
  g_autofree char *absolute = g_canonicalize_filename (path + ids, NULL);

  return g_strconcat (ids ? "@" : "", absolute, NULL);
}

static gboolean
check_path (const char *path, GError **error)
{
  if (path == NULL || g_utf8_validate (path, -1, NULL))
    return TRUE;
  g_autofree char *shown = g_filename_display_name (path);
  g_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
               "%s: a session cannot name a file whose name is no UTF-8", shown);
  return FALSE;
}

ScopeSessionFile *
scope_session_keep (ScopeSession *self, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self), NULL);
  g_autoptr (ScopeSessionFile) file = g_new0 (ScopeSessionFile, 1);

  if (self->host == NULL) {
    g_set_error_literal (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                         "there is no session to save before a model is open");
    return NULL;
  }
  file->model.path = absolute_path (scope_model_path (self->host->model));
  if (self->stage != NULL) { /* its run has made the model's hash */
    file->model.hash = g_strdup (scope_model_hash (self->host->model));
    file->text.path = absolute_path (self->stage->path);
    file->text.hash = scope_tokens_hash (self->stage->tokens);
  }
  file->parameters = scope_history_save (self->history);
  if (!check_path (file->model.path, error) || !check_path (file->text.path, error))
    return NULL;
  return g_steal_pointer (&file);
}

/* --- from a file --------------------------------------------------------------------------------
 */

static ScopeSessionFile *
copy_file (const ScopeSessionFile *file)
{
  ScopeSessionFile *copy = g_new0 (ScopeSessionFile, 1);

  copy->name = g_strdup (file->name);
  copy->model
      = (ScopeSessionFileSource){ g_strdup (file->model.path), g_strdup (file->model.hash) };
  copy->text = (ScopeSessionFileSource){ g_strdup (file->text.path), g_strdup (file->text.hash) };
  copy->parameters = json_object_ref (file->parameters);
  return copy;
}

void
scope_session_restore (ScopeSession *self, const ScopeSessionFile *file)
{
  g_return_if_fail (SCOPE_IS_SESSION (self) && file != NULL);
  ScopeSessionFile *copy = copy_file (file);

  scope_session_open_exactly (self, copy->model.path, copy->text.path);
  self->restoring = copy;
}

static JsonNode *
value_of (const ScopeSessionFile *file, const char *name, GType type)
{
  JsonNode *node = json_object_get_member (file->parameters, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

void
scope_session_restored_setting (const ScopeSessionFile *file, ScopeSetting *setting, gsize *layer)
{
  JsonNode *on = value_of (file, "filter.on", G_TYPE_BOOLEAN);
  JsonNode *method = value_of (file, "filter.method", G_TYPE_STRING);
  JsonNode *theta = value_of (file, "filter.theta", G_TYPE_DOUBLE);
  JsonNode *index = value_of (file, "selection.layer", G_TYPE_INT64);
  double inside, value = theta != NULL ? json_node_get_double (theta) : NAN;
  g_autofree char *plain = NULL;

  scope_setting_clear (setting);
  setting->theta = value > 0.0 && value <= 1.0 ? value : NAN;
  if (method != NULL)
    plain = scope_filter_spec_split (json_node_get_string (method), &inside, NULL);
  if (on != NULL && json_node_get_boolean (on))
    setting->spec = scope_filter_spec_join (plain != NULL ? plain : "longmamba", setting->theta);
  else
    setting->spec = g_strdup ("off");
  if (index != NULL && json_node_get_int (index) >= 0)
    *layer = (gsize)json_node_get_int (index);
}

static void
compare_hash (ScopeSession *self, const ScopeSessionFileSource *source, const char *hash,
              const char *what)
{
  if (source->hash == NULL || hash == NULL || g_str_equal (source->hash, hash))
    return;
  g_autofree char *message = g_strdup_printf (
      "%s: this %s is another than when the session was saved", source->path, what);
  scope_session_tell (self, message);
}

void
scope_session_finish_restoring (ScopeSession *self)
{
  g_autoptr (ScopeSessionFile) file = g_steal_pointer (&self->restoring);
  g_autoptr (GError) error = NULL;

  if (file == NULL)
    return;
  g_object_freeze_notify (G_OBJECT (self));
  gboolean set
      = scope_history_restore (self->history, file->parameters, file->name, "$.parameters", &error);
  g_object_thaw_notify (G_OBJECT (self));
  if (!set)
    scope_session_tell (self, error->message);
  if (self->stage == NULL) /* nobody has made the model's hash: it takes its time */
    return;
  compare_hash (self, &file->model, scope_model_hash (self->host->model), "model");
  g_autofree char *hash = scope_tokens_hash (self->stage->tokens);
  compare_hash (self, &file->text, hash, "text");
}

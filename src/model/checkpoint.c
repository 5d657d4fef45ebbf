#include "model/checkpoint.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/safetensors.h"

#define MAX_INDEX ((gsize)1 << 28)

struct _ScopeCheckpoint {
  char *path;         /* the file or index that names the tensors */
  GPtrArray *files;   /* (element-type ScopeSafetensors), by ascending name */
  GHashTable *places; /* tensor name to the file that holds it, borrowed */
  GPtrArray *names;   /* of tensors that can be read, ascending; borrowed from PLACES */
  gboolean indexed;
};

static ScopeSafetensors *
open_file (ScopeCheckpoint *self, const char *path, GError **error)
{
  ScopeSafetensors *file = scope_safetensors_open (path, error);
  if (file != NULL)
    g_ptr_array_add (self->files, file);
  return file;
}

/* A shard is a file of the folder itself: a checkpoint must not reach for other files. */
static gboolean
is_plain_name (const char *name)
{
  return *name != '\0' && strchr (name, '/') == NULL && strcmp (name, ".") != 0
         && strcmp (name, "..") != 0;
}

static gboolean
open_shards (ScopeCheckpoint *self, JsonObject *map, GError **error)
{
  g_autoptr (GHashTable) opened = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = json_object_get_members (map);
  g_autofree char *folder = g_path_get_dirname (self->path);
  for (GList *at = names; at != NULL; at = at->next) {
    const char *name = NULL;
    if (!scope_json_get_string (map, at->data, TRUE, &name, self->path, "$.weight_map", error))
      return FALSE;
    if (!is_plain_name (name)) {
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                       "%s: tensor %s: \"%s\" is not the name of a file in the folder", self->path,
                       (char *)at->data, name);
      return FALSE;
    }
    g_autofree char *path = g_build_filename (folder, name, NULL);
    ScopeSafetensors *file = g_hash_table_lookup (opened, name);
    if (file == NULL)
      file = open_file (self, path, error);
    if (file == NULL)
      return FALSE;
    g_hash_table_insert (opened, (gpointer)name, file);
    g_hash_table_insert (self->places, g_strdup (at->data), file);
  }
  return TRUE;
}

static gboolean
open_index (ScopeCheckpoint *self, GError **error)
{
  gsize length;
  g_autofree char *text = scope_file_read (self->path, MAX_INDEX, &length, error);
  g_autoptr (JsonNode) root
      = text != NULL ? scope_json_parse (text, length, self->path, error) : NULL;
  JsonObject *object = root != NULL ? scope_json_object (root, self->path, "$", error) : NULL;
  if (object == NULL)
    return FALSE;
  JsonNode *node = json_object_get_member (object, "weight_map");
  if (node == NULL) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: $.weight_map is missing", self->path);
    return FALSE;
  }
  self->indexed = TRUE;
  JsonObject *map = scope_json_object (node, self->path, "$.weight_map", error);
  return map != NULL && open_shards (self, map, error);
}

static gboolean
open_single (ScopeCheckpoint *self, GError **error)
{
  ScopeSafetensors *file = open_file (self, self->path, error);
  for (gsize i = 0; file != NULL && i < scope_safetensors_count (file); i++)
    g_hash_table_insert (self->places, g_strdup (scope_safetensors_nth (file, i)->name), file);
  return file != NULL;
}

/* The file of FOLDER that is read; if there is none, the one that is missed first. */
static char *
choose_file (const char *folder)
{
  static const char *const names[] = { "model.safetensors.index.json", "model.safetensors" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return g_build_filename (folder, "model.safetensors", NULL);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp (scope_safetensors_name (*(ScopeSafetensors *const *)a),
                 scope_safetensors_name (*(ScopeSafetensors *const *)b));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static void
list_names (ScopeCheckpoint *self)
{
  GHashTableIter iter;
  gpointer name, file;
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, &name, &file))
    if (scope_safetensors_find (file, name) != NULL)
      g_ptr_array_add (self->names, name);
  g_ptr_array_sort (self->names, compare_names);
  g_ptr_array_sort (self->files, compare_files);
}

ScopeCheckpoint *
scope_checkpoint_open (const char *path, GError **error)
{
  g_autoptr (ScopeCheckpoint) self = g_new0 (ScopeCheckpoint, 1);
  self->path = g_file_test (path, G_FILE_TEST_IS_DIR) ? choose_file (path) : g_strdup (path);
  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_safetensors_free);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->names = g_ptr_array_new ();
  gboolean index = g_str_has_suffix (self->path, ".index.json");
  if (!(index ? open_index (self, error) : open_single (self, error)))
    return NULL;
  list_names (self);
  return g_steal_pointer (&self);
}

void
scope_checkpoint_free (ScopeCheckpoint *self)
{
  g_ptr_array_unref (self->names);
  g_hash_table_unref (self->places);
  g_ptr_array_unref (self->files);
  g_free (self->path);
  g_free (self);
}

const ScopeWeight *
scope_checkpoint_get (ScopeCheckpoint *self, const char *name, GError **error)
{
  ScopeSafetensors *file = g_hash_table_lookup (self->places, name);
  if (file == NULL && !self->indexed)
    file = g_ptr_array_index (self->files, 0);
  if (file != NULL)
    return scope_safetensors_get (file, name, error);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH, "%s: tensor %s is missing",
                   self->path, name);
  return NULL;
}

gboolean
scope_checkpoint_has (const ScopeCheckpoint *self, const char *name)
{
  const ScopeSafetensors *file = g_hash_table_lookup (self->places, name);
  return file != NULL && scope_safetensors_find (file, name) != NULL;
}

const char *
scope_checkpoint_file (const ScopeCheckpoint *self, const char *name)
{
  const ScopeSafetensors *file = g_hash_table_lookup (self->places, name);
  return file != NULL ? scope_safetensors_name (file) : self->path;
}

gsize
scope_checkpoint_count (const ScopeCheckpoint *self)
{
  return self->names->len;
}

const char *
scope_checkpoint_nth (const ScopeCheckpoint *self, gsize n)
{
  g_return_val_if_fail (n < self->names->len, NULL);
  return g_ptr_array_index (self->names, n);
}

void
scope_checkpoint_update_hash (const ScopeCheckpoint *self, GChecksum *checksum)
{
  for (guint i = 0; i < self->files->len; i++) {
    gsize length;
    const guchar *data = scope_safetensors_contents (g_ptr_array_index (self->files, i), &length);
    g_checksum_update (checksum, data, (gssize)length);
  }
}

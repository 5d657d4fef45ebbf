#include "model/checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/safetensors.h"
#include "model/torch/torch-file.h"

#define HASH_BLOCK ((gsize)1 << 22) /* 35 ms between two looks at the progress */
#define MAX_INDEX  ((gsize)1 << 28)

/* One file of either kind. */
typedef struct {
  ScopeSafetensors *safetensors;
  ScopeTorchFile *torch;
} File;

struct _ScopeCheckpoint {
  char *path;         /* the file or index that names the tensors */
  GPtrArray *files;   /* (element-type File), by ascending name */
  GHashTable *places; /* tensor name to the File that holds it, borrowed */
  GPtrArray *names;   /* of tensors that can be read, ascending; borrowed from the files */
  guint64 bytes;
  gboolean indexed;
};

static void
file_free (gpointer data)
{
  File *file = data;
  g_clear_pointer (&file->safetensors, scope_safetensors_free);
  g_clear_pointer (&file->torch, scope_torch_file_free);
  g_free (file);
}

static const char *
file_name (const File *file)
{
  return file->torch != NULL ? scope_torch_file_name (file->torch)
                             : scope_safetensors_name (file->safetensors);
}

static const ScopeWeight *
file_get (const File *file, const char *name, GError **error)
{
  return file->torch != NULL ? scope_torch_file_get (file->torch, name, error)
                             : scope_safetensors_get (file->safetensors, name, error);
}

static gsize
file_count (const File *file)
{
  return file->torch != NULL ? scope_torch_file_count (file->torch)
                             : scope_safetensors_count (file->safetensors);
}

static const ScopeWeight *
file_nth (const File *file, gsize n)
{
  return file->torch != NULL ? scope_torch_file_nth (file->torch, n)
                             : scope_safetensors_nth (file->safetensors, n);
}

static const void *
file_contents (const File *file, gsize *length)
{
  return file->torch != NULL ? scope_torch_file_contents (file->torch, length)
                             : scope_safetensors_contents (file->safetensors, length);
}

static File *
open_file (ScopeCheckpoint *self, const char *path, GError **error)
{
  File opened = { 0 };
  if (g_str_has_suffix (path, ".safetensors"))
    opened.safetensors = scope_safetensors_open (path, error);
  else
    opened.torch = scope_torch_file_open (path, error);
  if (opened.safetensors == NULL && opened.torch == NULL)
    return NULL;
  File *file = g_new (File, 1);
  *file = opened;
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
    File *file = g_hash_table_lookup (opened, name);
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
  File *file = open_file (self, self->path, error);
  for (gsize i = 0; file != NULL && i < file_count (file); i++)
    g_hash_table_insert (self->places, g_strdup (file_nth (file, i)->name), file);
  return file != NULL;
}

gboolean
scope_checkpoint_is_weights_file (const char *name)
{
  static const char *const endings[] = { ".safetensors", ".bin", ".pt", ".pth" };
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

/* The only weights file of FOLDER, whatever its name. */
static char *
find_only_file (const char *folder, GError **error)
{
  g_autoptr (GDir) listing = g_dir_open (folder, 0, NULL);
  g_autofree char *found = NULL;
  const char *name;
  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL) {
    if (!scope_checkpoint_is_weights_file (name))
      continue;
    if (found != NULL) {
      gboolean first = strcmp (found, name) < 0;
      scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                       "%s: %s or %s? Name the weights file instead of the folder", folder,
                       first ? found : name, first ? name : found);
      return NULL;
    }
    found = g_strdup (name);
  }
  if (found != NULL)
    return g_build_filename (folder, found, NULL);
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                   "%s: no weights: expected model.safetensors, pytorch_model.bin, the .index.json"
                   " of either, or a .safetensors, .bin, .pt or .pth file",
                   folder);
  return NULL;
}

/* The file of FOLDER that is read. */
static char *
choose_file (const char *folder, GError **error)
{
  static const char *const names[] = { "model.safetensors.index.json", "model.safetensors",
                                       "pytorch_model.bin.index.json", "pytorch_model.bin" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return find_only_file (folder, error);
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  return strcmp (file_name (*(File *const *)a), file_name (*(File *const *)b));
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* Of what a file holds, that counts which the index places there. */
static void
list_names (ScopeCheckpoint *self)
{
  for (guint i = 0; i < self->files->len; i++) {
    const File *file = g_ptr_array_index (self->files, i);
    for (gsize k = 0; k < file_count (file); k++) {
      const ScopeWeight *weight = file_nth (file, k);
      if (g_hash_table_lookup (self->places, weight->name) != file)
        continue;
      g_ptr_array_add (self->names, (gpointer)weight->name);
      self->bytes += weight->count * scope_dtype_size (weight->dtype);
    }
  }
  g_ptr_array_sort (self->names, compare_names);
  g_ptr_array_sort (self->files, compare_files);
}

ScopeCheckpoint *
scope_checkpoint_open (const char *path, GError **error)
{
  g_autoptr (ScopeCheckpoint) self = g_new0 (ScopeCheckpoint, 1);
  self->path = g_file_test (path, G_FILE_TEST_IS_DIR) ? choose_file (path, error) : g_strdup (path);
  self->files = g_ptr_array_new_with_free_func (file_free);
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->names = g_ptr_array_new ();
  gboolean index = self->path != NULL && g_str_has_suffix (self->path, ".index.json");
  if (self->path == NULL || !(index ? open_index (self, error) : open_single (self, error)))
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
  const File *file = g_hash_table_lookup (self->places, name);
  if (file == NULL && !self->indexed)
    file = g_ptr_array_index (self->files, 0);
  if (file != NULL)
    return file_get (file, name, error);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH, "%s: tensor %s is missing",
                   self->path, name);
  return NULL;
}

gboolean
scope_checkpoint_has (const ScopeCheckpoint *self, const char *name)
{
  return self->names->len > 0
         && bsearch (&name, self->names->pdata, self->names->len, sizeof name, compare_names)
                != NULL;
}

const char *
scope_checkpoint_file (const ScopeCheckpoint *self, const char *name)
{
  const File *file = g_hash_table_lookup (self->places, name);
  return file != NULL ? file_name (file) : self->path;
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

guint64
scope_checkpoint_bytes (const ScopeCheckpoint *self)
{
  return self->bytes;
}

gboolean
scope_checkpoint_update_hash (const ScopeCheckpoint *self, GChecksum *checksum,
                              ScopeProgress *progress, GError **error)
{
  for (guint i = 0; i < self->files->len; i++) {
    gsize length;
    const guchar *data = file_contents (g_ptr_array_index (self->files, i), &length);
    for (gsize begin = 0, count; begin < length; begin += count) {
      double part = (i + (double)begin / (double)length) / self->files->len;
      count = MIN (HASH_BLOCK, length - begin);
      if (!scope_progress_check (progress, part, "identifying the model", error))
        return FALSE;
      g_checksum_update (checksum, data + begin, (gssize)count);
    }
  }
  return TRUE;
}

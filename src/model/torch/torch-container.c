/* Where the pickle and the storages stand: in a zip archive, or one after the other. */
#include "model/torch/torch-private.h"

#include <string.h>

#define PICKLE "data.pkl"

/* The folder of the archive that holds data.pkl; there must be one. */
static const ScopeZipEntry *
find_pickle (ScopeTorchFile *self, GError **error)
{
  const ScopeZipEntry *found = NULL;
  for (gsize i = 0; i < scope_zip_count (self->zip); i++) {
    const ScopeZipEntry *entry = scope_zip_nth (self->zip, i);
    const char *slash = strchr (entry->name, '/');
    if (strcmp (slash != NULL ? slash + 1 : entry->name, PICKLE) != 0)
      continue;
    if (found != NULL) {
      scope_torch_fail (self, NULL, error, "its entries %s and %s cannot both be the pickle",
                        found->name, entry->name);
      return NULL;
    }
    found = entry;
  }
  if (found == NULL)
    scope_torch_fail (self, NULL, error,
                      "a zip archive, but not of torch.save: it has no entry " PICKLE);
  else
    self->folder = g_strndup (found->name, strlen (found->name) - strlen (PICKLE));
  return found;
}

static const ScopeZipEntry *
find_entry (const ScopeTorchFile *self, const char *folder, const char *name)
{
  g_autofree char *path = g_strconcat (self->folder, folder, name, NULL);
  return scope_zip_find (self->zip, path);
}

/* Files from before the record existed are little-endian. */
static gboolean
read_byte_order (ScopeTorchFile *self, GError **error)
{
  const ScopeZipEntry *entry = find_entry (self, "", "byteorder");
  if (entry == NULL)
    return TRUE;
  g_autofree guint8 *unpacked
      = entry->deflated ? scope_zip_inflate (self->zip, entry, error) : NULL;
  if (entry->deflated && unpacked == NULL)
    return FALSE;
  const guint8 *text = unpacked != NULL ? unpacked : entry->data;
  self->swapped = entry->size == 3 && memcmp (text, "big", 3) == 0;
  return self->swapped || (entry->size == 6 && memcmp (text, "little", 6) == 0)
         || scope_torch_fail (self, NULL, error, "entry %s: expected \"little\" or \"big\"",
                              entry->name);
}

static gboolean
find_storage (ScopeTorchFile *self, ScopeTorchStorage *storage, GError **error)
{
  gsize bytes = storage->count * scope_torch_element_size (storage->global);
  storage->entry = find_entry (self, "data/", storage->key);
  if (storage->entry == NULL && bytes == 0)
    return TRUE;
  if (storage->entry == NULL)
    return scope_torch_fail (self, NULL, error, "storage %s: entry %sdata/%s is missing",
                             storage->key, self->folder, storage->key);
  if (storage->entry->size != bytes)
    return scope_torch_fail (
        self, NULL, error, "storage %s: expected %" G_GSIZE_FORMAT " bytes, found %" G_GSIZE_FORMAT,
        storage->key, bytes, storage->entry->size);
  if (!storage->entry->deflated)
    storage->data = storage->entry->data;
  return TRUE;
}

static gboolean
read_state (ScopeTorchFile *self, const guint8 *data, gsize length, const char *name, gsize *used,
            GError **error)
{
  g_autoptr (ScopePickle) pickle
      = scope_pickle_parse (data, length, name, scope_torch_find_global, used, error);
  return pickle != NULL && scope_torch_read_state (self, pickle, error);
}

gboolean
scope_torch_read_zip (ScopeTorchFile *self, GError **error)
{
  self->zip = scope_zip_open (self->data, self->length, self->name, error);
  const ScopeZipEntry *entry = self->zip != NULL ? find_pickle (self, error) : NULL;
  if (entry == NULL || !read_byte_order (self, error))
    return FALSE;
  g_autofree guint8 *unpacked
      = entry->deflated ? scope_zip_inflate (self->zip, entry, error) : NULL;
  if (entry->deflated && unpacked == NULL)
    return FALSE;
  g_autofree char *name = g_strdup_printf ("%s: " PICKLE, self->name);
  if (!read_state (self, unpacked != NULL ? unpacked : entry->data, entry->size, name, NULL, error))
    return FALSE;
  GHashTableIter iter;
  gpointer storage;
  g_hash_table_iter_init (&iter, self->storages);
  while (g_hash_table_iter_next (&iter, NULL, &storage))
    if (!find_storage (self, storage, error))
      return FALSE;
  return TRUE;
}

/* The old format: the magic number, the version and the writer's system, each a pickle; the state;
 * the keys of the storages, a pickle; then of each storage its count and its numbers, always
 * little-endian. */
static const guint8 magic[] = { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };
#define VERSION 1001

/* The pickle at *AT, of what is called WHAT. */
static ScopePickle *
read_part (ScopeTorchFile *self, gsize *at, const char *what, GError **error)
{
  gsize used;
  g_autofree char *name
      = g_strdup_printf ("%s: %s, from byte %" G_GSIZE_FORMAT " on", self->name, what, *at);
  ScopePickle *pickle = scope_pickle_parse (self->data + *at, self->length - *at, name,
                                            scope_torch_find_global, &used, error);
  if (pickle != NULL)
    *at += used;
  return pickle;
}

static gboolean
read_head (ScopeTorchFile *self, gsize *at, GError **error)
{
  g_autoptr (ScopePickle) number = read_part (self, at, "magic number", error);
  if (number == NULL)
    return FALSE;
  const ScopePickleValue *root = scope_pickle_root (number);
  if (root->kind != SCOPE_PICKLE_LONG || root->length != sizeof magic
      || memcmp (root->text, magic, sizeof magic) != 0)
    return scope_torch_fail (self, NULL, error,
                             "a pickle, but not a file of torch.save: its magic number is missing");
  g_autoptr (ScopePickle) version = read_part (self, at, "version", error);
  if (version == NULL)
    return FALSE;
  root = scope_pickle_root (version);
  if (root->kind != SCOPE_PICKLE_INTEGER || root->integer != VERSION)
    return scope_torch_fail (self, NULL, error, "its version is not %d", VERSION);
  g_autoptr (ScopePickle) system = read_part (self, at, "system", error);
  return system != NULL;
}

/* The storage of KEY stands at *AT. */
static gboolean
read_storage (ScopeTorchFile *self, const ScopePickleValue *key, gsize *at, GError **error)
{
  guint64 count;
  g_autofree char *name
      = key->kind == SCOPE_PICKLE_TEXT ? g_strndup (key->text, key->length) : NULL;
  ScopeTorchStorage *storage = name != NULL ? g_hash_table_lookup (self->storages, name) : NULL;
  if (storage == NULL || storage->data != NULL)
    return scope_torch_fail (self, NULL, error, "storage %s is listed, but %s",
                             name != NULL ? name : "?", storage == NULL ? "not used" : "twice");
  gsize bytes = storage->count * scope_torch_element_size (storage->global);
  if (self->length - *at < sizeof count || self->length - *at - sizeof count < bytes)
    return scope_torch_fail (self, NULL, error,
                             "storage %s of %" G_GSIZE_FORMAT " bytes is cut off", name, bytes);
  memcpy (&count, self->data + *at, sizeof count);
  if (GUINT64_FROM_LE (count) != storage->count)
    return scope_torch_fail (self, NULL, error,
                             "storage %s: expected %" G_GSIZE_FORMAT
                             " elements, found %" G_GUINT64_FORMAT,
                             name, storage->count, GUINT64_FROM_LE (count));
  storage->data = self->data + *at + sizeof count;
  *at += sizeof count + bytes;
  return TRUE;
}

static gboolean
check_storages (ScopeTorchFile *self, GError **error)
{
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init (&iter, self->storages);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const ScopeTorchStorage *storage = value;
    if (storage->data == NULL && storage->count > 0)
      return scope_torch_fail (self, NULL, error, "storage %s is missing", storage->key);
  }
  return TRUE;
}

gboolean
scope_torch_read_legacy (ScopeTorchFile *self, GError **error)
{
  gsize at = 0, used = 0;
  if (!read_head (self, &at, error))
    return FALSE;
  g_autofree char *name
      = g_strdup_printf ("%s: state, from byte %" G_GSIZE_FORMAT " on", self->name, at);
  if (!read_state (self, self->data + at, self->length - at, name, &used, error))
    return FALSE;
  at += used;
  g_autoptr (ScopePickle) pickle = read_part (self, &at, "keys", error);
  if (pickle == NULL)
    return FALSE;
  const ScopePickleValue *keys = scope_pickle_root (pickle);
  if (keys->kind != SCOPE_PICKLE_LIST)
    return scope_torch_fail (self, NULL, error, "expected a list of storages");
  for (gsize i = 0; i < scope_pickle_count (keys); i++)
    if (!read_storage (self, scope_pickle_item (keys, i), &at, error))
      return FALSE;
  return check_storages (self, error);
}

#include "model/torch/torch-private.h"

#include <string.h>

#include "base/error.h"
#include "base/file.h"

gboolean
scope_torch_fail (const ScopeTorchFile *self, const char *tensor, GError **error,
                  const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s%s%s%s", self->name,
                   tensor != NULL ? "tensor " : "", tensor != NULL ? tensor : "",
                   tensor != NULL ? ": " : "", text);
  return FALSE;
}

static void
storage_free (gpointer data)
{
  ScopeTorchStorage *storage = data;
  g_free (storage->key);
  g_free (storage->unpacked);
  g_free (storage);
}

/* A file that begins like the one or the other. */
static gboolean
read_file (ScopeTorchFile *self, GError **error)
{
  if (self->length >= 4 && memcmp (self->data, "PK\3\4", 4) == 0)
    return scope_torch_read_zip (self, error);
  if (self->length >= 2 && self->data[0] == 0x80)
    return scope_torch_read_legacy (self, error);
  return scope_torch_fail (self, NULL, error,
                           "not a file of torch.save: it begins neither like a zip archive nor like"
                           " a pickle");
}

/* Takes BYTES, which may be NULL. */
static ScopeTorchFile *
torch_file_new (GBytes *bytes, const void *data, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeTorchFile) self = g_new0 (ScopeTorchFile, 1);
  self->name = g_strdup (name);
  self->bytes = bytes;
  self->data = data;
  self->length = length;
  self->storages = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, storage_free);
  self->tensors = g_ptr_array_new ();
  self->readable = g_ptr_array_new ();
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  return read_file (self, error) ? g_steal_pointer (&self) : NULL;
}

ScopeTorchFile *
scope_torch_file_open (const char *path, GError **error)
{
  GBytes *bytes = scope_file_map (path, error);
  if (bytes == NULL)
    return NULL;
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  return torch_file_new (bytes, data, length, path, error);
}

ScopeTorchFile *
scope_torch_file_parse (const void *data, gsize length, const char *name, GError **error)
{
  return torch_file_new (NULL, data, length, name, error);
}

void
scope_torch_file_free (ScopeTorchFile *self)
{
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->readable);
  g_ptr_array_unref (self->tensors);
  g_hash_table_unref (self->storages);
  g_clear_pointer (&self->zip, scope_zip_free);
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self->folder);
  g_free (self->name);
  g_free (self);
}

const ScopeWeight *
scope_torch_file_get (ScopeTorchFile *self, const char *name, GError **error)
{
  ScopeTorchTensor *tensor = g_hash_table_lookup (self->by_name, name);
  if (tensor == NULL || tensor->refusal != NULL) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH, "%s: tensor %s%s%s",
                     self->name, name, tensor != NULL ? ": " : " ",
                     tensor != NULL ? tensor->refusal : "is missing");
    return NULL;
  }
  if (tensor->weight.data == NULL && !scope_torch_unpack (self, tensor, error))
    return NULL;
  return &tensor->weight;
}

gsize
scope_torch_file_count (const ScopeTorchFile *self)
{
  return self->readable->len;
}

const ScopeWeight *
scope_torch_file_nth (const ScopeTorchFile *self, gsize n)
{
  g_return_val_if_fail (n < self->readable->len, NULL);
  const ScopeTorchTensor *tensor = g_ptr_array_index (self->readable, n);
  return &tensor->weight;
}

const char *
scope_torch_file_name (const ScopeTorchFile *self)
{
  return self->name;
}

const void *
scope_torch_file_contents (const ScopeTorchFile *self, gsize *length)
{
  *length = self->length;
  return self->data;
}

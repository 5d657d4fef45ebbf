/* A tensor's numbers: in place where they lie in order, else gathered into memory. */
#include "model/torch/torch-private.h"

#include <string.h>

#include "base/error.h"

static gboolean
fail_memory (const ScopeTorchFile *self, const ScopeTorchTensor *tensor, gsize bytes,
             GError **error)
{
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                   "%s: tensor %s: its %" G_GSIZE_FORMAT " bytes do not fit in memory", self->name,
                   tensor->name, bytes);
  return FALSE;
}

static gboolean
is_contiguous (const ScopeTorchTensor *tensor)
{
  gsize step = 1;
  for (guint i = tensor->weight.rank; i-- > 0; step *= tensor->weight.shape[i])
    if (tensor->weight.shape[i] > 1 && tensor->strides[i] != step)
      return FALSE;
  return TRUE;
}

/* Copies COUNT elements of SIZE bytes that lie STRIDE elements apart. */
static void
gather (const guint8 *from, gsize stride, gsize count, gsize size, guint8 *to)
{
  if (stride == 1) {
    memcpy (to, from, count * size);
    return;
  }
  for (gsize i = 0; i < count; i++)
    memcpy (to + i * size, from + i * stride * size, size);
}

static void
swap_bytes (guint8 *data, gsize count, gsize size)
{
  for (gsize i = 0; i < count; i++, data += size)
    for (gsize low = 0, high = size - 1; low < high; low++, high--) {
      guint8 byte = data[low];
      data[low] = data[high];
      data[high] = byte;
    }
}

/* Row after row of the last dimension, in the order in which the others count up. */
static void
gather_all (const ScopeTorchTensor *tensor, const guint8 *data, gsize size, guint8 *out)
{
  const ScopeWeight *weight = &tensor->weight;
  guint outer = weight->rank > 0 ? weight->rank - 1 : 0;
  gsize width = weight->rank > 0 ? weight->shape[outer] : 1;
  gsize stride = weight->rank > 0 ? tensor->strides[outer] : 1;
  gsize index[SCOPE_MAX_RANK] = { 0 };
  for (gsize row = 0; row < weight->count / width; row++) {
    gsize place = tensor->offset;
    for (guint i = 0; i < outer; i++)
      place += index[i] * tensor->strides[i];
    gather (data + place * size, stride, width, size, out + row * width * size);
    for (guint i = outer; i-- > 0 && ++index[i] == weight->shape[i];)
      index[i] = 0;
  }
}

static gboolean
inflate_storage (ScopeTorchFile *self, ScopeTorchStorage *storage, GError **error)
{
  if (storage->data == NULL)
    storage->data = storage->unpacked = scope_zip_inflate (self->zip, storage->entry, error);
  return storage->data != NULL;
}

gboolean
scope_torch_unpack (ScopeTorchFile *self, ScopeTorchTensor *tensor, GError **error)
{
  ScopeWeight *weight = &tensor->weight;
  gsize size = scope_dtype_size (weight->dtype);
  if (weight->count == 0) {
    weight->data = self->data;
    return TRUE;
  }
  if (!inflate_storage (self, tensor->storage, error))
    return FALSE;
  if (is_contiguous (tensor) && !self->swapped) {
    weight->data = tensor->storage->data + tensor->offset * size;
    return TRUE;
  }
  /* No overflow: a view is no larger than its storage, whose bytes were counted, or than a bound.
   */
  tensor->copy = g_try_malloc (weight->count * size);
  if (tensor->copy == NULL)
    return fail_memory (self, tensor, weight->count * size, error);
  gather_all (tensor, tensor->storage->data, size, tensor->copy);
  if (self->swapped)
    swap_bytes (tensor->copy, weight->count, size);
  weight->data = tensor->copy;
  return TRUE;
}

/* The ABI's calls with GError, and views of tensors. */
#include "compute/compute-private.h"

#include "base/checked.h"
#include "base/error.h"

#define MESSAGE_SIZE 512

gboolean
scope_backend_check (int status, const char *message, GError **error)
{
  static const gint codes[] = {
    [SCOPE_STATUS_MEMORY] = SCOPE_BACKEND_ERROR_MEMORY,
    [SCOPE_STATUS_UNSUPPORTED] = SCOPE_BACKEND_ERROR_UNSUPPORTED,
    [SCOPE_STATUS_FAILED] = SCOPE_BACKEND_ERROR_FAILED,
  };
  if (status == SCOPE_STATUS_OK)
    return TRUE;
  if (status == SCOPE_STATUS_CANCELLED)
    g_set_error_literal (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "cancelled");
  else
    g_set_error_literal (error, SCOPE_BACKEND_ERROR,
                         status > 0 && status <= SCOPE_STATUS_FAILED ? codes[status]
                                                                     : SCOPE_BACKEND_ERROR_FAILED,
                         message[0] != '\0' ? message : "the backend failed without a message");
  return FALSE;
}

ScopeType
scope_backend_real (const ScopeBackend *self)
{
  return self->precision == SCOPE_PRECISION_REFERENCE ? SCOPE_TYPE_F64 : SCOPE_TYPE_F32;
}

gsize
scope_type_size (ScopeType type)
{
  static const gsize sizes[] = {
    [SCOPE_TYPE_F32] = 4,  [SCOPE_TYPE_F64] = 8, [SCOPE_TYPE_I32] = 4,
    [SCOPE_TYPE_BF16] = 2, [SCOPE_TYPE_U8] = 1,
  };
  return sizes[type];
}

gboolean
scope_backend_run (ScopeBackend *self, ScopeOp op, const void *params, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  return scope_backend_check (self->ops->run (self, op, params, message, sizeof message), message,
                              error);
}

gboolean
scope_backend_sync (ScopeBackend *self, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  return scope_backend_check (self->ops->sync (self, message, sizeof message), message, error);
}

gboolean
scope_backend_reserve (ScopeBackend *self, gsize bytes, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  return scope_backend_check (self->ops->reserve (self, bytes, message, sizeof message), message,
                              error);
}

gboolean
scope_backend_upload (ScopeBackend *self, void *device, const void *host, gsize bytes,
                      GError **error)
{
  char message[MESSAGE_SIZE] = "";
  int status = self->ops->upload (self, device, host, bytes, message, sizeof message);
  return scope_backend_check (status, message, error);
}

gboolean
scope_backend_download (ScopeBackend *self, void *host, const void *device, gsize bytes,
                        GError **error)
{
  char message[MESSAGE_SIZE] = "";
  int status = self->ops->download (self, host, device, bytes, message, sizeof message);
  return scope_backend_check (status, message, error);
}

gsize
scope_tensor_bytes (ScopeTensor tensor)
{
  return (gsize)tensor.rows * tensor.columns * scope_type_size (tensor.type);
}

gboolean
scope_tensor_clear (ScopeBackend *self, ScopeTensor tensor, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  int status
      = self->ops->clear (self, tensor.data, scope_tensor_bytes (tensor), message, sizeof message);
  return scope_backend_check (status, message, error);
}

gboolean
scope_tensor_copy (ScopeBackend *self, ScopeTensor to, ScopeTensor from, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  int status = self->ops->copy (self, to.data, from.data, scope_tensor_bytes (from), message,
                                sizeof message);
  return scope_backend_check (status, message, error);
}

gboolean
scope_tensor_alloc (ScopeBackend *self, ScopeType type, gsize rows, gsize columns, ScopeTensor *out,
                    GError **error)
{
  char message[MESSAGE_SIZE] = "";
  gsize count, bytes;
  if (!scope_size_multiply (rows, columns, &count)
      || !scope_size_multiply (count, scope_type_size (type), &bytes) || bytes > G_MAXSSIZE) {
    g_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                 "a tensor of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " elements is too large",
                 rows, columns);
    return FALSE;
  }
  void *data = self->ops->alloc (self, bytes, message, sizeof message);
  if (data == NULL)
    return scope_backend_check (SCOPE_STATUS_MEMORY, message, error);
  *out = (ScopeTensor){ data, rows, columns, columns, type };
  return TRUE;
}

void
scope_tensor_free (ScopeBackend *self, ScopeTensor *tensor)
{
  if (tensor->data != NULL)
    self->ops->free (self, tensor->data);
  *tensor = (ScopeTensor){ 0 };
}

ScopeTensor
scope_tensor_rows (ScopeTensor tensor, gsize begin, gsize end)
{
  if (tensor.data != NULL)
    tensor.data = (char *)tensor.data + begin * tensor.stride * scope_type_size (tensor.type);
  tensor.rows = end - begin;
  return tensor;
}

ScopeTensor
scope_tensor_columns (ScopeTensor tensor, gsize begin, gsize end)
{
  if (tensor.data != NULL)
    tensor.data = (char *)tensor.data + begin * scope_type_size (tensor.type);
  tensor.columns = end - begin;
  return tensor;
}

/* Row by row: for host memory, where that costs no more than a copy. */
static gboolean
read_rows (ScopeBackend *self, ScopeTensor tensor, ScopeMatrix *out, GError **error)
{
  gsize size = scope_type_size (tensor.type), stride = scope_matrix_stride (out) * size;
  for (gsize r = 0; r < (gsize)tensor.rows; r++)
    if (!scope_backend_download (self, (char *)scope_matrix_data (out) + r * stride,
                                 scope_tensor_rows (tensor, r, r + 1).data, tensor.columns * size,
                                 error))
      return FALSE;
  return TRUE;
}

/* Gathered and converted on the device, so that one transfer is left. */
static gboolean
read_gathered (ScopeBackend *self, ScopeTensor tensor, ScopeMatrix *out, GError **error)
{
  ScopeTensor whole = { 0 };
  if (!scope_tensor_alloc (self, scope_backend_real (self), tensor.rows, tensor.columns, &whole,
                           error))
    return FALSE;
  ScopeOpCopy copy = { tensor, whole };
  gboolean done = scope_backend_run (self, SCOPE_OP_COPY, &copy, error)
                  && scope_backend_download (self, scope_matrix_data (out), whole.data,
                                             scope_tensor_bytes (whole), error);
  scope_tensor_free (self, &whole);
  return done;
}

ScopeMatrix *
scope_tensor_read (ScopeBackend *self, ScopeTensor tensor, GError **error)
{
  ScopeReal real = tensor.type == SCOPE_TYPE_F64 ? SCOPE_REAL_F64 : SCOPE_REAL_F32;
  gboolean plain = tensor.stride == tensor.columns || tensor.rows == 1;
  gboolean done;
  g_autoptr (ScopeMatrix) matrix = scope_matrix_new (real, tensor.rows, tensor.columns, error);
  if (matrix == NULL)
    return NULL;
  if (tensor.type == SCOPE_TYPE_BF16 || (!plain && !self->host_memory))
    done = read_gathered (self, tensor, matrix, error);
  else if (plain)
    done = scope_backend_download (self, scope_matrix_data (matrix), tensor.data,
                                   scope_tensor_bytes (tensor), error);
  else
    done = read_rows (self, tensor, matrix, error);
  return done ? g_steal_pointer (&matrix) : NULL;
}

static int
poll_progress (void *data)
{
  return scope_progress_is_cancelled (data);
}

ScopeCancel
scope_progress_cancel_poll (ScopeProgress *progress)
{
  return (ScopeCancel){ progress != NULL ? poll_progress : NULL, progress };
}

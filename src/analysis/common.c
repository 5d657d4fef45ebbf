#include "analysis/analysis-private.h"

#include <string.h>

#include "base/error.h"

const ScopeConfig *
scope_layer_config (const ScopeLayerTrace *layer)
{
  return scope_model_config (scope_layer_trace_model (layer));
}

const char *
scope_channel_noun (const ScopeConfig *config)
{
  return config->family == SCOPE_FAMILY_MAMBA2 ? "head" : "channel";
}

gboolean
scope_check_channel (const ScopeLayerTrace *layer, gsize channel, GError **error)
{
  const ScopeConfig *config = scope_layer_config (layer);
  if (channel < config->channels)
    return TRUE;
  const char *noun = scope_channel_noun (config);
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "%s %" G_GSIZE_FORMAT ": the model has %ss 0 to %" G_GSIZE_FORMAT, noun, channel,
               noun, config->channels - 1);
  return FALSE;
}

static gboolean
check_tokens (const char *what, gsize begin, gsize end, gsize length, GError **error)
{
  if (begin < end && end <= length)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "%s %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT
               ": expected a range of at least one token within 0:%" G_GSIZE_FORMAT,
               what, begin, end, length);
  return FALSE;
}

gboolean
scope_check_range (const ScopeLayerTrace *layer, ScopeRange range, GError **error)
{
  gsize length = scope_layer_trace_length (layer);
  return check_tokens ("rows", range.row_begin, range.row_end, length, error)
         && check_tokens ("columns", range.column_begin, range.column_end, length, error);
}

gboolean
scope_check_rows (const ScopeLayerTrace *layer, const gsize *rows, gsize count, GError **error)
{
  gsize length = scope_layer_trace_length (layer);
  for (gsize r = 0; r < count; r++)
    if (rows[r] >= length) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "row %" G_GSIZE_FORMAT ": the text has rows 0 to %" G_GSIZE_FORMAT, rows[r],
                   length - 1);
      return FALSE;
    }
  return TRUE;
}

void
scope_matrix_read_row (const ScopeMatrix *self, gsize row, gsize begin, gsize count, double *out)
{
  const float *narrow = scope_matrix_row_f32 (self, row);
  if (narrow == NULL) {
    memcpy (out, scope_matrix_row_f64 (self, row) + begin, count * sizeof (double));
    return;
  }
  for (gsize i = 0; i < count; i++)
    out[i] = narrow[begin + i];
}

void
scope_matrix_read_column (const ScopeMatrix *self, gsize column, gsize begin, gsize count,
                          double *out)
{
  if (count == 0)
    return;
  gsize stride = scope_matrix_stride (self);
  const float *narrow = scope_matrix_row_f32 (self, begin);
  const double *wide = scope_matrix_row_f64 (self, begin);
  for (gsize i = 0; i < count; i++)
    out[i] = narrow != NULL ? narrow[i * stride + column] : wide[i * stride + column];
}

void
scope_matrix_write_row (ScopeMatrix *self, gsize row, const double *values, gsize count)
{
  gsize at = row * scope_matrix_stride (self);
  if (scope_matrix_real (self) == SCOPE_REAL_F64) {
    memcpy ((double *)scope_matrix_data (self) + at, values, count * sizeof (double));
    return;
  }
  float *out = (float *)scope_matrix_data (self) + at;
  for (gsize i = 0; i < count; i++)
    out[i] = (float)values[i];
}

ScopeMatrix *
scope_backend_matrix (ScopeBackend *backend, gsize rows, gsize columns, GError **error)
{
  ScopeReal real = scope_backend_real (backend) == SCOPE_TYPE_F64 ? SCOPE_REAL_F64 : SCOPE_REAL_F32;
  return scope_matrix_new (real, rows, columns, error);
}

gboolean
scope_scratch_alloc (ScopeScratch *self, ScopeBackend *backend, ScopeType type, gsize rows,
                     gsize columns, GError **error)
{
  self->backend = backend;
  return scope_tensor_alloc (backend, type, rows, columns, &self->tensor, error);
}

void
scope_scratch_clear (ScopeScratch *self)
{
  if (self->backend != NULL)
    scope_tensor_free (self->backend, &self->tensor);
  self->backend = NULL;
}

typedef int (*Transfer) (ScopeBackend *backend, guint8 *device, guint8 *host, gsize bytes,
                         char *error, gsize error_size);

static int
download (ScopeBackend *backend, guint8 *device, guint8 *host, gsize bytes, char *error,
          gsize error_size)
{
  return backend->ops->download (backend, host, device, bytes, error, error_size);
}

static int
upload (ScopeBackend *backend, guint8 *device, guint8 *host, gsize bytes, char *error,
        gsize error_size)
{
  return backend->ops->upload (backend, device, host, bytes, error, error_size);
}

/* One call where both sides are packed, else one per row. */
static gboolean
transfer (ScopeBackend *backend, const ScopeTensor *tensor, guint8 *host, gsize host_stride,
          Transfer move, GError **error)
{
  gsize size = scope_type_size (tensor->type);
  gsize rows = (gsize)tensor->rows, columns = (gsize)tensor->columns;
  gsize stride = (gsize)tensor->stride;
  if (stride == columns && host_stride == columns) {
    columns *= rows;
    rows = 1;
  }
  for (gsize r = 0; r < rows; r++) {
    char message[256] = "";
    int status = move (backend, (guint8 *)tensor->data + r * stride * size,
                       host + r * host_stride * size, columns * size, message, sizeof message);
    if (status != SCOPE_STATUS_OK) {
      g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED, "%s: %s",
                   backend->ops->name, message);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
scope_tensor_read (ScopeBackend *backend, const ScopeTensor *tensor, void *host, gsize host_stride,
                   GError **error)
{
  return scope_backend_sync (backend, error)
         && transfer (backend, tensor, host, host_stride, download, error);
}

gboolean
scope_tensor_write (ScopeBackend *backend, const ScopeTensor *tensor, const void *host,
                    gsize host_stride, GError **error)
{
  return transfer (backend, tensor, (guint8 *)host, host_stride, upload, error);
}

static int
poll_progress (void *data)
{
  return scope_progress_is_cancelled (data);
}

ScopeCancel
scope_progress_poll (ScopeProgress *progress)
{
  ScopeCancel cancel = { progress != NULL ? poll_progress : NULL, progress };
  return cancel;
}

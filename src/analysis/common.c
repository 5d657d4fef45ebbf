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
  return scope_config_is_ssd (config) ? "head" : "channel";
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

/* Runs of rows that lie packed on both sides: all of them, or one by one. */
static gsize
packed_rows (const ScopeTensor *tensor, gsize host_stride)
{
  gboolean packed = tensor->stride == tensor->columns && (gint64)host_stride == tensor->columns;
  return packed ? MAX ((gsize)tensor->rows, 1) : 1;
}

gboolean
scope_tensor_get_rows (ScopeBackend *backend, const ScopeTensor *tensor, void *host,
                       gsize host_stride, GError **error)
{
  gsize size = scope_type_size (tensor->type), run = packed_rows (tensor, host_stride);
  if (!scope_backend_sync (backend, error))
    return FALSE;
  for (gsize r = 0; r < (gsize)tensor->rows; r += run)
    if (!scope_backend_download (backend, (guint8 *)host + r * host_stride * size,
                                 scope_tensor_rows (*tensor, r, r + run).data,
                                 run * (gsize)tensor->columns * size, error))
      return FALSE;
  return TRUE;
}

gboolean
scope_tensor_set_rows (ScopeBackend *backend, const ScopeTensor *tensor, const void *host,
                       gsize host_stride, GError **error)
{
  gsize size = scope_type_size (tensor->type), run = packed_rows (tensor, host_stride);
  for (gsize r = 0; r < (gsize)tensor->rows; r += run)
    if (!scope_backend_upload (backend, scope_tensor_rows (*tensor, r, r + run).data,
                               (const guint8 *)host + r * host_stride * size,
                               run * (gsize)tensor->columns * size, error))
      return FALSE;
  return TRUE;
}

#include "analysis/field.h"

#include <math.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

/* Fields of one call of the operation: enough for every thread, few enough for the progress bar. */
#define FIELDS_AT_ONCE 4096

static gboolean
check_fields (ScopeLayerTrace *layer, const gsize *rows, gsize count, gsize channel_begin,
              gsize channel_end, double epsilon, GError **error)
{
  gsize channels = scope_layer_config (layer)->channels;
  if (!scope_check_rows (layer, rows, count, error))
    return FALSE;
  if (channel_begin > channel_end || channel_end > channels) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "channels %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT
                 ": expected a range within 0:%" G_GSIZE_FORMAT,
                 channel_begin, channel_end, channels);
    return FALSE;
  }
  if (!isfinite (epsilon) || epsilon < 0) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER,
                 "field epsilon %g: expected a number from 0 on", epsilon);
    return FALSE;
  }
  return TRUE;
}

static gboolean
upload_rows (ScopeScratch *self, ScopeBackend *backend, const gsize *rows, gsize count,
             GError **error)
{
  g_autofree gint32 *narrow = g_new (gint32, count);
  for (gsize r = 0; r < count; r++)
    narrow[r] = (gint32)rows[r];
  return scope_scratch_alloc (self, backend, SCOPE_TYPE_I32, count, 1, error)
         && scope_tensor_set_rows (backend, &self->tensor, narrow, 1, error);
}

/* One call for OP's channels, into OUT, whose rows are STRIDE apart. */
static gboolean
find_fields (ScopeBackend *backend, ScopeOpFields *op, gint32 *out, gsize stride, GError **error)
{
  gsize rows = (gsize)op->rows.rows, width = (gsize)(op->channel_end - op->channel_begin);
  g_auto (ScopeScratch) starts = { 0 };
  if (!scope_scratch_alloc (&starts, backend, SCOPE_TYPE_I32, rows, width, error))
    return FALSE;
  op->out = starts.tensor;
  return scope_backend_run (backend, SCOPE_OP_FIELDS, op, error)
         && scope_tensor_get_rows (backend, &starts.tensor, out, stride, error);
}

gboolean
scope_field_starts (ScopeLayerTrace *layer, const gsize *rows, gsize count, gsize channel_begin,
                    gsize channel_end, double epsilon, gint32 *out, ScopeProgress *progress,
                    GError **error)
{
  if (!check_fields (layer, rows, count, channel_begin, channel_end, epsilon, error))
    return FALSE;
  if (count == 0 || channel_begin == channel_end)
    return TRUE;
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  g_auto (ScopeScratch) wanted = { 0 };
  if (!upload_rows (&wanted, backend, rows, count, error))
    return FALSE;
  ScopeOpFields op = { .source = scope_layer_trace_source (layer),
                       .rows = wanted.tensor,
                       .epsilon = epsilon,
                       .cancel = scope_progress_cancel_poll (progress) };
  gsize channels = channel_end - channel_begin, step = MAX (FIELDS_AT_ONCE / count, 1);
  for (gsize h = 0; h < channels; h += step) {
    op.channel_begin = (gint64)(channel_begin + h);
    op.channel_end = (gint64)(channel_begin + MIN (h + step, channels));
    if (!scope_progress_check (progress, (double)h / channels, "receptive fields", error)
        || !find_fields (backend, &op, out + h, channels, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
scope_field_map_starts (ScopeLayerTrace *layer, const ScopeMapSpec *spec, const gsize *rows,
                        gsize count, double epsilon, gint32 *out, ScopeProgress *progress,
                        GError **error)
{
  if (spec->kind == SCOPE_MATRIX_SOFTMAX)
    return scope_softmax_starts (layer, spec->channel, rows, count, epsilon, out, progress, error);
  return scope_field_starts (layer, rows, count, spec->channel, spec->channel + 1, epsilon, out,
                             progress, error);
}

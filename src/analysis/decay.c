#include "analysis/decay.h"

#include <math.h>

#include "analysis/analysis-private.h"
#include "compute/host.h"

/* What the curves of one call of the operation may take, in double and (tokens, channels): on the
 * host what its caches hold, elsewhere enough that few calls are waited for. */
#define HOST_BYTES    ((gsize)1 << 20)
#define DEVICE_BYTES  ((gsize)32 << 20)
#define LEAST_AT_ONCE 64

/* ROWS (NULL: all) of the curves of channels [begin, end), into OUT's columns. */
static gboolean
decay_channels (ScopeLayerTrace *layer, const gsize *rows, gsize begin, gsize end, ScopeMatrix *out,
                ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  ScopeMapSource source = scope_layer_trace_source (layer);
  gsize length = scope_layer_trace_length (layer), width = end - begin;
  g_auto (ScopeScratch) curves = { 0 };
  if (!scope_scratch_alloc (&curves, backend, SCOPE_TYPE_F64, length, width, error))
    return FALSE;
  ScopeOpDecay op = { .delta = scope_tensor_columns (source.delta, begin, end),
                      .a = scope_tensor_rows (source.a, begin, end),
                      .decay = curves.tensor,
                      .cancel = scope_progress_cancel_poll (progress) };
  if (!scope_backend_run (backend, SCOPE_OP_DECAY, &op, error))
    return FALSE;
  gsize stride = scope_matrix_columns (out);
  double *to = (double *)scope_matrix_data (out) + begin;
  if (rows == NULL)
    return scope_tensor_get_rows (backend, &curves.tensor, to, stride, error);
  for (gsize r = 0; r < scope_matrix_rows (out); r++) {
    ScopeTensor row = scope_tensor_rows (curves.tensor, rows[r], rows[r] + 1);
    if (!scope_tensor_get_rows (backend, &row, to + r * stride, stride, error))
      return FALSE;
  }
  return TRUE;
}

static gsize
channels_at_once (const ScopeLayerTrace *layer)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  gsize bytes = backend->host_memory ? HOST_BYTES : DEVICE_BYTES;
  return MAX (bytes / (scope_layer_trace_length (layer) * sizeof (double)), LEAST_AT_ONCE);
}

static ScopeMatrix *
decay_matrix (ScopeLayerTrace *layer, const gsize *rows, gsize count, ScopeProgress *progress,
              GError **error)
{
  gsize channels = scope_layer_config (layer)->channels, step = channels_at_once (layer);
  g_autoptr (ScopeMatrix) out = scope_matrix_new (SCOPE_REAL_F64, count, channels, error);
  if (out == NULL)
    return NULL;
  for (gsize h = 0; h < channels; h += step)
    if (!scope_progress_check (progress, (double)h / channels, "decay", error)
        || !decay_channels (layer, rows, h, MIN (h + step, channels), out, progress, error))
      return NULL;
  return g_steal_pointer (&out);
}

ScopeMatrix *
scope_decay_curves (ScopeLayerTrace *layer, ScopeProgress *progress, GError **error)
{
  return decay_matrix (layer, NULL, scope_layer_trace_length (layer), progress, error);
}

ScopeMatrix *
scope_decay_rows (ScopeLayerTrace *layer, const gsize *rows, gsize count, ScopeProgress *progress,
                  GError **error)
{
  if (!scope_check_rows (layer, rows, count, error))
    return NULL;
  return decay_matrix (layer, rows, count, progress, error);
}

double
scope_decay_ln (const double *delta, gsize count, const double *rates, gsize n_rates)
{
  return scope_host_ln_decay (SCOPE_PRECISION_REFERENCE, delta, count, rates, n_rates, -INFINITY);
}

double
scope_decay_half_life (double ln_decay, gsize tokens)
{
  return ln_decay < 0 ? G_LN2 * (double)tokens / -ln_decay : INFINITY;
}

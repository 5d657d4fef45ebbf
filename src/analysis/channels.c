#include "analysis/channels.h"

#include "analysis/analysis-private.h"
#include "analysis/decay.h"

/* The share of the tokens that the filter left in each channel, and the sum of their Δ. Row by row: a
 * walk down the columns of a wide layer misses the cache at every step. */
static void
sum_kept (const ScopeMatrix *delta, double *kept, double *sums)
{
  gsize tokens = scope_matrix_rows (delta), channels = scope_matrix_columns (delta);
  g_autofree double *row = g_new (double, channels);
  for (gsize h = 0; h < channels; h++)
    kept[h] = sums[h] = 0.0;
  for (gsize t = 0; t < tokens; t++) {
    scope_matrix_read_row (delta, t, 0, channels, row);
    for (gsize h = 0; h < channels; h++) {
      kept[h] += row[h] > 0;
      sums[h] += row[h];
    }
  }
  for (gsize h = 0; h < channels; h++)
    kept[h] /= (double)tokens;
}

ScopeChannelStats *
scope_channels_layer (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMatrix *classes,
                      double ln_theta, ScopeProgress *progress, GError **error)
{
  gsize tokens = scope_layer_trace_length (layer), last = tokens - 1;
  gsize channels = scope_layer_config (layer)->channels, index = scope_layer_trace_layer (layer);
  gboolean filtered = scope_layer_trace_plan (layer) != NULL;
  ScopeProgress first = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress second = scope_progress_span (progress, 0.5, 1.0);
  g_autofree gint32 *starts = g_new (gint32, channels);
  g_autofree double *kept = g_new (double, channels);
  g_autofree double *sums = g_new (double, channels);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  if (delta == NULL)
    return NULL;
  g_autoptr (ScopeMatrix) decay = scope_decay_rows (layer, &last, 1, &first, error);
  if (decay == NULL
      || !scope_field_starts (layer, &last, 1, 0, channels, SCOPE_FIELD_EPSILON, starts, &second,
                              error))
    return NULL;
  sum_kept (delta, kept, sums);
  ScopeChannelStats *stats = g_new (ScopeChannelStats, channels);
  for (gsize h = 0; h < channels; h++) {
    double ln_decay = scope_matrix_get (decay, 0, h);
    double class = classes != NULL ? scope_matrix_get (classes, index, h) : ln_decay;
    stats[h] = (ScopeChannelStats){
      .layer = index,
      .channel = h,
      .ln_decay = ln_decay,
      .global = class > ln_theta,
      .field_length = scope_field_length (last, starts[h]),
      .half_life = scope_decay_half_life (ln_decay, tokens),
      .kept_fraction = filtered ? kept[h] : 1.0,
      .delta_sum = sums[h],
    };
  }
  return stats;
}

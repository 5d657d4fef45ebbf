#include "analysis/channels.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/analysis-private.h"
#include "analysis/decay.h"
#include "base/parallel.h"

/* Channels of one piece of work: a cache line or more of each row. */
#define CHANNELS_AT_ONCE 64

typedef struct {
  const ScopeMatrix *delta;
  double *sums;
  gsize *kept;
} Sums;

/* Row by row: a walk down the columns of a wide layer misses the cache at every step. */
static void
sum_channels (gsize begin, gsize end, guint worker, gpointer data)
{
  const Sums *self = data;
  g_autofree double *row = g_new (double, end - begin);
  for (gsize h = begin; h < end; h++) {
    self->sums[h] = 0;
    self->kept[h] = 0;
  }
  for (gsize t = 0; t < scope_matrix_rows (self->delta); t++) {
    scope_matrix_read_row (self->delta, t, begin, end - begin, row);
    for (gsize h = begin; h < end; h++) {
      self->sums[h] += row[h - begin];
      self->kept[h] += row[h - begin] > 0;
    }
  }
}

void
scope_channels_sum (const ScopeMatrix *delta, double *sums, gsize *kept)
{
  Sums self = { delta, sums, kept };
  scope_parallel_for (scope_matrix_columns (delta), CHANNELS_AT_ONCE, sum_channels, &self);
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
  g_autofree gsize *kept = g_new (gsize, channels);
  g_autofree double *sums = g_new (double, channels);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  if (delta == NULL)
    return NULL;
  g_autoptr (ScopeMatrix) decay = scope_decay_rows (layer, &last, 1, &first, error);
  if (decay == NULL
      || !scope_field_starts (layer, &last, 1, 0, channels, SCOPE_FIELD_EPSILON, starts, &second,
                              error))
    return NULL;
  scope_channels_sum (delta, sums, kept);
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
      .kept_fraction = filtered ? (double)kept[h] / (double)tokens : 1.0,
      .delta_sum = sums[h],
    };
  }
  return stats;
}

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double
scope_median (double *values, gsize count)
{
  gsize numbers = 0;
  for (gsize i = 0; i < count; i++)
    if (!isnan (values[i]))
      values[numbers++] = values[i];
  if (numbers == 0)
    return NAN;
  qsort (values, numbers, sizeof *values, ascending);
  return (values[(numbers - 1) / 2] + values[numbers / 2]) / 2;
}

/* longmamba-online: no table. Of a channel whose decay over the run's own first L tokens exceeds θ,
 * the largest Δ are kept while their sum stays within the ΣΔ of those L tokens (the release's
 * method `bound`). */
#include <math.h>

#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"
#include "base/parallel.h"

typedef struct {
  gsize train_length;
  double top, ln_theta;
} Online;

typedef struct {
  const Online *online;
  const ScopeMatrix *delta, *a;
  double *threshold;
} Job;

/* The first value, from the largest down, that TARGET has no room for; -inf if it has for all. */
static double
first_dropped (const double *sorted, gsize count, double target)
{
  double sum = 0;
  for (gsize i = 0; i < count; i++) {
    sum += sorted[i];
    if (sum > target)
      return sorted[i];
  }
  return -INFINITY;
}

static void
resolve_channels (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *job = data;
  const Online *online = job->online;
  gsize count = scope_matrix_rows (job->delta), window = MIN (count, online->train_length);
  g_autofree double *sorted = g_new (double, count);
  for (gsize h = begin; h < end; h++) {
    ScopeChannelWindow first
        = scope_channel_window (job->delta, job->a, h, window, online->top, sorted);
    job->threshold[h] = -INFINITY;
    if (count <= window || !(first.ln_decay > online->ln_theta))
      continue;
    scope_matrix_read_column (job->delta, h, 0, count, sorted);
    scope_calibrate_clamp (sorted, count, 0.0); /* sorts */
    job->threshold[h] = first_dropped (sorted, count, first.target);
  }
}

static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  Job job = { data, delta, a, threshold };
  scope_parallel_for (scope_matrix_columns (delta), 1, resolve_channels, &job);
  return TRUE;
}

static double
online_top (const ScopeFilter *filter)
{
  return filter->given & SCOPE_FILTER_TOP ? filter->top : 0.0;
}

static ScopePlan *
online_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
             ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config
      = scope_model_config (scope_schedule_model (scope_filter_context_schedule (context)));
  Online online = { .top = online_top (filter) };
  double theta;
  if (!scope_filter_context_facts (context, filter, &online.train_length, &theta, error))
    return NULL;
  online.ln_theta = log (theta);
  g_autofree char *spec = scope_filter_canonical (filter, theta, online.top);
  return scope_plan_new (spec, config->n_layer, config->channels, TRUE, resolve,
                         g_memdup2 (&online, sizeof online), g_free);
}

/* In the run each layer is classified by its own Δ there; beforehand, by that of an unfiltered run
 * of the first L tokens. */
static ScopeTable *
online_table (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
              gsize count, ScopeProgress *progress, GError **error)
{
  return scope_filter_context_calibrate (context, filter, ids, count, online_top (filter), progress,
                                         error);
}

const ScopeFilterMethod scope_filter_online
    = { .name = "longmamba-online",
        .parameters = SCOPE_FILTER_THETA | SCOPE_FILTER_TOP | SCOPE_FILTER_GATE,
        .plan = online_plan,
        .table = online_table };

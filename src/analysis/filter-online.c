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

static void
resolve_channels (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *job = data;
  const Online *online = job->online;
  gsize count = scope_matrix_rows (job->delta), window = MIN (count, online->train_length);
  g_autofree double *values = g_new (double, count);
  for (gsize h = begin; h < end; h++) {
    ScopeChannelWindow first
        = scope_channel_window (job->delta, job->a, h, window, online->top, values);
    job->threshold[h] = -INFINITY;
    if (count <= window || !(first.ln_decay > online->ln_theta))
      continue;
    scope_matrix_read_column (job->delta, h, 0, count, values);
    job->threshold[h] = scope_select_within (values, count, first.target);
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

static ScopePlan *
online_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
             ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  Online online = { .top = scope_filter_real (filter, "top", 0) };
  double theta;
  if (!scope_filter_context_facts (context, filter, &online.train_length, &theta, error))
    return NULL;
  online.ln_theta = log (theta);
  g_autofree char *spec = scope_filter_canonical (filter, "theta", theta, "top", online.top, NULL);
  return scope_plan_new (spec, config->n_layer, config->channels, TRUE, resolve,
                         g_memdup2 (&online, sizeof online), g_free);
}

/* In the run each layer is classified by its own Δ there; beforehand, by that of an unfiltered run
 * of the first L tokens. */
static ScopeTable *
online_table (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
              gsize count, ScopeProgress *progress, GError **error)
{
  return scope_filter_context_calibrate (context, filter, ids, count,
                                         scope_filter_real (filter, "top", 0), progress, error);
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top, &scope_parameter_gate };

const ScopeFilterMethod scope_filter_online
    = { .info = { "longmamba-online", "LongMamba online",
                  "keep the largest Δ of global channels up to the ΣΔ of the text's own beginning",
                  parameters, G_N_ELEMENTS (parameters) },
        .plan = online_plan,
        .table = online_table };

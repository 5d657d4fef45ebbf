/* longmamba-online: no table. Of a channel whose decay over the run's own first L tokens exceeds θ,
 * the largest Δ are kept while their sum stays within the ΣΔ of those L tokens (the release's
 * method `bound`). */
#include <math.h>

#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"

typedef struct {
  gsize train_length;
  double top, ln_theta;
} Online;

typedef struct {
  const Online *online;
  const ScopeMatrix *delta, *a;
  double *threshold;
} Job;

/* The first WINDOW of VALUES clamped from above at the one that scope_calibrate_clamp() clamps at.
 */
static double *
clamped_window (const Online *online, const double *values, gsize window)
{
  double *first = g_memdup2 (values, window * sizeof *values);
  gsize clamped = (gsize)(online->top * (double)window);
  if (clamped < 2)
    return first;
  g_autofree double *scratch = g_memdup2 (values, window * sizeof *values);
  double most = scope_select_rank (scratch, window, clamped - 1);
  for (gsize t = 0; t < window; t++)
    first[t] = MIN (first[t], most);
  return first;
}

static void
resolve_channel (gsize channel, double *values, gpointer data)
{
  const Job *job = data;
  const Online *online = job->online;
  gsize count = scope_matrix_rows (job->delta), window = online->train_length;
  double target = 0;
  job->threshold[channel] = -INFINITY;
  if (count <= window)
    return;
  g_autofree double *first = clamped_window (online, values, window);
  if (!(scope_channel_decay (job->delta, job->a, channel, first, window, online->ln_theta)
        > online->ln_theta))
    return;
  for (gsize t = 0; t < window; t++)
    target += first[t];
  job->threshold[channel] = scope_select_cut (scope_select_within (values, count, target), FALSE,
                                              scope_select_rounding (job->delta));
}

static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  Job job = { data, delta, a, threshold };
  scope_matrix_each_column (delta, 0, scope_matrix_columns (delta), scope_matrix_rows (delta),
                            resolve_channel, &job);
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

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

static double
middle (double a, double b, double c)
{
  return MAX (MIN (a, b), MIN (MAX (a, b), c));
}

static void
swap (double *a, double *b)
{
  double old = *a;
  *a = *b;
  *b = old;
}

/* VALUES, reordered: those above PIVOT, of sum *ABOVE, then *EQUAL of them, then the rest. Returns
 * how many are above. */
static gsize
partition (double *values, gsize count, double pivot, double *above, gsize *equal)
{
  gsize high = 0, end = count;
  *above = 0;
  for (gsize i = 0; i < end;)
    if (values[i] > pivot) {
      *above += values[i];
      swap (&values[i++], &values[high++]);
    } else if (values[i] < pivot)
      swap (&values[i], &values[--end]);
    else
      i++;
  *equal = end - high;
  return high;
}

/* The first value, from the largest down, that TARGET has no room for; -inf if it has for all. Like
 * a quickselect by sums: a text's Δ need not be sorted, which would take ten times as long. */
static double
first_dropped (double *values, gsize count, double target)
{
  while (count > 0) {
    double above, pivot = middle (values[0], values[count / 2], values[count - 1]);
    gsize equal, high = partition (values, count, pivot, &above, &equal);
    if (above > target) {
      count = high;
      continue;
    }
    if (above + (double)equal * pivot > target)
      return pivot;
    target -= above + (double)equal * pivot;
    values += high + equal;
    count -= high + equal;
  }
  return -INFINITY;
}

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
    job->threshold[h] = first_dropped (values, count, first.target);
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

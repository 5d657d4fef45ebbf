/* longmamba-norm: the release's method `norm`. Nothing is dropped: in global channels every Δ is
 * multiplied by b times the table's target over the ΣΔ of the input. */
#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"

typedef struct {
  const ScopeFilterAim *aim;
  gsize layer;
  const ScopeMatrix *delta;
  double *factors;
} Job;

static void
find_factor (gsize channel, double *values, gpointer data)
{
  const Job *job = data;
  const ScopeMatrix *targets = scope_table_target (job->aim->table);
  double sum = 0;
  for (gsize t = 0; t < scope_matrix_rows (job->delta); t++)
    sum += values[t];
  gboolean acts = sum > 0 && scope_filter_aim_is_global (job->aim, job->layer, channel);
  double target = job->aim->b * scope_matrix_get (targets, job->layer, channel);
  job->factors[channel] = acts ? target / sum : 1;
}

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  gsize channels = scope_matrix_columns (delta);
  g_autofree double *factors = g_new (double, channels);
  Job job = { data, layer, delta, factors };
  scope_matrix_each_column (delta, 0, channels, scope_matrix_rows (delta), find_factor, &job);
  step->delta = scope_scale_delta (delta, rows, factors, error);
  return step->delta != NULL;
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_b };

const ScopeFilterMethod scope_filter_norm
    = { .info = { "longmamba-norm", "LongMamba norm",
                  "scale the Δ of global channels to the table's target", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .shape = shape };

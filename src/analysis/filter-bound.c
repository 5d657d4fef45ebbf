/* longmamba-bound: the release's method `bound`. In global channels the largest Δ are kept while
 * their sum stays within b times the table's target. Equal Δ stay or go together. */
#include "analysis/filter-private.h"

static double
select_first_dropped (const ScopeFilterAim *aim, gsize layer, gsize channel, double *values,
                      gsize count)
{
  double target = scope_matrix_get (scope_table_target (aim->table), layer, channel);
  return scope_select_within (values, count, aim->b * target);
}

static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  scope_select_thresholds (data, layer, delta, select_first_dropped, threshold);
  return TRUE;
}

static ScopePlan *
make_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
           ScopeProgress *progress, GError **error)
{
  ScopeFilterAim *aim = scope_filter_aim_new (filter, context, ids, count, progress, error);
  return aim != NULL ? scope_filter_aim_plan (aim, filter, TRUE, resolve) : NULL;
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_b };

const ScopeFilterMethod scope_filter_bound
    = { .info
        = { "longmamba-bound", "LongMamba bound",
            "keep the largest Δ of global channels while their sum is within the table's target",
            parameters, G_N_ELEMENTS (parameters) },
        .plan = make_plan,
        .table = scope_filter_aim_table };

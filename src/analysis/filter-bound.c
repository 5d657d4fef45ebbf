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

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_b };

const ScopeFilterMethod scope_filter_bound
    = { .info
        = { "longmamba-bound", "LongMamba bound",
            "keep the largest Δ of global channels while their sum is within the table's target",
            parameters, G_N_ELEMENTS (parameters) },
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .select = select_first_dropped };

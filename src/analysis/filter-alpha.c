/* longmamba-alpha: the release's method `alpha`. In global channels the Δ of rank (from 0, the
 * largest) below b α S are kept, α the table's share at the length of the input. Equal Δ stay or go
 * together: if they do not all fit, none is kept. */
#include <math.h>

#include "analysis/filter-private.h"

static double
select_first_dropped (const ScopeFilterAim *aim, gsize layer, gsize channel, double *values,
                      gsize count)
{
  double alpha = scope_matrix_get (scope_table_alpha (aim->table, aim->index), layer, channel);
  double kept = ceil (aim->b * alpha * (double)count);
  return kept < (double)count ? scope_select_rank (values, count, (gsize)kept) : -INFINITY;
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_lookup,
        &scope_parameter_b };

const ScopeFilterMethod scope_filter_alpha
    = { .info = { "longmamba-alpha", "LongMamba alpha",
                  "keep the largest Δ of global channels, of the table's share of the tokens",
                  parameters, G_N_ELEMENTS (parameters) },
        .needs_alpha = TRUE,
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .select = select_first_dropped };

/* longmamba-offline: the release's method `offline`. As longmamba-alpha, by a threshold: in global
 * channels the Δ that are not less than the one of rank ⌊b α S⌋ are kept, it included. */
#include <math.h>

#include "analysis/filter-private.h"

static double
select_last_kept (const ScopeFilterAim *aim, gsize layer, gsize channel, double *values,
                  gsize count)
{
  double alpha = scope_matrix_get (scope_table_alpha (aim->table, aim->index), layer, channel);
  double rank = floor (aim->b * alpha * (double)count);
  if (rank >= (double)count)
    return -INFINITY;
  return scope_select_rank (values, count, (gsize)rank);
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_lookup,
        &scope_parameter_b };

const ScopeFilterMethod scope_filter_offline
    = { .info = { "longmamba-offline", "LongMamba offline",
                  "keep the Δ of global channels down to the rank that the table's share gives",
                  parameters, G_N_ELEMENTS (parameters) },
        .needs_alpha = TRUE,
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .select = select_last_kept,
        .equal_stays = TRUE };

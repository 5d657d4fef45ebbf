/* longmamba-channelwise-topk: the release's method `channelwise_topk`. In global channels the Δ
 * above the (1 - k / S) quantile of the channel are kept, k at most S; between two Δ the quantile
 * is interpolated. */
#include <math.h>

#include "analysis/filter-private.h"

static double
select_first_dropped (const ScopeFilterAim *aim, gsize layer, gsize channel, double *values,
                      gsize count)
{
  double share = MIN ((double)aim->k, (double)count) / (double)count;
  double place = (1 - share) * (double)(count - 1); /* from the smallest */
  gsize below = (gsize)place, above = MIN (below + 1, count - 1);
  double low = scope_select_rank (values, count, count - 1 - below);
  double high = scope_select_rank (values, count, count - 1 - above);
  return low + (place - (double)below) * (high - low);
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_k };

const ScopeFilterMethod scope_filter_channel_topk
    = { .info = { "longmamba-channelwise-topk", "LongMamba top k by channel",
                  "keep about the k largest Δ of each global channel", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .select = select_first_dropped };

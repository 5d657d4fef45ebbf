/* longmamba: LongMamba as released (arXiv 2504.16053). In the channels whose decay over the
 * calibration window exceeds θ, tokens with Δ <= b g(S) are dropped, where g is the table's at the
 * length nearest to the input's. The paper keeps Δ = g (drop=less). */
#include <math.h>

#include "analysis/filter-private.h"

static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  const ScopeFilterAim *aim = data;
  const ScopeMatrix *g = scope_table_threshold (aim->table, aim->index);
  for (gsize h = 0; h < scope_matrix_columns (g); h++) {
    double limit = aim->b * scope_matrix_get (g, layer, h);
    threshold[h] = -INFINITY;
    if (scope_filter_aim_is_global (aim, layer, h)) /* Δ is kept where it is above the threshold */
      threshold[h] = scope_select_cut (limit, aim->equal_stays, 0);
  }
  return TRUE;
}

static ScopePlan *
longmamba_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids,
                gsize count, ScopeProgress *progress, GError **error)
{
  ScopeFilterAim *aim = scope_filter_aim_new (filter, context, ids, count, progress, error);
  if (aim == NULL)
    return NULL;
  aim->equal_stays = scope_filter_chooses (filter, "drop", "less");
  return scope_filter_aim_thresholds (aim, filter, FALSE, resolve);
}

static const ScopeFilterParameter drop = {
  .name = "drop",
  .kind = SCOPE_FILTER_CHOICE,
  .fallback = "equal",
  .choices = "equal|less",
  .summary = "whether a token whose Δ is just the threshold is dropped too: as released, or only "
             "less, as in the paper",
};

static const ScopeFilterParameter *const parameters[] = { &scope_parameter_theta,
                                                          &scope_parameter_top,
                                                          &scope_parameter_table,
                                                          &scope_parameter_gate,
                                                          &scope_parameter_reduce,
                                                          &scope_parameter_lookup,
                                                          &drop,
                                                          &scope_parameter_b };

const ScopeFilterMethod scope_filter_longmamba
    = { .info
        = { "longmamba", "LongMamba", "drop tokens below the table's threshold in global channels",
            parameters, G_N_ELEMENTS (parameters) },
        .plan = longmamba_plan,
        .table = scope_filter_aim_table };

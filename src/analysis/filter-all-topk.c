/* longmamba-all-topk: the release's method `all_topk`. The k tokens whose Δ of the global channels
 * has the largest Euclidean length are kept, of equal ones the earlier; for the others every global
 * channel has Δ = 0. */
#include "analysis/filter-private.h"

static guint8 *
global_mask (const ScopeFilterAim *aim, gsize layer, gsize channels)
{
  guint8 *mask = g_new (guint8, channels);
  for (gsize h = 0; h < channels; h++)
    mask[h] = scope_filter_aim_is_global (aim, layer, h);
  return mask;
}

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  const ScopeFilterAim *aim = data;
  gsize channels = scope_matrix_columns (delta);
  g_autofree guint8 *mask = global_mask (aim, layer, channels);
  g_autofree double *scores = scope_score_tokens (delta, rows, mask);
  g_autoptr (GArray) kept
      = scope_select_largest (scores, rows, MIN (aim->k, rows), scope_score_rounding (delta));
  step->delta = scope_scale_delta (delta, 0, NULL, error); /* a copy */
  for (gsize t = 0, k = 0; step->delta != NULL && t < rows; t++) {
    if (k < kept->len && g_array_index (kept, gsize, k) == t) {
      k++;
      continue;
    }
    for (gsize h = 0; h < channels; h++)
      if (mask[h])
        scope_matrix_set (step->delta, t, h, 0);
  }
  return step->delta != NULL;
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_theta, &scope_parameter_top,    &scope_parameter_table,
        &scope_parameter_gate,  &scope_parameter_reduce, &scope_parameter_k };

const ScopeFilterMethod scope_filter_all_topk
    = { .info = { "longmamba-all-topk", "LongMamba top k",
                  "keep the same k tokens in all global channels, by the length of their Δ",
                  parameters, G_N_ELEMENTS (parameters) },
        .plan = scope_filter_aim_plan,
        .table = scope_filter_aim_table,
        .shape = shape };

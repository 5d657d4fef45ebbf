/* mambaextend: MambaExtend (ICLR 2025): in every channel Δ is multiplied by a number of its layer.
 * Found by its authors by calibration, which is not done here: the numbers come from the SPEC or a
 * file; without them it is L / S, which spreads the ΣΔ of the training length over the input. */
#include "analysis/filter-private.h"

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  gsize channels = scope_matrix_columns (delta);
  g_autofree double *factors = g_new (double, channels);
  for (gsize h = 0; h < channels; h++)
    factors[h] = ((const double *)data)[layer];
  step->delta = scope_scale_delta (delta, rows, factors, error);
  return step->delta != NULL;
}

static ScopePlan *
make_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
           ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  gsize train_length;
  if (!scope_filter_context_facts (context, filter, &train_length, NULL, error))
    return NULL;
  double ratio = (double)train_length / (double)count;
  double *factors = scope_filter_layer_numbers (filter, config, ratio, error);
  if (factors == NULL)
    return NULL;
  gboolean given = scope_filter_gives (filter, "scale") || scope_filter_gives (filter, "file");
  g_autofree char *spec = given ? scope_filter_canonical (filter, NULL)
                                : scope_filter_canonical (filter, "scale", ratio, NULL);
  return scope_plan_new_shaping (spec, config->n_layer, config->channels, SCOPE_PLAN_READS_DELTA,
                                 shape, factors, g_free);
}

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_scale, &scope_parameter_file, &scope_parameter_gate };

const ScopeFilterMethod scope_filter_mambaextend
    = { .info = { "mambaextend", "MambaExtend", "multiply Δ by a number of the layer", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = make_plan };

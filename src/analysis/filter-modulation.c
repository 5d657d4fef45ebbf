/* mamba-modulation: Mamba Modulation (arXiv 2509.19633): A is multiplied by a number s of its
 * layer; form=power is what its code computes, -|A|^s = -exp(s A_log), which slows the channels
 * with |A| > 1 and speeds up the others. */
#include <math.h>

#include "analysis/filter-private.h"

typedef struct {
  gboolean power;
  double *factors; /* (layers) */
} Modulation;

static void
modulation_free (gpointer data)
{
  Modulation *self = data;
  g_free (self->factors);
  g_free (self);
}

static gboolean
shape (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
       ScopePlanStep *step, GError **error)
{
  const Modulation *self = data;
  double s = self->factors[layer];
  step->a
      = scope_matrix_new (SCOPE_REAL_F64, scope_matrix_rows (a), scope_matrix_columns (a), error);
  if (step->a == NULL)
    return FALSE;
  for (gsize h = 0; h < scope_matrix_rows (a); h++)
    for (gsize n = 0; n < scope_matrix_columns (a); n++) {
      double rate = scope_matrix_get (a, h, n);
      scope_matrix_set (step->a, h, n, self->power ? -pow (-rate, s) : s * rate);
    }
  return TRUE;
}

static ScopePlan *
make_plan (const ScopeFilter *filter, ScopeFilterContext *context, const gint32 *ids, gsize count,
           ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = scope_filter_context_config (context);
  gboolean power = scope_filter_chooses (filter, "form", "power");
  gboolean given = scope_filter_gives (filter, "scale") || scope_filter_gives (filter, "file");
  gsize train_length;
  if (power && !given) {
    scope_filter_refuse (scope_filter_spec (filter), error,
                         "form=power needs its exponent: scale or file");
    return NULL;
  }
  if (!scope_filter_context_facts (context, filter, &train_length, NULL, error))
    return NULL;
  double ratio = (double)train_length / (double)count;
  g_autofree double *factors = scope_filter_layer_numbers (filter, config, ratio, error);
  if (factors == NULL)
    return NULL;
  Modulation *self = g_new (Modulation, 1);
  *self = (Modulation){ power, g_steal_pointer (&factors) };
  g_autofree char *spec = given ? scope_filter_canonical (filter, NULL)
                                : scope_filter_canonical (filter, "scale", ratio, NULL);
  return scope_plan_new_shaping (spec, config->n_layer, config->channels, 0, shape, self,
                                 modulation_free);
}

static const ScopeFilterParameter form = {
  .name = "form",
  .kind = SCOPE_FILTER_CHOICE,
  .fallback = "scale",
  .choices = "scale|power",
  .summary = "what the number does to A: s A, as the paper has it, or -|A|^s, as its code has it",
};

static const ScopeFilterParameter *const parameters[]
    = { &scope_parameter_scale, &scope_parameter_file, &form, &scope_parameter_gate };

const ScopeFilterMethod scope_filter_modulation
    = { .info = { "mamba-modulation", "Mamba Modulation",
                  "multiply A by a number of the layer, or take its power", parameters,
                  G_N_ELEMENTS (parameters) },
        .plan = make_plan };

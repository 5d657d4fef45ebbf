/* The proof of every picture, for every channel of every layer of one sample at 1,024 tokens:
 * the largest |(α + D I) u - y| over rows and lanes against the channel's max |y|. The left side comes
 * from dense tiles, the right side from the scan.
 *
 *   proof SAMPLE PRECISION
 */
#include <stdio.h>

#include "analysis/attention.h"
#include "compute/registry.h"

#define TOKENS 1024

/* Each y is a sum of up to 1,024 terms, each of up to 128 products, made in two different orders:
 * float32 leaves about 1e-6 of the largest, float64 about 1e-15. Both bounds are the issue's. */
static double
bound (ScopePrecision precision)
{
  return precision == SCOPE_PRECISION_REFERENCE ? 1e-12 : 1e-4;
}

/* The worst channel of one layer; -1 on error. */
static double
prove_layer (ScopeTrace *trace, gsize index, gsize channels, GError **error)
{
  double worst = 0;
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (trace, index, SCOPE_PLAN_NONE, NULL, error);
  if (layer == NULL)
    return -1;
  for (gsize h = 0; h < channels; h++) {
    ScopeProof proof;
    if (!scope_attention_proof (layer, h, &proof, NULL, error))
      return -1;
    double relative = proof.scale > 0 ? proof.error / proof.scale : proof.error;
    if (!(relative <= worst)) /* NaN is worst */
      worst = relative;
  }
  return worst;
}

static gboolean
prove (const char *sample, ScopePrecision precision, GError **error)
{
  g_autofree char *folder
      = g_build_filename (g_getenv ("MAMBASCOPE_SAMPLES"), "models", sample, NULL);
  g_autofree char *text = g_build_filename (g_getenv ("MAMBASCOPE_SAMPLES"), "texts",
                                            "the-tide-books.txt", NULL);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, error);
  g_autoptr (ScopeTokens) tokens = model != NULL ? scope_model_read_text (model, text, error) : NULL;
  g_autoptr (ScopeBackend) backend
      = tokens != NULL ? scope_registry_open ("cpu", 0, precision, error) : NULL;
  g_autoptr (ScopeSchedule) schedule
      = backend != NULL ? scope_schedule_new (model, backend, NULL, error) : NULL;
  g_autoptr (ScopeTrace) trace
      = schedule != NULL ? scope_schedule_run (schedule, scope_tokens_ids (tokens), TOKENS, NULL,
                                               SCOPE_RUN_KEEP_RESIDUAL, NULL, error)
                         : NULL;
  const ScopeConfig *config = model != NULL ? scope_model_config (model) : NULL;
  gboolean good = trace != NULL;
  for (gsize layer = 0; good && layer < config->n_layer; layer++) {
    double worst = prove_layer (trace, layer, config->channels, error);
    good = worst >= 0 && worst < bound (precision);
    printf ("%s layer %2" G_GSIZE_FORMAT ", %s: worst of %" G_GSIZE_FORMAT
            " channels %.2e, bound %.0e%s\n",
            sample, layer, scope_precision_name (precision), config->channels, worst,
            bound (precision), good ? "" : "   <-- FAILED");
  }
  return good;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  ScopePrecision precision;
  if (argc != 3 || !scope_precision_parse (argv[2], &precision)) {
    fprintf (stderr, "usage: proof SAMPLE fp32|reference\n");
    return 2;
  }
  gboolean good = prove (argv[1], precision, &error);
  if (error != NULL)
    fprintf (stderr, "proof: %s\n", error->message);
  return good ? 0 : 1;
}

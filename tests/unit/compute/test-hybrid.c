/* Hybrid models: shared transformer blocks in the schedule, the trace and the decoder. What the
 * numbers are is tests/reference/test_zamba2.py's to say. */
#include <math.h>

#include "fixture.h"

#define TOKENS 131

static const ScopeRandomModel shapes[] = {
  { .family = SCOPE_FAMILY_ZAMBA2, .groups = 1, .seed = 21 },
  { .family = SCOPE_FAMILY_ZAMBA2,
    .groups = 2,
    .n_layer = 6,
    .d_model = 20,
    .heads = 4,
    .d_inner = 60,
    .attention_heads = 4,
    .key_heads = 4,
    .use_bias = TRUE,
    .untied = FALSE,
    .delta_min = 0.01,
    .dtype = SCOPE_DTYPE_BF16,
    .seed = 22 },
  { .family = SCOPE_FAMILY_ZAMBA2,
    .n_layer = 2,
    .attention_heads = 6,
    .key_heads = 1,
    .d_model = 18,
    .seed = 23 },
};

/* Chunks of every size, with whole texts: what changes is the order of sums of up to TOKENS terms.
 */
static void
test_chunks (gconstpointer data)
{
  static const gsize chunks[] = { 1, 7, 64, 130 };
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  scope_schedule_set_chunk (f.schedule, TOKENS);
  g_autoptr (ScopeMatrix) whole = fixture_logits (&f, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    scope_schedule_set_chunk (f.schedule, chunks[i]);
    g_autoptr (ScopeMatrix) parts = fixture_logits (&f, NULL);
    g_assert_cmpfloat (scope_test_max_error (whole, parts), <, 1e-11);
  }
  fixture_close (&f);
}

/* With and without the residuals, where the embedded tokens are kept apart: to the bit. */
static void
test_kept (gconstpointer data)
{
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeMatrix) bare = fixture_logits (&f, NULL);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  g_autoptr (ScopeMatrix) kept = scope_trace_logits (trace, 0, TOKENS, NULL, NULL);
  g_assert_true (fixture_same (bare, kept));
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* Token by token from a short text on, past the room that a decoder leaves for keys at first. */
static void
test_decoder (gconstpointer data)
{
  const gsize begin = 5;
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  g_autoptr (ScopeMatrix) whole = fixture_logits (&f, NULL);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (f.schedule, f.ids, begin, NULL, SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_autoptr (ScopeDecoder) decoder = scope_decoder_new (trace, &error);
  g_assert_no_error (error);
  for (gsize t = begin; t < TOKENS; t++) {
    g_assert_true (scope_decoder_step (decoder, f.ids[t], &error));
    g_autoptr (ScopeMatrix) logits = scope_decoder_logits (decoder, &error);
    for (gsize v = 0; v < f.config->vocab_size; v++)
      g_assert_cmpfloat (fabs (scope_matrix_get (logits, 0, v) - scope_matrix_get (whole, t, v)), <,
                         1e-11);
  }
  g_clear_pointer (&decoder, scope_decoder_free);
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

static gboolean
drop_small (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
            double *threshold, GError **error)
{
  for (gsize h = 0; h < scope_matrix_rows (a); h++)
    threshold[h] = scope_matrix_get (delta, TOKENS / 2, h);
  return TRUE;
}

static const ScopeLayerPart attention_parts[] = {
  SCOPE_LAYER_QUERY, SCOPE_LAYER_KEY, SCOPE_LAYER_VALUE, SCOPE_LAYER_ATTENDED, SCOPE_LAYER_TOTAL,
};

/* A filter that reads Δ: what it resolves on a hybrid layer alone is what it resolves in the run
 * (so Δ is, to the bit); it acts on the scan and not on the attention before it. */
static void
test_filter (gconstpointer data)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  scope_schedule_set_chunk (f.schedule, 32);
  g_autoptr (ScopePlan) plan = scope_plan_new ("test", f.config->n_layer, f.config->channels, TRUE,
                                               drop_small, NULL, NULL);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, plan);
  for (gsize i = 0; i < f.config->n_layer; i++) {
    g_autoptr (ScopePlan) alone = scope_plan_only_layer (plan, i);
    g_autoptr (ScopeLayerTrace) run = scope_trace_layer (trace, i, NULL, NULL, &error);
    g_autoptr (ScopeLayerTrace) again = scope_trace_layer (trace, i, alone, NULL, &error);
    g_autoptr (ScopeLayerTrace) bare = scope_trace_layer (trace, i, SCOPE_PLAN_NONE, NULL, &error);
    g_assert_no_error (error);
    const ScopeMatrix *y = scope_layer_trace_matrix (run, SCOPE_LAYER_Y, NULL);
    g_assert_true (fixture_same (y, scope_layer_trace_matrix (again, SCOPE_LAYER_Y, NULL)));
    g_assert_false (fixture_same (y, scope_layer_trace_matrix (bare, SCOPE_LAYER_Y, NULL)));
    for (guint p = 0; scope_test_is_hybrid (i) && p < G_N_ELEMENTS (attention_parts); p++)
      g_assert_true (fixture_same (scope_layer_trace_matrix (run, attention_parts[p], NULL),
                                   scope_layer_trace_matrix (bare, attention_parts[p], NULL)));
  }
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* ΣΔ of the run, to the bit, from the recomputed layer: its input was what it was. */
static void
test_recompute (gconstpointer data)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  scope_schedule_set_chunk (f.schedule, 48);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  for (gsize i = 0; i < f.config->n_layer; i++) {
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, i, NULL, NULL, &error);
    g_autoptr (ScopeMatrix) sums = scope_trace_sums (trace, i);
    const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, &error);
    g_assert_no_error (error);
    for (gsize h = 0; h < f.config->channels; h++) {
      double sum = 0;
      for (gsize t = 0; t < TOKENS; t++)
        sum += scope_matrix_get (delta, t, h);
      g_assert_cmpfloat (sum, ==, scope_matrix_get (sums, 0, h));
    }
  }
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* A layer without shared attention says so. */
static void
test_plain_layer (void)
{
  Fixture f;
  ScopeOpSoftmax op;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, &shapes[0], SCOPE_PRECISION_FP32, 3);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (scope_layer_trace_matrix (layer, SCOPE_LAYER_QUERY, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "layer 0 has no shared attention*");
  g_assert_false (scope_layer_trace_softmax (layer, &op, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "layer 0 has no shared attention*");
  g_clear_pointer (&layer, scope_layer_trace_unref);
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* Cancelled as a hybrid layer begins. */
static void
cancel_there (double fraction, const char *what, gpointer data)
{
  if (g_strcmp0 (what, "layer 2 of 4") == 0)
    scope_progress_cancel (data);
}

static void
test_cancel (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  ScopeProgress progress = SCOPE_PROGRESS_INIT (cancel_there, &progress);
  fixture_open (&f, &shapes[0], SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeTrace) trace = scope_schedule_run (f.schedule, f.ids, TOKENS, NULL,
                                                     SCOPE_RUN_LOGITS_ONLY, &progress, &error);
  g_assert_null (trace);
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED, "cancelled");
  fixture_close (&f);
}

static void
add (const char *name, GTestDataFunc func)
{
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autofree char *path = g_strdup_printf ("/hybrid/%s/%u", name, i);
    g_test_add_data_func (path, &shapes[i], func);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("chunks", test_chunks);
  add ("kept", test_kept);
  add ("decoder", test_decoder);
  add ("filter", test_filter);
  add ("recompute", test_recompute);
  g_test_add_func ("/hybrid/plain-layer", test_plain_layer);
  g_test_add_func ("/hybrid/cancel", test_cancel);
  return g_test_run ();
}

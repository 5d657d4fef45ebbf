/* Traces: a layer recomputed, the cache, logits, sums, and the decoder. */
#include <math.h>

#include "fixture.h"

#define TOKENS 53

static void
check_part (ScopeLayerTrace *layer, ScopeLayerPart part, const double *expected, gsize columns)
{
  g_autoptr (GError) error = NULL;
  const ScopeMatrix *matrix = scope_layer_trace_matrix (layer, part, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (naive_error (matrix, expected, TOKENS, columns), <, 1e-11);
  g_assert_true (scope_layer_trace_matrix (layer, part, NULL) == matrix);
}

/* Every part of every layer against the naive pass, in double. */
static void
test_parts (gconstpointer data)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  scope_schedule_set_chunk (f.schedule, 16);
  g_autoptr (Naive) naive = naive_run (f.model, f.ids, f.tokens, NULL, 0);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  for (gsize i = 0; i < f.config->n_layer; i++) {
    const NaiveLayer *expected = &naive->layer[i];
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, i, NULL, NULL, &error);
    g_assert_no_error (error);
    check_part (layer, SCOPE_LAYER_DELTA, expected->delta, f.config->channels);
    check_part (layer, SCOPE_LAYER_B, expected->b, expected->columns);
    check_part (layer, SCOPE_LAYER_C, expected->c, expected->columns);
    check_part (layer, SCOPE_LAYER_U, expected->u, expected->inner);
    check_part (layer, SCOPE_LAYER_Z, expected->z, expected->inner);
    check_part (layer, SCOPE_LAYER_Y, expected->y, expected->inner);
    check_part (layer, SCOPE_LAYER_X, expected->x, expected->inner);
    for (gsize k = f.config->channels; k < TOKENS * f.config->channels; k++)
      expected->delta[k] += expected->delta[k - f.config->channels];
    check_part (layer, SCOPE_LAYER_PREFIX, expected->delta, f.config->channels);
  }
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* ΣΔ and kept tokens of the run, to the bit, from the recomputed Δ; so Δ is what it was. */
static void
check_sums (ScopeTrace *trace, gsize index, ScopeLayerTrace *layer)
{
  g_autoptr (ScopeMatrix) sums = scope_trace_sums (trace, index);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, NULL);
  for (gsize h = 0; h < scope_matrix_columns (delta); h++) {
    double sum = 0, kept = 0;
    for (gsize t = 0; t < TOKENS; t++) {
      sum += scope_matrix_get (delta, t, h);
      kept += scope_matrix_get (delta, t, h) > 0;
    }
    g_assert_cmpfloat (scope_matrix_get (sums, 0, h), ==, sum);
    g_assert_cmpfloat (scope_matrix_get (sums, 1, h), ==, kept);
  }
}

static gboolean
drop_small (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
            double *threshold, GError **error)
{
  for (gsize h = 0; h < scope_matrix_rows (a); h++)
    threshold[h] = h % 3 == 2 ? -INFINITY : scope_matrix_get (delta, TOKENS / 2, h);
  return TRUE;
}

static ScopePlan *
online_plan (const Fixture *f)
{
  return scope_plan_new ("test", f->config->n_layer, f->config->channels, TRUE, drop_small, NULL,
                         NULL);
}

/* A layer is the same to the bit when it is computed twice, alone or after others, as the run's own
 * or asked for by its plan. */
static void
test_recompute (gconstpointer data)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  scope_schedule_set_chunk (f.schedule, 16);
  g_autoptr (ScopePlan) plan = online_plan (&f);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, plan);
  for (gsize i = 0; i < f.config->n_layer; i++) {
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, i, NULL, NULL, &error);
    g_assert_no_error (error);
    check_sums (trace, i, layer);
    g_assert_true (scope_layer_trace_plan (layer) == plan);
    g_autoptr (ScopePlan) alone = scope_plan_only_layer (plan, i);
    g_autoptr (ScopeLayerTrace) again = scope_trace_layer (trace, i, alone, NULL, &error);
    g_assert_true (again != layer);
    const ScopeLayerPart parts[] = { SCOPE_LAYER_DELTA, SCOPE_LAYER_Y, SCOPE_LAYER_U };
    for (guint p = 0; p < G_N_ELEMENTS (parts); p++)
      g_assert_true (fixture_same (scope_layer_trace_matrix (layer, parts[p], NULL),
                                   scope_layer_trace_matrix (again, parts[p], NULL)));
    g_autoptr (ScopeLayerTrace) bare = scope_trace_layer (trace, i, SCOPE_PLAN_NONE, NULL, &error);
    g_assert_null (scope_layer_trace_plan (bare));
    g_assert_false (fixture_same (scope_layer_trace_matrix (layer, SCOPE_LAYER_Y, NULL),
                                  scope_layer_trace_matrix (bare, SCOPE_LAYER_Y, NULL)));
  }
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

/* "This layer only" on an unfiltered stream is what a run with that plan does to the layer. */
static void
test_override (gconstpointer data)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopePlan) plan = online_plan (&f), first = scope_plan_only_layer (plan, 0);
  ScopeTrace *plain = fixture_run (&f, NULL), *filtered = fixture_run (&f, first);
  ScopeLayerTrace *preview = scope_trace_layer (plain, 0, plan, NULL, &error);
  g_assert_no_error (error);
  ScopeLayerTrace *real = scope_trace_layer (filtered, 0, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (fixture_same (scope_layer_trace_matrix (preview, SCOPE_LAYER_Y, NULL),
                               scope_layer_trace_matrix (real, SCOPE_LAYER_Y, NULL)));
  ScopeLayerTrace *untouched = scope_trace_layer (plain, 1, first, NULL, &error);
  ScopeLayerTrace *own = scope_trace_layer (plain, 1, NULL, NULL, &error);
  g_assert_true (untouched == own);
  ScopeLayerTrace *layers[] = { preview, real, untouched, own };
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    scope_layer_trace_unref (layers[i]);
  scope_trace_unref (plain);
  scope_trace_unref (filtered);
  fixture_close (&f);
}

static void
test_cache (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, TOKENS);
  ScopeTrace *trace = fixture_run (&f, NULL);
  gsize empty = scope_trace_bytes (trace);
  /* At least the residual stream: (layers + 1) x tokens x d_model floats. */
  g_assert_cmpuint (empty, >=, (f.config->n_layer + 1) * TOKENS * f.config->d_model * 4);
  ScopeLayerTrace *zero = scope_trace_layer (trace, 0, NULL, NULL, &error);
  gsize one = scope_trace_bytes (trace) - empty;
  /* x z u y, Δ in float and its prefix in double. */
  g_assert_cmpuint (one, >=, TOKENS * (4 * f.config->d_inner * 4 + f.config->channels * 12));
  g_autoptr (ScopeLayerTrace) again = scope_trace_layer (trace, 0, NULL, NULL, &error);
  g_assert_true (again == zero);
  scope_trace_set_budget (trace, one * 2);
  for (gsize i = 1; i < f.config->n_layer; i++)
    scope_layer_trace_unref (scope_trace_layer (trace, i, NULL, NULL, &error));
  g_assert_cmpuint (scope_trace_bytes (trace), ==, empty + 2 * one);
  scope_trace_set_budget (trace, 0); /* the newest always stays */
  g_assert_cmpuint (scope_trace_bytes (trace), ==, empty + one);

  /* Matrices outlive layer, trace and schedule. */
  ScopeMatrix *y
      = scope_matrix_ref ((ScopeMatrix *)scope_layer_trace_matrix (zero, SCOPE_LAYER_Y, NULL));
  g_autoptr (ScopeMatrix) copy = scope_matrix_new (SCOPE_REAL_F32, TOKENS, f.config->d_inner, NULL);
  for (gsize i = 0; i < TOKENS * f.config->d_inner; i++)
    scope_matrix_set (copy, i / f.config->d_inner, i % f.config->d_inner,
                      scope_matrix_get (y, i / f.config->d_inner, i % f.config->d_inner));
  scope_layer_trace_unref (zero);
  g_clear_pointer (&again, scope_layer_trace_unref);
  scope_trace_unref (trace);
  g_assert_true (fixture_same (y, copy));
  scope_matrix_unref (y);
  fixture_close (&f);
}

/* Feeding the rest of the text token by token gives the logits of the whole. */
static void
test_decoder (gconstpointer data)
{
  const gsize prompt = TOKENS - 6;
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  g_autoptr (Naive) naive = naive_run (f.model, f.ids, f.tokens, NULL, 0);
  gsize vocab = f.config->vocab_size;
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (f.schedule, f.ids, prompt, NULL, SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeDecoder) first = scope_decoder_new (trace, &error);
  g_autoptr (ScopeDecoder) second = scope_decoder_new (trace, &error);
  for (gsize t = prompt - 1; t < TOKENS; t++) {
    g_autoptr (ScopeMatrix) logits = scope_decoder_logits (first, &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (naive_error (logits, naive->logits + t * vocab, 1, vocab), <, 1e-11);
    if (t + 1 < TOKENS)
      g_assert_true (scope_decoder_step (first, f.ids[t + 1], &error));
  }
  /* Decoders do not share states, nor touch the trace's. */
  g_autoptr (ScopeMatrix) logits = scope_decoder_logits (second, &error);
  g_assert_cmpfloat (naive_error (logits, naive->logits + (prompt - 1) * vocab, 1, vocab), <,
                     1e-11);
  g_assert_false (scope_decoder_step (second, (gint32)vocab, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_UNSUPPORTED);
  g_clear_pointer (&first, scope_decoder_free);
  g_clear_pointer (&second, scope_decoder_free);
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

static void
test_ranges (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, &fixture_shapes[2], SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  g_autoptr (ScopeMatrix) all = scope_trace_logits (trace, 0, TOKENS, NULL, &error);
  g_autoptr (ScopeMatrix) last = scope_trace_logits (trace, TOKENS - 1, TOKENS, NULL, &error);
  for (gsize v = 0; v < f.config->vocab_size; v++)
    g_assert_cmpfloat (fabs (scope_matrix_get (all, TOKENS - 1, v) - scope_matrix_get (last, 0, v)),
                       <, 1e-5);
  g_assert_null (scope_trace_logits (trace, 3, 3, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_null (scope_trace_logits (trace, 0, TOKENS + 1, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);
  g_assert_null (scope_trace_layer (trace, f.config->n_layer, NULL, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);
  g_clear_pointer (&trace, scope_trace_unref);
  trace = scope_schedule_run (f.schedule, f.ids, TOKENS, NULL, SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_assert_null (scope_trace_layer (trace, 0, NULL, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_pointer (&trace, scope_trace_unref);
  fixture_close (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_fixture_shapes; i++) {
    const struct {
      const char *name;
      GTestDataFunc func;
    } all[] = { { "parts", test_parts },
                { "recompute", test_recompute },
                { "override", test_override },
                { "decoder", test_decoder } };
    for (guint k = 0; k < G_N_ELEMENTS (all); k++) {
      g_autofree char *path = g_strdup_printf ("/trace/%s/%u", all[k].name, i);
      g_test_add_data_func (path, &fixture_shapes[i], all[k].func);
    }
  }
  g_test_add_func ("/trace/cache", test_cache);
  g_test_add_func ("/trace/ranges", test_ranges);
  return g_test_run ();
}

/* Generation and perplexity against what the trace's own logits say, on small random checkpoints.
 */
#include <math.h>
#include <string.h>

#include "analysis-fixture.h"
#include "analysis/generate.h"
#include "analysis/perplexity.h"
#include "base/error.h"

typedef struct {
  AnalysisFixture fixture;
  ScopeFilterContext *context;
  gint32 *ids;
  gsize count;
} Bench;

static void
bench_init (Bench *bench, ScopeFamily family, gsize count, guint32 seed)
{
  ScopeRandomModel shape = { .family = family, .train_length = 16, .vocab_size = 37, .seed = seed };
  analysis_fixture_random (&bench->fixture, &shape, SCOPE_PRECISION_REFERENCE, count);
  bench->context = scope_filter_context_new (bench->fixture.schedule, 0);
  bench->ids = bench->fixture.ids;
  bench->count = count;
}

static void
bench_clear (Bench *bench)
{
  scope_filter_context_free (bench->context);
  analysis_fixture_close (&bench->fixture);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Bench, bench_clear)

static ScopeTrace *
run (Bench *bench, const gint32 *ids, gsize count)
{
  g_autoptr (GError) error = NULL;
  ScopeTrace *trace = scope_schedule_run (bench->fixture.schedule, ids, count, NULL,
                                          SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

/* Written the other way round than the library: -ln of the softmax itself. */
static double
nll_of (const ScopeMatrix *logits, gsize row, gint32 id)
{
  double sum = 0;
  for (gsize v = 0; v < scope_matrix_columns (logits); v++)
    sum += exp (scope_matrix_get (logits, row, v) - scope_matrix_get (logits, row, (gsize)id));
  return log (sum);
}

static void
test_generate (gconstpointer data)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, (ScopeFamily)GPOINTER_TO_INT (data), 23, 11);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTrace) trace = run (&bench, bench.ids, bench.count);
  g_autoptr (GArray) steps = scope_generate (trace, 7, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (steps->len, ==, 7);

  /* Each step is the likeliest token of a fresh run over the text so far. */
  g_autofree gint32 *ids = g_new (gint32, bench.count + 7);
  memcpy (ids, bench.ids, bench.count * sizeof *ids);
  for (guint s = 0; s < steps->len; s++) {
    const ScopeStep *step = &g_array_index (steps, ScopeStep, s);
    gsize count = bench.count + s;
    g_autoptr (ScopeTrace) fresh = run (&bench, ids, count);
    g_autoptr (ScopeMatrix) logits = scope_trace_logits (fresh, count - 1, count, NULL, &error);
    g_assert_no_error (error);
    for (gsize v = 0; v < scope_matrix_columns (logits); v++)
      g_assert_cmpfloat (scope_matrix_get (logits, 0, v), <=,
                         scope_matrix_get (logits, 0, (gsize)step->id) + 1e-9);
    g_assert_cmpint (step->other[0], ==, step->id);
    double total = 0;
    for (gsize k = 0; k < SCOPE_CANDIDATES; k++) {
      /* The decoder's products are of one row, the run's of many: double, summed in another order.
       */
      g_assert_cmpfloat_with_epsilon (step->other_probability[k],
                                      exp (-nll_of (logits, 0, step->other[k])), 1e-9);
      g_assert_true (k == 0 || step->other_probability[k] <= step->other_probability[k - 1]);
      total += step->other_probability[k];
    }
    g_assert_cmpfloat (total, <=, 1 + 1e-9);
    ids[count] = step->id;
  }
}

static void
test_nll (gconstpointer data)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, (ScopeFamily)GPOINTER_TO_INT (data), 41, 12);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTrace) trace = run (&bench, bench.ids, bench.count);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, 0, bench.count, NULL, &error);
  g_assert_no_error (error);
  double out[41];
  g_assert_true (scope_nll (trace, bench.ids, 5, 40, out, NULL, &error));
  for (gsize t = 5; t < 40; t++)
    g_assert_cmpfloat_with_epsilon (out[t - 5], nll_of (logits, t, bench.ids[t + 1]), 1e-12);
  /* The last token predicts nothing that is known. */
  g_assert_false (scope_nll (trace, bench.ids, 5, 41, out, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
}

static void
keep_row (const ScopePerplexityRow *row, gpointer data)
{
  g_array_append_vals (data, row, 1);
}

static GArray *
perplexity (Bench *bench, const gsize *lengths, gsize n_lengths, const char *const *specs,
            gsize score, gsize windows, GError **error)
{
  g_autoptr (GPtrArray) filters
      = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  for (gsize i = 0; specs[i] != NULL; i++) {
    ScopeFilter *filter = scope_filter_parse (specs[i], error);
    g_assert_nonnull (filter);
    g_ptr_array_add (filters, filter);
  }
  ScopePerplexitySettings settings
      = { lengths, n_lengths, (ScopeFilter *const *)filters->pdata, filters->len, score, windows };
  g_autofree ScopeSpan *spans = g_new0 (ScopeSpan, bench->count);
  g_autoptr (ScopeTokens) tokens = scope_tokens_new ("", 0, bench->ids, spans, bench->count);
  ScopeTokens *const texts[] = { tokens };
  const char *const names[] = { "the-text" };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (ScopePerplexityRow));
  if (!scope_perplexity (bench->context, texts, names, 1, &settings, keep_row, rows, NULL, error))
    return NULL;
  return g_steal_pointer (&rows);
}

/* Mean NLL of the last SCORE predictions of a fresh run over the window that ends at END. */
static double
window_mean (Bench *bench, gsize length, gsize end, gsize score)
{
  g_autoptr (GError) error = NULL;
  const gint32 *ids = bench->ids + end - length;
  g_autoptr (ScopeTrace) trace = run (bench, ids, length);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, 0, length, NULL, &error);
  g_assert_no_error (error);
  double sum = 0;
  for (gsize t = length - 1 - score; t < length - 1; t++)
    sum += nll_of (logits, t, ids[t + 1]);
  return sum / (double)score;
}

static void
test_windows (void)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, SCOPE_FAMILY_MAMBA2, 61, 13);
  g_autoptr (GError) error = NULL;
  const gsize lengths[] = { 12, 31 };
  const char *const specs[] = { "off", NULL };
  /* 61 tokens, the longest length 31, 5 scored: windows may end at 31, 46 and 61. */
  g_autoptr (GArray) rows = perplexity (&bench, lengths, 2, specs, 5, 3, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 2);
  const gsize ends[] = { 31, 46, 61 };
  for (guint l = 0; l < 2; l++) {
    const ScopePerplexityRow *row = &g_array_index (rows, ScopePerplexityRow, l);
    g_assert_cmpuint (row->length, ==, lengths[l]);
    g_assert_cmpuint (row->windows, ==, 3);
    double m[3], mean = 0, squares = 0;
    for (gsize w = 0; w < 3; w++) {
      m[w] = window_mean (&bench, lengths[l], ends[w], 5);
      mean += m[w] / 3;
    }
    for (gsize w = 0; w < 3; w++)
      squares += (m[w] - mean) * (m[w] - mean);
    /* Student's t at 97.5 % with two degrees of freedom, from a printed table. */
    double width = 4.302653 * sqrt (squares / 2 / 3);
    g_assert_cmpfloat_with_epsilon (log (row->perplexity), mean, 1e-9);
    g_assert_cmpfloat_with_epsilon (log (row->ci_low), mean - width, 1e-6);
    g_assert_cmpfloat_with_epsilon (log (row->ci_high), mean + width, 1e-6);
  }
}

static void
test_one_window (void)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, SCOPE_FAMILY_MAMBA, 9, 14);
  g_autoptr (GError) error = NULL;
  const gsize lengths[] = { 9, 2 };
  const char *const specs[] = { "off", NULL };
  g_autoptr (GArray) rows = perplexity (&bench, lengths, 2, specs, 100, 8, &error);
  g_assert_no_error (error);
  const ScopePerplexityRow *row = &g_array_index (rows, ScopePerplexityRow, 0);
  g_assert_cmpuint (row->windows, ==, 1);
  g_assert_cmpfloat_with_epsilon (log (row->perplexity), window_mean (&bench, 9, 9, 8), 1e-9);
  g_autoptr (ScopeTrace) trace = run (&bench, bench.ids, 9);
  double nll[8], mean = 0, squares = 0;
  g_assert_true (scope_nll (trace, bench.ids, 0, 8, nll, NULL, &error));
  for (gsize t = 0; t < 8; t++)
    mean += nll[t] / 8;
  for (gsize t = 0; t < 8; t++)
    squares += (nll[t] - mean) * (nll[t] - mean);
  /* Seven degrees of freedom. */
  g_assert_cmpfloat_with_epsilon (log (row->ci_high) - mean, 2.364624 * sqrt (squares / 7 / 8),
                                  1e-6);
  /* One prediction alone has no spread. */
  row = &g_array_index (rows, ScopePerplexityRow, 1);
  g_assert_cmpfloat (row->ci_low, ==, 0);
  g_assert_true (isinf (row->ci_high));
}

static void
test_filters (void)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, SCOPE_FAMILY_MAMBA2, 120, 15);
  g_autoptr (GError) error = NULL;
  const gsize lengths[] = { 16, 60 };
  const char *const specs[]
      = { "longmamba-online:theta=1e-30,top=0", "off", "longmamba:theta=1", NULL };
  g_autoptr (GArray) rows = perplexity (&bench, lengths, 2, specs, 10, 4, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 6);
  const ScopePerplexityRow *at = (const ScopePerplexityRow *)rows->data;
  for (guint i = 0; i < 6; i++)
    g_assert_cmpuint (at[i].filter, ==, i % 3);
  /* At the training length nothing is filtered, and θ = 1 makes no channel global. */
  g_assert_cmpfloat (at[0].perplexity, ==, at[1].perplexity);
  g_assert_cmpfloat (at[2].perplexity, ==, at[1].perplexity);
  g_assert_cmpfloat (at[5].perplexity, ==, at[4].perplexity);
  g_assert_cmpfloat (at[3].perplexity, !=, at[4].perplexity);
}

static void
test_refusals (void)
{
  g_auto (Bench) bench = { { NULL } };
  bench_init (&bench, SCOPE_FAMILY_MAMBA, 20, 16);
  g_autoptr (GError) error = NULL;
  const char *const specs[] = { "off", NULL };
  const gsize long_one[] = { 10, 21 };
  g_assert_null (perplexity (&bench, long_one, 2, specs, 5, 2, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_assert_nonnull (strstr (error->message, "the-text"));
  g_assert_nonnull (strstr (error->message, "21"));
  g_clear_error (&error);
  const gsize short_one[] = { 1 };
  g_assert_null (perplexity (&bench, short_one, 1, specs, 5, 2, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);

  ScopeProgress progress = SCOPE_PROGRESS_INIT (NULL, NULL);
  g_autoptr (ScopeTrace) trace = run (&bench, bench.ids, 20);
  scope_progress_cancel (&progress);
  g_assert_null (scope_generate (trace, 5, FALSE, &progress, &error));
  g_assert_true (scope_error_is_cancelled (error));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/evaluation/generate/mamba", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA),
                        test_generate);
  g_test_add_data_func ("/evaluation/generate/mamba2", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA2),
                        test_generate);
  g_test_add_data_func ("/evaluation/nll/mamba", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA), test_nll);
  g_test_add_data_func ("/evaluation/nll/mamba2", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA2), test_nll);
  g_test_add_func ("/evaluation/perplexity/windows", test_windows);
  g_test_add_func ("/evaluation/perplexity/one-window", test_one_window);
  g_test_add_func ("/evaluation/perplexity/filters", test_filters);
  g_test_add_func ("/evaluation/refusals", test_refusals);
  return g_test_run ();
}

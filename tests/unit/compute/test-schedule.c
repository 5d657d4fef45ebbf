/* The forward pass: against a naive one, in chunks, with plans, cancelled, and with NaN. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fixture.h"
#include "model/safetensors.h"

#define TOKENS 61

/* Logits are of size about 1 to 10. In reference both sides are double and differ by the order of
 * their sums; in float, by roundings carried through three layers. */
static const double tolerance[]
    = { [SCOPE_PRECISION_FP32] = 2e-4, [SCOPE_PRECISION_REFERENCE] = 1e-11 };

static void
test_naive (gconstpointer data)
{
  const ScopePrecision precisions[] = { SCOPE_PRECISION_FP32, SCOPE_PRECISION_REFERENCE };
  for (guint p = 0; p < G_N_ELEMENTS (precisions); p++) {
    Fixture f;
    fixture_open (&f, data, precisions[p], TOKENS);
    g_autoptr (Naive) naive = naive_run (f.model, f.ids, f.tokens, NULL, 0);
    g_autoptr (ScopeMatrix) logits = fixture_logits (&f, NULL);
    g_assert_cmpfloat (naive_error (logits, naive->logits, TOKENS, f.config->vocab_size), <,
                       tolerance[precisions[p]]);
    fixture_close (&f);
  }
}

/* The scan is the same to the bit however it is cut; products of other heights may add in another
 * order, so logits of other chunks agree to rounding. */
static void
test_chunks (gconstpointer data)
{
  const gsize chunks[] = { 1, 3, 7, TOKENS, 1000 };
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeMatrix) whole = fixture_logits (&f, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    scope_schedule_set_chunk (f.schedule, chunks[i]);
    g_autoptr (ScopeMatrix) logits = fixture_logits (&f, NULL);
    g_assert_cmpfloat (scope_test_max_error (whole, logits), <, 2e-5);
  }
  fixture_close (&f);
}

typedef struct {
  const Fixture *fixture;
  const double *threshold; /* (layers, channels), or NULL: -inf everywhere */
  gboolean saw_delta[16];
  guint releases;
} Filter;

static gboolean
resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
         double *threshold, GError **error)
{
  Filter *self = data;
  const ScopeConfig *config = self->fixture->config;
  g_assert_cmpuint (scope_matrix_rows (a), ==, config->channels);
  self->saw_delta[layer] = delta != NULL;
  if (delta != NULL) {
    g_assert_cmpuint (scope_matrix_rows (delta), ==, self->fixture->tokens);
    g_assert_cmpuint (scope_matrix_columns (delta), ==, config->channels);
  }
  for (gsize h = 0; h < config->channels; h++)
    threshold[h]
        = self->threshold != NULL ? self->threshold[layer * config->channels + h] : -INFINITY;
  return TRUE;
}

static void
release (gpointer data)
{
  ((Filter *)data)->releases++;
}

static ScopePlan *
make_plan (Filter *filter, gboolean needs_delta)
{
  const ScopeConfig *config = filter->fixture->config;
  return scope_plan_new ("test", config->n_layer, config->channels, needs_delta, resolve, filter,
                         release);
}

/* A filter that drops nothing, known beforehand or resolved from Δ, changes nothing to the bit. */
static void
test_idle_plan (gconstpointer data)
{
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  scope_schedule_set_chunk (f.schedule, 16);
  g_autoptr (ScopeMatrix) plain = fixture_logits (&f, NULL);
  for (int needs_delta = 0; needs_delta < 2; needs_delta++) {
    Filter filter = { .fixture = &f };
    ScopePlan *plan = make_plan (&filter, needs_delta);
    g_autoptr (ScopeMatrix) filtered = fixture_logits (&f, plan);
    g_assert_true (fixture_same (plain, filtered));
    g_assert_cmpint (filter.saw_delta[1], ==, needs_delta);
    scope_plan_unref (plan);
    g_assert_cmpuint (filter.releases, ==, 1);
  }
  fixture_close (&f);
}

typedef struct {
  const Fixture *fixture;
  const Naive *naive;
  gsize layers;
  gboolean stops;
} Reader;

static gboolean
read_layer (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
            GError **error)
{
  Reader *self = data;
  gsize channels = self->fixture->config->channels;
  g_assert_cmpuint (layer, ==, self->layers++);
  g_assert_cmpuint (scope_matrix_rows (a), ==, channels);
  g_assert_cmpuint (scope_matrix_rows (delta), ==, TOKENS);
  g_assert_cmpuint (scope_matrix_columns (delta), ==, channels);
  for (gsize t = 0; t < TOKENS; t++)
    for (gsize h = 0; h < channels; h++)
      g_assert_cmpfloat (
          fabs (scope_matrix_get (delta, t, h) - self->naive->layer[layer].delta[t * channels + h]),
          <, tolerance[SCOPE_PRECISION_REFERENCE]);
  if (!self->stops)
    return TRUE;
  g_set_error_literal (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "seen enough");
  return FALSE;
}

/* A plan that reads is shown the Δ of every layer in turn, chunk beside chunk, changes nothing to
 * the bit, and may end the run. */
static void
test_reading_plan (gconstpointer data)
{
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  scope_schedule_set_chunk (f.schedule, 16);
  g_autoptr (Naive) naive = naive_run (f.model, f.ids, f.tokens, NULL, 0);
  g_autoptr (GError) error = NULL;
  Reader reader = { .fixture = &f, .naive = naive };
  g_autoptr (ScopePlan) plan
      = scope_plan_new_reading ("test", f.config->n_layer, f.config->channels, read_layer, &reader);
  g_autoptr (ScopeMatrix) plain = fixture_logits (&f, NULL);
  g_autoptr (ScopeMatrix) read = fixture_logits (&f, plan);
  g_assert_true (fixture_same (plain, read));
  g_assert_cmpuint (reader.layers, ==, f.config->n_layer);

  reader.layers = 0;
  reader.stops = TRUE;
  g_assert_null (scope_schedule_run (f.schedule, f.ids, f.tokens, plan, 0, NULL, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "seen enough");
  g_assert_cmpuint (reader.layers, ==, 1);
  fixture_close (&f);
}

/* Half of the channels drop about half of their tokens, in the first ROWS tokens. */
static double *
median_thresholds (Fixture *f, const Naive *naive)
{
  gsize channels = f->config->channels;
  double *threshold = g_new (double, f->config->n_layer *channels);
  for (gsize i = 0; i < f->config->n_layer; i++)
    for (gsize h = 0; h < channels; h++)
      threshold[i * channels + h]
          = h % 2 ? -INFINITY : naive->layer[i].delta[(f->tokens / 2) * channels + h] * 1.0001;
  return threshold;
}

static void
check_filtered (Fixture *f, ScopePlan *plan, const double *threshold, gsize rows)
{
  g_autoptr (Naive) naive = naive_run (f->model, f->ids, f->tokens, threshold, rows);
  g_autoptr (ScopeMatrix) logits = fixture_logits (f, plan);
  g_assert_cmpfloat (naive_error (logits, naive->logits, f->tokens, f->config->vocab_size), <,
                     tolerance[SCOPE_PRECISION_REFERENCE]);
}

static void
test_plan (gconstpointer data)
{
  Fixture f;
  fixture_open (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  scope_schedule_set_chunk (f.schedule, 16);
  gsize channels = f.config->channels, layers = f.config->n_layer;
  g_autoptr (Naive) naive = naive_run (f.model, f.ids, f.tokens, NULL, 0);
  g_autofree double *threshold = median_thresholds (&f, naive);
  Filter filter = { .fixture = &f, .threshold = threshold };
  g_autoptr (ScopePlan) plan = make_plan (&filter, FALSE);
  check_filtered (&f, plan, threshold, f.tokens);

  g_autoptr (ScopePlan) online = make_plan (&filter, TRUE);
  check_filtered (&f, online, threshold, f.tokens);

  g_autoptr (ScopePlan) until = scope_plan_until (plan, 37);
  check_filtered (&f, until, threshold, 37);

  g_autofree double *only = g_memdup2 (threshold, layers * channels * sizeof *only);
  for (gsize i = 0; i < layers * channels; i++)
    only[i] = i >= channels && i < 2 * channels ? only[i] : -INFINITY;
  g_autoptr (ScopePlan) layer = scope_plan_only_layer (plan, 1);
  check_filtered (&f, layer, only, f.tokens);
  g_autoptr (ScopePlan) both = scope_plan_until (layer, 20);
  check_filtered (&f, both, only, 20);
  g_clear_pointer (&plan, scope_plan_unref); /* narrowed plans keep what they narrow */
  g_assert_cmpuint (filter.releases, ==, 0);
  check_filtered (&f, both, only, 20);
  fixture_close (&f);
}

static gboolean
fail_to_resolve (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                 double *threshold, GError **error)
{
  g_set_error_literal (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "no table");
  return FALSE;
}

static void
test_plan_error (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopePlan) plan = scope_plan_new ("test", f.config->n_layer, f.config->channels, TRUE,
                                               fail_to_resolve, NULL, NULL);
  g_assert_null (scope_schedule_run (f.schedule, f.ids, f.tokens, plan, 0, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER);
  fixture_close (&f);
}

static void
cancel_at_half (double fraction, const char *what, gpointer data)
{
  if (fraction >= 0.5)
    scope_progress_cancel (data);
}

static void
test_cancel (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  ScopeProgress progress = SCOPE_PROGRESS_INIT (cancel_at_half, &progress);
  fixture_open (&f, &fixture_shapes[2], SCOPE_PRECISION_FP32, TOKENS);
  scope_schedule_set_chunk (f.schedule, 8);
  g_assert_null (scope_schedule_run (f.schedule, f.ids, f.tokens, NULL, SCOPE_RUN_KEEP_RESIDUAL,
                                     &progress, &error));
  g_assert_true (scope_error_is_cancelled (error));
  /* The schedule is as good as before. */
  g_autoptr (ScopeMatrix) logits = fixture_logits (&f, NULL);
  g_assert_nonnull (logits);
  fixture_close (&f);
}

/* A D that is finite, and large enough to overflow float in layer 1's output. */
static void
make_overflow (const char *folder, gsize layer)
{
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *data = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_autoptr (ScopeSafetensors) file = scope_safetensors_parse (data, length, path, NULL);
  g_autofree char *name = g_strdup_printf ("backbone.layers.%" G_GSIZE_FORMAT ".mixer.D", layer);
  const ScopeWeight *weight = scope_safetensors_find (file, name);
  g_assert_nonnull (weight);
  for (gsize i = 0; i < weight->count; i++)
    memcpy ((char *)weight->data + i * sizeof (float), &(float){ 3e38f }, sizeof (float));
  g_assert_true (g_file_set_contents (path, data, (gssize)length, NULL));
}

static void
test_nan (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_random_model (&fixture_shapes[0]);
  make_overflow (folder, 1);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeBackend) backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  {
    g_autoptr (ScopeSchedule) schedule = scope_schedule_new (model, backend, NULL, &error);
    const gint32 ids[] = { 1, 2, 3, 4, 5 };
    for (int keep = 0; keep < 2; keep++) {
      g_assert_null (
          scope_schedule_run (schedule, ids, G_N_ELEMENTS (ids), NULL, keep, NULL, &error));
      g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER);
      g_assert_nonnull (strstr (error->message, "layer 1 "));
      g_clear_error (&error);
    }
  }
}

static void
test_bad_calls (void)
{
  Fixture f;
  g_autoptr (GError) error = NULL;
  fixture_open (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, TOKENS);
  g_assert_null (scope_schedule_run (f.schedule, f.ids, 0, NULL, 0, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);
  const gint32 ids[] = { 0, 1000000 };
  g_assert_null (scope_schedule_run (f.schedule, ids, 2, NULL, 0, NULL, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_UNSUPPORTED);
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
    } all[] = { { "naive", test_naive },
                { "chunks", test_chunks },
                { "idle-plan", test_idle_plan },
                { "reading-plan", test_reading_plan },
                { "plan", test_plan } };
    for (guint k = 0; k < G_N_ELEMENTS (all); k++) {
      g_autofree char *path = g_strdup_printf ("/schedule/%s/%u", all[k].name, i);
      g_test_add_data_func (path, &fixture_shapes[i], all[k].func);
    }
  }
  g_test_add_func ("/schedule/plan-error", test_plan_error);
  g_test_add_func ("/schedule/cancel", test_cancel);
  g_test_add_func ("/schedule/nan", test_nan);
  g_test_add_func ("/schedule/bad-calls", test_bad_calls);
  return g_test_run ();
}

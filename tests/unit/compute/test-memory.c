/* Estimates against runs that are measured, and limits that are kept. What is measured is counted
 * by a meter around the CPU backend while it really computes. */
#include <string.h>

#include "compute/estimate.h"
#include "compute/meter.h"
#include "fixture.h"

/* The fixture with a meter of LIMIT bytes around its backend. */
static void
open_metered (Fixture *self, const ScopeRandomModel *shape, ScopePrecision precision, gsize tokens,
              gsize limit)
{
  g_autoptr (GError) error = NULL;
  fixture_open (self, shape, precision, tokens);
  scope_schedule_unref (self->schedule);
  self->backend = scope_metered_new (self->backend, limit);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  g_assert_no_error (error);
}

static void
close_metered (Fixture *self)
{
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_assert_cmpuint (scope_metered_bytes (self->backend), ==, 0); /* all was given back */
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
  g_free (self->ids);
}

static void
estimate (Fixture *f, ScopeRunFlags flags, ScopeEstimate *out)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_estimate (f->model, f->backend, f->tokens, 0, flags, out, &error));
  g_assert_no_error (error);
}

static void
compare_run (const ScopeRandomModel *shape, ScopePrecision precision, gsize tokens)
{
  Fixture f;
  ScopeEstimate expected;
  g_autoptr (GError) error = NULL;
  open_metered (&f, shape, precision, tokens, 0);
  estimate (&f, SCOPE_RUN_KEEP_RESIDUAL, &expected);
  g_assert_cmpuint (scope_metered_bytes (f.backend), ==, expected.weights);
  {
    g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
    gsize run = scope_metered_bytes (f.backend);
    g_assert_cmpuint (run, ==, expected.weights + expected.workspace + expected.trace);
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, 1, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (scope_metered_bytes (f.backend) - run, ==, expected.layer);
  }
  {
    g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
    g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, 0, tokens, NULL, &error);
    g_assert_no_error (error);
  }
  /* Nothing was taken for a moment that the estimate does not know of, and the most that it speaks
   * of was really reached. */
  g_assert_cmpuint (scope_metered_peak (f.backend), ==, expected.peak);
  close_metered (&f);
}

static void
test_estimate (void)
{
  const gsize lengths[] = { 1, 37, 600 };
  for (guint i = 0; i < n_fixture_shapes; i++)
    for (gsize k = 0; k < G_N_ELEMENTS (lengths); k++) {
      compare_run (&fixture_shapes[i], SCOPE_PRECISION_FP32, lengths[k]);
      compare_run (&fixture_shapes[i], SCOPE_PRECISION_REFERENCE, lengths[k]);
    }
}

/* Without residuals to look at layers with there is one residual instead of n + 1, and no layer. */
static void
test_lean (void)
{
  Fixture f;
  ScopeEstimate lean, whole;
  open_metered (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, 100, 0);
  estimate (&f, SCOPE_RUN_LOGITS_ONLY, &lean);
  estimate (&f, SCOPE_RUN_KEEP_RESIDUAL, &whole);
  /* Residuals lie at multiples of 256 bytes. */
  gsize residual = (100 * f.config->d_model * sizeof (float) + 255) / 256 * 256;
  g_assert_cmpuint (whole.trace - lean.trace, ==, f.config->n_layer * residual);
  g_assert_cmpuint (lean.layer, ==, 0);
  g_autoptr (ScopeMatrix) logits = fixture_logits (&f, NULL);
  g_assert_nonnull (logits);
  g_assert_cmpuint (scope_metered_peak (f.backend), ==, lean.peak);
  g_assert_cmpuint (lean.peak, >=, lean.weights + lean.workspace + lean.trace + lean.logits);
  close_metered (&f);
}

/* Float32 in the file and on the backend: only A, which is computed, is a copy. */
static void
test_in_place (void)
{
  const ScopeRandomModel narrow = { .family = SCOPE_FAMILY_MAMBA, .dtype = SCOPE_DTYPE_F32 };
  Fixture f;
  open_metered (&f, &narrow, SCOPE_PRECISION_FP32, 1, 0);
  gsize rates = f.config->n_layer * f.config->d_inner * f.config->d_state * sizeof (float);
  g_assert_cmpuint (scope_metered_bytes (f.backend), ==, rates);
  close_metered (&f);
  open_metered (&f, &narrow, SCOPE_PRECISION_REFERENCE, 1, 0); /* other numbers: all are copies */
  g_assert_cmpuint (scope_metered_bytes (f.backend), ==, 2 * scope_model_bytes (f.model));
  close_metered (&f);
}

/* One layer fits and two do not: the cache gives way, the numbers stay. */
static void
test_limit_kept (void)
{
  const gsize tokens = 400;
  Fixture free_one, f;
  ScopeEstimate needs;
  g_autoptr (GError) error = NULL;
  fixture_open (&free_one, &fixture_shapes[0], SCOPE_PRECISION_FP32, tokens);
  g_assert_true (scope_estimate (free_one.model, free_one.backend, tokens, 16,
                                 SCOPE_RUN_KEEP_RESIDUAL, &needs, &error));
  gsize limit = needs.weights + needs.workspace + needs.trace + needs.layer + needs.layer / 2;
  open_metered (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, tokens, limit);
  g_autoptr (ScopeTrace) plenty = fixture_run (&free_one, NULL);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  for (gsize i = 0; i < 6; i++) {
    g_autoptr (ScopeLayerTrace) expected = scope_trace_layer (plenty, i % 2, NULL, NULL, &error);
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, i % 2, NULL, NULL, &error);
    g_assert_no_error (error);
    const ScopeMatrix *got = scope_layer_trace_matrix (layer, SCOPE_LAYER_Y, &error);
    const ScopeMatrix *want = scope_layer_trace_matrix (expected, SCOPE_LAYER_Y, &error);
    /* Other chunks: float32 sums of at most 40 numbers of size one in another order. */
    g_assert_cmpfloat (scope_test_max_error (got, want), <=, 1e-5);
  }
  g_assert_cmpuint (scope_metered_peak (f.backend), <=, limit);
  g_clear_pointer (&trace, scope_trace_unref);
  close_metered (&f);
  g_clear_pointer (&plenty, scope_trace_unref);
  fixture_close (&free_one);
}

static void
test_refused (void)
{
  Fixture f;
  ScopeEstimate least;
  GError *error = NULL;
  fixture_open (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, 5000);
  g_assert_true (
      scope_estimate (f.model, f.backend, 5000, 16, SCOPE_RUN_KEEP_RESIDUAL, &least, &error));
  gsize limit = least.weights + least.workspace + least.trace + least.layer;
  fixture_close (&f);
  open_metered (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, 5000, limit - 1);
  g_assert_null (
      scope_schedule_run (f.schedule, f.ids, 5000, NULL, SCOPE_RUN_KEEP_RESIDUAL, NULL, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                     "5000 tokens need * of memory, but only * are allowed: weights *");
  g_autoptr (ScopeTrace) shorter
      = scope_schedule_run (f.schedule, f.ids, 100, NULL, SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  g_assert_no_error (error);
  g_clear_pointer (&shorter, scope_trace_unref);
  close_metered (&f);
  open_metered (&f, &fixture_shapes[0], SCOPE_PRECISION_FP32, 5000, limit);
  g_autoptr (ScopeTrace) trace = fixture_run (&f, NULL);
  g_assert_nonnull (trace);
  g_clear_pointer (&trace, scope_trace_unref);
  close_metered (&f);
}

static void
test_weights_refused (void)
{
  Fixture f;
  GError *error = NULL;
  fixture_open (&f, &fixture_shapes[1], SCOPE_PRECISION_FP32, 1);
  g_autoptr (ScopeBackend) small
      = scope_metered_new (scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error), 1000);
  g_assert_null (scope_schedule_new (f.model, small, NULL, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                     "*: the weights need * kB of memory, but only 1.0 kB are allowed");
  g_assert_cmpuint (scope_metered_bytes (small), ==, 0);
  fixture_close (&f);
}

static void
test_meter (void)
{
  GError *error = NULL;
  ScopeTensor first = { 0 }, second = { 0 };
  g_autoptr (ScopeBackend) meter
      = scope_metered_new (scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error), 1000);
  g_assert_true (scope_tensor_alloc (meter, SCOPE_TYPE_F32, 10, 20, &first, &error));
  g_assert_cmpuint (scope_metered_bytes (meter), ==, 800);
  g_assert_false (scope_tensor_alloc (meter, SCOPE_TYPE_F32, 1, 51, &second, &error));
  scope_test_expect (&error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY,
                     "not enough memory: 204 bytes more are needed, 800 bytes of the 1.0 kB allowed are"
                     " taken");
  g_assert_true (scope_tensor_alloc (meter, SCOPE_TYPE_F32, 1, 50, &second, &error));
  scope_tensor_free (meter, &first);
  scope_tensor_free (meter, &second);
  g_assert_cmpuint (scope_metered_bytes (meter), ==, 0);
  g_assert_cmpuint (scope_metered_peak (meter), ==, 1000);
  g_assert_false (scope_backend_is_dry (meter));
}

static void
test_format (void)
{
  const struct {
    guint64 bytes;
    const char *text;
  } cases[] = { { 0, "0 bytes" },
                { 999, "999 bytes" },
                { 1000, "1.0 kB" },
                { 1536, "1.5 kB" },
                { 102400, "102 kB" },
                { 999500, "1.0 MB" },
                { (guint64)3000000000, "3.0 GB" },
                { G_MAXUINT64, "18.4 EB" } };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = scope_bytes_text (cases[i].bytes);
    g_assert_cmpstr (text, ==, cases[i].text);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/meter", test_meter);
  g_test_add_func ("/memory/format", test_format);
  g_test_add_func ("/memory/estimate", test_estimate);
  g_test_add_func ("/memory/lean", test_lean);
  g_test_add_func ("/memory/in-place", test_in_place);
  g_test_add_func ("/memory/limit-kept", test_limit_kept);
  g_test_add_func ("/memory/refused", test_refused);
  g_test_add_func ("/memory/weights-refused", test_weights_refused);
  return g_test_run ();
}

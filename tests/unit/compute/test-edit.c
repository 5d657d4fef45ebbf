/* What if one Δ were another: against a naive pass, layer by layer and for the whole network. */
#include <math.h>

#include "fixture.h"

#define TOKENS 45
#define CHUNK  16

/* Both sides are double and differ by the order of their sums; the edit goes through the inverse of
 * a softplus, whose rounding a factor of some hundred amplifies at most. */
#define TOLERANCE 1e-11

static const ScopePlanEdit edits[] = {
  { .layer = 0, .token = 0, .channel = 0, .factor = 2, .value = NAN },
  { .layer = 1, .token = CHUNK, .channel = 1, .factor = 0, .value = NAN },
  { .layer = 1, .token = CHUNK - 1, .channel = G_MAXSIZE, .factor = 10, .value = NAN },
  { .layer = 0, .token = TOKENS - 1, .channel = G_MAXSIZE, .factor = 1, .value = 0.75 },
  { .layer = 1, .token = 20, .channel = 0, .factor = 1, .value = 40 },
  { .layer = 0, .token = 7, .channel = 0, .factor = 1e-9, .value = NAN },
};

static void
open_fixture (Fixture *f, gconstpointer shape)
{
  fixture_open (f, shape, SCOPE_PRECISION_REFERENCE, TOKENS);
  scope_schedule_set_chunk (f->schedule, CHUNK);
}

/* EDIT within the model at hand, whose last channel stands for 1. */
static ScopePlanEdit
fitted (const Fixture *f, const ScopePlanEdit *edit)
{
  ScopePlanEdit out = *edit;
  out.layer = MIN (out.layer, f->config->n_layer - 1);
  if (out.channel == 1)
    out.channel = f->config->channels - 1;
  return out;
}

static void
check_layer (Fixture *f, ScopeTrace *base, ScopePlan *plan, const Naive *naive, gsize layer)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLayerTrace) trace = scope_trace_layer (base, layer, plan, NULL, &error);
  g_assert_no_error (error);
  const ScopeMatrix *delta = scope_layer_trace_matrix (trace, SCOPE_LAYER_DELTA, &error);
  const ScopeMatrix *y = scope_layer_trace_matrix (trace, SCOPE_LAYER_Y, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (naive_error (delta, naive->layer[layer].delta, f->tokens, f->config->channels),
                     <, TOLERANCE);
  g_assert_cmpfloat (naive_error (y, naive->layer[layer].y, f->tokens, f->config->d_inner), <,
                     TOLERANCE);
}

/* The layer, the whole pass, and the later layers alone, which are the whole pass to the bit. */
static void
check_edit (Fixture *f, ScopeTrace *base, const ScopePlanEdit *edit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Naive) naive = naive_run_edited (f->model, f->ids, f->tokens, NULL, 0, edit);
  g_autoptr (ScopePlan) plan
      = scope_plan_edited (NULL, edit, f->config->n_layer, f->config->channels);
  g_autoptr (ScopeMatrix) logits = fixture_logits (f, plan);
  g_assert_cmpfloat (naive_error (logits, naive->logits, f->tokens, f->config->vocab_size), <,
                     TOLERANCE);
  check_layer (f, base, plan, naive, edit->layer);
  g_autoptr (ScopeTrace) again = scope_trace_rerun (base, plan, edit->layer, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeMatrix) rerun = scope_trace_logits (again, 0, f->tokens, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (fixture_same (logits, rerun));
}

static void
test_naive (gconstpointer data)
{
  Fixture f;
  open_fixture (&f, data);
  g_autoptr (ScopeTrace) base = fixture_run (&f, NULL);
  for (guint k = 0; k < G_N_ELEMENTS (edits); k++) {
    ScopePlanEdit edit = fitted (&f, &edits[k]);
    check_edit (&f, base, &edit);
  }
  g_clear_pointer (&base, scope_trace_unref);
  fixture_close (&f);
}

/* The recurrent states, the sums and ΣΔ of the earlier layers come along: what is decoded after the
 * later layers alone is what is decoded after all of them. */
static void
test_states (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Fixture f;
  open_fixture (&f, data);
  ScopePlanEdit edit = fitted (&f, &edits[2]);
  g_autoptr (ScopePlan) plan
      = scope_plan_edited (NULL, &edit, f.config->n_layer, f.config->channels);
  ScopeTrace *base = fixture_run (&f, NULL), *whole = fixture_run (&f, plan);
  ScopeTrace *again = scope_trace_rerun (base, plan, edit.layer, NULL, &error);
  g_assert_no_error (error);
  ScopeTrace *const traces[] = { whole, again };
  ScopeMatrix *logits[2], *sums[2];
  for (guint k = 0; k < 2; k++) {
    g_autoptr (ScopeDecoder) decoder = scope_decoder_new (traces[k], &error);
    g_assert_true (scope_decoder_step (decoder, f.ids[3], &error));
    logits[k] = scope_decoder_logits (decoder, &error);
    sums[k] = scope_trace_sums (traces[k], 0);
  }
  g_assert_true (fixture_same (logits[0], logits[1]));
  g_assert_true (fixture_same (sums[0], sums[1]));
  for (guint k = 0; k < 2; k++) {
    scope_matrix_unref (logits[k]);
    scope_matrix_unref (sums[k]);
  }
  scope_trace_unref (base);
  scope_trace_unref (whole);
  scope_trace_unref (again);
  fixture_close (&f);
}

/* DATA is a model's median of Δ in layer 0's channel 0: all channels of every layer drop below it.
 */
static gboolean
drop_below (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
            double *threshold, GError **error)
{
  for (gsize h = 0; h < scope_matrix_rows (a); h++)
    threshold[h] = *(const double *)data;
  return TRUE;
}

/* The filter sees the edited Δ: what was dropped is kept once it is large, and the other way. */
static void
test_filtered (gconstpointer data)
{
  Fixture f;
  open_fixture (&f, data);
  g_autoptr (Naive) plain = naive_run (f.model, f.ids, f.tokens, NULL, 0);
  double limit = plain->layer[0].delta[TOKENS / 2 * f.config->channels] * 1.0001;
  gsize numbers = f.config->n_layer * f.config->channels;
  g_autofree double *threshold = g_new (double, numbers);
  for (gsize k = 0; k < numbers; k++)
    threshold[k] = limit;
  g_autoptr (ScopePlan) filter = scope_plan_new ("test", f.config->n_layer, f.config->channels,
                                                 FALSE, drop_below, &limit, NULL);
  const double values[] = { limit * 0.9, limit * 1.1 };
  for (guint k = 0; k < G_N_ELEMENTS (values); k++) {
    const ScopePlanEdit edit = { .layer = 0, .token = 9, .channel = 0, .value = values[k] };
    g_autoptr (ScopePlan) plan = scope_plan_edited (filter, &edit, 0, 0);
    g_autoptr (Naive) naive
        = naive_run_edited (f.model, f.ids, f.tokens, threshold, f.tokens, &edit);
    g_autoptr (ScopeMatrix) logits = fixture_logits (&f, plan);
    double at = naive->layer[0].delta[9 * f.config->channels];
    g_assert_cmpint (at > 0, ==, MAX (values[k], f.config->delta_min) > limit);
    g_assert_cmpfloat (naive_error (logits, naive->logits, f.tokens, f.config->vocab_size), <,
                       TOLERANCE);
  }
  fixture_close (&f);
}

static void
test_wrong (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Fixture f;
  open_fixture (&f, data);
  ScopeTrace *base = fixture_run (&f, NULL);
  g_assert_null (scope_trace_rerun (base, NULL, f.config->n_layer, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "layer *: the model has layers 0 to *");
  scope_trace_unref (base);
  fixture_close (&f);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
    { "naive", test_naive },
    { "states", test_states },
    { "filtered", test_filtered },
    { "wrong", test_wrong },
  };
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_fixture_shapes; i++)
    for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
      g_autofree char *path = g_strdup_printf ("/compute/edit/%s/%u", tests[k].name, i);
      g_test_add_data_func (path, &fixture_shapes[i], tests[k].test);
    }
  return g_test_run ();
}

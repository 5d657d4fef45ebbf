/* Plans that shape layers: identities, to the bit where nothing is rounded anew. What the numbers
 * of each filter are is tests/reference/test_filters.py's to say. */
#include <math.h>

#include "fixture.h"

#define TOKENS 83
#define CHUNK  16
/* Sums of up to TOKENS terms in double, in another order; Δ through the inverse of a softplus. */
#define TOLERANCE 1e-11

static const ScopeRandomModel hybrid
    = { .family = SCOPE_FAMILY_ZAMBA2, .n_layer = 4, .delta_min = 0.01, .seed = 21 };

static void
open_fixture (Fixture *f, gconstpointer shape, ScopePrecision precision, gsize tokens)
{
  fixture_open (f, shape, precision, tokens);
  scope_schedule_set_chunk (f->schedule, CHUNK);
}

static ScopePlan *
shaping (const Fixture *f, ScopePlanFlags flags, ScopePlanShape shape, gconstpointer data)
{
  return scope_plan_new_shaping ("test", f->config->n_layer, f->config->channels, flags, shape,
                                 (gpointer)data, NULL);
}

static ScopeMatrix *
scaled (const ScopeMatrix *matrix, double factor, gsize rows)
{
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, scope_matrix_rows (matrix),
                                       scope_matrix_columns (matrix), NULL);
  for (gsize r = 0; r < scope_matrix_rows (matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (matrix); c++)
      scope_matrix_set (out, r, c, scope_matrix_get (matrix, r, c) * (r < rows ? factor : 1));
  return out;
}

/* DATA: a factor of Δ. */
static gboolean
scale_delta (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
             ScopePlanStep *step, GError **error)
{
  step->delta = scaled (delta, *(const double *)data, rows);
  return TRUE;
}

/* DATA: a factor of A. */
static gboolean
scale_rates (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
             ScopePlanStep *step, GError **error)
{
  g_assert_null (delta);
  step->a = scaled (a, *(const double *)data, G_MAXSIZE);
  return TRUE;
}

static gboolean
keep_all (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
          ScopePlanStep *step, GError **error)
{
  step->kept = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize t = 0; t < scope_matrix_rows (delta); t++)
    g_array_append_val (step->kept, t);
  return TRUE;
}

/* The model's own Δ and A given back, and all tokens kept: what nothing does, to the bit. Where Δ
 * has limits, those at them are made anew. */
static void
test_idle (gconstpointer data)
{
  const double one = 1;
  Fixture f;
  open_fixture (&f, data, SCOPE_PRECISION_FP32, TOKENS);
  gboolean limited = f.config->delta_min > 0 || isfinite (f.config->delta_max);
  g_autoptr (ScopePlan) deltas = shaping (&f, SCOPE_PLAN_READS_DELTA, scale_delta, &one);
  g_autoptr (ScopePlan) rates = shaping (&f, 0, scale_rates, &one);
  g_autoptr (ScopePlan) kept = shaping (&f, SCOPE_PLAN_DROPS_TOKENS, keep_all, NULL);
  ScopePlan *const plans[] = { deltas, rates, kept };
  g_autoptr (ScopeMatrix) plain = fixture_logits (&f, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (plans); i++) {
    g_autoptr (ScopeMatrix) logits = fixture_logits (&f, plans[i]);
    if (limited)
      g_assert_cmpfloat (scope_test_max_error (plain, logits), <, 2e-4);
    else
      g_assert_true (fixture_same (plain, logits));
  }
  fixture_close (&f);
}

/* Δ at or below that of the middle token is 0. */
static gboolean
drop_by_delta (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
               gsize rows, ScopePlanStep *step, GError **error)
{
  step->delta = scaled (delta, 1, 0);
  for (gsize h = 0; h < scope_matrix_columns (delta); h++)
    for (gsize t = 0; t < rows; t++)
      if (scope_matrix_get (delta, t, h) <= scope_matrix_get (delta, TOKENS / 2, h))
        scope_matrix_set (step->delta, t, h, 0);
  return TRUE;
}

static gboolean
drop_by_threshold (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                   double *threshold, GError **error)
{
  for (gsize h = 0; h < scope_matrix_columns (delta); h++)
    threshold[h] = scope_matrix_get (delta, TOKENS / 2, h);
  return TRUE;
}

/* Tokens dropped by a Δ of 0 are those dropped by a threshold; also where only the first are. */
static void
test_threshold (gconstpointer data)
{
  Fixture f;
  open_fixture (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  g_autoptr (ScopePlan) shaped = shaping (&f, SCOPE_PLAN_READS_DELTA, drop_by_delta, NULL);
  g_autoptr (ScopePlan) cut = scope_plan_new ("test", f.config->n_layer, f.config->channels, TRUE,
                                              drop_by_threshold, NULL, NULL);
  for (gsize rows = 30; rows <= TOKENS; rows += TOKENS - 30) {
    g_autoptr (ScopePlan) a = scope_plan_until (shaped, rows);
    g_autoptr (ScopePlan) b = scope_plan_until (cut, rows);
    g_autoptr (ScopeMatrix) x = fixture_logits (&f, a);
    g_autoptr (ScopeMatrix) y = fixture_logits (&f, b);
    g_assert_cmpfloat (scope_test_max_error (x, y), <, TOLERANCE);
  }
  fixture_close (&f);
}

/* A layer's y without D u under Δ s is s times that under A s. */
static void
test_scales (gconstpointer data)
{
  const double factor = 0.37;
  g_autoptr (GError) error = NULL;
  Fixture f;
  open_fixture (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  ScopeTrace *trace = fixture_run (&f, NULL);
  ScopePlan *plans[] = { shaping (&f, SCOPE_PLAN_READS_DELTA, scale_delta, &factor),
                         shaping (&f, 0, scale_rates, &factor) };
  ScopeLayerTrace *layers[2];
  const ScopeMatrix *y[2];
  for (guint i = 0; i < 2; i++) {
    layers[i] = scope_trace_layer (trace, 1, plans[i], NULL, &error);
    g_assert_no_error (error);
    y[i] = scope_layer_trace_matrix (layers[i], SCOPE_LAYER_Y, &error);
    g_assert_no_error (error);
  }
  const ScopeMatrix *d = scope_layer_trace_matrix (layers[0], SCOPE_LAYER_D, &error);
  const ScopeMatrix *u = scope_layer_trace_matrix (layers[0], SCOPE_LAYER_U, &error);
  for (gsize t = 0; t < TOKENS; t++)
    for (gsize e = 0; e < f.config->d_inner; e++) {
      double skip = scope_matrix_get (d, 0, e / f.config->lanes) * scope_matrix_get (u, t, e);
      double left = scope_matrix_get (y[0], t, e) - skip;
      double right = scope_matrix_get (y[1], t, e) - skip;
      g_assert_cmpfloat (fabs (left - factor * right), <, TOLERANCE);
    }
  for (guint i = 0; i < 2; i++) {
    scope_layer_trace_unref (layers[i]);
    scope_plan_unref (plans[i]);
  }
  scope_trace_unref (trace);
  fixture_close (&f);
}

/* Every third row is dropped in layer 1, every fifth of what is left in the last layer but one. */
static gboolean
drop_some (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
           ScopePlanStep *step, GError **error)
{
  gsize stride = layer == 1 ? 3 : 5, layers = GPOINTER_TO_SIZE (data);
  if (layer != 1 && layer + 2 != layers)
    return TRUE;
  step->kept = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (gsize t = 0; t < scope_matrix_rows (delta); t++)
    if (t % stride != 1 || t >= rows)
      g_array_append_val (step->kept, t);
  return TRUE;
}

static gboolean
holds (const GArray *tokens, gsize token)
{
  for (guint k = 0; tokens != NULL && k < tokens->len; k++)
    if (g_array_index (tokens, gsize, k) == token)
      return TRUE;
  return tokens == NULL;
}

/* A layer looked at later is the layer of the run: its ΣΔ, to the bit of a sum; numbers of tokens
 * that did not enter it are zeros. */
static void
check_layer (Fixture *f, ScopeTrace *trace, gsize index)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, index, NULL, NULL, &error);
  g_assert_no_error (error);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, &error);
  const ScopeMatrix *u = scope_layer_trace_matrix (layer, SCOPE_LAYER_U, &error);
  const ScopeMatrix *prefix = scope_layer_trace_matrix (layer, SCOPE_LAYER_PREFIX, &error);
  g_autoptr (ScopeMatrix) sums = scope_trace_sums (trace, index);
  const GArray *entered = scope_layer_trace_entered (layer), *kept = scope_layer_trace_kept (layer);
  g_assert_cmpuint (scope_matrix_rows (delta), ==, TOKENS);
  for (gsize h = 0; h < f->config->channels; h++) {
    double sum = 0, count = 0;
    for (gsize t = 0; t < TOKENS; t++) {
      double value = scope_matrix_get (delta, t, h);
      sum += value;
      count += value > 0;
      g_assert_true (holds (kept, t) || value == 0);
      g_assert_true (holds (entered, t) || scope_matrix_get (u, t, h) == 0);
    }
    g_assert_cmpfloat (fabs (sum - scope_matrix_get (sums, 0, h)), <, TOLERANCE);
    g_assert_cmpfloat (fabs (sum - scope_matrix_get (prefix, TOKENS - 1, h)), <, TOLERANCE);
    g_assert_cmpfloat (count, ==, scope_matrix_get (sums, 1, h));
  }
}

static void
test_shorter (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Fixture f;
  open_fixture (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  gsize layers = f.config->n_layer;
  g_autoptr (ScopePlan) plan
      = shaping (&f, SCOPE_PLAN_DROPS_TOKENS, drop_some, GSIZE_TO_POINTER (layers));
  ScopeTrace *trace = fixture_run (&f, plan);
  for (gsize layer = 0; layer < layers; layer++)
    check_layer (&f, trace, layer);
  g_assert_null (scope_trace_positions (trace, 1));
  const GArray *left = scope_trace_positions (trace, layers);
  g_assert_false (holds (left, 1));
  g_assert_true (holds (left, 0) && holds (left, 3));
  g_assert_null (scope_trace_logits (trace, 0, 2, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "token 1 has no logits: test dropped it on the way");
  g_autoptr (ScopeMatrix) one = scope_trace_logits (trace, 3, 4, NULL, &error);
  g_assert_no_error (error);
  /* Without the residuals, and so in place: the same. */
  g_autoptr (ScopeTrace) bare
      = scope_schedule_run (f.schedule, f.ids, TOKENS, plan, SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_autoptr (ScopeMatrix) other = scope_trace_logits (bare, 3, 4, NULL, &error);
  g_assert_true (fixture_same (one, other));
  g_clear_pointer (&bare, scope_trace_unref);
  scope_trace_unref (trace);
  fixture_close (&f);
}

/* What is decoded on a shortened text is what the text with one more token, never dropped, ends in.
 */
static void
test_decoded (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Fixture f;
  open_fixture (&f, data, SCOPE_PRECISION_REFERENCE, TOKENS);
  g_autoptr (ScopePlan) all
      = shaping (&f, SCOPE_PLAN_DROPS_TOKENS, drop_some, GSIZE_TO_POINTER (f.config->n_layer));
  g_autoptr (ScopePlan) plan = scope_plan_until (all, TOKENS - 2);
  ScopeTrace *whole = fixture_run (&f, plan);
  ScopeTrace *part = scope_schedule_run (f.schedule, f.ids, TOKENS - 1, plan, 0, NULL, &error);
  g_assert_no_error (error);
  ScopeDecoder *decoder = scope_decoder_new (part, &error);
  g_assert_true (scope_decoder_step (decoder, f.ids[TOKENS - 1], &error));
  g_autoptr (ScopeMatrix) stepped = scope_decoder_logits (decoder, &error);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (whole, TOKENS - 1, TOKENS, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (scope_test_max_error (stepped, logits), <, TOLERANCE);
  scope_decoder_free (decoder);
  scope_trace_unref (part);
  scope_trace_unref (whole);
  fixture_close (&f);
}

static void
add (const char *name, const ScopeRandomModel *shape, guint i)
{
  static const struct {
    const char *name;
    GTestDataFunc run;
  } tests[] = { { "idle", test_idle },
                { "threshold", test_threshold },
                { "scales", test_scales },
                { "shorter", test_shorter },
                { "decoded", test_decoded } };
  for (guint k = 0; k < G_N_ELEMENTS (tests); k++) {
    g_autofree char *path = g_strdup_printf ("/shape/%s/%s-%u", tests[k].name, name, i);
    g_test_add_data_func (path, shape, tests[k].run);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < n_fixture_shapes; i++)
    add ("model", &fixture_shapes[i], i);
  add ("hybrid", &hybrid, 0);
  return g_test_run ();
}

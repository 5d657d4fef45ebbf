/* How far channels remember: decay curves, receptive fields and the channel table. */
#include <math.h>
#include <stdlib.h>

#include "analysis-fixture.h"
#include "analysis/channels.h"
#include "analysis/decay.h"
#include "base/error.h"

#define TOKENS 149

/* Every point against Σ ln(mean exp) of the Δ so far; never above 0, never rising. */
static void
check_curves (const AnalysisFixture *self, ScopeLayerTrace *layer)
{
  g_autoptr (GError) error = NULL;
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  const ScopeMatrix *a = analysis_part (layer, SCOPE_LAYER_A);
  g_autoptr (ScopeMatrix) curves = scope_decay_curves (layer, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (scope_matrix_real (curves), ==, SCOPE_REAL_F64);
  g_assert_cmpuint (scope_matrix_rows (curves), ==, self->count);
  gsize n_rates = scope_matrix_columns (a);
  for (gsize h = 0; h < self->config->channels; h++) {
    double sum = 0, before = 0;
    for (gsize t = 0; t < self->count; t++) {
      double mean = 0, step = scope_matrix_get (delta, t, h);
      for (gsize n = 0; n < n_rates; n++)
        mean += exp (step * scope_matrix_get (a, h, n)) / (double)n_rates;
      sum += log (mean);
      double found = scope_matrix_get (curves, t, h);
      g_assert_cmpfloat (found, <=, before);
      g_assert_cmpfloat (fabs (found - sum), <=, 1e-11 * fmax (1, -sum)); /* T roundings */
      before = found;
    }
  }
}

static void
test_curves (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], GPOINTER_TO_INT (data), TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
    check_curves (&self, layer);
  }
}

/* More channels than one call takes; some rows of the curves are the curves' rows. */
static void
test_rows (void)
{
  ScopeRandomModel shape
      = { .family = SCOPE_FAMILY_MAMBA, .d_inner = 131, .n_layer = 1, .seed = 41 };
  static const gsize rows[] = { 0, 1, 77, TOKENS - 1, 5 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  check_curves (&self, layer);
  g_autoptr (ScopeMatrix) curves = scope_decay_curves (layer, NULL, &error);
  g_autoptr (ScopeMatrix) some = scope_decay_rows (layer, rows, 5, NULL, &error);
  g_assert_no_error (error);
  for (gsize r = 0; r < 5; r++)
    for (gsize h = 0; h < 131; h++)
      g_assert_cmpfloat (scope_matrix_get (some, r, h), ==, scope_matrix_get (curves, rows[r], h));
  const gsize beyond = TOKENS;
  g_assert_null (scope_decay_rows (layer, &beyond, 1, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
}

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Amid the sizes of a row's values, in the widest gap of the middle half: some values are above it
 * and some below, and none so near that rounding decides. */
static double
clear_epsilon (const double *alpha, gsize count)
{
  g_autofree double *size = g_new (double, count);
  for (gsize i = 0; i < count; i++)
    size[i] = fabs (alpha[i]);
  qsort (size, count, sizeof (double), ascending);
  gsize best = count / 4;
  for (gsize i = best; i + 1 < count - count / 4; i++)
    if (size[i + 1] - size[i] > size[best + 1] - size[best])
      best = i;
  return count > 1 ? 0.5 * (size[best] + size[best + 1]) : 0.5 * size[0];
}

static void
check_fields (const AnalysisFixture *self, ScopeLayerTrace *layer, gsize channel)
{
  static const gsize rows[] = { 0, 1, 17, 96, TOKENS - 1, 50 };
  g_autofree double *alpha = analysis_naive_alpha (layer, channel, FALSE);
  for (gsize r = 0; r < G_N_ELEMENTS (rows); r++) {
    const double *row = alpha + rows[r] * self->count;
    double epsilon = clear_epsilon (row, rows[r] + 1);
    gint32 found = -7, expected = -1;
    g_assert_true (
        scope_field_starts (layer, &rows[r], 1, channel, channel + 1, epsilon, &found, NULL, NULL));
    for (gsize j = 0; j <= rows[r] && expected < 0; j++)
      if (fabs (row[j]) > epsilon)
        expected = (gint32)j;
    g_assert_cmpint (found, ==, expected);
  }
}

static void
test_fields (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], GPOINTER_TO_INT (data), TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
    for (gsize h = 0; h < self.config->channels; h += 5)
      check_fields (&self, layer, h);
  }
}

/* All channels and many rows together are what each is alone; the layout is rows by channels. */
static void
test_field_layout (void)
{
  ScopeRandomModel shape
      = { .family = SCOPE_FAMILY_MAMBA, .d_inner = 97, .n_layer = 1, .seed = 42 };
  gsize rows[TOKENS];
  gint32 all[TOKENS * 90], one[TOKENS];
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  for (gsize r = 0; r < TOKENS; r++)
    rows[r] = r;
  g_assert_true (scope_field_starts (layer, rows, TOKENS, 7, 97, 1e-3, all, NULL, NULL));
  for (gsize h = 7; h < 97; h += 11) {
    g_assert_true (scope_field_starts (layer, rows, TOKENS, h, h + 1, 1e-3, one, NULL, NULL));
    for (gsize r = 0; r < TOKENS; r++)
      g_assert_cmpint (all[r * 90 + h - 7], ==, one[r]);
  }
  g_assert_cmpuint (scope_field_length (5, -1), ==, 0);
  g_assert_cmpuint (scope_field_length (5, 5), ==, 1);
  g_assert_cmpuint (scope_field_length (5, 0), ==, 6);
}

static void
test_fields_refused (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 43 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, 9);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  gint32 out[4];
  const gsize row = 9, good = 0;
  g_autoptr (GError) error = NULL;
  g_assert_false (scope_field_starts (layer, &row, 1, 0, 1, 1e-3, out, NULL, &error));
  g_assert_nonnull (strstr (error->message, "row 9: the text has rows 0 to 8"));
  g_assert_false (scope_field_starts (layer, &good, 1, 0, 4, 1e-3, out, NULL, NULL));
  g_assert_false (scope_field_starts (layer, &good, 1, 2, 1, 1e-3, out, NULL, NULL));
  g_assert_false (scope_field_starts (layer, &good, 1, 0, 1, NAN, out, NULL, NULL));
  g_assert_false (scope_field_starts (layer, &good, 1, 0, 1, -1, out, NULL, NULL));
}

static void
check_stats (const AnalysisFixture *self, ScopeLayerTrace *layer, gboolean filtered)
{
  g_autoptr (GError) error = NULL;
  gsize last = self->count - 1, channels = self->config->channels;
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  g_autoptr (ScopeMatrix) curves = scope_decay_curves (layer, NULL, &error);
  double middle = scope_matrix_get (curves, last, 0); /* a θ that divides the channels */
  g_autofree ScopeChannelStats *stats
      = scope_channels_layer (self->trace, layer, NULL, middle, NULL, &error);
  g_assert_no_error (error);
  for (gsize h = 0; h < channels; h++) {
    double ln_decay = scope_matrix_get (curves, last, h), kept = 0;
    gint32 start;
    g_assert_true (scope_field_starts (layer, &last, 1, h, h + 1, 1e-3, &start, NULL, NULL));
    for (gsize t = 0; t <= last; t++)
      kept += scope_matrix_get (delta, t, h) > 0;
    g_assert_cmpuint (stats[h].layer, ==, scope_layer_trace_layer (layer));
    g_assert_cmpuint (stats[h].channel, ==, h);
    g_assert_cmpfloat (stats[h].ln_decay, ==, ln_decay);
    g_assert_cmpint (stats[h].global, ==, ln_decay > middle);
    g_assert_cmpuint (stats[h].field_length, ==, scope_field_length (last, start));
    g_assert_cmpfloat (stats[h].kept_fraction, ==, kept / (double)self->count);
    /* At this mean rate half is left after so many tokens. */
    g_assert_cmpfloat (fabs (exp (ln_decay * stats[h].half_life / (double)self->count) - 0.5), <,
                       1e-12);
  }
  g_assert_cmpint (stats[0].kept_fraction < 1, ==, filtered);
}

static void
test_channels (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], SCOPE_PRECISION_FP32, TOKENS);
    g_autoptr (ScopePlan) plan = analysis_fixture_halving (&self, 0, 100);
    g_autoptr (ScopeLayerTrace) plain = analysis_fixture_layer (&self, 0, NULL);
    g_autoptr (ScopeLayerTrace) filtered = analysis_fixture_layer (&self, 0, plan);
    check_stats (&self, plain, FALSE);
    check_stats (&self, filtered, TRUE);
  }
}

/* With classes, they decide, not the text's own decay. */
static void
test_classes (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 44 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, 20);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 2, NULL);
  g_autoptr (ScopeMatrix) classes = scope_matrix_new (SCOPE_REAL_F64, 3, 3, NULL);
  scope_matrix_set (classes, 2, 0, -5);
  scope_matrix_set (classes, 2, 1, -4);
  scope_matrix_set (classes, 2, 2, -3);
  g_autofree ScopeChannelStats *stats
      = scope_channels_layer (self.trace, layer, classes, -4, NULL, NULL);
  g_assert_false (stats[0].global);
  g_assert_false (stats[1].global); /* > θ, not >= */
  g_assert_true (stats[2].global);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/memory/curves/fp32", GINT_TO_POINTER (SCOPE_PRECISION_FP32), test_curves);
  g_test_add_data_func ("/memory/curves/reference", GINT_TO_POINTER (SCOPE_PRECISION_REFERENCE),
                        test_curves);
  g_test_add_func ("/memory/rows", test_rows);
  g_test_add_data_func ("/memory/fields/fp32", GINT_TO_POINTER (SCOPE_PRECISION_FP32), test_fields);
  g_test_add_data_func ("/memory/fields/reference", GINT_TO_POINTER (SCOPE_PRECISION_REFERENCE),
                        test_fields);
  g_test_add_func ("/memory/field-layout", test_field_layout);
  g_test_add_func ("/memory/fields-refused", test_fields_refused);
  g_test_add_func ("/memory/channels", test_channels);
  g_test_add_func ("/memory/classes", test_classes);
  return g_test_run ();
}

/* Results: what a map and a decay picture carry beside their numbers. */
#include <math.h>

#include "analysis-fixture.h"
#include "analysis/decay.h"
#include "analysis/result.h"
#include "base/error.h"

#define TOKENS 157

static void
test_provenance (void)
{
  g_autoptr (ScopeProvenance) self = scope_provenance_new ();
  const char *key, *value;
  scope_provenance_set (self, "model", "%s", "a");
  scope_provenance_set (self, "layer", "%d", 3);
  scope_provenance_set (self, "model", "%s", "b");
  g_assert_cmpuint (scope_provenance_count (self), ==, 2);
  g_assert_cmpstr (scope_provenance_get (self, "model"), ==, "b");
  g_assert_null (scope_provenance_get (self, "mode"));
  scope_provenance_nth (self, 0, &key, &value);
  g_assert_cmpstr (key, ==, "model");
  g_assert_cmpstr (value, ==, "b");
}

static void
assert_says (const ScopeResult *self, const char *key, const char *value)
{
  g_assert_cmpstr (scope_provenance_get (self->provenance, key), ==, value);
}

static ScopeResult *
get_map (AnalysisFixture *self, ScopeLayerTrace *layer, ScopeMapSpec spec, ScopeRange range,
         gsize size, ScopeReduce reduce)
{
  g_autoptr (GError) error = NULL;
  ScopeResult *result
      = scope_result_map (self->trace, layer, &spec, range, size, reduce, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (result->kind, ==, SCOPE_RESULT_MAP);
  return result;
}

/* The boundary's rows ascend within the range, and their starts are the rows' fields. */
static void
check_boundary (const ScopeResult *result, ScopeLayerTrace *layer, gsize channel, gsize count)
{
  g_assert_cmpuint (result->n_boundary, ==, count);
  for (gsize k = 0; k < count; k++) {
    gint32 start;
    gsize row = (gsize)result->boundary_row[k];
    double height = (double)(result->range.row_end - result->range.row_begin) / (double)count;
    double middle = (double)result->range.row_begin + ((double)k + 0.5) * height - 0.5;
    g_assert_cmpfloat (fabs ((double)row - middle), <=, 1.5); /* edges and rows are whole numbers */
    g_assert_true (k == 0 || result->boundary_row[k] > result->boundary_row[k - 1]);
    g_assert_true (scope_field_starts (layer, &row, 1, channel, channel + 1, SCOPE_FIELD_EPSILON,
                                       &start, NULL, NULL));
    g_assert_cmpint (start, ==, result->boundary_start[k]);
  }
}

static void
test_map (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 61 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 2, NULL);
  ScopeMapSpec spec = { .channel = 1, .kind = SCOPE_MATRIX_S6, .lane = -1 };
  ScopeRange all = { 0, TOKENS, 0, TOKENS }, part = { 20, 60, 3, 60 };
  g_autoptr (ScopeResult) coarse = get_map (&self, layer, spec, all, 6, SCOPE_REDUCE_MEAN);
  check_boundary (coarse, layer, 1, 6);
  g_autoptr (ScopeResult) blocks = get_map (&self, layer, spec, all, 40, SCOPE_REDUCE_ABSMEAN);
  g_assert_cmpuint (scope_matrix_rows (blocks->matrix), ==, 40);
  g_assert_cmpuint (scope_matrix_columns (blocks->matrix), ==, 40);
  g_assert_cmpstr (blocks->value_label, ==, "mean |α|");
  g_assert_cmpstr (blocks->title, ==, "layer 2 · head 1");
  g_assert_null (blocks->dropped);
  check_boundary (blocks, layer, 1, 40);

  /* Cells, where there is room for them. */
  g_autoptr (ScopeResult) cells = get_map (&self, layer, spec, part, 64, SCOPE_REDUCE_MEAN);
  g_autoptr (ScopeMatrix) tile = scope_attention_tile (layer, &spec, part, NULL, NULL);
  g_assert_cmpfloat (scope_test_max_error (cells->matrix, tile), ==, 0);
  g_assert_cmpstr (cells->value_label, ==, "α");
  check_boundary (cells, layer, 1, 40);
  for (gsize k = 0; k < 40; k++)
    g_assert_cmpint (cells->boundary_row[k], ==, 20 + (gint32)k);

  assert_says (blocks, "program", "mambascope " SCOPE_VERSION);
  assert_says (blocks, "model", scope_model_name (self.model));
  assert_says (blocks, "model-hash", scope_model_hash (self.model));
  assert_says (blocks, "tokens", "157");
  assert_says (blocks, "layer", "2");
  assert_says (blocks, "channel", "1");
  assert_says (blocks, "matrix", "s6");
  assert_says (blocks, "filter", "off");
  assert_says (blocks, "precision", "fp32");
  assert_says (blocks, "exact", "exact");
  assert_says (blocks, "reduce", "absmean");
  assert_says (cells, "reduce", "none");
  g_assert_nonnull (scope_provenance_get (blocks->provenance, "backend"));
  double proof = g_ascii_strtod (scope_provenance_get (blocks->provenance, "proof"), NULL);
  g_assert_cmpfloat (proof, >, 0);
  g_assert_cmpfloat (proof, <, 1e-4);
}

static void
test_dropped (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .seed = 62 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  gsize dropped = 0;
  g_autoptr (ScopePlan) plan = analysis_fixture_halving (&self, 1, 100);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, plan);
  ScopeMapSpec touched = { .channel = 1, .lane = -1 }, other = { .channel = 2, .lane = -1 };
  ScopeRange range = { 0, TOKENS, 9, TOKENS };
  g_autoptr (ScopeResult) with = get_map (&self, layer, touched, range, 32, SCOPE_REDUCE_MEAN);
  g_autoptr (ScopeResult) without = get_map (&self, layer, other, range, 32, SCOPE_REDUCE_MEAN);
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  g_assert_null (without->dropped);
  for (gsize c = 9; c < TOKENS; c++) {
    g_assert_cmpint (with->dropped[c - 9], ==, scope_matrix_get (delta, c, 1) == 0);
    dropped += with->dropped[c - 9];
  }
  g_assert_cmpuint (dropped, >, 0);
  assert_says (with, "filter", "halving");
}

static void
test_decay (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 63 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
  g_autoptr (ScopeMatrix) curves = scope_decay_curves (layer, NULL, &error);
  g_autoptr (ScopeMatrix) classes = scope_matrix_new (SCOPE_REAL_F64, 3, 3, NULL);
  scope_matrix_set (classes, 1, 1, -100);
  g_autoptr (ScopeResult) result
      = scope_result_decay (self.trace, layer, -1, classes, -50, 40, 33, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result->curves->len, ==, 3);
  g_assert_cmpfloat (result->x_mark, ==, 40);
  g_assert_cmpfloat (result->y_mark, ==, -50);
  for (gsize h = 0; h < 3; h++) {
    const ScopeCurve *curve = result->curves->pdata[h];
    g_autofree char *name = g_strdup_printf ("head %" G_GSIZE_FORMAT, h);
    g_assert_cmpstr (curve->name, ==, name);
    g_assert_cmpint (curve->global, ==, h != 1);
    g_assert_cmpuint (curve->count, ==, 33);
    g_assert_cmpfloat (curve->x[0], ==, 1);
    g_assert_cmpfloat (curve->x[32], ==, TOKENS);
    for (gsize k = 0; k < 33; k++)
      g_assert_cmpfloat (curve->y[k], ==, scope_matrix_get (curves, (gsize)curve->x[k] - 1, h));
  }

  /* One channel, all its points, by the text's own decay. */
  g_autoptr (ScopeResult) one
      = scope_result_decay (self.trace, layer, 2, NULL, -INFINITY, 0, 1000, NULL, &error);
  g_assert_no_error (error);
  const ScopeCurve *curve = one->curves->pdata[0];
  g_assert_cmpuint (one->curves->len, ==, 1);
  g_assert_cmpuint (curve->count, ==, TOKENS);
  g_assert_true (curve->global);
  g_assert_true (isnan (one->x_mark) && isnan (one->y_mark));
  g_assert_cmpstr (one->title, ==, "layer 1 · head 2");
  g_assert_null (scope_result_decay (self.trace, layer, 3, NULL, 0, 0, 10, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
}

/* One token: one cell, one point. */
static void
test_one_token (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .seed = 64 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, 1);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMapSpec spec = { .lane = -1 };
  g_autoptr (ScopeResult) map
      = get_map (&self, layer, spec, (ScopeRange){ 0, 1, 0, 1 }, 100, SCOPE_REDUCE_MEAN);
  g_assert_cmpuint (scope_matrix_rows (map->matrix), ==, 1);
  g_autoptr (ScopeResult) decay
      = scope_result_decay (self.trace, layer, -1, NULL, -1, 0, 100, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (((ScopeCurve *)decay->curves->pdata[0])->count, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/result/provenance", test_provenance);
  g_test_add_func ("/result/map", test_map);
  g_test_add_func ("/result/dropped", test_dropped);
  g_test_add_func ("/result/decay", test_decay);
  g_test_add_func ("/result/one-token", test_one_token);
  return g_test_run ();
}

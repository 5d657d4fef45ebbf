/* Tiles and cells against α's definition; the proof against the scan. */
#include <math.h>

#include "analysis-fixture.h"
#include "base/error.h"

/* Several pivots of a tile, and nothing round. */
#define TOKENS 131

static ScopeMatrix *
get_tile (ScopeLayerTrace *layer, ScopeMapSpec spec, ScopeRange range)
{
  g_autoptr (GError) error = NULL;
  ScopeMatrix *tile = scope_attention_tile (layer, &spec, range, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_matrix_rows (tile), ==, range.row_end - range.row_begin);
  g_assert_cmpuint (scope_matrix_columns (tile), ==, range.column_end - range.column_begin);
  return tile;
}

/* RANGE of SPEC's map is EXPECTED's (T, T); exactly 0 above the diagonal. */
static void
assert_tile (const AnalysisFixture *self, ScopeLayerTrace *layer, ScopeMapSpec spec,
             ScopeRange range, const double *expected)
{
  g_autoptr (ScopeMatrix) tile = get_tile (layer, spec, range);
  double scale = analysis_largest (expected, self->count * self->count);
  g_assert_cmpfloat (scale, >, 0);
  for (gsize i = range.row_begin; i < range.row_end; i++)
    for (gsize j = range.column_begin; j < range.column_end; j++) {
      double found = scope_matrix_get (tile, i - range.row_begin, j - range.column_begin);
      if (j > i)
        g_assert_cmpfloat (found, ==, 0);
      else
        g_assert_cmpfloat (fabs (found - expected[i * self->count + j]), <=,
                           analysis_tolerance (self) * scale);
    }
}

static void
check_channel (const AnalysisFixture *self, ScopeLayerTrace *layer, gsize channel)
{
  static const ScopeRange parts[] = {
    { 0, TOKENS, 0, TOKENS },          { 37, 101, 5, 44 }, { 0, 1, 0, 1 }, { 0, 40, 90, TOKENS },
    { TOKENS - 1, TOKENS, 0, TOKENS }, { 60, 130, 61, 62 }
  };
  ScopeMapSpec spec = { .channel = channel, .kind = SCOPE_MATRIX_S6, .lane = -1 };
  g_autofree double *alpha = analysis_naive_alpha (layer, channel, FALSE);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_tile (self, layer, spec, parts[i], alpha);

  g_autofree double *plain = analysis_naive_alpha (layer, channel, TRUE);
  spec.without_delta = TRUE;
  assert_tile (self, layer, spec, parts[0], plain);
  assert_tile (self, layer, spec, parts[1], plain);

  double d = scope_matrix_get (analysis_part (layer, SCOPE_LAYER_D), 0, channel);
  for (gsize t = 0; t < self->count; t++)
    alpha[t * self->count + t] += d;
  spec = (ScopeMapSpec){ .channel = channel, .kind = SCOPE_MATRIX_SKIP, .lane = -1 };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_tile (self, layer, spec, parts[i], alpha);
}

static void
test_tiles (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  ScopePrecision precision = GPOINTER_TO_INT (data);
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], precision, TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
    check_channel (&self, layer, 0);
    check_channel (&self, layer, self.config->channels - 1);
  }
}

/* The decay between two tokens, multiplied up step by step. */
static double
naive_decay (ScopeLayerTrace *layer, gsize channel, gsize row, gsize column, double rate)
{
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  double decay = 1;
  for (gsize t = column + 1; t <= row; t++)
    decay *= exp (rate * scope_matrix_get (delta, t, channel));
  return decay;
}

static void
test_cells (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    g_autoptr (GError) error = NULL;
    analysis_fixture_random (&self, &shapes[i], SCOPE_PRECISION_REFERENCE, TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 2, NULL);
    gsize channel = self.config->channels / 2;
    g_autofree double *alpha = analysis_naive_alpha (layer, channel, FALSE);
    double scale = analysis_largest (alpha, TOKENS * TOKENS);
    for (gsize row = 0; row < TOKENS; row += 13)
      for (gsize column = 0; column < TOKENS; column += 7) {
        ScopeCell cell;
        g_assert_true (scope_attention_cell (layer, channel, row, column, &cell, &error));
        double sum = 0;
        for (gsize n = 0; n < cell.states; n++) {
          sum += cell.c[n] * cell.decay[n] * cell.delta_j * cell.b[n];
          g_assert_cmpfloat (cell.decay[n], >=, 0);
          g_assert_cmpfloat (cell.decay[n], <=, 1);
          const ScopeMatrix *a = analysis_part (layer, SCOPE_LAYER_A);
          double rate = scope_matrix_get (a, channel, MIN (n, scope_matrix_columns (a) - 1));
          g_assert_cmpfloat (cell.rate[n], ==, rate);
          if (column <= row) /* the naive product of decays differs by its roundings alone */
            g_assert_cmpfloat_with_epsilon (cell.decay[n],
                                            naive_decay (layer, channel, row, column, rate), 1e-12);
        }
        g_assert_cmpfloat (fabs (sum - cell.value), <=, 1e-12 * scale);
        g_assert_cmpfloat (fabs (cell.value - alpha[row * TOKENS + column]), <=, 1e-12 * scale);
        scope_cell_clear (&cell);
      }
  }
}

/* Every channel of some layers; the bounds are those that the program promises. */
static void
assert_proof (AnalysisFixture *self, gsize layer_index)
{
  gboolean reference = self->backend->precision == SCOPE_PRECISION_REFERENCE;
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (self, layer_index, NULL);
  for (gsize h = 0; h < self->config->channels; h++) {
    ScopeProof proof;
    g_autoptr (GError) error = NULL;
    g_assert_true (scope_attention_proof (layer, h, &proof, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpfloat (proof.scale, >, 0);
    g_assert_cmpfloat (proof.error, <=, (reference ? 1e-12 : 1e-4) * proof.scale);
  }
}

static void
test_proof (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  ScopePrecision precision = GPOINTER_TO_INT (data);
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], precision, TOKENS);
    for (gsize layer = 0; layer < self.config->n_layer; layer++)
      assert_proof (&self, layer);
  }
}

static void
test_proof_samples (gconstpointer data)
{
  static const char *const names[] = { "novel-mamba-6m", "novel-mamba2-6m", "rescue-mamba2-5m" };
  ScopePrecision precision = GPOINTER_TO_INT (data);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_sample (&self, names[i], precision, 203);
    assert_proof (&self, 0);
    assert_proof (&self, self.config->n_layer - 1);
  }
}

/* A y that is not the map's is seen, to its size. */
static void
test_proof_fails (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 23 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_REFERENCE, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMatrix *y = (ScopeMatrix *)analysis_part (layer, SCOPE_LAYER_Y);
  gsize lane = self.config->lanes * 2 - 1; /* the last of head 1 */
  scope_matrix_set (y, 130, lane, scope_matrix_get (y, 130, lane) + 0.25);
  for (gsize h = 0; h < 3; h++) {
    ScopeProof proof;
    g_assert_true (scope_attention_proof (layer, h, &proof, NULL, NULL));
    g_assert_cmpfloat (fabs (proof.error - (h == 1 ? 0.25 : 0)), <, 1e-11);
  }
  scope_matrix_set (y, 3, lane, NAN);
  ScopeProof proof;
  g_assert_true (scope_attention_proof (layer, 1, &proof, NULL, NULL));
  g_assert_true (isinf (proof.error));
}

/* A map that is computed in several pieces. */
static void
test_large (void)
{
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_sample (&self, "rescue-mamba2-5m", SCOPE_PRECISION_FP32, 2200);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMapSpec spec = { .channel = 1, .lane = -1 };
  g_autoptr (ScopeMatrix) all = get_tile (layer, spec, (ScopeRange){ 0, 2200, 0, 2200 });
  g_autoptr (ScopeMatrix) end = get_tile (layer, spec, (ScopeRange){ 2150, 2200, 0, 2200 });
  double worst = 0, scale = 0;
  for (gsize r = 0; r < 50; r++)
    for (gsize c = 0; c < 2200; c++) {
      double one = scope_matrix_get (end, r, c);
      scale = fmax (scale, fabs (one));
      worst = fmax (worst, fabs (one - scope_matrix_get (all, 2150 + r, c)));
    }
  g_assert_cmpfloat (scale, >, 0);
  g_assert_cmpfloat (worst, <=, 1e-5 * scale); /* other pivots, other roundings */
}

/* A filtered layer: its maps are of the effective Δ, and the proof holds there as well. */
static void
test_filtered (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], SCOPE_PRECISION_FP32, TOKENS);
    gsize dropped = 0;
    g_autoptr (ScopePlan) plan = analysis_fixture_halving (&self, 0, 2);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, plan);
    const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
    for (gsize t = 0; t < TOKENS; t++)
      dropped += scope_matrix_get (delta, t, 0) == 0;
    g_assert_cmpuint (dropped, >, 0);
    g_assert_true (scope_layer_trace_plan (layer) == plan);
    check_channel (&self, layer, 0);
    ScopeProof proof;
    g_assert_true (scope_attention_proof (layer, 0, &proof, NULL, NULL));
    g_assert_cmpfloat (proof.error, <=, 1e-4 * proof.scale);
  }
}

static void
assert_range_error (ScopeLayerTrace *layer, ScopeMapSpec spec, ScopeRange range, const char *says)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeMatrix) tile = scope_attention_tile (layer, &spec, range, NULL, &error);
  g_assert_null (tile);
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  if (strstr (error->message, says) == NULL)
    g_error ("expected \"%s\", found \"%s\"", says, error->message);
}

static void
test_refused (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 21 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, 9);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMapSpec good = { .channel = 2, .lane = -1 }, high = { .channel = 3, .lane = -1 };
  ScopeMapSpec lane = { .kind = SCOPE_MATRIX_FULL, .lane = 7 };
  ScopeMapSpec without = { .kind = SCOPE_MATRIX_SKIP, .lane = -1, .without_delta = TRUE };
  ScopeRange all = { 0, 9, 0, 9 };
  assert_range_error (layer, high, all, "head 3: the model has heads 0 to 2");
  assert_range_error (layer, lane, all, "lane 7: a head has lanes 0 to 6");
  assert_range_error (layer, without, all, "matrix skip: only s6");
  assert_range_error (layer, good, (ScopeRange){ 0, 10, 0, 9 }, "rows 0:10");
  assert_range_error (layer, good, (ScopeRange){ 0, 9, 4, 4 }, "columns 4:4");
  assert_range_error (layer, good, (ScopeRange){ 5, 4, 0, 9 }, "within 0:9");
  ScopeCell cell;
  g_assert_false (scope_attention_cell (layer, 0, 9, 0, &cell, NULL));
  g_assert_false (scope_attention_cell (layer, 3, 0, 0, &cell, NULL));
}

static void
test_cancelled (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .seed = 22 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMapSpec spec = { .lane = -1 };
  ScopeProgress progress = SCOPE_PROGRESS_INIT (NULL, NULL);
  scope_progress_cancel (&progress);
  for (ScopeMatrixKind kind = SCOPE_MATRIX_S6; kind <= SCOPE_MATRIX_FULL; kind++) {
    g_autoptr (GError) error = NULL;
    spec.kind = kind;
    g_assert_null (scope_attention_tile (layer, &spec, (ScopeRange){ 0, TOKENS, 0, TOKENS },
                                         &progress, &error));
    g_assert_true (scope_error_is_cancelled (error));
  }
}

static void
test_names (void)
{
  for (ScopeMatrixKind kind = SCOPE_MATRIX_S6; kind <= SCOPE_MATRIX_FULL; kind++) {
    ScopeMatrixKind back;
    g_assert_true (scope_matrix_kind_parse (scope_matrix_kind_name (kind), &back));
    g_assert_cmpint (back, ==, kind);
  }
  for (ScopeReduce reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++) {
    ScopeReduce back;
    g_assert_true (scope_reduce_parse (scope_reduce_name (reduce), &back));
    g_assert_cmpint (back, ==, reduce);
  }
  ScopeMatrixKind kind;
  ScopeReduce reduce;
  g_assert_false (scope_matrix_kind_parse ("S6", &kind));
  g_assert_false (scope_reduce_parse ("", &reduce));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gpointer fp32 = GINT_TO_POINTER (SCOPE_PRECISION_FP32);
  gpointer reference = GINT_TO_POINTER (SCOPE_PRECISION_REFERENCE);
  g_test_add_data_func ("/attention/tiles/fp32", fp32, test_tiles);
  g_test_add_data_func ("/attention/tiles/reference", reference, test_tiles);
  g_test_add_func ("/attention/cells", test_cells);
  g_test_add_data_func ("/attention/proof/fp32", fp32, test_proof);
  g_test_add_data_func ("/attention/proof/reference", reference, test_proof);
  g_test_add_data_func ("/attention/proof/samples-fp32", fp32, test_proof_samples);
  g_test_add_data_func ("/attention/proof/samples-reference", reference, test_proof_samples);
  g_test_add_func ("/attention/proof/fails", test_proof_fails);
  g_test_add_func ("/attention/large", test_large);
  g_test_add_func ("/attention/filtered", test_filtered);
  g_test_add_func ("/attention/refused", test_refused);
  g_test_add_func ("/attention/cancelled", test_cancelled);
  g_test_add_func ("/attention/names", test_names);
  return g_test_run ();
}

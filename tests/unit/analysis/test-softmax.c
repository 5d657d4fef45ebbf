/* Softmax maps of shared attention: tiles, overviews, fields, cells, the proof and the result,
 * against the definition from the layer's queries and keys. */
#include <math.h>

#include "analysis-fixture.h"
#include "analysis/result.h"
#include "base/error.h"

#define TOKENS 157
#define LAYER  1 /* of a random hybrid model: the first with shared attention */

static const ScopeRandomModel shapes[] = {
  { .family = SCOPE_FAMILY_ZAMBA2, .seed = 31 },
  { .family = SCOPE_FAMILY_ZAMBA2,
    .attention_heads = 6,
    .key_heads = 6,
    .d_model = 30,
    .n_layer = 2,
    .seed = 32 },
};

/* The map of HEAD, (T, T), row by row; caller frees. */
static double *
naive_map (AnalysisFixture *self, ScopeLayerTrace *layer, gsize head)
{
  const ScopeSharedConfig *shared = &self->config->shared;
  const ScopeMatrix *q = analysis_part (layer, SCOPE_LAYER_QUERY);
  const ScopeMatrix *k = analysis_part (layer, SCOPE_LAYER_KEY);
  gsize width = shared->head_dim, key_head = head * shared->kv_heads / shared->heads;
  double *map = g_new0 (double, TOKENS *TOKENS);
  for (gsize i = 0; i < TOKENS; i++) {
    double sum = 0, *row = map + i * TOKENS;
    for (gsize j = 0; j <= i; j++) {
      double score = 0;
      for (gsize l = 0; l < width; l++)
        score += scope_matrix_get (q, i, head * width + l)
                 * scope_matrix_get (k, j, key_head * width + l);
      sum += row[j] = exp (score / sqrt ((double)width / 2));
    }
    for (gsize j = 0; j <= i; j++)
      row[j] /= sum;
  }
  return map;
}

static ScopeMapSpec
spec_of (gsize head)
{
  return (ScopeMapSpec){ .channel = head, .kind = SCOPE_MATRIX_SOFTMAX, .lane = -1 };
}

/* Scores of a few units, in float32 1e-6 of them; the softmax of that. */
static double
tolerance (const AnalysisFixture *self)
{
  return self->backend->precision == SCOPE_PRECISION_REFERENCE ? 1e-13 : 2e-5;
}

static void
check_tiles (AnalysisFixture *self, ScopeLayerTrace *layer, gsize head, const double *map)
{
  static const ScopeRange ranges[]
      = { { 0, TOKENS, 0, TOKENS }, { 31, 150, 7, 99 }, { 5, 6, 0, TOKENS }, { 0, 40, 100, 140 } };
  g_autoptr (GError) error = NULL;
  ScopeMapSpec spec = spec_of (head);
  for (guint k = 0; k < G_N_ELEMENTS (ranges); k++) {
    ScopeRange range = ranges[k];
    g_autoptr (ScopeMatrix) tile = scope_attention_tile (layer, &spec, range, NULL, &error);
    g_assert_no_error (error);
    for (gsize i = range.row_begin; i < range.row_end; i++)
      for (gsize j = range.column_begin; j < range.column_end; j++) {
        double got = scope_matrix_get (tile, i - range.row_begin, j - range.column_begin);
        g_assert_cmpfloat (fabs (got - map[i * TOKENS + j]), <, tolerance (self));
        g_assert_true (j <= i || got == 0);
      }
  }
}

/* All of it, exactly; and with a budget that is too small for that, said so. */
static void
check_overview (AnalysisFixture *self, ScopeLayerTrace *layer, gsize head, const double *map)
{
  const ScopeRange whole = { 0, TOKENS, 0, TOKENS };
  const gsize blocks = 10;
  g_autoptr (GError) error = NULL;
  ScopeMapSpec spec = spec_of (head);
  gboolean exact = FALSE;
  g_autoptr (ScopeMatrix) found = scope_attention_overview (
      layer, &spec, whole, blocks, blocks, SCOPE_REDUCE_ABSMAX, 0, &exact, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (exact);
  for (gsize r = 0; r < blocks; r++)
    for (gsize c = 0; c < blocks; c++) {
      double most = 0;
      for (gsize i = TOKENS * r / blocks; i < TOKENS * (r + 1) / blocks; i++)
        for (gsize j = TOKENS * c / blocks; j < TOKENS * (c + 1) / blocks; j++)
          most = fmax (most, map[i * TOKENS + j]);
      g_assert_cmpfloat (fabs (scope_matrix_get (found, r, c) - most), <, tolerance (self));
    }
  g_autoptr (ScopeMatrix) few = scope_attention_overview (
      layer, &spec, whole, blocks, blocks, SCOPE_REDUCE_MEAN, 100000, &exact, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (exact);
}

static void
check_cells (AnalysisFixture *self, ScopeLayerTrace *layer, gsize head, const double *map)
{
  static const gsize cells[][2] = { { 0, 0 }, { 156, 0 }, { 80, 80 }, { 80, 81 }, { 101, 33 } };
  g_autoptr (GError) error = NULL;
  for (guint k = 0; k < G_N_ELEMENTS (cells); k++) {
    ScopeSoftmaxCell cell;
    g_assert_true (scope_softmax_cell (layer, head, cells[k][0], cells[k][1], &cell, &error));
    double expected = map[cells[k][0] * TOKENS + cells[k][1]];
    g_assert_cmpfloat (fabs (cell.value - expected), <, tolerance (self));
  }
}

/* The result names what it is, and its boundary is the first cell above the field's epsilon. */
static void
check_result (AnalysisFixture *self, ScopeLayerTrace *layer, gsize head, const double *map)
{
  const ScopeRange whole = { 0, TOKENS, 0, TOKENS };
  g_autoptr (GError) error = NULL;
  ScopeMapSpec spec = spec_of (head);
  g_autoptr (ScopeResult) result = scope_result_map (self->trace, layer, &spec, whole, TOKENS,
                                                     SCOPE_REDUCE_ABSMEAN, TRUE, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *title = g_strdup_printf ("layer 1 · attention head %zu", head);
  g_assert_cmpstr (result->title, ==, title);
  g_assert_cmpstr (result->value_label, ==, "softmax");
  g_assert_cmpstr (scope_provenance_get (result->provenance, "matrix"), ==, "softmax");
  g_assert_cmpfloat (g_ascii_strtod (scope_provenance_get (result->provenance, "proof"), NULL), <,
                     tolerance (self));
  for (gsize k = 0; k < result->n_boundary; k++) {
    const double *row = map + (gsize)result->boundary_row[k] * TOKENS;
    gint32 start = result->boundary_start[k];
    gsize end = start < 0 ? TOKENS : (gsize)start;
    for (gsize j = 0; j < end; j++)
      g_assert_cmpfloat (row[j], <=, SCOPE_FIELD_EPSILON + tolerance (self));
    g_assert_true (start < 0 || row[start] > SCOPE_FIELD_EPSILON - tolerance (self));
  }
}

typedef struct {
  const ScopeRandomModel *shape;
  ScopePrecision precision;
} Case;

static void
test_maps (gconstpointer data)
{
  const Case *c = data;
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, c->shape, c->precision, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, LAYER, NULL);
  g_assert_cmpuint (scope_matrix_channels (self.config, LAYER, SCOPE_MATRIX_SOFTMAX), ==,
                    self.config->shared.heads);
  for (gsize head = 0; head < self.config->shared.heads; head++) {
    g_autofree double *map = naive_map (&self, layer, head);
    check_tiles (&self, layer, head, map);
    check_overview (&self, layer, head, map);
    check_cells (&self, layer, head, map);
    check_result (&self, layer, head, map);
  }
}

static void
test_errors (void)
{
  const ScopeRange cell = { 0, 1, 0, 1 };
  g_auto (AnalysisFixture) self = { 0 };
  g_autoptr (GError) error = NULL;
  ScopeMapSpec spec = spec_of (4);
  ScopeProof proof;
  analysis_fixture_random (&self, &shapes[0], SCOPE_PRECISION_FP32, 9);
  g_autoptr (ScopeLayerTrace) plain = analysis_fixture_layer (&self, 0, NULL);
  g_autoptr (ScopeLayerTrace) hybrid = analysis_fixture_layer (&self, LAYER, NULL);
  g_assert_cmpuint (scope_matrix_channels (self.config, 0, SCOPE_MATRIX_SOFTMAX), ==, 0);
  g_assert_null (scope_attention_tile (hybrid, &spec, cell, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "attention head 4: the layer has attention heads 0 to 3");
  spec.channel = 0;
  g_assert_null (scope_attention_tile (plain, &spec, cell, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "layer 0 has no shared attention*");
  g_assert_false (scope_map_proof (plain, &spec, &proof, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "layer 0 has no shared attention*");
  spec.without_delta = TRUE;
  g_assert_null (scope_attention_tile (hybrid, &spec, cell, NULL, &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE, "matrix softmax*");
}

int
main (int argc, char **argv)
{
  static const Case cases[] = {
    { &shapes[0], SCOPE_PRECISION_REFERENCE },
    { &shapes[0], SCOPE_PRECISION_FP32 },
    { &shapes[1], SCOPE_PRECISION_FP32 },
  };
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/softmax/maps/%u", i);
    g_test_add_data_func (path, &cases[i], test_maps);
  }
  g_test_add_func ("/softmax/errors", test_errors);
  return g_test_run ();
}

/* Overviews against block reductions of the dense map. */
#include <math.h>

#include "analysis-fixture.h"
#include "base/error.h"

#define TOKENS 257

typedef struct {
  ScopeRange range;
  gsize rows, columns;
} Blocks;

/* Uneven, one block, one cell a block, parts of the map, and parts beyond the diagonal. */
static const Blocks blocks[] = {
  { { 0, TOKENS, 0, TOKENS }, 16, 16 }, { { 0, TOKENS, 0, TOKENS }, 37, 5 },
  { { 0, TOKENS, 0, TOKENS }, 1, 1 },   { { 0, TOKENS, 0, TOKENS }, TOKENS, TOKENS },
  { { 31, 200, 11, 150 }, 13, 29 },     { { 3, 60, 50, 255 }, 7, 9 },
  { { 0, 20, 100, 140 }, 4, 4 },        { { 256, 257, 0, TOKENS }, 1, 64 },
};

static gsize
edge (gsize begin, gsize end, gsize k, gsize count)
{
  return begin + (end - begin) * k / count;
}

/* Block (R, C) of MAP (T, T), over all its cells. */
static double
reduce_block (const ScopeMatrix *map, const Blocks *b, gsize r, gsize c, ScopeReduce reduce)
{
  double sum = 0, most = 0;
  gsize cells = 0;
  for (gsize i = edge (b->range.row_begin, b->range.row_end, r, b->rows);
       i < edge (b->range.row_begin, b->range.row_end, r + 1, b->rows); i++)
    for (gsize j = edge (b->range.column_begin, b->range.column_end, c, b->columns);
         j < edge (b->range.column_begin, b->range.column_end, c + 1, b->columns); j++) {
      double value = scope_matrix_get (map, i, j);
      sum += reduce == SCOPE_REDUCE_MEAN ? value : fabs (value);
      most = fmax (most, fabs (value));
      cells++;
    }
  return reduce == SCOPE_REDUCE_ABSMAX ? most : sum / (double)cells;
}

/* 1e-5 of the largest block, for float32: a mean has no less than the rounding of its largest
 * cells, and cancellation makes single blocks small. */
static void
assert_overview (const AnalysisFixture *self, const ScopeMatrix *found, const ScopeMatrix *map,
                 const Blocks *b, ScopeReduce reduce)
{
  double scale = 0;
  g_assert_cmpuint (scope_matrix_rows (found), ==, b->rows);
  g_assert_cmpuint (scope_matrix_columns (found), ==, b->columns);
  for (gsize r = 0; r < b->rows; r++)
    for (gsize c = 0; c < b->columns; c++)
      scale = fmax (scale, fabs (reduce_block (map, b, r, c, SCOPE_REDUCE_ABSMEAN)));
  for (gsize r = 0; r < b->rows; r++)
    for (gsize c = 0; c < b->columns; c++) {
      double expected = reduce_block (map, b, r, c, reduce), bound = scale;
      if (reduce == SCOPE_REDUCE_ABSMAX)
        bound = fmax (bound, expected);
      g_assert_cmpfloat (fabs (scope_matrix_get (found, r, c) - expected), <=,
                         analysis_tolerance (self) * bound);
      if (edge (b->range.row_begin, b->range.row_end, r + 1, b->rows)
          <= edge (b->range.column_begin, b->range.column_end, c, b->columns))
        g_assert_cmpfloat (scope_matrix_get (found, r, c), ==, 0);
    }
}

static void
check_spec (const AnalysisFixture *self, ScopeLayerTrace *layer, ScopeMapSpec spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeMatrix) map
      = scope_attention_tile (layer, &spec, (ScopeRange){ 0, TOKENS, 0, TOKENS }, NULL, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    for (ScopeReduce reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++) {
      gboolean exact = FALSE;
      const Blocks *b = &blocks[i];
      g_autoptr (ScopeMatrix) found = scope_attention_overview (
          layer, &spec, b->range, b->rows, b->columns, reduce, 0, &exact, NULL, &error);
      g_assert_no_error (error);
      g_assert_true (exact);
      assert_overview (self, found, map, b, reduce);
    }
}

static void
test_blocks (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], GPOINTER_TO_INT (data), TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
    gsize channel = self.config->channels - 1;
    for (ScopeMatrixKind kind = SCOPE_MATRIX_S6; kind <= SCOPE_MATRIX_FULL; kind++)
      check_spec (&self, layer, (ScopeMapSpec){ .channel = channel, .kind = kind, .lane = -1 });
    check_spec (&self, layer, (ScopeMapSpec){ .channel = 0, .lane = -1, .without_delta = TRUE });
  }
}

/* A budget that does not reach: said so, and every value is one that the cells can have. */
static void
check_sampled (ScopeLayerTrace *layer, ScopeMapSpec spec, ScopeReduce reduce)
{
  g_autoptr (GError) error = NULL;
  const Blocks b = { { 0, TOKENS, 0, TOKENS }, 8, 8 };
  gboolean all = FALSE, exact = TRUE;
  g_autoptr (ScopeMatrix) most = scope_attention_overview (
      layer, &spec, b.range, 8, 8, SCOPE_REDUCE_ABSMAX, 0, &all, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeMatrix) found
      = scope_attention_overview (layer, &spec, b.range, 8, 8, reduce, 20000, &exact, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (all);
  g_assert_cmpint (exact, ==, spec.kind == SCOPE_MATRIX_S6 && reduce == SCOPE_REDUCE_MEAN);
  for (gsize r = 0; r < 8; r++)
    for (gsize c = 0; c < 8; c++) {
      double value = scope_matrix_get (found, r, c);
      g_assert_cmpfloat (fabs (value), <=, scope_matrix_get (most, r, c) * (1 + 1e-5));
      if (c > r)
        g_assert_cmpfloat (value, ==, 0);
      else
        g_assert_cmpfloat (value, !=, 0);
    }
}

static void
test_sampled (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 31 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  for (ScopeMatrixKind kind = SCOPE_MATRIX_S6; kind <= SCOPE_MATRIX_FULL; kind++)
    for (ScopeReduce reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++)
      check_sampled (layer, (ScopeMapSpec){ .channel = 1, .kind = kind, .lane = -1 }, reduce);
}

static void
test_refused (void)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA, .seed = 32 };
  g_auto (AnalysisFixture) self = { 0 };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, 10);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 0, NULL);
  ScopeMapSpec spec = { .lane = -1 };
  static const gsize bad[][2] = { { 11, 5 }, { 5, 11 }, { 0, 5 }, { 5, 0 } };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    gboolean exact;
    g_autoptr (GError) error = NULL;
    g_assert_null (scope_attention_overview (layer, &spec, (ScopeRange){ 0, 10, 0, 10 }, bad[i][0],
                                             bad[i][1], SCOPE_REDUCE_MEAN, 0, &exact, NULL,
                                             &error));
    g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
    g_assert_nonnull (strstr (error->message, "expected 1 to 10"));
  }
}

/* Thumbnails are the overviews of their channels, exact or sampled alike; the overview itself is held
 * to the dense map above. */
static void
check_thumbnails (ScopeFamily family, guint64 budget, gboolean expect_exact)
{
  const ScopeRandomModel shape = { .family = family, .d_inner = 24, .heads = 6, .seed = 77 };
  g_auto (AnalysisFixture) self = { NULL };
  analysis_fixture_random (&self, &shape, SCOPE_PRECISION_FP32, TOKENS);
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
  const gsize begin = 1, end = 4, side = 19;
  g_autoptr (GError) error = NULL;
  gboolean exact, same;
  g_autoptr (ScopeMatrix) found = scope_attention_thumbnails (
      layer, begin, end, side, SCOPE_REDUCE_ABSMEAN, budget, &exact, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (exact == expect_exact);
  g_assert_cmpuint (scope_matrix_rows (found), ==, (end - begin) * side);
  for (gsize k = begin; k < end; k++) {
    const ScopeMapSpec spec = { .channel = k, .lane = -1 };
    g_autoptr (ScopeMatrix) one
        = scope_attention_overview (layer, &spec, (ScopeRange){ 0, TOKENS, 0, TOKENS }, side, side,
                                    SCOPE_REDUCE_ABSMEAN, budget, &same, NULL, &error);
    g_assert_no_error (error);
    g_assert_true (same == exact);
    for (gsize r = 0; r < side; r++)
      for (gsize c = 0; c < side; c++)
        g_assert_cmpfloat (scope_matrix_get (found, (k - begin) * side + r, c), ==,
                           scope_matrix_get (one, r, c));
  }
  g_assert_null (scope_attention_thumbnails (layer, 0, self.config->channels + 1, side,
                                             SCOPE_REDUCE_ABSMEAN, 0, &exact, NULL, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
}

static void
test_thumbnails (void)
{
  check_thumbnails (SCOPE_FAMILY_MAMBA, 0, TRUE);
  check_thumbnails (SCOPE_FAMILY_MAMBA2, 0, TRUE);
  check_thumbnails (SCOPE_FAMILY_MAMBA, 100000, FALSE);
  check_thumbnails (SCOPE_FAMILY_MAMBA2, 100000, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/overview/blocks/fp32", GINT_TO_POINTER (SCOPE_PRECISION_FP32),
                        test_blocks);
  g_test_add_data_func ("/overview/blocks/reference", GINT_TO_POINTER (SCOPE_PRECISION_REFERENCE),
                        test_blocks);
  g_test_add_func ("/overview/sampled", test_sampled);
  g_test_add_func ("/overview/refused", test_refused);
  g_test_add_func ("/overview/thumbnails", test_thumbnails);
  return g_test_run ();
}

/* The full map against the dense product of its four factors, and against what the block really
 * did. */
#include <math.h>

#include "analysis-fixture.h"

#define TOKENS 61

static double
sigmoid (double x)
{
  return 1 / (1 + exp (-x));
}

/* A whole weight as doubles. */
static double *
weight (const ScopeWeight *self)
{
  double *out = g_new (double, self->count);
  scope_weight_to_f64 (self, 0, self->count, out);
  return out;
}

/* M of one lane, dense: (T, T), M[t, t-k] = w[K-1-k]. */
static double *
dense_convolution (AnalysisFixture *self, ScopeLayerTrace *layer, gsize lane)
{
  gsize taps = self->config->d_conv, tokens = self->count;
  g_autofree double *w
      = weight (scope_model_layer (self->model, scope_layer_trace_layer (layer))->conv);
  double *m = g_new0 (double, tokens *tokens);
  for (gsize t = 0; t < tokens; t++)
    for (gsize k = 0; k < taps && k <= t; k++)
      m[t * tokens + t - k] = w[lane * taps + taps - 1 - k];
  return m;
}

/* v = M x + bias. */
static double *
before_silu (AnalysisFixture *self, ScopeLayerTrace *layer, gsize lane, const double *m,
             double *bias_out)
{
  const ScopeMatrix *x = analysis_part (layer, SCOPE_LAYER_X);
  const ScopeLayerWeights *weights
      = scope_model_layer (self->model, scope_layer_trace_layer (layer));
  g_autofree double *bias = weights->conv_bias != NULL ? weight (weights->conv_bias) : NULL;
  double *v = g_new (double, self->count);
  *bias_out = bias != NULL ? bias[lane] : 0;
  for (gsize t = 0; t < self->count; t++) {
    v[t] = *bias_out;
    for (gsize s = 0; s <= t; s++)
      v[t] += m[t * self->count + s] * scope_matrix_get (x, s, lane);
  }
  return v;
}

/* diag(SiLU(z)) α diag(sigmoid(v)) M of one lane, as a product of (T, T) matrices. */
static double *
dense_full (AnalysisFixture *self, ScopeLayerTrace *layer, gsize lane)
{
  gsize tokens = self->count;
  double unused;
  const ScopeMatrix *z = analysis_part (layer, SCOPE_LAYER_Z);
  g_autofree double *alpha = analysis_naive_alpha (layer, lane / self->config->lanes, FALSE);
  g_autofree double *m = dense_convolution (self, layer, lane);
  g_autofree double *v = before_silu (self, layer, lane, m, &unused);
  double *out = g_new0 (double, tokens *tokens);
  for (gsize i = 0; i < tokens; i++) {
    double gate = scope_matrix_get (z, i, lane);
    for (gsize j = 0; j < tokens; j++)
      for (gsize k = 0; k < tokens; k++)
        out[i * tokens + k]
            += gate * sigmoid (gate) * alpha[i * tokens + j] * sigmoid (v[j]) * m[j * tokens + k];
  }
  return out;
}

static ScopeMatrix *
get_full (ScopeLayerTrace *layer, gsize channel, gssize lane, ScopeRange range)
{
  g_autoptr (GError) error = NULL;
  ScopeMapSpec spec = { .channel = channel, .kind = SCOPE_MATRIX_FULL, .lane = lane };
  ScopeMatrix *tile = scope_attention_tile (layer, &spec, range, NULL, &error);
  g_assert_no_error (error);
  return tile;
}

static void
assert_full (AnalysisFixture *self, ScopeLayerTrace *layer, gsize channel, gssize lane,
             ScopeRange range, const double *expected)
{
  g_autoptr (ScopeMatrix) tile = get_full (layer, channel, lane, range);
  double scale = analysis_largest (expected, self->count * self->count);
  for (gsize i = range.row_begin; i < range.row_end; i++)
    for (gsize j = range.column_begin; j < range.column_end; j++) {
      double found = scope_matrix_get (tile, i - range.row_begin, j - range.column_begin);
      if (j > i)
        g_assert_cmpfloat (found, ==, 0);
      g_assert_cmpfloat (fabs (found - expected[i * self->count + j]), <=,
                         analysis_tolerance (self) * scale);
    }
}

static void
check_channel (AnalysisFixture *self, ScopeLayerTrace *layer, gsize channel)
{
  /* The second and third cut the halo of K - 1 columns off, at the text's end and within. */
  static const ScopeRange parts[] = { { 0, TOKENS, 0, TOKENS },
                                      { 17, TOKENS, 40, TOKENS },
                                      { 3, 50, 2, 31 },
                                      { 0, 5, 20, 30 },
                                      { 30, 31, 30, 31 } };
  gsize lanes = self->config->lanes, cells = self->count * self->count;
  g_autofree double *mean = g_new0 (double, cells);
  for (gsize p = 0; p < lanes; p++) {
    g_autofree double *one = dense_full (self, layer, channel * lanes + p);
    for (gsize i = 0; i < cells; i++)
      mean[i] += one[i] / (double)lanes;
    if (p == 0 || p + 1 == lanes)
      for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
        assert_full (self, layer, channel, (gssize)p, parts[i], one);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    assert_full (self, layer, channel, -1, parts[i], mean);
}

static void
test_dense_product (gconstpointer data)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], GPOINTER_TO_INT (data), TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 1, NULL);
    check_channel (&self, layer, self.config->channels - 1);
  }
}

/* The block itself, its gate and its sigmoids held: what leaves the gate is
 *   SiLU(z) y = α_full x + SiLU(z) (α (sigmoid(v) bias) + D u),
 * with y, u, z and x as the forward pass had them, and no formula of α but the map under test. */
static void
check_block (AnalysisFixture *self, ScopeLayerTrace *layer, gsize lane)
{
  gsize channel = lane / self->config->lanes, tokens = self->count;
  ScopeRange all = { 0, tokens, 0, tokens };
  ScopeMapSpec kernel = { .channel = channel, .lane = -1 };
  g_autoptr (ScopeMatrix) full
      = get_full (layer, channel, (gssize)(lane % self->config->lanes), all);
  g_autoptr (ScopeMatrix) alpha = scope_attention_tile (layer, &kernel, all, NULL, NULL);
  double bias, scale = 0, worst = 0;
  double d = scope_matrix_get (analysis_part (layer, SCOPE_LAYER_D), 0, channel);
  g_autofree double *m = dense_convolution (self, layer, lane);
  g_autofree double *v = before_silu (self, layer, lane, m, &bias);
  for (gsize i = 0; i < tokens; i++) {
    double z = scope_matrix_get (analysis_part (layer, SCOPE_LAYER_Z), i, lane);
    double y = scope_matrix_get (analysis_part (layer, SCOPE_LAYER_Y), i, lane);
    double rest = d * scope_matrix_get (analysis_part (layer, SCOPE_LAYER_U), i, lane), made = 0;
    for (gsize j = 0; j < tokens; j++) {
      made += scope_matrix_get (full, i, j)
              * scope_matrix_get (analysis_part (layer, SCOPE_LAYER_X), j, lane);
      rest += scope_matrix_get (alpha, i, j) * sigmoid (v[j]) * bias;
    }
    double gate = z * sigmoid (z);
    scale = fmax (scale, fabs (gate * y));
    worst = fmax (worst, fabs (made + gate * rest - gate * y));
  }
  g_assert_cmpfloat (worst, <=, analysis_tolerance (self) * scale);
}

static void
test_block (void)
{
  const ScopeRandomModel *shapes;
  for (gsize i = 0; i < analysis_fixture_shapes (&shapes); i++) {
    g_auto (AnalysisFixture) self = { 0 };
    analysis_fixture_random (&self, &shapes[i], SCOPE_PRECISION_REFERENCE, TOKENS);
    g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (&self, 2, NULL);
    for (gsize lane = 0; lane < self.config->d_inner; lane++)
      check_block (&self, layer, lane);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/full/dense-product/fp32", GINT_TO_POINTER (SCOPE_PRECISION_FP32),
                        test_dense_product);
  g_test_add_data_func ("/full/dense-product/reference",
                        GINT_TO_POINTER (SCOPE_PRECISION_REFERENCE), test_dense_product);
  g_test_add_func ("/full/block", test_block);
  return g_test_run ();
}

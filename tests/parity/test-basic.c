/* EMBED, NORM, PRODUCT, CONV, DELTA. */
#include "parity.h"

static double
silu (double x)
{
  return x / (1 + exp (-x));
}

static double
softplus (double x)
{
  return fmax (x, 0) + log1p (exp (-fabs (x)));
}

typedef struct {
  gsize rows, columns, extra; /* extra: inputs, taps or groups */
  gboolean first, second, third;
} Shape;

static void
test_embed (gconstpointer data)
{
  const Shape *shape = data;
  gsize vocab = shape->extra, columns = shape->columns;
  parity_begin (101);
  double *table = parity_normal (vocab * columns), *ids = parity_zeros (shape->rows);
  double *expected = parity_zeros (shape->rows * columns);
  for (gsize t = 0; t < shape->rows; t++) {
    ids[t] = g_rand_int_range (parity.random, 0, vocab);
    memcpy (expected + t * columns, table + (gsize)ids[t] * columns, columns * sizeof (double));
  }
  ScopeOpEmbed op
      = { parity_real (vocab, columns, table), parity_tensor (SCOPE_TYPE_I32, shape->rows, 1, ids),
          parity_real (shape->rows, columns, NULL) };
  if (parity_run (SCOPE_OP_EMBED, &op))
    parity_close ("embed", parity_read (op.out), expected, shape->rows * columns, 0);
  parity_end ();
}

/* first: a gate; second: a weight; third: norm before gate. */
static void
norm_reference (const Shape *shape, const double *x, const double *gate, const double *weight,
                double eps, double *out)
{
  gsize width = shape->columns / shape->extra;
  for (gsize i = 0; i < shape->rows * shape->columns; i++)
    out[i] = x[i] * (shape->first && !(shape->second && shape->third) ? silu (gate[i]) : 1);
  for (gsize g = 0; shape->second && g < shape->rows * shape->extra; g++) {
    double sum = 0;
    for (gsize c = 0; c < width; c++)
      sum += out[g * width + c] * out[g * width + c];
    for (gsize c = 0; c < width; c++)
      out[g * width + c] *= weight[(g * width + c) % shape->columns] / sqrt (sum / width + eps);
  }
  for (gsize i = 0;
       shape->first && shape->second && shape->third && i < shape->rows * shape->columns; i++)
    out[i] *= silu (gate[i]);
}

static void
test_norm (gconstpointer data)
{
  const Shape *shape = data;
  gsize count = shape->rows * shape->columns;
  const double eps = 1e-5;
  parity_begin (102);
  double *x = parity_normal (count), *gate = parity_uniform (count, -30, 30);
  double *weight = parity_normal (shape->columns), *expected = parity_zeros (count);
  norm_reference (shape, x, gate, weight, eps, expected);
  ScopeOpNorm op = { .x = parity_real (shape->rows, shape->columns, x),
                     .out = parity_real (shape->rows, shape->columns, NULL),
                     .eps = eps,
                     .groups = shape->extra,
                     .norm_before_gate = shape->third };
  if (shape->first)
    op.gate = parity_real (shape->rows, shape->columns, gate);
  if (shape->second)
    op.weight = parity_real (1, shape->columns, weight);
  /* A handful of roundings: products, one square root, one exponential. */
  if (parity_run (SCOPE_OP_NORM, &op))
    parity_close ("norm", parity_read (op.out), expected, count, 8 * parity.epsilon);
  op.out = op.x;
  if (parity_run (SCOPE_OP_NORM, &op))
    parity_close ("norm in place", parity_read (op.out), expected, count, 8 * parity.epsilon);
  parity_end ();
}

/* first: a bias; second: accumulate. Each element's bound is the usual one for a sum of products:
 * of Σ|x w|, a rounding of each operand and one of each sum. */
static void
test_product (gconstpointer data)
{
  const Shape *shape = data;
  gsize rows = shape->rows, columns = shape->columns, inputs = shape->extra;
  parity_begin (103);
  double *x = parity_normal (rows * inputs), *weight = parity_normal (columns * inputs);
  double *bias = parity_normal (columns), *out = parity_normal (rows * columns);
  double *expected = parity_zeros (rows * columns), *bound = parity_zeros (rows * columns);
  for (gsize i = 0; i < rows * columns; i++) {
    double start = (shape->second ? out[i] : 0) + (shape->first ? bias[i % columns] : 0);
    double sum = start, size = fabs (start);
    for (gsize k = 0; k < inputs; k++) {
      double term = x[i / columns * inputs + k] * weight[i % columns * inputs + k];
      sum += term;
      size += fabs (term);
    }
    expected[i] = sum;
    bound[i] = (2 * parity.product + inputs * parity.epsilon) * size;
  }
  ScopeOpProduct op = { .x = parity_real (rows, inputs, x),
                        .weight = parity_real (columns, inputs, weight),
                        .out = parity_real (rows, columns, shape->second ? out : NULL),
                        .accumulate = shape->second };
  if (shape->first)
    op.bias = parity_real (1, columns, bias);
  if (parity_run (SCOPE_OP_PRODUCT, &op))
    parity_compare ("product", parity_read (op.out), expected, bound, FALSE, rows * columns,
                    16 * parity.product * parity.product * inputs);
  parity_end ();
}

static void
conv_reference (const Shape *shape, const double *history, const double *weight, const double *bias,
                double *out)
{
  gsize lanes = shape->columns, taps = shape->extra;
  for (gsize t = 0; t < shape->rows; t++)
    for (gsize c = 0; c < lanes; c++) {
      double sum = bias != NULL ? bias[c] : 0;
      for (gsize k = 0; k < taps; k++)
        sum += weight[c * taps + k] * history[(t + k) * lanes + c];
      out[t * lanes + c] = silu (sum);
    }
}

/* first: a bias; second: in two calls, the state carried over, which must not change a bit. */
static void
test_conv (gconstpointer data)
{
  const Shape *shape = data;
  gsize rows = shape->rows, lanes = shape->columns, taps = shape->extra;
  gsize cut = shape->second ? rows / 2 : 0;
  parity_begin (104);
  double *history = parity_normal ((rows + taps - 1) * lanes);
  double *weight = parity_normal (lanes * taps), *bias = parity_normal (lanes);
  double *expected = parity_zeros (rows * lanes);
  conv_reference (shape, history, weight, shape->first ? bias : NULL, expected);

  ScopeTensor x = parity_real (rows, lanes, history + (taps - 1) * lanes);
  ScopeTensor out = parity_real (rows, lanes, NULL);
  ScopeOpConv op = { .weight = parity_real (lanes, taps, weight),
                     .state = parity_real (taps - 1, lanes, history) };
  if (shape->first)
    op.bias = parity_real (1, lanes, bias);
  gsize edges[] = { 0, cut, rows };
  for (int part = 0; part < 2; part++) {
    op.x = scope_tensor_rows (x, edges[part], edges[part + 1]);
    op.out = scope_tensor_rows (out, edges[part], edges[part + 1]);
    if (!parity_run (SCOPE_OP_CONV, &op))
      return parity_end ();
  }
  /* SiLU is steep enough to double the error of a sum of TAPS + 1 terms of size about 1. */
  parity_close ("conv", parity_read (out), expected, rows * lanes, (8 + 4 * taps) * parity.epsilon);
  parity_close ("conv state", parity_read (op.state), history + rows * lanes, (taps - 1) * lanes,
                0);
  parity_end ();
}

/* first: a bias; second: a filter up to row EXTRA; third: time-step limits. */
static double
delta_reference (const Shape *shape, gsize t, double raw, double bias, double threshold, double lo,
                 double hi)
{
  double value = softplus (raw + (shape->first ? bias : 0));
  if (shape->third)
    value = fmin (fmax (value, lo), hi);
  return shape->second && t < shape->extra && !(value > threshold) ? 0 : value;
}

static void
test_delta (gconstpointer data)
{
  static const double extremes[] = { -1e4, -200, -100, -80, -20, -1e-3, 0, 1e-3, 20, 88, 100, 1e4 };
  const Shape *shape = data;
  gsize rows = shape->rows, channels = shape->columns, count = rows * channels;
  const double lo = 0.01, hi = 5;
  parity_begin (105);
  double *raw = parity_uniform (count, -15, 15), *bias = parity_uniform (channels, -2, 2);
  double *threshold = parity_uniform (channels, 0, 4), *expected = parity_zeros (count);
  double *bound = parity_zeros (count);
  for (gsize i = 0; i < MIN (count, G_N_ELEMENTS (extremes)); i++)
    raw[i] = extremes[i];
  for (gsize i = 0; i < count; i++) {
    gsize h = i % channels;
    if (h % 3 == 2)
      threshold[h] = -INFINITY;
    /* The backend adds the bias in its own type. */
    double sum
        = parity.real == SCOPE_TYPE_F32 ? (double)(float)(raw[i] + bias[h]) : raw[i] + bias[h];
    expected[i] = delta_reference (shape, i / channels, shape->first ? sum - bias[h] : raw[i],
                                   bias[h], threshold[h], lo, hi);
    /* Three ulp: softplus within 2, and the sum above. Below the smallest normal float, 0. */
    bound[i] = 6 * parity.epsilon * fabs (expected[i]) + 1.2e-38;
  }
  ScopeOpDelta op = { .raw = parity_real (rows, channels, raw),
                      .out = parity_real (rows, channels, NULL),
                      .rule = { .lo = shape->third ? lo : 0,
                                .hi = shape->third ? hi : INFINITY,
                                .filter_rows = shape->extra } };
  if (shape->first)
    op.rule.bias = parity_real (1, channels, bias);
  if (shape->second)
    op.rule.threshold = parity_tensor (SCOPE_TYPE_F64, 1, channels, threshold);
  if (parity_run (SCOPE_OP_DELTA, &op))
    parity_compare ("delta", parity_read (op.out), expected, bound, FALSE, count, 1e-12);
  parity_end ();
}

/* "Above" is strict: a token whose Δ is the threshold itself is dropped, one a hair above is kept.
 */
static void
test_delta_equal (void)
{
  const gsize channels = 50;
  parity_begin (107);
  ScopeOpDelta op = { .raw = parity_real (1, channels, parity_uniform (channels, -15, 15)),
                      .out = parity_real (1, channels, NULL),
                      .rule = { .hi = INFINITY, .filter_rows = 1 } };
  if (parity_run (SCOPE_OP_DELTA, &op)) {
    double *delta = parity_read (op.out), *threshold = parity_zeros (channels);
    for (gsize h = 0; h < channels; h++)
      threshold[h] = h % 2 ? delta[h] : nextafter (delta[h], 0);
    op.rule.threshold = parity_tensor (SCOPE_TYPE_F64, 1, channels, threshold);
    g_assert_true (parity_run (SCOPE_OP_DELTA, &op));
    const double *filtered = parity_read (op.out);
    for (gsize h = 0; h < channels; h++)
      g_assert_cmpfloat (filtered[h], ==, h % 2 ? 0 : delta[h]);
  }
  parity_end ();
}

static void
test_delta_nan (void)
{
  parity_begin (106);
  double raw[] = { NAN, 1, NAN }, threshold[] = { 0.5, 9, -INFINITY };
  ScopeOpDelta op = { .raw = parity_real (1, 3, raw),
                      .out = parity_real (1, 3, NULL),
                      .rule = { .threshold = parity_tensor (SCOPE_TYPE_F64, 1, 3, threshold),
                                .hi = INFINITY,
                                .filter_rows = 1 } };
  if (parity_run (SCOPE_OP_DELTA, &op)) {
    const double *out = parity_read (op.out);
    g_assert_true (isnan (out[0]) && isnan (out[2]));
    g_assert_cmpfloat (out[1], ==, 0);
  }
  parity_end ();
}

static const Shape embeds[] = { { 1, 1, 1 }, { 7, 5, 3 }, { 130, 33, 11 } };
static const Shape norms[] = {
  { 1, 1, 1, FALSE, TRUE },    { 2, 3, 3, TRUE, TRUE },        { 5, 64, 1, TRUE, TRUE },
  { 67, 257, 1, FALSE, TRUE }, { 3, 24, 8, TRUE, TRUE, TRUE }, { 33, 130, 2, TRUE, TRUE, TRUE },
  { 129, 37, 1, TRUE, FALSE }, { 1, 16, 1, TRUE, FALSE },      { 40, 1536, 4, TRUE, TRUE },
};
static const Shape products[] = {
  { 1, 1, 1 },
  { 1, 17, 5, TRUE },
  { 2, 3, 130, FALSE, TRUE },
  { 63, 129, 31, TRUE },
  { 64, 1, 64, FALSE, TRUE },
  { 3, 300, 7, TRUE, TRUE },
  { 65, 300, 7, TRUE, TRUE },
  { 131, 67, 257 },
  { 300, 40, 16, TRUE },
  { 513, 131, 33, FALSE, TRUE },
};
static const Shape convs[] = {
  { 1, 1, 1 },
  { 1, 7, 4, TRUE },
  { 2, 16, 4, TRUE, TRUE },
  { 3, 33, 4, FALSE, TRUE },
  { 67, 17, 3, TRUE, TRUE },
  { 130, 65, 2, FALSE, TRUE },
  { 5, 1, 9, TRUE, TRUE },
};
static const Shape deltas[] = {
  { 1, 12, 1 },
  { 2, 13, 1, TRUE, TRUE },
  { 67, 31, 40, TRUE, TRUE, TRUE },
  { 5, 512, 5, FALSE, TRUE, FALSE },
  { 130, 1, 0, TRUE, TRUE, FALSE },
  { 40, 16, 1000, TRUE, FALSE, TRUE },
};

static void
add_shapes (const char *name, const Shape *shapes, gsize count, GTestDataFunc func)
{
  for (gsize i = 0; i < count; i++) {
    g_autofree char *path
        = g_strdup_printf ("/%s/%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "/%d%d%d",
                           name, shapes[i].rows, shapes[i].columns, shapes[i].extra,
                           shapes[i].first, shapes[i].second, shapes[i].third);
    g_test_add_data_func (path, &shapes[i], func);
  }
}

void
parity_add_basic (void)
{
  add_shapes ("embed", embeds, G_N_ELEMENTS (embeds), test_embed);
  add_shapes ("norm", norms, G_N_ELEMENTS (norms), test_norm);
  add_shapes ("product", products, G_N_ELEMENTS (products), test_product);
  add_shapes ("conv", convs, G_N_ELEMENTS (convs), test_conv);
  add_shapes ("delta", deltas, G_N_ELEMENTS (deltas), test_delta);
  g_test_add_func ("/delta/equal", test_delta_equal);
  g_test_add_func ("/delta/nan", test_delta_nan);
}

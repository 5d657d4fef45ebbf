/* EMBED, NORM, PRODUCT, CONV, DELTA, COPY. */
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
  gboolean first, second, third, centred;
} Shape;

static gboolean
has_wide (void)
{
  return parity.backend->wide_type != parity.real;
}

static void
test_embed (gconstpointer data)
{
  const Shape *shape = data;
  gsize vocab = shape->extra, columns = shape->columns;
  parity_begin (101);
  double *table = parity_normal (vocab * columns), *ids = parity_zeros (shape->rows);
  double *expected = parity_zeros (shape->rows * columns);
  ScopeTensor wide = parity_wide (vocab, columns, table);
  for (gsize t = 0; t < shape->rows; t++) {
    ids[t] = g_rand_int_range (parity.random, 0, vocab);
    memcpy (expected + t * columns, table + (gsize)ids[t] * columns, columns * sizeof (double));
  }
  ScopeOpEmbed op = { wide, parity_tensor (SCOPE_TYPE_I32, shape->rows, 1, ids),
                      parity_real (shape->rows, columns, NULL) };
  if (parity_run (SCOPE_OP_EMBED, &op))
    parity_close ("embed", parity_read (op.out), expected, shape->rows * columns, 0);
  parity_end ();
}

/* One row's group: rms, or with BIAS the mean and variance, to OUT in place. */
static void
normalise (double *out, gsize width, const double *weight, const double *bias, double eps)
{
  double mean = 0, square = 0;
  for (gsize c = 0; bias != NULL && c < width; c++)
    mean += out[c] / width;
  for (gsize c = 0; c < width; c++)
    square += (out[c] - mean) * (out[c] - mean);
  for (gsize c = 0; c < width; c++)
    out[c] = (out[c] - mean) / sqrt (square / width + eps) * (weight != NULL ? weight[c] : 1)
             + (bias != NULL ? bias[c] : 0);
}

/* first: a gate; second: a weight; third: norm before gate. */
static void
norm_reference (const Shape *shape, const double *x, const double *gate, const double *weight,
                const double *bias, double eps, double *out)
{
  gsize width = shape->columns / shape->extra, count = shape->rows * shape->columns;
  gboolean after = shape->first && shape->second && shape->third;
  for (gsize i = 0; i < count; i++)
    out[i] = x[i] * (shape->first && !after ? silu (gate[i]) : 1);
  for (gsize g = 0; (shape->second || !shape->first) && g < shape->rows * shape->extra; g++) {
    gsize c = g * width % shape->columns;
    normalise (out + g * width, width, shape->second ? weight + c : NULL,
               shape->centred ? bias + c : NULL, eps);
  }
  for (gsize i = 0; after && i < count; i++)
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
  double *bias = parity_normal (shape->columns);
  for (gsize i = 0; shape->centred && i < count; i++)
    x[i] += 3; /* a mean to speak of: the squares' sum alone would cancel */
  ScopeTensor wide_x = parity_wide (shape->rows, shape->columns, x);
  ScopeTensor wide_gate = parity_wide (shape->rows, shape->columns, gate);
  norm_reference (shape, x, gate, weight, bias, eps, expected);
  ScopeOpNorm op = { .x = parity_real (shape->rows, shape->columns, x),
                     .out = parity_real (shape->rows, shape->columns, NULL),
                     .eps = eps,
                     .groups = shape->extra,
                     .norm_before_gate = shape->third,
                     .centred = shape->centred };
  if (shape->first)
    op.gate = parity_real (shape->rows, shape->columns, gate);
  if (shape->second)
    op.weight = parity_real (1, shape->columns, weight);
  if (shape->centred)
    op.bias = parity_real (1, shape->columns, bias);
  /* A handful of roundings: products, one square root, one exponential. */
  if (parity_run (SCOPE_OP_NORM, &op))
    parity_close ("norm", parity_read (op.out), expected, count, 8 * parity.epsilon);
  op.out = op.x;
  if (parity_run (SCOPE_OP_NORM, &op))
    parity_close ("norm in place", parity_read (op.out), expected, count, 8 * parity.epsilon);
  op.x = wide_x;
  op.gate = shape->first ? wide_gate : op.gate;
  op.out = parity_wide (shape->rows, shape->columns, NULL);
  if (has_wide () && parity_run (SCOPE_OP_NORM, &op))
    parity_close ("norm of the wide type", parity_read (op.out), expected, count,
                  2 * parity.wide + 8 * parity.epsilon);
  parity_end ();
}

/* first: a bias; second: accumulate. Each element's bound is the usual one for a sum of products:
 * of Σ|x w|, a rounding of each operand and one of each sum. */
static void
product_reference (const Shape *shape, const double *x, const double *weight, const double *bias,
                   const double *out, double *expected, double *size)
{
  gsize columns = shape->columns, inputs = shape->extra;
  for (gsize i = 0; i < shape->rows * columns; i++) {
    expected[i] = (shape->second ? out[i] : 0) + (shape->first ? bias[i % columns] : 0);
    size[i] = fabs (expected[i]);
    for (gsize k = 0; k < inputs; k++) {
      double term = x[i / columns * inputs + k] * weight[i % columns * inputs + k];
      expected[i] += term;
      size[i] += fabs (term);
    }
  }
}

static void
test_product (gconstpointer data)
{
  const Shape *shape = data;
  gsize rows = shape->rows, columns = shape->columns, inputs = shape->extra;
  gsize count = rows * columns;
  /* Operands that are given in BF16 are not rounded again. */
  double operand = has_wide () ? parity.epsilon : parity.product;
  parity_begin (103);
  double *x = parity_normal (rows * inputs), *weight = parity_normal (columns * inputs);
  double *bias = parity_normal (columns), *out = parity_normal (count);
  double *expected = parity_zeros (count), *bound = parity_zeros (count);
  ScopeOpProduct op = { .x = parity_wide (rows, inputs, x),
                        .weight = parity_wide (columns, inputs, weight),
                        .out = parity_real (rows, columns, shape->second ? out : NULL),
                        .accumulate = shape->second };
  product_reference (shape, x, weight, bias, out, expected, bound);
  for (gsize i = 0; i < count; i++)
    bound[i] *= 2 * operand + inputs * parity.epsilon;
  if (shape->first)
    op.bias = parity_real (1, columns, bias);
  if (parity_run (SCOPE_OP_PRODUCT, &op))
    parity_compare ("product", parity_read (op.out), expected, bound, FALSE, count,
                    16 * operand * operand * inputs);
  for (gsize i = 0; i < count; i++) /* rounded to it before the bias, and after */
    bound[i]
        += 2 * parity.wide
           * (fabs (expected[i]) + (shape->first ? fabs (expected[i] - bias[i % columns]) : 0));
  op.out = parity_wide (rows, columns, NULL);
  if (has_wide () && !shape->second && parity_run (SCOPE_OP_PRODUCT, &op))
    parity_compare ("product to the wide type", parity_read (op.out), expected, bound, FALSE, count,
                    16 * parity.wide * parity.wide);
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

/* first: a bias; second: in two calls, the state carried over, which must not change a bit; third:
 * rows that may be read four lanes at a time. */
static void
test_conv (gconstpointer data)
{
  const Shape *shape = data;
  gsize rows = shape->rows, lanes = shape->columns, taps = shape->extra;
  gsize cut = shape->second ? rows / 2 : 0;
  parity_begin (104);
  if (shape->third)
    parity.guard = 8;
  double *history = parity_normal ((rows + taps - 1) * lanes);
  double *weight = parity_normal (lanes * taps), *bias = parity_normal (lanes);
  double *expected = parity_zeros (rows * lanes);
  ScopeTensor x = parity_wide (rows, lanes, history + (taps - 1) * lanes);
  ScopeTensor out = parity_wide (rows, lanes, NULL);
  conv_reference (shape, history, weight, shape->first ? bias : NULL, expected);
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
  parity_close ("conv", parity_read (out), expected, rows * lanes,
                (8 + 4 * taps) * parity.epsilon + (has_wide () ? 2 * parity.wide : 0));
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

/* first: from the wide type, second: to it. Exact, but for one rounding. */
static void
test_copy (gconstpointer data)
{
  const Shape *shape = data;
  gsize rows = shape->rows, columns = shape->columns, count = rows * columns;
  parity_begin (108);
  double *x = parity_normal (count), *expected = parity_zeros (count);
  ScopeOpCopy op
      = { .x = shape->first ? parity_wide (rows, columns, x) : parity_real (rows, columns, x) };
  memcpy (expected, x, count * sizeof *x);
  if (shape->second)
    parity_wide (rows, columns, expected);
  op.out = shape->second ? parity_wide (rows, columns, NULL) : parity_real (rows, columns, NULL);
  if (parity_run (SCOPE_OP_COPY, &op))
    parity_close ("copy", parity_read (op.out), expected, count, 0);
  parity_end ();
}

static const Shape embeds[] = { { 1, 1, 1 }, { 7, 5, 3 }, { 130, 33, 11 }, { 65536, 5, 17 } };
static const Shape norms[] = {
  { 1, 1, 1, FALSE, TRUE },
  { 2, 3, 3, TRUE, TRUE },
  { 5, 64, 1, TRUE, TRUE },
  { 67, 257, 1, FALSE, TRUE },
  { 3, 24, 8, TRUE, TRUE, TRUE },
  { 33, 130, 2, TRUE, TRUE, TRUE },
  { 129, 37, 1, TRUE, FALSE },
  { 1, 16, 1, TRUE, FALSE },
  { 40, 1536, 4, TRUE, TRUE },
  { 19, 67, 1, FALSE, FALSE },
  { 3, 16, 1, FALSE, FALSE },
  { 1, 768, 1, FALSE, TRUE },
  { 5, 33, 1, FALSE, TRUE, FALSE, TRUE },
  { 130, 512, 1, FALSE, TRUE, FALSE, TRUE },
  { 65536, 5, 1, TRUE, TRUE },
};
static const Shape copies[] = {
  { 1, 1, 0, FALSE, TRUE },   { 67, 33, 0, FALSE, TRUE }, { 33, 515, 0, TRUE, FALSE },
  { 17, 256, 0, TRUE, TRUE }, { 65, 7, 0, FALSE, FALSE },
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
  { 65536, 3, 5, TRUE },
};
static const Shape convs[] = {
  { 1, 1, 1 },
  { 1, 7, 4, TRUE },
  { 2, 16, 4, TRUE, TRUE },
  { 3, 33, 4, FALSE, TRUE },
  { 67, 17, 3, TRUE, TRUE },
  { 130, 65, 2, FALSE, TRUE },
  { 5, 1, 9, TRUE, TRUE },
  { 65536, 6, 4, TRUE, TRUE },
  /* Windows of four lanes and of one; texts shorter than the state, and of many blocks. */
  { 1, 16, 4, TRUE, FALSE, TRUE },
  { 2, 24, 4, TRUE, TRUE, TRUE },
  { 3, 13, 4, FALSE, TRUE, TRUE },
  { 5, 516, 4, TRUE, TRUE, TRUE },
  { 9, 7, 4, TRUE, FALSE, TRUE },
  { 67, 40, 4, FALSE, TRUE, TRUE },
  { 2051, 132, 4, TRUE, TRUE, TRUE },
};
static const Shape deltas[] = {
  { 1, 12, 1 },
  { 2, 13, 1, TRUE, TRUE },
  { 67, 31, 40, TRUE, TRUE, TRUE },
  { 5, 512, 5, FALSE, TRUE, FALSE },
  { 130, 1, 0, TRUE, TRUE, FALSE },
  { 40, 16, 1000, TRUE, FALSE, TRUE },
  { 65536, 3, 60000, TRUE, TRUE, FALSE },
};

static void
add_shapes (const char *name, const Shape *shapes, gsize count, GTestDataFunc func)
{
  for (gsize i = 0; i < count; i++) {
    if (shapes[i].rows > parity.longest)
      continue;
    g_autofree char *path = g_strdup_printf (
        "/%s/%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "x%" G_GSIZE_FORMAT "/%d%d%d%s", name,
        shapes[i].rows, shapes[i].columns, shapes[i].extra, shapes[i].first, shapes[i].second,
        shapes[i].third, shapes[i].centred ? "-centred" : "");
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
  add_shapes ("copy", copies, G_N_ELEMENTS (copies), test_copy);
  g_test_add_func ("/delta/equal", test_delta_equal);
  g_test_add_func ("/delta/nan", test_delta_nan);
}

/* SCAN and DECAY. */
#include "parity.h"

typedef struct {
  gsize tokens, channels, lanes, states, groups;
  gboolean one_rate, filter;
  double rate_low, rate_high; /* |A| */
  gboolean gate;
  gboolean even; /* rows start at multiples of 16 bytes */
} Shape;

typedef struct {
  gsize inner, columns, rates;
  double *raw, *bias, *threshold, *a, *b, *c, *d, *u, *gate, *state;
} Inputs;

static Inputs
random_inputs (const Shape *shape)
{
  Inputs in = { .inner = shape->channels * shape->lanes,
                .columns = shape->groups * shape->states,
                .rates = shape->one_rate ? 1 : shape->states };
  in.raw = parity_uniform (shape->tokens * shape->channels, -8, 3);
  in.bias = parity_uniform (shape->channels, -1, 1);
  in.threshold = parity_uniform (shape->channels, 0.01, 0.5);
  in.a = parity_rates (shape->channels * in.rates, shape->rate_low, shape->rate_high);
  in.b = parity_normal (shape->tokens * in.columns);
  in.c = parity_normal (shape->tokens * in.columns);
  in.d = parity_normal (shape->channels);
  in.u = parity_normal (shape->tokens * in.inner);
  in.gate = shape->gate ? parity_normal (shape->tokens * in.inner) : NULL;
  in.state = parity_normal (in.inner * shape->states);
  return in;
}

/* Mamba-2's raw Δ comes out of a product, Mamba's of a sum in the real type. */
static ScopeTensor
raw_tensor (const Shape *shape, const Inputs *in)
{
  return shape->one_rate ? parity_wide (shape->tokens, shape->channels, in->raw)
                         : parity_real (shape->tokens, shape->channels, in->raw);
}

/* Effective Δ as the backend computes it: taken from its own DELTA, which has its own test, so that
 * a threshold that falls between two floats does not matter here. */
static double *
effective_delta (const Shape *shape, const Inputs *in)
{
  ScopeOpDelta op = { .raw = raw_tensor (shape, in),
                      .out = parity_real (shape->tokens, shape->channels, NULL),
                      .rule = { .bias = parity_real (1, shape->channels, in->bias),
                                .hi = INFINITY,
                                .filter_rows = shape->tokens } };
  if (shape->filter)
    op.rule.threshold = parity_tensor (SCOPE_TYPE_F64, 1, shape->channels, in->threshold);
  return parity_run (SCOPE_OP_DELTA, &op) ? parity_read (op.out) : NULL;
}

/* The recurrence by its definition, and beside it the same sums of absolute values: what rounding
 * errors are relative to. */
static void
scan_reference (const Shape *shape, const Inputs *in, const double *delta, double *y, double *size)
{
  for (gsize e = 0; e < in->inner; e++) {
    gsize h = e / shape->lanes, group = h / (shape->channels / shape->groups);
    for (gsize t = 0; t < shape->tokens; t++)
      y[t * in->inner + e] = in->d[h] * in->u[t * in->inner + e];
    for (gsize t = 0; t < shape->tokens; t++)
      size[t * in->inner + e] = fabs (y[t * in->inner + e]);
    for (gsize n = 0; n < shape->states; n++) {
      double state = in->state[e * shape->states + n], magnitude = fabs (state);
      double rate = in->a[h * in->rates + (shape->one_rate ? 0 : n)];
      for (gsize t = 0; t < shape->tokens; t++) {
        double step = delta[t * shape->channels + h], decay = exp (step * rate);
        gsize at = t * in->columns + group * shape->states + n;
        double x = step * in->b[at] * in->u[t * in->inner + e];
        state = decay * state + x;
        magnitude = decay * magnitude + fabs (x);
        y[t * in->inner + e] += in->c[at] * state;
        size[t * in->inner + e] += fabs (in->c[at]) * magnitude;
      }
      in->state[e * shape->states + n] = state;
    }
    for (gsize t = 0; shape->gate && t < shape->tokens; t++) {
      double z = in->gate[t * in->inner + e], factor = z / (1 + exp (-z));
      y[t * in->inner + e] *= factor;
      size[t * in->inner + e] *= fabs (factor);
    }
  }
}

/* Runs the scan in calls of CHUNK tokens. */
static gboolean
run_scan (const Shape *shape, const Inputs *in, gsize chunk, double **y, double **state,
          double **delta, double **sums)
{
  ScopeTensor raw = raw_tensor (shape, in);
  ScopeTensor b = parity_wide (shape->tokens, in->columns, in->b);
  ScopeTensor c = parity_wide (shape->tokens, in->columns, in->c);
  ScopeTensor u = parity_wide (shape->tokens, in->inner, in->u);
  ScopeTensor gate = { 0 };
  ScopeTensor out = parity_wide (shape->tokens, in->inner, NULL);
  ScopeTensor kept = parity_real (shape->tokens, shape->channels, NULL);
  ScopeOpScan op = { .a = parity_real (shape->channels, in->rates, in->a),
                     .d = parity_real (1, shape->channels, in->d),
                     .state = parity_real (in->inner, shape->states, in->state),
                     .sums = parity_tensor (SCOPE_TYPE_F64, 2, shape->channels,
                                            parity_zeros (2 * shape->channels)),
                     .groups = shape->groups };
  op.rule.bias = parity_real (1, shape->channels, in->bias);
  op.rule.hi = INFINITY;
  if (shape->gate)
    gate = parity_wide (shape->tokens, in->inner, in->gate);
  if (shape->filter)
    op.rule.threshold = parity_tensor (SCOPE_TYPE_F64, 1, shape->channels, in->threshold);
  for (gsize begin = 0; begin < shape->tokens; begin += chunk) {
    gsize end = MIN (begin + chunk, shape->tokens);
    op.raw = scope_tensor_rows (raw, begin, end);
    op.b = scope_tensor_rows (b, begin, end);
    op.c = scope_tensor_rows (c, begin, end);
    op.u = scope_tensor_rows (u, begin, end);
    if (shape->gate)
      op.gate = scope_tensor_rows (gate, begin, end);
    op.y = scope_tensor_rows (out, begin, end);
    op.delta = scope_tensor_rows (kept, begin, end);
    op.rule.filter_rows = end - begin;
    if (!parity_run (SCOPE_OP_SCAN, &op))
      return FALSE;
  }
  *y = parity_read (out);
  *state = parity_read (op.state);
  *delta = parity_read (kept);
  *sums = parity_read (op.sums);
  return TRUE;
}

static void
check_sums (const Shape *shape, const double *delta, const double *sums)
{
  for (gsize h = 0; h < shape->channels; h++) {
    double sum = 0, kept = 0;
    for (gsize t = 0; t < shape->tokens; t++) {
      sum += delta[t * shape->channels + h];
      kept += delta[t * shape->channels + h] > 0;
    }
    g_assert_cmpfloat (fabs (sums[h] - sum), <=, 1e-12 * sum);
    g_assert_cmpfloat (sums[shape->channels + h], ==, kept);
  }
}

/* Scanned in chunks of any length: the same to the bit on the CPU; elsewhere, where work is cut
 * otherwise for other lengths, within the bounds of one scan. */
static void
check_chunks (const Shape *shape, const Inputs *in, const double *y, const double *state,
              const double *sums)
{
  const gsize chunks[] = { 1, 3, 7, 64 };
  gsize count = shape->tokens * in->inner * sizeof *y;
  for (guint i = 0; i < G_N_ELEMENTS (chunks); i++) {
    double *y2, *state2, *kept2, *sums2;
    g_assert_true (run_scan (shape, in, chunks[i], &y2, &state2, &kept2, &sums2));
    g_assert_cmpmem (y, count, y2, count);
    g_assert_cmpmem (state, in->inner * shape->states * sizeof *y, state2,
                     in->inner * shape->states * sizeof *y);
    g_assert_cmpmem (sums, 2 * shape->channels * sizeof *y, sums2, 2 * shape->channels * sizeof *y);
  }
}

/* Against the definition. Each token adds a rounding of Δ A (which an exponential makes at most 1/e
 * of itself), of the exponential, of a product and of a sum; each state one of the sum over states;
 * a backend that scans by matrix products rounds two operands of each of two. y is in the wide
 * type. */
static void
check_scan (const Shape *shape, Inputs *in, const double *delta, const double *y,
            const double *state)
{
  gsize count = shape->tokens * in->inner;
  double *expected = parity_zeros (count), *bound = parity_zeros (count);
  double *start = g_memdup2 (in->state, in->inner * shape->states * sizeof *start);
  scan_reference (shape, in, delta, expected, bound);
  double unit = (3 * shape->tokens + shape->states + 16) * parity.epsilon + 4 * parity.product;
  for (gsize i = 0; i < count; i++)
    bound[i] = unit * bound[i] + 2 * parity.wide * fabs (expected[i]);
  double square = shape->tokens * parity.epsilon * parity.epsilon + parity.product * parity.product
                  + parity.wide * parity.wide;
  parity_compare ("scan", y, expected, bound, FALSE, count, MAX (64 * square, 1e-30));
  parity_close ("scan state", state, in->state, in->inner * shape->states,
                (3 * shape->tokens + 16) * parity.epsilon + 4 * parity.product);
  /* The reference leaves its end state in IN: the next scan starts where this one did. */
  memcpy (in->state, start, in->inner * shape->states * sizeof *start);
  g_free (start);
}

static void
test_scan (gconstpointer data)
{
  const Shape *shape = data;
  parity_begin (201);
  if (shape->even)
    parity.guard = 8;
  Inputs in = random_inputs (shape);
  double *delta = effective_delta (shape, &in);
  double *y, *state, *kept, *sums;
  if (delta == NULL || !run_scan (shape, &in, shape->tokens, &y, &state, &kept, &sums))
    return parity_end ();
  parity_close ("scan delta", kept, delta, shape->tokens * shape->channels, 0);
  check_sums (shape, delta, sums);

  if (parity.backend->host_memory)
    check_chunks (shape, &in, y, state, sums);

  check_scan (shape, &in, delta, y, state);
  for (gsize chunk = 7; !parity.backend->host_memory && chunk < 200; chunk += 57) {
    g_assert_true (run_scan (shape, &in, chunk, &y, &state, &kept, &sums));
    check_sums (shape, delta, sums);
    check_scan (shape, &in, delta, y, state);
  }
  parity_end ();
}

/* ln of the mean over states, from the largest exponent so that the reference cannot underflow. */
static double
log_mean (const double *a, gsize rates, double step)
{
  long double largest = -HUGE_VALL, sum = 0;
  for (gsize n = 0; n < rates; n++)
    largest = fmaxl (largest, (long double)step * a[n]);
  for (gsize n = 0; n < rates; n++)
    sum += expl ((long double)step * a[n] - largest);
  return largest + logl (sum / rates);
}

static void
test_decay (gconstpointer data)
{
  const Shape *shape = data;
  parity_begin (202);
  gsize count = shape->tokens * shape->channels, rates = shape->one_rate ? 1 : shape->states;
  double *delta = parity_delta (count, 1e-6, 10);
  double *a = parity_rates (shape->channels * rates, shape->rate_low, shape->rate_high);
  double *prefix = parity_zeros (count), *decay = parity_zeros (count);
  for (gsize i = 0; i < count; i++) {
    prefix[i] = delta[i] + (i >= shape->channels ? prefix[i - shape->channels] : 0);
    decay[i] = log_mean (a + i % shape->channels * rates, rates, delta[i])
               + (i >= shape->channels ? decay[i - shape->channels] : 0);
  }
  ScopeOpDecay op
      = { .delta = parity_real (shape->tokens, shape->channels, delta),
          .a = parity_real (shape->channels, rates, a),
          .prefix = parity_tensor (SCOPE_TYPE_F64, shape->tokens, shape->channels, NULL),
          .decay = parity_tensor (SCOPE_TYPE_F64, shape->tokens, shape->channels, NULL) };
  /* In double whatever the precision: one rounding per token. */
  double relative = (shape->tokens + 8) * 0x1p-52;
  if (parity_run (SCOPE_OP_DECAY, &op)) {
    parity_close ("prefix", parity_read (op.prefix), prefix, count, relative);
    parity_close ("decay", parity_read (op.decay), decay, count, relative);
  }
  op.prefix.data = NULL;
  if (parity_run (SCOPE_OP_DECAY, &op))
    parity_close ("decay alone", parity_read (op.decay), decay, count, relative);
  parity_end ();
}

static const Shape shapes[] = {
  { 1, 1, 1, 1, 1, FALSE, FALSE, 0.5, 0.5 },
  { 2, 3, 1, 5, 1, FALSE, FALSE, 1e-2, 10 },
  { 17, 16, 1, 16, 1, FALSE, FALSE, 4e-4, 4e4 },
  { 67, 37, 1, 16, 1, FALSE, TRUE, 4e-4, 4e4 },
  { 31, 24, 1, 7, 8, FALSE, FALSE, 1e-3, 1e3 },
  { 19, 66, 1, 128, 2, FALSE, TRUE, 1e-1, 20 },
  { 260, 35, 1, 3, 5, FALSE, FALSE, 4e-4, 1 },
  { 1, 1, 1, 1, 1, TRUE, FALSE, 0.5, 0.5 },
  { 2, 2, 3, 5, 2, TRUE, FALSE, 1e-2, 10 },
  { 67, 8, 64, 64, 1, TRUE, TRUE, 4e-4, 4e4 },
  { 33, 8, 67, 17, 8, TRUE, FALSE, 1e-3, 1e3 },
  { 130, 6, 7, 128, 3, TRUE, TRUE, 4e-4, 1 },
  /* Chunks of chunks, shapes with and without a remainder, the gate, rows that may be read whole.
   */
  { 67, 40, 1, 16, 1, FALSE, TRUE, 1e-3, 10, TRUE, TRUE },
  { 45, 9, 1, 16, 1, FALSE, FALSE, 1e-3, 10, TRUE, FALSE },
  { 73, 35, 1, 128, 1, FALSE, TRUE, 1e-2, 10, TRUE, FALSE },
  { 2051, 70, 1, 16, 1, FALSE, TRUE, 1e-3, 10, TRUE, FALSE },
  { 1, 5, 64, 128, 1, TRUE, TRUE, 1e-3, 10, TRUE, TRUE },
  { 16, 4, 24, 250, 2, TRUE, TRUE, 1e-3, 10, TRUE, FALSE },
  { 1100, 3, 64, 128, 1, TRUE, TRUE, 4e-4, 4, TRUE, TRUE },
  { 530, 4, 64, 64, 2, TRUE, FALSE, 1e-3, 1, FALSE, TRUE },
  { 515, 2, 128, 256, 1, TRUE, FALSE, 1e-3, 1, TRUE, TRUE },
  { 129, 5, 32, 40, 5, TRUE, TRUE, 1e-3, 10, TRUE, FALSE },
  { 256, 3, 16, 16, 1, TRUE, FALSE, 1e-3, 10, FALSE, TRUE },
  { 140, 1, 256, 3, 1, TRUE, FALSE, 1e-2, 1, FALSE, TRUE },
  { 330, 6, 72, 40, 2, TRUE, TRUE, 1e-3, 10, TRUE, TRUE },
  /* More heads than there is room for: longer walks. */
  { 200, 100, 8, 8, 4, TRUE, TRUE, 1e-3, 10, TRUE, TRUE },
  { 1100, 130, 8, 16, 5, TRUE, TRUE, 1e-3, 10, TRUE, TRUE },
  /* Large sums of which small differences count. */
  { 600, 4, 16, 16, 1, TRUE, FALSE, 50, 200, FALSE, TRUE },
  { 16500, 2, 8, 5, 1, TRUE, TRUE, 1e-4, 1, TRUE, TRUE },
  { 65536, 7, 1, 16, 1, FALSE, TRUE, 1e-3, 10, TRUE, FALSE },
  { 65536, 2, 16, 32, 1, TRUE, FALSE, 1e-3, 1, TRUE, TRUE },
};

void
parity_add_scan (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    const Shape *shape = &shapes[i];
    if (shape->tokens > parity.longest)
      continue;
    g_autofree char *name = g_strdup_printf (
        "T%zu-H%zu-P%zu-N%zu-G%zu%s%s%s", shape->tokens, shape->channels, shape->lanes,
        shape->states, shape->groups, shape->one_rate ? "-one-rate" : "",
        shape->gate ? "-gate" : "", shape->even ? "-even" : "");
    g_autofree char *scan = g_strconcat ("/scan/", name, NULL);
    g_autofree char *decay = g_strconcat ("/decay/", name, NULL);
    g_test_add_data_func (scan, shape, test_scan);
    g_test_add_data_func (decay, shape, test_decay);
  }
}

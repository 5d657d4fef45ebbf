/* SCOPE_OP_NORM: RMSNorm, gated or not, the gate alone, and LayerNorm. */
#include "base/parallel.h"
#include "compute/cpu/vmath.h"

/* out = x * SiLU (gate), lane by lane. */
static void
gate_row (const real *x, const real *gate, real *out, int64_t count)
{
  for (int64_t c = 0; c < count; c += LANES) {
    Vec v = vec_load (x + c, count - c) * vec_silu (vec_load (gate + c, count - c));
    vec_store (out + c, v, count - c);
  }
}

/* Summed in double: a mean over thousands of lanes keeps float's last digit. Eight partial sums,
 * because one is a chain of dependent additions. */
static double
mean_square (const real *x, int64_t count)
{
  double sums[8] = { 0 };
  int64_t c = 0;
  for (; c + 8 <= count; c += 8)
    for (int l = 0; l < 8; l++)
      sums[l] += (double)x[c + l] * (double)x[c + l];
  for (; c < count; c++)
    sums[0] += (double)x[c] * (double)x[c];
  double sum = 0;
  for (int l = 0; l < 8; l++)
    sum += sums[l];
  return sum / count;
}

static void
norm_row (const real *x, const real *weight, real *out, int64_t count, int64_t groups, double eps)
{
  int64_t width = count / groups;
  for (int64_t g = 0; g < count; g += width) {
    real scale = 1 / sqrt (mean_square (x + g, width) + eps);
    for (int64_t c = g; c < g + width; c++)
      out[c] = weight != NULL ? x[c] * scale * weight[c] : x[c] * scale;
  }
}

/* In double throughout: the variance is a small difference where the mean is large. */
static void
centred_row (const ScopeOpNorm *op, const real *x, real *out, int64_t count)
{
  const real *weight = op->weight.data, *bias = op->bias.data;
  double sum = 0, square = 0;
  for (int64_t c = 0; c < count; c++)
    sum += (double)x[c];
  double mean = sum / count;
  for (int64_t c = 0; c < count; c++)
    square += ((double)x[c] - mean) * ((double)x[c] - mean);
  double scale = 1 / sqrt (square / count + op->eps);
  for (int64_t c = 0; c < count; c++)
    out[c] = ((double)x[c] - mean) * scale * (double)weight[c]
             + (bias != NULL ? (double)bias[c] : 0.0);
}

static void
norm_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpNorm *op = data;
  int64_t count = op->x.columns;
  const real *weight = op->weight.data;
  for (gsize t = begin; t < end; t++) {
    const real *x = real_row (&op->x, t);
    const real *gate = op->gate.data != NULL ? real_row (&op->gate, t) : NULL;
    real *out = real_row (&op->out, t);
    if (op->centred) {
      centred_row (op, x, out, count);
    } else if (weight == NULL && gate != NULL) {
      gate_row (x, gate, out, count);
    } else if (op->norm_before_gate || gate == NULL) {
      norm_row (x, weight, out, count, op->groups, op->eps);
      if (gate != NULL)
        gate_row (out, gate, out, count);
    } else {
      gate_row (x, gate, out, count);
      norm_row (out, weight, out, count, op->groups, op->eps);
    }
  }
}

int
REAL (norm) (const void *params, char *error, size_t error_size)
{
  const ScopeOpNorm *op = params;
  scope_parallel_for (op->out.rows, 32, norm_rows, (gpointer)op);
  return SCOPE_STATUS_OK;
}

/* SCOPE_OP_NORM: RMSNorm, gated or not, and the gate alone. */
#include "base/parallel.h"
#include "compute/cpu/vmath.h"

/* out = x * SiLU (gate), lane by lane; with no gate, x itself. */
static void
gate_row (const real *x, const real *gate, real *out, int64_t count)
{
  for (int64_t c = 0; c < count; c += LANES) {
    Vec v = vec_load (x + c, count - c);
    if (gate != NULL)
      v *= vec_silu (vec_load (gate + c, count - c));
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
      out[c] = x[c] * scale * weight[c];
  }
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
    if (weight == NULL) {
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

/* SCOPE_OP_GLU. */
#include "base/parallel.h"
#include "compute/cpu/vmath.h"

/* x Φ(x). */
static double
gelu (double x)
{
  return 0.5 * x * (1 + erf (x * 0.70710678118654752440));
}

static double
gelu_tanh (double x)
{
  return 0.5 * x * (1 + tanh (0.79788456080286535588 * (x + 0.044715 * x * x * x)));
}

static void
silu_row (const real *gate, const real *up, real *out, int64_t count)
{
  for (int64_t c = 0; c < count; c += LANES) {
    Vec v = vec_silu (vec_load (gate + c, count - c)) * vec_load (up + c, count - c);
    vec_store (out + c, v, count - c);
  }
}

static void
glu_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpGlu *op = data;
  int64_t count = op->gate.columns;
  double (*gelu_kind) (double) = op->kind == SCOPE_GLU_GELU ? gelu : gelu_tanh;
  for (gsize t = begin; t < end; t++) {
    const real *gate = real_row (&op->gate, t), *up = real_row (&op->up, t);
    real *out = real_row (&op->out, t);
    if (op->kind == SCOPE_GLU_SILU)
      silu_row (gate, up, out, count);
    else
      for (int64_t c = 0; c < count; c++)
        out[c] = gelu_kind (gate[c]) * (double)up[c];
  }
}

int
REAL (glu) (const void *params, char *error, size_t error_size)
{
  const ScopeOpGlu *op = params;
  scope_parallel_for (op->gate.rows, 4, glu_rows, (gpointer)op);
  return SCOPE_STATUS_OK;
}

/* SCOPE_OP_CONV: causal depthwise convolution and SiLU. */
#include "base/parallel.h"
#include "compute/cpu/vmath.h"

typedef struct {
  const ScopeOpConv *op;
  real *taps; /* (K, C): the weights with the lanes side by side */
} Conv;

/* Row t of the input; those before 0 are in the state. */
static const real *
input_row (const ScopeOpConv *op, int64_t t)
{
  return t >= 0 ? real_row (&op->x, t) : real_row (&op->state, op->state.rows + t);
}

static void
conv_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Conv *conv = data;
  const ScopeOpConv *op = conv->op;
  int64_t lanes = op->x.columns, taps = op->weight.columns;
  for (int64_t t = begin; t < (int64_t)end; t++) {
    real *out = real_row (&op->out, t);
    for (int64_t c = 0; c < lanes; c += LANES) {
      Vec sum = { 0 };
      if (op->bias.data != NULL)
        sum = vec_load ((const real *)op->bias.data + c, lanes - c);
      for (int64_t k = 0; k < taps; k++)
        sum += vec_load (conv->taps + k * lanes + c, lanes - c)
               * vec_load (input_row (op, t - (taps - 1) + k) + c, lanes - c);
      vec_store (out + c, vec_silu (sum), lanes - c);
    }
  }
}

/* The last K - 1 rows of what has passed; ascending, so that a short x shifts the state. */
static void
keep_state (const ScopeOpConv *op)
{
  int64_t kept = op->state.rows;
  for (int64_t k = 0; k < kept; k++)
    memmove (real_row (&op->state, k), input_row (op, op->x.rows - kept + k),
             op->x.columns * sizeof (real));
}

int
REAL (conv) (const void *params, char *error, size_t error_size)
{
  const ScopeOpConv *op = params;
  int64_t lanes = op->x.columns, taps = op->weight.columns;
  SCOPE_CPU_SCRATCH real *transposed
      = scope_cpu_scratch (taps * lanes, sizeof (real), error, error_size);
  if (transposed == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t c = 0; c < lanes; c++)
    for (int64_t k = 0; k < taps; k++)
      transposed[k * lanes + c] = real_row (&op->weight, c)[k];
  Conv conv = { op, transposed };
  scope_parallel_for (op->out.rows, 32, conv_rows, &conv);
  keep_state (op);
  return SCOPE_STATUS_OK;
}

/* SCOPE_OP_ROTARY. Angles and their sines in double: at the end of a long text an angle is large.
 */
#include <math.h>

#include "base/parallel.h"
#include "compute/cpu/real.h"

typedef struct {
  const ScopeOpRotary *op;
  int64_t half;      /* W / 2 */
  double *frequency; /* (half) */
  real *turns;       /* (threads, 2, half): cosines, then sines, of a worker's row */
} Rotary;

static void
turn_head (real *x, const real *cosine, const real *sine, int64_t half)
{
  for (int64_t l = 0; l < half; l++) {
    real a = x[l], b = x[l + half];
    x[l] = a * cosine[l] - b * sine[l];
    x[l + half] = b * cosine[l] + a * sine[l];
  }
}

static void
rotary_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Rotary *self = data;
  const ScopeOpRotary *op = self->op;
  int64_t half = self->half;
  real *cosine = self->turns + worker * 2 * half, *sine = cosine + half;
  for (int64_t t = begin; t < (int64_t)end; t++) {
    for (int64_t l = 0; l < half; l++) {
      double angle = (double)(op->begin + t) * self->frequency[l];
      cosine[l] = cos (angle);
      sine[l] = sin (angle);
    }
    for (int64_t h = 0; h < op->heads; h++)
      turn_head (real_row (&op->x, t) + h * 2 * half, cosine, sine, half);
  }
}

int
REAL (rotary) (const void *params, char *error, size_t error_size)
{
  const ScopeOpRotary *op = params;
  int64_t half = op->x.columns / op->heads / 2;
  SCOPE_CPU_SCRATCH double *frequency
      = scope_cpu_scratch (half, sizeof (double), error, error_size);
  SCOPE_CPU_SCRATCH real *turns
      = scope_cpu_scratch (2 * half * scope_parallel_threads (), sizeof (real), error, error_size);
  if (frequency == NULL || turns == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t l = 0; l < half; l++)
    frequency[l] = pow (op->theta, -(double)l / (double)half);
  Rotary self = { op, half, frequency, turns };
  scope_parallel_for (op->x.rows, 16, rotary_rows, &self);
  return SCOPE_STATUS_OK;
}

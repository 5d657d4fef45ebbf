/* SCOPE_OP_DECAY: cumulative sums along the tokens, in double whatever the precision. */
#include "base/parallel.h"
#include "compute/cpu/vmath.h"

/* Exponentials between two polls: a few milliseconds. */
#define SLICE_WORK 1000000

typedef struct {
  const ScopeOpDecay *op;
  int64_t begin, end; /* tokens of the slice */
  double *prefix;     /* (H) sums so far */
  double *decay;
} Decay;

/* ln (mean over n of exp (Δ A[n])), relative to the slowest state so that it never underflows. */
static double
log_mean_decay (double delta, const real *a, int64_t states)
{
  double slowest = a[0];
  for (int64_t n = 1; n < states; n++)
    slowest = a[n] > slowest ? (double)a[n] : slowest;
  double sum = 0;
  for (int64_t n = 0; n < states; n++)
    sum += exp (delta * (a[n] - slowest));
  return delta * slowest + log (sum / states);
}

static void
decay_channels (gsize begin, gsize end, guint worker, gpointer data)
{
  const Decay *self = data;
  const ScopeOpDecay *op = self->op;
  int64_t states = op->a.columns;
  for (int64_t t = self->begin; t < self->end; t++) {
    const real *delta = real_row (&op->delta, t);
    for (gsize h = begin; h < end; h++) {
      const real *a = real_row (&op->a, h);
      self->prefix[h] += delta[h];
      if (op->prefix.data != NULL)
        double_row (&op->prefix, t)[h] = self->prefix[h];
      if (op->decay.data == NULL)
        continue;
      if (states == 1)
        self->decay[h] = self->prefix[h] * a[0];
      else if (delta[h] != 0)
        self->decay[h] += log_mean_decay (delta[h], a, states);
      double_row (&op->decay, t)[h] = self->decay[h];
    }
  }
}

int
REAL (decay) (const void *params, char *error, size_t error_size)
{
  const ScopeOpDecay *op = params;
  int64_t tokens = op->delta.rows, channels = op->delta.columns;
  SCOPE_CPU_SCRATCH double *sums
      = scope_cpu_scratch (2 * channels, sizeof (double), error, error_size);
  if (sums == NULL)
    return SCOPE_STATUS_MEMORY;
  memset (sums, 0, 2 * channels * sizeof (double));

  bool exponentials = op->decay.data != NULL && op->a.columns > 1;
  int64_t row_work = channels * (exponentials ? op->a.columns : 1);
  int64_t slice = max_size (1, SLICE_WORK / max_size (row_work, 1));
  Decay self = { .op = op, .prefix = sums, .decay = sums + channels };
  for (int64_t t = 0; t < tokens; t += slice) {
    if (scope_cpu_cancelled (&op->cancel))
      return SCOPE_STATUS_CANCELLED;
    self.begin = t;
    self.end = min_size (t + slice, tokens);
    scope_parallel_for (channels, 16, decay_channels, &self);
  }
  return SCOPE_STATUS_OK;
}

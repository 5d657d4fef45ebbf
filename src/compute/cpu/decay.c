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
  double *slowest; /* (H) max A */
  double *rates;   /* (H, padded N) A - max A, so that the mean never underflows */
} Decay;

/* ln (mean over n of exp (Δ A[n])) */
static double
log_mean_decay (const Decay *self, int64_t h, double delta)
{
  int64_t states = self->op->a.columns, padded = padded_states (states);
  const double *rates = self->rates + h * padded;
  double decay[DOUBLE_LANES], sum = 0;
  for (int64_t n = 0; n < states; n += DOUBLE_LANES) {
    *(DVec *)decay = dvec_decay (*(const DVec *)(rates + n) * delta);
    for (int64_t l = 0; l < min_size (DOUBLE_LANES, states - n); l++)
      sum += decay[l];
  }
  return delta * self->slowest[h] + log (sum / states);
}

static void
prepare_rates (Decay *self)
{
  const ScopeTensor *a = &self->op->a;
  int64_t padded = padded_states (a->columns);
  memset (self->rates, 0, a->rows * padded * sizeof (double));
  for (int64_t h = 0; h < a->rows; h++) {
    const real *row = real_row (a, h);
    self->slowest[h] = row[0];
    for (int64_t n = 1; n < a->columns; n++)
      self->slowest[h] = fmax (self->slowest[h], row[n]);
    for (int64_t n = 0; n < a->columns; n++)
      self->rates[h * padded + n] = row[n] - self->slowest[h];
  }
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
      self->prefix[h] += delta[h];
      if (op->prefix.data != NULL)
        double_row (&op->prefix, t)[h] = self->prefix[h];
      if (op->decay.data == NULL)
        continue;
      if (states == 1)
        self->decay[h] = self->prefix[h] * self->slowest[h];
      else if (delta[h] != 0)
        self->decay[h] += log_mean_decay (self, h, delta[h]);
      double_row (&op->decay, t)[h] = self->decay[h];
    }
  }
}

int
REAL (decay) (const void *params, char *error, size_t error_size)
{
  const ScopeOpDecay *op = params;
  int64_t tokens = op->delta.rows, channels = op->delta.columns;
  int64_t padded = padded_states (op->a.columns);
  SCOPE_CPU_SCRATCH double *sums
      = scope_cpu_scratch ((3 + padded) * channels, sizeof (double), error, error_size);
  if (sums == NULL)
    return SCOPE_STATUS_MEMORY;
  memset (sums, 0, 2 * channels * sizeof (double));

  bool exponentials = op->decay.data != NULL && op->a.columns > 1;
  int64_t row_work = channels * (exponentials ? op->a.columns : 1);
  int64_t slice = max_size (1, SLICE_WORK / max_size (row_work, 1));
  Decay self = { .op = op,
                 .prefix = sums,
                 .decay = sums + channels,
                 .slowest = sums + 2 * channels,
                 .rates = sums + 3 * channels };
  prepare_rates (&self);
  for (int64_t t = 0; t < tokens; t += slice) {
    if (scope_cpu_cancelled (&op->cancel))
      return SCOPE_STATUS_CANCELLED;
    self.begin = t;
    self.end = min_size (t + slice, tokens);
    scope_parallel_for (channels, 16, decay_channels, &self);
  }
  return SCOPE_STATUS_OK;
}

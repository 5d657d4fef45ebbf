/* DECAY: running sums along the tokens, in double (backend.h):
 *   prefix[t] = Σ_{k<=t} Δ[k],  decay[t] = Σ_{k<=t} ln (mean_n exp (Δ[k] A[n])).
 * Layout: threads along the channels; chunks of CHUNK tokens side by side: each chunk's own running
 * sums, then the chunks' offsets, then the offsets added. Tolerance: 1e-9 relative (double). */
#include "device.h"

enum { CHUNK = 64, THREADS = 64 };

struct Decay {
  View<const float> delta, a;
  View<double> prefix, decay; /* data NULL: not wanted */
  double *offsets;            /* (2, chunks, H) */
  int64_t rows, channels, rates, chunks;
};

/* ln (mean_n exp (Δ A[n])); the largest exponent is taken out so that nothing underflows. */
__device__ static double
step (const Decay &d, double delta, int64_t h)
{
  const float *rate = d.a.row (h);
  double top = rate[0] * delta, sum = 0.0;

  if (d.rates == 1)
    return top;
  for (int64_t n = 1; n < d.rates; n++)
    top = fmax (top, rate[n] * delta);
  for (int64_t n = 0; n < d.rates; n++)
    sum += exp (rate[n] * delta - top);
  return top + log (sum / (double)d.rates);
}

__global__ static void
decay_local (Decay d)
{
  int64_t h = (int64_t)blockIdx.x * THREADS + threadIdx.x, chunk = blockIdx.y;
  double sum = 0.0, ln = 0.0;

  if (h >= d.channels)
    return;
  for (int64_t t = chunk * CHUNK; t < (chunk + 1) * CHUNK && t < d.rows; t++) {
    double delta = d.delta.row (t)[h];
    sum += delta;
    if (d.prefix.data)
      d.prefix.row (t)[h] = sum;
    if (d.decay.data)
      d.decay.row (t)[h] = ln += step (d, delta, h);
  }
  d.offsets[chunk * d.channels + h] = sum;
  d.offsets[(d.chunks + chunk) * d.channels + h] = ln;
}

__global__ static void
decay_offsets (Decay d)
{
  int64_t h = (int64_t)blockIdx.x * THREADS + threadIdx.x;
  double before[2] = { 0.0, 0.0 };

  if (h >= d.channels)
    return;
  for (int64_t chunk = 0; chunk < d.chunks; chunk++)
    for (int which = 0; which < 2; which++) {
      double *offset = &d.offsets[(which * d.chunks + chunk) * d.channels + h], own = *offset;
      *offset = before[which];
      before[which] += own;
    }
}

__global__ static void
decay_add (Decay d)
{
  int64_t h = (int64_t)blockIdx.x * THREADS + threadIdx.x, chunk = blockIdx.y;

  if (h >= d.channels)
    return;
  double prefix = d.offsets[chunk * d.channels + h];
  double decay = d.offsets[(d.chunks + chunk) * d.channels + h];
  for (int64_t t = chunk * CHUNK; t < (chunk + 1) * CHUNK && t < d.rows; t++) {
    if (d.prefix.data)
      d.prefix.row (t)[h] += prefix;
    if (d.decay.data)
      d.decay.row (t)[h] += decay;
  }
}

size_t
scope_cuda_decay_scratch (const ScopeOpDecay *op)
{
  size_t chunks = scope_blocks (op->delta.rows, CHUNK);

  return 2 * chunks * (size_t)op->delta.columns * sizeof (double);
}

int
scope_cuda_decay (ScopeCuda *self, const ScopeOpDecay *op, char *error, size_t error_size)
{
  Decay d = { scope_view<const float> (op->delta),
              scope_view<const float> (op->a),
              scope_view<double> (op->prefix),
              scope_view<double> (op->decay),
              NULL,
              op->delta.rows,
              op->delta.columns,
              op->a.columns,
              scope_blocks (op->delta.rows, CHUNK) };
  dim3 grid (scope_blocks (d.channels, THREADS), (unsigned)d.chunks);

  if (d.rows == 0)
    return SCOPE_STATUS_OK;
  d.offsets
      = (double *)scope_cuda_workspace (self, scope_cuda_decay_scratch (op), error, error_size);
  if (d.offsets == NULL)
    return SCOPE_STATUS_MEMORY;
  SCOPE_LAUNCH (decay_local, grid, THREADS, 0, self, d);
  SCOPE_LAUNCH (decay_offsets, grid.x, THREADS, 0, self, d);
  SCOPE_LAUNCH (decay_add, grid, THREADS, 0, self, d);
  return scope_cuda_launched (self, "decay", error, error_size);
}

/* CONV: causal depthwise convolution, then SiLU (backend.h).
 *   out[t] = SiLU (bias + Σ_k w[k] x[t - (K-1) + k]), rows before 0 from the state.
 * Layout: threads along the lanes (coalesced), CONV_ROWS tokens per thread with the window in
 * registers for the usual K = 4, re-read through L1 otherwise. Grid (lanes / 128, tokens /
 * CONV_ROWS). The state is written by a second launch, after all have read it.
 * Tolerance: 1e-6 relative. */
#include "device.h"
#include "math.cuh"

enum { CONV_THREADS = 128, CONV_ROWS = 16 };

struct Conv {
  View<const float> x, weight, state;
  const float *bias;
  View<float> out;
  int64_t rows, lanes, taps;
};

/* Row T of the input, or of the state for T < 0. */
__device__ static float
conv_input (const Conv &c, int64_t t, int64_t lane)
{
  return t >= 0 ? c.x.row (t)[lane] : c.state.row (c.taps - 1 + t)[lane];
}

__global__ static void
conv_rows (Conv c)
{
  int64_t lane = (int64_t)blockIdx.x * CONV_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * CONV_ROWS;

  if (lane >= c.lanes)
    return;
  const float *w = c.weight.row (lane);
  float bias = c.bias ? c.bias[lane] : 0.0f;
  for (int64_t t = begin; t < begin + CONV_ROWS && t < c.rows; t++) {
    float sum = bias;
    for (int64_t k = 0; k < c.taps; k++)
      sum += w[k] * conv_input (c, t - (c.taps - 1) + k, lane);
    c.out.row (t)[lane] = silu (sum);
  }
}

/* The last K-1 rows of what was seen: of x, or of the old state where x is shorter. Each thread
 * reads its lane ahead of where it writes, so it may work in place, oldest first. */
__global__ static void
conv_state (Conv c, View<float> state)
{
  int64_t lane = (int64_t)blockIdx.x * CONV_THREADS + threadIdx.x;

  if (lane >= c.lanes)
    return;
  for (int64_t s = 0; s < c.taps - 1; s++)
    state.row (s)[lane] = conv_input (c, c.rows - (c.taps - 1) + s, lane);
}

int
scope_cuda_conv (ScopeCuda *self, const ScopeOpConv *op, char *error, size_t error_size)
{
  Conv c = { scope_view<const float> (op->x),
             scope_view<const float> (op->weight),
             scope_view<const float> (op->state),
             (const float *)op->bias.data,
             scope_view<float> (op->out),
             op->x.rows,
             op->x.columns,
             op->weight.columns };
  dim3 grid (scope_blocks (c.lanes, CONV_THREADS), scope_blocks (c.rows, CONV_ROWS));

  if (c.rows > 0) {
    SCOPE_LAUNCH (conv_rows, grid, CONV_THREADS, 0, self, c);
    SCOPE_LAUNCH (conv_state, grid.x, CONV_THREADS, 0, self, c, scope_view<float> (op->state));
  }
  return scope_cuda_launched (self, "conv", error, error_size);
}

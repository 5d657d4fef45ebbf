/* CONV: causal depthwise convolution, then SiLU (backend.h).
 *   out[t] = SiLU (bias + Σ_k w[k] x[t - (K-1) + k]), rows before 0 from the state.
 * Layout: VEC lanes to a thread (coalesced), CONV_ROWS tokens, the window of TAPS rows in
 * registers: x is read once, but for the K-1 rows before each thread's first. Grid (lanes / (128
 * VEC), tokens / CONV_ROWS). Any other number of taps, or taps that do not lie in fours, go a lane
 * at a time through the first-level cache. With a window the threads of the first tokens, which
 * alone read the state, leave the new one in it; else a second launch does. Tolerance: 1e-6
 * relative.
 */
#include "device.h"
#include "math.cuh"
#include "vector.cuh"

enum { CONV_THREADS = 128, CONV_ROWS = 8, USUAL_TAPS = 4 };

template <class T> struct Conv {
  View<const T> x;
  View<const float> weight;
  View<float> state;
  const float *bias;
  View<T> out;
  int64_t rows, lanes, taps;
};

/* VEC lanes of row T of the input, or of the state for T < 0. */
template <int VEC, class T>
__device__ static void
conv_input (const Conv<T> &c, int64_t t, int64_t lane, float *v)
{
  if (t >= 0)
    load_vector<VEC> (&c.x.row (t)[lane], v);
  else
    for (int k = 0; k < VEC; k++)
      v[k] = c.state.row (c.taps - 1 + t)[lane + k];
}

/* The last K-1 rows of what was seen: of x, or of the old state where x is shorter. Each thread
 * reads its lanes ahead of where it writes, so it may work in place, oldest first. */
template <int VEC, class T>
__device__ static void
keep_state (const Conv<T> &c, int64_t lane)
{
  float v[VEC];

  for (int64_t s = 0; s < c.taps - 1; s++) {
    conv_input<VEC> (c, c.rows - (c.taps - 1) + s, lane, v);
    for (int k = 0; k < VEC; k++)
      c.state.row (s)[lane + k] = v[k];
  }
}

template <int VEC, class T>
__global__ static void
conv_window (Conv<T> c)
{
  int64_t lane = ((int64_t)blockIdx.x * CONV_THREADS + threadIdx.x) * VEC;
  int64_t begin = (int64_t)blockIdx.y * CONV_ROWS;
  float weight[USUAL_TAPS][VEC], window[CONV_ROWS + USUAL_TAPS - 1][VEC], bias[VEC], sum[VEC];

  if (lane >= c.lanes)
    return;
#pragma unroll
  for (int k = 0; k < CONV_ROWS + USUAL_TAPS - 1; k++)
    conv_input<VEC> (c, min (begin + k - (USUAL_TAPS - 1), c.rows - 1), lane, window[k]);
  for (int k = 0; k < VEC; k++) {
    bias[k] = c.bias ? c.bias[lane + k] : 0.0f;
    float taps[USUAL_TAPS];
    load_vector<USUAL_TAPS> (c.weight.row (lane + k), taps);
    for (int tap = 0; tap < USUAL_TAPS; tap++)
      weight[tap][k] = taps[tap];
  }
#pragma unroll
  for (int t = 0; t < CONV_ROWS; t++) {
    if (begin + t >= c.rows)
      break;
    for (int k = 0; k < VEC; k++) {
      sum[k] = bias[k];
      for (int tap = 0; tap < USUAL_TAPS; tap++)
        sum[k] += weight[tap][k] * window[t + tap][k];
      sum[k] = silu (sum[k]);
    }
    store_vector<VEC> (&c.out.row (begin + t)[lane], sum);
  }
  if (begin == 0) /* at the end: the window's registers are free */
    keep_state<VEC> (c, lane);
}

template <class T>
__global__ static void
conv_taps (Conv<T> c)
{
  int64_t lane = (int64_t)blockIdx.x * CONV_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * CONV_ROWS;

  if (lane >= c.lanes)
    return;
  const float *w = c.weight.row (lane);
  for (int64_t t = begin; t < begin + CONV_ROWS && t < c.rows; t++) {
    float sum = c.bias ? c.bias[lane] : 0.0f, x;
    for (int64_t k = 0; k < c.taps; k++) {
      conv_input<1> (c, t - (c.taps - 1) + k, lane, &x);
      sum += w[k] * x;
    }
    scope_store (&c.out.row (t)[lane], silu (sum));
  }
}

template <class T>
__global__ static void
conv_state (Conv<T> c)
{
  int64_t lane = (int64_t)blockIdx.x * CONV_THREADS + threadIdx.x;

  if (lane < c.lanes)
    keep_state<1> (c, lane);
}

template <class T>
static void
launch_conv (ScopeCuda *self, const ScopeOpConv *op)
{
  Conv<T> c = { scope_view<const T> (op->x),
                scope_view<const float> (op->weight),
                scope_view<float> (op->state),
                (const float *)op->bias.data,
                scope_view<T> (op->out),
                op->x.rows,
                op->x.columns,
                op->weight.columns };
  bool whole = c.taps == USUAL_TAPS && scope_even (op->weight);
  bool even = scope_even (op->x) && scope_even (op->out) && c.lanes % 4 == 0;
  unsigned down = scope_blocks (c.rows, CONV_ROWS), across = scope_blocks (c.lanes, CONV_THREADS);

  if (!whole) {
    SCOPE_LAUNCH (conv_taps<T>, dim3 (across, down), CONV_THREADS, 0, self, c);
    SCOPE_LAUNCH (conv_state<T>, across, CONV_THREADS, 0, self, c);
  } else if (even)
    SCOPE_LAUNCH ((conv_window<4, T>), dim3 (scope_blocks (c.lanes, 4 * CONV_THREADS), down),
                  CONV_THREADS, 0, self, c);
  else
    SCOPE_LAUNCH ((conv_window<1, T>), dim3 (across, down), CONV_THREADS, 0, self, c);
}

int
scope_cuda_conv (ScopeCuda *self, const ScopeOpConv *op, char *error, size_t error_size)
{
  if (op->x.rows > 0)
    scope_with_type (op->x, [&] (auto *type) {
      launch_conv<std::remove_pointer_t<decltype (type)> > (self, op);
    });
  return scope_cuda_launched (self, "conv", error, error_size);
}

/* NORM: RMSNorm with Mamba-2's gate, or the gate alone (backend.h).
 *   out = x / sqrt (mean (x^2) + eps) * weight, over columns / groups at a time.
 * Layout: one block of 256 threads per (token, group); two passes over the row, the second from L1.
 * Launch: grid (tokens, groups). Tolerance: 1e-6 relative (one float reduction of <= 16k terms). */
#include "device.h"
#include "math.cuh"

enum { NORM_THREADS = 256 };

__device__ static float
block_sum (float value)
{
  __shared__ float partial[NORM_THREADS / 32];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;

  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync (0xffffffffu, value, step);
  if (lane == 0)
    partial[warp] = value;
  __syncthreads ();
  float sum = 0.0f;
  for (int w = 0; w < NORM_THREADS / 32; w++)
    sum += partial[w];
  return sum;
}

__global__ static void
norm_rows (View<const float> x, View<const float> gate, const float *weight, View<float> out,
           int64_t width, float eps, bool gate_after)
{
  int64_t begin = (int64_t)blockIdx.y * width;
  const float *in = x.row (blockIdx.x) + begin;
  const float *z = gate.data ? gate.row (blockIdx.x) + begin : NULL;
  float *to = out.row (blockIdx.x) + begin;
  float sum = 0.0f;

  for (int64_t c = threadIdx.x; c < width; c += NORM_THREADS) {
    float v = z && !gate_after ? in[c] * silu (z[c]) : in[c];
    sum += v * v;
  }
  float scale = rsqrtf (block_sum (sum) / (float)width + eps);
  for (int64_t c = threadIdx.x; c < width; c += NORM_THREADS) {
    float v = z && !gate_after ? in[c] * silu (z[c]) : in[c];
    v = v * scale * weight[begin + c];
    to[c] = z && gate_after ? v * silu (z[c]) : v;
  }
}

__global__ static void
gate_rows (View<const float> x, View<const float> gate, View<float> out, int64_t columns)
{
  const float *in = x.row (blockIdx.x), *z = gate.row (blockIdx.x);
  float *to = out.row (blockIdx.x);

  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    to[c] = in[c] * silu (z[c]);
}

int
scope_cuda_norm (ScopeCuda *self, const ScopeOpNorm *op, char *error, size_t error_size)
{
  int64_t groups = op->groups > 0 ? op->groups : 1;
  dim3 grid ((unsigned)op->x.rows, (unsigned)groups);

  if (op->x.rows > 0 && op->weight.data == NULL)
    SCOPE_LAUNCH (gate_rows, (unsigned)op->x.rows, 256, 0, self, scope_view<const float> (op->x),
                  scope_view<const float> (op->gate), scope_view<float> (op->out), op->x.columns);
  else if (op->x.rows > 0)
    SCOPE_LAUNCH (norm_rows, grid, NORM_THREADS, 0, self, scope_view<const float> (op->x),
                  scope_view<const float> (op->gate), (const float *)op->weight.data,
                  scope_view<float> (op->out), op->x.columns / groups, (float)op->eps,
                  op->norm_before_gate);
  return scope_cuda_launched (self, "norm", error, error_size);
}

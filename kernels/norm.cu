/* NORM: RMSNorm with Mamba-2's gate, the gate alone, or LayerNorm (backend.h).
 *   out = x / sqrt (mean (x^2) + eps) * weight, over columns / groups at a time.
 * Layout: a row of a group is held in registers by as many warps as it takes at HELD columns to a
 * warp, four columns to a thread and step, so that all its loads are under way together and it is
 * read once. Rows that are longer, or not of whole fours, go through a loop of one warp, whose
 * second pass comes from the first-level cache. Launch: grid (tokens / rows of a block, groups),
 * 256 threads. Tolerance: 1e-6 relative (one float reduction of <= 16k terms). */
#include "device.h"
#include "math.cuh"
#include "vector.cuh"

enum { NORM_WARPS = 8, VEC = 4, STEPS = 8, HELD = 32 * VEC * STEPS };

__device__ static float
warp_sum (float value)
{
  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync (0xffffffffu, value, step);
  return value;
}

/* Over the WARPS neighbouring warps that hold a row; all threads of the block call it. */
__device__ static float
row_sum (float value, int warps)
{
  __shared__ float partial[NORM_WARPS];
  int warp = threadIdx.x / 32, first = warp / warps * warps;

  value = warp_sum (value);
  if (warps == 1)
    return value;
  __syncthreads ();
  if (threadIdx.x % 32 == 0)
    partial[warp] = value;
  __syncthreads ();
  float sum = 0.0f;
  for (int w = first; w < first + warps; w++)
    sum += partial[w];
  return sum;
}

template <class X, class Z, class Y> struct Norm {
  View<const X> x;
  View<const Z> gate;         /* data NULL: none */
  const float *weight, *bias; /* or NULL */
  View<Y> out;
  int64_t rows, width;
  float eps;
  bool gate_after, centred;
};

/* COUNT values at C of a row, times SiLU (z) where there is a gate. */
template <int COUNT, class X, class Z>
__device__ static void
load_gated (const X *x, const Z *z, int64_t c, float *v)
{
  load_vector<COUNT> (x + c, v);
  if (z == NULL)
    return;
  float gate[COUNT];
  load_vector<COUNT> (z + c, gate);
  for (int k = 0; k < COUNT; k++)
    v[k] *= silu (gate[k]);
}

/* COUNT normalised values at column C of the tensor to what is written. */
template <int COUNT, class X, class Z, class Y>
__device__ static void
finish (const Norm<X, Z, Y> &n, float *v, int64_t row, int64_t c)
{
  float other[COUNT];
  if (n.weight != NULL) {
    load_vector<COUNT> (n.weight + c, other);
    for (int k = 0; k < COUNT; k++)
      v[k] *= other[k];
  }
  if (n.bias != NULL) {
    load_vector<COUNT> (n.bias + c, other);
    for (int k = 0; k < COUNT; k++)
      v[k] += other[k];
  }
  if (n.gate_after && n.gate.data) {
    load_vector<COUNT> (n.gate.row (row) + c, other);
    for (int k = 0; k < COUNT; k++)
      v[k] *= silu (other[k]);
  }
  store_vector<COUNT> (n.out.row (row) + c, v);
}

/* WARPS warps to a row. */
template <class X, class Z, class Y>
__global__ static void
norm_held (Norm<X, Z, Y> n, int warps)
{
  int64_t row = (int64_t)blockIdx.x * (NORM_WARPS / warps) + threadIdx.x / 32 / warps;
  int64_t first = blockIdx.y * n.width, at = min (row, n.rows - 1);
  const X *x = n.x.row (at) + first;
  const Z *z = n.gate.data && !n.gate_after ? n.gate.row (at) + first : NULL;
  int start = threadIdx.x % (32 * warps) * VEC, step = 32 * warps * VEC;
  float v[STEPS][VEC] = { { 0 } }, sum = 0.0f, centre = 0.0f;

#pragma unroll
  for (int i = 0; i < STEPS; i++)
    if (start + i * step < n.width)
      load_gated<VEC> (x, z, start + i * step, v[i]);
  if (n.centred) {
#pragma unroll
    for (int i = 0; i < STEPS; i++)
      for (int k = 0; k < VEC; k++)
        sum += v[i][k]; /* 0 beyond the row */
    centre = row_sum (sum, warps) / (float)n.width;
    sum = 0.0f;
  }
#pragma unroll
  for (int i = 0; i < STEPS; i++)
    for (int k = 0; k < VEC; k++)
      if (start + i * step < n.width)
        sum += (v[i][k] - centre) * (v[i][k] - centre);
  float scale = rsqrtf (row_sum (sum, warps) / (float)n.width + n.eps);
  if (row >= n.rows)
    return;
#pragma unroll
  for (int i = 0; i < STEPS; i++) {
    int64_t c = first + start + i * step;
    if (start + i * step >= n.width)
      continue;
    for (int k = 0; k < VEC; k++)
      v[i][k] = (v[i][k] - centre) * scale;
    finish<VEC> (n, v[i], row, c);
  }
}

/* Mean of v (POWER 1), or of (v - centre)^2, over a row of any length. */
template <int POWER, class X, class Z>
__device__ static float
row_mean (const X *x, const Z *z, int64_t width, float centre)
{
  float sum = 0.0f, v;
  for (int64_t c = threadIdx.x % 32; c < width; c += 32) {
    load_gated<1> (x, z, c, &v);
    sum += POWER == 1 ? v : (v - centre) * (v - centre);
  }
  return warp_sum (sum) / (float)width;
}

template <class X, class Z, class Y>
__global__ static void
norm_rows (Norm<X, Z, Y> n)
{
  int64_t row = (int64_t)blockIdx.x * NORM_WARPS + threadIdx.x / 32, first = blockIdx.y * n.width;

  if (row >= n.rows)
    return;
  const X *x = n.x.row (row) + first;
  const Z *z = n.gate.data && !n.gate_after ? n.gate.row (row) + first : NULL;
  float centre = n.centred ? row_mean<1> (x, z, n.width, 0.0f) : 0.0f, v;
  float scale = rsqrtf (row_mean<2> (x, z, n.width, centre) + n.eps);
  for (int64_t c = threadIdx.x % 32; c < n.width; c += 32) {
    load_gated<1> (x, z, c, &v);
    v = (v - centre) * scale;
    finish<1> (n, &v, row, first + c);
  }
}

template <class X, class Z, class Y>
__global__ static void
gate_rows (Norm<X, Z, Y> n)
{
  int64_t row = (int64_t)blockIdx.x * NORM_WARPS + threadIdx.x / 32;
  float v;

  if (row >= n.rows)
    return;
  for (int64_t c = threadIdx.x % 32; c < n.width; c += 32) {
    load_gated<1> (n.x.row (row), n.gate.row (row), c, &v);
    scope_store (&n.out.row (row)[c], v);
  }
}

/* Warps to a row, a power of two; 0 if it cannot be held. */
static int
warps_for (int64_t width)
{
  int warps = 1;

  while (warps <= NORM_WARPS && width > warps * HELD)
    warps *= 2;
  return warps <= NORM_WARPS ? warps : 0;
}

template <class X, class Z, class Y>
static void
launch_norm (ScopeCuda *self, const ScopeOpNorm *op, int64_t groups, bool even)
{
  Norm<X, Z, Y> n = { scope_view<const X> (op->x),    scope_view<const Z> (op->gate),
                      (const float *)op->weight.data, (const float *)op->bias.data,
                      scope_view<Y> (op->out),        op->x.rows,
                      op->x.columns / groups,         (float)op->eps,
                      op->norm_before_gate,           op->centred };
  int warps = even ? warps_for (n.width) : 0, rows = NORM_WARPS / (warps > 0 ? warps : 1);
  dim3 grid (scope_blocks (n.rows, rows), (unsigned)groups);

  if (n.weight == NULL && n.gate.data != NULL)
    SCOPE_LAUNCH ((gate_rows<X, Z, Y>), grid, 32 * NORM_WARPS, 0, self, n);
  else if (warps > 0)
    SCOPE_LAUNCH ((norm_held<X, Z, Y>), grid, 32 * NORM_WARPS, 0, self, n, warps);
  else
    SCOPE_LAUNCH ((norm_rows<X, Z, Y>), grid, 32 * NORM_WARPS, 0, self, n);
}

int
scope_cuda_norm (ScopeCuda *self, const ScopeOpNorm *op, char *error, size_t error_size)
{
  bool plain_gate = op->weight.data == NULL && op->gate.data != NULL;
  int64_t groups = plain_gate || op->groups < 1 ? 1 : op->groups;
  bool even = !plain_gate && scope_even (op->x) && scope_even (op->gate) && scope_even (op->out)
              && scope_even (op->weight) && scope_even (op->bias)
              && op->x.columns / groups % VEC == 0;

  if (op->x.rows > 0)
    scope_with_type (op->x, [&] (auto *in) {
      scope_with_type (op->gate, [&] (auto *gate) {
        scope_with_type (op->out, [&] (auto *out) {
          typedef std::remove_pointer_t<decltype (in)> X;
          typedef std::remove_pointer_t<decltype (gate)> Z;
          typedef std::remove_pointer_t<decltype (out)> Y;
          launch_norm<X, Z, Y> (self, op, groups, even);
        });
      });
    });
  return scope_cuda_launched (self, "norm", error, error_size);
}

/* NORM: RMSNorm with Mamba-2's gate, the gate alone, or LayerNorm (backend.h).
 *   out = x / sqrt (mean (x^2) + eps) * weight, over columns / groups at a time.
 * Layout: one warp for a row of a group, eight rows to a block, VEC columns to a thread and step;
 * two or three passes over the row, all but the first from the first-level cache. Launch: grid
 * (tokens / 8, groups). Tolerance: 1e-6 relative (one float reduction of <= 16k terms). */
#include "device.h"
#include "math.cuh"
#include "vector.cuh"

enum { NORM_WARPS = 8 };

__device__ static float
warp_sum (float value)
{
  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync (0xffffffffu, value, step);
  return value;
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

/* VEC values at C of a row, times SiLU (z) where there is a gate. */
template <int VEC, class X, class Z>
__device__ static void
load_gated (const X *x, const Z *z, int64_t c, float *v)
{
  load_vector<VEC> (x + c, v);
  if (z == NULL)
    return;
  float gate[VEC];
  load_vector<VEC> (z + c, gate);
  for (int k = 0; k < VEC; k++)
    v[k] *= silu (gate[k]);
}

/* Mean of (v - centre)^POWER over a row. */
template <int VEC, int POWER, class X, class Z>
__device__ static float
row_mean (const X *x, const Z *z, int64_t width, float centre)
{
  float sum = 0.0f, v[VEC];
  for (int64_t c = threadIdx.x % 32 * VEC; c < width; c += 32 * VEC) {
    load_gated<VEC> (x, z, c, v);
    for (int k = 0; k < VEC; k++)
      sum += POWER == 1 ? v[k] : (v[k] - centre) * (v[k] - centre);
  }
  return warp_sum (sum) / (float)width;
}

template <int VEC, class X, class Z, class Y>
__global__ static void
norm_rows (Norm<X, Z, Y> n)
{
  int64_t row = (int64_t)blockIdx.x * NORM_WARPS + threadIdx.x / 32, first = blockIdx.y * n.width;

  if (row >= n.rows)
    return;
  const X *x = n.x.row (row) + first;
  const Z *z = n.gate.data ? n.gate.row (row) + first : NULL;
  const Z *before = n.gate_after ? NULL : z;
  float centre = n.centred ? row_mean<VEC, 1> (x, before, n.width, 0.0f) : 0.0f;
  float scale = rsqrtf (row_mean<VEC, 2> (x, before, n.width, centre) + n.eps);
  float v[VEC], gate[VEC];
  for (int64_t c = threadIdx.x % 32 * VEC; c < n.width; c += 32 * VEC) {
    load_gated<VEC> (x, before, c, v);
    if (n.gate_after && z != NULL)
      load_vector<VEC> (z + c, gate);
    for (int k = 0; k < VEC; k++) {
      v[k] = (v[k] - centre) * scale;
      if (n.weight != NULL)
        v[k] *= n.weight[first + c + k];
      if (n.bias != NULL)
        v[k] += n.bias[first + c + k];
      if (n.gate_after && z != NULL)
        v[k] *= silu (gate[k]);
    }
    store_vector<VEC> (n.out.row (row) + first + c, v);
  }
}

template <int VEC, class X, class Z, class Y>
__global__ static void
gate_rows (Norm<X, Z, Y> n)
{
  int64_t row = (int64_t)blockIdx.x * NORM_WARPS + threadIdx.x / 32;
  float v[VEC];

  if (row >= n.rows)
    return;
  for (int64_t c = threadIdx.x % 32 * VEC; c < n.width; c += 32 * VEC) {
    load_gated<VEC> (n.x.row (row), n.gate.row (row), c, v);
    store_vector<VEC> (n.out.row (row) + c, v);
  }
}

template <int VEC, class X, class Z, class Y>
static void
launch_norm (ScopeCuda *self, const ScopeOpNorm *op, int64_t groups)
{
  Norm<X, Z, Y> n = { scope_view<const X> (op->x),    scope_view<const Z> (op->gate),
                      (const float *)op->weight.data, (const float *)op->bias.data,
                      scope_view<Y> (op->out),        op->x.rows,
                      op->x.columns / groups,         (float)op->eps,
                      op->norm_before_gate,           op->centred };
  dim3 grid (scope_blocks (n.rows, NORM_WARPS), (unsigned)groups);

  if (n.weight == NULL && n.gate.data != NULL)
    SCOPE_LAUNCH ((gate_rows<VEC, X, Z, Y>), grid, 32 * NORM_WARPS, 0, self, n);
  else
    SCOPE_LAUNCH ((norm_rows<VEC, X, Z, Y>), grid, 32 * NORM_WARPS, 0, self, n);
}

int
scope_cuda_norm (ScopeCuda *self, const ScopeOpNorm *op, char *error, size_t error_size)
{
  bool plain_gate = op->weight.data == NULL && op->gate.data != NULL;
  int64_t groups = plain_gate || op->groups < 1 ? 1 : op->groups;
  bool even = scope_even (op->x) && scope_even (op->gate) && scope_even (op->out)
              && op->x.columns / groups % 4 == 0;

  if (op->x.rows > 0)
    scope_with_type (op->x, [&] (auto *in) {
      scope_with_type (op->gate, [&] (auto *gate) {
        scope_with_type (op->out, [&] (auto *out) {
          typedef std::remove_pointer_t<decltype (in)> X;
          typedef std::remove_pointer_t<decltype (gate)> Z;
          typedef std::remove_pointer_t<decltype (out)> Y;
          if (even)
            launch_norm<4, X, Z, Y> (self, op, groups);
          else
            launch_norm<1, X, Z, Y> (self, op, groups);
        });
      });
    });
  return scope_cuda_launched (self, "norm", error, error_size);
}

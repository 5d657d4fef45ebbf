/* DELTA: out = rule (raw): softplus, limits, the filter's threshold (backend.h; LongMamba eqs.
 * 13-14). Layout: threads along the channels, grid (channels / 256, tokens). Tolerance: 1e-6
 * relative; a value within an ulp of the threshold may fall on the other side of it than on the
 * CPU. */
#include "device.h"
#include "math.cuh"

template <class T>
__global__ static void
delta_rows (View<const T> raw, DeltaRule rule, View<float> out, int64_t channels)
{
  int64_t h = (int64_t)blockIdx.y * blockDim.x + threadIdx.x, t = blockIdx.x;

  if (h < channels)
    out.row (t)[h] = effective_delta (rule, scope_load (raw.row (t)[h]), t, h);
}

int
scope_cuda_delta (ScopeCuda *self, const ScopeOpDelta *op, char *error, size_t error_size)
{
  dim3 grid ((unsigned)op->raw.rows, scope_blocks (op->raw.columns, 256));

  if (op->raw.rows > 0)
    scope_with_type (op->raw, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      SCOPE_LAUNCH (delta_rows<T>, grid, 256, 0, self, scope_view<const T> (op->raw),
                    delta_rule (op->rule), scope_view<float> (op->out), op->raw.columns);
    });
  return scope_cuda_launched (self, "delta", error, error_size);
}

/* GLU: out = act (gate) * up.
 * Layout: grid (columns / 256, tokens / 8), eight rows a thread. Tolerance: 1e-6 of the largest
 * element. */
#include "device.h"
#include "math.cuh"

enum { GLU_THREADS = 256, GLU_ROWS = 8 };

__device__ static inline float
glu_activation (float x, ScopeGluKind kind)
{
  if (kind == SCOPE_GLU_SILU)
    return silu (x);
  if (kind == SCOPE_GLU_GELU)
    return 0.5f * x * erfcf (-0.70710678f * x); /* of -x: the tail keeps its digits */
  return 0.5f * x * (1.0f + tanhf (0.79788456f * (x + 0.044715f * x * x * x)));
}

template <class T>
__global__ static void
glu_rows (View<const T> gate, View<const T> up, View<T> out, int64_t rows, int64_t columns,
          ScopeGluKind kind)
{
  int64_t c = (int64_t)blockIdx.x * GLU_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * GLU_ROWS, end = min (begin + GLU_ROWS, rows);

  if (c < columns)
    for (int64_t t = begin; t < end; t++)
      scope_store (&out.row (t)[c], glu_activation (scope_load (gate.row (t)[c]), kind)
                                        * scope_load (up.row (t)[c]));
}

int
scope_cuda_glu (ScopeCuda *self, const ScopeOpGlu *op, char *error, size_t error_size)
{
  dim3 grid (scope_blocks (op->gate.columns, GLU_THREADS), scope_blocks (op->gate.rows, GLU_ROWS));

  if (op->gate.rows > 0 && op->gate.columns > 0)
    scope_with_type (op->gate, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      SCOPE_LAUNCH ((glu_rows<T>), grid, GLU_THREADS, 0, self, scope_view<const T> (op->gate),
                    scope_view<const T> (op->up), scope_view<T> (op->out), op->gate.rows,
                    op->gate.columns, op->kind);
    });
  return scope_cuda_launched (self, "glu", error, error_size);
}

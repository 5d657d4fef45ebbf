/* COPY: a view gathered, and converted where the types differ.
 * Layout: grid (columns / 256, tokens / 8), eight rows a thread. Exact, but for the rounding to
 * BF16. */
#include "device.h"

enum { COPY_THREADS = 256, COPY_ROWS = 8 };

template <class In, class Out>
__global__ static void
copy_rows (View<const In> x, View<Out> out, int64_t rows, int64_t columns)
{
  int64_t c = (int64_t)blockIdx.x * COPY_THREADS + threadIdx.x;
  int64_t begin = (int64_t)blockIdx.y * COPY_ROWS, end = min (begin + COPY_ROWS, rows);

  if (c < columns)
    for (int64_t t = begin; t < end; t++)
      scope_store (&out.row (t)[c], scope_load (x.row (t)[c]));
}

int
scope_cuda_copy_op (ScopeCuda *self, const ScopeOpCopy *op, char *error, size_t error_size)
{
  dim3 grid (scope_blocks (op->x.columns, COPY_THREADS), scope_blocks (op->x.rows, COPY_ROWS));

  if (op->x.rows > 0 && op->x.columns > 0)
    scope_with_type (op->x, [&] (auto *in) {
      scope_with_type (op->out, [&] (auto *out) {
        typedef std::remove_pointer_t<decltype (in)> In;
        typedef std::remove_pointer_t<decltype (out)> Out;
        SCOPE_LAUNCH ((copy_rows<In, Out>), grid, COPY_THREADS, 0, self,
                      scope_view<const In> (op->x), scope_view<Out> (op->out), op->x.rows,
                      op->x.columns);
      });
    });
  return scope_cuda_launched (self, "copy", error, error_size);
}

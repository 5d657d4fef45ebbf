/* EMBED: out[t] = table[ids[t]].
 * Layout: one block per token, threads along the row. Tolerance: exact. */
#include "device.h"

template <class T>
__global__ static void
embed_rows (View<const T> table, View<const int32_t> ids, View<float> out, int64_t columns)
{
  int64_t t = blockIdx.x;
  const T *from = table.row (*ids.row (t));
  float *to = out.row (t);

  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    to[c] = scope_load (from[c]);
}

int
scope_cuda_embed (ScopeCuda *self, const ScopeOpEmbed *op, char *error, size_t error_size)
{
  if (op->out.rows > 0)
    scope_with_type (op->table, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      SCOPE_LAUNCH (embed_rows<T>, (unsigned)op->out.rows, 256, 0, self,
                    scope_view<const T> (op->table), scope_view<const int32_t> (op->ids),
                    scope_view<float> (op->out), op->out.columns);
    });
  return scope_cuda_launched (self, "embed", error, error_size);
}

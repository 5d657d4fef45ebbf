/* ROTARY: lanes l and l + W / 2 of every head turn by (begin + t) theta^(-2 l / W), in place.
 * Layout: a block per token, a thread per pair of lanes, which turns it in one head after the
 * other: the angle and its sine are taken once, in double, because late in a text the angle is
 * large. Tolerance: 1e-6 of the largest lane (two products and a sum in float). */
#include "device.h"

enum { ROTARY_THREADS = 128 };

template <class T>
__global__ static void
turn_heads (View<T> x, int64_t heads, int64_t half, int64_t begin, double theta)
{
  T *row = x.row (blockIdx.x);

  for (int64_t l = threadIdx.x; l < half; l += ROTARY_THREADS) {
    double sine, cosine;
    sincos ((double)(begin + blockIdx.x) * pow (theta, -(double)l / (double)half), &sine, &cosine);
    for (int64_t h = 0; h < heads; h++) {
      T *pair = row + h * 2 * half + l;
      float a = scope_load (pair[0]), b = scope_load (pair[half]);
      scope_store (&pair[0], a * (float)cosine - b * (float)sine);
      scope_store (&pair[half], b * (float)cosine + a * (float)sine);
    }
  }
}

int
scope_cuda_rotary (ScopeCuda *self, const ScopeOpRotary *op, char *error, size_t error_size)
{
  if (op->x.rows > 0)
    scope_with_type (op->x, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      SCOPE_LAUNCH ((turn_heads<T>), (unsigned)op->x.rows, ROTARY_THREADS, 0, self,
                    scope_view<T> (op->x), op->heads, op->x.columns / op->heads / 2, op->begin,
                    op->theta);
    });
  return scope_cuda_launched (self, "rotary", error, error_size);
}

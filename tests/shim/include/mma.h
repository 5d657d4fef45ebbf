/* nvcuda::wmma on the host: a fragment's elements, row by row, dealt out to the lanes one by one.
 * (A GPU deals them otherwise and some twice; code may only treat them all alike.) */
#pragma once

#include <cuda_bf16.h>

namespace nvcuda {
namespace wmma {
struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32;
}

template <class T> struct Element {
  typedef T type;
};
template <> struct Element<precision::tf32> {
  typedef float type;
};

template <class Use, int M, int N, int K> struct Shape;
template <int M, int N, int K> struct Shape<matrix_a, M, N, K> {
  enum { rows = M, columns = K };
};
template <int M, int N, int K> struct Shape<matrix_b, M, N, K> {
  enum { rows = K, columns = N };
};
template <int M, int N, int K> struct Shape<accumulator, M, N, K> {
  enum { rows = M, columns = N };
};

template <class Use, int M, int N, int K, class T, class Layout = void>
struct fragment : Shape<Use, M, N, K> {
  typedef Shape<Use, M, N, K> Size;
  typedef typename Element<T>::type element_type;
  enum { num_elements = Size::rows * Size::columns / 32 };
  static constexpr bool tf32 = std::is_same_v<T, precision::tf32>;
  static constexpr bool by_rows = !std::is_same_v<Layout, col_major>;
  element_type x[num_elements];
};

static inline float
__float_to_tf32 (float value)
{
  uint32_t bits = shim_bits<uint32_t> (value);
  return value != value ? value : shim_bits<float> ((bits + 0x1000u) & ~0x1fffu);
}

static inline float
as_float (float value)
{
  return value;
}

static inline float
as_float (__nv_bfloat16 value)
{
  return __bfloat162float (value);
}

/* F (the lane's element, row, column) for each element of this lane. */
template <class Fragment, class F>
static inline void
each (Fragment &fragment, F f)
{
  for (int e = 0; e < Fragment::num_elements; e++) {
    int k = e * 32 + (int)shim::lane ();
    f (fragment.x[e], k / (int)Fragment::Size::columns, k % (int)Fragment::Size::columns);
  }
}

template <class Fragment, class V>
static inline void
fill_fragment (Fragment &fragment, V value)
{
  for (auto &x : fragment.x)
    x = (typename Fragment::element_type)value;
}

template <class Use, int M, int N, int K, class T, class Layout, class E>
static inline void
load_matrix_sync (fragment<Use, M, N, K, T, Layout> &to, const E *from, unsigned stride)
{
  __syncwarp ();
  each (to, [&] (auto &x, int r, int c) {
    x = to.by_rows ? from[(size_t)r * stride + c] : from[(size_t)c * stride + r];
  });
  __syncwarp ();
}

template <int M, int N, int K, class T, class E>
static inline void
load_matrix_sync (fragment<accumulator, M, N, K, T> &to, const E *from, unsigned stride,
                  layout_t layout)
{
  __syncwarp ();
  each (to, [&] (auto &x, int r, int c) {
    x = layout == mem_row_major ? from[(size_t)r * stride + c] : from[(size_t)c * stride + r];
  });
  __syncwarp ();
}

template <int M, int N, int K, class T, class E>
static inline void
store_matrix_sync (E *to, const fragment<accumulator, M, N, K, T> &from, unsigned stride,
                   layout_t layout)
{
  __syncwarp ();
  each (from, [&] (const auto &x, int r, int c) {
    (layout == mem_row_major ? to[(size_t)r * stride + c] : to[(size_t)c * stride + r]) = x;
  });
  __syncwarp ();
}

/* Lays this lane's elements out where the whole warp sees them, as the products do. */
template <class Fragment>
static inline void
spread (const Fragment &fragment, float *out)
{
  for (int e = 0; e < Fragment::num_elements; e++) {
    float value = as_float (fragment.x[e]);
    out[e * 32 + (int)shim::lane ()]
        = Fragment::tf32 ? shim_bits<float> (shim_bits<uint32_t> (value) & ~0x1fffu) : value;
  }
}

template <int M, int N, int K, class TA, class LA, class TB, class LB, class TC>
static inline void
mma_sync (fragment<accumulator, M, N, K, TC> &d, const fragment<matrix_a, M, N, K, TA, LA> &a,
          const fragment<matrix_b, M, N, K, TB, LB> &b, const fragment<accumulator, M, N, K, TC> &c)
{
  static_assert (M * K + K * N <= shim::WARP_AREA, "more than a warp's area");
  float *left = shim::warp_area (), *right = left + M * K;
  spread (a, left);
  spread (b, right);
  __syncwarp ();
  for (int e = 0; e < fragment<accumulator, M, N, K, TC>::num_elements; e++) {
    int k = e * 32 + (int)shim::lane (), row = k / N, column = k % N;
    float sum = c.x[e];
    for (int i = 0; i < K; i++)
      sum += left[row * K + i] * right[i * N + column];
    d.x[e] = sum;
  }
  __syncwarp ();
}
} // namespace wmma
} // namespace nvcuda

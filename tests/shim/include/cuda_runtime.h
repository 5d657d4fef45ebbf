/* CUDA's device language and runtime on the host, as far as kernels/ uses them: one fiber for each
 * thread of a block, blocks one after the other, streams that are done as soon as they are queued.
 *
 * It is there so that kernels run under the address sanitizer and in machines without a GPU; it
 * says nothing about speed. What it finds and a GPU may not: barriers that not all threads reach
 * (it names the kernel and aborts), launches beyond a device's limits, writes beside an allocation
 * or beside shared memory (the sanitizer's red zones; without it, guard bands around allocations
 * and dynamic shared memory). Device memory starts as NaN. Every second launch runs its blocks and
 * threads in the reverse order, so that a race gives two answers.
 * What it cannot find: races inside one order, what only a GPU's memory model allows, alignment. */
#pragma once

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline __attribute__ ((always_inline))
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__   static /* one block at a time: it may stand where the sanitizer guards it */
#define __constant__ static
#define __align__(n) __attribute__ ((aligned (n)))

/* --- types ------------------------------------------------------------------------------------ */

#define SHIM_VECTORS(scalar, name, bytes)                                                          \
  struct name##1                                                                                   \
  {                                                                                                \
    scalar x;                                                                                      \
  };                                                                                               \
  struct alignas (2 * bytes) name##2                                                               \
  {                                                                                                \
    scalar x, y;                                                                                   \
  };                                                                                               \
  struct name##3                                                                                   \
  {                                                                                                \
    scalar x, y, z;                                                                                \
  };                                                                                               \
  struct alignas (4 * bytes > 16 ? 16 : 4 * bytes) name##4                                         \
  {                                                                                                \
    scalar x, y, z, w;                                                                             \
  };                                                                                               \
  static inline name##2 make_##name##2(scalar x, scalar y)                                         \
  {                                                                                                \
    return name##2 { x, y };                                                                       \
  }                                                                                                \
  static inline name##3 make_##name##3(scalar x, scalar y, scalar z)                               \
  {                                                                                                \
    return name##3 { x, y, z };                                                                    \
  }                                                                                                \
  static inline name##4 make_##name##4(scalar x, scalar y, scalar z, scalar w)                     \
  {                                                                                                \
    return name##4 { x, y, z, w };                                                                 \
  }

SHIM_VECTORS (float, float, 4)
SHIM_VECTORS (double, double, 8)
SHIM_VECTORS (int, int, 4)
SHIM_VECTORS (unsigned, uint, 4)
SHIM_VECTORS (short, short, 2)
SHIM_VECTORS (unsigned short, ushort, 2)
SHIM_VECTORS (signed char, char, 1)
SHIM_VECTORS (unsigned char, uchar, 1)
SHIM_VECTORS (long long, longlong, 8)

struct dim3 {
  unsigned x, y, z;
  dim3 (unsigned across = 1, unsigned down = 1, unsigned deep = 1) : x (across), y (down), z (deep)
  {
  }
};

/* --- launches --------------------------------------------------------------------------------- */

struct ShimStream;
typedef ShimStream *cudaStream_t;

namespace shim {
extern uint3 thread_index, block_index;
extern dim3 block_size, grid_size;
extern void *dynamic_shared; /* of the running block */

/* Runs WORK now, or keeps it for the graph that STREAM is recorded into. */
void enqueue (cudaStream_t stream, std::function<void ()> work);
void run_grid (const char *name, const void *kernel, dim3 grid, dim3 block, size_t shared,
               const std::function<void ()> &thread);
/* Waits for the threads of the block, or for the lanes of MASK. */
void block_barrier ();
void warp_barrier (unsigned mask);
/* This thread's place in its warp, and 16 bytes for each lane of that warp. */
unsigned lane ();
unsigned char (*warp_slots ())[16];
/* The lanes that have not ended. */
unsigned live_lanes ();

template <class... P, class... A>
void
launch (const char *name, void (*kernel) (P...), dim3 grid, dim3 block, size_t shared,
        cudaStream_t stream, const A &...arguments)
{
  std::tuple<std::decay_t<P>...> values (arguments...);
  enqueue (stream, [=] {
    run_grid (name, (const void *)kernel, grid, block, shared,
              [&] { std::apply (kernel, values); });
  });
}

/* What every lane of MASK gives, for SOURCE's value. */
template <class T>
T
exchange (unsigned mask, T value, unsigned source)
{
  static_assert (sizeof (T) <= 16 && std::is_trivially_copyable_v<T>, "more than 16 bytes");
  unsigned char (*slots)[16] = warp_slots ();
  memcpy (slots[lane ()], &value, sizeof value);
  warp_barrier (mask);
  memcpy (&value, slots[source], sizeof value);
  warp_barrier (mask);
  return value;
}
} // namespace shim

#define threadIdx shim::thread_index
#define blockIdx  shim::block_index
#define blockDim  shim::block_size
#define gridDim   shim::grid_size
#define warpSize  32

/* kernels/device.h leaves these two to whoever came first. */
#define SCOPE_LAUNCH(kernel, grid, block, shared, self, ...)                                       \
  shim::launch (#kernel, kernel, grid, block, shared, (self)->stream, __VA_ARGS__)
#define SCOPE_DYNAMIC_SHARED(type, name) type *name = (type *)shim::dynamic_shared

/* --- barriers and warps ----------------------------------------------------------------------- */

static inline void
__syncthreads ()
{
  shim::block_barrier ();
}

static inline void
__syncwarp (unsigned mask = 0xffffffffu)
{
  shim::warp_barrier (mask);
}

int __syncthreads_count (int predicate);

static inline int
__syncthreads_or (int predicate)
{
  return __syncthreads_count (predicate != 0) > 0;
}

static inline int
__syncthreads_and (int predicate)
{
  return __syncthreads_count (predicate == 0) == 0;
}

/* WIDTH lanes at a time; a source outside of them gives the lane's own value. */
template <class T>
T
__shfl_sync (unsigned mask, T value, int source, int width = 32)
{
  unsigned base = shim::lane () & ~(unsigned)(width - 1);
  return shim::exchange (mask, value, base + ((unsigned)source & (unsigned)(width - 1)));
}

template <class T>
T
__shfl_xor_sync (unsigned mask, T value, int bits, int width = 32)
{
  unsigned lane = shim::lane (), source = lane ^ (unsigned)bits;
  return shim::exchange (mask, value,
                         (source | (unsigned)(width - 1)) == (lane | (unsigned)(width - 1)) ? source
                                                                                            : lane);
}

template <class T>
T
__shfl_down_sync (unsigned mask, T value, unsigned by, int width = 32)
{
  unsigned lane = shim::lane (), last = lane | (unsigned)(width - 1);
  return shim::exchange (mask, value, lane + by <= last ? lane + by : lane);
}

template <class T>
T
__shfl_up_sync (unsigned mask, T value, unsigned by, int width = 32)
{
  unsigned lane = shim::lane (), first = lane & ~(unsigned)(width - 1);
  return shim::exchange (mask, value, lane >= first + by ? lane - by : lane);
}

unsigned __ballot_sync (unsigned mask, int predicate);

static inline int
__any_sync (unsigned mask, int predicate)
{
  return __ballot_sync (mask, predicate) != 0;
}

static inline int
__all_sync (unsigned mask, int predicate)
{
  return __ballot_sync (mask, !predicate) == 0;
}

static inline unsigned
__activemask ()
{
  return shim::live_lanes ();
}

/* Between its two barriers no lane of MASK can end. */
template <class T, class F>
T
shim_reduce (unsigned mask, T value, F f)
{
  unsigned char (*slots)[16] = shim::warp_slots ();
  memcpy (slots[shim::lane ()], &value, sizeof value);
  shim::warp_barrier (mask);
  unsigned there = mask & shim::live_lanes ();
  for (unsigned l = 0; l < 32; l++) {
    T other;
    memcpy (&other, slots[l], sizeof other);
    if ((there >> l & 1) != 0 && l != shim::lane ())
      value = f (value, other);
  }
  shim::warp_barrier (mask);
  return value;
}

template <class T>
T
__reduce_max_sync (unsigned mask, T value)
{
  return shim_reduce (mask, value, [] (T a, T b) { return a > b ? a : b; });
}

template <class T>
T
__reduce_min_sync (unsigned mask, T value)
{
  return shim_reduce (mask, value, [] (T a, T b) { return a < b ? a : b; });
}

template <class T>
T
__reduce_add_sync (unsigned mask, T value)
{
  return shim_reduce (mask, value, [] (T a, T b) { return a + b; });
}

#define __threadfence()       ((void)0)
#define __threadfence_block() ((void)0)

/* --- arithmetic ------------------------------------------------------------------------------- */

template <class A, class B>
static inline std::common_type_t<A, B>
min (A a, B b)
{
  typedef std::common_type_t<A, B> T;
  return (T)b < (T)a ? (T)b : (T)a;
}

template <class A, class B>
static inline std::common_type_t<A, B>
max (A a, B b)
{
  typedef std::common_type_t<A, B> T;
  return (T)a < (T)b ? (T)b : (T)a;
}

template <class To, class From>
static inline To
shim_bits (From from)
{
  static_assert (sizeof (To) == sizeof (From), "of one size");
  To to;
  memcpy (&to, &from, sizeof to);
  return to;
}

#define __float_as_int(x)           shim_bits<int> ((float)(x))
#define __float_as_uint(x)          shim_bits<unsigned> ((float)(x))
#define __int_as_float(x)           shim_bits<float> ((int)(x))
#define __uint_as_float(x)          shim_bits<float> ((unsigned)(x))
#define __double_as_longlong(x)     shim_bits<long long> ((double)(x))
#define __longlong_as_double(x)     shim_bits<double> ((long long)(x))
#define __ffs(x)                    __builtin_ffs ((int)(x))
#define __popc(x)                   __builtin_popcount ((unsigned)(x))
#define __clz(x)                    ((x) ? __builtin_clz ((unsigned)(x)) : 32)
#define __expf(x)                   expf (x)
#define __logf(x)                   logf (x)
#define __log2f(x)                  log2f (x)
#define __powf(x, y)                powf (x, y)
#define __fdividef(x, y)            ((float)(x) / (float)(y))
#define __frcp_rn(x)                (1.0f / (float)(x))
#define __fmaf_rn(x, y, z)          fmaf (x, y, z)
#define __fmul_rn(x, y)             ((float)(x) * (float)(y))
#define __fadd_rn(x, y)             ((float)(x) + (float)(y))
#define __saturatef(x)              fminf (fmaxf (x, 0.0f), 1.0f)
#define __float2int_rn(x)           ((int)rintf (x))
#define __float2uint_rn(x)          ((unsigned)rintf (x))
#define __double2float_rn(x)        ((float)(x))
#define __ldg(pointer)              (*(pointer))
#define __ldcs(pointer)             (*(pointer))
#define __stcs(pointer, value)      (*(pointer) = (value))
#define __cvta_generic_to_shared(p) ((size_t)(p))

/* The largest float that is not above X. */
static inline float
__double2float_rd (double x)
{
  float nearest = (float)x;
  return (double)nearest > x ? nextafterf (nearest, -INFINITY) : nearest;
}

static inline float
rsqrtf (float x)
{
  return 1.0f / sqrtf (x);
}

static inline double
rsqrt (double x)
{
  return 1.0 / sqrt (x);
}

#include "shim-runtime.h"

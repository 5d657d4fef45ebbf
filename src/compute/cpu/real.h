/* The types that an operation of the CPU backend is compiled for.
 *
 * Each operation is one .c file that knows only `real`. Meson compiles it once in double (the
 * reference mode) and once in float for every instruction set, each time with another
 * SCOPE_CPU_VARIANT, which REAL() puts into every external name. Vec is as many reals as the
 * instruction set's registers hold; it loads and stores at any address.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "compute/cpu/kernels.h"

#define REAL_JOIN(name, variant)  scope_cpu_##name##_##variant
#define REAL_JOIN2(name, variant) REAL_JOIN (name, variant)
#define REAL(name)                REAL_JOIN2 (name, SCOPE_CPU_VARIANT)

#ifdef SCOPE_CPU_DOUBLE
typedef double real;
typedef int64_t Bits;
#define REAL_TYPE SCOPE_TYPE_F64
#else
typedef float real;
typedef int32_t Bits;
#define REAL_TYPE SCOPE_TYPE_F32
#endif

#if defined __AVX512F__
#define VEC_BYTES 64
#elif defined __AVX2__
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

#define LANES ((int64_t)(VEC_BYTES / sizeof (real)))

typedef real Vec __attribute__ ((vector_size (VEC_BYTES), aligned (sizeof (real)), may_alias));
typedef Bits Mask __attribute__ ((vector_size (VEC_BYTES), aligned (sizeof (real)), may_alias));

/* The first COUNT <= LANES reals at FROM; the rest are 0. */
static inline Vec
vec_load (const real *from, int64_t count)
{
  if (count >= LANES)
    return *(const Vec *)from;
  Vec v = { 0 };
  for (int64_t l = 0; l < count; l++)
    v[l] = from[l];
  return v;
}

static inline void
vec_store (real *to, Vec v, int64_t count)
{
  if (count >= LANES) {
    *(Vec *)to = v;
    return;
  }
  for (int64_t l = 0; l < count; l++)
    to[l] = v[l];
}

static inline Vec
vec_splat (real x)
{
  return x - (Vec){ 0 };
}

static inline Vec
vec_select (Mask mask, Vec yes, Vec no)
{
  return (Vec)(((Mask)yes & mask) | ((Mask)no & ~mask));
}

/* Row T of a tensor of reals. */
static inline real *
real_row (const ScopeTensor *tensor, int64_t t)
{
  return (real *)tensor->data + t * tensor->stride;
}

static inline double *
double_row (const ScopeTensor *tensor, int64_t t)
{
  return (double *)tensor->data + t * tensor->stride;
}

static inline int64_t
min_size (int64_t a, int64_t b)
{
  return a < b ? a : b;
}

static inline int64_t
max_size (int64_t a, int64_t b)
{
  return a > b ? a : b;
}

ScopeCpuLnDecay REAL (ln_decay);
/* One run function per operation (compute/backend.h says what each computes). */
ScopeCpuRun REAL (embed), REAL (norm), REAL (product), REAL (conv), REAL (delta), REAL (scan),
    REAL (decay), REAL (attention), REAL (overview), REAL (fields), REAL (thumbnails), REAL (copy),
    REAL (rotary), REAL (heads), REAL (softmax), REAL (glu);

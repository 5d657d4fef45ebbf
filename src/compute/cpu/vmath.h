/* exp, softplus and SiLU of a Vec, so that loops over lanes stay in registers.
 *
 * In float: polynomials of our own fitting, within 2 ulp; in double: the C library's functions,
 * lane by lane, because the reference mode is there to be trusted. NaN propagates. Results of exp
 * below the smallest normal number are 0.
 */
#pragma once

#include <math.h>

#include "compute/cpu/real.h"

#ifdef SCOPE_CPU_DOUBLE

static inline Vec
vec_exp (Vec x)
{
  for (int64_t l = 0; l < LANES; l++)
    x[l] = exp (x[l]);
  return x;
}

#define vec_decay vec_exp

static inline Vec
vec_log1p (Vec x)
{
  for (int64_t l = 0; l < LANES; l++)
    x[l] = log1p (x[l]);
  return x;
}

#else

/* e^x = 2^n e^r with |r| <= ln 2 / 2: returns e^r = 1 + r + r² q(r), the minimax q of degree 4
 * (relative error 3e-9), and n. Beyond the range where n fits its exponent the result means
 * nothing; the callers mask it. */
static inline Vec
exp_reduced (Vec x, Mask *n)
{
  const float round = 12582912.0f; /* 1.5 * 2^23: adding it leaves the integer in the low bits */
  Vec t = x * 1.44269504f + round;
  *n = (Mask)t - 0x4b400000;
  Vec k = t - round;
  Vec r = (x - k * 0.693359375f) - k * -2.12194440e-4f; /* ln 2 in two parts */
  Vec q = 0.00138144661f + (Vec){ 0 };
  q = q * r + 0.00836878084f;
  q = q * r + 0.0416683927f;
  q = q * r + 0.166665196f;
  q = q * r + 0.49999994f;
  return 1.0f + (r + r * r * q);
}

/* exp (x) for x <= 0, the scan's decay. */
static inline Vec
vec_decay (Vec x)
{
  Mask n;
  Vec p = exp_reduced (x, &n);
  Vec scaled = p * (Vec)((n + 127) << 23);
  return vec_select (x < -87.33654f, (Vec){ 0 }, scaled);
}

/* exp (x) for any x: 2^n in two factors, because 2^128 is no float. */
static inline Vec
vec_exp (Vec x)
{
  Mask n;
  Vec p = exp_reduced (x, &n);
  Mask half = n >> 1;
  Vec scaled = p * (Vec)((half + 127) << 23) * (Vec)((n - half + 127) << 23);
  scaled = vec_select (x > 88.7228f, vec_splat (HUGE_VALF), scaled);
  return vec_select (x < -87.33654f, (Vec){ 0 }, scaled);
}

/* ln (1 + x) for x in [0, 1] = 2 artanh (s), s = x / (2 + x): s + s³ q(s²), degree 4 in s²
 * (relative error 1e-10). */
static inline Vec
vec_log1p (Vec x)
{
  Vec s = x / (2.0f + x);
  Vec z = s * s;
  Vec q = 0.121451646f + (Vec){ 0 };
  q = q * z + 0.107152686f;
  q = q * z + 0.143083081f;
  q = q * z + 0.199994445f;
  q = q * z + 0.333333373f;
  return 2.0f * (s + s * z * q);
}

#endif

/* ln (1 + e^x) = max (x, 0) + ln (1 + e^-|x|): never overflows, and exact in the far tail. */
static inline Vec
vec_softplus (Vec x)
{
  Vec zero = { 0 };
  Vec positive = vec_select (x > zero, x, zero);
  Vec below = vec_select (x > zero, -x, x);
  return positive + vec_log1p (vec_decay (below));
}

static inline Vec
vec_silu (Vec x)
{
  return x / ((real)1 + vec_exp (-x));
}

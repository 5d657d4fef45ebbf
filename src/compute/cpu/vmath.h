/* exp, softplus and SiLU of a Vec, so that loops over lanes stay in registers.
 *
 * In float: polynomials of our own fitting, within 2 ulp; in double: the C library's functions,
 * lane by lane, because the reference mode is there to be trusted. NaN propagates. Results of
 * exp below the smallest normal number are 0. Any thread. */
#pragma once

#include <math.h>

#include "compute/cpu/real.h"

#define DOUBLE_LANES ((int64_t)(VEC_BYTES / sizeof (double)))

typedef double DVec __attribute__ ((vector_size (VEC_BYTES), aligned (sizeof (double)), may_alias));
typedef int64_t DMask
    __attribute__ ((vector_size (VEC_BYTES), aligned (sizeof (double)), may_alias));

#ifdef SCOPE_CPU_DOUBLE

static inline DVec
dvec_decay (DVec x)
{
  for (int64_t l = 0; l < DOUBLE_LANES; l++)
    x[l] = exp (x[l]);
  return x;
}

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

/* exp (x) for x <= 0 in double: 2^n e^r, |r| <= ln 2 / 2, e^r by its series to r^13 / 13! (what is
 * left out is below 1e-17). What is no normal number is 0, and is worked out as e^0: its n would
 * fit no exponent. */
static inline DVec
dvec_decay (DVec x)
{
  static const double inverse_factorials[]
      = { 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
          1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2,     1.0 };
  const double round = 6755399441055744.0; /* 1.5 * 2^52 */
  DMask gone = (DMask)(x < -708.3964);
  x = (DVec)((DMask)x & ~gone);
  DVec t = x * 1.4426950408889634 + round;
  DMask n = (DMask)t - 0x4338000000000000;
  DVec k = t - round;
  DVec r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
  DVec p = 1.0 / 6227020800 + (DVec){ 0 };
  for (int i = 0; i < 12; i++)
    p = p * r + inverse_factorials[i];
  DVec scaled = (p * r + 1.0) * (DVec)((n + 1023) << 52);
  return (DVec)((DMask)scaled & ~gone);
}

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

/* out[n] = exp (rates[n] distance) for n < STATES, all the same where RATES_COUNT is 1. Both arrays
 * have room up to the next multiple of 8. */
static inline void
fill_decay (const double *rates, int64_t rates_count, int64_t states, double distance, double *out)
{
  if (rates_count == 1) {
    double decay = dvec_decay (rates[0] * distance + (DVec){ 0 })[0];
    for (int64_t n = 0; n < states; n++)
      out[n] = decay;
    return;
  }
  for (int64_t n = 0; n < states; n += DOUBLE_LANES)
    *(DVec *)(out + n) = dvec_decay (*(const DVec *)(rates + n) * distance);
}

/* STATES rounded up so that fill_decay() may run over the end. */
static inline int64_t
padded_states (int64_t states)
{
  return (states + 7) / 8 * 8;
}

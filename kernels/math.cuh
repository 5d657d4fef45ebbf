/* Scalar functions of the kernels, in the accuracy the parity tests ask for. */
#pragma once

#include "compute/backend.h"

/* log2 e: of an exponent, so that the exponential is one of base 2. */
static constexpr double LOG2_E = 1.4426950408889634;

/* A number as an unevaluated sum of two floats: 48 bits without double's price. */
struct Two {
  float high, low;
};

/* SUM + X, without a rounding of the high part lost. */
__device__ static inline Two
two_add (Two sum, float x)
{
  float high = sum.high + x, part = high - sum.high;

  return Two{ high, sum.low + ((sum.high - (high - part)) + (x - part)) };
}

/* 2^x; results below the smallest normal number are 0. Relative error 2^-22. */
__device__ static inline float
fast_exp2 (float x)
{
#ifdef __CUDACC__
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return exp2f (x);
#endif
}

/* log2 x, of 0 -infinity. Error 2^-22: of the result beyond [1/2, 2], absolute within. */
__device__ static inline float
fast_log2 (float x)
{
#ifdef __CUDACC__
  float y;
  asm("lg2.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return log2f (x);
#endif
}

/* 1 / x of x >= 1; what would be below the smallest normal number is 0. Relative error 2^-23. */
__device__ static inline float
fast_reciprocal (float x)
{
#ifdef __CUDACC__
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
#else
  return 1.0f / x;
#endif
}

/* x sigmoid(x); for very negative x the exponential is infinite and its reciprocal 0. */
__device__ static inline float
silu (float x)
{
  return x * fast_reciprocal (1.0f + fast_exp2 (-(float)LOG2_E * x));
}

/* ln(1 + e^x) = max (x, 0) + ln(1 + e) with e = e^-|x| <= 1, and ln(1 + e) = e p (e), the p of
 * degree 8 that is closest on [0, 1] (relative error 1.5e-7; a fit at Chebyshev's points). No
 * branch, and a NaN stays. */
__device__ static inline float
softplus (float x)
{
  float e = expf (-fabsf (x)), p = 0.0052534578f;

  p = p * e - 0.0295885074f;
  p = p * e + 0.078361668f;
  p = p * e - 0.136747697f;
  p = p * e + 0.191114311f;
  p = p * e - 0.248443699f;
  p = p * e + 0.333192713f;
  p = p * e - 0.499995015f;
  p = p * e + 0.999999971f;
  return fmaxf (x, 0.0f) + p * e;
}

/* What a ScopeDeltaRule does to one value; mirrors backend.h. */
struct DeltaRule {
  const float *bias;       /* or NULL */
  const double *threshold; /* or NULL */
  float lo, hi;
  int64_t filter_rows;
};

/* The rule of one channel, in registers. */
struct ChannelRule {
  float bias, lo, hi, above; /* Δ stays where it is not <= above */
};

__device__ static inline ChannelRule
channel_rule (const DeltaRule &rule, int64_t channel)
{
  ChannelRule r = { rule.bias ? rule.bias[channel] : 0.0f, rule.lo, rule.hi, -INFINITY };

  /* Rounded down, a float is <= the threshold exactly where it is <= the double. */
  if (rule.threshold != NULL)
    r.above = __double2float_rd (rule.threshold[channel]);
  return r;
}

/* X within [lo, hi]; a NaN stays. */
__device__ static inline float
clamped (float x, float lo, float hi)
{
#ifdef __CUDACC__
  float y;
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(x), "f"(lo));
  asm("min.NaN.f32 %0, %1, %2;" : "=f"(y) : "f"(y), "f"(hi));
  return y;
#else
  x = x < lo ? lo : x;
  return x > hi ? hi : x;
#endif
}

__device__ static inline float
channel_delta (const ChannelRule &rule, float raw, bool filtered)
{
  float delta = softplus (raw + rule.bias);

  delta = clamped (delta, rule.lo, rule.hi);
  return filtered && delta <= rule.above ? 0.0f : delta;
}

__device__ static inline float
effective_delta (const DeltaRule &rule, float raw, int64_t row, int64_t channel)
{
  return channel_delta (channel_rule (rule, channel), raw, row < rule.filter_rows);
}

static inline DeltaRule
delta_rule (const ScopeDeltaRule &rule)
{
  DeltaRule r = { (const float *)rule.bias.data, (const double *)rule.threshold.data,
                  (float)rule.lo, (float)rule.hi, rule.filter_rows };
  return r;
}

/* Scalar functions of the kernels, in the accuracy the parity tests ask for. */
#pragma once

#include "compute/backend.h"

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

/* x sigmoid(x); for very negative x the exponential is infinite and the quotient 0. */
__device__ static inline float
silu (float x)
{
  return x / (1.0f + expf (-x));
}

/* ln(1 + e^x) without overflow; above 20 it is x to float precision. A NaN stays. */
__device__ static inline float
softplus (float x)
{
  return x > 20.0f ? x : log1pf (expf (x));
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

__device__ static inline float
channel_delta (const ChannelRule &rule, float raw, bool filtered)
{
  float delta = softplus (raw + rule.bias);

  if (delta < rule.lo)
    delta = rule.lo;
  if (delta > rule.hi)
    delta = rule.hi;
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

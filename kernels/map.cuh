/* What the map operations share: the layer's Δ, P, A, B, C seen as one channel's source. */
#pragma once

#include "device.h"
#include "math.cuh"

struct MapSource {
  View<const float> delta, a, b, c;
  View<const double> prefix;
  int64_t channels, groups, states, rates;
};

static inline MapSource
map_source (const ScopeMapSource &source)
{
  MapSource s = { scope_view<const float> (source.delta),
                  scope_view<const float> (source.a),
                  scope_view<const float> (source.b),
                  scope_view<const float> (source.c),
                  scope_view<const double> (source.prefix),
                  source.delta.columns,
                  source.groups,
                  source.states,
                  source.a.columns };
  return s;
}

__device__ static inline int64_t
map_group (const MapSource &s, int64_t h)
{
  return h / (s.channels / s.groups);
}

/* A[h, n], whether there is one rate for each state or one for all. */
__device__ static inline double
map_rate (const MapSource &s, int64_t h, int64_t n)
{
  return s.a.row (h)[s.rates == 1 ? 0 : n];
}

/* The factor of column j: Δ[j], or without it 1 where Δ[j] is not 0. */
__device__ static inline float
map_delta (const MapSource &s, int64_t j, int64_t h, bool without_delta)
{
  float delta = s.delta.row (j)[h];
  return without_delta ? (delta != 0.0f ? 1.0f : 0.0f) : delta;
}

/* Distances beyond 1e30 (a Δ of infinity) all decay alike, and their products stay finite. */
__device__ static inline Two
two (double x)
{
  x = x > 1e30 ? 1e30 : x;
  float high = (float)x;
  return Two{ high, (float)(x - (double)high) };
}

/* A[h, n] log2 (e), for decay(). */
__device__ static inline Two
map_rate2 (const MapSource &s, int64_t h, int64_t n)
{
  return two (map_rate (s, h, n) * LOG2_E);
}

/* exp (A distance) with one rounding of the exponent, so that what has decayed to e^-x is wrong by
 * x units and no more. */
__device__ static inline float
decay (Two rate, Two distance)
{
  float high = rate.high * distance.high, low = fmaf (rate.high, distance.high, -high);
  low = fmaf (rate.low, distance.high, fmaf (rate.high, distance.low, low));
  return fast_exp2 (high + low);
}

/* α[i,j] by its definition, for cells where no factoring pays. i >= j. */
__device__ static inline float
map_cell (const MapSource &s, int64_t h, int64_t i, int64_t j, bool without_delta)
{
  Two distance = two (s.prefix.row (i)[h] - s.prefix.row (j)[h]);
  const float *c = s.c.row (i) + map_group (s, h) * s.states;
  const float *b = s.b.row (j) + map_group (s, h) * s.states;
  float sum = 0.0f;

  for (int64_t n = 0; n < s.states; n++)
    sum += c[n] * b[n] * (s.rates == 1 ? 1.0f : decay (map_rate2 (s, h, n), distance));
  if (s.rates == 1)
    sum *= decay (map_rate2 (s, h, 0), distance);
  return sum * map_delta (s, j, h, without_delta);
}

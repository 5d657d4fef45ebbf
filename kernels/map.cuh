/* What the map operations share: the layer's Δ, P, A, B, C seen as one channel's source. */
#pragma once

#include "device.h"

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

/* α[i,j] by its definition, for cells where no factoring pays. i >= j. */
__device__ static inline float
map_cell (const MapSource &s, int64_t h, int64_t i, int64_t j, bool without_delta)
{
  double distance = s.prefix.row (i)[h] - s.prefix.row (j)[h];
  const float *c = s.c.row (i) + map_group (s, h) * s.states;
  const float *b = s.b.row (j) + map_group (s, h) * s.states;
  float factor = map_delta (s, j, h, without_delta), sum = 0.0f;

  if (factor == 0.0f)
    return 0.0f;
  if (s.rates == 1) {
    for (int64_t n = 0; n < s.states; n++)
      sum += c[n] * b[n];
    return sum * expf ((float)(map_rate (s, h, 0) * distance)) * factor;
  }
  for (int64_t n = 0; n < s.states; n++)
    sum += c[n] * expf ((float)(map_rate (s, h, n) * distance)) * b[n];
  return sum * factor;
}

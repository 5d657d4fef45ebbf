/* Where a map's values go: reals, or 8-bit levels (backend.h, ScopeShade).
 * A level may be one off where the place lies within a float's rounding of the edge between two. */
#pragma once

#include "math.cuh"

struct Sink {
  float *reals;   /* or NULL */
  uint8_t *bytes; /* or NULL */
  int64_t stride;
  bool by_fours; /* four neighbours may be stored at once */
  ScopeShadeKind kind;
  float low, scale, offset; /* place = offset + scale * the kind's own function */
};

static inline Sink
sink (const ScopeTensor &out, const ScopeShade &shade)
{
  bool is_bytes = out.type == SCOPE_TYPE_U8;
  size_t four = is_bytes ? 4 : 4 * sizeof (float);
  Sink s = {};

  s.reals = is_bytes ? NULL : (float *)out.data;
  s.bytes = is_bytes ? (uint8_t *)out.data : NULL;
  s.stride = out.stride;
  s.by_fours = (uintptr_t)out.data % four == 0 && out.stride % 4 == 0;
  if (!is_bytes)
    return s;
  s.kind = shade.kind;
  s.low = (float)shade.low;
  if (shade.kind == SCOPE_SHADE_LINEAR)
    s.scale = (float)(1.0 / (shade.high - shade.low));
  else if (shade.kind == SCOPE_SHADE_LOG) {
    double octaves = log2 (shade.high / shade.low);
    s.scale = (float)(1.0 / octaves);
    s.offset = (float)(-log2 (shade.low) / octaves);
  } else {
    s.scale = (float)(0.5 / (1.0 + log10 (shade.high / shade.low)));
    s.offset = 0.5f;
  }
  return s;
}

/* A NaN is level 0. */
__device__ static inline uint8_t
shade_level (const Sink &s, float value)
{
  const float log10_2 = 0.30102999566398120f;
  float size, place;

  if (s.kind == SCOPE_SHADE_LINEAR)
    place = (value - s.low) * s.scale;
  else if (s.kind == SCOPE_SHADE_LOG)
    place = s.offset + s.scale * fast_log2 (fabsf (value));
  else {
    size = fabsf (value) / s.low;
    place = s.offset
            + s.scale * copysignf (size <= 1.0f ? size : 1.0f + log10_2 * fast_log2 (size), value);
  }
  return (uint8_t)(255.0f * fminf (fmaxf (place, 0.0f), 1.0f) + 0.5f);
}

__device__ static inline void
sink_put (const Sink &s, int64_t row, int64_t column, float value)
{
  if (s.reals != NULL)
    s.reals[row * s.stride + column] = value;
  else
    s.bytes[row * s.stride + column] = shade_level (s, value);
}

/* Up to four neighbours, COLUMN a multiple of four. */
__device__ static inline void
sink_put4 (const Sink &s, int64_t row, int64_t column, const float value[4], int64_t count)
{
  if (count < 4 || !s.by_fours) {
    for (int k = 0; k < 4; k++)
      if (k < count)
        sink_put (s, row, column + k, value[k]);
  } else if (s.reals != NULL)
    *(float4 *)(s.reals + row * s.stride + column)
        = make_float4 (value[0], value[1], value[2], value[3]);
  else
    *(uchar4 *)(s.bytes + row * s.stride + column)
        = make_uchar4 (shade_level (s, value[0]), shade_level (s, value[1]),
                       shade_level (s, value[2]), shade_level (s, value[3]));
}

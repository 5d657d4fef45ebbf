/* BF16 on the host; see cuda_runtime.h beside it. */
#pragma once

#include <cuda_runtime.h>

struct __nv_bfloat16 {
  uint16_t bits;
};

struct alignas (4) __nv_bfloat162
{
  __nv_bfloat16 x, y;
};

static inline float
__bfloat162float (__nv_bfloat16 value)
{
  return shim_bits<float> ((uint32_t)value.bits << 16);
}

/* To nearest even; a NaN stays one. */
static inline __nv_bfloat16
__float2bfloat16_rn (float value)
{
  uint32_t bits = shim_bits<uint32_t> (value);
  if (value != value)
    return __nv_bfloat16{ 0x7fff };
  return __nv_bfloat16{ (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16) };
}

static inline __nv_bfloat16
__float2bfloat16 (float value)
{
  return __float2bfloat16_rn (value);
}

static inline __nv_bfloat162
__floats2bfloat162_rn (float x, float y)
{
  return __nv_bfloat162{ __float2bfloat16_rn (x), __float2bfloat16_rn (y) };
}

static inline __nv_bfloat162
__float22bfloat162_rn (float2 value)
{
  return __floats2bfloat162_rn (value.x, value.y);
}

static inline float2
__bfloat1622float2 (__nv_bfloat162 value)
{
  return make_float2 (__bfloat162float (value.x), __bfloat162float (value.y));
}

static inline float
__low2float (__nv_bfloat162 value)
{
  return __bfloat162float (value.x);
}

static inline float
__high2float (__nv_bfloat162 value)
{
  return __bfloat162float (value.y);
}

static inline unsigned short
__bfloat16_as_ushort (__nv_bfloat16 value)
{
  return value.bits;
}

static inline __nv_bfloat16
__ushort_as_bfloat16 (unsigned short bits)
{
  return __nv_bfloat16{ bits };
}

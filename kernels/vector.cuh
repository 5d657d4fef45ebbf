/* Four columns at a time, of either type, as floats in registers. */
#pragma once

#include "device.h"

/* Whether rows may be read four columns at a time: starts and strides of whole fours. */
static inline bool
scope_even (const ScopeTensor &tensor)
{
  size_t size = (size_t)scope_cell_bytes (tensor);
  return tensor.data == NULL
         || ((uintptr_t)tensor.data % (4 * size) == 0 && tensor.stride % 4 == 0);
}

template <int VEC>
__device__ static inline void
load_vector (const float *from, float *v)
{
  if (VEC == 4)
    *(float4 *)v = *(const float4 *)from;
  else
    v[0] = from[0];
}

template <int VEC>
__device__ static inline void
load_vector (const Bf16 *from, float *v)
{
  Bf16 raw[VEC];
  if (VEC == 4)
    *(uint2 *)raw = *(const uint2 *)from;
  else
    raw[0] = from[0];
  for (int k = 0; k < VEC; k++)
    v[k] = __bfloat162float (raw[k]);
}

template <int VEC>
__device__ static inline void
store_vector (float *to, const float *v)
{
  if (VEC == 4)
    *(float4 *)to = *(const float4 *)v;
  else
    to[0] = v[0];
}

template <int VEC>
__device__ static inline void
store_vector (Bf16 *to, const float *v)
{
  Bf16 raw[VEC];
  for (int k = 0; k < VEC; k++)
    raw[k] = __float2bfloat16_rn (v[k]);
  if (VEC == 4)
    *(uint2 *)to = *(const uint2 *)raw;
  else
    to[0] = raw[0];
}

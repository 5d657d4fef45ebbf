/* Mamba-1's selective scan with its gate, forward and backward; the formulas stand in scan.py.

   A channel's STATES states are shared by STATES / 8 neighbouring threads, 8 in registers of each.
   A block takes some channels of one row through all its tokens, STEP at a time, so that a step's
   loads are under way together. The forward pass writes the states down before each step; the
   backward pass goes from step to step towards the beginning and makes the states between again.
   d_B and d_C are sums over channels: within a warp by halving exchanges, among a block's warps
   through shared memory, among blocks by the caller.  */

#include <cuda_bf16.h>

constexpr int OWN = 8;
constexpr int LANES = STATES / OWN;
constexpr int STEP = 4;
constexpr int THREADS = 128;
constexpr int WARPS = THREADS / 32;
constexpr int CHANNELS = THREADS / LANES;
constexpr float LOG2_E = 1.44269504f;
constexpr unsigned EVERY = 0xffffffffu;

static_assert (STATES % OWN == 0 && 32 % LANES == 0, "a channel's threads must lie in one warp");

static __device__ float
value (float x)
{
  return x;
}

static __device__ float
value (__nv_bfloat16 x)
{
  return __bfloat162float (x);
}

static __device__ void
put (float *to, float x)
{
  *to = x;
}

static __device__ void
put (__nv_bfloat16 *to, float x)
{
  *to = __float2bfloat16 (x);
}

/* The thread's 8 values of B or C at one token. */
static __device__ void
eight (const float *from, float *to)
{
  const float4 a = reinterpret_cast<const float4 *> (from)[0],
               b = reinterpret_cast<const float4 *> (from)[1];
  to[0] = a.x, to[1] = a.y, to[2] = a.z, to[3] = a.w, to[4] = b.x, to[5] = b.y, to[6] = b.z,
  to[7] = b.w;
}

static __device__ void
eight (const __nv_bfloat16 *from, float *to)
{
  const uint4 packed = *reinterpret_cast<const uint4 *> (from);
  const unsigned words[4] = { packed.x, packed.y, packed.z, packed.w };
#pragma unroll
  for (int i = 0; i < 4; i++) {
    to[2 * i] = __uint_as_float (words[i] << 16);
    to[2 * i + 1] = __uint_as_float (words[i] & 0xffff0000u);
  }
}

/* Over the threads of one channel. */
static __device__ float
together (float x)
{
#pragma unroll
  for (int mask = 1; mask < LANES; mask *= 2)
    x += __shfl_xor_sync (EVERY, x, mask);
  return x;
}

template <bool SOFTPLUS>
static __device__ float
delta (float raw, float bias, float *slope)
{
  if (!SOFTPLUS) {
    *slope = 1.0f;
    return raw;
  }
  const float x = raw + bias;
  *slope = 1.0f / (1.0f + __expf (-x));
  return x > 20.0f ? x : log1pf (__expf (x));
}

struct Where {
  int channel, part, length, width;
  bool there;
  long base, of_state, row;

  __device__
  Where (int length, int width)
      : length (length), width (width)
  {
    row = blockIdx.x;
    channel = blockIdx.y * CHANNELS + threadIdx.x / LANES;
    part = threadIdx.x % LANES * OWN;
    there = channel < width;
    channel = there ? channel : width - 1;
    base = row * length * width + channel;
    of_state = row * length * STATES + part;
  }

  __device__ long
  at (int t) const
  {
    return base + (long)t * width;
  }

  __device__ long
  saved (int step) const
  {
    return ((row * ((length + STEP - 1) / STEP) + step) * width + channel) * STATES + part;
  }
};

template <typename T, typename R, bool SOFTPLUS>
static __global__ void
__launch_bounds__ (THREADS)
    forward (const T *u, const R *raw, const float *bias, const float *A, const T *B, const T *C,
             const float *D, const T *z, T *out, float *saved, int length, int width)
{
  const Where w (length, width);
  const float b = bias[w.channel], skip = D[w.channel];
  float a[OWN], h[OWN];
#pragma unroll
  for (int i = 0; i < OWN; i++) {
    a[i] = A[w.channel * STATES + w.part + i] * LOG2_E;
    h[i] = 0.0f;
  }
  for (int begin = 0; begin < length; begin += STEP) {
    float x[STEP], dt[STEP], gate[STEP], slope;
    if (saved && w.there) {
      float4 *to = reinterpret_cast<float4 *> (saved + w.saved (begin / STEP));
      to[0] = make_float4 (h[0], h[1], h[2], h[3]);
      to[1] = make_float4 (h[4], h[5], h[6], h[7]);
    }
#pragma unroll
    for (int k = 0; k < STEP; k++) {
      const int t = min (begin + k, length - 1);
      x[k] = value (u[w.at (t)]);
      dt[k] = value (raw[w.at (t)]);
      gate[k] = value (z[w.at (t)]);
    }
#pragma unroll
    for (int k = 0; k < STEP; k++)
      if (begin + k < length) {
        float in[OWN], from[OWN], y = 0.0f;
        const float step = delta<SOFTPLUS> (dt[k], b, &slope);
        eight (B + w.of_state + (long)(begin + k) * STATES, in);
        eight (C + w.of_state + (long)(begin + k) * STATES, from);
#pragma unroll
        for (int i = 0; i < OWN; i++) {
          h[i] = exp2f (step * a[i]) * h[i] + step * x[k] * in[i];
          y += h[i] * from[i];
        }
        y = (together (y) + skip * x[k]) * gate[k] / (1.0f + __expf (-gate[k]));
        if (w.part == 0 && w.there)
          put (out + w.at (begin + k), y);
      }
  }
}

/* Sums 16 values over the warp's channels; the thread is left with LEFT of the sums, from the index
 * returned on. */
constexpr int LEFT = LANES > 2 ? LANES / 2 : 1;

static __device__ int
over_channels (float *v)
{
  int first = 0;
#pragma unroll
  for (int mask = 16, count = 2 * OWN; mask >= LANES; mask /= 2) {
    const bool upper = threadIdx.x & mask;
    if (count == 1) {
      v[0] += __shfl_xor_sync (EVERY, v[0], mask);
      continue;
    }
    count /= 2;
#pragma unroll
    for (int i = 0; i < count; i++) {
      const float other = __shfl_xor_sync (EVERY, upper ? v[i] : v[i + count], mask);
      v[i] = (upper ? v[i + count] : v[i]) + other;
    }
    first += upper ? count : 0;
  }
  return first;
}

/* A step's tokens again: its inputs, and the states before and after each token. A token after the
   end changes nothing.  */
struct Again {
  float x[STEP], dt[STEP], slope[STEP], gate[STEP], d[STEP], h[STEP + 1][OWN];
};

template <typename T, typename R, bool SOFTPLUS>
static __device__ __forceinline__ void
again (Again *s, const Where &w, int begin, const T *u, const R *raw, const T *z, const T *d_out,
       const T *B, float bias, const float *a)
{
#pragma unroll
  for (int k = 0; k < STEP; k++) {
    const int t = min (begin + k, w.length - 1);
    s->x[k] = value (u[w.at (t)]);
    s->dt[k] = value (raw[w.at (t)]);
    s->gate[k] = value (z[w.at (t)]);
    s->d[k] = value (d_out[w.at (t)]);
  }
#pragma unroll
  for (int k = 0; k < STEP; k++) {
    const bool inside = begin + k < w.length;
    float in[OWN];
    s->dt[k] = inside ? delta<SOFTPLUS> (s->dt[k], bias, &s->slope[k]) : 0.0f;
    s->x[k] = inside ? s->x[k] : 0.0f;
    s->d[k] = inside && w.there ? s->d[k] : 0.0f;
    eight (B + w.of_state + (long)min (begin + k, w.length - 1) * STATES, in);
#pragma unroll
    for (int i = 0; i < OWN; i++)
      s->h[k + 1][i] = exp2f (s->dt[k] * a[i]) * s->h[k][i] + s->dt[k] * s->x[k] * in[i];
  }
}

/* Sums what the block's warps have left of d_B and d_C of a step. */
static __device__ __forceinline__ void
among_warps (const float (*sums)[STEP][LANES][2 * OWN], float *d_B, float *d_C, int begin,
             int length)
{
  for (int i = threadIdx.x; i < STEP * LANES * 2 * OWN; i += THREADS) {
    const int k = i / (LANES * 2 * OWN), lane = i / (2 * OWN) % LANES, j = i % (2 * OWN);
    float sum = 0.0f;
#pragma unroll
    for (int warp = 0; warp < WARPS; warp++)
      sum += sums[warp][k][lane][j];
    if (begin + k < length)
      (j < OWN ? d_B : d_C)[(long)(begin + k) * STATES + lane * OWN + j % OWN] = sum;
  }
}

template <typename T, typename R, bool SOFTPLUS>
static __global__ void
__launch_bounds__ (THREADS, 3)
    backward (const T *u, const R *raw, const float *bias, const float *A, const T *B, const T *C,
              const float *D, const T *z, const T *d_out, const float *saved, T *d_u, R *d_raw,
              T *d_z, float *d_A, float *d_B, float *d_C, float *d_D, float *d_bias, int length,
              int width)
{
  __shared__ float sums[WARPS][STEP][LANES][2 * OWN];
  const Where w (length, width);
  const float b = bias[w.channel], skip = D[w.channel];
  const long part = ((long)blockIdx.y * gridDim.x + w.row) * length * STATES;
  float a[OWN], d_h[OWN] = {}, sum_A[OWN] = {}, sum_D = 0.0f, sum_b = 0.0f;
#pragma unroll
  for (int i = 0; i < OWN; i++)
    a[i] = A[w.channel * STATES + w.part + i] * LOG2_E;
  for (int step = (length + STEP - 1) / STEP - 1; step >= 0; step--) {
    const int begin = step * STEP;
    Again s;
    eight (saved + w.saved (step), s.h[0]);
    again<T, R, SOFTPLUS> (&s, w, begin, u, raw, z, d_out, B, b, a);
#pragma unroll
    for (int k = STEP - 1; k >= 0; k--) {
      const int t = min (begin + k, length - 1);
      const bool writes = begin + k < length && w.there && w.part == 0;
      float in[OWN], from[OWN], both[2 * OWN], y = 0.0f, through = 0.0f, d_dt = 0.0f;
      eight (B + w.of_state + (long)t * STATES, in);
      eight (C + w.of_state + (long)t * STATES, from);
#pragma unroll
      for (int i = 0; i < OWN; i++)
        y += s.h[k + 1][i] * from[i];
      y = together (y) + skip * s.x[k];
      const float open = 1.0f / (1.0f + __expf (-s.gate[k]));
      if (writes)
        put (d_z + w.at (t), s.d[k] * y * open * (1.0f + s.gate[k] * (1.0f - open)));
      const float g = s.d[k] * s.gate[k] * open;
      sum_D += g * s.x[k];
#pragma unroll
      for (int i = 0; i < OWN; i++) {
        d_h[i] += g * from[i];
        both[i] = d_h[i] * s.dt[k] * s.x[k];
        both[OWN + i] = g * s.h[k + 1][i];
        through += d_h[i] * in[i];
        d_h[i] *= exp2f (s.dt[k] * a[i]);
        sum_A[i] += d_h[i] * s.h[k][i] * s.dt[k];
        d_dt += d_h[i] * s.h[k][i] * a[i];
      }
      through = together (through);
      d_dt = (together (d_dt) / LOG2_E + through * s.x[k]) * s.slope[k];
      if (writes) {
        sum_b += d_dt;
        put (d_raw + w.at (t), d_dt);
        put (d_u + w.at (t), through * s.dt[k] + skip * g);
      }
      const int first = over_channels (both);
#pragma unroll
      for (int i = 0; i < LEFT; i++)
        sums[threadIdx.x / 32][k][threadIdx.x % LANES][first + i] = both[i];
    }
    __syncthreads ();
    among_warps (sums, d_B + part, d_C + part, begin, length);
    __syncthreads ();
  }
  if (!w.there)
    return;
#pragma unroll
  for (int i = 0; i < OWN; i++)
    d_A[(w.row * width + w.channel) * STATES + w.part + i] = sum_A[i];
  if (w.part == 0) {
    d_D[w.row * width + w.channel] = sum_D;
    d_bias[w.row * width + w.channel] = sum_b;
  }
}

struct Arguments {
  const void *u, *raw;
  const float *bias, *A;
  const void *B, *C;
  const float *D;
  const void *z;
  void *out;
  float *saved;
  const void *d_out;
  void *d_u, *d_raw, *d_z;
  float *d_A, *d_B, *d_C, *d_D, *d_bias;
};

/* It takes launches for shifts. */
/* clang-format off */
template <typename T, typename R, bool SOFTPLUS>
static void
launch (const Arguments &p, dim3 grid, int length, int width, cudaStream_t stream)
{
  const T *u = (const T *)p.u, *B = (const T *)p.B, *C = (const T *)p.C, *z = (const T *)p.z;
  const R *raw = (const R *)p.raw;
  if (p.d_out)
    backward<T, R, SOFTPLUS><<<grid, THREADS, 0, stream>>> (
        u, raw, p.bias, p.A, B, C, p.D, z, (const T *)p.d_out, p.saved, (T *)p.d_u, (R *)p.d_raw,
        (T *)p.d_z, p.d_A, p.d_B, p.d_C, p.d_D, p.d_bias, length, width);
  else
    forward<T, R, SOFTPLUS><<<grid, THREADS, 0, stream>>> (u, raw, p.bias, p.A, B, C, p.D, z,
                                                             (T *)p.out, p.saved, length, width);
}
/* clang-format on */

/* `half`: 0, all in single precision; 1, all but Δ in bfloat16; 3, what becomes Δ too. Backward if
 * d_out is given. Returns CUDA's error. */
extern "C" int
scan (const Arguments *p, int half, int softplus, int rows, int length, int width,
      cudaStream_t stream)
{
  const dim3 grid (rows, (width + CHANNELS - 1) / CHANNELS);
  if (half == 3)
    launch<__nv_bfloat16, __nv_bfloat16, true> (*p, grid, length, width, stream);
  else if (half == 1)
    launch<__nv_bfloat16, float, false> (*p, grid, length, width, stream);
  else
    (softplus ? launch<float, float, true> : launch<float, float, false>)(*p, grid, length, width,
                                                                          stream);
  return cudaGetLastError ();
}

extern "C" int
channels (void)
{
  return CHANNELS;
}

/* Products on tensor cores for Mamba-2's scan.
 *
 * Operands are made of 32-bit words along the inner index: a float (TF32) or two neighbours in
 * BF16. A step is 8 words deep, and a warp multiplies 16 x 8 words by 8 x 8 at a time: its lane 4 g
 * + t gives words i0 and i1 of rows g and g + 8 of the left, words i0 and i1 of column g of the
 * right, and holds columns 2 t and 2 t + 1 of rows g and g + 8 of the result. Which two words i0,
 * i1 are (word()) is free as long as both sides agree; they are chosen so that a product's result
 * is the next one's left operand without an exchange between lanes. */
#pragma once

#include "ssd.cuh"

typedef uint32_t Word;

#ifdef __CUDACC__
#define SSD_MULTIPLY(shape)                                                                        \
  asm("mma.sync.aligned." shape " {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])                                     \
      : "r"(a.x), "r"(a.y), "r"(a.z), "r"(a.w), "r"(b0), "r"(b1))
#else
/* The same where there are no tensor cores (tests/shim); DOT multiplies two words. */
template <class Dot>
static void
ssd_multiply_plainly (float *sum, uint4 a, Word b0, Word b1, Dot dot)
{
  __shared__ uint4 left[MOST_THREADS];
  __shared__ uint2 right[MOST_THREADS];
  int warp = threadIdx.x / 32 * 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;

  left[threadIdx.x] = a;
  right[threadIdx.x] = make_uint2 (b0, b1);
  __syncwarp ();
  for (int k = 0; k < 4; k++)
    for (int column = 0; column < 2; column++) {
      uint4 x = left[warp + 4 * g + k];
      uint2 y = right[warp + 4 * (2 * t + column) + k];
      sum[column] += dot (x.x, y.x) + dot (x.z, y.y);
      sum[2 + column] += dot (x.y, y.x) + dot (x.w, y.y);
    }
  __syncwarp ();
}
#endif

/* To 11 significant bits, ties away from zero; a NaN stays. */
__device__ static inline Word
ssd_round_tf32 (float x)
{
#ifdef __CUDACC__
  Word word;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(x));
  return word;
#else
  return x != x ? __float_as_uint (x) : (__float_as_uint (x) + 0x1000u) & ~0x1fffu;
#endif
}

__device__ static inline void
ssd_multiply_tf32 (float *sum, uint4 a, Word b0, Word b1)
{
#ifdef __CUDACC__
  SSD_MULTIPLY ("m16n8k8.row.col.f32.tf32.tf32.f32");
#else
  auto value = [] (Word w) { return __uint_as_float (w & ~0x1fffu); };
  ssd_multiply_plainly (sum, a, b0, b1, [=] (Word x, Word y) { return value (x) * value (y); });
#endif
}

struct OpTf32 {
  typedef float Wide;
  enum { PER_WORD = 1, PITCH = COLUMNS + 4, BLOCKS = 2 };

  __device__ static int
  word (int t, int which)
  {
    return 2 * t + which;
  }
  __device__ static Word
  pack (const float *x)
  {
    return ssd_round_tf32 (x[0]);
  }
  /* Cells of an 8-column block in a result's order, as the left operand of the next step. */
  __device__ static uint4
  left (const float4 *m)
  {
    return make_uint4 (pack (&m->x), pack (&m->z), pack (&m->y), pack (&m->w));
  }
  __device__ static void
  multiply (float *sum, uint4 a, Word b0, Word b1)
  {
    ssd_multiply_tf32 (sum, a, b0, b1);
  }
};

/* Float32: each operand is the sum of two numbers of 11 bits, and of their four products the last,
 * below 2^-22 of the first, is left out. */
struct OpFp32 : OpTf32 {
  enum { BLOCKS = 1 };

  __device__ static Word
  pack (const float *x)
  {
    return __float_as_uint (x[0]);
  }
  __device__ static uint4
  left (const float4 *m)
  {
    return make_uint4 (pack (&m->x), pack (&m->z), pack (&m->y), pack (&m->w));
  }
  __device__ static Word
  high (Word x)
  {
    return ssd_round_tf32 (__uint_as_float (x));
  }
  __device__ static Word
  low (Word x)
  {
    return ssd_round_tf32 (__uint_as_float (x) - __uint_as_float (high (x)));
  }
  __device__ static void
  multiply (float *sum, uint4 a, Word b0, Word b1)
  {
    uint4 top = make_uint4 (high (a.x), high (a.y), high (a.z), high (a.w));
    uint4 rest = make_uint4 (low (a.x), low (a.y), low (a.z), low (a.w));

    ssd_multiply_tf32 (sum, rest, high (b0), high (b1));
    ssd_multiply_tf32 (sum, top, low (b0), low (b1));
    ssd_multiply_tf32 (sum, top, high (b0), high (b1));
  }
};

struct OpBf16 {
  typedef Bf16 Wide;
  enum { PER_WORD = 2, PITCH = COLUMNS + 8, BLOCKS = 2 };

  __device__ static int
  word (int t, int which)
  {
    return t + 4 * which;
  }
  __device__ static Word
  pack (const float *x)
  {
#ifdef __CUDACC__
    Word word;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(x[1]), "f"(x[0]));
    return word;
#else
    Bf16 both[2] = { __float2bfloat16_rn (x[0]), __float2bfloat16_rn (x[1]) };
    Word word;
    memcpy (&word, both, sizeof word);
    return word;
#endif
  }
  __device__ static uint4
  left (const float4 *m)
  {
    return make_uint4 (pack (&m[0].x), pack (&m[0].z), pack (&m[1].x), pack (&m[1].z));
  }
  __device__ static void
  multiply (float *sum, uint4 a, Word b0, Word b1)
  {
#ifdef __CUDACC__
    SSD_MULTIPLY ("m16n8k16.row.col.f32.bf16.bf16.f32");
#else
    auto first = [] (Word w) { return __uint_as_float (w << 16); };
    auto second = [] (Word w) { return __uint_as_float (w & 0xffff0000u); };
    ssd_multiply_plainly (sum, a, b0, b1, [=] (Word x, Word y) {
      return first (x) * first (y) + second (x) * second (y);
    });
#endif
  }
};

/* A warp's band of a result: its lane 4 g + t holds, of rows g, g + 8, g + 16, g + 24, the columns
 * 8 t to 8 t + 7 of each half of COLUMNS. Which column a product is called is free as well; these
 * are such that the right operand is read, and the result written, 16 bytes at a time. */
struct Band {
  float cell[BAND / 16][COLUMNS / 8][4];
};

__device__ static inline void
band_clear (Band *band)
{
#pragma unroll
  for (int k = 0; k < BAND / 16; k++)
#pragma unroll
    for (int n = 0; n < COLUMNS / 8; n++)
#pragma unroll
      for (int i = 0; i < 4; i++)
        band->cell[k][n][i] = 0.0f;
}

/* Row 16 K + 8 UP + g times FACTOR. */
__device__ static inline void
band_scale (Band *band, int k, int up, float factor)
{
#pragma unroll
  for (int n = 0; n < COLUMNS / 8; n++) {
    band->cell[k][n][2 * up] *= factor;
    band->cell[k][n][2 * up + 1] *= factor;
  }
}

/* Eight neighbours of row 16 K + 8 UP + g, in half HALF. */
__device__ static inline void
band_eight (const Band &band, int k, int up, int half, float *eight)
{
#pragma unroll
  for (int i = 0; i < 8; i++)
    eight[i] = band.cell[k][4 * half + i % 4][2 * up + i / 4];
}

/* One step: += LEFT (two of 16 rows) times 8 rows of words at RIGHT in shared memory. */
template <class Op>
__device__ static inline void
band_step (Band *band, const uint4 *left, const Word *right, int halves)
{
  int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
  const Word *row0 = right + Op::word (t, 0) * Op::PITCH + 4 * g;
  const Word *row1 = right + Op::word (t, 1) * Op::PITCH + 4 * g;

#pragma unroll
  for (int half = 0; half < 2; half++)
    if (half < halves) {
      uint4 b0 = *(const uint4 *)(row0 + 32 * half), b1 = *(const uint4 *)(row1 + 32 * half);
      const Word first[4] = { b0.x, b0.y, b0.z, b0.w }, second[4] = { b1.x, b1.y, b1.z, b1.w };
#pragma unroll
      for (int n = 0; n < 4; n++)
#pragma unroll
        for (int k = 0; k < BAND / 16; k++)
          Op::multiply (band->cell[k][4 * half + n], left[k], first[n], second[n]);
    }
}

/* Eight neighbours of a row as they are in memory. */
template <class T> struct Eight {
  uint4 raw[sizeof (T) / 2];
};

__device__ static inline float
eight_get (const Eight<float> &eight, int k)
{
  const uint4 &q = eight.raw[k / 4];
  return __uint_as_float (k % 4 == 0 ? q.x : k % 4 == 1 ? q.y : k % 4 == 2 ? q.z : q.w);
}

__device__ static inline float
eight_get (const Eight<Bf16> &eight, int k)
{
  const uint4 &q = eight.raw[0];
  Word both = k / 2 == 0 ? q.x : k / 2 == 1 ? q.y : k / 2 == 2 ? q.z : q.w;
  return __uint_as_float (k % 2 ? both & 0xffff0000u : both << 16);
}

template <class T>
__device__ static inline Eight<T>
eight_load (const T *from)
{
  Eight<T> eight;

#pragma unroll
  for (int k = 0; k < (int)(sizeof (T) / 2); k++)
    eight.raw[k] = ((const uint4 *)from)[k];
  return eight;
}

/* COUNT of them that exist; the others are 0. EVEN: all eight may be read at once. */
template <class T>
__device__ static inline Eight<T>
eight_load (const T *from, int count, bool even)
{
  Eight<T> eight = {};

  if (even && count >= 8) {
    eight = eight_load (from);
  } else if (count > 0) {
    Word words[2 * sizeof (T)] = {};
#pragma unroll
    for (int k = 0; k < 8; k++)
      if (k < count) {
        float x = scope_load (from[k]);
        if (sizeof (T) == 4)
          words[k % (2 * sizeof (T))] = __float_as_uint (x);
        else
          words[k / 2] |= k % 2 ? __float_as_uint (x) : __float_as_uint (x) >> 16;
      }
#pragma unroll
    for (int k = 0; k < (int)(sizeof (T) / 2); k++)
      eight.raw[k]
          = make_uint4 (words[4 * k], words[4 * k + 1], words[4 * k + 2], words[4 * k + 3]);
  }
  return eight;
}

__device__ static inline void
eight_store (float *to, const float *x)
{
  ((float4 *)to)[0] = make_float4 (x[0], x[1], x[2], x[3]);
  ((float4 *)to)[1] = make_float4 (x[4], x[5], x[6], x[7]);
}

__device__ static inline void
eight_store (Bf16 *to, const float *x)
{
  *(uint4 *)to = make_uint4 (OpBf16::pack (x), OpBf16::pack (x + 2), OpBf16::pack (x + 4),
                             OpBf16::pack (x + 6));
}

__device__ static inline void
words_store (Word *to, const Word *eight)
{
  ((uint4 *)to)[0] = make_uint4 (eight[0], eight[1], eight[2], eight[3]);
  ((uint4 *)to)[1] = make_uint4 (eight[4], eight[5], eight[6], eight[7]);
}

/* Has the rows that stage_tokens() will read brought to the second-level cache meanwhile; one token
 * for a THREAD. */
template <class T>
__device__ static inline void
fetch_tokens (const View<const T> &u, int row, int rows, int column, int count)
{
#ifdef __CUDACC__
  if (row < rows)
    for (int at = 0; at < count; at += 128 / (int)sizeof (T))
      asm volatile("prefetch.global.L2 [%0];" ::"l"(u.row (row) + column + at));
#endif
}

/* A row of words of the right operand at TO: eight lanes of its tokens, each times its WEIGHT. */
template <class Op>
__device__ static inline void
put_tokens (Word *to, const Eight<typename Op::Wide> *eight, const float *weight)
{
  Word words[8];

#pragma unroll
  for (int i = 0; i < 8; i++) {
    float x[Op::PER_WORD];
#pragma unroll
    for (int p = 0; p < Op::PER_WORD; p++)
      x[p] = weight ? eight_get (eight[p], i) * weight[p] : eight_get (eight[p], i);
    words[i] = Op::pack (x);
  }
  words_store (to, words);
}

/* Rows of the right operand: CHUNK tokens of u from row FIRST, COLUMNS lanes of a head's tile, each
 * token times its WEIGHT if there are weights. All threads of a part call it; THREAD is one's
 * place in it. */
template <class Op>
__device__ static inline void
stage_tokens (Word *right, const View<const typename Op::Wide> &u, int first, int rows, int column,
              int count, bool even, const float *weight, int thread)
{
  enum { PER = Op::PER_WORD, BATCH = 4, JUMP = PART_THREADS / (COLUMNS / 8), WORDS = CHUNK / PER };
  typedef Eight<typename Op::Wide> Row;
  int at = thread % (COLUMNS / 8) * 8, word = thread / (COLUMNS / 8), left = rows - first;
  const typename Op::Wide *from = u.row (first) + column + at;

  if (!even || left < CHUNK || count < COLUMNS) {
#pragma unroll 1
    for (; word < WORDS; word += JUMP) {
      Row row[PER];
#pragma unroll
      for (int p = 0; p < PER; p++)
        row[p] = eight_load (from + (word * PER + p) * u.stride,
                             word * PER + p < left ? count - at : 0, even);
      put_tokens<Op> (right + word * Op::PITCH + at, row, weight ? weight + word * PER : NULL);
    }
    return;
  }
#pragma unroll 1
  for (; word < WORDS; word += BATCH * JUMP) {
    Row row[BATCH][PER];
#pragma unroll
    for (int k = 0; k < BATCH * PER; k++)
      row[k / PER][k % PER]
          = eight_load (from + ((word + k / PER * JUMP) * PER + k % PER) * u.stride);
#pragma unroll
    for (int k = 0; k < BATCH; k++)
      put_tokens<Op> (right + (word + k * JUMP) * Op::PITCH + at, row[k],
                      weight ? weight + (word + k * JUMP) * PER : NULL);
  }
}

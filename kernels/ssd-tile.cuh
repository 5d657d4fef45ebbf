/* BF16 tiles in shared memory for Mamba-2's scan: copied asynchronously, read as operands of mma.
 *
 * A tile is rows of UNITS times eight reals. Which eight a unit holds is turned by the row, so that
 * the eight rows of a matrix that ldmatrix reads lie in different banks, as do the words that a
 * result's lanes read or write. */
#pragma once

#include "ssd-mma.cuh"

enum { LANE_UNITS = COLUMNS / 8, STATE_UNITS = CHUNK / 8 };

/* Bytes from a tile's begin. An even number of units on: ^ 16 times that. */
template <int UNITS>
__device__ static inline unsigned
tile_at (int row, int unit)
{
  return (unsigned)(16 * (row * UNITS + (unit ^ (row & 7))));
}

/* Sixteen bytes on their way from FROM, or zeros if there is nothing HERE. */
__device__ static inline void
copy_unit (void *to, const void *from, bool here)
{
#ifdef __CUDACC__
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
                   (unsigned)__cvta_generic_to_shared (to)),
               "l"(from), "r"(here ? 16 : 0)
               : "memory");
#else
  if (here)
    memcpy (to, from, 16);
  else
    memset (to, 0, 16);
#endif
}

/* Ends a group of copies. */
__device__ static inline void
copy_commit ()
{
#ifdef __CUDACC__
  asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}

/* Waits for this thread's copies but those of the last PENDING groups. */
template <int PENDING>
__device__ static inline void
copy_wait ()
{
#ifdef __CUDACC__
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
#endif
}

/* ROWS rows of a tile, from its row BEGIN on, from rows of reals at FROM, by THREADS threads; of
 * each its first WIDTH units, those beyond COUNT and rows from LEFT on as zeros. */
template <int UNITS, int THREADS, int ROWS>
__device__ static inline void
tile_fetch (uint4 *tile, int begin, const Bf16 *from, int64_t stride, int left, int count,
            int width, int thread)
{
  enum { STEP = THREADS / UNITS };
  int unit = thread % UNITS, row = thread / UNITS;
  const Bf16 *at = from + row * stride + 8 * unit;

  if (unit >= width)
    return;
  if (left >= ROWS && count >= UNITS) {
#pragma unroll
    for (int k = 0; k < (ROWS + STEP - 1) / STEP; k++, at += STEP * stride)
      if (ROWS % STEP == 0 || row + k * STEP < ROWS)
        copy_unit ((char *)tile + tile_at<UNITS> (begin + row + k * STEP, unit), at, true);
    return;
  }
#pragma unroll 1
  for (int k = 0; k < (ROWS + STEP - 1) / STEP; k++, at += STEP * stride)
    if (ROWS % STEP == 0 || row + k * STEP < ROWS)
      copy_unit ((char *)tile + tile_at<UNITS> (begin + row + k * STEP, unit), at,
                 row + k * STEP < left && unit < count);
}

/* Four 8 x 8 matrices whose rows are the units that lanes 0 to 7, 8 to 15, ... name: lane 4 g + t
 * gets words t of rows g, or, ACROSS, columns g of rows 2 t and 2 t + 1. */
template <bool ACROSS>
__device__ static inline uint4
tile_load (const uint4 *tile, unsigned at)
{
  uint4 words;

#ifdef __CUDACC__
  unsigned unit = (unsigned)__cvta_generic_to_shared (tile) + at;
  if (ACROSS)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words.x), "=r"(words.y), "=r"(words.z), "=r"(words.w)
                 : "r"(unit));
  else
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words.x), "=r"(words.y), "=r"(words.z), "=r"(words.w)
                 : "r"(unit));
#else
  __shared__ const char *units[MOST_THREADS];
  int warp = threadIdx.x / 32 * 32, g = threadIdx.x % 32 / 4, t = threadIdx.x % 4;
  uint16_t pairs[4][2];

  units[threadIdx.x] = (const char *)tile + at;
  __syncwarp ();
  for (int matrix = 0; matrix < 4; matrix++)
    for (int k = 0; k < 2; k++) {
      int row = ACROSS ? 2 * t + k : g, column = ACROSS ? g : 2 * t + k;
      pairs[matrix][k] = ((const uint16_t *)units[warp + 8 * matrix + row])[column];
    }
  __syncwarp ();
  memcpy (&words, pairs, sizeof words);
#endif
  return words;
}

/* What a lane names of 16 x 16 reals for tile_load(): as the left operand from a tile whose rows
 * are its rows, or as two right operands, (x, y) and (z, w), ACROSS, from one likewise. */
template <int UNITS>
__device__ static inline unsigned
by_rows ()
{
  int lane = threadIdx.x % 32;

  return tile_at<UNITS> (lane % 16, lane / 16);
}

/* As two right operands from a tile whose rows are their columns, or, ACROSS, as the left one. */
template <int UNITS>
__device__ static inline unsigned
by_columns ()
{
  int lane = threadIdx.x % 32;

  return tile_at<UNITS> (lane % 8 + lane / 16 * 8, lane / 8 % 2);
}

/* SUMS results of 16 rows and COLUMNS lanes, or one: += LEFT times 16 rows of a tile of lanes. */
template <int SUMS, int COUNT>
__device__ static inline void
add_lanes (float (*sum)[COLUMNS / 8][4], const uint4 *left, const uint4 *tile, int row)
{
  unsigned at = by_rows<LANE_UNITS> ();
  uint4 right[COLUMNS / 16];

#pragma unroll
  for (int n = 0; n < COLUMNS / 16; n++)
    right[n] = tile_load<true> (tile + row * LANE_UNITS, at ^ (unsigned)(32 * n));
#pragma unroll
  for (int k = 0; k < COUNT; k++)
#pragma unroll
    for (int n = 0; n < COLUMNS / 16; n++) {
      OpBf16::multiply (sum[k % SUMS][2 * n], left[k], right[n].x, right[n].y);
      OpBf16::multiply (sum[k % SUMS][2 * n + 1], left[k], right[n].z, right[n].w);
    }
}

/* x y + z of two reals each, rounded once. */
__device__ static inline Word
word_fma (Word x, Word y, Word z)
{
#ifdef __CUDACC__
  Word sum;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(sum) : "r"(x), "r"(y), "r"(z));
  return sum;
#else
  auto low = [] (Word w) { return __uint_as_float (w << 16); };
  auto high = [] (Word w) { return __uint_as_float (w & 0xffff0000u); };
  const float both[2] = { low (x) * low (y) + low (z), high (x) * high (y) + high (z) };
  return OpBf16::pack (both);
#endif
}

__device__ static inline float
word_low (Word word)
{
  return __uint_as_float (word << 16);
}

__device__ static inline float
word_high (Word word)
{
  return __uint_as_float (word & 0xffff0000u);
}

__device__ static inline Word
word_of (float low, float high)
{
  const float both[2] = { low, high };

  return OpBf16::pack (both);
}

/* A SCORES x SCORES block of q · k of one head, by a thread block of SCORE_THREADS: 4 x 4 scores a
 * thread, 16 rows and columns apart, SCORE_LANES lanes at a time through shared memory. */
#pragma once

#include "device.h"

enum { SCORES = 64, SCORE_THREADS = 256, SCORE_LANES = 32, SCORE_SIDE = 4, SCORE_STEP = 16 };

/* One head of q and of k: WIDTH lanes from FIRST_Q and FIRST_K on. */
template <class T> struct ScoreHead {
  View<const T> q, k;
  int64_t queries, keys; /* rows of each */
  int64_t first_q, first_k, width;
};

struct ScoreScratch {
  float q[SCORES][SCORE_LANES + 1], k[SCORES][SCORE_LANES + 1];
};

__device__ static inline int
score_row (int i)
{
  return threadIdx.x / SCORE_STEP + SCORE_STEP * i;
}

__device__ static inline int
score_column (int j)
{
  return threadIdx.x % SCORE_STEP + SCORE_STEP * j;
}

/* Rows [row, row + SCORES) and lanes [lane, lane + SCORE_LANES) of a head; zeros beyond it. */
template <class T>
__device__ static inline void
score_load (float (*to)[SCORE_LANES + 1], const View<const T> &from, int64_t row, int64_t rows,
            int64_t first, int64_t lane, int64_t width)
{
  for (int e = threadIdx.x; e < SCORES * SCORE_LANES; e += SCORE_THREADS) {
    int r = e / SCORE_LANES, l = e % SCORE_LANES;
    bool inside = row + r < rows && lane + l < width;
    to[r][l] = inside ? scope_load (from.row (row + r)[first + lane + l]) : 0.0f;
  }
}

/* s[i][j] = q[row + score_row (i)] · k[column + score_column (j)]. All threads of the block call
 * it; SCRATCH is free when it begins and when it returns, after a __syncthreads () of the caller's.
 */
template <class T>
__device__ static inline void
score_tile (const ScoreHead<T> &head, int64_t row, int64_t column, ScoreScratch *scratch,
            float s[SCORE_SIDE][SCORE_SIDE])
{
  for (int i = 0; i < SCORE_SIDE; i++)
    for (int j = 0; j < SCORE_SIDE; j++)
      s[i][j] = 0.0f;
  for (int64_t lane = 0; lane < head.width; lane += SCORE_LANES) {
    __syncthreads ();
    score_load (scratch->q, head.q, row, head.queries, head.first_q, lane, head.width);
    score_load (scratch->k, head.k, column, head.keys, head.first_k, lane, head.width);
    __syncthreads ();
    for (int l = 0; l < SCORE_LANES; l++) {
      float a[SCORE_SIDE], b[SCORE_SIDE];
      for (int i = 0; i < SCORE_SIDE; i++) {
        a[i] = scratch->q[score_row (i)][l];
        b[i] = scratch->k[score_column (i)][l];
      }
#pragma unroll
      for (int i = 0; i < SCORE_SIDE; i++)
#pragma unroll
        for (int j = 0; j < SCORE_SIDE; j++)
          s[i][j] += a[i] * b[j];
    }
  }
}

/* A TILE x TILE block of one channel's map, by a thread block of TILE_THREADS.
 *
 * Below the diagonal (every column before every row) with r the tile's last column,
 *   α[i,j] = Σ_n (C[i,n] exp (A[n] (P_i - P_r))) (exp (A[n] (P_r - P_j)) B[j,n] Δ_j):
 * both exponents are <= 0, so the factors cannot overflow, and the tile is a product of rank N, N
 * states at a time through shared memory. Tiles on the diagonal take each cell by its definition.
 */
#pragma once

#include "map.cuh"

enum { TILE = 64, TILE_THREADS = 256, TILE_STATES = 16, TILE_CELLS = TILE * TILE / TILE_THREADS };

struct Tile {
  int64_t row, column;   /* first of each */
  int64_t rows, columns; /* <= TILE */
};

struct TileScratch {
  float left[TILE_STATES][TILE + 1], right[TILE_STATES][TILE + 1];
};

/* Both factors of states [first, first + TILE_STATES). */
__device__ static inline void
tile_factors (const MapSource &s, int64_t h, const Tile &t, int64_t first, bool without_delta,
              TileScratch *scratch)
{
  int64_t g = map_group (s, h) * s.states;
  double reference = s.prefix.row (t.column + t.columns - 1)[h];

  for (int k = threadIdx.x; k < TILE * TILE_STATES; k += TILE_THREADS) {
    int at = k / TILE_STATES, n = k % TILE_STATES;
    float left = 0.0f, right = 0.0f;
    if (first + n < s.states) {
      double rate = map_rate (s, h, first + n);
      if (at < t.rows)
        left = s.c.row (t.row + at)[g + first + n]
               * expf ((float)(rate * (s.prefix.row (t.row + at)[h] - reference)));
      if (at < t.columns)
        right = s.b.row (t.column + at)[g + first + n]
                * map_delta (s, t.column + at, h, without_delta)
                * expf ((float)(rate * (reference - s.prefix.row (t.column + at)[h])));
    }
    scratch->left[n][at] = left;
    scratch->right[n][at] = right;
  }
}

/* Cell k of a thread: rows and columns 16 apart, so that shared memory is read without conflicts.
 */
__device__ static inline int
tile_row (int k)
{
  return threadIdx.x / 16 + 16 * (k / 4);
}

__device__ static inline int
tile_column (int k)
{
  return threadIdx.x % 16 + 16 * (k % 4);
}

/* CELLS[k] = α at (tile_row (k), tile_column (k)), 0 above the diagonal and outside the tile. All
 * threads of the block call it. */
__device__ static inline void
tile_cells (const MapSource &s, int64_t h, const Tile &t, bool without_delta, TileScratch *scratch,
            float cells[TILE_CELLS])
{
  for (int k = 0; k < TILE_CELLS; k++)
    cells[k] = 0.0f;
  if (t.column > t.row + t.rows - 1)
    return;
  if (t.column + t.columns - 1 <= t.row) {
    for (int64_t first = 0; first < s.states; first += TILE_STATES) {
      __syncthreads ();
      tile_factors (s, h, t, first, without_delta, scratch);
      __syncthreads ();
      for (int n = 0; n < TILE_STATES; n++)
#pragma unroll
        for (int k = 0; k < TILE_CELLS; k++)
          cells[k] += scratch->left[n][tile_row (k)] * scratch->right[n][tile_column (k)];
    }
    return;
  }
  for (int k = 0; k < TILE_CELLS; k++) {
    int r = tile_row (k), c = tile_column (k);
    if (r < t.rows && c < t.columns && t.column + c <= t.row + r)
      cells[k] = map_cell (s, h, t.row + r, t.column + c, without_delta);
  }
}

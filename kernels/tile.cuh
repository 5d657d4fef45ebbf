/* A TILE x TILE block of one channel's map, by a thread block of TILE_THREADS: 8 x 8 cells a
 * thread.
 *
 * Below the diagonal (every column at or before every row), with r the tile's first row,
 *   α[i,j] = Σ_n (C[i,n] exp (A[n] (P_i - P_r))) (exp (A[n] (P_r - P_j)) B[j,n] Δ_j):
 * both exponents are <= 0, so the factors cannot overflow; one exponential for each factor, and the
 * tile is a product of rank N, TILE_STATES at a time through shared memory. The rows' factors serve
 * the next tile of the same rows too.
 *
 * A tile that the diagonal cuts is 8 x 8 sub-tiles of 16 x 16. Those below the diagonal take a
 * reference of their own for the rows (their first) and for the columns (their last), and between
 * the two a factor exp (A[n] (P_first - P_last)) for each pair of sub-rows and sub-columns. Only
 * sub-tiles that the diagonal itself runs through are made cell by cell, spread over all threads.
 *
 * With one rate for all states (ONE) the decay leaves the sum: a product of C and B, then one
 * exponential for each row and column, or for each cell where the diagonal cuts. */
#pragma once

#include "map.cuh"

enum {
  TILE = 128,
  TILE_THREADS = 256,
  TILE_STATES = 16,
  TILE_PITCH = TILE + 4, /* rows of four, and few conflicts where states are written */
  TILE_SIDE = 8,         /* cells of a thread, along rows and along columns */
  SUB = 16,
  SUBS = TILE / SUB,
  OWN_PITCH = 2 * SUB + 1,
  SPARE_ROWS = 48 /* of TILE_PITCH floats */
};

struct Tile {
  int64_t row, column; /* first of each */
  int rows, columns;   /* <= TILE */
};

struct alignas (16) TileScratch
{
  float left[TILE_STATES][TILE_PITCH];
  union {
    struct {
      float right[TILE_STATES][TILE_PITCH];
      float middle[TILE_STATES][SUBS * SUBS]; /* (sub-row, sub-column) */
      float own[TILE][OWN_PITCH];             /* cells from own_begin() on, by row */
    };
    float spare[SPARE_ROWS][TILE_PITCH]; /* for the caller, once it has its cells */
  };
  double row_prefix[TILE], column_prefix[TILE];
  Two row_away[TILE], column_away[TILE]; /* from their references */
  float weight[TILE];                    /* of columns */
  Two rates[TILE_STATES];                /* a cut tile's */
};

__device__ static inline bool
tile_below (const Tile &t)
{
  return t.column + t.columns - 1 <= t.row;
}

__device__ static inline bool
tile_above (const Tile &t)
{
  return t.column > t.row + t.rows - 1;
}

/* This thread's rows are tile_row() and the next 7; its columns tile_column() and the next 3, and
 * the 4 that are TILE / 2 further: a warp's stores fill whole lines. */
__device__ static inline int
tile_row (void)
{
  return threadIdx.x / 16 * TILE_SIDE;
}

__device__ static inline int
tile_column (int k)
{
  return threadIdx.x % 16 * 4 + (k < 4 ? k : TILE / 2 + k - 4);
}

/* The first sub-column, of sub-row SUB_ROW, that is not wholly at or before its first row. */
__device__ static inline int
first_own (const Tile &t, int sub_row)
{
  int64_t before = t.row + sub_row * SUB - t.column + 1;
  return before <= 0 ? 0 : (int)min (before / SUB, (int64_t)SUBS);
}

/* Prefix sums, distances from the references and weights of the tile's positions. Positions beyond
 * its end repeat the last, with no weight. */
__device__ static inline void
tile_positions (const MapSource &s, int64_t h, const Tile &t, bool without_delta, bool below,
                TileScratch *scratch)
{
  bool of_rows = threadIdx.x < TILE;
  int k = threadIdx.x % TILE, last = (of_rows ? t.rows : t.columns) - 1;
  int64_t token = (of_rows ? t.row : t.column) + min (k, last);
  double own = s.prefix.row (token)[h];

  __syncthreads ();
  (of_rows ? scratch->row_prefix : scratch->column_prefix)[k] = own;
  if (!of_rows)
    scratch->weight[k] = k <= last ? map_delta (s, token, h, without_delta) : 0.0f;
  __syncthreads ();
  if (of_rows)
    scratch->row_away[k] = two (own - scratch->row_prefix[below ? 0 : k / SUB * SUB]);
  else
    scratch->column_away[k] = two (
        (below ? scratch->row_prefix[0] : scratch->column_prefix[k / SUB * SUB + SUB - 1]) - own);
}

/* C, and B with its weight, of states [first, first + TILE_STATES); decayed if AWAY. */
template <bool LEFT>
__device__ static inline void
tile_factor (const MapSource &s, int64_t h, const Tile &t, int64_t first, bool away,
             TileScratch *scratch)
{
  int n = threadIdx.x % TILE_STATES, last = (LEFT ? t.rows : t.columns) - 1;
  int64_t state = map_group (s, h) * s.states + first + n;
  bool there = first + n < s.states;
  Two rate = there && away ? map_rate2 (s, h, first + n) : Two{ 0.0f, 0.0f };

#pragma unroll
  for (int k = threadIdx.x / TILE_STATES; k < TILE; k += TILE_THREADS / TILE_STATES) {
    int64_t token = (LEFT ? t.row : t.column) + min (k, last);
    float value = there ? (LEFT ? s.c : s.b).row (token)[state] : 0.0f;
    if (!LEFT)
      value *= scratch->weight[k];
    if (away)
      value *= decay (rate, LEFT ? scratch->row_away[k] : scratch->column_away[k]);
    (LEFT ? scratch->left : scratch->right)[n][k] = value;
  }
}

/* Gives the raw factors of a cut tile their decay, and fills what stands between. */
__device__ static inline void
tile_decay_cut (const Tile &t, TileScratch *scratch)
{
  int n = threadIdx.x % TILE_STATES;
  Two rate = scratch->rates[n];

  for (int k = threadIdx.x / TILE_STATES; k < TILE; k += TILE_THREADS / TILE_STATES) {
    scratch->left[n][k] *= decay (rate, scratch->row_away[k]);
    scratch->right[n][k] *= decay (rate, scratch->column_away[k]);
  }
  for (int k = threadIdx.x / TILE_STATES; k < SUBS * SUBS; k += TILE_THREADS / TILE_STATES) {
    int i = k / SUBS, j = k % SUBS;
    double distance = scratch->row_prefix[i * SUB] - scratch->column_prefix[j * SUB + SUB - 1];
    scratch->middle[n][k] = j < first_own (t, i) ? decay (rate, two (distance)) : 0.0f;
  }
}

/* Cells of sub-tiles on the diagonal, from the raw factors: a thread makes the same ones for every
 * FIRST. Where rows and columns are cut alike there is one sub-tile for each 16 rows, else two. */
__device__ static inline void
tile_own_cells (const Tile &t, int64_t first, TileScratch *scratch)
{
  int width = (t.row - t.column) % SUB == 0 ? SUB : 2 * SUB;

  for (int k = threadIdx.x; k < TILE * width; k += TILE_THREADS) {
    int i = width == SUB ? k / SUB : k / (2 * SUB), x = k & (width - 1),
        j = first_own (t, i / SUB) * SUB + x;
    float sum = first > 0 ? scratch->own[i][x] : 0.0f;
    if (i < t.rows && j < t.columns && t.column + j <= t.row + i) {
      Two distance = two (scratch->row_prefix[i] - scratch->column_prefix[j]);
#pragma unroll 4
      for (int n = 0; n < TILE_STATES; n++)
        sum += scratch->left[n][i] * scratch->right[n][j] * decay (scratch->rates[n], distance);
    }
    scratch->own[i][x] = sum;
  }
}

template <bool CUT>
__device__ static inline void
tile_multiply (const TileScratch *scratch, float cells[TILE_SIDE][TILE_SIDE])
{
  int row = tile_row (), column = tile_column (0);
  int near = row / SUB * SUBS + column / SUB, far = near + SUBS / 2;

#pragma unroll 4
  for (int n = 0; n < TILE_STATES; n++) {
    float left[TILE_SIDE], right[TILE_SIDE];
    *(float4 *)left = *(const float4 *)&scratch->left[n][row];
    *(float4 *)(left + 4) = *(const float4 *)&scratch->left[n][row + 4];
    *(float4 *)right = *(const float4 *)&scratch->right[n][column];
    *(float4 *)(right + 4) = *(const float4 *)&scratch->right[n][column + TILE / 2];
    if (CUT) {
#pragma unroll
      for (int k = 0; k < TILE_SIDE; k++)
        right[k] *= scratch->middle[n][k < 4 ? near : far];
    }
#pragma unroll
    for (int r = 0; r < TILE_SIDE; r++)
#pragma unroll
      for (int k = 0; k < TILE_SIDE; k++)
        cells[r][k] = fmaf (left[r], right[k], cells[r][k]);
  }
}

/* Products of C and B become cells: one rate for all states. */
__device__ static inline void
tile_decay_one (const MapSource &s, int64_t h, const Tile &t, bool below,
                const TileScratch *scratch, float cells[TILE_SIDE][TILE_SIDE])
{
  Two rate = map_rate2 (s, h, 0);
  float columns[TILE_SIDE];

#pragma unroll
  for (int k = 0; k < TILE_SIDE; k++)
    columns[k] = below ? decay (rate, scratch->column_away[tile_column (k)]) : 1.0f;
#pragma unroll
  for (int r = 0; r < TILE_SIDE; r++) {
    int i = tile_row () + r;
    float along = below ? decay (rate, scratch->row_away[i]) : 1.0f;
#pragma unroll
    for (int k = 0; k < TILE_SIDE; k++) {
      int j = tile_column (k);
      if (!below)
        along = decay (rate, two (scratch->row_prefix[i] - scratch->column_prefix[j]));
      cells[r][k] = below || t.column + j <= t.row + i ? cells[r][k] * (along * columns[k]) : 0.0f;
    }
  }
}

/* What the products gave holds for sub-tiles below the diagonal; on it the cells of their own do.
 */
__device__ static inline void
tile_choose (const Tile &t, const TileScratch *scratch, float cells[TILE_SIDE][TILE_SIDE])
{
  int own = first_own (t, tile_row () / SUB) * SUB;

#pragma unroll
  for (int r = 0; r < TILE_SIDE; r++)
#pragma unroll
    for (int k = 0; k < TILE_SIDE; k++) {
      int i = tile_row () + r, x = tile_column (k) - own;
      if (x >= 0)
        cells[r][k] = t.column + tile_column (k) <= t.row + i ? scratch->own[i][x] : 0.0f;
    }
}

/* cells[r][k] = α at (tile_row() + r, tile_column (k)), 0 above the diagonal; outside the tile it
 * means nothing. SAME_ROWS: the last call of this thread block was for a tile below the diagonal
 * with the same rows. All threads call it, and may use the spare room after a barrier. */
template <bool ONE>
__device__ static inline void
tile_cells (const MapSource &s, int64_t h, const Tile &t, bool without_delta, bool same_rows,
            TileScratch *scratch, float cells[TILE_SIDE][TILE_SIDE])
{
  bool below = tile_below (t), away = below && !ONE;

#pragma unroll
  for (int k = 0; k < TILE_SIDE * TILE_SIDE; k++)
    cells[k / TILE_SIDE][k % TILE_SIDE] = 0.0f;
  tile_positions (s, h, t, without_delta, below, scratch);
  for (int64_t first = 0; first < s.states; first += TILE_STATES) {
    __syncthreads ();
    if (!same_rows || !below || s.states > TILE_STATES)
      tile_factor<true> (s, h, t, first, away, scratch);
    tile_factor<false> (s, h, t, first, away, scratch);
    if (threadIdx.x < TILE_STATES && !below && !ONE)
      scratch->rates[threadIdx.x] = first + threadIdx.x < s.states
                                        ? map_rate2 (s, h, first + threadIdx.x)
                                        : Two{ 0.0f, 0.0f };
    __syncthreads ();
    if (!below && !ONE) {
      tile_own_cells (t, first, scratch);
      __syncthreads ();
      tile_decay_cut (t, scratch);
      __syncthreads ();
      tile_multiply<true> (scratch, cells);
    } else
      tile_multiply<false> (scratch, cells);
  }
  if (ONE)
    tile_decay_one (s, h, t, below, scratch, cells);
  else if (!below)
    tile_choose (t, scratch, cells);
}

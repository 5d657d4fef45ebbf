/* OVERVIEW of |α| over every cell (ABSMEAN, ABSMAX), without storing any.
 *
 * A unit is as many blocks as fit into a tile of tile.cuh, in rows and in columns, or the one block
 * that does not fit, walked tile by tile. A thread block takes the units of one row of units, side
 * by side, so that the factors of its rows are made once. A tile's cells stay in registers: a
 * thread folds its 8 rows into as many rows as blocks cut them into (a segment), these go to shared
 * memory, and a few lanes for each block fold its segments and columns. Layout: grid (strips of
 * units, rows of units, channels). Tolerance: 1e-5 relative to the block's mean |α| (its largest,
 * for ABSMAX). */
#include "overview.cuh"
#include "tile.cuh"

enum { MOST_BLOCKS = 32, STRIP = 32 };

struct Units {
  int64_t per_row, per_column; /* blocks in a unit */
  int64_t across;              /* units side by side */
  int strip, lanes;            /* units of a thread block; lanes that fold a block */
  bool walks;                  /* blocks are larger than tiles */
};

/* One unit: the strip's blocks [AT, AT + ACROSS), as many down as the strip. */
struct Unit {
  int at, across;
};

/* Edges are counted from the strip's first row and column, and made once for a strip: a division of
 * 64 bits costs as much as the products of four cells. */
struct Fold {
  int64_t p, q, row,
      column; /* of the strip: its first block, and the first row and column of that */
  int down;   /* blocks */
  int row_edges[MOST_BLOCKS + 1], column_edges[STRIP * MOST_BLOCKS + 1];
  unsigned starts[TILE / 32]; /* rows that begin a segment */
  float walked[MOST_BLOCKS];  /* ABSMAX so far */
  double summed[MOST_BLOCKS]; /* ABSMEAN so far */
};

template <bool MAXIMUM>
__device__ static inline float
fold (float a, float b)
{
  return MAXIMUM ? fmaxf (a, b) : a + b;
}

/* Where the strip begins, the edges of its ACROSS blocks, and where segments do: where a thread's
 * rows or a block's do. */
__device__ static void
find_edges (const Overview &o, const Units &units, int across, Fold *shared)
{
  int64_t p = blockIdx.y * units.per_row, q = blockIdx.x * units.strip * units.per_column;
  int64_t row = row_edge (o, p), column = column_edge (o, q);
  int i = threadIdx.x, down = (int)min (units.per_row, o.rows - p);
  bool starts = i % TILE_SIDE == 0;

  if (i == 0) {
    shared->p = p, shared->q = q;
    shared->row = row, shared->column = column;
    shared->down = down;
  }
  if (i <= down)
    shared->row_edges[i] = (int)(row_edge (o, p + i) - row);
  for (int k = i; k <= across; k += TILE_THREADS)
    shared->column_edges[k] = (int)(column_edge (o, q + k) - column);
  __syncthreads ();
  if (i < TILE) {
    for (int k = 1; k < down; k++)
      starts = starts || shared->row_edges[k] == i;
    unsigned ballot = __ballot_sync (0xffffffffu, starts);
    if (i % 32 == 0)
      shared->starts[i / 32] = ballot;
  }
}

/* The segment of row I. */
__device__ static inline int
segment (const Fold *shared, int i)
{
  int count = __popc (shared->starts[i / 32] << (31 - i % 32));

  for (int w = 0; w < i / 32; w++)
    count += __popc (shared->starts[w]);
  return count - 1;
}

/* A thread's 8 x 8 cells, by segments, into the spare room. */
template <bool MAXIMUM>
__device__ static inline void
fold_rows (const Tile &t, const Fold *shared, const float cells[TILE_SIDE][TILE_SIDE],
           TileScratch *scratch)
{
  int row = tile_row (), at = segment (shared, row);
  float sums[TILE_SIDE];
  auto put = [&] () {
    for (int k = 0; k < TILE_SIDE; k += 4)
      *(float4 *)&scratch->spare[at][tile_column (k)]
          = make_float4 (sums[k], sums[k + 1], sums[k + 2], sums[k + 3]);
  };

  unsigned starts = shared->starts[row / 32] >> row % 32;
#pragma unroll
  for (int r = 0; r < TILE_SIDE; r++) {
    if (r > 0 && (starts >> r & 1) != 0) {
      put ();
      at++;
    }
#pragma unroll
    for (int k = 0; k < TILE_SIDE; k++) {
      float size = row + r < t.rows ? fabsf (cells[r][k]) : 0.0f;
      sums[k] = r == 0 || (starts >> r & 1) != 0 ? size : fold<MAXIMUM> (sums[k], size);
    }
  }
  put ();
}

/* The segments and columns of each block of the unit that the tile has cells of. */
template <bool MAXIMUM>
__device__ static void
fold_blocks (const Overview &o, const Units &units, const Unit &u, const Tile &t,
             const TileScratch *scratch, Fold *shared)
{
  int count = shared->down * u.across, lane = threadIdx.x % units.lanes;
  int row = (int)(t.row - shared->row), column = (int)(t.column - shared->column);

  for (int pass = 0; pass < count; pass += TILE_THREADS / units.lanes) {
    int k = pass + threadIdx.x / units.lanes, item = min (k, count - 1);
    int p = item / u.across, q = item % u.across;
    int r0 = max (shared->row_edges[p] - row, 0);
    int r1 = min (shared->row_edges[p + 1] - row, t.rows);
    int c0 = max (shared->column_edges[u.at + q] - column, 0);
    int c1 = min (shared->column_edges[u.at + q + 1] - column, t.columns);
    float value = 0.0f;
    for (int s = segment (shared, r0), end = segment (shared, r1 - 1); s <= end; s++)
      for (int c = c0 + lane; c < c1; c += units.lanes)
        value = fold<MAXIMUM> (value, scratch->spare[s][c]);
    for (int step = units.lanes / 2; step > 0; step /= 2)
      value = fold<MAXIMUM> (value, __shfl_xor_sync (0xffffffffu, value, step));
    if (lane != 0 || k >= count)
      continue;
    if (!units.walks)
      put_block (o, shared->p + p, shared->q + u.at + q,
                 MAXIMUM ? value : value / (float)((r1 - r0) * (c1 - c0)));
    else if (MAXIMUM)
      shared->walked[k] = fmaxf (shared->walked[k], value);
    else
      shared->summed[k] += value;
  }
}

template <bool ONE, bool MAXIMUM>
__device__ static void
fold_unit (const Overview &o, const Units &units, const Unit &u, bool *same_rows,
           TileScratch *scratch, Fold *shared)
{
  const int *columns = &shared->column_edges[u.at];
  float cells[TILE_SIDE][TILE_SIDE];

  for (int i = 0; i < shared->row_edges[shared->down]; i += TILE)
    for (int j = columns[0]; j < columns[u.across]; j += TILE) {
      Tile t = { shared->row + i, shared->column + j,
                 min ((int)TILE, shared->row_edges[shared->down] - i),
                 min ((int)TILE, columns[u.across] - j) };
      if (tile_above (t))
        break;
      tile_cells<ONE> (o.source, o.channel + blockIdx.z, t, o.without_delta, *same_rows, scratch,
                       cells);
      *same_rows = tile_below (t) && !units.walks;
      __syncthreads ();
      fold_rows<MAXIMUM> (t, shared, cells, scratch);
      __syncthreads ();
      fold_blocks<MAXIMUM> (o, units, u, t, scratch, shared);
    }
}

/* Zeros above the diagonal, where a unit may have more blocks than are walked; else what was. */
__device__ static void
put_unit (const Overview &o, const Unit &u, bool above, const Fold *shared)
{
  for (int k = threadIdx.x; k < shared->down * u.across; k += TILE_THREADS) {
    int p = k / u.across, q = k % u.across;
    const int *rows = &shared->row_edges[p], *columns = &shared->column_edges[u.at + q];
    float value = 0.0f;
    if (!above)
      value = o.maximum ? shared->walked[k]
                        : (float)(shared->summed[k]
                                  / ((double)(rows[1] - rows[0]) * (columns[1] - columns[0])));
    put_block (o, shared->p + p, shared->q + u.at + q, value);
  }
}

template <bool ONE, bool MAXIMUM>
__global__ static void
__launch_bounds__ (TILE_THREADS, 2) absolute_units (Overview o, Units units)
{
  __shared__ TileScratch scratch;
  __shared__ Fold shared;
  int64_t whole = units.strip * units.per_column, left = o.columns - blockIdx.x * whole;
  int blocks = (int)min (left, whole);
  bool same_rows = false;

  find_edges (o, units, blocks, &shared);
  for (Unit u = { 0, 0 }; u.at < blocks; u.at += u.across) {
    __syncthreads ();
    u.across = (int)min (units.per_column, (int64_t)(blocks - u.at));
    if (shared.column + shared.column_edges[u.at] >= shared.row + shared.row_edges[shared.down]) {
      put_unit (o, u, true, &shared);
      continue;
    }
    if (threadIdx.x < MOST_BLOCKS)
      shared.walked[threadIdx.x] = 0.0f, shared.summed[threadIdx.x] = 0.0;
    __syncthreads ();
    fold_unit<ONE, MAXIMUM> (o, units, u, &same_rows, &scratch, &shared);
    if (!units.walks)
      continue;
    __syncthreads ();
    put_unit (o, u, false, &shared);
  }
}

/* Blocks of COUNT cells cut in BLOCKS that fit into a tile: at least one, and no more than there is
 * spare room for. */
static int64_t
blocks_per_tile (int64_t count, int64_t blocks)
{
  int64_t largest = (count + blocks - 1) / blocks;
  int64_t fit = largest < TILE ? TILE / largest : 1;

  return fit < MOST_BLOCKS ? fit : MOST_BLOCKS;
}

void
scope_cuda_overview_cells (ScopeCuda *self, const Overview &o)
{
  Units units = {};

  units.per_row = blocks_per_tile (o.row_count, o.rows);
  units.per_column = blocks_per_tile (o.column_count, o.columns);
  units.across = scope_blocks (o.columns, units.per_column);
  units.walks = (o.row_count + o.rows - 1) / o.rows > TILE
                || (o.column_count + o.columns - 1) / o.columns > TILE;
  for (units.lanes = 1;
       units.lanes < 32 && units.per_row * units.per_column * units.lanes * 2 <= TILE_THREADS;)
    units.lanes *= 2;
  int64_t down = scope_blocks (o.rows, units.per_row);
  int64_t strip = units.across * down * o.channels / (8 * self->processors);
  units.strip = strip < 1 ? 1 : (strip < STRIP ? (int)strip : STRIP);
  dim3 grid (scope_blocks (units.across, units.strip), (unsigned)down, (unsigned)o.channels);
  if (o.source.rates == 1 && o.maximum)
    SCOPE_LAUNCH ((absolute_units<true, true>), grid, TILE_THREADS, 0, self, o, units);
  else if (o.source.rates == 1)
    SCOPE_LAUNCH ((absolute_units<true, false>), grid, TILE_THREADS, 0, self, o, units);
  else if (o.maximum)
    SCOPE_LAUNCH ((absolute_units<false, true>), grid, TILE_THREADS, 0, self, o, units);
  else
    SCOPE_LAUNCH ((absolute_units<false, false>), grid, TILE_THREADS, 0, self, o, units);
}

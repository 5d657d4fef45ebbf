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

/* One unit: so many blocks, of which the first is (P, Q). */
struct Unit {
  int64_t p, q;
  int down, across;
};

struct Fold {
  int64_t row_edges[MOST_BLOCKS + 1], column_edges[MOST_BLOCKS + 1]; /* of the unit's blocks */
  unsigned starts[TILE / 32];                                        /* rows that begin a segment */
  float walked[MOST_BLOCKS];                                         /* ABSMAX so far */
  double summed[MOST_BLOCKS];                                        /* ABSMEAN so far */
};

__device__ static inline float
fold (bool maximum, float a, float b)
{
  return maximum ? fmaxf (a, b) : a + b;
}

/* Edges of the unit, and where segments begin: where a thread's rows or a block's do. */
__device__ static void
find_edges (const Overview &o, const Unit &u, Fold *shared)
{
  int i = threadIdx.x;
  int64_t row = row_edge (o, u.p) + i;
  bool starts = i % TILE_SIDE == 0;

  if (i <= u.down)
    shared->row_edges[i] = row_edge (o, u.p + i);
  if (i <= u.across)
    shared->column_edges[i] = column_edge (o, u.q + i);
  if (i < TILE) {
    if (!starts && u.down > 1 && row < row_edge (o, u.p + u.down))
      starts = block_at (o.row_begin, o.row_count, row, o.rows)
               != block_at (o.row_begin, o.row_count, row - 1, o.rows);
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
__device__ static inline void
fold_rows (const Overview &o, const Tile &t, const Fold *shared,
           const float cells[TILE_SIDE][TILE_SIDE], TileScratch *scratch)
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
      sums[k] = r == 0 || (starts >> r & 1) != 0 ? size : fold (o.maximum, sums[k], size);
    }
  }
  put ();
}

/* The segments and columns of each block of the unit that the tile has cells of. */
__device__ static void
fold_blocks (const Overview &o, const Units &units, const Unit &u, const Tile &t,
             const TileScratch *scratch, Fold *shared)
{
  int count = u.down * u.across, lane = threadIdx.x % units.lanes;

  for (int pass = 0; pass < count; pass += TILE_THREADS / units.lanes) {
    int k = pass + threadIdx.x / units.lanes, item = min (k, count - 1);
    int p = item / u.across, q = item % u.across;
    int r0 = (int)(max (shared->row_edges[p], t.row) - t.row);
    int r1 = (int)(min (shared->row_edges[p + 1], t.row + t.rows) - t.row);
    int c0 = (int)(max (shared->column_edges[q], t.column) - t.column);
    int c1 = (int)(min (shared->column_edges[q + 1], t.column + t.columns) - t.column);
    float value = 0.0f;
    for (int s = segment (shared, r0), end = segment (shared, r1 - 1); s <= end; s++)
      for (int c = c0 + lane; c < c1; c += units.lanes)
        value = fold (o.maximum, value, scratch->spare[s][c]);
    for (int step = units.lanes / 2; step > 0; step /= 2)
      value = fold (o.maximum, value, __shfl_xor_sync (0xffffffffu, value, step));
    if (lane != 0 || k >= count)
      continue;
    if (!units.walks)
      put_block (o, u.p + p, u.q + q, o.maximum ? value : value / (float)((r1 - r0) * (c1 - c0)));
    else if (o.maximum)
      shared->walked[k] = fmaxf (shared->walked[k], value);
    else
      shared->summed[k] += value;
  }
}

template <bool ONE>
__device__ static void
fold_unit (const Overview &o, const Units &units, const Unit &u, bool *same_rows,
           TileScratch *scratch, Fold *shared)
{
  int64_t row_end = shared->row_edges[u.down], column_end = shared->column_edges[u.across];
  float cells[TILE_SIDE][TILE_SIDE];

  for (int64_t i = shared->row_edges[0]; i < row_end; i += TILE)
    for (int64_t j = shared->column_edges[0]; j < column_end; j += TILE) {
      Tile t = { i, j, (int)min ((int64_t)TILE, row_end - i),
                 (int)min ((int64_t)TILE, column_end - j) };
      if (tile_above (t))
        break;
      tile_cells<ONE> (o.source, o.channel + blockIdx.z, t, o.without_delta, *same_rows, scratch,
                       cells);
      *same_rows = tile_below (t) && !units.walks;
      __syncthreads ();
      fold_rows (o, t, shared, cells, scratch);
      __syncthreads ();
      fold_blocks (o, units, u, t, scratch, shared);
    }
}

/* What was walked (or, above the diagonal, nothing) is the unit's result. */
__device__ static void
put_unit (const Overview &o, const Units &units, const Unit &u, const Fold *shared)
{
  for (int k = threadIdx.x; k < u.down * u.across; k += TILE_THREADS) {
    int p = k / u.across, q = k % u.across;
    double cells = (double)(shared->row_edges[p + 1] - shared->row_edges[p])
                   * (double)(shared->column_edges[q + 1] - shared->column_edges[q]);
    float value = 0.0f;
    if (units.walks)
      value = o.maximum ? shared->walked[k] : (float)(shared->summed[k] / cells);
    put_block (o, u.p + p, u.q + q, value);
  }
}

template <bool ONE>
__global__ static void
__launch_bounds__ (TILE_THREADS, 2) absolute_units (Overview o, Units units)
{
  __shared__ TileScratch scratch;
  __shared__ Fold shared;
  int64_t p = (int64_t)blockIdx.y * units.per_row;
  int down = (int)min (units.per_row, o.rows - p);
  bool same_rows = false;

  for (int k = 0; k < units.strip; k++) {
    int64_t q = ((int64_t)blockIdx.x * units.strip + k) * units.per_column;
    if (q >= o.columns)
      break;
    Unit u = { p, q, down, (int)min (units.per_column, o.columns - q) };
    __syncthreads ();
    find_edges (o, u, &shared);
    if (threadIdx.x < MOST_BLOCKS)
      shared.walked[threadIdx.x] = 0.0f, shared.summed[threadIdx.x] = 0.0;
    __syncthreads ();
    fold_unit<ONE> (o, units, u, &same_rows, &scratch, &shared);
    __syncthreads ();
    if (units.walks || shared.column_edges[0] >= shared.row_edges[down])
      put_unit (o, units, u, &shared);
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
  if (o.source.rates == 1)
    SCOPE_LAUNCH (absolute_units<true>, grid, TILE_THREADS, 0, self, o, units);
  else
    SCOPE_LAUNCH (absolute_units<false>, grid, TILE_THREADS, 0, self, o, units);
}

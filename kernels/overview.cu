/* OVERVIEW: one channel's map reduced to blocks, never storing L².
 *
 * MEAN is exact at any length for O (L N + ROWS COLUMNS N) work: with r the first row of a block
 * and c its last column, c <= r, Σ α = Σ_n (Σ_i C[i,n] exp (A (P_i - P_r))) exp (A (P_r - P_c))
 * (Σ_j exp (A (P_c - P_j)) Δ_j B_j), every exponent <= 0; sums in double. Blocks on the diagonal
 * take their cells one by one. ABSMEAN and ABSMAX evaluate every cell through tile.cuh; a thread
 * block takes as many output blocks as fit into a 64 x 64 tile, or walks one larger output block
 * tile by tile. Sampled, a thread block takes one output block and its evenly spaced cells.
 * Tolerance: 1e-5 relative to the block's mean |α|. */
#include "tile.cuh"

enum { THREADS = 256, MOST_BLOCKS = 32 };

struct Overview {
  MapSource source;
  int64_t h, row_begin, row_count, column_begin, column_count, rows, columns, sample;
  bool without_delta, maximum;
  View<float> out;
  double *row_sums, *column_sums; /* (rows, N), (columns, N): MEAN's inner sums */
  int64_t per_row, per_column;    /* output blocks in a tile */
};

__device__ static int64_t
row_edge (const Overview &o, int64_t k)
{
  return o.row_begin + o.row_count * k / o.rows;
}

__device__ static int64_t
column_edge (const Overview &o, int64_t k)
{
  return o.column_begin + o.column_count * k / o.columns;
}

__device__ static double
block_total (double value)
{
  __shared__ double partial[THREADS / 32];

  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync (0xffffffffu, value, step);
  __syncthreads ();
  if (threadIdx.x % 32 == 0)
    partial[threadIdx.x / 32] = value;
  __syncthreads ();
  double sum = 0.0;
  for (int w = 0; w < THREADS / 32; w++)
    sum += partial[w];
  return sum;
}

/* Inner sums of the mean: thread blocks [0, rows) do rows, the rest columns; one state at a time.
 */
__global__ static void
mean_sums (Overview o)
{
  const MapSource &s = o.source;
  bool of_rows = blockIdx.x < o.rows;
  int64_t k = of_rows ? blockIdx.x : blockIdx.x - o.rows, g = map_group (s, o.h) * s.states;
  int64_t begin = of_rows ? row_edge (o, k) : column_edge (o, k);
  int64_t end = of_rows ? row_edge (o, k + 1) : column_edge (o, k + 1);
  double reference = s.prefix.row (of_rows ? begin : end - 1)[o.h];

  for (int64_t n = blockIdx.y; n < s.states; n += gridDim.y) {
    double rate = map_rate (s, o.h, n), sum = 0.0;
    for (int64_t t = begin + threadIdx.x; t < end; t += THREADS) {
      double away = fabs (s.prefix.row (t)[o.h] - reference);
      double factor = of_rows ? s.c.row (t)[g + n]
                              : (double)s.b.row (t)[g + n] * map_delta (s, t, o.h, o.without_delta);
      sum += factor * exp (rate * away);
    }
    sum = block_total (sum);
    if (threadIdx.x == 0)
      (of_rows ? o.row_sums : o.column_sums)[k * s.states + n] = sum;
  }
}

/* α[i,j] in double: the mean's blocks may cancel. */
__device__ static double
exact_cell (const Overview &o, int64_t i, int64_t j)
{
  const MapSource &s = o.source;
  int64_t g = map_group (s, o.h) * s.states;
  double distance = s.prefix.row (i)[o.h] - s.prefix.row (j)[o.h], sum = 0.0, shared = 1.0;

  if (s.rates == 1)
    shared = exp (map_rate (s, o.h, 0) * distance);
  for (int64_t n = 0; n < s.states; n++) {
    double decay = s.rates == 1 ? 1.0 : exp (map_rate (s, o.h, n) * distance);
    sum += (double)s.c.row (i)[g + n] * decay * s.b.row (j)[g + n];
  }
  return sum * shared * map_delta (s, j, o.h, o.without_delta);
}

/* Σ of a block that touches the diagonal, cell by cell, by one thread block. */
__device__ static double
dense_sum (const Overview &o, int64_t r0, int64_t r1, int64_t c0, int64_t c1)
{
  double sum = 0.0;

  for (int64_t k = threadIdx.x; k < (r1 - r0) * (c1 - c0); k += THREADS) {
    int64_t i = r0 + k / (c1 - c0), j = c0 + k % (c1 - c0);
    if (j <= i)
      sum += exact_cell (o, i, j);
  }
  return block_total (sum);
}

/* One thread block per output row; its threads take the blocks below the diagonal side by side,
 * then all of them together each block on it. */
__global__ static void
mean_blocks (Overview o)
{
  const MapSource &s = o.source;
  int64_t r = blockIdx.x, r0 = row_edge (o, r), r1 = row_edge (o, r + 1);
  double at_row = s.prefix.row (r0)[o.h];

  for (int64_t c = threadIdx.x; c < o.columns; c += THREADS) {
    int64_t c0 = column_edge (o, c), c1 = column_edge (o, c + 1);
    double sum = 0.0;
    if (c1 - 1 <= r0) {
      double distance = at_row - s.prefix.row (c1 - 1)[o.h];
      for (int64_t n = 0; n < s.states; n++)
        sum += o.row_sums[r * s.states + n] * exp (map_rate (s, o.h, n) * distance)
               * o.column_sums[c * s.states + n];
    }
    o.out.row (r)[c] = (float)(sum / (double)((r1 - r0) * (c1 - c0)));
  }
  for (int64_t c = 0; c < o.columns; c++) {
    int64_t c0 = column_edge (o, c), c1 = column_edge (o, c + 1);
    if (c1 - 1 <= r0 || c0 > r1 - 1)
      continue;
    double sum = dense_sum (o, r0, r1, c0, c1);
    if (threadIdx.x == 0)
      o.out.row (r)[c] = (float)(sum / (double)((r1 - r0) * (c1 - c0)));
  }
}

__device__ static double
combine (const Overview &o, double a, double b)
{
  return o.maximum ? fmax (a, b) : a + b;
}

/* |cells| of a tile in shared memory, reduced first along the columns of each output block, then
 * along its rows, into TOTAL (one per output block of the tile). */
__device__ static void
reduce_tile (const Overview &o, const Tile &t, const float *cells, int64_t first_row,
             int64_t first_column, float (*image)[TILE + 1], double *total)
{
  for (int k = 0; k < TILE_CELLS; k++)
    image[tile_row (k)][tile_column (k)] = fabsf (cells[k]);
  __syncthreads ();
  for (int64_t k = threadIdx.x; k < o.per_row * o.per_column; k += TILE_THREADS) {
    int64_t r = first_row + k / o.per_column, c = first_column + k % o.per_column;
    if (r >= o.rows || c >= o.columns)
      continue;
    int64_t r0 = max (row_edge (o, r), t.row), r1 = min (row_edge (o, r + 1), t.row + t.rows);
    int64_t c0 = max (column_edge (o, c), t.column);
    int64_t c1 = min (column_edge (o, c + 1), t.column + t.columns);
    double sum = total[k];
    for (int64_t i = r0; i < r1; i++)
      for (int64_t j = c0; j < c1; j++)
        sum = combine (o, sum, image[i - t.row][j - t.column]);
    total[k] = sum;
  }
  __syncthreads ();
}

/* PER_ROW x PER_COLUMN output blocks by one thread block, walking tiles where a block is larger. */
__global__ static void
absolute_blocks (Overview o)
{
  __shared__ TileScratch scratch;
  __shared__ float image[TILE][TILE + 1];
  SCOPE_DYNAMIC_SHARED (double, total);
  int64_t first_row = (int64_t)blockIdx.y * o.per_row,
          last_row = min (first_row + o.per_row, o.rows);
  int64_t first_column = (int64_t)blockIdx.x * o.per_column;
  int64_t last_column = min (first_column + o.per_column, o.columns);
  int64_t r1 = row_edge (o, last_row), c1 = column_edge (o, last_column);
  float cells[TILE_CELLS];

  for (int64_t k = threadIdx.x; k < o.per_row * o.per_column; k += TILE_THREADS)
    total[k] = 0.0;
  __syncthreads ();
  for (int64_t i = row_edge (o, first_row); i < r1; i += TILE)
    for (int64_t j = column_edge (o, first_column); j < c1 && j < i + TILE; j += TILE) {
      Tile t = { i, j, min ((int64_t)TILE, r1 - i), min ((int64_t)TILE, c1 - j) };
      tile_cells (o.source, o.h, t, o.without_delta, &scratch, cells);
      reduce_tile (o, t, cells, first_row, first_column, image, total);
    }
  for (int64_t k = threadIdx.x; k < o.per_row * o.per_column; k += TILE_THREADS) {
    int64_t r = first_row + k / o.per_column, c = first_column + k % o.per_column;
    if (r < o.rows && c < o.columns) {
      int64_t count
          = (row_edge (o, r + 1) - row_edge (o, r)) * (column_edge (o, c + 1) - column_edge (o, c));
      o.out.row (r)[c] = (float)(o.maximum ? total[k] : total[k] / (double)count);
    }
  }
}

/* K of COUNT evenly spaced places in LENGTH, first and last included. */
__device__ static int64_t
spaced (int64_t k, int64_t count, int64_t length)
{
  return count > 1 ? k * (length - 1) / (count - 1) : 0;
}

__global__ static void
sampled_blocks (Overview o)
{
  int64_t r0 = row_edge (o, blockIdx.y), height = row_edge (o, blockIdx.y + 1) - r0;
  int64_t c0 = column_edge (o, blockIdx.x), width = column_edge (o, blockIdx.x + 1) - c0;
  int64_t down = min (o.sample, height), across = min (o.sample, width);
  __shared__ double partial[THREADS];
  double value = 0.0;

  for (int64_t k = threadIdx.x; k < down * across; k += THREADS) {
    int64_t i = r0 + spaced (k / across, down, height), j = c0 + spaced (k % across, across, width);
    if (j <= i)
      value = combine (o, value, fabsf (map_cell (o.source, o.h, i, j, o.without_delta)));
  }
  partial[threadIdx.x] = value;
  for (int half = THREADS / 2; half > 0; half /= 2) {
    __syncthreads ();
    if (threadIdx.x < half)
      partial[threadIdx.x] = combine (o, partial[threadIdx.x], partial[threadIdx.x + half]);
  }
  if (threadIdx.x == 0)
    o.out.row (blockIdx.y)[blockIdx.x]
        = (float)(o.maximum ? partial[0] : partial[0] / (double)(down * across));
}

size_t
scope_cuda_overview_scratch (const ScopeOpOverview *op)
{
  size_t ends = (size_t)(op->out.rows + op->out.columns);

  return op->reduce == SCOPE_REDUCE_MEAN ? ends * (size_t)op->source.states * sizeof (double) : 0;
}

static int
run_mean (ScopeCuda *self, Overview *o, size_t bytes, char *error, size_t error_size)
{
  double *sums = (double *)scope_cuda_workspace (self, bytes, error, error_size);

  if (sums == NULL)
    return SCOPE_STATUS_MEMORY;
  o->row_sums = sums;
  o->column_sums = sums + o->rows * o->source.states;
  dim3 grid ((unsigned)(o->rows + o->columns),
             (unsigned)(o->source.states < 16 ? o->source.states : 16));
  SCOPE_LAUNCH (mean_sums, grid, THREADS, 0, self, *o);
  SCOPE_LAUNCH (mean_blocks, (unsigned)o->rows, THREADS, 0, self, *o);
  return SCOPE_STATUS_OK;
}

/* How many output blocks of COUNT cells cut in BLOCKS a thread block takes: as many as fit into a
 * tile, and at most so many that their totals fit into shared memory. */
static int64_t
blocks_per_tile (int64_t count, int64_t blocks)
{
  int64_t largest = (count + blocks - 1) / blocks;
  int64_t fit = largest < TILE ? TILE / largest : 1;
  return fit < MOST_BLOCKS ? fit : MOST_BLOCKS;
}

int
scope_cuda_overview (ScopeCuda *self, const ScopeOpOverview *op, char *error, size_t error_size)
{
  Overview o = { map_source (op->source),
                 op->channel,
                 op->row_begin,
                 op->row_end - op->row_begin,
                 op->column_begin,
                 op->column_end - op->column_begin,
                 op->out.rows,
                 op->out.columns,
                 op->sample,
                 op->without_delta,
                 op->reduce == SCOPE_REDUCE_ABSMAX,
                 scope_view<float> (op->out) };
  int status = SCOPE_STATUS_OK;

  if (o.rows == 0 || o.columns == 0)
    return SCOPE_STATUS_OK;
  if (op->reduce == SCOPE_REDUCE_MEAN) {
    status = run_mean (self, &o, scope_cuda_overview_scratch (op), error, error_size);
  } else if (op->sample > 0) {
    SCOPE_LAUNCH (sampled_blocks, dim3 ((unsigned)o.columns, (unsigned)o.rows), THREADS, 0, self,
                  o);
  } else {
    o.per_row = blocks_per_tile (o.row_count, o.rows);
    o.per_column = blocks_per_tile (o.column_count, o.columns);
    dim3 grid (scope_blocks (o.columns, o.per_column), scope_blocks (o.rows, o.per_row));
    size_t shared = (size_t)(o.per_row * o.per_column) * sizeof (double);
    SCOPE_LAUNCH (absolute_blocks, grid, TILE_THREADS, shared, self, o);
  }
  return status != SCOPE_STATUS_OK ? status
                                   : scope_cuda_launched (self, "overview", error, error_size);
}

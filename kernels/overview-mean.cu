/* OVERVIEW's mean: exact at any length for O (L N + ROWS COLUMNS N) work, in double, because a
 * block's cells may cancel.
 *
 * With r the first row of a block and q its last column, q <= r,
 *   Σ α = Σ_n (Σ_i C[i,n] exp (A (P_i - P_r))) exp (A (P_r - P_q)) (Σ_j exp (A (P_q - P_j)) Δ_j
 * B_j), every exponent <= 0: separable, cell by cell of the output. A block that the diagonal cuts
 * is summed by the recurrence itself, walked down its columns' tokens or left along its rows',
 * whichever takes fewer steps in all.
 * Layout: a warp for each inner sum, lanes side by side along states, then tokens; a thread for
 * each output block; a warp for each block column (row) that is walked, lanes along the states.
 * Tolerance: one rounding to float of the exact mean. */
#include "overview.cuh"

enum { WARPS = 4, THREADS = 32 * WARPS, LANE_STATES = 8, MOST_STATES = 32 * LANE_STATES };
/* Scratch of channels that are worked together. */
static const size_t slab_bytes = (size_t)64 << 20;

struct Mean {
  Overview o;
  double *sums; /* (channels, rows + columns, N): inner sums of the rows' blocks, then columns' */
};

__device__ static inline int64_t
channel_of (const Mean &m)
{
  return m.o.channel + blockIdx.z;
}

__device__ static inline double *
inner_sums (const Mean &m, int64_t k)
{
  int64_t blocks = m.o.rows + m.o.columns;
  return m.sums + (blockIdx.z * blocks + k) * m.o.source.states;
}

/* C[t,n], or Δ[t] B[t,n]. */
__device__ static inline double
factor (const Mean &m, bool of_rows, int64_t t, int64_t n)
{
  const MapSource &s = m.o.source;
  int64_t h = channel_of (m), state = map_group (s, h) * s.states + n;

  if (of_rows)
    return s.c.row (t)[state];
  return (double)s.b.row (t)[state] * map_delta (s, t, h, m.o.without_delta);
}

__global__ static void
mean_sums (Mean m, int width)
{
  const MapSource &s = m.o.source;
  int64_t k = (int64_t)blockIdx.x * WARPS + threadIdx.x / 32, h = channel_of (m);
  int lane = threadIdx.x % 32;
  bool of_rows = k < m.o.rows;

  if (k >= m.o.rows + m.o.columns)
    return;
  int64_t begin = of_rows ? row_edge (m.o, k) : column_edge (m.o, k - m.o.rows);
  int64_t end = of_rows ? row_edge (m.o, k + 1) : column_edge (m.o, k - m.o.rows + 1);
  double reference = s.prefix.row (of_rows ? begin : end - 1)[h];
  for (int64_t first = 0; first < s.states; first += width) {
    int64_t n = min (first + lane % width, s.states - 1);
    double rate = map_rate (s, h, n), sum = 0.0;
    for (int64_t t = begin + lane / width; t < end; t += 32 / width) {
      double away = fabs (s.prefix.row (t)[h] - reference);
      sum += factor (m, of_rows, t, n) * exp (rate * away);
    }
    for (int step = width; step < 32; step *= 2)
      sum += __shfl_xor_sync (0xffffffffu, sum, step);
    if (lane < width && first + lane < s.states)
      inner_sums (m, k)[n] = sum;
  }
}

/* Whether the diagonal runs through block (P, Q). */
__device__ static inline bool
is_cut (const Overview &o, int64_t p, int64_t q)
{
  return column_edge (o, q + 1) - 1 > row_edge (o, p) && column_edge (o, q) < row_edge (o, p + 1);
}

__device__ static inline void
put_mean (const Overview &o, int64_t p, int64_t q, double sum)
{
  double rows = (double)(row_edge (o, p + 1) - row_edge (o, p));
  double columns = (double)(column_edge (o, q + 1) - column_edge (o, q));

  put_block (o, p, q, (float)(sum / (rows * columns)));
}

__global__ static void
mean_blocks (Mean m)
{
  const MapSource &s = m.o.source;
  int64_t q = (int64_t)blockIdx.x * THREADS + threadIdx.x, p = blockIdx.y, h = channel_of (m);

  if (q >= m.o.columns || is_cut (m.o, p, q))
    return;
  int64_t first = row_edge (m.o, p), last = column_edge (m.o, q + 1) - 1;
  double sum = 0.0;
  if (last <= first) {
    const double *left = inner_sums (m, p), *right = inner_sums (m, m.o.rows + q);
    double distance = s.prefix.row (first)[h] - s.prefix.row (last)[h];
    double decay = exp (map_rate (s, h, 0) * distance);
    for (int64_t n = 0; n < s.states; n++) {
      if (n > 0 && s.rates > 1)
        decay = exp (map_rate (s, h, n) * distance);
      sum += left[n] * decay * right[n];
    }
  }
  put_mean (m.o, p, q, sum);
}

/* A walk's state: lanes along the states. */
struct Walk {
  int64_t h;
  double rate[LANE_STATES], held[LANE_STATES], sum;
};

__device__ static inline void
walk_begin (const Mean &m, Walk *w)
{
  w->h = channel_of (m);
  w->sum = 0.0;
#pragma unroll
  for (int k = 0; k < LANE_STATES; k++) {
    int64_t n = threadIdx.x % 32 + 32 * k;
    w->rate[k] = n < m.o.source.states ? map_rate (m.o.source, w->h, n) : 0.0;
    w->held[k] = 0.0;
  }
}

/* held <- exp (A distance) held + IN's factor at T if ENTERS; sum += OUT's factor * held. */
__device__ static inline void
walk_step (const Mean &m, Walk *w, int64_t t, double distance, bool down, bool enters)
{
#pragma unroll
  for (int k = 0; k < LANE_STATES; k++) {
    int64_t n = threadIdx.x % 32 + 32 * k;
    if (n < m.o.source.states) {
      double in = enters ? factor (m, !down, t, n) : 0.0;
      w->held[k] = exp (w->rate[k] * distance) * w->held[k] + in;
      w->sum += factor (m, down, t, n) * w->held[k];
    }
  }
}

__device__ static inline void
walk_put (const Mean &m, Walk *w, int64_t p, int64_t q)
{
  double sum = w->sum;

  for (int step = 16; step > 0; step /= 2)
    sum += __shfl_xor_sync (0xffffffffu, sum, step);
  if (threadIdx.x % 32 == 0)
    put_mean (m.o, p, q, sum);
  w->sum = 0.0;
}

/* The cut blocks of a column of blocks, walking down: held = Σ_{j <= i} exp (A (P_i - P_j)) Δ_j B_j
 * over the columns, and row i adds C_i · held. */
__device__ static void
walk_down (const Mean &m, int64_t q)
{
  const Overview &o = m.o;
  int64_t first = column_edge (o, q), stop = column_edge (o, q + 1);
  int64_t begin = max (first, o.row_begin);
  Walk w;

  if (begin >= o.row_begin + o.row_count)
    return;
  walk_begin (m, &w);
  int64_t p = block_at (o.row_begin, o.row_count, begin, o.rows), next = row_edge (o, p + 1);
  bool cut = is_cut (o, p, q);
  for (int64_t i = first; cut; i++) {
    double before = o.source.prefix.row (max (i - 1, first))[w.h];
    walk_step (m, &w, i, o.source.prefix.row (i)[w.h] - before, true, i < stop);
    if (i < o.row_begin)
      w.sum = 0.0;
    else if (i + 1 == next) {
      walk_put (m, &w, p, q);
      p++;
      cut = p < o.rows && is_cut (o, p, q);
      next = row_edge (o, p + 1);
    }
  }
}

/* The cut blocks of a row of blocks, walking left: held = Σ_{i >= j} C_i exp (A (P_i - P_j)) over
 * the rows, and column j adds Δ_j B_j · held. */
__device__ static void
walk_left (const Mean &m, int64_t p)
{
  const Overview &o = m.o;
  int64_t first = row_edge (o, p), last = row_edge (o, p + 1) - 1;
  int64_t end = min (last, o.column_begin + o.column_count - 1);
  Walk w;

  if (end < o.column_begin)
    return;
  walk_begin (m, &w);
  int64_t q = block_at (o.column_begin, o.column_count, end, o.columns), next = column_edge (o, q);
  bool cut = is_cut (o, p, q);
  for (int64_t j = last; cut; j--) {
    double after = o.source.prefix.row (min (j + 1, last))[w.h];
    walk_step (m, &w, j, after - o.source.prefix.row (j)[w.h], false, j >= first);
    if (j > end)
      w.sum = 0.0;
    else if (j == next) {
      walk_put (m, &w, p, q);
      q--;
      cut = q >= 0 && is_cut (o, p, q);
      next = column_edge (o, q);
    }
  }
}

__global__ static void
mean_walks (Mean m, bool down)
{
  int64_t k = (int64_t)blockIdx.x * WARPS + threadIdx.x / 32;

  if (down && k < m.o.columns)
    walk_down (m, k);
  else if (!down && k < m.o.rows)
    walk_left (m, k);
}

static size_t
channel_bytes (int64_t rows, int64_t columns, int64_t states)
{
  return (size_t)(rows + columns) * (size_t)states * sizeof (double);
}

/* Channels that share the scratch. */
static int64_t
slab_channels (int64_t channels, int64_t rows, int64_t columns, int64_t states)
{
  int64_t fit = (int64_t)(slab_bytes / channel_bytes (rows, columns, states));

  return fit < 1 ? 1 : (fit < channels ? fit : channels);
}

size_t
scope_cuda_mean_scratch (int64_t channels, int64_t rows, int64_t columns, int64_t states)
{
  if (channels < 1 || rows < 1 || columns < 1)
    return 0;
  return (size_t)slab_channels (channels, rows, columns, states)
         * channel_bytes (rows, columns, states);
}

static void
run_slab (ScopeCuda *self, const Mean &m)
{
  const Overview &o = m.o;
  unsigned channels = (unsigned)o.channels;
  int width = 1;
  /* Steps of all walks: every position once, and for each block as many again the other way. */
  int64_t down = o.column_count + o.columns * (o.row_count / o.rows);
  int64_t left = o.row_count + o.rows * (o.column_count / o.columns);
  bool downwards = down <= left;

  while (width < 32 && width < o.source.states)
    width *= 2;
  dim3 sums (scope_blocks (o.rows + o.columns, WARPS), 1, channels);
  dim3 blocks (scope_blocks (o.columns, THREADS), (unsigned)o.rows, channels);
  dim3 walks (scope_blocks (downwards ? o.columns : o.rows, WARPS), 1, channels);
  SCOPE_LAUNCH (mean_sums, sums, THREADS, 0, self, m, width);
  SCOPE_LAUNCH (mean_blocks, blocks, THREADS, 0, self, m);
  SCOPE_LAUNCH (mean_walks, walks, THREADS, 0, self, m, downwards);
}

int
scope_cuda_overview_mean (ScopeCuda *self, const Overview &o, char *error, size_t error_size)
{
  size_t bytes = scope_cuda_mean_scratch (o.channels, o.rows, o.columns, o.source.states);
  int64_t slab = slab_channels (o.channels, o.rows, o.columns, o.source.states);
  double *sums = (double *)scope_cuda_workspace (self, bytes, error, error_size);

  if (sums == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t z = 0; z < o.channels; z += slab) {
    Mean m = { o, sums };
    m.o.channel += z;
    m.o.channels = o.channels - z < slab ? o.channels - z : slab;
    if (o.out.reals != NULL)
      m.o.out.reals += z * o.rows * o.out.stride;
    else
      m.o.out.bytes += z * o.rows * o.out.stride;
    run_slab (self, m);
  }
  return scope_cuda_launched (self, "overview", error, error_size);
}

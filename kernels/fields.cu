/* FIELDS: the first column j with |α[rows[r], j]| > epsilon, for every channel; -1 if none.
 *
 * Columns come in spans of 32. No cell of a span exceeds
 *   Σ_n |C[i,n]| exp (A[n] (P_i - P_last)) max_j |Δ_j B[j,n]|,
 * last being the span's latest column (with one rate for all states, by Cauchy and Schwarz,
 * |C_i| exp (A (P_i - P_last)) max_j |Δ_j| |B_j|), so a warp looks at 32 spans at a time, a lane
 * each, passes over those whose bound stays below epsilon, and evaluates the others, oldest first,
 * a lane for each cell, up to the first hit. Layout: Δ, P and B are transposed first, so that the
 * tokens of a channel lie side by side, and the spans' peaks are made, for as many channels as the
 * scratch holds; then a warp for each row and channel. Exact up to the rounding of α: a cell within
 * 1e-5 of epsilon may differ from the CPU's. */
#include "map.cuh"

enum { SPAN = 32, WARPS = 8, THREADS = 32 * WARPS, ROWS = 8, MOST_RATES = 256 };
static const size_t slab_bytes = (size_t)128 << 20;

struct Fields {
  MapSource source;
  View<const int32_t> rows;
  View<int32_t> out;
  float epsilon, skip;          /* a span whose bound is at most SKIP has no hit */
  int64_t tokens, width, spans; /* WIDTH: tokens up to whole spans */
  int64_t begin, row_count;
  /* scratch; channels from BEGIN on */
  float *b;       /* (G N, width) */
  float *size;    /* (G, width) |B_j|; one rate only */
  double *prefix; /* (channels, width) */
  float *delta;   /* (channels, width) */
  float *peak;    /* (channels, rates, spans) */
};

/* to[c][t] = from[t][first + c], 0 beyond the last token; 32 x 32 at a time. */
template <class T>
__global__ static void
transpose (View<const T> from, T *to, int64_t tokens, int64_t width, int64_t first, int64_t count)
{
  __shared__ T tile[32][33];
  int64_t t = (int64_t)blockIdx.x * 32, c = (int64_t)blockIdx.y * 32;
  int x = threadIdx.x % 32;

  for (int y = threadIdx.x / 32; y < 32; y += WARPS)
    tile[y][x] = t + y < tokens && c + x < count ? from.row (t + y)[first + c + x] : T (0);
  __syncthreads ();
  for (int y = threadIdx.x / 32; y < 32; y += WARPS)
    if (c + y < count)
      to[(c + y) * width + t + x] = tile[x][y];
}

/* |B_j| of each group. */
__global__ static void
field_sizes (Fields f)
{
  int64_t j = (int64_t)blockIdx.x * THREADS + threadIdx.x, n = f.source.states;
  const float *b = f.b + blockIdx.y * n * f.width + j;
  float sum = 0.0f;

  if (j >= f.width)
    return;
  for (int64_t k = 0; k < n; k++)
    sum += b[k * f.width] * b[k * f.width];
  f.size[blockIdx.y * f.width + j] = sqrtf (sum);
}

/* A warp for each span and channel. The bits of floats that are not negative are in their order,
 * and a NaN's come last. */
__global__ static void
field_peaks (Fields f)
{
  int64_t span = (int64_t)blockIdx.x * WARPS + threadIdx.x / 32, k = blockIdx.y;
  int64_t j = span * SPAN + threadIdx.x % 32, g = map_group (f.source, f.begin + k);
  const float *b = f.source.rates == 1 ? f.size + g * f.width : f.b + g * f.source.states * f.width;

  if (span >= f.spans)
    return;
  float delta = f.delta[k * f.width + j];
  for (int64_t n = 0; n < f.source.rates; n++) {
    float size = fabsf (delta * b[n * f.width + j]);
    unsigned peak = __reduce_max_sync (0xffffffffu, __float_as_uint (size));
    if (threadIdx.x % 32 == 0)
      f.peak[(k * f.source.rates + n) * f.spans + span] = __uint_as_float (peak);
  }
}

/* |C_i| */
__device__ static inline float
row_size (const float *c, int64_t states)
{
  float sum = 0.0f;

  for (int64_t n = threadIdx.x % 32; n < states; n += 32)
    sum += c[n] * c[n];
  for (int step = 16; step > 0; step /= 2)
    sum += __shfl_xor_sync (0xffffffffu, sum, step);
  return sqrtf (sum);
}

/* What no cell of row I and SPAN exceeds. */
__device__ static inline float
span_bound (const Fields &f, const Two *rates, const float *c, float c_size, int64_t k, int64_t i,
            int64_t span)
{
  const double *prefix = f.prefix + k * f.width;
  const float *peak = f.peak + k * f.source.rates * f.spans + span;
  Two distance = two (prefix[i] - prefix[min (span * SPAN + SPAN - 1, i)]);
  float sum = 0.0f;

  if (f.source.rates == 1)
    return c_size * decay (rates[0], distance) * peak[0];
  for (int n = 0; n < (int)f.source.rates; n++)
    sum += fabsf (c[n]) * decay (rates[n], distance) * peak[n * f.spans];
  return sum;
}

/* α[i,j] */
__device__ static inline float
field_cell (const Fields &f, const Two *rates, const float *c, int64_t k, int64_t i, int64_t j)
{
  const double *prefix = f.prefix + k * f.width;
  const float *b = f.b + map_group (f.source, f.begin + k) * f.source.states * f.width + j;
  Two distance = two (prefix[i] - prefix[j]);
  bool one = f.source.rates == 1;
  float sum = 0.0f;

#pragma unroll 4
  for (int n = 0; n < (int)f.source.states; n++)
    sum += c[n] * b[n * f.width] * (one ? 1.0f : decay (rates[n], distance));
  if (one)
    sum *= decay (rates[0], distance);
  return sum * f.delta[k * f.width + j];
}

/* By one warp. */
__device__ static int32_t
first_column (const Fields &f, const Two *rates, int64_t k, int64_t i)
{
  const float *c = f.source.c.row (i) + map_group (f.source, f.begin + k) * f.source.states;
  float c_size = f.source.rates == 1 ? row_size (c, f.source.states) : 0.0f;
  int lane = threadIdx.x % 32;

  for (int64_t first = 0; first * SPAN <= i; first += 32) {
    int64_t span = first + lane;
    bool likely = span * SPAN <= i
                  && !(span_bound (f, rates, c, c_size, k, i, min (span, f.spans - 1)) <= f.skip);
    unsigned spans = __ballot_sync (0xffffffffu, likely);
    for (; spans != 0; spans &= spans - 1) {
      int64_t j = (first + __ffs (spans) - 1) * SPAN + lane;
      bool hit = j <= i && fabsf (field_cell (f, rates, c, k, i, min (j, i))) > f.epsilon;
      unsigned hits = __ballot_sync (0xffffffffu, hit);
      if (hits != 0)
        return (int32_t)(j - lane + __ffs (hits) - 1);
    }
  }
  return -1;
}

__global__ static void
field_starts (Fields f)
{
  __shared__ Two rates[MOST_RATES];
  int64_t k = blockIdx.y, row = (int64_t)blockIdx.x * ROWS * WARPS + threadIdx.x / 32;

  for (int n = threadIdx.x; n < (int)f.source.rates; n += THREADS)
    rates[n] = map_rate2 (f.source, f.begin + k, n);
  __syncthreads ();
  for (int pass = 0; pass < ROWS; pass++, row += WARPS) {
    if (row >= f.row_count)
      return;
    int64_t i = *f.rows.row (row);
    int32_t found = i >= 0 && i < f.tokens ? first_column (f, rates, k, i) : -1;
    if (threadIdx.x % 32 == 0)
      f.out.row (row)[k] = found;
  }
}

/* Scratch of one channel, and of all together. */
static size_t
channel_bytes (const Fields &f)
{
  return (size_t)f.width * (sizeof (double) + sizeof (float))
         + (size_t)(f.source.rates * f.spans) * sizeof (float);
}

static size_t
shared_bytes (const Fields &f)
{
  return (size_t)(f.source.groups * (f.source.states + 1) * f.width) * sizeof (float);
}

static Fields
describe (const ScopeOpFields *op)
{
  Fields f = {};

  f.source = map_source (op->source);
  f.rows = scope_view<const int32_t> (op->rows);
  f.out = scope_view<int32_t> (op->out);
  f.epsilon = (float)op->epsilon;
  /* Far above the bound's own rounding; where products underflow a bound proves nothing. */
  f.skip = op->epsilon > 1e-30 ? (float)(op->epsilon * (1.0 - 1e-4)) : -1.0f;
  f.tokens = op->source.delta.rows;
  f.spans = (f.tokens + SPAN - 1) / SPAN;
  f.width = f.spans * SPAN;
  f.row_count = op->rows.rows;
  return f;
}

static int64_t
slab_channels (const Fields &f, int64_t channels)
{
  int64_t fit = (int64_t)(slab_bytes / channel_bytes (f));

  return fit < 1 ? 1 : (fit < channels ? fit : channels);
}

size_t
scope_cuda_fields_scratch (const ScopeOpFields *op)
{
  Fields f = describe (op);
  int64_t channels = op->channel_end - op->channel_begin;

  if (channels < 1 || f.tokens < 1)
    return 0;
  return shared_bytes (f) + (size_t)slab_channels (f, channels) * channel_bytes (f);
}

/* Doubles first: they want the alignment. */
static void
lay_out (Fields *f, char *base, int64_t channels)
{
  f->prefix = (double *)base;
  f->delta = (float *)(f->prefix + channels * f->width);
  f->b = f->delta + channels * f->width;
  f->size = f->b + f->source.groups * f->source.states * f->width;
  f->peak = f->size + f->source.groups * f->width;
}

static void
run_slab (ScopeCuda *self, const Fields &f, unsigned channels)
{
  dim3 tiles ((unsigned)f.spans, scope_blocks (channels, 32));
  dim3 peaks (scope_blocks (f.spans, WARPS), channels);
  dim3 rows (scope_blocks (f.row_count, ROWS * WARPS), channels);

  SCOPE_LAUNCH (transpose<float>, tiles, THREADS, 0, self, f.source.delta, f.delta, f.tokens,
                f.width, f.begin, (int64_t)channels);
  SCOPE_LAUNCH (transpose<double>, tiles, THREADS, 0, self, f.source.prefix, f.prefix, f.tokens,
                f.width, f.begin, (int64_t)channels);
  SCOPE_LAUNCH (field_peaks, peaks, THREADS, 0, self, f);
  SCOPE_LAUNCH (field_starts, rows, THREADS, 0, self, f);
}

int
scope_cuda_fields (ScopeCuda *self, const ScopeOpFields *op, char *error, size_t error_size)
{
  int64_t channels = op->channel_end - op->channel_begin;
  Fields f = describe (op);

  if (channels == 0 || f.row_count == 0)
    return SCOPE_STATUS_OK;
  char *base
      = (char *)scope_cuda_workspace (self, scope_cuda_fields_scratch (op), error, error_size);
  if (base == NULL)
    return SCOPE_STATUS_MEMORY;
  int64_t slab = slab_channels (f, channels), states = f.source.groups * f.source.states;
  lay_out (&f, base, slab);
  dim3 tiles ((unsigned)f.spans, scope_blocks (states, 32));
  SCOPE_LAUNCH (transpose<float>, tiles, THREADS, 0, self, f.source.b, f.b, f.tokens, f.width,
                (int64_t)0, states);
  if (f.source.rates == 1)
    SCOPE_LAUNCH (field_sizes, dim3 (scope_blocks (f.width, THREADS), (unsigned)f.source.groups),
                  THREADS, 0, self, f);
  for (int64_t z = 0; z < channels; z += slab) {
    f.begin = op->channel_begin + z;
    f.out.data = (int32_t *)op->out.data + z;
    run_slab (self, f, (unsigned)(channels - z < slab ? channels - z : slab));
  }
  return scope_cuda_launched (self, "fields", error, error_size);
}

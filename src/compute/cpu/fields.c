/* SCOPE_OP_FIELDS: where each row's receptive field begins.
 *
 * Columns go by in tiles, oldest first. By Cauchy and Schwarz no cell of a tile exceeds
 *   |C_i| · exp(max A · (P_i - P_last)) · max_j (Δ_j |B_j|),
 * last being the tile's latest column, so most tiles of a channel that forgets are passed over for
 * one comparison of logarithms; the others are evaluated cell by cell. */
#include "base/parallel.h"
#include "compute/cpu/map.h"

/* Channels prepared together, and cells between two polls. */
#define CHANNELS   32
#define SLICE_WORK 20000000
/* The bound is computed with rounding; this much (relative) is far above its error. */
#define MARGIN 1e-4

typedef struct {
  const ScopeOpFields *op;
  int64_t tokens, tiles; /* up to the latest row asked for; padded to whole tiles */
  int64_t first;         /* channel of the block */
  int64_t first_pair;
  double log_epsilon;
  real *b;                  /* (G, N, tiles * TILE): B with the tokens side by side */
  double *norm_b;           /* (G, tokens) |B_j| */
  real *delta;              /* (CHANNELS, tiles * TILE) */
  double *prefix;           /* (CHANNELS, tiles * TILE) */
  double *peak;             /* (CHANNELS, tiles) ln max (Δ_j |B_j|) */
  double slowest[CHANNELS]; /* max A */
} Fields;

static double
norm (const real *x, int64_t count)
{
  double sum = 0;
  for (int64_t n = 0; n < count; n++)
    sum += (double)x[n] * x[n];
  return sqrt (sum);
}

static void
transpose_b (gsize begin, gsize end, guint worker, gpointer data)
{
  const Fields *self = data;
  const ScopeMapSource *source = &self->op->source;
  int64_t states = source->states, width = self->tiles * TILE;
  for (int64_t j = begin; j < (int64_t)end; j++)
    for (int64_t g = 0; g < source->groups; g++) {
      const real *b = j < self->tokens ? real_row (&source->b, j) + g * states : NULL;
      for (int64_t n = 0; n < states; n++)
        self->b[(g * states + n) * width + j] = b != NULL ? b[n] : 0;
      if (b != NULL)
        self->norm_b[g * self->tokens + j] = norm (b, states);
    }
}

static int64_t
group_of (const Fields *self, int64_t channel)
{
  return channel / (self->op->source.delta.columns / self->op->source.groups);
}

/* The tiles [begin, end) of the block's channels: a row of a tensor at a time, since neighbouring
 * channels share its cache lines. */
static void
prepare_tiles (gsize begin, gsize end, guint worker, gpointer data)
{
  Fields *self = data;
  const ScopeMapSource *source = &self->op->source;
  int64_t width = self->tiles * TILE, stop = min_size (end * TILE, self->tokens);
  int64_t channels = min_size (CHANNELS, self->op->channel_end - self->first);
  for (int64_t j = begin * TILE; j < stop; j++) {
    const real *delta = real_row (&source->delta, j) + self->first;
    const double *prefix = double_row (&source->prefix, j) + self->first;
    for (int64_t k = 0; k < channels; k++) {
      self->delta[k * width + j] = delta[k];
      self->prefix[k * width + j] = prefix[k];
    }
  }
  for (int64_t k = 0; k < channels; k++)
    for (gsize tile = begin; tile < end; tile++) {
      const double *norm_b = self->norm_b + group_of (self, self->first + k) * self->tokens;
      double peak = 0;
      for (int64_t j = tile * TILE; j < min_size ((tile + 1) * TILE, stop); j++)
        peak = fmax (peak, self->delta[k * width + j] * norm_b[j]);
      self->peak[k * self->tiles + tile] = log (peak);
    }
}

static void
find_slowest (Fields *self)
{
  const ScopeTensor *a = &self->op->source.a;
  for (int64_t k = 0; k < min_size (CHANNELS, self->op->channel_end - self->first); k++) {
    const real *rates = real_row (a, self->first + k);
    self->slowest[k] = rates[0];
    for (int64_t n = 1; n < a->columns; n++)
      self->slowest[k] = fmax (self->slowest[k], rates[n]);
  }
}

/* The first column of TILE that exceeds, or -1. */
static int64_t
search_tile (const Fields *self, int64_t k, int64_t i, int64_t tile)
{
  const ScopeMapSource *source = &self->op->source;
  int64_t channel = self->first + k, width = self->tiles * TILE, states = source->states;
  const double *prefix = self->prefix + k * width;
  const real *delta = self->delta + k * width + tile * TILE;
  int64_t count = min_size (TILE, i + 1 - tile * TILE);
  real distance[TILE] = { 0 }, alpha[TILE];
  for (int64_t l = 0; l < count; l++)
    distance[l] = prefix[i] - prefix[tile * TILE + l];
  REAL (map_direct_row)
  (real_row (&source->a, channel), source->a.columns, states,
   map_states (source, &source->c, channel, i),
   self->b + group_of (self, channel) * states * width + tile * TILE, width, distance, alpha);
  for (int64_t l = 0; l < count; l++)
    if (fabs ((double)(alpha[l] * delta[l])) > self->op->epsilon)
      return tile * TILE + l;
  return -1;
}

static int32_t
search_row (const Fields *self, int64_t k, int64_t i)
{
  const ScopeMapSource *source = &self->op->source;
  const double *prefix = self->prefix + k * self->tiles * TILE;
  double log_c = log (norm (map_states (source, &source->c, self->first + k, i), source->states));
  for (int64_t tile = 0; tile <= i / TILE; tile++) {
    int64_t last = min_size (i, tile * TILE + TILE - 1);
    double bound = log_c + self->slowest[k] * (prefix[i] - prefix[last])
                   + self->peak[k * self->tiles + tile];
    if (bound <= self->log_epsilon - MARGIN)
      continue;
    int64_t found = search_tile (self, k, i, tile);
    if (found >= 0)
      return found;
  }
  return -1;
}

/* Pairs (row, channel of the block). */
static void
search_pairs (gsize begin, gsize end, guint worker, gpointer data)
{
  const Fields *self = data;
  const ScopeOpFields *op = self->op;
  int64_t channels = min_size (CHANNELS, op->channel_end - self->first);
  for (int64_t pair = self->first_pair + begin; pair < self->first_pair + (int64_t)end; pair++) {
    int64_t r = pair / channels, k = pair % channels;
    int32_t i = *((const int32_t *)op->rows.data + r * op->rows.stride);
    int32_t *out = (int32_t *)op->out.data + r * op->out.stride;
    out[self->first - op->channel_begin + k] = search_row (self, k, i);
  }
}

static int
fields_run (Fields *self)
{
  const ScopeOpFields *op = self->op;
  scope_parallel_for (self->tiles * TILE, 256, transpose_b, self);
  int64_t pair_work = self->tokens * op->source.states;
  int64_t slice = max_size (2 * scope_parallel_threads (), SLICE_WORK / pair_work);
  for (self->first = op->channel_begin; self->first < op->channel_end; self->first += CHANNELS) {
    int64_t channels = min_size (CHANNELS, op->channel_end - self->first);
    int64_t pairs = channels * op->rows.rows;
    find_slowest (self);
    scope_parallel_for (self->tiles, 1, prepare_tiles, self);
    for (int64_t pair = 0; pair < pairs; pair += slice) {
      if (scope_cpu_cancelled (&op->cancel))
        return SCOPE_STATUS_CANCELLED;
      self->first_pair = pair;
      scope_parallel_for (min_size (slice, pairs - pair), 1, search_pairs, self);
    }
  }
  return SCOPE_STATUS_OK;
}

static int
check_rows (const ScopeOpFields *op, int64_t *tokens, char *error, size_t error_size)
{
  *tokens = 0;
  for (int64_t r = 0; r < op->rows.rows; r++) {
    int32_t row = *((const int32_t *)op->rows.data + r * op->rows.stride);
    if (row < 0 || row >= op->source.delta.rows)
      return scope_cpu_fail (SCOPE_STATUS_UNSUPPORTED, error, error_size,
                             "fields: row %d is outside [0, %" G_GINT64_FORMAT ")", row,
                             op->source.delta.rows);
    *tokens = max_size (*tokens, row + 1);
  }
  return SCOPE_STATUS_OK;
}

int
REAL (fields) (const void *params, char *error, size_t error_size)
{
  const ScopeOpFields *op = params;
  Fields self = { .op = op, .log_epsilon = log (op->epsilon) };
  int status = check_rows (op, &self.tokens, error, error_size);
  if (status != SCOPE_STATUS_OK || self.tokens == 0)
    return status;
  self.tiles = (self.tokens + TILE - 1) / TILE;
  int64_t width = self.tiles * TILE, groups = op->source.groups;
  SCOPE_CPU_SCRATCH real *reals = scope_cpu_scratch (
      (groups * op->source.states + CHANNELS) * width, sizeof (real), error, error_size);
  SCOPE_CPU_SCRATCH double *doubles = scope_cpu_scratch (
      groups * self.tokens + CHANNELS * (width + self.tiles), sizeof (double), error, error_size);
  if (reals == NULL || doubles == NULL)
    return SCOPE_STATUS_MEMORY;
  self.b = reals;
  self.delta = reals + groups * op->source.states * width;
  self.prefix = doubles;
  self.peak = doubles + CHANNELS * width;
  self.norm_b = self.peak + CHANNELS * self.tiles;
  return fields_run (&self);
}

/* Tiles of implicit attention; map.h says how. */
#include "compute/cpu/map.h"

#include "base/parallel.h"

int
REAL (line_init) (Line *self, const ScopeMapSource *source, int64_t channel, int64_t first,
                  int64_t last, char *error, size_t error_size)
{
  int64_t count = last - first + 1;
  self->first = first;
  self->high = scope_cpu_scratch (2 * count, sizeof (double), error, error_size);
  if (self->high == NULL)
    return SCOPE_STATUS_MEMORY;
  self->low = self->high + count;
  double sum = 0, rest = 0;
  for (int64_t t = 0; t < count; t++) {
    double delta = real_row (&source->delta, first + t)[channel];
    double next = sum + delta; /* the rounding error of this sum, exactly (Knuth's TwoSum) */
    double part = next - sum;
    rest += (sum - (next - part)) + (delta - part);
    sum = next;
    self->high[t] = sum;
    self->low[t] = rest;
  }
  return SCOPE_STATUS_OK;
}

void
REAL (line_clear) (Line *self)
{
  scope_cpu_scratch_clear (&self->high);
}

static int64_t
group_end (int64_t group, int64_t count)
{
  return min_size ((group + 1) * TILE, count);
}

/* The factors exp (a[n] distance) for all n: one exponential where there is one rate. */
static inline double
rate_decay (const Map *self, int64_t n, double distance, double previous)
{
  return n < self->rates ? exp (self->a[n] * distance) : previous;
}

static void
make_left (gsize begin, gsize end, guint worker, gpointer data)
{
  const Map *self = data;
  for (int64_t r = begin; r < (int64_t)end; r++) {
    int64_t i = self->rows[r], reference = self->rows[r / TILE * TILE];
    double distance = line_distance (&self->line, i, reference), decay = 1;
    const real *c = map_states (self->source, &self->source->c, self->channel, i);
    for (int64_t n = 0; n < self->states; n++) {
      decay = rate_decay (self, n, distance, decay);
      self->left[r * self->states + n] = c[n] * decay;
    }
  }
}

static void
make_right (gsize begin, gsize end, guint worker, gpointer data)
{
  const Map *self = data;
  for (int64_t g = begin; g < (int64_t)end; g++) {
    int64_t last = group_end (g, self->n_columns);
    real *right = self->right + g * self->states * TILE;
    memset (right, 0, self->states * TILE * sizeof (real));
    for (int64_t k = g * TILE; k < last; k++) {
      int64_t j = self->columns[k];
      double distance = line_distance (&self->line, self->columns[last - 1], j), decay = 1;
      double weight = map_weight (self->source, self->channel, j, self->without_delta);
      const real *b = map_states (self->source, &self->source->b, self->channel, j);
      for (int64_t n = 0; n < self->states; n++) {
        decay = rate_decay (self, n, distance, decay);
        right[n * TILE + k % TILE] = decay * weight * b[n];
      }
    }
  }
}

int
REAL (map_init) (Map *self, char *error, size_t error_size)
{
  const ScopeMapSource *source = self->source;
  self->states = source->states;
  self->rates = source->a.columns;
  self->a = real_row (&source->a, self->channel);
  int64_t groups = (self->n_columns + TILE - 1) / TILE;
  int64_t first = min_size (self->rows[0], self->columns[0]);
  int64_t last = max_size (self->rows[self->n_rows - 1], self->columns[self->n_columns - 1]);
  int status
      = REAL (line_init) (&self->line, source, self->channel, first, last, error, error_size);
  if (status != SCOPE_STATUS_OK)
    return status;

  int64_t states = self->states;
  int64_t scratch = 2 * TILE * states * scope_parallel_threads ();
  self->left = scope_cpu_scratch ((self->n_rows + groups * TILE) * states + scratch, sizeof (real),
                                  error, error_size);
  if (self->left == NULL) {
    REAL (line_clear) (&self->line);
    return SCOPE_STATUS_MEMORY;
  }
  self->scratch = self->left + self->n_rows * states;
  self->right = self->scratch + scratch;
  scope_parallel_for (self->n_rows, TILE, make_left, self);
  scope_parallel_for (groups, 1, make_right, self);
  return SCOPE_STATUS_OK;
}

void
REAL (map_clear) (Map *self)
{
  scope_cpu_scratch_clear (&self->left);
  REAL (line_clear) (&self->line);
}

/* COUNT (a constant where this is inlined) rows against two Vecs of columns. */
static inline __attribute__ ((always_inline)) void
rank_rows (int count, int64_t states, const real *x, const real *y, real *out)
{
  Vec sums[4][2] = { 0 };
  for (int64_t n = 0; n < states; n++) {
    Vec y0 = *(const Vec *)(y + n * TILE), y1 = *(const Vec *)(y + n * TILE + LANES);
    for (int r = 0; r < count; r++) {
      sums[r][0] += x[r * states + n] * y0;
      sums[r][1] += x[r * states + n] * y1;
    }
  }
  for (int r = 0; r < count; r++) {
    *(Vec *)(out + r * TILE) = sums[r][0];
    *(Vec *)(out + r * TILE + LANES) = sums[r][1];
  }
}

/* out (rows, TILE) = x (rows, N) y (N, TILE) */
static void
rank_product (int64_t rows, int64_t states, const real *x, const real *y, real *out)
{
  for (int64_t v = 0; v < TILE; v += 2 * LANES) {
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
      rank_rows (4, states, x + r * states, y + v, out + r * TILE + v);
    for (; r < rows; r++)
      rank_rows (1, states, x + r * states, y + v, out + r * TILE + v);
  }
}

static void
product_tile (const Map *self, int64_t begin, int64_t end, int64_t group, real *scaled, real *out)
{
  int64_t last = self->columns[group_end (group, self->n_columns) - 1];
  double distance = line_distance (&self->line, self->rows[begin / TILE * TILE], last), decay = 1;
  for (int64_t n = 0; n < self->states; n++) {
    decay = rate_decay (self, n, distance, decay);
    for (int64_t r = begin; r < end; r++)
      scaled[(r - begin) * self->states + n] = self->left[r * self->states + n] * (real)decay;
  }
  rank_product (end - begin, self->states, scaled, self->right + group * self->states * TILE, out);
}

void
REAL (map_direct_row) (const real *a, int64_t rates, int64_t states, const real *c, const real *w,
                       int64_t stride, const real *distance, real *out)
{
  for (int64_t v = 0; v < TILE; v += LANES) {
    Vec d = *(const Vec *)(distance + v), sum = { 0 };
    for (int64_t n = 0; n < states; n++) {
      Vec term = c[n] * *(const Vec *)(w + n * stride + v);
      if (rates > 1)
        term *= vec_decay (a[n] * d);
      sum += term;
    }
    if (rates == 1)
      sum *= vec_decay (a[0] * d);
    *(Vec *)(out + v) = sum;
  }
}

/* The tile's own Δ_j B_j, without any decay: (N, TILE). */
static void
plain_right (const Map *self, int64_t group, real *w)
{
  int64_t last = group_end (group, self->n_columns);
  memset (w, 0, self->states * TILE * sizeof (real));
  for (int64_t k = group * TILE; k < last; k++) {
    int64_t j = self->columns[k];
    real weight = map_weight (self->source, self->channel, j, self->without_delta);
    const real *b = map_states (self->source, &self->source->b, self->channel, j);
    for (int64_t n = 0; n < self->states; n++)
      w[n * TILE + k % TILE] = weight * b[n];
  }
}

static void
direct_tile (const Map *self, int64_t begin, int64_t end, int64_t group, real *w, real *out)
{
  int64_t first = group * TILE, last = group_end (group, self->n_columns);
  plain_right (self, group, w);
  for (int64_t r = begin; r < end; r++) {
    int64_t i = self->rows[r], below = first;
    real distance[TILE] = { 0 }, *row = out + (r - begin) * TILE;
    for (; below < last && self->columns[below] <= i; below++)
      distance[below - first] = line_distance (&self->line, i, self->columns[below]);
    const real *c = map_states (self->source, &self->source->c, self->channel, i);
    REAL (map_direct_row) (self->a, self->rates, self->states, c, w, TILE, distance, row);
    memset (row + (below - first), 0, (TILE - (below - first)) * sizeof (real));
  }
}

bool
REAL (map_tile) (const Map *self, int64_t begin, int64_t end, int64_t group, guint worker,
                 real *out)
{
  real *scratch = self->scratch + worker * 2 * TILE * self->states;
  if (self->columns[group * TILE] > self->rows[end - 1])
    return false;
  if (self->columns[group_end (group, self->n_columns) - 1] <= self->rows[begin / TILE * TILE])
    product_tile (self, begin, end, group, scratch, out);
  else
    direct_tile (self, begin, end, group, scratch + TILE * self->states, out);
  return true;
}

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

/* out[k] *= exp (rate distance[k]) for a tile's listed positions */
static void
apply_decay (double rate, const double *distance, double *decay, real *out, int64_t states)
{
  for (int64_t k = 0; k < TILE; k += DOUBLE_LANES)
    *(DVec *)(decay + k) = dvec_decay (*(const DVec *)(distance + k) * rate);
  for (int64_t n = 0; n < states; n++)
    for (int64_t k = 0; k < TILE; k++)
      out[n * TILE + k] *= decay[k];
}

/* Scales (N, TILE) values by the decay over each position's distance: state by state, or all states
 * at once where there is one rate. */
static void
decay_group (const Map *self, const double *distance, real *out)
{
  double decay[TILE];
  if (self->rates == 1)
    apply_decay (self->a[0], distance, decay, out, self->states);
  else
    for (int64_t n = 0; n < self->states; n++)
      apply_decay (self->a[n], distance, decay, out + n * TILE, 1);
}

static void
make_left (gsize begin, gsize end, guint worker, gpointer data)
{
  const Map *self = data;
  for (int64_t g = begin; g < (int64_t)end; g++) {
    int64_t first = g * TILE, last = group_end (g, self->n_rows);
    real *left = self->left + g * self->states * TILE;
    double distance[TILE] = { 0 };
    memset (left, 0, self->states * TILE * sizeof (real));
    for (int64_t r = first; r < last; r++) {
      const real *c = map_states (self->source, &self->source->c, self->channel, self->rows[r]);
      distance[r - first] = line_distance (&self->line, self->rows[r], self->rows[first]);
      for (int64_t n = 0; n < self->states; n++)
        left[n * TILE + r - first] = c[n];
    }
    decay_group (self, distance, left);
  }
}

/* The group's own Δ_j B_j, without any decay: (N, TILE). */
static void
plain_right (const Map *self, int64_t group, real *out)
{
  int64_t first = group * TILE, last = group_end (group, self->n_columns);
  memset (out, 0, self->states * TILE * sizeof (real));
  for (int64_t k = first; k < last; k++) {
    int64_t j = self->columns[k];
    real weight = map_weight (self->source, self->channel, j, self->without_delta);
    const real *b = map_states (self->source, &self->source->b, self->channel, j);
    for (int64_t n = 0; n < self->states; n++)
      out[n * TILE + k - first] = weight * b[n];
  }
}

static void
make_right (gsize begin, gsize end, guint worker, gpointer data)
{
  const Map *self = data;
  for (int64_t g = begin; g < (int64_t)end; g++) {
    int64_t first = g * TILE, last = group_end (g, self->n_columns);
    real *right = self->right + g * self->states * TILE;
    double distance[TILE] = { 0 };
    for (int64_t k = first; k < last; k++)
      distance[k - first] = line_distance (&self->line, self->columns[last - 1], self->columns[k]);
    plain_right (self, g, right);
    decay_group (self, distance, right);
  }
}

int
REAL (map_init) (Map *self, char *error, size_t error_size)
{
  const ScopeMapSource *source = self->source;
  self->states = source->states;
  self->rates = source->a.columns;
  self->a = real_row (&source->a, self->channel);
  int64_t above = (self->n_rows + TILE - 1) / TILE, groups = (self->n_columns + TILE - 1) / TILE;
  int64_t first = min_size (self->rows[0], self->columns[0]);
  int64_t last = max_size (self->rows[self->n_rows - 1], self->columns[self->n_columns - 1]);
  int status
      = REAL (line_init) (&self->line, source, self->channel, first, last, error, error_size);
  if (status != SCOPE_STATUS_OK)
    return status;

  int64_t side = TILE * self->states, workers = scope_parallel_threads ();
  self->left
      = scope_cpu_scratch ((above + groups + workers) * side, sizeof (real), error, error_size);
  if (self->left == NULL) {
    REAL (line_clear) (&self->line);
    return SCOPE_STATUS_MEMORY;
  }
  self->right = self->left + above * side;
  self->scratch = self->right + groups * side;
  scope_parallel_for (above, 1, make_left, self);
  scope_parallel_for (groups, 1, make_right, self);
  return SCOPE_STATUS_OK;
}

void
REAL (map_clear) (Map *self)
{
  scope_cpu_scratch_clear (&self->left);
  REAL (line_clear) (&self->line);
}

/* COUNT (a constant where this is inlined) rows, side by side in x (N, TILE), against two Vecs of
 * columns. */
static inline __attribute__ ((always_inline)) void
rank_rows (int count, int64_t states, const real *x, const real *y, real *out)
{
  Vec sums[4][2] = { 0 };
  for (int64_t n = 0; n < states; n++) {
    Vec y0 = *(const Vec *)(y + n * TILE), y1 = *(const Vec *)(y + n * TILE + LANES);
    for (int r = 0; r < count; r++) {
      sums[r][0] += x[n * TILE + r] * y0;
      sums[r][1] += x[n * TILE + r] * y1;
    }
  }
  for (int r = 0; r < count; r++) {
    *(Vec *)(out + r * TILE) = sums[r][0];
    *(Vec *)(out + r * TILE + LANES) = sums[r][1];
  }
}

/* out (rows, TILE) = xᵀ y, x (N, TILE) of which ROWS are wanted, y (N, TILE) */
static void
rank_product (int64_t rows, int64_t states, const real *x, const real *y, real *out)
{
  for (int64_t v = 0; v < TILE; v += 2 * LANES) {
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4)
      rank_rows (4, states, x + r, y + v, out + r * TILE + v);
    for (; r < rows; r++)
      rank_rows (1, states, x + r, y + v, out + r * TILE + v);
  }
}

static void
product_tile (const Map *self, int64_t begin, int64_t end, int64_t group, real *scaled, real *out)
{
  int64_t last = self->columns[group_end (group, self->n_columns) - 1];
  int64_t first = begin / TILE * TILE;
  double distance = line_distance (&self->line, self->rows[first], last), decay = 1;
  const real *left = self->left + first * self->states;
  for (int64_t n = 0; n < self->states; n++) {
    if (n < self->rates)
      decay = exp (self->a[n] * distance);
    for (int64_t r = begin - first; r < end - first; r++)
      scaled[n * TILE + r] = left[n * TILE + r] * (real)decay;
  }
  rank_product (end - begin, self->states, scaled + begin - first,
                self->right + group * self->states * TILE, out);
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
  real *scratch = self->scratch + worker * TILE * self->states;
  if (self->columns[group * TILE] > self->rows[end - 1])
    return false;
  if (self->columns[group_end (group, self->n_columns) - 1] <= self->rows[begin / TILE * TILE])
    product_tile (self, begin, end, group, scratch, out);
  else
    direct_tile (self, begin, end, group, scratch, out);
  return true;
}

/* The exact mean overview, in double, without evaluating cells.
 *
 * Over a block whose columns end before its rows begin, the sum of
 *   C_i exp(A(P_i - P_j)) Δ_j B_j
 * separates into (Σ_i C_i exp(A(P_i - P_r))) exp(A(P_r - P_q)) (Σ_j exp(A(P_q - P_j)) Δ_j B_j), r
 * the first row and q the last column. A block that the diagonal cuts is summed by the recurrence
 * itself, run over its column's (or its row's) tokens: L tokens in all, whichever is the cheaper
 * side. */
#include "base/parallel.h"
#include "compute/cpu/overview.h"

/* Exponentials or multiply-adds between two polls. */
#define SLICE_WORK 2000000

typedef struct {
  Overview *overview;
  const ScopeMapSource *source;
  int64_t states, rates;
  double *a; /* (rates, padded) */
  Line line;
  double *row_sums;    /* (n_rows, N) */
  double *column_sums; /* (n_columns, N) */
  double *scratch;     /* (2, padded N) per worker */
  int64_t padded;
  int64_t first; /* of the slice at hand */
} Mean;

/* sums[n] += weight * exp (a[n] distance) * values[n] */
static void
add_term (const Mean *self, double distance, double weight, const real *values, double *decay,
          double *sums)
{
  fill_decay (self->a, self->rates, self->states, distance, decay);
  for (int64_t n = 0; n < self->states; n++)
    sums[n] += weight * decay[n] * values[n];
}

static double *
worker_scratch (const Mean *self, guint worker)
{
  return self->scratch + worker * 2 * self->padded;
}

static const real *
c_row (const Mean *self, int64_t i)
{
  return map_states (self->source, &self->source->c, self->overview->op->channel, i);
}

static const real *
b_row (const Mean *self, int64_t j)
{
  return map_states (self->source, &self->source->b, self->overview->op->channel, j);
}

static double
weight_at (const Mean *self, int64_t j)
{
  const ScopeOpOverview *op = self->overview->op;
  return map_weight (self->source, op->channel, j, op->without_delta);
}

static void
sum_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Mean *self = data;
  for (gsize p = begin; p < end; p++) {
    int64_t first = overview_row (self->overview, p), stop = overview_row (self->overview, p + 1);
    for (int64_t i = first; i < stop; i++)
      add_term (self, line_distance (&self->line, i, first), 1, c_row (self, i),
                worker_scratch (self, worker), self->row_sums + p * self->states);
  }
}

static void
sum_columns (gsize begin, gsize end, guint worker, gpointer data)
{
  const Mean *self = data;
  for (gsize q = begin; q < end; q++) {
    int64_t first = overview_column (self->overview, q);
    int64_t last = overview_column (self->overview, q + 1) - 1;
    for (int64_t j = first; j <= last; j++)
      add_term (self, line_distance (&self->line, last, j), weight_at (self, j), b_row (self, j),
                worker_scratch (self, worker), self->column_sums + q * self->states);
  }
}

/* Blocks of the rows P that lie wholly below the diagonal. */
static void
separable_row (const Mean *self, int64_t p, double *decay)
{
  Overview *overview = self->overview;
  int64_t first = overview_row (overview, p), states = self->states;
  const double *left = self->row_sums + p * states;
  for (int64_t q = 0; q < overview->n_columns; q++) {
    int64_t last = overview_column (overview, q + 1) - 1;
    if (last > first)
      return;
    const double *right = self->column_sums + q * states;
    double sum = 0;
    fill_decay (self->a, self->rates, states, line_distance (&self->line, first, last), decay);
    for (int64_t n = 0; n < states; n++)
      sum += left[n] * decay[n] * right[n];
    overview->blocks[p * overview->n_columns + q] = sum;
  }
}

static void
separable_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Mean *self = data;
  for (gsize p = begin; p < end; p++)
    separable_row (self, self->first + p, worker_scratch (self, worker));
}

/* The first block of [0, COUNT) that ends after POSITION. */
static int64_t
block_of (int64_t begin, int64_t end, int64_t count, int64_t position)
{
  int64_t low = 0, high = count;
  while (low < high) {
    int64_t middle = (low + high) / 2;
    if (overview_edge (begin, end, middle + 1, count) > position)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

/* Does the diagonal cut the block? */
static bool
is_cut (const Overview *overview, int64_t p, int64_t q)
{
  return overview_column (overview, q + 1) - 1 > overview_row (overview, p)
         && overview_column (overview, q) < overview_row (overview, p + 1);
}

/* The cut blocks of columns Q, walking down: g[n] = Σ_{j <= i} exp(A(P_i - P_j)) Δ_j B_j over the
 * block's columns, so the sum of row i is C_i · g. */
static void
walk_down (const Mean *self, int64_t q, double *g, double *decay)
{
  Overview *overview = self->overview;
  const ScopeOpOverview *op = overview->op;
  int64_t first = overview_column (overview, q), stop = overview_column (overview, q + 1);
  int64_t p = block_of (op->row_begin, op->row_end, overview->n_rows, first);
  memset (g, 0, self->states * sizeof (double));
  for (int64_t i = first; p < overview->n_rows && is_cut (overview, p, q); i++) {
    fill_decay (self->a, self->rates, self->states,
                i > first ? line_distance (&self->line, i, i - 1) : 0, decay);
    double weight = i < stop ? weight_at (self, i) : 0, sum = 0;
    const real *b = b_row (self, i), *c = c_row (self, i);
    for (int64_t n = 0; n < self->states; n++) {
      g[n] = decay[n] * g[n] + weight * b[n];
      sum += c[n] * g[n];
    }
    if (i >= op->row_begin)
      overview->blocks[p * overview->n_columns + q] += sum;
    p += i + 1 == overview_row (overview, p + 1);
  }
}

/* The cut blocks of rows P, walking left: f[n] = Σ_{i >= j} C_i exp(A(P_i - P_j)) over the block's
 * rows, so the sum of column j is f · Δ_j B_j. */
static void
walk_left (const Mean *self, int64_t p, double *f, double *decay)
{
  Overview *overview = self->overview;
  const ScopeOpOverview *op = overview->op;
  int64_t first = overview_row (overview, p), last = overview_row (overview, p + 1) - 1;
  int64_t q = block_of (op->column_begin, op->column_end, overview->n_columns,
                        min_size (last, op->column_end - 1));
  memset (f, 0, self->states * sizeof (double));
  for (int64_t j = last; q >= 0 && is_cut (overview, p, q); j--) {
    fill_decay (self->a, self->rates, self->states,
                j < last ? line_distance (&self->line, j + 1, j) : 0, decay);
    double weight = weight_at (self, j), sum = 0;
    const real *b = b_row (self, j), *c = c_row (self, j);
    for (int64_t n = 0; n < self->states; n++) {
      f[n] = decay[n] * f[n] + (j >= first ? c[n] : 0);
      sum += weight * b[n] * f[n];
    }
    if (j < op->column_end)
      overview->blocks[p * overview->n_columns + q] += sum;
    q -= j == overview_column (overview, q);
  }
}

static void
walk_columns (gsize begin, gsize end, guint worker, gpointer data)
{
  const Mean *self = data;
  double *scratch = worker_scratch (self, worker);
  for (gsize q = begin; q < end; q++)
    walk_down (self, self->first + q, scratch, scratch + self->padded);
}

static void
walk_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Mean *self = data;
  double *scratch = worker_scratch (self, worker);
  for (gsize p = begin; p < end; p++)
    walk_left (self, self->first + p, scratch, scratch + self->padded);
}

/* FUNC over [0, COUNT) in slices of about SLICE_WORK, with a poll before each. */
static int
run_sliced (Mean *self, int64_t count, int64_t work, ScopeParallelFunc func)
{
  int64_t slice = max_size (scope_parallel_threads (), SLICE_WORK / max_size (work, 1));
  for (int64_t k = 0; k < count; k += slice) {
    if (scope_cpu_cancelled (&self->overview->op->cancel))
      return SCOPE_STATUS_CANCELLED;
    self->first = k;
    scope_parallel_for (min_size (slice, count - k), 1, func, self);
  }
  return SCOPE_STATUS_OK;
}

/* Walking down takes the columns once and, for each block of columns, a block of rows more; walking
 * left the reverse. */
static int
cut_blocks (Mean *self)
{
  const Overview *overview = self->overview;
  int64_t rows = overview->op->row_end - overview->op->row_begin;
  int64_t columns = overview->op->column_end - overview->op->column_begin;
  int64_t down = columns + overview->n_columns * (rows / overview->n_rows);
  int64_t left = rows + overview->n_rows * (columns / overview->n_columns);
  if (down <= left)
    return run_sliced (self, overview->n_columns, down / overview->n_columns * self->states,
                       walk_columns);
  return run_sliced (self, overview->n_rows, left / overview->n_rows * self->states, walk_rows);
}

static int
mean_run (Mean *self)
{
  Overview *overview = self->overview;
  scope_parallel_for (overview->n_rows, 1, sum_rows, self);
  scope_parallel_for (overview->n_columns, 1, sum_columns, self);
  int status
      = run_sliced (self, overview->n_rows, overview->n_columns * self->states, separable_rows);
  if (status == SCOPE_STATUS_OK)
    status = cut_blocks (self);
  for (int64_t p = 0; p < overview->n_rows; p++)
    for (int64_t q = 0; q < overview->n_columns; q++) {
      double rows = overview_row (overview, p + 1) - overview_row (overview, p);
      double columns = overview_column (overview, q + 1) - overview_column (overview, q);
      overview->blocks[p * overview->n_columns + q] /= rows * columns;
    }
  return status;
}

int
REAL (overview_mean) (Overview *overview, char *error, size_t error_size)
{
  const ScopeOpOverview *op = overview->op;
  Mean self = { .overview = overview,
                .source = &op->source,
                .states = op->source.states,
                .rates = op->source.a.columns,
                .padded = padded_states (op->source.states) };
  int64_t sums = (overview->n_rows + overview->n_columns) * self.states;
  int64_t scratch = 2 * self.padded * scope_parallel_threads ();
  SCOPE_CPU_SCRATCH double *memory
      = scope_cpu_scratch (sums + self.padded + scratch, sizeof (double), error, error_size);
  if (memory == NULL)
    return SCOPE_STATUS_MEMORY;
  memset (memory, 0, (sums + self.padded) * sizeof (double));
  self.row_sums = memory;
  self.column_sums = memory + overview->n_rows * self.states;
  self.a = memory + sums;
  self.scratch = self.a + self.padded;
  for (int64_t n = 0; n < self.rates; n++)
    self.a[n] = real_row (&op->source.a, op->channel)[n];

  int status = REAL (line_init) (&self.line, &op->source, op->channel,
                                 min_size (op->row_begin, op->column_begin),
                                 max_size (op->row_end, op->column_end) - 1, error, error_size);
  if (status != SCOPE_STATUS_OK)
    return status;
  status = mean_run (&self);
  REAL (line_clear) (&self.line);
  return status;
}

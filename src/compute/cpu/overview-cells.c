/* Overviews of |α|: every cell, or a sample of each block's rows and columns, tile by tile. */
#include "base/parallel.h"
#include "compute/cpu/overview.h"

/* Multiply-adds between two polls: a few milliseconds. */
#define SLICE_WORK 100000000

/* One axis: the listed positions and where each block's begin. */
typedef struct {
  int64_t blocks, count;
  int64_t *starts; /* (blocks + 1) into POSITIONS */
  int64_t *positions;
} Axis;

typedef struct {
  Overview *overview;
  Map map;
  Axis rows, columns;
  int64_t *units; /* first block row of each unit, and the end: a unit fills a tile where it can */
  int64_t n_units, first_unit;
} Cells;

static void
axis_clear (Axis *self)
{
  g_free (self->starts);
  g_free (self->positions);
}

static void
axis_init (Axis *self, int64_t begin, int64_t end, int64_t blocks, int64_t sample)
{
  self->blocks = blocks;
  self->starts = g_new (int64_t, blocks + 1);
  self->positions = g_new (int64_t, end - begin);
  self->count = 0;
  for (int64_t k = 0; k < blocks; k++) {
    int64_t first = overview_edge (begin, end, k, blocks);
    int64_t cells = overview_edge (begin, end, k + 1, blocks) - first;
    int64_t taken = sample > 0 ? min_size (sample, cells) : cells;
    self->starts[k] = self->count;
    for (int64_t s = 0; s < taken; s++) /* evenly spaced, first and last included */
      self->positions[self->count++] = first + (taken > 1 ? s * (cells - 1) / (taken - 1) : 0);
  }
  self->starts[blocks] = self->count;
}

/* Adds the tile's rows [begin, end) (listed) to the block row P. */
static void
reduce_tile (const Cells *self, const real *tile, int64_t begin, int64_t end, int64_t group,
             int64_t p, int64_t *first_block)
{
  const Overview *overview = self->overview;
  bool maximum = overview->op->reduce == SCOPE_REDUCE_ABSMAX;
  double folded[TILE] = { 0 };
  for (int64_t r = begin; r < end; r++, tile += TILE)
    for (int k = 0; k < TILE; k++) {
      double value = tile[k] < 0 ? -tile[k] : tile[k];
      folded[k] = maximum ? (value > folded[k] ? value : folded[k]) : folded[k] + value;
    }

  int64_t q = *first_block, last = min_size ((group + 1) * TILE, self->columns.count);
  double *blocks = overview->blocks + p * overview->n_columns;
  for (int64_t k = group * TILE; k < last; k++) {
    while (k >= self->columns.starts[q + 1])
      q++;
    double value = folded[k % TILE];
    blocks[q] = maximum ? (value > blocks[q] ? value : blocks[q]) : blocks[q] + value;
  }
  *first_block = q;
}

/* Listed rows [begin, end), of one group of the map's and of the unit's block rows from P on. */
static void
reduce_rows (const Cells *self, int64_t begin, int64_t end, int64_t p, guint worker)
{
  real tile[TILE * TILE];
  int64_t groups = (self->columns.count + TILE - 1) / TILE, block = 0;
  for (int64_t g = 0; g < groups; g++) {
    if (!REAL (map_tile) (&self->map, begin, end, g, worker, tile))
      return;
    int64_t next = block;
    for (int64_t r = begin, k = p; r < end; k++) {
      int64_t stop = min_size (end, self->rows.starts[k + 1]);
      next = block;
      reduce_tile (self, tile + (r - begin) * TILE, r, stop, g, k, &next);
      r = stop;
    }
    block = next;
  }
}

static void
reduce_units (gsize begin, gsize end, guint worker, gpointer data)
{
  const Cells *self = data;
  for (int64_t u = self->first_unit + begin; u < self->first_unit + (int64_t)end; u++) {
    int64_t p = self->units[u], stop = self->rows.starts[self->units[u + 1]];
    for (int64_t r = self->rows.starts[p]; r < stop;) {
      int64_t end_row = min_size (stop, (r / TILE + 1) * TILE);
      while (self->rows.starts[p + 1] <= r)
        p++;
      reduce_rows (self, r, end_row, p, worker);
      r = end_row;
    }
  }
}

/* Whole block rows, so that no two workers meet in a block, and a tile's worth of them. */
static void
cut_units (Cells *self)
{
  self->units = g_new (int64_t, self->rows.blocks + 1);
  self->n_units = 0;
  self->units[0] = 0;
  for (int64_t p = 1; p <= self->rows.blocks; p++) {
    int64_t rows = self->rows.starts[p] - self->rows.starts[self->units[self->n_units]];
    if (rows >= TILE || p == self->rows.blocks)
      self->units[++self->n_units] = p;
  }
}

static void
divide_by_cells (Cells *self)
{
  Overview *overview = self->overview;
  for (int64_t p = 0; p < overview->n_rows; p++)
    for (int64_t q = 0; q < overview->n_columns; q++) {
      int64_t rows = self->rows.starts[p + 1] - self->rows.starts[p];
      int64_t columns = self->columns.starts[q + 1] - self->columns.starts[q];
      overview->blocks[p * overview->n_columns + q] /= (double)rows * columns;
    }
}

static int
cells_run (Cells *self)
{
  const ScopeOpOverview *op = self->overview->op;
  int64_t unit_rows = self->rows.count / self->n_units + 1;
  int64_t unit_work = unit_rows * self->columns.count * self->map.states;
  int64_t slice = max_size (scope_parallel_threads (), SLICE_WORK / unit_work);
  for (int64_t u = 0; u < self->n_units; u += slice) {
    if (scope_cpu_cancelled (&op->cancel))
      return SCOPE_STATUS_CANCELLED;
    self->first_unit = u;
    scope_parallel_for (min_size (slice, self->n_units - u), 1, reduce_units, self);
  }
  if (op->reduce == SCOPE_REDUCE_ABSMEAN)
    divide_by_cells (self);
  return SCOPE_STATUS_OK;
}

int
REAL (overview_cells) (Overview *overview, char *error, size_t error_size)
{
  const ScopeOpOverview *op = overview->op;
  Cells self = { .overview = overview };
  axis_init (&self.rows, op->row_begin, op->row_end, overview->n_rows, op->sample);
  axis_init (&self.columns, op->column_begin, op->column_end, overview->n_columns, op->sample);
  cut_units (&self);
  self.map = (Map){ .source = &op->source,
                    .channel = op->channel,
                    .without_delta = op->without_delta,
                    .rows = self.rows.positions,
                    .columns = self.columns.positions,
                    .n_rows = self.rows.count,
                    .n_columns = self.columns.count };
  int status = REAL (map_init) (&self.map, error, error_size);
  if (status == SCOPE_STATUS_OK) {
    status = cells_run (&self);
    REAL (map_clear) (&self.map);
  }
  axis_clear (&self.rows);
  axis_clear (&self.columns);
  g_free (self.units);
  return status;
}

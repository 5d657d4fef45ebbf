/* SCOPE_OP_ATTENTION: the dense tile of one channel. */
#include "base/parallel.h"
#include "compute/cpu/map.h"
#include "compute/cpu/shade.h"

/* Multiply-adds between two polls: a few milliseconds. */
#define SLICE_WORK 100000000

typedef struct {
  const ScopeOpAttention *op;
  Map map;
  int64_t first_group;
} Attention;

static void
attention_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Attention *self = data;
  const Map *map = &self->map;
  real tile[TILE * TILE];
  for (int64_t g = self->first_group + begin; g < self->first_group + (int64_t)end; g++) {
    int64_t row = g * TILE, row_end = min_size (row + TILE, map->n_rows);
    for (int64_t k = 0; k < map->n_columns; k += TILE) {
      int64_t width = min_size (TILE, map->n_columns - k);
      bool below = REAL (map_tile) (map, row, row_end, k / TILE, worker, tile);
      if (!below)
        memset (tile, 0, sizeof tile);
      for (int64_t r = row; r < row_end; r++)
        shade_store (&self->op->out, &self->op->shade, r, k, tile + (r - row) * TILE, width);
    }
  }
}

static int
attention_run (Attention *self)
{
  int64_t groups = (self->map.n_rows + TILE - 1) / TILE;
  int64_t group_work = TILE * self->map.n_columns * self->map.states;
  int64_t slice = max_size (scope_parallel_threads (), SLICE_WORK / group_work);
  for (int64_t g = 0; g < groups; g += slice) {
    if (scope_cpu_cancelled (&self->op->cancel))
      return SCOPE_STATUS_CANCELLED;
    self->first_group = g;
    scope_parallel_for (min_size (slice, groups - g), 1, attention_rows, self);
  }
  return SCOPE_STATUS_OK;
}

int
REAL (attention) (const void *params, char *error, size_t error_size)
{
  const ScopeOpAttention *op = params;
  int64_t rows = op->out.rows, columns = op->out.columns;
  if (rows == 0 || columns == 0)
    return SCOPE_STATUS_OK;
  SCOPE_CPU_SCRATCH int64_t *lists
      = scope_cpu_scratch (rows + columns, sizeof (int64_t), error, error_size);
  if (lists == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t r = 0; r < rows; r++)
    lists[r] = op->row_begin + r;
  for (int64_t k = 0; k < columns; k++)
    lists[rows + k] = op->column_begin + k;

  Attention self = { .op = op,
                     .map = { .source = &op->source,
                              .channel = op->channel,
                              .without_delta = op->without_delta,
                              .rows = lists,
                              .columns = lists + rows,
                              .n_rows = rows,
                              .n_columns = columns } };
  int status = REAL (map_init) (&self.map, error, error_size);
  if (status != SCOPE_STATUS_OK)
    return status;
  status = attention_run (&self);
  REAL (map_clear) (&self.map);
  return status;
}

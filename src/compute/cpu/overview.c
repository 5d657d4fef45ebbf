/* SCOPE_OP_OVERVIEW */
#include "compute/cpu/overview.h"
#include "compute/cpu/shade.h"

int
REAL (overview) (const void *params, char *error, size_t error_size)
{
  const ScopeOpOverview *op = params;
  Overview self = { .op = op, .n_rows = op->out.rows, .n_columns = op->out.columns };
  SCOPE_CPU_SCRATCH double *blocks
      = scope_cpu_scratch (self.n_rows * self.n_columns, sizeof (double), error, error_size);
  if (blocks == NULL)
    return SCOPE_STATUS_MEMORY;
  self.blocks = blocks;
  memset (blocks, 0, self.n_rows * self.n_columns * sizeof (double));
  int status = op->reduce == SCOPE_REDUCE_MEAN ? REAL (overview_mean) (&self, error, error_size)
                                               : REAL (overview_cells) (&self, error, error_size);
  if (status != SCOPE_STATUS_OK)
    return status;
  for (int64_t p = 0; p < self.n_rows; p++)
    for (int64_t q = 0; q < self.n_columns; q++) {
      real value = (real)blocks[p * self.n_columns + q];
      shade_store (&op->out, &op->shade, p, q, &value, 1);
    }
  return SCOPE_STATUS_OK;
}

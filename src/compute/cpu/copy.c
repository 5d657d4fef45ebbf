/* SCOPE_OP_COPY. The CPU has one type: nothing is converted. */
#include "base/parallel.h"
#include "compute/cpu/real.h"

static void
copy_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpCopy *op = data;
  for (gsize t = begin; t < end; t++)
    memcpy (real_row (&op->out, t), real_row (&op->x, t), op->x.columns * sizeof (real));
}

int
REAL (copy) (const void *params, char *error, size_t error_size)
{
  const ScopeOpCopy *op = params;
  scope_parallel_for (op->x.rows, 64, copy_rows, (gpointer)op);
  return SCOPE_STATUS_OK;
}

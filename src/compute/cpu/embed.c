/* SCOPE_OP_EMBED */
#include "base/parallel.h"
#include "compute/cpu/real.h"

static void
embed_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpEmbed *op = data;
  for (gsize t = begin; t < end; t++) {
    int32_t id = *((const int32_t *)op->ids.data + (int64_t)t * op->ids.stride);
    memcpy (real_row (&op->out, t), real_row (&op->table, id), op->out.columns * sizeof (real));
  }
}

int
REAL (embed) (const void *params, char *error, size_t error_size)
{
  const ScopeOpEmbed *op = params;
  for (int64_t t = 0; t < op->ids.rows; t++) {
    int32_t id = *((const int32_t *)op->ids.data + t * op->ids.stride);
    if (id < 0 || id >= op->table.rows)
      return scope_cpu_fail (SCOPE_STATUS_UNSUPPORTED, error, error_size,
                             "embed: id %d of token %" G_GINT64_FORMAT
                             " is outside [0, %" G_GINT64_FORMAT ")",
                             id, t, op->table.rows);
  }
  scope_parallel_for (op->out.rows, 64, embed_rows, (gpointer)op);
  return SCOPE_STATUS_OK;
}

/* SCOPE_OP_THUMBNAILS: one overview after the other; each is parallel in itself. */
#include "compute/cpu/real.h"

/* The rows of OUT that are channel K's. */
static ScopeTensor
channel_rows (const ScopeOpThumbnails *op, int64_t k, int64_t rows)
{
  ScopeTensor out = op->out;
  size_t size = out.type == SCOPE_TYPE_U8 ? 1 : sizeof (real);
  out.data = (char *)out.data + (size_t)(k * rows * out.stride) * size;
  out.rows = rows;
  return out;
}

int
REAL (thumbnails) (const void *params, char *error, size_t error_size)
{
  const ScopeOpThumbnails *op = params;
  int64_t channels = op->channel_end - op->channel_begin, tokens = op->source.delta.rows;
  int status = SCOPE_STATUS_OK;
  for (int64_t k = 0; k < channels && status == SCOPE_STATUS_OK; k++) {
    ScopeOpOverview one = { .source = op->source,
                            .channel = op->channel_begin + k,
                            .row_end = tokens,
                            .column_end = tokens,
                            .reduce = op->reduce,
                            .sample = op->sample,
                            .without_delta = op->without_delta,
                            .shade = op->shade,
                            .out = channel_rows (op, k, op->out.rows / channels),
                            .cancel = op->cancel };
    status = scope_cpu_cancelled (&op->cancel) ? SCOPE_STATUS_CANCELLED
                                               : REAL (overview) (&one, error, error_size);
  }
  return status;
}

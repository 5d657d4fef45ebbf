/* THUMBNAILS: the overviews of many channels, with the kernels of OVERVIEW, a channel in the grid's
 * third dimension. */
#include "overview.cuh"

static Overview
describe (const ScopeOpThumbnails *op)
{
  int64_t channels = op->channel_end - op->channel_begin, tokens = op->source.delta.rows;
  Overview o = { map_source (op->source),
                 op->channel_begin,
                 channels,
                 0,
                 tokens,
                 0,
                 tokens,
                 channels > 0 ? op->out.rows / channels : 0,
                 op->out.columns,
                 op->sample,
                 op->without_delta,
                 op->reduce == SCOPE_REDUCE_ABSMAX,
                 sink (op->out, op->shade) };

  return o;
}

size_t
scope_cuda_thumbnails_scratch (const ScopeOpThumbnails *op)
{
  Overview o = describe (op);

  if (op->reduce != SCOPE_REDUCE_MEAN)
    return 0;
  return scope_cuda_mean_scratch (o.channels, o.rows, o.columns, op->source.states);
}

int
scope_cuda_thumbnails (ScopeCuda *self, const ScopeOpThumbnails *op, char *error, size_t error_size)
{
  return scope_cuda_overview_run (self, describe (op), op->reduce, error, error_size);
}

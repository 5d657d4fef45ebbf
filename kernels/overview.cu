/* OVERVIEW: one channel's map reduced to blocks, never storing L²; which way is chosen here.
 * MEAN: overview-mean.cu. ABSMEAN and ABSMAX of every cell: overview-cells.cu; of a sample of each
 * block's cells: overview-sampled.cu. */
#include "overview.cuh"

size_t
scope_cuda_overview_scratch (const ScopeOpOverview *op)
{
  if (op->reduce != SCOPE_REDUCE_MEAN)
    return 0;
  return scope_cuda_mean_scratch (1, op->out.rows, op->out.columns, op->source.states);
}

int
scope_cuda_overview_run (ScopeCuda *self, const Overview &o, ScopeReduce reduce, char *error,
                         size_t error_size)
{
  if (o.rows == 0 || o.columns == 0 || o.channels == 0)
    return SCOPE_STATUS_OK;
  if (reduce == SCOPE_REDUCE_MEAN)
    return scope_cuda_overview_mean (self, o, error, error_size);
  if (o.sample > 0)
    scope_cuda_overview_sampled (self, o);
  else
    scope_cuda_overview_cells (self, o);
  return scope_cuda_launched (self, "overview", error, error_size);
}

int
scope_cuda_overview (ScopeCuda *self, const ScopeOpOverview *op, char *error, size_t error_size)
{
  Overview o = { map_source (op->source),
                 op->channel,
                 1,
                 op->row_begin,
                 op->row_end - op->row_begin,
                 op->column_begin,
                 op->column_end - op->column_begin,
                 op->out.rows,
                 op->out.columns,
                 op->sample,
                 op->without_delta,
                 op->reduce == SCOPE_REDUCE_ABSMAX,
                 sink (op->out, op->shade) };

  return scope_cuda_overview_run (self, o, op->reduce, error, error_size);
}

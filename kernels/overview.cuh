/* What the reductions of a map share: SCOPE_OP_OVERVIEW is one channel of SCOPE_OP_THUMBNAILS. */
#pragma once

#include "map.cuh"
#include "shade.cuh"

struct Overview {
  MapSource source;
  int64_t channel, channels; /* first, and how many */
  int64_t row_begin, row_count, column_begin, column_count;
  int64_t rows, columns, sample; /* of one channel's output */
  bool without_delta, maximum;
  Sink out;
};

int scope_cuda_overview_run (ScopeCuda *self, const Overview &o, ScopeReduce reduce, char *error,
                             size_t error_size);
size_t scope_cuda_mean_scratch (int64_t channels, int64_t rows, int64_t columns, int64_t states);
int scope_cuda_overview_mean (ScopeCuda *self, const Overview &o, char *error, size_t error_size);
void scope_cuda_overview_cells (ScopeCuda *self, const Overview &o);
void scope_cuda_overview_sampled (ScopeCuda *self, const Overview &o);

/* The K-th of N+1 edges of COUNT positions from BEGIN. */
__host__ __device__ static inline int64_t
edge (int64_t begin, int64_t count, int64_t k, int64_t n)
{
  return begin + count * k / n;
}

/* Which of the N blocks holds position AT: the last whose first edge is not beyond it. */
__host__ __device__ static inline int64_t
block_at (int64_t begin, int64_t count, int64_t at, int64_t n)
{
  return ((at - begin + 1) * n - 1) / count;
}

__device__ static inline int64_t
row_edge (const Overview &o, int64_t k)
{
  return edge (o.row_begin, o.row_count, k, o.rows);
}

__device__ static inline int64_t
column_edge (const Overview &o, int64_t k)
{
  return edge (o.column_begin, o.column_count, k, o.columns);
}

/* Block (P, Q) of the channel that the grid's third dimension says. */
__device__ static inline void
put_block (const Overview &o, int64_t p, int64_t q, float value)
{
  sink_put (o.out, blockIdx.z * o.rows + p, q, value);
}

/* OVERVIEW of at most SAMPLE rows and columns of each block, evenly spaced.
 * Layout: as many lanes a block as its sample fills, up to a warp; each lane takes cells by their
 * definition, then the lanes join. Tolerance: 1e-5 relative to the block's mean |α|. */
#include "overview.cuh"

enum { THREADS = 128 };

/* K of COUNT evenly spaced places in LENGTH, first and last included. */
__device__ static inline int64_t
spaced (int64_t k, int64_t count, int64_t length)
{
  return count > 1 ? k * (length - 1) / (count - 1) : 0;
}

__device__ static inline double
combine (const Overview &o, double a, double b)
{
  return o.maximum ? fmax (a, b) : a + b;
}

__global__ static void
sampled_blocks (Overview o, int lanes)
{
  int64_t k = ((int64_t)blockIdx.x * THREADS + threadIdx.x) / lanes, count = o.rows * o.columns;
  int64_t p = min (k, count - 1) / o.columns, q = min (k, count - 1) % o.columns;
  int64_t r0 = row_edge (o, p), height = row_edge (o, p + 1) - r0;
  int64_t c0 = column_edge (o, q), width = column_edge (o, q + 1) - c0;
  int64_t down = min (o.sample, height), across = min (o.sample, width);
  double value = 0.0;

  for (int64_t cell = threadIdx.x % lanes; cell < down * across; cell += lanes) {
    int64_t i = r0 + spaced (cell / across, down, height);
    int64_t j = c0 + spaced (cell % across, across, width);
    if (j <= i)
      value = combine (o, value,
                       fabsf (map_cell (o.source, o.channel + blockIdx.z, i, j, o.without_delta)));
  }
  for (int step = lanes / 2; step > 0; step /= 2)
    value = combine (o, value, __shfl_xor_sync (0xffffffffu, value, step));
  if (threadIdx.x % lanes == 0 && k < count)
    put_block (o, p, q, (float)(o.maximum ? value : value / (double)(down * across)));
}

void
scope_cuda_overview_sampled (ScopeCuda *self, const Overview &o)
{
  int64_t height = (o.row_count + o.rows - 1) / o.rows;
  int64_t width = (o.column_count + o.columns - 1) / o.columns;
  int64_t cells = (o.sample < height ? o.sample : height) * (o.sample < width ? o.sample : width);
  int lanes = 1;

  while (lanes < 32 && lanes < cells)
    lanes *= 2;
  dim3 grid (scope_blocks (o.rows * o.columns, THREADS / lanes), 1, (unsigned)o.channels);
  SCOPE_LAUNCH (sampled_blocks, grid, THREADS, 0, self, o, lanes);
}

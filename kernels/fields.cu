/* FIELDS: the first column j with |α[rows[r], j]| > epsilon, for every channel; -1 if none.
 * Layout: one warp per (row, channel) walks the columns 32 at a time and stops at the first hit.
 * Exact up to the rounding of α; a cell within 1e-5 of epsilon may differ from the CPU's. */
#include "map.cuh"

enum { FIELD_WARPS = 8 };

__global__ static void
field_starts (MapSource s, View<const int32_t> rows, float epsilon, int64_t begin, int64_t channels,
              View<int32_t> out)
{
  int64_t h = (int64_t)blockIdx.x * FIELD_WARPS + threadIdx.x / 32, lane = threadIdx.x % 32;
  int64_t row = *rows.row (blockIdx.y);
  int32_t found = -1;

  if (h >= channels)
    return;
  for (int64_t j = 0; j <= row && found < 0; j += 32) {
    int64_t column = j + lane;
    bool hit = column <= row && fabsf (map_cell (s, begin + h, row, column, false)) > epsilon;
    unsigned hits = __ballot_sync (0xffffffffu, hit);
    if (hits != 0)
      found = (int32_t)(j + __ffs (hits) - 1);
  }
  if (lane == 0)
    out.row (blockIdx.y)[h] = found;
}

int
scope_cuda_fields (ScopeCuda *self, const ScopeOpFields *op, char *error, size_t error_size)
{
  int64_t channels = op->channel_end - op->channel_begin;
  dim3 grid (scope_blocks (channels, FIELD_WARPS), (unsigned)op->rows.rows);

  if (channels > 0 && op->rows.rows > 0)
    SCOPE_LAUNCH (field_starts, grid, 32 * FIELD_WARPS, 0, self, map_source (op->source),
                  scope_view<const int32_t> (op->rows), (float)op->epsilon, op->channel_begin,
                  channels, scope_view<int32_t> (op->out));
  return scope_cuda_launched (self, "fields", error, error_size);
}

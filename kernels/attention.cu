/* ATTENTION: a dense range of one channel's map (tile.cuh has the formula).
 * Layout: one thread block per 64 x 64 tile of the output. Tolerance: 1e-5 relative to max |α|. */
#include "tile.cuh"

__global__ static void
attention_tiles (MapSource s, int64_t h, int64_t row_begin, int64_t column_begin, int64_t rows,
                 int64_t columns, bool without_delta, View<float> out)
{
  __shared__ TileScratch scratch;
  int64_t r0 = (int64_t)blockIdx.y * TILE, c0 = (int64_t)blockIdx.x * TILE;
  Tile t = { row_begin + r0, column_begin + c0, min ((int64_t)TILE, rows - r0),
             min ((int64_t)TILE, columns - c0) };
  float cells[TILE_CELLS];

  tile_cells (s, h, t, without_delta, &scratch, cells);
  for (int k = 0; k < TILE_CELLS; k++)
    if (tile_row (k) < t.rows && tile_column (k) < t.columns)
      out.row (r0 + tile_row (k))[c0 + tile_column (k)] = cells[k];
}

int
scope_cuda_attention (ScopeCuda *self, const ScopeOpAttention *op, char *error, size_t error_size)
{
  dim3 grid (scope_blocks (op->out.columns, TILE), scope_blocks (op->out.rows, TILE));

  if (op->out.rows > 0 && op->out.columns > 0)
    SCOPE_LAUNCH (attention_tiles, grid, TILE_THREADS, 0, self, map_source (op->source),
                  op->channel, op->row_begin, op->column_begin, op->out.rows, op->out.columns,
                  op->without_delta, scope_view<float> (op->out));
  return scope_cuda_launched (self, "attention", error, error_size);
}

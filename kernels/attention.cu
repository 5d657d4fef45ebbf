/* ATTENTION: a dense range of one channel's map (tile.cuh has the formula).
 * Layout: a thread block takes a strip of up to STRIP tiles of 128 x 128 side by side, so that the
 * factors of its rows are made once; tiles above the diagonal are only written. Tolerance: 2e-6
 * relative to the largest sum of terms. */
#include "shade.cuh"
#include "tile.cuh"

enum { STRIP = 8 };

struct Attention {
  MapSource source;
  int64_t h, row_begin, column_begin, rows, columns;
  int strip;
  bool without_delta;
  Sink out;
};

__device__ static void
write_tile (const Sink &out, int64_t r0, int64_t c0, const Tile &t,
            const float cells[TILE_SIDE][TILE_SIDE])
{
#pragma unroll
  for (int r = 0; r < TILE_SIDE; r++)
    if (tile_row () + r < t.rows)
#pragma unroll
      for (int k = 0; k < TILE_SIDE; k += 4)
        sink_put4 (out, r0 + tile_row () + r, c0 + tile_column (k), &cells[r][k],
                   t.columns - tile_column (k));
}

template <bool ONE>
__global__ static void
__launch_bounds__ (TILE_THREADS, 2) attention_strips (Attention a)
{
  __shared__ TileScratch scratch;
  int64_t r0 = (int64_t)blockIdx.y * TILE, first = (int64_t)blockIdx.x * a.strip * TILE;
  bool same_rows = false;
  float cells[TILE_SIDE][TILE_SIDE];

  for (int k = 0; k < a.strip && first + k * TILE < a.columns; k++) {
    int64_t c0 = first + k * TILE;
    Tile t = { a.row_begin + r0, a.column_begin + c0, (int)min ((int64_t)TILE, a.rows - r0),
               (int)min ((int64_t)TILE, a.columns - c0) };
    if (tile_above (t)) {
#pragma unroll
      for (int i = 0; i < TILE_SIDE * TILE_SIDE; i++)
        cells[i / TILE_SIDE][i % TILE_SIDE] = 0.0f;
    } else
      tile_cells<ONE> (a.source, a.h, t, a.without_delta, same_rows, &scratch, cells);
    same_rows = tile_below (t);
    write_tile (a.out, r0, c0, t, cells);
  }
}

int
scope_cuda_attention (ScopeCuda *self, const ScopeOpAttention *op, char *error, size_t error_size)
{
  int64_t across = scope_blocks (op->out.columns, TILE), down = scope_blocks (op->out.rows, TILE);
  int64_t strip = across * down / (8 * self->processors);
  Attention a = { map_source (op->source),
                  op->channel,
                  op->row_begin,
                  op->column_begin,
                  op->out.rows,
                  op->out.columns,
                  strip < 1 ? 1 : (strip < STRIP ? (int)strip : STRIP),
                  op->without_delta,
                  sink (op->out, op->shade) };
  dim3 grid (scope_blocks (across, a.strip), (unsigned)down);

  if (across == 0 || down == 0)
    return SCOPE_STATUS_OK;
  if (a.source.rates == 1)
    SCOPE_LAUNCH (attention_strips<true>, grid, TILE_THREADS, 0, self, a);
  else
    SCOPE_LAUNCH (attention_strips<false>, grid, TILE_THREADS, 0, self, a);
  return scope_cuda_launched (self, "attention", error, error_size);
}

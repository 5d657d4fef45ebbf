/* SOFTMAX: a tile of one head's softmax map, from the totals that HEADS left:
 *   out(r, c) = exp (scale q[i] · k[j] - total[i]) for j <= i, else 0.
 * Layout: a thread block for each 64 x 64 part of the tile. Tolerance: a score's own rounding, some
 * 1e-7 of the largest score, relative to the cell. */
#include "scores.cuh"

template <class T>
__global__ static void
softmax_tiles (ScoreHead<T> head, View<const float> total, int64_t index, int64_t row_begin,
               int64_t column_begin, float scale, View<float> out, int64_t rows, int64_t columns)
{
  __shared__ ScoreScratch scratch;
  int64_t r0 = (int64_t)blockIdx.y * SCORES, c0 = (int64_t)blockIdx.x * SCORES;
  float s[SCORE_SIDE][SCORE_SIDE];

  score_tile (head, row_begin + r0, column_begin + c0, &scratch, s);
  for (int i = 0; i < SCORE_SIDE; i++)
    for (int j = 0; j < SCORE_SIDE; j++) {
      int64_t r = r0 + score_row (i), c = c0 + score_column (j);
      if (r >= rows || c >= columns)
        continue;
      bool visible = column_begin + c <= row_begin + r;
      out.row (r)[c] = visible ? expf (s[i][j] * scale - total.row (row_begin + r)[index]) : 0.0f;
    }
}

int
scope_cuda_softmax (ScopeCuda *self, const ScopeOpSoftmax *op, char *error, size_t error_size)
{
  dim3 grid (scope_blocks (op->out.columns, SCORES), scope_blocks (op->out.rows, SCORES));
  int64_t width = op->q.columns / op->heads;

  if (op->out.rows > 0 && op->out.columns > 0)
    scope_with_type (op->q, [&] (auto *type) {
      typedef std::remove_pointer_t<decltype (type)> T;
      ScoreHead<T> head = { scope_view<const T> (op->q),
                            scope_view<const T> (op->k),
                            op->q.rows,
                            op->k.rows,
                            op->head * width,
                            op->head / (op->heads / op->key_heads) * width,
                            width };
      SCOPE_LAUNCH ((softmax_tiles<T>), grid, SCORE_THREADS, 0, self, head,
                    scope_view<const float> (op->total), op->head, op->row_begin, op->column_begin,
                    (float)op->scale, scope_view<float> (op->out), op->out.rows, op->out.columns);
    });
  return scope_cuda_launched (self, "softmax", error, error_size);
}

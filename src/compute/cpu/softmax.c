/* SCOPE_OP_SOFTMAX: a tile of one head's softmax map, from the total that SCOPE_OP_HEADS left. */
#include "base/parallel.h"
#include "compute/cpu/blas.h"
#include "compute/cpu/vmath.h"

#define ROWS 64

/* Multiply-adds between two polls: a few milliseconds. */
#define SLICE_WORK 100000000

typedef struct {
  const ScopeOpSoftmax *op;
  int64_t width; /* lanes of a head */
  int64_t first; /* block of rows */
} Softmax;

/* COUNT scores that the query sees, and zeros. */
static void
soften_row (const ScopeOpSoftmax *op, real *out, int64_t row, int64_t count)
{
  real total = real_row (&op->total, row)[op->head];
  for (int64_t c = 0; c < count; c += LANES)
    vec_store (out + c, vec_exp (vec_load (out + c, count - c) - total), count - c);
  for (int64_t c = count; c < op->out.columns; c++)
    out[c] = 0;
}

static void
softmax_blocks (gsize begin, gsize end, guint worker, gpointer data)
{
  const Softmax *self = data;
  const ScopeOpSoftmax *op = self->op;
  int64_t width = self->width, key_head = op->head / (op->heads / op->key_heads);
  for (int64_t b = self->first + begin; b < self->first + (int64_t)end; b++) {
    int64_t r = b * ROWS, rows = min_size (ROWS, op->out.rows - r), row = op->row_begin + r;
    int64_t columns = min_size (op->out.columns, row + rows - op->column_begin);
    if (columns > 0)
      gemm (CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, width, op->scale,
            real_row (&op->q, row) + op->head * width, op->q.stride,
            real_row (&op->k, op->column_begin) + key_head * width, op->k.stride, 0,
            real_row (&op->out, r), op->out.stride);
    for (int64_t k = 0; k < rows; k++) {
      int64_t visible = min_size (op->out.columns, row + k + 1 - op->column_begin);
      soften_row (op, real_row (&op->out, r + k), row + k, max_size (visible, 0));
    }
  }
}

int
REAL (softmax) (const void *params, char *error, size_t error_size)
{
  const ScopeOpSoftmax *op = params;
  int64_t blocks = (op->out.rows + ROWS - 1) / ROWS, width = op->q.columns / op->heads;
  int64_t block_work = ROWS * op->out.columns * width;
  int64_t slice = max_size (scope_parallel_threads (), SLICE_WORK / max_size (block_work, 1));
  Softmax self = { .op = op, .width = width };
  for (; self.first < blocks; self.first += slice) {
    if (scope_cpu_cancelled (&op->cancel))
      return SCOPE_STATUS_CANCELLED;
    scope_parallel_for (min_size (slice, blocks - self.first), 1, softmax_blocks, &self);
  }
  return SCOPE_STATUS_OK;
}

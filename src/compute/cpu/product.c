/* SCOPE_OP_PRODUCT, by OpenBLAS.
 *
 * OpenBLAS itself runs single-threaded (backend.c sets it so) and the pool cuts the rows: its own
 * threads would spin beside ours between two products. Blocks are cut by shape alone, so the result
 * does not depend on the number of threads.
 *
 * OpenBLAS picks its kernels when it is loaded, before we could tell it anything. OPENBLAS_CORETYPE
 * in the environment overrules it: AVX2 kernels (Haswell) on a processor with AVX-512 make products
 * half as fast. */
#include "base/parallel.h"
#include "compute/cpu/blas.h"

/* Below this many rows there are too few blocks of them for all threads, and the weights are cut
 * instead. */
#define FEW_ROWS     512
#define ROW_GRAIN    128
#define COLUMN_GRAIN 128

static void
start_block (const ScopeOpProduct *op, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
  const real *bias = op->bias.data;
  for (int64_t t = row; t < row + rows; t++) {
    real *out = real_row (&op->out, t) + column;
    if (bias == NULL && !op->accumulate)
      memset (out, 0, columns * sizeof (real));
    else if (!op->accumulate)
      memcpy (out, bias + column, columns * sizeof (real));
    else if (bias != NULL)
      for (int64_t c = 0; c < columns; c++)
        out[c] += bias[column + c];
  }
}

static void
product_block (const ScopeOpProduct *op, int64_t row, int64_t rows, int64_t column, int64_t columns)
{
  start_block (op, row, rows, column, columns);
  const real *x = real_row (&op->x, row);
  const real *weight = real_row (&op->weight, column);
  real *out = real_row (&op->out, row) + column;
  if (rows == 1)
    gemv (CblasRowMajor, CblasNoTrans, columns, op->x.columns, 1, weight, op->weight.stride, x, 1,
          1, out, 1);
  else
    gemm (CblasRowMajor, CblasNoTrans, CblasTrans, rows, columns, op->x.columns, 1, x, op->x.stride,
          weight, op->weight.stride, 1, out, op->out.stride);
}

static void
product_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpProduct *op = data;
  product_block (op, begin, end - begin, 0, op->out.columns);
}

static void
product_columns (gsize begin, gsize end, guint worker, gpointer data)
{
  const ScopeOpProduct *op = data;
  product_block (op, 0, op->out.rows, begin, end - begin);
}

int
REAL (product) (const void *params, char *error, size_t error_size)
{
  const ScopeOpProduct *op = params;
  if (op->out.rows == 0)
    return SCOPE_STATUS_OK;
  if (op->out.rows < FEW_ROWS)
    scope_parallel_for (op->out.columns, COLUMN_GRAIN, product_columns, (gpointer)op);
  else
    scope_parallel_for (op->out.rows, ROW_GRAIN, product_rows, (gpointer)op);
  return SCOPE_STATUS_OK;
}

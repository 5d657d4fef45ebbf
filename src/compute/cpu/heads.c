/* SCOPE_OP_HEADS: causal softmax attention, a block of queries of one head against a block of keys
 * at a time, so that no row of scores is as long as the text. The softmax runs along: of each query
 * the largest score so far, and the sum of exponentials relative to it (arXiv 1805.02867). */
#include "base/parallel.h"
#include "compute/cpu/blas.h"
#include "compute/cpu/vmath.h"

#define QUERIES 64
#define KEYS    256

/* Multiply-adds between two polls: a few milliseconds. */
#define SLICE_WORK 100000000

typedef struct {
  const ScopeOpHeads *op;
  int64_t width;  /* lanes of a head */
  int64_t blocks; /* of queries */
  int64_t first;  /* item of the slice */
  real *scratch;  /* (threads, SCORES + QUERIES width) */
} Heads;

#define SCORES (QUERIES * KEYS)

/* One head's queries [row, row + rows). */
typedef struct {
  const Heads *self;
  int64_t head, row, rows;
  real *scores; /* (QUERIES, KEYS) */
  real *sums;   /* (QUERIES, width): Σ exp (score - most) v */
  real most[QUERIES];
  double total[QUERIES]; /* Σ exp (score - most) */
} Block;

/* Lanes of the key head that goes with the block's head. */
static int64_t
key_lane (const Block *b)
{
  const ScopeOpHeads *op = b->self->op;
  return b->head / (op->heads / op->key_heads) * b->self->width;
}

static real
largest (const real *x, int64_t count, real most)
{
  for (int64_t c = 0; c < count; c++)
    most = x[c] > most ? x[c] : most;
  return most;
}

/* COUNT visible scores become exponentials, the rest 0; what came before is made relative to the
 * new largest. */
static void
soften_row (Block *b, int64_t r, int64_t count)
{
  real *scores = b->scores + r * KEYS, *sums = b->sums + r * b->self->width;
  real most = largest (scores, count, b->most[r]);
  Vec partial = { 0 };
  double sum = 0;
  for (int64_t c = 0; c < count; c += LANES) {
    Vec p = vec_decay (vec_load (scores + c, count - c) - most);
    vec_store (scores + c, p, count - c);
    if (c + LANES <= count)
      partial += p;
    else
      for (int64_t l = 0; l < count - c; l++)
        sum += (double)p[l];
  }
  for (int64_t l = 0; l < LANES; l++)
    sum += (double)partial[l];
  double fade = b->total[r] > 0 ? exp ((double)b->most[r] - (double)most) : 0;
  for (int64_t l = 0; l < b->self->width && fade != 1; l++)
    sums[l] *= (real)fade;
  b->most[r] = most;
  b->total[r] = b->total[r] * fade + sum;
}

static void
add_keys (Block *b, int64_t column, int64_t columns)
{
  const ScopeOpHeads *op = b->self->op;
  int64_t width = b->self->width;
  gemm (CblasRowMajor, CblasNoTrans, CblasTrans, b->rows, columns, width, op->scale,
        real_row (&op->q, b->row) + b->head * width, op->q.stride,
        real_row (&op->k, column) + key_lane (b), op->k.stride, 0, b->scores, KEYS);
  for (int64_t r = 0; r < b->rows; r++) {
    int64_t visible = min_size (columns, op->begin + b->row + r + 1 - column);
    if (visible > 0)
      soften_row (b, r, visible);
    for (int64_t c = max_size (visible, 0); c < columns; c++)
      b->scores[r * KEYS + c] = 0;
  }
  gemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, b->rows, width, columns, 1, b->scores, KEYS,
        real_row (&op->v, column) + key_lane (b), op->v.stride, 1, b->sums, width);
}

static void
finish_block (const Block *b)
{
  const ScopeOpHeads *op = b->self->op;
  int64_t width = b->self->width;
  for (int64_t r = 0; r < b->rows; r++) {
    real *out = real_row (&op->out, b->row + r) + b->head * width;
    for (int64_t l = 0; l < width; l++)
      out[l] = b->sums[r * width + l] / b->total[r];
    if (op->total.data != NULL)
      real_row (&op->total, b->row + r)[b->head] = (double)b->most[r] + log (b->total[r]);
  }
}

static void
heads_blocks (gsize begin, gsize end, guint worker, gpointer data)
{
  const Heads *self = data;
  const ScopeOpHeads *op = self->op;
  real *scratch = self->scratch + worker * (SCORES + QUERIES * self->width);
  for (int64_t i = self->first + begin; i < self->first + (int64_t)end; i++) {
    int64_t row = i % self->blocks * QUERIES;
    Block b = { .self = self, .head = i / self->blocks, .row = row };
    b.rows = min_size (QUERIES, op->q.rows - row);
    b.scores = scratch;
    b.sums = scratch + SCORES;
    memset (b.sums, 0, QUERIES * self->width * sizeof (real));
    for (int64_t r = 0; r < QUERIES; r++)
      b.most[r] = -HUGE_VAL;
    int64_t keys = op->begin + row + b.rows;
    for (int64_t column = 0; column < keys; column += KEYS)
      add_keys (&b, column, min_size (KEYS, keys - column));
    finish_block (&b);
  }
}

int
REAL (heads) (const void *params, char *error, size_t error_size)
{
  const ScopeOpHeads *op = params;
  int64_t threads = scope_parallel_threads (), width = op->q.columns / op->heads;
  SCOPE_CPU_SCRATCH real *scratch
      = scope_cpu_scratch (threads * (SCORES + QUERIES * width), sizeof (real), error, error_size);
  if (scratch == NULL)
    return SCOPE_STATUS_MEMORY;
  int64_t blocks = (op->q.rows + QUERIES - 1) / QUERIES, items = op->heads * blocks;
  int64_t item_work = 2 * QUERIES * (op->begin + op->q.rows) * width;
  int64_t slice = max_size (threads, SLICE_WORK / max_size (item_work, 1));
  Heads self = { .op = op, .width = width, .blocks = blocks, .scratch = scratch };
  for (; self.first < items; self.first += slice) {
    if (scope_cpu_cancelled (&op->cancel))
      return SCOPE_STATUS_CANCELLED;
    scope_parallel_for (min_size (slice, items - self.first), 1, heads_blocks, &self);
  }
  return SCOPE_STATUS_OK;
}

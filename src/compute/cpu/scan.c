/* SCOPE_OP_SCAN: the selective scan.
 *
 * The recurrence runs along the tokens; what is independent, and therefore side by side in a Vec,
 * is the lanes. A block of lanes keeps its states (N, lanes) in scratch while it walks through the
 * call's tokens, so every sum has one fixed order: chunked or whole, on one thread or many, the
 * result is the same to the bit. */
#include "base/parallel.h"
#include "compute/cpu/rule.h"
#include "compute/cpu/vmath.h"

/* Lanes of a head are taken this many Vecs at a time: independent chains of additions. */
#define VECS 4

typedef struct {
  const ScopeOpScan *op;
  DeltaRule rule;
  ScopeTensor delta; /* (T, H) effective */
  ScopeTensor decay; /* (T, H) exp (Δ A), one rate; or data NULL */
  int64_t states;
  int64_t segment; /* lanes that share B and C and, with one rate, Δ and A */
  int64_t width;   /* lanes of a block */
  int64_t blocks;  /* blocks of a segment */
  char *scratch;   /* per worker */
  size_t scratch_size;
} Scan;

/* The block of lanes [first, first + count) of one segment. */
typedef struct {
  int64_t first, count, channel;
  int64_t group_column; /* of B and C */
} Block;

static Block
find_block (const Scan *scan, int64_t index)
{
  const ScopeOpScan *op = scan->op;
  int64_t segment = index / scan->blocks, offset = index % scan->blocks * scan->width;
  Block block = { .first = segment * scan->segment + offset };
  block.count = min_size (scan->width, scan->segment - offset);
  block.channel = block.first / (op->u.columns / op->raw.columns);
  block.group_column = block.channel / (op->raw.columns / op->groups) * scan->states;
  return block;
}

static void
load_state (const Scan *scan, const Block *block, Vec *h, int64_t vecs)
{
  real *lanes = (real *)h;
  memset (h, 0, scan->states * vecs * sizeof (Vec));
  for (int64_t l = 0; l < block->count; l++)
    for (int64_t n = 0; n < scan->states; n++)
      lanes[n * vecs * LANES + l] = real_row (&scan->op->state, block->first + l)[n];
}

static void
store_state (const Scan *scan, const Block *block, const Vec *h, int64_t vecs)
{
  const real *lanes = (const real *)h;
  for (int64_t l = 0; l < block->count; l++)
    for (int64_t n = 0; n < scan->states; n++)
      real_row (&scan->op->state, block->first + l)[n] = lanes[n * vecs * LANES + l];
}

/* Mamba's gate for lanes [first, first + count) of row T. */
static inline Vec
gated (const ScopeOpScan *op, Vec y, int64_t t, int64_t first, int64_t count)
{
  if (op->gate.data == NULL)
    return y;
  return y * vec_silu (vec_load (real_row (&op->gate, t) + first, count));
}

/* Mamba: every lane is a channel with a Δ and N rates of its own. */
static void
scan_channels (const Scan *scan, const Block *block, Vec *restrict h)
{
  const ScopeOpScan *op = scan->op;
  int64_t states = scan->states, first = block->first, count = block->count;
  Vec *restrict a = h + states;
  memset (a, 0, states * sizeof (Vec));
  for (int64_t l = 0; l < count; l++)
    for (int64_t n = 0; n < states; n++)
      ((real *)a)[n * LANES + l] = real_row (&op->a, first + l)[n];
  Vec d = vec_load ((const real *)op->d.data + first, count);

  load_state (scan, block, h, 1);
  for (int64_t t = 0; t < op->u.rows; t++) {
    const real *b = real_row (&op->b, t) + block->group_column;
    const real *c = real_row (&op->c, t) + block->group_column;
    Vec delta = vec_load (real_row (&scan->delta, t) + first, count);
    Vec u = vec_load (real_row (&op->u, t) + first, count);
    Vec x = delta * u, y = d * u;
    for (int64_t n = 0; n < states; n++) {
      h[n] = vec_decay (delta * a[n]) * h[n] + b[n] * x;
      y += c[n] * h[n];
    }
    vec_store (real_row (&op->y, t) + first, gated (op, y, t, first, count), count);
  }
  store_state (scan, block, h, 1);
}

/* Mamba-2: the lanes of a head share one Δ and one rate. */
static void
scan_head (const Scan *scan, const Block *block, Vec (*restrict h)[VECS])
{
  const ScopeOpScan *op = scan->op;
  int64_t states = scan->states, first = block->first, count = block->count;
  real d = ((const real *)op->d.data)[block->channel];

  load_state (scan, block, h[0], VECS);
  for (int64_t t = 0; t < op->u.rows; t++) {
    const real *b = real_row (&op->b, t) + block->group_column;
    const real *c = real_row (&op->c, t) + block->group_column;
    real delta = real_row (&scan->delta, t)[block->channel];
    real decay = real_row (&scan->decay, t)[block->channel];
    Vec x[VECS], y[VECS];
    for (int v = 0; v < VECS; v++) {
      Vec u = vec_load (real_row (&op->u, t) + first + v * LANES, count - v * LANES);
      x[v] = delta * u;
      y[v] = d * u;
    }
    for (int64_t n = 0; n < states; n++)
      for (int v = 0; v < VECS; v++) {
        h[n][v] = decay * h[n][v] + b[n] * x[v];
        y[v] += c[n] * h[n][v];
      }
    for (int v = 0; v * LANES < count; v++) {
      int64_t at = first + v * LANES, rest = count - v * LANES;
      vec_store (real_row (&op->y, t) + at, gated (op, y[v], t, at, rest), rest);
    }
  }
  store_state (scan, block, h[0], VECS);
}

static void
scan_blocks (gsize begin, gsize end, guint worker, gpointer data)
{
  const Scan *scan = data;
  char *scratch = scan->scratch + worker * scan->scratch_size;
  for (gsize i = begin; i < end; i++) {
    Block block = find_block (scan, i);
    if (scan->decay.data != NULL)
      scan_head (scan, &block, (Vec (*)[VECS])scratch);
    else
      scan_channels (scan, &block, (Vec *)scratch);
  }
}

/* Effective Δ, and with one rate its decay too, for all the call's tokens. */
static void
prepare_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Scan *scan = data;
  int64_t channels = scan->delta.columns;
  for (gsize t = begin; t < end; t++) {
    real *delta = real_row (&scan->delta, t);
    REAL (delta_rule_row) (&scan->rule, t, real_row (&scan->op->raw, t), delta, channels);
    if (scan->decay.data == NULL)
      continue;
    for (int64_t h = 0; h < channels; h += LANES) {
      Vec a = { 0 };
      for (int64_t l = 0; l < min_size (LANES, channels - h); l++)
        a[l] = *real_row (&scan->op->a, h + l);
      vec_store (real_row (&scan->decay, t) + h, vec_decay (a * vec_load (delta + h, channels - h)),
                 channels - h);
    }
  }
}

static void
add_sums (gsize begin, gsize end, guint worker, gpointer data)
{
  const Scan *scan = data;
  double *sum = double_row (&scan->op->sums, 0), *kept = double_row (&scan->op->sums, 1);
  for (int64_t t = 0; t < scan->delta.rows; t++) {
    const real *delta = real_row (&scan->delta, t);
    for (gsize h = begin; h < end; h++) {
      sum[h] += delta[h];
      kept[h] += delta[h] > 0;
    }
  }
}

static int
scan_run (Scan *scan)
{
  const ScopeOpScan *op = scan->op;
  int64_t segments = op->u.columns / scan->segment;
  scope_parallel_for (op->u.rows, 32, prepare_rows, scan);
  scope_parallel_for (segments * scan->blocks, 1, scan_blocks, scan);
  if (op->sums.data != NULL)
    scope_parallel_for (scan->delta.columns, 64, add_sums, scan);
  return SCOPE_STATUS_OK;
}

/* With one rate the lanes of a head go together, else the lanes of a group. */
static void
plan_blocks (Scan *scan, bool one_rate)
{
  const ScopeOpScan *op = scan->op;
  scan->states = op->state.columns;
  scan->segment = one_rate ? op->u.columns / op->raw.columns : op->u.columns / op->groups;
  scan->width = one_rate ? VECS * LANES : LANES;
  scan->blocks = (scan->segment + scan->width - 1) / scan->width;
  scan->scratch_size = scan->states * sizeof (Vec) * (one_rate ? VECS : 2);
}

int
REAL (scan) (const void *params, char *error, size_t error_size)
{
  Scan scan = { .op = params };
  const ScopeOpScan *op = params;
  int64_t tokens = op->raw.rows, channels = op->raw.columns;
  bool one_rate = op->a.columns == 1;
  if (tokens == 0)
    return SCOPE_STATUS_OK;
  plan_blocks (&scan, one_rate);

  SCOPE_CPU_SCRATCH char *scratch
      = scope_cpu_scratch (scope_parallel_threads (), scan.scratch_size, error, error_size);
  SCOPE_CPU_SCRATCH real *rows
      = scope_cpu_scratch (2 * tokens * channels, sizeof (real), error, error_size);
  if (scratch == NULL || rows == NULL)
    return SCOPE_STATUS_MEMORY;
  scan.scratch = scratch;
  scan.delta = (ScopeTensor){ rows, tokens, channels, channels, REAL_TYPE };
  if (op->delta.data != NULL)
    scan.delta = op->delta;
  if (one_rate)
    scan.decay = (ScopeTensor){ rows + tokens * channels, tokens, channels, channels, REAL_TYPE };

  int status = REAL (delta_rule_init) (&scan.rule, &op->rule, channels, error, error_size);
  if (status == SCOPE_STATUS_OK)
    status = scan_run (&scan);
  REAL (delta_rule_clear) (&scan.rule);
  return status;
}

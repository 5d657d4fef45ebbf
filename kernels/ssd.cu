/* SCAN, Mamba-2's form: one rate per head, so a chunk of tokens is a handful of matrix products
 * (the state-space dual of arXiv 2405.21060, section 6), on tensor cores.
 *
 * For a chunk of CHUNK tokens with s the running sum of Δ and S its start state:
 *   y_i = exp (A s_i) C_i S + Σ_{j<=i} (C_i · B_j) Δ_j exp (A (s_i - s_j)) u_j + D u_i,
 *   S'  = exp (A s_end) S + Σ_j exp (A (s_end - s_j)) Δ_j B_j u_jᵀ.
 * Every exponent is <= 0. Five launches for up to SLAB tokens, so that the workspace does not grow
 * with the length: delta and carry (ssd-carry.cu), prepare, states, output (in the files so named);
 * a few tokens take one (ssd-step.cu). Products: TF32 and BF16 as they are, their operands rounded
 * to nearest; float32 as three TF32 products of split operands. Δ, decays and states are float32 or
 * better in all. Tolerance: 1e-5 relative to max |y| in float32.
 *
 * What 16,384 tokens of 24 heads x 64 lanes, 128 states, one group move, in MB (BF16 in brackets):
 *   prepare  B, C 17 (8) read, 17 (8) and scores 8 written
 *   states   u 101 (50), Bᵀ 8 (4, and 100 (50) from the second-level cache); 75 (38) and 25 written
 *   carry    25 each way, mostly in that cache
 *   output   u 101 (50), states 75 (38) and 25; y 101 (50) written; C, scores and states again from
 *            that cache, 290 (190)
 * and they make 6.4 + 6.4 + 4 G operations. At 4.2 TB/s that is 145 (80) us; the operations, at
 * half of what mma instructions reach there, are 110 (55) us beside it. docs/kernels.md has
 * predictions for each launch.
 * BF16 of up to 128 states in rows that may be read 16 bytes at a time, as models have them, takes
 * another cut: delta, walks along spans (ssd-walk-states.cu), carry, walks again for y
 * (ssd-walk-output.cu). */
#include "ssd-mma.cuh"

/* Lays the workspace out from BASE (or measures it: BASE NULL). Returns the bytes. */
static size_t
lay_out (Ssd *s, size_t wide_size, char *base)
{
  size_t groups = (size_t)s->chunks * (size_t)s->groups, heads = (size_t)s->heads, at = 0;
  size_t block = heads * (size_t)s->tiles * (size_t)s->depth * COLUMNS;
  size_t sections = (size_t)s->sections, rows = sections * SPAN_ROWS, spans = (size_t)s->spans;
  auto take = [&] (size_t bytes) {
    char *p = base ? base + at : NULL;
    at += (bytes + 255) / 256 * 256;
    return p;
  };

  s->delta = (float *)take (heads * rows * sizeof (float));
  s->decay = (float2 *)take (heads * rows * sizeof (float2));
  s->totals = (double *)take (2 * sections * heads * sizeof (double));
  s->passed = (float *)take (spans * heads * sizeof (float));
  s->ends = (float *)take (spans * block * sizeof (float));
  if (s->walk > 0)
    return at;
  s->left_c = (uint4 *)take (groups * CHUNK * (size_t)s->depth * wide_size);
  s->left_b = (uint4 *)take (groups * CHUNK * (size_t)s->depth * wide_size);
  s->scores = (float4 *)take (groups * CHUNK * CHUNK * sizeof (float));
  s->partial = take (spans * (SPAN - 1) * block * wide_size);
  return at;
}

/* Whether rows may be read eight BF16 numbers at a time, of up to CHUNK states (ssd-walk.cuh). */
static bool
can_walk (const ScopeOpScan *op)
{
  bool even = op->u.type == SCOPE_TYPE_BF16 && op->state.columns <= CHUNK;

  for (const ScopeTensor *tensor : { &op->u, &op->gate, &op->y, &op->b, &op->c })
    even = even
           && (tensor->data == NULL
               || ((uintptr_t)tensor->data % 16 == 0 && tensor->stride % 8 == 0));
  return even && op->state.columns % 8 == 0 && op->u.columns / op->raw.columns % 8 == 0;
}

/* At most so many spans as make WALKS walks of a head. */
static int
most_walks (const Ssd &s)
{
  return max (1, min ((int)scope_blocks (s.rows, WALK_TOKENS), WALKS / (s.heads * s.tiles)));
}

static void
cut_walk (Ssd *s)
{
  int chunks = (int)scope_blocks (s->rows, WALK_TOKENS);

  s->walk = (int)scope_blocks (chunks, most_walks (*s));
  s->spans = (int)scope_blocks (chunks, s->walk);
}

static Ssd
describe (const ScopeOpScan *op, int64_t first, int64_t rows)
{
  Ssd s = {};

  s.rows = (int)rows;
  s.first_row = first;
  s.heads = (int)op->raw.columns;
  s.lanes = (int)op->u.columns / s.heads;
  s.states = (int)op->state.columns;
  s.groups = (int)op->groups;
  s.tiles = (int)scope_blocks (s.lanes, COLUMNS);
  s.depth = (int)scope_blocks (s.states, 16) * 16;
  s.chunks = (int)scope_blocks (rows, CHUNK);
  s.sections = (int)scope_blocks (rows, SPAN_ROWS);
  s.spans = s.sections;
  if (can_walk (op))
    cut_walk (&s);
  s.a = (const float *)op->a.data;
  s.a_stride = op->a.stride;
  s.d = (const float *)op->d.data;
  s.rule = delta_rule (op->rule);
  s.state = scope_view<float> (op->state);
  s.delta_out = scope_view<float> (op->delta);
  if (s.delta_out.data)
    s.delta_out.data += first * s.delta_out.stride;
  s.sums = (double *)op->sums.data;
  s.sums_stride = op->sums.stride;
  return s;
}

static void
run_walk (ScopeCuda *self, const ScopeOpScan *op, const Ssd &s)
{
  SsdWide<Bf16> wide = ssd_wide<Bf16> (op, s.first_row);

  ssd_run_delta (self, s, op->raw);
  ssd_run_walk_states (self, s, wide);
  ssd_run_carry (self, s);
  ssd_run_walk_output (self, s, wide);
}

static bool
is_step (const ScopeOpScan *op)
{
  return op->u.rows <= STEP_ROWS && op->state.columns <= STEP_STATES;
}

size_t
scope_cuda_ssd_scratch (const ScopeOpScan *op)
{
  Ssd s = describe (op, 0, op->u.rows < SLAB ? op->u.rows : (int64_t)SLAB);

  /* A last, shorter slab may be cut into more. */
  if (s.walk > 0)
    s.spans = most_walks (s);
  return is_step (op) ? 0 : lay_out (&s, scope_cell_bytes (op->u), NULL);
}

template <class Op>
static void
run_slab (ScopeCuda *self, const ScopeOpScan *op, const Ssd &s)
{
  SsdWide<typename Op::Wide> wide = ssd_wide<typename Op::Wide> (op, s.first_row);

  ssd_run_delta (self, s, op->raw);
  ssd_run_prepare<Op> (self, s, wide);
  ssd_run_states<Op> (self, s, wide);
  ssd_run_carry (self, s);
  ssd_run_output<Op> (self, s, wide);
}

int
scope_cuda_scan_ssd (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size)
{
  char *workspace;

  if (is_step (op))
    return scope_cuda_ssd_step (self, op, error, error_size);
  workspace = (char *)scope_cuda_workspace (self, scope_cuda_ssd_scratch (op), error, error_size);
  if (workspace == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t first = 0; first < op->u.rows; first += SLAB) {
    int64_t left = op->u.rows - first;
    Ssd s = describe (op, first, left < SLAB ? left : (int64_t)SLAB);
    bool is_bf16 = op->u.type == SCOPE_TYPE_BF16;
    lay_out (&s, is_bf16 ? 2 : 4, workspace);
    if (s.walk > 0)
      run_walk (self, op, s);
    else if (is_bf16)
      run_slab<OpBf16> (self, op, s);
    else if (self->base.precision == SCOPE_PRECISION_FP32)
      run_slab<OpFp32> (self, op, s);
    else
      run_slab<OpTf32> (self, op, s);
  }
  return scope_cuda_launched (self, "scan", error, error_size);
}

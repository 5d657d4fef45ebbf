/* A shared transformer block over one chunk of tokens: what a hybrid layer's SSM reads in place of
 * the residual stream. Keys and values of all tokens so far are kept in the layer's states, so that
 * chunks, and tokens that are decoded later, see what came before. */
#include "compute/compute-private.h"

gboolean
scope_block_activations_alloc (ScopeBlockActivations *self, const ScopeConfig *config,
                               ScopeBackend *backend, gsize rows, gboolean captured_only,
                               GError **error)
{
  const ScopeSharedConfig *shared = &config->shared;
  ScopeType wide = backend->wide_type, real = scope_backend_real (backend);
  gsize heads = shared->heads * shared->head_dim, pair = 2 * shared->intermediate;
  const struct {
    ScopeTensor *tensor;
    ScopeType type;
    gsize columns;
    gboolean wanted;
  } all[] = {
    { &self->q, wide, heads, TRUE },
    { &self->attended, wide, heads, TRUE },
    { &self->total, real, shared->heads, captured_only },
    { &self->joined, real, shared->width, !captured_only },
    { &self->a, wide, shared->width, !captured_only },
    { &self->low, wide, shared->adapter_rank, !captured_only },
    { &self->sum, real, MAX (heads, pair), !captured_only && wide != real },
    { &self->mixed, wide, config->d_model, !captured_only },
    { &self->gate_up, wide, pair, !captured_only },
    { &self->input, real, config->d_model, !captured_only },
  };
  for (guint i = 0; shared->blocks > 0 && i < G_N_ELEMENTS (all); i++)
    if (all[i].wanted
        && !scope_tensor_alloc (backend, all[i].type, rows, all[i].columns, all[i].tensor, error))
      return FALSE;
  return TRUE;
}

void
scope_block_activations_clear (ScopeBlockActivations *self, ScopeBackend *backend)
{
  ScopeTensor *all[] = { &self->q,   &self->attended, &self->total, &self->joined,  &self->a,
                         &self->low, &self->sum,      &self->mixed, &self->gate_up, &self->input };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    scope_tensor_free (backend, all[i]);
}

gsize
scope_block_activations_bytes (const ScopeBlockActivations *self)
{
  const ScopeTensor all[] = { self->q,   self->attended, self->total, self->joined,  self->a,
                              self->low, self->sum,      self->mixed, self->gate_up, self->input };
  gsize bytes = 0;
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    bytes += scope_tensor_bytes (all[i]);
  return bytes;
}

double
scope_block_token_work (const ScopeConfig *config)
{
  const ScopeSharedConfig *s = &config->shared;
  double d = (double)config->d_model, width = (double)s->width, rank = (double)s->adapter_rank;
  double q = (double)s->heads * (double)s->head_dim;
  double k = (double)s->kv_heads * (double)s->head_dim, i = (double)s->intermediate;
  double attention = width * (q + 2 * k) + q * d, mlp = 3 * d * i + d * d;
  double adapters = rank * (d + 2 * i) + (s->attention_adapters ? 3 * rank * (width + q) : 0);
  return s->blocks > 0 ? attention + mlp + adapters : 0;
}

typedef struct {
  const ScopeChunk *chunk;
  const ScopeSharedConfig *config;
  const ScopeInvocationTensors *weights;
  ScopeBlockActivations rows; /* of the chunk */
  ScopeTensor k, v;           /* of the text up to the chunk's end */
  GError **error;
} Block;

static ScopeBackend *
backend_of (const Block *self)
{
  return self->chunk->schedule->backend;
}

static gboolean
run (const Block *self, ScopeOp op, const void *params)
{
  return scope_backend_run (backend_of (self), op, params, self->error);
}

static gboolean
copy (const Block *self, ScopeTensor x, ScopeTensor out)
{
  ScopeOpCopy op = { x, out };
  return run (self, SCOPE_OP_COPY, &op);
}

static gboolean
norm (const Block *self, ScopeTensor x, ScopeTensor weight, ScopeTensor out)
{
  ScopeOpNorm op = { .x = x,
                     .weight = weight,
                     .out = out,
                     .eps = self->chunk->schedule->config->norm_eps,
                     .groups = 1 };
  return run (self, SCOPE_OP_NORM, &op);
}

static gboolean
product (const Block *self, ScopeTensor x, ScopeTensor weight, ScopeTensor bias, ScopeTensor out,
         gboolean accumulate)
{
  ScopeOpProduct op = { x, weight, bias, out, accumulate };
  return run (self, SCOPE_OP_PRODUCT, &op);
}

/* x Wᵀ + bias + (x Downᵀ) Upᵀ. Two products are summed in a real tensor before they are rounded. */
static gboolean
adapted_product (const Block *self, ScopeTensor x, ScopeTensor weight, ScopeTensor bias,
                 const ScopeAdapterTensors *adapter, ScopeTensor out)
{
  const ScopeTensor none = { 0 };
  if (adapter->down.data == NULL)
    return product (self, x, weight, bias, out, FALSE);
  gboolean real = out.type == scope_backend_real (backend_of (self));
  ScopeTensor sum = real ? out : scope_tensor_columns (self->rows.sum, 0, (gsize)out.columns);
  return product (self, x, weight, bias, sum, FALSE)
         && product (self, x, adapter->down, none, self->rows.low, FALSE)
         && product (self, self->rows.low, adapter->up, none, sum, TRUE)
         && (real || copy (self, sum, out));
}

static gboolean
rotate (const Block *self, ScopeTensor x, gsize heads)
{
  ScopeOpRotary op = { .x = x,
                       .heads = (gint64)heads,
                       .begin = (gint64)self->chunk->begin,
                       .theta = self->config->rope_theta };
  return !self->config->rope || run (self, SCOPE_OP_ROTARY, &op);
}

/* a, and from it q of the chunk, and the chunk's rows of k and v. */
static gboolean
project (const Block *self, ScopeTensor residual)
{
  const ScopeInvocationTensors *w = self->weights;
  const ScopeBlockTensors *block = w->block;
  const ScopeTensor none = { 0 };
  gsize begin = self->chunk->begin, end = self->chunk->end, d = (gsize)residual.columns;
  ScopeTensor joined = self->rows.joined, a = self->rows.a;
  ScopeTensor k = scope_tensor_rows (self->k, begin, end);
  ScopeTensor v = scope_tensor_rows (self->v, begin, end);
  return copy (self, residual, scope_tensor_columns (joined, 0, d))
         && copy (self, self->chunk->embedded, scope_tensor_columns (joined, d, 2 * d))
         && norm (self, joined, block->norm, a)
         && adapted_product (self, a, block->q, none, &w->q, self->rows.q)
         && adapted_product (self, a, block->k, none, &w->k, k)
         && adapted_product (self, a, block->v, none, &w->v, v)
         && rotate (self, self->rows.q, self->config->heads)
         && rotate (self, k, self->config->kv_heads);
}

/* Queries [begin, end) of the chunk. */
static gboolean
attend_rows (const Block *self, gsize begin, gsize end)
{
  const ScopeSharedConfig *config = self->config;
  gsize keys = self->chunk->begin + end;
  ScopeOpHeads op = { .q = scope_tensor_rows (self->rows.q, begin, end),
                      .k = scope_tensor_rows (self->k, 0, keys),
                      .v = scope_tensor_rows (self->v, 0, keys),
                      .heads = (gint64)config->heads,
                      .key_heads = (gint64)config->kv_heads,
                      .begin = (gint64)(self->chunk->begin + begin),
                      .scale = config->scale,
                      .out = scope_tensor_rows (self->rows.attended, begin, end),
                      .total = scope_tensor_rows (self->rows.total, begin, end),
                      .cancel = scope_progress_cancel_poll (self->chunk->progress) };
  double work = 2.0 * (double)op.q.columns * (double)keys * (double)(end - begin);
  return run (self, SCOPE_OP_HEADS, &op)
         && scope_schedule_pace (self->chunk->schedule, work, self->error);
}

/* Late in a text each query costs as much as the text is long: some at a time, so that a cancel is
 * heard. */
static gboolean
attend (const Block *self)
{
  gsize count = self->chunk->end - self->chunk->begin;
  double row_work = 2.0 * (double)self->rows.q.columns * (double)self->chunk->end;
  gsize step = scope_schedule_rows_for (self->chunk->schedule, row_work);
  for (gsize begin = 0; begin < count; begin += step) {
    if (scope_progress_is_cancelled (self->chunk->progress))
      return scope_backend_check (SCOPE_STATUS_CANCELLED, "", self->error);
    if (!attend_rows (self, begin, MIN (begin + step, count)))
      return FALSE;
  }
  return TRUE;
}

/* From what the heads put out to h + t. */
static gboolean
finish (const Block *self, ScopeTensor residual)
{
  const ScopeInvocationTensors *w = self->weights;
  const ScopeBlockTensors *block = w->block;
  const ScopeBlockActivations *rows = &self->rows;
  const ScopeTensor none = { 0 };
  gsize width = self->config->intermediate;
  ScopeTensor gate = scope_tensor_columns (rows->gate_up, 0, width);
  ScopeOpGlu glu = { .gate = gate,
                     .up = scope_tensor_columns (rows->gate_up, width, 2 * width),
                     .kind = self->config->activation == SCOPE_ACTIVATION_GELU ? SCOPE_GLU_GELU
                                                                               : SCOPE_GLU_SILU,
                     .out = gate };
  return product (self, rows->attended, block->o, none, rows->mixed, FALSE)
         && norm (self, rows->mixed, block->mlp_norm, rows->mixed)
         && adapted_product (self, rows->mixed, block->gate_up, block->gate_up_bias, &w->mlp,
                             rows->gate_up)
         && run (self, SCOPE_OP_GLU, &glu)
         && product (self, gate, block->down, block->down_bias, rows->mixed, FALSE)
         && copy (self, residual, rows->input)
         && product (self, rows->mixed, w->linear, none, rows->input, TRUE);
}

static ScopeTensor
rows_of (const ScopeChunk *chunk, ScopeTensor workspace, const ScopeTensor *captured)
{
  if (captured != NULL && captured->data != NULL)
    return scope_tensor_rows (*captured, chunk->begin, chunk->end);
  return scope_tensor_rows (workspace, 0, chunk->end - chunk->begin);
}

/* The chunk's rows of each activation: those captured at their place in the text. */
static ScopeBlockActivations
chunk_rows (const ScopeChunk *chunk)
{
  const ScopeBlockActivations *work = &chunk->schedule->block, *kept = chunk->captured;
  return (ScopeBlockActivations){
    .q = rows_of (chunk, work->q, kept != NULL ? &kept->q : NULL),
    .attended = rows_of (chunk, work->attended, kept != NULL ? &kept->attended : NULL),
    .total = rows_of (chunk, work->total, kept != NULL ? &kept->total : NULL),
    .joined = rows_of (chunk, work->joined, NULL),
    .a = rows_of (chunk, work->a, NULL),
    .low = rows_of (chunk, work->low, NULL),
    .sum = rows_of (chunk, work->sum, NULL),
    .mixed = rows_of (chunk, work->mixed, NULL),
    .gate_up = rows_of (chunk, work->gate_up, NULL),
    .input = rows_of (chunk, work->input, NULL),
  };
}

gboolean
scope_chunk_attend (const ScopeChunk *self, ScopeTensor residual, ScopeTensor *input,
                    GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  *input = residual;
  if (scope_config_layer_kind (config, self->layer) != SCOPE_LAYER_HYBRID)
    return TRUE;
  gsize invocation = scope_config_invocation (config, self->layer);
  Block block = { .chunk = self,
                  .config = &config->shared,
                  .weights = &self->schedule->weights.shared.invocations[invocation],
                  .rows = chunk_rows (self),
                  .k = self->states->k,
                  .v = self->states->v,
                  .error = error };
  *input = block.rows.input;
  return project (&block, residual) && attend (&block) && finish (&block, residual);
}

gboolean
scope_states_alloc_keys (ScopeStates *self, const ScopeConfig *config, gsize layer,
                         ScopeBackend *backend, gsize rows, GError **error)
{
  gsize columns = config->shared.kv_heads * config->shared.head_dim;
  if (scope_config_layer_kind (config, layer) != SCOPE_LAYER_HYBRID)
    return TRUE;
  return scope_tensor_alloc (backend, backend->wide_type, rows, columns, &self->k, error)
         && scope_tensor_alloc (backend, backend->wide_type, rows, columns, &self->v, error);
}

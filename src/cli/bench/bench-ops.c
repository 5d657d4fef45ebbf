/* Each operation of one layer by itself, on random tensors of the model's shape. */
#include "cli/bench/bench.h"

#include <math.h>

/* Logits are made so many rows at a time, as a forward pass does. */
#define HEAD_ROWS 2048

typedef struct {
  Bench *bench;
  gsize tokens;
  BenchLayer layer;
} Ops;

static gboolean
row (Ops *self, BenchStep step, ScopeOp op, const void *params, GError **error)
{
  Bench *bench = self->bench;
  BenchOp run = { bench->backend, op, params };
  return bench_row (bench, "op", bench_step_name (step), self->tokens,
                    bench_step_work (bench, step, self->tokens), bench_run_op, &run, error);
}

static gboolean
product (Ops *self, BenchStep step, ScopeTensor x, ScopeTensor weight, ScopeTensor out,
         GError **error)
{
  ScopeOpProduct params = { .x = x, .weight = weight, .out = out };
  params.accumulate = step == BENCH_STEP_OUT_PROJ;
  return row (self, step, SCOPE_OP_PRODUCT, &params, error);
}

/* The columns of in_proj's output and of what holds B and C, as the schedule cuts them. */
static ScopeTensor
conv_input (const Ops *self)
{
  const ScopeConfig *c = self->bench->config;
  gsize begin = scope_config_is_ssd (c) ? c->d_inner : 0;
  return scope_tensor_columns (self->layer.xz, begin, begin + scope_config_conv_lanes (c));
}

static ScopeTensor
gate_input (const Ops *self)
{
  const ScopeConfig *c = self->bench->config;
  gsize begin = scope_config_is_ssd (c) ? 0 : c->d_inner;
  return scope_tensor_columns (self->layer.xz, begin, begin + c->d_inner);
}

static ScopeTensor
raw_delta (const Ops *self)
{
  const ScopeConfig *c = self->bench->config;
  gsize end = scope_config_projection (c);
  return scope_config_is_ssd (c) ? scope_tensor_columns (self->layer.xz, end - c->channels, end)
                                 : self->layer.raw;
}

static ScopeTensor
state_input (const Ops *self, gsize part)
{
  const ScopeConfig *c = self->bench->config;
  gboolean ssd = scope_config_is_ssd (c);
  gsize width = c->groups * c->d_state, begin = (ssd ? c->d_inner : c->dt_rank) + part * width;
  return scope_tensor_columns (ssd ? self->layer.xc : self->layer.dbc, begin, begin + width);
}

static gboolean
bench_norm (Ops *self, GError **error)
{
  ScopeOpNorm norm = { .x = self->layer.residual,
                       .weight = self->layer.norm,
                       .out = self->layer.h,
                       .eps = self->bench->config->norm_eps,
                       .groups = 1 };
  return row (self, BENCH_STEP_NORM, SCOPE_OP_NORM, &norm, error);
}

static gboolean
bench_conv (Ops *self, GError **error)
{
  ScopeOpConv conv = { .x = conv_input (self),
                       .weight = self->layer.conv,
                       .bias = self->layer.conv_bias,
                       .state = self->layer.conv_state,
                       .out = self->layer.xc };
  return row (self, BENCH_STEP_CONV, SCOPE_OP_CONV, &conv, error);
}

static gboolean
bench_scan (Ops *self, GError **error)
{
  const ScopeConfig *c = self->bench->config;
  ScopeOpScan scan = { .raw = raw_delta (self),
                       .rule = { .bias = self->layer.dt_bias, .lo = 0, .hi = INFINITY },
                       .a = self->layer.a,
                       .b = state_input (self, 0),
                       .c = state_input (self, 1),
                       .d = self->layer.d,
                       .u = scope_tensor_columns (self->layer.xc, 0, c->d_inner),
                       .state = self->layer.state,
                       .y = self->layer.y,
                       .sums = self->layer.sums,
                       .groups = (int64_t)c->groups };
  if (!c->gate_norm)
    scan.gate = gate_input (self);
  return row (self, BENCH_STEP_SCAN, SCOPE_OP_SCAN, &scan, error);
}

static gboolean
bench_gate (Ops *self, GError **error)
{
  const ScopeConfig *c = self->bench->config;
  ScopeOpNorm norm = { .x = self->layer.y,
                       .gate = gate_input (self),
                       .weight = self->layer.gate_norm,
                       .out = self->layer.y,
                       .eps = c->gate_norm_eps,
                       .groups = (int64_t)c->norm_groups,
                       .norm_before_gate = c->norm_before_gate };
  return row (self, BENCH_STEP_GATE, SCOPE_OP_NORM, &norm, error);
}

typedef struct {
  ScopeBackend *backend;
  ScopeTensor h, weight, logits;
} Head;

static gboolean
run_head (gpointer data, GError **error)
{
  const Head *self = data;
  for (gsize begin = 0, end; begin < (gsize)self->h.rows; begin = end) {
    end = MIN (begin + HEAD_ROWS, (gsize)self->h.rows);
    ScopeOpProduct params = { .x = scope_tensor_rows (self->h, begin, end),
                              .weight = self->weight,
                              .out = scope_tensor_rows (self->logits, 0, end - begin) };
    if (!scope_backend_run (self->backend, SCOPE_OP_PRODUCT, &params, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
bench_head (Ops *self, GError **error)
{
  Bench *bench = self->bench;
  ScopeBackend *backend = bench->backend;
  const ScopeConfig *c = bench->config;
  g_autoptr (BenchTensors) tensors = bench_tensors_new (backend);
  Head head = { .backend = backend, .h = self->layer.h };
  if (!bench_tensor (tensors, backend->wide_type, c->vocab_size, c->d_model, -0.03, 0.03,
                     &head.weight, error)
      || !bench_tensor (tensors, scope_backend_real (backend), MIN (self->tokens, HEAD_ROWS),
                        c->vocab_size, 0, 0, &head.logits, error))
    return FALSE;
  return bench_row (bench, "op", bench_step_name (BENCH_STEP_HEAD), self->tokens,
                    bench_step_work (bench, BENCH_STEP_HEAD, self->tokens), run_head, &head, error);
}

static gboolean
bench_low_rank (Ops *self, GError **error)
{
  const BenchLayer *l = &self->layer;
  ScopeTensor low = scope_tensor_columns (l->dbc, 0, self->bench->config->dt_rank);
  return product (self, BENCH_STEP_X_PROJ, l->xc, l->x_proj, l->dbc, error)
         && product (self, BENCH_STEP_DT_PROJ, low, l->dt_proj, l->raw, error);
}

static gboolean
run_all (Ops *self, GError **error)
{
  const BenchLayer *l = &self->layer;
  const ScopeConfig *c = self->bench->config;
  return bench_norm (self, error)
         && product (self, BENCH_STEP_IN_PROJ, l->h, l->in_proj, l->xz, error)
         && bench_conv (self, error) && (scope_config_is_ssd (c) || bench_low_rank (self, error))
         && bench_scan (self, error) && (!c->gate_norm || bench_gate (self, error))
         && product (self, BENCH_STEP_OUT_PROJ, l->y, l->out_proj, l->residual, error)
         && bench_head (self, error);
}

gboolean
bench_ops (Bench *self, gsize tokens, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->backend);
  Ops ops = { .bench = self, .tokens = tokens };
  GError *refusal = NULL;
  if (!bench_layer_make (tensors, self->config, tokens, &ops.layer, &refusal))
    return bench_refused (self, "op", "all", tokens, refusal, error);
  return self->wanted[BENCH_OPS] ? run_all (&ops, error) : bench_scan (&ops, error);
}

/* The least that each operation of a forward pass must do: every tensor it reads or writes, once,
 * and its matrix products. */
#include "cli/bench/bench.h"

static const char *const names[BENCH_N_STEPS] = {
  [BENCH_STEP_EMBED] = "embed", [BENCH_STEP_NORM] = "norm",     [BENCH_STEP_IN_PROJ] = "in_proj",
  [BENCH_STEP_CONV] = "conv",   [BENCH_STEP_X_PROJ] = "x_proj", [BENCH_STEP_DT_PROJ] = "dt_proj",
  [BENCH_STEP_SCAN] = "scan",   [BENCH_STEP_GATE] = "gate",     [BENCH_STEP_OUT_PROJ] = "out_proj",
  [BENCH_STEP_HEAD] = "head",
};

const char *
bench_step_name (BenchStep step)
{
  return names[step];
}

gboolean
bench_step_exists (const ScopeConfig *config, BenchStep step)
{
  if (step == BENCH_STEP_X_PROJ || step == BENCH_STEP_DT_PROJ)
    return !scope_config_is_ssd (config);
  return step != BENCH_STEP_GATE || config->gate_norm;
}

/* (T, inputs) by (outputs, inputs), into numbers of OUT bytes. */
static BenchWork
product_work (double tokens, double inputs, double outputs, double wide, double out)
{
  return (BenchWork){ .bytes = wide * (tokens * inputs + inputs * outputs) + out * tokens * outputs,
                      .flop = 2 * tokens * inputs * outputs };
}

static double
scan_bytes (const ScopeConfig *c, double tokens, double wide, double real)
{
  double gates = c->gate_norm ? 0 : (double)c->d_inner;
  double raw = scope_config_is_ssd (c) ? wide : real;
  return tokens
             * (raw * (double)c->channels + wide * (2.0 * (double)c->d_inner + gates)
                + 2 * wide * (double)(c->groups * c->d_state))
         + 2 * real * (double)(c->d_inner * c->d_state);
}

BenchWork
bench_step_work (const Bench *self, BenchStep step, gsize tokens)
{
  const ScopeConfig *c = self->config;
  double t = (double)tokens, wide = (double)scope_type_size (self->backend->wide_type);
  double real = (double)scope_type_size (scope_backend_real (self->backend));
  double d = (double)c->d_model, e = (double)c->d_inner, low = (double)c->dt_rank;
  switch (step) {
  case BENCH_STEP_EMBED:
    return (BenchWork){ .bytes = t * d * (wide + real) };
  case BENCH_STEP_NORM:
    return (BenchWork){ .bytes = t * d * (wide + real) };
  case BENCH_STEP_IN_PROJ:
    return product_work (t, d, (double)scope_config_projection (c), wide, wide);
  case BENCH_STEP_CONV:
    return (BenchWork){ .bytes = 2 * t * wide * (double)scope_config_conv_lanes (c) };
  case BENCH_STEP_X_PROJ:
    return product_work (t, e, low + 2 * (double)c->d_state, wide, wide);
  case BENCH_STEP_DT_PROJ:
    return product_work (t, low, e, wide, real);
  case BENCH_STEP_SCAN:
    return (BenchWork){ .bytes = scan_bytes (c, t, wide, real) };
  case BENCH_STEP_GATE:
    return (BenchWork){ .bytes = 3 * t * e * wide };
  case BENCH_STEP_OUT_PROJ:
    return product_work (t, e, d, wide, 2 * real);
  case BENCH_STEP_HEAD:
    return product_work (t, d, (double)c->vocab_size, wide, real);
  default:
    return (BenchWork){ 0 };
  }
}

static void
add_work (const Bench *self, BenchWork work, double times, BenchWork *sum)
{
  sum->bytes += times * work.bytes;
  sum->flop += times * work.flop;
  sum->floor += times * bench_floor (self, work);
}

/* One invocation of a hybrid model's shared block: its products and its weights, once. */
static BenchWork
block_work (const Bench *self, double tokens)
{
  const ScopeConfig *c = self->config;
  const ScopeSharedConfig *s = &c->shared;
  double d = (double)c->d_model, width = (double)s->width, inner = (double)s->intermediate;
  double queries = (double)(s->heads * s->head_dim), keys = (double)(s->kv_heads * s->head_dim);
  double rank = (double)s->adapter_rank, weights;
  weights = width * (queries + 2 * keys) + queries * d + 3 * d * inner + d * d;
  weights += rank * (d + 2 * inner);
  if (s->attention_adapters)
    weights += rank * (3 * width + queries + 2 * keys);
  double scores
      = 2 * tokens * tokens * queries; /* q k and its product with v, below the diagonal */
  return (BenchWork){ .bytes = weights * (double)scope_type_size (self->backend->wide_type),
                      .flop = 2 * tokens * weights + scores };
}

BenchWork
bench_forward_work (const Bench *self, gsize tokens, gboolean logits)
{
  const ScopeConfig *c = self->config;
  BenchWork sum = { 0 };
  add_work (self, bench_step_work (self, BENCH_STEP_EMBED, tokens), 1, &sum);
  for (BenchStep step = BENCH_STEP_NORM; step <= BENCH_STEP_OUT_PROJ; step++)
    if (bench_step_exists (c, step))
      add_work (self, bench_step_work (self, step, tokens), (double)c->n_layer, &sum);
  if (c->shared.blocks > 0)
    add_work (self, block_work (self, (double)tokens), (double)c->shared.invocations, &sum);
  if (logits) {
    add_work (self, bench_step_work (self, BENCH_STEP_NORM, tokens), 1, &sum);
    add_work (self, bench_step_work (self, BENCH_STEP_HEAD, tokens), 1, &sum);
  }
  return sum;
}

/* Tensors of one layer, of random numbers that keep a scan and a map as busy as a model's do. */
#include "cli/bench/bench.h"

#include <math.h>

typedef struct {
  ScopeTensor *out;
  ScopeType type;
  gsize rows, columns; /* 0 columns: the model has none */
  double low, high;
} Wanted;

static gboolean
make_all (BenchTensors *tensors, const Wanted *wanted, gsize count, GError **error)
{
  for (gsize i = 0; i < count; i++)
    if (wanted[i].columns > 0
        && !bench_tensor (tensors, wanted[i].type, wanted[i].rows, wanted[i].columns, wanted[i].low,
                          wanted[i].high, wanted[i].out, error))
      return FALSE;
  return TRUE;
}

static gboolean
make_rates (BenchTensors *tensors, const ScopeConfig *c, ScopeTensor *a, ScopeTensor *bias,
            GError **error)
{
  ScopeType real = scope_backend_real (tensors->backend);
  gsize states = scope_config_is_ssd (c) ? 1 : c->d_state;
  g_autofree double *rates = g_new (double, c->channels *states);
  g_autofree double *biases = g_new (double, c->channels);
  for (gsize h = 0; h < c->channels; h++) {
    biases[h] = bench_inverse_softplus (bench_time_step (h));
    for (gsize n = 0; n < states; n++)
      rates[h * states + n] = -bench_rate (c, h, n);
  }
  return bench_tensor_of (tensors, real, c->channels, states, rates, a, error)
         && bench_tensor_of (tensors, real, 1, c->channels, biases, bias, error);
}

static gboolean
make_activations (BenchTensors *tensors, const ScopeConfig *c, gsize tokens, BenchLayer *out,
                  GError **error)
{
  ScopeType wide = tensors->backend->wide_type, real = scope_backend_real (tensors->backend);
  gboolean s6 = !scope_config_is_ssd (c);
  gsize lanes = scope_config_conv_lanes (c);
  const Wanted wanted[] = {
    { &out->residual, real, tokens, c->d_model, -1, 1 },
    { &out->h, wide, tokens, c->d_model, -1, 1 },
    { &out->xz, wide, tokens, scope_config_projection (c), -1, 1 },
    { &out->xc, wide, tokens, lanes, -0.3, 1 },
    { &out->dbc, wide, tokens, s6 ? c->dt_rank + 2 * c->d_state : 0, -1, 1 },
    { &out->raw, real, tokens, s6 ? c->channels : 0, -0.5, 0.5 },
    { &out->y, wide, tokens, c->d_inner, -1, 1 },
    { &out->conv_state, real, c->d_conv - 1, lanes, -1, 1 },
    { &out->state, real, c->d_inner, c->d_state, -1, 1 },
    { &out->sums, SCOPE_TYPE_F64, 2, c->channels, 0, 0 },
  };
  return make_all (tensors, wanted, G_N_ELEMENTS (wanted), error);
}

gboolean
bench_layer_make (BenchTensors *tensors, const ScopeConfig *c, gsize tokens, BenchLayer *out,
                  GError **error)
{
  ScopeType wide = tensors->backend->wide_type, real = scope_backend_real (tensors->backend);
  gboolean s6 = !scope_config_is_ssd (c);
  gsize lanes = scope_config_conv_lanes (c);
  double in = 1 / sqrt ((double)c->d_model), inner = 1 / sqrt ((double)c->d_inner);
  const Wanted wanted[] = {
    { &out->norm, real, 1, c->d_model, 0.9, 1.1 },
    { &out->in_proj, wide, scope_config_projection (c), c->d_model, -in, in },
    { &out->conv, real, lanes, c->d_conv, -0.5, 0.5 },
    { &out->conv_bias, real, 1, lanes, -0.1, 0.1 },
    { &out->x_proj, wide, c->dt_rank + 2 * c->d_state, s6 ? c->d_inner : 0, -inner, inner },
    { &out->dt_proj, wide, c->d_inner, s6 ? c->dt_rank : 0, -0.1, 0.1 },
    { &out->d, real, 1, c->channels, 0.9, 1.1 },
    { &out->gate_norm, real, 1, c->gate_norm ? c->d_inner : 0, 0.9, 1.1 },
    { &out->out_proj, wide, c->d_model, c->d_inner, -inner, inner },
  };
  *out = (BenchLayer){ 0 };
  return make_all (tensors, wanted, G_N_ELEMENTS (wanted), error)
         && make_rates (tensors, c, &out->a, &out->dt_bias, error)
         && make_activations (tensors, c, tokens, out, error);
}

gboolean
bench_source_make (BenchTensors *tensors, const ScopeConfig *c, gsize tokens, ScopeMapSource *out,
                   GError **error)
{
  ScopeType real = scope_backend_real (tensors->backend);
  gsize width = c->groups * c->d_state;
  ScopeTensor bias;
  *out = (ScopeMapSource){ .groups = (int64_t)c->groups, .states = (int64_t)c->d_state };
  const Wanted wanted[] = {
    { &out->delta, real, tokens, c->channels, -0.5, 0.5 },
    { &out->prefix, SCOPE_TYPE_F64, tokens, c->channels, 0, 0 },
    { &out->b, real, tokens, width, -1, 1 },
    { &out->c, real, tokens, width, -1, 1 },
  };
  if (!make_all (tensors, wanted, G_N_ELEMENTS (wanted), error)
      || !make_rates (tensors, c, &out->a, &bias, error))
    return FALSE;
  ScopeOpDelta delta
      = { .raw = out->delta, .rule = { .bias = bias, .lo = 0, .hi = INFINITY }, .out = out->delta };
  ScopeOpDecay decay = { .delta = out->delta, .a = out->a, .prefix = out->prefix };
  return scope_backend_run (tensors->backend, SCOPE_OP_DELTA, &delta, error)
         && scope_backend_run (tensors->backend, SCOPE_OP_DECAY, &decay, error)
         && scope_backend_sync (tensors->backend, error);
}

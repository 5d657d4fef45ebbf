/* One layer over one chunk of tokens: the order of the operations in a Mamba and a Mamba-2 block
 * (Hugging Face's slow path). */
#include "compute/compute-private.h"

#include <math.h>

/* Columns of in_proj's output. Mamba: x, z. Mamba-2: z, the convolution's x B C, dt. */
static gsize
conv_column (const ScopeConfig *config)
{
  return scope_config_is_ssd (config) ? config->d_inner : 0;
}

static ScopeTensor
conv_input (const ScopeActivations *self, const ScopeConfig *config)
{
  gsize begin = conv_column (config);
  return scope_tensor_columns (self->xz, begin, begin + scope_config_conv_lanes (config));
}

ScopeTensor
scope_activations_x (const ScopeActivations *self, const ScopeConfig *config)
{
  return scope_tensor_columns (conv_input (self, config), 0, config->d_inner);
}

ScopeTensor
scope_activations_z (const ScopeActivations *self, const ScopeConfig *config)
{
  gsize begin = scope_config_is_ssd (config) ? 0 : config->d_inner;
  return scope_tensor_columns (self->xz, begin, begin + config->d_inner);
}

ScopeTensor
scope_activations_u (const ScopeActivations *self, const ScopeConfig *config)
{
  return scope_tensor_columns (self->xc, 0, config->d_inner);
}

/* B is part 0 and C part 1 of what follows Δ's rank (Mamba) or u (Mamba-2). */
static ScopeTensor
state_columns (const ScopeActivations *self, const ScopeConfig *config, gsize part)
{
  gboolean ssd = scope_config_is_ssd (config);
  gsize width = config->groups * config->d_state;
  gsize begin = (ssd ? config->d_inner : config->dt_rank) + part * width;
  return scope_tensor_columns (ssd ? self->xc : self->dbc, begin, begin + width);
}

ScopeTensor
scope_activations_b (const ScopeActivations *self, const ScopeConfig *config)
{
  return state_columns (self, config, 0);
}

ScopeTensor
scope_activations_c (const ScopeActivations *self, const ScopeConfig *config)
{
  return state_columns (self, config, 1);
}

ScopeTensor
scope_activations_raw (const ScopeActivations *self, const ScopeConfig *config)
{
  if (!scope_config_is_ssd (config))
    return self->raw;
  gsize end = scope_config_projection (config);
  return scope_tensor_columns (self->xz, end - config->channels, end);
}

gboolean
scope_activations_alloc (ScopeActivations *self, const ScopeConfig *config, ScopeBackend *backend,
                         gsize rows, gboolean captured_only, GError **error)
{
  gboolean s6 = !scope_config_is_ssd (config);
  ScopeType wide = backend->wide_type, real = scope_backend_real (backend);
  const struct {
    ScopeTensor *tensor;
    ScopeType type;
    gsize columns;
    gboolean wanted;
  } all[] = {
    { &self->h, wide, config->d_model, !captured_only },
    { &self->xz, wide, scope_config_projection (config), TRUE },
    { &self->xc, wide, scope_config_conv_lanes (config), TRUE },
    { &self->dbc, wide, config->dt_rank + 2 * config->d_state, s6 },
    { &self->raw, real, config->channels, s6 && !captured_only },
    { &self->delta, real, config->channels, captured_only },
    { &self->y, wide, config->d_inner, TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    if (all[i].wanted
        && !scope_tensor_alloc (backend, all[i].type, rows, all[i].columns, all[i].tensor, error))
      return FALSE;
  return TRUE;
}

void
scope_activations_clear (ScopeActivations *self, ScopeBackend *backend)
{
  ScopeTensor *all[]
      = { &self->h, &self->xz, &self->xc, &self->dbc, &self->raw, &self->delta, &self->y };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    scope_tensor_free (backend, all[i]);
}

gsize
scope_activations_bytes (const ScopeActivations *self)
{
  const ScopeTensor all[]
      = { self->h, self->xz, self->xc, self->dbc, self->raw, self->delta, self->y };
  gsize bytes = 0;
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    bytes += scope_tensor_bytes (all[i]);
  return bytes;
}

gboolean
scope_states_alloc (ScopeStates *self, const ScopeConfig *config, ScopeBackend *backend,
                    GError **error)
{
  ScopeType real = scope_backend_real (backend);
  return scope_tensor_alloc (backend, real, config->d_conv - 1, scope_config_conv_lanes (config),
                             &self->conv, error)
         && scope_tensor_alloc (backend, real, config->d_inner, config->d_state, &self->state,
                                error)
         && scope_tensor_clear (backend, self->conv, error)
         && scope_tensor_clear (backend, self->state, error);
}

gboolean
scope_states_copy (ScopeStates *self, const ScopeStates *from, ScopeBackend *backend,
                   GError **error)
{
  return scope_tensor_copy (backend, self->conv, from->conv, error)
         && scope_tensor_copy (backend, self->state, from->state, error)
         && (from->k.data == NULL
             || (scope_tensor_copy (backend, self->k, from->k, error)
                 && scope_tensor_copy (backend, self->v, from->v, error)));
}

void
scope_states_clear (ScopeStates *self, ScopeBackend *backend)
{
  scope_tensor_free (backend, &self->conv);
  scope_tensor_free (backend, &self->state);
  scope_tensor_free (backend, &self->k);
  scope_tensor_free (backend, &self->v);
}

static gboolean
run_product (const ScopeChunk *self, ScopeTensor x, ScopeTensor weight, ScopeTensor bias,
             ScopeTensor out, gboolean accumulate, GError **error)
{
  ScopeOpProduct product = { x, weight, bias, out, accumulate };
  return scope_backend_run (self->schedule->backend, SCOPE_OP_PRODUCT, &product, error);
}

/* Falcon-Mamba's norms without weight: of Δ's low-rank part, of B and of C, each over its columns.
 */
static gboolean
norm_states (const ScopeChunk *self, const ScopeActivations *activations, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  ScopeTensor parts[]
      = { scope_tensor_columns (activations->dbc, 0, config->dt_rank),
          scope_activations_b (activations, config), scope_activations_c (activations, config) };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    ScopeOpNorm norm
        = { .x = parts[i], .out = parts[i], .eps = config->mixer_norm_eps, .groups = 1 };
    if (!scope_backend_run (self->schedule->backend, SCOPE_OP_NORM, &norm, error))
      return FALSE;
  }
  return TRUE;
}

/* S6's Δ, B and C come from u by a product of low rank. */
static gboolean
project_states (const ScopeChunk *self, const ScopeActivations *activations, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  const ScopeLayerTensors *weights = &self->schedule->weights.layers[self->layer];
  const ScopeTensor none = { 0 };
  return run_product (self, activations->xc, weights->x_proj, none, activations->dbc, FALSE, error)
         && (!config->mixer_norms || norm_states (self, activations, error))
         && run_product (self, scope_tensor_columns (activations->dbc, 0, config->dt_rank),
                         weights->dt_proj, none, activations->raw, FALSE, error);
}

gboolean
scope_chunk_project (const ScopeChunk *self, ScopeTensor residual,
                     const ScopeActivations *activations, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const ScopeConfig *config = self->schedule->config;
  const ScopeLayerTensors *weights = &self->schedule->weights.layers[self->layer];
  ScopeOpNorm norm = { .weight = weights->norm,
                       .bias = weights->norm_bias,
                       .out = activations->h,
                       .eps = config->norm_eps,
                       .groups = 1,
                       .centred = config->layer_norm };
  ScopeOpConv conv = { .x = conv_input (activations, config),
                       .weight = weights->conv,
                       .bias = weights->conv_bias,
                       .state = self->states->conv,
                       .out = activations->xc };
  return scope_chunk_attend (self, residual, &norm.x, error)
         && scope_backend_run (backend, SCOPE_OP_NORM, &norm, error)
         && run_product (self, activations->h, weights->in_proj, weights->in_proj_bias,
                         activations->xz, FALSE, error)
         && scope_backend_run (backend, SCOPE_OP_CONV, &conv, error)
         && (scope_config_is_ssd (config) || project_states (self, activations, error))
         && scope_chunk_edit (self, activations, error);
}

static ScopeDeltaRule
delta_rule (const ScopeChunk *self)
{
  const ScopeConfig *config = self->schedule->config;
  ScopeDeltaRule rule = { .bias = self->schedule->weights.layers[self->layer].dt_bias,
                          .lo = config->delta_min,
                          .hi = config->delta_max };
  if (self->raw.data != NULL) {
    rule.lo = 0;
    rule.hi = INFINITY;
    return rule;
  }
  if (self->threshold != NULL && self->filter_rows > self->begin) {
    rule.threshold = scope_tensor_rows (self->schedule->threshold, self->layer, self->layer + 1);
    rule.filter_rows = MIN (self->filter_rows, self->end) - self->begin;
  }
  return rule;
}

gboolean
scope_chunk_delta (const ScopeChunk *self, const ScopeActivations *activations, GError **error)
{
  ScopeOpDelta delta = { .raw = scope_activations_raw (activations, self->schedule->config),
                         .rule = delta_rule (self),
                         .out = activations->delta };
  return scope_backend_run (self->schedule->backend, SCOPE_OP_DELTA, &delta, error);
}

static ScopeOpScan
describe_scan (const ScopeChunk *self, const ScopeActivations *activations, gboolean gated)
{
  const ScopeConfig *config = self->schedule->config;
  const ScopeLayerTensors *weights = &self->schedule->weights.layers[self->layer];
  ScopeTensor raw = self->raw.data != NULL ? scope_tensor_rows (self->raw, self->begin, self->end)
                                           : scope_activations_raw (activations, config);
  ScopeOpScan scan = { .raw = raw,
                       .rule = delta_rule (self),
                       .a = self->a.data != NULL ? self->a : weights->a,
                       .b = scope_activations_b (activations, config),
                       .c = scope_activations_c (activations, config),
                       .d = weights->d,
                       .u = scope_activations_u (activations, config),
                       .state = self->states->state,
                       .y = activations->y,
                       .delta = activations->delta,
                       .groups = config->groups };
  if (gated && weights->gate_norm.data == NULL)
    scan.gate = scope_activations_z (activations, config);
  return scan;
}

gboolean
scope_chunk_reserve (const ScopeChunk *self, const ScopeActivations *activations, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  ScopeOpScan scan = describe_scan (self, activations, TRUE);
  return scope_backend_reserve (backend, backend->ops->scratch (backend, SCOPE_OP_SCAN, &scan),
                                error);
}

gboolean
scope_chunk_scan (const ScopeChunk *self, const ScopeActivations *activations, ScopeTensor sums,
                  gboolean gated, GError **error)
{
  ScopeOpScan scan = describe_scan (self, activations, gated);
  scan.sums = sums;
  return scope_backend_run (self->schedule->backend, SCOPE_OP_SCAN, &scan, error);
}

gboolean
scope_chunk_finish (const ScopeChunk *self, const ScopeActivations *activations,
                    ScopeTensor residual, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  const ScopeLayerTensors *weights = &self->schedule->weights.layers[self->layer];
  gboolean normed = weights->gate_norm.data != NULL; /* else the scan has gated */
  ScopeOpNorm gate = { .x = activations->y,
                       .gate = scope_activations_z (activations, config),
                       .weight = weights->gate_norm,
                       .out = activations->y,
                       .eps = config->gate_norm_eps,
                       .groups = config->norm_groups,
                       .norm_before_gate = config->norm_before_gate };
  return (!normed || scope_backend_run (self->schedule->backend, SCOPE_OP_NORM, &gate, error))
         && run_product (self, activations->y, weights->out_proj, weights->out_proj_bias, residual,
                         TRUE, error);
}

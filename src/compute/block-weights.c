/* The weights of shared transformer blocks, converted to a backend's types. Each block is uploaded
 * once, however many layers run it. */
#include "compute/compute-private.h"

static gboolean
upload_block (ScopeBlockTensors *self, const ScopeBlockWeights *weights, ScopeBackend *backend,
              GError **error)
{
  return scope_weight_upload_row (backend, weights->norm, &self->norm, error)
         && scope_weight_upload_wide (backend, weights->q, &self->q, error)
         && scope_weight_upload_wide (backend, weights->k, &self->k, error)
         && scope_weight_upload_wide (backend, weights->v, &self->v, error)
         && scope_weight_upload_wide (backend, weights->o, &self->o, error)
         && scope_weight_upload_row (backend, weights->mlp_norm, &self->mlp_norm, error)
         && scope_weight_upload_wide (backend, weights->gate_up, &self->gate_up, error)
         && scope_weight_upload_row (backend, weights->gate_up_bias, &self->gate_up_bias, error)
         && scope_weight_upload_wide (backend, weights->down, &self->down, error)
         && scope_weight_upload_row (backend, weights->down_bias, &self->down_bias, error);
}

static gboolean
upload_adapter (ScopeAdapterTensors *self, const ScopeAdapterWeights *weights,
                ScopeBackend *backend, GError **error)
{
  return scope_weight_upload_wide (backend, weights->down, &self->down, error)
         && scope_weight_upload_wide (backend, weights->up, &self->up, error);
}

static gboolean
upload_invocation (ScopeInvocationTensors *self, const ScopeLayerWeights *weights,
                   ScopeBackend *backend, GError **error)
{
  return scope_weight_upload_wide (backend, weights->linear, &self->linear, error)
         && upload_adapter (&self->q, &weights->q_adapter, backend, error)
         && upload_adapter (&self->k, &weights->k_adapter, backend, error)
         && upload_adapter (&self->v, &weights->v_adapter, backend, error)
         && upload_adapter (&self->mlp, &weights->mlp_adapter, backend, error);
}

gboolean
scope_shared_upload (ScopeSharedTensors *self, const ScopeModel *model, ScopeBackend *backend,
                     GError **error)
{
  const ScopeConfig *config = scope_model_config (model);
  const ScopeSharedConfig *shared = &config->shared;
  self->blocks = g_new0 (ScopeBlockTensors, shared->blocks);
  self->invocations = g_new0 (ScopeInvocationTensors, shared->invocations);
  for (gsize i = 0; i < shared->blocks; i++)
    if (!upload_block (&self->blocks[i], scope_model_block (model, i), backend, error))
      return FALSE;
  for (gsize layer = 0; layer < config->n_layer; layer++) {
    if (scope_config_layer_kind (config, layer) != SCOPE_LAYER_HYBRID)
      continue;
    gsize i = scope_config_invocation (config, layer);
    self->invocations[i].block = &self->blocks[i % shared->blocks];
    if (!upload_invocation (&self->invocations[i], scope_model_layer (model, layer), backend,
                            error))
      return FALSE;
  }
  return TRUE;
}

static void
clear_block (ScopeBlockTensors *self, const ScopeModel *model, ScopeBackend *backend)
{
  ScopeTensor *all[] = { &self->norm, &self->q,        &self->k,       &self->v,
                         &self->o,    &self->mlp_norm, &self->gate_up, &self->gate_up_bias,
                         &self->down, &self->down_bias };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    scope_weight_free (backend, model, all[i]);
}

static void
clear_invocation (ScopeInvocationTensors *self, const ScopeModel *model, ScopeBackend *backend)
{
  ScopeTensor *all[] = { &self->linear, &self->q.down, &self->q.up,     &self->k.down, &self->k.up,
                         &self->v.down, &self->v.up,   &self->mlp.down, &self->mlp.up };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    scope_weight_free (backend, model, all[i]);
}

void
scope_shared_clear (ScopeSharedTensors *self, const ScopeModel *model, ScopeBackend *backend)
{
  const ScopeSharedConfig *shared = &scope_model_config (model)->shared;
  for (gsize i = 0; self->blocks != NULL && i < shared->blocks; i++)
    clear_block (&self->blocks[i], model, backend);
  for (gsize i = 0; self->invocations != NULL && i < shared->invocations; i++)
    clear_invocation (&self->invocations[i], model, backend);
  g_clear_pointer (&self->blocks, g_free);
  g_clear_pointer (&self->invocations, g_free);
}

/* The memory of a trace in one piece, so that one call takes it, clears it or copies it. */
#include "compute/compute-private.h"

#define ALIGNMENT 256 /* as the backends' own */

/* Cuts tensors from a piece of memory one after the other; without a BASE it measures. */
typedef struct {
  char *base;
  gsize at;
} Cutter;

static ScopeTensor
cut (Cutter *self, ScopeType type, gsize rows, gsize columns)
{
  char *data = self->base != NULL ? self->base + self->at : NULL;
  ScopeTensor tensor = { data, rows, columns, columns, type };
  self->at += (scope_tensor_bytes (tensor) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return tensor;
}

/* What a pass adds to: zero before it. */
static void
cut_carried (ScopeTraceRoom *self, const ScopeConfig *config, ScopeType real, Cutter *cutter)
{
  gsize first = cutter->at;
  for (gsize i = 0; i < config->n_layer; i++) {
    self->states[i].conv = cut (cutter, real, config->d_conv - 1, scope_config_conv_lanes (config));
    self->states[i].state = cut (cutter, real, config->d_inner, config->d_state);
  }
  self->sums = cut (cutter, SCOPE_TYPE_F64, 2 * config->n_layer, config->channels);
  char *data = cutter->base != NULL ? cutter->base + first : NULL;
  gsize bytes = cutter->at - first;
  self->carried = (ScopeTensor){ data, 1, bytes, bytes, SCOPE_TYPE_U8 };
}

/* Keys and values of hybrid layers, and the tokens as embedded where no residual has them. */
static void
cut_shared (ScopeTraceRoom *self, const ScopeConfig *config, ScopeType real, ScopeType wide,
            gsize length, Cutter *cutter)
{
  gsize columns = config->shared.kv_heads * config->shared.head_dim;
  for (gsize i = 0; i < config->n_layer; i++)
    if (scope_config_layer_kind (config, i) == SCOPE_LAYER_HYBRID) {
      self->states[i].k = cut (cutter, wide, length, columns);
      self->states[i].v = cut (cutter, wide, length, columns);
    }
  if (config->shared.blocks > 0 && self->n_residuals == 1)
    self->embedded = cut (cutter, real, length, config->d_model);
}

/* Returns the bytes. */
static gsize
lay_out (ScopeTraceRoom *self, const ScopeConfig *config, const ScopeBackend *backend, gsize length,
         char *base)
{
  Cutter cutter = { .base = base };
  ScopeType real = scope_backend_real (backend);
  for (gsize i = 0; i < self->n_residuals; i++)
    self->residuals[i] = cut (&cutter, real, length, config->d_model);
  cut_shared (self, config, real, backend->wide_type, length, &cutter);
  cut_carried (self, config, real, &cutter);
  return cutter.at;
}

gboolean
scope_trace_room_alloc (ScopeTraceRoom *self, const ScopeConfig *config, ScopeBackend *backend,
                        gsize length, gsize n_residuals, GError **error)
{
  self->n_residuals = n_residuals;
  self->residuals = g_new0 (ScopeTensor, n_residuals);
  self->states = g_new0 (ScopeStates, config->n_layer);
  gsize bytes = lay_out (self, config, backend, length, NULL);
  if (!scope_tensor_alloc (backend, SCOPE_TYPE_U8, 1, bytes, &self->all, error))
    return FALSE;
  lay_out (self, config, backend, length, self->all.data);
  return scope_tensor_clear (backend, self->carried, error);
}

void
scope_trace_room_clear (ScopeTraceRoom *self, ScopeBackend *backend)
{
  scope_tensor_free (backend, &self->all);
  g_free (self->residuals);
  g_free (self->states);
  *self = (ScopeTraceRoom){ 0 };
}

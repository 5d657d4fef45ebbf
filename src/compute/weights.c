/* A model's weights on a backend, converted to its types. */
#include "compute/compute-private.h"

#include <math.h>

#include "base/half.h"
#include "compute/meter.h"

/* A = -exp (A_log), in double before it is rounded. */
static void
fill_rates (const ScopeWeight *weight, ScopeType type, void *out)
{
  g_autofree double *logs = g_new (double, weight->count);
  scope_weight_to_f64 (weight, 0, weight->count, logs);
  for (gsize i = 0; i < weight->count; i++)
    if (type == SCOPE_TYPE_F64)
      ((double *)out)[i] = -exp (logs[i]);
    else
      ((float *)out)[i] = -exp (logs[i]);
}

/* Through a block of floats: there may be a billion. */
static void
fill_bf16 (const ScopeWeight *weight, guint16 *out)
{
  float block[1024];
  for (gsize begin = 0, count; begin < weight->count; begin += count) {
    count = MIN (G_N_ELEMENTS (block), weight->count - begin);
    scope_weight_to_f32 (weight, begin, count, block);
    for (gsize i = 0; i < count; i++)
      out[begin + i] = scope_bfloat_from_float (block[i]);
  }
}

/* Converts WEIGHT to OUT; on a device through host memory. */
static gboolean
fill_tensor (ScopeBackend *backend, const ScopeWeight *weight, ScopeTensor out, gboolean rates,
             GError **error)
{
  g_autofree void *buffer = NULL;
  if (!backend->host_memory)
    buffer = g_try_malloc (scope_tensor_bytes (out));
  if (!backend->host_memory && buffer == NULL)
    return scope_backend_check (SCOPE_STATUS_MEMORY, "not enough host memory for the weights",
                                error);
  void *host = buffer != NULL ? buffer : out.data;
  if (rates)
    fill_rates (weight, out.type, host);
  else if (out.type == SCOPE_TYPE_F64)
    scope_weight_to_f64 (weight, 0, weight->count, host);
  else if (out.type == SCOPE_TYPE_BF16)
    fill_bf16 (weight, host);
  else
    scope_weight_to_f32 (weight, 0, weight->count, host);
  return host == out.data
         || scope_backend_upload (backend, out.data, host, scope_tensor_bytes (out), error);
}

/* Whether the numbers can be used where the model has them: as they are, in memory that the backend
 * reads. Operations only read weights, and ask for no more alignment than a number's own. */
static gboolean
lies_ready (const ScopeBackend *backend, const ScopeWeight *weight, ScopeType type)
{
  gboolean same = (type == SCOPE_TYPE_F32 && weight->dtype == SCOPE_DTYPE_F32)
                  || (type == SCOPE_TYPE_F64 && weight->dtype == SCOPE_DTYPE_F64);
  return backend->host_memory && same && (gsize)weight->data % scope_type_size (type) == 0;
}

/* A weight that the model has not leaves OUT without data. */
static gboolean
upload_as (ScopeBackend *backend, const ScopeWeight *weight, ScopeType type, gsize rows,
           gboolean rates, ScopeTensor *out, GError **error)
{
  if (weight == NULL)
    return TRUE;
  if (!rates && lies_ready (backend, weight, type)) {
    int64_t columns = weight->count / rows;
    *out = (ScopeTensor){ (void *)weight->data, rows, columns, columns, type };
    return TRUE;
  }
  return scope_tensor_alloc (backend, type, rows, weight->count / rows, out, error)
         && (scope_backend_is_dry (backend) || fill_tensor (backend, weight, *out, rates, error));
}

gboolean
scope_weight_upload_row (ScopeBackend *backend, const ScopeWeight *weight, ScopeTensor *out,
                         GError **error)
{
  return upload_as (backend, weight, scope_backend_real (backend), 1, FALSE, out, error);
}

/* (rows, the rest) real. */
static gboolean
upload_table (ScopeBackend *backend, const ScopeWeight *weight, gboolean rates, ScopeTensor *out,
              GError **error)
{
  return upload_as (backend, weight, scope_backend_real (backend),
                    weight != NULL ? weight->shape[0] : 1, rates, out, error);
}

/* What a product multiplies by. */
gboolean
scope_weight_upload_wide (ScopeBackend *backend, const ScopeWeight *weight, ScopeTensor *out,
                          GError **error)
{
  return upload_as (backend, weight, backend->wide_type, weight != NULL ? weight->shape[0] : 1,
                    FALSE, out, error);
}

static gboolean
upload_layer (ScopeLayerTensors *self, const ScopeLayerWeights *weights, ScopeBackend *backend,
              GError **error)
{
  return scope_weight_upload_row (backend, weights->norm, &self->norm, error)
         && scope_weight_upload_row (backend, weights->norm_bias, &self->norm_bias, error)
         && scope_weight_upload_wide (backend, weights->in_proj, &self->in_proj, error)
         && scope_weight_upload_row (backend, weights->in_proj_bias, &self->in_proj_bias, error)
         && upload_table (backend, weights->conv, FALSE, &self->conv, error)
         && scope_weight_upload_row (backend, weights->conv_bias, &self->conv_bias, error)
         && scope_weight_upload_wide (backend, weights->x_proj, &self->x_proj, error)
         && scope_weight_upload_wide (backend, weights->dt_proj, &self->dt_proj, error)
         && scope_weight_upload_row (backend, weights->dt_bias, &self->dt_bias, error)
         && upload_table (backend, weights->a_log, TRUE, &self->a, error)
         && scope_weight_upload_row (backend, weights->d, &self->d, error)
         && scope_weight_upload_row (backend, weights->gate_norm, &self->gate_norm, error)
         && scope_weight_upload_wide (backend, weights->out_proj, &self->out_proj, error)
         && scope_weight_upload_row (backend, weights->out_proj_bias, &self->out_proj_bias, error);
}

gboolean
scope_weights_upload (ScopeWeights *self, const ScopeModel *model, ScopeBackend *backend,
                      ScopeProgress *progress, GError **error)
{
  const ScopeWeight *embedding = scope_model_embedding (model), *head = scope_model_head (model);
  gsize layers = scope_model_config (model)->n_layer;
  self->layers = g_new0 (ScopeLayerTensors, layers);
  if (!scope_weight_upload_wide (backend, embedding, &self->embedding, error)
      || !scope_weight_upload_row (backend, scope_model_final_norm (model), &self->final_norm,
                                   error)
      || !scope_weight_upload_row (backend, scope_model_final_norm_bias (model),
                                   &self->final_norm_bias, error))
    return FALSE;
  if (head == embedding)
    self->head = self->embedding;
  else if (!scope_weight_upload_wide (backend, head, &self->head, error))
    return FALSE;
  for (gsize i = 0; i < layers; i++)
    if (!scope_progress_check (progress, (double)i / layers, "loading the weights", error)
        || !upload_layer (&self->layers[i], scope_model_layer (model, i), backend, error))
      return FALSE;
  return scope_shared_upload (&self->shared, model, backend, error)
         && scope_backend_sync (backend, error);
}

void
scope_weight_free (ScopeBackend *backend, const ScopeModel *model, ScopeTensor *tensor)
{
  for (gsize i = 0; i < scope_model_weight_count (model); i++)
    if (scope_model_weight (model, i)->data == tensor->data)
      *tensor = (ScopeTensor){ 0 };
  scope_tensor_free (backend, tensor);
}

static void
clear_layer (ScopeLayerTensors *self, const ScopeModel *model, ScopeBackend *backend)
{
  ScopeTensor *all[]
      = { &self->norm,      &self->norm_bias, &self->in_proj,  &self->in_proj_bias, &self->conv,
          &self->conv_bias, &self->x_proj,    &self->dt_proj,  &self->dt_bias,      &self->a,
          &self->d,         &self->gate_norm, &self->out_proj, &self->out_proj_bias };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    scope_weight_free (backend, model, all[i]);
}

void
scope_weights_clear (ScopeWeights *self, const ScopeModel *model, ScopeBackend *backend)
{
  for (gsize i = 0; self->layers != NULL && i < scope_model_config (model)->n_layer; i++)
    clear_layer (&self->layers[i], model, backend);
  g_clear_pointer (&self->layers, g_free);
  scope_shared_clear (&self->shared, model, backend);
  if (self->head.data != self->embedding.data)
    scope_weight_free (backend, model, &self->head);
  self->head = (ScopeTensor){ 0 };
  scope_weight_free (backend, model, &self->embedding);
  scope_weight_free (backend, model, &self->final_norm);
  scope_weight_free (backend, model, &self->final_norm_bias);
}

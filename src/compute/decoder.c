/* Continuation one token at a time: the same operations on chunks of one row, states carried on. */
#include "compute/compute-private.h"

struct _ScopeDecoder {
  ScopeSchedule *schedule;
  ScopeStates *states;  /* per layer, our own */
  ScopeTensor residual; /* (1, D) after the last layer, of the last token */
};

static gboolean
copy_states (ScopeDecoder *self, ScopeTrace *trace, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const ScopeConfig *config = self->schedule->config;
  for (gsize i = 0; i < config->n_layer; i++)
    if (!scope_states_alloc (&self->states[i], config, backend, error)
        || !scope_tensor_copy (backend, self->states[i].conv, trace->states[i].conv, error)
        || !scope_tensor_copy (backend, self->states[i].state, trace->states[i].state, error))
      return FALSE;
  ScopeTensor last
      = scope_tensor_rows (scope_trace_final (trace), trace->length - 1, trace->length);
  return scope_tensor_alloc (backend, scope_backend_real (backend), 1, config->d_model,
                             &self->residual, error)
         && scope_tensor_copy (backend, self->residual, last, error);
}

ScopeDecoder *
scope_decoder_new (ScopeTrace *trace, GError **error)
{
  g_autoptr (ScopeDecoder) self = g_new0 (ScopeDecoder, 1);
  self->schedule = scope_schedule_ref (trace->schedule);
  self->states = g_new0 (ScopeStates, trace->schedule->config->n_layer);
  return copy_states (self, trace, error) ? g_steal_pointer (&self) : NULL;
}

void
scope_decoder_free (ScopeDecoder *self)
{
  for (gsize i = 0; i < self->schedule->config->n_layer; i++)
    scope_states_clear (&self->states[i], self->schedule->backend);
  scope_tensor_free (self->schedule->backend, &self->residual);
  g_free (self->states);
  scope_schedule_unref (self->schedule);
  g_free (self);
}

gboolean
scope_decoder_step (ScopeDecoder *self, gint32 id, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  const ScopeTensor no_sums = { 0 };
  if (!scope_schedule_prepare (schedule, error)
      || !scope_schedule_embed (schedule, &id, 1, self->residual, error))
    return FALSE;
  ScopeActivations row = scope_schedule_rows (schedule, NULL, 0, 1);
  for (gsize i = 0; i < schedule->config->n_layer; i++) {
    ScopeChunk chunk = { .schedule = schedule, .layer = i, .states = &self->states[i], .end = 1 };
    if (!scope_chunk_project (&chunk, self->residual, &row, error)
        || !scope_chunk_scan (&chunk, &row, no_sums, TRUE, error)
        || !scope_chunk_finish (&chunk, &row, self->residual, error))
      return FALSE;
  }
  return TRUE;
}

ScopeMatrix *
scope_decoder_logits (ScopeDecoder *self, GError **error)
{
  return scope_schedule_logits (self->schedule, self->residual, NULL, error);
}

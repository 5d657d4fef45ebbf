/* Continuation one token at a time: the same operations on chunks of one row, states carried on.
 *
 * On a device a step is hundreds of launches of a few microseconds. The first is run as it is,
 * which also takes all scratch; the second is recorded, where the backend can, and played from then
 * on. */
#include "compute/compute-private.h"

#define MIN_ROOM 64 /* tokens */

struct _ScopeDecoder {
  ScopeSchedule *schedule;
  ScopeStates *states;  /* per layer, our own */
  ScopeTensor residual; /* (1, D) after the last layer, of the last token */
  ScopeTensor embedded; /* (1, D) the token as embedded; hybrid models */
  ScopeTensor id;       /* (1, 1) I32 */
  gsize *lengths;       /* tokens so far, of each layer */
  ScopeGraph *graph;    /* of a step; NULL until one is recorded */
  gboolean stepped;     /* once, as it is */
  gboolean unrecorded;  /* the next step may be recorded */
};

/* Keys and values of a hybrid layer, with room for more tokens than there are. */
static gboolean
copy_keys (ScopeDecoder *self, gsize layer, ScopeTensor k, ScopeTensor v, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  ScopeStates *states = &self->states[layer];
  gsize length = self->lengths[layer], room = length + MAX (length / 4, MIN_ROOM);
  if (k.data == NULL)
    return TRUE;
  return scope_states_alloc_keys (states, self->schedule->config, layer, backend, room, error)
         && scope_tensor_copy (backend, states->k, scope_tensor_rows (k, 0, length), error)
         && scope_tensor_copy (backend, states->v, scope_tensor_rows (v, 0, length), error);
}

/* Before a step, where a hybrid layer's room is full. */
static gboolean
make_room (ScopeDecoder *self, GError **error)
{
  for (gsize i = 0; i < self->schedule->config->n_layer; i++) {
    ScopeStates *states = &self->states[i];
    if (states->k.data == NULL || self->lengths[i] < (gsize)states->k.rows)
      continue;
    ScopeTensor k = states->k, v = states->v;
    states->k = states->v = (ScopeTensor){ 0 };
    gboolean copied = copy_keys (self, i, k, v, error);
    scope_tensor_free (self->schedule->backend, &k);
    scope_tensor_free (self->schedule->backend, &v);
    if (!copied)
      return FALSE;
  }
  return TRUE;
}

static gboolean
copy_states (ScopeDecoder *self, ScopeTrace *trace, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const ScopeConfig *config = self->schedule->config;
  for (gsize i = 0; i < config->n_layer; i++)
    if (!scope_states_alloc (&self->states[i], config, backend, error)
        || !scope_tensor_copy (backend, self->states[i].conv, trace->room.states[i].conv, error)
        || !scope_tensor_copy (backend, self->states[i].state, trace->room.states[i].state, error)
        || !copy_keys (self, i, trace->room.states[i].k, trace->room.states[i].v, error))
      return FALSE;
  ScopeTensor final = scope_trace_final (trace);
  ScopeTensor last = scope_tensor_rows (final, (gsize) final.rows - 1, (gsize) final.rows);
  return scope_tensor_alloc (backend, SCOPE_TYPE_I32, 1, 1, &self->id, error)
         && scope_tensor_alloc (backend, scope_backend_real (backend), 1, config->d_model,
                                &self->residual, error)
         && (config->shared.blocks == 0
             || scope_tensor_alloc (backend, scope_backend_real (backend), 1, config->d_model,
                                    &self->embedded, error))
         && scope_tensor_copy (backend, self->residual, last, error);
}

ScopeDecoder *
scope_decoder_new (ScopeTrace *trace, GError **error)
{
  g_autoptr (ScopeDecoder) self = g_new0 (ScopeDecoder, 1);
  self->schedule = scope_schedule_ref (trace->schedule);
  gsize layers = trace->schedule->config->n_layer;
  self->states = g_new0 (ScopeStates, layers);
  self->lengths = g_new (gsize, layers);
  for (gsize i = 0; i < layers; i++)
    self->lengths[i] = scope_trace_rows (trace, i);
  return copy_states (self, trace, error) ? g_steal_pointer (&self) : NULL;
}

void
scope_decoder_free (ScopeDecoder *self)
{
  for (gsize i = 0; i < self->schedule->config->n_layer; i++)
    scope_states_clear (&self->states[i], self->schedule->backend);
  scope_tensor_free (self->schedule->backend, &self->residual);
  scope_tensor_free (self->schedule->backend, &self->embedded);
  scope_tensor_free (self->schedule->backend, &self->id);
  scope_backend_discard (self->schedule->backend, &self->graph);
  g_free (self->states);
  g_free (self->lengths);
  scope_schedule_unref (self->schedule);
  g_free (self);
}

static gboolean
run_step (ScopeDecoder *self, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  const ScopeTensor no_sums = { 0 };
  ScopeOpEmbed embed = { schedule->weights.embedding, self->id, self->residual };
  if (!scope_backend_run (schedule->backend, SCOPE_OP_EMBED, &embed, error)
      || (self->embedded.data != NULL
          && !scope_tensor_copy (schedule->backend, self->embedded, self->residual, error)))
    return FALSE;
  ScopeActivations row = scope_schedule_rows (schedule, NULL, 0, 1);
  for (gsize i = 0; i < schedule->config->n_layer; i++) {
    ScopeChunk chunk = { .schedule = schedule, .layer = i, .states = &self->states[i] };
    chunk.begin = self->lengths[i];
    chunk.end = self->lengths[i] + 1;
    chunk.embedded = self->embedded;
    if (!scope_chunk_project (&chunk, self->residual, &row, error)
        || !scope_chunk_scan (&chunk, &row, no_sums, TRUE, error)
        || !scope_chunk_finish (&chunk, &row, self->residual, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
note_step (gpointer data)
{
  return run_step (data, NULL);
}

/* A recording may have to be given up: then the step is run, and the next one recorded. */
static gboolean
play_or_run (ScopeDecoder *self, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  if (self->unrecorded)
    self->graph = scope_backend_record (backend, note_step, self);
  self->unrecorded = FALSE;
  if (self->graph == NULL)
    return run_step (self, error);
  if (!scope_backend_play (backend, &self->graph, error))
    return FALSE;
  self->unrecorded = self->graph == NULL;
  return self->graph != NULL || run_step (self, error);
}

gboolean
scope_decoder_step (ScopeDecoder *self, gint32 id, GError **error)
{
  if (!scope_schedule_prepare (self->schedule, error) || !make_room (self, error)
      || !scope_backend_upload (self->schedule->backend, self->id.data, &id, sizeof id, error)
      || !play_or_run (self, error))
    return FALSE;
  /* Where there are keys, each step works on more of them than the last. */
  self->unrecorded |= !self->stepped && self->embedded.data == NULL;
  self->stepped = TRUE;
  for (gsize i = 0; i < self->schedule->config->n_layer; i++)
    self->lengths[i]++;
  return TRUE;
}

ScopeMatrix *
scope_decoder_logits (ScopeDecoder *self, GError **error)
{
  return scope_schedule_logits (self->schedule, self->residual, NULL, error);
}

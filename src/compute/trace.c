/* A trace: residuals, states and sums of one run, and the cache of recomputed layers. */
#include "compute/compute-private.h"

#include "base/error.h"

#define DEFAULT_BUDGET ((gsize)1 << 30)

/* Recordings give way where memory is short. */
static gboolean
alloc_room (ScopeTrace *self, gsize n_residuals, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  g_autoptr (GError) local = NULL;
  if (scope_trace_room_alloc (&self->room, schedule->config, schedule->backend, self->length,
                              n_residuals, &local))
    return TRUE;
  scope_trace_room_clear (&self->room, schedule->backend);
  if (!g_error_matches (local, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY)
      || g_queue_is_empty (&schedule->passes)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  scope_schedule_forget (schedule);
  return scope_trace_room_alloc (&self->room, schedule->config, schedule->backend, self->length,
                                 n_residuals, error);
}

ScopeTrace *
scope_trace_alloc (ScopeSchedule *schedule, gsize length, ScopePlan *plan, ScopeRunFlags flags,
                   GError **error)
{
  gsize layers = schedule->config->n_layer;
  if (length == 0 || length > G_MAXINT32) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "expected 1 to %d tokens, found %" G_GSIZE_FORMAT, G_MAXINT32, length);
    return NULL;
  }
  gsize budget = DEFAULT_BUDGET;
  if (!scope_schedule_fit (schedule, length, plan, flags, &budget, error))
    return NULL;
  g_autoptr (ScopeTrace) self = g_new0 (ScopeTrace, 1);
  self->references = 1;
  self->schedule = scope_schedule_ref (schedule);
  self->plan = plan != NULL ? scope_plan_ref (plan) : NULL;
  self->length = length;
  self->flags = flags;
  self->budget = budget;
  self->thresholds = g_new0 (double *, layers);
  self->positions = g_new0 (GArray *, layers + 1);
  gsize n_residuals = flags & SCOPE_RUN_KEEP_RESIDUAL ? layers + 1 : 1;
  return alloc_room (self, n_residuals, error) ? g_steal_pointer (&self) : NULL;
}

ScopeTrace *
scope_trace_ref (ScopeTrace *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
scope_trace_unref (ScopeTrace *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  ScopeBackend *backend = self->schedule->backend;
  g_queue_clear_full (&self->layers, (GDestroyNotify)scope_layer_trace_unref);
  for (gsize i = 0; i < self->schedule->config->n_layer; i++)
    g_free (self->thresholds[i]);
  for (gsize i = 0; i <= self->schedule->config->n_layer; i++)
    g_clear_pointer (&self->positions[i], g_array_unref);
  scope_trace_room_clear (&self->room, backend);
  g_free (self->positions);
  g_free (self->thresholds);
  g_clear_pointer (&self->plan, scope_plan_unref);
  scope_schedule_unref (self->schedule);
  g_free (self);
}

gsize
scope_trace_length (const ScopeTrace *self)
{
  return self->length;
}

ScopeSchedule *
scope_trace_schedule (const ScopeTrace *self)
{
  return self->schedule;
}

ScopePlan *
scope_trace_plan (const ScopeTrace *self)
{
  return self->plan;
}

ScopeTensor
scope_trace_final (const ScopeTrace *self)
{
  gsize rows = scope_trace_rows (self, self->schedule->config->n_layer);
  return scope_tensor_rows (self->room.residuals[self->room.n_residuals - 1], 0, rows);
}

ScopeTensor
scope_trace_embedded (const ScopeTrace *self)
{
  const ScopeTensor none = { 0 };
  if (self->schedule->config->shared.blocks == 0)
    return none;
  return self->room.n_residuals > 1 ? self->room.residuals[0] : self->room.embedded;
}

ScopeTensor
scope_trace_residual (const ScopeTrace *self, gsize layer)
{
  return scope_tensor_rows (self->room.residuals[layer], 0, scope_trace_rows (self, layer));
}

gsize
scope_trace_bytes (const ScopeTrace *self)
{
  gsize bytes = sizeof *self + scope_tensor_bytes (self->room.all);
  for (gsize i = 0; i < self->schedule->config->n_layer; i++)
    bytes += self->thresholds[i] != NULL ? self->schedule->config->channels * sizeof (double) : 0;
  for (const GList *link = self->layers.head; link != NULL; link = link->next)
    bytes += scope_layer_trace_bytes (link->data);
  return bytes;
}

ScopeMatrix *
scope_trace_sums (ScopeTrace *self, gsize layer)
{
  g_return_val_if_fail (layer < self->schedule->config->n_layer, NULL);
  g_autoptr (GError) error = NULL;
  ScopeMatrix *sums
      = scope_tensor_read (self->schedule->backend,
                           scope_tensor_rows (self->room.sums, 2 * layer, 2 * layer + 2), &error);
  if (sums == NULL)
    g_warning ("layer %" G_GSIZE_FORMAT ": %s", layer, error->message);
  return sums;
}

ScopeMatrix *
scope_trace_logits (ScopeTrace *self, gsize begin, gsize end, ScopeProgress *progress,
                    GError **error)
{
  if (begin >= end || end > self->length) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "tokens %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT
                 ": expected a range of at least one token within 0:%" G_GSIZE_FORMAT,
                 begin, end, self->length);
    return NULL;
  }
  gsize first;
  if (!scope_trace_find_rows (self, begin, end, &first, error))
    return NULL;
  ScopeTensor rows = scope_tensor_rows (scope_trace_final (self), first, first + (end - begin));
  return scope_schedule_logits (self->schedule, rows, progress, error);
}

gboolean
scope_trace_run_logits (ScopeTrace *self, ScopeProgress *progress, GError **error)
{
  return scope_schedule_run_logits (self->schedule, scope_trace_final (self), NULL, progress, error)
         && scope_backend_sync (self->schedule->backend, error);
}

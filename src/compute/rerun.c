/* The later layers of a text once more, under another plan. */
#include "compute/compute-private.h"

/* What the layers before FIRST left behind. */
static gboolean
copy_before (ScopeTrace *to, ScopeTrace *from, gsize first, GError **error)
{
  ScopeBackend *backend = from->schedule->backend;
  gsize bytes = from->schedule->config->channels * sizeof (double);
  for (gsize i = 0; i < first; i++) {
    if (!scope_states_copy (&to->room.states[i], &from->room.states[i], backend, error))
      return FALSE;
    to->thresholds[i] = g_memdup2 (from->thresholds[i], from->thresholds[i] != NULL ? bytes : 0);
  }
  for (gsize i = 0; i <= first; i++)
    to->positions[i] = scope_positions_keep (from->positions[i], NULL);
  return (first == 0
          || scope_tensor_copy (backend, scope_tensor_rows (to->room.sums, 0, 2 * first),
                                scope_tensor_rows (from->room.sums, 0, 2 * first), error))
         && (to->room.embedded.data == NULL
             || scope_tensor_copy (backend, to->room.embedded, scope_trace_embedded (from), error))
         && scope_tensor_copy (backend, to->room.residuals[0], scope_trace_residual (from, first),
                               error);
}

ScopeTrace *
scope_trace_rerun (ScopeTrace *self, ScopePlan *plan, gsize first, ScopeProgress *progress,
                   GError **error)
{
  if (!scope_trace_check_layer (self, first, error))
    return NULL;
  g_autoptr (ScopeTrace) trace
      = scope_trace_alloc (self->schedule, self->length, plan, SCOPE_RUN_LOGITS_ONLY, error);
  if (trace == NULL || !scope_schedule_prepare (self->schedule, error)
      || !copy_before (trace, self, first, error)
      || !scope_schedule_layers (self->schedule, trace, first, progress, error))
    return NULL;
  return g_steal_pointer (&trace);
}

#include "session/host.h"

/* What the switch in the window turns on, and whose defaults it shows. */
static gboolean
host_read_facts (ScopeHost *self, GError **error)
{
  g_autoptr (ScopeFilter) filter = scope_filter_parse ("longmamba", error);

  return filter != NULL
         && scope_filter_context_facts (self->context, filter, &self->train_length, &self->theta,
                                        error);
}

ScopeHost *
scope_host_open (const char *folder, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeHost) self = g_new0 (ScopeHost, 1);
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress upload = scope_progress_span (progress, 0.5, 1.0);

  g_atomic_ref_count_init (&self->refs);
  self->model = scope_model_open (folder, &opening, error);
  if (self->model == NULL)
    return NULL;
  self->backend = scope_registry_open ("auto", 0, SCOPE_PRECISION_FP32, error);
  if (self->backend == NULL)
    return NULL;
  self->device = scope_backend_describe (self->backend);
  self->schedule = scope_schedule_new (self->model, self->backend, &upload, error);
  if (self->schedule == NULL)
    return NULL;
  self->context = scope_filter_context_new (self->schedule, 0);
  return host_read_facts (self, error) ? g_steal_pointer (&self) : NULL;
}

ScopeHost *
scope_host_ref (ScopeHost *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_host_unref (ScopeHost *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->context, scope_filter_context_free);
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_clear_pointer (&self->backend, scope_backend_close);
  g_clear_pointer (&self->model, scope_model_unref);
  g_free (self->device);
  g_free (self);
}

#include "session/host.h"

#include "base/error.h"
#include "session/place.h"

/* What the switch in the window turns on, and whose defaults it shows. */
static gboolean
host_read_facts (ScopeHost *self, GError **error)
{
  g_autoptr (ScopeFilter) filter = scope_filter_parse ("longmamba", error);

  return filter != NULL
         && scope_filter_context_facts (self->context, filter, &self->train_length, &self->theta,
                                        error);
}

static gboolean
host_settle (ScopeHost *self, const char *backend, ScopeProgress *progress, GError **error)
{
  ScopePlace place;

  if (!scope_place_parse (backend, &place, error))
    return FALSE;
  self->backend = scope_registry_open (place.backend, place.device, place.precision, error);
  if (self->backend == NULL)
    return FALSE;
  self->device = scope_backend_describe (self->backend);
  self->schedule = scope_schedule_new (self->model, self->backend, progress, error);
  return self->schedule != NULL;
}

static void
host_leave (ScopeHost *self)
{
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_clear_pointer (&self->backend, scope_backend_close);
  g_clear_pointer (&self->device, g_free);
}

/* Whether another place may do better than the one that ERROR is of. */
static gboolean
host_may_move (ScopeHost *self, const char *backend, const GError *error)
{
  return g_str_has_prefix (backend, "auto") && self->backend != NULL && !self->backend->host_memory
         && (g_error_matches (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED)
             || g_error_matches (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY));
}

static gboolean
host_find_home (ScopeHost *self, const char *backend, ScopeProgress *progress, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (host_settle (self, backend, progress, &local))
    return TRUE;
  if (!host_may_move (self, backend, local)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  self->notice = g_strdup_printf ("%s: %s. Going on with the CPU.", self->device, local->message);
  host_leave (self);
  return host_settle (self, "cpu", progress, error);
}

ScopeHost *
scope_host_open (const char *folder, const char *backend, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeHost) self = g_new0 (ScopeHost, 1);
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress upload = scope_progress_span (progress, 0.5, 1.0);

  g_atomic_ref_count_init (&self->refs);
  self->model = scope_model_open (folder, &opening, error);
  if (self->model == NULL || !host_find_home (self, backend, &upload, error))
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
  host_leave (self);
  g_clear_pointer (&self->model, scope_model_unref);
  g_free (self->notice);
  g_free (self);
}

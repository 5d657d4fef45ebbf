/* Recordings: the decoder's step, and short passes that are asked for again.
 *
 * A pass of a few hundred tokens is hundreds of launches of a few microseconds, and the host is not
 * done with them before the device is. The first of its kind is run as it is; the second is
 * recorded in a room of its own, which costs the host what running it would have, and played; what
 * it left behind is copied into the trace. What may differ from pass to pass lies in memory: the
 * tokens and the thresholds. What is part of the launches makes the kind: the length, which
 * residuals are kept, which layers are filtered and how far. A pass in the middle of which the host
 * must look at something (a plan that reads time steps, an edit) is never recorded. */
#include "compute/compute-private.h"

#define MAX_PASSES 16
#define MAX_BYTES  ((gsize)256 << 20) /* of all recordings' rooms */

typedef struct {
  char *kind;
  ScopeTraceRoom room; /* no data until it is recorded */
  ScopeTensor ids;     /* (T, 1) I32 */
  ScopeGraph *graph;   /* or NULL */
  gboolean unfit;      /* for a recording: not tried again */
} Pass;

ScopeGraph *
scope_backend_record (ScopeBackend *self, gboolean (*work) (gpointer data), gpointer data)
{
  char message[256] = "";
  ScopeGraph *graph = NULL;
  if (self->ops->record == NULL
      || self->ops->record (self, message, sizeof message) != SCOPE_STATUS_OK)
    return NULL;
  gboolean noted = work (data);
  if (self->ops->finish (self, &graph, message, sizeof message) != SCOPE_STATUS_OK)
    return NULL;
  if (!noted)
    scope_backend_discard (self, &graph);
  return graph;
}

gboolean
scope_backend_play (ScopeBackend *self, ScopeGraph **graph, GError **error)
{
  char message[256] = "";
  int status = self->ops->play (self, *graph, message, sizeof message);
  if (status == SCOPE_STATUS_UNSUPPORTED) {
    scope_backend_discard (self, graph);
    return TRUE;
  }
  return scope_backend_check (status, message, error);
}

void
scope_backend_discard (ScopeBackend *self, ScopeGraph **graph)
{
  if (*graph != NULL)
    self->ops->discard (self, *graph);
  *graph = NULL;
}

static void
pass_empty (Pass *self, ScopeBackend *backend)
{
  scope_backend_discard (backend, &self->graph);
  scope_tensor_free (backend, &self->ids);
  scope_trace_room_clear (&self->room, backend);
}

static void
pass_free (Pass *self, ScopeBackend *backend)
{
  pass_empty (self, backend);
  g_free (self->kind);
  g_free (self);
}

void
scope_schedule_forget (ScopeSchedule *self)
{
  while (!g_queue_is_empty (&self->passes))
    pass_free (g_queue_pop_tail (&self->passes), self->backend);
}

guint64
scope_schedule_plays (const ScopeSchedule *self)
{
  return self->plays;
}

/* No wait for the device is due within, nor does the host look at anything. */
static gboolean
is_recordable (const ScopeSchedule *self, const ScopeTrace *trace)
{
  gsize layers = self->config->n_layer;
  double work = scope_schedule_token_work (self) * (double)trace->length * (double)layers;
  if (self->backend->ops->record == NULL || self->backend->host_memory
      || work >= scope_schedule_most_queued (self)
      || scope_tensor_bytes (trace->room.all) > MAX_BYTES || scope_plan_reads (trace->plan))
    return FALSE;
  for (gsize l = 0; l < layers; l++)
    if (scope_plan_edit (trace->plan, l) != NULL
        || (scope_plan_touches (trace->plan, l) && !scope_plan_is_ahead (trace->plan, l)))
      return FALSE;
  return TRUE;
}

static char *
kind_of (const ScopeTrace *trace)
{
  GString *kind = g_string_new (NULL);
  g_string_printf (kind, "%" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT " ", trace->length,
                   trace->room.n_residuals);
  if (trace->plan != NULL)
    g_string_append_printf (kind, "%" G_GSIZE_FORMAT " ", scope_plan_filter_rows (trace->plan));
  for (gsize l = 0; l < trace->schedule->config->n_layer; l++)
    g_string_append_c (kind, trace->thresholds[l] != NULL ? 'f' : '-');
  return g_string_free (kind, FALSE);
}

/* Comes first from now on; NULL if it was not known, and is now. */
static Pass *
look_up (ScopeSchedule *self, const ScopeTrace *trace)
{
  g_autofree char *kind = kind_of (trace);
  for (GList *link = self->passes.head; link != NULL; link = link->next) {
    Pass *pass = link->data;
    if (!g_str_equal (pass->kind, kind))
      continue;
    g_queue_unlink (&self->passes, link);
    g_queue_push_head_link (&self->passes, link);
    return pass;
  }
  Pass *pass = g_new0 (Pass, 1);
  pass->kind = g_steal_pointer (&kind);
  g_queue_push_head (&self->passes, pass);
  if (g_queue_get_length (&self->passes) > MAX_PASSES)
    pass_free (g_queue_pop_tail (&self->passes), self->backend);
  return NULL;
}

/* The oldest rooms go until BYTES more are allowed; what PASS has itself is gone. */
static void
make_room (ScopeSchedule *self, const Pass *pass, gsize bytes)
{
  for (const GList *link = self->passes.head; link != NULL; link = link->next) {
    Pass *other = link->data;
    if (other == pass || other->room.all.data == NULL)
      continue;
    bytes += scope_tensor_bytes (other->room.all);
    if (bytes > MAX_BYTES)
      pass_empty (other, self->backend);
  }
}

typedef struct {
  ScopeTrace *trace; /* with the pass's room */
  ScopeTensor ids;
} Work;

static gboolean
queue_pass (gpointer data)
{
  const Work *work = data;
  ScopeTrace *trace = work->trace;
  ScopeSchedule *self = trace->schedule;
  ScopeTraceRoom *room = &trace->room;
  ScopeOpEmbed embed = { self->weights.embedding, work->ids, room->residuals[0] };
  return scope_tensor_clear (self->backend, room->carried, NULL)
         && scope_backend_run (self->backend, SCOPE_OP_EMBED, &embed, NULL)
         && (room->embedded.data == NULL
             || scope_tensor_copy (self->backend, room->embedded, room->residuals[0], NULL))
         && scope_schedule_queue (self, trace, 0, NULL, NULL);
}

static void
swap_rooms (ScopeTrace *trace, Pass *pass)
{
  ScopeTraceRoom room = trace->room;
  trace->room = pass->room;
  pass->room = room;
}

static void
record (ScopeSchedule *self, Pass *pass, ScopeTrace *trace)
{
  gsize n_residuals = trace->room.n_residuals;
  pass_empty (pass, self->backend);
  make_room (self, pass, scope_tensor_bytes (trace->room.all));
  if (scope_tensor_alloc (self->backend, SCOPE_TYPE_I32, trace->length, 1, &pass->ids, NULL)
      && scope_trace_room_alloc (&pass->room, self->config, self->backend, trace->length,
                                 n_residuals, NULL)) {
    Work work = { trace, pass->ids };
    swap_rooms (trace, pass);
    self->queued = 0;
    pass->graph = scope_backend_record (self->backend, queue_pass, &work);
    self->queued = 0;
    swap_rooms (trace, pass);
  }
  pass->unfit = pass->graph == NULL;
  if (pass->unfit)
    pass_empty (pass, self->backend);
}

gboolean
scope_schedule_play (ScopeSchedule *self, ScopeTrace *trace, const gint32 *ids, gboolean *played,
                     GError **error)
{
  Pass *pass = is_recordable (self, trace) ? look_up (self, trace) : NULL;
  *played = FALSE;
  if (pass == NULL || pass->unfit)
    return TRUE;
  for (guint tries = 0; tries < 2 && !*played; tries++) { /* again where the scratch has moved */
    if (pass->graph == NULL)
      record (self, pass, trace);
    if (pass->graph == NULL)
      return TRUE;
    if (!scope_backend_upload (self->backend, pass->ids.data, ids, trace->length * sizeof *ids,
                               error)
        || !scope_backend_play (self->backend, &pass->graph, error))
      return FALSE;
    *played = pass->graph != NULL;
  }
  self->plays += *played;
  return !*played || scope_tensor_copy (self->backend, trace->room.all, pass->room.all, error);
}

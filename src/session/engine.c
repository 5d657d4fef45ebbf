#include "session/engine.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

#define REPORT_INTERVAL (G_USEC_PER_SEC / 15)
#define NICENESS        5 /* a third of what the window has */

typedef struct {
  ScopeEngine *engine; /* outlives every job: not a reference */
  ScopeRequestKind kind;
  guint64 serial;
  ScopeEngineWork work;
  gpointer input;
  GDestroyNotify free_input;
  gpointer result;
  GDestroyNotify destroy_result;
  GError *error;
  ScopeEngineDone done;
  GWeakRef owner;
  ScopeProgress progress;
  gboolean preempted, dropped; /* under the engine's lock */
} Job;

struct _ScopeEngine {
  GObject parent_instance;
  GMainContext *context;
  GThread *thread;

  /* Main thread only. */
  guint64 last_serial;
  guint64 live[SCOPE_N_REQUESTS]; /* serial whose DONE is still to come; 0: none */

  /* Under the lock. Jobs are only ever freed by the engine's thread, through the garbage. */
  GMutex lock;
  GCond wake;
  Job *pending[SCOPE_N_REQUESTS];
  Job *running;
  GQueue outbox;
  GQueue garbage;
  GSource *courier; /* attached, on its way to main; NULL: none */
  gboolean closed, resting, rest_told;
  gboolean delivering; /* main is busy with results, and may post */
  gboolean report_due;
  gint64 report_time;
  double fraction;
  char what[96];
};

G_DEFINE_FINAL_TYPE (ScopeEngine, scope_engine, G_TYPE_OBJECT)

enum { SIGNAL_PROGRESS, SIGNAL_IDLE, N_SIGNALS };
static guint signals[N_SIGNALS];

/* For $G_MESSAGES_DEBUG: what keeps a picture waiting. */
static const char *const kind_names[SCOPE_N_REQUESTS] = {
  [SCOPE_REQUEST_MODEL] = "model",     [SCOPE_REQUEST_TEXT] = "text",
  [SCOPE_REQUEST_LAYER] = "layer",     [SCOPE_REQUEST_MAP] = "map",
  [SCOPE_REQUEST_TILES] = "tiles",     [SCOPE_REQUEST_PROFILE] = "profile",
  [SCOPE_REQUEST_DECAY] = "decay",     [SCOPE_REQUEST_COMPARE] = "compare",
  [SCOPE_REQUEST_READING] = "reading", [SCOPE_REQUEST_ATLAS] = "atlas",
  [SCOPE_REQUEST_NETWORK] = "network", [SCOPE_REQUEST_PREVIEW] = "preview",
  [SCOPE_REQUEST_EXPORT] = "export",   [SCOPE_REQUEST_ANSWER] = "answer",
  [SCOPE_REQUEST_PROOF] = "proof",     [SCOPE_REQUEST_PREPARE] = "prepare",
  [SCOPE_REQUEST_WHAT_IF] = "what if", [SCOPE_REQUEST_SWEEP] = "sweep",
  [SCOPE_REQUEST_CURVES] = "curves",   [SCOPE_REQUEST_REFINE] = "refine",
  [SCOPE_REQUEST_EFFECT] = "effect",   [SCOPE_REQUEST_CELL] = "cell",
  [SCOPE_REQUEST_SURVEY] = "survey",
};

/* What a new request of a kind makes pointless. Nothing cancels EXPORT: somebody wants that file.
 */
#define BIT(kind) (1u << SCOPE_REQUEST_##kind)
static const guint makes_pointless[SCOPE_N_REQUESTS] = {
  [SCOPE_REQUEST_MODEL] = BIT (TEXT),
  [SCOPE_REQUEST_LAYER] = BIT (MAP) | BIT (TILES) | BIT (PROFILE) | BIT (DECAY) | BIT (CURVES)
                          | BIT (COMPARE) | BIT (READING) | BIT (ATLAS) | BIT (PROOF)
                          | BIT (REFINE),
  [SCOPE_REQUEST_NETWORK] = BIT (ANSWER),
};

static void
job_free (Job *job)
{
  if (job->result != NULL && job->destroy_result != NULL)
    job->destroy_result (job->result);
  if (job->input != NULL && job->free_input != NULL)
    job->free_input (job->input);
  g_clear_error (&job->error);
  g_weak_ref_clear (&job->owner);
  g_free (job);
}

static gboolean engine_dispatch (gpointer data);

/* Sends the courier home unless one is on its way. g_main_context_invoke() would not do: it runs
 * the function here, on this thread, whenever the main loop happens to be between two iterations.
 */
static void
engine_send_courier (ScopeEngine *self)
{
  if (self->courier != NULL || self->closed)
    return;
  self->courier = g_idle_source_new ();
  g_source_set_priority (self->courier, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->courier, engine_dispatch, self, NULL);
  g_source_set_static_name (self->courier, "scope-engine");
  g_source_attach (self->courier, self->context);
}

/* --- the engine's thread ------------------------------------------------------------------------
 */

static void
engine_report (double fraction, const char *what, gpointer data)
{
  Job *job = data;
  ScopeEngine *self = job->engine;
  gint64 now = g_get_monotonic_time ();

  g_mutex_lock (&self->lock);
  self->fraction = fraction;
  if (what != NULL)
    g_strlcpy (self->what, what, sizeof self->what);
  if (!self->report_due && now - self->report_time >= REPORT_INTERVAL) {
    self->report_due = TRUE;
    self->report_time = now;
    engine_send_courier (self);
  }
  g_mutex_unlock (&self->lock);
}

/* Frees the garbage with the lock open: destroying a trace takes its time. */
static void
engine_collect (ScopeEngine *self)
{
  Job *job;

  while ((job = g_queue_pop_head (&self->garbage)) != NULL) {
    g_mutex_unlock (&self->lock);
    job_free (job);
    g_mutex_lock (&self->lock);
  }
}

static gboolean
engine_has_pending (ScopeEngine *self)
{
  for (guint kind = 0; kind < SCOPE_N_REQUESTS; kind++)
    if (self->pending[kind] != NULL)
      return TRUE;
  return FALSE;
}

/* Nothing behind the map starts while a result is on its way home: main is likely to answer it with
 * something more urgent, which would cut the other short at once. */
static Job *
engine_take (ScopeEngine *self)
{
  gboolean homebound = self->delivering || !g_queue_is_empty (&self->outbox);
  guint end = homebound ? SCOPE_REQUEST_MAP + 1 : SCOPE_N_REQUESTS;

  for (guint kind = 0; kind < end; kind++)
    if (self->pending[kind] != NULL)
      return g_steal_pointer (&self->pending[kind]);
  return NULL;
}

/* A preempted job that really was stopped goes back to the queue; one that ended all the same, well
 * or badly, is as good as any. */
static void
engine_finish (ScopeEngine *self, Job *job)
{
  if (job->dropped) {
    g_queue_push_tail (&self->garbage, job);
  } else if (job->preempted && scope_error_is_cancelled (job->error)) {
    g_clear_error (&job->error);
    job->preempted = FALSE;
    g_atomic_int_set (&job->progress.cancelled, 0);
    self->pending[job->kind] = job;
  } else {
    g_queue_push_tail (&self->outbox, job);
    engine_send_courier (self);
  }
}

static void
engine_run (ScopeEngine *self, Job *job)
{
  self->running = job;
  self->what[0] = '\0';
  g_mutex_unlock (&self->lock);
  gint64 begin = g_get_monotonic_time ();
  job->result = job->work (job->input, &job->progress, &job->error);
  g_debug ("%s: %.1f ms%s", kind_names[job->kind],
           (double)(g_get_monotonic_time () - begin) / 1000.0,
           job->error != NULL ? ", in vain" : "");
  g_mutex_lock (&self->lock);
  self->running = NULL;
  engine_finish (self, job);
}

static void
engine_rest (ScopeEngine *self)
{
  self->resting = TRUE;
  if (!self->rest_told)
    engine_send_courier (self);
  g_cond_wait (&self->wake, &self->lock);
  self->resting = FALSE;
}

/* The window comes first where they share a processor: on Linux a thread has a niceness of its own,
 * and the threads of the pool, which this one starts, inherit it. Where that cannot be had, frames
 * come later and nothing else changes. */
static void
give_way (void)
{
  id_t thread = (id_t)syscall (SYS_gettid);
  setpriority (PRIO_PROCESS, thread, getpriority (PRIO_PROCESS, thread) + NICENESS);
}

static gpointer
engine_main (gpointer data)
{
  ScopeEngine *self = data;

  give_way ();
  g_mutex_lock (&self->lock);
  while (TRUE) {
    engine_collect (self);
    Job *job = engine_take (self);
    if (job != NULL)
      engine_run (self, job);
    else if (self->closed)
      break;
    else if (g_queue_is_empty (&self->garbage))
      engine_rest (self);
  }
  /* Results that will not be fetched any more. */
  while ((data = g_queue_pop_head (&self->outbox)) != NULL)
    g_queue_push_tail (&self->garbage, data);
  engine_collect (self);
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* --- the main thread ----------------------------------------------------------------------------
 */

static void
engine_discard (ScopeEngine *self, Job *job)
{
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->garbage, job);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

static void
engine_deliver (ScopeEngine *self, Job *job)
{
  if (job->serial == self->live[job->kind]) {
    g_autoptr (GObject) owner = g_weak_ref_get (&job->owner);
    self->live[job->kind] = 0;
    if (owner != NULL && !scope_error_is_cancelled (job->error))
      job->done (g_steal_pointer (&job->result), job->error, owner);
  }
  engine_discard (self, job);
}

static void
engine_tell (ScopeEngine *self, gboolean report, double fraction, const char *what)
{
  gboolean rest;

  if (report && scope_engine_is_busy (self))
    g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, fraction, what);
  g_mutex_lock (&self->lock);
  self->delivering = FALSE;
  g_cond_signal (&self->wake);
  rest = self->resting && !self->rest_told && g_queue_is_empty (&self->outbox)
         && !engine_has_pending (self);
  if (rest)
    self->rest_told = TRUE;
  g_mutex_unlock (&self->lock);
  if (rest)
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
}

static gboolean
engine_dispatch (gpointer data)
{
  g_autoptr (ScopeEngine) self = g_object_ref (data);
  GQueue home;
  Job *job;
  char what[sizeof self->what];

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->courier, g_source_unref);
  self->delivering = TRUE;
  home = self->outbox;
  g_queue_init (&self->outbox);
  gboolean report = self->report_due;
  double fraction = self->fraction;
  self->report_due = FALSE;
  g_strlcpy (what, self->what, sizeof what);
  g_mutex_unlock (&self->lock);

  while ((job = g_queue_pop_head (&home)) != NULL)
    engine_deliver (self, job);
  engine_tell (self, report, fraction, what);
  return G_SOURCE_REMOVE;
}

/* Forgets the request of a kind, wherever it is; with the lock. */
static void
engine_drop (ScopeEngine *self, ScopeRequestKind kind)
{
  self->live[kind] = 0;
  if (self->pending[kind] != NULL)
    g_queue_push_tail (&self->garbage, g_steal_pointer (&self->pending[kind]));
  if (self->running != NULL && self->running->kind == kind) {
    self->running->dropped = TRUE;
    scope_progress_cancel (&self->running->progress);
  }
}

static void
engine_drop_all (ScopeEngine *self)
{
  for (guint kind = 0; kind < SCOPE_N_REQUESTS; kind++)
    engine_drop (self, kind);
}

static void
engine_drop_pointless (ScopeEngine *self, ScopeRequestKind kind)
{
  for (guint other = 0; other < SCOPE_N_REQUESTS; other++)
    if (other == kind || (makes_pointless[kind] & (1u << other)) != 0)
      engine_drop (self, other);
}

static Job *
job_new (ScopeEngine *self, gpointer result, GDestroyNotify destroy_result)
{
  Job *job = g_new0 (Job, 1);

  job->engine = self;
  job->result = result;
  job->destroy_result = destroy_result;
  g_weak_ref_init (&job->owner, NULL);
  job->progress = (ScopeProgress)SCOPE_PROGRESS_INIT (engine_report, job);
  return job;
}

void
scope_engine_post (ScopeEngine *self, ScopeRequestKind kind, ScopeEngineWork work, gpointer input,
                   GDestroyNotify free_input, GDestroyNotify destroy_result, ScopeEngineDone done,
                   GObject *owner)
{
  g_return_if_fail (SCOPE_IS_ENGINE (self) && kind < SCOPE_N_REQUESTS && self->thread != NULL);
  Job *job = job_new (self, NULL, destroy_result);

  job->kind = kind;
  job->serial = ++self->last_serial;
  job->work = work;
  job->input = input;
  job->free_input = free_input;
  job->done = done;
  g_weak_ref_set (&job->owner, owner);

  g_mutex_lock (&self->lock);
  engine_drop_pointless (self, kind);
  self->live[kind] = job->serial;
  self->pending[kind] = job;
  if (self->running != NULL && !self->running->dropped && self->running->kind > kind) {
    self->running->preempted = TRUE;
    scope_progress_cancel (&self->running->progress);
  }
  self->resting = self->rest_told = FALSE;
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
scope_engine_cancel (ScopeEngine *self, ScopeRequestKind kind)
{
  g_return_if_fail (SCOPE_IS_ENGINE (self) && kind < SCOPE_N_REQUESTS);
  g_mutex_lock (&self->lock);
  engine_drop (self, kind);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

/* At once: one by one, what waits behind the running request would begin when that is stopped. */
void
scope_engine_cancel_all (ScopeEngine *self)
{
  g_return_if_fail (SCOPE_IS_ENGINE (self));
  g_mutex_lock (&self->lock);
  engine_drop_all (self);
  g_cond_signal (&self->wake);
  g_mutex_unlock (&self->lock);
}

gboolean
scope_engine_is_busy (ScopeEngine *self)
{
  for (guint kind = 0; kind < SCOPE_N_REQUESTS; kind++)
    if (self->live[kind] != 0)
      return TRUE;
  return FALSE;
}

gboolean
scope_engine_has (ScopeEngine *self, ScopeRequestKind kind)
{
  return self->live[kind] != 0;
}

void
scope_engine_release (ScopeEngine *self, gpointer data, GDestroyNotify destroy)
{
  g_return_if_fail (SCOPE_IS_ENGINE (self) && self->thread != NULL);
  if (data != NULL)
    engine_discard (self, job_new (self, data, destroy));
}

ScopeEngine *
scope_engine_new (void)
{
  return g_object_new (SCOPE_TYPE_ENGINE, NULL);
}

static void
scope_engine_init (ScopeEngine *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_queue_init (&self->outbox);
  g_queue_init (&self->garbage);
  self->rest_told = TRUE;
  self->context = g_main_context_ref_thread_default ();
  self->thread = g_thread_new ("scope-engine", engine_main, self);
}

static void
scope_engine_dispose (GObject *object)
{
  ScopeEngine *self = SCOPE_ENGINE (object);

  if (self->thread != NULL) {
    g_mutex_lock (&self->lock);
    engine_drop_all (self);
    self->closed = TRUE;
    g_cond_signal (&self->wake);
    g_mutex_unlock (&self->lock);
    g_thread_join (g_steal_pointer (&self->thread));
  }
  if (self->courier != NULL) {
    g_source_destroy (self->courier);
    g_clear_pointer (&self->courier, g_source_unref);
  }
  G_OBJECT_CLASS (scope_engine_parent_class)->dispose (object);
}

static void
scope_engine_finalize (GObject *object)
{
  ScopeEngine *self = SCOPE_ENGINE (object);

  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  G_OBJECT_CLASS (scope_engine_parent_class)->finalize (object);
}

static void
scope_engine_class_init (ScopeEngineClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = scope_engine_dispose;
  object_class->finalize = scope_engine_finalize;
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", SCOPE_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_STRING);
  signals[SIGNAL_IDLE] = g_signal_new ("idle", SCOPE_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 0);
}

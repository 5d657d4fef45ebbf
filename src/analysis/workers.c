#include "analysis/workers.h"

#include "base/error.h"

/* How often the caller looks whether it was cancelled. */
#define POLL (G_TIME_SPAN_MILLISECOND * 30)

typedef struct {
  gsize worker, job;
  GError *error;
} Loss;

static void
loss_free (gpointer data)
{
  Loss *self = data;
  g_error_free (self->error);
  g_free (self);
}

typedef struct {
  const ScopeWorkers *plan;
  GMutex lock;
  GCond changed;
  GQueue again; /* jobs of workers that are gone, as pointers */
  gsize next;   /* job that nobody has had yet */
  gsize alive;  /* workers */
  gboolean *done;
  GQueue losses; /* Loss, not told yet */
  GError *error; /* what ended the whole */
  ScopeProgress progress;
} Shop;

typedef struct {
  Shop *shop;
  gsize worker;
} Seat;

static double
cost (const ScopeWorkers *plan, gsize job)
{
  return plan->costs != NULL ? plan->costs[job] : 1.0;
}

static gboolean
take_job (Shop *self, gsize *job)
{
  if (self->error != NULL || scope_progress_is_cancelled (&self->progress))
    return FALSE;
  if (!g_queue_is_empty (&self->again)) {
    *job = GPOINTER_TO_SIZE (g_queue_pop_head (&self->again));
    return TRUE;
  }
  if (self->next == self->plan->jobs)
    return FALSE;
  *job = self->next++;
  return TRUE;
}

/* Under the lock; takes ERROR over. FALSE: this worker is gone. */
static gboolean
note_failure (Shop *self, gsize worker, gsize job, GError *error)
{
  gboolean device = g_error_matches (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED)
                    || g_error_matches (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY);
  if (device && self->alive > 1) {
    Loss loss = { worker, job, error };
    g_queue_push_tail (&self->again, GSIZE_TO_POINTER (job));
    g_queue_push_tail (&self->losses, g_memdup2 (&loss, sizeof loss));
    return FALSE;
  }
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
  scope_progress_cancel (&self->progress);
  return FALSE;
}

static gboolean
all_done (const Shop *self)
{
  for (gsize j = 0; j < self->plan->jobs; j++)
    if (!self->done[j])
      return FALSE;
  return TRUE;
}

/* Until nothing is left. A worker with nothing to do waits: another one's job may come back. */
static gpointer
sit (gpointer data)
{
  const Seat *seat = data;
  Shop *self = seat->shop;
  gboolean stays = TRUE;
  gsize job;
  g_mutex_lock (&self->lock);
  while (stays) {
    if (!take_job (self, &job)) {
      if (self->error != NULL || scope_progress_is_cancelled (&self->progress) || all_done (self))
        break;
      g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + POLL);
      continue;
    }
    g_mutex_unlock (&self->lock);
    GError *error = NULL;
    ScopeProgress span = scope_progress_span (&self->progress, 0, 1);
    gboolean good = self->plan->work (job, seat->worker, self->plan->data, &span, &error);
    g_mutex_lock (&self->lock);
    if (good)
      self->done[job] = TRUE;
    else
      stays = note_failure (self, seat->worker, job, error);
    g_cond_broadcast (&self->changed);
  }
  self->alive--;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  return NULL;
}

/* What the caller is told on its own thread. *TOLD jobs are. Under the lock, which is let go. */
static void
tell (Shop *self, gsize *told)
{
  const ScopeWorkers *plan = self->plan;
  Loss *loss;
  while ((loss = g_queue_pop_head (&self->losses)) != NULL) {
    g_mutex_unlock (&self->lock);
    if (plan->lost != NULL)
      plan->lost (loss->worker, loss->job, loss->error, plan->data);
    loss_free (loss);
    g_mutex_lock (&self->lock);
  }
  while (*told < plan->jobs && self->done[*told]) {
    g_mutex_unlock (&self->lock);
    if (plan->ready != NULL)
      plan->ready (*told, plan->data);
    ++*told;
    g_mutex_lock (&self->lock);
  }
}

static double
share_done (const Shop *self)
{
  double done = 0, all = 0;
  for (gsize j = 0; j < self->plan->jobs; j++) {
    all += cost (self->plan, j);
    done += self->done[j] ? cost (self->plan, j) : 0;
  }
  return done / all;
}

/* Under the lock. */
static void
watch (Shop *self, ScopeProgress *progress)
{
  gsize told = 0;
  while (self->alive > 0) {
    g_autoptr (GError) cancelled = NULL;
    g_autofree char *what = g_strdup_printf ("%" G_GSIZE_FORMAT " workers", self->alive);
    g_cond_wait_until (&self->changed, &self->lock, g_get_monotonic_time () + POLL);
    tell (self, &told);
    if (!scope_progress_check (progress, share_done (self), what, &cancelled)) {
      scope_progress_cancel (&self->progress);
      if (self->error == NULL)
        self->error = g_steal_pointer (&cancelled);
    }
  }
  tell (self, &told);
}

static gboolean
run_many (const ScopeWorkers *plan, ScopeProgress *progress, GError **error)
{
  Shop shop
      = { .plan = plan, .alive = plan->workers, .progress = SCOPE_PROGRESS_INIT (NULL, NULL) };
  g_autofree gboolean *done = g_new0 (gboolean, plan->jobs);
  g_autofree Seat *seats = g_new (Seat, plan->workers);
  g_autofree GThread **threads = g_new (GThread *, plan->workers);
  shop.done = done;
  g_mutex_init (&shop.lock);
  g_cond_init (&shop.changed);
  for (gsize w = 0; w < plan->workers; w++) {
    seats[w] = (Seat){ &shop, w };
    threads[w] = g_thread_new ("worker", sit, &seats[w]);
  }
  g_mutex_lock (&shop.lock);
  watch (&shop, progress);
  g_mutex_unlock (&shop.lock);
  for (gsize w = 0; w < plan->workers; w++)
    g_thread_join (threads[w]);
  g_queue_clear (&shop.again);
  g_mutex_clear (&shop.lock);
  g_cond_clear (&shop.changed);
  if (shop.error != NULL)
    g_propagate_error (error, shop.error);
  return shop.error == NULL;
}

static gboolean
run_one (const ScopeWorkers *plan, ScopeProgress *progress, GError **error)
{
  double all = 0, done = 0;
  for (gsize j = 0; j < plan->jobs; j++)
    all += cost (plan, j);
  for (gsize j = 0; j < plan->jobs; j++) {
    double end = done + cost (plan, j);
    ScopeProgress part = scope_progress_span (progress, done / all, end / all);
    if (!plan->work (j, 0, plan->data, &part, error))
      return FALSE;
    if (plan->ready != NULL)
      plan->ready (j, plan->data);
    done = end;
  }
  return TRUE;
}

gboolean
scope_workers_run (const ScopeWorkers *self, ScopeProgress *progress, GError **error)
{
  if (self->jobs == 0)
    return TRUE;
  return self->workers > 1 ? run_many (self, progress, error) : run_one (self, progress, error);
}

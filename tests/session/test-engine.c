/* The engine with injected work: slow, failing, stubborn; no model. */
#include <gio/gio.h>

#include "base/error.h"
#include "session/engine.h"
#include "wait.h"

/* What a piece of work does, and what became of it. Counters are atomic: two threads write them. */
typedef struct {
  const char *name;
  guint steps; /* of 2 ms each, with a poll of the progress after each */
  const char *failure;
  gint started, finished, freed, destroyed, delivered; /* how often */
  GThread *worked_on, *freed_on, *destroyed_on;
  char *message; /* of the delivered error */
} Probe;

static GString *order; /* names of finished work, in order; engine's thread */

static gpointer
probe_work (gpointer input, ScopeProgress *progress, GError **error)
{
  Probe *self = input;

  g_atomic_int_inc (&self->started);
  self->worked_on = g_thread_self ();
  for (guint i = 0; i < self->steps; i++) {
    g_usleep (2000);
    if (!scope_progress_check (progress, (double)i / self->steps, self->name, error))
      return NULL;
  }
  if (self->failure != NULL) {
    g_set_error_literal (error, SCOPE_ERROR, SCOPE_ERROR_FILE, self->failure);
    return NULL;
  }
  if (order != NULL)
    g_string_append (order, self->name);
  g_atomic_int_inc (&self->finished);
  return self;
}

static void
probe_free (gpointer data)
{
  Probe *self = data;

  self->freed_on = g_thread_self ();
  g_atomic_int_inc (&self->freed);
}

static void
probe_destroy (gpointer data)
{
  Probe *self = data;

  self->destroyed_on = g_thread_self ();
  g_atomic_int_inc (&self->destroyed);
}

/* The owner carries the probe that a failed request is about. */
static void
probe_done (gpointer result, const GError *error, gpointer owner)
{
  Probe *self = result != NULL ? result : g_object_get_data (owner, "probe");

  g_assert_true ((result != NULL) != (error != NULL));
  self->delivered++;
  if (error != NULL)
    self->message = g_strdup (error->message);
}

static void
post (ScopeEngine *engine, ScopeRequestKind kind, Probe *probe, GObject *owner)
{
  g_object_set_data (owner, "probe", probe);
  scope_engine_post (engine, kind, probe_work, probe, probe_free, probe_destroy, probe_done, owner);
}

/* --- waiting ------------------------------------------------------------------------------------
 */

static void
on_idle (ScopeEngine *engine, gboolean *idle)
{
  *idle = TRUE;
}

static void
wait_idle (ScopeEngine *engine)
{
  gboolean idle = FALSE;
  gulong handler = g_signal_connect (engine, "idle", G_CALLBACK (on_idle), &idle);

  WAIT (idle);
  g_signal_handler_disconnect (engine, handler);
}

typedef struct {
  ScopeEngine *engine;
  GObject *owner;
  GPtrArray *probes; /* the engine may hold one until it is gone */
} Fixture;

static Probe *
probe_new (Fixture *fixture, const char *name, guint steps)
{
  Probe *self = g_new0 (Probe, 1);

  self->name = name;
  self->steps = steps;
  g_ptr_array_add (fixture->probes, self);
  return self;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->engine = scope_engine_new ();
  self->owner = g_object_new (G_TYPE_OBJECT, NULL);
  self->probes = g_ptr_array_new_with_free_func (g_free);
  order = g_string_new (NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  if (self->engine != NULL)
    g_assert_finalize_object (self->engine);
  if (self->owner != NULL)
    g_assert_finalize_object (self->owner);
  g_ptr_array_unref (self->probes);
  g_string_free (g_steal_pointer (&order), TRUE);
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void
test_comes_home (Fixture *self, gconstpointer data)
{
  Probe *probe = probe_new (self, "m", 0);

  g_assert_false (scope_engine_is_busy (self->engine));
  post (self->engine, SCOPE_REQUEST_MAP, probe, self->owner);
  g_assert_true (scope_engine_is_busy (self->engine));
  g_assert_cmpint (probe->delivered, ==, 0); /* never from inside post() */
  wait_idle (self->engine);
  g_assert_cmpint (probe->delivered, ==, 1);
  g_assert_false (scope_engine_is_busy (self->engine));
  WAIT_ASLEEP (g_atomic_int_get (&probe->freed) == 1);
  g_assert_true (probe->worked_on != g_thread_self ());
  g_assert_true (probe->freed_on == probe->worked_on);
  g_assert_cmpint (probe->destroyed, ==, 0); /* DONE took it */
}

static void
test_newest_wins (Fixture *self, gconstpointer data)
{
  Probe *probe = NULL;
  gint freed = 0;

  for (guint i = 0; i < 10; i++) {
    /* All but the last would take minutes: nothing but being cut short ends them in time. */
    probe = probe_new (self, "m", i < 9 ? G_MAXUINT16 : 10);
    post (self->engine, SCOPE_REQUEST_MAP, probe, self->owner);
    g_usleep (3000);
  }
  wait_idle (self->engine);
  g_assert_cmpint (probe->delivered, ==, 1);
  for (guint i = 0; i < 9; i++) {
    probe = g_ptr_array_index (self->probes, i);
    g_assert_cmpint (probe->delivered, ==, 0);
    g_assert_cmpint (probe->finished, ==, 0); /* cut short, not only dropped */
    freed += g_atomic_int_get (&probe->freed);
  }
  g_assert_cmpint (freed, ==, 9);
}

/* The first is done but has not been fetched when the second is posted. */
static void
test_stale_is_dropped (Fixture *self, gconstpointer data)
{
  Probe *old = probe_new (self, "old", 0);
  Probe *new = probe_new (self, "new", 0);

  post (self->engine, SCOPE_REQUEST_MAP, old, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&old->finished) == 1);
  g_usleep (20000);
  post (self->engine, SCOPE_REQUEST_MAP, new, self->owner);
  wait_idle (self->engine);
  WAIT_ASLEEP (g_atomic_int_get (&old->destroyed) == 1);
  g_assert_cmpint (old->delivered, ==, 0);
  g_assert_true (old->destroyed_on == old->worked_on);
  g_assert_cmpint (new->delivered, ==, 1);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  /* NETWORK before ANSWER, LAYER before MAP: the others would cancel them. */
  static const struct {
    ScopeRequestKind kind;
    const char *name;
  } later[] = {
    { SCOPE_REQUEST_LAYER, "l" },  { SCOPE_REQUEST_PROOF, "p" }, { SCOPE_REQUEST_NETWORK, "n" },
    { SCOPE_REQUEST_ANSWER, "a" }, { SCOPE_REQUEST_DECAY, "d" }, { SCOPE_REQUEST_EXPORT, "e" },
    { SCOPE_REQUEST_MAP, "m" },    { SCOPE_REQUEST_TEXT, "t" },
  };

  post (self->engine, SCOPE_REQUEST_MODEL, probe_new (self, "M", 200), self->owner);
  for (guint i = 0; i < G_N_ELEMENTS (later); i++)
    post (self->engine, later[i].kind, probe_new (self, later[i].name, 0), self->owner);
  wait_idle (self->engine);
  g_assert_cmpstr (order->str, ==, "Mtlmndeap");
}

static void
test_dependents (Fixture *self, gconstpointer data)
{
  Probe *proof = probe_new (self, "p", 2000);
  Probe *layer = probe_new (self, "l", 0);

  post (self->engine, SCOPE_REQUEST_PROOF, proof, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&proof->started) == 1);
  post (self->engine, SCOPE_REQUEST_ANSWER, probe_new (self, "a", 0), self->owner);
  post (self->engine, SCOPE_REQUEST_EXPORT, probe_new (self, "e", 0), self->owner);
  post (self->engine, SCOPE_REQUEST_MAP, probe_new (self, "m", 2000), self->owner);
  post (self->engine, SCOPE_REQUEST_DECAY, probe_new (self, "d", 0), self->owner);
  post (self->engine, SCOPE_REQUEST_LAYER, layer, self->owner);
  wait_idle (self->engine);
  g_assert_cmpint (layer->delivered, ==, 1);
  /* Map, decay and proof were of the old layer; the answer is of no layer, and a file was promised.
   */
  g_assert_cmpstr (order->str, ==, "lea");
}

static void
test_preempts (Fixture *self, gconstpointer data)
{
  Probe *slow = probe_new (self, "slow", 200);
  Probe *map = probe_new (self, "map", 0);

  post (self->engine, SCOPE_REQUEST_ANSWER, slow, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&slow->started) == 1);
  post (self->engine, SCOPE_REQUEST_MAP, map, self->owner);
  WAIT (map->delivered == 1);
  g_assert_cmpint (slow->delivered, ==, 0);
  wait_idle (self->engine);
  g_assert_cmpint (slow->delivered, ==, 1);
  g_assert_cmpint (slow->started, ==, 2);
  g_assert_cmpstr (order->str, ==, "mapslow");
}

static void
post_next (gpointer result, const GError *error, gpointer owner)
{
  Fixture *fixture = g_object_get_data (owner, "fixture");

  post (fixture->engine, SCOPE_REQUEST_MAP, probe_new (fixture, "n", 0), owner);
}

/* What DONE posts goes before what waits in the background, which is not begun in vain. */
static void
test_waits_for_main (Fixture *self, gconstpointer data)
{
  Probe *map = probe_new (self, "m", 0);
  Probe *answer = probe_new (self, "a", 20);

  g_object_set_data (self->owner, "fixture", self);
  scope_engine_post (self->engine, SCOPE_REQUEST_MAP, probe_work, map, probe_free, NULL, post_next,
                     self->owner);
  post (self->engine, SCOPE_REQUEST_ANSWER, answer, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&map->finished) == 1);
  g_usleep (20000); /* main takes its time */
  wait_idle (self->engine);
  g_assert_cmpstr (order->str, ==, "mna");
  g_assert_cmpint (answer->started, ==, 1);
}

/* Nobody is preempted by what comes after it. */
static void
test_later_waits (Fixture *self, gconstpointer data)
{
  Probe *map = probe_new (self, "map", 20);
  Probe *answer = probe_new (self, "answer", 0);

  post (self->engine, SCOPE_REQUEST_MAP, map, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&map->started) == 1);
  post (self->engine, SCOPE_REQUEST_ANSWER, answer, self->owner);
  wait_idle (self->engine);
  g_assert_cmpint (map->started, ==, 1);
  g_assert_cmpstr (order->str, ==, "mapanswer");
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  Probe *slow = probe_new (self, "slow", 5000);
  Probe *waiting = probe_new (self, "waiting", 0);
  Probe *after = probe_new (self, "after", 0);
  gint64 start;

  post (self->engine, SCOPE_REQUEST_TEXT, slow, self->owner);
  post (self->engine, SCOPE_REQUEST_PROOF, waiting, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&slow->started) == 1);
  start = g_get_monotonic_time ();
  scope_engine_cancel_all (self->engine);
  g_assert_false (scope_engine_is_busy (self->engine));
  wait_idle (self->engine); /* the thread itself rests, not only the bookkeeping */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC); /* it takes ten */
  g_assert_cmpint (slow->delivered + waiting->delivered + waiting->started, ==, 0);

  post (self->engine, SCOPE_REQUEST_TEXT, after, self->owner);
  wait_idle (self->engine);
  g_assert_cmpint (after->delivered, ==, 1);
}

static void
test_owner_gone (Fixture *self, gconstpointer data)
{
  Probe *slow = probe_new (self, "slow", 20);

  post (self->engine, SCOPE_REQUEST_MAP, slow, self->owner);
  g_assert_finalize_object (g_steal_pointer (&self->owner));
  wait_idle (self->engine);
  WAIT_ASLEEP (g_atomic_int_get (&slow->destroyed) == 1);
  g_assert_cmpint (slow->delivered, ==, 0);
  g_assert_true (slow->destroyed_on == slow->worked_on);
}

static void
test_errors (Fixture *self, gconstpointer data)
{
  Probe *bad = probe_new (self, "bad", 0);
  Probe *good = probe_new (self, "good", 0);

  bad->failure = "model.safetensors: broken";
  post (self->engine, SCOPE_REQUEST_MODEL, bad, self->owner);
  wait_idle (self->engine);
  g_assert_cmpint (bad->delivered, ==, 1);
  g_assert_cmpstr (bad->message, ==, "model.safetensors: broken");
  g_free (bad->message);
  post (self->engine, SCOPE_REQUEST_MODEL, good, self->owner);
  wait_idle (self->engine);
  g_assert_cmpint (good->delivered, ==, 1);
}

static void
test_finalize_while_running (Fixture *self, gconstpointer data)
{
  Probe *fetched = probe_new (self, "f", 0);
  Probe *slow = probe_new (self, "slow", 5000);
  Probe *waiting = probe_new (self, "waiting", 0);
  Probe *held = probe_new (self, "held", 0);
  gint64 start;

  post (self->engine, SCOPE_REQUEST_MODEL, fetched, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&fetched->finished) == 1); /* its result lies in the outbox */
  post (self->engine, SCOPE_REQUEST_TEXT, slow, self->owner);
  post (self->engine, SCOPE_REQUEST_PROOF, waiting, self->owner);
  WAIT_ASLEEP (g_atomic_int_get (&slow->started) == 1);
  scope_engine_release (self->engine, held, probe_destroy);
  start = g_get_monotonic_time ();
  g_assert_finalize_object (g_steal_pointer (&self->engine));
  g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC); /* it takes ten */
  g_assert_cmpint (fetched->destroyed + held->destroyed, ==, 2);
  g_assert_cmpint (fetched->freed + slow->freed + waiting->freed, ==, 3);
  g_assert_true (held->destroyed_on == slow->worked_on && waiting->freed_on == slow->worked_on);
  while (g_main_context_iteration (NULL, FALSE)) /* nothing comes after the end */
    ;
  g_assert_cmpint (fetched->delivered + slow->delivered, ==, 0);
}

static void
drop_engine (gpointer result, const GError *error, gpointer owner)
{
  Fixture *fixture = g_object_get_data (owner, "fixture");

  g_clear_object (&fixture->engine);
}

static void
test_dropped_in_done (Fixture *self, gconstpointer data)
{
  Probe *probe = probe_new (self, "m", 0);
  Probe *other = probe_new (self, "a", 0);

  g_object_set_data (self->owner, "fixture", self);
  scope_engine_post (self->engine, SCOPE_REQUEST_MAP, probe_work, probe, probe_free, NULL,
                     drop_engine, self->owner);
  scope_engine_post (self->engine, SCOPE_REQUEST_ANSWER, probe_work, other, probe_free, NULL,
                     drop_engine, self->owner);
  WAIT (self->engine == NULL);
  g_assert_cmpint (g_atomic_int_get (&probe->freed) + g_atomic_int_get (&other->freed), ==, 2);
}

typedef struct {
  guint count;
  double last;
} Reports;

static void
on_progress (ScopeEngine *engine, double fraction, const char *what, Reports *reports)
{
  g_assert_cmpfloat (fraction, >=, reports->last);
  g_assert_cmpstr (what, ==, "long");
  reports->last = fraction;
  reports->count++;
}

static void
test_progress (Fixture *self, gconstpointer data)
{
  Probe *probe = probe_new (self, "long", 300);
  Reports reports = { 0, 0.0 };
  gint64 start = g_get_monotonic_time ();

  g_signal_connect (self->engine, "progress", G_CALLBACK (on_progress), &reports);
  post (self->engine, SCOPE_REQUEST_TEXT, probe, self->owner);
  wait_idle (self->engine);
  double seconds = (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_assert_cmpuint (reports.count, >=, 3);
  g_assert_cmpuint (reports.count, <=, (guint)(seconds * 15.0) + 1); /* 300 were made */
  g_assert_cmpfloat (reports.last, >, 0.5);
}

static void
test_release (Fixture *self, gconstpointer data)
{
  Probe *probe = probe_new (self, "m", 0);
  Probe *held = probe_new (self, "held", 0);

  post (self->engine, SCOPE_REQUEST_MAP, probe, self->owner);
  scope_engine_release (self->engine, held, probe_destroy);
  scope_engine_release (self->engine, NULL, probe_destroy);
  wait_idle (self->engine);
  WAIT_ASLEEP (g_atomic_int_get (&held->destroyed) == 1);
  g_assert_true (held->destroyed_on == probe->worked_on);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "/engine/comes-home", test_comes_home },
    { "/engine/newest-wins", test_newest_wins },
    { "/engine/stale-is-dropped", test_stale_is_dropped },
    { "/engine/order", test_order },
    { "/engine/dependents", test_dependents },
    { "/engine/preempts", test_preempts },
    { "/engine/waits-for-main", test_waits_for_main },
    { "/engine/later-waits", test_later_waits },
    { "/engine/cancel", test_cancel },
    { "/engine/owner-gone", test_owner_gone },
    { "/engine/errors", test_errors },
    { "/engine/finalize-while-running", test_finalize_while_running },
    { "/engine/dropped-in-done", test_dropped_in_done },
    { "/engine/progress", test_progress },
    { "/engine/release", test_release },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}

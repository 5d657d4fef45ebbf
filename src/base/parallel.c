#include "base/parallel.h"

/* Enough pieces to balance any number of cores that we expect, few enough that taking one costs
 * nothing beside it. */
#define MAX_PIECES 256

/* One running loop. It lives on its caller's stack; the caller unlinks it and waits for ACTIVE to
 * reach 0 before it returns. */
typedef struct _Loop Loop;
struct _Loop {
  ScopeParallelFunc func;
  gpointer data;
  gsize count, pieces;
  gsize next;    /* atomic: the next piece to take */
  guint helpers; /* threads that have joined, under the lock; each one's number is its worker */
  guint most_helpers;
  guint active; /* helpers that have not left yet, under the lock */
  Loop *link;
};

static GMutex lock;
static GCond work_cond, done_cond;
static Loop *loops; /* those with pieces left to take, perhaps */
static GPtrArray *pool;
static gint wanted_threads; /* atomic; 0: one per processor */
static GPrivate inside = G_PRIVATE_INIT (NULL);

static void
loop_run (Loop *loop, guint worker)
{
  gpointer outer = g_private_get (&inside);
  g_private_set (&inside, GINT_TO_POINTER (1));
  gsize size = loop->count / loop->pieces, longer = loop->count % loop->pieces;
  for (;;) {
    gsize piece = __atomic_fetch_add (&loop->next, 1, __ATOMIC_RELAXED);
    if (piece >= loop->pieces)
      break;
    gsize begin = piece * size + MIN (piece, longer);
    loop->func (begin, begin + size + (piece < longer), worker, loop->data);
  }
  g_private_set (&inside, outer);
}

static Loop *
find_loop (void)
{
  for (Loop *loop = loops; loop != NULL; loop = loop->link)
    if (loop->helpers < loop->most_helpers
        && __atomic_load_n (&loop->next, __ATOMIC_RELAXED) < loop->pieces)
      return loop;
  return NULL;
}

static gpointer
pool_thread (gpointer data)
{
  g_mutex_lock (&lock);
  for (;;) {
    Loop *loop = find_loop ();
    if (loop == NULL) {
      g_cond_wait (&work_cond, &lock);
      continue;
    }
    guint worker = ++loop->helpers;
    loop->active++;
    g_mutex_unlock (&lock);
    loop_run (loop, worker);
    g_mutex_lock (&lock);
    if (--loop->active == 0)
      g_cond_broadcast (&done_cond);
  }
  return NULL;
}

/* Under the lock. A thread that cannot be had is done without: the caller does all the work. The
 * threads live as long as the process. */
static void
pool_grow (guint threads)
{
  if (pool == NULL)
    pool = g_ptr_array_new ();
  while (pool->len < threads) {
    GThread *thread = g_thread_try_new ("scope-pool", pool_thread, NULL, NULL);
    if (thread == NULL)
      return;
    g_ptr_array_add (pool, thread);
  }
}

static void
loop_share (Loop *loop)
{
  g_mutex_lock (&lock);
  pool_grow (loop->most_helpers);
  loop->link = loops;
  loops = loop;
  g_cond_broadcast (&work_cond);
  g_mutex_unlock (&lock);

  loop_run (loop, 0);

  g_mutex_lock (&lock);
  Loop **at = &loops;
  while (*at != loop)
    at = &(*at)->link;
  *at = loop->link;
  while (loop->active > 0)
    g_cond_wait (&done_cond, &lock);
  g_mutex_unlock (&lock);
}

void
scope_parallel_for (gsize count, gsize grain, ScopeParallelFunc func, gpointer data)
{
  if (count == 0)
    return;
  Loop loop = { .func = func, .data = data, .count = count };
  loop.pieces = CLAMP (count / MAX (grain, 1), 1, MAX_PIECES);
  loop.most_helpers = (guint)MIN (scope_parallel_threads (), loop.pieces) - 1;
  if (loop.most_helpers == 0 || g_private_get (&inside) != NULL)
    loop_run (&loop, 0);
  else
    loop_share (&loop);
}

void
scope_parallel_set_threads (guint threads)
{
  g_atomic_int_set (&wanted_threads, (gint)MIN (threads, 1024));
}

guint
scope_parallel_threads (void)
{
  gint threads = g_atomic_int_get (&wanted_threads);
  return threads > 0 ? (guint)threads : MAX (g_get_num_processors (), 1);
}

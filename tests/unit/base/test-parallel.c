#include <string.h>

#include "base/parallel.h"
#include "test-support.h"

#define MAX_COUNT 5000

typedef struct {
  gsize count, grain;
  guint threads;
  gint seen[MAX_COUNT];  /* atomic: how often each index was worked on */
  gint first[MAX_COUNT]; /* 1 where a piece begins */
  gint busy[64];         /* atomic: bodies that run as this worker */
  gint wrong;            /* atomic */
} Check;

static void
check_body (gsize begin, gsize end, guint worker, gpointer data)
{
  Check *check = data;
  if (worker >= check->threads || g_atomic_int_add (&check->busy[worker], 1) != 0 || begin >= end
      || end > check->count || (end - begin < check->grain && check->count >= check->grain))
    g_atomic_int_inc (&check->wrong);
  check->first[begin] = 1;
  for (gsize i = begin; i < end; i++)
    g_atomic_int_inc (&check->seen[i]);
  g_atomic_int_add (&check->busy[worker], -1);
}

static void
run_check (Check *check, guint threads, gsize count, gsize grain)
{
  memset (check, 0, sizeof *check);
  check->threads = threads;
  check->count = count;
  check->grain = grain;
  scope_parallel_for (count, grain, check_body, check);
  g_assert_cmpint (check->wrong, ==, 0);
  for (gsize i = 0; i < MAX_COUNT; i++)
    g_assert_cmpint (check->seen[i], ==, i < count);
}

static void
test_covers (void)
{
  static Check check, single;
  const gsize counts[] = { 0, 1, 2, 3, 17, 256, 257, 1000, 4999 },
              grains[] = { 0, 1, 7, 256, 9999 };
  for (guint threads = 1; threads <= 5; threads++)
    for (gsize i = 0; i < G_N_ELEMENTS (counts); i++)
      for (gsize j = 0; j < G_N_ELEMENTS (grains); j++) {
        scope_parallel_set_threads (1);
        run_check (&single, 1, counts[i], grains[j]);
        scope_parallel_set_threads (threads);
        g_assert_cmpuint (scope_parallel_threads (), ==, threads);
        run_check (&check, threads, counts[i], grains[j]);
        g_assert_cmpmem (check.first, sizeof check.first, single.first, sizeof single.first);
      }
  scope_parallel_set_threads (0);
  g_assert_cmpuint (scope_parallel_threads (), ==, g_get_num_processors ());
}

static void
ascending_body (gsize begin, gsize end, guint worker, gpointer data)
{
  gsize *next = data;
  g_assert_cmpuint (worker, ==, 0);
  g_assert_cmpuint (begin, ==, *next);
  *next = end;
}

static void
test_single_ascends (void)
{
  gsize next = 0;
  scope_parallel_set_threads (1);
  scope_parallel_for (1234, 10, ascending_body, &next);
  g_assert_cmpuint (next, ==, 1234);
}

static void
sum_body (gsize begin, gsize end, guint worker, gpointer data)
{
  gint *sum = data;
  for (gsize i = begin; i < end; i++)
    g_atomic_int_add (sum, (gint)i);
}

static void
nested_body (gsize begin, gsize end, guint worker, gpointer data)
{
  for (gsize i = begin; i < end; i++) {
    gsize next = 0;
    scope_parallel_for (100, 3, ascending_body, &next);
    g_assert_cmpuint (next, ==, 100);
    scope_parallel_for (10, 1, sum_body, data);
  }
}

static void
test_nested (void)
{
  gint sum = 0;
  scope_parallel_set_threads (4);
  scope_parallel_for (50, 1, nested_body, &sum);
  g_assert_cmpint (sum, ==, 50 * 45);
}

static gpointer
loop_thread (gpointer data)
{
  for (int round = 0; round < 200; round++) {
    gint sum = 0;
    scope_parallel_for (100, 1, sum_body, &sum);
    if (sum != 4950)
      return GINT_TO_POINTER (1);
  }
  return NULL;
}

static void
test_many_callers (void)
{
  GThread *threads[6];
  scope_parallel_set_threads (3);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new (NULL, loop_thread, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_assert_null (g_thread_join (threads[i]));
}

/* Two bodies that wait for each other end only if they run at the same time. */
static void
meet_body (gsize begin, gsize end, guint worker, gpointer data)
{
  gint *present = data;
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;
  g_atomic_int_inc (present);
  while (g_atomic_int_get (present) < 2 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
}

static void
test_concurrent (void)
{
  gint present = 0;
  scope_parallel_set_threads (2);
  gint64 start = g_get_monotonic_time ();
  scope_parallel_for (2, 1, meet_body, &present);
  g_assert_cmpint (present, ==, 2);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 20 * G_TIME_SPAN_SECOND);
}

/* Four bodies that all run at once have four workers; nobody returns before the slowest is done. */
typedef struct {
  gint present, finished; /* atomic */
  gint seen[4];           /* atomic, by worker */
} Meeting;

static void
slow_body (gsize begin, gsize end, guint worker, gpointer data)
{
  Meeting *meeting = data;
  gint64 deadline = g_get_monotonic_time () + 20 * G_TIME_SPAN_SECOND;
  g_assert_cmpuint (worker, <, 4);
  g_atomic_int_inc (&meeting->seen[worker]);
  g_atomic_int_inc (&meeting->present);
  while (g_atomic_int_get (&meeting->present) < 4 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  g_usleep (worker == 0 ? 0 : 30000);
  g_atomic_int_inc (&meeting->finished);
}

static void
test_workers (void)
{
  Meeting meeting = { 0 };
  scope_parallel_set_threads (4);
  scope_parallel_for (4, 1, slow_body, &meeting);
  g_assert_cmpint (g_atomic_int_get (&meeting.finished), ==, 4);
  for (gsize i = 0; i < G_N_ELEMENTS (meeting.seen); i++)
    g_assert_cmpint (meeting.seen[i], ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parallel/covers", test_covers);
  g_test_add_func ("/parallel/single-ascends", test_single_ascends);
  g_test_add_func ("/parallel/nested", test_nested);
  g_test_add_func ("/parallel/many-callers", test_many_callers);
  g_test_add_func ("/parallel/concurrent", test_concurrent);
  g_test_add_func ("/parallel/workers", test_workers);
  return g_test_run ();
}

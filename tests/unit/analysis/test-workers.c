/* Workers: every job done once and told in order for any number of workers, a lost worker's job
 * done by another, the first real error ends all, a cancel is answered. */
#include "analysis/workers.h"
#include "base/error.h"

#define JOBS 37

typedef struct {
  gint done[JOBS];       /* atomic: how often each was done */
  gsize told;            /* jobs told of, in order */
  guint losses;          /* workers told to be lost */
  gint dying;            /* the worker whose device fails at its first job; -1: none */
  gint bad;              /* the job that is an error; -1: none */
  ScopeProgress *cancel; /* cancelled in the first job */
  GThread *caller;
} Board;

static gboolean
do_job (gsize job, gsize worker, gpointer data, ScopeProgress *progress, GError **error)
{
  Board *board = data;
  if ((gint)worker == board->dying) {
    g_set_error_literal (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED, "it burns");
    return FALSE;
  }
  if ((gint)job == board->bad) {
    g_set_error_literal (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER, "job is bad");
    return FALSE;
  }
  if (board->cancel != NULL)
    scope_progress_cancel (board->cancel);
  for (int i = 0; i < 20; i++) { /* long enough that all workers get some */
    g_usleep (board->cancel != NULL ? 5000 : 50);
    if (!scope_progress_check (progress, i / 20.0, "working", error))
      return FALSE;
  }
  g_atomic_int_inc (&board->done[job]);
  return TRUE;
}

static void
note_ready (gsize job, gpointer data)
{
  Board *board = data;
  g_assert_cmpuint (job, ==, board->told);
  g_assert_true (g_thread_self () == board->caller);
  g_assert_cmpint (g_atomic_int_get (&board->done[job]), ==, 1);
  board->told++;
}

static void
note_lost (gsize worker, gsize job, const GError *error, gpointer data)
{
  Board *board = data;
  g_assert_cmpint ((gint)worker, ==, board->dying);
  g_assert_cmpuint (job, <, JOBS);
  g_assert_cmpstr (error->message, ==, "it burns");
  board->losses++;
}

static gboolean
run_board (Board *board, gsize workers, ScopeProgress *progress, GError **error)
{
  ScopeWorkers plan = { .workers = workers,
                        .jobs = JOBS,
                        .work = do_job,
                        .ready = note_ready,
                        .lost = note_lost,
                        .data = board };
  board->caller = g_thread_self ();
  return scope_workers_run (&plan, progress, error);
}

static void
test_all (void)
{
  for (gsize workers = 1; workers <= 5; workers += 2) {
    g_autoptr (GError) error = NULL;
    Board board = { .dying = -1, .bad = -1 };
    g_assert_true (run_board (&board, workers, NULL, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (board.told, ==, JOBS);
    g_assert_cmpuint (board.losses, ==, 0);
  }
}

static void
test_lost (void)
{
  g_autoptr (GError) error = NULL;
  Board board = { .dying = 1, .bad = -1 };
  g_assert_true (run_board (&board, 3, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (board.told, ==, JOBS);
  g_assert_cmpuint (board.losses, ==, 1);
}

static void
test_last_lost (void)
{
  g_autoptr (GError) error = NULL;
  Board board = { .dying = 0, .bad = -1 };
  g_assert_false (run_board (&board, 1, NULL, &error));
  g_assert_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_FAILED);
}

static void
test_error (void)
{
  for (gsize workers = 1; workers <= 4; workers++) {
    g_autoptr (GError) error = NULL;
    Board board = { .dying = -1, .bad = 11 };
    g_assert_false (run_board (&board, workers, NULL, &error));
    g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER);
    g_assert_cmpuint (board.told, <=, 11);
  }
}

static void
test_cancel (void)
{
  for (gsize workers = 1; workers <= 3; workers += 2) {
    g_autoptr (GError) error = NULL;
    ScopeProgress progress = SCOPE_PROGRESS_INIT (NULL, NULL);
    Board board = { .dying = -1, .bad = -1, .cancel = &progress };
    g_assert_false (run_board (&board, workers, &progress, &error));
    g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_CANCELLED);
    g_assert_cmpuint (board.told, <, JOBS);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/workers/all", test_all);
  g_test_add_func ("/workers/lost", test_lost);
  g_test_add_func ("/workers/last-lost", test_last_lost);
  g_test_add_func ("/workers/error", test_error);
  g_test_add_func ("/workers/cancel", test_cancel);
  return g_test_run ();
}

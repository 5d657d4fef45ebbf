/* Every view is visited, with something open and while it works; then the window is closed, and
 * nothing may hold on to it. */
#include "harness.h"

static void
visit_all (ScopeWindow *window)
{
  g_auto (GStrv) views = harness_views (window);
  g_assert_cmpuint (g_strv_length (views), >, 1);
  for (char **view = views; *view != NULL; view++) {
    scope_window_show_view (window, *view);
    harness_run_for (120);
    g_assert_true (harness_settle (window, 120));
    scope_session_set_cursor (scope_window_get_session (window), 40, 20);
    harness_run_for (80);
  }
}

static void
test_visited (void)
{
  ScopeWindow *window = harness_window ();
  harness_open_sample (window, "novel-mamba2-6m", "the-letter.txt");
  g_assert_true (harness_settle (window, 120));
  visit_all (window);
  scope_session_set_filter_on (scope_window_get_session (window), TRUE);
  g_assert_true (harness_settle (window, 120));
  visit_all (window);
  harness_assert_gone (window);
}

/* With nothing open, and with another model put in place of the first. */
static void
test_empty_and_again (void)
{
  ScopeWindow *window = harness_window ();
  g_auto (GStrv) views = harness_views (window);
  for (char **view = views; *view != NULL; view++) {
    scope_window_show_view (window, *view);
    harness_run_for (30);
  }
  harness_open_sample (window, "novel-mamba2-6m", "the-letter.txt");
  g_assert_true (harness_settle (window, 120));
  visit_all (window);
  harness_open_sample (window, "rescue-mamba2-5m", "the-letter.txt");
  g_assert_true (harness_settle (window, 120));
  visit_all (window);
  harness_assert_gone (window);
}

/* Each view is closed at the moment at which it works most. */
static void
test_closed_while_busy (gconstpointer data)
{
  const char *view = data;
  ScopeWindow *window = harness_window ();
  harness_open_sample (window, "rescue-mamba2-5m", "pass-key.txt");
  g_assert_true (harness_settle (window, 120));
  scope_window_show_view (window, view);
  harness_run_for (60);
  scope_session_set_filter_on (scope_window_get_session (window), TRUE);
  harness_run_for (30);
  harness_assert_gone (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/views/visited", test_visited);
  g_test_add_func ("/ui/views/empty-and-again", test_empty_and_again);
  ScopeWindow *window = harness_window ();
  g_auto (GStrv) views = harness_views (window);
  for (char **view = views; *view != NULL; view++) {
    g_autofree char *path = g_strconcat ("/ui/views/closed-while-busy/", *view, NULL);
    g_test_add_data_func_full (path, g_strdup (*view), test_closed_while_busy, g_free);
  }
  harness_assert_gone (window);
  return g_test_run ();
}

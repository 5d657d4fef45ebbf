/* The window with a real session: it settles, follows the session, and leaves nothing behind. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "test-support.h"
#include "ui/map-view.h"
#include "ui/restore.h"

static void
test_empty_window (void)
{
  ScopeWindow *window = harness_window ();
  harness_run_for (200);
  harness_assert_gone (window);
}

static void
test_sample (void)
{
  ScopeWindow *window = harness_window ();
  ScopeSession *session = scope_window_get_session (window);
  harness_open_sample (window, "novel-mamba2-6m", "the-tide-books.txt");
  harness_rest (window);
  ScopeMapView *map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (window), SCOPE_TYPE_MAP_VIEW));
  const ScopeMapGeometry *g = scope_map_view_get_geometry (map);
  g_assert_cmpfloat (g->length, ==, scope_tokens_count (scope_session_get_tokens (session)));
  g_assert_true (g->fitted);
  scope_map_view_go_to (map, 20, 7);
  g_assert_cmpuint (scope_session_get_row (session), ==, 20);
  g_assert_cmpuint (scope_session_get_column (session), ==, 7);
  gsize row, column;
  g_assert_true (scope_map_geometry_cell (g, scope_map_geometry_px (g, 7.5),
                                          scope_map_geometry_py (g, 20.5), &row, &column));
  harness_rest (window);
  /* What is in sight is there, cell by cell. */
  ScopeResult *shown = scope_session_get_map (session);
  ScopeRange wanted = scope_map_geometry_visible (g);
  g_assert_cmpuint (shown->range.row_begin, <=, wanted.row_begin);
  g_assert_cmpuint (shown->range.row_end, >=, wanted.row_end);
  g_assert_cmpuint (shown->range.column_begin, <=, wanted.column_begin);
  g_assert_cmpuint (shown->range.column_end, >=, wanted.column_end);
  g_assert_cmpuint (scope_matrix_rows (shown->matrix), ==,
                    shown->range.row_end - shown->range.row_begin);
  scope_window_show_view (window, "decay");
  harness_run_for (200);
  harness_assert_gone (window);
}

/* The part of the figure, in the middle and as large as it fits; its blocks and its colours. */
static void
assert_map_shows (ScopeWindow *window)
{
  ScopeMapView *map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (window), SCOPE_TYPE_MAP_VIEW));
  const ScopeMapGeometry *g = scope_map_view_get_geometry (map);
  g_assert_cmpfloat_with_epsilon (g->y + g->height / g->scale / 2, 40, 1e-9);
  g_assert_cmpfloat_with_epsilon (g->x + g->width / g->scale / 2, 20, 1e-9);
  g_assert_cmpfloat_with_epsilon (MIN (g->width, g->height) / g->scale, 20, 1e-9);
  g_assert_cmpfloat (scope_map_view_get_norm (map)->low, ==, 1e-4);
  g_assert_cmpfloat (scope_map_view_get_norm (map)->high, ==, 0.1);
  g_autofree char *line = scope_session_view_command (scope_window_get_session (window), "map");
  g_assert_nonnull (strstr (line, "--rows "));
}

/* A figure of ours brings back what it shows; another picture says that it is none. */
static void
test_restore (void)
{
  ScopeWindow *window = harness_window ();
  ScopeSession *session = scope_window_get_session (window);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "figure.svg", NULL);
  g_autofree char *svg = g_strdup_printf (
      "<?xml version=\"1.0\"?><svg><metadata><m:entry key=\"recipe\">{ \"mambascope\": 1, "
      "\"model\": "
      "\"%s/models/rescue-mamba2-5m\", \"text\": \"%s/texts/the-letter.txt\", \"panels\": [ { "
      "\"kind\": \"map\", \"layer\": 6, \"channel\": 3, \"matrix\": \"skip\", \"filter\": "
      "\"longmamba\", \"range\": [30, 50, 10, 30], \"reduce\": \"absmax\", \"value_range\": [1e-4, "
      "0.1]"
      " } ], \"epsilon\": 0.01 }</m:entry></metadata></svg>",
      scope_test_samples (), scope_test_samples ());
  g_assert_true (g_file_set_contents (path, svg, -1, &error));
  g_assert_true (scope_window_restore (window, path, &error));
  harness_rest (window);
  g_assert_cmpuint (scope_session_get_layer (session), ==, 6);
  g_assert_cmpuint (scope_session_get_channel (session), ==, 3);
  g_assert_cmpint (scope_session_get_kind (session), ==, SCOPE_MATRIX_SKIP);
  g_assert_true (scope_session_get_filter_on (session));
  g_assert_cmpfloat (scope_session_get_epsilon (session), ==, 0.01);
  assert_map_shows (window);
  g_assert_true (g_file_set_contents (path, "<?xml version=\"1.0\"?><svg/>", -1, &error));
  g_assert_false (scope_window_restore (window, path, &error));
  g_assert_nonnull (strstr (error->message, "figure.svg"));
  harness_assert_gone (window);
}

/* The colour scale only widens, so that what is seen before and after a change can be compared. */
static void
test_scale_only_widens (void)
{
  ScopeWindow *window = harness_window ();
  ScopeSession *session = scope_window_get_session (window);
  harness_open_sample (window, "novel-mamba2-6m", "the-letter.txt");
  harness_rest (window);
  ScopeMapView *map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (window), SCOPE_TYPE_MAP_VIEW));
  double high = scope_map_view_get_norm (map)->high;
  for (gsize channel = 0; channel < 8; channel++) {
    scope_session_set_channel (session, channel);
    harness_rest (window);
    const ScopeNorm *norm = scope_map_view_get_norm (map);
    g_assert_cmpfloat (norm->high, >=, high);
    g_assert_cmpfloat_with_epsilon (norm->low / norm->high, 1e-6, 1e-12);
    high = norm->high;
  }
  harness_assert_gone (window);
}

static void
test_failure_keeps_start_page (void)
{
  ScopeWindow *window = harness_window ();
  g_autofree char *folder = scope_test_folder ();
  gboolean failed = FALSE;
  scope_window_open (window, folder, NULL);
  harness_rest (window);
  g_assert_true (scope_window_is_settled (window, &failed));
  g_assert_true (failed);
  g_assert_null (scope_session_get_model (scope_window_get_session (window)));
  harness_assert_gone (window);
}

/* A hybrid model: layers with shared attention say so, its heads are listed where there are any,
 * and the title names what is on screen, on a scale of its own. */
static void
test_hybrid (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_ZAMBA2, .train_length = 40, .seed = 51 };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autofree char *path = g_build_filename (folder, "ids.json", NULL);
  g_assert_true (g_file_set_contents (path, "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]", -1, NULL));
  g_autofree char *text = g_strconcat ("@", path, NULL);
  ScopeWindow *window = harness_window ();
  ScopeSession *session = scope_window_get_session (window);
  scope_window_open (window, folder, text);
  harness_rest (window);
  g_assert_nonnull (harness_shown (GTK_WIDGET (window), "attention"));
  scope_session_set_layer (session, 1);
  harness_rest (window);
  g_assert_nonnull (harness_shown (GTK_WIDGET (window), "Attention head 0"));
  scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, 2);
  harness_rest (window);
  g_assert_nonnull (
      strstr (gtk_window_get_title (GTK_WINDOW (window)), "layer 1 · attention head 2"));
  ScopeMapView *map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (window), SCOPE_TYPE_MAP_VIEW));
  g_assert_cmpfloat (scope_map_view_get_norm (map)->high, ==,
                     1); /* the first row sees itself alone */
  scope_session_set_layer (session, 2);
  harness_rest (window);
  g_assert_null (harness_shown (GTK_WIDGET (window), "Attention head 0"));
  g_assert_nonnull (strstr (gtk_window_get_title (GTK_WINDOW (window)), "layer 2 · head 2"));
  harness_assert_gone (window);
}

/* Closing in the middle of a run stops it. */
static void
test_close_while_busy (void)
{
  ScopeWindow *window = harness_window ();
  harness_open_sample (window, "novel-mamba-6m", "the-tide-books.txt");
  harness_run_for (150);
  harness_assert_gone (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/window/restore", test_restore);
  g_test_add_func ("/ui/window/empty", test_empty_window);
  g_test_add_func ("/ui/window/sample", test_sample);
  g_test_add_func ("/ui/window/scale", test_scale_only_widens);
  g_test_add_func ("/ui/window/hybrid", test_hybrid);
  g_test_add_func ("/ui/window/failure", test_failure_keeps_start_page);
  g_test_add_func ("/ui/window/close-while-busy", test_close_while_busy);
  return g_test_run ();
}

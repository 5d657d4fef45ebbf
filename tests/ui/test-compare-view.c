/* The Compare view by pointer and keys: the numbers of the cell are the command line's under both
 * filters, both squares move as one, Space flips. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "input.h"
#include "ui/compare-plot.h"
#include "ui/compare-view.h"

#include "test-support.h"

#define ROW 2417

static const char *cli; /* mambascope-cli */

/* --- what is shown ------------------------------------------------------------------------------
 */

static GtkWidget *
find_text (GtkWidget *widget, GType type, const char *start)
{
  gboolean is_one = g_type_is_a (G_OBJECT_TYPE (widget), type)
                    && (!GTK_IS_LABEL (widget) || gtk_widget_has_css_class (widget, "numeric"));
  const char *said = !is_one                 ? NULL
                     : GTK_IS_LABEL (widget) ? gtk_label_get_text (GTK_LABEL (widget))
                                             : gtk_button_get_label (GTK_BUTTON (widget));
  GtkWidget *found = said != NULL && g_str_has_prefix (said, start) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_text (child, type, start);
  return found;
}

static double
shown_number (GtkWidget *view, const char *name)
{
  g_autofree char *start = g_strconcat (name, " ", NULL);
  GtkWidget *label = find_text (view, GTK_TYPE_LABEL, start);
  g_assert_nonnull (label);
  return harness_number (gtk_label_get_text (GTK_LABEL (label)) + strlen (start));
}

/* --- what the command line says -----------------------------------------------------------------
 */

/* Row ROW of the selected map; the caller's. */
static float *
cli_row (ScopeSession *session, const char *filter)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *out = g_build_filename (folder, "row.npy", NULL);
  g_autofree char *model
      = g_build_filename (scope_test_samples (), "models/rescue-mamba2-5m", NULL);
  g_autofree char *text = g_build_filename (scope_test_samples (), "texts/pass-key.txt", NULL);
  g_autofree char *layer = g_strdup_printf ("%" G_GSIZE_FORMAT, scope_session_get_layer (session));
  g_autofree char *channel
      = g_strdup_printf ("%" G_GSIZE_FORMAT, scope_session_get_channel (session));
  g_autofree char *rows = g_strdup_printf ("%d:%d", ROW, ROW + 1);
  const char *command[] = { cli,         "attention", model,    text, "--layer",  layer,
                            "--channel", channel,     "--rows", rows, "--filter", filter,
                            "--backend", "cpu",       "--out",  out,  NULL };
  g_autofree char *bytes = NULL;
  gsize length, size = scope_tokens_count (scope_session_get_tokens (session)) * sizeof (float);
  int status;
  g_assert_true (g_spawn_sync (NULL, (char **)command, NULL,
                               G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, NULL));
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  g_assert_true (g_file_get_contents (out, &bytes, &length, NULL));
  g_assert_cmpuint (length, >, size);
  return g_memdup2 (bytes + length - size, size); /* float32 behind the header */
}

/* --- the test -----------------------------------------------------------------------------------
 */

static void
settle (ScopeWindow *window)
{
  harness_run_for (100); /* what is asked for once the view has rested is asked for */
  g_assert_true (harness_settle (window, 120));
  harness_run_for (100);
}

/* Four digits are shown; those of B - A are of a difference. */
static void
assert_shown (GtkWidget *view, const char *name, double expected, double scale)
{
  g_assert_cmpfloat (fabs (shown_number (view, name) - expected), <=, 6e-4 * scale);
}

/* At the nearest token that the filter kept, and at the nearest that it dropped. */
static void
assert_numbers (ScopeWindow *window, GtkWidget *view)
{
  ScopeSession *session = scope_window_get_session (window);
  g_autofree float *a = cli_row (session, "off");
  g_autofree float *b = cli_row (session, "longmamba");
  for (guint kept = 0; kept < 2; kept++) {
    gsize column = ROW - 1;
    while (column > 0 && (b[column] != 0) != (kept == 1))
      column--;
    g_assert_cmpuint (column, >, 0);
    g_assert_cmpfloat (a[column], !=, 0);
    scope_session_set_cursor (session, ROW, column);
    harness_run_for (50);
    assert_shown (view, "A", a[column], fabsf (a[column]));
    assert_shown (view, "B", b[column], fabsf (b[column]));
    assert_shown (view, "B − A", b[column] - a[column], fabsf (a[column]) + fabsf (b[column]));
  }
}

/* The wheel over the second square zooms the one geometry that both have. */
static void
check_zoom (ScopeWindow *window, GtkWidget *view, ScopeComparePlot *plot)
{
  const ScopeMapGeometry *g = scope_compare_plot_get_geometry (plot);
  graphene_rect_t box;
  input_click_on (find_text (view, GTK_TYPE_TOGGLE_BUTTON, "Beside"));
  settle (window);
  g_assert_true (g->fitted);
  double fitted = g->scale;
  g_assert_true (gtk_widget_compute_bounds (GTK_WIDGET (plot), GTK_WIDGET (window), &box));
  input_move (box.origin.x + 0.8 * box.size.width, box.origin.y + box.size.height / 2);
  harness_run_for (50);
  input_wheel (-4);
  settle (window);
  g_assert_cmpfloat_with_epsilon (g->scale, fitted * pow (1.25, 4), 1e-9);
  gtk_widget_activate_action (GTK_WIDGET (window), "win.zoom-fit", NULL);
  settle (window);
  g_assert_true (g->fitted);
}

static void
check_flip (ScopeWindow *window, GtkWidget *view, ScopeComparePlot *plot)
{
  input_click_on (find_text (view, GTK_TYPE_TOGGLE_BUTTON, "Flip"));
  settle (window);
  gtk_widget_grab_focus (GTK_WIDGET (plot));
  g_assert_cmpint (scope_compare_plot_shows (plot), ==, SCOPE_PICTURE_A);
  input_hold (GDK_KEY_space, TRUE);
  harness_run_for (100);
  g_assert_cmpint (scope_compare_plot_shows (plot), ==, SCOPE_PICTURE_B);
  input_hold (GDK_KEY_space, FALSE);
  harness_run_for (100);
  g_assert_cmpint (scope_compare_plot_shows (plot), ==, SCOPE_PICTURE_A);
  input_click_on (find_text (view, GTK_TYPE_TOGGLE_BUTTON, "B − A"));
  settle (window);
  g_assert_cmpint (scope_compare_plot_shows (plot), ==, SCOPE_PICTURE_DIFFERENCE);
}

static void
test_compare (void)
{
  ScopeWindow *window = harness_window ();
  ScopeSession *session = scope_window_get_session (window);
  harness_run_for (200);
  if (!input_open (GTK_WINDOW (window))) {
    g_test_skip ("no XTEST");
    gtk_window_destroy (GTK_WINDOW (window));
    return;
  }
  harness_open_sample (window, "rescue-mamba2-5m", "pass-key.txt");
  settle (window);
  scope_window_show_view (window, "compare");
  settle (window);
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_COMPARE_VIEW);
  ScopeComparePlot *plot
      = SCOPE_COMPARE_PLOT (harness_find (GTK_WIDGET (window), SCOPE_TYPE_COMPARE_PLOT));
  assert_numbers (window, view);
  check_zoom (window, view, plot);
  check_flip (window, view, plot);
  /* The switch is no part of it: the numbers stay when it is flipped. */
  scope_session_set_filter_on (session, TRUE);
  settle (window);
  assert_numbers (window, view);
  harness_assert_gone (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  g_test_add_func ("/ui/compare", test_compare);
  return g_test_run ();
}

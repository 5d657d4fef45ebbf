/* test-ui-rooms CLI: the atlas and the sweep in a real window, by pointer and keys: what they show
 * against what the command line says. */
#include <math.h>
#include <string.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/atlas-cell.h"
#include "ui/atlas-view.h"
#include "ui/format.h"
#include "ui/layer-chart.h"
#include "ui/sweep-numbers.h"
#include "ui/sweep-view.h"

#define SETTLE_SECONDS 120
#define MODEL          "rescue-mamba2-5m"
#define TEXT           "pass-key.txt"
#define HEADS          8
#define LAYERS         8

static const char *cli;

static ScopeWindow *
open_view (const char *view)
{
  ScopeWindow *window = harness_window ();
  harness_open_sample (window, MODEL, TEXT);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  g_assert_true (scope_window_show_view (window, view));
  harness_run_for (300);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  g_assert_true (input_open (GTK_WINDOW (window)));
  return window;
}

/* The lines that the command line writes as CSV, without the header. */
static char **
run_cli (const char *command, ScopeWindow *window, const char *const *arguments)
{
  gsize length;
  g_autofree char *csv = harness_cli (cli, command, scope_window_get_session (window), "out.csv",
                                      arguments, &length);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (csv), "\n", -1);
  return g_strdupv (lines + 1);
}

/* --- the atlas ----------------------------------------------------------------------------------
 */

/* What a cell says of a channel: a line of `channels` is layer, channel, ln_decay, class, ... */
static char *
expected_cell (const char *line, const char *what, guint column, ScopeAtlasSort sort)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", -1);
  g_autofree char *value = scope_atlas_format_value (sort, g_ascii_strtod (fields[column], NULL));
  return g_strdup_printf ("Layer %s, head %s, %s, %s %s", fields[0], fields[1], fields[3], what,
                          value);
}

/* Every cell on screen says what the command line says; returns how many those are. */
static guint
check_cells (ScopeWindow *window, char **lines, const char *what, guint column)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  guint checked = 0;
  harness_collect (view, SCOPE_TYPE_ATLAS_CELL, cells);
  for (guint k = 0; k < cells->len; k++) {
    const char *shown = scope_atlas_cell_get_words (cells->pdata[k]);
    guint index = scope_atlas_cell_get_index (cells->pdata[k]);
    if (shown == NULL) /* out of sight */
      continue;
    g_autofree char *expected
        = expected_cell (lines[index], what, column, scope_atlas_get_sort (atlas));
    g_assert_cmpstr (shown, ==, expected);
    g_assert_nonnull (scope_atlas_thumbnail (atlas, index, NULL));
    checked++;
  }
  return checked;
}

static void
settle_atlas (ScopeWindow *window)
{
  harness_run_for (200);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  harness_run_for (200);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
}

static GtkWidget *
cell_of (ScopeWindow *window, guint index)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();
  harness_collect (GTK_WIDGET (window), SCOPE_TYPE_ATLAS_CELL, cells);
  for (guint k = 0; k < cells->len; k++)
    if (scope_atlas_cell_get_index (cells->pdata[k]) == index)
      return cells->pdata[k];
  g_assert_not_reached ();
}

static guint
count_global (char **lines)
{
  guint count = 0;
  for (char **line = lines; *line != NULL; line++)
    count += strstr (*line, ",global,") != NULL;
  return count;
}

static void
test_atlas_numbers (void)
{
  const char *const none[] = { NULL };
  ScopeWindow *window = open_view ("atlas");
  g_auto (GStrv) lines = run_cli ("channels", window, none);
  g_assert_cmpuint (g_strv_length (lines), ==, LAYERS * HEADS);
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  g_assert_cmpuint (check_cells (window, lines, "ln decay", 2), ==, HEADS);
  scope_atlas_set_scope (atlas, SCOPE_ATLAS_MODEL);
  settle_atlas (window);
  g_assert_cmpuint (check_cells (window, lines, "ln decay", 2), >=, 20);
  g_assert_true (harness_says (view, "64 heads"));
  scope_atlas_set_sort (atlas, SCOPE_ATLAS_BY_FIELD);
  settle_atlas (window);
  g_assert_cmpuint (check_cells (window, lines, "field", 4), >=, 20);
  scope_atlas_set_classes (atlas, SCOPE_ATLAS_GLOBAL);
  settle_atlas (window);
  g_autofree char *some = g_strdup_printf ("%u of 64 heads", count_global (lines));
  g_assert_true (harness_says (view, some));
  harness_assert_gone (window);
}

/* A click selects the channel everywhere, the arrows go on from there, Enter opens the map. */
static void
test_atlas_hands (void)
{
  ScopeWindow *window = open_view ("atlas");
  ScopeSession *session = scope_window_get_session (window);
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  g_object_set (atlas, "scope", SCOPE_ATLAS_MODEL, "sort", SCOPE_ATLAS_BY_INDEX, "descending",
                FALSE, NULL);
  settle_atlas (window);
  input_click_on (cell_of (window, HEADS + 2));
  settle_atlas (window);
  g_assert_cmpuint (scope_session_get_layer (session), ==, 1);
  g_assert_cmpuint (scope_session_get_channel (session), ==, 2);
  input_key (GDK_KEY_Right, 0);
  settle_atlas (window);
  g_assert_cmpuint (scope_session_get_channel (session), ==, 3);
  g_assert_nonnull (strstr (gtk_window_get_title (GTK_WINDOW (window)), "layer 1 · head 3"));
  GtkWidget *chart = harness_find (view, SCOPE_TYPE_LAYER_CHART);
  g_assert_true (gtk_widget_grab_focus (chart));
  input_key (GDK_KEY_Right, 0);
  settle_atlas (window);
  g_assert_cmpuint (scope_session_get_layer (session), ==, 2);
  input_click_on (cell_of (window, 3));
  settle_atlas (window);
  input_key (GDK_KEY_Return, 0);
  harness_run_for (300);
  g_assert_false (gtk_widget_get_mapped (view)); /* the map is on screen, and of that channel */
  g_assert_cmpuint (scope_session_get_layer (session), ==, 0);
  g_assert_cmpuint (scope_session_get_channel (session), ==, 3);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  harness_assert_gone (window);
}

/* The largest first, then the smallest: undone, it is as it was. */
static void
test_atlas_undo (void)
{
  ScopeWindow *window = open_view ("atlas");
  ScopeSession *session = scope_window_get_session (window);
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  scope_atlas_set_sort (atlas, SCOPE_ATLAS_BY_KEPT);
  harness_run_for (100);
  g_autofree char *undone = scope_history_undo (scope_session_get_history (session));
  g_assert_cmpstr (undone, ==, "order of the atlas");
  g_assert_cmpint (scope_atlas_get_sort (atlas), ==, SCOPE_ATLAS_BY_DECAY);
  harness_run_for (100);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  harness_assert_gone (window);
}

/* --- the sweep ----------------------------------------------------------------------------------
 */

/* One row of the table as a line of `perplexity` says it: text, length, filter, windows, ... */
static void
check_row (GPtrArray *labels, guint row, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, ",", -1);
  const char *shown[5];
  for (guint k = 0; k < 5; k++)
    shown[k] = gtk_label_get_text (labels->pdata[5 * (row + 1) + k]); /* the first are titles */
  g_autofree char *length = scope_format_count ((gsize)g_ascii_strtoull (fields[1], NULL, 10));
  g_autofree char *perplexity = scope_format_perplexity (g_ascii_strtod (fields[4], NULL));
  g_autofree char *low = scope_format_perplexity (g_ascii_strtod (fields[5], NULL));
  g_autofree char *high = scope_format_perplexity (g_ascii_strtod (fields[6], NULL));
  g_autofree char *interval = g_strdup_printf ("%s – %s", low, high);
  g_autofree char *windows = g_strdup_printf ("%s / %s", fields[3], fields[3]);
  g_assert_cmpstr (shown[0], ==, length);
  g_assert_cmpstr (shown[1], ==, g_str_equal (fields[2], "off") ? "no filter" : fields[2]);
  g_assert_cmpstr (shown[2], ==, perplexity);
  g_assert_cmpstr (shown[3], ==, interval);
  g_assert_cmpstr (shown[4], ==, windows);
}

static GtkWidget *
button (GtkWidget *root, const char *label)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  harness_collect (root, GTK_TYPE_BUTTON, buttons);
  for (guint k = 0; k < buttons->len; k++)
    if (g_strcmp0 (gtk_button_get_label (buttons->pdata[k]), label) == 0)
      return buttons->pdata[k];
  return NULL;
}

static void
test_sweep_numbers (void)
{
  const char *const options[] = { "--lengths", "200,512",  "--windows", "3", "--filter",
                                  "off",       "--filter", "longmamba", NULL };
  ScopeWindow *window = open_view ("sweep");
  g_auto (GStrv) lines = run_cli ("perplexity", window, options);
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_SWEEP_VIEW);
  ScopeSweep *sweep = scope_sweep_view_get_sweep (SCOPE_SWEEP_VIEW (view));
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  harness_collect (view, GTK_TYPE_ENTRY, entries);
  gtk_editable_set_text (entries->pdata[0], "512 200");
  g_object_set (sweep, "windows", 3, NULL);
  input_click_on (button (view, "Measure"));
  harness_run_for (100);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  g_assert_false (scope_sweep_is_running (sweep));
  harness_run_for (200);
  harness_collect (harness_find (view, SCOPE_TYPE_SWEEP_NUMBERS), GTK_TYPE_LABEL, labels);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  g_assert_cmpuint (labels->len, ==, 5 * 5);
  for (guint row = 0; row < 4; row++)
    check_row (labels, row, lines[row]);
  g_assert_true (harness_says (view, "2 lengths × 2 filters × 3 windows"));
  gtk_widget_activate_action (view, "sweep.copy-csv", NULL);
  g_autofree char *csv = scope_sweep_make_csv (sweep);
  g_assert_nonnull (strstr (csv, strchr (lines[3], ',')));
  g_autofree char *command = NULL;
  g_object_get (view, "command-line", &command, NULL);
  g_assert_nonnull (strstr (command, " --lengths 200,512 --score 100 --windows 3"));
  harness_assert_gone (window);
}

/* "Stop" answers at once; what cannot be measured is said beside the settings. */
static void
test_sweep_hands (void)
{
  ScopeWindow *window = open_view ("sweep");
  GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_SWEEP_VIEW);
  ScopeSweep *sweep = scope_sweep_view_get_sweep (SCOPE_SWEEP_VIEW (view));
  scope_sweep_set_lengths (sweep, "5000");
  harness_run_for (100);
  input_click_on (button (view, "Measure"));
  harness_run_for (200);
  g_assert_true (harness_says (view, "lengths: expected at most 4096"));
  g_assert_null (scope_sweep_get_table (sweep));
  scope_sweep_set_lengths (sweep, "4096");
  harness_run_for (100);
  input_click_on (button (view, "Measure"));
  harness_run_for (300);
  g_assert_true (scope_sweep_is_running (sweep));
  gint64 start = g_get_monotonic_time ();
  input_click_on (button (view, "Stop"));
  while (scope_sweep_is_running (sweep))
    g_main_context_iteration (NULL, TRUE);
  double seconds = (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_test_message ("stopped after %.0f ms", 1e3 * seconds);
  g_assert_cmpfloat (scope_sweep_get_table (sweep)->done, <, 1);
  g_assert_true (harness_settle (window, SETTLE_SECONDS));
  harness_run_for (100);
  g_assert_nonnull (button (view, scope_sweep_get_kept (sweep) > 0 ? "Resume" : "Measure"));
  harness_assert_gone (window);
}

/* The first label below WIDGET that is on screen and holds PART. */
static GtkLabel *
label_with (GtkWidget *widget, const char *part)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  harness_collect (widget, GTK_TYPE_LABEL, labels);
  for (guint k = 0; k < labels->len; k++)
    if (strstr (gtk_label_get_text (labels->pdata[k]), part) != NULL)
      return labels->pdata[k];
  return NULL;
}

/* Where the window is read from right to left, an interval's lower end is its left one still. */
static void
test_sweep_from_right (void)
{
  ScopePerplexityRow row = { .length = 256, .windows = 3, .perplexity = 23.5 };
  char *filters[] = { (char *)"off", NULL };
  gsize windows = 3;
  const ScopeSweepTable table
      = { .filters = filters, .n_filters = 1, .n_lengths = 1, .windows = &windows, .rows = &row };
  row.ci_low = 22.25;
  row.ci_high = 24.75;
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *numbers = g_object_new (SCOPE_TYPE_SWEEP_NUMBERS, NULL);
  gtk_window_set_child (GTK_WINDOW (window), numbers);
  scope_sweep_numbers_set_table (SCOPE_SWEEP_NUMBERS (numbers), &table);
  gtk_window_present (GTK_WINDOW (window));
  HARNESS_AWAIT (label_with (numbers, " – ") != NULL);
  GtkLabel *interval = label_with (numbers, " – ");
  const char *words = gtk_label_get_text (interval);
  PangoRectangle low, high;
  g_assert_true (g_str_has_prefix (words, "22")); /* the lower end is said first */
  int last = (int)strlen (words) - 1;
  pango_layout_index_to_pos (gtk_label_get_layout (interval), 0, &low);
  pango_layout_index_to_pos (gtk_label_get_layout (interval), last, &high);
  g_assert_cmpint (low.x, <, high.x);
  scope_sweep_numbers_set_table (SCOPE_SWEEP_NUMBERS (numbers), NULL);
  gtk_window_destroy (GTK_WINDOW (window));
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
}

/* A window that is closed while it measures: the next one says so, goes on, and shows the numbers
 * of the command line. */
static void
test_sweep_resumed (void)
{
  const char *const options[]
      = { "--lengths", "300,600", "--windows", "6",         "--protocol", "paper",
          "--filter",  "off",     "--filter",  "longmamba", NULL };
  for (int opened = 0; opened < 2; opened++) {
    ScopeWindow *window = open_view ("sweep");
    GtkWidget *view = harness_find (GTK_WIDGET (window), SCOPE_TYPE_SWEEP_VIEW);
    ScopeSweep *sweep = scope_sweep_view_get_sweep (SCOPE_SWEEP_VIEW (view));
    g_object_set (sweep, "windows", 6, "protocol", "paper", "lengths", "300 600", NULL);
    harness_run_for (100);
    g_assert_true (harness_settle (window, SETTLE_SECONDS));
    if (opened == 0) {
      input_click_on (button (view, "Measure"));
      while (scope_sweep_get_table (sweep) == NULL || scope_sweep_get_table (sweep)->done < 0.2)
        g_main_context_iteration (NULL, TRUE);
      g_assert_true (scope_sweep_is_running (sweep));
      harness_assert_gone (window);
      continue;
    }
    g_assert_true (harness_says (view, "Stopped before at"));
    input_click_on (button (view, "Resume"));
    harness_run_for (100);
    g_assert_true (harness_settle (window, SETTLE_SECONDS));
    harness_run_for (200);
    g_assert_true (harness_says (view, "6 windows, paper’s protocol"));
    g_assert_true (harness_says (view, "of an earlier run"));
    g_auto (GStrv) lines = run_cli ("perplexity", window, options);
    g_autofree char *csv = scope_sweep_make_csv (sweep);
    for (char **line = lines; *line != NULL; line++)
      g_assert_nonnull (strstr (csv, strchr (*line, ',')));
    harness_assert_gone (window);
  }
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  g_test_add_func ("/ui/atlas/numbers", test_atlas_numbers);
  g_test_add_func ("/ui/atlas/hands", test_atlas_hands);
  g_test_add_func ("/ui/atlas/undo", test_atlas_undo);
  g_test_add_func ("/ui/sweep/numbers", test_sweep_numbers);
  g_test_add_func ("/ui/sweep/hands", test_sweep_hands);
  g_test_add_func ("/ui/sweep/from-right", test_sweep_from_right);
  g_test_add_func ("/ui/sweep/resumed", test_sweep_resumed);
  return g_test_run ();
}

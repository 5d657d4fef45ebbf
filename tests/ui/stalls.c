/* stalls [--quick] [STEPS]: how long the main loop is held, and how many frames are painted, while
 * a real pointer and real keys work on 16,384 tokens. Prints a table; fails only on gross stalls.
 *
 * The text is a sample text, repeated to that length. Each step of the script is one line; STEPS,
 * as "map:" or "atlas: sort", runs those alone whose names begin so.
 */
#include <math.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/map-view.h"
#include "watchdog.h"

#define TOKENS 16384
/* Of the main thread's own time, whatever else the machine does; a sanitizer makes all of it slow.
 */
#ifdef __SANITIZE_ADDRESS__
#define GROSS_MS G_MAXDOUBLE
#else
#define GROSS_MS 250.0
#endif

static gboolean quick;
static WatchdogLap total;

/* --- the window ---------------------------------------------------------------------------------
 */

static char *
long_text (const char *model_folder)
{
  g_autofree char *path
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *out = g_build_filename (folder, "sixteen-thousand.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (model_folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (model, path, &error);
  g_assert_no_error (error);
  g_autoptr (GString) ids = g_string_new ("[");
  for (gsize k = 0; k < TOKENS; k++)
    g_string_append_printf (ids, "%s%d", k > 0 ? "," : "",
                            scope_tokens_ids (tokens)[k % scope_tokens_count (tokens)]);
  g_string_append_c (ids, ']');
  g_assert_true (g_file_set_contents (out, ids->str, -1, &error));
  return g_strconcat ("@", out, NULL);
}

static void
tell (const char *name)
{
  WatchdogLap lap = watchdog_lap ();
  g_print ("%-26s %6.1f s %6u turns  longest %7.1f ms (%6.1f own)  over 16 ms: %3u (%3u own)"
           "  %5.1f frames/s\n",
           name, lap.seconds, lap.turns, lap.longest, lap.longest_cpu, lap.stalls, lap.stalls_cpu,
           lap.frames / lap.seconds);
  total.turns += lap.turns;
  total.stalls += lap.stalls;
  total.stalls_cpu += lap.stalls_cpu;
  total.longest = MAX (total.longest, lap.longest);
  total.longest_cpu = MAX (total.longest_cpu, lap.longest_cpu);
}

/* --- what is done -------------------------------------------------------------------------------
 */

static void
activate (ScopeWindow *window, const char *name, GVariant *target)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), name, target);
}

/* The middle of the view, where the map lies. */
static void
middle (ScopeWindow *window, double *x, double *y)
{
  GtkWidget *stack = harness_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK);
  graphene_rect_t box;
  g_assert_true (gtk_widget_compute_bounds (stack, GTK_WIDGET (window), &box));
  *x = box.origin.x + box.size.width / 2;
  *y = box.origin.y + box.size.height / 2;
}

static guint
times (guint count)
{
  return quick ? MAX (2, count / 8) : count;
}

static void
pan (ScopeWindow *window)
{
  double x, y;
  middle (window, &x, &y);
  input_move (x, y);
  input_button (1, TRUE);
  for (guint k = 0; k < times (240); k++) {
    double angle = k * 2 * G_PI / 120;
    input_move (x + 120 * sin (angle), y + 90 * sin (2 * angle));
    harness_run_for (12);
  }
  input_button (1, FALSE);
  harness_run_for (50); /* a window that goes while a button is held stays GTK's */
}

static void
zoom (ScopeWindow *window)
{
  double x, y;
  middle (window, &x, &y);
  input_move (x - 40, y + 60);
  for (guint round = 0; round < times (16) / 2; round++)
    for (guint k = 0; k < 24; k++) {
      input_wheel (k < 12 ? -1 : 1);
      harness_run_for (20);
    }
}

static void
point (ScopeWindow *window)
{
  double x, y;
  middle (window, &x, &y);
  for (guint k = 0; k < times (240); k++) {
    input_move (x - 100 + 80 * cos (k * 0.1), y + 100 + 80 * sin (k * 0.1));
    harness_run_for (12);
  }
}

static void
scroll (ScopeWindow *window)
{
  double x, y;
  middle (window, &x, &y);
  input_move (x, y);
  for (guint k = 0; k < times (160); k++) {
    input_wheel (k % 80 < 40 ? 1 : -1);
    harness_run_for (16);
  }
}

static void
toggle (ScopeWindow *window)
{
  for (guint k = 0; k < times (16) / 2; k++) {
    activate (window, "toggle-filter", NULL);
    harness_run_for (400);
  }
}

static void
resize (ScopeWindow *window)
{
  for (guint k = 0; k < times (120); k++) {
    gtk_window_set_default_size (GTK_WINDOW (window), 1280 - (int)(k % 30) * 8,
                                 860 - (int)(k % 20) * 6);
    harness_run_for (16);
  }
  gtk_window_set_default_size (GTK_WINDOW (window), 1280, 860);
  harness_run_for (100);
}

/* Other layers and channels, each stopped before it is there. */
static void
cancel (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  for (guint k = 0; k < times (40); k++) {
    scope_session_set_layer (session, k % 12);
    harness_run_for (30);
    activate (window, "cancel", NULL);
    harness_run_for (30);
  }
}

static void
browse (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  for (guint k = 0; k < times (48); k++) {
    if (k % 6 == 5)
      scope_session_set_layer (session, k % 12);
    scope_session_set_channel (session, k * 7);
    harness_run_for (120);
  }
}

/* Through the history, as a restored session would: whatever orders there are. */
static void
sort_atlas (ScopeWindow *window)
{
  ScopeHistory *history = scope_session_get_history (scope_window_get_session (window));
  for (guint k = 0; k < times (16); k++) {
    g_autofree char *json = g_strdup_printf ("{ \"atlas.sort\": %u }", k % 5);
    g_autoptr (JsonNode) node = json_from_string (json, NULL);
    g_autoptr (GError) ignored = NULL; /* an order that it has not */
    scope_history_restore (history, json_node_get_object (node), "script", "$", &ignored);
    harness_run_for (250);
  }
}

static void
compare_modes (ScopeWindow *window)
{
  ScopeHistory *history = scope_session_get_history (scope_window_get_session (window));
  for (guint k = 0; k < times (16); k++) {
    g_autofree char *json = g_strdup_printf ("{ \"compare.mode\": %u }", k % 4);
    g_autoptr (JsonNode) node = json_from_string (json, NULL);
    g_assert_true (
        scope_history_restore (history, json_node_get_object (node), "script", "$", NULL));
    harness_run_for (250);
  }
}

typedef struct {
  const char *view, *name;
  void (*run) (ScopeWindow *window);
} Step;

static const Step steps[] = {
  { "map", "map: pan", pan },
  { "map", "map: zoom", zoom },
  { "map", "map: point", point },
  { "map", "map: layers and channels", browse },
  { "map", "map: toggle the filter", toggle },
  { "map", "map: resize", resize },
  { "map", "map: cancel", cancel },
  { "atlas", "atlas: scroll", scroll },
  { "atlas", "atlas: sort", sort_atlas },
  { "atlas", "atlas: resize", resize },
  { "text", "text: scroll", scroll },
  { "text", "text: point", point },
  { "compare", "compare: modes", compare_modes },
  { "compare", "compare: zoom", zoom },
  { "compare", "compare: pan", pan },
  { "decay", "decay: point", point },
  { "decay", "decay: resize", resize },
};

static gboolean
has_view (char **views, const char *name)
{
  return g_strv_contains ((const char *const *)views, name);
}

static void
run_step (ScopeWindow *window, const Step *step)
{
  scope_window_show_view (window, step->view);
  harness_run_for (400);
  harness_settle (window, 120);
  if (g_str_has_suffix (step->name, ": pan")) { /* nothing moves while all of it is in sight */
    activate (window, "zoom-one", NULL);
    harness_run_for (600);
  }
  watchdog_lap ();
  step->run (window);
  tell (step->name);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  quick = argc > 1 && g_str_equal (argv[1], "--quick");
  g_autofree char *model
      = g_build_filename (scope_test_samples (), "models", "novel-mamba-6m", NULL);
  g_autofree char *text = long_text (model);
  ScopeWindow *window = harness_window ();
  harness_run_for (300);
  if (!input_open (GTK_WINDOW (window))) {
    g_print ("SKIP: no X server with XTEST\n");
    return 77;
  }
  watchdog_start (GTK_WIDGET (window));
  scope_window_open (window, model, text);
  g_assert_true (harness_settle (window, 600));
  tell ("open 16,384 tokens");
  g_auto (GStrv) views = harness_views (window);
  const char *wanted = argc > 1 + quick ? argv[1 + quick] : "";
  for (guint k = 0; k < G_N_ELEMENTS (steps); k++)
    if (has_view (views, steps[k].view) && g_str_has_prefix (steps[k].name, wanted))
      run_step (window, &steps[k]);
  watchdog_stop ();
  g_print ("all: %u turns, longest %.1f ms (%.1f own), over 16 ms: %u (%u own)\n", total.turns,
           total.longest, total.longest_cpu, total.stalls, total.stalls_cpu);
  harness_assert_gone (window);
  if (total.longest_cpu > GROSS_MS) {
    g_printerr ("the main loop was held for %.1f ms; expected at most %.0f\n", total.longest_cpu,
                GROSS_MS);
    return 1;
  }
  return 0;
}

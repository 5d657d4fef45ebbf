/* stalls [--quick] [STEPS]: how long the main loop is held, and how many frames are painted, while
 * a real pointer and real keys work on 16,384 tokens of a sample; on as many channels as mamba-130m
 * has; and on a text of 131,072 tokens. Prints a table; fails only on gross stalls.
 *
 * Texts are a sample text, repeated to their length; the models of the last two have random
 * weights. Each step of the script is one line; STEPS, as "map:" or "atlas: sort", runs those alone
 * whose names begin so.
 */
#include <math.h>

#include "harness.h"
#include "input.h"
#include "session/atlas.h"
#include "test-support.h"
#include "ui/map-view.h"
#include "watchdog.h"

#define SAMPLE "novel-mamba-6m"
#define LONG   131072
/* Of the main thread's own time, whatever else the machine does; a sanitizer makes all of it slow.
 */
#ifdef __SANITIZE_ADDRESS__
#define GROSS_MS G_MAXDOUBLE
#else
#define GROSS_MS 250.0
#endif

static gboolean quick; /* on the sample alone, and an eighth of the steps */
static WatchdogLap total;

/* --- the window ---------------------------------------------------------------------------------
 */

/* A sample text again and again, as COUNT ids. */
static char *
long_text (gsize count)
{
  g_autofree char *folder = g_build_filename (scope_test_samples (), "models", SAMPLE, NULL);
  g_autofree char *path
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  g_autofree char *own = scope_test_folder ();
  g_autofree char *out = g_build_filename (own, "ids.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (model, path, &error);
  g_assert_no_error (error);
  g_autoptr (GString) ids = g_string_new ("[");
  for (gsize k = 0; k < count; k++)
    g_string_append_printf (ids, "%s%d", k > 0 ? "," : "",
                            scope_tokens_ids (tokens)[k % scope_tokens_count (tokens)]);
  g_string_append_c (ids, ']');
  g_assert_true (g_file_set_contents (out, ids->str, -1, &error));
  return g_strconcat ("@", out, NULL);
}

/* Random weights behind the sample's tokenizer. */
static char *
random_model (gsize layers, gsize channels, gsize states, gsize d_model)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA,
                                   .vocab_size = 4096,
                                   .d_model = d_model,
                                   .n_layer = layers,
                                   .d_inner = channels,
                                   .d_state = states,
                                   .train_length = 256,
                                   .seed = 130 };
  g_autofree char *from
      = g_build_filename (scope_test_samples (), "models", SAMPLE, "tokenizer.json", NULL);
  char *folder = scope_test_random_model (&shape);
  g_autofree char *to = g_build_filename (folder, "tokenizer.json", NULL), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (from, &bytes, &length, &error));
  g_assert_true (g_file_set_contents (to, bytes, (gssize)length, &error));
  return folder;
}

static void
activate (ScopeWindow *window, const char *name, GVariant *target)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), name, target);
}

typedef enum { ON_NOTHING, ON_SAMPLE, ON_MANY_CHANNELS, ON_LONG_TEXT } Stage;

/* The proof of the long text takes minutes: it is waited for up to there. */
static void
drop_proof (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  while (scope_session_get_tokens (session) == NULL
         || scope_tokens_count (scope_session_get_tokens (session)) != LONG
         || scope_session_get_map (session) == NULL || scope_session_get_answer (session) == NULL)
    harness_run_for (20);
  activate (window, "cancel", NULL);
  harness_run_for (1000);
}

static void
open_stage (ScopeWindow *window, Stage stage)
{
  g_autofree char *sample = g_build_filename (scope_test_samples (), "models", SAMPLE, NULL);
  g_autofree char *model = stage == ON_MANY_CHANNELS ? random_model (24, 1536, 16, 24)
                           : stage == ON_LONG_TEXT   ? random_model (2, 16, 4, 8)
                                                     : g_strdup (sample);
  g_autofree char *text = long_text (stage == ON_MANY_CHANNELS ? 512
                                     : stage == ON_LONG_TEXT   ? LONG
                                                               : 16384);
  watchdog_lap ();
  scope_window_open (window, model, text);
  if (stage == ON_LONG_TEXT)
    drop_proof (window);
  else
    g_assert_true (harness_settle (window, 600));
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

/* Through all of it in a second and a half, as by the handle of the scroll bar. */
static void
rush (ScopeWindow *window)
{
  AdwViewStack *stack = ADW_VIEW_STACK (harness_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK));
  GtkWidget *scroller
      = harness_find (adw_view_stack_get_visible_child (stack), GTK_TYPE_SCROLLED_WINDOW);
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  double way = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
  for (guint k = 0; k < times (192); k++) {
    double at = fmod (k / 96.0, 2);
    gtk_adjustment_set_value (place, way * (at < 1 ? at : 2 - at));
    harness_run_for (16);
  }
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
layers (ScopeWindow *window)
{
  for (guint k = 0; k < times (16); k++) {
    scope_session_set_layer (scope_window_get_session (window), (k * 5 + 1) % 12);
    harness_run_for (300);
  }
}

static void
channels (ScopeWindow *window)
{
  for (guint k = 0; k < times (48); k++) {
    scope_session_set_channel (scope_window_get_session (window), k * 7 % 512);
    harness_run_for (80);
  }
}

/* Another text and another model, and back. */
static void
reopen (ScopeWindow *window)
{
  for (guint k = 0; k < times (16) / 4; k++) {
    harness_open_sample (window, k % 2 == 0 ? "rescue-mamba2-5m" : SAMPLE, "the-letter.txt");
    g_assert_true (harness_settle (window, 600));
  }
}

/* Through the history, as a restored session would. */
static void
restore (ScopeWindow *window, const char *member, guint value)
{
  ScopeHistory *history = scope_session_get_history (scope_window_get_session (window));
  g_autofree char *json = g_strdup_printf ("{ \"%s\": %u }", member, value);
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  g_assert_true (scope_history_restore (history, json_node_get_object (node), "script", "$", NULL));
}

static void
sort_atlas (ScopeWindow *window)
{
  for (guint k = 0; k < MAX (times (18), SCOPE_ATLAS_N_SORTS); k++) {
    restore (window, "atlas.sort", k % SCOPE_ATLAS_N_SORTS);
    harness_run_for (250);
  }
  restore (window, "atlas.sort", SCOPE_ATLAS_BY_DECAY);
}

static void
whole_model (ScopeWindow *window)
{
  restore (window, "atlas.scope", SCOPE_ATLAS_MODEL);
  harness_run_for (400);
  g_assert_true (harness_settle (window, 600));
}

static void
compare_modes (ScopeWindow *window)
{
  for (guint k = 0; k < times (16); k++) {
    restore (window, "compare.mode", k % 4);
    harness_run_for (250);
  }
}

typedef struct {
  Stage stage;
  const char *view, *name;
  void (*run) (ScopeWindow *window);
} Step;

static const Step steps[] = {
  { ON_SAMPLE, "map", "map: pan", pan },
  { ON_SAMPLE, "map", "map: zoom", zoom },
  { ON_SAMPLE, "map", "map: point", point },
  { ON_SAMPLE, "map", "map: layers", layers },
  { ON_SAMPLE, "map", "map: channels", channels },
  { ON_SAMPLE, "map", "map: toggle the filter", toggle },
  { ON_SAMPLE, "map", "map: resize", resize },
  { ON_SAMPLE, "map", "map: cancel", cancel },
  { ON_SAMPLE, "atlas", "atlas: scroll", scroll },
  { ON_SAMPLE, "atlas", "atlas: rush", rush },
  { ON_SAMPLE, "atlas", "atlas: sort", sort_atlas },
  { ON_SAMPLE, "atlas", "atlas: layers", layers },
  { ON_SAMPLE, "atlas", "atlas: resize", resize },
  { ON_SAMPLE, "text", "text: scroll", scroll },
  { ON_SAMPLE, "text", "text: point", point },
  { ON_SAMPLE, "compare", "compare: modes", compare_modes },
  { ON_SAMPLE, "compare", "compare: zoom", zoom },
  { ON_SAMPLE, "compare", "compare: pan", pan },
  { ON_SAMPLE, "decay", "decay: point", point },
  { ON_SAMPLE, "decay", "decay: resize", resize },
  { ON_MANY_CHANNELS, "atlas", "36,864: measure", whole_model },
  { ON_MANY_CHANNELS, "atlas", "36,864: scroll", scroll },
  { ON_MANY_CHANNELS, "atlas", "36,864: rush", rush },
  { ON_MANY_CHANNELS, "atlas", "36,864: sort", sort_atlas },
  { ON_LONG_TEXT, "text", "131,072: scroll", scroll },
  { ON_LONG_TEXT, "text", "131,072: rush", rush },
  { ON_LONG_TEXT, "text", "131,072: point", point },
  { ON_LONG_TEXT, "text", "131,072: resize", resize },
  { ON_LONG_TEXT, "map", "131,072: pan", pan },
  { ON_LONG_TEXT, "map", "131,072: zoom", zoom },
  { ON_LONG_TEXT, "map", "open: others", reopen },
};

static gboolean
has_view (char **views, const char *name)
{
  return g_strv_contains ((const char *const *)views, name);
}

static Stage stage;

static void
run_step (ScopeWindow *window, const Step *step)
{
  if (step->stage != stage) {
    static const char *const names[]
        = { "", "open: 16,384 tokens", "open: 36,864 channels", "open: 131,072 tokens" };
    stage = step->stage;
    open_stage (window, stage);
    tell (names[stage]);
  }
  scope_window_show_view (window, step->view);
  harness_run_for (400);
  if (step->stage != ON_LONG_TEXT)
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
  ScopeWindow *window = harness_window ();
  harness_run_for (300);
  if (!input_open (GTK_WINDOW (window))) {
    g_print ("SKIP: no X server with XTEST\n");
    return 77;
  }
  watchdog_start (GTK_WIDGET (window));
  g_auto (GStrv) views = harness_views (window);
  const char *wanted = argc > 1 + quick ? argv[1 + quick] : "";
  for (guint k = 0; k < G_N_ELEMENTS (steps); k++)
    if (has_view (views, steps[k].view) && g_str_has_prefix (steps[k].name, wanted)
        && (!quick || steps[k].stage == ON_SAMPLE))
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

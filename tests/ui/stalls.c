/* stalls [--quick] [STEPS]: how long the main loop is held, and how many frames are painted, while
 * a real pointer and real keys work on 16,384 tokens of a sample; on as many channels as mamba-130m
 * has; and on a text of 131,072 tokens. Prints a table; fails only on gross stalls.
 *
 * Texts are a sample text, repeated to their length; the models of the last two have random
 * weights. Each step of the script is one line; STEPS, as "map:" or "atlas: sort", runs those alone
 * whose names begin so.
 */
#include "input.h"
#include "stall-steps.h"
#include "test-support.h"
#include "watchdog.h"

#define LONG 131072
/* Of the main thread's own time, whatever else the machine does; a sanitizer makes all of it slow.
 */
#ifdef __SANITIZE_ADDRESS__
#define GROSS_MS G_MAXDOUBLE
#else
#define GROSS_MS 250.0
#endif

static WatchdogLap total;

/* --- the window ---------------------------------------------------------------------------------
 */

/* A sample text again and again, as COUNT ids. */
static char *
long_text (gsize count)
{
  g_autofree char *folder = g_build_filename (scope_test_samples (), "models", STALL_SAMPLE, NULL);
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
      = g_build_filename (scope_test_samples (), "models", STALL_SAMPLE, "tokenizer.json", NULL);
  char *folder = scope_test_random_model (&shape);
  g_autofree char *to = g_build_filename (folder, "tokenizer.json", NULL), *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (from, &bytes, &length, &error));
  g_assert_true (g_file_set_contents (to, bytes, (gssize)length, &error));
  return folder;
}

/* The proof of the long text takes minutes: it is waited for up to there. */
static void
drop_proof (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  while (scope_session_get_tokens (session) == NULL
         || scope_tokens_count (scope_session_get_tokens (session)) != LONG
         || scope_session_get_map (session) == NULL || scope_session_get_answer (session) == NULL)
    harness_run_for (20);
  stall_activate (window, "cancel", NULL);
  harness_run_for (1000);
}

static void
open_stage (ScopeWindow *window, StallStage stage)
{
  g_autofree char *sample = g_build_filename (scope_test_samples (), "models", STALL_SAMPLE, NULL);
  g_autofree char *model = stage == STALL_ON_MANY_CHANNELS ? random_model (24, 1536, 16, 24)
                           : stage == STALL_ON_LONG_TEXT   ? random_model (2, 16, 4, 8)
                                                           : g_strdup (sample);
  g_autofree char *text = long_text (stage == STALL_ON_MANY_CHANNELS ? 512
                                     : stage == STALL_ON_LONG_TEXT   ? LONG
                                                                     : 16384);
  watchdog_lap ();
  scope_window_open (window, model, text);
  if (stage == STALL_ON_LONG_TEXT)
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

static gboolean
has_view (char **views, const char *name)
{
  return g_strv_contains ((const char *const *)views, name);
}

static StallStage stage;

static void
run_step (ScopeWindow *window, const StallStep *step)
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
  if (step->stage != STALL_ON_LONG_TEXT)
    harness_settle (window, 120);
  if (g_str_has_suffix (step->name, ": pan")) { /* nothing moves while all of it is in sight */
    stall_activate (window, "zoom-one", NULL);
    harness_run_for (600);
  }
  watchdog_lap ();
  step->run (window);
  tell (step->name);
}

static gboolean
is_quick (const StallStep *step)
{
  return step->stage == STALL_ON_SAMPLE && !step->long_way;
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  stall_quick = argc > 1 && g_str_equal (argv[1], "--quick");
  ScopeWindow *window = harness_window ();
  harness_run_for (300);
  if (!input_open (GTK_WINDOW (window))) {
    g_print ("SKIP: no X server with XTEST\n");
    return 77;
  }
  watchdog_start (GTK_WIDGET (window));
  g_auto (GStrv) views = harness_views (window);
  const char *wanted = argc > 1 + stall_quick ? argv[1 + stall_quick] : "";
  for (guint k = 0; k < stall_n_steps; k++)
    if (has_view (views, stall_steps[k].view) && g_str_has_prefix (stall_steps[k].name, wanted)
        && (!stall_quick || is_quick (&stall_steps[k])))
      run_step (window, &stall_steps[k]);
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

/* test-drops CLI: a model's folder, a text, a session and an exported figure, dragged by a real
 * pointer out of another program's window and dropped on ours, through XDND. What is then shown is
 * what the command line says of it.
 *
 * test-drops --source FILE X Y is that other program: a window at (X, Y) of the screen whose whole
 * area offers FILE. It says "ready" once it is there and goes when its input ends. */
#include <gdk/x11/gdkx.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/format.h"

#define SOURCE_X 1330
#define SOURCE_Y 100

static const char *cli;     /* mambascope-cli */
static const char *program; /* this one */

/* --- the other program --------------------------------------------------------------------------
 */

static gboolean
input_ended_cb (GIOChannel *channel, GIOCondition condition, gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
say_ready_cb (GtkWidget *window, gpointer place)
{
  const int *at = place;
  GdkSurface *surface = gtk_native_get_surface (GTK_NATIVE (window));
  G_GNUC_BEGIN_IGNORE_DEPRECATIONS
  Display *display = gdk_x11_display_get_xdisplay (gdk_surface_get_display (surface));
  XMoveWindow (display, gdk_x11_surface_get_xid (surface), at[0], at[1]);
  G_GNUC_END_IGNORE_DEPRECATIONS
  XSync (display, False);
  g_print ("ready\n");
}

static int
be_source (const char *path, int x, int y)
{
  int place[] = { x, y };
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autoptr (GdkContentProvider) content = gdk_content_provider_new_typed (G_TYPE_FILE, file);
  GtkWidget *window = gtk_window_new ();
  GtkDragSource *drag = gtk_drag_source_new ();
  gtk_drag_source_set_content (drag, content);
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  gtk_widget_add_controller (window, GTK_EVENT_CONTROLLER (drag));
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), 200, 160);
  g_signal_connect_after (window, "map", G_CALLBACK (say_ready_cb), place);
  g_io_add_watch (input, G_IO_HUP | G_IO_IN, input_ended_cb, loop);
  gtk_window_present (GTK_WINDOW (window));
  g_main_loop_run (loop);
  gtk_window_destroy (GTK_WINDOW (window));
  return 0;
}

/* --- from there to here -------------------------------------------------------------------------
 */

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  gboolean ready;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = harness_window ();
  self->session = scope_window_get_session (self->window);
  harness_run_for (200);
  g_assert_true (input_open (GTK_WINDOW (self->window)));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  harness_rest (self->window);
  harness_assert_gone (self->window);
}

static void
read_cb (GObject *stream, GAsyncResult *result, gpointer data)
{
  Fixture *self = data;
  g_autofree char *line
      = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (stream), result, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
  self->ready = TRUE;
}

/* A pointer that drags goes slowly: both programs answer on the way. */
static void
drag_out (Fixture *self)
{
  double x = gtk_widget_get_width (GTK_WIDGET (self->window)) / 2.0;
  double y = gtk_widget_get_height (GTK_WIDGET (self->window)) / 2.0;
  const int steps = 12;
  input_move_on_screen (SOURCE_X + 100, SOURCE_Y + 80);
  harness_run_for (200);
  input_button (1, TRUE);
  harness_run_for (100);
  for (int k = 1; k <= 6; k++) {
    input_move_on_screen (SOURCE_X + 100 - 6 * k, SOURCE_Y + 80 + 6 * k);
    harness_run_for (50);
  }
  for (int k = steps; k >= 0; k--) {
    input_move (x + 20 * k, y);
    harness_run_for (50);
  }
}

static gboolean
drop_is_over (Fixture *self)
{
  return (gtk_widget_get_state_flags (GTK_WIDGET (self->window)) & GTK_STATE_FLAG_DROP_ACTIVE) != 0;
}

static void
drag_and_drop (Fixture *self, const char *path)
{
  g_autofree char *x = g_strdup_printf ("%d", SOURCE_X), *y = g_strdup_printf ("%d", SOURCE_Y);
  const char *const line[] = { program, "--source", path, x, y, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) source = g_subprocess_newv (
      line, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  g_autoptr (GDataInputStream) said
      = g_data_input_stream_new (g_subprocess_get_stdout_pipe (source));
  self->ready = FALSE;
  g_data_input_stream_read_line_async (said, G_PRIORITY_DEFAULT, NULL, read_cb, self);
  HARNESS_AWAIT (self->ready);
  drag_out (self);
  HARNESS_AWAIT (drop_is_over (self));
  harness_run_for (100);
  input_button (1, FALSE);
  HARNESS_AWAIT (!drop_is_over (self));
  g_output_stream_close (g_subprocess_get_stdin_pipe (source), NULL, NULL);
  g_assert_true (g_subprocess_wait_check (source, NULL, &error));
}

/* --- what comes of it ---------------------------------------------------------------------------
 */

static gboolean
titled (Fixture *self, const char *words)
{
  return strstr (gtk_window_get_title (GTK_WINDOW (self->window)), words) != NULL;
}

static char *
run_cli (const char *const *arguments)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  char *out = NULL;
  int status;
  g_autoptr (GError) error = NULL;
  g_strv_builder_add (builder, cli);
  g_strv_builder_addv (builder, (const char **)arguments);
  g_auto (GStrv) line = g_strv_builder_end (builder);
  g_assert_true (
      g_spawn_sync (NULL, line, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error));
  g_assert_true (g_spawn_check_wait_status (status, &error));
  return out;
}

/* The window shows as many tokens as the command line reads. */
static void
check_tokens (Fixture *self, const char *model, const char *text)
{
  const char *const arguments[] = { "tokenize", model, text, NULL };
  g_autofree char *lines = run_cli (arguments);
  g_auto (GStrv) tokens = g_strsplit (g_strchomp (lines), "\n", -1);
  g_autofree char *count = scope_format_count (g_strv_length (tokens));
  g_autofree char *words = g_strconcat (count, " tokens · ", NULL);
  HARNESS_AWAIT (harness_says (GTK_WIDGET (self->window), words));
}

static void
test_model_and_text (Fixture *self, gconstpointer data)
{
  g_autofree char *model
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  g_autofree char *letter
      = g_build_filename (scope_test_samples (), "texts", "the-letter.txt", NULL);
  g_autofree char *key = g_build_filename (scope_test_samples (), "texts", "pass-key.txt", NULL);
  drag_and_drop (self, letter); /* there is no model to read it */
  HARNESS_AWAIT (strstr (scope_window_get_message (self->window), "Open a model first") != NULL);
  drag_and_drop (self, model);
  HARNESS_AWAIT (scope_session_get_model (self->session) != NULL);
  harness_rest (self->window);
  drag_and_drop (self, letter);
  HARNESS_AWAIT (scope_session_get_tokens (self->session) != NULL);
  harness_rest (self->window);
  g_assert_true (titled (self, "rescue-mamba2-5m"));
  check_tokens (self, model, letter);
  drag_and_drop (self, key);
  check_tokens (self, model, key);
}

static void
test_session (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "kept.mambascope", NULL);
  harness_open_sample (self->window, "rescue-mamba2-5m", "the-letter.txt");
  harness_rest (self->window);
  scope_session_set_layer (self->session, 5);
  scope_session_set_channel (self->session, 6);
  harness_rest (self->window);
  g_assert_true (scope_window_save_session (self->window, path));
  harness_open_sample (self->window, "novel-mamba2-6m", "the-letter.txt");
  HARNESS_AWAIT (titled (self, "novel-mamba2-6m"));
  harness_rest (self->window);
  drag_and_drop (self, path);
  HARNESS_AWAIT (titled (self, "rescue-mamba2-5m · layer 5 · head 6"));
}

/* A figure that the command line has written brings back what it shows. */
static void
test_figure (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "figure.png", NULL);
  g_autofree char *model
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  g_autofree char *text = g_build_filename (scope_test_samples (), "texts", "pass-key.txt", NULL);
  const char *const arguments[]
      = { "figure",    "--preset", "compare", model, text,    "--layer", "6",
          "--channel", "3",        "--dpi",   "60",  "--out", path,      NULL };
  g_autofree char *said = run_cli (arguments);
  drag_and_drop (self, path);
  HARNESS_AWAIT (titled (self, "rescue-mamba2-5m · layer 6 · head 3"));
  check_tokens (self, model, text);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && g_str_equal (argv[1], "--source")) {
    gtk_init ();
    return be_source (argv[2], atoi (argv[3]), atoi (argv[4]));
  }
  harness_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  program = argv[0];
  cli = argv[1];
  g_test_add ("/ui/drops/model-and-text", Fixture, NULL, set_up, test_model_and_text, tear_down);
  g_test_add ("/ui/drops/session", Fixture, NULL, set_up, test_session, tear_down);
  g_test_add ("/ui/drops/figure", Fixture, NULL, set_up, test_figure, tear_down);
  return g_test_run ();
}

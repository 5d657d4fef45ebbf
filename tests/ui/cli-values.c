#include "cli-values.h"

#include <string.h>

#include "test-support.h"

GResource *scope_ui_get_resource (void);

#define LATE_SECONDS 120

/* --- the command line ---------------------------------------------------------------------------
 */

static void
run_cli (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  int status;
  g_assert_true (g_spawn_command_line_sync (line, NULL, &said, &status, &error));
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", line, said);
}

/* Version 1.0: ten bytes with the header's length at the end, the header, the numbers. */
static float *
read_npy (const char *path, gsize *count)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize length;
  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_strstr_len (bytes + 10, (gssize)length - 10, "'<f4'"));
  gsize begin = 10 + (guchar)bytes[8] + 256 * (gsize)(guchar)bytes[9];
  *count = (length - begin) / sizeof (float);
  return g_memdup2 (bytes + begin, *count * sizeof (float));
}

float *
cli_values (const char *command, ScopeSession *session, const char *arguments, const char *out,
            const char *file, gsize *count)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *target = g_build_filename (folder, out, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *line
      = g_strdup_printf ("%s %s %s %s %s --out %s", g_getenv ("SCOPE_TEST_CLI"), command,
                         scope_model_folder (scope_session_get_model (session)),
                         scope_session_get_text_path (session), arguments, target);
  run_cli (line);
  return read_npy (path, count);
}

/* --- the window ---------------------------------------------------------------------------------
 */

void
view_test_init (int *argc, char ***argv)
{
  g_autofree char *home = scope_test_folder ();
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  gtk_test_init (argc, argv, NULL);
  adw_init ();
  g_resources_register (scope_ui_get_resource ());
}

static gboolean
late_cb (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

void
view_test_settle (ScopeWindow *window)
{
  gboolean late = FALSE, failed = FALSE;
  guint source = g_timeout_add_seconds (LATE_SECONDS, late_cb, &late);
  while (!late && !scope_window_is_settled (window, &failed))
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (late);
  g_source_remove (source);
  view_test_run_for (60); /* what is asked for a moment later */
  while (scope_session_get_busy (scope_window_get_session (window)))
    g_main_context_iteration (NULL, TRUE);
}

void
view_test_run_for (guint milliseconds)
{
  gboolean late = FALSE;
  g_timeout_add (milliseconds, late_cb, &late);
  while (!late)
    g_main_context_iteration (NULL, TRUE);
}

ScopeWindow *
view_test_window (const char *model, const char *text, const char *view)
{
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (NULL));
  g_autofree char *folder = g_build_filename (scope_test_samples (), "models", model, NULL);
  g_autofree char *path = g_build_filename (scope_test_samples (), "texts", text, NULL);
  scope_window_set_transient_size (window, 1280, 860);
  scope_window_show_view (window, view);
  gtk_window_present (GTK_WINDOW (window));
  scope_window_open (window, folder, path);
  view_test_settle (window);
  return window;
}

GtkWidget *
view_test_find (GtkWidget *widget, GType type)
{
  GtkWidget *found = NULL;
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = view_test_find (child, type);
  return found;
}

const char *
view_test_label (GtkWidget *widget, const char *prefix)
{
  const char *found = NULL;
  if (GTK_IS_LABEL (widget) && gtk_widget_get_visible (widget)
      && g_str_has_prefix (gtk_label_get_text (GTK_LABEL (widget)), prefix))
    return gtk_label_get_text (GTK_LABEL (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = view_test_label (child, prefix);
  return found;
}

void
view_test_close (ScopeWindow *window)
{
  ScopeSession *session = g_object_ref (scope_window_get_session (window));
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *)&window);
  gtk_window_destroy (GTK_WINDOW (window));
  view_test_run_for (400);
  g_assert_null (window);
  g_assert_finalize_object (session);
}

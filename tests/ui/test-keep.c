/* What a window keeps and takes back: undo by real keys, session files, the last session, several
 * windows, preferences. */
#include <adwaita.h>
#include <string.h>

#include "base/file.h"
#include "test-support.h"
#include "ui/application.h"
#include "ui/map-view.h"
#include "ui/preferences-window.h"
#include "ui/preferences.h"
#include "ui/window.h"

GResource *scope_ui_get_resource (void);

#define LATE_S 120

static GtkApplication *application;

/* --- the main loop ------------------------------------------------------------------------------
 */

static gboolean
late_cb (gpointer what)
{
  g_error ("%s did not happen within %d s", (const char *)what, LATE_S);
  return G_SOURCE_REMOVE;
}

#define WAIT(condition)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint late = g_timeout_add_seconds (LATE_S, late_cb, (gpointer) #condition);                   \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (late);                                                                        \
  }                                                                                                \
  G_STMT_END

static gboolean
quiet_cb (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static void
run_for (guint milliseconds)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_timeout_add (milliseconds, quiet_cb, loop);
  g_main_loop_run (loop);
}

static gboolean
is_settled (ScopeWindow *window)
{
  gboolean failed;
  return scope_window_is_settled (window, &failed);
}

static void
settle (ScopeWindow *window)
{
  WAIT (is_settled (window));
}

/* --- what is on screen --------------------------------------------------------------------------
 */

typedef gboolean (*Test) (GtkWidget *widget, gconstpointer data);

static GtkWidget *
find (GtkWidget *widget, Test test, gconstpointer data)
{
  GtkWidget *found = test (widget, data) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find (child, test, data);
  return found;
}

static gboolean
is_of_type (GtkWidget *widget, gconstpointer type)
{
  return g_type_is_a (G_OBJECT_TYPE (widget), *(const GType *)type);
}

static gboolean
says (GtkWidget *widget, gconstpointer text)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
         && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

static gboolean
shows (ScopeWindow *window, const char *text)
{
  return find (GTK_WIDGET (window), says, text) != NULL;
}

static gboolean
switch_is_on (ScopeWindow *window)
{
  GType type = GTK_TYPE_SWITCH;
  return gtk_switch_get_active (GTK_SWITCH (find (GTK_WIDGET (window), is_of_type, &type)));
}

static const char *
tab_shown (ScopeWindow *window)
{
  GType type = ADW_TYPE_VIEW_STACK;
  return adw_view_stack_get_visible_child_name (
      ADW_VIEW_STACK (find (GTK_WIDGET (window), is_of_type, &type)));
}

/* --- windows ------------------------------------------------------------------------------------
 */

static ScopeWindow *
new_window (void)
{
  ScopeWindow *window = SCOPE_WINDOW (scope_window_new (application));
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

static void
open_sample (ScopeWindow *window)
{
  g_autofree char *folder
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  g_autofree char *text = g_build_filename (scope_test_samples (), "texts", "the-letter.txt", NULL);
  scope_window_open (window, folder, text);
  settle (window);
}

/* Closed as the user does it, and nothing is left of it. */
static void
assert_closes (ScopeWindow *window)
{
  ScopeSession *session = g_object_ref (scope_window_get_session (window));
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *)&window);
  gtk_window_close (GTK_WINDOW (window));
  run_for (400);
  g_assert_null (window);
  g_assert_finalize_object (session);
}

/* A key that the screen sends, as a keyboard would. */
static void
press (const char *keys)
{
  const char *argv[] = { "xdotool", "mousemove", "5", "300", "key", keys, NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, &error));
  run_for (300);
}

/* --- tests --------------------------------------------------------------------------------------
 */

static void
test_keys (void)
{
  g_autofree char *xdotool = g_find_program_in_path ("xdotool");
  if (xdotool == NULL) {
    g_test_skip ("xdotool is not installed");
    return;
  }
  ScopeWindow *window = new_window ();
  open_sample (window);
  run_for (300);
  GAction *undo = g_action_map_lookup_action (G_ACTION_MAP (window), "undo");
  GAction *redo = g_action_map_lookup_action (G_ACTION_MAP (window), "redo");
  g_assert_false (g_action_get_enabled (undo));
  press ("ctrl+l");
  g_assert_true (switch_is_on (window));
  g_assert_true (g_action_get_enabled (undo));
  g_assert_false (g_action_get_enabled (redo));
  run_for (SCOPE_HISTORY_MERGE_MS);
  press ("alt+2");
  g_assert_cmpstr (tab_shown (window), !=, "map");
  press ("ctrl+z");
  g_assert_cmpstr (tab_shown (window), ==, "map");
  WAIT (shows (window, "Undone: view"));
  press ("ctrl+z");
  g_assert_false (switch_is_on (window));
  WAIT (shows (window, "Undone: filter’s switch"));
  g_assert_false (g_action_get_enabled (undo));
  press ("ctrl+shift+z");
  g_assert_true (switch_is_on (window));
  press ("ctrl+y");
  g_assert_cmpstr (tab_shown (window), !=, "map");
  g_assert_false (g_action_get_enabled (redo));
  settle (window);
  assert_closes (window);
}

/* Another window restores what the first one saved, the tab included. */
static void
test_session (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "a.mambascope", NULL);
  ScopeWindow *first = new_window ();
  open_sample (first);
  ScopeSession *a = scope_window_get_session (first);
  scope_session_set_layer (a, 5);
  scope_session_set_channel (a, 6);
  scope_session_set_palette (a, SCOPE_PALETTE_MAGMA);
  g_assert_true (scope_window_show_view (first, "decay"));
  settle (first);
  g_assert_true (scope_window_save_session (first, path));
  WAIT (shows (first, "Saved as a.mambascope"));
  ScopeWindow *second = new_window ();
  scope_window_open_any (second, path);
  settle (second);
  run_for (200);
  ScopeSession *b = scope_window_get_session (second);
  g_assert_cmpuint (scope_session_get_layer (b), ==, 5);
  g_assert_cmpuint (scope_session_get_channel (b), ==, 6);
  g_assert_cmpint (scope_session_get_palette (b), ==, SCOPE_PALETTE_MAGMA);
  g_assert_cmpstr (tab_shown (second), ==, "decay");
  g_assert_nonnull (strstr (gtk_window_get_title (GTK_WINDOW (second)), "layer 5 · head 6"));
  assert_closes (first);
  assert_closes (second);
}

/* A session that is opened where no map has been drawn yet looks where the one that was saved did.
 */
static void
test_place (void)
{
  GType type = SCOPE_TYPE_MAP_VIEW;
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "place.mambascope", NULL);
  ScopeWindow *first = new_window ();
  open_sample (first);
  ScopeMapView *map = SCOPE_MAP_VIEW (find (GTK_WIDGET (first), is_of_type, &type));
  scope_map_view_go_to (map, 70, 30);
  settle (first);
  const ScopeMapGeometry *g = scope_map_view_get_geometry (map);
  double row = g->y + g->height / g->scale / 2, column = g->x + g->width / g->scale / 2;
  double scale = g->scale;
  g_assert_false (g->fitted);
  g_assert_true (scope_window_save_session (first, path));
  assert_closes (first);
  ScopeWindow *second = new_window ();
  scope_window_open_any (second, path);
  settle (second);
  run_for (200);
  map = SCOPE_MAP_VIEW (find (GTK_WIDGET (second), is_of_type, &type));
  g = scope_map_view_get_geometry (map);
  g_assert_cmpfloat_with_epsilon (g->scale, scale, 1e-9);
  g_assert_cmpfloat_with_epsilon (g->y + g->height / g->scale / 2, row, 0.5);
  g_assert_cmpfloat_with_epsilon (g->x + g->width / g->scale / 2, column, 0.5);
  assert_closes (second);
}

static void
test_last (void)
{
  ScopeWindow *window = new_window ();
  open_sample (window);
  scope_session_set_layer (scope_window_get_session (window), 3);
  settle (window);
  assert_closes (window);
  window = new_window ();
  g_assert_true (scope_window_restore_last (window));
  settle (window);
  g_assert_cmpuint (scope_session_get_layer (scope_window_get_session (window)), ==, 3);
  assert_closes (window);
}

/* A window that came up beside those of the application. */
static GtkWindow *
dialog_of (GType type)
{
  GListModel *windows = gtk_window_get_toplevels ();
  for (guint k = 0; k < g_list_model_get_n_items (windows); k++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (windows, k);
    if (g_type_is_a (G_OBJECT_TYPE (window), type))
      return window;
  }
  return NULL;
}

static void
write_session (const char *path, int version, const char *text)
{
  g_autofree char *json = g_strdup_printf (
      "{\"schema\": \"mambascope-session\", \"version\": %d, \"model\": {\"path\": "
      "\"%s/models/rescue-mamba2-5m\"}, \"text\": {\"path\": \"%s\"}, \"parameters\": {}}",
      version, scope_test_samples (), text);
  g_assert_true (scope_file_write (path, json, strlen (json), NULL));
}

/* A text that has moved is named, and another is asked for; a newer file is refused with a reason.
 */
static void
test_refused (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "b.mambascope", NULL);
  ScopeWindow *window = new_window ();
  write_session (path, 1, "/nowhere/the-text.txt");
  scope_window_open_session (window, path);
  run_for (200);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (dialog_of (ADW_TYPE_MESSAGE_DIALOG));
  g_assert_cmpstr (adw_message_dialog_get_heading (dialog), ==, "Text Not Found");
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "b.mambascope"));
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "/nowhere/the-text.txt"));
  adw_message_dialog_response (dialog, "cancel");
  gtk_window_destroy (GTK_WINDOW (dialog));
  run_for (200);
  g_assert_null (scope_session_get_model (scope_window_get_session (window)));
  write_session (path, 2, "t");
  scope_window_open_session (window, path);
  g_assert_nonnull (strstr (scope_window_get_message (window), "written by a newer Mambascope"));
  assert_closes (window);
}

/* What is set in the window is in the file, and a new window begins with it. */
static void
test_preferences (void)
{
  GType combo = ADW_TYPE_COMBO_ROW, toggle = GTK_TYPE_SWITCH;
  ScopeWindow *window = new_window ();
  scope_preferences_window_show (GTK_WINDOW (window));
  run_for (300);
  GtkWidget *preferences = GTK_WIDGET (dialog_of (g_type_from_name ("ScopePreferencesWindow")));
  g_assert_nonnull (find (preferences, is_of_type, &combo));
  gtk_switch_set_active (GTK_SWITCH (find (preferences, is_of_type, &toggle)), TRUE);
  g_autofree char *path
      = g_build_filename (g_get_user_config_dir (), "mambascope", "preferences.ini", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
  g_assert_true (g_key_file_get_boolean (file, "preferences", "restore", NULL));
  g_assert_true (scope_preferences_get ()->restore);
  gtk_window_close (GTK_WINDOW (preferences));
  scope_preferences_get ()->palette = SCOPE_PALETTE_CIVIDIS;
  ScopeWindow *next = new_window ();
  g_assert_cmpint (scope_session_get_palette (scope_window_get_session (next)), ==,
                   SCOPE_PALETTE_CIVIDIS);
  g_assert_false (scope_session_get_can_undo (scope_window_get_session (next)));
  assert_closes (next);
  assert_closes (window);
}

int
main (int argc, char **argv)
{
  /* The user's own files are left alone. */
  g_autofree char *home = scope_test_folder ();
  g_setenv ("XDG_CONFIG_HOME", home, TRUE);
  g_setenv ("XDG_DATA_HOME", home, TRUE);
  g_setenv ("XDG_STATE_HOME", home, TRUE);
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_resources_register (scope_ui_get_resource ());
  application = GTK_APPLICATION (scope_application_new ());
  g_application_set_flags (G_APPLICATION (application),
                           G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_COMMAND_LINE);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_application_hold (G_APPLICATION (application));
  g_test_add_func ("/ui/keep/keys", test_keys);
  g_test_add_func ("/ui/keep/session", test_session);
  g_test_add_func ("/ui/keep/place", test_place);
  g_test_add_func ("/ui/keep/last", test_last);
  g_test_add_func ("/ui/keep/refused", test_refused);
  g_test_add_func ("/ui/keep/preferences", test_preferences);
  return g_test_run ();
}

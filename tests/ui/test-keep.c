/* What a window keeps and takes back: undo by real keys, session files, the last session, several
 * windows, preferences. */
#include <adwaita.h>
#include <string.h>

#include "base/file.h"
#include "harness.h"
#include "test-support.h"
#include "ui/map-view.h"
#include "ui/preferences-window.h"
#include "ui/preferences.h"

/* --- what is on screen --------------------------------------------------------------------------
 */

static gboolean
switch_is_on (ScopeWindow *window)
{
  return gtk_switch_get_active (GTK_SWITCH (harness_find (GTK_WIDGET (window), GTK_TYPE_SWITCH)));
}

static const char *
tab_shown (ScopeWindow *window)
{
  return adw_view_stack_get_visible_child_name (
      ADW_VIEW_STACK (harness_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK)));
}

/* --- windows ------------------------------------------------------------------------------------
 */

static void
open_sample (ScopeWindow *window)
{
  g_autofree char *folder
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  g_autofree char *text = g_build_filename (scope_test_samples (), "texts", "the-letter.txt", NULL);
  scope_window_open (window, folder, text);
  harness_rest (window);
}

/* Closed as the user does it, and nothing is left of it. */
static void
assert_closes (ScopeWindow *window)
{
  ScopeSession *session = g_object_ref (scope_window_get_session (window));
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *)&window);
  gtk_window_close (GTK_WINDOW (window));
  harness_run_for (400);
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
  harness_run_for (300);
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
  ScopeWindow *window = harness_window_kept ();
  open_sample (window);
  harness_run_for (300);
  GAction *undo = g_action_map_lookup_action (G_ACTION_MAP (window), "undo");
  GAction *redo = g_action_map_lookup_action (G_ACTION_MAP (window), "redo");
  g_assert_false (g_action_get_enabled (undo));
  press ("ctrl+l");
  g_assert_true (switch_is_on (window));
  g_assert_true (g_action_get_enabled (undo));
  g_assert_false (g_action_get_enabled (redo));
  harness_run_for (SCOPE_HISTORY_MERGE_MS);
  press ("alt+2");
  g_assert_cmpstr (tab_shown (window), !=, "map");
  press ("ctrl+z");
  g_assert_cmpstr (tab_shown (window), ==, "map");
  HARNESS_AWAIT (harness_says (GTK_WIDGET (window), "Undone: view"));
  press ("ctrl+z");
  g_assert_false (switch_is_on (window));
  HARNESS_AWAIT (harness_says (GTK_WIDGET (window), "Undone: filter’s switch"));
  g_assert_false (g_action_get_enabled (undo));
  press ("ctrl+shift+z");
  g_assert_true (switch_is_on (window));
  press ("ctrl+y");
  g_assert_cmpstr (tab_shown (window), !=, "map");
  g_assert_false (g_action_get_enabled (redo));
  harness_rest (window);
  assert_closes (window);
}

/* Another window restores what the first one saved, the tab included. */
static void
test_session (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "a.mambascope", NULL);
  ScopeWindow *first = harness_window_kept ();
  open_sample (first);
  ScopeSession *a = scope_window_get_session (first);
  scope_session_set_layer (a, 5);
  scope_session_set_channel (a, 6);
  scope_session_set_palette (a, SCOPE_PALETTE_MAGMA);
  g_assert_true (scope_window_show_view (first, "decay"));
  harness_rest (first);
  g_assert_true (scope_window_save_session (first, path));
  HARNESS_AWAIT (harness_says (GTK_WIDGET (first), "Saved as a.mambascope"));
  ScopeWindow *second = harness_window_kept ();
  scope_window_open_any (second, path);
  harness_rest (second);
  harness_run_for (200);
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
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "place.mambascope", NULL);
  ScopeWindow *first = harness_window_kept ();
  open_sample (first);
  ScopeMapView *map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (first), SCOPE_TYPE_MAP_VIEW));
  scope_map_view_go_to (map, 70, 30);
  harness_rest (first);
  const ScopeMapGeometry *g = scope_map_view_get_geometry (map);
  double row = g->y + g->height / g->scale / 2, column = g->x + g->width / g->scale / 2;
  double scale = g->scale;
  g_assert_false (g->fitted);
  g_assert_true (scope_window_save_session (first, path));
  assert_closes (first);
  ScopeWindow *second = harness_window_kept ();
  scope_window_open_any (second, path);
  harness_rest (second);
  harness_run_for (200);
  map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (second), SCOPE_TYPE_MAP_VIEW));
  g = scope_map_view_get_geometry (map);
  g_assert_cmpfloat_with_epsilon (g->scale, scale, 1e-9);
  g_assert_cmpfloat_with_epsilon (g->y + g->height / g->scale / 2, row, 0.5);
  g_assert_cmpfloat_with_epsilon (g->x + g->width / g->scale / 2, column, 0.5);
  assert_closes (second);
}

static void
test_last (void)
{
  ScopeWindow *window = harness_window_kept ();
  open_sample (window);
  scope_session_set_layer (scope_window_get_session (window), 3);
  harness_rest (window);
  assert_closes (window);
  window = harness_window_kept ();
  g_assert_true (scope_window_restore_last (window));
  harness_rest (window);
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
  ScopeWindow *window = harness_window_kept ();
  write_session (path, 1, "/nowhere/the-text.txt");
  scope_window_open_session (window, path);
  harness_run_for (200);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (dialog_of (ADW_TYPE_MESSAGE_DIALOG));
  g_assert_cmpstr (adw_message_dialog_get_heading (dialog), ==, "Text Not Found");
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "b.mambascope"));
  g_assert_nonnull (strstr (adw_message_dialog_get_body (dialog), "/nowhere/the-text.txt"));
  adw_message_dialog_response (dialog, "cancel");
  gtk_window_destroy (GTK_WINDOW (dialog));
  harness_run_for (200);
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
  ScopeWindow *window = harness_window_kept ();
  scope_preferences_window_show (GTK_WINDOW (window));
  harness_run_for (300);
  GtkWidget *preferences = GTK_WIDGET (dialog_of (g_type_from_name ("ScopePreferencesWindow")));
  g_assert_nonnull (harness_find (preferences, ADW_TYPE_COMBO_ROW));
  gtk_switch_set_active (GTK_SWITCH (harness_find (preferences, GTK_TYPE_SWITCH)), TRUE);
  g_autofree char *path
      = g_build_filename (g_get_user_config_dir (), "mambascope", "preferences.ini", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_assert_true (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL));
  g_assert_true (g_key_file_get_boolean (file, "preferences", "restore", NULL));
  g_assert_true (scope_preferences_get ()->restore);
  gtk_window_close (GTK_WINDOW (preferences));
  scope_preferences_get ()->palette = SCOPE_PALETTE_CIVIDIS;
  ScopeWindow *next = harness_window_kept ();
  g_assert_cmpint (scope_session_get_palette (scope_window_get_session (next)), ==,
                   SCOPE_PALETTE_CIVIDIS);
  g_assert_false (scope_session_get_can_undo (scope_window_get_session (next)));
  assert_closes (next);
  assert_closes (window);
}

int
main (int argc, char **argv)
{
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/keep/keys", test_keys);
  g_test_add_func ("/ui/keep/session", test_session);
  g_test_add_func ("/ui/keep/place", test_place);
  g_test_add_func ("/ui/keep/last", test_last);
  g_test_add_func ("/ui/keep/refused", test_refused);
  g_test_add_func ("/ui/keep/preferences", test_preferences);
  return g_test_run ();
}

/* Every window, dialog and popover of the app is opened and closed, and then all of them are open
 * when the main window goes: nothing is left, neither of them nor of what was in them, nor of the
 * session. */
#include <glib/gstdio.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/export-window.h"
#include "ui/filter-field.h"
#include "ui/map-view.h"
#include "ui/sweep-view.h"

typedef struct {
  ScopeWindow *window;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->window = harness_window_with_keys ();
  harness_open_sample (self->window, "novel-mamba2-6m", "the-letter.txt");
  harness_rest (self->window);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_null (self->window); /* closed by the test */
}

static void
close_main (Fixture *self)
{
  harness_assert_gone (g_steal_pointer (&self->window));
}

/* --- windows and dialogs ------------------------------------------------------------------------
 */

static guint
count_windows (void)
{
  return g_list_model_get_n_items (gtk_window_get_toplevels ());
}

/* The window that is none of KNOWN; the caller's. NULL: there is none. */
static GtkWindow *
find_new (GPtrArray *known)
{
  GListModel *all = gtk_window_get_toplevels ();
  for (guint k = 0; k < g_list_model_get_n_items (all); k++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (all, k);
    if (!g_ptr_array_find (known, window, NULL))
      return g_steal_pointer (&window);
  }
  return NULL;
}

static gboolean
is_up (gpointer dialog)
{
  gboolean up = FALSE;
  for (guint k = 0; k < count_windows (); k++) {
    g_autoptr (GtkWindow) window = g_list_model_get_item (gtk_window_get_toplevels (), k);
    up |= window == dialog;
  }
  return up;
}

static GPtrArray *
known_windows (void)
{
  GPtrArray *known = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint k = 0; k < count_windows (); k++)
    g_ptr_array_add (known, g_list_model_get_item (gtk_window_get_toplevels (), k));
  return known;
}

static void
act (Fixture *self, const char *action)
{
  GActionGroup *group = G_ACTION_GROUP (self->window);
  g_assert_true (g_action_group_get_action_enabled (group, action));
  g_action_group_activate_action (group, action, NULL);
}

static GtkWindow *
await_new (GPtrArray *known)
{
  GtkWindow *dialog = NULL;
  HARNESS_AWAIT ((dialog = find_new (known)) != NULL);
  harness_run_for (200); /* it comes up, and begins what it does */
  return dialog;
}

static GtkWindow *
open_dialog (Fixture *self, const char *action)
{
  g_autoptr (GPtrArray) known = known_windows ();
  g_test_message ("%s", action);
  act (self, action);
  return await_new (known);
}

/* Takes DIALOG over. Who listens hears of it in idles, and a figure's check is on a thread of its
 * own. */
static void
assert_goes (GtkWindow *dialog)
{
  g_autoptr (GPtrArray) watched = harness_watch (GTK_WIDGET (dialog));
  gtk_window_close (dialog);
  HARNESS_AWAIT (!is_up (dialog));
  HARNESS_AWAIT (G_OBJECT (dialog)->ref_count == 1);
  g_assert_finalize_object (dialog);
  for (guint k = 0; k < 50 && harness_count_left (watched, "", FALSE) > 0; k++)
    harness_run_for (100);
  g_assert_cmpuint (harness_count_left (watched, "", TRUE), ==, 0);
}

static const char *const dialogs[]
    = { "export",     "composer",  "preferences",  "about",          "survey",
        "open-model", "open-text", "open-session", "save-session-as" };

/* Each as its user closes it: while it still works, and a second time once it rests. */
static void
test_each (Fixture *self, gconstpointer data)
{
  for (guint k = 0; k < G_N_ELEMENTS (dialogs); k++)
    for (guint rested = 0; rested < 2; rested++) {
      GtkWindow *dialog = open_dialog (self, dialogs[k]);
      if (rested)
        harness_rest (self->window);
      assert_goes (dialog);
    }
  close_main (self);
}

/* The shortcuts' window is the main one's for life. */
static void
test_shortcuts (Fixture *self, gconstpointer data)
{
  act (self, "show-help-overlay");
  harness_run_for (300);
  GtkShortcutsWindow *overlay
      = gtk_application_window_get_help_overlay (GTK_APPLICATION_WINDOW (self->window));
  g_object_add_weak_pointer (G_OBJECT (overlay), (gpointer *)&overlay);
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (overlay)));
  gtk_window_close (GTK_WINDOW (overlay));
  harness_run_for (200);
  act (self, "show-help-overlay");
  harness_run_for (300);
  close_main (self);
  HARNESS_AWAIT (overlay == NULL);
}

/* The main window goes while all of them are up. */
static void
test_all (Fixture *self, gconstpointer data)
{
  gpointer open[G_N_ELEMENTS (dialogs)];
  for (guint k = 0; k < G_N_ELEMENTS (dialogs); k++) {
    open[k] = open_dialog (self, dialogs[k]);
    g_object_add_weak_pointer (open[k], &open[k]);
    g_object_unref (open[k]);
  }
  close_main (self);
  for (guint k = 0; k < G_N_ELEMENTS (dialogs); k++)
    HARNESS_AWAIT (open[k] == NULL);
  g_assert_cmpuint (count_windows (), ==, 0);
}

/* A chooser of the export window goes with it, which goes with the main window. */
static void
test_nested (Fixture *self, gconstpointer data)
{
  static const char *const actions[] = { "export.save", "export.save-recipe" };
  gpointer open[G_N_ELEMENTS (actions)];
  for (guint k = 0; k < G_N_ELEMENTS (actions); k++) {
    GtkWindow *figure = open_dialog (self, "export");
    HARNESS_AWAIT (scope_export_window_is_settled (SCOPE_EXPORT_WINDOW (figure)));
    g_autoptr (GPtrArray) known = known_windows ();
    g_assert_true (gtk_widget_activate_action (GTK_WIDGET (figure), actions[k], NULL));
    HARNESS_AWAIT ((open[k] = find_new (known)) != NULL);
    g_object_add_weak_pointer (open[k], &open[k]);
    g_object_unref (open[k]);
    harness_run_for (200);
    if (k == 0) {
      gtk_window_destroy (figure);
      HARNESS_AWAIT (open[k] == NULL);
      g_ptr_array_set_size (known, 0);
      HARNESS_AWAIT (G_OBJECT (figure)->ref_count == 1);
      g_assert_finalize_object (figure);
    } else {
      g_object_unref (figure);
    }
  }
  close_main (self);
  HARNESS_AWAIT (open[1] == NULL);
}

/* --- choosers -----------------------------------------------------------------------------------
 */

static void
save_sweep (GtkWidget *window, const char *ending)
{
  GtkWidget *view = harness_find (window, SCOPE_TYPE_SWEEP_VIEW);
  g_assert_true (gtk_widget_activate_action (view, "sweep.save", "s", ending));
}

/* Of the first parameter of a filter that is a file. */
static void
choose_table (GtkWidget *window, const char *unused)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new ();
  harness_collect (window, SCOPE_TYPE_FILTER_FIELD, fields);
  for (guint k = 0; k < fields->len; k++) {
    g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
    if (scope_filter_field_get_parameter (fields->pdata[k])->kind != SCOPE_FILTER_FILE)
      continue;
    harness_collect (fields->pdata[k], GTK_TYPE_BUTTON, buttons);
    g_assert_cmpuint (buttons->len, ==, 1); /* there is no file yet that could be cleared */
    g_signal_emit_by_name (buttons->pdata[0], "clicked");
    return;
  }
  g_assert_not_reached ();
}

static const struct {
  void (*open) (GtkWidget *window, const char *ending);
  const char *ending;
} choosers[] = { { save_sweep, "csv" }, { save_sweep, "png" }, { choose_table, NULL } };

/* There is a sweep that can be saved. */
static void
measure (Fixture *self)
{
  g_assert_true (scope_window_show_view (self->window, "sweep"));
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_SWEEP_VIEW);
  ScopeSweep *sweep = scope_sweep_view_get_sweep (SCOPE_SWEEP_VIEW (view));
  scope_sweep_set_lengths (sweep, "32");
  g_object_set (sweep, "windows", 1, NULL);
  gtk_widget_activate_action (view, "sweep.run", NULL);
  HARNESS_AWAIT (scope_sweep_get_table (sweep) != NULL && !scope_sweep_is_running (sweep));
  harness_rest (self->window);
}

/* Closed by its user; and left to the window, which goes. */
static void
test_choosers (Fixture *self, gconstpointer data)
{
  gpointer left[G_N_ELEMENTS (choosers)] = { NULL };
  measure (self);
  for (guint k = 0; k < 2 * G_N_ELEMENTS (choosers); k++) {
    guint which = k % G_N_ELEMENTS (choosers);
    g_autoptr (GPtrArray) known = known_windows ();
    choosers[which].open (GTK_WIDGET (self->window), choosers[which].ending);
    GtkWindow *chooser = await_new (known);
    if (k == which) {
      assert_goes (chooser);
    } else {
      g_set_weak_pointer (&left[which], chooser);
      g_object_unref (chooser);
    }
  }
  close_main (self);
  for (guint k = 0; k < G_N_ELEMENTS (choosers); k++)
    HARNESS_AWAIT (left[k] == NULL);
  g_assert_cmpuint (count_windows (), ==, 0);
}

/* A chooser that goes while its list of files is pressed: at the second press of a double click,
 * for example. What changes in the folder afterwards is no longer told to anyone. */
static void
test_pressed (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "a.txt", NULL);
  g_autofree char *before = g_get_current_dir ();
  g_assert_true (g_file_set_contents (path, "a", -1, NULL));
  g_assert_cmpint (g_chdir (folder), ==, 0); /* where a chooser begins */
  GtkWindow *chooser = open_dialog (self, "open-text");
  GtkWidget *list = harness_find (GTK_WIDGET (chooser), GTK_TYPE_TREE_VIEW);
  HARNESS_AWAIT (gtk_tree_view_get_model (GTK_TREE_VIEW (list)) != NULL);
  gpointer model = NULL;
  g_set_weak_pointer (&model, gtk_tree_view_get_model (GTK_TREE_VIEW (list)));
  if (!input_open (chooser)) {
    g_test_skip ("no X server with XTEST");
    gtk_window_close (chooser);
  } else {
    graphene_point_t at = GRAPHENE_POINT_INIT (60, 40);
    g_assert_true (gtk_widget_compute_point (list, GTK_WIDGET (chooser), &at, &at));
    input_move (at.x, at.y);
    harness_run_for (100);
    input_button (1, TRUE);
    HARNESS_AWAIT (gtk_widget_get_state_flags (list) & GTK_STATE_FLAG_ACTIVE);
    assert_goes (chooser);
    input_button (1, FALSE);
    HARNESS_AWAIT (model == NULL);
  }
  g_assert_true (g_file_set_contents (path, "b", -1, NULL));
  harness_run_for (300);
  g_assert_cmpint (g_chdir (before), ==, 0);
  close_main (self);
}

/* --- questions ----------------------------------------------------------------------------------
 */

/* A session whose text is gone asks where it is; a figure that is there asks whether it may go. */
static void
test_questions (Fixture *self, gconstpointer data)
{
  static const char json[]
      = "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"/nowhere\"}, "
        "\"text\": {\"path\": \"/nowhere/a\"}, \"parameters\": {}}";
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "lost.mambascope", NULL);
  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  for (guint k = 0; k < 2; k++) {
    g_autoptr (GPtrArray) known = known_windows ();
    GtkWindow *dialog = NULL;
    scope_window_open_session (self->window, path);
    HARNESS_AWAIT ((dialog = find_new (known)) != NULL);
    g_ptr_array_set_size (known, 0);
    harness_run_for (200);
    g_assert_true (ADW_IS_MESSAGE_DIALOG (dialog));
    if (k == 0)
      assert_goes (dialog);
    else
      g_object_unref (dialog);
  }
  close_main (self);
  HARNESS_AWAIT (count_windows () == 0);
}

/* --- popovers -----------------------------------------------------------------------------------
 */

static void
visit_popovers (GtkWidget *root, gboolean leave_open)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  harness_collect (root, GTK_TYPE_MENU_BUTTON, buttons);
  for (guint k = 0; k < buttons->len; k++) {
    GtkPopover *popover = gtk_menu_button_get_popover (buttons->pdata[k]);
    if (popover == NULL || !gtk_widget_is_sensitive (buttons->pdata[k]))
      continue;
    gtk_menu_button_popup (buttons->pdata[k]);
    HARNESS_AWAIT (gtk_widget_get_mapped (GTK_WIDGET (popover)));
    if (leave_open)
      return;
    gtk_menu_button_popdown (buttons->pdata[k]);
    HARNESS_AWAIT (!gtk_widget_get_mapped (GTK_WIDGET (popover)));
  }
}

static void
test_popovers (Fixture *self, gconstpointer data)
{
  g_auto (GStrv) views = harness_views (self->window);
  for (char **view = views; *view != NULL; view++) {
    g_assert_true (scope_window_show_view (self->window, *view));
    harness_rest (self->window);
    visit_popovers (GTK_WIDGET (self->window), FALSE);
  }
  g_assert_true (scope_window_show_view (self->window, "map"));
  GtkWidget *map = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_MAP_VIEW);
  gtk_widget_activate_action (map, "map.menu", NULL);
  harness_run_for (200);
  visit_popovers (GTK_WIDGET (self->window), TRUE);
  close_main (self);
}

/* The window goes while one is up: each in its turn, but for plain menus. */
static gboolean
leave_open (Fixture *self, guint which)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();
  harness_collect (GTK_WIDGET (self->window), GTK_TYPE_MENU_BUTTON, buttons);
  for (guint k = 0; k < buttons->len; k++) {
    GtkPopover *popover = gtk_menu_button_get_popover (buttons->pdata[k]);
    if (popover == NULL || GTK_IS_POPOVER_MENU (popover)
        || !gtk_widget_is_sensitive (buttons->pdata[k]) || which-- > 0)
      continue;
    gtk_menu_button_popup (buttons->pdata[k]);
    HARNESS_AWAIT (gtk_widget_get_mapped (GTK_WIDGET (popover)));
    harness_run_for (100);
    return TRUE;
  }
  return FALSE;
}

static void
test_left_open (Fixture *self, gconstpointer data)
{
  gboolean opened = TRUE;
  for (guint which = 0; opened; which++) {
    if (which > 0)
      set_up (self, data);
    scope_session_set_cursor (scope_window_get_session (self->window), 20, 10);
    harness_rest (self->window);
    opened = leave_open (self, which);
    close_main (self);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "each", test_each },
    { "shortcuts", test_shortcuts },
    { "all", test_all },
    { "nested", test_nested },
    { "choosers", test_choosers },
    { "pressed", test_pressed },
    { "questions", test_questions },
    { "popovers", test_popovers },
    { "left-open", test_left_open },
  };
  harness_init (&argc, &argv);
  SCOPE_TEST_ADD_EACH ("/ui/closing/", Fixture, NULL, set_up, tests, tear_down);
  return g_test_run ();
}

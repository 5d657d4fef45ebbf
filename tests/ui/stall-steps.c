/* Steps by pointer, by keys and by the window's own actions, as a user goes about. */
#include "stall-steps.h"

#include <math.h>

#include "input.h"
#include "session/atlas.h"
#include "session/compare.h"
#include "test-support.h"
#include "ui/inspector.h"
#include "watchdog.h"

gboolean stall_quick;

void
stall_activate (ScopeWindow *window, const char *name, GVariant *target)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), name, target);
}

/* --- in a view ----------------------------------------------------------------------------------
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
  return stall_quick ? MAX (2, count / 8) : count;
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
    stall_activate (window, "toggle-filter", NULL);
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

/* Of all that scrolls in the view, drop-downs as well, what has the longest way. */
static GtkAdjustment *
longest_way (ScopeWindow *window, double *way)
{
  AdwViewStack *stack = ADW_VIEW_STACK (harness_find (GTK_WIDGET (window), ADW_TYPE_VIEW_STACK));
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  GtkAdjustment *longest = NULL;
  harness_collect (adw_view_stack_get_visible_child (stack), GTK_TYPE_SCROLLED_WINDOW, found);
  *way = 0;
  for (guint k = 0; k < found->len; k++) {
    GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (found->pdata[k]);
    double own = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
    if (own > *way)
      longest = place;
    *way = MAX (*way, own);
  }
  g_assert_nonnull (longest);
  return longest;
}

/* Through all of it in a second and a half, as by the handle of the scroll bar. */
static void
rush (ScopeWindow *window)
{
  double way;
  GtkAdjustment *place = longest_way (window, &way);
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
    stall_activate (window, "cancel", NULL);
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

/* Models are read and run meanwhile. */
static void
arrive (ScopeWindow *window)
{
  g_assert_true (harness_settle (window, 600));
}

/* Another text and another model, and back. */
static void
reopen (ScopeWindow *window)
{
  for (guint k = 0; k < times (16) / 4; k++) {
    harness_open_sample (window, k % 2 == 0 ? "rescue-mamba2-5m" : STALL_SAMPLE, "the-letter.txt");
    arrive (window);
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

/* COUNT times the next of its VALUES. */
static void
cycle (ScopeWindow *window, const char *member, guint values, guint count)
{
  for (guint k = 0; k < count; k++) {
    restore (window, member, k % values);
    harness_run_for (250);
  }
}

static void
sort_atlas (ScopeWindow *window)
{
  cycle (window, "atlas.sort", SCOPE_ATLAS_N_SORTS, MAX (times (18), SCOPE_ATLAS_N_SORTS));
  restore (window, "atlas.sort", SCOPE_ATLAS_BY_DECAY);
}

static void
whole_model (ScopeWindow *window)
{
  restore (window, "atlas.scope", SCOPE_ATLAS_MODEL);
  harness_run_for (400);
  arrive (window);
}

static void
compare_modes (ScopeWindow *window)
{
  cycle (window, "compare.mode", SCOPE_N_COMPARE_VIEWS, times (16));
}

/* --- in the window ------------------------------------------------------------------------------
 */

/* One view after the other; in each of them for so long, and then THEN, unless that is NULL. */
static void
visit (ScopeWindow *window, guint milliseconds, void (*then) (ScopeWindow *window))
{
  g_auto (GStrv) names = harness_views (window);
  for (guint k = 0; names[k] != NULL; k++) {
    scope_window_show_view (window, names[k]);
    harness_run_for (milliseconds);
    if (then != NULL)
      then (window);
  }
}

static void
views (ScopeWindow *window)
{
  visit (window, 500, NULL);
}

/* Nothing. What turns or blinks unseen would have the window painted for ever. */
static void
rest (ScopeWindow *window)
{
  gboolean still = FALSE;
  for (guint k = 0; k < 20 && !still; k++) { /* scroll bars fade first */
    watchdog_lap ();
    harness_run_for (1000);
    still = watchdog_lap ().frames == 0;
  }
  g_assert_true (still);
  harness_run_for (1000);
}

static void
sections (ScopeWindow *window)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  harness_collect (harness_find (GTK_WIDGET (window), SCOPE_TYPE_INSPECTOR), GTK_TYPE_EXPANDER,
                   found);
  for (guint k = 0; k < 2 * found->len; k++) {
    GtkExpander *section = found->pdata[k % found->len];
    gtk_expander_set_expanded (section, !gtk_expander_get_expanded (section));
    harness_run_for (250);
  }
}

static void
sidebars (ScopeWindow *window)
{
  for (guint k = 0; k < times (32) / 4 * 4; k++) {
    stall_activate (window, k % 4 < 2 ? "toggle-inspector" : "toggle-sidebar", NULL);
    harness_run_for (400);
  }
}

static void
schemes (ScopeWindow *window)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  for (guint k = 0; k < times (16) / 2 * 2; k++) {
    adw_style_manager_set_color_scheme (manager, k % 2 == 0 ? ADW_COLOR_SCHEME_FORCE_DARK
                                                            : ADW_COLOR_SCHEME_FORCE_LIGHT);
    harness_run_for (500);
  }
  adw_style_manager_set_color_scheme (manager, ADW_COLOR_SCHEME_DEFAULT);
  harness_run_for (300);
}

/* A few changes, all of them back, all of them again. */
static void
undo (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  for (guint k = 0; k < times (24) / 3; k++) {
    scope_session_set_layer (session, (k * 5 + 2) % 12);
    harness_run_for (100);
    scope_session_set_channel (session, (k * 37 + 5) % 512);
    harness_run_for (100);
    stall_activate (window, "toggle-filter", NULL);
    harness_run_for (100);
    scope_history_break (scope_session_get_history (session));
  }
  for (guint k = 0; k < 2 * times (24); k++) {
    stall_activate (window, k < times (24) ? "undo" : "redo", NULL);
    harness_run_for (150);
  }
  scope_session_set_filter_on (session, FALSE);
}

/* Another text of the same model, and back. */
static void
texts (ScopeWindow *window)
{
  ScopeSession *session = scope_window_get_session (window);
  g_autofree char *own = g_strdup (scope_session_get_text_path (session));
  g_autofree char *other
      = g_build_filename (scope_test_samples (), "texts", "the-letter.txt", NULL);
  for (guint k = 0; k < 2; k++) {
    scope_session_open_text (session, k == 0 ? other : own);
    arrive (window);
  }
}

static void
sessions (ScopeWindow *window)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "browsed.mambascope", NULL);
  g_assert_true (scope_window_save_session (window, path));
  harness_run_for (300);
  scope_window_open_session (window, path);
  harness_run_for (100);
  arrive (window);
}

/* What ACTION opens, looked at and closed. */
static void
look_at (ScopeWindow *window, const char *action, guint milliseconds)
{
  g_autoptr (GListModel) tops = g_object_ref (gtk_window_get_toplevels ());
  gtk_widget_activate_action (GTK_WIDGET (window), action, NULL);
  harness_run_for (milliseconds);
  for (guint k = 0; k < g_list_model_get_n_items (tops); k++) {
    g_autoptr (GtkWindow) one = g_list_model_get_item (tops, k);
    if (one != GTK_WINDOW (window) && gtk_widget_get_mapped (GTK_WIDGET (one)))
      gtk_window_close (one);
  }
  harness_run_for (200);
}

static void
look_at_export (ScopeWindow *window)
{
  look_at (window, "win.export", 2500);
}

static void
exports (ScopeWindow *window)
{
  visit (window, 300, look_at_export);
}

static void
composer (ScopeWindow *window)
{
  stall_activate (window, "compose-add", NULL);
  harness_run_for (500);
  stall_activate (window, "compose-add", NULL);
  harness_run_for (500);
  look_at (window, "win.composer", 2500);
}

static void
dialogs (ScopeWindow *window)
{
  static const char *const actions[] = { "win.preferences", "win.about", "win.show-help-overlay" };
  for (guint k = 0; k < G_N_ELEMENTS (actions); k++)
    look_at (window, actions[k], 700);
}

/* Typed letter by letter, then from match to match. */
static void
find (ScopeWindow *window)
{
  static const char letters[] = "the";
  stall_activate (window, "find", NULL);
  harness_run_for (400);
  for (guint k = 0; letters[k] != '\0'; k++) {
    input_key ((guint)letters[k], 0);
    harness_run_for (400);
  }
  for (guint k = 0; k < times (64); k++) {
    input_key (GDK_KEY_Return, 0);
    harness_run_for (50);
  }
  input_key (GDK_KEY_Escape, 0);
  harness_run_for (300);
}

const StallStep stall_steps[] = {
  { STALL_ON_SAMPLE, "map", "window: rest", rest },
  { STALL_ON_SAMPLE, "map", "views: for the first time", views },
  { STALL_ON_SAMPLE, "map", "views: again", views, TRUE },
  { STALL_ON_SAMPLE, "map", "map: pan", pan },
  { STALL_ON_SAMPLE, "map", "map: zoom", zoom },
  { STALL_ON_SAMPLE, "map", "map: point", point },
  { STALL_ON_SAMPLE, "map", "map: layers", layers },
  { STALL_ON_SAMPLE, "map", "map: channels", channels },
  { STALL_ON_SAMPLE, "map", "map: toggle the filter", toggle },
  { STALL_ON_SAMPLE, "map", "map: resize", resize },
  { STALL_ON_SAMPLE, "map", "map: cancel", cancel },
  { STALL_ON_SAMPLE, "atlas", "atlas: scroll", scroll },
  { STALL_ON_SAMPLE, "atlas", "atlas: rush", rush },
  { STALL_ON_SAMPLE, "atlas", "atlas: sort", sort_atlas },
  { STALL_ON_SAMPLE, "atlas", "atlas: layers", layers },
  { STALL_ON_SAMPLE, "atlas", "atlas: resize", resize },
  { STALL_ON_SAMPLE, "text", "text: scroll", scroll },
  { STALL_ON_SAMPLE, "text", "text: point", point },
  { STALL_ON_SAMPLE, "compare", "compare: modes", compare_modes },
  { STALL_ON_SAMPLE, "compare", "compare: zoom", zoom },
  { STALL_ON_SAMPLE, "compare", "compare: pan", pan },
  { STALL_ON_SAMPLE, "decay", "decay: point", point },
  { STALL_ON_SAMPLE, "decay", "decay: resize", resize },
  { STALL_ON_SAMPLE, "map", "window: sections", sections, TRUE },
  { STALL_ON_SAMPLE, "map", "window: sidebars", sidebars },
  { STALL_ON_SAMPLE, "map", "window: undo, redo", undo },
  { STALL_ON_SAMPLE, "map", "window: dark, light", schemes },
  { STALL_ON_SAMPLE, "atlas", "window: dark, light, atlas", schemes, TRUE },
  { STALL_ON_SAMPLE, "map", "window: dialogs", dialogs, TRUE },
  { STALL_ON_SAMPLE, "map", "export: windows", exports, TRUE },
  { STALL_ON_SAMPLE, "map", "export: composer", composer, TRUE },
  { STALL_ON_SAMPLE, "text", "text: find", find, TRUE },
  { STALL_ON_SAMPLE, "map", "open: a session", sessions, TRUE },
  { STALL_ON_SAMPLE, "map", "open: texts", texts, TRUE },
  { STALL_ON_MANY_CHANNELS, "atlas", "36,864: measure", whole_model },
  { STALL_ON_MANY_CHANNELS, "atlas", "36,864: scroll", scroll },
  { STALL_ON_MANY_CHANNELS, "atlas", "36,864: rush", rush },
  { STALL_ON_MANY_CHANNELS, "atlas", "36,864: sort", sort_atlas },
  { STALL_ON_LONG_TEXT, "text", "131,072: scroll", scroll },
  { STALL_ON_LONG_TEXT, "text", "131,072: rush", rush },
  { STALL_ON_LONG_TEXT, "text", "131,072: point", point },
  { STALL_ON_LONG_TEXT, "text", "131,072: find", find },
  { STALL_ON_LONG_TEXT, "text", "131,072: resize", resize },
  { STALL_ON_LONG_TEXT, "map", "131,072: pan", pan },
  { STALL_ON_LONG_TEXT, "map", "131,072: zoom", zoom },
  { STALL_ON_LONG_TEXT, "map", "open: others", reopen },
};

const guint stall_n_steps = G_N_ELEMENTS (stall_steps);

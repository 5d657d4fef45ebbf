/* test-hands CLI: what is done by hand in the views but the map, by a real pointer and real keys:
 * what is then shown, against what the command line says; and every step taken back and done again
 * by keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hands.h"
#include "input.h"
#include "test-support.h"
#include "ui/atlas-cell.h"
#include "ui/atlas-view.h"
#include "ui/channel-row.h"
#include "ui/decay-plot.h"
#include "ui/decay-view.h"
#include "ui/format.h"
#include "ui/inspector-channel.h"
#include "ui/inspector.h"
#include "ui/sweep-view.h"
#include "ui/text-view.h"
#include "ui/theta-handle.h"
#include "ui/token-text.h"

static const char *cli; /* mambascope-cli */

/* --- θ ------------------------------------------------------------------------------------------
 */

/* "global" or "local" for every head of every layer at θ, by the command line. */
static const char *const *
cli_classes (Hands *self)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  double theta = scope_session_get_theta (self->session);
  g_autofree char *filter
      = g_strconcat ("longmamba:theta=", g_ascii_dtostr (digits, sizeof digits, theta), NULL);
  const char *const arguments[] = { "--filter", filter, NULL };
  gsize length;
  if (theta == self->theta)
    return self->classes;
  g_autofree char *csv = harness_cli (cli, "channels", self->session, "c.csv", arguments, &length);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (csv), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + HANDS_LAYERS * HANDS_HEADS);
  for (guint k = 0; k < HANDS_LAYERS * HANDS_HEADS; k++)
    self->classes[k] = strstr (lines[k + 1], ",global,") != NULL ? "global" : "local";
  self->theta = theta;
  return self->classes;
}

static guint
count_global (const char *const *classes, guint count)
{
  guint global = 0;
  for (guint k = 0; k < count; k++)
    global += g_str_equal (classes[k], "global");
  return global;
}

/* The class of every head of the layer whose row is in sight in the sidebar. */
static gboolean
rows_agree (Hands *self, const char *const *classes)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  gboolean agree = TRUE;
  harness_collect (GTK_WIDGET (self->window), SCOPE_TYPE_CHANNEL_ROW, rows);
  g_assert_cmpuint (rows->len, >=, 4);
  for (guint k = 0; k < rows->len; k++) {
    guint head = 0;
    for (; head < HANDS_HEADS; head++) {
      g_autofree char *name = g_strdup_printf ("Head %u", head);
      if (harness_says (rows->pdata[k], name))
        break;
    }
    g_assert_cmpuint (head, <, HANDS_HEADS);
    agree &= harness_says (rows->pdata[k], classes[head]);
  }
  return agree;
}

static gboolean
decay_says (Hands *self, guint global)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_DECAY_VIEW);
  g_autofree char *words = g_strdup_printf ("%u of %u heads global", global, HANDS_HEADS);
  return harness_says (view, words);
}

/* In the Decay view, in the sidebar and in the inspector; returns how many of the layer are global.
 */
static guint
check_classes (Hands *self)
{
  GtkWidget *facts = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_INSPECTOR_CHANNEL);
  const char *const *here
      = cli_classes (self) + scope_session_get_layer (self->session) * HANDS_HEADS;
  HARNESS_AWAIT (decay_says (self, count_global (here, HANDS_HEADS)));
  HARNESS_AWAIT (rows_agree (self, here));
  HARNESS_AWAIT (harness_says (facts, here[scope_session_get_channel (self->session)]));
  return count_global (here, HANDS_HEADS);
}

/* The atlas of the whole model that shows the global ones alone. */
static void
check_atlas (Hands *self)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  guint all = count_global (cli_classes (self), HANDS_LAYERS * HANDS_HEADS);
  g_assert_cmpuint (all, >, 0);
  g_autofree char *words = g_strdup_printf ("%u of %u heads", all, HANDS_HEADS * HANDS_LAYERS);
  g_assert_true (scope_window_show_view (self->window, "atlas"));
  harness_rest (self->window);
  g_object_set (atlas, "scope", SCOPE_ATLAS_MODEL, "classes", SCOPE_ATLAS_GLOBAL, NULL);
  HARNESS_AWAIT (harness_says (view, words));
  g_assert_true (scope_window_show_view (self->window, "decay"));
  harness_rest (self->window);
}

static double
shown_theta (Hands *self)
{
  GtkWidget *handle = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_THETA_HANDLE);
  GtkWidget *label = gtk_widget_get_first_child (handle);
  return harness_number (gtk_label_get_text (GTK_LABEL (label)) + strlen ("θ "));
}

static void
test_theta (Hands *self, gconstpointer data)
{
  GtkWidget *handle = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_THETA_HANDLE);
  ScopeDecayPlot *plot
      = SCOPE_DECAY_PLOT (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_DECAY_PLOT));
  double first = scope_session_get_theta (self->session), shown = shown_theta (self);
  graphene_rect_t box;
  graphene_point_t from, to;
  guint before = check_classes (self);
  g_assert_true (gtk_widget_compute_bounds (handle, GTK_WIDGET (plot), &box));
  g_assert_true (scope_decay_plot_place (plot, 1, log (first), &from));
  g_assert_true (scope_decay_plot_place (plot, 1, 0.3 * log (first), &to));
  double x = box.origin.x + box.size.width / 2;
  hands_drag (self, plot, x, from.y, x, to.y);
  HARNESS_AWAIT (scope_session_get_theta (self->session) != first);
  harness_rest (self->window);
  double theta = scope_session_get_theta (self->session);
  /* A pixel or two of the plot's height, which is at most forty decades. */
  g_assert_cmpfloat_with_epsilon (log (theta), 0.3 * log (first), 0.02 * fabs (log (first)) + 0.5);
  g_assert_true (hands_is_near (shown_theta (self), theta, 6e-3)); /* three digits */
  g_assert_cmpuint (check_classes (self), <, before);
  hands_undo (self);
  HARNESS_AWAIT (shown_theta (self) == shown && decay_says (self, before));
  harness_rest (self->window);
  hands_redo (self);
  HARNESS_AWAIT (hands_is_near (shown_theta (self), theta, 6e-3));
  check_classes (self);
  check_atlas (self);
  g_assert_true (gtk_widget_grab_focus (handle)); /* its keys */
  input_key (GDK_KEY_Page_Down, 0);
  HARNESS_AWAIT (shown_theta (self) < 0.999 * theta);
  harness_rest (self->window);
  check_classes (self);
}

/* --- the text -----------------------------------------------------------------------------------
 */

static void
type (const char *word)
{
  for (const char *letter = word; *letter != '\0'; letter++)
    input_key ((guint)*letter, 0);
}

static guint
count_words (ScopeSession *session, const char *word)
{
  guint count = 0;
  g_autofree char *low
      = g_ascii_strdown (scope_tokens_text (scope_session_get_tokens (session), NULL), -1);
  for (const char *at = low; (at = strstr (at, word)) != NULL; at += strlen (word))
    count++;
  return count;
}

/* A regular expression, typed. */
static void
test_search (Hands *self, gconstpointer data)
{
  guint count = count_words (self->session, "key");
  g_autofree char *first = g_strdup_printf ("1 of %u", count);
  g_autofree char *second = g_strdup_printf ("2 of %u", count);
  scope_session_select (self->session, 0, 0); /* the search goes on from what is in sight */
  input_key (GDK_KEY_f, GDK_CONTROL_MASK);    /* from the map */
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_TEXT_VIEW);
  GtkWidget *bar = harness_find (view, GTK_TYPE_SEARCH_BAR);
  HARNESS_AWAIT (gtk_widget_get_mapped (view)
                 && gtk_search_bar_get_search_mode (GTK_SEARCH_BAR (bar)));
  harness_rest (self->window);
  type ("k[e]y");
  HARNESS_AWAIT (harness_says (view, first));
  input_key (GDK_KEY_Return, 0);
  HARNESS_AWAIT (harness_says (view, second));
  input_key (GDK_KEY_Return, GDK_SHIFT_MASK);
  HARNESS_AWAIT (harness_says (view, first));
  input_key (GDK_KEY_Escape, 0); /* what was found is selected */
  HARNESS_AWAIT (scope_session_get_row (self->session) != 0);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  g_autofree char *token = scope_tokens_display (tokens, scope_session_get_row (self->session));
  g_assert_nonnull (strchr (token, 'k'));
  harness_rest (self->window);
}

/* What is said of TOKEN at row ROW is the command line's. */
static void
check_token (Hands *self, GtkWidget *view, gsize row, gsize token)
{
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  g_autofree float *values = harness_cli_row (cli, self->session, row);
  g_autofree char *number = scope_format_count (token);
  g_autofree char *value = scope_format_value (values[token]);
  g_autofree char *start
      = g_strdup_printf ("token %s · id %d · ", number, scope_tokens_ids (tokens)[token]);
  g_autofree char *end = g_strdup_printf (" · α = %s", value);
  HARNESS_AWAIT (harness_says (view, start) && harness_says (view, end));
}

static void
test_click (Hands *self, gconstpointer data)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_TEXT_VIEW);
  ScopeTokenText *text = SCOPE_TOKEN_TEXT (harness_find (view, SCOPE_TYPE_TOKEN_TEXT));
  gsize first = scope_token_text_get_first (text), last = scope_token_text_get_last (text);
  gsize row = first + 2 * (last - first) / 3, other = first + (last - first) / 3;
  graphene_rect_t area;
  g_assert_cmpuint (last, >, first + 10);
  g_assert_true (scope_token_text_place (text, row, &area));
  hands_click_at (self, text, area.origin.x + area.size.width / 2,
                  area.origin.y + area.size.height / 2, 1);
  HARNESS_AWAIT (scope_session_get_row (self->session) == row);
  harness_rest (self->window);
  check_token (self, view, row, row);
  g_assert_true (scope_token_text_place (text, other, &area));
  hands_point_at (self, text, area.origin.x + area.size.width / 2,
                  area.origin.y + area.size.height / 2);
  harness_run_for (60);
  check_token (self, view, row, other); /* pointed at: how the row reads it */
  harness_run_for (SCOPE_HISTORY_MERGE_MS);
  input_click (1);
  HARNESS_AWAIT (scope_session_get_row (self->session) == other);
  harness_rest (self->window);
  hands_undo (self);
  HARNESS_AWAIT (scope_session_get_row (self->session) == row);
  hands_redo (self);
  HARNESS_AWAIT (scope_session_get_row (self->session) == other);
  check_token (self, view, other, other);
}

/* --- the atlas and the sweep, taken back --------------------------------------------------------
 */

static GtkWidget *
atlas_cell (Hands *self, guint index)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();
  harness_collect (GTK_WIDGET (self->window), SCOPE_TYPE_ATLAS_CELL, cells);
  for (guint k = 0; k < cells->len; k++)
    if (scope_atlas_cell_get_index (cells->pdata[k]) == index)
      return cells->pdata[k];
  g_assert_not_reached ();
}

static gboolean
titled (Hands *self, guint layer, guint head)
{
  g_autofree char *words = g_strdup_printf ("layer %u · head %u", layer, head);
  return strstr (gtk_window_get_title (GTK_WINDOW (self->window)), words) != NULL;
}

static void
test_atlas (Hands *self, gconstpointer data)
{
  guint layer = (guint)scope_session_get_layer (self->session);
  guint first = (guint)scope_session_get_channel (self->session), other = (first + 3) % HANDS_HEADS;
  input_click_on (atlas_cell (self, layer * HANDS_HEADS + other));
  HARNESS_AWAIT (titled (self, layer, other));
  harness_rest (self->window);
  hands_undo (self);
  HARNESS_AWAIT (titled (self, layer, first));
  hands_redo (self);
  HARNESS_AWAIT (titled (self, layer, other));
}

static void
test_sweep (Hands *self, gconstpointer data)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_SWEEP_VIEW);
  ScopeSweep *sweep = scope_sweep_view_get_sweep (SCOPE_SWEEP_VIEW (view));
  g_autofree char *before = NULL, *now = NULL, *after = NULL;
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();
  g_object_get (sweep, "lengths", &before, NULL);
  harness_collect (view, GTK_TYPE_ENTRY, entries);
  g_assert_true (gtk_widget_grab_focus (entries->pdata[0]));
  input_key (GDK_KEY_a, GDK_CONTROL_MASK);
  type ("200 512");
  HARNESS_AWAIT (g_str_equal (gtk_editable_get_text (entries->pdata[0]), "200 512"));
  input_key (GDK_KEY_Return, 0); /* it is meant, and the keys are the view's again */
  harness_run_for (200);
  if (scope_sweep_is_running (sweep))
    scope_sweep_stop (sweep);
  harness_rest (self->window);
  g_object_get (sweep, "lengths", &now, NULL);
  g_assert_cmpstr (now, !=, before);
  GtkWidget *tab = harness_find (view, GTK_TYPE_MENU_BUTTON);
  gtk_widget_grab_focus (tab);
  hands_undo (self);
  HARNESS_AWAIT (g_str_equal (gtk_editable_get_text (entries->pdata[0]), before));
  hands_redo (self);
  HARNESS_AWAIT (g_str_equal (gtk_editable_get_text (entries->pdata[0]), now));
  g_object_get (sweep, "lengths", &after, NULL);
  g_assert_cmpstr (after, ==, now);
}

/* --- closed sections of the inspector -----------------------------------------------------------
 */

static void
tour_sections (Hands *self, GPtrArray *sections)
{
  static const struct {
    guint key;
    GdkModifierType modifiers;
  } keys[] = { { GDK_KEY_Left, 0 }, { GDK_KEY_Right, 0 }, { GDK_KEY_Up, 0 },
               { GDK_KEY_Down, 0 }, { GDK_KEY_Tab, 0 },   { GDK_KEY_Tab, GDK_SHIFT_MASK } };
  for (guint k = 0; k < sections->len; k++)
    for (guint n = 0; n < G_N_ELEMENTS (keys); n++) {
      g_assert_true (gtk_widget_grab_focus (sections->pdata[k]));
      input_key (keys[n].key, keys[n].modifiers);
      harness_run_for (20);
    }
}

/* Every key that moves the keyboard's focus comes back from them, to a widget of the window. */
static void
test_sections (Hands *self, gconstpointer data)
{
  g_autoptr (GPtrArray) sections = g_ptr_array_new ();
  GtkWidget *inspector = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_INSPECTOR);
  harness_collect (inspector, GTK_TYPE_EXPANDER, sections);
  g_assert_cmpuint (sections->len, ==, 6);
  for (guint k = 0; k < sections->len; k++)
    gtk_expander_set_expanded (sections->pdata[k], FALSE);
  tour_sections (self, sections);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  harness_rest (self->window);
  tour_sections (self, sections);
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self->window));
  g_assert_true (focus != NULL && gtk_widget_get_mapped (focus));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name, *view;
    void (*test) (Hands *self, gconstpointer data);
  } tests[] = {
    { "theta", "decay", test_theta }, { "search", "map", test_search },
    { "click", "text", test_click },  { "atlas", "atlas", test_atlas },
    { "sweep", "sweep", test_sweep }, { "sections", "map", test_sections },
  };
  hands_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  SCOPE_TEST_ADD_EACH ("/ui/hands/", Hands, tests[test_at].view, hands_set_up, tests,
                       hands_tear_down);
  return g_test_run ();
}

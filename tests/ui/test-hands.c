/* test-hands CLI: what is done by hand in the views, by a real pointer and real keys: what is then
 * shown, against what the command line says; and every step taken back and done again by keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "input.h"
#include "test-support.h"
#include "ui/atlas-cell.h"
#include "ui/atlas-view.h"
#include "ui/channel-row.h"
#include "ui/colour-bar-private.h"
#include "ui/decay-plot.h"
#include "ui/decay-view.h"
#include "ui/format.h"
#include "ui/inspector-channel.h"
#include "ui/inspector.h"
#include "ui/map-view-private.h"
#include "ui/sweep-view.h"
#include "ui/text-view.h"
#include "ui/theta-handle.h"
#include "ui/token-text.h"

#define HEADS  8
#define LAYERS 8

static const char *cli; /* mambascope-cli */

typedef struct {
  ScopeWindow *window;
  ScopeSession *session;
  ScopeMapView *map;
  ScopeColourBar *bar;
  double theta; /* of CLASSES; 0: there are none yet */
  const char *classes[LAYERS * HEADS];
} Fixture;

static void
set_up (Fixture *self, gconstpointer view)
{
  self->window = harness_window_with_keys ();
  self->session = scope_window_get_session (self->window);
  harness_open_sample (self->window, "rescue-mamba2-5m", "pass-key.txt");
  harness_rest (self->window);
  g_assert_true (scope_window_show_view (self->window, view));
  harness_rest (self->window);
  g_assert_true (input_open (GTK_WINDOW (self->window)));
  self->map = SCOPE_MAP_VIEW (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_MAP_VIEW));
  self->bar = SCOPE_COLOUR_BAR (harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_COLOUR_BAR));
}

static void
tear_down (Fixture *self, gconstpointer view)
{
  harness_rest (self->window);
  harness_assert_gone (self->window);
}

/* --- hands --------------------------------------------------------------------------------------
 */

static void
point_at (Fixture *self, gpointer widget, double x, double y)
{
  graphene_point_t at;
  g_assert_true (gtk_widget_compute_point (widget, GTK_WIDGET (self->window),
                                           &GRAPHENE_POINT_INIT ((float)x, (float)y), &at));
  input_move (at.x, at.y);
}

/* Events go through the X server: they are there once it has answered and GTK has drawn a frame. */
static void
drag (Fixture *self, gpointer widget, double x, double y, double to_x, double to_y)
{
  const int steps = 6;
  point_at (self, widget, x, y);
  harness_run_for (60);
  input_button (1, TRUE);
  harness_run_for (60);
  for (int k = 1; k <= steps; k++) {
    point_at (self, widget, x + (to_x - x) * k / steps, y + (to_y - y) * k / steps);
    harness_run_for (30);
  }
  input_button (1, FALSE);
  harness_run_for (60);
}

static void
click_at (Fixture *self, gpointer widget, double x, double y, guint button)
{
  point_at (self, widget, x, y);
  harness_run_for (60);
  input_click (button);
  harness_run_for (60);
}

static gboolean
hears (gpointer widget, GtkAccessibleProperty property, const char *words)
{
  g_autofree char *spoken = harness_spoken (widget, property);
  return spoken != NULL && strstr (spoken, words) != NULL;
}

/* The number behind WORDS in what is said of WIDGET. */
static double
heard (gpointer widget, GtkAccessibleProperty property, const char *words)
{
  g_autofree char *spoken = harness_spoken (widget, property);
  const char *at = spoken != NULL ? strstr (spoken, words) : NULL;
  if (at == NULL)
    g_error ("“%s” says nothing of “%s”", spoken, words);
  return harness_number (at + strlen (words));
}

static gboolean
can (Fixture *self, const char *action)
{
  return g_action_group_get_action_enabled (G_ACTION_GROUP (self->window), action);
}

/* By the key that takes back, and the one that does it again. */
static void
undo (Fixture *self)
{
  HARNESS_AWAIT (can (self, "undo"));
  input_key (GDK_KEY_z, GDK_CONTROL_MASK);
}

static void
redo (Fixture *self)
{
  HARNESS_AWAIT (can (self, "redo"));
  input_key (GDK_KEY_z, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
}

static gboolean
is_near (double a, double b, double tolerance)
{
  return fabs (a - b) <= tolerance * fabs (b);
}

/* --- the map's colours --------------------------------------------------------------------------
 */

/* Four digits are shown. */
#define SHOWN 6e-4

static double
shown_epsilon (Fixture *self)
{
  return heard (self->bar, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "Field boundary at ");
}

static double
bar_y (Fixture *self, ScopeBarHandle handle)
{
  return scope_colour_bar_y (self->bar, scope_colour_bar_place (self->bar, handle));
}

/* The value at PLACE of the axis, which is logarithmic: of LOW and HIGH as the bar's ends say. */
static double
at_height (Fixture *self, double y)
{
  double place = (self->bar->foot - y) / (self->bar->foot - self->bar->top);
  return self->bar->axis.low * pow (self->bar->axis.high / self->bar->axis.low, place);
}

/* Every boundary that is drawn begins at the first weight above ε of the command line's row. */
static void
check_boundary (Fixture *self, double epsilon)
{
  g_assert_cmpuint (self->map->fields.count, >, 20);
  for (gsize k = 3; k < self->map->fields.count; k += self->map->fields.count / 2) {
    gsize row = (gsize)self->map->fields.rows[k], first = 0;
    g_autofree float *values = harness_cli_row (cli, self->session, row);
    while (first <= row && !(fabsf (values[first]) > epsilon))
      first++;
    g_assert_cmpint (self->map->fields.starts[k], ==, first <= row ? (gint)first : -1);
  }
}

static void
test_epsilon (Fixture *self, gconstpointer data)
{
  double before = shown_epsilon (self), y = bar_y (self, SCOPE_BAR_EPSILON), to = y - 60;
  double expected = at_height (self, to);
  g_assert_true (is_near (before, 1e-3, SHOWN));
  check_boundary (self, scope_session_get_epsilon (self->session));
  drag (self, self->bar, SCOPE_BAR_LEFT - 9, y, SCOPE_BAR_LEFT - 9, to);
  /* Half a pixel of the pointer on six decades over the bar's height. */
  double slack = pow (at_height (self, to - 0.75) / expected, 1) - 1;
  HARNESS_AWAIT (is_near (shown_epsilon (self), expected, slack + SHOWN));
  harness_rest (self->window);
  double epsilon = scope_session_get_epsilon (self->session);
  g_assert_true (is_near (shown_epsilon (self), epsilon, SHOWN));
  check_boundary (self, epsilon);
  undo (self);
  HARNESS_AWAIT (shown_epsilon (self) == before);
  redo (self);
  HARNESS_AWAIT (is_near (shown_epsilon (self), epsilon, SHOWN));
  harness_rest (self->window);
}

static double
shown_end (Fixture *self, const char *words)
{
  return heard (self->bar, GTK_ACCESSIBLE_PROPERTY_LABEL, words);
}

static void
test_range (Fixture *self, gconstpointer data)
{
  const double x = SCOPE_BAR_LEFT + SCOPE_BAR_WIDTH + 5;
  double high = shown_end (self, " to "), low = shown_end (self, "from ");
  double top = bar_y (self, SCOPE_BAR_HIGH), foot = bar_y (self, SCOPE_BAR_LOW);
  double slack = at_height (self, top) / at_height (self, top + 0.75) - 1 + SHOWN;
  double high_to = at_height (self, top + 50), low_to = at_height (self, foot - 70);
  drag (self, self->bar, x, top, x, top + 50);
  HARNESS_AWAIT (is_near (shown_end (self, " to "), high_to, slack));
  g_assert_cmpfloat (shown_end (self, "from "), ==, low);
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50); /* a step of its own */
  drag (self, self->bar, x, foot, x, foot - 70);
  HARNESS_AWAIT (is_near (shown_end (self, "from "), low_to, slack));
  g_assert_true (is_near (shown_end (self, " to "), high_to, slack));
  /* The keys go on from there: a hundredth of the axis' six decades. */
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50);
  double dragged = shown_end (self, "from ");
  input_key (GDK_KEY_Up, 0);
  HARNESS_AWAIT (is_near (shown_end (self, "from "), dragged * pow (10, 0.06), 2 * SHOWN));
  harness_rest (self->window);
  undo (self);
  HARNESS_AWAIT (shown_end (self, "from ") == dragged);
  undo (self);
  HARNESS_AWAIT (shown_end (self, "from ") == low && shown_end (self, " to ") != high);
  undo (self);
  HARNESS_AWAIT (shown_end (self, " to ") == high);
  redo (self);
  HARNESS_AWAIT (is_near (shown_end (self, " to "), high_to, slack));
}

/* --- where the map is looked at -----------------------------------------------------------------
 */

static void
zoom_in (Fixture *self, int notches)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double wanted = g->scale * pow (SCOPE_MAP_ZOOM_STEP, notches);
  double x, y;
  scope_map_view_get_origin (self->map, &x, &y);
  point_at (self, self->map, x + g->width / 2, y + 0.6 * g->height);
  harness_run_for (60);
  input_wheel (-notches);
  HARNESS_AWAIT (is_near (g->scale, wanted, 1e-9));
  harness_rest (self->window);
}

static gboolean
cursor_is_at (Fixture *self, double row, double column)
{
  /* The pointer stands on whole pixels. */
  return fabs ((double)scope_session_get_row (self->session) + 0.5 - row) <= 2
         && fabs ((double)scope_session_get_column (self->session) + 0.5 - column) <= 2;
}

/* The cell that is said to be under the pointer in the middle of the plot, whose value the command
 * line has too. */
static void
middle_cell (Fixture *self, gsize *row, gsize *column)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double x, y;
  scope_map_view_get_origin (self->map, &x, &y);
  harness_rest (self->window);
  /* It must move to be heard of. */
  point_at (self, self->map, x + g->width / 2 + 9, y + g->height / 2);
  harness_run_for (60);
  point_at (self, self->map, x + g->width / 2, y + g->height / 2);
  HARNESS_AWAIT (
      cursor_is_at (self, g->y + g->height / 2 / g->scale, g->x + g->width / 2 / g->scale));
  harness_rest (self->window);
  *row = scope_session_get_row (self->session);
  *column = scope_session_get_column (self->session);
  g_autofree char *i = scope_format_count (*row), *j = scope_format_count (*column);
  g_autofree char *cell = g_strdup_printf ("(%s, %s) α = ", i, j);
  HARNESS_AWAIT (hears (self->map, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, cell));
  g_autofree float *values = harness_cli_row (cli, self->session, *row);
  double shown = heard (self->map, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, cell);
  g_assert_cmpfloat (fabs (shown - values[*column]), <=, SHOWN * fabsf (values[*column]) + 1e-30);
}

static void
test_minimap (Fixture *self, gconstpointer data)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  graphene_rect_t box;
  gsize row, column, last_row, last_column;
  g_assert_false (scope_map_minimap_area (self->map, &box));
  zoom_in (self, 12);
  g_assert_true (scope_map_minimap_area (self->map, &box));
  /* A pixel of it is so many cells. */
  double cells = g->length / box.size.width;
  double x = box.origin.x + 0.25 * box.size.width, y = box.origin.y + 0.75 * box.size.height;
  double old_x = g->x;
  click_at (self, self->map, x, y, 1);
  HARNESS_AWAIT (g->x != old_x);
  middle_cell (self, &row, &column);
  g_assert_cmpfloat (fabs ((double)row - 0.75 * g->length), <=, cells + 2);
  g_assert_cmpfloat (fabs ((double)column - 0.25 * g->length), <=, cells + 2);
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50);
  drag (self, self->map, x, y, box.origin.x + 0.4 * box.size.width,
        box.origin.y + 0.6 * box.size.height);
  middle_cell (self, &last_row, &last_column);
  g_assert_cmpfloat (fabs ((double)last_row - 0.6 * g->length), <=, cells + 2);
  g_assert_cmpfloat (fabs ((double)last_column - 0.4 * g->length), <=, cells + 2);
  undo (self);
  HARNESS_AWAIT (fabs (g->y + g->height / 2 / g->scale - (double)row) < 2);
  redo (self);
  HARNESS_AWAIT (fabs (g->y + g->height / 2 / g->scale - (double)last_row) < 2);
}

/* --- the map's menu -----------------------------------------------------------------------------
 */

static void
text_cb (GObject *clipboard, GAsyncResult *result, gpointer out)
{
  char **text = out;
  g_free (*text);
  *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (clipboard), result, NULL);
  if (*text == NULL)
    *text = g_strdup ("");
}

static char *
copied (Fixture *self)
{
  char *text = NULL;
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), NULL,
                                 text_cb, &text);
  HARNESS_AWAIT (text != NULL);
  return text;
}

static void
check_copied (Fixture *self)
{
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  g_autofree float *values = harness_cli_row (cli, self->session, row);
  g_autofree char *text = copied (self);
  g_assert_cmpfloat (values[column], !=, 0);
  /* All the digits of a float32. */
  g_assert_true (is_near (g_ascii_strtod (text, NULL), values[column], 1e-6));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), "");
}

static gboolean
menu_is_up (Fixture *self)
{
  return self->map->menu != NULL && gtk_widget_get_mapped (self->map->menu);
}

static GtkWidget *
menu_item (Fixture *self, const char *label)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  harness_collect (self->map->menu, GTK_TYPE_LABEL, labels);
  for (guint k = 0; k < labels->len; k++)
    if (g_str_equal (gtk_label_get_text (labels->pdata[k]), label))
      return labels->pdata[k];
  g_error ("the menu has no “%s”", label);
}

/* By the second button: what it opens is about the cell that was pressed. */
static void
test_menu (Fixture *self, gconstpointer data)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double x, y;
  graphene_rect_t box;
  scope_map_view_get_origin (self->map, &x, &y);
  click_at (self, self->map, x + 0.3 * g->width, y + 0.6 * g->height, 3);
  HARNESS_AWAIT (menu_is_up (self));
  gsize row = scope_session_get_row (self->session);
  g_assert_cmpfloat (fabs ((double)row - 0.6 * g->length), <=, g->length / g->height + 1);
  harness_run_for (300); /* it grabs the pointer */
  GtkWidget *item = menu_item (self, "Copy Value");
  g_assert_true (gtk_widget_compute_bounds (item, self->map->menu, &box));
  input_move_in (GTK_NATIVE (self->map->menu), box.origin.x + box.size.width / 2,
                 box.origin.y + box.size.height / 2);
  harness_run_for (100);
  input_click (1);
  HARNESS_AWAIT (!menu_is_up (self));
  g_assert_cmpuint (scope_session_get_row (self->session), ==, row);
  check_copied (self);
}

/* By its key, at the crosshair that keys have moved. */
static void
test_menu_key (Fixture *self, gconstpointer data)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->map));
  scope_session_select (self->session, 2000, 700);
  harness_run_for (60);
  input_key (GDK_KEY_Left, GDK_SHIFT_MASK);
  HARNESS_AWAIT (scope_session_get_column (self->session) == 690);
  input_key (GDK_KEY_Menu, 0);
  HARNESS_AWAIT (menu_is_up (self));
  harness_run_for (300);
  input_key (GDK_KEY_Escape, 0);
  HARNESS_AWAIT (!menu_is_up (self));
  HARNESS_AWAIT (gtk_widget_has_focus (GTK_WIDGET (self->map)));
  input_key (GDK_KEY_F10, GDK_SHIFT_MASK);
  HARNESS_AWAIT (menu_is_up (self));
  harness_run_for (300);
  input_key (GDK_KEY_Down, 0);
  harness_run_for (60);
  input_key (GDK_KEY_Up, 0);
  harness_run_for (60);
  input_key (GDK_KEY_Return, 0);
  HARNESS_AWAIT (!menu_is_up (self));
  check_copied (self);
}

/* --- θ ------------------------------------------------------------------------------------------
 */

/* "global" or "local" for every head of every layer at θ, by the command line. */
static const char *const *
cli_classes (Fixture *self)
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
  g_assert_cmpuint (g_strv_length (lines), ==, 1 + LAYERS * HEADS);
  for (guint k = 0; k < LAYERS * HEADS; k++)
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
rows_agree (Fixture *self, const char *const *classes)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  gboolean agree = TRUE;
  harness_collect (GTK_WIDGET (self->window), SCOPE_TYPE_CHANNEL_ROW, rows);
  g_assert_cmpuint (rows->len, >=, 4);
  for (guint k = 0; k < rows->len; k++) {
    guint head = 0;
    for (; head < HEADS; head++) {
      g_autofree char *name = g_strdup_printf ("Head %u", head);
      if (harness_says (rows->pdata[k], name))
        break;
    }
    g_assert_cmpuint (head, <, HEADS);
    agree &= harness_says (rows->pdata[k], classes[head]);
  }
  return agree;
}

static gboolean
decay_says (Fixture *self, guint global)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_DECAY_VIEW);
  g_autofree char *words = g_strdup_printf ("%u of %u heads global", global, HEADS);
  return harness_says (view, words);
}

/* In the Decay view, in the sidebar and in the inspector; returns how many of the layer are global.
 */
static guint
check_classes (Fixture *self)
{
  GtkWidget *facts = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_INSPECTOR_CHANNEL);
  const char *const *here = cli_classes (self) + scope_session_get_layer (self->session) * HEADS;
  HARNESS_AWAIT (decay_says (self, count_global (here, HEADS)));
  HARNESS_AWAIT (rows_agree (self, here));
  HARNESS_AWAIT (harness_says (facts, here[scope_session_get_channel (self->session)]));
  return count_global (here, HEADS);
}

/* The atlas of the whole model that shows the global ones alone. */
static void
check_atlas (Fixture *self)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_ATLAS_VIEW);
  ScopeAtlas *atlas = scope_atlas_view_get_atlas (SCOPE_ATLAS_VIEW (view));
  guint all = count_global (cli_classes (self), LAYERS * HEADS);
  g_assert_cmpuint (all, >, 0);
  g_autofree char *words = g_strdup_printf ("%u of %u heads", all, HEADS * LAYERS);
  g_assert_true (scope_window_show_view (self->window, "atlas"));
  harness_rest (self->window);
  g_object_set (atlas, "scope", SCOPE_ATLAS_MODEL, "classes", SCOPE_ATLAS_GLOBAL, NULL);
  HARNESS_AWAIT (harness_says (view, words));
  g_assert_true (scope_window_show_view (self->window, "decay"));
  harness_rest (self->window);
}

static double
shown_theta (Fixture *self)
{
  GtkWidget *handle = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_THETA_HANDLE);
  GtkWidget *label = gtk_widget_get_first_child (handle);
  return harness_number (gtk_label_get_text (GTK_LABEL (label)) + strlen ("θ "));
}

static void
test_theta (Fixture *self, gconstpointer data)
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
  drag (self, plot, x, from.y, x, to.y);
  HARNESS_AWAIT (scope_session_get_theta (self->session) != first);
  harness_rest (self->window);
  double theta = scope_session_get_theta (self->session);
  /* A pixel or two of the plot's height, which is at most forty decades. */
  g_assert_cmpfloat_with_epsilon (log (theta), 0.3 * log (first), 0.02 * fabs (log (first)) + 0.5);
  g_assert_true (is_near (shown_theta (self), theta, 6e-3)); /* three digits */
  g_assert_cmpuint (check_classes (self), <, before);
  undo (self);
  HARNESS_AWAIT (shown_theta (self) == shown && decay_says (self, before));
  harness_rest (self->window);
  redo (self);
  HARNESS_AWAIT (is_near (shown_theta (self), theta, 6e-3));
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
test_search (Fixture *self, gconstpointer data)
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
check_token (Fixture *self, GtkWidget *view, gsize row, gsize token)
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
test_click (Fixture *self, gconstpointer data)
{
  GtkWidget *view = harness_find (GTK_WIDGET (self->window), SCOPE_TYPE_TEXT_VIEW);
  ScopeTokenText *text = SCOPE_TOKEN_TEXT (harness_find (view, SCOPE_TYPE_TOKEN_TEXT));
  gsize first = scope_token_text_get_first (text), last = scope_token_text_get_last (text);
  gsize row = first + 2 * (last - first) / 3, other = first + (last - first) / 3;
  graphene_rect_t area;
  g_assert_cmpuint (last, >, first + 10);
  g_assert_true (scope_token_text_place (text, row, &area));
  click_at (self, text, area.origin.x + area.size.width / 2, area.origin.y + area.size.height / 2,
            1);
  HARNESS_AWAIT (scope_session_get_row (self->session) == row);
  harness_rest (self->window);
  check_token (self, view, row, row);
  g_assert_true (scope_token_text_place (text, other, &area));
  point_at (self, text, area.origin.x + area.size.width / 2, area.origin.y + area.size.height / 2);
  harness_run_for (60);
  check_token (self, view, row, other); /* pointed at: how the row reads it */
  harness_run_for (SCOPE_HISTORY_MERGE_MS);
  input_click (1);
  HARNESS_AWAIT (scope_session_get_row (self->session) == other);
  harness_rest (self->window);
  undo (self);
  HARNESS_AWAIT (scope_session_get_row (self->session) == row);
  redo (self);
  HARNESS_AWAIT (scope_session_get_row (self->session) == other);
  check_token (self, view, other, other);
}

/* --- the atlas and the sweep, taken back --------------------------------------------------------
 */

static GtkWidget *
atlas_cell (Fixture *self, guint index)
{
  g_autoptr (GPtrArray) cells = g_ptr_array_new ();
  harness_collect (GTK_WIDGET (self->window), SCOPE_TYPE_ATLAS_CELL, cells);
  for (guint k = 0; k < cells->len; k++)
    if (scope_atlas_cell_get_index (cells->pdata[k]) == index)
      return cells->pdata[k];
  g_assert_not_reached ();
}

static gboolean
titled (Fixture *self, guint layer, guint head)
{
  g_autofree char *words = g_strdup_printf ("layer %u · head %u", layer, head);
  return strstr (gtk_window_get_title (GTK_WINDOW (self->window)), words) != NULL;
}

static void
test_atlas (Fixture *self, gconstpointer data)
{
  guint layer = (guint)scope_session_get_layer (self->session);
  guint first = (guint)scope_session_get_channel (self->session), other = (first + 3) % HEADS;
  input_click_on (atlas_cell (self, layer * HEADS + other));
  HARNESS_AWAIT (titled (self, layer, other));
  harness_rest (self->window);
  undo (self);
  HARNESS_AWAIT (titled (self, layer, first));
  redo (self);
  HARNESS_AWAIT (titled (self, layer, other));
}

static void
test_sweep (Fixture *self, gconstpointer data)
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
  undo (self);
  HARNESS_AWAIT (g_str_equal (gtk_editable_get_text (entries->pdata[0]), before));
  redo (self);
  HARNESS_AWAIT (g_str_equal (gtk_editable_get_text (entries->pdata[0]), now));
  g_object_get (sweep, "lengths", &after, NULL);
  g_assert_cmpstr (after, ==, now);
}

/* --- closed sections of the inspector -----------------------------------------------------------
 */

static void
tour_sections (Fixture *self, GPtrArray *sections)
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
test_sections (Fixture *self, gconstpointer data)
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
    void (*test) (Fixture *self, gconstpointer data);
  } tests[] = {
    { "/ui/hands/epsilon", "map", test_epsilon },   { "/ui/hands/range", "map", test_range },
    { "/ui/hands/minimap", "map", test_minimap },   { "/ui/hands/menu", "map", test_menu },
    { "/ui/hands/menu-key", "map", test_menu_key }, { "/ui/hands/theta", "decay", test_theta },
    { "/ui/hands/search", "map", test_search },     { "/ui/hands/click", "text", test_click },
    { "/ui/hands/atlas", "atlas", test_atlas },     { "/ui/hands/sweep", "sweep", test_sweep },
    { "/ui/hands/sections", "map", test_sections },
  };
  g_setenv ("GTK_A11Y", "test", TRUE); /* it keeps what a screen reader would hear */
  harness_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  for (guint k = 0; k < G_N_ELEMENTS (tests); k++)
    g_test_add (tests[k].name, Fixture, tests[k].view, set_up, tests[k].test, tear_down);
  return g_test_run ();
}

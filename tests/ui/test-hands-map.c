/* test-hands-map CLI: what is done by hand in the map and at its colours: what is then shown,
 * against what the command line says; and every step taken back and done again by keys. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hands.h"
#include "input.h"
#include "test-support.h"
#include "ui/colour-bar-private.h"
#include "ui/format.h"
#include "ui/map-view-private.h"

static const char *cli; /* mambascope-cli */

/* --- the map's colours --------------------------------------------------------------------------
 */

/* Four digits are shown. */
#define SHOWN 6e-4

static double
shown_epsilon (Hands *self)
{
  return hands_heard (self->bar, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "Field boundary at ");
}

static double
bar_y (Hands *self, ScopeBarHandle handle)
{
  return scope_colour_bar_y (self->bar, scope_colour_bar_place (self->bar, handle));
}

/* The value at PLACE of the axis, which is logarithmic: of LOW and HIGH as the bar's ends say. */
static double
at_height (Hands *self, double y)
{
  double place = (self->bar->foot - y) / (self->bar->foot - self->bar->top);
  return self->bar->axis.low * pow (self->bar->axis.high / self->bar->axis.low, place);
}

/* Every boundary that is drawn begins at the first weight above ε of the command line's row. */
static void
check_boundary (Hands *self, double epsilon)
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
test_epsilon (Hands *self, gconstpointer data)
{
  double before = shown_epsilon (self), y = bar_y (self, SCOPE_BAR_EPSILON), to = y - 60;
  double expected = at_height (self, to);
  g_assert_true (hands_is_near (before, 1e-3, SHOWN));
  check_boundary (self, scope_session_get_epsilon (self->session));
  hands_drag (self, self->bar, SCOPE_BAR_LEFT - 9, y, SCOPE_BAR_LEFT - 9, to);
  /* Half a pixel of the pointer on six decades over the bar's height. */
  double slack = pow (at_height (self, to - 0.75) / expected, 1) - 1;
  HARNESS_AWAIT (hands_is_near (shown_epsilon (self), expected, slack + SHOWN));
  harness_rest (self->window);
  double epsilon = scope_session_get_epsilon (self->session);
  g_assert_true (hands_is_near (shown_epsilon (self), epsilon, SHOWN));
  check_boundary (self, epsilon);
  hands_undo (self);
  HARNESS_AWAIT (shown_epsilon (self) == before);
  hands_redo (self);
  HARNESS_AWAIT (hands_is_near (shown_epsilon (self), epsilon, SHOWN));
  harness_rest (self->window);
}

static double
shown_end (Hands *self, const char *words)
{
  return hands_heard (self->bar, GTK_ACCESSIBLE_PROPERTY_LABEL, words);
}

static void
test_range (Hands *self, gconstpointer data)
{
  const double x = SCOPE_BAR_LEFT + SCOPE_BAR_WIDTH + 5;
  double high = shown_end (self, " to "), low = shown_end (self, "from ");
  double top = bar_y (self, SCOPE_BAR_HIGH), foot = bar_y (self, SCOPE_BAR_LOW);
  double slack = at_height (self, top) / at_height (self, top + 0.75) - 1 + SHOWN;
  double high_to = at_height (self, top + 50), low_to = at_height (self, foot - 70);
  hands_drag (self, self->bar, x, top, x, top + 50);
  HARNESS_AWAIT (hands_is_near (shown_end (self, " to "), high_to, slack));
  g_assert_cmpfloat (shown_end (self, "from "), ==, low);
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50); /* a step of its own */
  hands_drag (self, self->bar, x, foot, x, foot - 70);
  HARNESS_AWAIT (hands_is_near (shown_end (self, "from "), low_to, slack));
  g_assert_true (hands_is_near (shown_end (self, " to "), high_to, slack));
  /* The keys go on from there: a hundredth of the axis' six decades. */
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50);
  double dragged = shown_end (self, "from ");
  input_key (GDK_KEY_Up, 0);
  HARNESS_AWAIT (hands_is_near (shown_end (self, "from "), dragged * pow (10, 0.06), 2 * SHOWN));
  harness_rest (self->window);
  hands_undo (self);
  HARNESS_AWAIT (shown_end (self, "from ") == dragged);
  hands_undo (self);
  HARNESS_AWAIT (shown_end (self, "from ") == low && shown_end (self, " to ") != high);
  hands_undo (self);
  HARNESS_AWAIT (shown_end (self, " to ") == high);
  hands_redo (self);
  HARNESS_AWAIT (hands_is_near (shown_end (self, " to "), high_to, slack));
}

/* --- where the map is looked at -----------------------------------------------------------------
 */

static void
zoom_in (Hands *self, int notches)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double wanted = g->scale * pow (SCOPE_MAP_ZOOM_STEP, notches);
  double x, y;
  scope_map_view_get_origin (self->map, &x, &y);
  hands_point_at (self, self->map, x + g->width / 2, y + 0.6 * g->height);
  harness_run_for (60);
  input_wheel (-notches);
  HARNESS_AWAIT (hands_is_near (g->scale, wanted, 1e-9));
  harness_rest (self->window);
}

static gboolean
cursor_is_at (Hands *self, double row, double column)
{
  /* The pointer stands on whole pixels. */
  return fabs ((double)scope_session_get_row (self->session) + 0.5 - row) <= 2
         && fabs ((double)scope_session_get_column (self->session) + 0.5 - column) <= 2;
}

/* The cell that is said to be under the pointer in the middle of the plot, whose value the command
 * line has too. */
static void
middle_cell (Hands *self, gsize *row, gsize *column)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double x, y;
  scope_map_view_get_origin (self->map, &x, &y);
  harness_rest (self->window);
  /* It must move to be heard of. */
  hands_point_at (self, self->map, x + g->width / 2 + 9, y + g->height / 2);
  harness_run_for (60);
  hands_point_at (self, self->map, x + g->width / 2, y + g->height / 2);
  HARNESS_AWAIT (
      cursor_is_at (self, g->y + g->height / 2 / g->scale, g->x + g->width / 2 / g->scale));
  harness_rest (self->window);
  *row = scope_session_get_row (self->session);
  *column = scope_session_get_column (self->session);
  g_autofree char *i = scope_format_count (*row), *j = scope_format_count (*column);
  g_autofree char *cell = g_strdup_printf ("(%s, %s) α = ", i, j);
  HARNESS_AWAIT (hands_hears (self->map, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, cell));
  g_autofree float *values = harness_cli_row (cli, self->session, *row);
  double shown = hands_heard (self->map, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, cell);
  g_assert_cmpfloat (fabs (shown - values[*column]), <=, SHOWN * fabsf (values[*column]) + 1e-30);
}

static void
test_minimap (Hands *self, gconstpointer data)
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
  hands_click_at (self, self->map, x, y, 1);
  HARNESS_AWAIT (g->x != old_x);
  middle_cell (self, &row, &column);
  g_assert_cmpfloat (fabs ((double)row - 0.75 * g->length), <=, cells + 2);
  g_assert_cmpfloat (fabs ((double)column - 0.25 * g->length), <=, cells + 2);
  harness_run_for (SCOPE_HISTORY_MERGE_MS + 50);
  hands_drag (self, self->map, x, y, box.origin.x + 0.4 * box.size.width,
              box.origin.y + 0.6 * box.size.height);
  middle_cell (self, &last_row, &last_column);
  g_assert_cmpfloat (fabs ((double)last_row - 0.6 * g->length), <=, cells + 2);
  g_assert_cmpfloat (fabs ((double)last_column - 0.4 * g->length), <=, cells + 2);
  hands_undo (self);
  HARNESS_AWAIT (fabs (g->y + g->height / 2 / g->scale - (double)row) < 2);
  hands_redo (self);
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
copied (Hands *self)
{
  char *text = NULL;
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), NULL,
                                 text_cb, &text);
  HARNESS_AWAIT (text != NULL);
  return text;
}

static void
check_copied (Hands *self)
{
  gsize row = scope_session_get_row (self->session);
  gsize column = scope_session_get_column (self->session);
  g_autofree float *values = harness_cli_row (cli, self->session, row);
  g_autofree char *text = copied (self);
  g_assert_cmpfloat (values[column], !=, 0);
  /* All the digits of a float32. */
  g_assert_true (hands_is_near (g_ascii_strtod (text, NULL), values[column], 1e-6));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self->window)), "");
}

static gboolean
menu_is_up (Hands *self)
{
  return self->map->menu != NULL && gtk_widget_get_mapped (self->map->menu);
}

static GtkWidget *
menu_item (Hands *self, const char *label)
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
test_menu (Hands *self, gconstpointer data)
{
  const ScopeMapGeometry *g = scope_map_view_get_geometry (self->map);
  double x, y;
  graphene_rect_t box;
  scope_map_view_get_origin (self->map, &x, &y);
  hands_click_at (self, self->map, x + 0.3 * g->width, y + 0.6 * g->height, 3);
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
test_menu_key (Hands *self, gconstpointer data)
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

int
main (int argc, char **argv)
{
  static const struct {
    const char *name, *view;
    void (*test) (Hands *self, gconstpointer data);
  } tests[] = {
    { "epsilon", "map", test_epsilon },   { "range", "map", test_range },
    { "minimap", "map", test_minimap },   { "menu", "map", test_menu },
    { "menu-key", "map", test_menu_key },
  };
  hands_init (&argc, &argv);
  g_assert_cmpint (argc, ==, 2);
  cli = argv[1];
  SCOPE_TEST_ADD_EACH ("/ui/hands/", Hands, tests[test_at].view, hands_set_up, tests,
                       hands_tear_down);
  return g_test_run ();
}

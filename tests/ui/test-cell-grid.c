/* test-ui-cell-grid: a list far longer than its window: there are few widgets, and each shows the
 * item of its place, wherever it is scrolled, however it is resized and whatever becomes of the
 * list. */
#include "harness.h"
#include "test-support.h"
#include "ui/cell-grid.h"
#include "ui/cell-item.h"
#include "ui/focus.h"

#define ITEMS   36864
#define SIDE    60
#define WIDGETS 150 /* of 6 x 5 places in sight, and a row to spare at either end */

typedef struct {
  GtkWidget *window;
  ScopeCellGrid *grid;
  GtkStringList *items;
} Fixture;

static GtkWidget *
make_cell (gpointer owner)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_widget_set_size_request (label, SIDE, SIDE);
  return label;
}

static void
bind_cell (GtkWidget *cell, gpointer item, gpointer owner)
{
  gtk_label_set_text (GTK_LABEL (cell), item != NULL ? gtk_string_object_get_string (item) : "");
}

static void
add_numbers (GtkStringList *list, guint count)
{
  for (guint k = 0; k < count; k++) {
    g_autofree char *number = g_strdup_printf ("%u", k);
    gtk_string_list_append (list, number);
  }
}

static void
set_up (Fixture *self, gconstpointer list)
{
  static const ScopeCellMaker cells = { make_cell, bind_cell };
  GtkWidget *scroller = gtk_scrolled_window_new ();
  self->items = gtk_string_list_new (NULL);
  add_numbers (self->items, ITEMS);
  self->grid = g_object_new (SCOPE_TYPE_CELL_GRID, "list", list != NULL, NULL);
  scope_cell_grid_set_model (self->grid, G_LIST_MODEL (self->items), &cells, self);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->grid));
  self->window = gtk_window_new ();
  scope_focus_guard (GTK_WINDOW (self->window));
  gtk_window_set_child (GTK_WINDOW (self->window), scroller);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 6 * SIDE + 30, 5 * SIDE);
  gtk_window_present (GTK_WINDOW (self->window));
  harness_run_for (300);
}

static void
tear_down (Fixture *self, gconstpointer list)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  g_assert_finalize_object (self->items);
}

/* Every place in sight is shown once, by its own item and by few widgets; returns how many. */
static guint
check (Fixture *self)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  g_autoptr (GHashTable) shown = g_hash_table_new (g_str_hash, g_str_equal);
  guint begin, end;
  harness_run_for (300);
  scope_cell_grid_get_sight (self->grid, &begin, &end);
  harness_collect (GTK_WIDGET (self->grid), GTK_TYPE_LABEL, labels);
  g_assert_cmpuint (labels->len, <, WIDGETS);
  for (guint k = 0; k < labels->len; k++)
    g_assert_true (g_hash_table_add (shown, (gpointer)gtk_label_get_text (labels->pdata[k])));
  for (guint position = begin; position < end; position++) {
    const char *wanted = gtk_string_list_get_string (self->items, position);
    g_assert_true (g_hash_table_contains (shown, wanted));
  }
  return end - begin;
}

/* Whatever is asked for, but at the list's end, the row at its head is whole. */
static void
check_head (Fixture *self)
{
  GtkWidget *scroller = gtk_window_get_child (GTK_WINDOW (self->window));
  GtkAdjustment *place = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  double value = gtk_adjustment_get_value (place);
  double last = gtk_adjustment_get_upper (place) - gtk_adjustment_get_page_size (place);
  int width, height;
  scope_cell_grid_get_cell_size (self->grid, &width, &height);
  g_assert_cmpint (height, >, 0);
  if (value < last)
    g_assert_cmpint ((int)value % height, ==, 0);
}

static void
test_scroll (Fixture *self, gconstpointer list)
{
  static const guint places[] = { 1, 17, 20011, ITEMS - 1, 0 };
  g_assert_cmpuint (check (self), >=, 4);
  for (guint k = 0; k < G_N_ELEMENTS (places); k++) {
    guint begin, end;
    scope_cell_grid_scroll_to (self->grid, places[k]);
    check (self);
    scope_cell_grid_get_sight (self->grid, &begin, &end);
    g_assert_cmpuint (places[k], >=, begin);
    g_assert_cmpuint (places[k], <, end);
    check_head (self);
  }
}

/* What is at the top stays there, as far as rows of another length allow. */
static void
test_resize (Fixture *self, gconstpointer list)
{
  guint begin, end, before;
  scope_cell_grid_scroll_to (self->grid, 20011);
  check (self);
  scope_cell_grid_get_sight (self->grid, &before, &end);
  gtk_window_set_default_size (GTK_WINDOW (self->window), 3 * SIDE + 30, 5 * SIDE);
  check (self);
  scope_cell_grid_get_sight (self->grid, &begin, &end);
  g_assert_cmpuint (ABS ((int)begin - (int)before), <=, 6);
}

/* What is selected and in sight stays so in less room, wholly; what is not does not come. */
static void
test_less_room (Fixture *self, gconstpointer list)
{
  guint begin, end;
  scope_cell_grid_get_sight (self->grid, &begin, &end);
  guint shown = end - 1, columns = list != NULL ? 1 : 6;
  scope_cell_grid_scroll_to (self->grid, shown);
  for (guint k = 0; k < 2; k++) {
    gtk_window_set_focus (GTK_WINDOW (self->window),
                          NULL); /* it would go along with the selection */
    scope_cell_grid_set_selected (self->grid, k == 0 ? shown : ITEMS / 2);
    check (self);
    gtk_window_set_default_size (GTK_WINDOW (self->window), 6 * SIDE + 30, (4 - (int)k) * SIDE);
    check (self);
    scope_cell_grid_get_sight (self->grid, &begin, &end);
    if (k == 0) /* not the row that is half in sight */
      g_assert_cmpuint (shown / columns, ==, (end - 1) / columns);
    else
      g_assert_cmpuint (begin, <, shown);
  }
}

static void
test_changes (Fixture *self, gconstpointer list)
{
  static const char *const few[] = { "a", "b", "c", NULL };
  scope_cell_grid_scroll_to (self->grid, ITEMS / 2);
  check (self);
  scope_cell_grid_set_selected (self->grid, ITEMS / 2);
  g_assert_cmpuint (scope_cell_grid_get_selected (self->grid), ==, ITEMS / 2);
  gtk_string_list_splice (self->items, 0, ITEMS, few);
  g_assert_cmpuint (scope_cell_grid_get_selected (self->grid), ==, G_MAXUINT);
  g_assert_cmpuint (check (self), ==, 3);
  gtk_string_list_splice (self->items, 0, 3, NULL);
  g_assert_cmpuint (check (self), ==, 0);
  /* A place that is asked for with the list that has it, before that is laid out. */
  gtk_string_list_splice (self->items, 0, 0, few);
  gtk_string_list_splice (self->items, 3, 0, few);
  scope_cell_grid_scroll_to (self->grid, 5);
  harness_run_for (300);
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  harness_collect (GTK_WIDGET (self->grid), GTK_TYPE_LABEL, labels);
  g_assert_cmpuint (labels->len, ==, 6);
}

/* What has the keyboard comes and goes several times before a frame: the keys stay in the list when
 * it has something again, and the cell goes with its list. */
static void
test_focus (Fixture *self, gconstpointer list)
{
  gpointer focus = harness_find (GTK_WIDGET (self->grid), SCOPE_TYPE_CELL_ITEM);
  g_assert_true (gtk_widget_grab_focus (focus));
  g_object_add_weak_pointer (focus, &focus);
  for (guint k = 0; k < 3; k++) {
    gtk_string_list_splice (self->items, 0, k == 0 ? ITEMS : WIDGETS, NULL);
    add_numbers (self->items, WIDGETS);
  }
  harness_run_for (300);
  g_assert_true (gtk_widget_is_ancestor (gtk_window_get_focus (GTK_WINDOW (self->window)),
                                         GTK_WIDGET (self->grid)));
  gtk_window_set_child (GTK_WINDOW (self->window), NULL);
  HARNESS_AWAIT (focus == NULL);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*run) (Fixture *self, gconstpointer list);
  } tests[] = { { "scroll", test_scroll },
                { "resize", test_resize },
                { "less-room", test_less_room },
                { "changes", test_changes },
                { "focus", test_focus } };
  harness_init (&argc, &argv);
  for (guint k = 0; k < 2 * G_N_ELEMENTS (tests); k++) {
    g_autofree char *path
        = g_strdup_printf ("/ui/cell-grid/%s/%s", k % 2 == 0 ? "grid" : "list", tests[k / 2].name);
    g_test_add (path, Fixture, GINT_TO_POINTER (k % 2), set_up, tests[k / 2].run, tear_down);
  }
  return g_test_run ();
}

/* Whatever the Tab key reaches has a name that a screen reader can say: in every view, with a Mamba
 * and a Mamba-2 open, and in the start page. */
#include "harness.h"
#include "ui/cell-item.h"

#define STEPS 90 /* more than the widgets of a view that take the focus */

static gboolean
has (GtkWidget *widget, GtkAccessibleProperty property)
{
  return gtk_test_accessible_has_property (GTK_ACCESSIBLE (widget), property);
}

static gboolean
has_words (GtkWidget *widget)
{
  return (GTK_IS_LABEL (widget) && *gtk_label_get_text (GTK_LABEL (widget)) != '\0')
         || harness_find (widget, GTK_TYPE_LABEL) != NULL;
}

/* By a label of its own, by another widget that has one, or by the words on it. */
static gboolean
is_named (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  if (SCOPE_IS_CELL_ITEM (widget) && !has (widget, GTK_ACCESSIBLE_PROPERTY_LABEL))
    return gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY)
           && is_named (scope_cell_item_get_cell (SCOPE_CELL_ITEM (widget)));
  if (has (widget, GTK_ACCESSIBLE_PROPERTY_LABEL)
      || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY))
    return TRUE;
  /* The text of an entry is named by the entry. */
  if (GTK_IS_TEXT (widget))
    return is_named (gtk_widget_get_parent (widget));
  /* What is within is the name of a button, not of an expander: its child is much more. */
  if (GTK_IS_BUTTON (widget))
    return has_words (widget) || GTK_IS_MENU_BUTTON (gtk_widget_get_parent (widget));
  return GTK_IS_LABEL (widget) || GTK_IS_SCROLLED_WINDOW (widget) || GTK_IS_FLOW_BOX_CHILD (widget);
}

static void
assert_named (ScopeWindow *window, const char *view)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
  if (focus != NULL && !is_named (focus))
    g_error ("%s: the focus is on a %s, in a %s, that has no name", view,
             G_OBJECT_TYPE_NAME (focus), G_OBJECT_TYPE_NAME (gtk_widget_get_parent (focus)));
}

static void
tour (ScopeWindow *window, const char *view)
{
  guint seen = 0;
  for (guint k = 0; k < STEPS; k++) {
    GtkWidget *before = gtk_window_get_focus (GTK_WINDOW (window));
    gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
    seen += gtk_window_get_focus (GTK_WINDOW (window)) != before;
    assert_named (window, view);
  }
  g_assert_cmpuint (seen, >, 10);
}

static void
test_views (gconstpointer model)
{
  ScopeWindow *window = harness_window ();
  harness_open_sample (window, model, "the-letter.txt");
  g_assert_true (harness_settle (window, 120));
  scope_session_select (scope_window_get_session (window), 70, 30);
  g_auto (GStrv) views = harness_views (window);
  for (char **view = views; *view != NULL; view++) {
    scope_window_show_view (window, *view);
    harness_rest (window);
    tour (window, *view);
  }
  harness_assert_gone (window);
}

static void
test_start (void)
{
  ScopeWindow *window = harness_window ();
  harness_run_for (200);
  for (guint k = 0; k < 20; k++) {
    gtk_widget_child_focus (GTK_WIDGET (window), GTK_DIR_TAB_FORWARD);
    assert_named (window, "start");
  }
  harness_assert_gone (window);
}

int
main (int argc, char **argv)
{
  g_setenv ("GTK_A11Y", "test", TRUE); /* it keeps what a screen reader would hear */
  harness_init (&argc, &argv);
  g_test_add_func ("/ui/spoken/start", test_start);
  g_test_add_data_func ("/ui/spoken/mamba2", "rescue-mamba2-5m", test_views);
  g_test_add_data_func ("/ui/spoken/mamba", "novel-mamba-6m", test_views);
  return g_test_run ();
}

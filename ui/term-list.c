#include "ui/term-list.h"

#include "ui/format.h"
#include "ui/scrolling.h"

typedef enum { TERM_STATE, TERM_C, TERM_DECAY, TERM_DELTA, TERM_B, TERM_TERM, N_TERMS } TermColumn;

/* In the order of the formula: C · decay · Δ · B. */
static const char *const titles[N_TERMS] = { "State", "C", "Decay", "Δ", "B", "Product" };

/* --- one row ------------------------------------------------------------------------------------
 */

#define SCOPE_TYPE_TERM_ITEM (scope_term_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTermItem, scope_term_item, SCOPE, TERM_ITEM, GObject)

struct _ScopeTermItem {
  GObject parent;
  double number[N_TERMS];
};

G_DEFINE_FINAL_TYPE (ScopeTermItem, scope_term_item, G_TYPE_OBJECT)

static void
scope_term_item_class_init (ScopeTermItemClass *klass)
{
}

static void
scope_term_item_init (ScopeTermItem *self)
{
}

static ScopeTermItem *
item_new (const ScopeCell *cell, gsize n)
{
  ScopeTermItem *self = g_object_new (SCOPE_TYPE_TERM_ITEM, NULL);
  const double number[N_TERMS]
      = { (double)n + 1, cell->c[n], cell->decay[n], cell->delta_j, cell->b[n], cell->term[n] };
  for (guint k = 0; k < N_TERMS; k++)
    self->number[k] = number[k];
  return self;
}

/* --- the list -----------------------------------------------------------------------------------
 */

struct _ScopeTermList {
  GtkWidget parent;
  GtkWidget *scroller;
  GListStore *items;
};

G_DEFINE_FINAL_TYPE (ScopeTermList, scope_term_list, GTK_TYPE_WIDGET)

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer column)
{
  double x = ((const ScopeTermItem *)a)->number[GPOINTER_TO_UINT (column)];
  double y = ((const ScopeTermItem *)b)->number[GPOINTER_TO_UINT (column)];
  return (x > y) - (x < y);
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_add_css_class (label, "numeric");
  gtk_widget_set_direction (label, GTK_TEXT_DIR_LTR);
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, gpointer column)
{
  const ScopeTermItem *term = gtk_list_item_get_item (item);
  guint k = GPOINTER_TO_UINT (column);
  g_autofree char *text = k == TERM_STATE ? scope_format_count ((gsize)term->number[k])
                                          : scope_format_value (term->number[k]);
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

static void
add_column (GtkColumnView *view, TermColumn k)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), GUINT_TO_POINTER (k));
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (titles[k], factory);
  g_autoptr (GtkSorter) sorter
      = GTK_SORTER (gtk_custom_sorter_new (compare_cb, GUINT_TO_POINTER (k), NULL));
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_expand (column, TRUE);
  gtk_column_view_append_column (view, column);
}

static void
scope_term_list_dispose (GObject *object)
{
  ScopeTermList *self = SCOPE_TERM_LIST (object);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->items);
  G_OBJECT_CLASS (scope_term_list_parent_class)->dispose (object);
}

static void
scope_term_list_class_init (ScopeTermListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_term_list_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "term-list");
}

static void
scope_term_list_init (ScopeTermList *self)
{
  GtkWidget *view = gtk_column_view_new (NULL);
  self->items = g_list_store_new (SCOPE_TYPE_TERM_ITEM);
  for (guint k = 0; k < N_TERMS; k++)
    add_column (GTK_COLUMN_VIEW (view), k);
  GtkSorter *sorter = g_object_ref (gtk_column_view_get_sorter (GTK_COLUMN_VIEW (view)));
  GtkSortListModel *sorted
      = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->items)), sorter);
  g_autoptr (GtkSelectionModel) selection
      = GTK_SELECTION_MODEL (gtk_single_selection_new (G_LIST_MODEL (sorted)));
  gtk_column_view_set_model (GTK_COLUMN_VIEW (view), selection);
  gtk_widget_add_css_class (view, "data-table");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "The terms of the cell, one row a state", -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (self->scroller), 360);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), view);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

void
scope_term_list_set_cell (ScopeTermList *self, const ScopeCell *cell)
{
  g_return_if_fail (SCOPE_IS_TERM_LIST (self));
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  for (gsize n = 0; cell != NULL && n < cell->states; n++)
    g_ptr_array_add (items, item_new (cell, n));
  scope_scrolling_end (GTK_SCROLLED_WINDOW (self->scroller));
  g_list_store_splice (self->items, 0, g_list_model_get_n_items (G_LIST_MODEL (self->items)),
                       items->pdata, items->len);
}

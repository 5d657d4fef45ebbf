#include "ui/sweep-numbers.h"

#include <math.h>

#include "ui/direction.h"
#include "ui/format.h"
#include "ui/scrolling.h"

typedef enum { LENGTH, FILTER, PERPLEXITY, INTERVAL, WINDOWS, N_COLUMNS } Column;

struct _ScopeSweepNumbers {
  GtkWidget parent;
  GtkWidget *scroller;
  const ScopeSweepTable *table;
  GtkStringList *rows; /* their numbers */
  GHashTable *labels;  /* GtkListItem to its column + 1: those that are bound */
};

G_DEFINE_FINAL_TYPE (ScopeSweepNumbers, scope_sweep_numbers, GTK_TYPE_WIDGET)

/* Rows come by length, then by filter. */
static const ScopePerplexityRow *
row_at (ScopeSweepNumbers *self, guint position)
{
  const ScopeSweepTable *table = self->table;
  if (table == NULL || position >= table->n_filters * table->n_lengths)
    return NULL;
  gsize filter = position % table->n_filters, length = position / table->n_filters;
  return &table->rows[filter * table->n_lengths + length];
}

static char *
interval (const ScopePerplexityRow *row)
{
  if (!isfinite (row->ci_high))
    return g_strdup ("not known");
  g_autofree char *low = scope_format_perplexity (row->ci_low);
  g_autofree char *high = scope_format_perplexity (row->ci_high);
  return g_strdup_printf ("%s – %s", low, high);
}

static char *
cell_text (ScopeSweepNumbers *self, guint position, Column column)
{
  const ScopePerplexityRow *row = row_at (self, position);
  if (row == NULL)
    return g_strdup ("");
  switch (column) {
  case LENGTH:
    return scope_format_count (row->length);
  case FILTER:
    return g_strdup (g_str_equal (self->table->filters[row->filter], "off")
                         ? "no filter"
                         : self->table->filters[row->filter]);
  case PERPLEXITY:
    return row->windows > 0 ? scope_format_perplexity (row->perplexity) : g_strdup ("…");
  case INTERVAL:
    return row->windows > 0 ? interval (row) : g_strdup ("");
  default:
    return g_strdup_printf ("%" G_GSIZE_FORMAT " / %" G_GSIZE_FORMAT, row->windows,
                            self->table->windows[position / self->table->n_filters]);
  }
}

static void
show (ScopeSweepNumbers *self, GtkListItem *item, Column column)
{
  g_autofree char *text = cell_text (self, gtk_list_item_get_position (item), column);
  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)), text);
}

/* --- columns ------------------------------------------------------------------------------------
 */

static Column
column_of (GtkSignalListItemFactory *factory)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (factory), "column"));
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ScopeSweepNumbers *self)
{
  gboolean words = column_of (factory) == FILTER;
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), words ? 0 : 1);
  gtk_label_set_ellipsize (GTK_LABEL (label), words ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  if (words) {
    gtk_label_set_width_chars (GTK_LABEL (label), 9);
  } else {
    gtk_widget_add_css_class (label, "numeric");
    scope_widget_read_from_left (label);
  }
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ScopeSweepNumbers *self)
{
  g_hash_table_insert (self->labels, item, GUINT_TO_POINTER (column_of (factory) + 1));
  show (self, item, column_of (factory));
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *item, ScopeSweepNumbers *self)
{
  g_hash_table_remove (self->labels, item);
}

static void
add_column (ScopeSweepNumbers *self, GtkColumnView *view, Column column, const char *title)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_object_set_data (G_OBJECT (factory), "column", GUINT_TO_POINTER (column));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), self);
  g_autoptr (GtkColumnViewColumn) made = gtk_column_view_column_new (title, factory);
  gtk_column_view_column_set_expand (made, column == FILTER);
  gtk_column_view_append_column (view, made);
}

static GtkWidget *
find_label (GtkWidget *widget)
{
  GtkWidget *found = GTK_IS_LABEL (widget) ? widget : NULL;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_label (child);
  return found;
}

/* Headings end where their numbers do: GTK has no word for it. */
static void
align_headings (GtkWidget *view)
{
  Column column = LENGTH;
  for (GtkWidget *heading = gtk_widget_get_first_child (gtk_widget_get_first_child (view));
       heading != NULL; heading = gtk_widget_get_next_sibling (heading), column++) {
    GtkWidget *label = find_label (heading);
    if (label == NULL || column == FILTER)
      continue;
    gtk_widget_set_hexpand (label, TRUE);
    gtk_label_set_xalign (GTK_LABEL (label), 1);
    scope_widget_read_from_left (label);
  }
}

static GtkWidget *
make_view (ScopeSweepNumbers *self)
{
  static const char *const titles[N_COLUMNS]
      = { "Length", "Filter", "Perplexity", "95 % interval", "Windows" };
  GtkNoSelection *rows = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->rows)));
  GtkWidget *view = gtk_column_view_new (GTK_SELECTION_MODEL (rows));
  for (Column column = LENGTH; column < N_COLUMNS; column++)
    add_column (self, GTK_COLUMN_VIEW (view), column, titles[column]);
  align_headings (view);
  gtk_widget_add_css_class (view, "data-table");
  gtk_widget_add_css_class (view, "sweep-numbers");
  gtk_accessible_update_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  "Perplexity by length and filter", -1);
  return view;
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
scope_sweep_numbers_dispose (GObject *object)
{
  ScopeSweepNumbers *self = SCOPE_SWEEP_NUMBERS (object);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (scope_sweep_numbers_parent_class)->dispose (object);
}

static void
scope_sweep_numbers_finalize (GObject *object)
{
  g_hash_table_unref (SCOPE_SWEEP_NUMBERS (object)->labels);
  G_OBJECT_CLASS (scope_sweep_numbers_parent_class)->finalize (object);
}

static void
scope_sweep_numbers_class_init (ScopeSweepNumbersClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = scope_sweep_numbers_dispose;
  G_OBJECT_CLASS (klass)->finalize = scope_sweep_numbers_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "sweep-numbers");
}

static void
scope_sweep_numbers_init (ScopeSweepNumbers *self)
{
  self->scroller = gtk_scrolled_window_new ();
  self->rows = gtk_string_list_new (NULL);
  self->labels = g_hash_table_new (NULL, NULL);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), make_view (self));
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_widget_set_valign (self->scroller, GTK_ALIGN_START);
  gtk_scrolled_window_set_min_content_height (GTK_SCROLLED_WINDOW (self->scroller), 140);
  gtk_widget_set_overflow (self->scroller, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

static void
set_row_count (ScopeSweepNumbers *self, guint count)
{
  guint old = g_list_model_get_n_items (G_LIST_MODEL (self->rows));
  if (count < old) {
    scope_scrolling_end (GTK_SCROLLED_WINDOW (self->scroller));
    gtk_string_list_splice (self->rows, count, old - count, NULL);
  }
  for (guint k = old; k < count; k++)
    gtk_string_list_append (self->rows, "");
}

void
scope_sweep_numbers_set_table (ScopeSweepNumbers *self, const ScopeSweepTable *table)
{
  g_return_if_fail (SCOPE_IS_SWEEP_NUMBERS (self));
  GHashTableIter iter;
  gpointer item, column;
  self->table = table;
  set_row_count (self, table != NULL ? (guint)(table->n_filters * table->n_lengths) : 0);
  g_hash_table_iter_init (&iter, self->labels);
  while (g_hash_table_iter_next (&iter, &item, &column))
    show (self, item, GPOINTER_TO_UINT (column) - 1);
}

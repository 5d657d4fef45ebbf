/* The grid's cells: which rows have some, what each of them shows. */
#include "ui/cell-grid-private.h"

#define SPARE_ROWS 1 /* on each side: so a window that grows by a little finds its cells made */

ScopeCellItem *
scope_cell_grid_find (ScopeCellGrid *self, guint position)
{
  for (guint k = 0; k < self->items->len && position < self->count; k++)
    if (scope_cell_item_get_position (self->items->pdata[k]) == position)
      return self->items->pdata[k];
  return NULL;
}

static void
show (ScopeCellGrid *self, ScopeCellItem *item, guint position)
{
  g_autoptr (GObject) shown
      = position != G_MAXUINT ? g_list_model_get_item (self->model, position) : NULL;
  scope_cell_item_set_position (item, position, self->count);
  scope_cell_item_set_selected (item, position != G_MAXUINT && position == self->selected);
  self->maker->bind (scope_cell_item_get_cell (item), shown, self->owner);
}

/* Rows that have cells: half open. */
static void
get_rows (ScopeCellGrid *self, int spare, guint *begin, guint *end)
{
  guint rows = scope_cell_grid_rows (self);
  *begin = *end = 0;
  if (self->row_height <= 0 || self->height <= 0 || rows == 0)
    return;
  int first = scope_cell_grid_scrolled (self) / self->row_height - spare;
  int last = (scope_cell_grid_scrolled (self) + self->height - 1) / self->row_height + spare;
  *begin = (guint)CLAMP (first, 0, (int)rows - 1);
  *end = (guint)CLAMP (last, 0, (int)rows - 1) + 1;
}

void
scope_cell_grid_range (ScopeCellGrid *self, int spare, guint *begin, guint *end)
{
  get_rows (self, spare, begin, end);
  *begin = *begin * self->columns;
  *end = MIN (*end * self->columns, self->count);
}

gboolean
scope_cell_grid_has_focus (ScopeCellGrid *self, ScopeCellItem *item)
{
  return gtk_widget_get_focus_child (GTK_WIDGET (self)) == GTK_WIDGET (item);
}

/* Those that may show something else: what is out of sight, but for what has the keyboard's focus.
 */
static GPtrArray *
spare_items (ScopeCellGrid *self, guint begin, guint end, gboolean *there)
{
  GPtrArray *spare = g_ptr_array_new ();
  for (guint k = 0; k < self->items->len; k++) {
    ScopeCellItem *item = self->items->pdata[k];
    guint position = scope_cell_item_get_position (item);
    if (position >= begin && position < end)
      there[position - begin] = TRUE;
    else if (position >= self->count || !scope_cell_grid_has_focus (self, item))
      g_ptr_array_add (spare, item);
  }
  return spare;
}

static ScopeCellItem *
take_item (ScopeCellGrid *self, GPtrArray *spare)
{
  if (spare->len > 0)
    return g_ptr_array_steal_index (spare, spare->len - 1);
  GtkWidget *item = scope_cell_item_new (self->maker->make (self->owner), self->list);
  gtk_widget_set_parent (item, GTK_WIDGET (self));
  g_ptr_array_add (self->items, item);
  return SCOPE_CELL_ITEM (item);
}

/* Not during a layout: what the cells are given may change what they ask for. */
static void
fill (ScopeCellGrid *self)
{
  guint begin, end;
  g_clear_handle_id (&self->fill_source, g_source_remove);
  scope_cell_grid_range (self, SPARE_ROWS, &begin, &end);
  if (end == 0)
    end = MIN (self->count, 1); /* one to measure */
  g_autofree gboolean *there = g_new0 (gboolean, end - begin + 1);
  g_autoptr (GPtrArray) spare = spare_items (self, begin, end, there);
  for (guint position = begin; position < end; position++)
    if (!there[position - begin])
      show (self, take_item (self, spare), position);
  for (guint k = 0; k < spare->len; k++)
    if (scope_cell_item_get_position (spare->pdata[k]) != G_MAXUINT)
      show (self, spare->pdata[k], G_MAXUINT);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  g_signal_emit (self, scope_cell_grid_signals[SCOPE_CELL_GRID_SIGHT], 0);
}

static gboolean
fill_cb (gpointer data)
{
  ScopeCellGrid *self = data;
  self->fill_source = 0;
  fill (self);
  return G_SOURCE_REMOVE;
}

/* At once, or as soon as the layout is over. */
void
scope_cell_grid_fill_soon (ScopeCellGrid *self)
{
  if (self->model == NULL)
    return;
  if (!self->allocating)
    fill (self);
  else if (self->fill_source == 0)
    self->fill_source
        = g_idle_add_full (G_PRIORITY_DEFAULT, fill_cb, self, NULL); /* before the next frame */
}

void
scope_cell_grid_items_changed (ScopeCellGrid *self)
{
  gboolean focused = gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL;
  self->count = g_list_model_get_n_items (self->model);
  self->selected = self->wanted = G_MAXUINT;
  for (guint k = 0; k < self->items->len; k++) {
    guint position = scope_cell_item_get_position (self->items->pdata[k]);
    if (position != G_MAXUINT)
      show (self, self->items->pdata[k], position < self->count ? position : G_MAXUINT);
  }
  scope_cell_grid_fill_soon (self);
  if (focused && gtk_widget_get_focus_child (GTK_WIDGET (self)) == NULL)
    scope_cell_grid_take_focus (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

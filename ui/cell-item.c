#include "ui/cell-item.h"

struct _ScopeCellItem {
  GtkWidget parent;
  GtkWidget *cell;
  guint position;
};

G_DEFINE_FINAL_TYPE (ScopeCellItem, scope_cell_item, GTK_TYPE_WIDGET)

GtkWidget *
scope_cell_item_get_cell (ScopeCellItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CELL_ITEM (self), NULL);
  return self->cell;
}

guint
scope_cell_item_get_position (ScopeCellItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CELL_ITEM (self), G_MAXUINT);
  return self->position;
}

void
scope_cell_item_set_position (ScopeCellItem *self, guint position, guint count)
{
  g_return_if_fail (SCOPE_IS_CELL_ITEM (self));
  self->position = position;
  gtk_widget_set_child_visible (GTK_WIDGET (self), position != G_MAXUINT);
  if (position != G_MAXUINT)
    gtk_accessible_update_relation (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_RELATION_POS_IN_SET,
                                    (int)MIN (position + 1, G_MAXINT),
                                    GTK_ACCESSIBLE_RELATION_SET_SIZE, (int)MIN (count, G_MAXINT),
                                    -1);
}

void
scope_cell_item_set_selected (ScopeCellItem *self, gboolean selected)
{
  g_return_if_fail (SCOPE_IS_CELL_ITEM (self));
  gboolean now = (gtk_widget_get_state_flags (GTK_WIDGET (self)) & GTK_STATE_FLAG_SELECTED) != 0;
  if (!selected == !now)
    return;
  if (selected)
    gtk_widget_set_state_flags (GTK_WIDGET (self), GTK_STATE_FLAG_SELECTED, FALSE);
  else
    gtk_widget_unset_state_flags (GTK_WIDGET (self), GTK_STATE_FLAG_SELECTED);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, selected, -1);
}

static void
scope_cell_item_dispose (GObject *object)
{
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (object), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  g_clear_pointer (&SCOPE_CELL_ITEM (object)->cell, gtk_widget_unparent);
  G_OBJECT_CLASS (scope_cell_item_parent_class)->dispose (object);
}

static void
scope_cell_item_class_init (ScopeCellItemClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = scope_cell_item_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void
scope_cell_item_init (ScopeCellItem *self)
{
  self->position = G_MAXUINT;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "activatable");
}

GtkWidget *
scope_cell_item_new (GtkWidget *cell, gboolean list)
{
  ScopeCellItem *self
      = g_object_new (SCOPE_TYPE_CELL_ITEM, "css-name", list ? "row" : "child", "accessible-role",
                      list ? GTK_ACCESSIBLE_ROLE_LIST_ITEM : GTK_ACCESSIBLE_ROLE_GRID_CELL, NULL);
  self->cell = cell;
  gtk_widget_set_parent (cell, GTK_WIDGET (self));
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, FALSE, -1);
  /* It has the keyboard's focus: a screen reader says what is in it. */
  gtk_accessible_update_relation (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_RELATION_LABELLED_BY, cell,
                                  NULL, -1);
  return GTK_WIDGET (self);
}

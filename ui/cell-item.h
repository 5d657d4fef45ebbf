/* ScopeCellItem: a place of a ScopeCellGrid: what has the focus of the keyboard and the looks of
 * being selected, around one cell. The grid's own. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_CELL_ITEM (scope_cell_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCellItem, scope_cell_item, SCOPE, CELL_ITEM, GtkWidget)

/* CELL is taken. LIST: a row of a list, else a cell of a grid; for style sheets and screen readers.
 */
GtkWidget *scope_cell_item_new (GtkWidget *cell, gboolean list) G_GNUC_WARN_UNUSED_RESULT;
GtkWidget *scope_cell_item_get_cell (ScopeCellItem *self);
/* Of what it shows, in a list of COUNT; G_MAXUINT: it is free. */
guint scope_cell_item_get_position (ScopeCellItem *self);
void scope_cell_item_set_position (ScopeCellItem *self, guint position, guint count);
void scope_cell_item_set_selected (ScopeCellItem *self, gboolean selected);

G_END_DECLS

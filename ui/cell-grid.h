/* ScopeCellGrid: a list that scrolls, as rows of as many cells as there is room for, or of one. All
 * cells are of one size; there are widgets for those in sight alone, which show another item when
 * they are scrolled away. One item may be selected: a click or the arrows do so, Enter or a double
 * click activates it.
 *
 * Why not GtkGridView: GTK 4.8's keeps some two hundred widgets a list, makes and measures them all
 * anew when the order changes, and loses its place while it does so.
 *
 * A GtkScrollable, for a GtkScrolledWindow. Property "list" (boolean, construct only): one cell a
 * row; it is then styled as a listview with rows, else as a gridview with children. "selects"
 * (boolean, construct only, TRUE): if not, a click activates and the arrows move the focus.
 * Signals: "selected" and "activated" (guint position): by pointer or keys; "sight-changed": other
 * items are in sight. Main thread.
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_CELL_GRID (scope_cell_grid_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCellGrid, scope_cell_grid, SCOPE, CELL_GRID, GtkWidget)

typedef struct {
  GtkWidget *(*make) (gpointer owner); /* a cell that shows nothing yet */
  /* ITEM is borrowed; NULL: CELL shows nothing from now on. */
  void (*bind) (GtkWidget *cell, gpointer item, gpointer owner);
} ScopeCellMaker;

/* Once. MAKER is static; OWNER outlives the grid. */
void scope_cell_grid_set_model (ScopeCellGrid *self, GListModel *model, const ScopeCellMaker *maker,
                                gpointer owner);
/* G_MAXUINT: none, as after every change of the list. The focus goes along if the grid has it. */
guint scope_cell_grid_get_selected (ScopeCellGrid *self);
void scope_cell_grid_set_selected (ScopeCellGrid *self, guint position);
/* As little as brings it into sight under a row that is whole; later, if there is no place to
 * scroll in yet. */
void scope_cell_grid_scroll_to (ScopeCellGrid *self, guint position);
/* What a cell needs, as it was laid out last; 0 if nothing was. */
void scope_cell_grid_get_cell_size (ScopeCellGrid *self, int *width, int *height);
/* Half open; empty while nothing is laid out. */
void scope_cell_grid_get_sight (ScopeCellGrid *self, guint *begin, guint *end);
/* Calls FUNC (cell, DATA) for all cells that show something. */
void scope_cell_grid_foreach (ScopeCellGrid *self, GFunc func, gpointer data);

G_END_DECLS

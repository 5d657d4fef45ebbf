/* What the files of the grid share: cell-grid.c keeps and lays out the cells, cell-grid-input.c is
 * its hands. */
#pragma once

#include "ui/cell-grid.h"
#include "ui/cell-item.h"

G_BEGIN_DECLS

struct _ScopeCellGrid {
  GtkWidget parent;
  gboolean list, selects;
  GListModel *model;
  const ScopeCellMaker *maker;
  gpointer owner;
  GPtrArray *items; /* ScopeCellItem, children */
  guint count, selected;

  GtkAdjustment *adjustment[2]; /* by GtkOrientation */
  GtkScrollablePolicy policy[2];
  guint columns;
  int width, height; /* of what is seen; 0: not laid out yet */
  int cell_width, row_height;
  gboolean allocating;
  guint fill_source; /* cells are to be made when the layout is over */
  guint wanted;      /* is to be scrolled to once there is a place */
};

enum {
  SCOPE_CELL_GRID_SELECTED,
  SCOPE_CELL_GRID_ACTIVATED,
  SCOPE_CELL_GRID_SIGHT,
  SCOPE_CELL_GRID_N_SIGNALS
};
extern guint scope_cell_grid_signals[SCOPE_CELL_GRID_N_SIGNALS];

/* The cell that shows POSITION, or NULL. */
ScopeCellItem *scope_cell_grid_find (ScopeCellGrid *self, guint position);
/* By pointer or keys. */
void scope_cell_grid_choose (ScopeCellGrid *self, guint position);
/* cell-grid-input.c */
void scope_cell_grid_add_input (ScopeCellGrid *self);
gboolean scope_cell_grid_take_focus (ScopeCellGrid *self);

G_END_DECLS

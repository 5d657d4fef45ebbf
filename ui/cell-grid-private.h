/* What the files of the grid share: cell-grid.c is the object, cell-grid-cells.c keeps the cells,
 * cell-grid-layout.c lays them out, cell-grid-input.c is its hands. */
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

/* By pointer or keys. */
void scope_cell_grid_choose (ScopeCellGrid *self, guint position);

/* cell-grid-cells.c */
/* The cell that shows POSITION, or NULL. */
ScopeCellItem *scope_cell_grid_find (ScopeCellGrid *self, guint position);
gboolean scope_cell_grid_has_focus (ScopeCellGrid *self, ScopeCellItem *item);
/* Positions in sight, and in SPARE rows on each side: half open. */
void scope_cell_grid_range (ScopeCellGrid *self, int spare, guint *begin, guint *end);
/* Cells for all of them: at once, or as soon as the layout is over. */
void scope_cell_grid_fill_soon (ScopeCellGrid *self);
void scope_cell_grid_items_changed (ScopeCellGrid *self); /* of the model */

/* cell-grid-layout.c */
GtkAdjustment *scope_cell_grid_place (ScopeCellGrid *self); /* along the rows; NULL: none yet */
int scope_cell_grid_scrolled (ScopeCellGrid *self); /* in whole pixels, or pictures would be blurred
                                                       while they scroll */
guint scope_cell_grid_rows (ScopeCellGrid *self);
void scope_cell_grid_scroll_to_wanted (ScopeCellGrid *self);
void scope_cell_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size,
                              int *minimum, int *natural, int *minimum_baseline,
                              int *natural_baseline);
void scope_cell_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline);

/* cell-grid-input.c */
void scope_cell_grid_add_input (ScopeCellGrid *self);
gboolean scope_cell_grid_take_focus (ScopeCellGrid *self);

G_END_DECLS

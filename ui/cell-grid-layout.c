/* Where the grid's cells are: columns, rows and what is scrolled to. */
#include "ui/cell-grid-private.h"

#include <math.h>

GtkAdjustment *
scope_cell_grid_place (ScopeCellGrid *self)
{
  return self->adjustment[GTK_ORIENTATION_VERTICAL];
}

int
scope_cell_grid_scrolled (ScopeCellGrid *self)
{
  return scope_cell_grid_place (self) != NULL
             ? (int)lrint (gtk_adjustment_get_value (scope_cell_grid_place (self)))
             : 0;
}

guint
scope_cell_grid_rows (ScopeCellGrid *self)
{
  return (self->count + self->columns - 1) / self->columns;
}

/* What each of those that show something asks for, at most. */
static int
measure_cells (ScopeCellGrid *self, GtkOrientation orientation, int for_size)
{
  int most = 0, minimum;
  for (guint k = 0; k < self->items->len; k++) {
    GtkWidget *item = self->items->pdata[k];
    if (scope_cell_item_get_position (SCOPE_CELL_ITEM (item)) == G_MAXUINT)
      continue;
    gtk_widget_measure (item, orientation, for_size, &minimum, NULL, NULL, NULL);
    most = MAX (most, minimum);
  }
  return most;
}

static guint
columns_for (ScopeCellGrid *self, int width)
{
  return self->list || self->cell_width <= 0 ? 1 : (guint)MAX (width / self->cell_width, 1);
}

void
scope_cell_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                         int *natural, int *minimum_baseline, int *natural_baseline)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (widget);
  self->cell_width = measure_cells (self, GTK_ORIENTATION_HORIZONTAL, -1);
  *minimum = *natural = self->cell_width;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    return;
  guint columns = for_size < 0 ? self->columns : columns_for (self, for_size);
  gint64 row = measure_cells (self, GTK_ORIENTATION_VERTICAL, -1);
  *minimum = (int)row;
  *natural = (int)MIN (row * ((self->count + columns - 1) / columns), G_MAXINT / 2);
}

/* Other columns, other heights: what was at the top stays there. Returns where that is. */
static double
set_geometry (ScopeCellGrid *self, guint columns, int row_height)
{
  double value = scope_cell_grid_place (self) != NULL
                     ? gtk_adjustment_get_value (scope_cell_grid_place (self))
                     : 0;
  if (self->row_height > 0 && (columns != self->columns || row_height != self->row_height)) {
    double row = floor (value / self->row_height), part = value / self->row_height - row;
    value = (floor (row * self->columns / columns) + part) * row_height;
  }
  self->columns = columns;
  self->row_height = row_height;
  return value;
}

static void
configure (ScopeCellGrid *self, double value)
{
  GtkAdjustment *across = self->adjustment[GTK_ORIENTATION_HORIZONTAL];
  double all = MAX ((double)scope_cell_grid_rows (self) * self->row_height, self->height);
  if (scope_cell_grid_place (self) != NULL)
    gtk_adjustment_configure (scope_cell_grid_place (self), CLAMP (value, 0, all - self->height), 0,
                              all, self->height * 0.1, self->height * 0.9, self->height);
  if (across != NULL)
    gtk_adjustment_configure (across, 0, 0, self->width, self->width * 0.1, self->width * 0.9,
                              self->width);
}

/* The nearest place from which the row at TOP is seen wholly. One below what is seen comes with a
 * whole row at the head of the list: where it is read from nothing is cut. */
static double
place_for (ScopeCellGrid *self, double top)
{
  double value = gtk_adjustment_get_value (scope_cell_grid_place (self)),
         foot = top + self->row_height;
  if (top < value || self->row_height >= self->height)
    return top;
  if (foot <= value + self->height)
    return value;
  return ceil ((foot - self->height) / self->row_height) * self->row_height;
}

void
scope_cell_grid_scroll_to_wanted (ScopeCellGrid *self)
{
  if (self->wanted >= self->count || self->row_height <= 0 || scope_cell_grid_place (self) == NULL)
    return;
  guint row = self->wanted / self->columns;
  double top = (double)row * self->row_height;
  if (!self->allocating) /* the list may have grown since the last layout */
    configure (self, gtk_adjustment_get_value (scope_cell_grid_place (self)));
  gtk_adjustment_set_value (scope_cell_grid_place (self), place_for (self, top));
  self->wanted = G_MAXUINT;
}

static void
allocate_item (ScopeCellGrid *self, ScopeCellItem *item)
{
  guint position = scope_cell_item_get_position (item);
  if (position >= self->count)
    return;
  gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  guint column = position % self->columns;
  int width = MAX (self->width / (int)self->columns, self->cell_width);
  int x = (int)(rtl ? self->columns - 1 - column : column) * width;
  gint64 y
      = (gint64)(position / self->columns) * self->row_height - scope_cell_grid_scrolled (self);
  GtkAllocation box = { x, (int)CLAMP (y, G_MININT / 2, G_MAXINT / 2), width, self->row_height };
  gtk_widget_size_allocate (GTK_WIDGET (item), &box, -1);
}

/* Whether all that is in sight has its cell. */
static gboolean
is_filled (ScopeCellGrid *self)
{
  guint begin, end, there = 0;
  scope_cell_grid_range (self, 0, &begin, &end);
  for (guint k = 0; k < self->items->len; k++) {
    guint position = scope_cell_item_get_position (self->items->pdata[k]);
    there += position >= begin && position < end;
  }
  return there == end - begin;
}

/* Wholly, as things were laid out last. */
static gboolean
selected_is_seen (ScopeCellGrid *self)
{
  if (self->selected >= self->count || self->row_height <= 0
      || scope_cell_grid_place (self) == NULL)
    return FALSE;
  guint row = self->selected / self->columns;
  double top = row * self->row_height - scope_cell_grid_scrolled (self);
  return top >= 0 && top + self->row_height <= self->height;
}

void
scope_cell_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  ScopeCellGrid *self = SCOPE_CELL_GRID (widget);
  gboolean same = width == self->width && height == self->height;
  if (!same && self->wanted >= self->count && selected_is_seen (self))
    self->wanted = self->selected; /* it stays in sight where there is less room now */
  self->allocating = TRUE;
  self->width = width;
  self->height = height;
  self->cell_width = measure_cells (self, GTK_ORIENTATION_HORIZONTAL, -1);
  configure (self, set_geometry (self, columns_for (self, width),
                                 measure_cells (self, GTK_ORIENTATION_VERTICAL, -1)));
  scope_cell_grid_scroll_to_wanted (self);
  for (guint k = 0; k < self->items->len; k++)
    allocate_item (self, self->items->pdata[k]);
  if (!same || !is_filled (self))
    scope_cell_grid_fill_soon (self);
  self->allocating = FALSE;
}

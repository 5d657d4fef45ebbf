/* ScopeNumberGrid: numbers in rows and columns under headings, each on a ground as strong as its
 * SHADE; one cell is the cursor, one may be marked. Pointing at a cell or the arrow keys move the
 * cursor, the owner says it in words.
 *
 * Properties (notify): "row" and "column" (uint) of the cursor. Signal "activated": a double
 * click, Enter or Space on it. Main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_NUMBER_GRID (scope_number_grid_get_type ())
G_DECLARE_FINAL_TYPE (ScopeNumberGrid, scope_number_grid, SCOPE, NUMBER_GRID, GtkWidget)

#define SCOPE_NUMBER_GRID_NONE G_MAXUINT

/* Takes the texts over: ROWS and COLUMNS are headings, CELLS row by row; as many SHADES, from 0 to
 * 1, are copied. The cursor stays where it was, if there is such a cell. */
void scope_number_grid_set (ScopeNumberGrid *self, char **rows, char **columns, char **cells,
                            const double *shades);
/* The headings of rows have room for TEXT, so that grids of other rows stand in line. */
void scope_number_grid_set_heading (ScopeNumberGrid *self, const char *text);
/* NONE: no cell. */
void scope_number_grid_set_mark (ScopeNumberGrid *self, guint row, guint column);
guint scope_number_grid_get_row (ScopeNumberGrid *self);
guint scope_number_grid_get_column (ScopeNumberGrid *self);
void scope_number_grid_set_cursor (ScopeNumberGrid *self, guint row, guint column);
/* Where ROW lies, from the top. */
void scope_number_grid_get_extent (ScopeNumberGrid *self, guint row, double *top, double *bottom);
/* What a screen reader says of the whole, and of the cursor. */
void scope_number_grid_say (ScopeNumberGrid *self, const char *whole, const char *cursor);

G_END_DECLS

/* Where the cells of a square map are on the screen: zoom, pan and their inverses. Plain numbers;
 * any thread.
 *
 * The plot area is WIDTH x HEIGHT pixels; cell (row, column) covers the SCALE x SCALE square whose
 * top left corner is ((column - x) * scale, (row - y) * scale). The middle of the plot area never
 * leaves the map, so zooming in at a point of the map keeps the cell under that point exactly.
 */
#pragma once

#include "analysis/attention.h"

G_BEGIN_DECLS

#define SCOPE_MAP_MAX_SCALE 64.0 /* pixels per cell */
#define SCOPE_MAP_ZOOM_STEP 1.25 /* of the scale, for a notch of the wheel */
#define SCOPE_MAP_PAN_STEP  80   /* pixels, for a key */

typedef struct {
  double length;        /* cells along each side; 0: no map */
  double width, height; /* of the plot area */
  double x, y;          /* in cells: what lies at the plot area's top left corner */
  double scale;         /* pixels per cell */
  gboolean fitted;      /* the whole map is shown, and stays so when the plot area changes */
} ScopeMapGeometry;

double scope_map_geometry_fit_scale (const ScopeMapGeometry *self);
void scope_map_geometry_fit (ScopeMapGeometry *self);
/* A new plot area; what is at its top left corner stays unless the map is fitted. */
void scope_map_geometry_resize (ScopeMapGeometry *self, double width, double height);
/* SCALE is clamped between fitting and SCOPE_MAP_MAX_SCALE; the point (px, py) of the plot area
 * keeps its cell. */
void scope_map_geometry_set_scale (ScopeMapGeometry *self, double scale, double px, double py);
void scope_map_geometry_pan (ScopeMapGeometry *self, double dx, double dy); /* pixels */
/* The wheel, in notches: DY zooms at the point, DX pans by half a step. */
void scope_map_geometry_scroll (ScopeMapGeometry *self, double dx, double dy, double px, double py);
void scope_map_geometry_centre (ScopeMapGeometry *self, double row, double column);
/* Moves no further than needed to have the cell inside the plot area. */
void scope_map_geometry_reveal (ScopeMapGeometry *self, gsize row, gsize column);

/* Moves a cell by so many rows and columns, as far as the map goes and no further than its
 * diagonal: it is causal. A cell outside of the map becomes its last one. The map is not empty. */
void scope_map_geometry_step (const ScopeMapGeometry *self, gsize *row, gsize *column, int rows,
                              int columns);
/* The cell under a point; FALSE outside the map. */
gboolean scope_map_geometry_cell (const ScopeMapGeometry *self, double px, double py, gsize *row,
                                  gsize *column);
double scope_map_geometry_px (const ScopeMapGeometry *self, double column);
double scope_map_geometry_py (const ScopeMapGeometry *self, double row);
/* Pixels that the map leaves free at either side of the plot area: the fewer of the two. */
double scope_map_geometry_free (const ScopeMapGeometry *self);
/* The cells that are at least partly visible; empty if there is no map. */
ScopeRange scope_map_geometry_visible (const ScopeMapGeometry *self);

G_END_DECLS

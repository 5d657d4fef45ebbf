#include "ui/map-geometry.h"

#include <math.h>

double
scope_map_geometry_fit_scale (const ScopeMapGeometry *self)
{
  if (self->length <= 0)
    return 1;
  return MAX (1e-6, MIN (self->width, self->height) / self->length);
}

void
scope_map_geometry_fit (ScopeMapGeometry *self)
{
  self->scale = scope_map_geometry_fit_scale (self);
  self->x = (self->length - self->width / self->scale) / 2;
  self->y = (self->length - self->height / self->scale) / 2;
  self->fitted = TRUE;
}

static void
clamp_position (ScopeMapGeometry *self)
{
  double half_w = self->width / self->scale / 2, half_h = self->height / self->scale / 2;
  self->x = CLAMP (self->x, -half_w, self->length - half_w);
  self->y = CLAMP (self->y, -half_h, self->length - half_h);
}

void
scope_map_geometry_resize (ScopeMapGeometry *self, double width, double height)
{
  self->width = MAX (1, width);
  self->height = MAX (1, height);
  if (self->fitted || self->scale <= scope_map_geometry_fit_scale (self))
    scope_map_geometry_fit (self);
  else
    clamp_position (self);
}

void
scope_map_geometry_set_scale (ScopeMapGeometry *self, double scale, double px, double py)
{
  double fit = scope_map_geometry_fit_scale (self);
  /* Steps back never come out at the very number that the steps there began with. */
  if (self->length <= 0 || scale <= fit * (1 + 1e-6)) {
    scope_map_geometry_fit (self);
    return;
  }
  double column = self->x + px / self->scale, row = self->y + py / self->scale;
  self->scale = MIN (scale, MAX (SCOPE_MAP_MAX_SCALE, fit));
  self->x = column - px / self->scale;
  self->y = row - py / self->scale;
  self->fitted = FALSE;
  clamp_position (self);
}

void
scope_map_geometry_pan (ScopeMapGeometry *self, double dx, double dy)
{
  if (self->fitted)
    return;
  self->x -= dx / self->scale;
  self->y -= dy / self->scale;
  clamp_position (self);
}

void
scope_map_geometry_scroll (ScopeMapGeometry *self, double dx, double dy, double px, double py)
{
  if (dy != 0)
    scope_map_geometry_set_scale (self, self->scale * pow (SCOPE_MAP_ZOOM_STEP, -dy), px, py);
  if (dx != 0)
    scope_map_geometry_pan (self, -dx * SCOPE_MAP_PAN_STEP / 2.0, 0);
}

void
scope_map_geometry_centre (ScopeMapGeometry *self, double row, double column)
{
  if (self->fitted)
    return;
  self->x = column - self->width / self->scale / 2;
  self->y = row - self->height / self->scale / 2;
  clamp_position (self);
}

/* The smallest move that brings [CELL, CELL + 1) into the EXTENT cells after POSITION. */
static double
reveal_axis (double position, double extent, double cell)
{
  if (cell < position)
    return cell;
  if (cell + 1 > position + extent)
    return cell + 1 - extent;
  return position;
}

void
scope_map_geometry_reveal (ScopeMapGeometry *self, gsize row, gsize column)
{
  if (self->fitted)
    return;
  self->x = reveal_axis (self->x, self->width / self->scale, (double)column);
  self->y = reveal_axis (self->y, self->height / self->scale, (double)row);
  clamp_position (self);
}

static gsize
moved (gsize value, int by, gsize last)
{
  return (gsize)CLAMP ((gint64)value + by, 0, (gint64)last);
}

void
scope_map_geometry_step (const ScopeMapGeometry *self, gsize *row, gsize *column, int rows,
                         int columns)
{
  gsize last = (gsize)self->length - 1;

  if (*row > last || *column > last) {
    *row = *column = last;
    return;
  }
  *row = moved (*row, rows, last);
  *column = MIN (moved (*column, columns, last), *row);
}

gboolean
scope_map_geometry_cell (const ScopeMapGeometry *self, double px, double py, gsize *row,
                         gsize *column)
{
  double c = floor (self->x + px / self->scale), r = floor (self->y + py / self->scale);
  if (self->length <= 0 || px < 0 || py < 0 || px >= self->width || py >= self->height)
    return FALSE;
  if (c < 0 || r < 0 || c >= self->length || r >= self->length)
    return FALSE;
  *row = (gsize)r;
  *column = (gsize)c;
  return TRUE;
}

double
scope_map_geometry_px (const ScopeMapGeometry *self, double column)
{
  return (column - self->x) * self->scale;
}

double
scope_map_geometry_py (const ScopeMapGeometry *self, double row)
{
  return (row - self->y) * self->scale;
}

double
scope_map_geometry_free (const ScopeMapGeometry *self)
{
  double before = scope_map_geometry_px (self, 0);
  double after = self->width - scope_map_geometry_px (self, self->length);
  return self->length > 0 ? MAX (0, MIN (before, after)) : 0;
}

ScopeRange
scope_map_geometry_visible (const ScopeMapGeometry *self)
{
  ScopeRange range = { 0 };
  if (self->length <= 0)
    return range;
  range.row_begin = (gsize)CLAMP (floor (self->y), 0, self->length);
  range.row_end = (gsize)CLAMP (ceil (self->y + self->height / self->scale), 0, self->length);
  range.column_begin = (gsize)CLAMP (floor (self->x), 0, self->length);
  range.column_end = (gsize)CLAMP (ceil (self->x + self->width / self->scale), 0, self->length);
  return range;
}

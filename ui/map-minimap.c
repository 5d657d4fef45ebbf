/* The whole map in the corner, once a part of it fills the plot. */
#include "ui/map-view-private.h"

#include <adwaita.h>
#include <math.h>

#define SIZE   112.0
#define LEAST  56.0
#define SHARE  0.32 /* of the plot, at most */
#define MARGIN 10.0

gboolean
scope_map_minimap_area (ScopeMapView *self, graphene_rect_t *area)
{
  const ScopeMapGeometry *g = &self->geometry;
  double size = floor (MIN (SIZE, SHARE * MIN (g->width, g->height)));
  if (g->length <= 0 || g->fitted || self->overview_image == NULL || size < LEAST)
    return FALSE;
  graphene_rect_init (area, (float)(self->left + g->width - size - MARGIN),
                      (float)(self->top + MARGIN), (float)size, (float)size);
  return TRUE;
}

static void
paint_window (ScopeMapView *self, cairo_t *cr, graphene_rect_t box)
{
  const ScopeMapGeometry *g = &self->geometry;
  double cells = box.size.width / g->length;
  double x = MAX (g->x, 0), y = MAX (g->y, 0);
  double width = MAX ((MIN (g->x + g->width / g->scale, g->length) - x) * cells, 4);
  double height = MAX ((MIN (g->y + g->height / g->scale, g->length) - y) * cells, 4);
  cairo_rectangle (cr, box.origin.x + x * cells, box.origin.y + y * cells, width, height);
  /* Light on dark, for it lies on any colour of the palette. */
  cairo_set_source_rgba (cr, 1, 1, 1, 0.15);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.8);
  cairo_set_line_width (cr, 3);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_set_line_width (cr, 1.5);
  cairo_stroke (cr);
}

void
scope_map_paint_minimap (ScopeMapView *self, cairo_t *cr)
{
  graphene_rect_t box;
  if (!scope_map_minimap_area (self, &box))
    return;
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  double paper = dark ? 0.14 : 0.98;
  graphene_rect_offset (&box, (float)-self->left, (float)-self->top);
  cairo_rectangle (cr, box.origin.x - 3, box.origin.y - 3, box.size.width + 6, box.size.height + 6);
  cairo_set_source_rgba (cr, paper, paper, paper, 0.94);
  cairo_fill_preserve (cr);
  scope_map_set_ink (self, cr, 0.3);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  scope_map_paint_image (cr, self->overview_image, box);
  paint_window (self, cr, box);
}

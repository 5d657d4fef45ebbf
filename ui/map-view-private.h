/* The inside of ScopeMapView, shared by map-view.c (state), map-paint.c (drawing) and map-input.c
 * (pointer and keyboard). */
#pragma once

#include "ui/map-view.h"

G_BEGIN_DECLS

struct _ScopeMapView {
  GtkWidget parent;
  ScopeSession *session;
  ScopeMapGeometry geometry;
  double left, top, right, bottom; /* gutters around the plot area, pixels */

  ScopeResult *map, *overview;                 /* what the images are of */
  cairo_surface_t *map_image, *overview_image; /* one pixel per block */
  ScopeNorm norm;
  double seen; /* the largest |value| since the model, the text or the kind of map changed */

  GskRenderNode *heat;      /* the cells */
  GskRenderNode *furniture; /* hatching, boundary, axes, minimap */
  guint request_source;     /* a view to be sent to the session */
  guint zoom_source;        /* "zoom-changed" to be emitted */

  /* pointer */
  gboolean pointer_inside;
  double pointer_x, pointer_y;
  double drag_x, drag_y; /* how far the drag in progress has been applied */
  gboolean drag_minimap;
  double pinch_scale;
};

/* map-view.c */
void scope_map_view_changed (ScopeMapView *self); /* the geometry moved: redraw and ask for cells */
void scope_map_view_set_cursor (ScopeMapView *self, gsize row, gsize column);

/* map-paint.c */
GskRenderNode *scope_map_paint_heat (ScopeMapView *self);
GskRenderNode *scope_map_paint_furniture (ScopeMapView *self);
void scope_map_paint_crosshair (ScopeMapView *self, GtkSnapshot *snapshot);
/* Sets the gutters for the zoom at hand; TRUE if they changed. */
gboolean scope_map_paint_measure (ScopeMapView *self);
/* In widget coordinates; FALSE while there is none. */
gboolean scope_map_paint_minimap_area (ScopeMapView *self, graphene_rect_t *area);

/* map-input.c */
void scope_map_input_class_init (GtkWidgetClass *widget_class);
void scope_map_input_init (ScopeMapView *self);

G_END_DECLS

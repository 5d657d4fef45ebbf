/* The inside of ScopeComparePlot: compare-plot.c (state), compare-paint.c (drawing) and
 * compare-input.c (pointer and keyboard). */
#pragma once

#include "ui/compare-plot.h"

G_BEGIN_DECLS

struct _ScopeComparePlot {
  GtkWidget parent;
  ScopeSession *session;
  ScopeCompare *compare;
  ScopeMapGeometry geometry;       /* of one pane; all have the same */
  guint panes;                     /* 1, or 2 beside each other */
  double left, top, right, bottom; /* gutters, pixels */
  double gap;                      /* between panes */
  gboolean flipped;

  GskRenderNode *cells, *furniture; /* the drawing; NULL: to be made */
  guint request_source;             /* a view to be sent to the comparison */
  guint placed_source;              /* "view-changed" to be emitted */

  gboolean pointer_inside;
  double pointer_x, pointer_y;
  graphene_point_t pointer_place; /* on the surface, where it last moved */
  double drag_x, drag_y; /* how far the drag in progress has been applied */
};

/* compare-plot.c */
void scope_compare_plot_moved (ScopeComparePlot *self); /* redraw and ask for cells */
double scope_compare_plot_pane_x (ScopeComparePlot *self, guint pane);
/* FALSE: no cell of the maps is there. In a split square the mirrored cell is the cell. */
gboolean scope_compare_plot_cell_at (ScopeComparePlot *self, double x, double y, gsize *row,
                                     gsize *column);

/* compare-paint.c */
void scope_compare_paint_measure (ScopeComparePlot *self); /* the gutters */
GskRenderNode *scope_compare_paint_cells (ScopeComparePlot *self);
GskRenderNode *scope_compare_paint_furniture (ScopeComparePlot *self);
void scope_compare_paint_crosshair (ScopeComparePlot *self, GtkSnapshot *snapshot);

/* compare-input.c */
void scope_compare_input_class_init (GtkWidgetClass *widget_class);
void scope_compare_input_init (ScopeComparePlot *self);

G_END_DECLS

/* Where a figure's curves lie, for what is drawn over them on the screen. Any thread. */
#pragma once

#include "export/figure.h"

G_BEGIN_DECLS

/* The plot in points, and the values at its edges. */
typedef struct {
  double x, y, width, height;
  double left, right, bottom, top;
} ScopePlotArea;

/* Of a panel of CURVES with linear axes, as scope_figure_draw() lays it out at SCALE; FALSE for any
 * other. */
gboolean scope_figure_plot_area (ScopeFigure *self, gsize panel, double scale, ScopePlotArea *out);

G_END_DECLS

#include "export/plot-area.h"

#include "export/figure-private.h"

gboolean
scope_figure_plot_area (ScopeFigure *self, gsize panel, double scale, ScopePlotArea *out)
{
  g_return_val_if_fail (panel < scope_figure_panels (self), FALSE);
  const ScopeResult *result = scope_figure_panel (self, panel);
  g_auto (ScopeLayout) layout = { 0 };
  g_auto (ScopeCanvas) canvas = { 0 };
  g_auto (ScopePanelAxes) axes = { 0 };

  if (result->kind != SCOPE_RESULT_CURVES || result->x_log || result->y_log)
    return FALSE;
  scope_layout_init (&layout, self);
  scope_canvas_init_measure (&canvas, self->style.font, self->style.font_pt);
  canvas.scale = scale;
  canvas.vector = FALSE; /* snapped to pixels, as it is drawn */
  ScopeRect plot = scope_canvas_snap (&canvas, layout.boxes[panel].plot);
  scope_panel_curves_axes (&axes, result, &canvas, plot.width, plot.height);
  *out = (ScopePlotArea){ plot.x,     plot.y,      plot.width, plot.height,
                          axes.x_low, axes.x_high, axes.y_low, axes.y_high };
  return TRUE;
}

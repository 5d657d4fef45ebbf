/* ScopeColourBar: a map's colour scale with its ticks, upright beside the map.
 *
 * Alone it shows a scale. With an axis (what the scale could span) it has two handles that set the
 * ends of the part that is spread over the palette, with bins a histogram of the values in sight
 * beside it, with an ε its line and a handle for that, and with a menu a button for it.
 *
 * A handle is dragged, or chosen with Left and Right and moved with Up and Down (Page Up and Down
 * by ten steps); double click and Delete give the ends back to the axis.
 *
 * Signals: "range-changed" (double low, double high; NaN: the axis's own), "epsilon-changed"
 * (double): what the user wants; the owner sets what comes of it. Main thread. */
#pragma once

#include "export/figure.h"
#include "ui/drawing.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COLOUR_BAR (scope_colour_bar_get_type ())
G_DECLARE_FINAL_TYPE (ScopeColourBar, scope_colour_bar, SCOPE, COLOUR_BAR, ScopeDrawing)

void scope_colour_bar_set_scale (ScopeColourBar *self, ScopePalette palette, const ScopeNorm *norm,
                                 const char *label);
/* Where the bar begins and ends, in the widget's pixels. */
void scope_colour_bar_set_span (ScopeColourBar *self, double top, double foot);

/* After set_scale(), whose norm is a part of AXIS and of its kind. */
void scope_colour_bar_set_axis (ScopeColourBar *self, const ScopeNorm *axis);
/* COUNT heights in [0, 1] at even steps along the axis; copied. */
void scope_colour_bar_set_bins (ScopeColourBar *self, const float *bins, gsize count);
void scope_colour_bar_set_epsilon (ScopeColourBar *self, double epsilon); /* NaN: none */
void scope_colour_bar_set_menu (ScopeColourBar *self, GMenuModel *menu);

G_END_DECLS

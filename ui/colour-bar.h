/* ScopeColourBar: the map's colour scale with its ticks, upright beside the map. Drawn by the
 * figure library, so that the screen and the exported figure agree. */
#pragma once

#include <gtk/gtk.h>

#include "export/figure.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_COLOUR_BAR (scope_colour_bar_get_type ())
G_DECLARE_FINAL_TYPE (ScopeColourBar, scope_colour_bar, SCOPE, COLOUR_BAR, GtkWidget)

void scope_colour_bar_set_scale (ScopeColourBar *self, ScopePalette palette, const ScopeNorm *norm,
                                 const char *label);
/* Where the bar begins and ends, in the widget's pixels. */
void scope_colour_bar_set_span (ScopeColourBar *self, double top, double foot);

G_END_DECLS

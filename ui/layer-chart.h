/* ScopeLayerChart: the share of global channels of every layer as a row of bars; a click or the
 * arrow keys select the layer. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "session/atlas.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_LAYER_CHART (scope_layer_chart_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLayerChart, scope_layer_chart, SCOPE, LAYER_CHART, GtkWidget)

/* Once. */
void scope_layer_chart_set_atlas (ScopeLayerChart *self, ScopeAtlas *atlas, ScopeSession *session);

G_END_DECLS

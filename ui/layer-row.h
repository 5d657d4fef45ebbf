/* ScopeLayerRow: a layer in the sidebar: its number and the share of its channels that are
 * global. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "ui/list-items.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_LAYER_ROW (scope_layer_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLayerRow, scope_layer_row, SCOPE, LAYER_ROW, GtkWidget)

GtkWidget *scope_layer_row_new (void) G_GNUC_WARN_UNUSED_RESULT;
void scope_layer_row_set_item (ScopeLayerRow *self, ScopeLayerItem *item); /* NULL: none */

G_END_DECLS

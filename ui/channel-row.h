/* ScopeChannelRow: a channel or head in the sidebar: its class, how much it remembers, its field
 * and what the filter keeps. The class is told by icon and word, never by colour alone. Main
 * thread. */
#pragma once

#include <gtk/gtk.h>

#include "ui/list-items.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_CHANNEL_ROW (scope_channel_row_get_type ())
G_DECLARE_FINAL_TYPE (ScopeChannelRow, scope_channel_row, SCOPE, CHANNEL_ROW, GtkWidget)

GtkWidget *scope_channel_row_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* Shows ITEM and follows its changes; NULL: none. */
void scope_channel_row_set_item (ScopeChannelRow *self, ScopeChannelItem *item);

G_END_DECLS

/* What the sidebar's lists hold: one object per layer and one per channel or attention head, with
 * the numbers that its row shows. Main thread; immutable but for a layer's share. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_LAYER_ITEM (scope_layer_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeLayerItem, scope_layer_item, SCOPE, LAYER_ITEM, GObject)

/* ATTENTION: the layer has shared attention before its SSM. */
ScopeLayerItem *scope_layer_item_new (gsize layer, gboolean attention) G_GNUC_WARN_UNUSED_RESULT;
gboolean scope_layer_item_get_attention (ScopeLayerItem *self);
gsize scope_layer_item_get_layer (ScopeLayerItem *self);
/* The share of global channels; NaN while unknown. Notifies "global-share". */
double scope_layer_item_get_global_share (ScopeLayerItem *self);
void scope_layer_item_set_global_share (ScopeLayerItem *self, double share);

#define SCOPE_TYPE_CHANNEL_ITEM (scope_channel_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeChannelItem, scope_channel_item, SCOPE, CHANNEL_ITEM, GObject)

/* NOUN is a static string. MEMORY in [0, 1] is the length of the decay bar. */
ScopeChannelItem *scope_channel_item_new (const ScopeChannelStats *stats, const char *noun,
                                          double memory) G_GNUC_WARN_UNUSED_RESULT;
/* New numbers of the same channel. Signals "changed" if they are others. */
void scope_channel_item_update (ScopeChannelItem *self, const ScopeChannelStats *stats,
                                double memory);
/* Head CHANNEL of the layer's shared attention: its statistics hold the index alone. */
ScopeChannelItem *scope_channel_item_new_attention (gsize channel) G_GNUC_WARN_UNUSED_RESULT;
gboolean scope_channel_item_is_attention (ScopeChannelItem *self);
const ScopeChannelStats *scope_channel_item_get_stats (ScopeChannelItem *self);
const char *scope_channel_item_get_noun (ScopeChannelItem *self);
double scope_channel_item_get_memory (ScopeChannelItem *self);

G_END_DECLS

/* ScopeDecayItem: a channel in the list beside the decay plot. Property "chosen" (boolean). Main
 * thread.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SCOPE_TYPE_DECAY_ITEM (scope_decay_item_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDecayItem, scope_decay_item, SCOPE, DECAY_ITEM, GObject)

ScopeDecayItem *scope_decay_item_new (gsize channel, const char *name, const char *facts,
                                      gboolean chosen) G_GNUC_WARN_UNUSED_RESULT;
gsize scope_decay_item_get_channel (ScopeDecayItem *self);
const char *scope_decay_item_get_name (ScopeDecayItem *self);
const char *scope_decay_item_get_facts (ScopeDecayItem *self);
gboolean scope_decay_item_get_chosen (ScopeDecayItem *self);

G_END_DECLS

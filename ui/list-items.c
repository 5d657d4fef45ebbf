#include "ui/list-items.h"

#include <math.h>

struct _ScopeLayerItem {
  GObject parent;
  gsize layer;
  gboolean attention;
  double global_share;
};

G_DEFINE_FINAL_TYPE (ScopeLayerItem, scope_layer_item, G_TYPE_OBJECT)

enum { PROP_0, PROP_GLOBAL_SHARE, N_PROPS };
static GParamSpec *layer_props[N_PROPS];

static void
scope_layer_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_double (value, SCOPE_LAYER_ITEM (object)->global_share);
}

static void
scope_layer_item_class_init (ScopeLayerItemClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = scope_layer_item_get_property;
  layer_props[PROP_GLOBAL_SHARE]
      = g_param_spec_double ("global-share", NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, layer_props);
}

static void
scope_layer_item_init (ScopeLayerItem *self)
{
  self->global_share = NAN;
}

ScopeLayerItem *
scope_layer_item_new (gsize layer, gboolean attention)
{
  ScopeLayerItem *self = g_object_new (SCOPE_TYPE_LAYER_ITEM, NULL);
  self->layer = layer;
  self->attention = attention;
  return self;
}

gboolean
scope_layer_item_get_attention (ScopeLayerItem *self)
{
  g_return_val_if_fail (SCOPE_IS_LAYER_ITEM (self), FALSE);
  return self->attention;
}

gsize
scope_layer_item_get_layer (ScopeLayerItem *self)
{
  g_return_val_if_fail (SCOPE_IS_LAYER_ITEM (self), 0);
  return self->layer;
}

double
scope_layer_item_get_global_share (ScopeLayerItem *self)
{
  g_return_val_if_fail (SCOPE_IS_LAYER_ITEM (self), NAN);
  return self->global_share;
}

void
scope_layer_item_set_global_share (ScopeLayerItem *self, double share)
{
  g_return_if_fail (SCOPE_IS_LAYER_ITEM (self));
  if (share == self->global_share || (isnan (share) && isnan (self->global_share)))
    return;
  self->global_share = share;
  g_object_notify_by_pspec (G_OBJECT (self), layer_props[PROP_GLOBAL_SHARE]);
}

struct _ScopeChannelItem {
  GObject parent;
  ScopeChannelStats stats;
  gboolean attention;
  const char *noun;
  double memory;
};

G_DEFINE_FINAL_TYPE (ScopeChannelItem, scope_channel_item, G_TYPE_OBJECT)

static guint channel_changed;

static void
scope_channel_item_class_init (ScopeChannelItemClass *klass)
{
  channel_changed = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
scope_channel_item_init (ScopeChannelItem *self)
{
}

ScopeChannelItem *
scope_channel_item_new (const ScopeChannelStats *stats, const char *noun, double memory)
{
  ScopeChannelItem *self = g_object_new (SCOPE_TYPE_CHANNEL_ITEM, NULL);
  self->stats = *stats;
  self->noun = noun;
  self->memory = memory;
  return self;
}

void
scope_channel_item_update (ScopeChannelItem *self, const ScopeChannelStats *stats, double memory)
{
  g_return_if_fail (SCOPE_IS_CHANNEL_ITEM (self));
  const ScopeChannelStats *old = &self->stats;
  gboolean same = old->layer == stats->layer && old->channel == stats->channel
                  && old->global == stats->global && old->ln_decay == stats->ln_decay
                  && old->field_length == stats->field_length && old->half_life == stats->half_life
                  && old->kept_fraction == stats->kept_fraction && self->memory == memory;
  self->stats = *stats;
  self->memory = memory;
  if (!same)
    g_signal_emit (self, channel_changed, 0);
}

ScopeChannelItem *
scope_channel_item_new_attention (gsize channel)
{
  ScopeChannelItem *self = g_object_new (SCOPE_TYPE_CHANNEL_ITEM, NULL);
  self->stats.channel = channel;
  self->attention = TRUE;
  self->noun = "attention head";
  self->memory = 1;
  return self;
}

gboolean
scope_channel_item_is_attention (ScopeChannelItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CHANNEL_ITEM (self), FALSE);
  return self->attention;
}

const ScopeChannelStats *
scope_channel_item_get_stats (ScopeChannelItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CHANNEL_ITEM (self), NULL);
  return &self->stats;
}

const char *
scope_channel_item_get_noun (ScopeChannelItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CHANNEL_ITEM (self), NULL);
  return self->noun;
}

double
scope_channel_item_get_memory (ScopeChannelItem *self)
{
  g_return_val_if_fail (SCOPE_IS_CHANNEL_ITEM (self), 0);
  return self->memory;
}

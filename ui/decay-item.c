#include "ui/decay-item.h"

struct _ScopeDecayItem {
  GObject parent;
  gsize channel;
  char *name, *facts;
  gboolean chosen;
};

G_DEFINE_FINAL_TYPE (ScopeDecayItem, scope_decay_item, G_TYPE_OBJECT)

enum { PROP_0, PROP_CHOSEN };

static void
scope_decay_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, SCOPE_DECAY_ITEM (object)->chosen);
}

static void
scope_decay_item_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ScopeDecayItem *self = SCOPE_DECAY_ITEM (object);
  if (g_value_get_boolean (value) == self->chosen)
    return;
  self->chosen = g_value_get_boolean (value);
  g_object_notify_by_pspec (object, pspec);
}

static void
scope_decay_item_finalize (GObject *object)
{
  g_free (SCOPE_DECAY_ITEM (object)->name);
  g_free (SCOPE_DECAY_ITEM (object)->facts);
  G_OBJECT_CLASS (scope_decay_item_parent_class)->finalize (object);
}

static void
scope_decay_item_class_init (ScopeDecayItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  object_class->get_property = scope_decay_item_get_property;
  object_class->set_property = scope_decay_item_set_property;
  object_class->finalize = scope_decay_item_finalize;
  g_object_class_install_property (
      object_class, PROP_CHOSEN,
      g_param_spec_boolean ("chosen", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
}

static void
scope_decay_item_init (ScopeDecayItem *self)
{
}

ScopeDecayItem *
scope_decay_item_new (gsize channel, const char *name, const char *facts, gboolean chosen)
{
  ScopeDecayItem *self = g_object_new (SCOPE_TYPE_DECAY_ITEM, NULL);
  self->channel = channel;
  self->name = g_strdup (name);
  self->facts = g_strdup (facts);
  self->chosen = chosen;
  return self;
}

gsize
scope_decay_item_get_channel (ScopeDecayItem *self)
{
  return self->channel;
}

const char *
scope_decay_item_get_name (ScopeDecayItem *self)
{
  return self->name;
}

const char *
scope_decay_item_get_facts (ScopeDecayItem *self)
{
  return self->facts;
}

gboolean
scope_decay_item_get_chosen (ScopeDecayItem *self)
{
  return self->chosen;
}

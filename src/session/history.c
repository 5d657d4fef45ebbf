#include "session/history-private.h"

G_DEFINE_FINAL_TYPE (ScopeHistory, scope_history, G_TYPE_OBJECT)

typedef enum { PROP_0, PROP_CAN_UNDO, PROP_CAN_REDO, N_PROPERTIES } Property;
static GParamSpec *properties[N_PROPERTIES];

void
scope_history_update_properties (ScopeHistory *self)
{
  gboolean can_undo = self->undo->len > 0, can_redo = self->redo->len > 0;

  g_object_freeze_notify (G_OBJECT (self));
  if (can_undo != self->can_undo)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
  if (can_redo != self->can_redo)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
  self->can_undo = can_undo;
  self->can_redo = can_redo;
  g_object_thaw_notify (G_OBJECT (self));
}

static void
scope_history_get_gproperty (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  ScopeHistory *self = SCOPE_HISTORY (object);

  switch ((Property)id) {
  case PROP_CAN_UNDO:
    g_value_set_boolean (value, self->undo->len > 0);
    break;
  case PROP_CAN_REDO:
    g_value_set_boolean (value, self->redo->len > 0);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
scope_history_finalize (GObject *object)
{
  ScopeHistory *self = SCOPE_HISTORY (object);

  g_clear_handle_id (&self->settling, g_source_remove);
  g_ptr_array_unref (self->parameters);
  g_ptr_array_unref (self->undo);
  g_ptr_array_unref (self->redo);
  g_hash_table_unref (self->waiting);
  G_OBJECT_CLASS (scope_history_parent_class)->finalize (object);
}

static void
scope_history_class_init (ScopeHistoryClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);
  const GParamFlags read = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = scope_history_get_gproperty;
  object_class->finalize = scope_history_finalize;
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, read);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, read);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
scope_history_init (ScopeHistory *self)
{
  self->parameters = g_ptr_array_new_with_free_func (scope_registered_free);
  self->undo = g_ptr_array_new_with_free_func (scope_step_free);
  self->redo = g_ptr_array_new_with_free_func (scope_step_free);
  self->waiting
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_node_unref);
}

ScopeHistory *
scope_history_new (void)
{
  return g_object_new (SCOPE_TYPE_HISTORY, NULL);
}

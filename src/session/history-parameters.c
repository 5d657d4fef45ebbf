#include "session/history-private.h"

JsonNode *
scope_registered_get (const ScopeRegistered *self)
{
  return self->bound != NULL ? scope_history_get_property (self->owner, self->bound)
                             : self->is.get (self->owner);
}

gboolean
scope_registered_set (const ScopeRegistered *self, JsonNode *value, GError **error)
{
  return self->bound != NULL ? scope_history_set_property (self->owner, self->bound, value, error)
                             : self->is.set (self->owner, value, error);
}

/* Its value now becomes the known one. Returns the change, or NULL if it is the same. */
static ScopeChange *
parameter_look (ScopeRegistered *self)
{
  g_autoptr (JsonNode) value = scope_registered_get (self);

  self->touched = FALSE;
  if (json_node_equal (value, self->value))
    return NULL;
  ScopeChange *change = g_new (ScopeChange, 1);
  *change = (ScopeChange){ g_strdup (self->is.name), self->value, json_node_ref (value) };
  self->value = g_steal_pointer (&value);
  return change;
}

ScopeRegistered *
scope_history_find (ScopeHistory *self, const char *name)
{
  for (guint i = 0; i < self->parameters->len; i++) {
    ScopeRegistered *parameter = g_ptr_array_index (self->parameters, i);
    if (g_str_equal (parameter->is.name, name))
      return parameter;
  }
  return NULL;
}

/* --- the end of a turn ---------------------------------------------------------------------------
 */

void
scope_history_settle (ScopeHistory *self)
{
  ScopeStep *step = NULL;

  g_clear_handle_id (&self->settling, g_source_remove);
  for (guint i = 0; i < self->parameters->len; i++) {
    ScopeRegistered *parameter = g_ptr_array_index (self->parameters, i);
    ScopeChange *change = parameter->touched ? parameter_look (parameter) : NULL;
    if (change == NULL)
      continue;
    if (step == NULL) {
      step = g_new (ScopeStep, 1);
      *step = (ScopeStep){ g_strdup (parameter->is.label),
                           g_ptr_array_new_with_free_func (scope_change_free),
                           g_get_monotonic_time () };
    }
    g_ptr_array_add (step->changes, change);
  }
  if (step != NULL)
    scope_history_push (self, step);
}

static gboolean
settle_cb (gpointer self)
{
  ((ScopeHistory *)self)->settling = 0;
  scope_history_settle (self);
  return G_SOURCE_REMOVE;
}

/* All values as they are, and no step of it. */
void
scope_history_look_at_all (ScopeHistory *self)
{
  g_clear_handle_id (&self->settling, g_source_remove);
  for (guint i = 0; i < self->parameters->len; i++) {
    ScopeChange *change = parameter_look (g_ptr_array_index (self->parameters, i));
    g_clear_pointer (&change, scope_change_free);
  }
}

static void
touch (ScopeRegistered *parameter)
{
  ScopeHistory *self = parameter->history;

  if (self->applying)
    return;
  parameter->touched = TRUE;
  if (self->settling == 0) /* before the next event comes */
    self->settling = g_idle_add_full (G_PRIORITY_HIGH, settle_cb, self, NULL);
}

static void
notify_cb (GObject *owner, GParamSpec *pspec, ScopeRegistered *parameter)
{
  touch (parameter);
}

void
scope_history_break (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  scope_history_settle (self);
  ScopeStep *step = scope_step_newest (self->undo);

  if (step != NULL)
    step->time = 0;
}

/* --- registering ---------------------------------------------------------------------------------
 */

static void
owner_gone_cb (gpointer data, GObject *where)
{
  ScopeRegistered *parameter = data;

  parameter->owner = NULL;
  g_ptr_array_remove (parameter->history->parameters, parameter);
}

void
scope_registered_free (gpointer data)
{
  ScopeRegistered *self = data;

  if (self->owner != NULL) {
    g_signal_handlers_disconnect_by_data (self->owner, self);
    g_object_weak_unref (self->owner, owner_gone_cb, self);
  }
  g_clear_pointer (&self->value, json_node_unref);
  g_free ((char *)self->is.name);
  g_free ((char *)self->is.label);
  g_free (self->bound);
  g_free (self);
}

static void
listen (ScopeRegistered *self, const char *names)
{
  g_auto (GStrv) each = g_strsplit (names, ",", -1);

  for (guint i = 0; each[i] != NULL; i++) {
    g_autofree char *signal = g_strconcat ("notify::", each[i], NULL);
    g_signal_connect (self->owner, signal, G_CALLBACK (notify_cb), self);
  }
}

/* What a file said of it before it was there. */
static void
take_waiting (ScopeHistory *self, const ScopeRegistered *parameter)
{
  g_autoptr (JsonNode) value = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_steal_extended (self->waiting, parameter->is.name, (gpointer *)&name,
                                    (gpointer *)&value))
    return;
  gboolean applying = self->applying;
  self->applying = TRUE;
  if (!scope_registered_set (parameter, value, &error))
    g_debug ("%s: %s", parameter->is.name, error->message);
  self->applying = applying;
}

static void
add (ScopeHistory *self, GObject *owner, const ScopeParameter *is, const char *bound)
{
  ScopeRegistered *parameter = g_new0 (ScopeRegistered, 1);

  parameter->history = self;
  parameter->owner = owner;
  parameter->is = *is;
  parameter->is.name = g_strdup (is->name);
  parameter->is.label = g_strdup (is->label);
  parameter->is.properties = NULL;
  parameter->bound = g_strdup (bound);
  g_object_weak_ref (owner, owner_gone_cb, parameter);
  if (is->properties != NULL)
    listen (parameter, is->properties);
  g_ptr_array_add (self->parameters, parameter);
  take_waiting (self, parameter);
  parameter->value = scope_registered_get (parameter);
}

void
scope_history_add (ScopeHistory *self, GObject *owner, const ScopeParameter *parameter)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self) && G_IS_OBJECT (owner));
  g_return_if_fail (scope_history_find (self, parameter->name) == NULL);
  add (self, owner, parameter, NULL);
}

void
scope_history_bind (ScopeHistory *self, GObject *owner, const char *property, const char *name,
                    const char *label)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self) && G_IS_OBJECT (owner));
  g_return_if_fail (scope_history_find (self, name) == NULL);
  g_return_if_fail (g_object_class_find_property (G_OBJECT_GET_CLASS (owner), property) != NULL);
  const ScopeParameter parameter = { name, label, property, NULL, NULL };
  add (self, owner, &parameter, property);
}

void
scope_history_touch (ScopeHistory *self, const char *name)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  ScopeRegistered *parameter = scope_history_find (self, name);

  g_return_if_fail (parameter != NULL);
  touch (parameter);
}

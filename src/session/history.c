#include "session/history-private.h"

#include "base/error.h"

struct _ScopeHistory {
  GObject parent_instance;
  GPtrArray *parameters;  /* Parameter, as registered */
  GPtrArray *undo, *redo; /* Step, newest last */
  GHashTable *waiting; /* name: JsonNode that a file gave for a parameter still to be registered */
  guint settling;      /* the source that ends the turn; 0: nothing was touched */
  gboolean applying;   /* the history itself is setting */
  gboolean can_undo, can_redo;
};

G_DEFINE_FINAL_TYPE (ScopeHistory, scope_history, G_TYPE_OBJECT)

typedef enum { PROP_0, PROP_CAN_UNDO, PROP_CAN_REDO, N_PROPERTIES } Property;
static GParamSpec *properties[N_PROPERTIES];

typedef struct {
  ScopeHistory *history;
  GObject *owner; /* weak */
  ScopeParameter is;
  char *bound;     /* the property that it is, or NULL */
  JsonNode *value; /* when it was last looked at */
  gboolean touched;
} Parameter;

typedef struct {
  char *name;
  JsonNode *before, *after;
} Change;

typedef struct {
  char *label;
  GPtrArray *changes;
  gint64 time; /* of the newest change; 0: closed */
} Step;

/* --- changes and steps --------------------------------------------------------------------------
 */

static void
change_free (gpointer data)
{
  Change *self = data;

  json_node_unref (self->before);
  json_node_unref (self->after);
  g_free (self->name);
  g_free (self);
}

static void
step_free (gpointer data)
{
  Step *self = data;

  g_ptr_array_unref (self->changes);
  g_free (self->label);
  g_free (self);
}

static Step *
newest (GPtrArray *steps)
{
  return steps->len > 0 ? g_ptr_array_index (steps, steps->len - 1) : NULL;
}

static gboolean
same_parameters (const Step *a, const Step *b)
{
  gboolean same = a->changes->len == b->changes->len;

  for (guint i = 0; same && i < a->changes->len; i++) {
    const Change *p = g_ptr_array_index (a->changes, i), *q = g_ptr_array_index (b->changes, i);
    same = g_str_equal (p->name, q->name);
  }
  return same;
}

static gboolean
leads_nowhere (const Step *self)
{
  gboolean nowhere = TRUE;

  for (guint i = 0; nowhere && i < self->changes->len; i++) {
    const Change *change = g_ptr_array_index (self->changes, i);
    nowhere = json_node_equal (change->before, change->after);
  }
  return nowhere;
}

static void
update_properties (ScopeHistory *self)
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

/* STEP goes on where the newest one is still open. */
static void
join (Step *to, Step *step)
{
  for (guint i = 0; i < to->changes->len; i++) {
    Change *change = g_ptr_array_index (to->changes, i);
    const Change *later = g_ptr_array_index (step->changes, i);
    json_node_unref (change->after);
    change->after = json_node_ref (later->after);
  }
  to->time = step->time;
  step_free (step);
}

/* Takes STEP over. */
static void
push (ScopeHistory *self, Step *step)
{
  Step *last = newest (self->undo);

  g_ptr_array_set_size (self->redo, 0);
  if (last != NULL && last->time != 0 && same_parameters (last, step)
      && step->time - last->time < SCOPE_HISTORY_MERGE_MS * G_TIME_SPAN_MILLISECOND) {
    join (last, step);
    if (leads_nowhere (last))
      g_ptr_array_set_size (self->undo, (gint)self->undo->len - 1);
  } else {
    g_ptr_array_add (self->undo, step);
    if (self->undo->len > SCOPE_HISTORY_STEPS)
      g_ptr_array_remove_index (self->undo, 0);
  }
  update_properties (self);
}

/* --- parameters ---------------------------------------------------------------------------------
 */

static JsonNode *
parameter_get (const Parameter *self)
{
  return self->bound != NULL ? scope_history_get_property (self->owner, self->bound)
                             : self->is.get (self->owner);
}

static gboolean
parameter_set (const Parameter *self, JsonNode *value, GError **error)
{
  return self->bound != NULL ? scope_history_set_property (self->owner, self->bound, value, error)
                             : self->is.set (self->owner, value, error);
}

/* Its value now becomes the known one. Returns the change, or NULL if it is the same. */
static Change *
parameter_look (Parameter *self)
{
  g_autoptr (JsonNode) value = parameter_get (self);

  self->touched = FALSE;
  if (json_node_equal (value, self->value))
    return NULL;
  Change *change = g_new (Change, 1);
  *change = (Change){ g_strdup (self->is.name), self->value, json_node_ref (value) };
  self->value = g_steal_pointer (&value);
  return change;
}

static Parameter *
find (ScopeHistory *self, const char *name)
{
  for (guint i = 0; i < self->parameters->len; i++) {
    Parameter *parameter = g_ptr_array_index (self->parameters, i);
    if (g_str_equal (parameter->is.name, name))
      return parameter;
  }
  return NULL;
}

/* --- the end of a turn --------------------------------------------------------------------------
 */

static void
settle (ScopeHistory *self)
{
  Step *step = NULL;

  g_clear_handle_id (&self->settling, g_source_remove);
  for (guint i = 0; i < self->parameters->len; i++) {
    Parameter *parameter = g_ptr_array_index (self->parameters, i);
    Change *change = parameter->touched ? parameter_look (parameter) : NULL;
    if (change == NULL)
      continue;
    if (step == NULL) {
      step = g_new (Step, 1);
      *step = (Step){ g_strdup (parameter->is.label), g_ptr_array_new_with_free_func (change_free),
                      g_get_monotonic_time () };
    }
    g_ptr_array_add (step->changes, change);
  }
  if (step != NULL)
    push (self, step);
}

static gboolean
settle_cb (gpointer self)
{
  ((ScopeHistory *)self)->settling = 0;
  settle (self);
  return G_SOURCE_REMOVE;
}

/* All values as they are, and no step of it. */
static void
look_at_all (ScopeHistory *self)
{
  g_clear_handle_id (&self->settling, g_source_remove);
  for (guint i = 0; i < self->parameters->len; i++) {
    Change *change = parameter_look (g_ptr_array_index (self->parameters, i));
    g_clear_pointer (&change, change_free);
  }
}

static void
touch (Parameter *parameter)
{
  ScopeHistory *self = parameter->history;

  if (self->applying)
    return;
  parameter->touched = TRUE;
  if (self->settling == 0) /* before the next event comes */
    self->settling = g_idle_add_full (G_PRIORITY_HIGH, settle_cb, self, NULL);
}

static void
notify_cb (GObject *owner, GParamSpec *pspec, Parameter *parameter)
{
  touch (parameter);
}

/* --- registering --------------------------------------------------------------------------------
 */

static void
owner_gone_cb (gpointer data, GObject *where)
{
  Parameter *parameter = data;

  parameter->owner = NULL;
  g_ptr_array_remove (parameter->history->parameters, parameter);
}

static void
parameter_free (gpointer data)
{
  Parameter *self = data;

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
listen (Parameter *self, const char *names)
{
  g_auto (GStrv) each = g_strsplit (names, ",", -1);

  for (guint i = 0; each[i] != NULL; i++) {
    g_autofree char *signal = g_strconcat ("notify::", each[i], NULL);
    g_signal_connect (self->owner, signal, G_CALLBACK (notify_cb), self);
  }
}

/* What a file said of it before it was there. */
static void
take_waiting (ScopeHistory *self, const Parameter *parameter)
{
  g_autoptr (JsonNode) value = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_hash_table_steal_extended (self->waiting, parameter->is.name, (gpointer *)&name,
                                    (gpointer *)&value))
    return;
  gboolean applying = self->applying;
  self->applying = TRUE;
  if (!parameter_set (parameter, value, &error))
    g_debug ("%s: %s", parameter->is.name, error->message);
  self->applying = applying;
}

static void
add (ScopeHistory *self, GObject *owner, const ScopeParameter *is, const char *bound)
{
  Parameter *parameter = g_new0 (Parameter, 1);

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
  parameter->value = parameter_get (parameter);
}

void
scope_history_add (ScopeHistory *self, GObject *owner, const ScopeParameter *parameter)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self) && G_IS_OBJECT (owner));
  g_return_if_fail (find (self, parameter->name) == NULL);
  add (self, owner, parameter, NULL);
}

void
scope_history_bind (ScopeHistory *self, GObject *owner, const char *property, const char *name,
                    const char *label)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self) && G_IS_OBJECT (owner));
  g_return_if_fail (find (self, name) == NULL);
  g_return_if_fail (g_object_class_find_property (G_OBJECT_GET_CLASS (owner), property) != NULL);
  const ScopeParameter parameter = { name, label, property, NULL, NULL };
  add (self, owner, &parameter, property);
}

void
scope_history_touch (ScopeHistory *self, const char *name)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  Parameter *parameter = find (self, name);

  g_return_if_fail (parameter != NULL);
  touch (parameter);
}

void
scope_history_break (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  settle (self);
  Step *step = newest (self->undo);

  if (step != NULL)
    step->time = 0;
}

/* --- undo and redo ------------------------------------------------------------------------------
 */

/* In the order of registration, whatever the order of the changes. */
static void
apply (ScopeHistory *self, const Step *step, gboolean back)
{
  self->applying = TRUE;
  for (guint i = 0; i < step->changes->len; i++) {
    const Change *change = g_ptr_array_index (step->changes, i);
    const Parameter *parameter = find (self, change->name);
    g_autoptr (GError) error = NULL;
    if (parameter != NULL
        && !parameter_set (parameter, back ? change->before : change->after, &error))
      g_debug ("%s: %s", change->name, error->message);
  }
  self->applying = FALSE;
  look_at_all (self);
}

static char *
travel (ScopeHistory *self, GPtrArray *from, GPtrArray *to, gboolean back)
{
  settle (self);
  if (from->len == 0)
    return NULL;
  Step *step = g_ptr_array_steal_index (from, from->len - 1);
  step->time = 0;
  g_ptr_array_add (to, step);
  apply (self, step, back);
  update_properties (self);
  return g_strdup (step->label);
}

char *
scope_history_undo (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  return travel (self, self->undo, self->redo, TRUE);
}

char *
scope_history_redo (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  return travel (self, self->redo, self->undo, FALSE);
}

const char *
scope_history_undo_label (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  const Step *step = newest (self->undo);
  return step != NULL ? step->label : NULL;
}

const char *
scope_history_redo_label (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  const Step *step = newest (self->redo);
  return step != NULL ? step->label : NULL;
}

void
scope_history_forget (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  look_at_all (self);
  g_ptr_array_set_size (self->undo, 0);
  g_ptr_array_set_size (self->redo, 0);
  g_hash_table_remove_all (self->waiting);
  update_properties (self);
}

/* What STEP changed stands again where it stood before. */
static gboolean
is_undone (ScopeHistory *self, const Step *step)
{
  gboolean undone = TRUE;

  for (guint i = 0; undone && i < step->changes->len; i++) {
    const Change *change = g_ptr_array_index (step->changes, i);
    const Parameter *parameter = find (self, change->name);
    undone = parameter == NULL || json_node_equal (parameter->value, change->before);
  }
  return undone;
}

void
scope_history_retract (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  look_at_all (self);
  while (self->undo->len > 0 && is_undone (self, newest (self->undo)))
    g_ptr_array_set_size (self->undo, (gint)self->undo->len - 1);
  update_properties (self);
}

/* --- files --------------------------------------------------------------------------------------
 */

JsonNode *
scope_history_get (ScopeHistory *self, const char *name)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  const Parameter *parameter = find (self, name);

  return parameter != NULL ? parameter_get (parameter) : NULL;
}

JsonObject *
scope_history_save (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  JsonObject *out = json_object_new ();

  for (guint i = 0; i < self->parameters->len; i++) {
    const Parameter *parameter = g_ptr_array_index (self->parameters, i);
    json_object_set_member (out, parameter->is.name, parameter_get (parameter));
  }
  return out;
}

static void
set_from_file (const Parameter *parameter, JsonNode *value, const char *name, const char *path,
               GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (!parameter_set (parameter, value, &refused) && error != NULL && *error == NULL)
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "%s: %s.%s: %s", name,
                     path, parameter->is.name, refused->message);
}

static void
keep_waiting (ScopeHistory *self, JsonObject *object)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &member, &value))
    if (find (self, member) == NULL)
      g_hash_table_replace (self->waiting, g_strdup (member), json_node_ref (value));
}

gboolean
scope_history_restore (ScopeHistory *self, JsonObject *object, const char *name, const char *path,
                       GError **error)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), FALSE);
  g_autoptr (GError) first = NULL;

  settle (self);
  self->applying = TRUE;
  for (guint i = 0; i < self->parameters->len; i++) {
    const Parameter *parameter = g_ptr_array_index (self->parameters, i);
    JsonNode *value = json_object_get_member (object, parameter->is.name);
    if (value != NULL)
      set_from_file (parameter, value, name, path, &first);
  }
  self->applying = FALSE;
  keep_waiting (self, object);
  look_at_all (self);
  if (first == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&first));
  return FALSE;
}

GPtrArray *
scope_history_names (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->parameters->len; i++)
    g_ptr_array_add (names,
                     (gpointer)((Parameter *)g_ptr_array_index (self->parameters, i))->is.name);
  return names;
}

/* --- the object ---------------------------------------------------------------------------------
 */

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
  self->parameters = g_ptr_array_new_with_free_func (parameter_free);
  self->undo = g_ptr_array_new_with_free_func (step_free);
  self->redo = g_ptr_array_new_with_free_func (step_free);
  self->waiting
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_node_unref);
}

ScopeHistory *
scope_history_new (void)
{
  return g_object_new (SCOPE_TYPE_HISTORY, NULL);
}

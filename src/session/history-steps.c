#include "session/history-private.h"

void
scope_change_free (gpointer data)
{
  ScopeChange *self = data;

  json_node_unref (self->before);
  json_node_unref (self->after);
  g_free (self->name);
  g_free (self);
}

void
scope_step_free (gpointer data)
{
  ScopeStep *self = data;

  g_ptr_array_unref (self->changes);
  g_free (self->label);
  g_free (self);
}

ScopeStep *
scope_step_newest (GPtrArray *steps)
{
  return steps->len > 0 ? g_ptr_array_index (steps, steps->len - 1) : NULL;
}

static gboolean
same_parameters (const ScopeStep *a, const ScopeStep *b)
{
  gboolean same = a->changes->len == b->changes->len;

  for (guint i = 0; same && i < a->changes->len; i++) {
    const ScopeChange *p = g_ptr_array_index (a->changes, i),
                      *q = g_ptr_array_index (b->changes, i);
    same = g_str_equal (p->name, q->name);
  }
  return same;
}

static gboolean
leads_nowhere (const ScopeStep *self)
{
  gboolean nowhere = TRUE;

  for (guint i = 0; nowhere && i < self->changes->len; i++) {
    const ScopeChange *change = g_ptr_array_index (self->changes, i);
    nowhere = json_node_equal (change->before, change->after);
  }
  return nowhere;
}

/* STEP goes on where the newest one is still open. */
static void
join (ScopeStep *to, ScopeStep *step)
{
  for (guint i = 0; i < to->changes->len; i++) {
    ScopeChange *change = g_ptr_array_index (to->changes, i);
    const ScopeChange *later = g_ptr_array_index (step->changes, i);
    json_node_unref (change->after);
    change->after = json_node_ref (later->after);
  }
  to->time = step->time;
  scope_step_free (step);
}

/* Takes STEP over. */
void
scope_history_push (ScopeHistory *self, ScopeStep *step)
{
  ScopeStep *last = scope_step_newest (self->undo);

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
  scope_history_update_properties (self);
}

/* --- undo and redo -------------------------------------------------------------------------------
 */

/* In the order of registration, whatever the order of the changes. */
static void
apply (ScopeHistory *self, const ScopeStep *step, gboolean back)
{
  self->applying = TRUE;
  for (guint i = 0; i < step->changes->len; i++) {
    const ScopeChange *change = g_ptr_array_index (step->changes, i);
    const ScopeRegistered *parameter = scope_history_find (self, change->name);
    g_autoptr (GError) error = NULL;
    if (parameter != NULL
        && !scope_registered_set (parameter, back ? change->before : change->after, &error))
      g_debug ("%s: %s", change->name, error->message);
  }
  self->applying = FALSE;
  scope_history_look_at_all (self);
}

static char *
travel (ScopeHistory *self, GPtrArray *from, GPtrArray *to, gboolean back)
{
  scope_history_settle (self);
  if (from->len == 0)
    return NULL;
  ScopeStep *step = g_ptr_array_steal_index (from, from->len - 1);
  step->time = 0;
  g_ptr_array_add (to, step);
  apply (self, step, back);
  scope_history_update_properties (self);
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
  const ScopeStep *step = scope_step_newest (self->undo);
  return step != NULL ? step->label : NULL;
}

const char *
scope_history_redo_label (ScopeHistory *self)
{
  g_return_val_if_fail (SCOPE_IS_HISTORY (self), NULL);
  const ScopeStep *step = scope_step_newest (self->redo);
  return step != NULL ? step->label : NULL;
}

void
scope_history_forget (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  scope_history_look_at_all (self);
  g_ptr_array_set_size (self->undo, 0);
  g_ptr_array_set_size (self->redo, 0);
  g_hash_table_remove_all (self->waiting);
  scope_history_update_properties (self);
}

/* What STEP changed stands again where it stood before. */
static gboolean
is_undone (ScopeHistory *self, const ScopeStep *step)
{
  gboolean undone = TRUE;

  for (guint i = 0; undone && i < step->changes->len; i++) {
    const ScopeChange *change = g_ptr_array_index (step->changes, i);
    const ScopeRegistered *parameter = scope_history_find (self, change->name);
    undone = parameter == NULL || json_node_equal (parameter->value, change->before);
  }
  return undone;
}

void
scope_history_retract (ScopeHistory *self)
{
  g_return_if_fail (SCOPE_IS_HISTORY (self));
  scope_history_look_at_all (self);
  while (self->undo->len > 0 && is_undone (self, scope_step_newest (self->undo)))
    g_ptr_array_set_size (self->undo, (gint)self->undo->len - 1);
  scope_history_update_properties (self);
}

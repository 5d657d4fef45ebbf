#include "model/torch/pickle-private.h"

gboolean
scope_pickle_fail (const ScopePickle *self, ScopeModelError code, GError **error,
                   const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, code, "%s: byte %" G_GSIZE_FORMAT ": %s", self->name,
                   self->opcode, text);
  return FALSE;
}

gboolean
scope_pickle_fail_format (const ScopePickle *self, const char *what, GError **error)
{
  return scope_pickle_fail (self, SCOPE_MODEL_ERROR_FORMAT, error, "%s", what);
}

const guint8 *
scope_pickle_take (ScopePickle *self, guint64 size, GError **error)
{
  if (size > self->length - self->at) {
    scope_pickle_fail_format (self, "the pickle is cut off", error);
    return NULL;
  }
  const guint8 *bytes = self->data + self->at;
  self->at += (gsize)size;
  return bytes;
}

gboolean
scope_pickle_take_number (ScopePickle *self, guint size, guint64 *out, GError **error)
{
  const guint8 *bytes = scope_pickle_take (self, size, error);
  if (bytes == NULL)
    return FALSE;
  *out = 0;
  for (guint i = 0; i < size; i++)
    *out |= (guint64)bytes[i] << (8 * i);
  return TRUE;
}

ScopePickleValue *
scope_pickle_push (ScopePickle *self, ScopePickleKind kind, GError **error)
{
  if (self->values->len >= SCOPE_PICKLE_MAX_VALUES) {
    scope_pickle_fail_format (self, "more values than any checkpoint has", error);
    return NULL;
  }
  ScopePickleValue *value = g_new0 (ScopePickleValue, 1);
  value->kind = kind;
  g_ptr_array_add (self->values, value);
  g_ptr_array_add (self->stack, value);
  return value;
}

guint
scope_pickle_floor (const ScopePickle *self)
{
  return self->marks->len > 0 ? g_array_index (self->marks, guint, self->marks->len - 1) : 0;
}

ScopePickleValue *
scope_pickle_pop (ScopePickle *self, GError **error)
{
  if (self->stack->len > scope_pickle_floor (self))
    return g_ptr_array_remove_index (self->stack, self->stack->len - 1);
  scope_pickle_fail_format (self, "the pickle takes a value that it did not put down", error);
  return NULL;
}

ScopePickleValue *
scope_pickle_top (ScopePickle *self, GError **error)
{
  ScopePickleValue *value = scope_pickle_pop (self, error);
  if (value != NULL)
    g_ptr_array_add (self->stack, value);
  return value;
}

gboolean
scope_pickle_pop_mark (ScopePickle *self, guint *height, GError **error)
{
  if (self->marks->len == 0)
    return scope_pickle_fail_format (self, "the pickle takes a mark that it did not set", error);
  *height = scope_pickle_floor (self);
  g_array_set_size (self->marks, self->marks->len - 1);
  return TRUE;
}

static void
append_item (ScopePickleValue *value, gpointer item)
{
  if (value->items == NULL)
    value->items = g_ptr_array_new ();
  g_ptr_array_add (value->items, item);
}

void
scope_pickle_move_items (ScopePickle *self, guint height, ScopePickleValue *value)
{
  for (guint i = height; i < self->stack->len; i++)
    append_item (value, self->stack->pdata[i]);
  g_ptr_array_set_size (self->stack, (gint)height);
}

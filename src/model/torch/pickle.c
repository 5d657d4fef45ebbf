#include "model/torch/pickle-private.h"

#include <string.h>

#define MAX_BYTES ((gsize)1 << 24)

static void
value_free (gpointer data)
{
  ScopePickleValue *value = data;
  g_clear_pointer (&value->items, g_ptr_array_unref);
  g_free (value);
}

static gboolean
read_opcodes (ScopePickle *self, GError **error)
{
  if (self->length == 0 || self->data[0] != 0x80)
    return scope_pickle_fail_format (self, "expected a pickle of protocol 2 to 5", error);
  while (self->root == NULL)
    if (!scope_pickle_read_opcode (self, error))
      return FALSE;
  return TRUE;
}

ScopePickle *
scope_pickle_parse (const void *data, gsize length, const char *name,
                    ScopePickleGlobalFunc find_global, gsize *used, GError **error)
{
  g_autoptr (ScopePickle) self = g_new0 (ScopePickle, 1);
  self->data = data;
  self->name = name;
  self->length = MIN (length, MAX_BYTES);
  self->find_global = find_global;
  self->values = g_ptr_array_new_with_free_func (value_free);
  self->stack = g_ptr_array_new ();
  self->marks = g_array_new (FALSE, FALSE, sizeof (guint));
  self->memo = g_hash_table_new (NULL, NULL);
  if (!read_opcodes (self, error))
    return NULL;
  if (used != NULL)
    *used = self->at;
  return g_steal_pointer (&self);
}

void
scope_pickle_free (ScopePickle *self)
{
  g_hash_table_unref (self->memo);
  g_array_unref (self->marks);
  g_ptr_array_unref (self->stack);
  g_ptr_array_unref (self->values);
  g_free (self);
}

const ScopePickleValue *
scope_pickle_root (const ScopePickle *self)
{
  return self->root;
}

const ScopePickleValue *
scope_pickle_value (const ScopePickle *self, gsize n)
{
  return n < self->values->len ? g_ptr_array_index (self->values, n) : NULL;
}

gsize
scope_pickle_count (const ScopePickleValue *value)
{
  return value->items != NULL ? value->items->len : 0;
}

const ScopePickleValue *
scope_pickle_item (const ScopePickleValue *value, gsize n)
{
  return n < scope_pickle_count (value) ? g_ptr_array_index (value->items, n) : NULL;
}

gboolean
scope_pickle_is_text (const ScopePickleValue *value, const char *text)
{
  return value != NULL && value->kind == SCOPE_PICKLE_TEXT && value->length == strlen (text)
         && memcmp (value->text, text, value->length) == 0;
}

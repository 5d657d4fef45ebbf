#include <string.h>

#include "analysis/result.h"

typedef struct {
  char *key, *value;
} Entry;

struct _ScopeProvenance {
  gatomicrefcount references;
  GArray *entries; /* Entry, in the order they were first set */
};

static void
entry_clear (gpointer data)
{
  Entry *entry = data;
  g_free (entry->key);
  g_free (entry->value);
}

ScopeProvenance *
scope_provenance_new (void)
{
  ScopeProvenance *self = g_new (ScopeProvenance, 1);
  g_atomic_ref_count_init (&self->references);
  self->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_array_set_clear_func (self->entries, entry_clear);
  return self;
}

ScopeProvenance *
scope_provenance_ref (ScopeProvenance *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_provenance_unref (ScopeProvenance *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_array_unref (self->entries);
  g_free (self);
}

static Entry *
find (const ScopeProvenance *self, const char *key)
{
  for (guint i = 0; i < self->entries->len; i++) {
    Entry *entry = &g_array_index (self->entries, Entry, i);
    if (strcmp (entry->key, key) == 0)
      return entry;
  }
  return NULL;
}

void
scope_provenance_set (ScopeProvenance *self, const char *key, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  char *value = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  Entry *known = find (self, key);
  if (known != NULL) {
    g_free (known->value);
    known->value = value;
    return;
  }
  Entry entry = { g_strdup (key), value };
  g_array_append_val (self->entries, entry);
}

const char *
scope_provenance_get (const ScopeProvenance *self, const char *key)
{
  const Entry *entry = find (self, key);
  return entry != NULL ? entry->value : NULL;
}

gsize
scope_provenance_count (const ScopeProvenance *self)
{
  return self->entries->len;
}

void
scope_provenance_nth (const ScopeProvenance *self, gsize n, const char **key, const char **value)
{
  const Entry *entry = &g_array_index (self->entries, Entry, n);
  *key = entry->key;
  *value = entry->value;
}

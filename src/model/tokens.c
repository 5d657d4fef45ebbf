#include "model/tokens.h"

#include <string.h>

struct _ScopeTokens {
  gatomicrefcount references;
  char *text;
  gsize text_length;
  gint32 *ids;
  ScopeSpan *spans;
  char **names; /* (count); NULL: none has one */
  gsize count;
};

ScopeTokens *
scope_tokens_new (const char *text, gsize text_length, const gint32 *ids, const ScopeSpan *spans,
                  gsize count)
{
  return scope_tokens_new_with_names (text, text_length, ids, spans, NULL, count);
}

ScopeTokens *
scope_tokens_new_with_names (const char *text, gsize text_length, const gint32 *ids,
                             const ScopeSpan *spans, const char *const *names, gsize count)
{
  ScopeTokens *self = g_new (ScopeTokens, 1);
  g_atomic_ref_count_init (&self->references);
  self->text = g_malloc (text_length + 1);
  if (text_length > 0)
    memcpy (self->text, text, text_length);
  self->text[text_length] = '\0';
  self->text_length = text_length;
  self->ids = g_memdup2 (ids, count * sizeof *ids);
  self->spans = g_memdup2 (spans, count * sizeof *spans);
  self->names = names != NULL ? g_new (char *, MAX (count, 1)) : NULL;
  for (gsize i = 0; names != NULL && i < count; i++)
    self->names[i] = g_strdup (names[i]);
  self->count = count;
  return self;
}

ScopeTokens *
scope_tokens_ref (ScopeTokens *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_tokens_unref (ScopeTokens *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  g_free (self->text);
  g_free (self->ids);
  g_free (self->spans);
  for (gsize i = 0; self->names != NULL && i < self->count; i++)
    g_free (self->names[i]);
  g_free (self->names);
  g_free (self);
}

gsize
scope_tokens_count (const ScopeTokens *self)
{
  return self->count;
}

const gint32 *
scope_tokens_ids (const ScopeTokens *self)
{
  return self->ids;
}

ScopeSpan
scope_tokens_span (const ScopeTokens *self, gsize index)
{
  static const ScopeSpan none = { 0, 0 };
  g_return_val_if_fail (index < self->count, none);
  return self->spans[index];
}

gsize
scope_tokens_at (const ScopeTokens *self, gsize at)
{
  gsize low = 0, high = self->count;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if (self->spans[middle].end <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const char *
scope_tokens_text (const ScopeTokens *self, gsize *length)
{
  if (length != NULL)
    *length = self->text_length;
  return self->text;
}

static void
append_display (GString *out, gunichar c)
{
  if (c == '\n')
    g_string_append (out, "⏎");
  else if (c == '\t')
    g_string_append (out, "⇥");
  else if (c < 0x20)
    g_string_append_unichar (out, 0x2400 + c);
  else if (c == 0x7f)
    g_string_append_unichar (out, 0x2421);
  else if (c < 0xa0 && c > 0x7f)
    g_string_append_printf (out, "<U+%04X>", c);
  else if (c == 0x2028 || c == 0x2029)
    g_string_append (out, "⏎");
  else
    g_string_append_unichar (out, c);
}

char *
scope_tokens_display (const ScopeTokens *self, gsize index)
{
  ScopeSpan span = scope_tokens_span (self, index);
  GString *out = g_string_new (NULL);
  const char *at = self->text + span.begin, *end = self->text + span.end;
  const char *name = self->names != NULL && index < self->count ? self->names[index] : NULL;
  if (at == end && name != NULL) {
    at = name;
    end = name + strlen (name);
  }
  while (at < end) {
    gunichar c = g_utf8_get_char_validated (at, end - at);
    if (*at == '\0')
      c = 0; /* which the call above takes for the end */
    if (c == (gunichar)-1 || c == (gunichar)-2) {
      g_string_append_printf (out, "<0x%02X>", (guchar)*at++);
      continue;
    }
    append_display (out, c);
    at += *at == '\0' ? 1 : g_utf8_skip[(guchar)*at];
  }
  if (out->len == 0 && index < self->count)
    g_string_append_printf (out, "#%d", self->ids[index]);
  return g_string_free (out, FALSE);
}

ScopeTokens *
scope_tokens_slice (const ScopeTokens *self, gsize begin, gsize end)
{
  g_return_val_if_fail (begin <= end && end <= self->count, NULL);
  gsize count = end - begin;
  gsize from = count > 0 ? self->spans[begin].begin : 0;
  gsize to = count > 0 ? self->spans[end - 1].end : 0;
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, MAX (count, 1));
  for (gsize i = 0; i < count; i++) {
    spans[i].begin = self->spans[begin + i].begin - from;
    spans[i].end = self->spans[begin + i].end - from;
  }
  const char *const *names = self->names != NULL ? (const char *const *)self->names + begin : NULL;
  return scope_tokens_new_with_names (self->text + from, to - from, self->ids + begin, spans, names,
                                      count);
}

char *
scope_tokens_hash (const ScopeTokens *self)
{
  GChecksum *checksum = g_checksum_new (G_CHECKSUM_SHA256);
  for (gsize i = 0; i < self->count; i++) {
    gint32 id = GINT32_TO_LE (self->ids[i]);
    g_checksum_update (checksum, (const guchar *)&id, sizeof id);
  }
  char *hash = g_strdup (g_checksum_get_string (checksum));
  g_checksum_free (checksum);
  return hash;
}

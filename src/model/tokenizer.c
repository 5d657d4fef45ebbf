#include "model/tokenizer.h"

#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"
#include "model/unicode.h"

gsize
scope_tokenizer_vocab_size (const ScopeTokenizer *self)
{
  return self->bytes->len;
}

static gboolean
cut_passage (const ScopeTokenizer *self, ScopePassage *passage, GError **error)
{
  scope_added_set_cut (&self->plain, passage);
  if (self->compose)
    scope_passage_compose (passage);
  scope_added_set_cut (&self->normal, passage);
  for (guint i = 0; i < self->cuts->len; i++)
    if (!scope_cut_apply (&g_array_index (self->cuts, ScopeCut, i), passage, error))
      return FALSE;
  return TRUE;
}

typedef struct {
  GArray *ids;   /* (element-type gint32) */
  GArray *spans; /* (element-type ScopeSpan) */
} Output;

/* Spans must tile; an added token that swallows space twice is the one case where they would not.
 */
static void
emit (Output *out, const ScopePassage *passage, gint32 id, gsize begin, gsize end)
{
  guint count = out->spans->len;
  gsize done = count > 0 ? g_array_index (out->spans, ScopeSpan, count - 1).end : 0;
  ScopeSpan span;
  span.begin = MAX (scope_passage_origin (passage, begin), done);
  span.end = MAX (scope_passage_origin (passage, end), span.begin);
  g_array_append_val (out->ids, id);
  g_array_append_val (out->spans, span);
}

static void
encode_passage (const ScopeTokenizer *self, const ScopePassage *passage, Output *out)
{
  g_autoptr (ScopeBpeWork) work = scope_bpe_work_new (self->bpe);
  for (guint i = 0; i < passage->pieces->len; i++) {
    const ScopePiece *piece = &g_array_index (passage->pieces, ScopePiece, i);
    if (piece->id >= 0) {
      emit (out, passage, piece->id, piece->begin, piece->end);
      continue;
    }
    gsize count;
    const ScopeBpeToken *tokens = scope_bpe_encode (
        work, (const guint8 *)passage->text + piece->begin, piece->end - piece->begin, &count);
    for (gsize j = 0; j < count; j++)
      emit (out, passage, tokens[j].id, piece->begin + tokens[j].begin,
            piece->begin + tokens[j].end);
  }
}

ScopeTokens *
scope_tokenizer_encode (const ScopeTokenizer *self, const char *text, gsize length, GError **error)
{
  gsize bad;
  if (!scope_utf8_check (text, length, &bad)) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                     "invalid UTF-8 at byte %" G_GSIZE_FORMAT " (0x%02X)", bad, (guchar)text[bad]);
    return NULL;
  }
  g_autoptr (ScopePassage) passage = scope_passage_new (text, length);
  if (!cut_passage (self, passage, error))
    return NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (ScopeSpan));
  Output out = { ids, spans };
  encode_passage (self, passage, &out);
  return scope_tokens_new (text, length, (const gint32 *)(void *)ids->data,
                           (const ScopeSpan *)(void *)spans->data, ids->len);
}

static ScopeTokenBytes
bytes_of (const ScopeTokenizer *self, gint32 id)
{
  static const ScopeTokenBytes none = { NULL, 0 };
  if (id < 0 || (gsize)id >= self->bytes->len)
    return none;
  return g_array_index (self->bytes, ScopeTokenBytes, id);
}

char *
scope_tokenizer_decode (const ScopeTokenizer *self, const gint32 *ids, gsize count, gsize *length)
{
  GByteArray *out = g_byte_array_new ();
  for (gsize i = 0; i < count; i++) {
    ScopeTokenBytes bytes = bytes_of (self, ids[i]);
    g_byte_array_append (out, bytes.bytes, (guint)bytes.length);
  }
  if (length != NULL)
    *length = out->len;
  g_byte_array_append (out, (const guint8 *)"", 1);
  return (char *)g_byte_array_free (out, FALSE);
}

ScopeTokens *
scope_tokenizer_tokens (const ScopeTokenizer *self, const gint32 *ids, gsize count)
{
  gsize length, at = 0;
  g_autofree char *text = scope_tokenizer_decode (self, ids, count, &length);
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, MAX (count, 1));
  for (gsize i = 0; i < count; i++) {
    spans[i].begin = at;
    at += bytes_of (self, ids[i]).length;
    spans[i].end = at;
  }
  return scope_tokens_new (text, length, ids, spans, count);
}

#include "model/tokenizer.h"

#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"

gsize
scope_tokenizer_vocab_size (const ScopeTokenizer *self)
{
  return self->spelled->len;
}

static gboolean
cut_passage (const ScopeTokenizer *self, ScopePassage *passage, GError **error)
{
  scope_added_set_cut (&self->plain, passage);
  for (guint i = 0; i < self->normalizers->len; i++)
    if (!scope_normalizer_apply (&g_array_index (self->normalizers, ScopeNormalizer, i), passage,
                                 error))
      return FALSE;
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

/* Spans ascend; an added token that swallows space twice is the one case where they would not. */
static void
emit (Output *out, gint32 id, ScopeSpan span)
{
  guint count = out->spans->len;
  gsize done = count > 0 ? g_array_index (out->spans, ScopeSpan, count - 1).end : 0;
  span.begin = MAX (span.begin, done);
  span.end = MAX (span.end, span.begin);
  g_array_append_val (out->ids, id);
  g_array_append_val (out->spans, span);
}

static void
emit_all (Output *out, const GArray *ids, gsize at)
{
  const ScopeSpan nothing = { at, at };
  for (guint i = 0; i < ids->len; i++)
    emit (out, g_array_index (ids, gint32, i), nothing);
}

static gint32
id_of_byte (const ScopeTokenizer *self, guint8 byte)
{
  char character[7] = "";
  gint32 id = -1;
  if (self->byte_level) {
    g_unichar_to_utf8 (scope_alphabet_character (byte), character);
    id = scope_bpe_find (self->bpe, character);
  }
  return id >= 0 ? id : scope_bpe_byte (self->bpe, byte);
}

static void
encode_piece (const ScopeTokenizer *self, ScopeBpeWork *work, const ScopePassage *passage,
              const ScopePiece *piece, Output *out)
{
  gsize count = 0;
  gint32 id = piece->id;
  const ScopeBpeToken *tokens = NULL;
  if (id == SCOPE_PIECE_TEXT)
    tokens
        = scope_bpe_encode (work, passage->text + piece->begin, piece->end - piece->begin, &count);
  else if (id == SCOPE_PIECE_BYTE)
    id = id_of_byte (self, (guint8)passage->text[piece->begin]);
  if (id >= 0)
    emit (out, id, scope_passage_origin (passage, piece->begin, piece->end));
  for (gsize i = 0; i < count; i++)
    emit (out, tokens[i].id,
          scope_passage_origin (passage, piece->begin + tokens[i].begin,
                                piece->begin + tokens[i].end));
}

/* What tokens that stand for nothing of the text are shown as: what they would stand for. NAMES
 * stays empty if there are none. */
static void
name_tokens (const ScopeTokenizer *self, const Output *out, GPtrArray *names)
{
  for (guint i = 0; i < out->spans->len; i++) {
    const ScopeSpan *span = &g_array_index (out->spans, ScopeSpan, i);
    if (span->begin != span->end)
      continue;
    gsize length;
    g_autofree char *name
        = scope_tokenizer_decode (self, &g_array_index (out->ids, gint32, i), 1, &length);
    g_ptr_array_set_size (names, (int)out->spans->len);
    if (length > 0 && g_utf8_validate (name, (gssize)length, NULL))
      names->pdata[i] = g_steal_pointer (&name);
  }
}

static ScopeTokens *
encode (const ScopeTokenizer *self, const char *text, gsize length, gboolean whole, GError **error)
{
  if (length > SCOPE_TEXT_MAX) {
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                     "a text of %" G_GSIZE_FORMAT " bytes is too long to be tokenised", length);
    return NULL;
  }
  g_autoptr (ScopePassage) passage = scope_passage_new (text, length);
  if (!cut_passage (self, passage, error))
    return NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (ScopeSpan));
  g_autoptr (ScopeBpeWork) work = scope_bpe_work_new (self->bpe);
  Output out = { ids, spans };
  if (whole)
    emit_all (&out, self->before, 0);
  for (guint i = 0; i < passage->pieces->len; i++)
    encode_piece (self, work, passage, &g_array_index (passage->pieces, ScopePiece, i), &out);
  if (whole)
    emit_all (&out, self->after, length);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  name_tokens (self, &out, names);
  return scope_tokens_new_with_names (
      text, length, (const gint32 *)(void *)ids->data, (const ScopeSpan *)(void *)spans->data,
      names->len > 0 ? (const char *const *)names->pdata : NULL, ids->len);
}

ScopeTokens *
scope_tokenizer_encode (const ScopeTokenizer *self, const char *text, gsize length, GError **error)
{
  return encode (self, text, length, TRUE, error);
}

ScopeTokens *
scope_tokenizer_encode_part (const ScopeTokenizer *self, const char *text, gsize length,
                             GError **error)
{
  return encode (self, text, length, FALSE, error);
}

/* The string of an id that has one. */
static const char *
token_of (const ScopeTokenizer *self, gint32 id)
{
  const char *token = scope_bpe_token (self->bpe, (gsize)id);
  for (guint i = 0; token == NULL && !self->byte_level && i < self->added->len; i++) {
    const ScopeAddedToken *added = self->added->pdata[i];
    if (added->id == id)
      token = added->pattern;
  }
  return token;
}

static void
append_spelled (const ScopeTokenizer *self, gint32 id, gboolean first, GByteArray *out)
{
  const GByteArray *spelled
      = id >= 0 && (gsize)id < self->spelled->len ? self->spelled->pdata[id] : NULL;
  if (spelled == NULL)
    return;
  const char *token = first ? token_of (self, id) : NULL;
  g_autoptr (GByteArray) alone
      = token != NULL ? scope_decode_token (self->decoders, token, TRUE, NULL) : NULL;
  if (alone != NULL)
    spelled = alone;
  g_byte_array_append (out, spelled->data, spelled->len);
}

char *
scope_tokenizer_decode (const ScopeTokenizer *self, const gint32 *ids, gsize count, gsize *length)
{
  GByteArray *out = g_byte_array_new ();
  for (gsize i = 0; i < count; i++)
    append_spelled (self, ids[i], FALSE, out);
  if (length != NULL)
    *length = out->len;
  g_byte_array_append (out, (const guint8 *)"", 1);
  return (char *)g_byte_array_free (out, FALSE);
}

static ScopeTokens *
spell (const ScopeTokenizer *self, const gint32 *ids, gsize count, gboolean whole)
{
  g_autoptr (GByteArray) text = g_byte_array_new ();
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, MAX (count, 1));
  for (gsize i = 0; i < count; i++) {
    spans[i].begin = text->len;
    append_spelled (self, ids[i], whole && i == 0, text);
    spans[i].end = text->len;
  }
  gsize begin = 0, end = text->len;
  const char *bytes = (const char *)text->data;
  if (whole)
    scope_decoder_strip (self->strip, bytes, &begin, &end);
  for (gsize i = 0; i < count; i++) {
    spans[i].begin = CLAMP (spans[i].begin, begin, end) - begin;
    spans[i].end = CLAMP (spans[i].end, begin, end) - begin;
  }
  return scope_tokens_new (bytes != NULL ? bytes + begin : "", end - begin, ids, spans, count);
}

ScopeTokens *
scope_tokenizer_tokens (const ScopeTokenizer *self, const gint32 *ids, gsize count)
{
  return spell (self, ids, count, FALSE);
}

ScopeTokens *
scope_tokenizer_whole_text (const ScopeTokenizer *self, const gint32 *ids, gsize count)
{
  return spell (self, ids, count, TRUE);
}

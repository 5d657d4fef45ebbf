#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"
#include "model/unicode.h"

/* The longest normal form of a character is eleven times as long, and each of its bytes becomes two
 * in the alphabet of ByteLevel. */
#define GROWTH      ((gsize)32)
#define ALWAYS_ROOM ((gsize)1 << 20)

/* Bytes that are no UTF-8 are pieces of their own. */
static void
cut_at_broken_bytes (ScopePassage *self)
{
  gsize at = 0, bad = 0;
  while (!scope_utf8_check (self->text + at, self->length - at, &bad)) {
    scope_pieces_add (self->pieces, at, at + bad, SCOPE_PIECE_TEXT);
    at += bad + 1;
    scope_pieces_add (self->pieces, at - 1, at, SCOPE_PIECE_BYTE);
  }
  scope_pieces_add (self->pieces, at, self->length, SCOPE_PIECE_TEXT);
}

ScopePassage *
scope_passage_new (const char *text, gsize length)
{
  ScopePassage *self = g_new0 (ScopePassage, 1);
  self->text = text;
  self->length = length;
  self->limit = MIN (length * GROWTH + ALWAYS_ROOM, SCOPE_TEXT_MAX);
  self->pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  cut_at_broken_bytes (self);
  return self;
}

void
scope_passage_free (ScopePassage *self)
{
  g_array_unref (self->pieces);
  g_free (self->origins);
  g_free (self->owned);
  g_free (self);
}

static ScopeOrigin
origin_of (const ScopePassage *self, gsize at)
{
  ScopeOrigin itself = { (guint32)at, (guint32)at + 1 };
  return self->origins != NULL ? self->origins[at] : itself;
}

ScopeSpan
scope_passage_origin (const ScopePassage *self, gsize begin, gsize end)
{
  ScopeSpan span = { 0, 0 };
  if (begin < end) {
    span.begin = origin_of (self, begin).begin;
    span.end = origin_of (self, end - 1).end;
  } else if (begin < self->length) {
    span.begin = span.end = origin_of (self, begin).begin;
  } else if (self->length > 0) {
    span.begin = span.end = origin_of (self, self->length - 1).end;
  }
  return span;
}

void
scope_pieces_add (GArray *pieces, gsize begin, gsize end, gint32 id)
{
  ScopePiece piece = { begin, end, id };
  if (begin < end)
    g_array_append_val (pieces, piece);
}

void
scope_passage_take_pieces (ScopePassage *self, GArray *pieces)
{
  g_array_unref (self->pieces);
  self->pieces = pieces;
}

gboolean
scope_passage_continues (const ScopePassage *self, const ScopePiece *piece)
{
  const ScopePiece *first = &g_array_index (self->pieces, ScopePiece, 0);
  return piece > first && piece[-1].id == SCOPE_PIECE_BYTE;
}

gsize
scope_skip_space (const char *text, gsize begin, gsize end)
{
  while (begin < end && scope_unichar_is_space (g_utf8_get_char (text + begin)))
    begin += g_utf8_skip[(guchar)text[begin]];
  return begin;
}

gsize
scope_skip_space_back (const char *text, gsize begin, gsize end)
{
  while (begin < end) {
    const char *before = g_utf8_prev_char (text + end);
    if (!scope_unichar_is_space (g_utf8_get_char (before)))
      break;
    end = (gsize)(before - text);
  }
  return end;
}

static gboolean
has_room (ScopeRewrite *self, gsize length)
{
  if (self->full || length > self->from->limit - self->text->len)
    self->full = TRUE;
  return !self->full;
}

void
scope_rewrite_keep (ScopeRewrite *self, gsize begin, gsize end)
{
  if (begin >= end || !has_room (self, end - begin))
    return;
  g_byte_array_append (self->text, (const guint8 *)self->from->text + begin, (guint)(end - begin));
  if (self->from->origins != NULL) {
    g_array_append_vals (self->origins, self->from->origins + begin, (guint)(end - begin));
    return;
  }
  guint count = self->origins->len;
  g_array_set_size (self->origins, count + (guint)(end - begin));
  ScopeOrigin *origins = &g_array_index (self->origins, ScopeOrigin, count);
  for (gsize at = begin; at < end; at++)
    *origins++ = origin_of (self->from, at);
}

static guint64
count_characters (const char *text, gsize length)
{
  guint64 count = 0;
  for (gsize i = 0; i < length; i++)
    count += ((guchar)text[i] & 0xc0) != 0x80;
  return count;
}

/* The first byte of part INDEX of COUNT parts of LENGTH bytes, where the first get what is left. */
static guint64
share (guint64 length, guint64 index, guint64 count)
{
  return (length * index + count - 1) / count;
}

/* The characters share the old bytes in order, and the bytes of a character its own. */
void
scope_rewrite_put (ScopeRewrite *self, const char *text, gsize length, gsize begin, gsize end)
{
  if (length == 0 || !has_room (self, length))
    return;
  ScopeSpan span = scope_passage_origin (self->from, begin, end);
  guint64 old = span.end - span.begin, count = MAX (count_characters (text, length), 1), index = 0;
  for (const char *at = text; at < text + length; index++) {
    guint64 first = span.begin + share (old, index, count);
    guint64 own = span.begin + share (old, index + 1, count) - first;
    guint64 bytes = (guchar)g_utf8_skip[(guchar)*at];
    for (guint64 i = 0; i < bytes; i++) {
      ScopeOrigin origin = { (guint32)(first + share (own, i, bytes)),
                             (guint32)(first + share (own, i + 1, bytes)) };
      g_array_append_val (self->origins, origin);
    }
    at += bytes;
  }
  g_byte_array_append (self->text, (const guint8 *)text, (guint)length);
}

void
scope_rewrite_map (ScopeRewrite *self, const ScopePiece *piece, ScopeMapCharacter map,
                   gconstpointer data)
{
  const char *text = self->from->text;
  gsize kept = piece->begin, next;
  for (gsize at = piece->begin; at < piece->end; at = next) {
    gunichar c = g_utf8_get_char (text + at), out[4];
    guint count = map (c, data, out);
    next = at + g_utf8_skip[(guchar)text[at]];
    if (count == 1 && out[0] == c)
      continue;
    char bytes[4 * 6];
    gsize length = 0;
    for (guint i = 0; i < count; i++)
      length += (gsize)g_unichar_to_utf8 (out[i], bytes + length);
    scope_rewrite_keep (self, kept, at);
    scope_rewrite_put (self, bytes, length, at, next);
    kept = next;
  }
  scope_rewrite_keep (self, kept, piece->end);
}

static void
rewrite_finish (ScopeRewrite *self, ScopePassage *passage, GArray *pieces)
{
  g_free (passage->origins);
  g_free (passage->owned);
  passage->length = self->text->len;
  passage->owned = (char *)g_byte_array_free (self->text, FALSE);
  passage->text = passage->owned != NULL ? passage->owned : "";
  passage->origins = (ScopeOrigin *)(void *)g_array_free (self->origins, FALSE);
  scope_passage_take_pieces (passage, pieces);
}

static gboolean
rewrite_pieces (ScopeRewrite *self, GArray *pieces, ScopeRewritePiece function, gconstpointer data,
                GError **error)
{
  for (guint i = 0; i < self->from->pieces->len; i++) {
    const ScopePiece *piece = &g_array_index (self->from->pieces, ScopePiece, i);
    gsize begin = self->text->len;
    if (piece->id != SCOPE_PIECE_TEXT)
      scope_rewrite_keep (self, piece->begin, piece->end);
    else if (!function (self, piece, data, error))
      return FALSE;
    if (self->full) {
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                       "the tokenizer makes more than %" G_GSIZE_FORMAT
                       " bytes of a text of %" G_GSIZE_FORMAT,
                       self->from->limit, self->from->length);
      return FALSE;
    }
    scope_pieces_add (pieces, begin, self->text->len, piece->id);
  }
  return TRUE;
}

gboolean
scope_passage_rewrite (ScopePassage *self, ScopeRewritePiece piece, gconstpointer data,
                       GError **error)
{
  guint room = (guint)MIN (self->length + self->length / 2, SCOPE_TEXT_MAX);
  ScopeRewrite rewrite = { .from = self };
  rewrite.text = g_byte_array_sized_new (room);
  rewrite.origins = g_array_sized_new (FALSE, FALSE, sizeof (ScopeOrigin), room);
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  if (!rewrite_pieces (&rewrite, pieces, piece, data, error)) {
    g_byte_array_unref (rewrite.text);
    g_array_unref (rewrite.origins);
    g_array_unref (pieces);
    return FALSE;
  }
  rewrite_finish (&rewrite, self, pieces);
  return TRUE;
}

#include <string.h>

#include "model/tokenizer-private.h"
#include "model/unicode.h"

ScopePassage *
scope_passage_new (const char *text, gsize length)
{
  ScopePassage *self = g_new0 (ScopePassage, 1);
  self->text = text;
  self->length = length;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  scope_pieces_add (self->pieces, 0, length, -1);
  return self;
}

void
scope_passage_free (ScopePassage *self)
{
  g_array_unref (self->pieces);
  g_free (self->origin);
  g_free (self->owned);
  g_free (self);
}

gsize
scope_passage_origin (const ScopePassage *self, gsize at)
{
  return self->origin != NULL ? self->origin[at] : at;
}

void
scope_pieces_add (GArray *pieces, gsize begin, gsize end, gint32 id)
{
  ScopePiece piece = { begin, end, id };
  if (begin < end || id >= 0)
    g_array_append_val (pieces, piece);
}

void
scope_rewrite_begin (ScopeRewrite *self)
{
  self->text = g_byte_array_new ();
  self->origin = g_array_new (FALSE, FALSE, sizeof (gsize));
}

/* Bytes that changed are spread evenly over those that they stand for. */
void
scope_rewrite_append (ScopeRewrite *self, const char *text, gsize length, gsize begin, gsize end)
{
  g_byte_array_append (self->text, (const guint8 *)text, (guint)length);
  for (gsize i = 0; i < length; i++) {
    gsize origin = end - begin == length ? begin + i : begin + (end - begin) * i / length;
    g_array_append_val (self->origin, origin);
  }
}

void
scope_rewrite_end (ScopeRewrite *self, ScopePassage *passage, GArray *pieces, gsize end)
{
  g_array_append_val (self->origin, end);
  g_free (passage->origin);
  g_free (passage->owned);
  g_array_unref (passage->pieces);
  passage->length = self->text->len;
  passage->owned = (char *)g_byte_array_free (self->text, FALSE);
  passage->text = passage->owned;
  passage->origin = (gsize *)(void *)g_array_free (self->origin, FALSE);
  passage->pieces = pieces;
}

/* Marks that Unicode came to know (or gave their order) after version 9, the one by which Hugging
 * Face's tokenizers normalise: there they neither move nor join. */
static const struct {
  gunichar first, last;
} later_marks[] = {
  { 0x7fd, 0x7fd },     { 0x898, 0x89f },     { 0x8ca, 0x8d3 },     { 0x9fe, 0x9fe },
  { 0xc3c, 0xc3c },     { 0xd3b, 0xd3c },     { 0xeba, 0xeba },     { 0x1715, 0x1715 },
  { 0x1abf, 0x1ace },   { 0x1df6, 0x1dfa },   { 0xa82c, 0xa82c },   { 0x10d24, 0x10d27 },
  { 0x10eab, 0x10eac }, { 0x10efd, 0x10eff }, { 0x10f46, 0x10f50 }, { 0x10f82, 0x10f85 },
  { 0x11070, 0x11070 }, { 0x1133b, 0x1133b }, { 0x1145e, 0x1145e }, { 0x11839, 0x1183a },
  { 0x11930, 0x11930 }, { 0x1193d, 0x1193e }, { 0x11943, 0x11943 }, { 0x119e0, 0x119e0 },
  { 0x11a34, 0x11a34 }, { 0x11a47, 0x11a47 }, { 0x11a99, 0x11a99 }, { 0x11d42, 0x11d42 },
  { 0x11d44, 0x11d45 }, { 0x11d97, 0x11d97 }, { 0x11f41, 0x11f42 }, { 0x16ff0, 0x16ff1 },
  { 0x1e08f, 0x1e08f }, { 0x1e130, 0x1e136 }, { 0x1e2ae, 0x1e2ae }, { 0x1e2ec, 0x1e2ef },
  { 0x1e4ec, 0x1e4ef },
};

/* NUL, which GLib's normalisation takes for the end of the text, is left alone, too. */
static gboolean
stands_alone (gunichar c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (later_marks); i++)
    if (c <= later_marks[i].last)
      return c >= later_marks[i].first || c == 0;
  return FALSE;
}

/* A character that neither moves past nor joins what stands before it: text may be normalised
 * separately on its two sides. Below U+0300 all are such. */
static gboolean
begins_segment (gunichar c)
{
  if (c < 0x300 || stands_alone (c))
    return TRUE;
  return !g_unichar_ismark (c) && g_unichar_combining_class (c) == 0
         && !(c >= 0x1160 && c <= 0x11ff);
}

static const char *
segment_end (const char *at, const char *end)
{
  gboolean alone = stands_alone (g_utf8_get_char (at));
  do
    at = g_utf8_next_char (at);
  while (!alone && at < end && !begins_segment (g_utf8_get_char (at)));
  return at;
}

/* Appends the normal form of [AT, END), which begins at ORIGIN, segment by segment. */
static void
compose_range (ScopeRewrite *out, const char *at, const char *end, gsize origin)
{
  while (at < end) {
    const char *stop = segment_end (at, end);
    gsize length = (gsize)(stop - at);
    gunichar first = g_utf8_get_char (at);
    if (stop == g_utf8_next_char (at) && (first < 0x300 || stands_alone (first))) {
      scope_rewrite_append (out, at, length, origin, origin + length);
    } else {
      g_autofree char *composed
          = g_utf8_normalize (at, (gssize)length, G_NORMALIZE_DEFAULT_COMPOSE);
      scope_rewrite_append (out, composed, strlen (composed), origin, origin + length);
    }
    origin += length;
    at = stop;
  }
}

/* U+0300, the first character that composition may touch, is the bytes CC 80. */
static gboolean
is_composed (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if ((guchar)text[i] >= 0xcc)
      return FALSE;
  return TRUE;
}

void
scope_passage_compose (ScopePassage *self)
{
  if (is_composed (self->text, self->length))
    return;
  ScopeRewrite rewrite;
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  scope_rewrite_begin (&rewrite);
  for (guint i = 0; i < self->pieces->len; i++) {
    ScopePiece piece = g_array_index (self->pieces, ScopePiece, i);
    gsize begin = rewrite.text->len, origin = scope_passage_origin (self, piece.begin);
    const char *text = self->text + piece.begin, *end = self->text + piece.end;
    if (piece.id < 0)
      compose_range (&rewrite, text, end, origin);
    else
      scope_rewrite_append (&rewrite, text, piece.end - piece.begin, origin,
                            scope_passage_origin (self, piece.end));
    scope_pieces_add (pieces, begin, rewrite.text->len, piece.id);
  }
  scope_rewrite_end (&rewrite, self, pieces, scope_passage_origin (self, self->length));
}

char *
scope_compose (const char *text, gsize length, gsize *out_length)
{
  g_autoptr (ScopePassage) passage = scope_passage_new (text, length);
  scope_passage_compose (passage);
  *out_length = passage->length;
  return g_strndup (passage->text, passage->length);
}

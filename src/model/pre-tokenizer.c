/* Pre-tokenizers: how a text is cut into the words that byte pair encoding works on. */
#include <string.h>

#include "model/tokenizer-private.h"
#include "model/unicode.h"

void
scope_stretches_add (GArray *stretches, gsize begin, gsize end, gboolean matched)
{
  ScopeStretch stretch = { begin, end, matched };
  if (matched || begin < end)
    g_array_append_val (stretches, stretch);
}

static gboolean
joins_last (ScopeSplitBehaviour behaviour, gboolean matched, gboolean last_matched)
{
  if (behaviour == SCOPE_SPLIT_CONTIGUOUS)
    return matched == last_matched;
  return behaviour == SCOPE_SPLIT_MERGED_WITH_PREVIOUS && matched && !last_matched;
}

/* From the first to the last. The stretch before the first counts as not matched. */
static void
emit_forward (const GArray *stretches, ScopeSplitBehaviour behaviour, GArray *out)
{
  gboolean last_matched = FALSE, open = FALSE;
  gsize begin = 0, end = 0;
  for (guint i = 0; i < stretches->len; i++) {
    const ScopeStretch *stretch = &g_array_index (stretches, ScopeStretch, i);
    if (!open || !joins_last (behaviour, stretch->matched, last_matched)) {
      scope_pieces_add (out, begin, end, SCOPE_PIECE_TEXT);
      begin = stretch->begin;
    }
    end = stretch->end;
    open = TRUE;
    last_matched = stretch->matched;
    if (behaviour == SCOPE_SPLIT_REMOVED && stretch->matched)
      begin = end;
  }
  scope_pieces_add (out, begin, end, SCOPE_PIECE_TEXT);
}

/* Each match joins the stretch after it, of two matches in a row only the later one: decided from
 * the last to the first, where a match joins if what was seen just before is none. */
static void
emit_merged_with_next (const GArray *stretches, GArray *out)
{
  for (guint i = 0; i < stretches->len; i++) {
    const ScopeStretch *stretch = &g_array_index (stretches, ScopeStretch, i);
    const ScopeStretch *next = i + 1 < stretches->len ? stretch + 1 : NULL;
    if (stretch->matched && next != NULL && !next->matched) {
      scope_pieces_add (out, stretch->begin, next->end, SCOPE_PIECE_TEXT);
      i++;
    } else {
      scope_pieces_add (out, stretch->begin, stretch->end, SCOPE_PIECE_TEXT);
    }
  }
}

typedef gboolean (*IsMember) (gunichar c);

/* Each character that IS_MEMBER, or is C where that is NULL. */
static void
find_characters (const char *text, const ScopePiece *piece, IsMember is_member, gunichar c,
                 GArray *out)
{
  gsize done = piece->begin, next;
  for (gsize at = piece->begin; at < piece->end; at = next) {
    gunichar here = g_utf8_get_char (text + at);
    next = at + g_utf8_skip[(guchar)text[at]];
    if (is_member != NULL ? !is_member (here) : here != c)
      continue;
    scope_stretches_add (out, done, at, FALSE);
    scope_stretches_add (out, at, next, TRUE);
    done = next;
  }
  scope_stretches_add (out, done, piece->end, FALSE);
}

typedef enum { CLASS_SPACE, CLASS_WORD, CLASS_OTHER } Class;

static Class
classify (gunichar c)
{
  if (scope_unichar_is_space (c))
    return CLASS_SPACE;
  return scope_unichar_is_word (c) ? CLASS_WORD : CLASS_OTHER;
}

/* Runs of one class; space counts as matched. */
static void
find_runs (const char *text, const ScopePiece *piece, GArray *out)
{
  gsize next;
  for (gsize at = piece->begin; at < piece->end; at = next) {
    Class class = classify (g_utf8_get_char (text + at));
    next = at;
    do
      next += g_utf8_skip[(guchar)text[next]];
    while (next < piece->end && classify (g_utf8_get_char (text + next)) == class);
    scope_stretches_add (out, at, next, class == CLASS_SPACE);
  }
}

static void
invert (GArray *stretches)
{
  for (guint i = 0; i < stretches->len; i++) {
    ScopeStretch *stretch = &g_array_index (stretches, ScopeStretch, i);
    stretch->matched = !stretch->matched;
  }
}

static gboolean
find_stretches (const ScopeCut *self, const char *text, const ScopePiece *piece, GArray *out,
                GError **error)
{
  switch (self->kind) {
  case SCOPE_CUT_DIGITS:
    find_characters (text, piece, scope_unichar_is_number, 0, out);
    return TRUE;
  case SCOPE_CUT_PUNCTUATION:
    find_characters (text, piece, scope_unichar_is_punctuation, 0, out);
    return TRUE;
  case SCOPE_CUT_WHITESPACE_SPLIT:
    find_characters (text, piece, scope_unichar_is_space, 0, out);
    return TRUE;
  case SCOPE_CUT_METASPACE:
    find_characters (text, piece, NULL, g_utf8_get_char (self->blank), out);
    return TRUE;
  case SCOPE_CUT_WHITESPACE:
    find_runs (text, piece, out);
    return TRUE;
  default:
    if (!scope_pattern_find (self->pattern, text, piece->begin, piece->end, out, error))
      return FALSE;
    if (self->invert)
      invert (out);
    return TRUE;
  }
}

static gboolean
cut_pieces (const ScopeCut *self, ScopePassage *passage, GError **error)
{
  g_autoptr (GArray) stretches = g_array_new (FALSE, FALSE, sizeof (ScopeStretch));
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  for (guint i = 0; i < passage->pieces->len; i++) {
    const ScopePiece *piece = &g_array_index (passage->pieces, ScopePiece, i);
    if (piece->id != SCOPE_PIECE_TEXT) {
      g_array_append_val (pieces, *piece);
      continue;
    }
    g_array_set_size (stretches, 0);
    if (!find_stretches (self, passage->text, piece, stretches, error))
      return FALSE;
    if (self->behaviour == SCOPE_SPLIT_MERGED_WITH_NEXT)
      emit_merged_with_next (stretches, pieces);
    else
      emit_forward (stretches, self->behaviour, pieces);
  }
  scope_passage_take_pieces (passage, g_steal_pointer (&pieces));
  return TRUE;
}

/* The piece with BLANK before it, unless it begins with one. */
static void
add_prefix (const ScopeCut *self, const char *blank, ScopeRewrite *out, const ScopePiece *piece)
{
  gsize length = strlen (blank);
  const char *text = out->from->text + piece->begin;
  gboolean there = length <= piece->end - piece->begin && memcmp (text, blank, length) == 0;
  gboolean wanted = self->prefix == SCOPE_PREFIX_ALWAYS
                    || (self->prefix == SCOPE_PREFIX_FIRST
                        && scope_passage_origin (out->from, piece->begin, piece->end).begin == 0);
  if (wanted && !there && !scope_passage_continues (out->from, piece))
    scope_rewrite_put (out, blank, length, piece->begin, piece->begin);
}

static gboolean
rewrite_prefix (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  add_prefix (data, " ", out, piece);
  scope_rewrite_keep (out, piece->begin, piece->end);
  return TRUE;
}

static guint
map_blank (gunichar c, gconstpointer data, gunichar out[4])
{
  const ScopeCut *self = data;
  out[0] = c == ' ' ? g_utf8_get_char (self->blank) : c;
  return 1;
}

static gboolean
rewrite_blanks (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  const ScopeCut *self = data;
  if (out->from->text[piece->begin] != ' ')
    add_prefix (self, self->blank, out, piece);
  scope_rewrite_map (out, piece, map_blank, data);
  return TRUE;
}

/* Printable characters of Latin-1 stand for themselves, the other bytes are U+0100 and on, in
 * order: GPT-2's invention. */
gunichar
scope_alphabet_character (guint8 byte)
{
  if ((byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad))
    return byte;
  if (byte <= ' ')
    return 0x100 + byte;
  return byte == 0xad ? 0x143 : 0x121 + (byte - 0x7f);
}

guint8 *
scope_alphabet_bytes (const char *text, gsize *length)
{
  g_autofree guint8 *bytes = g_malloc (strlen (text) + 1);
  *length = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at), shifted = c - 0x100;
    guint byte = c;
    if (shifted <= ' ')
      byte = shifted;
    else if (shifted < 0x43)
      byte = 0x7f + (shifted - 0x21);
    else if (shifted == 0x43)
      byte = 0xad;
    if (byte > 0xff || scope_alphabet_character ((guint8)byte) != c)
      return NULL;
    bytes[(*length)++] = (guint8)byte;
  }
  return g_steal_pointer (&bytes);
}

static guint
map_bytes (gunichar c, gconstpointer data, gunichar out[4])
{
  char bytes[6];
  guint count = (guint)g_unichar_to_utf8 (c, bytes);
  for (guint i = 0; i < count; i++)
    out[i] = scope_alphabet_character ((guint8)bytes[i]);
  return count;
}

static gboolean
rewrite_bytes (ScopeRewrite *out, const ScopePiece *piece, gconstpointer data, GError **error)
{
  scope_rewrite_map (out, piece, map_bytes, data);
  return TRUE;
}

static gboolean
cut_byte_level (const ScopeCut *self, ScopePassage *passage, GError **error)
{
  if (self->prefix != SCOPE_PREFIX_NEVER
      && !scope_passage_rewrite (passage, rewrite_prefix, self, error))
    return FALSE;
  if (self->pattern != NULL && !cut_pieces (self, passage, error))
    return FALSE;
  return scope_passage_rewrite (passage, rewrite_bytes, self, error);
}

gboolean
scope_cut_apply (const ScopeCut *self, ScopePassage *passage, GError **error)
{
  if (self->kind == SCOPE_CUT_BYTE_LEVEL)
    return cut_byte_level (self, passage, error);
  if (self->kind == SCOPE_CUT_METASPACE) {
    if (!scope_passage_rewrite (passage, rewrite_blanks, self, error))
      return FALSE;
    if (!self->split)
      return TRUE;
  }
  return cut_pieces (self, passage, error);
}

/* Pre-tokenizers: how a text is cut into the words that byte pair encoding works on. */
#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"
#include "model/unicode.h"

/* A stretch of a piece that the pattern matched, or one between two matches. */
typedef struct {
  gsize begin, end;
  gboolean matched;
} Stretch;

static void
add_stretch (GArray *stretches, gsize begin, gsize end, gboolean matched)
{
  Stretch stretch = { begin, end, matched };
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
    const Stretch *stretch = &g_array_index (stretches, Stretch, i);
    if (!open || !joins_last (behaviour, stretch->matched, last_matched)) {
      scope_pieces_add (out, begin, end, -1);
      begin = stretch->begin;
    }
    end = stretch->end;
    open = TRUE;
    last_matched = stretch->matched;
    if (behaviour == SCOPE_SPLIT_REMOVED && stretch->matched)
      begin = end;
  }
  scope_pieces_add (out, begin, end, -1);
}

/* Each match joins the stretch after it, of two matches in a row only the later one: decided from
 * the last to the first, where a match joins if what was seen just before is none. */
static void
emit_merged_with_next (const GArray *stretches, GArray *out)
{
  for (guint i = 0; i < stretches->len; i++) {
    const Stretch *stretch = &g_array_index (stretches, Stretch, i);
    const Stretch *next = i + 1 < stretches->len ? stretch + 1 : NULL;
    if (stretch->matched && next != NULL && !next->matched) {
      scope_pieces_add (out, stretch->begin, next->end, -1);
      i++;
    } else {
      scope_pieces_add (out, stretch->begin, stretch->end, -1);
    }
  }
}

static void
find_digits (const char *text, gsize begin, gsize end, GArray *out)
{
  gsize done = begin, next;
  for (gsize at = begin; at < end; at = next) {
    next = (gsize)(g_utf8_next_char (text + at) - text);
    if (!scope_unichar_is_number (g_utf8_get_char (text + at)))
      continue;
    if (done < at)
      add_stretch (out, done, at, FALSE);
    add_stretch (out, at, next, TRUE);
    done = next;
  }
  if (done < end)
    add_stretch (out, done, end, FALSE);
}

/* The pattern sees one piece as if it were the whole text. */
static gboolean
find_regex (const ScopeCut *self, const char *text, gsize begin, gsize end, GArray *out,
            GError **error)
{
  g_autoptr (GMatchInfo) info = NULL;
  g_autoptr (GError) regex_error = NULL;
  gsize done = begin;
  int last = -1;
  g_regex_match_full (self->regex, text + begin, (gssize)(end - begin), 0, 0, &info, &regex_error);
  while (regex_error == NULL && g_match_info_matches (info)) {
    int from, to;
    g_match_info_fetch_pos (info, 0, &from, &to);
    /* A match of nothing does not count right after another match. */
    if (from != to || from != last) {
      if (done != begin + (gsize)from)
        add_stretch (out, done, begin + (gsize)from, self->invert);
      done = begin + (gsize)to;
      add_stretch (out, begin + (gsize)from, done, !self->invert);
      last = to;
    }
    g_match_info_next (info, &regex_error);
  }
  if (regex_error != NULL) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                     "the tokenizer's Split pattern failed on the text: %s", regex_error->message);
    return FALSE;
  }
  if (done < end)
    add_stretch (out, done, end, self->invert);
  return TRUE;
}

typedef enum { CLASS_SPACE, CLASS_LETTER, CLASS_NUMBER, CLASS_OTHER } Class;

static Class
classify (gunichar c)
{
  if (scope_unichar_is_space (c))
    return CLASS_SPACE;
  if (scope_unichar_is_letter (c))
    return CLASS_LETTER;
  return scope_unichar_is_number (c) ? CLASS_NUMBER : CLASS_OTHER;
}

static const char *
skip_class (const char *at, const char *end, Class class)
{
  while (at < end && classify (g_utf8_get_char (at)) == class)
    at = g_utf8_next_char (at);
  return at;
}

static gsize
contraction_length (const char *at, const char *end)
{
  static const char *const endings[] = { "'s", "'t", "'re", "'ve", "'m", "'ll", "'d" };
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++) {
    gsize length = strlen (endings[i]);
    if ((gsize)(end - at) >= length && memcmp (at, endings[i], length) == 0)
      return length;
  }
  return 0;
}

/* The end of the word at AT by GPT-2's pattern: a contraction's ending; letters, digits or other
 * signs, each with one blank before it if there is one; or space, which leaves its last character
 * to the word that follows. */
static const char *
word_end (const char *at, const char *end)
{
  gsize contraction = *at == '\'' ? contraction_length (at, end) : 0;
  if (contraction > 0)
    return at + contraction;
  const char *body = *at == ' ' && at + 1 < end ? at + 1 : at;
  Class class = classify (g_utf8_get_char (body));
  if (class != CLASS_SPACE)
    return skip_class (body, end, class);
  const char *stop = skip_class (at, end, CLASS_SPACE);
  const char *last = g_utf8_prev_char (stop);
  return stop < end && last > at ? last : stop;
}

static void
cut_words (const char *text, gsize begin, gsize end, GArray *out)
{
  const char *at = text + begin;
  while (at < text + end) {
    const char *stop = word_end (at, text + end);
    scope_pieces_add (out, (gsize)(at - text), (gsize)(stop - text), -1);
    at = stop;
  }
}

static void
add_prefix_spaces (ScopePassage *passage)
{
  ScopeRewrite rewrite;
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  scope_rewrite_begin (&rewrite);
  for (guint i = 0; i < passage->pieces->len; i++) {
    ScopePiece piece = g_array_index (passage->pieces, ScopePiece, i);
    gsize begin = rewrite.text->len;
    if (piece.id < 0 && passage->text[piece.begin] != ' ') {
      gsize origin = scope_passage_origin (passage, piece.begin);
      scope_rewrite_append (&rewrite, " ", 1, origin, origin);
    }
    for (gsize at = piece.begin; at < piece.end; at++)
      scope_rewrite_append (&rewrite, passage->text + at, 1, scope_passage_origin (passage, at),
                            scope_passage_origin (passage, at + 1));
    scope_pieces_add (pieces, begin, rewrite.text->len, piece.id);
  }
  scope_rewrite_end (&rewrite, passage, pieces, scope_passage_origin (passage, passage->length));
}

static gboolean
cut_piece (const ScopeCut *self, const char *text, const ScopePiece *piece, GArray *stretches,
           GArray *out, GError **error)
{
  if (self->kind == SCOPE_CUT_BYTE_LEVEL) {
    cut_words (text, piece->begin, piece->end, out);
    return TRUE;
  }
  g_array_set_size (stretches, 0);
  if (self->kind == SCOPE_CUT_DIGITS)
    find_digits (text, piece->begin, piece->end, stretches);
  else if (!find_regex (self, text, piece->begin, piece->end, stretches, error))
    return FALSE;
  if (self->behaviour == SCOPE_SPLIT_MERGED_WITH_NEXT)
    emit_merged_with_next (stretches, out);
  else
    emit_forward (stretches, self->behaviour, out);
  return TRUE;
}

gboolean
scope_cut_apply (const ScopeCut *self, ScopePassage *passage, GError **error)
{
  if (self->kind == SCOPE_CUT_BYTE_LEVEL && self->add_prefix_space)
    add_prefix_spaces (passage);
  if (self->kind == SCOPE_CUT_BYTE_LEVEL && !self->use_regex)
    return TRUE;
  g_autoptr (GArray) stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  for (guint i = 0; i < passage->pieces->len; i++) {
    const ScopePiece *piece = &g_array_index (passage->pieces, ScopePiece, i);
    if (piece->id >= 0)
      g_array_append_val (pieces, *piece);
    else if (!cut_piece (self, passage->text, piece, stretches, pieces, error))
      return FALSE;
  }
  g_array_unref (passage->pieces);
  passage->pieces = g_steal_pointer (&pieces);
  return TRUE;
}

/* Added tokens: strings that are cut out of a text before anything else looks at it. */
#include <string.h>

#include "model/tokenizer-private.h"
#include "model/unicode.h"

void
scope_added_set_add (ScopeAddedSet *self, ScopeAddedToken *token)
{
  GPtrArray **list = &self->by_byte[(guchar)token->pattern[0]];
  if (*list == NULL)
    *list = g_ptr_array_new ();
  g_ptr_array_add (*list, token);
}

static int
compare_longest_first (gconstpointer a, gconstpointer b)
{
  gsize left = strlen ((*(ScopeAddedToken *const *)a)->pattern);
  gsize right = strlen ((*(ScopeAddedToken *const *)b)->pattern);
  return (left < right) - (left > right);
}

void
scope_added_set_finish (ScopeAddedSet *self)
{
  for (int byte = 0; byte < 256; byte++)
    if (self->by_byte[byte] != NULL)
      g_ptr_array_sort (self->by_byte[byte], compare_longest_first);
}

void
scope_added_set_clear (ScopeAddedSet *self)
{
  for (int byte = 0; byte < 256; byte++)
    g_clear_pointer (&self->by_byte[byte], g_ptr_array_unref);
}

/* The longest token that begins at AT. */
static const ScopeAddedToken *
match_at (const ScopeAddedSet *self, const char *text, gsize at, gsize end)
{
  const GPtrArray *list = self->by_byte[(guchar)text[at]];
  for (guint i = 0; list != NULL && i < list->len; i++) {
    const ScopeAddedToken *token = g_ptr_array_index (list, i);
    gsize length = strlen (token->pattern);
    if (length <= end - at && memcmp (text + at, token->pattern, length) == 0)
      return token;
  }
  return NULL;
}

static gboolean
word_before (const char *text, gsize begin, gsize at)
{
  return at > begin && scope_unichar_is_word (g_utf8_get_char (g_utf8_prev_char (text + at)));
}

static gboolean
word_after (const char *text, gsize at, gsize end)
{
  return at < end && scope_unichar_is_word (g_utf8_get_char (text + at));
}

/* A token may swallow the space around it (lstrip, rstrip) or ask to stand alone (single_word); one
 * that does not is passed over whole. */
static void
cut_piece (const ScopeAddedSet *self, const char *text, gsize begin, gsize end, GArray *out)
{
  gsize done = begin, at = begin;
  while (at < end) {
    const ScopeAddedToken *token = match_at (self, text, at, end);
    if (token == NULL) {
      at++;
      continue;
    }
    gsize start = at, stop = at + strlen (token->pattern);
    at = stop;
    if (token->single_word && (word_before (text, begin, start) || word_after (text, stop, end)))
      continue;
    if (token->lstrip)
      start = MAX (scope_skip_space_back (text, begin, start), done);
    if (token->rstrip)
      stop = scope_skip_space (text, stop, end);
    /* All of it may have been swallowed by the token before. */
    if (start >= stop)
      continue;
    scope_pieces_add (out, done, MAX (start, done), SCOPE_PIECE_TEXT);
    scope_pieces_add (out, start, stop, token->id);
    done = stop;
  }
  scope_pieces_add (out, done, end, SCOPE_PIECE_TEXT);
}

void
scope_added_set_cut (const ScopeAddedSet *self, ScopePassage *passage)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (ScopePiece));
  for (guint i = 0; i < passage->pieces->len; i++) {
    ScopePiece piece = g_array_index (passage->pieces, ScopePiece, i);
    if (piece.id == SCOPE_PIECE_TEXT)
      cut_piece (self, passage->text, piece.begin, piece.end, pieces);
    else
      g_array_append_val (pieces, piece);
  }
  scope_passage_take_pieces (passage, pieces);
}

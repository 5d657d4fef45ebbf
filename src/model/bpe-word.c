/* Words, merged and remembered. */
#include "model/bpe-private.h"

/* Longer words hardly come twice. */
#define MAX_REMEMBERED 64

/* A symbol of the word being merged; symbols are a list through PREVIOUS and NEXT. */
typedef struct {
  gint32 id; /* -1: merged into the one before it */
  gsize begin, end;
  gssize previous, next; /* -1: none */
} Symbol;

/* A merge that was possible when it was noted. */
typedef struct {
  guint32 rank;
  gint32 id;
  gsize at; /* the left symbol */
} Candidate;

typedef struct {
  ScopeWord word;
  guint first, count; /* of the known tokens */
} Known;

struct _ScopeBpeWork {
  const ScopeBpe *bpe;
  GArray *symbols;    /* (element-type Symbol) */
  GArray *heap;       /* (element-type Candidate), the least first */
  GArray *tokens;     /* (element-type ScopeBpeToken): the answer for a word that is not kept */
  GArray *remembered; /* (element-type ScopeBpeToken) */
  GHashTable *known;  /* Known to itself */
};

ScopeBpeWork *
scope_bpe_work_new (const ScopeBpe *bpe)
{
  ScopeBpeWork *self = g_new (ScopeBpeWork, 1);
  self->bpe = bpe;
  self->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  self->heap = g_array_new (FALSE, FALSE, sizeof (Candidate));
  self->tokens = g_array_new (FALSE, FALSE, sizeof (ScopeBpeToken));
  self->remembered = g_array_new (FALSE, FALSE, sizeof (ScopeBpeToken));
  self->known = g_hash_table_new_full (scope_word_hash, scope_word_equal, NULL, g_free);
  return self;
}

void
scope_bpe_work_free (ScopeBpeWork *self)
{
  g_array_unref (self->symbols);
  g_array_unref (self->heap);
  g_array_unref (self->tokens);
  g_array_unref (self->remembered);
  g_hash_table_unref (self->known);
  g_free (self);
}

static gboolean
comes_before (const Candidate *a, const Candidate *b)
{
  return a->rank != b->rank ? a->rank < b->rank : a->at < b->at;
}

static void
heap_push (GArray *heap, Candidate candidate)
{
  gsize at = heap->len;
  g_array_append_val (heap, candidate);
  Candidate *slots = (Candidate *)(void *)heap->data;
  for (; at > 0 && comes_before (&candidate, &slots[(at - 1) / 2]); at = (at - 1) / 2)
    slots[at] = slots[(at - 1) / 2];
  slots[at] = candidate;
}

static Candidate
heap_pop (GArray *heap)
{
  Candidate *slots = (Candidate *)(void *)heap->data;
  Candidate least = slots[0], last = slots[heap->len - 1];
  g_array_set_size (heap, heap->len - 1);
  gsize at = 0, count = heap->len;
  for (gsize child = 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count && comes_before (&slots[child + 1], &slots[child]))
      child++;
    if (!comes_before (&slots[child], &last))
      break;
    slots[at] = slots[child];
    at = child;
  }
  if (count > 0)
    slots[at] = last;
  return least;
}

static const ScopeMerge *
find_merge (const ScopeBpeWork *self, gssize left, gssize right)
{
  if (left < 0 || right < 0)
    return NULL;
  return scope_bpe_find_merge (self->bpe, g_array_index (self->symbols, Symbol, left).id,
                               g_array_index (self->symbols, Symbol, right).id);
}

static void
note_merge (ScopeBpeWork *self, gssize left, gssize right)
{
  const ScopeMerge *merge = find_merge (self, left, right);
  if (merge == NULL)
    return;
  Candidate candidate = { merge->rank, merge->id, (gsize)left };
  heap_push (self->heap, candidate);
}

static void
add_symbol (ScopeBpeWork *self, gint32 id, gsize begin, gsize end)
{
  gssize at = (gssize)self->symbols->len;
  Symbol symbol = { id, begin, end, at - 1, -1 };
  if (at > 0)
    g_array_index (self->symbols, Symbol, at - 1).next = at;
  g_array_append_val (self->symbols, symbol);
}

/* One that follows the last symbol, which is unknown, too, if FUSED. */
static void
add_unknown (ScopeBpeWork *self, gboolean fused, gsize begin, gsize end)
{
  if (fused)
    g_array_index (self->symbols, Symbol, self->symbols->len - 1).end = end;
  else
    add_symbol (self, self->bpe->unknown, begin, end);
}

static void
start_word (ScopeBpeWork *self, const char *text, gsize length)
{
  const ScopeBpe *bpe = self->bpe;
  gboolean fuse = FALSE;
  gsize next;
  g_array_set_size (self->symbols, 0);
  g_array_set_size (self->heap, 0);
  for (gsize at = 0; at < length; at = next) {
    next = at + g_utf8_skip[(guchar)text[at]];
    gint32 id = scope_bpe_find_word (bpe, text + at, next - at);
    gboolean unknown = id < 0 && !bpe->byte_fallback && bpe->unknown >= 0;
    if (id >= 0)
      add_symbol (self, id, at, next);
    else if (unknown)
      add_unknown (self, fuse, at, next);
    for (gsize i = at; id < 0 && bpe->byte_fallback && i < next; i++)
      add_symbol (self, bpe->bytes[(guchar)text[i]], i, i + 1);
    fuse = bpe->fuse_unknown && (unknown || (fuse && id < 0));
  }
  for (gsize i = 0; i + 1 < self->symbols->len; i++)
    note_merge (self, (gssize)i, (gssize)i + 1);
}

/* A candidate is out of date if its pair has changed so that it no longer makes the same token. */
static gboolean
apply_merge (ScopeBpeWork *self, const Candidate *candidate)
{
  Symbol *symbols = (Symbol *)(void *)self->symbols->data;
  Symbol *left = &symbols[candidate->at];
  if (left->id < 0 || left->next < 0)
    return FALSE;
  const ScopeMerge *merge = find_merge (self, (gssize)candidate->at, left->next);
  if (merge == NULL || merge->id != candidate->id)
    return FALSE;
  Symbol *right = &symbols[left->next];
  left->id = merge->id;
  left->end = right->end;
  left->next = right->next;
  right->id = -1;
  if (left->next >= 0)
    symbols[left->next].previous = (gssize)candidate->at;
  return TRUE;
}

static void
merge_word (ScopeBpeWork *self, const char *text, gsize length)
{
  start_word (self, text, length);
  while (self->heap->len > 0) {
    Candidate candidate = heap_pop (self->heap);
    if (!apply_merge (self, &candidate))
      continue;
    Symbol merged = g_array_index (self->symbols, Symbol, candidate.at);
    note_merge (self, merged.previous, (gssize)candidate.at);
    note_merge (self, (gssize)candidate.at, merged.next);
  }
}

static void
collect_tokens (ScopeBpeWork *self, const char *text, gsize length, GArray *out)
{
  merge_word (self, text, length);
  gssize at = self->symbols->len > 0 ? 0 : -1;
  while (at >= 0) {
    const Symbol *symbol = &g_array_index (self->symbols, Symbol, at);
    ScopeBpeToken token = { symbol->id, symbol->begin, symbol->end };
    g_array_append_val (out, token);
    at = symbol->next;
  }
}

static const Known *
learn_word (ScopeBpeWork *self, const ScopeWord *word)
{
  Known *known = g_new (Known, 1);
  known->word = *word;
  known->first = self->remembered->len;
  collect_tokens (self, word->text, word->length, self->remembered);
  known->count = self->remembered->len - known->first;
  g_hash_table_add (self->known, known);
  return known;
}

static const Known *
know_word (ScopeBpeWork *self, const char *text, gsize length)
{
  ScopeWord word = { text, length };
  const Known *known = g_hash_table_lookup (self->known, &word);
  return known != NULL ? known : learn_word (self, &word);
}

static void
collect_part (ScopeBpeWork *self, const char *text, gsize begin, gsize end)
{
  guint first = self->tokens->len;
  if (end - begin <= MAX_REMEMBERED) {
    const Known *known = know_word (self, text + begin, end - begin);
    if (known->count > 0)
      g_array_append_vals (self->tokens,
                           &g_array_index (self->remembered, ScopeBpeToken, known->first),
                           known->count);
  } else {
    collect_tokens (self, text + begin, end - begin, self->tokens);
  }
  for (guint i = first; i < self->tokens->len; i++) {
    ScopeBpeToken *token = &g_array_index (self->tokens, ScopeBpeToken, i);
    token->begin += begin;
    token->end += begin;
  }
}

/* A text that no pre-tokenizer cut is one long word, but most of it are short words that come again
 * and again. */
static void
collect_parts (ScopeBpeWork *self, const char *text, gsize length)
{
  gsize done = 0;
  g_array_set_size (self->tokens, 0);
  for (gsize at = (guchar)g_utf8_skip[(guchar)*text]; !self->bpe->joins_any && at < length;
       at += g_utf8_skip[(guchar)text[at]]) {
    if (!scope_bpe_falls_apart (self->bpe, text, at))
      continue;
    collect_part (self, text, done, at);
    done = at;
  }
  collect_part (self, text, done, length);
}

static gboolean
take_whole_word (ScopeBpeWork *self, const char *text, gsize length)
{
  ScopeBpeToken token = { scope_bpe_find_word (self->bpe, text, length), 0, length };
  if (token.id < 0)
    return FALSE;
  g_array_set_size (self->tokens, 0);
  g_array_append_val (self->tokens, token);
  return TRUE;
}

const ScopeBpeToken *
scope_bpe_encode (ScopeBpeWork *self, const char *text, gsize length, gsize *count)
{
  gboolean whole = self->bpe->whole_words && take_whole_word (self, text, length);
  if (!whole && length <= MAX_REMEMBERED) {
    const Known *known = know_word (self, text, length);
    *count = known->count;
    if (known->count == 0) /* the array itself may not be there yet */
      return NULL;
    return &g_array_index (self->remembered, ScopeBpeToken, known->first);
  }
  if (!whole)
    collect_parts (self, text, length);
  *count = self->tokens->len;
  return *count > 0 ? (const ScopeBpeToken *)(void *)self->tokens->data : NULL;
}

#include "model/bpe.h"

#include <string.h>

/* Longer words hardly come twice. */
#define MAX_REMEMBERED 64

typedef struct {
  const guint8 *bytes;
  gsize length;
} Word;

/* Its bytes follow it. */
typedef struct {
  Word word;
  gint32 id;
} WholeWord;

typedef struct {
  gint64 pair; /* LEFT << 32 | RIGHT: the key */
  gint32 id;
  guint32 rank;
} Merge;

struct _ScopeBpe {
  gint32 byte_ids[256]; /* -1: none */
  GHashTable *merges;   /* Merge to itself */
  GHashTable *whole;    /* WholeWord to itself; NULL if merges always count */
};

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
  Word word;
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

static guint
word_hash (gconstpointer key)
{
  const Word *word = key;
  guint hash = 2166136261u;
  for (gsize i = 0; i < word->length; i++)
    hash = (hash ^ word->bytes[i]) * 16777619u;
  return hash;
}

static gboolean
word_equal (gconstpointer a, gconstpointer b)
{
  const Word *left = a, *right = b;
  return left->length == right->length && memcmp (left->bytes, right->bytes, left->length) == 0;
}

static guint
pair_hash (gconstpointer key)
{
  guint64 mixed = *(const guint64 *)key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return (guint)(mixed >> 32);
}

ScopeBpe *
scope_bpe_new (gboolean whole_words)
{
  ScopeBpe *self = g_new (ScopeBpe, 1);
  memset (self->byte_ids, 0xff, sizeof self->byte_ids);
  self->merges = g_hash_table_new_full (pair_hash, g_int64_equal, NULL, g_free);
  self->whole = whole_words ? g_hash_table_new_full (word_hash, word_equal, NULL, g_free) : NULL;
  return self;
}

void
scope_bpe_free (ScopeBpe *self)
{
  g_hash_table_unref (self->merges);
  g_clear_pointer (&self->whole, g_hash_table_unref);
  g_free (self);
}

void
scope_bpe_add_token (ScopeBpe *self, const guint8 *bytes, gsize length, gint32 id)
{
  if (length == 1)
    self->byte_ids[bytes[0]] = id;
  if (self->whole == NULL)
    return;
  WholeWord *word = g_malloc (sizeof *word + length);
  word->word.bytes = memcpy (word + 1, bytes, length);
  word->word.length = length;
  word->id = id;
  g_hash_table_replace (self->whole, word, word);
}

static gint64
make_pair (gint32 left, gint32 right)
{
  return (gint64)left << 32 | right;
}

void
scope_bpe_add_merge (ScopeBpe *self, gint32 left, gint32 right, gint32 merged, guint32 rank)
{
  Merge *merge = g_new (Merge, 1);
  merge->pair = make_pair (left, right);
  merge->id = merged;
  merge->rank = rank;
  g_hash_table_replace (self->merges, &merge->pair, merge);
}

gboolean
scope_bpe_knows_all_bytes (const ScopeBpe *self)
{
  for (int byte = 0; byte < 256; byte++)
    if (self->byte_ids[byte] < 0)
      return FALSE;
  return TRUE;
}

ScopeBpeWork *
scope_bpe_work_new (const ScopeBpe *bpe)
{
  ScopeBpeWork *self = g_new (ScopeBpeWork, 1);
  self->bpe = bpe;
  self->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  self->heap = g_array_new (FALSE, FALSE, sizeof (Candidate));
  self->tokens = g_array_new (FALSE, FALSE, sizeof (ScopeBpeToken));
  self->remembered = g_array_new (FALSE, FALSE, sizeof (ScopeBpeToken));
  self->known = g_hash_table_new_full (word_hash, word_equal, NULL, g_free);
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

static const Merge *
find_merge (const ScopeBpeWork *self, gssize left, gssize right)
{
  if (left < 0 || right < 0)
    return NULL;
  gint64 pair = make_pair (g_array_index (self->symbols, Symbol, left).id,
                           g_array_index (self->symbols, Symbol, right).id);
  return g_hash_table_lookup (self->bpe->merges, &pair);
}

static void
note_merge (ScopeBpeWork *self, gssize left, gssize right)
{
  const Merge *merge = find_merge (self, left, right);
  if (merge == NULL)
    return;
  Candidate candidate = { merge->rank, merge->id, (gsize)left };
  heap_push (self->heap, candidate);
}

static void
start_word (ScopeBpeWork *self, const guint8 *bytes, gsize length)
{
  g_array_set_size (self->symbols, 0);
  g_array_set_size (self->heap, 0);
  for (gsize i = 0; i < length; i++) {
    gint32 id = self->bpe->byte_ids[bytes[i]];
    if (id < 0)
      continue;
    gssize at = (gssize)self->symbols->len;
    Symbol symbol = { id, i, i + 1, at - 1, -1 };
    if (at > 0)
      g_array_index (self->symbols, Symbol, at - 1).next = at;
    g_array_append_val (self->symbols, symbol);
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
  const Merge *merge = find_merge (self, (gssize)candidate->at, left->next);
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
merge_word (ScopeBpeWork *self, const guint8 *bytes, gsize length)
{
  start_word (self, bytes, length);
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
collect_tokens (ScopeBpeWork *self, const guint8 *bytes, gsize length, GArray *out)
{
  Word word = { bytes, length };
  const WholeWord *whole
      = self->bpe->whole != NULL ? g_hash_table_lookup (self->bpe->whole, &word) : NULL;
  if (whole != NULL) {
    ScopeBpeToken token = { whole->id, 0, length };
    g_array_append_val (out, token);
    return;
  }
  merge_word (self, bytes, length);
  gssize at = self->symbols->len > 0 ? 0 : -1;
  while (at >= 0) {
    const Symbol *symbol = &g_array_index (self->symbols, Symbol, at);
    ScopeBpeToken token = { symbol->id, symbol->begin, symbol->end };
    g_array_append_val (out, token);
    at = symbol->next;
  }
}

static const Known *
learn_word (ScopeBpeWork *self, const Word *word)
{
  Known *known = g_new (Known, 1);
  known->word = *word;
  known->first = self->remembered->len;
  collect_tokens (self, word->bytes, word->length, self->remembered);
  known->count = self->remembered->len - known->first;
  g_hash_table_add (self->known, known);
  return known;
}

const ScopeBpeToken *
scope_bpe_encode (ScopeBpeWork *self, const guint8 *bytes, gsize length, gsize *count)
{
  if (length > MAX_REMEMBERED) {
    g_array_set_size (self->tokens, 0);
    collect_tokens (self, bytes, length, self->tokens);
    *count = self->tokens->len;
    return (const ScopeBpeToken *)(void *)self->tokens->data;
  }
  Word word = { bytes, length };
  const Known *known = g_hash_table_lookup (self->known, &word);
  if (known == NULL)
    known = learn_word (self, &word);
  *count = known->count;
  if (known->count == 0) /* the array itself may not be there yet */
    return NULL;
  return &g_array_index (self->remembered, ScopeBpeToken, known->first);
}

#include <string.h>

#include "model/bpe-private.h"

typedef struct {
  ScopeWord word;
  gint32 id;
} Token;

guint
scope_word_hash (gconstpointer key)
{
  const ScopeWord *word = key;
  guint hash = 2166136261u;
  for (gsize i = 0; i < word->length; i++)
    hash = (hash ^ (guchar)word->text[i]) * 16777619u;
  return hash;
}

gboolean
scope_word_equal (gconstpointer a, gconstpointer b)
{
  const ScopeWord *left = a, *right = b;
  return left->length == right->length && memcmp (left->text, right->text, left->length) == 0;
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
  ScopeBpe *self = g_new0 (ScopeBpe, 1);
  self->strings = g_string_chunk_new (4096);
  self->tokens = g_hash_table_new_full (scope_word_hash, scope_word_equal, NULL, g_free);
  self->by_id = g_ptr_array_new ();
  self->merges = g_hash_table_new_full (pair_hash, g_int64_equal, NULL, g_free);
  self->joints = g_hash_table_new_full (pair_hash, g_int64_equal, g_free, NULL);
  self->whole_words = whole_words;
  self->unknown = -1;
  memset (self->bytes, 0xff, sizeof self->bytes);
  return self;
}

void
scope_bpe_free (ScopeBpe *self)
{
  g_string_chunk_free (self->strings);
  g_hash_table_unref (self->tokens);
  g_ptr_array_unref (self->by_id);
  g_hash_table_unref (self->merges);
  g_hash_table_unref (self->joints);
  g_free (self);
}

void
scope_bpe_add_token (ScopeBpe *self, const char *token, gint32 id)
{
  Token *entry = g_new (Token, 1);
  entry->word.text = g_string_chunk_insert (self->strings, token);
  entry->word.length = strlen (token);
  entry->id = id;
  g_hash_table_replace (self->tokens, &entry->word, entry);
  if ((gsize)id >= self->by_id->len)
    g_ptr_array_set_size (self->by_id, id + 1);
  self->by_id->pdata[id] = (gpointer)entry->word.text;
}

gsize
scope_bpe_count (const ScopeBpe *self)
{
  return g_hash_table_size (self->tokens);
}

gsize
scope_bpe_size (const ScopeBpe *self)
{
  return self->by_id->len;
}

gint32
scope_bpe_find_word (const ScopeBpe *self, const char *text, gsize length)
{
  ScopeWord word = { text, length };
  const Token *token = g_hash_table_lookup (self->tokens, &word);
  return token != NULL ? token->id : -1;
}

gint32
scope_bpe_find (const ScopeBpe *self, const char *token)
{
  return scope_bpe_find_word (self, token, strlen (token));
}

const char *
scope_bpe_token (const ScopeBpe *self, gsize id)
{
  return id < self->by_id->len ? self->by_id->pdata[id] : NULL;
}

void
scope_bpe_set_unknown (ScopeBpe *self, gint32 unknown, gboolean fuse)
{
  self->unknown = unknown;
  self->fuse_unknown = fuse;
}

guint
scope_bpe_set_byte_fallback (ScopeBpe *self)
{
  guint found = 0;
  for (int byte = 0; byte < 256; byte++) {
    char name[8];
    g_snprintf (name, sizeof name, "<0x%02X>", byte);
    self->bytes[byte] = scope_bpe_find (self, name);
    found += self->bytes[byte] >= 0;
  }
  self->byte_fallback = found == 256;
  return found;
}

static gint64
make_pair (gint32 left, gint32 right)
{
  return (gint64)left << 32 | right;
}

/* TRUE if ID may stand in a word for something else than its own characters. */
static gboolean
is_fallback (const ScopeBpe *self, gint32 id)
{
  if (id == self->unknown)
    return TRUE;
  const char *token = self->by_id->pdata[id];
  return self->byte_fallback && g_str_has_prefix (token, "<0x") && strlen (token) == 6;
}

/* A merge joins the last character of its left with the first of its right: between characters that
 * no merge joins a word falls apart. */
static void
add_joint (ScopeBpe *self, gint32 left, gint32 right)
{
  const char *before = self->by_id->pdata[left], *after = self->by_id->pdata[right];
  if (is_fallback (self, left) || is_fallback (self, right) || *before == '\0')
    self->joins_any = TRUE;
  if (self->joins_any)
    return;
  const char *last = g_utf8_prev_char (before + strlen (before));
  gint64 joint = make_pair ((gint32)g_utf8_get_char (last), (gint32)g_utf8_get_char (after));
  if (!g_hash_table_contains (self->joints, &joint))
    g_hash_table_add (self->joints, g_memdup2 (&joint, sizeof joint));
}

void
scope_bpe_add_merge (ScopeBpe *self, gint32 left, gint32 right, gint32 merged, guint32 rank)
{
  ScopeMerge *merge = g_new (ScopeMerge, 1);
  merge->pair = make_pair (left, right);
  merge->id = merged;
  merge->rank = rank;
  g_hash_table_replace (self->merges, &merge->pair, merge);
  add_joint (self, left, right);
}

const ScopeMerge *
scope_bpe_find_merge (const ScopeBpe *self, gint32 left, gint32 right)
{
  gint64 pair = make_pair (left, right);
  return g_hash_table_lookup (self->merges, &pair);
}

gboolean
scope_bpe_falls_apart (const ScopeBpe *self, const char *text, gsize at)
{
  const char *before = g_utf8_prev_char (text + at);
  gint64 joint = make_pair ((gint32)g_utf8_get_char (before), (gint32)g_utf8_get_char (text + at));
  if (g_hash_table_contains (self->joints, &joint))
    return FALSE;
  gboolean vanish = !self->byte_fallback && self->unknown < 0;
  if (!vanish && !self->fuse_unknown)
    return TRUE;
  gboolean left = scope_bpe_find_word (self, before, (gsize)(text + at - before)) >= 0;
  gboolean right = scope_bpe_find_word (self, text + at, g_utf8_skip[(guchar)text[at]]) >= 0;
  return vanish ? left && right : left || right;
}

gint32
scope_bpe_byte (const ScopeBpe *self, guint8 byte)
{
  return self->byte_fallback ? self->bytes[byte] : self->unknown;
}

/* What the two halves of byte pair encoding share: the vocabulary and its merges (bpe.c), words
 * (bpe-word.c). */
#pragma once

#include "model/bpe.h"

G_BEGIN_DECLS

/* A string by its place: the key of what is known of it. */
typedef struct {
  const char *text;
  gsize length;
} ScopeWord;
guint scope_word_hash (gconstpointer key);
gboolean scope_word_equal (gconstpointer a, gconstpointer b);

typedef struct {
  gint64 pair; /* LEFT << 32 | RIGHT: the key */
  gint32 id;
  guint32 rank;
} ScopeMerge;

struct _ScopeBpe {
  GStringChunk *strings;
  GHashTable *tokens; /* Token to itself */
  GPtrArray *by_id;   /* (element-type utf8), borrowed from STRINGS; NULL: none */
  GHashTable *merges; /* ScopeMerge to itself */
  GHashTable *joints; /* the pairs of characters that some merge joins */
  gboolean whole_words;
  gboolean joins_any; /* merges reach further than JOINTS says */
  gboolean byte_fallback;
  gint32 bytes[256]; /* "<0x0A>"; -1: none */
  gint32 unknown;    /* -1: none */
  gboolean fuse_unknown;
};

gint32 scope_bpe_find_word (const ScopeBpe *self, const char *text, gsize length); /* -1: none */
const ScopeMerge *scope_bpe_find_merge (const ScopeBpe *self, gint32 left, gint32 right);
/* TRUE if the characters on both sides of AT never end in one token. Unknown ones may fuse, and the
 * neighbours of one that is left out meet. */
gboolean scope_bpe_falls_apart (const ScopeBpe *self, const char *text, gsize at);

G_END_DECLS

/* ScopeBpe: byte pair encoding of single words: a vocabulary of strings, and pairs of ids that
 * merge in order of rank. A word begins as its characters; one that the vocabulary does not know is
 * its bytes' tokens ("<0x0A>"), or the unknown token, or nothing. Built once, then immutable; any
 * thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _ScopeBpe ScopeBpe;
typedef struct _ScopeBpeWork ScopeBpeWork; /* scratch of one encoding and its memory of words */

typedef struct {
  gint32 id;
  gsize begin, end; /* bytes of the word */
} ScopeBpeToken;

/* WHOLE_WORDS: a word that is in the vocabulary is one token whatever the merges say. */
ScopeBpe *scope_bpe_new (gboolean whole_words) G_GNUC_WARN_UNUSED_RESULT;
void scope_bpe_free (ScopeBpe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeBpe, scope_bpe_free)

/* TOKEN has ID; of two tokens of one id the later one is its string. */
void scope_bpe_add_token (ScopeBpe *self, const char *token, gint32 id);
gsize scope_bpe_count (const ScopeBpe *self);                    /* tokens */
gsize scope_bpe_size (const ScopeBpe *self);                     /* the largest id + 1 */
gint32 scope_bpe_find (const ScopeBpe *self, const char *token); /* -1: none */
const char *scope_bpe_token (const ScopeBpe *self, gsize id);    /* NULL: none */

/* After the tokens, before the merges. UNKNOWN is the unknown token's id or -1; FUSE: characters in
 * a row that are unknown are one token. */
void scope_bpe_set_unknown (ScopeBpe *self, gint32 unknown, gboolean fuse);
/* Characters that are unknown fall back to bytes, if each byte has a token: the number that have.
 */
guint scope_bpe_set_byte_fallback (ScopeBpe *self);

/* LEFT and RIGHT become MERGED; of two merges of one pair the later one counts. */
void scope_bpe_add_merge (ScopeBpe *self, gint32 left, gint32 right, gint32 merged, guint32 rank);

ScopeBpeWork *scope_bpe_work_new (const ScopeBpe *bpe) G_GNUC_WARN_UNUSED_RESULT;
void scope_bpe_work_free (ScopeBpeWork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeBpeWork, scope_bpe_work_free)

/* The tokens of a word, LENGTH bytes of UTF-8. Valid until the next call; NULL if there are none.
 * TEXT must outlive SELF: words are remembered by their place. */
const ScopeBpeToken *scope_bpe_encode (ScopeBpeWork *self, const char *text, gsize length,
                                       gsize *count);
/* What a single byte that is no UTF-8 is: its token, the unknown one, or -1. */
gint32 scope_bpe_byte (const ScopeBpe *self, guint8 byte);

G_END_DECLS

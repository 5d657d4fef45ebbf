/* ScopeBpe: byte pair encoding of single words over bytes: a vocabulary, and pairs of ids that
 * merge in order of rank. Built once, then immutable; any thread. */
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

/* LENGTH > 0 bytes have ID. */
void scope_bpe_add_token (ScopeBpe *self, const guint8 *bytes, gsize length, gint32 id);
/* LEFT and RIGHT become MERGED; of two merges of one pair the later one counts. */
void scope_bpe_add_merge (ScopeBpe *self, gint32 left, gint32 right, gint32 merged, guint32 rank);
/* TRUE if each of the 256 bytes has an id. */
gboolean scope_bpe_knows_all_bytes (const ScopeBpe *self);

ScopeBpeWork *scope_bpe_work_new (const ScopeBpe *bpe) G_GNUC_WARN_UNUSED_RESULT;
void scope_bpe_work_free (ScopeBpeWork *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeBpeWork, scope_bpe_work_free)

/* The tokens of a word; a byte without an id is left out. Valid until the next call; NULL if
 * there are none. BYTES must outlive SELF: words are remembered by their place. */
const ScopeBpeToken *scope_bpe_encode (ScopeBpeWork *self, const guint8 *bytes, gsize length,
                                       gsize *count);

G_END_DECLS

/* ScopeTokens: a tokenised text: ids, and for each the bytes of the text it stands for.
 *
 * Spans tile the text in order: they ascend, do not overlap and cover every byte that the tokenizer
 * kept. A character may be split between tokens. Tokens made from ids alone carry the text that
 * their ids decode to. Reference counted, immutable; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gsize begin, end; /* bytes of the text, half open */
} ScopeSpan;

typedef struct _ScopeTokens ScopeTokens;

/* Copies everything. TEXT may hold NULs. */
ScopeTokens *scope_tokens_new (const char *text, gsize text_length, const gint32 *ids,
                               const ScopeSpan *spans, gsize count) G_GNUC_WARN_UNUSED_RESULT;
/* The same with what tokens that stand for no bytes are shown as: NAMES may be NULL, and each of
 * COUNT names, which are UTF-8. */
ScopeTokens *scope_tokens_new_with_names (const char *text, gsize text_length, const gint32 *ids,
                                          const ScopeSpan *spans, const char *const *names,
                                          gsize count) G_GNUC_WARN_UNUSED_RESULT;
ScopeTokens *scope_tokens_ref (ScopeTokens *self);
void scope_tokens_unref (ScopeTokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTokens, scope_tokens_unref)

gsize scope_tokens_count (const ScopeTokens *self);
const gint32 *scope_tokens_ids (const ScopeTokens *self);
ScopeSpan scope_tokens_span (const ScopeTokens *self, gsize index);
const char *scope_tokens_text (const ScopeTokens *self, gsize *length);
/* The token that byte AT of the text belongs to, or the next one; the count: behind the last. */
gsize scope_tokens_at (const ScopeTokens *self, gsize at);
/* Valid UTF-8 for the screen: the token's bytes, broken ones as <0xE2>, control characters as
 * their pictures (newline "⏎", tab "⇥", space kept). One that stands for no bytes is shown by its
 * name ("<s>"), or as "#17" where it has none.
 * Caller frees. */
char *scope_tokens_display (const ScopeTokens *self, gsize index) G_GNUC_WARN_UNUSED_RESULT;
/* Tokens [begin, end) of SELF, with their own text. */
ScopeTokens *scope_tokens_slice (const ScopeTokens *self, gsize begin,
                                 gsize end) G_GNUC_WARN_UNUSED_RESULT;
/* SHA-256 hex of the ids as little-endian int32: the identity of the text in provenance. */
char *scope_tokens_hash (const ScopeTokens *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

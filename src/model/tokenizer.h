/* ScopeTokenizer: a tokenizer.json of the byte-level BPE kind (GPT-2, GPT-NeoX and the samples).
 *
 * Honoured: added tokens (special, normalized, lstrip, rstrip, single_word), normalizers NFC and
 * Sequence, pre-tokenizers ByteLevel (add_prefix_space, use_regex), Digits, Split and Sequence,
 * BPE merges (both forms, ignore_merges), ByteLevel decoder. Anything else that would change ids is
 * refused by name. Ids equal Hugging Face tokenizers' (add_special_tokens = false). Immutable; any
 * thread.
 */
#pragma once

#include "model/tokens.h"

G_BEGIN_DECLS

typedef struct _ScopeTokenizer ScopeTokenizer;

ScopeTokenizer *scope_tokenizer_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NAME is for messages. */
ScopeTokenizer *scope_tokenizer_parse (const char *json, gsize length, const char *name,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_tokenizer_free (ScopeTokenizer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTokenizer, scope_tokenizer_free)

gsize scope_tokenizer_vocab_size (const ScopeTokenizer *self); /* largest id + 1 */

/* TEXT is LENGTH bytes of UTF-8; invalid UTF-8 is SCOPE_MODEL_ERROR_TEXT with the byte's offset. An
 * empty text gives zero tokens and no error. */
ScopeTokens *scope_tokenizer_encode (const ScopeTokenizer *self, const char *text, gsize length,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes that COUNT ids stand for (may cut a character at either end); unknown ids stand for
 * nothing. NUL-terminated beyond *LENGTH (may be NULL). Caller frees. */
char *scope_tokenizer_decode (const ScopeTokenizer *self, const gint32 *ids, gsize count,
                              gsize *length) G_GNUC_WARN_UNUSED_RESULT;
/* Decodes ids into tokens with their text and spans. */
ScopeTokens *scope_tokenizer_tokens (const ScopeTokenizer *self, const gint32 *ids,
                                     gsize count) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

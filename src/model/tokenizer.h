/* ScopeTokenizer: a tokenizer.json whose model is byte pair encoding: byte-level (GPT-2, GPT-NeoX,
 * Falcon-Mamba) or in the manner of SentencePiece (Llama, Mistral, Zamba2).
 *
 *   model            BPE: merges in both forms, unk_token, fuse_unk, byte_fallback, ignore_merges
 *   added_tokens     special, normalized, single_word, lstrip, rstrip
 *   normalizer       NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Replace, Prepend
 *   pre_tokenizer    ByteLevel, Metaspace, Split (every behaviour, invert), Digits, Punctuation,
 *                    Whitespace, WhitespaceSplit
 *   post_processor   TemplateProcessing of a single text, ByteLevel
 *   decoder          ByteLevel, Metaspace, Replace, ByteFallback, Fuse, Strip; none: as the text is
 *                    encoded
 *
 * and Sequences of these. Whatever else would change ids is refused by name: the file, the member,
 * what stands there, what is known. Patterns are matched by PCRE2; what it would read otherwise
 * than Oniguruma, for which they are written, is refused, too.
 *
 * Ids equal those of Hugging Face's tokenizer(text), special tokens included: where the
 * post-processor puts a token before a text (BOS) or after it, it is put there, with an empty span.
 * truncation and padding are off, as they are there by default; trim_offsets, which moves no token,
 * is not followed: a span holds its blank.
 *
 * A tokenizer is total: bytes that are no UTF-8 are tokens of their own, which no normaliser,
 * pattern or merge sees (the byte's, or the unknown one; where there is neither they are left out).
 * A byte-level tokenizer that neither normalises nor puts blanks or removes anything gives back
 * every text, valid or not.
 *
 * Immutable; any thread. Errors of encoding are patterns that give up on the text
 * (MODEL_ERROR_TEXT) and texts of 2 GiB (ERROR_TOO_LARGE).
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

/* A whole text of LENGTH bytes. Spans are bytes of TEXT: where a normaliser changed it, of what the
 * token's characters were made from; empty where it stands for nothing of it. */
ScopeTokens *scope_tokenizer_encode (const ScopeTokenizer *self, const char *text, gsize length,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same without what the post-processor puts around it: a part of a text. */
ScopeTokens *scope_tokenizer_encode_part (const ScopeTokenizer *self, const char *text,
                                          gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The bytes that COUNT ids stand for inside of a text (may cut a character at either end); special
 * tokens are spelled out, unknown ids stand for nothing. NUL-terminated beyond *LENGTH (may be
 * NULL). Caller frees. */
char *scope_tokenizer_decode (const ScopeTokenizer *self, const gint32 *ids, gsize count,
                              gsize *length) G_GNUC_WARN_UNUSED_RESULT;
/* The same as tokens with their text and spans. */
ScopeTokens *scope_tokenizer_tokens (const ScopeTokenizer *self, const gint32 *ids,
                                     gsize count) G_GNUC_WARN_UNUSED_RESULT;
/* Ids that are a whole text: without the blank that the tokenizer puts before one, where its
 * decoder takes it off again. */
ScopeTokens *scope_tokenizer_whole_text (const ScopeTokenizer *self, const gint32 *ids,
                                         gsize count) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

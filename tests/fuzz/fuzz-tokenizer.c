/* Any bytes as a tokenizer.json, up to the first zero byte, and what follows as a text. A tokenizer
 * that is accepted takes any text, unless it says why not; spans are in order and inside the text,
 * ids in the vocabulary, and tokens can be shown and spelled. */
#include <stdint.h>
#include <string.h>

#include "fault.h"
#include "model/tokenizer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_tokens (const ScopeTokenizer *tokenizer, const ScopeTokens *tokens)
{
  gsize at = 0, length;
  scope_tokens_text (tokens, &length);
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    gint32 id = scope_tokens_ids (tokens)[i];
    if (span.begin < at || span.end < span.begin || span.end > length)
      fault ("spans out of order");
    if (id < 0 || (gsize)id >= scope_tokenizer_vocab_size (tokenizer))
      fault ("an id outside the vocabulary");
    at = span.end;
    g_autofree char *shown = scope_tokens_display (tokens, i);
    if (!g_utf8_validate (shown, -1, NULL))
      fault ("a token is shown as broken text");
  }
}

static void
check_text (const ScopeTokenizer *tokenizer, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, length, &error);
  if ((tokens == NULL) != (error != NULL))
    fault ("no message for a text");
  if (tokens == NULL)
    return;
  gsize count = scope_tokens_count (tokens);
  check_tokens (tokenizer, tokens);
  g_autoptr (ScopeTokens) part = scope_tokenizer_encode_part (tokenizer, text, length, NULL);
  if (part == NULL || scope_tokens_count (part) > count)
    fault ("a part is more than the whole");
  g_autoptr (ScopeTokens) inside
      = scope_tokenizer_tokens (tokenizer, scope_tokens_ids (tokens), count);
  check_tokens (tokenizer, inside);
  g_autoptr (ScopeTokens) whole
      = scope_tokenizer_whole_text (tokenizer, scope_tokens_ids (tokens), count);
  check_tokens (tokenizer, whole);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  const uint8_t *zero = size > 0 ? memchr (data, 0, size) : NULL;
  gsize length = zero != NULL ? (gsize)(zero - data) : size;
  g_autoptr (ScopeTokenizer) tokenizer
      = scope_tokenizer_parse ((const char *)data, length, "fuzz", &error);
  if ((tokenizer == NULL) != (error != NULL))
    fault ("no message");
  if (tokenizer != NULL && zero != NULL)
    check_text (tokenizer, (const char *)zero + 1, size - length - 1);
  return 0;
}

/* Any bytes as a tokenizer.json, up to the first zero byte, and what follows as a text: where both
 * are accepted, spans are in order and inside the text. */
#include <stdint.h>
#include <string.h>

#include "model/tokenizer.h"
#include "fault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_spans (const ScopeTokens *tokens, gsize length)
{
  gsize at = 0;
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    if (span.begin < at || span.end < span.begin || span.end > length)
      fault ("spans out of order");
    at = span.end;
    g_autofree char *shown = scope_tokens_display (tokens, i);
    if (!g_utf8_validate (shown, -1, NULL))
      fault ("a token is shown as broken text");
  }
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
  if (tokenizer == NULL || zero == NULL)
    return 0;
  const char *text = (const char *)zero + 1;
  g_autoptr (ScopeTokens) tokens
      = scope_tokenizer_encode (tokenizer, text, size - length - 1, &error);
  if (tokens == NULL)
    return 0;
  check_spans (tokens, size - length - 1);
  g_autoptr (ScopeTokens) again
      = scope_tokenizer_tokens (tokenizer, scope_tokens_ids (tokens), scope_tokens_count (tokens));
  scope_tokens_text (again, &length);
  check_spans (again, length);
  return 0;
}

/* Tokenises for compare_tokenizers.py: tokenize TOKENIZER.json. On standard input texts, each as its
 * length (32 bits) and bytes; on standard output for each the number of tokens, their ids, begins
 * and ends, and the text that the ids stand for, as its length and bytes. All in the machine's order. */
#include <stdio.h>

#include "model/tokenizer.h"

static gboolean
read_text (GByteArray *text)
{
  guint32 length;
  if (fread (&length, sizeof length, 1, stdin) != 1)
    return FALSE;
  g_byte_array_set_size (text, length);
  return length == 0 || fread (text->data, length, 1, stdin) == 1;
}

static void
write_number (gsize number)
{
  guint32 out = (guint32)number;
  fwrite (&out, sizeof out, 1, stdout);
}

static void
write_tokens (const ScopeTokenizer *tokenizer, const ScopeTokens *tokens)
{
  gsize count = scope_tokens_count (tokens), length;
  const gint32 *ids = scope_tokens_ids (tokens);
  write_number (count);
  for (gsize i = 0; i < count; i++)
    write_number ((gsize)ids[i]);
  for (gsize i = 0; i < count; i++)
    write_number (scope_tokens_span (tokens, i).begin);
  for (gsize i = 0; i < count; i++)
    write_number (scope_tokens_span (tokens, i).end);
  g_autoptr (ScopeTokens) whole = scope_tokenizer_whole_text (tokenizer, ids, count);
  const char *text = scope_tokens_text (whole, &length);
  write_number (length);
  fwrite (text, 1, length, stdout);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTokenizer) tokenizer
      = argc == 2 ? scope_tokenizer_open (argv[1], &error) : NULL;
  g_autoptr (GByteArray) text = g_byte_array_new ();
  while (tokenizer != NULL && read_text (text)) {
    g_autoptr (ScopeTokens) tokens
        = scope_tokenizer_encode (tokenizer, (const char *)text->data, text->len, &error);
    if (tokens == NULL)
      break;
    write_tokens (tokenizer, tokens);
  }
  if (error != NULL)
    fprintf (stderr, "%s\n", error->message);
  return tokenizer != NULL && error == NULL ? 0 : 1;
}

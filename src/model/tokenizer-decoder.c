/* Decoders: the bytes that a token stands for. */
#include <string.h>

#include "base/error.h"
#include "model/tokenizer-private.h"

/* Of one token: a decoder that makes more of it is a trap. */
#define MAX_BYTES (1 << 20)

static void
set_bytes (GByteArray *bytes, const void *data, gsize length)
{
  g_byte_array_set_size (bytes, 0);
  g_byte_array_append (bytes, data, (guint)length);
}

/* A token that is not all of the alphabet stands for itself. */
static void
decode_alphabet (GByteArray *bytes, const char *text)
{
  gsize length;
  g_autofree guint8 *decoded = scope_alphabet_bytes (text, &length);
  if (decoded != NULL)
    set_bytes (bytes, decoded, length);
}

static void
decode_blanks (const ScopeDecoder *self, GByteArray *bytes, const char *text, gboolean first)
{
  g_auto (GStrv) parts = g_strsplit (text, self->content, -1);
  g_autofree char *joined = g_strjoinv (self->first && first ? "" : " ", parts);
  set_bytes (bytes, joined, strlen (joined));
}

static gboolean
decode_replace (const ScopeDecoder *self, GByteArray *bytes, const char *text, GError **error)
{
  g_autoptr (GArray) stretches = g_array_new (FALSE, FALSE, sizeof (ScopeStretch));
  g_autoptr (GString) out = g_string_new (NULL);
  if (!scope_pattern_find (self->pattern, text, 0, strlen (text), stretches, error))
    return FALSE;
  for (guint i = 0; i < stretches->len; i++) {
    const ScopeStretch *stretch = &g_array_index (stretches, ScopeStretch, i);
    if (out->len > MAX_BYTES)
      break;
    if (stretch->matched)
      g_string_append (out, self->content);
    else
      g_string_append_len (out, text + stretch->begin, (gssize)(stretch->end - stretch->begin));
  }
  set_bytes (bytes, out->str, out->len);
  return TRUE;
}

/* "<0x0A>". TRUE if TEXT is of that kind. */
static gboolean
decode_byte (GByteArray *bytes, const char *text)
{
  if (strlen (text) != 6 || !g_str_has_prefix (text, "<0x") || text[5] != '>'
      || !g_ascii_isxdigit (text[3]) || !g_ascii_isxdigit (text[4]))
    return FALSE;
  guint8 byte = (guint8)(g_ascii_xdigit_value (text[3]) << 4 | g_ascii_xdigit_value (text[4]));
  set_bytes (bytes, &byte, 1);
  return TRUE;
}

void
scope_decoder_strip (const ScopeDecoder *strip, const char *text, gsize *begin, gsize *end)
{
  if (strip == NULL)
    return;
  gsize length = strlen (strip->content);
  for (guint64 i = 0; i < strip->start && *end - *begin >= length; i++) {
    if (memcmp (text + *begin, strip->content, length) != 0)
      break;
    *begin += length;
  }
  for (guint64 i = 0; i < strip->stop && *end - *begin >= length; i++) {
    if (memcmp (text + *end - length, strip->content, length) != 0)
      break;
    *end -= length;
  }
}

static void
decode_strip (const ScopeDecoder *self, GByteArray *bytes, const char *text)
{
  gsize begin = 0, end = strlen (text);
  scope_decoder_strip (self, text, &begin, &end);
  g_autofree char *kept = g_strndup (text + begin, end - begin);
  set_bytes (bytes, kept, end - begin);
}

/* Between two decoders a token is text; a byte is the end of it. */
GByteArray *
scope_decode_token (const GArray *decoders, const char *token, gboolean first, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  set_bytes (bytes, token, strlen (token));
  for (guint i = 0; i < decoders->len; i++) {
    const ScopeDecoder *self = &g_array_index (decoders, ScopeDecoder, i);
    g_autofree char *text
        = bytes->len > 0 ? g_strndup ((const char *)bytes->data, bytes->len) : g_strdup ("");
    if (self->kind == SCOPE_DECODER_BYTE_LEVEL)
      decode_alphabet (bytes, text);
    else if (self->kind == SCOPE_DECODER_METASPACE)
      decode_blanks (self, bytes, text, first);
    else if (self->kind == SCOPE_DECODER_STRIP)
      decode_strip (self, bytes, text);
    else if (self->kind == SCOPE_DECODER_REPLACE && !decode_replace (self, bytes, text, error))
      return NULL;
    else if (self->kind == SCOPE_DECODER_BYTE_FALLBACK && decode_byte (bytes, text))
      break;
    if (bytes->len > MAX_BYTES) {
      scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED,
                       "token \"%s\" stands for more than %d bytes", token, MAX_BYTES);
      return NULL;
    }
  }
  return g_steal_pointer (&bytes);
}

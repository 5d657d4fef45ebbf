#include "model/unicode.h"

#include <string.h>

gboolean
scope_unichar_is_space (gunichar c)
{
  if (c < 0x80)
    return c == ' ' || (c >= 0x09 && c <= 0x0d);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028
         || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean
scope_unichar_is_letter (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalpha ((char)c);
  switch (g_unichar_type (c)) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
    return TRUE;
  default:
    return FALSE;
  }
}

gboolean
scope_unichar_is_number (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isdigit ((char)c);
  switch (g_unichar_type (c)) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return TRUE;
  default:
    return FALSE;
  }
}

/* Alphabetic is the letters, the letter numbers, some marks (all are in \w anyhow) and the circled,
 * squared and parenthesised Latin letters. */
gboolean
scope_unichar_is_word (gunichar c)
{
  if (scope_unichar_is_letter (c) || c == 0x200c || c == 0x200d)
    return TRUE;
  switch (g_unichar_type (c)) {
  case G_UNICODE_SPACING_MARK:
  case G_UNICODE_ENCLOSING_MARK:
  case G_UNICODE_NON_SPACING_MARK:
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_CONNECT_PUNCTUATION:
    return TRUE;
  default:
    return (c >= 0x24b6 && c <= 0x24e9) || (c >= 0x1f130 && c <= 0x1f149)
           || (c >= 0x1f150 && c <= 0x1f169) || (c >= 0x1f170 && c <= 0x1f189);
  }
}

gboolean
scope_utf8_check (const char *text, gsize length, gsize *bad)
{
  gsize at = 0;
  while (at < length) {
    const char *stop;
    if (g_utf8_validate_len (text + at, length - at, &stop))
      return TRUE;
    at = (gsize)(stop - text);
    if (text[at] != '\0') {
      *bad = at;
      return FALSE;
    }
    at++;
  }
  return TRUE;
}

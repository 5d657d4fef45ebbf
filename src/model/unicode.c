#include "model/unicode.h"

#include <stdlib.h>

#include "model/unicode-tables.h"

/* An entry of a table is the first and the last of a range, and what belongs to it. */
static int
compare_range (const void *key, const void *entry)
{
  const gunichar *c = key, *range = entry;
  return *c < range[0] ? -1 : *c > range[1];
}

#define FIND(c, table)  bsearch (&(c), (table), G_N_ELEMENTS (table), sizeof *(table), compare_range)
#define IS_IN(c, table) (FIND (c, table) != NULL)

gunichar
scope_unichar_settle (gunichar c)
{
  if (c < settled[0].first)
    return c;
  const Mapping *mapping = FIND (c, settled);
  return mapping != NULL ? mapping->other : c;
}

gboolean
scope_unichar_is_space (gunichar c)
{
  if (c < 0x80)
    return c == ' ' || (c >= 0x09 && c <= 0x0d);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028
         || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

gboolean
scope_unichar_is_number (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isdigit ((char)c);
  switch (g_unichar_type (scope_unichar_settle (c))) {
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_OTHER_NUMBER:
    return TRUE;
  default:
    return IS_IN (c, later_numbers);
  }
}

/* Alphabetic is the letters, the letter numbers, some marks (all are in \w anyhow) and the circled,
 * squared and parenthesised Latin letters. */
gboolean
scope_unichar_is_word (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalnum ((char)c) || c == '_';
  switch (g_unichar_type (scope_unichar_settle (c))) {
  case G_UNICODE_LOWERCASE_LETTER:
  case G_UNICODE_MODIFIER_LETTER:
  case G_UNICODE_OTHER_LETTER:
  case G_UNICODE_TITLECASE_LETTER:
  case G_UNICODE_UPPERCASE_LETTER:
  case G_UNICODE_SPACING_MARK:
  case G_UNICODE_ENCLOSING_MARK:
  case G_UNICODE_NON_SPACING_MARK:
  case G_UNICODE_DECIMAL_NUMBER:
  case G_UNICODE_LETTER_NUMBER:
  case G_UNICODE_CONNECT_PUNCTUATION:
    return TRUE;
  default:
    return c == 0x200c || c == 0x200d || (c >= 0x24b6 && c <= 0x24e9)
           || (c >= 0x1f130 && c <= 0x1f149) || (c >= 0x1f150 && c <= 0x1f169)
           || (c >= 0x1f170 && c <= 0x1f189);
  }
}

gboolean
scope_unichar_is_punctuation (gunichar c)
{
  if (c < 0x80)
    return g_ascii_ispunct ((char)c);
  switch (g_unichar_type (c)) {
  case G_UNICODE_CONNECT_PUNCTUATION:
  case G_UNICODE_DASH_PUNCTUATION:
  case G_UNICODE_CLOSE_PUNCTUATION:
  case G_UNICODE_FINAL_PUNCTUATION:
  case G_UNICODE_INITIAL_PUNCTUATION:
  case G_UNICODE_OTHER_PUNCTUATION:
  case G_UNICODE_OPEN_PUNCTUATION:
    return scope_unichar_settle (c) == c && !IS_IN (c, later_punctuation);
  default:
    return IS_IN (c, former_punctuation);
  }
}

gboolean
scope_unichar_is_mark (gunichar c)
{
  if (c < 0x300)
    return FALSE;
  return (g_unichar_ismark (c) && !IS_IN (c, later_marks)) || IS_IN (c, former_marks);
}

gboolean
scope_unichar_stands_alone (gunichar c)
{
  return IS_IN (c, later_marks) || IS_IN (c, later_forms);
}

guint
scope_unichar_lower (gunichar c, gunichar out[2])
{
  const Mapping *mapping = NULL;
  if (c == 0x130) {
    out[0] = 'i';
    out[1] = 0x307;
    return 2;
  }
  if (c >= later_lower[0].first)
    mapping = FIND (c, later_lower);
  out[0] = mapping != NULL ? mapping->other + (c - mapping->first) : g_unichar_tolower (c);
  return 1;
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

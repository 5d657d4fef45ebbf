#include "model/unicode.h"

#include <string.h>

/* Unicode 15.1 and 16.0, which tokenizers know already and GLib does not everywhere. */
typedef struct {
  gunichar first, last;
} Range;

static const Range later_letters[] = {
  { 0x1c89, 0x1c8a },   { 0xa7cb, 0xa7cd },   { 0xa7da, 0xa7dc },   { 0x105c0, 0x105f3 },
  { 0x10d4a, 0x10d65 }, { 0x10d6f, 0x10d85 }, { 0x10ec2, 0x10ec4 }, { 0x11380, 0x11389 },
  { 0x1138b, 0x1138b }, { 0x1138e, 0x1138e }, { 0x11390, 0x113b5 }, { 0x113b7, 0x113b7 },
  { 0x113d1, 0x113d1 }, { 0x113d3, 0x113d3 }, { 0x11bc0, 0x11be0 }, { 0x13460, 0x143fa },
  { 0x16100, 0x1611d }, { 0x16d40, 0x16d6c }, { 0x18cff, 0x18cff }, { 0x1e5d0, 0x1e5ed },
  { 0x1e5f0, 0x1e5f0 }, { 0x2ebf0, 0x2ee5d },
};

static const Range later_numbers[] = {
  { 0x10d40, 0x10d49 }, { 0x116d0, 0x116e3 }, { 0x11bf0, 0x11bf9 }, { 0x16130, 0x16139 },
  { 0x16d70, 0x16d79 }, { 0x1ccf0, 0x1ccf9 }, { 0x1e5f1, 0x1e5fa },
};

static gboolean
is_in (gunichar c, const Range *ranges, gsize count)
{
  for (gsize i = 0; i < count; i++)
    if (c <= ranges[i].last)
      return c >= ranges[i].first;
  return FALSE;
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
  case G_UNICODE_UNASSIGNED:
    return is_in (c, later_letters, G_N_ELEMENTS (later_letters));
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
  case G_UNICODE_UNASSIGNED:
    return is_in (c, later_numbers, G_N_ELEMENTS (later_numbers));
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

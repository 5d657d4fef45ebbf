#include "export/number.h"

#include <string.h>

#define NARROW_SPACE "\u202f"

void
scope_group_thousands (GString *text, gsize begin)
{
  const char *point = strchr (text->str + begin, '.');
  gsize end = point != NULL ? (gsize)(point - text->str) : text->len;
  for (gsize k = end; k > begin + 3; k -= 3)
    g_string_insert (text, (gssize)k - 3, NARROW_SPACE);
}

char *
scope_ungroup_thousands (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, NARROW_SPACE, -1);
  return g_strjoinv (NULL, parts);
}

void
scope_append_superscript (GString *text, int value)
{
  static const char *const digits[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
  char plain[16];
  g_snprintf (plain, sizeof plain, "%d", value);
  for (const char *p = plain; *p != '\0'; p++)
    g_string_append (text, *p == '-' ? "⁻" : digits[*p - '0']);
}

#include "export/number.h"

#include <string.h>

void
scope_group_thousands (GString *text, gsize begin)
{
  const char *point = strchr (text->str + begin, '.');
  gsize end = point != NULL ? (gsize)(point - text->str) : text->len;
  for (gsize k = end; k > begin + 3; k -= 3)
    g_string_insert (text, (gssize)k - 3, "\u202f");
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

#include "export/number.h"

#include <math.h>
#include <string.h>

#define NARROW_SPACE "\u202f"
#define UNGROUPED    4 /* digits that are read at a glance, where a narrow space is lost */

void
scope_group_thousands (GString *text, gsize begin)
{
  const char *point = strchr (text->str + begin, '.');
  gsize end = point != NULL ? (gsize)(point - text->str) : text->len;
  if (end < begin + UNGROUPED + 1)
    return;
  for (gsize k = end; k > begin + 3; k -= 3)
    g_string_insert (text, (gssize)k - 3, NARROW_SPACE);
}

char *
scope_ungroup_thousands (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, NARROW_SPACE, -1);
  return g_strjoinv (NULL, parts);
}

char *
scope_write_significant (double value, int digits)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE], format[16];
  double size = fabs (value);
  int whole = size >= 1  ? (int)floor (log10 (size) + 1e-12) + 1
              : size > 0 ? (int)ceil (log10 (size) + 1e-12)
                         : 1;
  g_snprintf (format, sizeof format, "%%.%df", CLAMP (digits - whole, 0, 15));
  GString *out = g_string_new (g_ascii_formatd (number, sizeof number, format, size));
  scope_group_thousands (out, 0);
  if (value < 0)
    g_string_prepend (out, "−");
  return g_string_free (out, FALSE);
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

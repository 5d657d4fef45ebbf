#include "export/number.h"

#include <math.h>
#include <stdlib.h>
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

char *
scope_show_number (const char *text)
{
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);
  const char *e = strpbrk (text, "eE");
  if (end == text || *end != '\0' || !isfinite (value))
    return g_strdup (text);
  GString *out = g_string_new (text[0] == '-' ? "−" : NULL);
  const char *begin = text + (text[0] == '-' || text[0] == '+');
  g_string_append_len (out, begin, e != NULL ? e - begin : (gssize)strlen (begin));
  if (e == NULL)
    return g_string_free (out, FALSE);
  gboolean one = e == begin + 1 && *begin == '1';
  if (one)
    g_string_truncate (out, out->len - 1);
  g_string_append (out, one ? "10" : "×10");
  scope_append_superscript (out, atoi (e + 1));
  return g_string_free (out, FALSE);
}

/* What a character of a shown number stands for. */
static const char *
plain_of (gunichar c)
{
  static const struct {
    gunichar shown;
    const char *plain;
  } table[] = { { 0x2212, "-" }, { 0x207b, "-" }, { 0x202f, "" },  { 0x2070, "0" }, { 0xb9, "1" },
                { 0xb2, "2" },   { 0xb3, "3" },   { 0x2074, "4" }, { 0x2075, "5" }, { 0x2076, "6" },
                { 0x2077, "7" }, { 0x2078, "8" }, { 0x2079, "9" } };
  for (gsize k = 0; k < G_N_ELEMENTS (table); k++)
    if (table[k].shown == c)
      return table[k].plain;
  return NULL;
}

static gboolean
is_raised (gunichar c)
{
  return c == 0x207b || c == 0x2070 || c == 0xb9 || c == 0xb2 || c == 0xb3
         || (c >= 0x2074 && c <= 0x2079);
}

/* "10" right before what is raised is the base: with a factor before it an "e", else "1e". */
char *
scope_read_number (const char *text)
{
  GString *out = g_string_new (NULL);
  gboolean raised = FALSE;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    const char *plain = plain_of (c);
    if (is_raised (c) && !raised && g_str_has_suffix (out->str, "10")) {
      g_string_truncate (out, out->len - 2);
      gboolean factor = g_str_has_suffix (out->str, "×");
      if (factor)
        g_string_truncate (out, out->len - strlen ("×"));
      g_string_append (out, factor ? "e" : "1e");
      raised = TRUE;
    }
    if (plain != NULL)
      g_string_append (out, plain);
    else
      g_string_append_unichar (out, c);
  }
  return g_string_free (out, FALSE);
}

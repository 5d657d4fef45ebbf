#include "ui/decay-words.h"

#include <math.h>

#include "ui/format.h"

/* ln of the least number that scope_format_value() can be given. */
#define LEAST_LN -690.0

static void
append_superscript (GString *out, int value)
{
  static const char *const digit[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
  g_autofree char *plain = g_strdup_printf ("%d", value);
  for (const char *p = plain; *p != '\0'; p++)
    g_string_append (out, *p == '-' ? "⁻" : digit[*p - '0']);
}

char *
scope_decay_words (double ln)
{
  if (!isfinite (ln) || ln >= LEAST_LN)
    return scope_format_value (isinf (ln) ? 0 : exp (ln));
  double power = floor (ln / G_LN10);
  g_autofree char *digits = scope_format_value (pow (10, ln / G_LN10 - power));
  GString *out = g_string_new (digits);
  g_string_append (out, "×10");
  append_superscript (out, (int)power);
  return g_string_free (out, FALSE);
}

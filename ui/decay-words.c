#include "ui/decay-words.h"

#include <math.h>

#include "export/number.h"

/* Below this a decay is written as a power of ten. */
#define LEAST_PLAIN 1e-3

char *
scope_decay_words (double ln)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (isnan (ln))
    return g_strdup ("–");
  if (isinf (ln))
    return g_strdup (ln < 0 ? "0" : "∞");
  if (ln >= log (LEAST_PLAIN))
    return g_strdup (g_ascii_formatd (digits, sizeof digits, "%.3g", exp (ln)));
  double power = floor (ln / G_LN10 + 1e-9), mantissa = pow (10, ln / G_LN10 - power);
  g_ascii_formatd (digits, sizeof digits, "%.2g", mantissa);
  if (g_str_equal (digits, "10")) { /* 9.96 */
    power++;
    g_strlcpy (digits, "1", sizeof digits);
  }
  GString *out = g_string_new (NULL);
  if (!g_str_equal (digits, "1"))
    g_string_append_printf (out, "%s×", digits);
  g_string_append (out, "10");
  scope_append_superscript (out, (int)power);
  return g_string_free (out, FALSE);
}

/* Numbers and words as the screen shows them. */
#include <math.h>
#include <string.h>

#include "ui/format.h"

static void
check (char *text, const char *expected)
{
  g_assert_cmpstr (text, ==, expected);
  g_free (text);
}

static void
test_numbers (void)
{
  check (scope_format_count (0), "0");
  check (scope_format_count (999), "999");
  check (scope_format_count (4096), "4096");
  check (scope_format_count (16384), "16\u202f384");
  check (scope_format_count (1234567), "1\u202f234\u202f567");
  check (scope_format_bytes (999), "999\u00a0bytes");
  check (scope_format_bytes (39949999), "39.9\u00a0MB");
  check (scope_format_bytes (999950000), "1.0\u00a0GB"); /* never "1000.0 MB" */
  check (scope_format_value (0), "0");
  check (scope_format_value (0.03117), "0.03117");
  check (scope_format_value (-3.2171), "−3.217");
  check (scope_format_value (1.2344e-5), "1.234×10⁻⁵");
  check (scope_format_value (-2.5e12), "−2.500×10¹²");
  check (scope_format_value (NAN), "–");
  check (scope_format_value (-INFINITY), "−∞");
  check (scope_format_value (-0.0), "0");
  check (scope_format_brief (-3.2171), "−3.22");
  check (scope_format_value (1234.5), "1234");
  check (scope_format_value (-12345.6), "−12\u202f346"); /* not 1.235e+04 */
  check (scope_format_brief (20475.8), "20\u202f476");
  check (scope_format_brief (1.2344e-5), "1.23×10⁻⁵");
  check (scope_format_proof (3.14e-7), "3×10⁻⁷");
  check (scope_format_percent (0), "0 %");
  check (scope_format_percent (0.004), "< 1 %");
  check (scope_format_percent (0.31), "31 %");
  check (scope_format_percent (0.999), "> 99 %");
  check (scope_format_percent (1), "100 %");
  check (scope_format_percent (123.4549), "12\u202f345 %");
  check (scope_format_percent (2.5e12), "2.500×10¹⁴ %");
  check (scope_format_tokens (1), "1 token");
  check (scope_format_tokens (0), "0 tokens");
  check (scope_format_perplexity (66.74), "66.7");
  check (scope_format_perplexity (25831.4), "25\u202f831");
}

static ScopeTokens *
tokens_of (const char *const *pieces, gsize count)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gint32 *ids = g_new0 (gint32, count);
  g_autofree ScopeSpan *spans = g_new (ScopeSpan, count);
  for (gsize k = 0; k < count; k++) {
    spans[k].begin = text->len;
    g_string_append (text, pieces[k]);
    spans[k].end = text->len;
  }
  return scope_tokens_new (text->str, text->len, ids, spans, count);
}

static void
test_words (void)
{
  const char *const pieces[] = { "The", " <b>", "\n", " caf", "é", " &" };
  g_autoptr (ScopeTokens) tokens = tokens_of (pieces, G_N_ELEMENTS (pieces));
  check (scope_format_token (tokens, 0), "“The”");
  check (scope_format_token (tokens, 6), "");
  check (scope_format_token (NULL, 0), "");
  g_assert_cmpstr (scope_format_piece (" a"), ==, " a");
  g_assert_cmpstr (scope_format_piece ("  "), ==, "␣");
  g_autofree char *context = scope_format_context (tokens, 4);
  g_assert_nonnull (strstr (context, "&lt;b&gt;"));
  g_assert_nonnull (strstr (context, "<b><u>é</u></b>"));
  g_assert_true (g_str_has_suffix (context, " &amp;"));
  /* Blanks of any kind become one, and a cut is marked. */
  check (scope_format_text_end (tokens, 9), "…café &");
  check (scope_format_text_end (tokens, 100), "The <b> café &");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/format/numbers", test_numbers);
  g_test_add_func ("/ui/format/words", test_words);
  return g_test_run ();
}

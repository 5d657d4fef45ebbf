#include <string.h>

#include "test-support.h"

static void
test_tokens (void)
{
  const char text[] = "a\0b\xe2\x82\xac\n\tz";
  const gint32 ids[] = { 5, 6, 7, 8, 9, 10, 11 };
  const ScopeSpan spans[]
      = { { 0, 3 }, { 3, 4 }, { 4, 6 }, { 6, 7 }, { 7, 8 }, { 8, 9 }, { 9, 9 } };
  const char *const shown[] = { "a\342\220\200b", "<0xE2>", "<0x82><0xAC>", "⏎", "⇥", "z", "#11" };
  g_autoptr (ScopeTokens) tokens
      = scope_tokens_new (text, sizeof text - 1, ids, spans, G_N_ELEMENTS (ids));
  g_assert_cmpuint (scope_tokens_count (tokens), ==, G_N_ELEMENTS (ids));
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++) {
    g_autofree char *display = scope_tokens_display (tokens, i);
    g_assert_cmpstr (display, ==, shown[i]);
    g_assert_cmpint (scope_tokens_ids (tokens)[i], ==, ids[i]);
  }
  g_autoptr (ScopeTokens) slice = scope_tokens_slice (tokens, 2, 5);
  gsize length;
  const char *part = scope_tokens_text (slice, &length);
  g_assert_cmpmem (part, length, "\x82\xac\n\t", 4);
  g_assert_cmpuint (scope_tokens_span (slice, 1).begin, ==, 2);
  g_assert_cmpuint (scope_tokens_span (slice, 1).end, ==, 3);
  g_assert_cmpint (scope_tokens_ids (slice)[2], ==, 9);
  const char *const names[] = { "a", NULL, NULL, NULL, NULL, NULL, "<s>\n" };
  g_autoptr (ScopeTokens) named
      = scope_tokens_new_with_names (text, sizeof text - 1, ids, spans, names, G_N_ELEMENTS (ids));
  g_autoptr (ScopeTokens) last = scope_tokens_slice (named, 5, 7);
  g_autofree char *first_name = scope_tokens_display (named, 0);
  g_autofree char *last_name = scope_tokens_display (last, 1);
  g_assert_cmpstr (first_name, ==, shown[0]);
  g_assert_cmpstr (last_name, ==, "<s>⏎");
  g_autoptr (ScopeTokens) none = scope_tokens_slice (tokens, 3, 3);
  g_assert_cmpuint (scope_tokens_count (none), ==, 0);
}

static void
test_display (void)
{
  const struct {
    const char *text, *shown;
  } cases[] = {
    { " word", " word" },
    { "\x1b", "␛" },
    { "\x7f", "␡" },
    { "\xc2\x85", "<U+0085>" },
    { "\xe2\x80\xa8", "⏎" },
    { "日本", "日本" },
    { "\xed\xa0\x80", "<0xED><0xA0><0x80>" },
    { "x\xf0\x9f\x9a", "x<0xF0><0x9F><0x9A>" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    const gint32 id = 0;
    const ScopeSpan span = { 0, strlen (cases[i].text) };
    g_autoptr (ScopeTokens) tokens = scope_tokens_new (cases[i].text, span.end, &id, &span, 1);
    g_autofree char *shown = scope_tokens_display (tokens, 0);
    g_assert_cmpstr (shown, ==, cases[i].shown);
    g_assert_true (g_utf8_validate (shown, -1, NULL));
  }
}

/* SHA-256 of the bytes 01 00 00 00 02 01 00 00, from sha256sum. */
static void
test_hash (void)
{
  const gint32 ids[] = { 1, 258 };
  const ScopeSpan spans[] = { { 0, 0 }, { 0, 0 } };
  g_autoptr (ScopeTokens) tokens = scope_tokens_new (NULL, 0, ids, spans, 2);
  g_autofree char *hash = scope_tokens_hash (tokens);
  g_assert_cmpstr (hash, ==, "fb8bbe2ad3ab5292f19bc5d75bbab9b5fbddc5a78ce47ab41b2d3d59bca08596");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokens/tokens", test_tokens);
  g_test_add_func ("/tokens/display", test_display);
  g_test_add_func ("/tokens/hash", test_hash);
  return g_test_run ();
}

/* Tokenizers of every kind against what Hugging Face's tokenizers made of the same texts
 * (tests/reference/tokenizer-vectors.json), and their promises on any bytes. */
#include <string.h>

#include "test-support.h"
#include "tokenizer-fixture.h"

static void
assert_ids (const ScopeTokens *tokens, const char *text, JsonArray *expected, const char *what)
{
  gboolean same = scope_tokens_count (tokens) == json_array_get_length (expected);
  for (guint i = 0; same && i < json_array_get_length (expected); i++)
    same = scope_tokens_ids (tokens)[i] == json_array_get_int_element (expected, i);
  if (!same)
    g_error ("%s: other ids than expected for \"%s\"", what, text);
}

/* Tokenizers counts characters, and a token that cuts one has all of it. What it puts into a text
 * has the place of the character that follows; ours has none. */
static void
assert_spans (const ScopeTokens *tokens, const char *text, JsonArray *expected, const char *what)
{
  for (guint i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    const char *begin = text + span.begin, *end = text + span.end;
    if (begin == end)
      continue;
    while ((*begin & 0xc0) == 0x80)
      begin--;
    while ((*end & 0xc0) == 0x80)
      end++;
    if (g_utf8_pointer_to_offset (text, begin) != json_array_get_int_element (expected, 2 * i)
        || g_utf8_pointer_to_offset (text, end) != json_array_get_int_element (expected, 2 * i + 1))
      g_error ("%s: token %u of \"%s\" has another span than expected", what, i, text);
  }
}

static void
test_samples (void)
{
  const char *const models[] = { "novel-mamba-6m", "rescue-mamba2-5m" };
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  JsonArray *vectors = json_object_get_array_member (json_node_get_object (root), "vectors");
  g_assert_cmpuint (json_array_get_length (vectors), >, 250);
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++) {
    g_autoptr (ScopeTokenizer) tokenizer = fixture_open_sample (models[m]);
    for (guint i = 0; i < json_array_get_length (vectors); i++) {
      g_autoptr (GError) error = NULL;
      JsonObject *vector = json_array_get_object_element (vectors, i);
      const char *text = json_object_get_string_member (vector, "text");
      JsonObject *ids = json_object_get_object_member (vector, "ids");
      g_autoptr (ScopeTokens) tokens
          = scope_tokenizer_encode (tokenizer, text, strlen (text), &error);
      g_assert_no_error (error);
      assert_ids (tokens, text, json_object_get_array_member (ids, models[m]), models[m]);
    }
  }
}

static void
assert_back (const ScopeTokenizer *tokenizer, const ScopeTokens *tokens, const char *expected)
{
  gsize length;
  g_autoptr (ScopeTokens) whole = scope_tokenizer_whole_text (tokenizer, scope_tokens_ids (tokens),
                                                              scope_tokens_count (tokens));
  const char *text = scope_tokens_text (whole, &length);
  g_assert_cmpstr (text, ==, expected);
  fixture_check_tokens (tokenizer, whole);
}

static void
check_kind (JsonObject *vectors, JsonObject *kind)
{
  g_autoptr (GError) error = NULL;
  const char *name = json_object_get_string_member (kind, "name");
  JsonArray *texts = json_object_get_array_member (vectors, "texts");
  JsonArray *ids = json_object_get_array_member (kind, "ids");
  gboolean with_spans = json_object_has_member (kind, "spans");
  g_autofree char *json = fixture_kind (vectors, kind);
  g_autoptr (ScopeTokenizer) tokenizer = scope_tokenizer_parse (json, strlen (json), name, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < json_array_get_length (texts); i++) {
    const char *text = json_array_get_string_element (texts, i);
    g_autoptr (ScopeTokens) tokens
        = scope_tokenizer_encode (tokenizer, text, strlen (text), &error);
    g_assert_no_error (error);
    assert_ids (tokens, text, json_array_get_array_element (ids, i), name);
    fixture_check_tokens (tokenizer, tokens);
    if (with_spans) {
      JsonArray *spans = json_object_get_array_member (kind, "spans");
      assert_spans (tokens, text, json_array_get_array_element (spans, i), name);
    }
    if (json_object_has_member (kind, "back")) {
      JsonArray *back = json_object_get_array_member (kind, "back");
      assert_back (tokenizer, tokens, json_array_get_string_element (back, i));
    }
  }
}

static void
test_kinds (void)
{
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  JsonObject *vectors = json_node_get_object (root);
  JsonArray *kinds = json_object_get_array_member (vectors, "kinds");
  g_assert_cmpuint (json_array_get_length (kinds), >, 70);
  for (guint i = 0; i < json_array_get_length (kinds); i++)
    check_kind (vectors, json_array_get_object_element (kinds, i));
}

/* Characters of all lengths with whatever breaks UTF-8 between them. */
static GString *
random_bytes (GRand *random)
{
  GString *text = g_string_new (NULL);
  int length = g_rand_int_range (random, 0, 40);
  for (int i = 0; i < length; i++) {
    gunichar c = (gunichar)g_rand_int_range (random, 0, i % 3 == 0 ? 0x110000 : 0x400);
    if (g_rand_int_range (random, 0, 4) == 0)
      g_string_append_c (text, (char)g_rand_int_range (random, 0, 256));
    else if (c < 0xd800 || c >= 0xe000)
      g_string_append_unichar (text, c);
  }
  return text;
}

static void
test_any_bytes (void)
{
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  JsonObject *vectors = json_node_get_object (root);
  JsonArray *kinds = json_object_get_array_member (vectors, "kinds");
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (12));
  for (guint i = 0; i < json_array_get_length (kinds); i++) {
    JsonObject *kind = json_array_get_object_element (kinds, i);
    g_autofree char *json = fixture_kind (vectors, kind);
    g_autoptr (ScopeTokenizer) tokenizer = scope_tokenizer_parse (json, strlen (json), "t", NULL);
    for (int round = 0; round < 20; round++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = random_bytes (random);
      g_autoptr (ScopeTokens) tokens
          = scope_tokenizer_encode (tokenizer, text->str, text->len, &error);
      g_assert_no_error (error);
      fixture_check_tokens (tokenizer, tokens);
    }
  }
}

/* What is encoded comes back, whatever it is, where nothing is normalised or put in; and without
 * the blank that is put before it, where the decoder takes it off. */
static void
test_round_trip (void)
{
  const char *const names[] = { "novel", "falcon-mamba", "newer words",        "no words",
                                "llama", "mistral",      "metaspace and bytes" };
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (13));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (ScopeTokenizer) tokenizer
        = fixture_open_kind (json_node_get_object (root), names[i]);
    for (int round = 0; round < 200; round++) {
      g_autoptr (GString) text = random_bytes (random);
      if (i >= 5 && *text->str == ' ')
        continue;
      g_autoptr (ScopeTokens) part
          = scope_tokenizer_encode_part (tokenizer, text->str, text->len, NULL);
      gsize length;
      g_autoptr (ScopeTokens) whole = scope_tokenizer_whole_text (
          tokenizer, scope_tokens_ids (part), scope_tokens_count (part));
      const char *back = scope_tokens_text (whole, &length);
      g_assert_cmpmem (back, length, text->str, text->len);
      for (gsize j = 0, at = 0; j < scope_tokens_count (whole); j++) {
        g_assert_cmpuint (scope_tokens_span (whole, j).begin, ==, at);
        at = scope_tokens_span (whole, j).end;
      }
    }
  }
}

/* Up to any character of the text that a token ends with, the tokens are the normal form of the
 * text so far. GLib's own normalisation of the whole is what it is compared with. */
static void
check_form (const ScopeTokenizer *tokenizer, GNormalizeMode form)
{
  const char text[] = "Caf\xc3\xa9 cafe\xcc\x81 \xef\xac\x81n \xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8 "
                      "\xef\xbd\xb6\xef\xbe\x9e \xc2\xbd \xe2\x84\xab x\xcc\xa3y \xed\x95\x9c.";
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, sizeof text - 1, NULL);
  gsize at = 0, compared = 0;
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    gsize length;
    g_autofree char *so_far
        = scope_tokenizer_decode (tokenizer, scope_tokens_ids (tokens), i + 1, &length);
    g_assert_cmpuint (span.begin, ==, at);
    at = span.end;
    ScopeSpan next = scope_tokens_span (tokens, MIN (i + 1, scope_tokens_count (tokens) - 1));
    /* A character of which more tokens than bytes were made is not at its end yet. */
    if (!g_utf8_validate (text, (gssize)at, NULL) || !g_utf8_validate (so_far, -1, NULL)
        || next.begin == next.end)
      continue;
    g_autofree char *expected = g_utf8_normalize (text, (gssize)at, form);
    g_assert_cmpstr (so_far, ==, expected);
    compared++;
  }
  g_assert_cmpuint (at, ==, sizeof text - 1);
  g_assert_cmpuint (compared, >, 20);
}

static void
test_forms (void)
{
  static const char *const names[] = { "NFC", "NFD", "NFKC", "NFKD" };
  static const GNormalizeMode forms[] = { G_NORMALIZE_DEFAULT_COMPOSE, G_NORMALIZE_DEFAULT,
                                          G_NORMALIZE_ALL_COMPOSE, G_NORMALIZE_ALL };
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (ScopeTokenizer) tokenizer
        = fixture_open_kind (json_node_get_object (root), names[i]);
    check_form (tokenizer, forms[i]);
  }
}

/* Spans of "llama" by hand: BOS and the blank before the text are nothing of it, the blanks are the
 * text's own, a character that falls back to bytes is cut between them. */
static void
test_llama_spans (void)
{
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  g_autoptr (ScopeTokenizer) tokenizer
      = fixture_open_kind (json_node_get_object (root), "metaspace always");
  const char text[] = "a  \xe2\x82\xac\xff";
  /* <s>, ▁a, ▁, ▁, E2, 82, AC, FF */
  const ScopeSpan expected[]
      = { { 0, 0 }, { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 5 }, { 5, 6 }, { 6, 7 } };
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, sizeof text - 1, NULL);
  g_assert_cmpuint (scope_tokens_count (tokens), ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_assert_cmpuint (scope_tokens_span (tokens, i).begin, ==, expected[i].begin);
    g_assert_cmpuint (scope_tokens_span (tokens, i).end, ==, expected[i].end);
  }
  g_assert_cmpint (scope_tokens_ids (tokens)[0], ==, 1);
  g_autofree char *shown = scope_tokens_display (tokens, 0);
  g_assert_cmpstr (shown, ==, "<s>");
  g_assert_cmpint (scope_tokens_ids (tokens)[7], ==, 3 + 0xff);
  g_autoptr (ScopeTokens) part
      = scope_tokenizer_encode_part (tokenizer, text, sizeof text - 1, NULL);
  g_assert_cmpuint (scope_tokens_count (part), ==, G_N_ELEMENTS (expected) - 1);
  g_autoptr (ScopeTokens) none = scope_tokenizer_encode (tokenizer, "", 0, NULL);
  g_assert_cmpuint (scope_tokens_count (none), ==, 1);
  g_autofree char *inside
      = scope_tokenizer_decode (tokenizer, scope_tokens_ids (tokens) + 1, 1, NULL);
  g_assert_cmpstr (inside, ==, " a");
}

/* Texts that a way without care would take the square of their length for: one word of many, a heap
 * of accents, a stretch of blanks. */
static void
test_long_texts (void)
{
  const char *const names[] = { "llama", "novel", "NFKC", "newer words", "unknown fused" };
  const char *const parts[] = { "theandingof", "\xcc\xa3\xcc\x81", " ", "\xe2\x82\xac" };
  g_autoptr (JsonNode) root = fixture_load_vectors ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (ScopeTokenizer) tokenizer
        = fixture_open_kind (json_node_get_object (root), names[i]);
    for (gsize j = 0; j < G_N_ELEMENTS (parts); j++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("x");
      /* GLib alone would sort a megabyte of accents for minutes. */
      while (text->len < (j == 1 ? 1000000 : 200000))
        g_string_append (text, parts[j]);
      g_autoptr (ScopeTokens) tokens
          = scope_tokenizer_encode (tokenizer, text->str, text->len, &error);
      g_assert_no_error (error);
      fixture_check_tokens (tokenizer, tokens);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer-kinds/samples", test_samples);
  g_test_add_func ("/tokenizer-kinds/kinds", test_kinds);
  g_test_add_func ("/tokenizer-kinds/any-bytes", test_any_bytes);
  g_test_add_func ("/tokenizer-kinds/round-trip", test_round_trip);
  g_test_add_func ("/tokenizer-kinds/forms", test_forms);
  g_test_add_func ("/tokenizer-kinds/llama-spans", test_llama_spans);
  g_test_add_func ("/tokenizer-kinds/long-texts", test_long_texts);
  return g_test_run ();
}

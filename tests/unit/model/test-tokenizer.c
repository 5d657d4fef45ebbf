/* The tokenizer against what Hugging Face's tokenizers made of the texts of
 * tests/reference/tokenizer-vectors.json, and against its own promises. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "test-support.h"

static JsonNode *
load_json (const char *path)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree char *text = scope_file_read (path, 1 << 24, &length, &error);
  g_assert_no_error (error);
  JsonNode *node = scope_json_parse (text, length, path, &error);
  g_assert_no_error (error);
  return node;
}

static JsonNode *
load_vectors (void)
{
  return load_json (SCOPE_SOURCE_ROOT "/tests/reference/tokenizer-vectors.json");
}

static char *
sample_path (const char *model)
{
  return g_build_filename (scope_test_samples (), "models", model, "tokenizer.json", NULL);
}

static ScopeTokenizer *
open_sample (const char *model)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = sample_path (model);
  ScopeTokenizer *tokenizer = scope_tokenizer_open (path, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static void
assert_ids (const ScopeTokenizer *tokenizer, const char *text, JsonArray *expected,
            const char *what)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, strlen (text), &error);
  g_assert_no_error (error);
  gboolean same = scope_tokens_count (tokens) == json_array_get_length (expected);
  for (guint i = 0; same && i < json_array_get_length (expected); i++)
    same = scope_tokens_ids (tokens)[i] == json_array_get_int_element (expected, i);
  if (!same)
    g_error ("%s: other ids than expected for \"%s\"", what, text);
}

/* Without normalisation nothing is lost: spans tile the text, each is what its id stands for, and
 * the ids decode to the text. */
static void
assert_tiles (const ScopeTokenizer *tokenizer, const char *text, gsize length)
{
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, length, NULL);
  gsize at = 0, decoded_length;
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    gsize bytes;
    g_autofree char *token
        = scope_tokenizer_decode (tokenizer, scope_tokens_ids (tokens) + i, 1, &bytes);
    g_assert_cmpuint (span.begin, ==, at);
    g_assert_cmpmem (token, bytes, text + span.begin, span.end - span.begin);
    at = span.end;
  }
  g_assert_cmpuint (at, ==, length);
  g_autofree char *decoded = scope_tokenizer_decode (tokenizer, scope_tokens_ids (tokens),
                                                     scope_tokens_count (tokens), &decoded_length);
  g_assert_cmpmem (decoded, decoded_length, text, length);
}

static void
test_vectors (void)
{
  const char *const models[] = { "novel-mamba-6m", "rescue-mamba2-5m" };
  g_autoptr (JsonNode) root = load_vectors ();
  JsonArray *vectors = json_object_get_array_member (json_node_get_object (root), "vectors");
  g_assert_cmpuint (json_array_get_length (vectors), >, 250);
  for (gsize m = 0; m < G_N_ELEMENTS (models); m++) {
    g_autoptr (ScopeTokenizer) tokenizer = open_sample (models[m]);
    for (guint i = 0; i < json_array_get_length (vectors); i++) {
      JsonObject *vector = json_array_get_object_element (vectors, i);
      const char *text = json_object_get_string_member (vector, "text");
      JsonObject *ids = json_object_get_object_member (vector, "ids");
      assert_ids (tokenizer, text, json_object_get_array_member (ids, models[m]), models[m]);
      assert_tiles (tokenizer, text, strlen (text));
    }
  }
}

static char *
change_tokenizer (JsonObject *change)
{
  g_autofree char *path = sample_path ("novel-mamba-6m");
  g_autoptr (JsonNode) root = load_json (path);
  g_autoptr (GList) names = json_object_get_members (change);
  for (GList *at = names; at != NULL; at = at->next)
    json_object_set_member (json_node_get_object (root), at->data,
                            json_node_copy (json_object_get_member (change, at->data)));
  return json_to_string (root, FALSE);
}

static void
test_variants (void)
{
  g_autoptr (JsonNode) root = load_vectors ();
  JsonArray *variants = json_object_get_array_member (json_node_get_object (root), "variants");
  JsonArray *texts = json_object_get_array_member (json_node_get_object (root), "texts");
  for (guint i = 0; i < json_array_get_length (variants); i++) {
    g_autoptr (GError) error = NULL;
    JsonObject *variant = json_array_get_object_element (variants, i);
    JsonNode *change = json_object_get_member (variant, "change");
    g_autofree char *what = json_to_string (change, FALSE);
    g_autofree char *json = change_tokenizer (json_node_get_object (change));
    g_autoptr (ScopeTokenizer) tokenizer
        = scope_tokenizer_parse (json, strlen (json), what, &error);
    g_assert_no_error (error);
    JsonArray *ids = json_object_get_array_member (variant, "ids");
    for (guint j = 0; j < json_array_get_length (texts); j++)
      assert_ids (tokenizer, json_array_get_string_element (texts, j),
                  json_array_get_array_element (ids, j), what);
  }
}

static void
test_any_bytes (void)
{
  g_autoptr (ScopeTokenizer) tokenizer = open_sample ("novel-mamba-6m");
  assert_tiles (tokenizer, "a\0b\0\0 c\0", 8);
  assert_tiles (tokenizer, "", 0);
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (11));
  for (int round = 0; round < 200; round++) {
    g_autoptr (GString) text = g_string_new (NULL);
    int length = g_rand_int_range (random, 0, 60);
    for (int i = 0; i < length; i++) {
      gunichar c = (gunichar)g_rand_int_range (random, 0, i % 3 == 0 ? 0x110000 : 0x100);
      if (c < 0xd800 || c >= 0xe000)
        g_string_append_unichar (text, c);
    }
    assert_tiles (tokenizer, text->str, text->len);
  }
}

/* A word of 200,000 letters takes the way without memory; merging it must not take the square. */
static void
test_long_word (void)
{
  g_autoptr (ScopeTokenizer) tokenizer = open_sample ("novel-mamba-6m");
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 200000; i++)
    g_string_append_c (text, "theandingof"[i * 7 % 11]);
  assert_tiles (tokenizer, text->str, text->len);
}

static void
test_invalid_utf8 (void)
{
  g_autoptr (ScopeTokenizer) tokenizer = open_sample ("novel-mamba-6m");
  const struct {
    const char *text;
    gsize length;
    const char *pattern;
  } cases[] = {
    { "\x80", 1, "invalid UTF-8 at byte 0 (0x80)" },
    { "ab\0\xc3(", 5, "invalid UTF-8 at byte 3 (0xC3)" },
    { "a\xed\xa0\x80", 4, "invalid UTF-8 at byte 1 (0xED)" },
    { "a\xc0\x80", 3, "invalid UTF-8 at byte 1 (0xC0)" },
    { "a\xf4\x90\x80\x80", 5, "invalid UTF-8 at byte 1 (0xF4)" },
    { "abc\xe2\x82\xac", 5, "invalid UTF-8 at byte 3 (0xE2)" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (scope_tokenizer_encode (tokenizer, cases[i].text, cases[i].length, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT, cases[i].pattern);
  }
}

static ScopeTokenizer *
parse_changed (const char *members, GError **error)
{
  g_autoptr (JsonNode) change = scope_json_parse (members, strlen (members), "change", error);
  g_assert_no_error (*error);
  g_autofree char *json = change_tokenizer (json_node_get_object (change));
  return scope_tokenizer_parse (json, strlen (json), "t.json", error);
}

/* Where normalisation changes the text, spans are those of the text as it was given. */
static void
test_composed_spans (void)
{
  GError *error = NULL;
  g_autoptr (ScopeTokenizer) tokenizer = parse_changed (
      "{\"normalizer\":{\"type\":\"NFC\"},\"added_tokens\":[{\"id\":166,\"content\":\"\\u00e9\","
      "\"normalized\":true},{\"id\":4096,\"content\":\"<x>\"}]}",
      &error);
  g_assert_no_error (error);
  const char text[] = "ab<x>e\xcc\x81 e\xcc\x81y\xc3\xa9";
  const ScopeSpan expected[]
      = { { 0, 2 }, { 2, 5 }, { 5, 8 }, { 8, 9 }, { 9, 12 }, { 12, 13 }, { 13, 15 } };
  g_autoptr (ScopeTokens) tokens
      = scope_tokenizer_encode (tokenizer, text, sizeof text - 1, &error);
  g_assert_cmpuint (scope_tokens_count (tokens), ==, G_N_ELEMENTS (expected));
  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_assert_cmpuint (scope_tokens_span (tokens, i).begin, ==, expected[i].begin);
    g_assert_cmpuint (scope_tokens_span (tokens, i).end, ==, expected[i].end);
  }
  g_assert_cmpint (scope_tokens_ids (tokens)[4], ==, 166);
  gsize length;
  const char *kept = scope_tokens_text (tokens, &length);
  g_assert_cmpmem (kept, length, text, sizeof text - 1);
}

static void
test_from_ids (void)
{
  g_autoptr (ScopeTokenizer) tokenizer = open_sample ("novel-mamba-6m");
  const gint32 ids[] = { 0, 65, 5000, -1, 0 };
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_tokens (tokenizer, ids, G_N_ELEMENTS (ids));
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  g_assert_cmpmem (text, length, "<|endoftext|>a<|endoftext|>", 27);
  g_assert_cmpuint (scope_tokens_span (tokens, 1).end, ==, 14);
  g_autofree char *shown = scope_tokens_display (tokens, 2);
  g_assert_cmpstr (shown, ==, "#5000");
}

static void
test_refused (void)
{
  const struct {
    const char *members, *pattern;
    ScopeModelError code;
  } cases[] = {
    { "{\"normalizer\":{\"type\":\"NFKC\"}}",
      "t.json: $.normalizer: the normalizer \"NFKC\" is not supported; *",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
      "{\"type\":\"Lowercase\"}]}}",
      "t.json: $.normalizer.normalizers[1]: *\"Lowercase\"*", SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"pre_tokenizer\":null}", "t.json: $.pre_tokenizer: * without \"ByteLevel\" *",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"pre_tokenizer\":{\"type\":\"Metaspace\"}}",
      "t.json: $.pre_tokenizer: the pre-tokenizer \"Metaspace\" is not supported",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"ByteLevel\"},"
      "{\"type\":\"Digits\"}]}}",
      "t.json: $.pre_tokenizer.pretokenizers[1]: \"Digits\" after \"ByteLevel\" *",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":"
      "{\"Regex\":\"(\"}}}",
      "t.json: $.pre_tokenizer.pattern: *", SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Odd\",\"pattern\":{\"Regex\":\"a\"}}}",
      "t.json: $.pre_tokenizer.behavior: \"Odd\" is not supported", SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"model\":{\"type\":\"Unigram\"}}", "t.json: $.model.type: \"Unigram\" is not supported; *",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}}",
      "t.json: $.model.merges[0]: token \"ab\" is not in the vocabulary",
      SCOPE_MODEL_ERROR_FORMAT },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}",
      "t.json: $.model.merges[0]: expected *", SCOPE_MODEL_ERROR_FORMAT },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
      "t.json: $.model.vocab.a: expected 0 to *, found -1", SCOPE_MODEL_ERROR_FORMAT },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000},\"merges\":[]}}",
      "t.json: $.model.vocab.a: expected 0 to *", SCOPE_MODEL_ERROR_FORMAT },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"dropout\":0.1}}",
      "t.json: $.model.dropout is not supported", SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}}",
      "t.json: $.model.end_of_word_suffix: \"</w>\" is not supported",
      SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"unk_token\":\"a\"}}",
      "t.json: $.model.unk_token is not supported *", SCOPE_MODEL_ERROR_UNSUPPORTED },
    { "{\"added_tokens\":[{\"id\":70,\"content\":\"the\"}]}",
      "t.json: $.added_tokens[0]: token \"the\" has id 70 here and 958 in the vocabulary",
      SCOPE_MODEL_ERROR_FORMAT },
    { "{\"added_tokens\":{}}", "t.json: $.added_tokens: expected a list",
      SCOPE_MODEL_ERROR_FORMAT },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (parse_changed (cases[i].members, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, cases[i].code, cases[i].pattern);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/vectors", test_vectors);
  g_test_add_func ("/tokenizer/variants", test_variants);
  g_test_add_func ("/tokenizer/any-bytes", test_any_bytes);
  g_test_add_func ("/tokenizer/long-word", test_long_word);
  g_test_add_func ("/tokenizer/invalid-utf8", test_invalid_utf8);
  g_test_add_func ("/tokenizer/composed-spans", test_composed_spans);
  g_test_add_func ("/tokenizer/from-ids", test_from_ids);
  g_test_add_func ("/tokenizer/refused", test_refused);
  return g_test_run ();
}

/* The tokenizer's promises on the samples' files, and what it refuses. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "test-support.h"
#include "tokenizer-fixture.h"

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
test_any_bytes (void)
{
  g_autoptr (ScopeTokenizer) tokenizer = fixture_open_sample ("novel-mamba-6m");
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
  g_autoptr (ScopeTokenizer) tokenizer = fixture_open_sample ("novel-mamba-6m");
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < 200000; i++)
    g_string_append_c (text, "theandingof"[i * 7 % 11]);
  assert_tiles (tokenizer, text->str, text->len);
}

static ScopeTokenizer *
parse_changed (const char *members, GError **error)
{
  g_autoptr (JsonNode) change = scope_json_parse (members, strlen (members), "change", error);
  g_assert_no_error (*error);
  g_autofree char *path = fixture_sample_path ("novel-mamba-6m");
  g_autoptr (JsonNode) base = fixture_load (path);
  g_autofree char *json = fixture_change (base, json_node_get_object (change), NULL);
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
  g_autoptr (ScopeTokenizer) tokenizer = fixture_open_sample ("novel-mamba-6m");
  const gint32 ids[] = { 0, 65, 5000, -1, 0 };
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_tokens (tokenizer, ids, G_N_ELEMENTS (ids));
  gsize length;
  const char *text = scope_tokens_text (tokens, &length);
  g_assert_cmpmem (text, length, "<|endoftext|>a<|endoftext|>", 27);
  g_assert_cmpuint (scope_tokens_span (tokens, 1).end, ==, 14);
  g_autofree char *shown = scope_tokens_display (tokens, 2);
  g_assert_cmpstr (shown, ==, "#5000");
}

static const struct {
  const char *members, *pattern;
  ScopeModelError code;
} refused[] = {
  { "{\"version\":\"2.0\"}", "t.json: $.version: \"2.0\" is not supported; known are \"1.0\"",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"normalizer\":{\"type\":\"Nmt\"}}",
    "t.json: $.normalizer: the normalizer \"Nmt\" is not supported; known are \"NFC\", *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},"
    "{\"type\":\"Precompiled\"}]}}",
    "t.json: $.normalizer.normalizers[1]: *\"Precompiled\"*", SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"normalizer\":{\"type\":\"Strip\",\"strip_left\":true}}",
    "t.json: $.normalizer.strip_right is missing", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"normalizer\":{\"type\":\"NFC\",\"version\":17}}",
    "t.json: $.normalizer: the member \"version\" is not supported; *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}}",
    "t.json: $.pre_tokenizer: the pre-tokenizer \"UnicodeScripts\" is not supported; *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"__\"}}",
    "t.json: $.pre_tokenizer.replacement: expected one character, found \"__\"",
    SCOPE_MODEL_ERROR_FORMAT },
  { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"prepend_scheme\":"
    "\"last\"}}",
    "t.json: $.pre_tokenizer.prepend_scheme: \"last\" is not supported; known are *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"_\",\"add_prefix_space\":false}"
    "}",
    "t.json: $.pre_tokenizer: add_prefix_space is false and prepend_scheme \"always\"",
    SCOPE_MODEL_ERROR_FORMAT },
  { "{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":"
    "{\"Regex\":\"(\"}}}",
    "t.json: $.pre_tokenizer.pattern: *", SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Odd\",\"pattern\":{\"Regex\":\"a\"}}}",
    "t.json: $.pre_tokenizer.behavior: \"Odd\" is not supported; known are \"Removed\", *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"post_processor\":{\"type\":\"BertProcessing\"}}",
    "t.json: $.post_processor: the post-processor \"BertProcessing\" is not supported; *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}}",
    "t.json: $.post_processor: a template without the text \"A\" is not supported",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
    "{\"id\":\"x\"}}],\"special_tokens\":{\"x\":{\"ids\":[99999]}}}}",
    "t.json: $.post_processor.special_tokens.x.ids[0]: expected an id of the vocabulary",
    SCOPE_MODEL_ERROR_FORMAT },
  { "{\"decoder\":{\"type\":\"WordPiece\"}}",
    "t.json: $.decoder: the decoder \"WordPiece\" is not supported; *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},"
    "{\"type\":\"ByteFallback\"}]}}",
    "t.json: $.decoder.decoders[1]: \"ByteFallback\" after \"Fuse\" is not supported",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"model\":{\"type\":\"Unigram\"}}",
    "t.json: $.model.type: \"Unigram\" is not supported; known are \"BPE\"",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1},\"merges\":[\"a b\"]}}",
    "t.json: $.model.merges[0]: token \"ab\" is not in the vocabulary", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a\"]}}",
    "t.json: $.model.merges[0]: expected *", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
    "t.json: $.model.vocab.a: expected 0 to *, found -1", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2000000000},\"merges\":[]}}",
    "t.json: $.model.vocab.a: expected 0 to *", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":5,\"b\":5},\"merges\":[]}}",
    "t.json: $.model.vocab: * have one id, 5", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"dropout\":0.1}}",
    "t.json: $.model.dropout: 0.1 is not supported; known is 0", SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"end_of_word_suffix\":\"</w>\"}}",
    "t.json: $.model.end_of_word_suffix: \"</w>\" is not supported; *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[],\"superwords\":true}}",
    "t.json: $.model: the member \"superwords\" is not supported; known are *",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[],\"unk_token\":\"b\"}}",
    "t.json: $.model.unk_token: \"b\" is not in the vocabulary", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"<0x41>\":0},\"merges\":[],\"byte_fallback\":true}"
    "}",
    "t.json: $.model.byte_fallback: the vocabulary has 1 of *", SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"added_tokens\":[{\"id\":70,\"content\":\"the\"}]}",
    "t.json: $.added_tokens[0]: token \"the\" has id 70 here and 958 in the vocabulary",
    SCOPE_MODEL_ERROR_FORMAT },
  { "{\"added_tokens\":[{\"id\":5000,\"content\":\"<x>\"}]}",
    "t.json: $.added_tokens[0]: token \"<x>\" has id 5000 here and 4096 as the next",
    SCOPE_MODEL_ERROR_FORMAT },
  { "{\"added_tokens\":[{\"id\":4096,\"content\":\"<x>\"},{\"id\":4096,\"content\":\"<x>\"}]}",
    "t.json: $.added_tokens[1]: token \"<x>\" stands twice", SCOPE_MODEL_ERROR_FORMAT },
  { "{\"normalizer\":{\"type\":\"Lowercase\"},\"added_tokens\":[{\"id\":4096,\"content\":\"<x>\"}"
    ","
    "{\"id\":4097,\"content\":\"<X>\"}]}",
    "t.json: $.added_tokens[1]: token \"<X>\" is the same as another one once normalised",
    SCOPE_MODEL_ERROR_UNSUPPORTED },
  { "{\"added_tokens\":{}}", "t.json: $.added_tokens: expected a list", SCOPE_MODEL_ERROR_FORMAT },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    GError *error = NULL;
    g_assert_null (parse_changed (refused[i].members, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, refused[i].code, refused[i].pattern);
  }
}

/* What PCRE2 reads otherwise than Oniguruma is refused by name, never matched by other rules. */
static void
test_refused_patterns (void)
{
  static const char *const patterns[][2] = {
    { "\\\\b", "\\b" },      { "\\\\h+", "\\h" },
    { "\\\\R", "\\R" },      { "[\\\\W]", "\\W" },
    { "a(?i)b|c", "(?i)" },  { "(?m:a.)", "(?m:" },
    { "(?<x>a)", "(?<x" },   { "(*F)", "(*F)" },
    { "a{2}+", "{2}+" },     { "a{2}?", "{2}?" },
    { "[a&&b]", "&&" },      { "[a[^b]]", "[^" },
    { "[[:alpha:]]", "[:" }, { "\\\\xc3", "\\xc3" },
    { "\\\\pL", "\\pL" },    { "a\\\\", "\\" },
    { "\\\\1", "\\1" },      { "[a", "[" },
    { "(?i:a|sS)b", "sS" },  { "(?i:[\u00df])", "\u00df" },
    { "(?i)x|fi", "fi" },    { "a)b", ")" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++) {
    GError *error = NULL;
    g_autofree char *members
        = g_strdup_printf ("{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\","
                           "\"pattern\":{\"Regex\":\"%s\"}}}",
                           patterns[i][0]);
    g_autofree char *expected = g_strdup_printf (
        "t.json: $.pre_tokenizer.pattern: \"%s\" is not supported in a pattern", patterns[i][1]);
    g_assert_null (parse_changed (members, &error));
    g_assert_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED);
    g_assert_cmpstr (error->message, ==, expected);
    g_clear_error (&error);
  }
}

/* A few bytes that would make gigabytes, and a pattern that would never end. */
static void
test_traps (void)
{
  const char *const members[] = {
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\".\"},\"content\":\"0123456789012345\"},"
    "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\".\"},\"content\":\"0123456789012345\"}]}}",
    "{\"pre_tokenizer\":{\"type\":\"Split\",\"behavior\":\"Isolated\",\"pattern\":"
    "{\"Regex\":\"(a+)+$\"}}}",
  };
  const char *const expected[] = { "the tokenizer makes more than * bytes of a text of *",
                                   "the tokenizer's pattern failed on the text: *" };
  g_autofree char *text = g_strnfill (20000, 'a');
  text[19990] = '!';
  for (gsize i = 0; i < G_N_ELEMENTS (members); i++) {
    GError *error = NULL;
    g_autoptr (ScopeTokenizer) tokenizer = parse_changed (members[i], &error);
    g_assert_no_error (error);
    g_assert_null (scope_tokenizer_encode (tokenizer, text, 20000, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT, expected[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/any-bytes", test_any_bytes);
  g_test_add_func ("/tokenizer/long-word", test_long_word);
  g_test_add_func ("/tokenizer/composed-spans", test_composed_spans);
  g_test_add_func ("/tokenizer/from-ids", test_from_ids);
  g_test_add_func ("/tokenizer/refused", test_refused);
  g_test_add_func ("/tokenizer/refused-patterns", test_refused_patterns);
  g_test_add_func ("/tokenizer/traps", test_traps);
  return g_test_run ();
}

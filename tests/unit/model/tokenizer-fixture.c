#include "tokenizer-fixture.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "test-support.h"

JsonNode *
fixture_load (const char *path)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autofree char *text = scope_file_read (path, 1 << 24, &length, &error);
  g_assert_no_error (error);
  JsonNode *node = scope_json_parse (text, length, path, &error);
  g_assert_no_error (error);
  return node;
}

JsonNode *
fixture_load_vectors (void)
{
  return fixture_load (SCOPE_SOURCE_ROOT "/tests/reference/tokenizer-vectors.json");
}

char *
fixture_sample_path (const char *model)
{
  return g_build_filename (scope_test_samples (), "models", model, "tokenizer.json", NULL);
}

ScopeTokenizer *
fixture_open_sample (const char *model)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = fixture_sample_path (model);
  ScopeTokenizer *tokenizer = scope_tokenizer_open (path, &error);
  g_assert_no_error (error);
  return tokenizer;
}

static void
set_members (JsonObject *object, JsonObject *change)
{
  g_autoptr (GList) names = json_object_get_members (change);
  for (GList *at = names; at != NULL; at = at->next)
    json_object_set_member (object, at->data,
                            json_node_copy (json_object_get_member (change, at->data)));
}

char *
fixture_change (JsonNode *base, JsonObject *root, JsonObject *model)
{
  JsonObject *object = json_node_get_object (base);
  set_members (object, root);
  if (model != NULL)
    set_members (json_object_get_object_member (object, "model"), model);
  return json_to_string (base, FALSE);
}

char *
fixture_kind (JsonObject *vectors, JsonObject *kind)
{
  JsonObject *bases = json_object_get_object_member (vectors, "bases");
  const char *name = json_object_get_string_member (kind, "base");
  g_autoptr (JsonNode) base = NULL;
  if (json_object_has_member (bases, name)) {
    g_autofree char *copy = json_to_string (json_object_get_member (bases, name), FALSE);
    base = scope_json_parse (copy, strlen (copy), name, NULL);
  } else {
    g_autofree char *path = fixture_sample_path ("novel-mamba-6m");
    base = fixture_load (path);
  }
  return fixture_change (base, json_object_get_object_member (kind, "root"),
                         json_object_get_object_member (kind, "model"));
}

ScopeTokenizer *
fixture_open_kind (JsonObject *vectors, const char *name)
{
  g_autoptr (GError) error = NULL;
  JsonArray *kinds = json_object_get_array_member (vectors, "kinds");
  for (guint i = 0; i < json_array_get_length (kinds); i++) {
    JsonObject *kind = json_array_get_object_element (kinds, i);
    if (strcmp (json_object_get_string_member (kind, "name"), name) != 0)
      continue;
    g_autofree char *json = fixture_kind (vectors, kind);
    ScopeTokenizer *tokenizer = scope_tokenizer_parse (json, strlen (json), name, &error);
    g_assert_no_error (error);
    return tokenizer;
  }
  g_error ("there is no kind \"%s\"", name);
}

void
fixture_check_tokens (const ScopeTokenizer *tokenizer, const ScopeTokens *tokens)
{
  gsize length, at = 0;
  scope_tokens_text (tokens, &length);
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    gint32 id = scope_tokens_ids (tokens)[i];
    g_assert_cmpuint (span.begin, >=, at);
    g_assert_cmpuint (span.end, >=, span.begin);
    g_assert_cmpint (id, >=, 0);
    g_assert_cmpuint ((gsize)id, <, scope_tokenizer_vocab_size (tokenizer));
    at = span.end;
  }
  g_assert_cmpuint (at, <=, length);
}

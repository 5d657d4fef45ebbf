/* The tokenizer of GPT-NeoX, which most Mamba checkpoints use, against the vectors that come with
 * it. Both files are too large for the repository: $MAMBASCOPE_SHARED, or the folder "shared"
 * beside the source tree, holds them; the test is skipped where they are absent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "test-support.h"

static char *
find_file (const char *name)
{
  const char *shared = g_getenv ("MAMBASCOPE_SHARED");
  if (shared == NULL)
    shared = SCOPE_SOURCE_ROOT "/../shared";
  char *path = g_build_filename (shared, "tokenizers", name, NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return path;
  printf ("skipped: %s is absent (set MAMBASCOPE_SHARED)\n", name);
  exit (77);
}

static gboolean
check_vector (const ScopeTokenizer *tokenizer, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = scope_json_parse (line, strlen (line), "vectors", &error);
  g_assert_no_error (error);
  JsonObject *vector = json_node_get_object (node);
  const char *text = json_object_get_string_member (vector, "text");
  JsonArray *ids = json_object_get_array_member (vector, "ids");
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, strlen (text), &error);
  g_assert_no_error (error);
  gboolean same = scope_tokens_count (tokens) == json_array_get_length (ids);
  for (guint i = 0; same && i < json_array_get_length (ids); i++)
    same = scope_tokens_ids (tokens)[i] == json_array_get_int_element (ids, i);
  if (!same)
    printf ("wrong: %s\n", line);
  return same;
}

int
main (void)
{
  g_autofree char *path = find_file ("gpt-neox-20b.json");
  g_autofree char *vectors = find_file ("gpt-neox-20b.vectors.jsonl");
  g_autoptr (GError) error = NULL;
  gsize length;
  g_autoptr (ScopeTokenizer) tokenizer = scope_tokenizer_open (path, &error);
  g_assert_no_error (error);
  g_autofree char *text = scope_file_read (vectors, 1 << 24, &length, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
  guint right = 0, count = g_strv_length (lines);
  for (guint i = 0; i < count; i++)
    right += check_vector (tokenizer, lines[i]);
  printf ("%u of %u vectors\n", right, count);
  return count > 0 && right == count ? 0 : 1;
}

/* scope_model_read_text(): a text, or a list of token ids, from a file. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/model.h"
#include "model/unicode.h"

#define MAX_TEXT ((gsize)1 << 29)

G_GNUC_PRINTF (3, 4)
static gpointer
fail (const char *name, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT, "%s: %s", name, text);
  return NULL;
}

static const char *
display_name (const char *path)
{
  return strcmp (path, "-") == 0 ? "standard input" : path;
}

static gint32 *
read_ids (JsonArray *list, gsize vocab_size, const char *name, GError **error)
{
  guint count = json_array_get_length (list);
  g_autofree gint32 *ids = g_new (gint32, MAX (count, 1));
  for (guint i = 0; i < count; i++) {
    JsonNode *node = json_array_get_element (list, i);
    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64)
      return fail (name, error, "entry %u is no token id: expected a whole number", i);
    gint64 id = json_node_get_int (node);
    if (id < 0 || (guint64)id >= vocab_size)
      return fail (name, error,
                   "token %u: id %" G_GINT64_FORMAT
                   " is outside the vocabulary of %" G_GSIZE_FORMAT,
                   i, id, vocab_size);
    ids[i] = (gint32)id;
  }
  return g_steal_pointer (&ids);
}

static ScopeTokens *
tokens_of_ids (const ScopeModel *model, const char *text, gsize length, const char *name,
               GError **error)
{
  g_autoptr (JsonNode) root = scope_json_parse (text, length, name, error);
  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_ARRAY (root))
    return fail (name, error, "expected a list of token ids");
  JsonArray *list = json_node_get_array (root);
  gsize count = json_array_get_length (list);
  g_autofree gint32 *ids = read_ids (list, scope_model_config (model)->vocab_size, name, error);
  if (ids == NULL)
    return NULL;
  if (count == 0)
    return fail (name, error, "the text is empty");
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (model);
  if (tokenizer != NULL)
    return scope_tokenizer_whole_text (tokenizer, ids, count);
  g_autofree ScopeSpan *spans = g_new0 (ScopeSpan, count);
  return scope_tokens_new (NULL, 0, ids, spans, count);
}

/* Not the tokens that stand around every text. */
static gboolean
has_text (const ScopeTokens *tokens)
{
  for (gsize i = 0; i < scope_tokens_count (tokens); i++)
    if (scope_tokens_span (tokens, i).begin < scope_tokens_span (tokens, i).end)
      return TRUE;
  return FALSE;
}

static gboolean
check_ids (const ScopeModel *model, const ScopeTokens *tokens, const char *name, GError **error)
{
  gsize vocab_size = scope_model_config (model)->vocab_size;
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    gint32 id = scope_tokens_ids (tokens)[i];
    if (id >= 0 && (gsize)id < vocab_size)
      continue;
    g_autofree char *shown = scope_tokens_display (tokens, i);
    fail (name, error,
          "token %" G_GSIZE_FORMAT " (\"%s\"): id %d is outside the model's vocabulary of"
          " %" G_GSIZE_FORMAT,
          i, shown, id, vocab_size);
    return FALSE;
  }
  return TRUE;
}

static ScopeTokens *
fail_without_tokenizer (const ScopeModel *model, GError **error)
{
  const GError *reason = scope_model_tokenizer_error (model);
  if (reason != NULL)
    scope_set_error (error, reason->domain, reason->code,
                     "%s; without a tokenizer give token ids as @FILE", reason->message);
  else
    fail (scope_model_folder (model), error, "there is no tokenizer.json: give token ids as @FILE");
  return NULL;
}

static ScopeTokens *
tokens_of_text (const ScopeModel *model, const char *text, gsize length, const char *name,
                GError **error)
{
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (model);
  gsize bad;
  if (tokenizer == NULL)
    return fail_without_tokenizer (model, error);
  if (!scope_utf8_check (text, length, &bad))
    return fail (name, error, "invalid UTF-8 at byte %" G_GSIZE_FORMAT " (0x%02X)", bad,
                 (guchar)text[bad]);
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, length, error);
  if (tokens == NULL) {
    g_prefix_error (error, "%s: ", name);
    return NULL;
  }
  if (!has_text (tokens))
    return fail (name, error, "the text is empty");
  return check_ids (model, tokens, name, error) ? g_steal_pointer (&tokens) : NULL;
}

ScopeTokens *
scope_model_read_text (const ScopeModel *self, const char *path, GError **error)
{
  gsize length;
  gboolean ids = path[0] == '@';
  const char *file = ids ? path + 1 : path;
  g_autofree char *text = scope_file_read (file, MAX_TEXT, &length, error);
  if (text == NULL)
    return NULL;
  return ids ? tokens_of_ids (self, text, length, display_name (file), error)
             : tokens_of_text (self, text, length, display_name (file), error);
}

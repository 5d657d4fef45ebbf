/* scope_tokenizer_parse(): tokenizer.json, member by member; whatever would change ids and is not
 * understood is refused by name. */
#include <string.h>

#include "base/file.h"
#include "model/tokenizer-loader-private.h"

#define MAX_FILE ((gsize)1 << 28)

static gboolean
read_vocab (ScopeLoader *self, JsonObject *vocab)
{
  JsonObjectIter iter;
  const char *token;
  JsonNode *node;
  json_object_iter_init (&iter, vocab);
  while (json_object_iter_next (&iter, &token, &node)) {
    gint64 id;
    if (!scope_json_get_int (vocab, token, TRUE, 0, SCOPE_ID_MAX, &id, self->name, "$.model.vocab",
                             self->error))
      return FALSE;
    const char *other = scope_bpe_token (self->self->bpe, (gsize)id);
    if (other != NULL)
      return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                                "$.model.vocab: \"%s\" and \"%s\" have one id, %d", other, token,
                                (int)id);
    scope_bpe_add_token (self->self->bpe, token, (gint32)id);
  }
  return TRUE;
}

static gboolean
add_merge (ScopeLoader *self, const char *left, const char *right, guint rank)
{
  g_autofree char *merged = g_strconcat (left, right, NULL);
  const char *parts[] = { left, right, merged };
  gint32 ids[3];
  for (int i = 0; i < 3; i++) {
    ids[i] = scope_bpe_find (self->self->bpe, parts[i]);
    if (ids[i] < 0)
      return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                                "$.model.merges[%u]: token \"%s\" is not in the vocabulary", rank,
                                parts[i]);
  }
  scope_bpe_add_merge (self->self->bpe, ids[0], ids[1], ids[2], rank);
  return TRUE;
}

static const char *
get_text (JsonNode *node)
{
  gboolean text = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
  return text ? json_node_get_string (node) : NULL;
}

/* Written as "left right" by older programs, as a pair of strings by newer ones. */
static gboolean
read_merge (ScopeLoader *self, JsonNode *node, guint rank)
{
  const char *text = get_text (node);
  if (text != NULL && g_str_has_prefix (text, "#version"))
    return TRUE;
  if (text != NULL) {
    g_auto (GStrv) parts = g_strsplit (text, " ", -1);
    if (g_strv_length (parts) == 2)
      return add_merge (self, parts[0], parts[1], rank);
  } else if (JSON_NODE_HOLDS_ARRAY (node)
             && json_array_get_length (json_node_get_array (node)) == 2) {
    const char *left = get_text (json_array_get_element (json_node_get_array (node), 0));
    const char *right = get_text (json_array_get_element (json_node_get_array (node), 1));
    if (left != NULL && right != NULL)
      return add_merge (self, left, right, rank);
  }
  return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                            "$.model.merges[%u]: expected a string of two tokens or a pair", rank);
}

/* Members that change how words are merged: only their neutral values are known here. */
static gboolean
check_model_members (ScopeLoader *self, JsonObject *model)
{
  static const char *const known[] = {
    "vocab",    "merges",        "dropout",       "unk_token",          "continuing_subword_prefix",
    "fuse_unk", "byte_fallback", "ignore_merges", "end_of_word_suffix", NULL
  };
  static const char *const affixes[] = { "continuing_subword_prefix", "end_of_word_suffix" };
  double dropout = 0;
  if (!scope_loader_check_members (self, model, "$.model", known)
      || !scope_json_get_double (model, "dropout", FALSE, &dropout, self->name, "$.model",
                                 self->error))
    return FALSE;
  if (dropout != 0)
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              "$.model.dropout: %g is not supported; known is 0", dropout);
  for (gsize i = 0; i < G_N_ELEMENTS (affixes); i++) {
    const char *affix = "";
    if (!scope_loader_string (self, model, affixes[i], FALSE, "$.model", &affix))
      return FALSE;
    if (*affix != '\0')
      return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                                "$.model.%s: \"%s\" is not supported; known is none", affixes[i],
                                affix);
  }
  return TRUE;
}

/* TRUE if no byte can be unknown to a byte-level tokenizer. */
static gboolean
knows_alphabet (const ScopeBpe *bpe)
{
  for (guint byte = 0; byte < 256; byte++) {
    char character[7] = "";
    g_unichar_to_utf8 (scope_alphabet_character ((guint8)byte), character);
    if (scope_bpe_find (bpe, character) < 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_unknown (ScopeLoader *self, JsonObject *model)
{
  ScopeBpe *bpe = self->self->bpe;
  const char *unknown = NULL;
  gboolean fuse = FALSE, fallback = FALSE;
  if (!scope_loader_string (self, model, "unk_token", FALSE, "$.model", &unknown)
      || !scope_loader_flag (self, model, "fuse_unk", "$.model", &fuse)
      || !scope_loader_flag (self, model, "byte_fallback", "$.model", &fallback))
    return FALSE;
  gint32 id = unknown != NULL ? scope_bpe_find (bpe, unknown) : -1;
  if (unknown != NULL && id < 0 && !knows_alphabet (bpe))
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                              "$.model.unk_token: \"%s\" is not in the vocabulary", unknown);
  scope_bpe_set_unknown (bpe, id, fuse);
  guint bytes = fallback ? scope_bpe_set_byte_fallback (bpe) : 0;
  if (bytes > 0 && bytes < 256)
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              "$.model.byte_fallback: the vocabulary has %u of the tokens <0x00> to"
                              " <0xFF>; known are all 256 or none",
                              bytes);
  return TRUE;
}

static gboolean
read_model (ScopeLoader *self, JsonObject *root)
{
  static const char *const types[] = { "BPE", NULL };
  gboolean whole = FALSE;
  int type = 0;
  JsonObject *model = scope_loader_object (self, root, "model", "$");
  if (model == NULL || !scope_loader_choice (self, model, "type", FALSE, "$.model", types, &type)
      || !scope_loader_flag (self, model, "ignore_merges", "$.model", &whole))
    return FALSE;
  JsonObject *vocab = scope_loader_object (self, model, "vocab", "$.model");
  JsonArray *merges = vocab != NULL ? scope_loader_list (self, model, "merges", "$.model") : NULL;
  if (merges == NULL)
    return FALSE;
  self->self->bpe = scope_bpe_new (whole);
  if (!check_model_members (self, model) || !read_vocab (self, vocab)
      || !read_unknown (self, model))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (merges); i++)
    if (!read_merge (self, json_array_get_element (merges, i), i))
      return FALSE;
  return TRUE;
}

/* Takes SPELLED. */
static void
set_spelled (ScopeTokenizer *self, gsize id, GByteArray *spelled)
{
  if (id >= self->spelled->len)
    g_ptr_array_set_size (self->spelled, (int)id + 1);
  g_clear_pointer ((GByteArray **)&self->spelled->pdata[id], g_byte_array_unref);
  self->spelled->pdata[id] = spelled;
}

static void
added_token_free (gpointer data)
{
  ScopeAddedToken *token = data;
  g_free (token->content);
  g_free (token->pattern);
  g_free (token);
}

/* An added token has its own id in the vocabulary, else the next free one. */
static gboolean
check_added_token (ScopeLoader *self, const char *content, gint64 id, const char *path)
{
  if (!g_hash_table_add (self->contents, (gpointer)content))
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT, "%s: token \"%s\" stands twice", path,
                              content);
  gint32 known = scope_bpe_find (self->self->bpe, content);
  gint32 expected = known >= 0 ? known : self->next_id;
  self->next_id = MAX (self->next_id, expected + 1);
  if (expected == id)
    return TRUE;
  return scope_loader_fail (
      self, SCOPE_MODEL_ERROR_FORMAT, "%s: token \"%s\" has id %" G_GINT64_FORMAT " here and %d %s",
      path, content, id, expected, known >= 0 ? "in the vocabulary" : "as the next");
}

static gboolean
read_added_flags (ScopeLoader *self, JsonObject *object, const char *path, ScopeAddedToken *token,
                  gboolean *normalized)
{
  gboolean special = FALSE;
  if (!scope_loader_flag (self, object, "special", path, &special))
    return FALSE;
  *normalized = !special;
  return scope_loader_flag (self, object, "normalized", path, normalized)
         && scope_loader_flag (self, object, "single_word", path, &token->single_word)
         && scope_loader_flag (self, object, "lstrip", path, &token->lstrip)
         && scope_loader_flag (self, object, "rstrip", path, &token->rstrip);
}

static gboolean
read_added_token (ScopeLoader *self, JsonObject *object, const char *path)
{
  static const char *const known[]
      = { "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special", NULL };
  ScopeTokenizer *tokenizer = self->self;
  gint64 id = 0;
  const char *content = NULL;
  gboolean normalized = FALSE;
  g_autoptr (GError) error = NULL;
  if (!scope_loader_check_members (self, object, path, known)
      || !scope_json_get_int (object, "id", TRUE, 0, SCOPE_ID_MAX, &id, self->name, path,
                              self->error)
      || !scope_loader_string (self, object, "content", TRUE, path, &content))
    return FALSE;
  if (*content == '\0')
    return TRUE;
  if (!check_added_token (self, content, id, path))
    return FALSE;
  ScopeAddedToken *token = g_new0 (ScopeAddedToken, 1);
  token->id = (gint32)id;
  token->content = g_strdup (content);
  g_ptr_array_add (tokenizer->added, token);
  if (!read_added_flags (self, object, path, token, &normalized))
    return FALSE;
  token->pattern
      = normalized ? scope_normalize (tokenizer->normalizers, content, &error) : g_strdup (content);
  if (token->pattern == NULL)
    return scope_loader_fail_with (self, path, g_steal_pointer (&error));
  if (*token->pattern == '\0')
    return TRUE;
  if (normalized && !g_hash_table_add (self->patterns, token->pattern))
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              "%s: token \"%s\" is the same as another one once normalised", path,
                              content);
  scope_added_set_add (normalized ? &tokenizer->normal : &tokenizer->plain, token);
  return TRUE;
}

static gboolean
read_added_tokens (ScopeLoader *self, JsonObject *root)
{
  if (scope_loader_member (root, "added_tokens") == NULL)
    return TRUE;
  g_autoptr (GHashTable) contents = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) patterns = g_hash_table_new (g_str_hash, g_str_equal);
  self->contents = contents;
  self->patterns = patterns;
  self->next_id = (gint32)scope_bpe_count (self->self->bpe);
  JsonArray *list = scope_loader_list (self, root, "added_tokens", "$");
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    g_autofree char *path = g_strdup_printf ("$.added_tokens[%u]", i);
    JsonNode *node = json_array_get_element (list, i);
    JsonObject *object = scope_json_object (node, self->name, path, self->error);
    if (object == NULL || !read_added_token (self, object, path))
      return FALSE;
  }
  scope_added_set_finish (&self->self->plain);
  scope_added_set_finish (&self->self->normal);
  return list != NULL;
}

static gboolean
spell_token (ScopeLoader *self, gsize id, const char *token, gsize *sum)
{
  g_autoptr (GError) error = NULL;
  GByteArray *spelled = scope_decode_token (self->self->decoders, token, FALSE, &error);
  if (spelled == NULL)
    return scope_loader_fail_with (self, "$.decoder", g_steal_pointer (&error));
  set_spelled (self->self, id, spelled);
  *sum += spelled->len;
  if (*sum <= MAX_FILE)
    return TRUE;
  return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                            "$.decoder: the tokens stand for more than %" G_GSIZE_FORMAT " bytes",
                            MAX_FILE);
}

/* What each id stands for. In a byte-level tokenizer an added token that the vocabulary does not
 * know stands for itself: it is not written in the alphabet. */
static gboolean
spell_tokens (ScopeLoader *self)
{
  ScopeTokenizer *tokenizer = self->self;
  gsize sum = 0;
  for (gsize id = 0; id < scope_bpe_size (tokenizer->bpe); id++) {
    const char *token = scope_bpe_token (tokenizer->bpe, id);
    if (token != NULL && !spell_token (self, id, token, &sum))
      return FALSE;
  }
  for (guint i = 0; i < tokenizer->added->len; i++) {
    const ScopeAddedToken *token = tokenizer->added->pdata[i];
    gsize id = (gsize)token->id, length = strlen (token->content);
    if (scope_bpe_find (tokenizer->bpe, token->content) >= 0)
      continue;
    if (tokenizer->byte_level)
      set_spelled (tokenizer, id,
                   g_byte_array_new_take (g_memdup2 (token->content, length), length));
    else if (!spell_token (self, id, token->pattern, &sum))
      return FALSE;
  }
  return TRUE;
}

static void
spelled_free (gpointer data)
{
  if (data != NULL)
    g_byte_array_unref (data);
}

static void
normalizer_clear (gpointer data)
{
  ScopeNormalizer *normalizer = data;
  g_clear_pointer (&normalizer->pattern, scope_pattern_free);
  g_free (normalizer->content);
}

static void
cut_clear (gpointer data)
{
  g_clear_pointer (&((ScopeCut *)data)->pattern, scope_pattern_free);
}

static void
decoder_clear (gpointer data)
{
  ScopeDecoder *decoder = data;
  g_clear_pointer (&decoder->pattern, scope_pattern_free);
  g_free (decoder->content);
}

static GArray *
new_list (gsize size, GDestroyNotify clear)
{
  GArray *list = g_array_new (FALSE, FALSE, (guint)size);
  if (clear != NULL)
    g_array_set_clear_func (list, clear);
  return list;
}

static ScopeTokenizer *
tokenizer_new (void)
{
  ScopeTokenizer *self = g_new0 (ScopeTokenizer, 1);
  self->spelled = g_ptr_array_new_with_free_func (spelled_free);
  self->added = g_ptr_array_new_with_free_func (added_token_free);
  self->normalizers = new_list (sizeof (ScopeNormalizer), normalizer_clear);
  self->cuts = new_list (sizeof (ScopeCut), cut_clear);
  self->before = new_list (sizeof (gint32), NULL);
  self->after = new_list (sizeof (gint32), NULL);
  self->decoders = new_list (sizeof (ScopeDecoder), decoder_clear);
  return self;
}

static gboolean
check_version (ScopeLoader *self, JsonObject *root)
{
  static const char *const versions[] = { "1.0", NULL };
  int version = 0;
  return scope_loader_choice (self, root, "version", FALSE, "$", versions, &version);
}

ScopeTokenizer *
scope_tokenizer_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (JsonNode) root = scope_json_parse (json, length, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  if (object == NULL)
    return NULL;
  g_autoptr (ScopeTokenizer) self = tokenizer_new ();
  ScopeLoader loader = { .self = self, .name = name, .error = error };
  if (!check_version (&loader, object) || !read_model (&loader, object)
      || !scope_loader_read_normalizer (&loader, object)
      || !scope_loader_read_pre_tokenizer (&loader, object) || !read_added_tokens (&loader, object)
      || !scope_loader_read_decoder (&loader, object) || !spell_tokens (&loader)
      || !scope_loader_read_post_processor (&loader, object))
    return NULL;
  return g_steal_pointer (&self);
}

ScopeTokenizer *
scope_tokenizer_open (const char *path, GError **error)
{
  gsize length;
  g_autofree char *json = scope_file_read (path, MAX_FILE, &length, error);
  return json != NULL ? scope_tokenizer_parse (json, length, path, error) : NULL;
}

void
scope_tokenizer_free (ScopeTokenizer *self)
{
  g_clear_pointer (&self->bpe, scope_bpe_free);
  scope_added_set_clear (&self->plain);
  scope_added_set_clear (&self->normal);
  g_ptr_array_unref (self->spelled);
  g_ptr_array_unref (self->added);
  g_array_unref (self->normalizers);
  g_array_unref (self->cuts);
  g_array_unref (self->before);
  g_array_unref (self->after);
  g_array_unref (self->decoders);
  if (self->strip != NULL)
    decoder_clear (self->strip);
  g_free (self->strip);
  g_free (self);
}

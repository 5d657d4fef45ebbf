/* scope_tokenizer_parse(): tokenizer.json, member by member; whatever would change ids and is not
 * understood is refused by name. */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "model/tokenizer-private.h"

#define MAX_FILE ((gsize)1 << 28)
/* Ids index a table: far above any vocabulary, far below what a broken file could make us allocate.
 */
#define MAX_ID ((1 << 22) - 1)

typedef struct {
  ScopeTokenizer *self;
  const char *name;
  JsonObject *vocab;
  gint16 byte_of[0x200]; /* of a character of the byte alphabet, or -1 */
  gboolean done;         /* ByteLevel has been seen: it must be the last pre-tokenizer */
  GError **error;
} Loader;

G_GNUC_PRINTF (3, 4)
static gboolean
fail (Loader *loader, ScopeModelError code, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  scope_set_error (loader->error, SCOPE_MODEL_ERROR, code, "%s: %s", loader->name, text);
  return FALSE;
}

/* GPT-2 writes each byte as one printable character: those of Latin-1 that are printable stand for
 * themselves, the others are U+0100 and on, in order. */
static void
fill_alphabet (Loader *loader)
{
  memset (loader->byte_of, 0xff, sizeof loader->byte_of);
  gint16 next = 0x100;
  for (gint16 byte = 0; byte < 256; byte++) {
    gboolean printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte != 0xad);
    loader->byte_of[printable ? byte : next++] = byte;
  }
}

/* The bytes that TEXT of the alphabet stands for, or NULL if a character is not of it. */
static guint8 *
alphabet_bytes (const Loader *loader, const char *text, gsize *length)
{
  g_autofree guint8 *bytes = g_malloc (strlen (text) + 1);
  *length = 0;
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    if (c >= G_N_ELEMENTS (loader->byte_of) || loader->byte_of[c] < 0)
      return NULL;
    bytes[(*length)++] = (guint8)loader->byte_of[c];
  }
  return g_steal_pointer (&bytes);
}

/* Takes BYTES. */
static void
set_bytes (ScopeTokenizer *self, gint32 id, guint8 *bytes, gsize length)
{
  if ((gsize)id >= self->bytes->len)
    g_array_set_size (self->bytes, (guint)id + 1);
  ScopeTokenBytes *entry = &g_array_index (self->bytes, ScopeTokenBytes, id);
  g_free (entry->bytes);
  entry->bytes = bytes;
  entry->length = length;
}

/* NULL if it is absent or null. */
static JsonNode *
get_member (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

static JsonArray *
get_list (Loader *loader, JsonObject *object, const char *member, const char *path)
{
  JsonNode *node = get_member (object, member);
  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_node_get_array (node);
  fail (loader, SCOPE_MODEL_ERROR_FORMAT, "%s.%s: expected a list", path, member);
  return NULL;
}

static JsonObject *
get_element (Loader *loader, JsonArray *list, guint index, const char *path)
{
  g_autofree char *where = g_strdup_printf ("%s[%u]", path, index);
  return scope_json_object (json_array_get_element (list, index), loader->name, where,
                            loader->error);
}

static gboolean
get_flag (Loader *loader, JsonObject *object, const char *member, const char *path, gboolean *out)
{
  return scope_json_get_boolean (object, member, FALSE, out, loader->name, path, loader->error);
}

static const char *
get_type (Loader *loader, JsonObject *object, const char *path)
{
  const char *type = NULL;
  scope_json_get_string (object, "type", TRUE, &type, loader->name, path, loader->error);
  return type;
}

static gboolean
read_vocab (Loader *loader)
{
  JsonObjectIter iter;
  const char *token;
  JsonNode *node;
  json_object_iter_init (&iter, loader->vocab);
  while (json_object_iter_next (&iter, &token, &node)) {
    gint64 id;
    gsize length;
    if (!scope_json_get_int (loader->vocab, token, TRUE, 0, MAX_ID, &id, loader->name,
                             "$.model.vocab", loader->error))
      return FALSE;
    guint8 *bytes = alphabet_bytes (loader, token, &length);
    if (bytes == NULL) {
      length = strlen (token);
      set_bytes (loader->self, (gint32)id, g_memdup2 (token, length), length);
      continue;
    }
    set_bytes (loader->self, (gint32)id, bytes, length);
    if (length > 0)
      scope_bpe_add_token (loader->self->bpe, bytes, length, (gint32)id);
  }
  return TRUE;
}

static gint32
find_id (Loader *loader, const char *token)
{
  if (!json_object_has_member (loader->vocab, token))
    return -1;
  return (gint32)json_object_get_int_member (loader->vocab, token);
}

static gboolean
add_merge (Loader *loader, const char *left, const char *right, guint rank)
{
  g_autofree char *merged = g_strconcat (left, right, NULL);
  const char *parts[] = { left, right, merged };
  gint32 ids[3];
  for (int i = 0; i < 3; i++) {
    ids[i] = find_id (loader, parts[i]);
    if (ids[i] < 0)
      return fail (loader, SCOPE_MODEL_ERROR_FORMAT,
                   "$.model.merges[%u]: token \"%s\" is not in the vocabulary", rank, parts[i]);
  }
  scope_bpe_add_merge (loader->self->bpe, ids[0], ids[1], ids[2], rank);
  return TRUE;
}

/* Written as "left right" by older programs, as a pair of strings by newer ones. */
static gboolean
read_merge (Loader *loader, JsonNode *node, guint rank)
{
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING) {
    const char *text = json_node_get_string (node);
    g_auto (GStrv) parts = g_strsplit (text, " ", -1);
    if (g_str_has_prefix (text, "#version"))
      return TRUE;
    if (g_strv_length (parts) == 2)
      return add_merge (loader, parts[0], parts[1], rank);
  } else if (JSON_NODE_HOLDS_ARRAY (node)
             && json_array_get_length (json_node_get_array (node)) == 2) {
    JsonNode *left = json_array_get_element (json_node_get_array (node), 0);
    JsonNode *right = json_array_get_element (json_node_get_array (node), 1);
    if (JSON_NODE_HOLDS_VALUE (left) && json_node_get_value_type (left) == G_TYPE_STRING
        && JSON_NODE_HOLDS_VALUE (right) && json_node_get_value_type (right) == G_TYPE_STRING)
      return add_merge (loader, json_node_get_string (left), json_node_get_string (right), rank);
  }
  return fail (loader, SCOPE_MODEL_ERROR_FORMAT,
               "$.model.merges[%u]: expected a string of two tokens or a pair", rank);
}

/* Members that change how words are merged: only their neutral values are known here. */
static gboolean
check_model_members (Loader *loader, JsonObject *model)
{
  static const char *const affixes[] = { "continuing_subword_prefix", "end_of_word_suffix" };
  double dropout = 0;
  const char *unknown = NULL;
  gboolean fallback = FALSE;
  if (!scope_json_get_double (model, "dropout", FALSE, &dropout, loader->name, "$.model",
                              loader->error))
    return FALSE;
  if (dropout != 0)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED, "$.model.dropout is not supported");
  for (gsize i = 0; i < G_N_ELEMENTS (affixes); i++) {
    const char *affix = "";
    if (!scope_json_get_string (model, affixes[i], FALSE, &affix, loader->name, "$.model",
                                loader->error))
      return FALSE;
    if (*affix != '\0')
      return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED, "$.model.%s: \"%s\" is not supported",
                   affixes[i], affix);
  }
  if (!scope_json_get_string (model, "unk_token", FALSE, &unknown, loader->name, "$.model",
                              loader->error)
      || !get_flag (loader, model, "byte_fallback", "$.model", &fallback))
    return FALSE;
  /* Where every byte has its token nothing is ever unknown. */
  if ((unknown != NULL || fallback) && !scope_bpe_knows_all_bytes (loader->self->bpe))
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "$.model.%s is not supported with a vocabulary that lacks bytes",
                 unknown != NULL ? "unk_token" : "byte_fallback");
  return TRUE;
}

static gboolean
read_model (Loader *loader, JsonObject *root)
{
  gboolean whole = FALSE;
  JsonNode *node = get_member (root, "model"), *vocab = NULL;
  if (node == NULL)
    return fail (loader, SCOPE_MODEL_ERROR_FORMAT, "$.model is missing");
  JsonObject *model = scope_json_object (node, loader->name, "$.model", loader->error);
  if (model == NULL)
    return FALSE;
  const char *type = "BPE";
  if (!scope_json_get_string (model, "type", FALSE, &type, loader->name, "$.model", loader->error)
      || !get_flag (loader, model, "ignore_merges", "$.model", &whole))
    return FALSE;
  if (strcmp (type, "BPE") != 0)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "$.model.type: \"%s\" is not supported; supported is \"BPE\" over bytes", type);
  vocab = get_member (model, "vocab");
  if (vocab == NULL)
    return fail (loader, SCOPE_MODEL_ERROR_FORMAT, "$.model.vocab is missing");
  loader->vocab = scope_json_object (vocab, loader->name, "$.model.vocab", loader->error);
  JsonArray *merges = get_list (loader, model, "merges", "$.model");
  if (loader->vocab == NULL || merges == NULL)
    return FALSE;
  loader->self->bpe = scope_bpe_new (whole);
  if (!read_vocab (loader) || !check_model_members (loader, model))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (merges); i++)
    if (!read_merge (loader, json_array_get_element (merges, i), i))
      return FALSE;
  return TRUE;
}

static gboolean
read_normalizer (Loader *loader, JsonNode *node, const char *path)
{
  JsonObject *object = scope_json_object (node, loader->name, path, loader->error);
  const char *type = object != NULL ? get_type (loader, object, path) : NULL;
  if (type == NULL)
    return FALSE;
  if (strcmp (type, "NFC") == 0) {
    loader->self->compose = TRUE;
    return TRUE;
  }
  if (strcmp (type, "Sequence") != 0)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "%s: the normalizer \"%s\" is not supported; supported is \"NFC\"", path, type);
  JsonArray *list = get_list (loader, object, "normalizers", path);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    g_autofree char *where = g_strdup_printf ("%s.normalizers[%u]", path, i);
    if (!read_normalizer (loader, json_array_get_element (list, i), where))
      return FALSE;
  }
  return list != NULL;
}

static gboolean
read_pattern (Loader *loader, JsonObject *object, const char *path, ScopeCut *cut)
{
  g_autofree char *where = g_strdup_printf ("%s.pattern", path);
  g_autofree char *escaped = NULL;
  const char *literal = NULL, *pattern = NULL;
  JsonNode *node = get_member (object, "pattern");
  if (node == NULL)
    return fail (loader, SCOPE_MODEL_ERROR_FORMAT, "%s is missing", where);
  JsonObject *parts = scope_json_object (node, loader->name, where, loader->error);
  if (parts == NULL
      || !scope_json_get_string (parts, "String", FALSE, &literal, loader->name, where,
                                 loader->error)
      || !scope_json_get_string (parts, "Regex", literal == NULL, &pattern, loader->name, where,
                                 loader->error))
    return FALSE;
  if (literal != NULL)
    pattern = escaped = g_regex_escape_string (literal, -1);
  if (*pattern == '\0')
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED, "%s is empty", where);
  g_autoptr (GError) error = NULL;
  cut->regex = g_regex_new (pattern, G_REGEX_OPTIMIZE, 0, &error);
  if (cut->regex == NULL)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED, "%s: %s", where, error->message);
  return TRUE;
}

static gboolean
read_split (Loader *loader, JsonObject *object, const char *path, ScopeCut *cut)
{
  static const char *const names[]
      = { "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous" };
  const char *behaviour = NULL;
  gsize kind = 0;
  cut->kind = SCOPE_CUT_SPLIT;
  if (!scope_json_get_string (object, "behavior", TRUE, &behaviour, loader->name, path,
                              loader->error)
      || !get_flag (loader, object, "invert", path, &cut->invert))
    return FALSE;
  while (kind < G_N_ELEMENTS (names) && strcmp (names[kind], behaviour) != 0)
    kind++;
  if (kind == G_N_ELEMENTS (names))
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED, "%s.behavior: \"%s\" is not supported",
                 path, behaviour);
  cut->behaviour = (ScopeSplitBehaviour)kind;
  return read_pattern (loader, object, path, cut);
}

static gboolean
read_byte_level (Loader *loader, JsonObject *object, const char *path, ScopeCut *cut)
{
  loader->done = TRUE;
  cut->kind = SCOPE_CUT_BYTE_LEVEL;
  cut->add_prefix_space = cut->use_regex = TRUE;
  return get_flag (loader, object, "add_prefix_space", path, &cut->add_prefix_space)
         && get_flag (loader, object, "use_regex", path, &cut->use_regex);
}

static gboolean
read_digits (Loader *loader, JsonObject *object, const char *path, ScopeCut *cut)
{
  gboolean individual = FALSE;
  cut->kind = SCOPE_CUT_DIGITS;
  if (!get_flag (loader, object, "individual_digits", path, &individual))
    return FALSE;
  cut->behaviour = individual ? SCOPE_SPLIT_ISOLATED : SCOPE_SPLIT_CONTIGUOUS;
  return TRUE;
}

static gboolean read_pre_tokenizer (Loader *loader, JsonNode *node, const char *path);

static gboolean
read_pre_sequence (Loader *loader, JsonObject *object, const char *path)
{
  JsonArray *list = get_list (loader, object, "pretokenizers", path);
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    g_autofree char *where = g_strdup_printf ("%s.pretokenizers[%u]", path, i);
    if (!read_pre_tokenizer (loader, json_array_get_element (list, i), where))
      return FALSE;
  }
  return list != NULL;
}

static gboolean
read_pre_tokenizer (Loader *loader, JsonNode *node, const char *path)
{
  gboolean ok;
  ScopeCut cut = { .kind = SCOPE_CUT_SPLIT };
  JsonObject *object = scope_json_object (node, loader->name, path, loader->error);
  const char *type = object != NULL ? get_type (loader, object, path) : NULL;
  if (type == NULL)
    return FALSE;
  if (strcmp (type, "Sequence") == 0)
    return read_pre_sequence (loader, object, path);
  if (loader->done)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "%s: \"%s\" after \"ByteLevel\" is not supported", path, type);
  if (strcmp (type, "ByteLevel") == 0)
    ok = read_byte_level (loader, object, path, &cut);
  else if (strcmp (type, "Digits") == 0)
    ok = read_digits (loader, object, path, &cut);
  else if (strcmp (type, "Split") == 0)
    ok = read_split (loader, object, path, &cut);
  else
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "%s: the pre-tokenizer \"%s\" is not supported", path, type);
  if (ok)
    g_array_append_val (loader->self->cuts, cut);
  return ok;
}

static gboolean
read_stages (Loader *loader, JsonObject *root)
{
  JsonNode *normalizer = get_member (root, "normalizer");
  JsonNode *cuts = get_member (root, "pre_tokenizer");
  if (normalizer != NULL && !read_normalizer (loader, normalizer, "$.normalizer"))
    return FALSE;
  if (cuts != NULL && !read_pre_tokenizer (loader, cuts, "$.pre_tokenizer"))
    return FALSE;
  if (!loader->done)
    return fail (loader, SCOPE_MODEL_ERROR_UNSUPPORTED,
                 "$.pre_tokenizer: a tokenizer without \"ByteLevel\" is not supported");
  return TRUE;
}

static void
added_token_free (gpointer data)
{
  ScopeAddedToken *token = data;
  g_free (token->content);
  g_free (token->pattern);
  g_free (token);
}

static gboolean
read_added_token (Loader *loader, JsonObject *object, const char *path)
{
  ScopeTokenizer *self = loader->self;
  gint64 id = 0;
  const char *content = NULL;
  gboolean special = FALSE, normalized;
  gsize length;
  ScopeAddedToken *token = g_new0 (ScopeAddedToken, 1);
  g_ptr_array_add (self->added, token);
  if (!scope_json_get_int (object, "id", TRUE, 0, MAX_ID, &id, loader->name, path, loader->error)
      || !scope_json_get_string (object, "content", TRUE, &content, loader->name, path,
                                 loader->error)
      || !get_flag (loader, object, "special", path, &special))
    return FALSE;
  normalized = !special;
  if (!get_flag (loader, object, "normalized", path, &normalized)
      || !get_flag (loader, object, "single_word", path, &token->single_word)
      || !get_flag (loader, object, "lstrip", path, &token->lstrip)
      || !get_flag (loader, object, "rstrip", path, &token->rstrip))
    return FALSE;
  if (*content == '\0')
    return TRUE;
  gint32 known = find_id (loader, content);
  if (known >= 0 && known != id)
    return fail (loader, SCOPE_MODEL_ERROR_FORMAT,
                 "%s: token \"%s\" has id %" G_GINT64_FORMAT " here and %d in the vocabulary", path,
                 content, id, known);
  token->id = (gint32)id;
  token->content = g_strdup (content);
  length = strlen (content);
  token->pattern
      = normalized && self->compose ? scope_compose (content, length, &length) : g_strdup (content);
  if (known < 0)
    set_bytes (self, token->id, g_memdup2 (content, strlen (content)), strlen (content));
  scope_added_set_add (normalized ? &self->normal : &self->plain, token);
  return TRUE;
}

static gboolean
read_added_tokens (Loader *loader, JsonObject *root)
{
  if (get_member (root, "added_tokens") == NULL)
    return TRUE;
  JsonArray *list = get_list (loader, root, "added_tokens", "$");
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    g_autofree char *path = g_strdup_printf ("$.added_tokens[%u]", i);
    JsonObject *object = get_element (loader, list, i, "$.added_tokens");
    if (object == NULL || !read_added_token (loader, object, path))
      return FALSE;
  }
  scope_added_set_finish (&loader->self->plain);
  scope_added_set_finish (&loader->self->normal);
  return list != NULL;
}

static void
token_bytes_clear (gpointer data)
{
  g_free (((ScopeTokenBytes *)data)->bytes);
}

static void
cut_clear (gpointer data)
{
  g_clear_pointer (&((ScopeCut *)data)->regex, g_regex_unref);
}

ScopeTokenizer *
scope_tokenizer_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (JsonNode) root = scope_json_parse (json, length, name, error);
  JsonObject *object = root != NULL ? scope_json_object (root, name, "$", error) : NULL;
  if (object == NULL)
    return NULL;
  g_autoptr (ScopeTokenizer) self = g_new0 (ScopeTokenizer, 1);
  self->bytes = g_array_new (FALSE, TRUE, sizeof (ScopeTokenBytes));
  g_array_set_clear_func (self->bytes, token_bytes_clear);
  self->added = g_ptr_array_new_with_free_func (added_token_free);
  self->cuts = g_array_new (FALSE, FALSE, sizeof (ScopeCut));
  g_array_set_clear_func (self->cuts, cut_clear);
  Loader loader = { .self = self, .name = name, .error = error };
  fill_alphabet (&loader);
  if (!read_model (&loader, object) || !read_stages (&loader, object)
      || !read_added_tokens (&loader, object))
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
  g_ptr_array_unref (self->added);
  g_array_unref (self->bytes);
  g_array_unref (self->cuts);
  g_free (self);
}

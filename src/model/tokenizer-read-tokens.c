/* What tokenizer.json does to tokens after a text was encoded: post_processor and decoder. */
#include <string.h>

#include "model/tokenizer-loader-private.h"

/* Appends the ids of the special token that a template names. */
static gboolean
read_special_token (ScopeLoader *self, JsonObject *tokens, const char *token, const char *path,
                    GArray *out)
{
  g_autofree char *where = g_strdup_printf ("%s.special_tokens", path);
  JsonObject *entry = scope_loader_object (self, tokens, token, where);
  JsonArray *ids = entry != NULL ? scope_loader_list (self, entry, "ids", where) : NULL;
  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++) {
    JsonNode *node = json_array_get_element (ids, i);
    gboolean whole
        = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
    gint64 id = whole ? json_node_get_int (node) : -1;
    if (id < 0 || id >= self->self->spelled->len || self->self->spelled->pdata[id] == NULL)
      return scope_loader_fail (self, SCOPE_MODEL_ERROR_FORMAT,
                                "%s.%s.ids[%u]: expected an id of the vocabulary", where, token, i);
    gint32 known = (gint32)id;
    g_array_append_val (out, known);
  }
  return ids != NULL;
}

typedef struct {
  JsonObject *object;
  const char *path;
  gboolean text; /* has been seen */
  GArray *before, *after;
} Template;

/* One part of a template: the text ("A"), which may stand there once, or a special token. */
static gboolean
read_template_part (ScopeLoader *self, Template *template, JsonObject *part, const char *path)
{
  const char *id = NULL;
  gboolean sequence = json_object_has_member (part, "Sequence");
  const char *kind = sequence ? "Sequence" : "SpecialToken";
  JsonObject *what = scope_loader_object (self, part, kind, path);
  if (what == NULL || !scope_loader_string (self, what, "id", TRUE, path, &id))
    return FALSE;
  if (sequence) {
    if (strcmp (id, "A") != 0 || template->text)
      return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                                "%s: the text \"%s\" is not supported; known is \"A\", once", path,
                                id);
    template->text = TRUE;
    return TRUE;
  }
  JsonObject *tokens
      = scope_loader_object (self, template->object, "special_tokens", template->path);
  return tokens != NULL
         && read_special_token (self, tokens, id, template->path,
                                template->text ? template->after : template->before);
}

/* A second one would take what the first one made for two texts. */
static gboolean
read_template (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  Template template = { object, path, FALSE, self->self->before, self->self->after };
  JsonArray *parts = scope_loader_list (self, object, "single", path);
  for (guint i = 0; parts != NULL && i < json_array_get_length (parts); i++) {
    g_autofree char *where = g_strdup_printf ("%s.single[%u]", path, i);
    JsonNode *node = json_array_get_element (parts, i);
    JsonObject *part = scope_json_object (node, self->name, where, self->error);
    if (part == NULL || !read_template_part (self, &template, part, where))
      return FALSE;
  }
  if (parts == NULL)
    return FALSE;
  if (!template.text || self->templated)
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              template.text
                                  ? "%s: a second template is not supported"
                                  : "%s: a template without the text \"A\" is not supported",
                              path);
  self->templated = TRUE;
  return TRUE;
}

/* It trims offsets and nothing else. */
static gboolean
read_offsets (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  return TRUE;
}

gboolean
scope_loader_read_post_processor (ScopeLoader *self, JsonObject *root)
{
  static const ScopeStageType types[] = {
    { "TemplateProcessing", { "single", "pair", "special_tokens" }, read_template },
    { "ByteLevel", SCOPE_BYTE_LEVEL_MEMBERS, read_offsets },
  };
  static const ScopeStage stage = { "post-processor", "processors", types, G_N_ELEMENTS (types) };
  return scope_loader_read_stage (self, &stage, root, "post_processor");
}

/* Decoders work on tokens until Fuse, and on bytes, which are no text any more, after ByteLevel. */
static gboolean
add_decoder (ScopeLoader *self, const ScopeDecoder *decoder, const char *path, const char *type)
{
  if (self->fused || self->spelled)
    return scope_loader_fail (self, SCOPE_MODEL_ERROR_UNSUPPORTED,
                              "%s: \"%s\" after \"%s\" is not supported", path, type,
                              self->fused ? "Fuse" : "ByteLevel");
  g_array_append_vals (self->self->decoders, decoder, 1);
  return TRUE;
}

static gboolean
read_byte_decoder (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeDecoder decoder = { .kind = SCOPE_DECODER_BYTE_LEVEL };
  gboolean ok = add_decoder (self, &decoder, path, type);
  self->spelled = TRUE;
  return ok;
}

static gboolean
read_fallback_decoder (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeDecoder decoder = { .kind = SCOPE_DECODER_BYTE_FALLBACK };
  return add_decoder (self, &decoder, path, type);
}

static gboolean
read_fuse (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  self->fused = TRUE;
  return TRUE;
}

static void
decoder_clear (ScopeDecoder *decoder)
{
  g_clear_pointer (&decoder->pattern, scope_pattern_free);
  g_clear_pointer (&decoder->content, g_free);
}

static gboolean
read_blank_decoder (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *blank = NULL;
  ScopePrefix prefix;
  if (!scope_loader_blanks (self, object, path, &blank, &prefix))
    return FALSE;
  ScopeDecoder decoder = { .kind = SCOPE_DECODER_METASPACE, .content = g_strdup (blank) };
  decoder.first = prefix != SCOPE_PREFIX_NEVER;
  if (add_decoder (self, &decoder, path, type))
    return TRUE;
  decoder_clear (&decoder);
  return FALSE;
}

static gboolean
read_replace_decoder (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *content = NULL;
  ScopeDecoder decoder = { .kind = SCOPE_DECODER_REPLACE };
  if (!scope_loader_string (self, object, "content", TRUE, path, &content)
      || !scope_loader_pattern (self, object, path, &decoder.pattern))
    return FALSE;
  decoder.content = g_strdup (content);
  if (add_decoder (self, &decoder, path, type))
    return TRUE;
  decoder_clear (&decoder);
  return FALSE;
}

static gboolean
read_strip_decoder (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *content = NULL;
  gint64 start = 0, stop = 0;
  if (!scope_loader_character (self, object, "content", path, &content)
      || !scope_json_get_int (object, "start", TRUE, 0, G_MAXINT32, &start, self->name, path,
                              self->error)
      || !scope_json_get_int (object, "stop", TRUE, 0, G_MAXINT32, &stop, self->name, path,
                              self->error))
    return FALSE;
  ScopeDecoder decoder = { .kind = SCOPE_DECODER_STRIP, .content = g_strdup (content) };
  decoder.start = (guint64)start;
  decoder.stop = (guint64)stop;
  if (self->fused && !self->spelled && self->self->strip == NULL) {
    self->self->strip = g_memdup2 (&decoder, sizeof decoder);
    return TRUE;
  }
  if (add_decoder (self, &decoder, path, type))
    return TRUE;
  decoder_clear (&decoder);
  return FALSE;
}

gboolean
scope_loader_read_decoder (ScopeLoader *self, JsonObject *root)
{
  static const ScopeStageType types[] = {
    { "ByteLevel", SCOPE_BYTE_LEVEL_MEMBERS, read_byte_decoder },
    { "Metaspace", SCOPE_METASPACE_MEMBERS, read_blank_decoder },
    { "Replace", { "pattern", "content" }, read_replace_decoder },
    { "ByteFallback", { NULL }, read_fallback_decoder },
    { "Fuse", { NULL }, read_fuse },
    { "Strip", { "content", "start", "stop" }, read_strip_decoder },
  };
  static const ScopeStage stage = { "decoder", "decoders", types, G_N_ELEMENTS (types) };
  ScopeDecoder bytes = { .kind = SCOPE_DECODER_BYTE_LEVEL };
  if (scope_loader_member (root, "decoder") == NULL && self->self->byte_level)
    g_array_append_val (self->self->decoders, bytes);
  return scope_loader_read_stage (self, &stage, root, "decoder");
}

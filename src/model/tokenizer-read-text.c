/* What tokenizer.json does to a text before it is encoded: normalizer and pre_tokenizer. */
#include <string.h>

#include "model/tokenizer-loader-private.h"

static gboolean
read_form (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  gboolean composed = type[strlen (type) - 1] == 'C', compatible = strchr (type, 'K') != NULL;
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_FORM };
  if (compatible)
    normalizer.form = composed ? G_NORMALIZE_ALL_COMPOSE : G_NORMALIZE_ALL;
  else
    normalizer.form = composed ? G_NORMALIZE_DEFAULT_COMPOSE : G_NORMALIZE_DEFAULT;
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

static gboolean
read_lowercase (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_LOWERCASE };
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

static gboolean
read_strip_accents (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_STRIP_ACCENTS };
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

static gboolean
read_strip (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_STRIP };
  if (!scope_json_get_boolean (object, "strip_left", TRUE, &normalizer.left, self->name, path,
                               self->error)
      || !scope_json_get_boolean (object, "strip_right", TRUE, &normalizer.right, self->name, path,
                                  self->error))
    return FALSE;
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

static gboolean
read_replace (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *content = NULL;
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_REPLACE };
  if (!scope_loader_string (self, object, "content", TRUE, path, &content)
      || !scope_loader_pattern (self, object, path, &normalizer.pattern))
    return FALSE;
  normalizer.content = g_strdup (content);
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

static gboolean
read_prepend (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *content = NULL;
  ScopeNormalizer normalizer = { .kind = SCOPE_NORMALIZER_PREPEND };
  if (!scope_loader_string (self, object, "prepend", TRUE, path, &content))
    return FALSE;
  normalizer.content = g_strdup (content);
  g_array_append_val (self->self->normalizers, normalizer);
  return TRUE;
}

gboolean
scope_loader_read_normalizer (ScopeLoader *self, JsonObject *root)
{
  static const ScopeStageType types[] = {
    { "NFC", { NULL }, read_form },
    { "NFD", { NULL }, read_form },
    { "NFKC", { NULL }, read_form },
    { "NFKD", { NULL }, read_form },
    { "Lowercase", { NULL }, read_lowercase },
    { "Strip", { "strip_left", "strip_right" }, read_strip },
    { "StripAccents", { NULL }, read_strip_accents },
    { "Replace", { "pattern", "content" }, read_replace },
    { "Prepend", { "prepend" }, read_prepend },
  };
  static const ScopeStage stage = { "normalizer", "normalizers", types, G_N_ELEMENTS (types) };
  return scope_loader_read_stage (self, &stage, root, "normalizer");
}

/* GPT-2's way of cutting words, which ByteLevel has built in. */
#define WORDS "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"

static gboolean
read_byte_level (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  gboolean prefix = TRUE, words = TRUE;
  ScopeCut cut = { .kind = SCOPE_CUT_BYTE_LEVEL, .behaviour = SCOPE_SPLIT_ISOLATED };
  if (!scope_loader_flag (self, object, "add_prefix_space", path, &prefix)
      || !scope_loader_flag (self, object, "use_regex", path, &words))
    return FALSE;
  cut.prefix = prefix ? SCOPE_PREFIX_ALWAYS : SCOPE_PREFIX_NEVER;
  if (words && (cut.pattern = scope_pattern_new (WORDS, self->error)) == NULL)
    return FALSE;
  self->self->byte_level = TRUE;
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

static gboolean
read_metaspace (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  const char *blank = NULL;
  ScopeCut cut = { .kind = SCOPE_CUT_METASPACE, .behaviour = SCOPE_SPLIT_MERGED_WITH_NEXT };
  cut.split = TRUE;
  if (!scope_loader_blanks (self, object, path, &blank, &cut.prefix)
      || !scope_loader_flag (self, object, "split", path, &cut.split))
    return FALSE;
  g_strlcpy (cut.blank, blank, sizeof cut.blank);
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

static gboolean
read_behaviour (ScopeLoader *self, JsonObject *object, gboolean required, const char *path,
                ScopeCut *cut)
{
  static const char *const names[]
      = { "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous", NULL };
  int behaviour = SCOPE_SPLIT_ISOLATED;
  gboolean ok = scope_loader_choice (self, object, "behavior", required, path, names, &behaviour);
  cut->behaviour = (ScopeSplitBehaviour)behaviour;
  return ok;
}

static gboolean
read_split (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeCut cut = { .kind = SCOPE_CUT_SPLIT };
  if (!read_behaviour (self, object, TRUE, path, &cut)
      || !scope_loader_flag (self, object, "invert", path, &cut.invert)
      || !scope_loader_pattern (self, object, path, &cut.pattern))
    return FALSE;
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

static gboolean
read_digits (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  gboolean individual = FALSE;
  ScopeCut cut = { .kind = SCOPE_CUT_DIGITS };
  if (!scope_loader_flag (self, object, "individual_digits", path, &individual))
    return FALSE;
  cut.behaviour = individual ? SCOPE_SPLIT_ISOLATED : SCOPE_SPLIT_CONTIGUOUS;
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

static gboolean
read_punctuation (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeCut cut = { .kind = SCOPE_CUT_PUNCTUATION };
  if (!read_behaviour (self, object, FALSE, path, &cut))
    return FALSE;
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

static gboolean
read_whitespace (ScopeLoader *self, JsonObject *object, const char *path, const char *type)
{
  ScopeCut cut = { .kind = SCOPE_CUT_WHITESPACE, .behaviour = SCOPE_SPLIT_REMOVED };
  if (strcmp (type, "WhitespaceSplit") == 0)
    cut.kind = SCOPE_CUT_WHITESPACE_SPLIT;
  g_array_append_val (self->self->cuts, cut);
  return TRUE;
}

gboolean
scope_loader_read_pre_tokenizer (ScopeLoader *self, JsonObject *root)
{
  static const ScopeStageType types[] = {
    { "ByteLevel", SCOPE_BYTE_LEVEL_MEMBERS, read_byte_level },
    { "Metaspace", SCOPE_METASPACE_MEMBERS, read_metaspace },
    { "Split", { "pattern", "behavior", "invert" }, read_split },
    { "Digits", { "individual_digits" }, read_digits },
    { "Punctuation", { "behavior" }, read_punctuation },
    { "Whitespace", { NULL }, read_whitespace },
    { "WhitespaceSplit", { NULL }, read_whitespace },
  };
  static const ScopeStage stage = { "pre-tokenizer", "pretokenizers", types, G_N_ELEMENTS (types) };
  return scope_loader_read_stage (self, &stage, root, "pre_tokenizer");
}

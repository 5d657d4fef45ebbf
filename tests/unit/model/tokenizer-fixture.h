/* What the tests of the tokenizer share: the samples' files, tests/reference/tokenizer-vectors.json
 * and changes of tokenizer.json. */
#pragma once

#include <json-glib/json-glib.h>

#include "model/tokenizer.h"

G_BEGIN_DECLS

JsonNode *fixture_load (const char *path) G_GNUC_WARN_UNUSED_RESULT;
JsonNode *fixture_load_vectors (void) G_GNUC_WARN_UNUSED_RESULT;
char *fixture_sample_path (const char *model) G_GNUC_WARN_UNUSED_RESULT;
ScopeTokenizer *fixture_open_sample (const char *model) G_GNUC_WARN_UNUSED_RESULT;

/* BASE with the members of ROOT, and its model with those of MODEL (may be NULL), in the place of
 * its own. */
char *fixture_change (JsonNode *base, JsonObject *root,
                      JsonObject *model) G_GNUC_WARN_UNUSED_RESULT;
/* The tokenizer.json that a row of "kinds" describes. */
char *fixture_kind (JsonObject *vectors, JsonObject *kind) G_GNUC_WARN_UNUSED_RESULT;
/* The kind that NAME is the name of. */
ScopeTokenizer *fixture_open_kind (JsonObject *vectors, const char *name) G_GNUC_WARN_UNUSED_RESULT;

/* Spans ascend and lie in the text, ids in the vocabulary. */
void fixture_check_tokens (const ScopeTokenizer *tokenizer, const ScopeTokens *tokens);

G_END_DECLS

/* What the readers of tokenizer.json share. Every message names the file, the member, what stands
 * there and what is known. */
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "model/tokenizer-private.h"

G_BEGIN_DECLS

/* Ids index a table: far above any vocabulary, far below what a broken file could make us allocate.
 */
#define SCOPE_ID_MAX ((1 << 22) - 1)

typedef struct {
  ScopeTokenizer *self;
  const char *name;
  GHashTable *contents; /* of added tokens so far (element-type utf8), borrowed */
  GHashTable *patterns; /* the same of those that are normalised */
  gint32 next_id;       /* of an added token that the vocabulary does not know */
  gboolean templated;   /* a template has been seen */
  gboolean spelled;     /* a decoder has made bytes of the tokens */
  gboolean fused;       /* a decoder has made one text of the tokens */
  GError **error;
} ScopeLoader;

/* FALSE, for the caller to return. */
gboolean scope_loader_fail (ScopeLoader *self, ScopeModelError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* Puts the path before the message of ERROR, which it takes. */
gboolean scope_loader_fail_with (ScopeLoader *self, const char *path, GError *error);

/* NULL if it is absent or null. */
JsonNode *scope_loader_member (JsonObject *object, const char *member);
JsonObject *scope_loader_object (ScopeLoader *self, JsonObject *object, const char *member,
                                 const char *path);
JsonArray *scope_loader_list (ScopeLoader *self, JsonObject *object, const char *member,
                              const char *path);
gboolean scope_loader_flag (ScopeLoader *self, JsonObject *object, const char *member,
                            const char *path, gboolean *out);
gboolean scope_loader_string (ScopeLoader *self, JsonObject *object, const char *member,
                              gboolean required, const char *path, const char **out);
/* The index of the member's string in NAMES (NULL-terminated); absent, *OUT stays as it is. */
gboolean scope_loader_choice (ScopeLoader *self, JsonObject *object, const char *member,
                              gboolean required, const char *path, const char *const *names,
                              int *out);
/* Refuses members that are not in KNOWN (NULL-terminated) and not off. */
gboolean scope_loader_check_members (ScopeLoader *self, JsonObject *object, const char *path,
                                     const char *const *known);

/* A pattern: {"String": …} or {"Regex": …}. */
gboolean scope_loader_pattern (ScopeLoader *self, JsonObject *object, const char *path,
                               ScopePattern **out);
/* A member that is one character. */
gboolean scope_loader_character (ScopeLoader *self, JsonObject *object, const char *member,
                                 const char *path, const char **out);
/* Metaspace: what stands for a blank and where one is put before the text. */
gboolean scope_loader_blanks (ScopeLoader *self, JsonObject *object, const char *path,
                              const char **blank, ScopePrefix *prefix);

/* One type that a stage may have; READ is called where there are no other members. */
typedef struct {
  const char *type;
  const char *members[6]; /* NULL-terminated */
  gboolean (*read) (ScopeLoader *self, JsonObject *object, const char *path, const char *type);
} ScopeStageType;

typedef struct {
  const char *what; /* for messages */
  const char *list; /* the member of a Sequence */
  const ScopeStageType *types;
  gsize count;
} ScopeStage;

#define SCOPE_BYTE_LEVEL_MEMBERS                                                                   \
  {                                                                                                \
    "add_prefix_space", "trim_offsets", "use_regex"                                                \
  }
#define SCOPE_METASPACE_MEMBERS                                                                    \
  {                                                                                                \
    "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"                        \
  }

/* The stage that ROOT has as MEMBER, which may be absent, or a Sequence of them. */
gboolean scope_loader_read_stage (ScopeLoader *self, const ScopeStage *stage, JsonObject *root,
                                  const char *member);

/* The stages of ROOT, read into the tokenizer. */
gboolean scope_loader_read_normalizer (ScopeLoader *self, JsonObject *root);
gboolean scope_loader_read_pre_tokenizer (ScopeLoader *self, JsonObject *root);
gboolean scope_loader_read_post_processor (ScopeLoader *self, JsonObject *root);
gboolean scope_loader_read_decoder (ScopeLoader *self, JsonObject *root);

G_END_DECLS

#include "analysis/longbench/config.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"

#define MAX_FILE ((gsize)16 << 20)

typedef struct {
  char *prompt; /* NULL: the dataset is left out */
  gint64 max_tokens;
  gboolean stops;
} Asked;

struct _ScopeLongbenchConfig {
  Asked asked[SCOPE_LONGBENCH_DATASETS];
  char *hash;
};

/* -- templates -- */

/* The next piece of a template: a literal character, or what stands for a member of the entry.
 * *AT moves behind it. FALSE if a brace is no piece. */
typedef enum { LITERAL, CONTEXT, INPUT } Piece;

static gboolean
next_piece (const char **at, Piece *piece)
{
  static const struct {
    const char *text;
    Piece piece;
  } known[]
      = { { "{{", LITERAL }, { "}}", LITERAL }, { "{context}", CONTEXT }, { "{input}", INPUT } };
  *piece = LITERAL;
  if (**at != '{' && **at != '}') {
    *at += 1;
    return TRUE;
  }
  for (gsize k = 0; k < G_N_ELEMENTS (known); k++)
    if (g_str_has_prefix (*at, known[k].text)) {
      *piece = known[k].piece;
      *at += strlen (known[k].text);
      return TRUE;
    }
  return FALSE;
}

static gboolean
check_template (const char *template, const char *name, const char *path, GError **error)
{
  gboolean context = FALSE;
  Piece piece;
  for (const char *at = template; *at != '\0'; context |= piece == CONTEXT)
    if (!next_piece (&at, &piece))
      return scope_json_fail (name, path, NULL, error,
                              "byte %" G_GSIZE_FORMAT
                              ": expected {context}, {input}, {{ or }}, found \"%.20s\"",
                              (gsize)(at - template), at);
  return context || scope_json_fail (name, path, NULL, error, "{context} is missing");
}

char *
scope_longbench_config_prompt (const ScopeLongbenchConfig *self, const ScopeLongbenchEntry *entry)
{
  gsize d = scope_longbench_dataset_index (entry->known.dataset);
  GString *prompt = g_string_new (NULL);
  Piece piece;
  for (const char *at = self->asked[d].prompt; *at != '\0';) {
    if (!next_piece (&at, &piece))
      break; /* not reached: it was checked */
    if (piece == LITERAL)
      g_string_append_c (prompt, at[-1]);
    else
      g_string_append (prompt, piece == CONTEXT ? entry->context : entry->input);
  }
  return g_string_free (prompt, FALSE);
}

/* -- reading -- */

/* A member of the root, which is an object whose members are called after datasets; *LIST is that
 * of their names. */
static gboolean
read_object (JsonObject *root, const char *member, JsonObject **object, GList **list,
             const char *name, GError **error)
{
  g_autofree char *path = g_strconcat ("$.", member, NULL);
  JsonNode *node = json_object_get_member (root, member);
  if (node == NULL)
    return scope_json_fail (name, path, NULL, error, "is missing");
  *object = scope_json_object (node, name, path, error);
  if (*object == NULL)
    return FALSE;
  *list = json_object_get_members (*object);
  return TRUE;
}

static gboolean
find_dataset (const char *dataset, const char *path, gsize *index, const char *name, GError **error)
{
  gboolean extended;
  const ScopeLongbenchDataset *found = scope_longbench_dataset_find (dataset, &extended);
  if (found == NULL || extended)
    return scope_json_fail (name, path, NULL, error, "\"%s\" is no dataset of LongBench%s", dataset,
                            found != NULL ? "; LongBench-E is asked as LongBench" : "");
  *index = scope_longbench_dataset_index (found);
  return TRUE;
}

static gboolean
read_prompts (ScopeLongbenchConfig *self, JsonObject *root, const char *name, GError **error)
{
  JsonObject *prompts;
  g_autoptr (GList) members = NULL;
  if (!read_object (root, "prompts", &prompts, &members, name, error))
    return FALSE;
  for (GList *m = members; m != NULL; m = m->next) {
    const char *text = NULL, *dataset = m->data;
    g_autofree char *path = g_strconcat ("$.prompts.", dataset, NULL);
    gsize d = 0;
    if (!find_dataset (dataset, "$.prompts", &d, name, error)
        || !scope_json_get_string (prompts, dataset, TRUE, &text, name, "$.prompts", error)
        || !check_template (text, name, path, error))
      return FALSE;
    self->asked[d].prompt = g_strdup (text);
  }
  return TRUE;
}

static gboolean
read_max_tokens (ScopeLongbenchConfig *self, JsonObject *root, const char *name, GError **error)
{
  JsonObject *counts;
  g_autoptr (GList) members = NULL;
  if (!read_object (root, "max_tokens", &counts, &members, name, error))
    return FALSE;
  for (GList *m = members; m != NULL; m = m->next) {
    const char *dataset = m->data;
    gsize d = 0;
    if (!find_dataset (dataset, "$.max_tokens", &d, name, error)
        || !scope_json_get_int (counts, dataset, TRUE, 1, SCOPE_LONGBENCH_MAX_TOKENS,
                                &self->asked[d].max_tokens, name, "$.max_tokens", error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_stops (ScopeLongbenchConfig *self, JsonObject *root, const char *name, GError **error)
{
  g_auto (GStrv) datasets = NULL;
  if (!scope_json_get_strings (root, "stop_at_newline", &datasets, name, "$", error))
    return FALSE;
  for (gsize i = 0; datasets != NULL && datasets[i] != NULL; i++) {
    gsize d = 0;
    if (!find_dataset (datasets[i], "$.stop_at_newline", &d, name, error))
      return FALSE;
    self->asked[d].stops = TRUE;
  }
  return TRUE;
}

static gboolean
check_members (JsonObject *root, const char *name, GError **error)
{
  static const char *const known[]
      = { "$schema", "comment", "prompts", "max_tokens", "stop_at_newline", NULL };
  g_autoptr (GList) members = json_object_get_members (root);
  for (GList *m = members; m != NULL; m = m->next)
    if (!g_strv_contains (known, m->data))
      return scope_json_fail (
          name, "$", NULL, error,
          "unknown member \"%s\"; known are prompts, max_tokens, stop_at_newline and "
          "comment",
          (const char *)m->data);
  return TRUE;
}

/* A dataset is there with all that it needs, or not at all. */
static gboolean
check_asked (const ScopeLongbenchConfig *self, const char *name, GError **error)
{
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++) {
    const Asked *asked = &self->asked[d];
    const char *dataset = scope_longbench_dataset (d)->name;
    if (asked->prompt != NULL && asked->max_tokens == 0)
      return scope_json_fail (name, "$.max_tokens", NULL, error, "%s is missing, but has a prompt",
                              dataset);
    if (asked->prompt == NULL && (asked->max_tokens > 0 || asked->stops))
      return scope_json_fail (name, "$.prompts", NULL, error,
                              "%s is missing, but is named elsewhere", dataset);
  }
  return TRUE;
}

static void
compute_hash (ScopeLongbenchConfig *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++) {
    const Asked *asked = &self->asked[d];
    if (asked->prompt == NULL)
      continue;
    g_autofree char *facts
        = g_strdup_printf ("%s %" G_GINT64_FORMAT " %d %s", scope_longbench_dataset (d)->name,
                           asked->max_tokens, asked->stops, asked->prompt);
    g_checksum_update (sum, (const guchar *)facts, (gssize)strlen (facts) + 1);
  }
  self->hash = g_strdup (g_checksum_get_string (sum));
}

ScopeLongbenchConfig *
scope_longbench_config_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (JsonNode) node = scope_json_parse (json, length, name, error);
  JsonObject *root = node != NULL ? scope_json_object (node, name, "$", error) : NULL;
  g_autoptr (ScopeLongbenchConfig) self = g_new0 (ScopeLongbenchConfig, 1);
  if (root == NULL || !check_members (root, name, error) || !read_prompts (self, root, name, error)
      || !read_max_tokens (self, root, name, error) || !read_stops (self, root, name, error)
      || !check_asked (self, name, error))
    return NULL;
  compute_hash (self);
  return g_steal_pointer (&self);
}

ScopeLongbenchConfig *
scope_longbench_config_open (const char *path, GError **error)
{
  gsize length;
  g_autofree char *json = scope_file_read (path, MAX_FILE, &length, error);
  return json != NULL ? scope_longbench_config_parse (json, length, path, error) : NULL;
}

void
scope_longbench_config_free (ScopeLongbenchConfig *self)
{
  if (self == NULL)
    return;
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++)
    g_free (self->asked[d].prompt);
  g_free (self->hash);
  g_free (self);
}

/* -- facts -- */

static const Asked *
asked_of (const ScopeLongbenchConfig *self, const ScopeLongbenchDataset *dataset)
{
  return &self->asked[scope_longbench_dataset_index (dataset)];
}

gboolean
scope_longbench_config_has (const ScopeLongbenchConfig *self, const ScopeLongbenchDataset *dataset)
{
  return asked_of (self, dataset)->prompt != NULL;
}

gsize
scope_longbench_config_max_tokens (const ScopeLongbenchConfig *self,
                                   const ScopeLongbenchDataset *dataset)
{
  return (gsize)asked_of (self, dataset)->max_tokens;
}

gboolean
scope_longbench_config_stops (const ScopeLongbenchConfig *self,
                              const ScopeLongbenchDataset *dataset)
{
  return asked_of (self, dataset)->stops;
}

const char *
scope_longbench_config_hash (const ScopeLongbenchConfig *self)
{
  return self->hash;
}

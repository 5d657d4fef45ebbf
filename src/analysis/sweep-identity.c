/* Which sweep it is: everything that its numbers depend on. */
#include <string.h>

#include "analysis/filter-private.h"
#include "analysis/sweep-state.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "compute/meter.h"
#include "compute/registry.h"

#define SCHEMA "mambascope-sweep"

/* --- filters ------------------------------------------------------------------------------------
 */

static const ScopeFilterInfo *
info_of (const ScopeFilter *filter)
{
  const char *spec = scope_filter_spec (filter);
  gsize length = strcspn (spec, ":");
  for (gsize k = 0; k < scope_filter_count (); k++) {
    const ScopeFilterInfo *info = scope_filter_info (k);
    if (strlen (info->name) == length && strncmp (info->name, spec, length) == 0)
      return info;
  }
  return NULL;
}

/* The file that FILTER reads for PARAMETER; NULL: none. */
static char *
file_of (const ScopeFilter *filter, const ScopeFilterParameter *parameter, const ScopeModel *model)
{
  if (parameter->kind != SCOPE_FILTER_FILE)
    return NULL;
  if (scope_filter_gives (filter, parameter->name))
    return g_strdup (scope_filter_text (filter, parameter->name));
  if (strcmp (parameter->name, "table") != 0)
    return NULL;
  g_autofree char *path = g_build_filename (scope_model_folder (model), "longmamba.json", NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

static gboolean
add_file (GChecksum *sum, const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = scope_file_map (path, error);
  if (bytes == NULL)
    return FALSE;
  gsize size;
  const guchar *data = g_bytes_get_data (bytes, &size);
  g_checksum_update (sum, data, (gssize)size);
  return TRUE;
}

/* Of the SPEC and of what it reads. */
static char *
hash_filter (const ScopeFilter *filter, const ScopeModel *model, GError **error)
{
  const ScopeFilterInfo *info = info_of (filter);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  const char *spec = scope_filter_spec (filter);
  g_checksum_update (sum, (const guchar *)spec, (gssize)strlen (spec) + 1);
  for (gsize p = 0; info != NULL && p < info->n_parameters; p++) {
    g_autofree char *path = file_of (filter, info->parameters[p], model);
    if (path != NULL && !add_file (sum, path, error))
      return NULL;
  }
  return g_strdup (g_checksum_get_string (sum));
}

/* --- the line -----------------------------------------------------------------------------------
 */

static void
begin_list (JsonBuilder *builder, const char *member)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
}

static gboolean
add_filters (JsonBuilder *builder, const ScopePerplexitySettings *settings, const ScopeModel *model,
             GError **error)
{
  begin_list (builder, "filters");
  for (gsize f = 0; f < settings->n_filters; f++)
    scope_json_put_string (builder, NULL, scope_filter_spec (settings->filters[f]));
  json_builder_end_array (builder);
  begin_list (builder, "filter_hashes");
  for (gsize f = 0; f < settings->n_filters; f++) {
    g_autofree char *hash = hash_filter (settings->filters[f], model, error);
    if (hash == NULL)
      return FALSE;
    scope_json_put_string (builder, NULL, hash);
  }
  json_builder_end_array (builder);
  return TRUE;
}

static void
add_windows (JsonBuilder *builder, const ScopeWindows *windows)
{
  const ScopePerplexitySettings *settings = scope_windows_settings (windows);
  scope_json_put_string (builder, "protocol", scope_protocol_names[settings->protocol]);
  scope_json_put_integer (builder, "score", settings->score);
  scope_json_put_integer (builder, "windows", settings->windows);
  begin_list (builder, "lengths");
  for (gsize l = 0; l < settings->n_lengths; l++)
    json_builder_add_int_value (builder, (gint64)settings->lengths[l]);
  json_builder_end_array (builder);
  begin_list (builder, "texts");
  for (gsize t = 0; t < scope_windows_n_texts (windows); t++) {
    g_autofree char *hash = scope_tokens_hash (scope_windows_text (windows, t));
    scope_json_put_string (builder, NULL, hash);
  }
  json_builder_end_array (builder);
}

char *
scope_sweep_identity (const ScopeWindows *windows, ScopeFilterContext *context,
                      ScopeProgress *progress, GError **error)
{
  ScopeSchedule *schedule = scope_filter_context_schedule (context);
  const ScopeBackend *backend = scope_schedule_backend (schedule);
  ScopeModel *model = scope_schedule_model (schedule);
  gsize train_length;
  if (!scope_filter_context_facts (context, NULL, &train_length, NULL, error)
      || !scope_model_prepare_hash (model, progress, error))
    return NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  scope_json_put_string (builder, "schema", SCHEMA);
  scope_json_put_integer (builder, "version", SCOPE_SWEEP_STATE_VERSION);
  scope_json_put_string (builder, "program", "mambascope " SCOPE_VERSION);
  scope_json_put_string (builder, "model", scope_model_hash (model));
  scope_json_put_string (builder, "backend", backend->ops->name);
  scope_json_put_string (builder, "precision", scope_precision_name (backend->precision));
  scope_json_put_integer (builder, "memory",
                          scope_metered_limit (backend)); /* chunks round by their length */
  scope_json_put_integer (builder, "train_length", train_length);
  if (!add_filters (builder, scope_windows_settings (windows), model, error))
    return NULL;
  add_windows (builder, windows);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return scope_json_print (root, FALSE);
}

/* --- whether it is the same ---------------------------------------------------------------------
 */

/* A member as a message shows it. */
static char *
show_member (JsonObject *object, const char *member)
{
  JsonNode *node = json_object_get_member (object, member);
  g_autofree char *text = node != NULL ? scope_json_print (node, FALSE) : g_strdup ("nothing");
  if (g_utf8_strlen (text, -1) <= 80)
    return g_steal_pointer (&text);
  g_autofree char *begin = g_utf8_substring (text, 0, 77);
  return g_strconcat (begin, "...", NULL);
}

/* *SAME: FOUND and EXPECTED have the same MEMBER. */
static gboolean
compare_member (JsonObject *found, JsonObject *expected, const char *member)
{
  JsonNode *one = json_object_get_member (found, member);
  JsonNode *other = json_object_get_member (expected, member);
  if (one == NULL || other == NULL)
    return one == other;
  g_autofree char *left = scope_json_print (one, FALSE);
  g_autofree char *right = scope_json_print (other, FALSE);
  return strcmp (left, right) == 0;
}

static gboolean
check_schema (JsonObject *object, const char *name, GError **error)
{
  const char *schema = NULL;
  gint64 version = 0;
  if (!scope_json_get_string (object, "schema", TRUE, &schema, name, "$", error))
    return FALSE;
  if (strcmp (schema, SCHEMA) != 0) {
    scope_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "%s: $.schema: expected " SCHEMA ", found %s", name, schema);
    return FALSE;
  }
  return scope_json_get_int (object, "version", TRUE, SCOPE_SWEEP_STATE_VERSION,
                             SCOPE_SWEEP_STATE_VERSION, &version, name, "$", error);
}

gboolean
scope_sweep_identity_check (const char *line, gsize length, const char *name, const char *identity,
                            GError **error)
{
  static const struct {
    const char *member, *words;
  } parts[] = {
    { "program", "program" },      { "model", "model" },
    { "backend", "backend" },      { "precision", "precision" },
    { "memory", "memory limit" },  { "train_length", "training length" },
    { "filters", "filters" },      { "filter_hashes", "files that the filters read (hashes)" },
    { "protocol", "protocol" },    { "score", "scored tokens" },
    { "windows", "windows" },      { "lengths", "lengths" },
    { "texts", "texts (hashes)" },
  };
  g_autoptr (JsonNode) node = scope_json_parse (line, length, name, error);
  JsonObject *found = node != NULL ? scope_json_object (node, name, "$", error) : NULL;
  if (found == NULL || !check_schema (found, name, error))
    return FALSE;
  g_autoptr (JsonNode) wanted = scope_json_parse (identity, strlen (identity), "identity", error);
  JsonObject *expected = wanted != NULL ? scope_json_object (wanted, "identity", "$", error) : NULL;
  for (gsize k = 0; expected != NULL && k < G_N_ELEMENTS (parts); k++) {
    if (compare_member (found, expected, parts[k].member))
      continue;
    g_autofree char *before = show_member (found, parts[k].member);
    g_autofree char *now = show_member (expected, parts[k].member);
    scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
                     "%s: belongs to another sweep: %s: expected %s, found %s", name,
                     parts[k].words, now, before);
    return FALSE;
  }
  return expected != NULL;
}

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/cli.h"
#include "export/npy.h"

/* Of one block of a .npy file being computed. */
#define BLOCK_BYTES ((gsize)32 << 20)

gboolean
cli_check_output (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  if (!g_file_test (folder, G_FILE_TEST_EXISTS))
    return cli_fail (error, "%s: cannot write: there is no folder %s", path, folder);
  if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    return cli_fail (error, "%s: cannot write: %s is not a folder", path, folder);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return cli_fail (error, "%s: cannot write: it is a folder", path);
  if (!g_file_test (path, G_FILE_TEST_EXISTS) && access (folder, W_OK) != 0)
    return cli_fail (error, "%s: cannot write: %s", path, g_strerror (errno));
  return TRUE;
}

gboolean
cli_write_rows (Cli *cli, const char *path, gsize rows, gsize columns, CliRowsFunc func,
                gpointer data, GError **error)
{
  g_autoptr (ScopeNpyWriter) writer = scope_npy_open (path, cli_real (cli), rows, columns, error);
  if (writer == NULL)
    return FALSE;
  gsize block = MAX (BLOCK_BYTES / (MAX (columns, 1) * scope_real_size (cli_real (cli))), 1);
  for (gsize begin = 0; begin < rows; begin += block) {
    double done = (double)begin / (double)rows;
    if (!scope_progress_check (cli_progress (), done, "writing", error))
      return FALSE;
    g_autoptr (ScopeMatrix) matrix = func (cli, begin, MIN (begin + block, rows), data, error);
    if (matrix == NULL || !scope_npy_append (writer, matrix, error))
      return FALSE;
  }
  return scope_npy_close (g_steal_pointer (&writer), error);
}

/* -- JSON -- */

void
cli_json_string (JsonBuilder *json, const char *member, const char *value)
{
  json_builder_set_member_name (json, member);
  if (value == NULL) {
    json_builder_add_null_value (json);
    return;
  }
  g_autofree char *valid = g_utf8_make_valid (value, -1); /* a path may be anything */
  json_builder_add_string_value (json, valid);
}

void
cli_json_int (JsonBuilder *json, const char *member, gsize value)
{
  json_builder_set_member_name (json, member);
  json_builder_add_int_value (json, (gint64)value);
}

void
cli_json_boolean (JsonBuilder *json, const char *member, gboolean value)
{
  json_builder_set_member_name (json, member);
  json_builder_add_boolean_value (json, value);
}

void
cli_json_real (JsonBuilder *json, const char *member, double value)
{
  json_builder_set_member_name (json, member);
  if (isfinite (value))
    json_builder_add_double_value (json, value);
  else
    json_builder_add_null_value (json);
}

void
cli_json_sizes (JsonBuilder *json, const char *member, const gsize *values, gsize count)
{
  json_builder_set_member_name (json, member);
  json_builder_begin_array (json);
  for (gsize i = 0; i < count; i++)
    json_builder_add_int_value (json, (gint64)values[i]);
  json_builder_end_array (json);
}

void
cli_json_shape (JsonBuilder *json, const char *member, gsize rows, gsize columns)
{
  const gsize shape[] = { rows, columns };
  cli_json_sizes (json, member, shape, 2);
}

void
cli_json_ids (JsonBuilder *json, const char *member, const gint32 *ids, gsize count)
{
  json_builder_set_member_name (json, member);
  json_builder_begin_array (json);
  for (gsize i = 0; i < count; i++)
    json_builder_add_int_value (json, ids[i]);
  json_builder_end_array (json);
}

static void
add_filters (Cli *cli, JsonBuilder *json)
{
  if (!cli->command->many_filters) {
    cli_json_string (json, "filter", scope_filter_spec (cli_filter (cli)));
    if (cli->trace != NULL)
      cli_json_boolean (json, "filter_acts", cli->plan != NULL);
    return;
  }
  json_builder_set_member_name (json, "filters");
  json_builder_begin_array (json);
  for (guint f = 0; f < cli->filters->len; f++) {
    g_autofree char *spec
        = g_utf8_make_valid (scope_filter_spec (g_ptr_array_index (cli->filters, f)), -1);
    json_builder_add_string_value (json, spec); /* the path in it may be anything */
  }
  json_builder_end_array (json);
}

JsonBuilder *
cli_json_begin (Cli *cli)
{
  JsonBuilder *json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_string (json, "command", cli->command->name);
  cli_json_string (json, "version", SCOPE_VERSION);
  if (cli->model != NULL)
    cli_json_string (json, "model", scope_model_path (cli->model));
  if (cli->tokens != NULL) {
    cli_json_string (json, "text", cli->arguments[1]);
    cli_json_int (json, "tokens", scope_tokens_count (cli->tokens));
  }
  if (cli->schedule != NULL) {
    add_filters (cli, json);
    g_autofree char *device = scope_backend_describe (cli->backend);
    cli_json_string (json, "backend", cli->backend->ops->name);
    cli_json_string (json, "device", device);
    cli_json_string (json, "precision", scope_precision_name (cli->backend->precision));
  }
  return json;
}

char *
cli_json_text (JsonBuilder *json)
{
  json_builder_end_object (json);
  g_autoptr (JsonNode) root = json_builder_get_root (json);
  g_object_unref (json);
  return scope_json_print (root, FALSE);
}

void
cli_json_end (JsonBuilder *json)
{
  g_autofree char *text = cli_json_text (json);
  puts (text);
}

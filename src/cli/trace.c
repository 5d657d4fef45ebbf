#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "cli/cli.h"
#include "export/npy.h"

static char *layer_option, *out;

static const GOptionEntry options[] = {
  CLI_OPTION ("layer", layer_option, "layer, from 0 (required)", "I"),
  CLI_OPTION ("out", out, "folder to write to, made if need be (required)", "DIR"),
  { NULL },
};

static const struct {
  const char *file;
  ScopeLayerPart part;
} parts[] = {
  { "delta.npy", SCOPE_LAYER_DELTA },
  { "a.npy", SCOPE_LAYER_A },
  { "b.npy", SCOPE_LAYER_B },
  { "c.npy", SCOPE_LAYER_C },
  { "u.npy", SCOPE_LAYER_U },
  { "z.npy", SCOPE_LAYER_Z },
  { "y.npy", SCOPE_LAYER_Y },
  { "d.npy", SCOPE_LAYER_D },
  /* Hybrid layers have these as well. */
  { "query.npy", SCOPE_LAYER_QUERY },
  { "key.npy", SCOPE_LAYER_KEY },
  { "value.npy", SCOPE_LAYER_VALUE },
  { "attended.npy", SCOPE_LAYER_ATTENDED },
};

#define SSM_PARTS 8

static gsize
count_parts (ScopeLayerTrace *layer)
{
  const ScopeConfig *config = scope_model_config (scope_layer_trace_model (layer));
  gboolean hybrid
      = scope_config_layer_kind (config, scope_layer_trace_layer (layer)) == SCOPE_LAYER_HYBRID;
  return hybrid ? G_N_ELEMENTS (parts) : SSM_PARTS;
}

/* One number per channel: D, and A where it is one rate for all states. */
static gboolean
is_vector (const Cli *cli, ScopeLayerPart part)
{
  return part == SCOPE_LAYER_D
         || (part == SCOPE_LAYER_A && scope_config_is_ssd (scope_model_config (cli->model)));
}

static gboolean
write_vector (const ScopeMatrix *matrix, const char *path, GError **error)
{
  gsize count = scope_matrix_rows (matrix) * scope_matrix_columns (matrix);
  g_autoptr (ScopeMatrix) row = scope_matrix_new (scope_matrix_real (matrix), 1, count, error);
  if (row == NULL)
    return FALSE;
  gsize columns = scope_matrix_columns (matrix);
  for (gsize i = 0; i < count; i++)
    scope_matrix_set (row, 0, i, scope_matrix_get (matrix, i / columns, i % columns));
  return scope_npy_write_vector (row, path, error);
}

static gboolean
write_part (Cli *cli, ScopeLayerTrace *layer, gsize k, GError **error)
{
  const ScopeMatrix *matrix = scope_layer_trace_matrix (layer, parts[k].part, error);
  if (matrix == NULL)
    return FALSE;
  g_autofree char *path = g_build_filename (out, parts[k].file, NULL);
  return is_vector (cli, parts[k].part) ? write_vector (matrix, path, error)
                                        : scope_npy_write (matrix, path, error);
}

/* The path of a part and its shape; COLUMNS 0: one dimension. */
static char *
describe (Cli *cli, ScopeLayerTrace *layer, gsize k, gsize *rows, gsize *columns)
{
  const ScopeMatrix *matrix = scope_layer_trace_matrix (layer, parts[k].part, NULL);
  *rows = scope_matrix_rows (matrix);
  *columns = scope_matrix_columns (matrix);
  if (is_vector (cli, parts[k].part)) {
    *rows *= *columns;
    *columns = 0;
  }
  return g_build_filename (out, parts[k].file, NULL);
}

static void
print_words (Cli *cli, ScopeLayerTrace *layer)
{
  for (gsize k = 0; k < count_parts (layer); k++) {
    gsize rows, columns;
    g_autofree char *path = describe (cli, layer, k, &rows, &columns);
    printf ("%s: %" G_GSIZE_FORMAT, path, rows);
    if (columns > 0)
      printf (" x %" G_GSIZE_FORMAT, columns);
    putchar ('\n');
  }
}

static void
print_json (Cli *cli, ScopeLayerTrace *layer)
{
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_int (json, "layer", scope_layer_trace_layer (layer));
  cli_json_string (json, "out", out);
  const GArray *kept = scope_layer_trace_kept (layer);
  if (kept != NULL)
    cli_json_sizes (json, "kept", (const gsize *)(void *)kept->data, kept->len);
  json_builder_set_member_name (json, "files");
  json_builder_begin_array (json);
  for (gsize k = 0; k < count_parts (layer); k++) {
    gsize shape[2];
    g_autofree char *path = describe (cli, layer, k, &shape[0], &shape[1]);
    json_builder_begin_object (json);
    cli_json_string (json, "path", path);
    cli_json_sizes (json, "shape", shape, shape[1] > 0 ? 2 : 1);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  gsize index = 0;
  if (!cli_require ("--layer", layer_option, error) || !cli_require ("--out", out, error)
      || !cli_size ("--layer", layer_option, 0, G_MAXSIZE, &index, error)
      || !cli_open_model (cli, error)
      || !cli_check_index ("layer", index, scope_model_config (cli->model)->n_layer, error)
      || !cli_run (cli, SCOPE_RUN_KEEP_RESIDUAL, error))
    return FALSE;
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (cli->trace, index, NULL, cli_progress (), error);
  if (layer == NULL || !scope_progress_check (cli_progress (), 1, "writing", error))
    return FALSE;
  if (g_mkdir_with_parents (out, 0777) != 0)
    return cli_fail (error, "%s: cannot make the folder: %s", out, g_strerror (errno));
  for (gsize k = 0; k < count_parts (layer); k++)
    if (!write_part (cli, layer, k, error))
      return FALSE;
  if (cli->json)
    print_json (cli, layer);
  else
    print_words (cli, layer);
  return TRUE;
}

const CliCommand cli_trace = {
  .name = "trace",
  .arguments = "MODEL TEXT",
  .summary = "Write what one layer computes as .npy files",
  .description
  = "Writes delta (tokens, channels), the time step after the filter; a (channels, states), or\n"
    "(heads) in Mamba-2 and Zamba2; b and c (tokens, groups x states); u, z and y (tokens, "
    "d_inner); d\n"
    "(channels): delta.npy, a.npy, ... u is the scan's input, z the gate's before its SiLU, y the\n"
    "scan's output with the D skip, before the gate. Of a hybrid layer also what its shared\n"
    "attention works on: query, key (rotated) and value (tokens, heads x head lanes), and\n"
    "attended, the softmax maps times the values. float32, or float64 under --precision\n"
    "reference. Every array has a row for each token; under a filter that drops tokens for good\n"
    "(decimamba) those that did not enter the layer are zeros, and --json lists in kept the "
    "tokens\n"
    "that its scan saw.\n\n"
    "Example:\n"
    "  mambascope-cli trace samples/models/novel-mamba-6m text.txt --layer 8 --out layer8\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

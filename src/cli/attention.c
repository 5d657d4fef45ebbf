#include <stdio.h>

#include "analysis/attention.h"
#include "cli/cli.h"
#include "export/npy.h"

static char *layer_option, *channel_option, *out, *rows_option, *columns_option, *bins_option,
    *reduce_option, *matrix_option, *lane_option;
static gboolean without_delta, prove;

static const GOptionEntry options[] = {
  CLI_OPTION ("layer", layer_option, "layer, from 0 (required)", "I"),
  CLI_OPTION (
      "channel", channel_option,
      "channel (Mamba), head (Mamba-2, Zamba2) or attention head (softmax), from 0 (required)",
      "D"),
  CLI_OPTION ("out", out, "file to write (.npy; required)", "F.npy"),
  CLI_OPTION ("rows", rows_option,
              "rows (tokens that look back), half open; A: and :B are open (default all)", "A:B"),
  CLI_OPTION ("cols", columns_option, "columns (tokens looked at), half open (default all)", "A:B"),
  CLI_OPTION ("bins", bins_option,
              "reduce the whole map to P x P blocks; not with --rows or --cols", "P"),
  CLI_OPTION ("reduce", reduce_option, "of a block: mean, absmean or absmax (default mean)", "HOW"),
  CLI_OPTION ("matrix", matrix_option,
              "s6 (the kernel, default), skip (with D), full (conv, gate) or softmax (attention)",
              "KIND"),
  CLI_OPTION ("lane", lane_option,
              "with full in Mamba-2: one lane of the head (default: their mean)", "P"),
  CLI_FLAG ("without-delta", without_delta, "leave the factor delta_j out (s6 only)"),
  CLI_FLAG ("prove", prove, "also compare the map times its input with the layer's own output"),
  { NULL },
};

typedef struct {
  gsize layer;
  ScopeMapSpec spec;
  ScopeRange range;
  gsize bins; /* 0: cells */
  ScopeReduce reduce;
  ScopeLayerTrace *trace;
  gboolean exact;
  ScopeProof proof;
} Map;

static gboolean
read_choices (Map *map, GError **error)
{
  if (matrix_option != NULL && !scope_matrix_kind_parse (matrix_option, &map->spec.kind))
    return cli_usage (error, "--matrix: expected s6, skip, full or softmax, found \"%s\"",
                      matrix_option);
  if (reduce_option != NULL && !scope_reduce_parse (reduce_option, &map->reduce))
    return cli_usage (error, "--reduce: expected mean, absmean or absmax, found \"%s\"",
                      reduce_option);
  if (bins_option != NULL && (rows_option != NULL || columns_option != NULL))
    return cli_usage (error, "--bins cannot be combined with --rows or --cols");
  if (bins_option == NULL && reduce_option != NULL)
    return cli_usage (error, "--reduce needs --bins");
  if (without_delta && map->spec.kind != SCOPE_MATRIX_S6)
    return cli_usage (error, "--without-delta needs --matrix s6");
  if (lane_option != NULL && map->spec.kind != SCOPE_MATRIX_FULL)
    return cli_usage (error, "--lane needs --matrix full");
  return TRUE;
}

static gboolean
read_map (Map *map, GError **error)
{
  gsize lane = G_MAXSIZE; /* -1 as a gssize: the mean */
  if (!cli_require ("--layer", layer_option, error)
      || !cli_require ("--channel", channel_option, error) || !cli_require ("--out", out, error)
      || !cli_size ("--layer", layer_option, 0, G_MAXSIZE, &map->layer, error)
      || !cli_size ("--channel", channel_option, 0, G_MAXSIZE, &map->spec.channel, error)
      || !cli_size ("--bins", bins_option, 1, G_MAXSIZE, &map->bins, error)
      || !cli_size ("--lane", lane_option, 0, G_MAXSIZE, &lane, error))
    return FALSE;
  map->spec.lane = (gssize)lane;
  map->spec.without_delta = without_delta;
  return read_choices (map, error);
}

static gboolean
check_channel (Cli *cli, const Map *map, GError **error)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  gsize channels = scope_matrix_channels (config, map->layer, map->spec.kind);
  if (channels == 0)
    return cli_fail (error, "--matrix softmax: layer %" G_GSIZE_FORMAT " has no shared attention",
                     map->layer);
  return cli_check_index (map->spec.kind == SCOPE_MATRIX_SOFTMAX ? "attention head" : "channel",
                          map->spec.channel, channels, error);
}

/* What depends on the model and the text, before the network runs. */
static gboolean
check_map (Cli *cli, Map *map, GError **error)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  gsize tokens = scope_tokens_count (cli->tokens);
  map->range = (ScopeRange){ 0, tokens, 0, tokens };
  if (!cli_check_index ("layer", map->layer, config->n_layer, error)
      || !check_channel (cli, map, error)
      || !cli_range ("--rows", rows_option, tokens, &map->range.row_begin, &map->range.row_end,
                     error)
      || !cli_range ("--cols", columns_option, tokens, &map->range.column_begin,
                     &map->range.column_end, error))
    return FALSE;
  if (map->spec.lane >= 0 && (gsize)map->spec.lane >= config->lanes)
    return cli_fail (error, "--lane %s: a channel has %" G_GSIZE_FORMAT " lanes", lane_option,
                     config->lanes);
  if (map->bins > tokens)
    return cli_fail (error, "--bins %s: the text has %" G_GSIZE_FORMAT " tokens", bins_option,
                     tokens);
  return TRUE;
}

static ScopeMatrix *
tile (Cli *cli, gsize begin, gsize end, gpointer data, GError **error)
{
  const Map *map = data;
  ScopeRange range = map->range;
  range.row_begin = map->range.row_begin + begin;
  range.row_end = map->range.row_begin + end;
  gsize rows = map->range.row_end - map->range.row_begin;
  ScopeProgress part = scope_progress_span (cli_progress (), (double)begin / (double)rows,
                                            (double)end / (double)rows);
  return scope_attention_tile (map->trace, &map->spec, range, &part, error);
}

static gboolean
write_map (Cli *cli, Map *map, GError **error)
{
  map->exact = TRUE;
  if (map->bins == 0)
    return cli_write_rows (cli, out, map->range.row_end - map->range.row_begin,
                           map->range.column_end - map->range.column_begin, tile, map, error);
  g_autoptr (ScopeMatrix) matrix
      = scope_attention_overview (map->trace, &map->spec, map->range, map->bins, map->bins,
                                  map->reduce, 0, &map->exact, cli_progress (), error);
  return matrix != NULL && scope_npy_write (matrix, out, error);
}

static void
print_words (const Map *map, gsize rows, gsize columns)
{
  printf ("%s: %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT " of layer %" G_GSIZE_FORMAT
          ", channel %" G_GSIZE_FORMAT ", matrix %s",
          out, rows, columns, map->layer, map->spec.channel,
          scope_matrix_kind_name (map->spec.kind));
  if (map->bins > 0)
    printf (", %s of blocks (%s)", scope_reduce_name (map->reduce),
            map->exact ? "exact" : "sampled");
  putchar ('\n');
  if (prove)
    printf ("proof: largest error %g, largest |y| %g, ratio %g\n", map->proof.error,
            map->proof.scale,
            map->proof.scale > 0 ? map->proof.error / map->proof.scale : map->proof.error);
}

static void
print_json (Cli *cli, const Map *map, gsize rows, gsize columns)
{
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_int (json, "layer", map->layer);
  cli_json_int (json, "channel", map->spec.channel);
  cli_json_string (json, "matrix", scope_matrix_kind_name (map->spec.kind));
  cli_json_boolean (json, "without_delta", map->spec.without_delta);
  if (map->spec.lane >= 0)
    cli_json_int (json, "lane", (gsize)map->spec.lane);
  cli_json_shape (json, "rows", map->range.row_begin, map->range.row_end);
  cli_json_shape (json, "cols", map->range.column_begin, map->range.column_end);
  if (map->bins > 0) {
    cli_json_int (json, "bins", map->bins);
    cli_json_string (json, "reduce", scope_reduce_name (map->reduce));
  }
  cli_json_boolean (json, "exact", map->exact);
  cli_json_string (json, "out", out);
  cli_json_shape (json, "shape", rows, columns);
  if (prove) {
    json_builder_set_member_name (json, "proof");
    json_builder_begin_object (json);
    cli_json_real (json, "error", map->proof.error);
    cli_json_real (json, "scale", map->proof.scale);
    json_builder_end_object (json);
  }
  cli_json_end (json);
}

static gboolean
run_map (Cli *cli, Map *map, GError **error)
{
  if (prove && !scope_map_proof (map->trace, &map->spec, &map->proof, cli_progress (), error))
    return FALSE;
  if (!write_map (cli, map, error))
    return FALSE;
  gsize rows = map->bins > 0 ? map->bins : map->range.row_end - map->range.row_begin;
  gsize columns = map->bins > 0 ? map->bins : map->range.column_end - map->range.column_begin;
  if (cli->json)
    print_json (cli, map, rows, columns);
  else
    print_words (map, rows, columns);
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  Map map = { .reduce = SCOPE_REDUCE_MEAN };
  if (!read_map (&map, error) || !cli_check_output (out, error) || !cli_read_text (cli, error)
      || !check_map (cli, &map, error) || !cli_run (cli, SCOPE_RUN_KEEP_RESIDUAL, error))
    return FALSE;
  g_autoptr (ScopeLayerTrace) trace
      = scope_trace_layer (cli->trace, map.layer, NULL, cli_progress (), error);
  if (trace == NULL)
    return FALSE;
  map.trace = trace;
  return run_map (cli, &map, error);
}

const CliCommand cli_attention = {
  .name = "attention",
  .arguments = "MODEL TEXT",
  .summary = "Write the implicit attention of one channel as .npy",
  .description
  = "Entry (i, j) says how much token j weighs in what the channel puts out at token i; it is 0 "
    "for\n"
    "j > i. --rows and --cols cut a part out of the map. --bins P reduces the whole of it to P x "
    "P\n"
    "blocks, cut at floor(T k / P) of the T tokens, over all cells of a block, zeros above the\n"
    "diagonal included; the mean of s6 is exact at any length, the others are sampled where the\n"
    "text is very long, which the output then says. float32, or float64 under --precision\n"
    "reference.\n\n"
    "Example:\n"
    "  mambascope-cli attention samples/models/novel-mamba-6m text.txt --layer 8 --channel 3 \\\n"
    "      --bins 512 --reduce absmean --out map.npy\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

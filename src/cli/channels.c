#include "analysis/channels.h"

#include <math.h>

#include "cli/cli.h"

static char *layer_option, *out;

static const GOptionEntry options[] = {
  CLI_OPTION ("layer", layer_option, "only this layer, from 0 (default all)", "I"),
  CLI_OUT_CSV (out),
  { NULL },
};

static gboolean
measure (Cli *cli, gsize first, gsize layers, const ScopeTable *table, double theta, GArray *stats,
         GError **error)
{
  const ScopeMatrix *classes = scope_table_ln_decay (table);
  for (gsize l = 0; l < layers; l++) {
    ScopeProgress part = cli_part ((double)l, (double)layers);
    g_autoptr (ScopeLayerTrace) layer
        = scope_trace_layer (cli->trace, first + l, NULL, &part, error);
    if (layer == NULL)
      return FALSE;
    g_autofree ScopeChannelStats *of_layer
        = scope_channels_layer (cli->trace, layer, classes, log (theta), &part, error);
    if (of_layer == NULL)
      return FALSE;
    g_array_append_vals (stats, of_layer, (guint)scope_model_config (cli->model)->channels);
  }
  return TRUE;
}

static double
target_of (const ScopeChannelStats *stats, const ScopeTable *table)
{
  return scope_matrix_get (scope_table_target (table), stats->layer, stats->channel);
}

/* ΣΔ over its target. */
static double
reached (const ScopeChannelStats *stats, const ScopeTable *table)
{
  double target = target_of (stats, table);
  return target > 0 ? stats->delta_sum / target : NAN;
}

static CliSheet *
make_sheet (const GArray *stats, const ScopeTable *table)
{
  CliSheet *sheet = cli_sheet_new ("layer,channel,ln_decay,class,field_length,half_life,"
                                   "kept_fraction,delta_sum,delta_target,delta_ratio");
  for (guint i = 0; i < stats->len; i++) {
    const ScopeChannelStats *s = &g_array_index (stats, ScopeChannelStats, i);
    cli_sheet_int (sheet, s->layer);
    cli_sheet_int (sheet, s->channel);
    cli_sheet_real (sheet, s->ln_decay);
    cli_sheet_text (sheet, s->global ? "global" : "local");
    cli_sheet_int (sheet, s->field_length);
    cli_sheet_real (sheet, s->half_life);
    cli_sheet_real (sheet, s->kept_fraction);
    cli_sheet_real (sheet, s->delta_sum);
    cli_sheet_real (sheet, target_of (s, table));
    cli_sheet_real (sheet, reached (s, table));
  }
  return sheet;
}

/* What the filter is about: of COUNT channels of a layer the global ones. */
static void
add_global (CliSheet *sheet, const ScopeChannelStats *stats, gsize count, const ScopeTable *table)
{
  g_autofree double *ratios = g_new (double, count);
  gsize global = 0;
  double kept = 0;
  for (gsize c = 0; c < count; c++) {
    if (!stats[c].global)
      continue;
    ratios[global++] = reached (&stats[c], table);
    kept += stats[c].kept_fraction;
  }
  cli_sheet_real (sheet, global > 0 ? kept / (double)global : NAN);
  cli_sheet_real (sheet, scope_median (ratios, global));
}

/* A line per layer: thousands of channels are for the file. */
static CliSheet *
make_summary (const GArray *stats, gsize channels, const ScopeTable *table)
{
  CliSheet *sheet = cli_sheet_new ("layer,channels,global,longest_field,mean_field,kept_fraction,"
                                   "global_kept,global_delta_ratio");
  for (guint i = 0; i < stats->len; i += (guint)channels) {
    gsize global = 0, longest = 0;
    double fields = 0, kept = 0;
    for (gsize c = 0; c < channels; c++) {
      const ScopeChannelStats *s = &g_array_index (stats, ScopeChannelStats, i + c);
      global += s->global;
      longest = MAX (longest, s->field_length);
      fields += (double)s->field_length / (double)channels;
      kept += s->kept_fraction / (double)channels;
    }
    cli_sheet_int (sheet, g_array_index (stats, ScopeChannelStats, i).layer);
    cli_sheet_int (sheet, channels);
    cli_sheet_int (sheet, global);
    cli_sheet_int (sheet, longest);
    cli_sheet_real (sheet, fields);
    cli_sheet_real (sheet, kept);
    add_global (sheet, &g_array_index (stats, ScopeChannelStats, i), channels, table);
  }
  return sheet;
}

static gboolean
run (Cli *cli, GError **error)
{
  gsize first = 0, train_length;
  double theta;
  if (!cli_size ("--layer", layer_option, 0, G_MAXSIZE, &first, error)
      || (out != NULL && !cli_check_output (out, error)) || !cli_open_model (cli, error)
      || !cli_check_index ("layer", first, scope_model_config (cli->model)->n_layer, error)
      || !cli_run (cli, SCOPE_RUN_KEEP_RESIDUAL, error)
      || !scope_filter_context_facts (cli->context, cli_filter (cli), &train_length, &theta, error))
    return FALSE;
  const ScopeConfig *config = scope_model_config (cli->model);
  g_autoptr (GArray) stats = g_array_new (FALSE, FALSE, sizeof (ScopeChannelStats));
  g_autoptr (ScopeTable) table
      = scope_filter_table (cli_filter (cli), cli->context, scope_tokens_ids (cli->tokens),
                            scope_tokens_count (cli->tokens), cli_progress (), error);
  if (table == NULL
      || !measure (cli, first, layer_option != NULL ? 1 : config->n_layer, table, theta, stats,
                   error))
    return FALSE;
  g_autoptr (CliSheet) sheet = make_sheet (stats, table);
  g_autoptr (CliSheet) summary = make_summary (stats, config->channels, table);
  if (out != NULL && !cli_sheet_write (sheet, out, error))
    return FALSE;
  if (!cli->json) {
    cli_sheet_print (out != NULL ? summary : sheet, out != NULL);
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_real (json, "theta", theta);
  cli_json_int (json, "train_length", train_length);
  cli_json_string (json, "out", out);
  cli_json_sheet (json, "layers", summary);
  cli_json_sheet (json, "channels", sheet);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_channels = {
  .name = "channels",
  .arguments = "MODEL TEXT",
  .summary = "Tell how far each channel remembers",
  .description
  = "CSV: "
    "layer,channel,ln_decay,class,field_length,half_life,kept_fraction,delta_sum,delta_target,\n"
    "delta_ratio. ln_decay is of the whole text, after the filter. A channel is global if its "
    "decay\n"
    "over the training length is above\n"
    "theta (the filter's, else the table's, else the family's default), otherwise local.\n"
    "field_length, in tokens, is of the last row: back to the first weight above 1e-3 in size.\n"
    "half_life is in tokens (\"inf\" where nothing decays). kept_fraction is the share of tokens "
    "that\n"
    "passed the filter. delta_sum is the sum of delta over the text, after the filter; "
    "delta_target\n"
    "that over the training length, which the filter aims at (its table's, else the text's own\n"
    "beginning's); delta_ratio one over the other. With --out, a table of the layers is "
    "printed;\n"
    "global_kept (mean) and global_delta_ratio (median) there are of the global channels.\n\n"
    "Example:\n"
    "  mambascope-cli channels samples/models/rescue-mamba2-5m text.txt --filter longmamba --out "
    "c.csv\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

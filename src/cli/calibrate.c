#include "analysis/calibrate.h"

#include <math.h>
#include <stdio.h>

#include "cli/cli.h"

static char *out, *top, *theta, *lengths, *windows, *import;
static gboolean mean;

static const GOptionEntry options[] = {
  CLI_OPTION ("out", out, "table to write (.json; required)", "TABLE.json"),
  CLI_OPTION ("top", top,
              "clamp delta at its largest C of all, 0 to 1; 0 clamps nothing (default by family)",
              "C"),
  CLI_OPTION ("theta", theta, "the table's default theta, 0 to 1 (default by family)", "T"),
  CLI_OPTION ("lengths", lengths,
              "lengths in tokens that get thresholds (default L x 1, 1.5, 2, ... 96)", "A,B,..."),
  CLI_OPTION ("windows", windows, "at most so many windows over all texts (default 100)", "N"),
  CLI_FLAG ("mean", mean, "reduce windows by their mean (default maximum)"),
  CLI_OPTION ("import", import,
              "take the tables that LongMamba's own calibration saved, instead of texts", "FOLDER"),
  { NULL },
};

static int
compare_sizes (gconstpointer a, gconstpointer b)
{
  gsize x = *(const gsize *)a, y = *(const gsize *)b;
  return (x > y) - (x < y);
}

static gboolean
read_settings (Cli *cli, ScopeCalibration *settings, gsize **grid, GError **error)
{
  gsize count = 0;
  if (!cli_double ("--top", top, 0, 1, &settings->top, error)
      || !cli_double ("--theta", theta, 0, 1, &settings->theta, error)
      || !cli_size ("--windows", windows, 1, G_MAXINT32, &settings->windows, error)
      || !cli_sizes ("--lengths", lengths, 1, grid, &count, error))
    return FALSE;
  if (*grid != NULL) {
    qsort (*grid, count, sizeof **grid, compare_sizes);
    settings->lengths = *grid;
    settings->n_lengths = count;
  }
  settings->train_length = cli->train_length;
  settings->mean = mean;
  return TRUE;
}

static gsize
global_channels (const ScopeTable *table)
{
  const ScopeMatrix *decay = scope_table_ln_decay (table);
  double limit = log (scope_table_theta (table));
  gsize count = 0;
  for (gsize l = 0; l < scope_matrix_rows (decay); l++)
    for (gsize c = 0; c < scope_matrix_columns (decay); c++)
      count += scope_matrix_get (decay, l, c) > limit;
  return count;
}

static void
print_result (Cli *cli, const ScopeTable *table)
{
  const ScopeMatrix *decay = scope_table_ln_decay (table);
  gsize channels = scope_matrix_rows (decay) * scope_matrix_columns (decay);
  gsize count = scope_table_n_lengths (table);
  if (!cli->json) {
    printf ("%s: training length %" G_GSIZE_FORMAT ", theta %g, top %g, %" G_GSIZE_FORMAT
            " lengths up to %" G_GSIZE_FORMAT "; %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
            " channels global\n",
            out, scope_table_train_length (table), scope_table_theta (table),
            scope_table_top (table), count, scope_table_length (table, count - 1),
            global_channels (table), channels);
    return;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_int (json, "train_length", scope_table_train_length (table));
  cli_json_real (json, "theta", scope_table_theta (table));
  cli_json_real (json, "top", scope_table_top (table));
  g_autofree gsize *grid = g_new (gsize, count);
  for (gsize i = 0; i < count; i++)
    grid[i] = scope_table_length (table, i);
  cli_json_sizes (json, "lengths", grid, count);
  cli_json_int (json, "channels", channels);
  cli_json_int (json, "global", global_channels (table));
  cli_json_end (json);
}

static ScopeTable *
make_table (Cli *cli, const ScopeCalibration *settings, GError **error)
{
  if (import != NULL) {
    cli_progress_begin ();
    return scope_calibrate_import (import, cli->model, settings, cli_progress (), error);
  }
  g_autoptr (GPtrArray) texts = cli_read_texts (cli, 1, error);
  if (texts == NULL || !cli_open_schedule (cli, error))
    return NULL;
  return scope_calibrate (cli->schedule, (ScopeTokens *const *)texts->pdata,
                          (const char *const *)cli->arguments + 1, texts->len, settings,
                          cli_progress (), error);
}

static gboolean
check_sources (Cli *cli, GError **error)
{
  if (import != NULL && cli->n_arguments > 1)
    return cli_usage (error, "calibrate: --import takes the place of texts; found both");
  if (import != NULL && (lengths != NULL || windows != NULL))
    return cli_usage (error, "calibrate: --lengths and --windows are of texts; the tables of"
                             " --import have theirs");
  return import != NULL || cli->n_arguments > 1
         || cli_usage (error, "calibrate: expected a text, or --import");
}

static gboolean
run (Cli *cli, GError **error)
{
  ScopeCalibration settings = { 0 };
  g_autofree gsize *grid = NULL;
  if (!cli_require ("--out", out, error) || !check_sources (cli, error)
      || !cli_check_output (out, error))
    return FALSE;
  if (!scope_filter_is_off (cli_filter (cli)))
    return cli_usage (error,
                      "calibrate: measures the unfiltered network; --filter has no place here");
  /* Bad numbers are found before a large model is read, the family's defaults after it. */
  if (!read_settings (cli, &settings, &grid, error) || !cli_open_model (cli, error))
    return FALSE;
  scope_calibration_defaults (scope_model_config (cli->model), &settings);
  g_clear_pointer (&grid, g_free);
  if (!read_settings (cli, &settings, &grid, error))
    return FALSE;
  g_autoptr (ScopeTable) table = make_table (cli, &settings, error);
  if (table == NULL || !scope_table_write (table, out, error))
    return FALSE;
  print_result (cli, table);
  return TRUE;
}

const CliCommand cli_calibrate = {
  .name = "calibrate",
  .arguments = "MODEL [TEXT...]",
  .summary = "Measure LongMamba's thresholds and write them as a table",
  .description
  = "Runs windows of the training length (--train-length), as the released code does, and writes "
    "the\n"
    "decay, the target sum of delta and the threshold at each length for every channel. Defaults "
    "of\n"
    "the family: theta 1e-30 and top 0.2 for Mamba, 0.05 and 0.05 for Mamba-2. Named\n"
    "longmamba.json in the model's folder, the table is what --filter longmamba takes.\n"
    "--import reads the folder that LongMamba's released calibration saved (tA_prod, decay, "
    "alpha,\n"
    "delta_t-thre, one .pt a layer) instead; a table does not say of which model it is, so only\n"
    "other numbers of layers or channels are refused.\n\n"
    "Example:\n"
    "  mambascope-cli calibrate samples/models/rescue-mamba2-5m novel.txt --top 0 --theta 1e-5 \\\n"
    "      --out table.json\n",
  .min_arguments = 1,
  .max_arguments = G_MAXUINT,
  .options = options,
  .run = run,
};

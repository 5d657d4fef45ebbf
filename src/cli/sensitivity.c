#include "analysis/sensitivity.h"

#include "cli/cli.h"

static char *out, *thetas, *tops;

/* The grids of LongMamba's own search. */
#define THETAS "1e-40,1e-30,1e-20,1e-10,1e-5,1e-4,1e-3,1e-2,5e-2,1e-1,5e-1"
#define TOPS   "0,0.05,0.1,0.15,0.2"

static const GOptionEntry options[] = {
  CLI_OPTION ("thetas", thetas,
              "thresholds of the classes (default LongMamba's 11 from 1e-40 to 0.5)", "T,..."),
  CLI_OPTION ("tops", tops, "shares C that are clamped (default " TOPS ")", "C,..."),
  CLI_OUT_CSV (out),
  { NULL },
};

static void
add_row (CliSheet *sheet, const ScopeSensitivity *row, gsize channels)
{
  cli_sheet_int (sheet, row->layer);
  cli_sheet_real (sheet, row->top);
  cli_sheet_real (sheet, row->theta);
  cli_sheet_int (sheet, channels);
  cli_sheet_int (sheet, row->global);
  cli_sheet_real (sheet, row->kept);
  cli_sheet_real (sheet, row->achieved);
  cli_sheet_real (sheet, row->unfiltered);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_autofree double *theta = NULL, *top = NULL;
  gsize n_thetas, n_tops;
  if (!cli_doubles ("--thetas", thetas != NULL ? thetas : THETAS, 0, 1, &theta, &n_thetas, error)
      || !cli_doubles ("--tops", tops != NULL ? tops : TOPS, 0, 1, &top, &n_tops, error)
      || (out != NULL && !cli_check_output (out, error)))
    return FALSE;
  if (!scope_filter_is_off (cli_filter (cli)))
    return cli_usage (error,
                      "sensitivity: measures the unfiltered network; --filter has no place here");
  if (!cli_read_text (cli, error) || !cli_open_schedule (cli, error))
    return FALSE;
  g_autoptr (GArray) rows = scope_sensitivity (
      cli->schedule, cli->train_length, scope_tokens_ids (cli->tokens),
      scope_tokens_count (cli->tokens), top, n_tops, theta, n_thetas, cli_progress (), error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (CliSheet) sheet
      = cli_sheet_new ("layer,top,theta,channels,global,kept_fraction,delta_ratio,"
                       "unfiltered_ratio");
  for (guint i = 0; i < rows->len; i++)
    add_row (sheet, &g_array_index (rows, ScopeSensitivity, i),
             scope_model_config (cli->model)->channels);
  if (out != NULL && !cli_sheet_write (sheet, out, error))
    return FALSE;
  if (!cli->json) {
    cli_sheet_print (sheet, out != NULL);
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_sheet (json, "rows", sheet);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_sensitivity = {
  .name = "sensitivity",
  .arguments = "MODEL TEXT",
  .summary = "Tell what LongMamba's theta and top would do",
  .description
  = "CSV: layer,top,theta,channels,global,kept_fraction,delta_ratio,unfiltered_ratio. Calibrated "
    "on\n"
    "the text's first L tokens (--train-length) with each share C of --tops, the threshold for "
    "the\n"
    "text's own length is put to its delta, layer by layer in one unfiltered run. global counts "
    "the\n"
    "channels above theta; kept_fraction is the share of tokens that they keep (mean), "
    "delta_ratio\n"
    "the sum of kept delta over the target (median; 1 is what the filter aims at), "
    "unfiltered_ratio\n"
    "that of all tokens.\n\n"
    "Example:\n"
    "  mambascope-cli sensitivity samples/models/rescue-mamba2-5m text.txt --out s.csv\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

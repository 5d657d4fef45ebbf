#include "analysis/sensitivity.h"

#include "cli/cli.h"

static char *out, *thetas, *tops;

#define WHOLE_COLUMNS "top,theta,channels,global,kept_fraction,delta_ratio,unfiltered_ratio"

static const GOptionEntry options[] = {
  CLI_OPTION ("thetas", thetas,
              "thresholds of the classes (default LongMamba's 11 from 1e-40 to 0.5)", "T,..."),
  CLI_OPTION ("tops", tops, "shares C that are clamped (default 0,0.05,0.1,0.15,0.2)", "C,..."),
  CLI_OUT_CSV (out),
  { NULL },
};

/* COUNT of ROWS from FIRST on; all layers together have no column for theirs. */
static CliSheet *
make_sheet (const GArray *rows, gsize first, gsize count, gsize channels)
{
  gboolean whole = g_array_index (rows, ScopeSensitivity, first).layer == SCOPE_SENSITIVITY_ALL;
  CliSheet *sheet = cli_sheet_new (whole ? WHOLE_COLUMNS : "layer," WHOLE_COLUMNS);
  for (gsize i = first; i < first + count; i++) {
    const ScopeSensitivity *row = &g_array_index (rows, ScopeSensitivity, i);
    if (!whole)
      cli_sheet_int (sheet, row->layer);
    cli_sheet_real (sheet, row->top);
    cli_sheet_real (sheet, row->theta);
    cli_sheet_int (sheet, channels);
    cli_sheet_int (sheet, row->global);
    cli_sheet_real (sheet, row->kept);
    cli_sheet_real (sheet, row->achieved);
    cli_sheet_real (sheet, row->unfiltered);
  }
  return sheet;
}

/* --LIST as numbers, or the N of GRID. */
static gboolean
read_grid (const char *option, const char *list, const double *grid, gsize n, double **numbers,
           gsize *count, GError **error)
{
  if (list != NULL)
    return cli_doubles (option, list, 0, 1, numbers, count, error);
  *numbers = g_memdup2 (grid, n * sizeof *grid);
  *count = n;
  return TRUE;
}

static gboolean
report (Cli *cli, const GArray *rows, gsize choices, GError **error)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  gsize of_layers = config->n_layer * choices;
  g_autoptr (CliSheet) layers = make_sheet (rows, 0, of_layers, config->channels);
  g_autoptr (CliSheet) all
      = make_sheet (rows, of_layers, choices, config->n_layer * config->channels);
  if (out != NULL && !cli_sheet_write (layers, out, error))
    return FALSE;
  if (!cli->json) {
    cli_sheet_print (out != NULL ? all : layers, out != NULL);
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_sheet (json, "all", all);
  cli_json_sheet (json, "rows", layers);
  cli_json_end (json);
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  g_autofree double *theta = NULL, *top = NULL;
  gsize n_thetas, n_tops;
  if (!read_grid ("--thetas", thetas, scope_sensitivity_thetas, SCOPE_SENSITIVITY_THETAS, &theta,
                  &n_thetas, error)
      || !read_grid ("--tops", tops, scope_sensitivity_tops, SCOPE_SENSITIVITY_TOPS, &top, &n_tops,
                     error)
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
  return rows != NULL && report (cli, rows, n_thetas * n_tops, error);
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
    "that of all tokens. With --out, a table of all layers together is printed.\n\n"
    "Example:\n"
    "  mambascope-cli sensitivity samples/models/rescue-mamba2-5m text.txt --out s.csv\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

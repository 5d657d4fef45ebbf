#include "analysis/perplexity.h"

#include "cli/cli.h"

static char *lengths_option, *score_option, *windows_option, *devices_option, *out;

static const GOptionEntry options[] = {
  { "lengths", 0, 0, G_OPTION_ARG_FILENAME, &lengths_option,
    "lengths of the windows in tokens (required)", "A,B,..." },
  { "score", 0, 0, G_OPTION_ARG_FILENAME, &score_option,
    "score the last N tokens of a window (default 100)", "N" },
  { "windows", 0, 0, G_OPTION_ARG_FILENAME, &windows_option,
    "at most so many windows per text and length (default 8)", "N" },
  { "devices", 0, 0, G_OPTION_ARG_FILENAME, &devices_option,
    "spread the windows over these devices of --backend", "0,1,..." },
  { "out", 0, 0, G_OPTION_ARG_FILENAME, &out, "file to write (default: standard output)", "F.csv" },
  { NULL },
};

typedef struct {
  Cli *cli;
  CliSheet *sheet;
} Target;

static void
take_row (const ScopePerplexityRow *row, gpointer data)
{
  const Target *target = data;
  cli_sheet_text (target->sheet, target->cli->arguments[1 + row->text]);
  cli_sheet_int (target->sheet, row->length);
  cli_sheet_text (target->sheet,
                  scope_filter_spec (g_ptr_array_index (target->cli->filters, row->filter)));
  cli_sheet_int (target->sheet, row->windows);
  cli_sheet_real (target->sheet, row->perplexity);
  cli_sheet_real (target->sheet, row->ci_low);
  cli_sheet_real (target->sheet, row->ci_high);
}

static gboolean
measure_here (Cli *cli, GPtrArray *texts, const ScopePerplexitySettings *settings, Target *target,
              GError **error)
{
  return cli_open_schedule (cli, error)
         && scope_perplexity (cli->context, (ScopeTokens *const *)texts->pdata,
                              (const char *const *)cli->arguments + 1, texts->len, settings,
                              take_row, target, cli_progress (), error);
}

static gboolean
measure_spread (Cli *cli, GPtrArray *texts, const ScopePerplexitySettings *settings, Target *target,
                GError **error)
{
  g_autoptr (GPtrArray) workers = cli_open_workers (cli, devices_option, error);
  if (workers == NULL)
    return FALSE;
  g_autofree ScopeFilterContext **contexts = g_new (ScopeFilterContext *, workers->len);
  g_autofree const char **names = g_new (const char *, workers->len);
  for (guint w = 0; w < workers->len; w++) {
    const CliWorker *worker = g_ptr_array_index (workers, w);
    contexts[w] = worker->context;
    names[w] = worker->name;
  }
  return scope_perplexity_spread (contexts, names, workers->len, (ScopeTokens *const *)texts->pdata,
                                  (const char *const *)cli->arguments + 1, texts->len, settings,
                                  take_row, target, cli_progress (), error);
}

static gboolean
measure (Cli *cli, const ScopePerplexitySettings *settings, CliSheet *sheet, GError **error)
{
  Target target = { cli, sheet };
  g_autoptr (GPtrArray) texts = cli_read_texts (cli, 1, error);
  if (texts == NULL)
    return FALSE;
  return devices_option != NULL ? measure_spread (cli, texts, settings, &target, error)
                                : measure_here (cli, texts, settings, &target, error);
}

static gboolean
run (Cli *cli, GError **error)
{
  ScopePerplexitySettings settings = { .score = 100, .windows = 8 };
  g_autofree gsize *lengths = NULL;
  if (!cli_require ("--lengths", lengths_option, error)
      || !cli_sizes ("--lengths", lengths_option, 2, &lengths, &settings.n_lengths, error)
      || !cli_size ("--score", score_option, 1, G_MAXINT32, &settings.score, error)
      || !cli_size ("--windows", windows_option, 1, G_MAXINT32, &settings.windows, error)
      || (out != NULL && !cli_check_output (out, error)))
    return FALSE;
  settings.lengths = lengths;
  settings.filters = (ScopeFilter *const *)cli->filters->pdata;
  settings.n_filters = cli->filters->len;
  g_autoptr (CliSheet) sheet
      = cli_sheet_new ("text,length,filter,windows,perplexity,ci_low,ci_high");
  if (!measure (cli, &settings, sheet, error)
      || (out != NULL && !cli_sheet_write (sheet, out, error)))
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

const CliCommand cli_perplexity = {
  .name = "perplexity",
  .arguments = "MODEL TEXT...",
  .summary = "Measure perplexity at several lengths, with and without filters",
  .description
  = "CSV: text,length,filter,windows,perplexity,ci_low,ci_high. A window of LENGTH tokens runs "
    "from a\n"
    "fresh state, and its last --score tokens (at most LENGTH - 1) are scored. Windows of all "
    "lengths\n"
    "end at the same places, from the longest length to the end of the text, so far apart that no\n"
    "token is scored twice; one window alone begins at the start. The interval is 95 %. --filter "
    "may\n"
    "be given several times, one row each. With --out, a table is printed as well. --devices 0,1\n"
    "gives one worker to each of these devices: the same rows, and a device that fails leaves its\n"
    "windows to the others.\n\n"
    "Example:\n"
    "  mambascope-cli perplexity samples/models/rescue-mamba2-5m novel.txt --lengths 256,4096 \\\n"
    "      --filter off --filter longmamba --out perplexity.csv\n",
  .min_arguments = 2,
  .max_arguments = G_MAXUINT,
  .many_filters = TRUE,
  .options = options,
  .run = run,
};

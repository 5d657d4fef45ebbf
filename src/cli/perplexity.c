#include "analysis/perplexity.h"

#include <stdlib.h>
#include <string.h>

#include "cli/perplexity-crew.h"
#include "export/living.h"
#include "export/sweep-figure.h"

static char *lengths_option, *score_option, *windows_option, *protocol_option, *devices_option,
    *resume_option, *figure_option, *out;

static const GOptionEntry options[] = {
  CLI_OPTION ("lengths", lengths_option, "lengths of the windows in tokens (required)", "A,B,..."),
  CLI_OPTION ("score", score_option, "score the last N tokens of a window (default 100)", "N"),
  CLI_OPTION ("windows", windows_option,
              "at most so many windows per text and length (default 8; paper: 10)", "N"),
  CLI_OPTION (
      "protocol", protocol_option,
      "strict: the same tokens at every length; paper: windows per document (default strict)",
      "NAME"),
  CLI_OPTION ("devices", devices_option, "spread the windows over these devices of --backend",
              "0,1,..."),
  CLI_OPTION ("resume", resume_option,
              "keep each window that is done in a file, and go on from what it holds", "F.jsonl"),
  CLI_OPTION ("figure", figure_option, "also draw the curves: .png, .pdf or .svg (of one TEXT)",
              "F"),
  CLI_OUT_CSV (out),
  { NULL },
};

/* Where the rows go. */
typedef struct {
  Cli *cli;
  const ScopePerplexitySettings *settings;
  CliSheet *sheet;
  ScopePerplexityRow *rows; /* (filters, lengths): of one text, for the figure */
} Target;

static void
keep_for_figure (const Target *target, const ScopePerplexityRow *row)
{
  const ScopePerplexitySettings *settings = target->settings;
  for (gsize l = 0; l < settings->n_lengths; l++)
    if (settings->lengths[l] == row->length)
      target->rows[row->filter * settings->n_lengths + l] = *row;
}

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
  if (protocol_option != NULL)
    cli_sheet_text (target->sheet, scope_protocol_names[target->settings->protocol]);
  keep_for_figure (target, row);
}

/* --- the figure ---------------------------------------------------------------------------------
 */

static int
compare_lengths (const void *a, const void *b)
{
  gsize left = ((const ScopePerplexityRow *)a)->length;
  gsize right = ((const ScopePerplexityRow *)b)->length;
  return (left > right) - (left < right);
}

static gboolean
draw_figure (Cli *cli, const Target *target, GError **error)
{
  const ScopePerplexitySettings *settings = target->settings;
  g_autoptr (GPtrArray) texts = cli_read_texts (cli, 1, error);
  g_autofree const char **specs = g_new (const char *, settings->n_filters);
  ScopeSweepFacts facts = { .schedule = cli->schedule,
                            .text = cli->arguments[1],
                            .filters = specs,
                            .n_filters = settings->n_filters,
                            .n_lengths = settings->n_lengths,
                            .rows = target->rows,
                            .score = settings->score,
                            .windows = settings->windows,
                            .protocol = settings->protocol };
  if (texts == NULL
      || !scope_filter_context_facts (cli->context, NULL, &facts.train_length, NULL, error))
    return FALSE;
  facts.tokens = g_ptr_array_index (texts, 0);
  for (gsize f = 0; f < settings->n_filters; f++) {
    specs[f] = scope_filter_spec (settings->filters[f]);
    qsort (target->rows + f * settings->n_lengths, settings->n_lengths, sizeof *target->rows,
           compare_lengths);
  }
  g_autoptr (ScopeFigure) figure = scope_sweep_figure (&facts, cli_progress (), error);
  return figure != NULL && scope_figure_write (figure, figure_option, 0, error);
}

/* --- options ------------------------------------------------------------------------------------
 */

static gboolean
check_files (const Cli *cli, GError **error)
{
  if (figure_option != NULL && !scope_living_is_figure (figure_option))
    return cli_usage (error, "--figure %s: expected a name that ends in .png, .pdf or .svg",
                      figure_option);
  if (figure_option != NULL && (cli->n_arguments > 2 || strcmp (cli->arguments[1], "-") == 0))
    return cli_usage (error, "--figure: expected one TEXT that is a file");
  return (out == NULL || cli_check_output (out, error))
         && (figure_option == NULL || cli_check_output (figure_option, error))
         && (resume_option == NULL || cli_check_output (resume_option, error));
}

static gboolean
read_settings (Cli *cli, ScopePerplexitySettings *settings, gsize **lengths, GError **error)
{
  if (protocol_option != NULL && !scope_protocol_parse (protocol_option, &settings->protocol))
    return cli_usage (error, "--protocol: expected strict or paper, found \"%s\"", protocol_option);
  settings->score = 100;
  settings->windows = scope_protocol_windows (settings->protocol);
  if (!cli_require ("--lengths", lengths_option, error)
      || !cli_sizes ("--lengths", lengths_option, 2, lengths, &settings->n_lengths, error)
      || !cli_size ("--score", score_option, 1, G_MAXINT32, &settings->score, error)
      || !cli_size ("--windows", windows_option, 1, G_MAXINT32, &settings->windows, error))
    return FALSE;
  settings->lengths = *lengths;
  settings->filters = (ScopeFilter *const *)cli->filters->pdata;
  settings->n_filters = cli->filters->len;
  return TRUE;
}

/* --- the result ---------------------------------------------------------------------------------
 */

static void
print_result (Cli *cli, const Target *target)
{
  if (!cli->json) {
    cli_sheet_print (target->sheet, out != NULL);
    return;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "protocol", scope_protocol_names[target->settings->protocol]);
  cli_json_int (json, "score", target->settings->score);
  cli_json_string (json, "figure", figure_option);
  cli_json_end_sheet (json, out, target->sheet);
}

static gboolean
measure (Cli *cli, const CliSweep *sweep, GError **error)
{
  const ScopePerplexitySettings *settings = &sweep->settings;
  g_autofree char *columns = g_strconcat ("text,length,filter,windows,perplexity,ci_low,ci_high",
                                          protocol_option != NULL ? ",protocol" : "", NULL);
  g_autoptr (CliSheet) sheet = cli_sheet_new (columns);
  g_autofree ScopePerplexityRow *rows
      = g_new0 (ScopePerplexityRow, settings->n_filters * settings->n_lengths);
  Target target = { cli, settings, sheet, rows };
  if (!cli_sweep_measure (cli, sweep, take_row, &target, error))
    return FALSE;
  if (sweep->ranks != NULL && cli_ranks_rank (sweep->ranks) > 0)
    return TRUE;
  if ((out != NULL && !cli_sheet_write (sheet, out, error))
      || (figure_option != NULL
          && (!cli_open_schedule (cli, error) || !draw_figure (cli, &target, error))))
    return FALSE;
  print_result (cli, &target);
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  CliSweep sweep = { .devices = devices_option, .resume = resume_option };
  g_autofree gsize *lengths = NULL;
  if (!read_settings (cli, &sweep.settings, &lengths, error)
      || !cli_ranks_open (&sweep.ranks, error))
    return FALSE;
  g_autoptr (CliRanks) ranks = sweep.ranks;
  gboolean writes = ranks == NULL || cli_ranks_rank (ranks) == 0;
  return (!writes || check_files (cli, error)) && measure (cli, &sweep, error);
}

const CliCommand cli_perplexity = {
  .name = "perplexity",
  .arguments = "MODEL TEXT...",
  .summary = "Measure perplexity at several lengths, with and without filters",
  .description
  = "CSV: text,length,filter,windows,perplexity,ci_low,ci_high, and protocol where it is given.\n"
    "A window of LENGTH tokens runs from a fresh state, and its last --score tokens (at most\n"
    "LENGTH - 1) are scored. --protocol strict: windows of all lengths end at the same places, "
    "from\n"
    "the longest length to the end of the text, so that every length scores the same tokens; one\n"
    "window alone begins at the start. --protocol paper: windows per document, each length by\n"
    "itself in equal steps from the first token, as LongMamba's evaluation has them. In both, no\n"
    "length scores a token twice. The interval is 95 %. --filter may be given several times, one\n"
    "row each. With --out, a table is printed as well.\n\n"
    "--resume F keeps what is done: after an interruption the same command goes on where it was, "
    "and\n"
    "its result is the same to the byte. F is refused if model, texts, filters or protocol "
    "differ.\n\n"
    "--devices 0,1 gives one worker to each of these devices; under mpirun each rank is one "
    "(those\n"
    "of a host take its devices in turn), and rank 0 writes. The rows are the same for any "
    "number;\n"
    "a worker that fails is named, and its windows are done by the others. When a rank is killed,\n"
    "mpirun ends all of them unless it is given --enable-recovery.\n\n"
    "Example:\n"
    "  mambascope-cli perplexity samples/models/rescue-mamba2-5m novel.txt --lengths 256,4096 \\\n"
    "      --filter off --filter longmamba --out perplexity.csv --figure perplexity.pdf\n"
    "  mpirun -n 4 mambascope-cli perplexity MODEL novel.txt --lengths 2000,60000 --resume "
    "F.jsonl\n",
  .min_arguments = 2,
  .max_arguments = G_MAXUINT,
  .many_filters = TRUE,
  .options = options,
  .run = run,
};

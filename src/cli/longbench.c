#include "analysis/longbench/run.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static char *config_option, *predictions_option, *max_tokens_option, *datasets_option,
    *limit_option, *out;

static const GOptionEntry options[] = {
  CLI_OPTION ("config", config_option, "prompts and lengths of answers (required with MODEL)",
              "FILE"),
  CLI_OPTION ("predictions", predictions_option,
              "keep answers here and go on with those that are there; without MODEL: score them",
              "FILE"),
  CLI_OPTION ("max-tokens", max_tokens_option,
              "cut the middle out of longer prompts (default: prompts stay whole)", "N"),
  CLI_OPTION ("datasets", datasets_option, "only these (default: all that are in DATA)", "A,B,..."),
  CLI_OPTION ("limit", limit_option,
              "at most so many entries of a dataset, the first ones (default: all)", "N"),
  CLI_OUT_CSV (out),
  { NULL },
};

#define COLUMNS                                                                                    \
  "dataset,metric,filter,samples,score,samples_0_4k,score_0_4k,samples_4_8k,score_4_8k,"           \
  "samples_8k,score_8k"

/* -- what is asked for -- */

typedef struct {
  char **datasets; /* NULL: all */
  gsize limit, max_tokens;
} Wishes;

static void
wishes_clear (Wishes *self)
{
  g_clear_pointer (&self->datasets, g_strfreev);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wishes, wishes_clear)

static gboolean
read_datasets (Wishes *self, GError **error)
{
  gboolean extended;
  if (datasets_option == NULL)
    return TRUE;
  self->datasets = g_strsplit (datasets_option, ",", -1);
  for (gsize d = 0; self->datasets[d] != NULL; d++)
    if (scope_longbench_dataset_find (self->datasets[d], &extended) == NULL)
      return cli_usage (error,
                        "--datasets: expected datasets of LongBench with commas, found \"%s\"",
                        self->datasets[d]);
  return self->datasets[0] != NULL
         || cli_usage (error, "--datasets: expected datasets of LongBench, found \"\"");
}

/* The same one twice would count every entry twice in its row. */
static gboolean
check_filters (const Cli *cli, GError **error)
{
  for (guint f = 0; f < cli->filters->len; f++)
    for (guint g = 0; g < f; g++) {
      const char *spec = scope_filter_spec (g_ptr_array_index (cli->filters, f));
      if (strcmp (spec, scope_filter_spec (g_ptr_array_index (cli->filters, g))) == 0)
        return cli_usage (error, "--filter: %s is given twice", spec);
    }
  return TRUE;
}

static gboolean
read_wishes (Wishes *self, GError **error)
{
  return read_datasets (self, error)
         && cli_size ("--max-tokens", max_tokens_option, 2, G_MAXINT32, &self->max_tokens, error)
         && cli_size ("--limit", limit_option, 1, G_MAXSIZE, &self->limit, error)
         && (out == NULL || cli_check_output (out, error));
}

/* -- with a model -- */

static ScopeLongbenchData *
read_data (Cli *cli, const Wishes *wishes, GError **error)
{
  g_autoptr (ScopeLongbenchData) data
      = scope_longbench_data_new ((const char *const *)wishes->datasets, wishes->limit);
  for (guint i = 1; i < cli->n_arguments; i++)
    if (!scope_longbench_data_add (data, cli->arguments[i], cli_progress (), error))
      return NULL;
  if (scope_longbench_data_count (data) > 0)
    return g_steal_pointer (&data);
  cli_fail (error, "%s: holds no entry%s", cli->arguments[1],
            wishes->datasets != NULL ? " of these datasets" : "");
  return NULL;
}

static ScopeLongbenchPredictions *
open_predictions (Cli *cli, const ScopeLongbenchConfig *config, const Wishes *wishes,
                  GError **error)
{
  if (predictions_option == NULL)
    return scope_longbench_predictions_new ();
  if (!scope_model_prepare_hash (cli->model, cli_progress (), error))
    return NULL;
  ScopeLongbenchHeader header = { .model = scope_model_name (cli->model),
                                  .model_hash = scope_model_hash (cli->model),
                                  .config_hash = scope_longbench_config_hash (config),
                                  .precision = scope_precision_name (cli->backend->precision),
                                  .max_tokens = (gint64)wishes->max_tokens,
                                  .train_length = (gint64)cli->train_length };
  return scope_longbench_predictions_open (predictions_option, &header, error);
}

static gboolean
answer (Cli *cli, const Wishes *wishes, ScopeLongbenchTotals *totals, gsize *made, GError **error)
{
  if (cli->n_arguments < 2)
    return cli_usage (error, "longbench: expected %s (see mambascope-cli longbench --help)",
                      cli->command->arguments);
  if (!cli_require ("--config", config_option, error) || !check_filters (cli, error)
      || (predictions_option != NULL && !cli_check_output (predictions_option, error)))
    return FALSE;
  g_autoptr (ScopeLongbenchConfig) config = scope_longbench_config_open (config_option, error);
  if (config == NULL)
    return FALSE;
  g_autoptr (ScopeLongbenchData) data = read_data (cli, wishes, error);
  if (data == NULL || !scope_longbench_check (data, config, config_option, error)
      || !cli_open_schedule (cli, error))
    return FALSE;
  g_autoptr (ScopeLongbenchPredictions) predictions = open_predictions (cli, config, wishes, error);
  ScopeLongbenchSettings settings = { .config = config,
                                      .filters = (ScopeFilter *const *)cli->filters->pdata,
                                      .n_filters = cli->filters->len,
                                      .max_tokens = wishes->max_tokens };
  return predictions != NULL
         && scope_longbench_run (cli->context, data, &settings, predictions, totals, made,
                                 cli_progress (), error);
}

/* -- without one -- */

static gboolean
is_wanted (const Wishes *wishes, const ScopeLongbenchCase *known)
{
  g_autofree char *set = scope_longbench_set_name (known->dataset, known->extended);
  return wishes->datasets == NULL || g_strv_contains ((const char *const *)wishes->datasets, set);
}

static gboolean
score (const Wishes *wishes, ScopeLongbenchTotals *totals, GError **error)
{
  static const struct {
    const char *name;
    char **value;
  } others[] = { { "--config", &config_option },
                 { "--max-tokens", &max_tokens_option },
                 { "--limit", &limit_option } };
  for (gsize o = 0; o < G_N_ELEMENTS (others); o++)
    if (*others[o].value != NULL)
      return cli_usage (error, "%s needs MODEL and DATA", others[o].name);
  g_autoptr (ScopeLongbenchPredictions) predictions = scope_longbench_predictions_new ();
  cli_progress_begin ();
  if (!scope_longbench_predictions_read (predictions, predictions_option, error))
    return FALSE;
  gsize count = scope_longbench_predictions_count (predictions), scored = 0;
  for (gsize p = 0; p < count; p++) {
    const ScopeLongbenchPrediction *prediction = scope_longbench_predictions_nth (predictions, p);
    if (!scope_progress_check (cli_progress (), (double)p / (double)count, "scoring", error))
      return FALSE;
    if (!is_wanted (wishes, &prediction->known))
      continue;
    scope_longbench_totals_add (totals, &prediction->known, prediction->filter, prediction->text);
    scored++;
  }
  return scored > 0
         || cli_fail (error, "%s: holds no prediction%s", predictions_option,
                      wishes->datasets != NULL ? " of these datasets" : "");
}

/* -- the table -- */

static CliSheet *
make_sheet (ScopeLongbenchTotals *totals)
{
  CliSheet *sheet = cli_sheet_new (COLUMNS);
  g_autoptr (GArray) rows = scope_longbench_totals_rows (totals);
  for (guint r = 0; r < rows->len; r++) {
    const ScopeLongbenchRow *row = &g_array_index (rows, ScopeLongbenchRow, r);
    cli_sheet_text (sheet, row->set);
    cli_sheet_text (sheet, row->metric);
    cli_sheet_text (sheet, row->filter);
    for (gsize b = 0; b < SCOPE_LONGBENCH_BUCKETS; b++) {
      cli_sheet_int (sheet, row->samples[b]);
      cli_sheet_real (sheet, row->score[b]);
    }
  }
  return sheet;
}

static void
print (Cli *cli, const CliSheet *sheet, gsize made)
{
  if (!cli->json) {
    if (out != NULL && predictions_option != NULL && cli->model != NULL)
      printf ("%" G_GSIZE_FORMAT " new predictions in %s\n", made, predictions_option);
    cli_sheet_print (sheet, out != NULL);
    return;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "config", config_option);
  cli_json_string (json, "predictions", predictions_option);
  cli_json_int (json, "new_predictions", made);
  cli_json_end_sheet (json, out, sheet);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_auto (Wishes) wishes = { .limit = G_MAXSIZE };
  g_autoptr (ScopeLongbenchTotals) totals = scope_longbench_totals_new ();
  gsize made = 0;
  if (!read_wishes (&wishes, error))
    return FALSE;
  gboolean done = cli->n_arguments == 0 && predictions_option != NULL
                      ? score (&wishes, totals, error)
                      : answer (cli, &wishes, totals, &made, error);
  if (!done)
    return FALSE;
  g_autoptr (CliSheet) sheet = make_sheet (totals);
  if (out != NULL && !cli_sheet_write (sheet, out, error))
    return FALSE;
  print (cli, sheet, made);
  return TRUE;
}

const CliCommand cli_longbench = {
  .name = "longbench",
  .arguments = "MODEL DATA...",
  .summary = "Answer and score LongBench and LongBench-E, with and without filters",
  .description
  = "DATA are LongBench's files as you downloaded them, hotpotqa.jsonl, hotpotqa_e.jsonl, or the\n"
    "folder they are in. --config says how each of the 21 datasets is asked and how long the "
    "answer\n"
    "may be: samples/longbench.json in our own words; docs/longbench.schema.json describes the\n"
    "file, and the user guide says how LongBench's own prompts get into it. Prompts of more than\n"
    "--max-tokens lose their middle. Answers are decoded greedily; a filter acts on the prompt, "
    "not\n"
    "on the answer. --filter may be given several times.\n\n"
    "--predictions keeps each answer as soon as it is there. When the command is given again, "
    "what\n"
    "is in the file is not answered again; a file that was made with another model, config,\n"
    "precision, --max-tokens or --train-length is refused. Given alone, without MODEL, it scores\n"
    "what is in the file; that may also be one of LongBench's own, called DATASET.jsonl.\n\n"
    "CSV: " COLUMNS ".\n"
    "Scores are LongBench's, 0 to 100; qa_f1_zh_chars and rouge_l_zh_chars compare characters "
    "where\n"
    "LongBench compares jieba's words. The last columns are LongBench-E's ranges of the entry's\n"
    "\"length\" (words). \"average\" and \"average_e\" count each dataset once. With --out, a "
    "table is\n"
    "printed.\n\n"
    "Example:\n"
    "  mambascope-cli longbench state-spaces/mamba-1.4b LongBench/data --config longbench.json \\\n"
    "      --datasets qasper_e,hotpotqa_e --max-tokens 16000 --filter off --filter longmamba \\\n"
    "      --predictions answers.jsonl --out scores.csv\n"
    "  mambascope-cli longbench --predictions answers.jsonl\n",
  .min_arguments = 0,
  .max_arguments = G_MAXUINT,
  .many_filters = TRUE,
  .options = options,
  .run = run,
};

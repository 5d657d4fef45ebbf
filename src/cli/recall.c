#include "analysis/recall.h"

#include <stdio.h>

#include "cli/cli.h"

static char *task_option, *lengths_option, *trials_option, *seed_option, *out;

static const GOptionEntry options[] = {
  { "task", 0, 0, G_OPTION_ARG_FILENAME, &task_option,
    "passkey, needle or both with a comma (required)", "NAME,..." },
  { "lengths", 0, 0, G_OPTION_ARG_FILENAME, &lengths_option,
    "tokens of a trial, the answer included (required)", "A,B,..." },
  { "trials", 0, 0, G_OPTION_ARG_FILENAME, &trials_option,
    "trials per task and length (default 16)", "N" },
  { "seed", 0, 0, G_OPTION_ARG_FILENAME, &seed_option,
    "of the numbers, the words and the places in the texts (default 1)", "S" },
  { "out", 0, 0, G_OPTION_ARG_FILENAME, &out, "file to write (default: standard output)", "F.csv" },
  { NULL },
};

typedef struct {
  Cli *cli;
  CliSheet *sheet;
} Target;

static void
take_row (const ScopeRecallRow *row, gpointer data)
{
  const Target *target = data;
  cli_sheet_text (target->sheet, scope_task_name (row->task));
  cli_sheet_int (target->sheet, row->length);
  cli_sheet_text (target->sheet,
                  scope_filter_spec (g_ptr_array_index (target->cli->filters, row->filter)));
  cli_sheet_int (target->sheet, row->trials);
  cli_sheet_real (target->sheet, row->accuracy);
  cli_sheet_real (target->sheet, row->ci_low);
  cli_sheet_real (target->sheet, row->ci_high);
}

static gboolean
read_tasks (GArray *tasks, GError **error)
{
  g_auto (GStrv) names = g_strsplit (task_option, ",", -1);
  for (gsize i = 0; names[i] != NULL; i++) {
    ScopeTask task;
    if (!scope_task_parse (names[i], &task))
      return cli_usage (error, "--task: expected passkey or needle, found \"%s\"", names[i]);
    g_array_append_val (tasks, task);
  }
  return tasks->len > 0 || cli_usage (error, "--task: expected passkey or needle, found \"\"");
}

static gboolean
measure (Cli *cli, const ScopeRecallSettings *settings, CliSheet *sheet, GError **error)
{
  Target target = { cli, sheet };
  g_autoptr (GPtrArray) texts = cli_read_texts (cli, 1, error);
  return texts != NULL && cli_open_schedule (cli, error)
         && scope_recall (cli->context, (ScopeTokens *const *)texts->pdata,
                          (const char *const *)cli->arguments + 1, texts->len, settings, take_row,
                          &target, cli_progress (), error);
}

static gboolean
read_settings (ScopeRecallSettings *settings, gsize **lengths, GArray *tasks, GError **error)
{
  gsize seed = 1;
  if (!cli_require ("--task", task_option, error)
      || !cli_require ("--lengths", lengths_option, error) || !read_tasks (tasks, error)
      || !cli_sizes ("--lengths", lengths_option, 1, lengths, &settings->n_lengths, error)
      || !cli_size ("--trials", trials_option, 1, G_MAXINT32, &settings->trials, error)
      || !cli_size ("--seed", seed_option, 0, G_MAXUINT32, &seed, error)
      || (out != NULL && !cli_check_output (out, error)))
    return FALSE;
  settings->lengths = *lengths;
  settings->seed = (guint32)seed;
  settings->tasks = (const ScopeTask *)tasks->data;
  settings->n_tasks = tasks->len;
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  ScopeRecallSettings settings = { .trials = 16 };
  g_autofree gsize *lengths = NULL;
  g_autoptr (GArray) tasks = g_array_new (FALSE, FALSE, sizeof (ScopeTask));
  settings.filters = (ScopeFilter *const *)cli->filters->pdata;
  settings.n_filters = cli->filters->len;
  g_autoptr (CliSheet) sheet = cli_sheet_new ("task,length,filter,trials,accuracy,ci_low,ci_high");
  if (!read_settings (&settings, &lengths, tasks, error) || !measure (cli, &settings, sheet, error)
      || (out != NULL && !cli_sheet_write (sheet, out, error)))
    return FALSE;
  if (!cli->json) {
    if (out != NULL)
      printf ("seed %u\n", settings.seed);
    cli_sheet_print (sheet, out != NULL);
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_int (json, "seed", settings.seed);
  cli_json_string (json, "out", out);
  cli_json_sheet (json, "rows", sheet);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_recall = {
  .name = "recall",
  .arguments = "MODEL TEXT...",
  .summary = "Hide a fact in prose and ask for it, with and without filters",
  .description
  = "CSV: task,length,filter,trials,accuracy,ci_low,ci_high. A trial is LENGTH tokens of prose "
    "from\n"
    "the texts, with the fact at depth (trial + 0.5) / trials and the question at the end; the "
    "answer\n"
    "is decoded greedily and is right if it begins with the five digits. The filter acts on the\n"
    "prompt, not on the answer. passkey: \"The pass key is 58213.\"; needle: \"One of the special "
    "magic\n"
    "numbers for amber-kettle is: 40172.\". Numbers, words and places come from --seed (default "
    "1)\n"
    "alone. The interval is Wilson's, 95 %. --filter may be given several times, one row each. "
    "With\n"
    "--out, the seed and a table are printed.\n\n"
    "Example:\n"
    "  mambascope-cli recall samples/models/rescue-mamba2-5m novel.txt --task passkey,needle \\\n"
    "      --lengths 256,4096 --filter off --filter longmamba\n",
  .min_arguments = 2,
  .max_arguments = G_MAXUINT,
  .many_filters = TRUE,
  .options = options,
  .run = run,
};

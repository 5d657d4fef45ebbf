#include "cli/recall.h"

#include <stdio.h>

static char *task_option, *lengths_option, *trials_option, *seed_option, *questions_option,
    *devices_option;
static char *prompts, *answers, *out;
static gboolean list, repeat;

static const GOptionEntry options[] = {
  CLI_OPTION (
      "task", task_option,
      "tasks with commas, or ruler, or all; each NAME[:PARAMETER=VALUE...][:tiny] (required)",
      "NAME,..."),
  CLI_OPTION ("lengths", lengths_option, "tokens of a trial, the answer included (required)",
              "A,B,..."),
  CLI_OPTION ("trials", trials_option, "trials per task and length (default 16)", "N"),
  CLI_OPTION ("seed", seed_option,
              "of the numbers, the words and the places in the texts (default 1)", "S"),
  CLI_OPTION ("questions", questions_option,
              "documents, questions and answers of qa_1 and qa_2 (default: some are built in)",
              "F.json"),
  CLI_FLAG ("repeat", repeat, "a TEXT that is shorter than a trial begins again where it ends"),
  CLI_OPTION ("devices", devices_option, "spread the trials over these devices of --backend",
              "0,1,..."),
  CLI_OPTION ("prompts", prompts, "write the trials, one JSON object a line, and run nothing",
              "F.jsonl"),
  CLI_OPTION ("answers", answers, "write what was said to each trial, one JSON object a line",
              "F.jsonl"),
  CLI_FLAG ("list", list, "describe the tasks and their parameters"),
  CLI_OUT_CSV (out),
  { NULL },
};

/* -- The call -- */

static gboolean
read_options (CliRecall *self, GError **error)
{
  if (!cli_require ("--task", task_option, error)
      || !cli_require ("--lengths", lengths_option, error)
      || !cli_sizes ("--lengths", lengths_option, 1, &self->lengths, &self->n_lengths, error)
      || !cli_size ("--trials", trials_option, 1, G_MAXINT32, &self->n_trials, error)
      || !cli_size ("--seed", seed_option, 0, G_MAXUINT32, &self->seed, error))
    return FALSE;
  if (prompts != NULL && (answers != NULL || out != NULL))
    return cli_usage (error, "--prompts runs nothing: --answers and --out have nothing to write");
  g_autoptr (GError) wrong = NULL;
  self->tasks = scope_tasks_parse (task_option, &wrong);
  return self->tasks != NULL || cli_usage (error, "--task: %s", wrong->message);
}

/* Refuses before the model is opened what can be refused then. */
static gboolean
check_call (const CliRecall *self, GError **error)
{
  if (self->cli->n_arguments == 0)
    return cli_usage (error, "recall: expected MODEL [TEXT...] (see mambascope-cli recall --help)");
  for (gsize k = 0; k < self->tasks->len && self->cli->n_arguments == 1; k++)
    if (scope_task_needs_text (cli_recall_task (self, k)))
      return cli_usage (error, "recall: task %s: expected MODEL TEXT..., a text to be the haystack",
                        scope_task_spec (cli_recall_task (self, k)));
  const char *lines = prompts != NULL ? prompts : answers;
  return (out == NULL || cli_check_output (out, error))
         && (lines == NULL || cli_check_output (lines, error));
}

static gboolean
work (CliRecall *self, GError **error)
{
  const char *lines = prompts != NULL ? prompts : answers;
  if (lines != NULL) {
    self->lines = scope_file_writer_open (lines, error);
    if (self->lines == NULL)
      return FALSE;
  }
  gboolean ok
      = prompts != NULL ? cli_recall_write_prompts (self, error) : cli_recall_measure (self, error);
  return ok && (lines == NULL || scope_file_writer_commit (g_steal_pointer (&self->lines), error));
}

/* -- What is printed -- */

static CliSheet *
make_sheet (const CliRecall *self)
{
  g_autofree char *columns = g_strconcat ("task,length,filter,trials,accuracy,ci_low,ci_high",
                                          self->repeat ? ",haystack" : "", NULL);
  CliSheet *sheet = cli_sheet_new (columns);
  for (guint r = 0; r < self->rows->len; r++) {
    const ScopeRecallRow *row = &g_array_index (self->rows, ScopeRecallRow, r);
    cli_sheet_text (sheet, scope_task_spec (cli_recall_task (self, row->task)));
    cli_sheet_int (sheet, row->length);
    cli_sheet_text (sheet, cli_recall_filter (self, row->filter));
    cli_sheet_int (sheet, row->trials);
    cli_sheet_real (sheet, row->accuracy);
    cli_sheet_real (sheet, row->ci_low);
    cli_sheet_real (sheet, row->ci_high);
    if (self->repeat)
      cli_sheet_text (sheet, cli_recall_haystack (self, row->task, row->length));
  }
  return sheet;
}

/* The mean over the tasks, as RULER reports it. */
static void
add_means (const CliRecall *self, CliSheet *table, gsize filter)
{
  cli_sheet_text (table, "mean of the tasks");
  cli_sheet_text (table, cli_recall_filter (self, filter));
  for (gsize l = 0; l < self->n_lengths; l++) {
    double sum = 0;
    for (gsize k = 0; k < self->tasks->len; k++)
      sum += cli_recall_row (self, k, l, filter)->accuracy;
    g_autofree char *cell = g_strdup_printf ("%.2f", sum / self->tasks->len);
    cli_sheet_text (table, cell);
  }
}

/* Task and filter by length: "0.94 (0.72-0.99)", the interval after the mean. */
static void
print_table (const CliRecall *self)
{
  g_autoptr (GString) columns = g_string_new ("task,filter");
  for (gsize l = 0; l < self->n_lengths; l++)
    g_string_append_printf (columns, ",%" G_GSIZE_FORMAT, self->lengths[l]);
  g_autoptr (CliSheet) table = cli_sheet_new (columns->str);
  for (gsize k = 0; k < self->tasks->len; k++)
    for (gsize f = 0; f < self->cli->filters->len; f++) {
      cli_sheet_text (table, scope_task_spec (cli_recall_task (self, k)));
      cli_sheet_text (table, cli_recall_filter (self, f));
      for (gsize l = 0; l < self->n_lengths; l++)
        cli_recall_print_cell (table, cli_recall_row (self, k, l, f));
    }
  for (gsize f = 0; f < self->cli->filters->len && self->tasks->len > 1; f++)
    add_means (self, table, f);
  cli_sheet_print_table (table);
}

static void
print_words (const CliRecall *self, const CliSheet *sheet)
{
  gsize trials = self->tasks->len * self->n_lengths * self->n_trials;
  if (prompts != NULL)
    printf ("%s: %" G_GSIZE_FORMAT " %s, seed %" G_GSIZE_FORMAT "\n", prompts, trials,
            trials == 1 ? "trial" : "trials", self->seed);
  else if (out == NULL)
    cli_sheet_print (sheet, FALSE);
  else {
    printf ("seed %" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT " %s each%s\n", self->seed, self->n_trials,
            self->n_trials == 1 ? "trial" : "trials",
            self->repeat ? "; short texts are repeated" : "");
    print_table (self);
  }
}

static void
print_json (const CliRecall *self, const CliSheet *sheet)
{
  JsonBuilder *json = cli_recall_begin_json (self);
  cli_json_string (json, "questions", questions_option);
  cli_json_string (json, "prompts", prompts);
  cli_json_string (json, "answers", answers);
  cli_json_end_sheet (json, out, sheet);
}

static gboolean
run (Cli *cli, GError **error)
{
  if (list) {
    cli_recall_list (cli);
    return TRUE;
  }
  g_auto (CliRecall) self = { .cli = cli, .n_trials = 16, .seed = 1 };
  self.repeat = repeat;
  self.devices = devices_option;
  if (!read_options (&self, error) || !check_call (&self, error)
      || !cli_recall_prepare (&self, questions_option, error) || !work (&self, error))
    return FALSE;
  g_autoptr (CliSheet) sheet = make_sheet (&self);
  if (out != NULL && !cli_sheet_write (sheet, out, error))
    return FALSE;
  if (cli->json)
    print_json (&self, sheet);
  else
    print_words (&self, sheet);
  return TRUE;
}

const CliCommand cli_recall = {
  .name = "recall",
  .arguments = "MODEL [TEXT...]",
  .summary = "Hide facts in a context and ask for them, with and without filters",
  .description
  = "Tasks: passkey and needle, which the rescue sample was trained on, and RULER's thirteen,\n"
    "generated here: niah_single_1 to 3, niah_multikey_1 to 3, niah_multivalue,\n"
    "niah_multiquery, vt, cwe, fwe, qa_1 and qa_2. --list describes them and their parameters,\n"
    "as in \"--task vt:hops=2:shots=0,cwe:tiny\". \"ruler\" stands for the thirteen, \"all\" for "
    "all.\n"
    "TEXT is the haystack of those that need one; it must be as long as a trial, or --repeat has\n"
    "it begin again where it ends, as RULER does with its essays. A text that comes again is not\n"
    "what a text of that length is: results with --repeat do not compare with others.\n\n"
    "A trial is LENGTH tokens, those that may be generated included. What is asked first stands\n"
    "at depth (trial + 0.5) / trials, unless depth=PERCENT. The answer is decoded greedily and\n"
    "scored by string match, in whatever case: \"all\" is the share of the answers that are "
    "found,\n"
    "\"part\" whether any is, \"start\" whether the text begins with it. The filter acts on the\n"
    "prompt, not on the answer. Numbers, words and places come from --seed (default 1) alone.\n"
    "--filter may be given several times. --devices 0,1 gives one worker to each of these\n"
    "devices: the same rows and answers, and a device that fails leaves its trials to the "
    "others.\n\n"
    "CSV: task,length,filter,trials,accuracy,ci_low,ci_high. accuracy is the mean score, the\n"
    "interval Wilson's, 95 %. With --repeat there is a column haystack: \"repeated\" where a TEXT "
    "has\n"
    "fewer tokens than the length, else \"whole\", and \"made\" where no TEXT is used. With --out, "
    "the\n"
    "seed and a table by length are printed.\n\n"
    "Example:\n"
    "  mambascope-cli recall samples/models/rescue-mamba2-5m novel.txt --task passkey,needle \\\n"
    "      --lengths 256,4096 --filter off --filter longmamba\n",
  .min_arguments = 0,
  .max_arguments = G_MAXUINT,
  .many_filters = TRUE,
  .options = options,
  .run = run,
};

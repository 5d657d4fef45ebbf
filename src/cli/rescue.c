/* rescue: what filters save at length. The measurements are perplexity's and recall's; one table
 * holds both. */
#include <stdio.h>

#include "cli/perplexity-crew.h"
#include "cli/recall.h"

static char *lengths_option, *windows_option, *score_option, *task_option, *trials_option,
    *seed_option, *devices_option, *out;
static gboolean repeat;

static const GOptionEntry options[] = {
  CLI_OPTION (
      "lengths", lengths_option,
      "in tokens (default 1, 8, 16, 32 and 64 times the training length, as far as TEXT goes)",
      "A,B,..."),
  CLI_OPTION ("windows", windows_option, "perplexity: at most so many windows (default 16)", "N"),
  CLI_OPTION ("score", score_option,
              "perplexity: the last N tokens of a window count (default 100)", "N"),
  CLI_OPTION ("task", task_option, "tasks of `recall` with commas (default passkey,needle)",
              "NAME,..."),
  CLI_OPTION ("trials", trials_option, "recall: trials per task and length (default 16)", "N"),
  CLI_OPTION ("seed", seed_option, "recall: of all that is drawn (default 1)", "S"),
  CLI_FLAG ("repeat", repeat,
            "recall: beyond its end TEXT begins again; perplexity is not measured there"),
  CLI_OPTION ("devices", devices_option, "spread the work over these devices of --backend",
              "0,1,..."),
  CLI_OUT_CSV (out),
  { NULL },
};

static const char *const filters[] = { "off", "longmamba", NULL };

typedef struct {
  CliRecall recall; /* has the lengths and the text */
  CliSweep sweep;   /* at those of them that the text has, which stand in WHOLE */
  gsize *whole;
  GArray *perplexity; /* ScopePerplexityRow */
} Rescue;

static void
rescue_clear (Rescue *self)
{
  cli_recall_clear (&self->recall);
  g_clear_pointer (&self->whole, g_free);
  g_clear_pointer (&self->perplexity, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rescue, rescue_clear)

static gsize
text_tokens (const Rescue *self)
{
  return scope_tokens_count (g_ptr_array_index (self->recall.texts, 0));
}

/* -- what is asked for -- */

static gboolean
read_options (Rescue *self, GError **error)
{
  CliRecall *recall = &self->recall;
  ScopePerplexitySettings *settings = &self->sweep.settings;
  if ((lengths_option != NULL
       && !cli_sizes ("--lengths", lengths_option, 2, &recall->lengths, &recall->n_lengths, error))
      || !cli_size ("--windows", windows_option, 1, G_MAXINT32, &settings->windows, error)
      || !cli_size ("--score", score_option, 1, G_MAXINT32, &settings->score, error)
      || !cli_size ("--trials", trials_option, 1, G_MAXINT32, &recall->n_trials, error)
      || !cli_size ("--seed", seed_option, 0, G_MAXUINT32, &recall->seed, error)
      || (out != NULL && !cli_check_output (out, error)))
    return FALSE;
  g_autoptr (GError) wrong = NULL;
  recall->tasks = scope_tasks_parse (task_option != NULL ? task_option : "passkey,needle", &wrong);
  return recall->tasks != NULL || cli_usage (error, "--task: %s", wrong->message);
}

static gboolean
default_lengths (Rescue *self, GError **error)
{
  static const gsize times[] = { 1, 8, 16, 32, 64 };
  CliRecall *recall = &self->recall;
  Cli *cli = recall->cli;
  gsize train;
  if (!cli_open_schedule (cli, error)
      || !scope_filter_context_facts (cli->context, NULL, &train, NULL, error))
    return FALSE;
  recall->lengths = g_new (gsize, G_N_ELEMENTS (times));
  for (gsize k = 0; k < G_N_ELEMENTS (times); k++)
    if (repeat || times[k] * train <= text_tokens (self))
      recall->lengths[recall->n_lengths++] = times[k] * train;
  return recall->n_lengths > 0
         || cli_fail (error,
                      "%s: has %" G_GSIZE_FORMAT
                      " tokens, fewer than the training length, %" G_GSIZE_FORMAT,
                      cli->arguments[1], text_tokens (self), train);
}

/* Without --repeat all lengths are asked for, and one that is too long is refused. */
static void
choose_windows (Rescue *self)
{
  const CliRecall *recall = &self->recall;
  ScopePerplexitySettings *settings = &self->sweep.settings;
  self->whole = g_new (gsize, recall->n_lengths);
  for (gsize l = 0; l < recall->n_lengths; l++)
    if (!repeat || recall->lengths[l] <= text_tokens (self))
      self->whole[settings->n_lengths++] = recall->lengths[l];
  settings->lengths = self->whole;
  settings->filters = (ScopeFilter *const *)recall->cli->filters->pdata;
  settings->n_filters = recall->cli->filters->len;
}

/* -- the measurement -- */

static void
take_perplexity (const ScopePerplexityRow *row, gpointer data)
{
  g_array_append_vals (((Rescue *)data)->perplexity, row, 1);
}

static gboolean
measure (Rescue *self, GError **error)
{
  CliRecall *recall = &self->recall;
  if (!cli_recall_prepare (recall, NULL, error)
      || (recall->lengths == NULL && !default_lengths (self, error)))
    return FALSE;
  choose_windows (self);
  /* What cannot be asked should not be found out after the windows. */
  ScopeRecallSettings settings = cli_recall_settings (recall);
  return scope_recall_check (recall->trials, &settings, error)
         && (self->sweep.settings.n_lengths == 0
             || cli_sweep_measure (recall->cli, &self->sweep, take_perplexity, self, error))
         && cli_recall_measure (recall, error);
}

/* -- what is printed -- */

static void
add_row (CliSheet *sheet, const char *measure, gsize length, const char *filter, gsize count)
{
  cli_sheet_text (sheet, measure);
  cli_sheet_int (sheet, length);
  cli_sheet_text (sheet, filter);
  cli_sheet_int (sheet, count);
}

static CliSheet *
make_sheet (const Rescue *self)
{
  CliSheet *sheet = cli_sheet_new ("measure,length,filter,count,value,ci_low,ci_high,haystack");
  for (guint r = 0; r < self->perplexity->len; r++) {
    const ScopePerplexityRow *row = &g_array_index (self->perplexity, ScopePerplexityRow, r);
    add_row (sheet, "perplexity", row->length, cli_recall_filter (&self->recall, row->filter),
             row->windows);
    cli_sheet_real (sheet, row->perplexity);
    cli_sheet_real (sheet, row->ci_low);
    cli_sheet_real (sheet, row->ci_high);
    cli_sheet_text (sheet, "whole");
  }
  for (guint r = 0; r < self->recall.rows->len; r++) {
    const ScopeRecallRow *row = &g_array_index (self->recall.rows, ScopeRecallRow, r);
    add_row (sheet, scope_task_spec (cli_recall_task (&self->recall, row->task)), row->length,
             cli_recall_filter (&self->recall, row->filter), row->trials);
    cli_sheet_real (sheet, row->accuracy);
    cli_sheet_real (sheet, row->ci_low);
    cli_sheet_real (sheet, row->ci_high);
    cli_sheet_text (sheet, cli_recall_haystack (&self->recall, row->task, row->length));
  }
  return sheet;
}

/* "43.6 (35.9-52.9)", "26897 (20061-36063)"; "-" where it was not measured. */
static void
add_perplexity (const Rescue *self, CliSheet *table, gsize length, gsize filter)
{
  for (guint r = 0; r < self->perplexity->len; r++) {
    const ScopePerplexityRow *row = &g_array_index (self->perplexity, ScopePerplexityRow, r);
    if (row->length != length || row->filter != filter)
      continue;
    int digits = row->ci_high >= 1000 ? 0 : 1;
    g_autofree char *cell = g_strdup_printf ("%.*f (%.*f-%.*f)", digits, row->perplexity, digits,
                                             row->ci_low, digits, row->ci_high);
    cli_sheet_text (table, cell);
    return;
  }
  cli_sheet_text (table, "-");
}

static void
print_table (const Rescue *self)
{
  const CliRecall *recall = &self->recall;
  g_autoptr (GString) columns = g_string_new ("length,filter,perplexity");
  for (gsize k = 0; k < recall->tasks->len; k++)
    g_string_append_printf (columns, ",%s", scope_task_spec (cli_recall_task (recall, k)));
  g_autoptr (CliSheet) table = cli_sheet_new (columns->str);
  for (gsize l = 0; l < recall->n_lengths; l++)
    for (gsize f = 0; f < recall->cli->filters->len; f++) {
      cli_sheet_int (table, recall->lengths[l]);
      cli_sheet_text (table, cli_recall_filter (recall, f));
      add_perplexity (self, table, recall->lengths[l], f);
      for (gsize k = 0; k < recall->tasks->len; k++)
        cli_recall_print_cell (table, cli_recall_row (recall, k, l, f));
    }
  cli_sheet_print_table (table);
}

static void
print_words (const Rescue *self)
{
  const CliRecall *recall = &self->recall;
  /* The strict protocol has as many at every length. */
  gsize windows = self->perplexity->len > 0
                      ? g_array_index (self->perplexity, ScopePerplexityRow, 0).windows
                      : 0;
  printf ("%s: %" G_GSIZE_FORMAT " tokens; %" G_GSIZE_FORMAT " windows, %" G_GSIZE_FORMAT
          " trials each, seed %" G_GSIZE_FORMAT "\n",
          recall->cli->arguments[1], text_tokens (self), windows, recall->n_trials, recall->seed);
  if (repeat)
    puts ("beyond these tokens the text is repeated, and perplexity is not measured");
  print_table (self);
}

static void
print_json (const Rescue *self, const CliSheet *sheet)
{
  JsonBuilder *json = cli_recall_begin_json (&self->recall);
  cli_json_int (json, "text_tokens", text_tokens (self));
  cli_json_int (json, "windows", self->sweep.settings.windows);
  cli_json_int (json, "score", self->sweep.settings.score);
  cli_json_end_sheet (json, out, sheet);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_auto (Rescue) self = {
    .recall
    = { .cli = cli, .n_trials = 16, .seed = 1, .repeat = repeat, .devices = devices_option },
    .sweep = { .settings = { .windows = 16, .score = 100 }, .devices = devices_option },
  };
  self.perplexity = g_array_new (FALSE, FALSE, sizeof (ScopePerplexityRow));
  if (!read_options (&self, error) || !measure (&self, error))
    return FALSE;
  g_autoptr (CliSheet) sheet = make_sheet (&self);
  if (out != NULL && !cli_sheet_write (sheet, out, error))
    return FALSE;
  if (cli->json)
    print_json (&self, sheet);
  else if (out == NULL)
    cli_sheet_print (sheet, FALSE);
  else
    print_words (&self);
  return TRUE;
}

const CliCommand cli_rescue = {
  .name = "rescue",
  .arguments = "MODEL TEXT",
  .summary = "Measure perplexity and recall at length, with and without filters, in one table",
  .description
  = "What `perplexity` (strict protocol) and `recall` measure on one TEXT, at the same lengths: "
    "how\n"
    "far beyond its training length a model fails, and what a filter saves. Without --filter that\n"
    "is off and longmamba. TEXT should be one that the model was not trained on.\n\n"
    "CSV: measure,length,filter,count,value,ci_low,ci_high,haystack. measure is \"perplexity\", "
    "whose\n"
    "count is of windows, or a task, whose count is of trials; haystack is \"whole\", \"repeated\" "
    "or\n"
    "\"made\", as in `recall`. Intervals are 95 %. With --out, a table by length is printed.\n\n"
    "Example:\n"
    "  mambascope-cli rescue samples/models/filter-mamba2-5m novel.txt --out rescue.csv\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .many_filters = TRUE,
  .filters = filters,
  .options = options,
  .run = run,
};

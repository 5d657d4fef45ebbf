/* Trials that are made and measured, for `recall` and `rescue`. */
#include "cli/recall.h"

void
cli_recall_clear (CliRecall *self)
{
  scope_file_writer_abandon (self->lines);
  g_clear_pointer (&self->rows, g_array_unref);
  g_clear_pointer (&self->trials, scope_trials_free);
  g_clear_pointer (&self->texts, g_ptr_array_unref);
  g_clear_pointer (&self->questions, scope_questions_free);
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_clear_pointer (&self->lengths, g_free);
}

const ScopeTask *
cli_recall_task (const CliRecall *self, gsize index)
{
  return g_ptr_array_index (self->tasks, index);
}

const char *
cli_recall_filter (const CliRecall *self, gsize index)
{
  return scope_filter_spec (g_ptr_array_index (self->cli->filters, index));
}

const ScopeRecallRow *
cli_recall_row (const CliRecall *self, gsize task, gsize length, gsize filter)
{
  gsize row = (task * self->n_lengths + length) * self->cli->filters->len + filter;
  return &g_array_index (self->rows, ScopeRecallRow, row);
}

const char *
cli_recall_haystack (const CliRecall *self, gsize task, gsize length)
{
  if (!scope_task_needs_text (cli_recall_task (self, task)))
    return "made";
  for (guint t = 0; t < self->texts->len; t++)
    if (scope_tokens_count (g_ptr_array_index (self->texts, t)) < length)
      return "repeated";
  return "whole";
}

JsonBuilder *
cli_recall_begin_json (const CliRecall *self)
{
  JsonBuilder *json = cli_json_begin (self->cli);

  cli_json_int (json, "seed", self->seed);
  cli_json_int (json, "trials", self->n_trials);
  cli_json_boolean (json, "repeat", self->repeat);
  return json;
}

void
cli_recall_print_cell (CliSheet *table, const ScopeRecallRow *row)
{
  g_autofree char *cell
      = g_strdup_printf ("%.2f (%.2f-%.2f)", row->accuracy, row->ci_low, row->ci_high);
  cli_sheet_text (table, cell);
}

ScopeRecallSettings
cli_recall_settings (const CliRecall *self)
{
  return (ScopeRecallSettings){
    .tasks = (ScopeTask *const *)self->tasks->pdata,
    .n_tasks = self->tasks->len,
    .lengths = self->lengths,
    .n_lengths = self->n_lengths,
    .filters = (ScopeFilter *const *)self->cli->filters->pdata,
    .n_filters = self->cli->filters->len,
  };
}

/* -- Before -- */

static gboolean
make_trials (CliRecall *self, GError **error)
{
  Cli *cli = self->cli;
  ScopeTrialSource source = {
    .tokenizer = scope_model_tokenizer (cli->model),
    .texts = (ScopeTokens *const *)self->texts->pdata,
    .names = (const char *const *)cli->arguments + 1,
    .n_texts = self->texts->len,
    .repeat = self->repeat,
    .questions = self->questions,
    .trials = self->n_trials,
    .seed = (guint32)self->seed,
  };
  if (source.tokenizer == NULL)
    return cli_fail (error, "%s: has no tokenizer.json, and %s writes its questions as text",
                     scope_model_folder (cli->model), cli->command->name);
  self->trials = scope_trials_new (&source, error);
  return self->trials != NULL;
}

gboolean
cli_recall_prepare (CliRecall *self, const char *questions, GError **error)
{
  self->rows = g_array_new (FALSE, FALSE, sizeof (ScopeRecallRow));
  if (questions != NULL) {
    self->questions = scope_questions_read (questions, error);
    if (self->questions == NULL)
      return FALSE;
  }
  self->texts = cli_read_texts (self->cli, 1, error);
  return self->texts != NULL && make_trials (self, error);
}

/* -- The measurement -- */

static void
take_row (const ScopeRecallRow *row, gpointer data)
{
  g_array_append_vals (((CliRecall *)data)->rows, row, 1);
}

static gboolean
take_answer (const ScopeRecallAnswer *answer, gpointer data, GError **error)
{
  return cli_recall_write_answer (data, answer, error);
}

static gboolean
measure_spread (CliRecall *self, const ScopeRecallSettings *settings,
                const ScopeRecallTarget *target, GError **error)
{
  g_autoptr (GPtrArray) workers = cli_open_workers (self->cli, self->devices, error);
  if (workers == NULL)
    return FALSE;
  g_autofree ScopeFilterContext **contexts = g_new (ScopeFilterContext *, workers->len);
  g_autofree const char **names = g_new (const char *, workers->len);
  for (guint w = 0; w < workers->len; w++) {
    const CliWorker *worker = g_ptr_array_index (workers, w);
    contexts[w] = worker->context;
    names[w] = worker->name;
  }
  return scope_recall_spread (contexts, names, workers->len, self->trials, settings, target,
                              cli_progress (), error);
}

gboolean
cli_recall_measure (CliRecall *self, GError **error)
{
  ScopeRecallSettings settings = cli_recall_settings (self);
  ScopeRecallTarget target = { take_row, self->lines != NULL ? take_answer : NULL, self };
  if (self->devices != NULL)
    return measure_spread (self, &settings, &target, error);
  return cli_open_schedule (self->cli, error)
         && scope_recall (self->cli->context, self->trials, &settings, &target, cli_progress (),
                          error);
}

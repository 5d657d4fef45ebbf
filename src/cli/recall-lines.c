/* recall --prompts and --answers */
#include <string.h>

#include "cli/recall.h"

static gboolean
write_line (CliRecall *self, JsonBuilder *json, GError **error)
{
  g_autofree char *text = cli_json_text (json);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  return scope_file_writer_write (self->lines, line, strlen (line), error);
}

static JsonBuilder *
begin_line (const CliRecall *self, gsize task, gsize length, gsize trial)
{
  JsonBuilder *json = json_builder_new ();
  json_builder_begin_object (json);
  cli_json_string (json, "task", scope_task_spec (cli_recall_task (self, task)));
  cli_json_int (json, "length", length);
  cli_json_int (json, "trial", trial);
  cli_json_int (json, "seed", self->seed);
  return json;
}

static void
add_facts (const CliRecall *self, JsonBuilder *json, gsize task, const ScopeTrial *trial)
{
  ScopeScoring scoring = scope_task_get_info (cli_recall_task (self, task))->scoring;
  cli_json_string (json, "score_by", scope_scoring_name (scoring));
  json_builder_set_member_name (json, "answers");
  json_builder_begin_array (json);
  for (gsize a = 0; trial->answers[a] != NULL; a++)
    json_builder_add_string_value (json, trial->answers[a]);
  json_builder_end_array (json);
  json_builder_set_member_name (json, "places");
  json_builder_begin_array (json);
  for (gsize p = 0; p < trial->n_places; p++) {
    json_builder_begin_object (json);
    cli_json_int (json, "begin", trial->places[p].begin);
    cli_json_int (json, "end", trial->places[p].end);
    cli_json_real (json, "depth", trial->places[p].depth);
    json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

static gboolean
write_prompt (CliRecall *self, gsize task, gsize length, gsize index, GError **error)
{
  g_auto (ScopeTrial) trial = { NULL };
  if (!scope_trials_make (self->trials, cli_recall_task (self, task), length, index, &trial, error))
    return FALSE;
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (self->cli->model);
  g_autofree char *text = scope_tokenizer_decode (tokenizer, trial.ids, trial.count, NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  JsonBuilder *json = begin_line (self, task, length, index);
  cli_json_int (json, "tokens", trial.count);
  cli_json_int (json, "generate", trial.generate);
  add_facts (self, json, task, &trial);
  cli_json_string (json, "prompt", valid);
  return write_line (self, json, error);
}

gboolean
cli_recall_write_prompts (CliRecall *self, GError **error)
{
  ScopeRecallSettings settings = cli_recall_settings (self);
  cli_progress_begin ();
  if (!scope_recall_check (self->trials, &settings, error))
    return FALSE;
  gsize done = 0, n = self->tasks->len * self->n_lengths * self->n_trials;
  for (gsize k = 0; k < self->tasks->len; k++)
    for (gsize l = 0; l < self->n_lengths; l++)
      for (gsize t = 0; t < self->n_trials; t++)
        if (!scope_progress_check (cli_progress (), (double)done++ / (double)n, "writing", error)
            || !write_prompt (self, k, self->lengths[l], t, error))
          return FALSE;
  return TRUE;
}

gboolean
cli_recall_write_answer (CliRecall *self, const ScopeRecallAnswer *answer, GError **error)
{
  g_autofree char *text = g_utf8_make_valid (answer->text, -1);
  JsonBuilder *json = begin_line (self, answer->task, answer->length, answer->trial);
  cli_json_string (json, "filter", cli_recall_filter (self, answer->filter));
  add_facts (self, json, answer->task, answer->prompt);
  cli_json_string (json, "text", text);
  cli_json_real (json, "score", answer->score);
  return write_line (self, json, error);
}

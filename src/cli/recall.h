/* recall: what its files share. */
#pragma once

#include "analysis/recall.h"
#include "base/file.h"
#include "cli/cli.h"

/* What a call asks for. */
typedef struct {
  Cli *cli;
  GPtrArray *tasks; /* ScopeTask */
  gsize *lengths, n_lengths;
  gsize n_trials, seed;
  ScopeQuestions *questions; /* NULL: built in */
  GPtrArray *texts;          /* ScopeTokens */
  ScopeTrials *trials;
  GArray *rows;           /* ScopeRecallRow: by task, then length, then filter */
  ScopeFileWriter *lines; /* of --prompts or --answers, or NULL */
} CliRecall;

const ScopeTask *cli_recall_task (const CliRecall *self, gsize index);
const char *cli_recall_filter (const CliRecall *self, gsize index);

/* recall-list.c: the tasks in words or as JSON. */
void cli_recall_list (Cli *cli);

/* recall-lines.c: one JSON object a line, to self->lines. */
gboolean cli_recall_write_prompts (CliRecall *self, const ScopeRecallSettings *settings,
                                   GError **error);
gboolean cli_recall_write_answer (CliRecall *self, const ScopeRecallAnswer *answer, GError **error);

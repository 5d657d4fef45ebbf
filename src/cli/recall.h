/* Recall on the command line: what the files of `recall` share, and `rescue` with them. */
#pragma once

#include "analysis/recall.h"
#include "base/file.h"
#include "cli/cli.h"

/* What a call asks for, and what came of it. */
typedef struct {
  Cli *cli;
  GPtrArray *tasks; /* ScopeTask */
  gsize *lengths, n_lengths;
  gsize n_trials, seed;
  gboolean repeat;     /* texts that are too short */
  const char *devices; /* "0,1", or NULL: the one of the global options */

  ScopeQuestions *questions; /* NULL: built in */
  GPtrArray *texts;          /* ScopeTokens */
  ScopeTrials *trials;
  GArray *rows;           /* ScopeRecallRow: by task, then length, then filter */
  ScopeFileWriter *lines; /* of --prompts or --answers, or NULL */
} CliRecall;

/* -- recall-run.c -- */

/* Opens the model and reads the texts, which are the arguments from 1 on, and QUESTIONS, a path or
 * NULL: SELF's questions, texts, trials and (empty) rows. */
gboolean cli_recall_prepare (CliRecall *self, const char *questions, GError **error);
/* Looks at everything that can be refused first. */
gboolean cli_recall_measure (CliRecall *self, GError **error);
void cli_recall_clear (CliRecall *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliRecall, cli_recall_clear)

ScopeRecallSettings cli_recall_settings (const CliRecall *self); /* borrows from SELF */
const ScopeTask *cli_recall_task (const CliRecall *self, gsize index);
const char *cli_recall_filter (const CliRecall *self, gsize index);
/* Indices of each. */
const ScopeRecallRow *cli_recall_row (const CliRecall *self, gsize task, gsize length,
                                      gsize filter);
/* "whole", "repeated" where a text has fewer than LENGTH tokens, "made" where none is used. */
const char *cli_recall_haystack (const CliRecall *self, gsize task, gsize length);

/* What is the same of all the trials: "seed", "trials", "repeat". The rest is the caller's. */
JsonBuilder *cli_recall_begin_json (const CliRecall *self) G_GNUC_WARN_UNUSED_RESULT;
/* For tables that people read: "0.94 (0.72-0.99)". */
void cli_recall_print_cell (CliSheet *table, const ScopeRecallRow *row);

/* -- recall-list.c: the tasks in words or as JSON -- */

void cli_recall_list (Cli *cli);

/* -- recall-lines.c: one JSON object a line, to self->lines -- */

gboolean cli_recall_write_prompts (CliRecall *self, GError **error);
gboolean cli_recall_write_answer (CliRecall *self, const ScopeRecallAnswer *answer, GError **error);

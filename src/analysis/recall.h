/* Recall: facts hidden in a context and asked for at its end, answered greedily.
 *
 * A trial of a task (recall-task.h) is at most LENGTH tokens with the answer's in them, as RULER
 * counts: the prompt has LENGTH less the tokens that may be generated (for passkey and needle: less
 * those of the right answer), to the token where the context is text, noise, needles or documents,
 * and to the last word that fits where it is a list of words. Its parts are tokenised apart, so
 * that a needle can be put anywhere. Numbers, words, questions and places come from SEED alone, and
 * the same trial asks for the same facts at every length. What has to be found stands in the
 * context once. The prompt is filtered, decoding is not. On the schedule's thread; making trials:
 * any.
 */
#pragma once

#include "analysis/filter.h"
#include "analysis/questions.h"
#include "analysis/recall-task.h"

G_BEGIN_DECLS

/* -- Trials: for scope_recall(), for tests and for looking at -- */

typedef struct {
  const ScopeTokenizer *tokenizer;
  ScopeTokens *const *texts;       /* (n_texts) haystacks of the tasks that need a text */
  const char *const *names;        /* (n_texts) of the texts, for messages */
  gsize n_texts;                   /* may be 0 */
  gboolean repeat;                 /* a text that is too short begins again where it ends */
  const ScopeQuestions *questions; /* NULL: those that are built in */
  gsize trials;                    /* per task and length; depths are spread evenly over them */
  guint32 seed;
} ScopeTrialSource;

typedef struct _ScopeTrials ScopeTrials;
/* What SOURCE points to is borrowed. Errors are those of its tokenizer. */
ScopeTrials *scope_trials_new (const ScopeTrialSource *source,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
gsize scope_trials_count (const ScopeTrials *self); /* the source's trials */
void scope_trials_free (ScopeTrials *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTrials, scope_trials_free)

/* Where something that has to be found stands. */
typedef struct {
  gsize begin, end; /* tokens of the prompt, half open */
  double depth;     /* share of the haystack that stands before it */
} ScopeTrialPlace;

typedef struct {
  gint32 *ids; /* (count) the prompt */
  gsize count;
  char **answers;          /* NULL-terminated; with SCOPE_SCORE_PART spellings of one */
  gsize generate;          /* how many tokens are decoded at most */
  ScopeTrialPlace *places; /* (n_places) in the order of the prompt; none where words are counted */
  gsize n_places;
} ScopeTrial;

/* TRIAL < trials of the source. A LENGTH that is too short, a text that is too short to be the
 * haystack and is not repeated, or none where TASK needs one, are SCOPE_ANALYSIS_ERROR_RANGE and
 * named. */
gboolean scope_trials_make (ScopeTrials *self, const ScopeTask *task, gsize length, gsize trial,
                            ScopeTrial *out, GError **error);
void scope_trial_clear (ScopeTrial *trial);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeTrial, scope_trial_clear)

/* The shortest length that every trial of TASK fits in. */
gboolean scope_trials_least (ScopeTrials *self, const ScopeTask *task, gsize *out, GError **error);
/* FALSE, with the error for a LENGTH below LEAST. */
gboolean scope_recall_fail_length (const ScopeTask *task, gsize length, gsize least,
                                   GError **error);

/* 0 to 1. TEXT is what was generated. */
double scope_trial_score (const ScopeTask *task, const ScopeTrial *trial, const char *text);

/* -- The measurement -- */

typedef struct {
  ScopeTask *const *tasks;
  gsize n_tasks;
  const gsize *lengths;
  gsize n_lengths;
  ScopeFilter *const *filters;
  gsize n_filters;
} ScopeRecallSettings;

/* One task at one length under one filter. */
typedef struct {
  gsize task, length, filter; /* places in the settings, but LENGTH in tokens */
  gsize trials;
  double accuracy, ci_low, ci_high; /* the mean score; score.h */
} ScopeRecallRow;

/* One trial under one filter. */
typedef struct {
  gsize task, length, filter, trial;
  const ScopeTrial *prompt;
  const char *text; /* that was generated */
  double score;
} ScopeRecallAnswer;

typedef struct {
  void (*row) (const ScopeRecallRow *row, gpointer data);
  /* May be NULL; FALSE with an error ends the measurement. */
  gboolean (*answer) (const ScopeRecallAnswer *answer, gpointer data, GError **error);
  gpointer data;
} ScopeRecallTarget;

/* Looks at all that can be refused before anything runs: a haystack too short for the last length
 * should not be found out after an hour. */
gboolean scope_recall_check (ScopeTrials *trials, const ScopeRecallSettings *settings,
                             GError **error);
gboolean scope_recall (ScopeFilterContext *context, ScopeTrials *trials,
                       const ScopeRecallSettings *settings, const ScopeRecallTarget *target,
                       ScopeProgress *progress, GError **error);
/* The same by N_WORKERS at a time (analysis/workers.h), each with its context on a backend of its
 * own; what TARGET is told, and in which order, does not depend on how many they are. WORKERS names
 * them: one that fails is warned of, and its trial is done by another. */
gboolean scope_recall_spread (ScopeFilterContext *const *contexts, const char *const *workers,
                              gsize n_workers, ScopeTrials *trials,
                              const ScopeRecallSettings *settings, const ScopeRecallTarget *target,
                              ScopeProgress *progress, GError **error);

G_END_DECLS

/* Recall: a fact hidden in prose and asked for at the end, answered greedily.
 *
 * passkey  "The pass key is 58213. Remember it. 58213 is the pass key."
 * needle   "One of the special magic numbers for amber-kettle is: 40172."
 * Wordings are those the rescue sample was trained on (samples/README.md). A trial is exactly
 * LENGTH tokens, the answer included; depths are spread evenly over the trials; numbers, words and
 * the place in the haystack come from SEED alone. The prompt is filtered, decoding is not. Correct
 * means that the decoded text starts with the five digits. Intervals are Wilson's, 95 %. On the
 * schedule's thread.
 */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

typedef enum { SCOPE_TASK_PASSKEY, SCOPE_TASK_NEEDLE, SCOPE_N_TASKS } ScopeTask;

gboolean scope_task_parse (const char *name, ScopeTask *out);
const char *scope_task_name (ScopeTask task);

typedef struct {
  ScopeTask task;
  gsize length, filter, trials;
  double accuracy, ci_low, ci_high;
} ScopeRecallRow;

typedef struct {
  const ScopeTask *tasks;
  gsize n_tasks;
  const gsize *lengths;
  gsize n_lengths;
  ScopeFilter *const *filters;
  gsize n_filters;
  gsize trials; /* 16 */
  guint32 seed;
} ScopeRecallSettings;

typedef void (*ScopeRecallFunc) (const ScopeRecallRow *row, gpointer data);

/* One prompt, for tests and for looking at: ids of the prompt (LENGTH minus the answer's) and the
 * expected digits. A text too short to be the haystack is an error that names it. */
typedef struct {
  gint32 *ids;
  gsize count;
  char answer[6];
} ScopeTrial;
gboolean scope_recall_trial (const ScopeTokenizer *tokenizer, ScopeTokens *const *texts,
                             const char *const *names, gsize n_texts, ScopeTask task, gsize length,
                             gsize trial, gsize trials, guint32 seed, ScopeTrial *out,
                             GError **error);
void scope_trial_clear (ScopeTrial *trial);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeTrial, scope_trial_clear)

gboolean scope_recall (ScopeFilterContext *context, ScopeTokens *const *texts,
                       const char *const *names, gsize n_texts, const ScopeRecallSettings *settings,
                       ScopeRecallFunc func, gpointer data, ScopeProgress *progress,
                       GError **error);

G_END_DECLS

/* Answers to LongBench's entries: the prompt of the config is read, under each filter, and
 * continued greedily on the recurrent state, until the end-of-text token (and a newline, where the
 * config says so) or the config's number of tokens. The filter acts on the prompt alone.
 *
 * A prompt of more than max_tokens tokens loses its middle: the first and the last
 * floor(max_tokens / 2) are kept. LongBench makes text of the two halves and tokenises it again;
 * here the tokens are read as they are, so that the seam stays where it is and a prompt is never
 * longer than was asked for. The end-of-text token is no part of an answer. Chat templates are
 * not applied. On the schedule's thread.
 */
#pragma once

#include "analysis/filter.h"
#include "analysis/longbench/config.h"
#include "analysis/longbench/data.h"
#include "analysis/longbench/predictions.h"
#include "analysis/longbench/totals.h"

G_BEGIN_DECLS

typedef struct {
  gint32 *ids;
  gsize count, cut; /* tokens that are read, and that were cut out before */
} ScopeLongbenchPrompt;

/* MAX_TOKENS 0: however long it is; else at least 2. An empty prompt is an error. */
gboolean scope_longbench_prompt (const ScopeTokenizer *tokenizer,
                                 const ScopeLongbenchConfig *config,
                                 const ScopeLongbenchEntry *entry, gsize max_tokens,
                                 ScopeLongbenchPrompt *out, GError **error);
void scope_longbench_prompt_clear (ScopeLongbenchPrompt *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeLongbenchPrompt, scope_longbench_prompt_clear)

typedef struct {
  const ScopeLongbenchConfig *config;
  ScopeFilter *const *filters;
  gsize n_filters;
  gsize max_tokens; /* 0: prompts are not cut */
} ScopeLongbenchSettings;

/* FALSE if the config lacks a dataset of DATA; CONFIG_NAME is for the message. */
gboolean scope_longbench_check (const ScopeLongbenchData *data, const ScopeLongbenchConfig *config,
                                const char *config_name, GError **error);

/* Answers what is not among PREDICTIONS, adds it there, and counts every entry of DATA under every
 * filter in TOTALS. *MADE is the number of answers that are new, also where it fails: what was made
 * by then is in the file. */
gboolean scope_longbench_run (ScopeFilterContext *context, const ScopeLongbenchData *data,
                              const ScopeLongbenchSettings *settings,
                              ScopeLongbenchPredictions *predictions, ScopeLongbenchTotals *totals,
                              gsize *made, ScopeProgress *progress, GError **error);

G_END_DECLS

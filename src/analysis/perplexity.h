/* Perplexity: exp of the mean negative log-likelihood of the scored tokens, in double.
 *
 * Windows (the paper's PG-19 protocol, arXiv 2504.16053 code): a text gives up to WINDOWS windows of
 * LENGTH tokens, of which the last SCORE are scored. Their ends are the same for every length that is
 * asked for (spaced evenly between the longest length and the text's end), so that every length scores
 * the same tokens. The confidence interval is 95 %, from the spread of the windows' means (Student's
 * t), or of the tokens where there is one window. On the schedule's thread.
 */
#pragma once

#include "analysis/filter.h"

G_BEGIN_DECLS

/* ln p of ids[t+1] after token t, for t in [begin, end): OUT holds end - begin negative
 * log-likelihoods. IDS are the trace's own. */
gboolean scope_nll (ScopeTrace *trace, const gint32 *ids, gsize begin, gsize end, double *out,
                    ScopeProgress *progress, GError **error);

typedef struct {
  gsize text;   /* index into the texts */
  gsize length;
  gsize filter; /* index into the filters */
  gsize windows;
  double perplexity, ci_low, ci_high;
} ScopePerplexityRow;

typedef struct {
  const gsize *lengths;
  gsize n_lengths;
  ScopeFilter *const *filters;
  gsize n_filters;
  gsize score;   /* 100; at most length - 1 are scored */
  gsize windows; /* 8 */
} ScopePerplexitySettings;

/* Called as each row is ready. */
typedef void (*ScopePerplexityFunc) (const ScopePerplexityRow *row, gpointer data);

/* A text shorter than a length is an error that names both. */
gboolean scope_perplexity (ScopeFilterContext *context, ScopeTokens *const *texts,
                           const char *const *names, gsize n_texts,
                           const ScopePerplexitySettings *settings, ScopePerplexityFunc func,
                           gpointer data, ScopeProgress *progress, GError **error);

G_END_DECLS

/* Perplexity: exp of the mean negative log-likelihood of the scored tokens, in double.
 *
 * Windows (the paper's PG-19 protocol, arXiv 2504.16053 code): a text gives up to WINDOWS windows
 * of LENGTH tokens, of which the last SCORE are scored. Their ends are the same for every length
 * that is asked for (spaced evenly between the longest length and the text's end), so that every
 * length scores the same tokens. The confidence interval is 95 %, from the spread of the windows'
 * means (Student's t), or of the tokens where there is one window. On the schedule's thread.
 */
#pragma once

#include "analysis/filter.h"
#include "analysis/result.h"

G_BEGIN_DECLS

/* ln p of ids[t+1] after token t, for t in [begin, end): OUT holds end - begin negative
 * log-likelihoods. IDS are the trace's own. */
gboolean scope_nll (ScopeTrace *trace, const gint32 *ids, gsize begin, gsize end, double *out,
                    ScopeProgress *progress, GError **error);

typedef struct {
  gsize text; /* index into the texts */
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

/* The same by N_WORKERS at a time, each with its context on a backend of its own; the rows and
 * their order do not depend on how many they are. WORKERS names them ("CUDA 1: NVIDIA H200"): one
 * whose device fails is warned of by name, and its window is done by another. FUNC is called on the
 * caller's thread; with one worker all is done there. */
gboolean scope_perplexity_spread (ScopeFilterContext *const *contexts, const char *const *workers,
                                  gsize n_workers, ScopeTokens *const *texts,
                                  const char *const *names, gsize n_texts,
                                  const ScopePerplexitySettings *settings, ScopePerplexityFunc func,
                                  gpointer data, ScopeProgress *progress, GError **error);

/* --- the same window by window, for those who show it as it comes -------------------------------
 */
/* Where the windows of a text of TOKENS tokens end (one past the last token), the same for every
 * length up to LONGEST, and at most WINDOWS, into ENDS; how many they are. LONGEST is at most
 * TOKENS; SCORE and WINDOWS are at least 1. */
gsize scope_perplexity_place (gsize tokens, gsize longest, gsize score, gsize windows, gsize *ends);

/* One window, IDS (LENGTH), under FILTER: OUT (SCORED) takes the negative log-likelihoods of its
 * last SCORED < LENGTH predictions. *ACTED is FALSE where the filter leaves the network as it is:
 * then the network is not run if UNFILTERED, what it gave without a filter, is not NULL. */
gboolean scope_perplexity_window (ScopeFilterContext *context, const ScopeFilter *filter,
                                  const gint32 *ids, gsize length, gsize scored,
                                  const double *unfiltered, double *out, gboolean *acted,
                                  ScopeProgress *progress, GError **error);

/* From NLL (windows, scored), at least one of each, to ROW's windows, perplexity and interval. */
void scope_perplexity_summary (const double *nll, gsize windows, gsize scored,
                               ScopePerplexityRow *row);

/* Perplexity against length, a line for each of N_FILTERS specs: ROWS (filters, lengths), lengths
 * ascending; a row of no windows is left out. TRAIN_LENGTH 0: not known. Provenance is the
 * caller's. (result-sweep.c) */
ScopeResult *scope_result_sweep (const char *const *filters, gsize n_filters,
                                 const ScopePerplexityRow *rows, gsize n_lengths,
                                 gsize train_length) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* Perplexity: exp of the mean negative log-likelihood of the scored tokens, in double.
 *
 * Which windows are run and what of them is scored: analysis/windows.h. The confidence interval is
 * 95 %, from the spread of the windows' means (Student's t), or of the tokens where there is one
 * window. On the schedule's thread.
 */
#pragma once

#include "analysis/result.h"
#include "analysis/sweep-state.h"
#include "analysis/windows.h"

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

/* Called as each row is ready. */
typedef void (*ScopePerplexityFunc) (const ScopePerplexityRow *row, gpointer data);

/* A text shorter than a length is an error that names both. */
gboolean scope_perplexity (ScopeFilterContext *context, ScopeTokens *const *texts,
                           const char *const *names, gsize n_texts,
                           const ScopePerplexitySettings *settings, ScopePerplexityFunc func,
                           gpointer data, ScopeProgress *progress, GError **error);

/* --- the same by several, and from where another run stopped: perplexity-sweep.c ----------------
 */
/* JOB of WINDOWS under every filter: NLL (filters, the window's scored) and ACTED (filters):
 * whether the filter changed the network there. On one thread a worker. */
typedef gboolean (*ScopeWindowFunc) (const ScopeWindows *windows, gsize job, double *nll,
                                     gboolean *acted, gpointer data, ScopeProgress *progress,
                                     GError **error);
/* The same here: DATA is a ScopeFilterContext. */
gboolean scope_perplexity_score (const ScopeWindows *windows, gsize job, double *nll,
                                 gboolean *acted, gpointer context, ScopeProgress *progress,
                                 GError **error);

/* Who does windows. */
typedef struct {
  const char *name; /* "CUDA 1: NVIDIA H200" */
  ScopeWindowFunc score;
  gpointer data;
} ScopePerplexityWorker;

/* By N_WORKERS at a time (analysis/workers.h): the rows and their order do not depend on how many
 * they are. One that fails is warned of by name, and its window is done by another. What STATE
 * (which may be NULL) holds is not done again, and it takes each window as it is done. FUNC is
 * called on the caller's thread; with one worker all is done there. */
gboolean scope_perplexity_spread (const ScopeWindows *windows, const ScopePerplexityWorker *workers,
                                  gsize n_workers, ScopeSweepState *state, ScopePerplexityFunc func,
                                  gpointer data, ScopeProgress *progress, GError **error);

/* --- one by one, for those who show it as it comes ----------------------------------------------
 */
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

/* Perplexity over all windows: by one or by several, and from where another run stopped. */
#include <string.h>

#include "analysis/perplexity.h"
#include "analysis/workers.h"

typedef struct {
  double *nll;     /* (filters, scored) */
  gboolean *acted; /* (filters) */
} Score;

typedef struct {
  const ScopeWindows *windows;
  const ScopePerplexityWorker *workers;
  ScopeSweepState *state; /* NULL: none is kept */
  gsize filters;
  Score *scores; /* (jobs); by the job's worker, until it is told */
  ScopePerplexityFunc func;
  gpointer data;
} Sweep;

gboolean
scope_perplexity_score (const ScopeWindows *windows, gsize job, double *nll, gboolean *acted,
                        gpointer context, ScopeProgress *progress, GError **error)
{
  const ScopePerplexitySettings *settings = scope_windows_settings (windows);
  const ScopeTextWindow *window = scope_windows_get (windows, job);
  const double *unfiltered = NULL;
  double filters = (double)settings->n_filters;
  for (gsize f = 0; f < settings->n_filters; f++) {
    ScopeProgress part
        = scope_progress_span (progress, (double)f / filters, (double)(f + 1) / filters);
    double *out = nll + f * window->scored;
    if (!scope_perplexity_window (context, settings->filters[f], window->ids, window->tokens,
                                  window->scored, unfiltered, out, &acted[f], &part, error))
      return FALSE;
    if (!acted[f])
      unfiltered = out;
  }
  return TRUE;
}

/* --- the state ----------------------------------------------------------------------------------
 */

static gsize
scored_of (const Sweep *self, gsize job)
{
  return scope_windows_get (self->windows, job)->scored;
}

/* TRUE if the state has the window under every filter. */
static gboolean
recall (const Sweep *self, gsize job)
{
  gsize scored = scored_of (self, job);
  for (gsize f = 0; f < self->filters; f++) {
    const double *known = self->state != NULL ? scope_sweep_state_get (self->state, job, f,
                                                                       &self->scores[job].acted[f])
                                              : NULL;
    if (known == NULL)
      return FALSE;
    memcpy (self->scores[job].nll + f * scored, known, scored * sizeof *known);
  }
  return TRUE;
}

static gboolean
keep (const Sweep *self, gsize job, GError **error)
{
  gsize scored = scored_of (self, job);
  const Score *score = &self->scores[job];
  for (gsize f = 0; self->state != NULL && f < self->filters; f++)
    if (!scope_sweep_state_put (self->state, job, f, score->nll + f * scored, score->acted[f],
                                error))
      return FALSE;
  return TRUE;
}

/* --- the workers --------------------------------------------------------------------------------
 */

static gboolean
do_window (gsize job, gsize worker, gpointer data, ScopeProgress *progress, GError **error)
{
  const Sweep *self = data;
  const ScopePerplexityWorker *by = &self->workers[worker];
  Score *score = &self->scores[job];
  if (score->nll == NULL) /* else a worker was lost at it */
    *score = (Score){ g_new (double, self->filters *scored_of (self, job)),
                      g_new (gboolean, self->filters) };
  return recall (self, job)
         || (by->score (self->windows, job, score->nll, score->acted, by->data, progress, error)
             && keep (self, job, error));
}

static void
clear_scores (const Sweep *self, gsize begin, gsize end)
{
  for (gsize job = begin; job < end; job++) {
    g_clear_pointer (&self->scores[job].nll, g_free);
    g_clear_pointer (&self->scores[job].acted, g_free);
  }
}

/* With the last window of a text and length its rows are there. */
static void
tell_rows (gsize job, gpointer data)
{
  const Sweep *self = data;
  const ScopeTextWindow *last = scope_windows_get (self->windows, job);
  gsize first = job - last->window, scored = last->scored;
  ScopePerplexityRow row = { .text = last->text, .length = last->tokens };
  if (last->window + 1 < last->windows)
    return;
  g_autofree double *nll = g_new (double, last->windows *scored);
  for (row.filter = 0; row.filter < self->filters; row.filter++) {
    for (gsize w = 0; w < last->windows; w++)
      memcpy (nll + w * scored, self->scores[first + w].nll + row.filter * scored,
              scored * sizeof *nll);
    scope_perplexity_summary (nll, last->windows, scored, &row);
    self->func (&row, self->data);
  }
  clear_scores (self, first, job + 1);
}

static void
tell_lost (gsize worker, gsize job, const GError *error, gpointer data)
{
  const Sweep *self = data;
  const ScopeTextWindow *window = scope_windows_get (self->windows, job);
  g_warning ("%s is lost: %s; its window %" G_GSIZE_FORMAT " of length %" G_GSIZE_FORMAT
             " is done by another",
             self->workers[worker].name, error->message, window->window, window->tokens);
}

gboolean
scope_perplexity_spread (const ScopeWindows *windows, const ScopePerplexityWorker *workers,
                         gsize n_workers, ScopeSweepState *state, ScopePerplexityFunc func,
                         gpointer data, ScopeProgress *progress, GError **error)
{
  gsize jobs = scope_windows_count (windows);
  g_autofree Score *scores = g_new0 (Score, jobs);
  g_autofree double *costs = g_new (double, jobs);
  for (gsize job = 0; job < jobs; job++) /* a run costs about as much as it is long */
    costs[job] = (double)scope_windows_get (windows, job)->tokens;
  Sweep sweep = { .windows = windows,
                  .workers = workers,
                  .state = state,
                  .filters = scope_windows_settings (windows)->n_filters,
                  .scores = scores,
                  .func = func,
                  .data = data };
  const ScopeWorkers plan = { .workers = n_workers,
                              .jobs = jobs,
                              .costs = costs,
                              .work = do_window,
                              .ready = tell_rows,
                              .lost = tell_lost,
                              .data = &sweep };
  gboolean ok = scope_workers_run (&plan, progress, error);
  clear_scores (&sweep, 0, jobs);
  return ok;
}

gboolean
scope_perplexity (ScopeFilterContext *context, ScopeTokens *const *texts, const char *const *names,
                  gsize n_texts, const ScopePerplexitySettings *settings, ScopePerplexityFunc func,
                  gpointer data, ScopeProgress *progress, GError **error)
{
  const ScopePerplexityWorker here = { .score = scope_perplexity_score, .data = context };
  g_autoptr (ScopeWindows) windows = scope_windows_new (texts, names, n_texts, settings, error);
  return windows != NULL
         && scope_perplexity_spread (windows, &here, 1, NULL, func, data, progress, error);
}

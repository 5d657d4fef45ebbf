#include "analysis/recall.h"

#include <string.h>

#include "analysis/generate.h"
#include "analysis/score.h"
#include "base/error.h"

typedef struct {
  ScopeFilterContext *context;
  const ScopeTokenizer *tokenizer;
  ScopeTrials *trials;
  const ScopeRecallSettings *settings;
  const ScopeRecallTarget *target;
} Recall;

static char *
decode (const ScopeTokenizer *tokenizer, const GArray *steps)
{
  g_autofree gint32 *ids = g_new (gint32, MAX (steps->len, 1));
  for (guint s = 0; s < steps->len; s++)
    ids[s] = g_array_index (steps, ScopeStep, s).id;
  return scope_tokenizer_decode (tokenizer, ids, steps->len, NULL);
}

/* What the network says to TRIAL under PLAN. */
static char *
answer (const Recall *self, const ScopeTrial *trial, ScopePlan *plan, ScopeProgress *progress,
        GError **error)
{
  /* A step costs about what a token of the prompt does. */
  double prompt = (double)trial->count / (double)(trial->count + trial->generate);
  ScopeProgress running = scope_progress_span (progress, 0, prompt);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (scope_filter_context_schedule (self->context), trial->ids, trial->count,
                            plan, SCOPE_RUN_LOGITS_ONLY, &running, error);
  if (trace == NULL)
    return NULL;
  ScopeProgress decoding = scope_progress_span (progress, prompt, 1);
  g_autoptr (GArray) steps = scope_generate (trace, trial->generate, TRUE, &decoding, error);
  return steps != NULL ? decode (self->tokenizer, steps) : NULL;
}

/* Runs one prompt under FILTER. Where the filter does not act, *UNFILTERED is the text if it is
 * known already, and is set to it. */
static char *
run_trial (const Recall *self, gsize filter, const ScopeTrial *trial, char **unfiltered,
           ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopePlan) plan = NULL;
  ScopeProgress planning = scope_progress_span (progress, 0, 0.2);
  if (!scope_filter_plan (self->settings->filters[filter], self->context, trial->ids, trial->count,
                          &plan, &planning, error))
    return NULL;
  if (plan == NULL && *unfiltered != NULL)
    return g_strdup (*unfiltered);
  ScopeProgress running = scope_progress_span (progress, 0.2, 1);
  char *text = answer (self, trial, plan, &running, error);
  if (plan == NULL)
    *unfiltered = g_strdup (text);
  return text;
}

/* All filters on one trial; TOTALS of the scores are counted up by filter. */
static gboolean
try_filters (const Recall *self, const ScopeRecallRow *row, gsize trial, double *totals,
             ScopeProgress *progress, GError **error)
{
  const ScopeRecallSettings *settings = self->settings;
  const ScopeTask *task = settings->tasks[row->task];
  g_auto (ScopeTrial) prompt = { NULL };
  if (!scope_trials_make (self->trials, task, row->length, trial, &prompt, error))
    return FALSE;
  g_autofree char *unfiltered = NULL;
  for (gsize f = 0; f < settings->n_filters; f++) {
    double filters = (double)settings->n_filters;
    ScopeProgress part
        = scope_progress_span (progress, (double)f / filters, (double)(f + 1) / filters);
    g_autofree char *text = run_trial (self, f, &prompt, &unfiltered, &part, error);
    if (text == NULL)
      return FALSE;
    ScopeRecallAnswer given = { row->task, row->length, f, trial, &prompt, text, 0 };
    given.score = scope_trial_score (task, &prompt, text);
    totals[f] += given.score;
    if (self->target->answer != NULL && !self->target->answer (&given, self->target->data, error))
      return FALSE;
  }
  return TRUE;
}

/* One task at one length, under every filter. */
static gboolean
measure (const Recall *self, ScopeRecallRow *row, ScopeProgress *progress, GError **error)
{
  g_autofree double *totals = g_new0 (double, self->settings->n_filters);
  double trials = (double)row->trials;
  for (gsize t = 0; t < row->trials; t++) {
    ScopeProgress part
        = scope_progress_span (progress, (double)t / trials, (double)(t + 1) / trials);
    if (!try_filters (self, row, t, totals, &part, error))
      return FALSE;
  }
  for (gsize f = 0; f < self->settings->n_filters; f++) {
    row->filter = f;
    row->accuracy = totals[f] / trials;
    scope_score_interval (row->accuracy, row->trials, &row->ci_low, &row->ci_high);
    self->target->row (row, self->target->data);
  }
  return TRUE;
}

static gboolean
check_task (ScopeTrials *trials, const ScopeTask *task, const ScopeRecallSettings *settings,
            GError **error)
{
  gsize least;
  if (!scope_trials_least (trials, task, &least, error))
    return FALSE;
  for (gsize l = 0; l < settings->n_lengths; l++) {
    if (settings->lengths[l] < least)
      return scope_recall_fail_length (task, settings->lengths[l], least, error);
    g_auto (ScopeTrial) prompt = { NULL };
    if (!scope_trials_make (trials, task, settings->lengths[l], 0, &prompt, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
scope_recall_check (ScopeTrials *trials, const ScopeRecallSettings *settings, GError **error)
{
  for (gsize k = 0; k < settings->n_tasks; k++)
    if (!check_task (trials, settings->tasks[k], settings, error))
      return FALSE;
  return TRUE;
}

gboolean
scope_recall (ScopeFilterContext *context, ScopeTrials *trials, const ScopeRecallSettings *settings,
              const ScopeRecallTarget *target, ScopeProgress *progress, GError **error)
{
  ScopeModel *model = scope_schedule_model (scope_filter_context_schedule (context));
  Recall self = { context, scope_model_tokenizer (model), trials, settings, target };
  if (!scope_recall_check (trials, settings, error))
    return FALSE;

  double work = 0, done = 0;
  for (gsize l = 0; l < settings->n_lengths; l++)
    work += (double)settings->lengths[l] * (double)settings->n_tasks;
  for (gsize k = 0; k < settings->n_tasks; k++)
    for (gsize l = 0; l < settings->n_lengths; l++) {
      ScopeRecallRow row = { .task = k, .length = settings->lengths[l] };
      row.trials = scope_trials_count (trials);
      double share = (double)row.length / work;
      ScopeProgress part = scope_progress_span (progress, done, done + share);
      if (!measure (&self, &row, &part, error))
        return FALSE;
      done += share;
    }
  return TRUE;
}

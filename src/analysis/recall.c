#include "analysis/recall.h"

#include <string.h>

#include "analysis/generate.h"
#include "analysis/score.h"
#include "analysis/workers.h"
#include "base/error.h"

/* What was said to a trial, until it is told. */
typedef struct {
  ScopeTrial prompt;
  char **texts; /* (filters), NULL at the end */
} Said;

typedef struct {
  ScopeFilterContext *const *contexts; /* (workers) */
  const char *const *workers;          /* their names */
  const ScopeTokenizer *tokenizer;
  ScopeTrials *trials;
  const ScopeRecallSettings *settings;
  const ScopeRecallTarget *target;
  Said *said;     /* (jobs); by the job's worker, until it is told */
  double *totals; /* (filters) of the scores of the task and length that is being told */
  GMutex lock;    /* for making trials, and for FAILED */
  GError *failed; /* what the target said */
} Recall;

/* One trial, under every filter. */
typedef struct {
  gsize task, length, trial; /* LENGTH: which of the lengths */
} Job;

static Job
job_at (const Recall *self, gsize index)
{
  gsize trials = scope_trials_count (self->trials), lengths = self->settings->n_lengths;
  return (Job){ index / trials / lengths, index / trials % lengths, index % trials };
}

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
answer (const Recall *self, gsize worker, const ScopeTrial *trial, ScopePlan *plan,
        ScopeProgress *progress, GError **error)
{
  /* A step costs about what a token of the prompt does. */
  double prompt = (double)trial->count / (double)(trial->count + trial->generate);
  ScopeProgress running = scope_progress_span (progress, 0, prompt);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (scope_filter_context_schedule (self->contexts[worker]), trial->ids,
                            trial->count, plan, SCOPE_RUN_LOGITS_ONLY, &running, error);
  if (trace == NULL)
    return NULL;
  ScopeProgress decoding = scope_progress_span (progress, prompt, 1);
  g_autoptr (GArray) steps = scope_generate (trace, trial->generate, TRUE, &decoding, error);
  return steps != NULL ? decode (self->tokenizer, steps) : NULL;
}

/* Runs one prompt under FILTER. Where the filter does not act, *UNFILTERED is the text if it is
 * known already, and is set to it. */
static char *
run_trial (const Recall *self, gsize worker, gsize filter, const ScopeTrial *trial,
           char **unfiltered, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopePlan) plan = NULL;
  ScopeProgress planning = scope_progress_span (progress, 0, 0.2);
  if (!scope_filter_plan (self->settings->filters[filter], self->contexts[worker], trial->ids,
                          trial->count, &plan, &planning, error))
    return NULL;
  if (plan == NULL && *unfiltered != NULL)
    return g_strdup (*unfiltered);
  ScopeProgress running = scope_progress_span (progress, 0.2, 1);
  char *text = answer (self, worker, trial, plan, &running, error);
  if (plan == NULL)
    *unfiltered = g_strdup (text);
  return text;
}

static void
said_clear (Said *said)
{
  scope_trial_clear (&said->prompt);
  g_clear_pointer (&said->texts, g_strfreev);
}

/* FALSE if the target wants no more. */
static gboolean
make_trial (Recall *self, const Job *at, ScopeTrial *out, GError **error)
{
  const ScopeRecallSettings *settings = self->settings;
  gboolean made = FALSE;
  g_mutex_lock (&self->lock);
  if (self->failed != NULL)
    g_propagate_error (error, g_error_copy (self->failed));
  else
    made = scope_trials_make (self->trials, settings->tasks[at->task],
                              settings->lengths[at->length], at->trial, out, error);
  g_mutex_unlock (&self->lock);
  return made;
}

static gboolean
do_trial (gsize job, gsize worker, gpointer data, ScopeProgress *progress, GError **error)
{
  Recall *self = data;
  gsize count = self->settings->n_filters;
  const Job at = job_at (self, job);
  g_auto (ScopeTrial) prompt = { NULL };
  if (!make_trial (self, &at, &prompt, error))
    return FALSE;
  g_autofree char *unfiltered = NULL;
  g_auto (GStrv) texts = g_new0 (char *, count + 1);
  for (gsize f = 0; f < count; f++) {
    ScopeProgress part = scope_progress_span (progress, (double)f / (double)count,
                                              (double)(f + 1) / (double)count);
    texts[f] = run_trial (self, worker, f, &prompt, &unfiltered, &part, error);
    if (texts[f] == NULL)
      return FALSE;
  }
  self->said[job] = (Said){ prompt, g_steal_pointer (&texts) };
  memset (&prompt, 0, sizeof prompt); /* it is there now */
  return TRUE;
}

/* --- what the target is told, in order ----------------------------------------------------------
 */

static void
tell_answers (Recall *self, const Job *at, const Said *said)
{
  const ScopeRecallTarget *target = self->target;
  const ScopeTask *task = self->settings->tasks[at->task];
  for (gsize f = 0; f < self->settings->n_filters; f++) {
    ScopeRecallAnswer given = {
      at->task, self->settings->lengths[at->length], f, at->trial, &said->prompt, said->texts[f], 0
    };
    g_autoptr (GError) error = NULL;
    given.score = scope_trial_score (task, &said->prompt, said->texts[f]);
    self->totals[f] += given.score;
    if (target->answer == NULL || self->failed != NULL
        || target->answer (&given, target->data, &error))
      continue;
    g_mutex_lock (&self->lock);
    self->failed = g_steal_pointer (&error);
    g_mutex_unlock (&self->lock);
  }
}

/* One task at one length, under every filter. */
static void
tell_rows (const Recall *self, const Job *last)
{
  ScopeRecallRow row = { .task = last->task,
                         .length = self->settings->lengths[last->length],
                         .trials = scope_trials_count (self->trials) };
  for (row.filter = 0; row.filter < self->settings->n_filters; row.filter++) {
    row.accuracy = self->totals[row.filter] / (double)row.trials;
    scope_score_interval (row.accuracy, row.trials, &row.ci_low, &row.ci_high);
    self->target->row (&row, self->target->data);
    self->totals[row.filter] = 0;
  }
}

static void
tell_trial (gsize job, gpointer data)
{
  Recall *self = data;
  const Job at = job_at (self, job);
  tell_answers (self, &at, &self->said[job]);
  said_clear (&self->said[job]);
  if (at.trial + 1 == scope_trials_count (self->trials) && self->failed == NULL)
    tell_rows (self, &at);
}

static void
tell_lost (gsize worker, gsize job, const GError *error, gpointer data)
{
  const Recall *self = data;
  const Job at = job_at (self, job);
  g_warning ("%s is lost: %s; its trial %" G_GSIZE_FORMAT " of length %" G_GSIZE_FORMAT
             " is done by another",
             self->workers[worker], error->message, at.trial, self->settings->lengths[at.length]);
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

static gboolean
run_trials (Recall *self, gsize workers, gsize jobs, ScopeProgress *progress, GError **error)
{
  g_autofree double *costs = g_new (double, jobs);
  for (gsize job = 0; job < jobs; job++)
    costs[job] = (double)self->settings->lengths[job_at (self, job).length];
  const ScopeWorkers plan = { .workers = workers,
                              .jobs = jobs,
                              .costs = costs,
                              .work = do_trial,
                              .ready = tell_trial,
                              .lost = tell_lost,
                              .data = self };
  if (!scope_workers_run (&plan, progress, error))
    return FALSE;
  if (self->failed == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->failed));
  return FALSE;
}

gboolean
scope_recall_spread (ScopeFilterContext *const *contexts, const char *const *workers,
                     gsize n_workers, ScopeTrials *trials, const ScopeRecallSettings *settings,
                     const ScopeRecallTarget *target, ScopeProgress *progress, GError **error)
{
  ScopeModel *model = scope_schedule_model (scope_filter_context_schedule (contexts[0]));
  gsize jobs = settings->n_tasks * settings->n_lengths * scope_trials_count (trials);
  if (!scope_recall_check (trials, settings, error))
    return FALSE;
  g_autofree Said *said = g_new0 (Said, jobs);
  g_autofree double *totals = g_new0 (double, settings->n_filters);
  Recall self = { .contexts = contexts,
                  .workers = workers,
                  .tokenizer = scope_model_tokenizer (model),
                  .trials = trials,
                  .settings = settings,
                  .target = target,
                  .said = said,
                  .totals = totals };
  g_mutex_init (&self.lock);
  gboolean ok = run_trials (&self, n_workers, jobs, progress, error);
  for (gsize job = 0; job < jobs; job++)
    said_clear (&said[job]);
  g_clear_error (&self.failed);
  g_mutex_clear (&self.lock);
  return ok;
}

gboolean
scope_recall (ScopeFilterContext *context, ScopeTrials *trials, const ScopeRecallSettings *settings,
              const ScopeRecallTarget *target, ScopeProgress *progress, GError **error)
{
  return scope_recall_spread (&context, NULL, 1, trials, settings, target, progress, error);
}

#include "analysis/recall.h"

#include <math.h>
#include <string.h>

#include "analysis/generate.h"
#include "base/error.h"

/* A space and five digits, each at most one step. */
#define ANSWER_STEPS 6

static const char *const task_names[] = { "passkey", "needle" };
G_STATIC_ASSERT (G_N_ELEMENTS (task_names) == SCOPE_N_TASKS);

gboolean
scope_task_parse (const char *name, ScopeTask *out)
{
  for (guint t = 0; t < SCOPE_N_TASKS; t++)
    if (strcmp (name, task_names[t]) == 0) {
      *out = (ScopeTask)t;
      return TRUE;
    }
  return FALSE;
}

const char *
scope_task_name (ScopeTask task)
{
  return task_names[task];
}

static gboolean
is_correct (const ScopeTokenizer *tokenizer, const GArray *steps, const char *answer)
{
  gint32 ids[ANSWER_STEPS];
  for (guint s = 0; s < steps->len; s++)
    ids[s] = g_array_index (steps, ScopeStep, s).id;
  g_autofree char *text = scope_tokenizer_decode (tokenizer, ids, steps->len, NULL);
  return g_str_has_prefix (text + strspn (text, " \n\t"), answer);
}

typedef struct {
  ScopeFilterContext *context;
  const ScopeTokenizer *tokenizer;
  ScopeTokens *const *texts;
  const char *const *names;
  gsize n_texts;
  const ScopeRecallSettings *settings;
} Recall;

typedef enum { UNKNOWN, WRONG, RIGHT } Verdict;

/* Runs one prompt under FILTER. Where the filter does not act, *UNFILTERED is the verdict if it is
 * known already, and is set to it. */
static gboolean
run_trial (const Recall *self, gsize filter, const ScopeTrial *trial, Verdict *unfiltered,
           Verdict *out, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopePlan) plan = NULL;
  ScopeProgress planning = scope_progress_span (progress, 0, 0.2);
  if (!scope_filter_plan (self->settings->filters[filter], self->context, trial->ids, trial->count,
                          &plan, &planning, error))
    return FALSE;
  if (plan == NULL && *unfiltered != UNKNOWN) {
    *out = *unfiltered;
    return TRUE;
  }
  ScopeProgress running = scope_progress_span (progress, 0.2, 1);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (scope_filter_context_schedule (self->context), trial->ids, trial->count,
                            plan, SCOPE_RUN_LOGITS_ONLY, &running, error);
  if (trace == NULL)
    return FALSE;
  g_autoptr (GArray) steps = scope_generate (trace, ANSWER_STEPS, FALSE, NULL, error);
  if (steps == NULL)
    return FALSE;
  *out = is_correct (self->tokenizer, steps, trial->answer) ? RIGHT : WRONG;
  if (plan == NULL)
    *unfiltered = *out;
  return TRUE;
}

/* All filters on one trial; RIGHT_ANSWERS is counted up by filter. */
static gboolean
try_filters (const Recall *self, const ScopeRecallRow *row, gsize trial, gsize *right_answers,
             ScopeProgress *progress, GError **error)
{
  const ScopeRecallSettings *settings = self->settings;
  g_auto (ScopeTrial) prompt = { NULL };
  if (!scope_recall_trial (self->tokenizer, self->texts, self->names, self->n_texts, row->task,
                           row->length, trial, settings->trials, settings->seed, &prompt, error))
    return FALSE;
  Verdict unfiltered = UNKNOWN;
  for (gsize f = 0; f < settings->n_filters; f++) {
    double filters = (double)settings->n_filters;
    ScopeProgress part
        = scope_progress_span (progress, (double)f / filters, (double)(f + 1) / filters);
    Verdict verdict;
    if (!run_trial (self, f, &prompt, &unfiltered, &verdict, &part, error))
      return FALSE;
    right_answers[f] += verdict == RIGHT;
  }
  return TRUE;
}

/* Wilson's score interval: it stays within [0, 1] and has a width at 0 and at 1. */
static void
wilson (ScopeRecallRow *row, gsize right)
{
  const double z = 1.959963984540054, z2 = z * z;
  double n = (double)row->trials, p = (double)right / n;
  double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  double width = z * sqrt (p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  row->accuracy = p;
  row->ci_low = MAX (centre - width, 0);
  row->ci_high = MIN (centre + width, 1);
}

/* One task at one length, under every filter. */
static gboolean
measure (const Recall *self, ScopeRecallRow *row, ScopeRecallFunc func, gpointer data,
         ScopeProgress *progress, GError **error)
{
  g_autofree gsize *right = g_new0 (gsize, self->settings->n_filters);
  double trials = (double)row->trials;
  for (gsize t = 0; t < row->trials; t++) {
    ScopeProgress part
        = scope_progress_span (progress, (double)t / trials, (double)(t + 1) / trials);
    if (!try_filters (self, row, t, right, &part, error))
      return FALSE;
  }
  for (gsize f = 0; f < self->settings->n_filters; f++) {
    row->filter = f;
    wilson (row, right[f]);
    func (row, data);
  }
  return TRUE;
}

/* All lengths are tried on paper first: a haystack too short for the last should not be found out
 * after an hour. */
static gboolean
check_trials (const Recall *self, GError **error)
{
  const ScopeRecallSettings *settings = self->settings;
  for (gsize k = 0; k < settings->n_tasks; k++)
    for (gsize l = 0; l < settings->n_lengths; l++) {
      g_auto (ScopeTrial) prompt = { NULL };
      if (!scope_recall_trial (self->tokenizer, self->texts, self->names, self->n_texts,
                               settings->tasks[k], settings->lengths[l], 0, settings->trials,
                               settings->seed, &prompt, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
scope_recall (ScopeFilterContext *context, ScopeTokens *const *texts, const char *const *names,
              gsize n_texts, const ScopeRecallSettings *settings, ScopeRecallFunc func,
              gpointer data, ScopeProgress *progress, GError **error)
{
  ScopeModel *model = scope_schedule_model (scope_filter_context_schedule (context));
  Recall self = { context, scope_model_tokenizer (model), texts, names, n_texts, settings };
  if (self.tokenizer == NULL) {
    g_set_error (error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT,
                 "%s: has no tokenizer.json, and recall writes its questions as text",
                 scope_model_folder (model));
    return FALSE;
  }
  if (!check_trials (&self, error))
    return FALSE;

  double work = 0, done = 0;
  for (gsize l = 0; l < settings->n_lengths; l++)
    work += (double)settings->lengths[l] * (double)settings->n_tasks;
  for (gsize k = 0; k < settings->n_tasks; k++)
    for (gsize l = 0; l < settings->n_lengths; l++) {
      ScopeRecallRow row = { .task = settings->tasks[k], .length = settings->lengths[l] };
      row.trials = settings->trials;
      double share = (double)row.length / work;
      ScopeProgress part = scope_progress_span (progress, done, done + share);
      if (!measure (&self, &row, func, data, &part, error))
        return FALSE;
      done += share;
    }
  return TRUE;
}

#include "analysis/perplexity.h"

#include <math.h>
#include <string.h>

#include "analysis/workers.h"
#include "base/error.h"

/* Logits held at a time: windows may be long and vocabularies large. */
#define SLAB_BYTES ((gsize)16 << 20)

static double
row_nll (const ScopeMatrix *logits, gsize row, gint32 id)
{
  gsize vocab = scope_matrix_columns (logits);
  double top = -INFINITY, sum = 0;
  for (gsize v = 0; v < vocab; v++)
    top = MAX (top, scope_matrix_get (logits, row, v));
  for (gsize v = 0; v < vocab; v++)
    sum += exp (scope_matrix_get (logits, row, v) - top);
  return top + log (sum) - scope_matrix_get (logits, row, (gsize)id);
}

static gboolean
slab_nll (ScopeTrace *trace, const gint32 *ids, gsize begin, gsize end, double *out, GError **error)
{
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, begin, end, NULL, error);
  if (logits == NULL)
    return FALSE;
  for (gsize t = begin; t < end; t++) {
    out[t - begin] = row_nll (logits, t - begin, ids[t + 1]);
    if (!isfinite (out[t - begin])) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER,
                   "the logits of token %" G_GSIZE_FORMAT " are not finite", t);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
scope_nll (ScopeTrace *trace, const gint32 *ids, gsize begin, gsize end, double *out,
           ScopeProgress *progress, GError **error)
{
  gsize last = scope_trace_length (trace) - 1;
  if (begin > end || end > last) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "tokens %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT
                 ": predictions lie within 0:%" G_GSIZE_FORMAT,
                 begin, end, last);
    return FALSE;
  }
  const ScopeModel *model = scope_schedule_model (scope_trace_schedule (trace));
  gsize row_bytes = scope_model_config (model)->vocab_size * sizeof (double);
  gsize slab = MAX (SLAB_BYTES / row_bytes, 1);
  for (gsize t = begin; t < end; t += slab) {
    double done = (double)(t - begin) / (double)(end - begin);
    if (!scope_progress_check (progress, done, "scoring", error)
        || !slab_nll (trace, ids, t, MIN (t + slab, end), out + (t - begin), error))
      return FALSE;
  }
  return TRUE;
}

/* P(|T| < √ν tan ANGLE) of Student's t with ν = FREEDOM: Abramowitz and Stegun 26.7.3 and 26.7.4.
 */
static double
student_central (double angle, gsize freedom)
{
  double cosine = cos (angle), sum = 0;
  double term = freedom % 2 == 0 ? 1 : cosine;
  for (gsize k = freedom % 2 == 0 ? 2 : 3; k <= freedom; k += 2) {
    sum += term;
    term *= cosine * cosine * (double)(k - 1) / (double)k;
  }
  return freedom % 2 == 0 ? sin (angle) * sum : (angle + sin (angle) * sum) * M_2_PI;
}

/* The t that 95 % of |T| lie below. */
static double
student_95 (gsize freedom)
{
  double low = 0, high = G_PI / 2;
  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;
    if (student_central (middle, freedom) < 0.95)
      low = middle;
    else
      high = middle;
  }
  return sqrt ((double)freedom) * tan (low);
}

static double
mean (const double *values, gsize count)
{
  double sum = 0;
  for (gsize i = 0; i < count; i++)
    sum += values[i];
  return sum / (double)count;
}

/* The interval of the mean of COUNT values; one value alone says nothing about its spread. */
static double
half_width_95 (const double *values, gsize count)
{
  if (count < 2)
    return INFINITY;
  double centre = mean (values, count), squares = 0;
  for (gsize i = 0; i < count; i++)
    squares += (values[i] - centre) * (values[i] - centre);
  double freedom = (double)(count - 1);
  return student_95 (count - 1) * sqrt (squares / freedom / (double)count);
}

gsize
scope_perplexity_place (gsize tokens, gsize longest, gsize score, gsize windows, gsize *ends)
{
  gsize room = tokens - longest;
  gsize count = MIN (windows, 1 + room / score);
  for (gsize w = 0; w < count; w++)
    ends[w] = longest + (gsize)(count > 1 ? (double)room * (double)w / (double)(count - 1) : 0);
  return count;
}

gboolean
scope_perplexity_window (ScopeFilterContext *context, const ScopeFilter *filter, const gint32 *ids,
                         gsize length, gsize scored, const double *unfiltered, double *out,
                         gboolean *acted, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopePlan) plan = NULL;
  ScopeProgress planning = scope_progress_span (progress, 0, 0.2);
  if (!scope_filter_plan (filter, context, ids, length, &plan, &planning, error))
    return FALSE;
  *acted = plan != NULL;
  if (plan == NULL && unfiltered != NULL) {
    memcpy (out, unfiltered, scored * sizeof *out);
    return TRUE;
  }
  ScopeProgress running = scope_progress_span (progress, 0.2, 1);
  gsize last = length - 1;
  if (scope_plan_drops_tokens (plan)) { /* only what stays has logits */
    ScopePlan *until = scope_plan_until (plan, last - scored);
    scope_plan_unref (plan);
    plan = until;
  }
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (scope_filter_context_schedule (context), ids, length, plan,
                            SCOPE_RUN_LOGITS_ONLY, &running, error);
  return trace != NULL && scope_nll (trace, ids, last - scored, last, out, NULL, error);
}

void
scope_perplexity_summary (const double *nll, gsize windows, gsize scored, ScopePerplexityRow *row)
{
  g_autofree double *means = g_new (double, windows);
  for (gsize w = 0; w < windows; w++)
    means[w] = mean (nll + w * scored, scored);
  double centre = mean (means, windows);
  double width = windows > 1 ? half_width_95 (means, windows) : half_width_95 (nll, scored);
  row->windows = windows;
  row->perplexity = exp (centre);
  row->ci_low = exp (centre - width);
  row->ci_high = exp (centre + width);
}

static gboolean
check_lengths (ScopeTokens *const *texts, const char *const *names, gsize n_texts,
               const ScopePerplexitySettings *settings, gsize *longest, GError **error)
{
  *longest = 0;
  for (gsize l = 0; l < settings->n_lengths; l++) {
    if (settings->lengths[l] < 2) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "length %" G_GSIZE_FORMAT ": a window needs at least 2 tokens",
                   settings->lengths[l]);
      return FALSE;
    }
    *longest = MAX (*longest, settings->lengths[l]);
  }
  for (gsize t = 0; t < n_texts; t++)
    if (scope_tokens_count (texts[t]) < *longest) {
      g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "%s: has %" G_GSIZE_FORMAT " tokens, fewer than the length %" G_GSIZE_FORMAT,
                   names[t], scope_tokens_count (texts[t]), *longest);
      return FALSE;
    }
  return TRUE;
}

/* One text at one length, under every filter. */
typedef struct {
  gsize text, length, scored;
  const gint32 *ids; /* of the whole text */
  gsize *ends;       /* (windows): one past the last token of each */
  gsize windows;
  double *nll; /* (filters, windows, scored) */
} Batch;

typedef struct {
  ScopeFilterContext *const *contexts; /* one for each worker */
  const ScopePerplexitySettings *settings;
  const char *const *workers; /* their names */
  Batch *batches;
  gsize n_batches;
  GArray *jobs;  /* Job */
  GArray *costs; /* double */
  ScopePerplexityFunc func;
  gpointer data;
} Sweep;

/* One window under every filter: where a filter leaves the network as it is, it is not run again.
 */
typedef struct {
  gsize batch, window;
} Job;

static double *
batch_nll (const Batch *batch, gsize filter, gsize window)
{
  return batch->nll + (filter * batch->windows + window) * batch->scored;
}

static gboolean
score_window (gsize job, gsize worker, gpointer data, ScopeProgress *progress, GError **error)
{
  const Sweep *sweep = data;
  const Job *at = &g_array_index (sweep->jobs, Job, job);
  const Batch *batch = &sweep->batches[at->batch];
  gsize filters = sweep->settings->n_filters;
  double *unfiltered = NULL;
  for (gsize f = 0; f < filters; f++) {
    ScopeProgress part
        = scope_progress_span (progress, (double)f / filters, (double)(f + 1) / filters);
    double *out = batch_nll (batch, f, at->window);
    gboolean acted;
    if (!scope_perplexity_window (sweep->contexts[worker], sweep->settings->filters[f],
                                  batch->ids + batch->ends[at->window] - batch->length,
                                  batch->length, batch->scored, unfiltered, out, &acted, &part,
                                  error))
      return FALSE;
    if (!acted)
      unfiltered = out;
  }
  return TRUE;
}

/* With the last window of a batch its rows are there. */
static void
report_window (gsize job, gpointer data)
{
  const Sweep *sweep = data;
  const Job *at = &g_array_index (sweep->jobs, Job, job);
  const Batch *batch = &sweep->batches[at->batch];
  ScopePerplexityRow row = { .text = batch->text, .length = batch->length };
  if (at->window + 1 < batch->windows)
    return;
  for (row.filter = 0; row.filter < sweep->settings->n_filters; row.filter++) {
    scope_perplexity_summary (batch_nll (batch, row.filter, 0), batch->windows, batch->scored,
                              &row);
    sweep->func (&row, sweep->data);
  }
}

static void
tell_lost (gsize worker, gsize job, const GError *error, gpointer data)
{
  const Sweep *sweep = data;
  const Job *at = &g_array_index (sweep->jobs, Job, job);
  g_warning ("%s is lost: %s; its window %" G_GSIZE_FORMAT " of length %" G_GSIZE_FORMAT
             " is done by another",
             sweep->workers[worker], error->message, at->window, sweep->batches[at->batch].length);
}

static void
place_batch (Sweep *sweep, Batch *batch, ScopeTokens *text, gsize longest)
{
  const ScopePerplexitySettings *settings = sweep->settings;
  gsize score = MAX (settings->score, 1), windows = MAX (settings->windows, 1);
  double work = (double)batch->length; /* a run costs about as much as it is long */
  batch->ids = scope_tokens_ids (text);
  batch->ends = g_new (gsize, windows);
  batch->windows
      = scope_perplexity_place (scope_tokens_count (text), longest, score, windows, batch->ends);
  batch->scored = MIN (score, batch->length - 1);
  batch->nll = g_new (double, settings->n_filters * batch->windows * batch->scored);
  for (gsize w = 0; w < batch->windows; w++) {
    Job job = { (gsize)(batch - sweep->batches), w };
    g_array_append_val (sweep->jobs, job);
    g_array_append_val (sweep->costs, work);
  }
}

static void
sweep_clear (Sweep *self)
{
  for (gsize b = 0; b < self->n_batches; b++) {
    g_free (self->batches[b].ends);
    g_free (self->batches[b].nll);
  }
  g_free (self->batches);
  g_array_unref (self->jobs);
  g_array_unref (self->costs);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sweep, sweep_clear)

gboolean
scope_perplexity_spread (ScopeFilterContext *const *contexts, const char *const *workers,
                         gsize n_workers, ScopeTokens *const *texts, const char *const *names,
                         gsize n_texts, const ScopePerplexitySettings *settings,
                         ScopePerplexityFunc func, gpointer data, ScopeProgress *progress,
                         GError **error)
{
  gsize longest;
  if (!check_lengths (texts, names, n_texts, settings, &longest, error))
    return FALSE;
  g_auto (Sweep) sweep = { .contexts = contexts,
                           .settings = settings,
                           .workers = workers,
                           .batches = g_new0 (Batch, n_texts * settings->n_lengths),
                           .jobs = g_array_new (FALSE, FALSE, sizeof (Job)),
                           .costs = g_array_new (FALSE, FALSE, sizeof (double)),
                           .func = func,
                           .data = data };
  for (gsize t = 0; t < n_texts; t++)
    for (gsize l = 0; l < settings->n_lengths; l++) {
      Batch *batch = &sweep.batches[sweep.n_batches++];
      batch->text = t;
      batch->length = settings->lengths[l];
      place_batch (&sweep, batch, texts[t], longest);
    }
  ScopeWorkers plan = { .workers = n_workers,
                        .jobs = sweep.jobs->len,
                        .costs = (const double *)(gpointer)sweep.costs->data,
                        .work = score_window,
                        .ready = report_window,
                        .lost = tell_lost,
                        .data = &sweep };
  return scope_workers_run (&plan, progress, error);
}

gboolean
scope_perplexity (ScopeFilterContext *context, ScopeTokens *const *texts, const char *const *names,
                  gsize n_texts, const ScopePerplexitySettings *settings, ScopePerplexityFunc func,
                  gpointer data, ScopeProgress *progress, GError **error)
{
  return scope_perplexity_spread (&context, NULL, 1, texts, names, n_texts, settings, func, data,
                                  progress, error);
}

#include "analysis/perplexity.h"

#include <math.h>
#include <string.h>

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

#include "analysis/generate.h"

#include <math.h>

#include "base/error.h"

/* Keeps the likeliest ids in order. A later id must be strictly better to go before an earlier one:
 * so ties go to the smaller id. */
static void
take_candidate (ScopeStep *step, double *logit, gint32 id, double value)
{
  gsize place = SCOPE_CANDIDATES;
  while (place > 0 && (step->other[place - 1] < 0 || value > logit[place - 1]))
    place--;
  for (gsize k = SCOPE_CANDIDATES - 1; place < SCOPE_CANDIDATES && k > place; k--) {
    step->other[k] = step->other[k - 1];
    logit[k] = logit[k - 1];
  }
  if (place < SCOPE_CANDIDATES) {
    step->other[place] = id;
    logit[place] = value;
  }
}

/* Softmax in double over one row of logits. */
static gboolean
read_step (const ScopeMatrix *logits, ScopeStep *out, GError **error)
{
  gsize vocab = scope_matrix_columns (logits);
  double logit[SCOPE_CANDIDATES] = { 0 };
  for (gsize k = 0; k < SCOPE_CANDIDATES; k++)
    out->other[k] = -1;
  for (gsize v = 0; v < vocab; v++)
    take_candidate (out, logit, (gint32)v, scope_matrix_get (logits, 0, v));

  double sum = 0;
  for (gsize v = 0; v < vocab; v++)
    sum += exp (scope_matrix_get (logits, 0, v) - logit[0]);
  if (!isfinite (sum)) {
    g_set_error_literal (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER,
                         "the logits of the next token are not finite");
    return FALSE;
  }
  for (gsize k = 0; k < SCOPE_CANDIDATES; k++)
    out->other_probability[k] = out->other[k] < 0 ? 0 : exp (logit[k] - logit[0]) / sum;
  out->id = out->other[0];
  out->probability = out->other_probability[0];
  return TRUE;
}

static gboolean
append_step (GArray *steps, ScopeMatrix *logits, GError **error)
{
  ScopeStep step;
  if (logits == NULL || !read_step (logits, &step, error))
    return FALSE;
  g_array_append_val (steps, step);
  return TRUE;
}

/* Feeds the newest step's id and appends the one after it. */
static gboolean
decode_step (ScopeDecoder *decoder, GArray *steps, GError **error)
{
  gint32 id = g_array_index (steps, ScopeStep, steps->len - 1).id;
  if (!scope_decoder_step (decoder, id, error))
    return FALSE;
  g_autoptr (ScopeMatrix) logits = scope_decoder_logits (decoder, error);
  return append_step (steps, logits, error);
}

static gboolean
is_stop (const ScopeGeneration *generation, gint32 id)
{
  for (gsize i = 0; i < generation->n_stop; i++)
    if (generation->stop[i] == id)
      return TRUE;
  return FALSE;
}

/* There are more candidates than stops. */
static void
choose_no_stop (ScopeStep *step, const ScopeGeneration *generation)
{
  gsize k = 0;
  while (k + 1 < SCOPE_CANDIDATES && is_stop (generation, step->other[k]))
    k++;
  if (step->other[k] < 0)
    return; /* the vocabulary has nothing else */
  step->id = step->other[k];
  step->probability = step->other_probability[k];
}

GArray *
scope_generate_until (ScopeTrace *trace, const ScopeGeneration *generation, ScopeProgress *progress,
                      GError **error)
{
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (ScopeStep));
  gsize count = generation->count;
  if (count == 0)
    return g_steal_pointer (&steps);

  gsize length = scope_trace_length (trace);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, length - 1, length, NULL, error);
  if (!append_step (steps, logits, error))
    return NULL;
  if (generation->not_at_once)
    choose_no_stop (&g_array_index (steps, ScopeStep, 0), generation);

  g_autoptr (ScopeDecoder) decoder = scope_decoder_new (trace, error);
  if (decoder == NULL)
    return NULL;
  while (steps->len < count) {
    if (is_stop (generation, g_array_index (steps, ScopeStep, steps->len - 1).id))
      break;
    if (!scope_progress_check (progress, (double)steps->len / (double)count, "generating", error)
        || !decode_step (decoder, steps, error))
      return NULL;
  }
  return g_steal_pointer (&steps);
}

GArray *
scope_generate (ScopeTrace *trace, gsize count, gboolean stop_at_eos, ScopeProgress *progress,
                GError **error)
{
  gint64 eos = scope_model_config (scope_schedule_model (scope_trace_schedule (trace)))->eos_token;
  const gint32 stop = (gint32)eos;
  ScopeGeneration generation = { .count = count, .stop = &stop, .n_stop = stop_at_eos && eos >= 0 };
  return scope_generate_until (trace, &generation, progress, error);
}

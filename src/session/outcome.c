#include "session/outcome.h"

#include <math.h>

#include "analysis/perplexity.h"

#define SCORED 100 /* as in the answer */

static void
outcome_clear (gpointer data)
{
  ScopeOutcome *self = data;

  for (guint k = 0; k < SCOPE_CANDIDATES; k++)
    g_free (self->piece[k]);
  g_free (self->logits);
}

ScopeOutcome *
scope_outcome_ref (ScopeOutcome *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
scope_outcome_unref (ScopeOutcome *self)
{
  g_atomic_rc_box_release_full (self, outcome_clear);
}

static gboolean
read_logits (ScopeOutcome *self, ScopeTrace *trace, ScopeProgress *progress, GError **error)
{
  gsize length = scope_trace_length (trace);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, length - 1, length, progress, error);

  if (logits == NULL)
    return FALSE;
  self->vocab = scope_matrix_columns (logits);
  self->logits = g_new (double, self->vocab);
  for (gsize v = 0; v < self->vocab; v++)
    self->logits[v] = scope_matrix_get (logits, 0, v);
  return TRUE;
}

static gboolean
read_next (ScopeOutcome *self, ScopeStage *stage, ScopeTrace *trace, ScopeProgress *progress,
           GError **error)
{
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (stage->host->model);
  g_autoptr (GArray) steps = scope_generate (trace, 1, FALSE, progress, error);

  if (steps == NULL)
    return FALSE;
  self->next = g_array_index (steps, ScopeStep, 0);
  for (guint k = 0; k < SCOPE_CANDIDATES && self->next.other[k] >= 0; k++) {
    g_autoptr (ScopeTokens) token
        = tokenizer != NULL ? scope_tokenizer_tokens (tokenizer, &self->next.other[k], 1) : NULL;
    self->piece[k] = token != NULL ? scope_tokens_display (token, 0)
                                   : g_strdup_printf ("#%d", self->next.other[k]);
  }
  return TRUE;
}

static gboolean
read_perplexity (ScopeOutcome *self, ScopeTokens *tokens, ScopeTrace *trace,
                 ScopeProgress *progress, GError **error)
{
  gsize last = scope_tokens_count (tokens) - 1;
  ScopePerplexityRow row;

  self->perplexity = NAN;
  if (scope_plan_drops_tokens (
          scope_trace_plan (trace))) /* tokens that end on the way say nothing */
    return TRUE;
  self->scored = MIN (SCORED, last);
  if (self->scored == 0)
    return TRUE;
  g_autofree double *nll = g_new (double, self->scored);
  if (!scope_nll (trace, scope_tokens_ids (tokens), last - self->scored, last, nll, progress,
                  error))
    return FALSE;
  scope_perplexity_summary (nll, 1, self->scored, &row);
  self->perplexity = row.perplexity;
  return TRUE;
}

ScopeOutcome *
scope_outcome_new (ScopeStage *stage, ScopeTrace *trace, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeOutcome) self = g_atomic_rc_box_new0 (ScopeOutcome);
  ScopeProgress logits = scope_progress_span (progress, 0.0, 0.2);
  ScopeProgress next = scope_progress_span (progress, 0.2, 0.4);
  ScopeProgress score = scope_progress_span (progress, 0.4, 1.0);

  return read_logits (self, trace, &logits, error) && read_next (self, stage, trace, &next, error)
                 && read_perplexity (self, stage->tokens, trace, &score, error)
             ? g_steal_pointer (&self)
             : NULL;
}

/* ln Σ exp. */
static double
log_total (const ScopeOutcome *self)
{
  double top = -INFINITY, sum = 0;

  for (gsize v = 0; v < self->vocab; v++)
    top = fmax (top, self->logits[v]);
  for (gsize v = 0; v < self->vocab; v++)
    sum += exp (self->logits[v] - top);
  return top + log (sum);
}

ScopeOutcomeChange
scope_outcome_change (const ScopeOutcome *before, const ScopeOutcome *after)
{
  ScopeOutcomeChange out = { 0, 0 };
  double total_before = log_total (before), total_after = log_total (after);

  for (gsize v = 0; v < before->vocab; v++) {
    double p = before->logits[v] - total_before, q = after->logits[v] - total_after;
    out.logit = fmax (out.logit, fabs (after->logits[v] - before->logits[v]));
    out.kl += exp (p) * (p - q);
  }
  out.kl = fmax (out.kl, 0); /* never below, but for roundings */
  return out;
}

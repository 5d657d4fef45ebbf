/* ScopeOutcome: what a run of the network says at the end of the text: the distribution of the next
 * token, and how well the last tokens were foretold. Two of them say what a change did.
 *
 * Made on the engine's thread; reference counted, immutable, any thread then.
 */
#pragma once

#include "session/stage.h"

G_BEGIN_DECLS

typedef struct {
  gsize vocab;
  double *logits;                /* (vocab) after the last token */
  ScopeStep next;                /* the likeliest next tokens */
  char *piece[SCOPE_CANDIDATES]; /* valid UTF-8 for the screen; NULL where there is no such token */
  double perplexity;             /* of the last SCORED tokens; NAN if there are none, or a filter
                                    took tokens out of the text */
  gsize scored;
} ScopeOutcome;

/* TRACE is a run of STAGE's text, with residuals or without. */
ScopeOutcome *scope_outcome_new (ScopeStage *stage, ScopeTrace *trace, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeOutcome *scope_outcome_ref (ScopeOutcome *self);
void scope_outcome_unref (ScopeOutcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeOutcome, scope_outcome_unref)

typedef struct {
  double logit; /* the largest |change of a logit| */
  double kl;    /* Kullback-Leibler divergence of the next token, before from after, in nats */
} ScopeOutcomeChange;
ScopeOutcomeChange scope_outcome_change (const ScopeOutcome *before, const ScopeOutcome *after);

G_END_DECLS

/* The figure of a perplexity sweep that was measured already, with the recipe inside that measures
 * it again. On the schedule's thread. */
#pragma once

#include "analysis/perplexity.h"
#include "export/figure.h"

G_BEGIN_DECLS

typedef struct {
  ScopeSchedule *schedule;
  ScopeTokens *tokens;
  const char *text; /* its path, or "@ids.json" */
  const char *const *filters;
  gsize n_filters, n_lengths;
  const ScopePerplexityRow *rows; /* (filters, lengths), lengths ascending */
  gsize score, windows;
  ScopeProtocol protocol;
  gsize train_length; /* 0: not known */
} ScopeSweepFacts;

/* Takes the model's hash. Lengths, filters and numbers that no recipe can hold (export/recipe.h) are
 * an error. Caller unrefs. */
ScopeFigure *scope_sweep_figure (const ScopeSweepFacts *facts, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* A forward pass in double, one token and one number at a time, from the papers' formulas: what the
 * schedule is compared with. Mamba: arXiv 2312.00752, algorithm 2. Mamba-2: 2405.21060, section 7.
 */
#pragma once

#include "compute/plan.h"
#include "test-support.h"

typedef struct {
  gsize tokens, inner, channels, columns;
  double *delta;         /* (T, H) effective */
  double *u, *y, *z, *x; /* (T, E) */
  double *b, *c;         /* (T, G N) */
} NaiveLayer;

typedef struct {
  gsize tokens, layers;
  double *logits; /* (T, vocab) */
  NaiveLayer *layer;
} Naive;

/* THRESHOLD (layers, channels) or NULL; it acts on the first FILTER_ROWS tokens. */
Naive *naive_run (const ScopeModel *model, const gint32 *ids, gsize tokens, const double *threshold,
                  gsize filter_rows);
/* The same where the model's Δ is EDIT's at one token. */
Naive *naive_run_edited (const ScopeModel *model, const gint32 *ids, gsize tokens,
                         const double *threshold, gsize filter_rows, const ScopePlanEdit *edit);
void naive_free (Naive *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Naive, naive_free)

/* Largest |matrix - values|; infinite if a shape or a NaN differs. */
double naive_error (const ScopeMatrix *matrix, const double *values, gsize rows, gsize columns);

/* Cumulative decay, in logs: ln Π Ā never underflows (LongMamba eq. 12).
 *
 * ln_decay of a Mamba channel after t tokens is Σ_{k<=t} ln(mean over states of exp(Δ_k A)), the
 * reduction of LongMamba's released Mamba-1 code; of a Mamba-2 head it is A Σ Δ. Δ is the effective
 * one, so a filtered layer gives the decay after the filter. */
#pragma once

#include "compute/trace.h"

G_BEGIN_DECLS

/* (tokens, channels) float64. On the schedule's thread. */
ScopeMatrix *scope_decay_curves (ScopeLayerTrace *layer, ScopeProgress *progress,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Only ROWS (COUNT of them, each a token's index) of the curves: (count, channels) float64. */
ScopeMatrix *scope_decay_rows (ScopeLayerTrace *layer, const gsize *rows, gsize count,
                               ScopeProgress *progress,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ln decay of one channel over COUNT values of Δ; RATES are its A (negative). Any thread. */
double scope_decay_ln (const double *delta, gsize count, const double *rates, gsize n_rates);

/* Tokens after which a channel's decay has halved at its mean rate: ln 2 * tokens / -ln_decay;
 * infinite if ln_decay is 0. */
double scope_decay_half_life (double ln_decay, gsize tokens);

G_END_DECLS

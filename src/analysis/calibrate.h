/* LongMamba's calibration, as released (arXiv 2504.16053, eqs. 12-14 and the code's
 * load_align_target; docs/math.md has the steps).
 *
 * Per window of L tokens, layer and channel: Δ is clamped from above at its k-th largest value,
 * k = max(1, ⌊L top⌋); the decay and the target ΣΔ are of the clamped Δ. For a length S > L the
 * clamped Δ, sorted descending, is resampled linearly to S points (half-pixel centres); with k the
 * first 0-based index where its running sum exceeds the target, plus one (at most S - 1), g(S) is
 * the k-th point and alpha(S), the share of tokens to keep, k / S; g = 0 and alpha = 1 for S <= L.
 * Windows are reduced by their maximum (or mean). On the schedule's thread.
 */
#pragma once

#include "analysis/table.h"
#include "compute/trace.h"

G_BEGIN_DECLS

typedef struct {
  gsize train_length;   /* L; 0: the config's, else 2000 */
  double top;           /* C in [0, 1]; 0 clamps nothing */
  double theta;         /* the table's default θ */
  const gsize *lengths; /* ascending; NULL: L x {1, 1.5, 2, ...} (scope_calibrate_lengths) */
  gsize n_lengths;
  gsize windows; /* at most so many over all texts; 0: 100, as released */
  gboolean mean; /* reduce windows by the mean instead of the maximum */
} ScopeCalibration;

/* θ and C of the paper's table for the family: 1e-30 and 0.20 (Mamba), 5e-2 and 0.05 (Mamba-2). */
void scope_calibration_defaults (const ScopeConfig *config, ScopeCalibration *out);
/* L x {1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 32, 40, 48, 60, 72, 84, 96},
 * rounded down; for L = 2000 it is the released grid. Returns the count; caller frees *OUT. */
gsize scope_calibrate_lengths (gsize train_length, gsize **out);

/* Windows begin at ⌊T i / n⌋ + 10 of each text of T tokens, as released, where L tokens fit; a text
 * of L to L + 10 tokens gives one window at its start. A text shorter than L is an error that names
 * it by NAMES (n_texts). */
ScopeTable *scope_calibrate (ScopeSchedule *schedule, ScopeTokens *const *texts,
                             const char *const *names, gsize n_texts,
                             const ScopeCalibration *settings, ScopeProgress *progress,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One window: the first min(L, COUNT) ids. What `longmamba` does where there is no table. */
ScopeTable *scope_calibrate_first (ScopeSchedule *schedule, const gint32 *ids, gsize count,
                                   const ScopeCalibration *settings, ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The tables that LongMamba's released calibration wrote (a folder of .pt files, layout in
 * calibrate-import.c), as one for MODEL. They do not say of which model they are: other numbers of
 * layers or channels are refused. The decay there is float32: below 1e-45 it is 0. Any thread. */
ScopeTable *scope_calibrate_import (const char *folder, ScopeModel *model,
                                    const ScopeCalibration *settings, ScopeProgress *progress,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The arithmetic of one channel: DELTA (COUNT values) is clamped and sorted descending in place;
 * returns the target. Any thread. */
double scope_calibrate_clamp (double *delta, gsize count, double top);
/* g for LENGTH from SORTED (what the above left) and its target; ALPHA is k / LENGTH, or 1 where g
 * is 0 because LENGTH is not longer. */
double scope_calibrate_threshold (const double *sorted, gsize count, double target, gsize length,
                                  double *alpha);

/* The same for many channels of COUNT > 0 values and LENGTHS (copied): the same bits, sooner. */
typedef struct _ScopeThresholds ScopeThresholds;
ScopeThresholds *scope_thresholds_new (gsize count, const gsize *lengths,
                                       gsize n_lengths) G_GNUC_WARN_UNUSED_RESULT;
void scope_thresholds_free (ScopeThresholds *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeThresholds, scope_thresholds_free)
double scope_thresholds_find (const ScopeThresholds *self, gsize index, const double *sorted,
                              double target, double *alpha);

G_END_DECLS

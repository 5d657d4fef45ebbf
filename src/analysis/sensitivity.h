/* What θ and C do: for each layer, and for all of them together, how many channels are global, what
 * share of their tokens LongMamba's thresholds would keep, and how near the ΣΔ of those comes to
 * its target. On the schedule's thread. */
#pragma once

#include "compute/trace.h"

G_BEGIN_DECLS

#define SCOPE_SENSITIVITY_ALL G_MAXSIZE

/* The grids of LongMamba's own search: of θ, and of C. */
extern const double scope_sensitivity_thetas[], scope_sensitivity_tops[];
#define SCOPE_SENSITIVITY_THETAS 11
#define SCOPE_SENSITIVITY_TOPS   5

typedef struct {
  gsize layer;       /* or SCOPE_SENSITIVITY_ALL: the channels of all layers */
  double top, theta; /* C and θ */
  gsize global;      /* channels whose decay over the first L tokens is above θ */
  double kept; /* the share of tokens with Δ > g(S), the mean over them; NaN if there are none */
  double achieved; /* ΣΔ of the kept over the target, the median over them; NaN if there are none */
  double unfiltered; /* the same of all tokens */
} ScopeSensitivity;

/* Every layer, then all of them, with every C of TOPS and every θ of THETAS, in this order, thetas
 * the fastest. Both calibration and measurement are on IDS: L = TRAIN_LENGTH (0: the config's)
 * tokens give classes, targets and thresholds, taken for just COUNT tokens and not from a grid; Δ
 * is that of one unfiltered run, so each layer is judged as if no other were filtered. COUNT must
 * be more than L. (element-type ScopeSensitivity) */
GArray *scope_sensitivity (ScopeSchedule *schedule, gsize train_length, const gint32 *ids,
                           gsize count, const double *tops, gsize n_tops, const double *thetas,
                           gsize n_thetas, ScopeProgress *progress,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

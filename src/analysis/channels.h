/* The table of channels: how far each remembers. On the schedule's thread. */
#pragma once

#include "analysis/field.h"
#include "analysis/filter.h"

G_BEGIN_DECLS

typedef struct {
  gsize layer, channel;
  double ln_decay;      /* over the whole text, after the filter */
  gboolean global;      /* by the calibration window: scope_filter_classes() > ln θ */
  gsize field_length;   /* of the last row, epsilon 1e-3 */
  double half_life;     /* tokens; infinite where nothing decays */
  double kept_fraction; /* of the tokens whose Δ passed the filter; 1 without one */
  double delta_sum;     /* ΣΔ of the text, after the filter */
} ScopeChannelStats;

/* One entry per channel of LAYER's layer, in channel order. CLASSES may be NULL: then GLOBAL is by
 * LN_THETA against the text's own ln_decay. Caller frees. */
ScopeChannelStats *scope_channels_layer (ScopeTrace *trace, ScopeLayerTrace *layer,
                                         const ScopeMatrix *classes, double ln_theta,
                                         ScopeProgress *progress,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ΣΔ of each channel of DELTA (tokens, channels), in the order of the tokens, and how many are
 * KEPT, that is above 0: both (channels). Any thread. */
void scope_channels_sum (const ScopeMatrix *delta, double *sums, gsize *kept);

/* Of COUNT numbers, which are reordered; those that are none are left out. NaN if there are none.
 * Any thread. */
double scope_median (double *values, gsize count);

G_END_DECLS

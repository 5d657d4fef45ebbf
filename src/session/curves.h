/* ScopeCurves: how the selected layer's channels forget, before and after the filter, and what the
 * calibration aims at.
 *
 * A ScopeInquiry (inquiry.h: threads, whether somebody looks, "view" and "pending"); it follows the
 * layer on screen.
 */
#pragma once

#include "session/inquiry.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_CURVES (scope_curves_get_type ())
G_DECLARE_FINAL_TYPE (ScopeCurves, scope_curves, SCOPE, CURVES, ScopeInquiry)

/* Immutable; the model's own. Logarithms are natural. */
typedef struct {
  gsize layer, channels, tokens, train_length;
  gsize points;
  double *x;            /* (points) how many tokens have passed; the last is TOKENS */
  ScopeMatrix *after;   /* (points, channels) ln cumulative decay as the layer stands */
  ScopeMatrix *before;  /* the same unfiltered; NULL where no filter acts */
  gboolean preview;     /* AFTER: the filter acts on this layer alone, the network is being run */
  gboolean approximate; /* BEFORE is of this layer alone, on the filtered stream: no unfiltered run
                           of the network is at hand */
  double ln_theta;      /* that the classes below go by now */
  double *class_ln;     /* (channels) ln decay over the calibration window: global if above ln θ */
  double *target;       /* (channels) ΣΔ that calibration aims at */
  double *aim_ln; /* (channels) the same as a decay: A ΣΔ of a head; of a channel with a rate for
                     each state, which ΣΔ alone does not tell, its decay over the window */
  double *sum_after,
      *sum_before; /* (channels) ΣΔ of the whole text; SUM_BEFORE is NULL with BEFORE */
} ScopeCurvesView;

ScopeCurves *scope_curves_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
const ScopeCurvesView *scope_curves_get_view (ScopeCurves *self); /* NULL while none */

G_END_DECLS

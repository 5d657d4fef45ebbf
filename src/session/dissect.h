/* ScopeDissect: the crosshair's cell taken apart into the terms that it is the sum of, and the
 * facts of the selected channel.
 *
 * It follows the session: "changed" tells that any getter has a new answer. The terms are computed
 * at once, in double, from the layer's Δ, A, B and C; MAP_VALUE is the same cell as the backend
 * evaluates it in tiles, and comes a moment later. While inactive it asks the engine for nothing.
 * Main thread only. Holds a reference to its session.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_DISSECT (scope_dissect_get_type ())
G_DECLARE_FINAL_TYPE (ScopeDissect, scope_dissect, SCOPE, DISSECT, GObject)

ScopeDissect *scope_dissect_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
void scope_dissect_set_active (ScopeDissect *self, gboolean active);

typedef struct {
  gsize layer, channel, row, column;
  ScopeMatrixKind kind; /* of the map on screen; of a FULL one the kernel α is what is dissected */
  ScopeCell cell;       /* without arrays for SOFTMAX */
  ScopeSoftmaxCell softmax;
  double skip;      /* D where a SKIP map adds it: on the diagonal; else 0 */
  double sum;       /* of the terms and the skip; of SOFTMAX the share */
  double map_value; /* NAN until it has come */
} ScopeDissectView;
ScopeSession *scope_dissect_session (ScopeDissect *self);
/* NULL where there is no cell. */
const ScopeDissectView *scope_dissect_get_cell (ScopeDissect *self);

/* |sum - map_value|, relative to the largest of |map_value| and the terms that cancel in it; NAN
 * while the map's value is not there. */
double scope_dissect_error (const ScopeDissectView *view);

/* The selected channel of the layer on screen. */
typedef struct {
  ScopeChannelStats stats;
  double class_decay; /* ln decay over the calibration window, which the class goes by */
  double ln_theta;
  gsize tokens;
  gsize rank;                 /* by ln decay over the text: 1 forgets least */
  gsize channels;             /* of the layer */
  double sum_delta;           /* ΣΔ over the text, after the filter */
  double mean_delta;          /* the mean of Δ over the tokens that are kept */
  double rate_low, rate_high; /* of A: the fastest and the slowest state */
} ScopeChannelFacts;
/* FALSE where there is none: no layer yet, or a softmax map. */
gboolean scope_dissect_get_channel (ScopeDissect *self, ScopeChannelFacts *out);

/* The cell as text, for the clipboard: the formula with its numbers as plain LaTeX (amsmath), one
 * line a state as CSV with a header, and JSON. Caller frees; NULL where there is no cell. */
char *scope_dissect_latex (ScopeDissect *self) G_GNUC_WARN_UNUSED_RESULT;
char *scope_dissect_csv (ScopeDissect *self) G_GNUC_WARN_UNUSED_RESULT;
char *scope_dissect_json (ScopeDissect *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

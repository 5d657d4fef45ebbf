/* ScopeWhatIf: what if the model had chosen another Δ at one token: in the selected channel, or in
 * every channel of the layer. First what that does to the layer: the token's column of the map, the
 * channel's decay and the layer's output; then, run anew from that layer on, to the network.
 *
 * The change is made before the limits on Δ and before the filter (compute/plan.h), so what comes
 * of it is read off the layer, not assumed. "changed" tells of new answers; it computes while it is
 * active and something is changed. Main thread only. Holds a reference to its session.
 *
 * Properties (all notify; parameters of the session's history): "token" (uint64: G_MAXUINT64
 * follows the crosshair's column), "all-channels", "factor" (times the model's Δ; 1 changes
 * nothing), "value" (a Δ, which goes before the factor; NaN: none).
 */
#pragma once

#include "session/outcome.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_WHAT_IF (scope_what_if_get_type ())
G_DECLARE_FINAL_TYPE (ScopeWhatIf, scope_what_if, SCOPE, WHAT_IF, GObject)

#define SCOPE_WHAT_IF_FACTOR_MAX 10.0
#define SCOPE_WHAT_IF_VALUE_MAX  1000.0

ScopeWhatIf *scope_what_if_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
void scope_what_if_set_active (ScopeWhatIf *self, gboolean active);

/* The token that is held, or the crosshair's column; G_MAXSIZE: none. */
gsize scope_what_if_get_token (ScopeWhatIf *self);
/* G_MAXSIZE: the crosshair's again. What lies behind the text changes nothing. */
void scope_what_if_set_token (ScopeWhatIf *self, gsize token);
gboolean scope_what_if_is_held (ScopeWhatIf *self);
gboolean scope_what_if_get_all_channels (ScopeWhatIf *self);
void scope_what_if_set_all_channels (ScopeWhatIf *self, gboolean all);
/* Both hold the token. In [0, MAX]; what is no such number changes nothing. */
double scope_what_if_get_factor (ScopeWhatIf *self);
void scope_what_if_set_factor (ScopeWhatIf *self, double factor);
double scope_what_if_get_value (ScopeWhatIf *self);
void scope_what_if_set_value (ScopeWhatIf *self, double value); /* NAN: the factor again */
/* Nothing is changed any more, and the token follows the crosshair. */
void scope_what_if_reset (ScopeWhatIf *self);

/* Δ of the token in the selected channel as the layer on screen has it; NAN: none. */
double scope_what_if_delta (ScopeWhatIf *self);

#define SCOPE_WHAT_IF_POINTS 128

typedef enum {
  SCOPE_WHAT_IF_COLUMN, /* |α[i, token]| by the row i, from the token on */
  SCOPE_WHAT_IF_DECAY,  /* ln cumulative decay by the token, of the whole text */
  SCOPE_WHAT_IF_OUTPUT, /* |change of y| at each token from this one on; before is |y| */
  SCOPE_WHAT_IF_N_CURVES
} ScopeWhatIfCurveKind;

/* Of each of COUNT stretches of [BEGIN, END) the largest |value|; of the decay, that at its end. */
typedef struct {
  gsize begin, end, count;
  double before[SCOPE_WHAT_IF_POINTS], after[SCOPE_WHAT_IF_POINTS];
} ScopeWhatIfCurve;

typedef struct {
  gsize layer, channel, token;
  double delta_before, delta_after;   /* effective, of CHANNEL */
  double column_before, column_after; /* the largest |α[i, token]| */
  double decay_before, decay_after;   /* ln, over the text */
  double output;     /* |y' - y| / |y| over the text from the token on; of the lanes of CHANNEL, */
  double output_all; /*   of all lanes */
  ScopeWhatIfCurve curve[SCOPE_WHAT_IF_N_CURVES];
} ScopeWhatIfLayer;
/* NULL while there is none. */
const ScopeWhatIfLayer *scope_what_if_get_layer (ScopeWhatIf *self);

typedef struct {
  ScopeOutcome *before, *after;
} ScopeWhatIfNetwork;
const ScopeWhatIfNetwork *scope_what_if_get_network (ScopeWhatIf *self);

/* Why nothing can be computed for what is on screen: a static line, or NULL. */
const char *scope_what_if_obstacle (ScopeWhatIf *self);

G_END_DECLS

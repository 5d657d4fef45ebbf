/* ScopeEffect: what the filter does: to the layer's ΣΔ, channel by channel, against what
 * calibration aims at; and to what the network says, put on the selected layer alone and on all of
 * it, each beside the unfiltered network.
 *
 * It follows the session: "changed" tells that there is a new answer. It computes while it is
 * active, once the network has run. Where the filter is off, or does not act, there are no outcomes,
 * but ΣΔ and what it would aim at. Main thread only. Holds a reference to its session.
 */
#pragma once

#include "session/outcome.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_EFFECT (scope_effect_get_type ())
G_DECLARE_FINAL_TYPE (ScopeEffect, scope_effect, SCOPE, EFFECT, GObject)

ScopeEffect *scope_effect_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;
void scope_effect_set_active (ScopeEffect *self, gboolean active);

typedef enum {
  SCOPE_EFFECT_OFF,     /* the filter is not on */
  SCOPE_EFFECT_IDLE,    /* it is on but does not act on a text of this length */
  SCOPE_EFFECT_WAITING, /* it is being computed, or will be */
  SCOPE_EFFECT_ROOM,    /* there is no memory for both runs */
  SCOPE_EFFECT_READY
} ScopeEffectState;

/* ΣΔ of one channel of the layer over the text. */
typedef struct {
  double before, after; /* in the unfiltered network, in the filtered one */
  double target;        /* over a training length: what calibration aims at */
  double kept;          /* share of the tokens */
  gboolean global;
} ScopeEffectChannel;

typedef struct {
  gsize layer;
  gsize n_channels;
  ScopeEffectChannel *channels; /* (n_channels) */
  ScopeOutcome *before, *layer_only,
      *all; /* unfiltered; the filter on LAYER alone; on every layer */
} ScopeEffectView;

ScopeEffectState scope_effect_get_state (ScopeEffect *self);
/* NULL while there is none. Its outcomes are NULL unless the state is READY. */
const ScopeEffectView *scope_effect_get_view (ScopeEffect *self);

G_END_DECLS

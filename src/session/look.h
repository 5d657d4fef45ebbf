/* ScopeLook: the layer being looked at: its Δ, B and C, its channels, and what the network run that
 * it belongs to says of itself.
 *
 * Made on the engine's thread and freed there (main gives it back with scope_engine_release());
 * immutable, so that main reads its views and its host matrices while it holds a reference.
 */
#pragma once

#include "session/stage.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount refs;
  guint id; /* no two looks share one */
  ScopeStage *stage;
  ScopeRun *run; /* in a preview: of the other position of the switch */
  ScopeLayerTrace *layer;
  ScopeMatrix *classes; /* (layers, channels) ln decay over the calibration window */
  ScopeSetting setting; /* as asked for */
  ScopeLayerView view;
  ScopeNetworkView network; /* of RUN */
} ScopeLook;

/* The layer from the run under SETTING; where that was not made yet, a preview: the layer with the
 * filter put on it (or taken off it) alone, on the stream of a run that was. There must be one. */
ScopeLook *scope_look_new (ScopeStage *stage, const ScopeSetting *setting, gsize layer,
                           ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Runs the network first if need be. LAYER may be SCOPE_LOOK_CHOOSE, the layer that shows most: of
 * those with both local and global channels the one where most global channels cannot hold what
 * they read to the end of the text (what LongMamba mends); among equals, the one with the channel
 * that forgets least. */
#define SCOPE_LOOK_CHOOSE G_MAXSIZE
ScopeLook *scope_look_open (ScopeStage *stage, const ScopeSetting *setting, gsize layer,
                            ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeLook *scope_look_ref (ScopeLook *self);
void scope_look_unref (ScopeLook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLook, scope_look_unref)

/* Of the global channels whose memory does not last for this text (ln decay not above ln θ), the
 * typical one: the median by ln decay. If it lasts for all, of the global ones, or if there is
 * none, of all: that with the longest field, and among equals the one that forgets least. */
gsize scope_look_best_channel (const ScopeLook *self);

/* The value of one cell, exact, from the layer's Δ, B and C (or query and key). FALSE for
 * SCOPE_MATRIX_FULL, whose cells need more than that, and for a cell that is none. Any thread. */
gboolean scope_look_cell (const ScopeLook *self, const ScopeMapSpec *spec, gsize row, gsize column,
                          double *value);

G_END_DECLS

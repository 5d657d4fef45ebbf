/* ScopeSchedule: a model on a backend: the uploaded weights, the workspaces, and the order in which
 * a forward pass calls the operations.
 *
 * Layer by layer, and within a layer in chunks of tokens with the convolution's and the scan's
 * states carried over, so that the workspace does not grow with the length. One thread at a time
 * (the engine's); it polls its ScopeProgress after every chunk (at most 50 ms of work).
 */
#pragma once

#include "base/progress.h"
#include "compute/backend.h"
#include "compute/plan.h"
#include "model/model.h"

G_BEGIN_DECLS

typedef struct _ScopeSchedule ScopeSchedule;
typedef struct _ScopeTrace ScopeTrace;

/* Takes a reference to MODEL; BACKEND must outlive SELF. Uploads the weights. */
ScopeSchedule *scope_schedule_new (ScopeModel *model, ScopeBackend *backend,
                                   ScopeProgress *progress,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
ScopeSchedule *scope_schedule_ref (ScopeSchedule *self);
void scope_schedule_unref (ScopeSchedule *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSchedule, scope_schedule_unref)

ScopeModel *scope_schedule_model (const ScopeSchedule *self);
ScopeBackend *scope_schedule_backend (const ScopeSchedule *self);

/* Tokens per chunk; 0 chooses by the model's size. For tests: every choice must agree. */
void scope_schedule_set_chunk (ScopeSchedule *self, gsize tokens);

typedef enum {
  SCOPE_RUN_LOGITS_ONLY = 0,   /* keep the final residual and the states */
  SCOPE_RUN_KEEP_RESIDUAL = 1, /* also the residual that enters each layer: maps can be asked for */
} ScopeRunFlags;

/* Runs COUNT > 0 ids. PLAN may be NULL (no filter). NaN or infinity in the result is
 * SCOPE_ANALYSIS_ERROR_NUMBER with the layer named. */
ScopeTrace *scope_schedule_run (ScopeSchedule *self, const gint32 *ids, gsize count,
                                ScopePlan *plan, ScopeRunFlags flags, ScopeProgress *progress,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* How many of its runs were played from a recording (recording.c): for tests and measurements. */
guint64 scope_schedule_plays (const ScopeSchedule *self);

G_END_DECLS

/* What a run will take, before it is made: the schedule's own code, run on a dry meter
 * (compute/meter.h). So it knows of every chunk size and every tensor without being told twice.
 * Any thread, one at a time for one model; nothing of it is kept. ERROR: whatever the schedule
 * refuses. */
#pragma once

#include "compute/schedule.h"

G_BEGIN_DECLS

/* Bytes of the backend's memory, but for FILES. */
typedef struct {
  gsize chunk;       /* tokens at a time */
  guint64 files;     /* of the weights as stored: mapped, the system may drop them and read again */
  guint64 weights;   /* copies of them; none of those that are used from the mapping */
  guint64 workspace; /* of one chunk */
  guint64 trace;     /* residual stream, states and sums */
  guint64 layer;     /* the largest layer recomputed; 0 if layers cannot be looked at */
  guint64 logits;    /* as many rows of them as are made at a time */
  guint64 peak;      /* the most at any time: a run, then a layer or logits */
} ScopeEstimate;

/* A run of LENGTH tokens with FLAGS. CHUNK: tokens, 0 for the schedule's choice. */
gboolean scope_estimate (ScopeModel *model, ScopeBackend *backend, gsize length, gsize chunk,
                         ScopeRunFlags flags, ScopeEstimate *out, GError **error);

/* "512 bytes", "1.5 GB", of a thousand MB each: in any locale. */
char *scope_bytes_text (guint64 bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

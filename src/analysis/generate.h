/* Greedy continuation: prefill (filtered), then decoding on the recurrent state (not filtered). */
#pragma once

#include "compute/trace.h"

G_BEGIN_DECLS

#define SCOPE_CANDIDATES 5

typedef struct {
  gint32 id;
  double probability;
  gint32 other[SCOPE_CANDIDATES];             /* the likeliest ids, ID first; -1 beyond the vocabulary */
  double other_probability[SCOPE_CANDIDATES];
} ScopeStep;

/* COUNT steps after TRACE, as a GArray of ScopeStep; ties go to the smaller id. Stops after EOS if
 * STOP_AT_EOS. On the schedule's thread. */
GArray *scope_generate (ScopeTrace *trace, gsize count, gboolean stop_at_eos,
                        ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* Greedy continuation: prefill (filtered), then decoding on the recurrent state (not filtered). */
#pragma once

#include "compute/trace.h"

G_BEGIN_DECLS

#define SCOPE_CANDIDATES 5

typedef struct {
  gint32 id;
  double probability;
  gint32 other[SCOPE_CANDIDATES]; /* the likeliest ids, mostly ID first; -1 beyond the vocabulary */
  double other_probability[SCOPE_CANDIDATES];
} ScopeStep;

/* COUNT steps after TRACE, as a GArray of ScopeStep; ties go to the smaller id. Stops after EOS if
 * STOP_AT_EOS. On the schedule's thread. */
GArray *scope_generate (ScopeTrace *trace, gsize count, gboolean stop_at_eos,
                        ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gsize count;          /* steps at most */
  const gint32 *stop;   /* ids of which each is the last step when it comes, */
  gsize n_stop;         /*   fewer than SCOPE_CANDIDATES */
  gboolean not_at_once; /* the first step takes the likeliest id that is none of them */
} ScopeGeneration;

/* The same with other ends than EOS. */
GArray *scope_generate_until (ScopeTrace *trace, const ScopeGeneration *generation,
                              ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

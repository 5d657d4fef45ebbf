/* ScopeSurprisal: -ln p of every token of a network run, computed a span at a time in any order.
 *
 * Engine's thread, but for references and the id. It does not hold the run. Nothing of size tokens
 * x vocabulary is made: scope_nll() goes through the logits slab by slab.
 */
#pragma once

#include "session/stage.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount refs;
  guint run; /* the id of the run that it is of */
  gsize count, computed;
  double *values; /* (count) nats; NaN: not yet, and for the first token never */
  guint8 *done;   /* one for each span of SCOPE_SURPRISAL_SPAN tokens */
} ScopeSurprisal;

#define SCOPE_SURPRISAL_SPAN 256

ScopeSurprisal *scope_surprisal_new (const ScopeRun *run, gsize count) G_GNUC_WARN_UNUSED_RESULT;
ScopeSurprisal *scope_surprisal_ref (ScopeSurprisal *self);
void scope_surprisal_unref (ScopeSurprisal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSurprisal, scope_surprisal_unref)

/* Spans that are missing, from the one with token FIRST on and then from the start, until all are
 * there or SECONDS have passed; at least one. What is computed stays, also after a cancellation. */
gboolean scope_surprisal_extend (ScopeSurprisal *self, ScopeRun *run, const gint32 *ids,
                                 gsize first, double seconds, ScopeProgress *progress,
                                 GError **error);

G_END_DECLS

/* ScopeEngine: one worker thread that owns the backend, the model's schedule and its traces.
 *
 * The main thread posts requests and gets results back in its own main context. For each kind of
 * request the newest wins: posting cancels the older one of that kind (its ScopeProgress), and a
 * result whose serial is no longer the newest of its kind is dropped. Kinds depend on one another in
 * the order below: a new MODEL cancels everything, a new TEXT all but MODEL, and so on.
 * Main thread only, except where noted.
 */
#pragma once

#include <gio/gio.h>

#include "analysis/generate.h"
#include "analysis/result.h"
#include "analysis/channels.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ENGINE (scope_engine_get_type ())
G_DECLARE_FINAL_TYPE (ScopeEngine, scope_engine, SCOPE, ENGINE, GObject)

/* The rest of this module is session.h's private business: the session posts closures. */
typedef enum {
  SCOPE_REQUEST_MODEL,  /* open a checkpoint */
  SCOPE_REQUEST_TEXT,   /* tokenise and run the network */
  SCOPE_REQUEST_LAYER,  /* one layer: channels, classes */
  SCOPE_REQUEST_MAP,    /* tiles of the map on screen */
  SCOPE_REQUEST_DECAY,
  SCOPE_REQUEST_ANSWER, /* greedy continuation and perplexity */
  SCOPE_REQUEST_PROOF,
  SCOPE_REQUEST_EXPORT,
  SCOPE_N_REQUESTS
} ScopeRequestKind;

/* On the engine's thread. Returns the result (released with the request's DESTROY if stale). */
typedef gpointer (*ScopeEngineWork) (gpointer input, ScopeProgress *progress, GError **error);
/* Back on the main thread, only for the newest request of its kind; ERROR is never a cancellation. */
typedef void (*ScopeEngineDone) (gpointer result, const GError *error, gpointer owner);

ScopeEngine *scope_engine_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* INPUT is freed with FREE_INPUT on the engine's thread. OWNER is held by a weak reference: DONE is
 * not called once it is gone. */
void scope_engine_post (ScopeEngine *self, ScopeRequestKind kind, ScopeEngineWork work,
                        gpointer input, GDestroyNotify free_input, GDestroyNotify destroy_result,
                        ScopeEngineDone done, GObject *owner);
void scope_engine_cancel (ScopeEngine *self, ScopeRequestKind kind);
gboolean scope_engine_is_busy (ScopeEngine *self);
/* Progress of what runs now, coalesced to 15 Hz: signal "progress" (double fraction, char *what), and
 * "idle" when the queue is empty. */

G_END_DECLS

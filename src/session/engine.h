/* ScopeEngine: one worker thread that owns the backend, the model's schedule and its traces.
 *
 * The main thread posts requests and gets results back in its own main context. For each kind of
 * request the newest wins: posting cancels the older one of that kind (its ScopeProgress), and a
 * result whose serial is no longer the newest of its kind is dropped. Kinds that are about what a
 * new request replaces go with it: MODEL cancels TEXT; LAYER cancels all that is about a layer (MAP
 * to ATLAS, PROOF and REFINE); NETWORK cancels ANSWER.
 *
 * Priority is strict and is the order of ScopeRequestKind. A request that comes before the running
 * one preempts it: the running one is cancelled and queued again from its beginning, so its work
 * must leave INPUT as it found it. That is preferred to slices because a long call (a forward pass,
 * a proof) then needs no state that survives between slices; what it costs is the work done so far,
 * while somebody is busy with something more urgent. A failed MODEL or TEXT therefore costs what
 * was open nothing: its requests wait and run afterwards.
 * Nothing behind MAP begins while a result is on its way home, so that what main posts in answer to
 * it need not preempt.
 *
 * Main thread only (the one that made the engine), except where noted. The last unref cancels what
 * runs and joins the thread; everything that was posted is freed on the engine's thread.
 */
#pragma once

#include <gio/gio.h>

#include "analysis/channels.h"
#include "analysis/generate.h"
#include "analysis/result.h"

G_BEGIN_DECLS

#define SCOPE_TYPE_ENGINE (scope_engine_get_type ())
G_DECLARE_FINAL_TYPE (ScopeEngine, scope_engine, SCOPE, ENGINE, GObject)

/* The rest of this module is session.h's private business: the session posts closures. */
typedef enum {
  SCOPE_REQUEST_MODEL,   /* open a checkpoint */
  SCOPE_REQUEST_TEXT,    /* tokenise and run the network */
  SCOPE_REQUEST_LAYER,   /* one layer: channels, classes */
  SCOPE_REQUEST_MAP,     /* the map on screen */
  SCOPE_REQUEST_TILES,   /* the parts of it that are visible, at the screen's resolution */
  SCOPE_REQUEST_PROFILE, /* the crosshair's row and column, and the cell's terms */
  SCOPE_REQUEST_CURVES,  /* the same before and after the filter, and what calibration aims at */
  SCOPE_REQUEST_COMPARE, /* the other side of a comparison */
  SCOPE_REQUEST_READING, /* what colours the text: of each token */
  SCOPE_REQUEST_ATLAS,   /* thumbnails of a layer's channels */
  SCOPE_REQUEST_NETWORK, /* run the network under another filter */
  SCOPE_REQUEST_DECAY,   /* the decay curves of the layer, for figures */
  SCOPE_REQUEST_PREVIEW, /* a figure for the export dialog */
  SCOPE_REQUEST_EXPORT,  /* write a figure */
  SCOPE_REQUEST_ANSWER,  /* greedy continuation and perplexity */
  SCOPE_REQUEST_PROOF,   /* of the selected channel */
  SCOPE_REQUEST_REFINE,  /* the visible tiles once more, every cell of them */
  SCOPE_REQUEST_EFFECT,  /* what the filter changes: on one layer alone, on all */
  SCOPE_REQUEST_PREPARE, /* what the switch will need, while it is off */
  SCOPE_REQUEST_WHAT_IF, /* the layer and the network with one Δ changed */
  SCOPE_REQUEST_SURVEY,  /* what θ and C would do, in one unfiltered run */
  SCOPE_REQUEST_SWEEP,   /* perplexity by length, window by window */
  SCOPE_REQUEST_CELL,    /* the crosshair's cell as the map has it: so last, it disturbs nothing */
  SCOPE_N_REQUESTS
} ScopeRequestKind;

/* On the engine's thread. Returns the result, never NULL without ERROR. May be called again with
 * the same INPUT after a cancellation. */
typedef gpointer (*ScopeEngineWork) (gpointer input, ScopeProgress *progress, GError **error);
/* Back on the main thread, only for the newest request of its kind. Takes RESULT over; NULL with
 * ERROR, which is never a cancellation. */
typedef void (*ScopeEngineDone) (gpointer result, const GError *error, gpointer owner);

ScopeEngine *scope_engine_new (void) G_GNUC_WARN_UNUSED_RESULT;
/* INPUT is freed with FREE_INPUT, and a result that nobody takes with DESTROY_RESULT, on the
 * engine's thread (both may be NULL). OWNER is held by a weak reference: DONE is not called once it
 * is gone. */
void scope_engine_post (ScopeEngine *self, ScopeRequestKind kind, ScopeEngineWork work,
                        gpointer input, GDestroyNotify free_input, GDestroyNotify destroy_result,
                        ScopeEngineDone done, GObject *owner);
void scope_engine_cancel (ScopeEngine *self, ScopeRequestKind kind);
void scope_engine_cancel_all (ScopeEngine *self);
/* A request is under way whose DONE is still to come. */
gboolean scope_engine_is_busy (ScopeEngine *self);
gboolean scope_engine_has (ScopeEngine *self, ScopeRequestKind kind); /* the same of one kind */
/* DESTROY(DATA) on the engine's thread: for what main holds of traces. DATA NULL is fine. */
void scope_engine_release (ScopeEngine *self, gpointer data, GDestroyNotify destroy);
/* Signals: "progress" (double fraction, char *what) of what runs now, coalesced to 15 Hz; "idle"
 * when nothing is queued and the thread rests. */

G_END_DECLS

/* How long the window takes to answer a change of the filter: from the change to the painted frame
 * that shows the layer's preview, and to the one that shows the whole network's result. Main
 * thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

typedef struct _ScopeStopwatch ScopeStopwatch;

typedef void (*ScopeStopwatchChange) (ScopeSession *session);

/* Starts and makes the change. */
ScopeStopwatch *scope_stopwatch_start (ScopeWindow *window,
                                       ScopeStopwatchChange change) G_GNUC_WARN_UNUSED_RESULT;
/* "preview after 12.3 ms, network after 45.6 ms": what has been painted until now. Caller frees. */
char *scope_stopwatch_describe (ScopeStopwatch *self) G_GNUC_WARN_UNUSED_RESULT;
void scope_stopwatch_free (ScopeStopwatch *self);

G_END_DECLS

/* How long the window takes to answer the LongMamba switch: from the switch to the painted frame that
 * shows the layer's preview, and to the one that shows the whole network's result. Main thread. */
#pragma once

#include "ui/window.h"

G_BEGIN_DECLS

typedef struct _ScopeStopwatch ScopeStopwatch;

/* Switches the filter on and starts. */
ScopeStopwatch *scope_stopwatch_start (ScopeWindow *window) G_GNUC_WARN_UNUSED_RESULT;
/* "preview after 12.3 ms, network after 45.6 ms": what has been painted until now. Caller frees. */
char *scope_stopwatch_describe (ScopeStopwatch *self) G_GNUC_WARN_UNUSED_RESULT;
void scope_stopwatch_free (ScopeStopwatch *self);

G_END_DECLS

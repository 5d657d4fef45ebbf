/* Memory that was let go of goes back to the system.
 *
 * The C library keeps what is freed for what comes next, which is right from frame to frame, but
 * after a few models and texts is several times what is in use. Main thread.
 */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* First in main(). */
void scope_heap_init (void);
/* Some seconds from now, on a thread of its own: once for all that is let go of until then. */
void scope_heap_tidy_soon (void);
/* Does so whenever SESSION has opened something else and has come to rest, and when it is gone. */
void scope_heap_follow (ScopeSession *session);

G_END_DECLS

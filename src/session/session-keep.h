/* A session to and from its file (session-file.h). Main thread only. */
#pragma once

#include "session/session-file.h"
#include "session/session.h"

G_BEGIN_DECLS

/* What is open, and every parameter, now. NULL with ERROR while no model is open, or where a path
 * is no UTF-8, which JSON cannot hold. */
ScopeSessionFile *scope_session_keep (ScopeSession *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Opens what FILE names as scope_session_open() does, on the layer and under the filter that it
 * asks for, and sets every parameter once that is there. What is another model or text by now, and
 * the first parameter that cannot be set, are told by "notice"; the rest is restored. If something
 * else is opened meanwhile, or opening fails, nothing of FILE is used. */
void scope_session_restore (ScopeSession *self, const ScopeSessionFile *file);

G_END_DECLS

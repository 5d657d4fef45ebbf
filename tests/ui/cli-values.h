/* Numbers from mambascope-cli ($SCOPE_TEST_CLI), for views to be held against. Main thread. */
#pragma once

#include "session/session.h"

G_BEGIN_DECLS

/* "COMMAND model text ARGUMENTS", which writes OUT below a folder of its own; the float32 values of
 * FILE there, and how many of them. Caller frees. */
float *cli_values (const char *command, ScopeSession *session, const char *arguments,
                   const char *out, const char *file, gsize *count);

G_END_DECLS

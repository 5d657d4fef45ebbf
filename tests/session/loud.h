/* Sessions of tests in which nothing may fail. */
#pragma once

#include "session/session.h"

/* A handler of "failed". */
static inline void
scope_test_fail (ScopeSession *session, const char *message, gpointer data)
{
  g_error ("%s", message);
}

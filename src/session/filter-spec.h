/* A filter's SPEC and its θ, which is a value of its own in the session. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SPEC without its theta=, which goes to *THETA (NAN: it says none). NULL with ERROR for what is no
 * SPEC of analysis/filter.h. Caller frees. */
char *scope_filter_spec_split (const char *spec, double *theta,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* SPEC with NAME=VALUE in place of what it says of NAME, or after all that it says. Caller frees.
 */
char *scope_filter_spec_put (const char *spec, const char *name,
                             const char *value) G_GNUC_WARN_UNUSED_RESULT;
/* The way back: SPEC as it is where THETA is NAN or its method knows none. Caller frees. */
char *scope_filter_spec_join (const char *spec, double theta) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* A backend around another: it counts the memory that is taken through it, and keeps a limit. What
 * is above the limit is refused as memory that is not there is, which a schedule answers with
 * smaller chunks. What operations take from the host's heap while they run (the CPU's scratch, a
 * few megabytes) is not counted.
 *
 * A dry meter computes nothing and allocates nothing: it is for running a schedule's own code to
 * see what it would take (compute/estimate.h). Its tensors must not be read.
 *
 * As other backends, for one thread at a time; memory may be freed from any. */
#pragma once

#include "compute/registry.h"

G_BEGIN_DECLS

/* Takes BACKEND, which is closed with the result. LIMIT in bytes; 0: none. */
ScopeBackend *scope_metered_new (ScopeBackend *backend, gsize limit) G_GNUC_WARN_UNUSED_RESULT;
/* BACKEND must outlive the result; it is asked what scratch it takes, and nothing else. */
ScopeBackend *scope_metered_new_dry (ScopeBackend *backend) G_GNUC_WARN_UNUSED_RESULT;

/* Of a backend that is no meter all of these are 0. */
gboolean scope_backend_is_dry (const ScopeBackend *self);
gsize scope_metered_limit (const ScopeBackend *self);
gsize scope_metered_bytes (ScopeBackend *self); /* taken now */
gsize scope_metered_peak (ScopeBackend *self);  /* the most that ever was */

G_END_DECLS

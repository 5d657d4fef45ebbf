/* A process-wide pool of threads for loops.
 *
 * scope_parallel_for() may be called from any thread; calls from several threads share the pool and
 * a call from inside a loop body runs inline. It returns when all the work is done.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Works on [BEGIN, END). WORKER in [0, scope_parallel_threads()) is unique among running bodies of
 * one loop: an index into per-worker scratch. */
typedef void (*ScopeParallelFunc) (gsize begin, gsize end, guint worker, gpointer data);

/* Cuts [0, COUNT) in pieces of at least GRAIN and runs them. Where it cuts depends on COUNT and
 * GRAIN alone, never on the number of threads. With one thread, one inline call per piece in
 * ascending order. */
void scope_parallel_for (gsize count, gsize grain, ScopeParallelFunc func, gpointer data);

/* 0 means one per available processor. Takes effect for loops started later; also sets OpenBLAS's
 * threads where the CPU backend is opened later. Main thread, at start. */
void scope_parallel_set_threads (guint threads);
guint scope_parallel_threads (void);

G_END_DECLS

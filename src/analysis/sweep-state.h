/* ScopeSweepState: the windows of a perplexity sweep that are done, in a file that outlives the
 * program: a sweep that was cut short goes on from there, and its result is the same to the bit.
 *
 * JSON lines. The first says which sweep it is:
 *
 *   {"schema":"mambascope-sweep","version":1,"program":"mambascope 0.1.0","model":"<hash>",
 *    "backend":"cpu","precision":"fp32","memory":0,"train_length":256,
 *    "filters":["off","longmamba"],"filter_hashes":["…","…"],"protocol":"strict","score":100,
 *    "windows":8,"lengths":[256,4096],"texts":["<hash>"]}
 *
 * and each other one what one window gave under one filter:
 *
 *   {"text":0,"length":4096,"window":3,"filter":1,"acted":true,"nll":[3.25,…]}
 *
 * A line is written with one call and then brought to the disk, so that what stops the program
 * costs at most the window in flight; an end without its newline is cut off. Everything else that
 * is not as it should be is refused by line and member. A filter's hash is of its SPEC and of the
 * files that it reads. One program at a time: the file is locked while it is open.
 */
#pragma once

#include "analysis/windows.h"

G_BEGIN_DECLS

#define SCOPE_SWEEP_STATE_VERSION 1

/* The first line, without its newline: sweeps with the same one give the same numbers. BACKEND and
 * PRECISION are those of CONTEXT's schedule. Takes the model's hash. On the schedule's thread.
 * Caller frees. */
char *scope_sweep_identity (const ScopeWindows *windows, ScopeFilterContext *context,
                            ScopeProgress *progress, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* FALSE, with what differs, unless LINE is an identity that says the same as IDENTITY. NAME is for
 * messages. */
gboolean scope_sweep_identity_check (const char *line, gsize length, const char *name,
                                     const char *identity, GError **error);

typedef struct _ScopeSweepState ScopeSweepState;

/* What DATA, a file's LENGTH bytes, says; *WHOLE is how many of them are whole lines. WINDOWS are
 * those of IDENTITY. NAME is for messages. Errors are SCOPE_MODEL_ERROR_FORMAT, and
 * SCOPE_ANALYSIS_ERROR_FILTER for the file of another sweep: it names what differs. */
ScopeSweepState *scope_sweep_state_parse (const char *data, gsize length, const char *name,
                                          const char *identity, ScopeWindows *windows, gsize *whole,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From PATH, which is made if it is not there or empty, and goes on being written. */
ScopeSweepState *scope_sweep_state_open (const char *path, const char *identity,
                                         ScopeWindows *windows,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the writing. */
void scope_sweep_state_free (ScopeSweepState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeSweepState, scope_sweep_state_free)

/* Results that it holds: one for each window and filter. */
gsize scope_sweep_state_count (ScopeSweepState *self);
/* What JOB gave under FILTER, (scored), and whether the filter changed the network there; NULL: not
 * known. Borrowed, and good until SELF is freed. Any thread. */
const double *scope_sweep_state_get (ScopeSweepState *self, gsize job, gsize filter,
                                     gboolean *acted);
/* Keeps a result, and writes it. One that is known already is left as it is. Any thread. */
gboolean scope_sweep_state_put (ScopeSweepState *self, gsize job, gsize filter, const double *nll,
                                gboolean acted, GError **error);

G_END_DECLS

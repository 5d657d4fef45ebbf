/* ScopeWorkers: the jobs of one evaluation, spread over several workers, each with a backend (and a
 * schedule, a filter context) of its own: one for each GPU of a machine.
 *
 * A job is done whole by one worker, and which one decides nothing: where a job's result depends on
 * the job alone, so do the results, for any number of workers. Jobs are taken in ascending order. A
 * worker whose device fails or has not the memory (SCOPE_BACKEND_ERROR_FAILED, _MEMORY) retires and
 * its job is done by another; any other error ends the whole, and so does that of the last worker.
 * With one worker all happens on the caller's thread.
 */
#pragma once

#include "base/progress.h"

G_BEGIN_DECLS

typedef struct {
  gsize workers, jobs;
  const double *costs; /* (jobs): what each takes, in any unit, for the progress; NULL: the same */
  /* On WORKER's thread, several at a time, never two of one worker. */
  gboolean (*work) (gsize job, gsize worker, gpointer data, ScopeProgress *progress,
                    GError **error);
  /* On the caller's thread: JOB and all before it are done; once for each job, in order. May be
   * NULL. */
  void (*ready) (gsize job, gpointer data);
  /* On the caller's thread: WORKER is gone, by ERROR, and JOB goes to another. May be NULL. */
  void (*lost) (gsize worker, gsize job, const GError *error, gpointer data);
  gpointer data;
} ScopeWorkers;

/* Returns when all jobs are done, or none runs any more. */
gboolean scope_workers_run (const ScopeWorkers *self, ScopeProgress *progress, GError **error);

G_END_DECLS

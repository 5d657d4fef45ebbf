/* CliRanks: the ranks of a job that mpirun started, as workers of one evaluation.
 *
 * Every rank runs the same command line. Rank 0 hands jobs out, by number, and takes what they
 * gave; the others make the same jobs for themselves and do what they are told. All messages go
 * through one thread of each rank, which also says every second that the rank is alive, however
 * long a job takes. A rank is lost if it says so (its device failed, it has not the memory, it
 * cannot open the model), if its process on this host has ended, or if nothing was heard of it for
 * SILENCE; whoever waits for it is told, and it gets no more jobs.
 *
 * What MPI cannot do: Open MPI's mpirun ends the whole job when a rank dies by a signal, unless it
 * is started with --enable-recovery.
 */
#pragma once

#include "base/progress.h"
#include "cli/transport.h"

G_BEGIN_DECLS

typedef struct _CliRanks CliRanks;

/* *OUT is NULL if no launcher started the program with more than one rank. Fails where one did and
 * there is no MPI module. */
gboolean cli_ranks_open (CliRanks **out, GError **error);
/* On rank 0: the others end, too. On the others: waits for that. */
void cli_ranks_close (CliRanks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CliRanks, cli_ranks_close)

gsize cli_ranks_count (const CliRanks *self);
gsize cli_ranks_rank (const CliRanks *self);  /* of this one */
gsize cli_ranks_local (const CliRanks *self); /* this one's, among those of its host */
const char *cli_ranks_name (const CliRanks *self, gsize rank); /* "rank 1 on host-b" */

/* --- rank 0; any thread, one at a time for each RANK --------------------------------------------
 */
/* What RANK said when it was ready (IDENTITY of its cli_ranks_serve()); waits for that. Errors are
 * SCOPE_BACKEND_ERROR_FAILED if it is lost. Borrowed. */
const char *cli_ranks_identity (CliRanks *self, gsize rank, ScopeProgress *progress,
                                GError **error);
/* JOB, done by RANK. An error of the job itself is SCOPE_ANALYSIS_ERROR_NUMBER. */
GBytes *cli_ranks_ask (CliRanks *self, gsize rank, gsize job, ScopeProgress *progress,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* --- the others ---------------------------------------------------------------------------------
 */
typedef GBytes *(*CliRanksWork) (gsize job, gpointer data, ScopeProgress *progress, GError **error);
/* Does what rank 0 asks for, on the caller's thread, until rank 0 has no more of it. FALSE if rank
 * 0 is gone or somebody cancelled. */
gboolean cli_ranks_serve (CliRanks *self, const char *identity, CliRanksWork work, gpointer data,
                          GError **error);
/* This rank cannot do any job, because of WHY: rank 0 is told. */
void cli_ranks_give_up (CliRanks *self, const GError *why);

/* --- ranks-module.c -----------------------------------------------------------------------------
 */
/* Whether a launcher started the program as one of several ranks. */
gboolean cli_ranks_launched (void);
/* The MPI module; NULL, with the reason, if there is none that can be used. */
const ScopeTransport *cli_ranks_transport (GError **error);

G_END_DECLS

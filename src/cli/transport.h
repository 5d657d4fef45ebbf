/* ScopeTransport: messages between the ranks of a job that mpirun (or another launcher) started.
 *
 * The C ABI of the MPI module (src/mpi), which is built where MPI is found and opened where a
 * launcher started the program: a program that links MPI could not start without it, and would pay
 * for it at each start. No GLib here; errors are a status and a buffer, as in compute/backend.h.
 * open() and close() on the main thread, everything else on one thread at a time.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SCOPE_TRANSPORT_ABI   1
#define SCOPE_TRANSPORT_QUERY "scope_transport_query" /* const ScopeTransport *(void) */

#define SCOPE_TRANSPORT_HOST 256

typedef struct {
  char host[SCOPE_TRANSPORT_HOST];
  int64_t process; /* its id there */
} ScopeTransportPeer;

typedef struct {
  int rank, ranks;
  int local_rank;                  /* among the ranks of this host, from 0 */
  const ScopeTransportPeer *peers; /* (ranks); the module's, for good */
} ScopeTransportPlace;

typedef struct {
  uint32_t abi;         /* SCOPE_TRANSPORT_ABI */
  uint32_t struct_size; /* of this */
  const char *built_on; /* "Open MPI v4.1.4, …" */
  /* 0, or -1 with a line in MESSAGE. Blocks until all ranks are there. */
  int (*open) (ScopeTransportPlace *place, char *message, size_t size);
  /* 0 or -1. Copies DATA; does not wait for the other side. Messages to one rank keep their order.
   */
  int (*send) (int to, const void *data, size_t bytes);
  /* 1: a message of *BYTES from *FROM waits; 0: none does; -1: the transport is broken. */
  int (*probe) (int *from, size_t *bytes);
  /* The message that probe() told of. 0 or -1. */
  int (*take) (int from, void *data, size_t bytes);
  /* How many messages are not on their way yet. */
  size_t (*unsent) (void);
  /* All ranks are there and leave together. Never called where one is not: it would wait. */
  void (*close) (void);
} ScopeTransport;

#ifdef __cplusplus
}
#endif

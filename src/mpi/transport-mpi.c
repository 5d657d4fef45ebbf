/* The transport over MPI. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/transport.h"

#define TAG 7

/* A message on its way; MPI reads DATA until the request is done. */
typedef struct Parcel {
  MPI_Request request;
  struct Parcel *next;
  char data[];
} Parcel;

static Parcel *on_the_way;
static ScopeTransportPeer *peers;
static char library[MPI_MAX_LIBRARY_VERSION_STRING];

static int
failed (int status, const char *what, char *message, size_t size)
{
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  if (status == MPI_SUCCESS)
    return 0;
  MPI_Error_string (status, text, &length);
  snprintf (message, size, "%s: %s", what, text);
  return -1;
}

static int
gather_peers (int ranks)
{
  ScopeTransportPeer own = { .process = getpid () };
  char name[MPI_MAX_PROCESSOR_NAME] = "";
  int length = 0;
  int status = MPI_Get_processor_name (name, &length);
  peers = calloc ((size_t)ranks, sizeof *peers);
  if (status != MPI_SUCCESS || peers == NULL)
    return status != MPI_SUCCESS ? status : MPI_ERR_NO_MEM;
  snprintf (own.host, sizeof own.host, "%.*s", (int)sizeof own.host - 1, name);
  return MPI_Allgather (&own, sizeof own, MPI_BYTE, peers, sizeof own, MPI_BYTE, MPI_COMM_WORLD);
}

static int
find_place (ScopeTransportPlace *place)
{
  MPI_Comm host = MPI_COMM_NULL;
  int status = MPI_Comm_rank (MPI_COMM_WORLD, &place->rank);
  if (status == MPI_SUCCESS)
    status = MPI_Comm_size (MPI_COMM_WORLD, &place->ranks);
  if (status == MPI_SUCCESS)
    status = MPI_Comm_split_type (MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  if (status == MPI_SUCCESS)
    status = MPI_Comm_rank (host, &place->local_rank);
  if (host != MPI_COMM_NULL)
    MPI_Comm_free (&host);
  if (status == MPI_SUCCESS)
    status = gather_peers (place->ranks);
  place->peers = peers;
  return status;
}

/* Errors come back as a status: a rank that is gone must not take the others with it. */
static int
transport_open (ScopeTransportPlace *place, char *message, size_t size)
{
  int level = MPI_THREAD_SINGLE;
  /* Open MPI's look at the machine would ask every X server for its GPUs, and end with it. */
  setenv ("HWLOC_COMPONENTS", "-gl", 0);
  int status = MPI_Init_thread (NULL, NULL, MPI_THREAD_SERIALIZED, &level);
  if (status == MPI_SUCCESS)
    status = MPI_Comm_set_errhandler (MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (status == MPI_SUCCESS && level < MPI_THREAD_SERIALIZED) {
    snprintf (message, size, "this MPI allows no threads");
    return -1;
  }
  if (status == MPI_SUCCESS)
    status = find_place (place);
  return failed (status, "MPI", message, size);
}

static void
forget_sent (void)
{
  Parcel **at = &on_the_way;
  while (*at != NULL) {
    int done = 0;
    Parcel *parcel = *at;
    if (MPI_Test (&parcel->request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) {
      at = &parcel->next;
      continue;
    }
    *at = parcel->next;
    free (parcel);
  }
}

/* What is sent is waited for in forget_sent(), later: a checker that looks at one function alone
 * does not see it. NOLINTBEGIN(clang-analyzer-optin.mpi.MPI-Checker) */
static int
transport_send (int to, const void *data, size_t bytes)
{
  Parcel *parcel = bytes <= INT32_MAX ? malloc (sizeof *parcel + bytes) : NULL;
  if (parcel == NULL)
    return -1;
  memcpy (parcel->data, data, bytes);
  int status
      = MPI_Isend (parcel->data, (int)bytes, MPI_BYTE, to, TAG, MPI_COMM_WORLD, &parcel->request);
  if (status != MPI_SUCCESS) {
    free (parcel);
    return -1;
  }
  parcel->next = on_the_way;
  on_the_way = parcel;
  forget_sent ();
  return 0;
}
/* NOLINTEND(clang-analyzer-optin.mpi.MPI-Checker) */

static int
transport_probe (int *from, size_t *bytes)
{
  MPI_Status status;
  int there = 0, count = 0;
  if (MPI_Iprobe (MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS)
    return -1;
  if (!there)
    return 0;
  if (MPI_Get_count (&status, MPI_BYTE, &count) != MPI_SUCCESS || count < 0)
    return -1;
  *from = status.MPI_SOURCE;
  *bytes = (size_t)count;
  return 1;
}

static int
transport_take (int from, void *data, size_t bytes)
{
  int status = MPI_Recv (data, (int)bytes, MPI_BYTE, from, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  return status == MPI_SUCCESS ? 0 : -1;
}

static size_t
transport_unsent (void)
{
  size_t count = 0;
  forget_sent ();
  for (const Parcel *parcel = on_the_way; parcel != NULL; parcel = parcel->next)
    count++;
  return count;
}

static void
transport_close (void)
{
  MPI_Finalize ();
}

static const ScopeTransport transport = {
  .abi = SCOPE_TRANSPORT_ABI,
  .struct_size = sizeof (ScopeTransport),
  .built_on = library,
  .open = transport_open,
  .send = transport_send,
  .probe = transport_probe,
  .take = transport_take,
  .unsent = transport_unsent,
  .close = transport_close,
};

__attribute__ ((visibility ("default"))) const ScopeTransport *scope_transport_query (void);

const ScopeTransport *
scope_transport_query (void)
{
  int length = 0;
  if (MPI_Get_library_version (library, &length) != MPI_SUCCESS)
    library[0] = '\0';
  library[strcspn (library, ",\n")] = '\0'; /* the rest is how it was built */
  return &transport;
}

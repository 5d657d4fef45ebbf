/* Large transfers between the host's own memory and the device.
 *
 * What the driver makes of memory that is not pinned is one thread that copies through a buffer of
 * its own, and a new matrix's pages are made while it does: 2 GB/s. Here lanes do it side by side,
 * each a thread with a stream and a pinned buffer of PIECE bytes; piece k is lane k mod LANES's. So
 * LANES * PIECE bytes are pinned, from the first large transfer on. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"

enum { LANES = 8 };
#define PIECE    ((size_t)2 << 20)
#define SMALLEST (2 * PIECE) /* below, a thread costs what it saves */

struct ScopeStaging {
  cudaStream_t streams[LANES];
  cudaEvent_t before; /* what the instance's stream had to do before the transfer */
  char *buffers;      /* LANES of PIECE bytes */
  int lanes;
};

struct Transfer {
  ScopeStaging *staging;
  char *to;
  const char *from;
  size_t bytes;
  int device;
  bool up;
};

struct LaneWork {
  const Transfer *transfer;
  int lane;
  cudaError_t code;
};

void
scope_cuda_close_staging (ScopeCuda *self)
{
  ScopeStaging *staging = self->staging;

  if (staging == NULL)
    return;
  for (int k = 0; k < LANES; k++)
    if (staging->streams[k] != NULL)
      cudaStreamDestroy (staging->streams[k]);
  if (staging->before != NULL)
    cudaEventDestroy (staging->before);
  if (staging->buffers != NULL)
    cudaFreeHost (staging->buffers);
  free (staging);
  self->staging = NULL;
}

/* NULL where there is no memory to pin: the driver's way is left. */
static ScopeStaging *
open_staging (ScopeCuda *self)
{
  long processors = sysconf (_SC_NPROCESSORS_ONLN);
  cudaError_t code = cudaSuccess;

  if (self->staging != NULL)
    return self->staging;
  self->staging = (ScopeStaging *)calloc (1, sizeof *self->staging);
  if (self->staging == NULL)
    return NULL;
  self->staging->lanes = processors < 1 ? 1 : processors < LANES ? (int)processors : LANES;
  for (int k = 0; k < self->staging->lanes && code == cudaSuccess; k++)
    code = cudaStreamCreateWithFlags (&self->staging->streams[k], cudaStreamNonBlocking);
  if (code == cudaSuccess)
    code = cudaEventCreateWithFlags (&self->staging->before, cudaEventDisableTiming);
  if (code == cudaSuccess)
    code = cudaMallocHost ((void **)&self->staging->buffers, (size_t)self->staging->lanes * PIECE);
  if (code != cudaSuccess) {
    cudaGetLastError ();
    scope_cuda_close_staging (self);
  }
  return self->staging;
}

static cudaError_t
move_piece (const Transfer *t, size_t at, char *buffer, cudaStream_t stream)
{
  size_t bytes = t->bytes - at < PIECE ? t->bytes - at : PIECE;
  cudaError_t code;

  if (t->up) {
    memcpy (buffer, t->from + at, bytes);
    code = cudaMemcpyAsync (t->to + at, buffer, bytes, cudaMemcpyHostToDevice, stream);
    return code == cudaSuccess ? cudaStreamSynchronize (stream) : code;
  }
  code = cudaMemcpyAsync (buffer, t->from + at, bytes, cudaMemcpyDeviceToHost, stream);
  if (code == cudaSuccess)
    code = cudaStreamSynchronize (stream);
  if (code == cudaSuccess)
    memcpy (t->to + at, buffer, bytes);
  return code;
}

static void *
move_lane (void *data)
{
  LaneWork *work = (LaneWork *)data;
  const Transfer *t = work->transfer;
  ScopeStaging *staging = t->staging;
  cudaStream_t stream = staging->streams[work->lane];
  size_t step = (size_t)staging->lanes * PIECE;

  work->code = cudaSetDevice (t->device);
  if (work->code == cudaSuccess)
    work->code = cudaStreamWaitEvent (stream, staging->before, 0);
  for (size_t at = (size_t)work->lane * PIECE; at < t->bytes && work->code == cudaSuccess;
       at += step)
    work->code = move_piece (t, at, staging->buffers + (size_t)work->lane * PIECE, stream);
  return NULL;
}

/* Lane 0 is the caller's thread, and so is one for which there is none. */
static cudaError_t
move_all (ScopeCuda *self, const Transfer *t)
{
  LaneWork work[LANES];
  pthread_t threads[LANES];
  bool started[LANES] = { false };
  cudaError_t code = cudaEventRecord (t->staging->before, self->stream);

  if (code != cudaSuccess)
    return code;
  for (int k = 0; k < t->staging->lanes; k++) {
    work[k] = LaneWork{ t, k, cudaSuccess };
    started[k] = k > 0 && pthread_create (&threads[k], NULL, move_lane, &work[k]) == 0;
  }
  for (int k = 0; k < t->staging->lanes; k++) {
    if (started[k])
      pthread_join (threads[k], NULL);
    else
      move_lane (&work[k]);
    if (code == cudaSuccess)
      code = work[k].code;
  }
  return code;
}

static int
transfer (ScopeBackend *base, void *to, const void *from, size_t bytes, bool up, char *error,
          size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;
  cudaError_t code = cudaSetDevice (base->device);
  ScopeStaging *staging = bytes >= SMALLEST ? open_staging (self) : NULL;

  if (code == cudaSuccess && staging != NULL) {
    Transfer t = { staging, (char *)to, (const char *)from, bytes, base->device, up };
    code = move_all (self, &t);
  } else if (code == cudaSuccess) {
    code = cudaMemcpyAsync (to, from, bytes, up ? cudaMemcpyHostToDevice : cudaMemcpyDeviceToHost,
                            self->stream);
    if (code == cudaSuccess)
      code = cudaStreamSynchronize (self->stream);
  }
  return scope_cuda_status (self, code, "copy", error, error_size);
}

int
scope_cuda_upload (ScopeBackend *self, void *device, const void *host, size_t bytes, char *error,
                   size_t error_size)
{
  return transfer (self, device, host, bytes, true, error, error_size);
}

int
scope_cuda_download (ScopeBackend *self, void *host, const void *device, size_t bytes, char *error,
                     size_t error_size)
{
  return transfer (self, host, device, bytes, false, error, error_size);
}

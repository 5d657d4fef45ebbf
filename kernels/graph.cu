/* Recordings of the stream as CUDA graphs: many small launches for the price of one. */
#include <stdlib.h>

#include "module.h"

struct ScopeGraph {
  cudaGraphExec_t exec;
  const char *workspace; /* where the scratch was that it writes to */
};

/* What cannot be recorded can still be run: no reason to give the device up. */
static int
recorded (cudaError_t code, char *error, size_t error_size)
{
  if (code == cudaSuccess)
    return SCOPE_STATUS_OK;
  cudaGetLastError ();
  snprintf (error, error_size, "record: %s", cudaGetErrorString (code));
  return SCOPE_STATUS_UNSUPPORTED;
}

int
scope_cuda_record (ScopeBackend *base, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;
  cudaError_t code;

  cudaSetDevice (base->device);
  pthread_mutex_lock (&self->lock);
  code = cudaStreamBeginCapture (self->stream, cudaStreamCaptureModeThreadLocal);
  self->recording = code == cudaSuccess;
  pthread_mutex_unlock (&self->lock);
  return recorded (code, error, error_size);
}

/* The stream takes work as before, and what was freed meanwhile. */
static cudaError_t
end_capture (ScopeCuda *self, cudaGraph_t *graph)
{
  cudaError_t code;

  pthread_mutex_lock (&self->lock);
  code = cudaStreamEndCapture (self->stream, graph);
  self->recording = false;
  while (self->n_freed > 0)
    cudaFreeAsync (self->freed[--self->n_freed], self->stream);
  pthread_mutex_unlock (&self->lock);
  return code;
}

int
scope_cuda_finish (ScopeBackend *base, ScopeGraph **out, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;
  cudaGraph_t graph = NULL;
  cudaGraphExec_t exec = NULL;
  cudaError_t code = end_capture (self, &graph);

  *out = NULL;
  if (code == cudaSuccess)
    code = cudaGraphInstantiate (&exec, graph, 0);
  if (graph != NULL)
    cudaGraphDestroy (graph);
  if (code == cudaSuccess && (*out = (ScopeGraph *)malloc (sizeof **out)) == NULL) {
    cudaGraphExecDestroy (exec);
    code = cudaErrorMemoryAllocation;
  }
  if (*out != NULL) {
    (*out)->exec = exec;
    (*out)->workspace = self->workspace;
  }
  return recorded (code, error, error_size);
}

int
scope_cuda_play (ScopeBackend *base, ScopeGraph *graph, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;

  if (graph->workspace != self->workspace) {
    snprintf (error, error_size, "play: the scratch has moved since the recording");
    return SCOPE_STATUS_UNSUPPORTED;
  }
  cudaSetDevice (base->device);
  return scope_cuda_status (self, cudaGraphLaunch (graph->exec, self->stream), "play", error,
                            error_size);
}

void
scope_cuda_discard (ScopeBackend *base, ScopeGraph *graph)
{
  cudaSetDevice (base->device);
  cudaGraphExecDestroy (graph->exec);
  free (graph);
}

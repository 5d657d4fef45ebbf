/* Recordings of the stream as CUDA graphs: many small launches for the price of one. */
#include <stdlib.h>

#include "module.h"

struct ScopeGraph {
  cudaGraphExec_t exec;
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

  cudaSetDevice (base->device);
  self->recording = true;
  return recorded (cudaStreamBeginCapture (self->stream, cudaStreamCaptureModeThreadLocal), error,
                   error_size);
}

int
scope_cuda_finish (ScopeBackend *base, ScopeGraph **out, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;
  cudaGraph_t graph = NULL;
  cudaGraphExec_t exec = NULL;
  cudaError_t code = cudaStreamEndCapture (self->stream, &graph);

  self->recording = false;
  *out = NULL;
  if (code == cudaSuccess)
    code = cudaGraphInstantiate (&exec, graph, 0);
  if (graph != NULL)
    cudaGraphDestroy (graph);
  if (code == cudaSuccess && (*out = (ScopeGraph *)malloc (sizeof **out)) == NULL) {
    cudaGraphExecDestroy (exec);
    code = cudaErrorMemoryAllocation;
  }
  if (*out != NULL)
    (*out)->exec = exec;
  return recorded (code, error, error_size);
}

int
scope_cuda_play (ScopeBackend *base, ScopeGraph *graph, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;

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

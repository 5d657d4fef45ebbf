/* Device memory, errors and the workspace of an instance. */
#include <stdlib.h>

#include "module.h"

int
scope_cuda_status (ScopeCuda *self, cudaError_t code, const char *what, char *error,
                   size_t error_size)
{
  if (code == cudaSuccess)
    return SCOPE_STATUS_OK;
  snprintf (error, error_size, "%s: %s", what, cudaGetErrorString (code));
  if (code == cudaErrorMemoryAllocation) {
    cudaGetLastError (); /* not sticky: the context is still good */
    return SCOPE_STATUS_MEMORY;
  }
  if (self != NULL)
    self->failed = true;
  return SCOPE_STATUS_FAILED;
}

int
scope_cuda_launched (ScopeCuda *self, const char *what, char *error, size_t error_size)
{
  return scope_cuda_status (self, cudaGetLastError (), what, error, error_size);
}

/* Everything that was freed stays in the device's pool until it is needed elsewhere, so that a pass
 * that runs again allocates nothing anew. */
int
scope_cuda_open_pool (ScopeCuda *self, char *error, size_t error_size)
{
  uint64_t keep = UINT64_MAX;
  cudaError_t code = cudaDeviceGetDefaultMemPool (&self->pool, self->base.device);

  if (code == cudaSuccess)
    code = cudaMemPoolSetAttribute (self->pool, cudaMemPoolAttrReleaseThreshold, &keep);
  return scope_cuda_status (self, code, "memory pool", error, error_size);
}

/* From the pool; once more after the pool has given back what it holds in pieces that do not fit.
 */
static void *
take (ScopeCuda *self, size_t bytes)
{
  void *data = NULL;

  if (cudaMallocAsync (&data, bytes, self->stream) == cudaSuccess)
    return data;
  cudaGetLastError ();
  cudaStreamSynchronize (self->stream);
  cudaMemPoolTrimTo (self->pool, 0);
  return cudaMallocAsync (&data, bytes, self->stream) == cudaSuccess ? data : NULL;
}

/* A message that says what was needed and what was free. */
static void
explain_memory (size_t bytes, char *error, size_t error_size)
{
  size_t available = 0, total = 0;

  cudaGetLastError ();
  cudaMemGetInfo (&available, &total);
  snprintf (error, error_size, "out of device memory: %.1f MiB needed, %.1f of %.1f MiB free",
            (double)bytes / 1048576.0, (double)available / 1048576.0, (double)total / 1048576.0);
}

void *
scope_cuda_workspace (ScopeCuda *self, size_t bytes, char *error, size_t error_size)
{
  if (bytes <= self->workspace_size)
    return self->workspace;
  if (self->recording) {
    snprintf (error, error_size, "a recording needs %.1f MiB of scratch that were not reserved",
              (double)bytes / 1048576.0);
    return NULL;
  }
  /* Freed in the stream's order: after the work that reads the old one. */
  if (self->workspace != NULL)
    cudaFreeAsync (self->workspace, self->stream);
  self->workspace_size = 0;
  self->workspace = (char *)take (self, bytes);
  if (self->workspace == NULL) {
    explain_memory (bytes, error, error_size);
    return NULL;
  }
  self->workspace_size = bytes;
  return self->workspace;
}

size_t
scope_cuda_scratch (ScopeBackend *self, ScopeOp op, const void *params)
{
  switch (op) {
  case SCOPE_OP_SCAN:
    return scope_cuda_scan_scratch ((const ScopeCuda *)self, (const ScopeOpScan *)params);
  case SCOPE_OP_DECAY:
    return scope_cuda_decay_scratch ((const ScopeOpDecay *)params);
  case SCOPE_OP_OVERVIEW:
    return scope_cuda_overview_scratch ((const ScopeOpOverview *)params);
  case SCOPE_OP_THUMBNAILS:
    return scope_cuda_thumbnails_scratch ((const ScopeOpThumbnails *)params);
  case SCOPE_OP_FIELDS:
    return scope_cuda_fields_scratch ((const ScopeOpFields *)params);
  default:
    return 0;
  }
}

static ScopeCuda *
instance (ScopeBackend *self)
{
  cudaSetDevice (self->device);
  return (ScopeCuda *)self;
}

void *
scope_cuda_alloc (ScopeBackend *self, size_t bytes, char *error, size_t error_size)
{
  void *data = take (instance (self), bytes > 0 ? bytes : 1);

  if (data == NULL)
    explain_memory (bytes, error, error_size);
  return data;
}

/* In the stream it would become a part of the recording. Without memory to note it, it stays taken.
 */
static void
keep_freed (ScopeCuda *self, void *data)
{
  void **more = (void **)realloc (self->freed, (self->n_freed + 1) * sizeof *more);

  if (more == NULL)
    return;
  self->freed = more;
  self->freed[self->n_freed++] = data;
}

void
scope_cuda_free (ScopeBackend *self, void *data)
{
  ScopeCuda *cuda = instance (self);

  pthread_mutex_lock (&cuda->lock);
  if (cuda->recording)
    keep_freed (cuda, data);
  else
    cudaFreeAsync (data, cuda->stream);
  pthread_mutex_unlock (&cuda->lock);
}

int
scope_cuda_reserve (ScopeBackend *self, size_t bytes, char *error, size_t error_size)
{
  return scope_cuda_workspace (instance (self), bytes, error, error_size) != NULL || bytes == 0
             ? SCOPE_STATUS_OK
             : SCOPE_STATUS_MEMORY;
}

int
scope_cuda_copy (ScopeBackend *self, void *to, const void *from, size_t bytes, char *error,
                 size_t error_size)
{
  ScopeCuda *cuda = instance (self);
  cudaError_t code = cudaMemcpyAsync (to, from, bytes, cudaMemcpyDeviceToDevice, cuda->stream);

  return scope_cuda_status (cuda, code, "copy", error, error_size);
}

int
scope_cuda_clear (ScopeBackend *self, void *device, size_t bytes, char *error, size_t error_size)
{
  ScopeCuda *cuda = instance (self);

  return scope_cuda_status (cuda, cudaMemsetAsync (device, 0, bytes, cuda->stream), "clear", error,
                            error_size);
}

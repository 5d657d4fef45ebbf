/* Device memory, errors and the workspace of an instance. */
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
  void *grown = NULL;

  if (bytes <= self->workspace_size)
    return self->workspace;
  if (self->recording) {
    snprintf (error, error_size, "a recording needs %.1f MiB of scratch that were not reserved",
              (double)bytes / 1048576.0);
    return NULL;
  }
  /* Work that reads the old one may be queued: cudaFree waits for it. */
  cudaFree (self->workspace);
  self->workspace = NULL;
  self->workspace_size = 0;
  if (cudaMalloc (&grown, bytes) != cudaSuccess) {
    explain_memory (bytes, error, error_size);
    return NULL;
  }
  self->workspace = (char *)grown;
  self->workspace_size = bytes;
  return grown;
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
  void *data = NULL;

  instance (self);
  if (cudaMalloc (&data, bytes > 0 ? bytes : 1) != cudaSuccess) {
    explain_memory (bytes, error, error_size);
    return NULL;
  }
  return data;
}

void
scope_cuda_free (ScopeBackend *self, void *data)
{
  instance (self);
  cudaFree (data);
}

int
scope_cuda_reserve (ScopeBackend *self, size_t bytes, char *error, size_t error_size)
{
  return scope_cuda_workspace (instance (self), bytes, error, error_size) != NULL || bytes == 0
             ? SCOPE_STATUS_OK
             : SCOPE_STATUS_MEMORY;
}

static int
copy (ScopeBackend *self, void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
      char *error, size_t error_size)
{
  ScopeCuda *cuda = instance (self);
  cudaError_t code = cudaMemcpyAsync (to, from, bytes, kind, cuda->stream);

  if (code == cudaSuccess && kind != cudaMemcpyDeviceToDevice)
    code = cudaStreamSynchronize (cuda->stream);
  return scope_cuda_status (cuda, code, "copy", error, error_size);
}

int
scope_cuda_upload (ScopeBackend *self, void *device, const void *host, size_t bytes, char *error,
                   size_t error_size)
{
  return copy (self, device, host, bytes, cudaMemcpyHostToDevice, error, error_size);
}

int
scope_cuda_download (ScopeBackend *self, void *host, const void *device, size_t bytes, char *error,
                     size_t error_size)
{
  return copy (self, host, device, bytes, cudaMemcpyDeviceToHost, error, error_size);
}

int
scope_cuda_copy (ScopeBackend *self, void *to, const void *from, size_t bytes, char *error,
                 size_t error_size)
{
  return copy (self, to, from, bytes, cudaMemcpyDeviceToDevice, error, error_size);
}

int
scope_cuda_clear (ScopeBackend *self, void *device, size_t bytes, char *error, size_t error_size)
{
  ScopeCuda *cuda = instance (self);

  return scope_cuda_status (cuda, cudaMemsetAsync (device, 0, bytes, cuda->stream), "clear", error,
                            error_size);
}

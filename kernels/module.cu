/* The CUDA module: opens devices, hands operations to their files. Its one export is
 * scope_backend_query(); it is loaded as a plug-in (compute/registry.h) and never unloaded. */
#include <stdlib.h>

#include "module.h"

/* What NVIDIA recommends for Hopper. */
#define BLAS_WORKSPACE ((size_t)32 << 20)

static int
device_count (char *error, size_t error_size)
{
  int count = 0;
  cudaError_t code = cudaGetDeviceCount (&count);

  if (code != cudaSuccess) {
    snprintf (error, error_size, "%s", cudaGetErrorString (code));
    return -1;
  }
  return count;
}

static int
device_info (int device, ScopeDeviceInfo *out, char *error, size_t error_size)
{
  cudaDeviceProp properties;
  cudaError_t code = cudaGetDeviceProperties (&properties, device);
  size_t available = 0, total = 0;

  if (code == cudaSuccess)
    code = cudaSetDevice (device);
  if (code == cudaSuccess)
    code = cudaMemGetInfo (&available, &total);
  if (code != cudaSuccess)
    return scope_cuda_status (NULL, code, "device", error, error_size);
  snprintf (out->name, sizeof out->name, "%.127s", properties.name);
  out->memory_total = total;
  out->memory_free = available;
  out->index = device;
  return SCOPE_STATUS_OK;
}

static void
close_instance (ScopeBackend *base)
{
  ScopeCuda *self = (ScopeCuda *)base;

  cudaSetDevice (base->device);
  scope_cuda_close_staging (self);
  if (self->blas != NULL)
    cublasDestroy (self->blas);
  if (self->workspace != NULL)
    cudaFreeAsync (self->workspace, self->stream);
  if (self->stream != NULL) {
    cudaStreamSynchronize (self->stream);
    cudaStreamDestroy (self->stream);
  }
  cudaFree (self->blas_workspace);
  pthread_mutex_destroy (&self->lock);
  free (self->freed);
  free (self);
}

/* cuBLAS would allocate its own workspace in the middle of a pass; a fixed one also keeps its
 * choices, and so the bits, the same from call to call. Set after the stream, which resets it. */
static cublasStatus_t
open_blas (ScopeCuda *self)
{
  cublasStatus_t status = cublasCreate (&self->blas);

  if (status == CUBLAS_STATUS_SUCCESS)
    status = cublasSetStream (self->blas, self->stream);
  if (status == CUBLAS_STATUS_SUCCESS
      && cudaMalloc (&self->blas_workspace, BLAS_WORKSPACE) != cudaSuccess)
    status = CUBLAS_STATUS_ALLOC_FAILED;
  if (status == CUBLAS_STATUS_SUCCESS)
    status = cublasSetWorkspace (self->blas, self->blas_workspace, BLAS_WORKSPACE);
  return status;
}

extern const ScopeBackendOps scope_cuda_ops;

static ScopeBackend *
open_instance (int device, ScopePrecision precision, char *error, size_t error_size)
{
  ScopeCuda *self;
  cublasStatus_t status;

  if (precision == SCOPE_PRECISION_REFERENCE) {
    snprintf (error, error_size, "reference precision runs on the CPU");
    return NULL;
  }
  self = (ScopeCuda *)calloc (1, sizeof *self);
  if (self == NULL)
    return NULL;
  self->base.ops = &scope_cuda_ops;
  pthread_mutex_init (&self->lock, NULL);
  self->base.precision = precision;
  self->base.wide_type = precision == SCOPE_PRECISION_BF16 ? SCOPE_TYPE_BF16 : SCOPE_TYPE_F32;
  self->base.device = device;
  if (scope_cuda_status (self, cudaSetDevice (device), "device", error, error_size)
          != SCOPE_STATUS_OK
      || scope_cuda_status (
             self,
             cudaDeviceGetAttribute (&self->processors, cudaDevAttrMultiProcessorCount, device),
             "device", error, error_size)
             != SCOPE_STATUS_OK
      || scope_cuda_status (self, cudaStreamCreateWithFlags (&self->stream, cudaStreamNonBlocking),
                            "stream", error, error_size)
             != SCOPE_STATUS_OK
      || scope_cuda_open_pool (self, error, error_size) != SCOPE_STATUS_OK) {
    close_instance (&self->base);
    return NULL;
  }
  status = open_blas (self);
  if (status != CUBLAS_STATUS_SUCCESS) {
    snprintf (error, error_size, "cuBLAS: %s", cublasGetStatusString (status));
    close_instance (&self->base);
    return NULL;
  }
  return &self->base;
}

static int
dispatch (ScopeCuda *self, ScopeOp op, const void *params, char *error, size_t error_size)
{
  switch (op) {
  case SCOPE_OP_EMBED:
    return scope_cuda_embed (self, (const ScopeOpEmbed *)params, error, error_size);
  case SCOPE_OP_NORM:
    return scope_cuda_norm (self, (const ScopeOpNorm *)params, error, error_size);
  case SCOPE_OP_PRODUCT:
    return scope_cuda_product (self, (const ScopeOpProduct *)params, error, error_size);
  case SCOPE_OP_CONV:
    return scope_cuda_conv (self, (const ScopeOpConv *)params, error, error_size);
  case SCOPE_OP_DELTA:
    return scope_cuda_delta (self, (const ScopeOpDelta *)params, error, error_size);
  case SCOPE_OP_SCAN:
    return scope_cuda_scan (self, (const ScopeOpScan *)params, error, error_size);
  case SCOPE_OP_DECAY:
    return scope_cuda_decay (self, (const ScopeOpDecay *)params, error, error_size);
  case SCOPE_OP_ATTENTION:
    return scope_cuda_attention (self, (const ScopeOpAttention *)params, error, error_size);
  case SCOPE_OP_OVERVIEW:
    return scope_cuda_overview (self, (const ScopeOpOverview *)params, error, error_size);
  case SCOPE_OP_THUMBNAILS:
    return scope_cuda_thumbnails (self, (const ScopeOpThumbnails *)params, error, error_size);
  case SCOPE_OP_FIELDS:
    return scope_cuda_fields (self, (const ScopeOpFields *)params, error, error_size);
  case SCOPE_OP_COPY:
    return scope_cuda_copy_op (self, (const ScopeOpCopy *)params, error, error_size);
  case SCOPE_OP_ROTARY:
    return scope_cuda_rotary (self, (const ScopeOpRotary *)params, error, error_size);
  case SCOPE_OP_HEADS:
    return scope_cuda_heads (self, (const ScopeOpHeads *)params, error, error_size);
  case SCOPE_OP_SOFTMAX:
    return scope_cuda_softmax (self, (const ScopeOpSoftmax *)params, error, error_size);
  case SCOPE_OP_GLU:
    return scope_cuda_glu (self, (const ScopeOpGlu *)params, error, error_size);
  default:
    snprintf (error, error_size, "operation %d is unknown", (int)op);
    return SCOPE_STATUS_UNSUPPORTED;
  }
}

static int
run (ScopeBackend *base, ScopeOp op, const void *params, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;

  if (self->failed) {
    snprintf (error, error_size, "the device failed earlier");
    return SCOPE_STATUS_FAILED;
  }
  if (!scope_cuda_supports (base, op, params, error, error_size))
    return SCOPE_STATUS_UNSUPPORTED;
  cudaSetDevice (base->device);
  return dispatch (self, op, params, error, error_size);
}

static int
sync_stream (ScopeBackend *base, char *error, size_t error_size)
{
  ScopeCuda *self = (ScopeCuda *)base;

  cudaSetDevice (base->device);
  return scope_cuda_status (self, cudaStreamSynchronize (self->stream), "sync", error, error_size);
}

extern const ScopeBackendOps scope_cuda_ops = { SCOPE_BACKEND_ABI,
                                                sizeof (ScopeBackendOps),
                                                "cuda",
                                                device_count,
                                                device_info,
                                                open_instance,
                                                close_instance,
                                                scope_cuda_alloc,
                                                scope_cuda_free,
                                                scope_cuda_upload,
                                                scope_cuda_download,
                                                scope_cuda_clear,
                                                scope_cuda_copy,
                                                scope_cuda_supports,
                                                run,
                                                sync_stream,
                                                scope_cuda_scratch,
                                                scope_cuda_reserve,
                                                scope_cuda_record,
                                                scope_cuda_finish,
                                                scope_cuda_play,
                                                scope_cuda_discard };

extern "C" __attribute__ ((visibility ("default"))) const ScopeBackendOps *
scope_backend_query (void)
{
  return &scope_cuda_ops;
}

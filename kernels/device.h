/* What the operations of the CUDA module share: the instance, its stream and workspace, errors.
 *
 * Sees compute/backend.h alone: no GLib in nvcc. Every operation is one .cu with one entry,
 * scope_cuda_NAME (self, params, error, error_size), called from module.cu on the thread that owns
 * the instance; it queues work on SELF's stream and returns a status of backend.h. */
#pragma once

#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>
#include <pthread.h>
#include <stdio.h>
#include <type_traits>

#include "compute/backend.h"

struct ScopeStaging;

struct ScopeCuda {
  ScopeBackend base;
  cudaStream_t stream;
  cublasHandle_t blas;
  void *blas_workspace;
  cudaMemPool_t pool;
  char *workspace; /* grows to the largest op's need and stays: no allocation in a steady pass */
  size_t workspace_size;
  ScopeStaging *staging; /* for large transfers; NULL before the first (transfer.cu) */
  int processors;        /* multiprocessors of the device */
  bool failed;           /* a device error is sticky: every later call says so */
  pthread_mutex_t lock;  /* of what follows: memory is freed from any thread */
  bool recording;        /* a graph: nothing may allocate */
  void **freed;          /* while recording, to be freed after it */
  size_t n_freed;
};

/* Where a kernel is queued, and how it names its dynamic shared memory: macros, so that a stand-in
 * for the device (tests/shim) can bring its own. */
#ifndef SCOPE_LAUNCH
/* clang-format off: it does not know <<< >>> */
#define SCOPE_LAUNCH(kernel, grid, block, shared, self, ...)                                       \
  kernel<<<(grid), (block), (shared), (self)->stream>>> (__VA_ARGS__)
#define SCOPE_DYNAMIC_SHARED(type, name) extern __shared__ type name[]
/* clang-format on */
#endif

int scope_cuda_status (ScopeCuda *self, cudaError_t code, const char *what, char *error,
                       size_t error_size);
/* Status of the launches since the last call. */
int scope_cuda_launched (ScopeCuda *self, const char *what, char *error, size_t error_size);
/* At least BYTES of scratch, valid until the next call; NULL with a message if there is none. An op
 * that calls it tells its need to scope_cuda_scratch() in memory.cu too. */
void *scope_cuda_workspace (ScopeCuda *self, size_t bytes, char *error, size_t error_size);
size_t scope_cuda_scan_scratch (const ScopeCuda *self, const ScopeOpScan *op);
size_t scope_cuda_decay_scratch (const ScopeOpDecay *op);
size_t scope_cuda_overview_scratch (const ScopeOpOverview *op);
size_t scope_cuda_thumbnails_scratch (const ScopeOpThumbnails *op);
size_t scope_cuda_fields_scratch (const ScopeOpFields *op);

int scope_cuda_embed (ScopeCuda *self, const ScopeOpEmbed *op, char *error, size_t error_size);
int scope_cuda_norm (ScopeCuda *self, const ScopeOpNorm *op, char *error, size_t error_size);
int scope_cuda_product (ScopeCuda *self, const ScopeOpProduct *op, char *error, size_t error_size);
int scope_cuda_conv (ScopeCuda *self, const ScopeOpConv *op, char *error, size_t error_size);
int scope_cuda_delta (ScopeCuda *self, const ScopeOpDelta *op, char *error, size_t error_size);
int scope_cuda_scan (ScopeCuda *self, const ScopeOpScan *op, char *error, size_t error_size);
int scope_cuda_decay (ScopeCuda *self, const ScopeOpDecay *op, char *error, size_t error_size);
int scope_cuda_attention (ScopeCuda *self, const ScopeOpAttention *op, char *error,
                          size_t error_size);
int scope_cuda_overview (ScopeCuda *self, const ScopeOpOverview *op, char *error,
                         size_t error_size);
int scope_cuda_thumbnails (ScopeCuda *self, const ScopeOpThumbnails *op, char *error,
                           size_t error_size);
int scope_cuda_fields (ScopeCuda *self, const ScopeOpFields *op, char *error, size_t error_size);
int scope_cuda_copy_op (ScopeCuda *self, const ScopeOpCopy *op, char *error, size_t error_size);
int scope_cuda_rotary (ScopeCuda *self, const ScopeOpRotary *op, char *error, size_t error_size);
int scope_cuda_heads (ScopeCuda *self, const ScopeOpHeads *op, char *error, size_t error_size);
int scope_cuda_softmax (ScopeCuda *self, const ScopeOpSoftmax *op, char *error, size_t error_size);
int scope_cuda_glu (ScopeCuda *self, const ScopeOpGlu *op, char *error, size_t error_size);

static inline unsigned
scope_blocks (int64_t count, int64_t size)
{
  return (unsigned)((count + size - 1) / size);
}

typedef __nv_bfloat16 Bf16;

/* Reals in registers, whatever memory holds. */
__device__ static inline float
scope_load (float x)
{
  return x;
}

__device__ static inline float
scope_load (Bf16 x)
{
  return __bfloat162float (x);
}

__device__ static inline void
scope_store (float *to, float x)
{
  *to = x;
}

__device__ static inline void
scope_store (Bf16 *to, float x)
{
  *to = __float2bfloat16_rn (x);
}

/* Of one cell of TENSOR, which is of one of these two types. */
static inline int
scope_cell_bytes (const ScopeTensor &tensor)
{
  return tensor.type == SCOPE_TYPE_BF16 ? 2 : 4;
}

/* Calls F with a null pointer of the tensor's element type, so that a generic lambda can launch the
 * kernel for it. supports() has let only these two pass. */
template <class F>
static inline void
scope_with_type (const ScopeTensor &tensor, F f)
{
  if (tensor.type == SCOPE_TYPE_BF16)
    f ((Bf16 *)NULL);
  else
    f ((float *)NULL);
}

/* Plain views for kernels: a tensor's type is checked once on the host. */
template <class T> struct View {
  T *data;
  int64_t stride;
  __host__ __device__ T *
  row (int64_t r) const
  {
    return data + r * stride;
  }
};

template <class T>
static inline View<T>
scope_view (const ScopeTensor &tensor)
{
  View<T> view = { (T *)tensor.data, tensor.stride };
  return view;
}

/* The runtime API that the module calls; included by cuda_runtime.h. */
#pragma once

typedef enum {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorLaunchFailure = 719,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorStreamCaptureInvalidated = 901
} cudaError_t;

typedef enum {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
} cudaMemcpyKind;

typedef enum {
  cudaStreamCaptureModeGlobal,
  cudaStreamCaptureModeThreadLocal,
  cudaStreamCaptureModeRelaxed
} cudaStreamCaptureMode;

typedef enum {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9
} cudaFuncAttribute;

typedef enum {
  cudaDevAttrMaxSharedMemoryPerBlock = 8,
  cudaDevAttrMultiProcessorCount = 16,
  cudaDevAttrComputeCapabilityMajor = 75,
  cudaDevAttrComputeCapabilityMinor = 76,
  cudaDevAttrMaxSharedMemoryPerBlockOptin = 97
} cudaDeviceAttr;

typedef enum { CUDA_R_32F = 0, CUDA_R_64F = 1, CUDA_R_16BF = 14 } cudaDataType;
typedef cudaDataType cudaDataType_t;

typedef enum { cudaMemPoolAttrReleaseThreshold = 4 } cudaMemPoolAttr;
struct ShimPool;
typedef ShimPool *cudaMemPool_t;

struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount;
  size_t totalGlobalMem, sharedMemPerBlock, sharedMemPerBlockOptin, sharedMemPerMultiprocessor;
  int l2CacheSize, maxThreadsPerMultiProcessor;
};

struct ShimGraph;
typedef ShimGraph *cudaGraph_t;
typedef ShimGraph *cudaGraphExec_t;
struct ShimEvent;
typedef ShimEvent *cudaEvent_t;

#define cudaStreamDefault      0
#define cudaStreamNonBlocking  1
#define cudaEventDefault       0
#define cudaEventDisableTiming 2

cudaError_t cudaGetLastError ();
cudaError_t cudaPeekAtLastError ();
const char *cudaGetErrorString (cudaError_t code);
cudaError_t cudaGetDeviceCount (int *count);
cudaError_t cudaGetDevice (int *device);
cudaError_t cudaSetDevice (int device);
cudaError_t cudaGetDeviceProperties (cudaDeviceProp *out, int device);
cudaError_t cudaDeviceGetAttribute (int *out, cudaDeviceAttr attribute, int device);
cudaError_t cudaMemGetInfo (size_t *available, size_t *total);
cudaError_t cudaDeviceSynchronize ();

cudaError_t cudaMalloc (void **out, size_t bytes);
cudaError_t cudaFree (void *data);
cudaError_t cudaMallocAsync (void **out, size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync (void *data, cudaStream_t stream);
cudaError_t cudaDeviceGetDefaultMemPool (cudaMemPool_t *out, int device);
cudaError_t cudaMemPoolSetAttribute (cudaMemPool_t pool, cudaMemPoolAttr attribute, void *value);
cudaError_t cudaMemPoolTrimTo (cudaMemPool_t pool, size_t keep);
cudaError_t cudaMallocHost (void **out, size_t bytes);
cudaError_t cudaFreeHost (void *data);
cudaError_t cudaMemcpy (void *to, const void *from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync (void *to, const void *from, size_t bytes, cudaMemcpyKind kind,
                             cudaStream_t stream = nullptr);
cudaError_t cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream = nullptr);

cudaError_t cudaStreamCreateWithFlags (cudaStream_t *out, unsigned flags);
cudaError_t cudaStreamDestroy (cudaStream_t stream);
cudaError_t cudaStreamSynchronize (cudaStream_t stream);
cudaError_t cudaStreamBeginCapture (cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture (cudaStream_t stream, cudaGraph_t *out);
cudaError_t cudaGraphInstantiate (cudaGraphExec_t *out, cudaGraph_t graph,
                                  unsigned long long flags = 0);
cudaError_t cudaGraphUpload (cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphLaunch (cudaGraphExec_t exec, cudaStream_t stream);
cudaError_t cudaGraphDestroy (cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy (cudaGraphExec_t exec);

cudaError_t cudaEventCreateWithFlags (cudaEvent_t *out, unsigned flags);
cudaError_t cudaEventDestroy (cudaEvent_t event);
cudaError_t cudaEventRecord (cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventQuery (cudaEvent_t event);
cudaError_t cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventSynchronize (cudaEvent_t event);

namespace shim {
/* Dynamic shared memory beyond 48 KiB is refused until a kernel has asked for it. */
cudaError_t set_attribute (const void *kernel, cudaFuncAttribute attribute, int value);
} // namespace shim

template <class K>
static inline cudaError_t
cudaFuncSetAttribute (K kernel, cudaFuncAttribute attribute, int value)
{
  return shim::set_attribute ((const void *)kernel, attribute, value);
}

template <class K>
static inline cudaError_t
cudaOccupancyMaxActiveBlocksPerMultiprocessor (int *out, K kernel, int threads, size_t shared)
{
  *out = 1;
  return cudaSuccess;
}

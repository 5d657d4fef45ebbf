/* Memory, streams and graphs of the host stand-in; see include/cuda_runtime.h. */
#include <cuda_runtime.h>

#include <map>
#include <mutex>
#include <vector>

struct ShimGraph {
  std::vector<std::function<void ()> > work;
};

struct ShimStream {
  ShimGraph *recording;
};

struct ShimEvent {};

namespace shim {
cudaError_t last_error = cudaSuccess;

enum { ALIGNMENT = 256, GUARD = 256, GUARD_BYTE = 0xa5, NAN_BYTE = 0xff };

static std::mutex memory_lock;
static std::map<char *, size_t> allocations;
static bool capturing; /* somewhere: nothing may allocate */

static cudaError_t
fail (cudaError_t code)
{
  return last_error = code;
}

void
enqueue (cudaStream_t stream, std::function<void ()> work)
{
  if (stream != nullptr && stream->recording != nullptr)
    stream->recording->work.push_back (std::move (work));
  else
    work ();
}

/* What a kernel wrote beside its memory is found when that memory goes; the sanitizer's red zones,
 * where there are any, find it at once. */
static void
check_guards (const char *data, size_t bytes)
{
#ifndef __SANITIZE_ADDRESS__
  for (size_t k = 0; k < GUARD; k++)
    if ((unsigned char)data[bytes + k] != GUARD_BYTE
        || (unsigned char)data[-(ptrdiff_t)k - 1] != GUARD_BYTE) {
      fprintf (stderr, "shim: a write beside %zu bytes of device memory\n", bytes);
      abort ();
    }
#endif
}

static char *
allocate (size_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
  size_t before = 0, after = 0;
#else
  size_t before = GUARD, after = GUARD;
#endif
  void *memory = nullptr;
  if (bytes > (size_t)1 << 39 || posix_memalign (&memory, ALIGNMENT, before + bytes + after) != 0)
    return nullptr;
  memset (memory, GUARD_BYTE, before);
  memset ((char *)memory + before, NAN_BYTE, bytes);
  memset ((char *)memory + before + bytes, GUARD_BYTE, after);
  return (char *)memory + before;
}
} // namespace shim

using namespace shim;

/* --- errors and devices ----------------------------------------------------------------------- */

cudaError_t
cudaPeekAtLastError ()
{
  return last_error;
}

cudaError_t
cudaGetLastError ()
{
  cudaError_t code = last_error;
  last_error = cudaSuccess;
  return code;
}

const char *
cudaGetErrorString (cudaError_t code)
{
  switch (code) {
  case cudaSuccess:
    return "no error";
  case cudaErrorInvalidValue:
    return "invalid argument";
  case cudaErrorMemoryAllocation:
    return "out of memory";
  case cudaErrorInvalidConfiguration:
    return "invalid configuration argument";
  case cudaErrorLaunchFailure:
    return "unspecified launch failure";
  default:
    return "operation not permitted when stream is capturing";
  }
}

cudaError_t
cudaGetDeviceCount (int *count)
{
  *count = 1;
  return cudaSuccess;
}

cudaError_t
cudaGetDevice (int *device)
{
  *device = 0;
  return cudaSuccess;
}

cudaError_t
cudaSetDevice (int device)
{
  return device == 0 ? cudaSuccess : fail (cudaErrorInvalidValue);
}

/* One, so that small shapes have strips and waves too, unless SCOPE_SHIM_PROCESSORS says how many:
 * so that small texts are cut as finely as on a large chip. */
static int
processors ()
{
  const char *wanted = getenv ("SCOPE_SHIM_PROCESSORS");
  return wanted == nullptr ? 1 : atoi (wanted);
}

cudaError_t
cudaGetDeviceProperties (cudaDeviceProp *out, int device)
{
  *out = {};
  snprintf (out->name, sizeof out->name, "host stand-in");
  out->major = 9;
  out->multiProcessorCount = processors ();
  cudaMemGetInfo (&out->totalGlobalMem, &out->totalGlobalMem);
  out->sharedMemPerBlock = 48 << 10;
  out->sharedMemPerBlockOptin = 227 << 10;
  out->sharedMemPerMultiprocessor = 228 << 10;
  out->maxThreadsPerMultiProcessor = 2048;
  out->l2CacheSize = 50 << 20;
  return cudaSetDevice (device);
}

cudaError_t
cudaDeviceGetAttribute (int *out, cudaDeviceAttr attribute, int device)
{
  cudaDeviceProp properties;
  cudaError_t code = cudaGetDeviceProperties (&properties, device);
  switch (attribute) {
  case cudaDevAttrMaxSharedMemoryPerBlock:
    *out = (int)properties.sharedMemPerBlock;
    break;
  case cudaDevAttrMaxSharedMemoryPerBlockOptin:
    *out = (int)properties.sharedMemPerBlockOptin;
    break;
  case cudaDevAttrMultiProcessorCount:
    *out = properties.multiProcessorCount;
    break;
  case cudaDevAttrComputeCapabilityMajor:
    *out = properties.major;
    break;
  default:
    *out = properties.minor;
  }
  return code;
}

cudaError_t
cudaMemGetInfo (size_t *available, size_t *total)
{
  *total = (size_t)8 << 30;
  *available = (size_t)7 << 30;
  return cudaSuccess;
}

cudaError_t
cudaDeviceSynchronize ()
{
  return cudaSuccess;
}

/* --- memory ----------------------------------------------------------------------------------- */

cudaError_t
cudaMalloc (void **out, size_t bytes)
{
  if (capturing)
    return fail (cudaErrorStreamCaptureUnsupported);
  char *data = allocate (bytes);
  if (data == nullptr)
    return fail (cudaErrorMemoryAllocation);
  std::lock_guard<std::mutex> lock (memory_lock);
  allocations[data] = bytes;
  *out = data;
  return cudaSuccess;
}

cudaError_t
cudaFree (void *data)
{
  std::lock_guard<std::mutex> lock (memory_lock);
  if (data == nullptr)
    return cudaSuccess;
  auto found = allocations.find ((char *)data);
  if (found == allocations.end ())
    return fail (cudaErrorInvalidValue);
  check_guards (found->first, found->second);
  allocations.erase (found);
#ifdef __SANITIZE_ADDRESS__
  free (data);
#else
  free ((char *)data - GUARD);
#endif
  return cudaSuccess;
}

/* No pool keeps anything: what is freed too early is found. */
cudaError_t
cudaMallocAsync (void **out, size_t bytes, cudaStream_t stream)
{
  return cudaMalloc (out, bytes);
}

cudaError_t
cudaFreeAsync (void *data, cudaStream_t stream)
{
  if (stream != nullptr && stream->recording != nullptr) {
    fprintf (stderr, "shim: memory freed into a recording\n");
    abort ();
  }
  return cudaFree (data);
}

cudaError_t
cudaDeviceGetDefaultMemPool (cudaMemPool_t *out, int device)
{
  *out = nullptr;
  return cudaSuccess;
}

cudaError_t
cudaMemPoolSetAttribute (cudaMemPool_t pool, cudaMemPoolAttr attribute, void *value)
{
  return cudaSuccess;
}

cudaError_t
cudaMemPoolTrimTo (cudaMemPool_t pool, size_t keep)
{
  return cudaSuccess;
}

cudaError_t
cudaMallocHost (void **out, size_t bytes)
{
  return cudaMalloc (out, bytes);
}

cudaError_t
cudaFreeHost (void *data)
{
  return cudaFree (data);
}

cudaError_t
cudaMemcpy (void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
  memcpy (to, from, bytes);
  return cudaSuccess;
}

cudaError_t
cudaMemcpyAsync (void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream)
{
  enqueue (stream, [=] { memcpy (to, from, bytes); });
  return cudaSuccess;
}

cudaError_t
cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream)
{
  enqueue (stream, [=] { memset (to, value, bytes); });
  return cudaSuccess;
}

/* --- streams and graphs ----------------------------------------------------------------------- */

cudaError_t
cudaStreamCreateWithFlags (cudaStream_t *out, unsigned flags)
{
  *out = new ShimStream ();
  return cudaSuccess;
}

cudaError_t
cudaStreamDestroy (cudaStream_t stream)
{
  delete stream;
  return cudaSuccess;
}

/* $SCOPE_SHIM_FAIL: the device is lost, as after a kernel that went astray. */
cudaError_t
cudaStreamSynchronize (cudaStream_t stream)
{
  if (getenv ("SCOPE_SHIM_FAIL") != nullptr)
    return cudaErrorLaunchFailure;
  return stream != nullptr && stream->recording != nullptr
             ? fail (cudaErrorStreamCaptureUnsupported)
             : cudaSuccess;
}

cudaError_t
cudaStreamBeginCapture (cudaStream_t stream, cudaStreamCaptureMode mode)
{
  if (stream->recording != nullptr)
    return fail (cudaErrorStreamCaptureUnsupported);
  stream->recording = new ShimGraph ();
  capturing = true;
  return cudaSuccess;
}

cudaError_t
cudaStreamEndCapture (cudaStream_t stream, cudaGraph_t *out)
{
  *out = stream->recording;
  stream->recording = nullptr;
  capturing = false;
  return *out != nullptr ? cudaSuccess : fail (cudaErrorStreamCaptureInvalidated);
}

cudaError_t
cudaGraphInstantiate (cudaGraphExec_t *out, cudaGraph_t graph, unsigned long long flags)
{
  *out = new ShimGraph (*graph);
  return cudaSuccess;
}

cudaError_t
cudaGraphUpload (cudaGraphExec_t exec, cudaStream_t stream)
{
  return cudaSuccess;
}

cudaError_t
cudaGraphLaunch (cudaGraphExec_t exec, cudaStream_t stream)
{
  for (const auto &work : exec->work)
    enqueue (stream, work);
  return cudaSuccess;
}

cudaError_t
cudaGraphDestroy (cudaGraph_t graph)
{
  delete graph;
  return cudaSuccess;
}

cudaError_t
cudaGraphExecDestroy (cudaGraphExec_t exec)
{
  delete exec;
  return cudaSuccess;
}

/* --- events ----------------------------------------------------------------------------------- */

cudaError_t
cudaEventCreateWithFlags (cudaEvent_t *out, unsigned flags)
{
  *out = new ShimEvent ();
  return cudaSuccess;
}

cudaError_t
cudaEventDestroy (cudaEvent_t event)
{
  delete event;
  return cudaSuccess;
}

cudaError_t
cudaEventRecord (cudaEvent_t event, cudaStream_t stream)
{
  return cudaSuccess;
}

cudaError_t
cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
  return cudaSuccess;
}

cudaError_t
cudaEventQuery (cudaEvent_t event)
{
  return cudaSuccess;
}

cudaError_t
cudaEventSynchronize (cudaEvent_t event)
{
  return cudaSuccess;
}

/* The CPU backend's table: devices, memory and dispatch. */
#include "compute/cpu/kernels.h"

#include <cblas.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parallel.h"

#define MEMORY_ALIGNMENT 256
/* Far above any machine's memory: what asks for more is refused without asking the system. */
#define MEMORY_LIMIT ((size_t)1 << 39)

typedef struct {
  ScopeBackend base;
  const ScopeCpuKernels *kernels;
} CpuBackend;

int
scope_cpu_fail (int status, char *error, size_t error_size, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (error != NULL && error_size > 0)
    vsnprintf (error, error_size, format, args);
  va_end (args);
  return status;
}

static void *
aligned_memory (size_t bytes, char *error, size_t error_size)
{
  void *data = NULL;
  if (bytes <= MEMORY_LIMIT && posix_memalign (&data, MEMORY_ALIGNMENT, MAX (bytes, 1)) == 0)
    return data;
  scope_cpu_fail (SCOPE_STATUS_MEMORY, error, error_size,
                  "not enough memory: %" G_GSIZE_FORMAT " MB more are needed", bytes / 1000000);
  return NULL;
}

void *
scope_cpu_scratch (int64_t count, size_t size, char *error, size_t error_size)
{
  return aligned_memory ((size_t)count * size, error, error_size);
}

void
scope_cpu_scratch_clear (void *variable)
{
  void **at = variable;
  free (*at);
  *at = NULL;
}

static int
cpu_device_count (char *error, size_t error_size)
{
  return 1;
}

/* "AMD EPYC", or the architecture where /proc does not say. */
static char *
processor_name (void)
{
  g_autofree char *info = NULL;
  if (!g_file_get_contents ("/proc/cpuinfo", &info, NULL, NULL))
    return g_strdup ("processor");
  const char *line = strstr (info, "model name");
  const char *colon = line != NULL ? strchr (line, ':') : NULL;
  if (colon == NULL)
    return g_strdup ("processor");
  return g_strstrip (g_strndup (colon + 1, strcspn (colon + 1, "\n")));
}

static int
cpu_device_info (int device, ScopeDeviceInfo *out, char *error, size_t error_size)
{
  g_autofree char *name = processor_name ();
  guint threads = scope_parallel_threads ();
  memset (out, 0, sizeof *out);
  snprintf (out->name, sizeof out->name, "%.80s (%s, %u thread%s)", name,
            scope_cpu_kernels_choose (SCOPE_PRECISION_FP32)->isa, threads, threads == 1 ? "" : "s");
  uint64_t page = sysconf (_SC_PAGESIZE);
  out->memory_total = page * (uint64_t)sysconf (_SC_PHYS_PAGES);
  out->memory_free = page * (uint64_t)sysconf (_SC_AVPHYS_PAGES);
  return SCOPE_STATUS_OK;
}

static ScopeBackend *cpu_open (int device, ScopePrecision precision, char *error,
                               size_t error_size);

static void
cpu_close (ScopeBackend *self)
{
  g_free (self);
}

static void *
cpu_alloc (ScopeBackend *self, size_t bytes, char *error, size_t error_size)
{
  return aligned_memory (bytes, error, error_size);
}

static void
cpu_free (ScopeBackend *self, void *data)
{
  free (data);
}

static int
cpu_upload (ScopeBackend *self, void *device, const void *host, size_t bytes, char *error,
            size_t error_size)
{
  memcpy (device, host, bytes);
  return SCOPE_STATUS_OK;
}

static int
cpu_download (ScopeBackend *self, void *host, const void *device, size_t bytes, char *error,
              size_t error_size)
{
  memcpy (host, device, bytes);
  return SCOPE_STATUS_OK;
}

static int
cpu_clear (ScopeBackend *self, void *device, size_t bytes, char *error, size_t error_size)
{
  memset (device, 0, bytes);
  return SCOPE_STATUS_OK;
}

static int
cpu_run (ScopeBackend *self, ScopeOp op, const void *params, char *error, size_t error_size)
{
  if (!scope_cpu_supports (self, op, params, error, error_size))
    return SCOPE_STATUS_UNSUPPORTED;
  return ((CpuBackend *)self)->kernels->run[op](params, error, error_size);
}

static int
cpu_sync (ScopeBackend *self, char *error, size_t error_size)
{
  return SCOPE_STATUS_OK;
}

/* Operations take theirs from the heap as they run. */
static size_t
cpu_scratch (ScopeBackend *self, ScopeOp op, const void *params)
{
  return 0;
}

static int
cpu_reserve (ScopeBackend *self, size_t bytes, char *error, size_t error_size)
{
  return SCOPE_STATUS_OK;
}

static const ScopeBackendOps cpu_ops = {
  .abi = SCOPE_BACKEND_ABI,
  .struct_size = sizeof (ScopeBackendOps),
  .name = "cpu",
  .device_count = cpu_device_count,
  .device_info = cpu_device_info,
  .open = cpu_open,
  .close = cpu_close,
  .alloc = cpu_alloc,
  .free = cpu_free,
  .upload = cpu_upload,
  .download = cpu_download,
  .clear = cpu_clear,
  .copy = cpu_upload,
  .supports = scope_cpu_supports,
  .run = cpu_run,
  .sync = cpu_sync,
  .scratch = cpu_scratch,
  .reserve = cpu_reserve,
};

static ScopeBackend *
cpu_open (int device, ScopePrecision precision, char *error, size_t error_size)
{
  if (device != 0) {
    scope_cpu_fail (SCOPE_STATUS_UNSUPPORTED, error, error_size, "cpu: expected device 0, found %d",
                    device);
    return NULL;
  }
  openblas_set_num_threads (1); /* cpu/product.c says why */
  CpuBackend *self = g_new0 (CpuBackend, 1);
  self->base.ops = &cpu_ops;
  /* A processor's products have neither TF32 nor BF16: provenance says what is done. */
  self->base.precision = precision == SCOPE_PRECISION_REFERENCE ? precision : SCOPE_PRECISION_FP32;
  self->base.wide_type = precision == SCOPE_PRECISION_REFERENCE ? SCOPE_TYPE_F64 : SCOPE_TYPE_F32;
  self->base.host_memory = true;
  self->kernels = scope_cpu_kernels_choose (precision);
  return &self->base;
}

const ScopeBackendOps *
scope_backend_query (void)
{
  return &cpu_ops;
}

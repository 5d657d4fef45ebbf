/* The registry of backends: the CPU always, CUDA where its module loads.
 *
 * Modules are looked for in $MAMBASCOPE_MODULE_DIR, then in the build's and the installed module
 * folder. What cannot be loaded is kept with its reason, for `mambascope-cli devices` and the app's
 * About. Main thread, at start; the handles may then be used from any thread, one at a time.
 */
#pragma once

#include <glib.h>

#include "base/progress.h"
#include "compute/backend.h"

G_BEGIN_DECLS

typedef struct {
  char *backend; /* "cpu", "cuda" */
  int device;
  ScopeDeviceInfo info;
  char *reason; /* why it cannot be used; NULL if it can */
} ScopeDevice;

/* All devices, usable and not. (element-type ScopeDevice), free with g_ptr_array_unref(). */
GPtrArray *scope_registry_devices (void) G_GNUC_WARN_UNUSED_RESULT;

/* NAME: "auto" (CUDA if usable, else CPU, for DEVICE 0; reference precision always means CPU),
 * "cpu" or "cuda". */
ScopeBackend *scope_registry_open (const char *name, int device, ScopePrecision precision,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
void scope_backend_close (ScopeBackend *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeBackend, scope_backend_close)

/* "fp32", ... FALSE if NAME is none. */
gboolean scope_precision_parse (const char *name, ScopePrecision *out);
const char *scope_precision_name (ScopePrecision precision);
/* "CPU: AMD EPYC (avx512, 2 threads)" */
char *scope_backend_describe (ScopeBackend *self) G_GNUC_WARN_UNUSED_RESULT;

/* The ABI's calls with GError. Tensors: rows x columns of the backend's activation type, or TYPE.
 */
ScopeType scope_backend_real (const ScopeBackend *self);
gsize scope_type_size (ScopeType type);
gboolean scope_backend_run (ScopeBackend *self, ScopeOp op, const void *params, GError **error);
gboolean scope_backend_sync (ScopeBackend *self, GError **error);
gboolean scope_backend_upload (ScopeBackend *self, void *device, const void *host, gsize bytes,
                               GError **error);
gboolean scope_backend_download (ScopeBackend *self, void *host, const void *device, gsize bytes,
                                 GError **error);
/* The operations' cancel callback for PROGRESS (may be NULL), which must outlive the operation. */
ScopeCancel scope_progress_cancel_poll (ScopeProgress *progress);
gboolean scope_tensor_alloc (ScopeBackend *self, ScopeType type, gsize rows, gsize columns,
                             ScopeTensor *out, GError **error);
void scope_tensor_free (ScopeBackend *self, ScopeTensor *tensor); /* clears it; NULL data is fine */
/* Rows [begin, end), or columns [begin, end), of a tensor: views, nothing is copied. */
ScopeTensor scope_tensor_rows (ScopeTensor tensor, gsize begin, gsize end);
ScopeTensor scope_tensor_columns (ScopeTensor tensor, gsize begin, gsize end);

G_END_DECLS

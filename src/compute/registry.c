/* Backends by name: the CPU, and CUDA where its module loads. */
#include "compute/registry.h"

#include <gmodule.h>
#include <string.h>

#include "base/error.h"
#include "compute/module-dirs.h"

#define MESSAGE_SIZE 512

/* A module that was looked for, once. It is never unloaded: its backends may outlive any owner that
 * we could name. */
typedef struct {
  const ScopeBackendOps *ops; /* NULL: see reason */
  char *reason;
} Module;

static const struct {
  const char *name;
  ScopePrecision precision;
} precisions[] = {
  { "fp32", SCOPE_PRECISION_FP32 },
  { "tf32", SCOPE_PRECISION_TF32 },
  { "bf16", SCOPE_PRECISION_BF16 },
  { "reference", SCOPE_PRECISION_REFERENCE },
};

gboolean
scope_precision_parse (const char *name, ScopePrecision *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (precisions); i++)
    if (strcmp (precisions[i].name, name) == 0) {
      *out = precisions[i].precision;
      return TRUE;
    }
  return FALSE;
}

const char *
scope_precision_name (ScopePrecision precision)
{
  return precisions[precision].name;
}

static char *
find_module (void)
{
  static const char *const names[] = { "libscope-cuda.so", "scope-cuda.so" };
  const char *folders[]
      = { g_getenv ("MAMBASCOPE_MODULE_DIR"), SCOPE_MODULE_BUILD_DIR, SCOPE_MODULE_DIR };
  for (guint f = 0; f < G_N_ELEMENTS (folders); f++)
    for (guint n = 0; folders[f] != NULL && n < G_N_ELEMENTS (names); n++) {
      g_autofree char *path = g_build_filename (folders[f], names[n], NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static void
load_module (Module *self)
{
  g_autofree char *path = find_module ();
  if (path == NULL) {
    self->reason = g_strdup ("the CUDA module is not installed");
    return;
  }
  GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);
  const ScopeBackendOps *(*query) (void) = NULL;
  if (module == NULL || !g_module_symbol (module, SCOPE_BACKEND_QUERY, (gpointer *)&query)) {
    self->reason = g_strdup (g_module_error ());
    return;
  }
  g_module_make_resident (module);
  const ScopeBackendOps *ops = query ();
  if (ops->abi == SCOPE_BACKEND_ABI && ops->struct_size == sizeof *ops)
    self->ops = ops;
  else
    self->reason = g_strdup_printf ("%s: expected backend interface %d, found %u", path,
                                    SCOPE_BACKEND_ABI, ops->abi);
}

static const Module *
cuda_module (void)
{
  static Module module;
  static gsize loaded;
  if (g_once_init_enter (&loaded)) {
    load_module (&module);
    g_once_init_leave (&loaded, 1);
  }
  return &module;
}

static void
device_free (gpointer data)
{
  ScopeDevice *self = data;
  g_free (self->backend);
  g_free (self->reason);
  g_free (self);
}

static ScopeDevice *
device_new (const char *backend, int index, const char *reason)
{
  ScopeDevice *self = g_new0 (ScopeDevice, 1);
  self->backend = g_strdup (backend);
  self->device = index;
  self->reason = g_strdup (reason);
  return self;
}

/* All of a backend's devices, or one entry that says why there is none. */
static void
add_devices (GPtrArray *devices, const ScopeBackendOps *ops)
{
  char message[MESSAGE_SIZE] = "";
  int count = ops->device_count (message, sizeof message);
  if (count <= 0)
    g_ptr_array_add (devices,
                     device_new (ops->name, 0, message[0] != '\0' ? message : "no device"));
  for (int i = 0; i < count; i++) {
    ScopeDevice *device = device_new (ops->name, i, NULL);
    if (ops->device_info (i, &device->info, message, sizeof message) != SCOPE_STATUS_OK)
      device->reason = g_strdup (message);
    g_ptr_array_add (devices, device);
  }
}

GPtrArray *
scope_registry_devices (void)
{
  GPtrArray *devices = g_ptr_array_new_with_free_func (device_free);
  add_devices (devices, scope_backend_query ());
  const Module *cuda = cuda_module ();
  if (cuda->ops != NULL)
    add_devices (devices, cuda->ops);
  else
    g_ptr_array_add (devices, device_new ("cuda", 0, cuda->reason));
  return devices;
}

static ScopeBackend *
open_device (const ScopeBackendOps *ops, int device, ScopePrecision precision, GError **error)
{
  char message[MESSAGE_SIZE] = "";
  ScopeBackend *backend = ops->open (device, precision, message, sizeof message);
  if (backend == NULL)
    g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING,
                 "backend %s cannot be used: %s", ops->name, message);
  return backend;
}

static ScopeBackend *
open_cuda (int device, ScopePrecision precision, GError **error)
{
  const Module *cuda = cuda_module ();
  char message[MESSAGE_SIZE] = "no device";
  if (cuda->ops != NULL && cuda->ops->device_count (message, sizeof message) > 0)
    return open_device (cuda->ops, device, precision, error);
  g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING,
               "backend cuda cannot be used: %s", cuda->ops != NULL ? message : cuda->reason);
  return NULL;
}

ScopeBackend *
scope_registry_open (const char *name, int device, ScopePrecision precision, GError **error)
{
  if (strcmp (name, "cuda") == 0)
    return open_cuda (device, precision, error);
  if (strcmp (name, "auto") == 0 && precision != SCOPE_PRECISION_REFERENCE) {
    g_autoptr (GError) none = NULL;
    ScopeBackend *backend = open_cuda (device, precision, &none);
    if (backend != NULL)
      return backend;
    if (device > 0) { /* only a GPU was meant: the processor has no such device */
      g_propagate_error (error, g_steal_pointer (&none));
      return NULL;
    }
  }
  if (strcmp (name, "cpu") == 0 || strcmp (name, "auto") == 0)
    return open_device (scope_backend_query (), device, precision, error);
  g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING,
               "backend %s: expected auto, cpu or cuda", name);
  return NULL;
}

void
scope_backend_close (ScopeBackend *self)
{
  if (self != NULL)
    self->ops->close (self);
}

char *
scope_backend_describe (ScopeBackend *self)
{
  char message[MESSAGE_SIZE] = "";
  ScopeDeviceInfo info = { 0 };
  if (self->ops->device_info (self->device, &info, message, sizeof message) != SCOPE_STATUS_OK)
    g_strlcpy (info.name, "unknown device", sizeof info.name);
  g_autofree char *kind = g_ascii_strup (self->ops->name, -1);
  return g_strdup_printf ("%s: %s", kind, info.name);
}

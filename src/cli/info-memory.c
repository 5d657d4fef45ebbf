#include <stdio.h>

#include "cli/cli.h"
#include "compute/estimate.h"

static void
print_estimate (const Cli *cli, const ScopeDevice *device, const char *name,
                const ScopeEstimate *estimate, gsize length)
{
  const struct {
    const char *name;
    guint64 bytes;
  } parts[] = { { "weights", estimate->weights },     { "trace", estimate->trace },
                { "layer", estimate->layer },         { "logits", estimate->logits },
                { "workspace", estimate->workspace }, { "free", device->info.memory_free } };
  g_autofree char *peak = scope_bytes_text (estimate->peak);
  printf ("%-18s %" G_GSIZE_FORMAT " tokens on %s: %s", "memory", length, name, peak);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    g_autofree char *bytes = scope_bytes_text (parts[i].bytes);
    printf ("%s%s %s", i == 0 ? " (" : ", ", parts[i].name, bytes);
  }
  printf (")%s\n", cli->memory > 0 && estimate->peak > cli->memory ? "; more than --memory" : "");
}

static void
add_estimate (JsonBuilder *json, const ScopeDevice *device, const char *name,
              const ScopeEstimate *estimate)
{
  json_builder_begin_object (json);
  cli_json_string (json, "backend", device->backend);
  cli_json_int (json, "device", (gsize)device->device);
  cli_json_string (json, "name", name);
  cli_json_int (json, "chunk", estimate->chunk);
  cli_json_int (json, "weights", estimate->weights);
  cli_json_int (json, "trace", estimate->trace);
  cli_json_int (json, "layer", estimate->layer);
  cli_json_int (json, "logits", estimate->logits);
  cli_json_int (json, "workspace", estimate->workspace);
  cli_json_int (json, "peak", estimate->peak);
  cli_json_int (json, "free", device->info.memory_free);
  json_builder_end_object (json);
}

/* A device that the precision does not run on has no line. */
static gboolean
show_device (Cli *cli, const ScopeDevice *device, gsize length, JsonBuilder *json, GError **error)
{
  ScopeEstimate estimate;
  if (device->reason != NULL)
    return TRUE;
  g_autoptr (ScopeBackend) backend
      = scope_registry_open (device->backend, device->device, cli->precision, NULL);
  if (backend == NULL)
    return TRUE;
  if (!scope_estimate (cli->model, backend, length, 0, SCOPE_RUN_KEEP_RESIDUAL, &estimate, error))
    return FALSE;
  g_autofree char *name = scope_backend_describe (backend);
  if (json != NULL)
    add_estimate (json, device, name, &estimate);
  else
    print_estimate (cli, device, name, &estimate, length);
  return TRUE;
}

gboolean
cli_show_memory (Cli *cli, gsize length, JsonBuilder *json, GError **error)
{
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  if (json != NULL) {
    cli_json_int (json, "memory_length", length);
    json_builder_set_member_name (json, "memory");
    json_builder_begin_array (json);
  }
  for (guint i = 0; i < devices->len; i++)
    if (!show_device (cli, g_ptr_array_index (devices, i), length, json, error))
      return FALSE;
  if (json != NULL)
    json_builder_end_array (json);
  return TRUE;
}

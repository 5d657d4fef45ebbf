#include <stdio.h>

#include "cli/cli.h"
#include "cli/ranks.h"

/* What a user of --precision should know; NULL: nothing. */
static const char *
note_of (const ScopeDevice *device)
{
  return g_str_equal (device->backend, "cpu") ? "tf32 and bf16 run as fp32" : NULL;
}

static void
print_words (const ScopeDevice *device)
{
  const char *note = note_of (device);
  printf ("%s:%d  ", device->backend, device->device);
  if (device->reason != NULL)
    printf ("not usable: %s\n", device->reason);
  else
    printf ("%s, %.1f GB%s%s\n", device->info.name, (double)device->info.memory_total / 1e9,
            note != NULL ? "; " : "", note != NULL ? note : "");
}

static void
add_json (JsonBuilder *json, const ScopeDevice *device)
{
  json_builder_begin_object (json);
  cli_json_string (json, "backend", device->backend);
  cli_json_int (json, "device", (gsize)MAX (device->device, 0));
  cli_json_boolean (json, "usable", device->reason == NULL);
  cli_json_string (json, "reason", device->reason);
  cli_json_string (json, "name", device->reason == NULL ? device->info.name : NULL);
  cli_json_string (json, "note", note_of (device));
  cli_json_int (json, "memory_total", device->info.memory_total);
  cli_json_int (json, "memory_free", device->info.memory_free);
  json_builder_end_object (json);
}

/* Several hosts at a time, which is no device, but decides where a sweep can run. */
static void
add_ranks (JsonBuilder *json)
{
  g_autoptr (GError) why = NULL;
  const ScopeTransport *transport = cli_ranks_transport (&why);
  json_builder_set_member_name (json, "mpi");
  json_builder_begin_object (json);
  cli_json_boolean (json, "usable", transport != NULL);
  cli_json_string (json, "reason", why != NULL ? why->message : NULL);
  cli_json_string (json, "library", transport != NULL ? transport->built_on : NULL);
  json_builder_end_object (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  if (!cli->json) {
    for (guint i = 0; i < devices->len; i++)
      print_words (g_ptr_array_index (devices, i));
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  json_builder_set_member_name (json, "devices");
  json_builder_begin_array (json);
  for (guint i = 0; i < devices->len; i++)
    add_json (json, g_ptr_array_index (devices, i));
  json_builder_end_array (json);
  add_ranks (json);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_devices = {
  .name = "devices",
  .arguments = "",
  .summary = "List what the network can run on, and why the rest cannot be used",
  .description
  = "One line per device: BACKEND:N, its name and memory (GB), or the reason why it is not\n"
    "usable. The processor runs fp32 and reference; tf32 and bf16 are for GPUs, and the\n"
    "processor runs them as fp32. --json says, too, whether MPI can spread a sweep over hosts.\n\n"
    "Example:\n"
    "  mambascope-cli devices\n",
  .run = run,
};

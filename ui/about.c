#include "ui/about.h"

#include "compute/registry.h"

/* One line for each device: what it is, or why it cannot be used. */
static void
append_devices (GString *out)
{
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  for (guint k = 0; k < devices->len; k++) {
    const ScopeDevice *device = g_ptr_array_index (devices, k);
    if (device->reason != NULL)
      g_string_append_printf (out, "%s: not usable: %s\n", device->backend, device->reason);
    else
      g_string_append_printf (out, "%s:%d: %s\n", device->backend, device->device,
                              device->info.name);
  }
}

/* What to paste under a question to somebody else. */
static char *
compute_status (ScopeSession *session)
{
  GString *out = g_string_new ("Mambascope " SCOPE_VERSION "\n");
  const char *used = scope_session_get_device (session);
  g_string_append_printf (out, "In use: %s (asked for: %s)\n\nDevices\n",
                          used != NULL ? used : "nothing is open",
                          scope_session_get_place (session));
  append_devices (out);
  g_string_append_printf (out, "\nGTK %u.%u.%u, libadwaita %u.%u.%u\n", gtk_get_major_version (),
                          gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (),
                          adw_get_micro_version ());
  return g_string_free (out, FALSE);
}

void
scope_about_show (GtkWindow *parent, ScopeSession *session)
{
  const char *used = scope_session_get_device (session);
  g_autofree char *status = compute_status (session);
  g_autofree char *comments
      = g_strdup_printf ("Shows what a Mamba language model remembers.\n\n%s\nAll devices, to be "
                         "copied, are under Troubleshooting.",
                         used != NULL ? used : "No model is open.");
  adw_show_about_window (parent, "application-name", "Mambascope", "application-icon",
                         "org.mambascope.Mambascope", "version", SCOPE_VERSION, "developer-name",
                         "The Mambascope developers", "license-type", GTK_LICENSE_APACHE_2_0,
                         "comments", comments, "debug-info", status, "debug-info-filename",
                         "mambascope-compute.txt", NULL);
}

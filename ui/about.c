#include "ui/about.h"

#include "compute/registry.h"

/* One line for each device: what it is, or why it cannot be used. */
static char *
compute_status (ScopeSession *session)
{
  GString *out = g_string_new (NULL);
  const char *used = scope_session_get_device (session);
  if (used != NULL && *used != '\0')
    g_string_append_printf (out, "In use: %s\n\n", used);
  g_autoptr (GPtrArray) devices = scope_registry_devices ();
  for (guint k = 0; k < devices->len; k++) {
    const ScopeDevice *device = g_ptr_array_index (devices, k);
    if (device->reason != NULL)
      g_string_append_printf (out, "%s: not usable: %s\n", device->backend, device->reason);
    else
      g_string_append_printf (out, "%s: %s\n", device->backend, device->info.name);
  }
  g_string_append_printf (out, "\nGTK %u.%u.%u, libadwaita %u.%u.%u\n", gtk_get_major_version (),
                          gtk_get_minor_version (), gtk_get_micro_version (),
                          adw_get_major_version (), adw_get_minor_version (),
                          adw_get_micro_version ());
  return g_string_free (out, FALSE);
}

void
scope_about_show (GtkWindow *parent, ScopeSession *session)
{
  g_autofree char *status = compute_status (session);
  g_autofree char *comments = g_strdup_printf ("Shows what a Mamba language model remembers.\n\n%s",
                                               scope_session_get_device (session) != NULL
                                                   ? scope_session_get_device (session)
                                                   : "No model is open.");
  adw_show_about_window (parent, "application-name", "Mambascope", "application-icon",
                         "org.mambascope.Mambascope", "version", SCOPE_VERSION, "developer-name",
                         "The Mambascope developers", "license-type", GTK_LICENSE_APACHE_2_0,
                         "comments", comments, "debug-info", status, "debug-info-filename",
                         "mambascope-compute.txt", NULL);
}

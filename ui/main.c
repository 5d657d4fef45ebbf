#include <locale.h>

#include "ui/application.h"
#include "ui/heap.h"

/* The resources live in a static library: naming them keeps them in the program. */
GResource *scope_ui_get_resource (void);

int
main (int argc, char **argv)
{
  scope_heap_init ();
  setlocale (LC_ALL, "");
  g_set_prgname ("mambascope");
  g_set_application_name ("Mambascope");
  g_resources_register (scope_ui_get_resource ());
  g_autoptr (ScopeApplication) application = scope_application_new ();
  int status = g_application_run (G_APPLICATION (application), argc, argv);
  return status != 0 ? status : scope_application_get_status (application);
}

/* Where the MPI module is, and whether it is wanted. */
#include <gmodule.h>

#include "base/error.h"
#include "cli/ranks.h"
#include "compute/module-dirs.h"

/* What launchers say of the number of ranks: Open MPI, MPICH and its kin, Slurm. */
gboolean
cli_ranks_launched (void)
{
  static const char *const names[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS" };
  for (gsize k = 0; k < G_N_ELEMENTS (names); k++) {
    const char *text = g_getenv (names[k]);
    guint64 ranks = 0;
    /* Slurm says it to programs without MPI, too: those have no PMI. */
    gboolean slurm = k == 2 && g_getenv ("PMIX_RANK") == NULL && g_getenv ("PMI_RANK") == NULL;
    if (text != NULL && !slurm && g_ascii_string_to_unsigned (text, 10, 2, G_MAXINT, &ranks, NULL))
      return TRUE;
  }
  return FALSE;
}

static char *
find_module (void)
{
  const char *folders[]
      = { g_getenv ("MAMBASCOPE_MODULE_DIR"), CLI_MPI_BUILD_DIR, SCOPE_MODULE_DIR };
  for (guint f = 0; f < G_N_ELEMENTS (folders); f++) {
    g_autofree char *path
        = folders[f] != NULL ? g_build_filename (folders[f], "scope-mpi.so", NULL) : NULL;
    if (path != NULL && g_file_test (path, G_FILE_TEST_EXISTS))
      return g_steal_pointer (&path);
  }
  return NULL;
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING, "%s", reason);
  return FALSE;
}

const ScopeTransport *
cli_ranks_transport (GError **error)
{
  const ScopeTransport *(*query) (void) = NULL;
  g_autofree char *path = find_module ();
  if (path == NULL) {
    refuse (error, "the MPI module is not installed");
    return NULL;
  }
  /* Its symbols are for all: the parts of Open MPI that it opens itself look for them. */
  GModule *module = g_module_open (path, 0);
  if (module == NULL || !g_module_symbol (module, SCOPE_TRANSPORT_QUERY, (gpointer *)&query)) {
    refuse (error, g_module_error ());
    return NULL;
  }
  g_module_make_resident (module);
  const ScopeTransport *transport = query ();
  if (transport->abi == SCOPE_TRANSPORT_ABI && transport->struct_size == sizeof *transport)
    return transport;
  g_set_error (error, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MISSING,
               "%s: expected transport interface %d, found %u", path, SCOPE_TRANSPORT_ABI,
               transport->abi);
  return NULL;
}

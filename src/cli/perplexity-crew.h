/* Who measures a perplexity sweep: this process, several devices of it, or the ranks of a job that
 * mpirun started. Main thread. */
#pragma once

#include "analysis/perplexity.h"
#include "cli/cli.h"
#include "cli/ranks.h"

G_BEGIN_DECLS

typedef struct {
  ScopePerplexitySettings settings;
  const char *devices; /* "0,1"; NULL: not given. For ranks: dealt out to those of each host */
  const char *resume;  /* the state's file; NULL: none is kept */
  CliRanks *ranks;     /* NULL: this process is alone */
} CliSweep;

/* Texts are the arguments from 1 on. Of several ranks only rank 0 calls FUNC; the others do what it
 * asks for and return TRUE. Leaves model and, where one device measures, schedule open. */
gboolean cli_sweep_measure (Cli *cli, const CliSweep *sweep, ScopePerplexityFunc func,
                            gpointer data, GError **error);

G_END_DECLS

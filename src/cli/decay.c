#include "analysis/decay.h"

#include <stdio.h>

#include "cli/cli.h"
#include "export/npy.h"

static char *layer_option, *channels_option, *out;

static const GOptionEntry options[] = {
  CLI_OPTION ("layer", layer_option, "layer, from 0 (default: all, side by side)", "I"),
  CLI_OPTION ("channels", channels_option, "channels of --layer, in this order (default: all)",
              "D,D,…"),
  CLI_OPTION ("out", out, "file to write (.npy; required)", "F.npy"),
  { NULL },
};

/* The curves of layers [first, first + layers), next to each other. */
static ScopeMatrix *
curves (Cli *cli, gsize first, gsize layers, GError **error)
{
  gsize channels = scope_model_config (cli->model)->channels;
  gsize tokens = scope_trace_length (cli->trace);
  g_autoptr (ScopeMatrix) all = scope_matrix_new (cli_real (cli), tokens, layers * channels, error);
  if (all == NULL)
    return NULL;
  for (gsize l = 0; l < layers; l++) {
    ScopeProgress part = cli_part ((double)l, (double)layers);
    g_autoptr (ScopeLayerTrace) layer
        = scope_trace_layer (cli->trace, first + l, NULL, &part, error);
    if (layer == NULL)
      return NULL;
    g_autoptr (ScopeMatrix) one = scope_decay_curves (layer, &part, error);
    if (one == NULL)
      return NULL;
    for (gsize t = 0; t < tokens; t++)
      for (gsize c = 0; c < channels; c++)
        scope_matrix_set (all, t, l * channels + c, scope_matrix_get (one, t, c));
  }
  return g_steal_pointer (&all);
}

typedef struct {
  gsize *index;
  gsize count; /* 0: all */
} Channels;

static void
channels_clear (Channels *self)
{
  g_free (self->index);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Channels, channels_clear)

static gboolean
read_channels (Channels *to, GError **error)
{
  if (channels_option != NULL && layer_option == NULL)
    return cli_usage (error, "decay: --channels needs --layer");
  return channels_option == NULL
         || cli_sizes ("--channels", channels_option, 0, &to->index, &to->count, error);
}

static gboolean
check_channels (const Cli *cli, const Channels *channels, GError **error)
{
  gsize all = scope_model_config (cli->model)->channels;
  for (gsize k = 0; k < channels->count; k++)
    if (!cli_check_index ("channel", channels->index[k], all, error))
      return FALSE;
  return TRUE;
}

/* Their columns of ALL, which is taken. */
static ScopeMatrix *
choose (ScopeMatrix *all, const Channels *channels, GError **error)
{
  g_autoptr (ScopeMatrix) owned = all;
  if (owned == NULL || channels->count == 0)
    return g_steal_pointer (&owned);
  gsize tokens = scope_matrix_rows (owned);
  ScopeMatrix *some = scope_matrix_new (scope_matrix_real (owned), tokens, channels->count, error);
  for (gsize t = 0; some != NULL && t < tokens; t++)
    for (gsize k = 0; k < channels->count; k++)
      scope_matrix_set (some, t, k, scope_matrix_get (owned, t, channels->index[k]));
  return some;
}

static gboolean
run (Cli *cli, GError **error)
{
  g_auto (Channels) channels = { 0 };
  gsize first = 0;
  if (!cli_require ("--out", out, error)
      || !cli_size ("--layer", layer_option, 0, G_MAXSIZE, &first, error)
      || !read_channels (&channels, error) || !cli_check_output (out, error)
      || !cli_open_model (cli, error) || !check_channels (cli, &channels, error)
      || !cli_check_index ("layer", first, scope_model_config (cli->model)->n_layer, error)
      || !cli_run (cli, SCOPE_RUN_KEEP_RESIDUAL, error))
    return FALSE;
  gsize layers = layer_option != NULL ? 1 : scope_model_config (cli->model)->n_layer;
  g_autoptr (ScopeMatrix) matrix = choose (curves (cli, first, layers, error), &channels, error);
  if (matrix == NULL || !scope_npy_write (matrix, out, error))
    return FALSE;
  gsize rows = scope_matrix_rows (matrix), columns = scope_matrix_columns (matrix);
  if (!cli->json) {
    printf ("%s: ln decay after %" G_GSIZE_FORMAT " tokens of %" G_GSIZE_FORMAT " channels\n", out,
            rows, columns);
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_int (json, "first_layer", first);
  cli_json_int (json, "layers", layers);
  if (channels.count > 0)
    cli_json_sizes (json, "channels", channels.index, channels.count);
  cli_json_string (json, "out", out);
  cli_json_shape (json, "shape", rows, columns);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_decay = {
  .name = "decay",
  .arguments = "MODEL TEXT",
  .summary = "Write the cumulative decay of every channel as .npy",
  .description
  = "Row t holds ln of the decay over tokens 0 to t, after the filter; (tokens, channels), or "
    "without\n"
    "--layer (tokens, layers x channels), the channels of a layer together. In Mamba it is the sum "
    "of\n"
    "ln(mean over states of exp(delta A)), in Mamba-2 A times the sum of delta. float32, or "
    "float64\n"
    "under --precision reference.\n\n"
    "Example:\n"
    "  mambascope-cli decay samples/models/novel-mamba2-6m text.txt --layer 3 --out decay.npy\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

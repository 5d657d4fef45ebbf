#include <stdio.h>

#include "analysis/table.h"
#include "cli/cli.h"

/* The names of the types the weights are stored in, in the order of their first use. */
static char *
dtype_names (const ScopeModel *model)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  gsize layers = scope_model_config (model)->n_layer;
  const ScopeWeight *outer[]
      = { scope_model_embedding (model), scope_model_final_norm (model), scope_model_head (model) };
  for (gsize i = 0; i < G_N_ELEMENTS (outer); i++)
    if (outer[i] != NULL)
      g_ptr_array_add (names, (gpointer)scope_dtype_name (outer[i]->dtype));
  for (gsize l = 0; l < layers; l++) {
    const ScopeLayerWeights *w = scope_model_layer (model, l);
    const ScopeWeight *inner[]
        = { w->norm,      w->in_proj,  w->in_proj_bias, w->conv,  w->conv_bias,
            w->x_proj,    w->dt_proj,  w->dt_bias,      w->a_log, w->d,
            w->gate_norm, w->out_proj, w->out_proj_bias };
    for (gsize i = 0; i < G_N_ELEMENTS (inner); i++)
      if (inner[i] != NULL)
        g_ptr_array_add (names, (gpointer)scope_dtype_name (inner[i]->dtype));
  }
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    guint first = 0;
    while (!g_str_equal (g_ptr_array_index (names, first), name))
      first++;
    if (first == i)
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", name);
  }
  return g_strdup (text->str);
}

/* A row of facts, for words and for JSON alike. */
typedef struct {
  const char *name;
  gsize value;
} Fact;

#define MAX_FACTS 24

static gsize
sizes (const ScopeModel *model, Fact *out)
{
  const ScopeConfig *c = scope_model_config (model);
  const Fact facts[] = {
    { "layers", c->n_layer },
    { "d_model", c->d_model },
    { "d_inner", c->d_inner },
    { "d_state", c->d_state },
    { "d_conv", c->d_conv },
    { "dt_rank", c->dt_rank }, /* Mamba */
    { "channels", c->channels },
    { "channels_total", c->channels * c->n_layer },
    { "lanes_per_channel", c->lanes },
    { "groups", c->groups },
    { "norm_groups", c->norm_groups },
    { "vocab_size", c->vocab_size },
    { "parameters", scope_model_parameters (model) },
    { "bytes", scope_model_bytes (model) },
  };
  G_STATIC_ASSERT (G_N_ELEMENTS (facts) <= MAX_FACTS);
  gsize count = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    if (facts[i].value > 0 || !g_str_equal (facts[i].name, "dt_rank"))
      out[count++] = facts[i];
  return count;
}

static void
print_words (Cli *cli, const char *dtypes, const char *path, ScopeTable *table)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (cli->model);
  Fact facts[MAX_FACTS];
  gsize count = sizes (cli->model, facts);
  printf ("%-18s %s\n", "model", scope_model_name (cli->model));
  printf ("%-18s %s\n", "family", scope_family_name (config->family));
  for (gsize i = 0; i < count; i++)
    printf ("%-18s %" G_GSIZE_FORMAT "\n", facts[i].name, facts[i].value);
  printf ("%-18s %s\n", "dtypes", dtypes);
  printf ("%-18s %s\n", "tied_embeddings", config->tie_embeddings ? "yes" : "no");
  if (tokenizer != NULL)
    printf ("%-18s %" G_GSIZE_FORMAT " ids\n", "tokenizer", scope_tokenizer_vocab_size (tokenizer));
  else
    printf ("%-18s none: only @ids.json texts\n", "tokenizer");
  printf ("%-18s %" G_GSIZE_FORMAT "%s\n", "train_length", scope_config_train_length (config),
          config->train_length == 0 ? " (the config does not say)" : "");
  if (table != NULL)
    printf ("%-18s %s: training length %" G_GSIZE_FORMAT ", theta %g, top %g\n", "table", path,
            scope_table_train_length (table), scope_table_theta (table), scope_table_top (table));
  else
    printf ("%-18s none\n", "table");
}

static void
print_json (Cli *cli, const char *dtypes, const char *path, ScopeTable *table)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (cli->model);
  Fact facts[MAX_FACTS];
  gsize count = sizes (cli->model, facts);
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "name", scope_model_name (cli->model));
  cli_json_string (json, "family", scope_family_name (config->family));
  for (gsize i = 0; i < count; i++)
    cli_json_int (json, facts[i].name, facts[i].value);
  cli_json_string (json, "dtypes", dtypes);
  cli_json_boolean (json, "tied_embeddings", config->tie_embeddings);
  cli_json_boolean (json, "tokenizer", tokenizer != NULL);
  if (tokenizer != NULL)
    cli_json_int (json, "tokenizer_ids", scope_tokenizer_vocab_size (tokenizer));
  cli_json_int (json, "train_length", scope_config_train_length (config));
  cli_json_boolean (json, "train_length_known", config->train_length > 0);
  cli_json_string (json, "table", table != NULL ? path : NULL);
  if (table != NULL) {
    cli_json_int (json, "table_train_length", scope_table_train_length (table));
    cli_json_real (json, "table_theta", scope_table_theta (table));
    cli_json_real (json, "table_top", scope_table_top (table));
  }
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  if (!cli_open_model (cli, error))
    return FALSE;
  g_autoptr (ScopeTable) table = NULL;
  g_autofree char *path
      = g_build_filename (scope_model_folder (cli->model), "longmamba.json", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS)) {
    table = scope_table_read (path, cli->model, error);
    if (table == NULL)
      return FALSE;
  }
  g_autofree char *dtypes = dtype_names (cli->model);
  if (cli->json)
    print_json (cli, dtypes, path, table);
  else
    print_words (cli, dtypes, path, table);
  return TRUE;
}

const CliCommand cli_info = {
  .name = "info",
  .arguments = "MODEL",
  .summary = "Describe a checkpoint: family, sizes, types, tokenizer, training length, table",
  .description
  = "Every weight is read and checked. \"channels\" are what has one time step: lanes of\n"
    "d_inner in Mamba, heads in Mamba-2. Sizes are counts; \"bytes\" are those of the weights\n"
    "as stored; \"table\" is LongMamba's longmamba.json in the folder.\n\n"
    "Example:\n"
    "  mambascope-cli info samples/models/rescue-mamba2-5m\n",
  .min_arguments = 1,
  .max_arguments = 1,
  .run = run,
};

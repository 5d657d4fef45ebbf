#include <stdio.h>

#include "analysis/table.h"
#include "cli/cli.h"

static char *length_text;
static gsize length; /* 0: the training length */

static const GOptionEntry options[] = {
  CLI_OPTION ("length", length_text,
              "tokens of the run whose memory is estimated (default: the training length)", "L"),
  { NULL },
};

/* One line of the description, for words and for JSON alike. */
typedef enum { FACT_COUNT, FACT_REAL, FACT_FLAG, FACT_WORD } FactKind;

typedef struct {
  FactKind kind;
  const char *name;
  gboolean shown; /* FALSE where the model has no such thing */
  double number;  /* sizes are below 2^53 */
  const char *word;
} Fact;

#define COUNT(name, shown, value) ((Fact){ FACT_COUNT, name, shown, (double)(value), NULL })
#define REAL(name, shown, value)  ((Fact){ FACT_REAL, name, shown, value, NULL })
#define FLAG(name, shown, value)  ((Fact){ FACT_FLAG, name, shown, value, NULL })
#define WORD(name, value)         ((Fact){ FACT_WORD, name, TRUE, 0, value })

static void
show_fact (const Fact *fact, JsonBuilder *json)
{
  switch (fact->kind) {
  case FACT_COUNT:
    if (json != NULL)
      cli_json_int (json, fact->name, (gsize)fact->number);
    else
      printf ("%-18s %.0f\n", fact->name, fact->number);
    break;
  case FACT_REAL:
    if (json != NULL)
      cli_json_real (json, fact->name, fact->number);
    else
      printf ("%-18s %g\n", fact->name, fact->number);
    break;
  case FACT_FLAG:
    if (json != NULL)
      cli_json_boolean (json, fact->name, fact->number != 0);
    else
      printf ("%-18s %s\n", fact->name, fact->number != 0 ? "yes" : "no");
    break;
  case FACT_WORD:
    if (json != NULL)
      cli_json_string (json, fact->name, fact->word);
    else
      printf ("%-18s %s\n", fact->name, fact->word);
    break;
  }
}

static void
show_facts (const Fact *facts, gsize count, JsonBuilder *json)
{
  for (gsize i = 0; i < count; i++)
    if (facts[i].shown)
      show_fact (&facts[i], json);
}

static void
show_sizes (const ScopeModel *model, JsonBuilder *json)
{
  const ScopeConfig *c = scope_model_config (model);
  gboolean s6 = !scope_config_is_ssd (c);
  const Fact facts[] = {
    WORD ("family", scope_family_name (c->family)),
    WORD ("layout", c->dialect == SCOPE_DIALECT_STATE_SPACES ? "state-spaces" : "Hugging Face"),
    COUNT ("layers", TRUE, c->n_layer),
    COUNT ("d_model", TRUE, c->d_model),
    COUNT ("d_inner", TRUE, c->d_inner),
    COUNT ("d_state", TRUE, c->d_state),
    COUNT ("d_conv", TRUE, c->d_conv),
    COUNT ("dt_rank", s6, c->dt_rank),
    COUNT ("channels", TRUE, c->channels),
    COUNT ("channels_total", TRUE, c->channels * c->n_layer),
    COUNT ("lanes_per_channel", TRUE, c->lanes),
    COUNT ("groups", TRUE, c->groups),
    COUNT ("norm_groups", TRUE, c->norm_groups),
    COUNT ("vocab_size", TRUE, c->vocab_size),
    COUNT ("parameters", TRUE, scope_model_parameters (model)),
    COUNT ("bytes", TRUE, scope_model_bytes (model)),
  };
  show_facts (facts, G_N_ELEMENTS (facts), json);
}

/* What else of the config changes the computation. */
static void
show_options (const ScopeModel *model, JsonBuilder *json)
{
  const ScopeConfig *c = scope_model_config (model);
  gboolean ssd = scope_config_is_ssd (c);
  const Fact facts[] = {
    FLAG ("tied_embeddings", TRUE, c->tie_embeddings),
    FLAG ("bias", TRUE, c->use_bias),
    FLAG ("conv_bias", TRUE, c->use_conv_bias),
    WORD ("norm", c->layer_norm ? "LayerNorm" : "RMSNorm"),
    REAL ("norm_eps", TRUE, c->norm_eps),
    FLAG ("gate_norm", ssd, c->gate_norm),
    REAL ("gate_norm_eps", c->gate_norm, c->gate_norm_eps),
    FLAG ("norm_before_gate", c->gate_norm, c->norm_before_gate),
    REAL ("mixer_norm_eps", c->mixer_norms, c->mixer_norm_eps),
    REAL ("delta_min", ssd, c->delta_min),
    REAL ("delta_max", ssd, c->delta_max),
  };
  show_facts (facts, G_N_ELEMENTS (facts), json);
}

static void
show_hybrid_layers (const ScopeConfig *config, JsonBuilder *json)
{
  gsize places[SCOPE_MAX_HYBRID_LAYERS], count = 0;
  for (gsize i = 0; i < config->n_layer; i++)
    if (scope_config_layer_kind (config, i) == SCOPE_LAYER_HYBRID)
      places[count++] = i;
  if (json != NULL) {
    cli_json_sizes (json, "hybrid_layers", places, count);
    return;
  }
  printf ("%-18s", "hybrid_layers");
  for (gsize i = 0; i < count; i++)
    printf (" %" G_GSIZE_FORMAT, places[i]);
  printf ("\n");
}

static void
show_shared (const ScopeModel *model, JsonBuilder *json)
{
  const ScopeConfig *c = scope_model_config (model);
  const ScopeSharedConfig *s = &c->shared;
  if (s->blocks == 0)
    return;
  const Fact facts[] = {
    COUNT ("ssm_layers", TRUE, c->n_layer - s->invocations),
    COUNT ("shared_blocks", TRUE, s->blocks),
    COUNT ("attention_heads", TRUE, s->heads),
    COUNT ("key_heads", TRUE, s->kv_heads),
    COUNT ("head_width", TRUE, s->head_dim),
    COUNT ("mlp_width", TRUE, s->intermediate),
    WORD ("mlp_activation", s->activation == SCOPE_ACTIVATION_GELU ? "gelu" : "silu"),
    COUNT ("adapter_rank", TRUE, s->adapter_rank),
    FLAG ("attention_adapters", TRUE, s->attention_adapters),
    FLAG ("rope", TRUE, s->rope),
    REAL ("rope_theta", s->rope, s->rope_theta),
  };
  show_hybrid_layers (c, json);
  show_facts (facts, G_N_ELEMENTS (facts), json);
}

/* The names of the types the weights are stored in, in the order of their first use. */
static char *
dtype_names (const ScopeModel *model)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint seen = 0;
  for (gsize i = 0; i < scope_model_weight_count (model); i++) {
    ScopeDtype dtype = scope_model_weight (model, i)->dtype;
    if ((seen >> dtype & 1) == 0)
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", scope_dtype_name (dtype));
    seen |= 1u << dtype;
  }
  return g_strdup (text->str);
}

static void
print_words (Cli *cli, const char *dtypes, const char *path, ScopeTable *table)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (cli->model);
  const GError *reason = scope_model_tokenizer_error (cli->model);
  printf ("%-18s %s\n", "model", scope_model_name (cli->model));
  show_sizes (cli->model, NULL);
  printf ("%-18s %s\n", "dtypes", dtypes);
  show_options (cli->model, NULL);
  show_shared (cli->model, NULL);
  if (tokenizer != NULL)
    printf ("%-18s %" G_GSIZE_FORMAT " ids\n", "tokenizer", scope_tokenizer_vocab_size (tokenizer));
  else
    printf ("%-18s none: only @ids.json texts%s%s\n", "tokenizer", reason != NULL ? "; " : "",
            reason != NULL ? reason->message : "");
  printf ("%-18s %" G_GSIZE_FORMAT "%s\n", "train_length", scope_config_train_length (config),
          config->train_length == 0 ? " (the config does not say)" : "");
  if (table != NULL)
    printf ("%-18s %s: training length %" G_GSIZE_FORMAT ", theta %g, top %g\n", "table", path,
            scope_table_train_length (table), scope_table_theta (table), scope_table_top (table));
  else
    printf ("%-18s none\n", "table");
}

static gsize
run_length (const Cli *cli)
{
  return length > 0 ? length : scope_config_train_length (scope_model_config (cli->model));
}

static gboolean
print_json (Cli *cli, const char *dtypes, const char *path, ScopeTable *table, GError **error)
{
  const ScopeConfig *config = scope_model_config (cli->model);
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (cli->model);
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "name", scope_model_name (cli->model));
  show_sizes (cli->model, json);
  cli_json_string (json, "dtypes", dtypes);
  show_options (cli->model, json);
  show_shared (cli->model, json);
  cli_json_boolean (json, "tokenizer", tokenizer != NULL);
  if (tokenizer != NULL)
    cli_json_int (json, "tokenizer_ids", scope_tokenizer_vocab_size (tokenizer));
  else if (scope_model_tokenizer_error (cli->model) != NULL)
    cli_json_string (json, "tokenizer_error", scope_model_tokenizer_error (cli->model)->message);
  cli_json_int (json, "train_length", scope_config_train_length (config));
  cli_json_boolean (json, "train_length_known", config->train_length > 0);
  cli_json_string (json, "table", table != NULL ? path : NULL);
  if (table != NULL) {
    cli_json_int (json, "table_train_length", scope_table_train_length (table));
    cli_json_real (json, "table_theta", scope_table_theta (table));
    cli_json_real (json, "table_top", scope_table_top (table));
  }
  if (!cli_show_memory (cli, run_length (cli), json, error)) {
    g_object_unref (json);
    return FALSE;
  }
  cli_json_end (json);
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  if (!cli_size ("--length", length_text, 1, G_MAXINT32, &length, error)
      || !cli_open_model (cli, error))
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
    return print_json (cli, dtypes, path, table, error);
  print_words (cli, dtypes, path, table);
  return cli_show_memory (cli, run_length (cli), NULL, error);
}

const CliCommand cli_info = {
  .name = "info",
  .arguments = "MODEL",
  .summary = "Describe a checkpoint: family, sizes, types, tokenizer, training length, table",
  .description
  = "Every weight is read and checked. \"channels\" are what has one time step: lanes of\n"
    "d_inner in Mamba, heads in Mamba-2. Sizes are counts; \"bytes\" are those of the weights\n"
    "as stored; \"hybrid_layers\" are those that a shared transformer block precedes;\n"
    "\"table\" is LongMamba's longmamba.json in the folder. \"memory\" is what a run of\n"
    "--length tokens whose layers are looked at takes on each device: copies of weights (none\n"
    "of those used from the file), the trace, one layer, the workspace, and the most at a time.\n\n"
    "Example:\n"
    "  mambascope-cli info samples/models/rescue-mamba2-5m\n",
  .min_arguments = 1,
  .max_arguments = 1,
  .options = options,
  .run = run,
};

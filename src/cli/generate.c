#include "analysis/generate.h"

#include <stdio.h>

#include "cli/cli.h"

static char *tokens_option;
static gboolean stop;

static const GOptionEntry options[] = {
  CLI_OPTION ("tokens", tokens_option, "how many tokens (default 20)", "N"),
  CLI_FLAG ("stop", stop, "stop after the end-of-text token"),
  { NULL },
};

static gint32 *
ids_of (const GArray *steps)
{
  gint32 *ids = g_new (gint32, steps->len);
  for (guint s = 0; s < steps->len; s++)
    ids[s] = g_array_index (steps, ScopeStep, s).id;
  return ids;
}

static void
print_words (const ScopeTokenizer *tokenizer, const GArray *steps, const gint32 *ids)
{
  if (tokenizer == NULL) {
    for (guint s = 0; s < steps->len; s++)
      printf (s > 0 ? " %d" : "%d", ids[s]);
  } else {
    gsize length;
    g_autofree char *text = scope_tokenizer_decode (tokenizer, ids, steps->len, &length);
    fwrite (text, 1, length, stdout);
  }
  putchar ('\n');
}

static void
add_pieces (JsonBuilder *json, const ScopeTokenizer *tokenizer, const gint32 *ids, gsize count)
{
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_tokens (tokenizer, ids, count);
  g_autofree char *text = scope_tokenizer_decode (tokenizer, ids, count, NULL);
  cli_json_string (json, "continuation", text);
  json_builder_set_member_name (json, "pieces");
  json_builder_begin_array (json);
  for (gsize i = 0; i < count; i++) {
    g_autofree char *piece = scope_tokens_display (tokens, i);
    json_builder_add_string_value (json, piece);
  }
  json_builder_end_array (json);
}

static void
print_json (Cli *cli, const ScopeTokenizer *tokenizer, const GArray *steps, const gint32 *ids)
{
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_ids (json, "ids", ids, steps->len);
  if (tokenizer != NULL)
    add_pieces (json, tokenizer, ids, steps->len);
  json_builder_set_member_name (json, "probabilities");
  json_builder_begin_array (json);
  for (guint s = 0; s < steps->len; s++)
    json_builder_add_double_value (json, g_array_index (steps, ScopeStep, s).probability);
  json_builder_end_array (json);
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  gsize count = 20;
  if (!cli_size ("--tokens", tokens_option, 1, 1 << 20, &count, error)
      || !cli_run (cli, SCOPE_RUN_LOGITS_ONLY, error))
    return FALSE;
  g_autoptr (GArray) steps = scope_generate (cli->trace, count, stop, cli_progress (), error);
  if (steps == NULL)
    return FALSE;
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (cli->model);
  g_autofree gint32 *ids = ids_of (steps);
  if (cli->json)
    print_json (cli, tokenizer, steps, ids);
  else
    print_words (tokenizer, steps, ids);
  return TRUE;
}

const CliCommand cli_generate = {
  .name = "generate",
  .arguments = "MODEL TEXT",
  .summary = "Continue a text greedily",
  .description
  = "The likeliest token at each step, ties to the smaller id. The filter acts on the text\n"
    "alone, not on what is generated. Without a tokenizer the ids are printed. JSON has\n"
    "\"ids\", \"pieces\" and \"probabilities\".\n\n"
    "Example:\n"
    "  mambascope-cli generate samples/models/rescue-mamba2-5m key.txt --tokens 7 \\\n"
    "      --filter longmamba\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

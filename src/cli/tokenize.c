#include <stdio.h>

#include "cli/cli.h"

static void
print_words (const ScopeTokens *tokens)
{
  for (gsize i = 0; i < scope_tokens_count (tokens); i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    g_autofree char *piece = scope_tokens_display (tokens, i);
    printf ("%" G_GSIZE_FORMAT "\t%d\t%" G_GSIZE_FORMAT "\t%" G_GSIZE_FORMAT "\t%s\n", i,
            scope_tokens_ids (tokens)[i], span.begin, span.end, piece);
  }
}

static void
print_json (Cli *cli, const ScopeTokens *tokens)
{
  gsize count = scope_tokens_count (tokens);
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_ids (json, "ids", scope_tokens_ids (tokens), count);
  json_builder_set_member_name (json, "spans");
  json_builder_begin_array (json);
  for (gsize i = 0; i < count; i++) {
    ScopeSpan span = scope_tokens_span (tokens, i);
    json_builder_begin_array (json);
    json_builder_add_int_value (json, (gint64)span.begin);
    json_builder_add_int_value (json, (gint64)span.end);
    json_builder_end_array (json);
  }
  json_builder_end_array (json);
  json_builder_set_member_name (json, "pieces");
  json_builder_begin_array (json);
  for (gsize i = 0; i < count; i++) {
    g_autofree char *piece = scope_tokens_display (tokens, i);
    json_builder_add_string_value (json, piece);
  }
  json_builder_end_array (json);
  cli_json_end (json);
}

static gboolean
run (Cli *cli, GError **error)
{
  if (!cli_read_text (cli, error))
    return FALSE;
  if (cli->json)
    print_json (cli, cli->tokens);
  else
    print_words (cli->tokens);
  return TRUE;
}

const CliCommand cli_tokenize = {
  .name = "tokenize",
  .arguments = "MODEL TEXT",
  .summary = "Show the tokens of a text",
  .description
  = "One line per token, with tabs between: index, id, first byte, one past the last byte,\n"
    "and the token's text with control characters as pictures and broken characters as\n"
    "<0xE2>. JSON: {\"tokens\": N, \"ids\": [...], \"spans\": [[begin, end], ...],\n"
    "\"pieces\": [...]}.\n\n"
    "Example:\n"
    "  echo Once upon a time | mambascope-cli tokenize samples/models/novel-mamba-6m -\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .run = run,
};

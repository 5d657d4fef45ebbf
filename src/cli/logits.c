#include <math.h>
#include <stdio.h>

#include "analysis/perplexity.h"
#include "cli/cli.h"

static char *out, *last;
static gboolean surprisal;

static const GOptionEntry options[] = {
  CLI_OPTION ("out", out, "file to write (.npy; required)", "F.npy"),
  CLI_OPTION ("last", last, "only the last N tokens (default all)", "N"),
  CLI_FLAG ("surprisal", surprisal, "-ln p of each token, given all before it, in place of logits"),
  { NULL },
};

/* Logits of tokens [begin, end) into their rows of MADE, the first of which is FIRST's. */
static gboolean
fill_rows (Cli *cli, gsize begin, gsize end, gsize first, ScopeMatrix *made, GError **error)
{
  g_autoptr (ScopeMatrix) part = scope_trace_logits (cli->trace, begin, end, NULL, error);
  if (part == NULL)
    return FALSE;
  for (gsize t = 0; t < end - begin; t++)
    for (gsize v = 0; v < scope_matrix_columns (part); v++)
      scope_matrix_set (made, begin - first + t, v, scope_matrix_get (part, t, v));
  return TRUE;
}

/* Tokens that a filter dropped on the way have none: NaN. LEFT: those that have, of gsize;
 * neighbours are asked for together. */
static ScopeMatrix *
rows_with_gaps (Cli *cli, const GArray *left, gsize begin, gsize end, GError **error)
{
  gsize vocab = scope_model_config (cli->model)->vocab_size, run_begin = begin, run_end = begin;
  g_autoptr (ScopeMatrix) made = scope_matrix_new (cli_real (cli), end - begin, vocab, error);
  if (made == NULL)
    return NULL;
  for (gsize i = 0; i < (end - begin) * vocab; i++)
    scope_matrix_set (made, i / vocab, i % vocab, NAN);
  for (guint k = 0; k <= left->len; k++) {
    gsize token = k < left->len ? g_array_index (left, gsize, k) : end;
    if (token >= begin && token < end && token == run_end) {
      run_end++;
      continue;
    }
    if (run_end > run_begin && !fill_rows (cli, run_begin, run_end, begin, made, error))
      return NULL;
    run_begin = token;
    run_end = token >= begin && token < end ? token + 1 : token;
  }
  return g_steal_pointer (&made);
}

/* DATA is the first token that is written. */
static ScopeMatrix *
rows (Cli *cli, gsize begin, gsize end, gpointer data, GError **error)
{
  const gsize *first = data;
  const GArray *left = scope_trace_positions (cli->trace, scope_model_config (cli->model)->n_layer);
  if (left != NULL)
    return rows_with_gaps (cli, left, *first + begin, *first + end, error);
  return scope_trace_logits (cli->trace, *first + begin, *first + end, NULL, error);
}

/* Of token t, which row t - 1 of the logits predicts; nothing is known of the first one. */
static ScopeMatrix *
surprisal_rows (Cli *cli, gsize begin, gsize end, gpointer data, GError **error)
{
  gsize first = *(const gsize *)data + begin, count = end - begin, unknown = first == 0;
  g_autoptr (ScopeMatrix) made = scope_matrix_new (cli_real (cli), count, 1, error);
  g_autofree double *nll = g_new (double, count);
  nll[0] = NAN;
  if (made == NULL
      || (count > unknown
          && !scope_nll (cli->trace, scope_tokens_ids (cli->tokens), first + unknown - 1,
                         first + count - 1, nll + unknown, NULL, error)))
    return NULL;
  for (gsize t = 0; t < count; t++)
    scope_matrix_set (made, t, 0, nll[t]);
  return g_steal_pointer (&made);
}

static gboolean
run (Cli *cli, GError **error)
{
  gsize count = G_MAXSIZE;
  if (!cli_require ("--out", out, error) || !cli_size ("--last", last, 1, G_MAXSIZE, &count, error)
      || !cli_check_output (out, error) || !cli_run (cli, SCOPE_RUN_LOGITS_ONLY, error))
    return FALSE;
  gsize tokens = scope_trace_length (cli->trace);
  gsize columns = surprisal ? 1 : scope_model_config (cli->model)->vocab_size;
  count = MIN (count, tokens);
  gsize first = tokens - count;
  if (!cli_write_rows (cli, out, count, columns, surprisal ? surprisal_rows : rows, &first, error))
    return FALSE;
  if (!cli->json) {
    printf ("%s: %s of %" G_GSIZE_FORMAT " tokens, %" G_GSIZE_FORMAT " column%s\n", out,
            surprisal ? "surprisal" : "logits", count, columns, columns == 1 ? "" : "s");
    return TRUE;
  }
  JsonBuilder *json = cli_json_begin (cli);
  cli_json_string (json, "out", out);
  cli_json_int (json, "first_token", first);
  cli_json_shape (json, "shape", count, columns);
  cli_json_end (json);
  return TRUE;
}

const CliCommand cli_logits = {
  .name = "logits",
  .arguments = "MODEL TEXT",
  .summary = "Write the logits of every token as .npy",
  .description
  = "The array is (tokens, rows of the embedding), float32, or float64 under\n"
    "--precision reference. Row t predicts token t + 1. It is written in blocks: memory\n"
    "does not grow with its size. Rows of tokens that a filter dropped on the way (decimamba) are\n"
    "NaN. A --last beyond the text means the whole text.\n"
    "--surprisal writes (tokens, 1) nats: -ln p of each token, NaN for the first.\n\n"
    "Example:\n"
    "  mambascope-cli logits samples/models/novel-mamba-6m text.txt --out logits.npy --last 1\n",
  .min_arguments = 2,
  .max_arguments = 2,
  .options = options,
  .run = run,
};

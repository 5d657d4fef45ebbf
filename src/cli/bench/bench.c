#include "cli/bench/bench.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/parallel.h"

static char **shape_names;
static char *token_list, *what_list, *repeats_text, *out;

static const GOptionEntry options[] = {
  { "shape", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &shape_names,
    "random weights of a published shape, repeatable (default mamba-130m)", "NAME" },
  CLI_OPTION ("tokens", token_list, "lengths for forward, scan and ops (default 2048)", "N,N"),
  CLI_OPTION ("what", what_list, "parts, with commas (default: all)", "PARTS"),
  CLI_OPTION ("repeats", repeats_text, "timed repeats (default 7)", "N"),
  CLI_OPTION ("out", out, "write the JSON document to a file", "F.json"),
  { NULL },
};

static const char *const parts[BENCH_N_PARTS + 1] = {
  [BENCH_COPY] = "copy",         [BENCH_PRODUCT] = "product",
  [BENCH_FORWARD] = "forward",   [BENCH_SCAN] = "scan",
  [BENCH_OPS] = "ops",           [BENCH_MAP] = "map",
  [BENCH_OVERVIEW] = "overview", [BENCH_THUMBNAILS] = "thumbnails",
  [BENCH_FIELDS] = "fields",     [BENCH_CALIBRATE] = "calibrate",
  [BENCH_TOGGLE] = "toggle",
};

static gboolean
read_parts (Bench *self, GError **error)
{
  g_auto (GStrv) asked = g_strsplit (what_list != NULL ? what_list : "", ",", -1);
  for (guint p = 0; p < BENCH_N_PARTS; p++)
    self->wanted[p] = what_list == NULL || g_strv_contains ((const char *const *)asked, parts[p]);
  for (guint i = 0; asked[i] != NULL; i++)
    if (!g_strv_contains (parts, asked[i])) {
      g_autofree char *known = g_strjoinv (", ", (char **)parts);
      return cli_usage (error, "--what: expected some of %s, found \"%s\"", known, asked[i]);
    }
  return what_list == NULL || asked[0] != NULL
         || cli_usage (error, "--what: expected at least one part");
}

static gboolean
check_shapes (const Cli *cli, GError **error)
{
  if (cli->n_arguments > 0 && shape_names != NULL)
    return cli_usage (error, "bench: --shape does not go with MODEL TEXT");
  if (cli->n_arguments == 1)
    return cli_usage (error, "bench: expected TEXT after MODEL");
  for (char **name = shape_names; name != NULL && *name != NULL; name++)
    if (!g_strv_contains (bench_shape_names (), *name)) {
      g_autofree char *known = g_strjoinv (", ", (char **)bench_shape_names ());
      return cli_usage (error, "--shape: expected one of %s, found \"%s\"", known, *name);
    }
  return TRUE;
}

static gboolean
read_options (Bench *self, gsize **tokens, GError **error)
{
  self->repeats = 7;
  if (!check_shapes (self->cli, error) || !read_parts (self, error)
      || !cli_size ("--repeats", repeats_text, 1, 10000, &self->repeats, error)
      || !cli_sizes ("--tokens", token_list, 1, tokens, &self->n_tokens, error))
    return FALSE;
  if (*tokens != NULL)
    self->tokens = *tokens;
  for (gsize i = 0; i < self->n_tokens; i++)
    if (self->tokens[i] > G_MAXINT32)
      return cli_usage (error, "--tokens: expected at most %d", G_MAXINT32);
  return out == NULL || cli_check_output (out, error);
}

/* The same ids in each run, all over the vocabulary. */
static gint32 *
made_up_ids (const ScopeConfig *config, gsize count)
{
  gint32 *ids = g_new (gint32, count);
  for (gsize t = 0; t < count; t++)
    ids[t] = (gint32)((t * 7919 + t / 3 * 104729) % config->vocab_size);
  return ids;
}

static gboolean
run_network (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  gboolean forward = self->wanted[BENCH_FORWARD] && self->cli->schedule != NULL;
  return (!forward || bench_forward (self, ids, count, error))
         && (!(self->wanted[BENCH_OPS] || self->wanted[BENCH_SCAN])
             || bench_ops (self, count, error));
}

static gboolean
run_filter (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  return (!self->wanted[BENCH_CALIBRATE] || bench_calibrate (self, ids, count, error))
         && (!self->wanted[BENCH_TOGGLE] || bench_toggle (self, ids, count, error));
}

static void
close_model (Cli *cli)
{
  g_clear_pointer (&cli->schedule, scope_schedule_unref);
  g_clear_pointer (&cli->model, scope_model_unref);
}

static gboolean
open_model (Bench *self, const char *shape, GError **error)
{
  if (!self->wanted[BENCH_FORWARD] && !self->wanted[BENCH_CALIBRATE] && !self->wanted[BENCH_TOGGLE])
    return TRUE;
  Cli *cli = self->cli;
  GError *refusal = NULL;
  cli->model = bench_model_new (shape, error);
  if (cli->model == NULL)
    return FALSE;
  cli->schedule = scope_schedule_new (cli->model, self->backend, cli_progress (), &refusal);
  return cli->schedule != NULL || bench_refused (self, "forward", "weights", 0, refusal, error);
}

#define TOGGLE_TOKENS 2048

static gboolean
run_lengths (Bench *self, GError **error)
{
  for (gsize i = 0; i < self->n_tokens; i++) {
    g_autofree gint32 *ids = made_up_ids (self->config, self->tokens[i]);
    if (!run_network (self, ids, self->tokens[i], error))
      return FALSE;
  }
  g_autofree gint32 *ids = made_up_ids (self->config, TOGGLE_TOKENS);
  return self->cli->schedule == NULL || run_filter (self, ids, TOGGLE_TOKENS, error);
}

static gboolean
run_shape (Bench *self, const char *shape, GError **error)
{
  g_autofree char *text = bench_shape_config (shape);
  ScopeConfig config;
  if (!scope_config_parse (&config, text, strlen (text), shape, error))
    return FALSE;
  self->shape = shape;
  self->config = &config;
  gboolean done
      = open_model (self, shape, error) && run_lengths (self, error) && bench_maps (self, error);
  close_model (self->cli);
  return done;
}

static gboolean
run_text (Bench *self, GError **error)
{
  Cli *cli = self->cli;
  if (!cli_read_text (cli, error))
    return FALSE;
  cli->schedule = scope_schedule_new (cli->model, self->backend, cli_progress (), error);
  if (cli->schedule == NULL)
    return FALSE;
  const gint32 *ids = scope_tokens_ids (cli->tokens);
  gsize count = scope_tokens_count (cli->tokens);
  self->shape = scope_model_name (cli->model);
  self->config = scope_model_config (cli->model);
  return run_network (self, ids, count, error) && run_filter (self, ids, count, error)
         && bench_maps_of (self, ids, count, error);
}

static gboolean
run_parts (Bench *self, GError **error)
{
  self->shape = "-";
  if (!bench_rates (self, error))
    return FALSE;
  if (self->cli->n_arguments > 0)
    return run_text (self, error);
  if (shape_names == NULL)
    return run_shape (self, "mamba-130m", error);
  for (char **name = shape_names; *name != NULL; name++)
    if (!run_shape (self, *name, error))
      return FALSE;
  return TRUE;
}

static char *
make_json (Bench *self)
{
  g_autofree char *device = scope_backend_describe (self->backend);
  JsonBuilder *json = cli_json_begin (self->cli);
  cli_json_string (json, "backend", self->backend->ops->name);
  cli_json_string (json, "device", device);
  cli_json_string (json, "precision", scope_precision_name (self->backend->precision));
  cli_json_int (json, "threads", scope_parallel_threads ());
  cli_json_real (json, "copy_bytes_per_s", self->copy_rate);
  cli_json_real (json, "product_flop_per_s", self->product_rate);
  cli_json_sheet (json, "rows", self->sheet);
  return cli_json_text (json);
}

static gboolean
report (Bench *self, GError **error)
{
  g_autofree char *json = make_json (self);
  if (out != NULL && !scope_file_write (out, json, strlen (json), error))
    return FALSE;
  if (self->cli->json) {
    fputs (json, stdout);
    return TRUE;
  }
  g_autofree char *device = scope_backend_describe (self->backend);
  printf ("%s, %s, copies %.4g GB/s, products %.4g TFLOP/s\n\n", device,
          scope_precision_name (self->backend->precision), self->copy_rate * 1e-9,
          self->product_rate * 1e-12);
  cli_sheet_print_table (self->sheet);
  return TRUE;
}

static gboolean
run (Cli *cli, GError **error)
{
  static gsize default_tokens[] = { 2048 };
  g_autofree gsize *tokens = NULL;
  Bench bench = { .cli = cli, .tokens = default_tokens, .n_tokens = 1 };
  if (!read_options (&bench, &tokens, error))
    return FALSE;
  g_autoptr (CliSheet) sheet = cli_sheet_new (
      "shape,what,case,tokens,ms,min_ms,q1_ms,q3_ms,cpu_ms,tokens_per_s,gbytes,gflop,"
      "floor_ms,over_floor,repeats,calls,note");
  bench.sheet = sheet;
  if (!cli_open_backend (cli, error))
    return FALSE;
  bench.backend = cli->backend;
  if (!run_parts (&bench, error))
    return FALSE;
  g_clear_pointer (&cli->schedule, scope_schedule_unref);
  return report (&bench, error);
}

const CliCommand cli_bench = {
  .name = "bench",
  .arguments = "[MODEL TEXT]",
  .summary = "Measure how fast everything runs, beside what the machine could do",
  .description
  = "Of random weights in a published shape, or of MODEL on TEXT. Parts: copy, product, forward,\n"
    "scan, ops, map, overview, thumbnails, fields, calibrate, toggle. Shapes:\n"
    "mamba-130m, -370m, -790m, -1.4b, -2.8b, mamba2-130m, -370m, -780m, -1.3b, -2.7b, sample;\n"
    "no checkpoint is needed. Each row is the median of the repeats with the least and the\n"
    "quartiles. floor_ms is the time that the row's bytes (each tensor once) or matrix products\n"
    "would take at the rates of copy and product, measured first; over_floor the ratio. Maps are\n"
    "of one channel at 2048 and 16384 tokens. cpu_ms is what the host's processors spent, all\n"
    "threads together.\n\n"
    "Example:\n"
    "  mambascope-cli bench --shape mamba-130m --tokens 2048,16384 --what forward,ops --json\n",
  .max_arguments = 2,
  .options = options,
  .run = run,
};

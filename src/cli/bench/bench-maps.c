/* Whole maps, overviews, thumbnails and fields of one layer: of random Δ, B and C at the two
 * published lengths, or of a text's. */
#include "cli/bench/bench.h"

#include "analysis/field.h"
#include "base/error.h"

#define LONG     16384
#define SHORT    2048
#define OVERVIEW 1024
#define THUMB    64
#define FEW_ROWS 64

typedef struct {
  Bench *bench;
  gsize tokens;
  ScopeMapSource source;
} Maps;

/* Cells on and below the diagonal, each a product of rank N. */
static double
cell_flop (const Maps *self)
{
  return (double)self->tokens * (double)self->tokens * (double)self->source.states;
}

static double
real_size (const Maps *self)
{
  return (double)scope_type_size (scope_backend_real (self->bench->backend));
}

static gboolean
row (const Maps *self, const char *what, const char *detail, ScopeOp op, const void *params,
     BenchWork work, GError **error)
{
  ScopeBackend *backend = self->bench->backend;
  char message[512] = "";
  if (!backend->ops->supports (backend, op, params, message, sizeof message))
    return bench_refused (self->bench, what, detail, self->tokens,
                          g_error_new (SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_UNSUPPORTED,
                                       "not supported: %s", message),
                          error);
  BenchOp run = { backend, op, params };
  return bench_row (self->bench, what, detail, self->tokens, work, bench_run_op, &run, error);
}

static gboolean
map_of (const Maps *self, ScopeType type, const char *name, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->bench->backend);
  ScopeOpAttention op = { .source = self->source,
                          .channel = (int64_t)self->bench->config->channels / 2,
                          .shade = { SCOPE_SHADE_SYMLOG, 1e-4, 1 } };
  GError *refusal = NULL;
  if (!bench_tensor (tensors, type, self->tokens, self->tokens, 0, 0, &op.out, &refusal))
    return bench_refused (self->bench, "map", name, self->tokens, refusal, error);
  double cells = (double)self->tokens * (double)self->tokens;
  BenchWork work = { .bytes = cells * (double)scope_type_size (type), .flop = cell_flop (self) };
  return row (self, "map", name, SCOPE_OP_ATTENTION, &op, work, error);
}

static gboolean
bench_map (const Maps *self, GError **error)
{
  return map_of (self, scope_backend_real (self->bench->backend), "one channel", error)
         && map_of (self, SCOPE_TYPE_U8, "one channel, 8 bits", error);
}

static const struct {
  ScopeReduce reduce;
  const char *name;
} reductions[] = {
  { SCOPE_REDUCE_MEAN, "mean" },
  { SCOPE_REDUCE_ABSMEAN, "absmean" },
  { SCOPE_REDUCE_ABSMAX, "absmax" },
};

/* A mean needs no cells: its sums separate. The others see each cell once. */
static BenchWork
reduced_work (const Maps *self, ScopeReduce reduce, gsize side, gsize channels)
{
  double inputs
      = (double)self->tokens * (real_size (self) * (1 + 2 * (double)self->source.states) + 8);
  return (
      BenchWork){ .bytes = (double)channels * (inputs + (double)(side * side) * real_size (self)),
                  .flop = reduce == SCOPE_REDUCE_MEAN ? 0 : (double)channels * cell_flop (self) };
}

static gboolean
bench_overview (const Maps *self, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->bench->backend);
  gsize bins = MIN (OVERVIEW, self->tokens);
  ScopeOpOverview op = { .source = self->source,
                         .channel = (int64_t)self->bench->config->channels / 2,
                         .row_end = (int64_t)self->tokens,
                         .column_end = (int64_t)self->tokens };
  if (!bench_tensor (tensors, scope_backend_real (self->bench->backend), bins, bins, 0, 0, &op.out,
                     error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (reductions); i++) {
    op.reduce = reductions[i].reduce;
    g_autofree char *name
        = g_strdup_printf ("%s to %" G_GSIZE_FORMAT " squared", reductions[i].name, bins);
    BenchWork work = reduced_work (self, op.reduce, bins, 1);
    if (!row (self, "overview", name, SCOPE_OP_OVERVIEW, &op, work, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
bench_thumbnails (const Maps *self, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->bench->backend);
  gsize channels = self->bench->config->channels, side = MIN (THUMB, self->tokens);
  ScopeOpThumbnails op = { .source = self->source, .channel_end = (int64_t)channels };
  if (!bench_tensor (tensors, scope_backend_real (self->bench->backend), channels * side, side, 0,
                     0, &op.out, error))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (reductions); i++) {
    op.reduce = reductions[i].reduce;
    g_autofree char *name
        = g_strdup_printf ("%s, %" G_GSIZE_FORMAT " channels to %" G_GSIZE_FORMAT " squared",
                           reductions[i].name, channels, side);
    BenchWork work = reduced_work (self, op.reduce, side, channels);
    if (!row (self, "thumbnails", name, SCOPE_OP_THUMBNAILS, &op, work, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
fields_of (const Maps *self, gsize count, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->bench->backend);
  gsize channels = self->bench->config->channels;
  g_autofree gint32 *rows = g_new (gint32, count);
  for (gsize r = 0; r < count; r++)
    rows[r] = (gint32)((r + 1) * self->tokens / count - 1);
  ScopeOpFields op = { .source = self->source,
                       .epsilon = SCOPE_FIELD_EPSILON,
                       .channel_end = (int64_t)channels };
  if (!bench_tensor (tensors, SCOPE_TYPE_I32, count, 1, 0, 0, &op.rows, error)
      || !bench_tensor (tensors, SCOPE_TYPE_I32, count, channels, 0, 0, &op.out, error)
      || !scope_backend_upload (self->bench->backend, op.rows.data, rows, count * sizeof *rows,
                                error))
    return FALSE;
  g_autofree char *name = g_strdup_printf (
      "%" G_GSIZE_FORMAT " channels at %" G_GSIZE_FORMAT " rows", channels, count);
  BenchWork work = { .bytes = (double)self->tokens * (double)channels * (real_size (self) + 8)
                              + (double)(count * channels) * 4 };
  return row (self, "fields", name, SCOPE_OP_FIELDS, &op, work, error);
}

/* Of all that is wanted, what is LONG, SHORT, or both. */
static gboolean
run_wanted (const Maps *self, gboolean shorter, gboolean longer, GError **error)
{
  const gboolean *wanted = self->bench->wanted;
  return (!wanted[BENCH_MAP] || bench_map (self, error))
         && (!longer || !wanted[BENCH_OVERVIEW] || bench_overview (self, error))
         && (!shorter || !wanted[BENCH_THUMBNAILS] || bench_thumbnails (self, error))
         && (!shorter || !wanted[BENCH_FIELDS]
             || (fields_of (self, self->tokens, error)
                 && fields_of (self, MIN (FEW_ROWS, self->tokens), error)));
}

static gboolean
run_at (Bench *self, gsize tokens, GError **error)
{
  g_autoptr (BenchTensors) tensors = bench_tensors_new (self->backend);
  Maps maps = { .bench = self, .tokens = tokens };
  GError *refusal = NULL;
  if (!bench_source_make (tensors, self->config, tokens, &maps.source, &refusal))
    return bench_refused (self, "map", "tensors", tokens, refusal, error);
  return run_wanted (&maps, tokens == SHORT, tokens == LONG, error);
}

gboolean
bench_maps (Bench *self, GError **error)
{
  const gboolean *wanted = self->wanted;
  gboolean shorter = wanted[BENCH_MAP] || wanted[BENCH_THUMBNAILS] || wanted[BENCH_FIELDS];
  gboolean longer = wanted[BENCH_MAP] || wanted[BENCH_OVERVIEW];
  return (!shorter || run_at (self, SHORT, error)) && (!longer || run_at (self, LONG, error));
}

gboolean
bench_maps_of (Bench *self, const gint32 *ids, gsize count, GError **error)
{
  const gboolean *wanted = self->wanted;
  if (!wanted[BENCH_MAP] && !wanted[BENCH_OVERVIEW] && !wanted[BENCH_THUMBNAILS]
      && !wanted[BENCH_FIELDS])
    return TRUE;
  g_autoptr (ScopeTrace) trace = scope_schedule_run (
      self->cli->schedule, ids, count, NULL, SCOPE_RUN_KEEP_RESIDUAL, cli_progress (), error);
  if (trace == NULL)
    return FALSE;
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (trace, self->config->n_layer / 2, NULL, cli_progress (), error);
  if (layer == NULL)
    return FALSE;
  Maps maps = { .bench = self, .tokens = count, .source = scope_layer_trace_source (layer) };
  return run_wanted (&maps, TRUE, TRUE, error);
}

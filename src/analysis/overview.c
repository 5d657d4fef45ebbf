/* Overviews: a channel's map reduced to blocks.
 *
 * The kernel's are one operation of the backend. Those of α + D I and of the full map reduce dense
 * rows here, some rows of a block where all of them would cost more than the budget. */
#include <math.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

/* Multiply-adds: about three seconds on two cores. */
#define DEFAULT_BUDGET G_GUINT64_CONSTANT (300000000000)

/* Making and reducing a cell takes as long as so many multiply-adds of a product. */
#define CELL_COST 100

/* Cells of RANGE on or below the diagonal. */
static double
live_cells (ScopeRange range)
{
  double count = 0;
  for (gsize i = MAX (range.row_begin, range.column_begin); i < range.row_end; i++)
    count += (double)(MIN (i + 1, range.column_end) - range.column_begin);
  return count;
}

/* Multiply-adds of one cell of the map: its product, and for the full map those of K factors. */
static double
cell_work (ScopeLayerTrace *layer, const ScopeMapSpec *spec)
{
  const ScopeConfig *config = scope_layer_config (layer);
  gboolean softmax = spec->kind == SCOPE_MATRIX_SOFTMAX;
  double work = CELL_COST + (double)(softmax ? config->shared.head_dim : config->d_state);
  if (spec->kind == SCOPE_MATRIX_FULL)
    work += (double)config->d_conv * (CELL_COST + (spec->lane < 0 ? (double)config->lanes : 1));
  return work;
}

static gboolean
check_blocks (const char *what, gsize blocks, gsize tokens, GError **error)
{
  if (blocks >= 1 && blocks <= tokens)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "%" G_GSIZE_FORMAT " blocks of %s: expected 1 to %" G_GSIZE_FORMAT
               ", the tokens of the range",
               blocks, what, tokens);
  return FALSE;
}

static ScopeMatrix *
kernel_overview (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                 ScopeReduce reduce, gsize rows, gsize columns, gsize sample,
                 ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  g_auto (ScopeScratch) blocks = { 0 };
  g_autoptr (ScopeMatrix) out = scope_backend_matrix (backend, rows, columns, error);
  if (out == NULL || !scope_progress_check (progress, 0.0, NULL, error)
      || !scope_scratch_alloc (&blocks, backend, scope_backend_real (backend), rows, columns,
                               error))
    return NULL;
  ScopeOpOverview op = { .source = scope_layer_trace_source (layer),
                         .channel = (gint64)spec->channel,
                         .row_begin = (gint64)range.row_begin,
                         .row_end = (gint64)range.row_end,
                         .column_begin = (gint64)range.column_begin,
                         .column_end = (gint64)range.column_end,
                         .reduce = reduce,
                         .sample = (gint64)sample,
                         .without_delta = spec->without_delta,
                         .out = blocks.tensor,
                         .cancel = scope_progress_cancel_poll (progress) };
  if (!scope_backend_run (backend, SCOPE_OP_OVERVIEW, &op, error)
      || !scope_tensor_get_rows (backend, &op.out, scope_matrix_data (out), columns, error))
    return NULL;
  return g_steal_pointer (&out);
}

/* The dense kinds: sums (or maxima) of the blocks, and how many cells each row of blocks saw. */
typedef struct {
  ScopeLayerTrace *layer;
  const ScopeMapSpec *spec;
  ScopeFullMap *full; /* NULL for α + D I */
  ScopeRange range;
  ScopeReduce reduce;
  gsize rows, columns;
  double *blocks; /* (rows, columns) */
  gsize *seen;    /* (rows) rows of the map that were evaluated */
} Dense;

static gsize
edge (gsize begin, gsize tokens, gsize k, gsize blocks)
{
  return begin + (gsize)((guint64)tokens * k / blocks);
}

/* Cells of ROW of the map up to COUNT columns into the blocks of row BLOCK. */
static void
reduce_row (Dense *self, gsize block, const double *cells, gsize count)
{
  gsize tokens = self->range.column_end - self->range.column_begin;
  double *out = self->blocks + block * self->columns;
  self->seen[block]++;
  for (gsize k = 0, c = 0; c < count; k++) {
    gsize end = MIN (edge (0, tokens, k + 1, self->columns), count);
    double sum = 0, most = 0;
    for (; c < end; c++) {
      double value = self->reduce == SCOPE_REDUCE_MEAN ? cells[c] : fabs (cells[c]);
      sum += value;
      most = MAX (most, value);
    }
    out[k] = self->reduce == SCOPE_REDUCE_ABSMAX ? MAX (out[k], most) : out[k] + sum;
  }
}

/* COUNT rows from ROW on: those up to the diagonal, the rest being zeros. */
static ScopeMatrix *
dense_rows (Dense *self, gsize row, gsize count, ScopeProgress *progress, GError **error)
{
  if (self->full != NULL)
    return scope_full_map_rows (self->full, row, count, progress, error);
  ScopeRange range = { row, row + count, self->range.column_begin,
                       CLAMP (row + count, self->range.column_begin + 1, self->range.column_end) };
  return scope_attention_tile (self->layer, self->spec, range, progress, error);
}

static gboolean
reduce_rows (Dense *self, gsize row, gsize count, gsize block, ScopeProgress *progress,
             GError **error)
{
  g_autoptr (ScopeMatrix) part = dense_rows (self, row, count, progress, error);
  if (part == NULL)
    return FALSE;
  gsize columns = scope_matrix_columns (part), tokens = self->range.row_end - self->range.row_begin;
  g_autofree double *cells = g_new (double, columns);
  for (gsize r = 0; r < count; r++) {
    while (edge (self->range.row_begin, tokens, block + 1, self->rows) <= row + r)
      block++;
    scope_matrix_read_row (part, r, 0, columns, cells);
    reduce_row (self, block, cells, columns);
  }
  return TRUE;
}

/* Every row, SCOPE_DENSE_ROWS at a time. */
static gboolean
reduce_all (Dense *self, ScopeProgress *progress, GError **error)
{
  gsize tokens = self->range.row_end - self->range.row_begin;
  for (gsize r = 0, block = 0; r < tokens; r += SCOPE_DENSE_ROWS) {
    gsize count = MIN (SCOPE_DENSE_ROWS, tokens - r);
    ScopeProgress span
        = scope_progress_span (progress, (double)r / tokens, (double)(r + count) / tokens);
    while (edge (0, tokens, block + 1, self->rows) <= r)
      block++;
    if (!reduce_rows (self, self->range.row_begin + r, count, block, &span, error))
      return FALSE;
  }
  return TRUE;
}

/* SAMPLE rows of each block, evenly spaced, the first and the last among them. */
static gboolean
reduce_sample (Dense *self, gsize sample, ScopeProgress *progress, GError **error)
{
  gsize tokens = self->range.row_end - self->range.row_begin;
  for (gsize block = 0; block < self->rows; block++) {
    gsize begin = edge (self->range.row_begin, tokens, block, self->rows);
    gsize height = edge (self->range.row_begin, tokens, block + 1, self->rows) - begin;
    gsize count = MIN (sample, height);
    ScopeProgress span = scope_progress_span (progress, (double)block / self->rows,
                                              (double)(block + 1) / self->rows);
    for (gsize k = 0; k < count; k++) {
      gsize row = begin + (count > 1 ? k * (height - 1) / (count - 1) : 0);
      if (!reduce_rows (self, row, 1, block, &span, error))
        return FALSE;
    }
  }
  return TRUE;
}

static ScopeMatrix *
dense_result (Dense *self, GError **error)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (self->layer));
  ScopeMatrix *out = scope_backend_matrix (backend, self->rows, self->columns, error);
  if (out == NULL)
    return NULL;
  gsize tokens = self->range.column_end - self->range.column_begin;
  for (gsize r = 0; r < self->rows; r++) {
    double *blocks = self->blocks + r * self->columns;
    for (gsize k = 0; k < self->columns && self->reduce != SCOPE_REDUCE_ABSMAX; k++) {
      gsize width = edge (0, tokens, k + 1, self->columns) - edge (0, tokens, k, self->columns);
      blocks[k] /= (double)(self->seen[r] * width);
    }
    scope_matrix_write_row (out, r, blocks, self->columns);
  }
  return out;
}

/* SAMPLE 0: every row. */
static ScopeMatrix *
dense_overview (Dense *self, gsize sample, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeFullMap) full = NULL;
  if (self->spec->kind == SCOPE_MATRIX_FULL) {
    full = scope_full_map_new (self->layer, self->spec, self->range, error);
    if (full == NULL)
      return NULL;
  }
  g_autofree double *blocks = g_new0 (double, self->rows * self->columns);
  g_autofree gsize *seen = g_new0 (gsize, self->rows);
  self->full = full;
  self->blocks = blocks;
  self->seen = seen;
  gboolean done = sample == 0 ? reduce_all (self, progress, error)
                              : reduce_sample (self, sample, progress, error);
  return done ? dense_result (self, error) : NULL;
}

/* The share of RANGE's cells that BUDGET pays for; *EXACT: all of them, or none are needed. */
static double
affordable_share (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                  ScopeReduce reduce, guint64 budget, gboolean *exact)
{
  double work = live_cells (range) * cell_work (layer, spec);
  double share = (double)(budget > 0 ? budget : DEFAULT_BUDGET) / MAX (work, 1.0);
  *exact = share >= 1.0 || (spec->kind == SCOPE_MATRIX_S6 && reduce == SCOPE_REDUCE_MEAN);
  return share;
}

/* Rows, and as many columns, of each block that come to SHARE of its cells. */
static gsize
block_sample (ScopeRange range, gsize rows, gsize columns, double share)
{
  double height = (double)(range.row_end - range.row_begin) / (double)rows;
  double width = (double)(range.column_end - range.column_begin) / (double)columns;
  return (gsize)MAX (sqrt (share * height * width), 1.0);
}

ScopeMatrix *
scope_attention_overview (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                          gsize rows, gsize columns, ScopeReduce reduce, guint64 budget,
                          gboolean *exact, ScopeProgress *progress, GError **error)
{
  if (!scope_map_spec_check (layer, spec, range, error)
      || !check_blocks ("rows", rows, range.row_end - range.row_begin, error)
      || !check_blocks ("columns", columns, range.column_end - range.column_begin, error))
    return NULL;
  gboolean kernel = spec->kind == SCOPE_MATRIX_S6;
  double share = affordable_share (layer, spec, range, reduce, budget, exact);
  if (kernel) {
    gsize sample = *exact ? 0 : block_sample (range, rows, columns, share);
    return kernel_overview (layer, spec, range, reduce, rows, columns, sample, progress, error);
  }
  double height = (double)(range.row_end - range.row_begin) / (double)rows;
  Dense dense = {
    .layer = layer, .spec = spec, .range = range, .reduce = reduce, .rows = rows, .columns = columns
  };
  return dense_overview (&dense, *exact ? 0 : (gsize)MAX (share * height, 1.0), progress, error);
}

ScopeMatrix *
scope_attention_thumbnails (ScopeLayerTrace *layer, gsize begin, gsize end, gsize side,
                            ScopeReduce reduce, guint64 budget, gboolean *exact,
                            ScopeProgress *progress, GError **error)
{
  gsize tokens = scope_layer_trace_length (layer);
  ScopeMapSpec spec = { .channel = begin, .lane = -1 };
  ScopeRange range = { 0, tokens, 0, tokens };
  if (begin >= end || !scope_check_channel (layer, end - 1, error)
      || !check_blocks ("thumbnails", side, tokens, error))
    return NULL;
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  double share = affordable_share (layer, &spec, range, reduce, budget, exact);
  gsize rows = (end - begin) * side;
  g_auto (ScopeScratch) blocks = { 0 };
  g_autoptr (ScopeMatrix) out = scope_backend_matrix (backend, rows, side, error);
  if (out == NULL
      || !scope_scratch_alloc (&blocks, backend, scope_backend_real (backend), rows, side, error))
    return NULL;
  ScopeOpThumbnails op = { .source = scope_layer_trace_source (layer),
                           .channel_begin = (gint64)begin,
                           .channel_end = (gint64)end,
                           .reduce = reduce,
                           .sample = *exact ? 0 : (gint64)block_sample (range, side, side, share),
                           .out = blocks.tensor,
                           .cancel = scope_progress_cancel_poll (progress) };
  if (!scope_backend_run (backend, SCOPE_OP_THUMBNAILS, &op, error)
      || !scope_tensor_get_rows (backend, &op.out, scope_matrix_data (out), side, error))
    return NULL;
  return g_steal_pointer (&out);
}

#include "session/tile-work.h"

#include <math.h>

#include "analysis/field.h"

/* A batch ends after so long: what main asks for next waits no longer. */
#define MOMENT_US 20000
/* Multiply-adds of a quick job: some milliseconds on two cores. */
#define QUICK_WORK     G_GUINT64_CONSTANT (600000000)
#define SELECTION_WORK G_GUINT64_CONSTANT (5000000000)
#define ANY_WORK       G_MAXUINT64

ScopeTileBatch *
scope_tile_batch_new (ScopeLook *look, const ScopeMapSpec *spec, ScopeReduce reduce, guint source)
{
  ScopeTileBatch *self = g_new0 (ScopeTileBatch, 1);

  self->look = scope_look_ref (look);
  self->spec = *spec;
  self->reduce = reduce;
  self->source = source;
  self->jobs = g_array_new (FALSE, FALSE, sizeof (ScopeTileJob));
  return self;
}

void
scope_tile_batch_free (gpointer data)
{
  ScopeTileBatch *self = data;

  scope_look_unref (self->look);
  g_array_unref (self->jobs);
  g_free (self);
}

static void
yield_free (gpointer data)
{
  ScopeTileYield *self = data;

  g_clear_pointer (&self->matrix, scope_matrix_unref);
  g_clear_pointer (&self->upright, scope_matrix_unref);
  g_free (self->starts);
  g_free (self);
}

static ScopeTileHarvest *
harvest_new (guint source)
{
  ScopeTileHarvest *self = g_new0 (ScopeTileHarvest, 1);

  self->source = source;
  self->jobs = g_array_new (FALSE, FALSE, sizeof (ScopeTileJob));
  self->yields = g_ptr_array_new_with_free_func (yield_free);
  return self;
}

void
scope_tile_harvest_free (gpointer data)
{
  ScopeTileHarvest *self = data;

  g_array_unref (self->jobs);
  g_ptr_array_unref (self->yields);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeTileHarvest, scope_tile_harvest_free)

/* --- blocks -------------------------------------------------------------------------------------
 */

typedef struct {
  const ScopeTileBatch *batch;
  ScopeReduce reduce;
  guint64 budget;
  ScopeMatrix *out;
  gboolean exact;
  double most;
} Blocks;

static void
copy_part (Blocks *self, const ScopeMatrix *part, gsize row, gsize column)
{
  float *out = scope_matrix_data (self->out);
  gsize stride = scope_matrix_stride (self->out);

  for (gsize r = 0; r < scope_matrix_rows (part); r++)
    for (gsize c = 0; c < scope_matrix_columns (part); c++) {
      double value = scope_matrix_get (part, r, c), size = fabs (value);
      out[(row + r) * stride + column + c] = (float)value;
      if (isfinite (size) && size > self->most)
        self->most = size;
    }
}

/* RANGE as ROWS x COLUMNS blocks of one size each, to (ROW, COLUMN) of the matrix. */
static gboolean
fill_part (Blocks *self, ScopeRange range, gsize rows, gsize columns, gsize row, gsize column,
           ScopeProgress *progress, GError **error)
{
  ScopeLayerTrace *layer = self->batch->look->layer;
  gboolean cells
      = rows == range.row_end - range.row_begin && columns == range.column_end - range.column_begin;
  g_autoptr (ScopeMatrix) part = NULL;
  gboolean exact = TRUE;

  if (rows == 0 || columns == 0 || range.column_begin >= range.row_end) /* above the diagonal: 0 */
    return TRUE;
  part = cells ? scope_attention_tile (layer, &self->batch->spec, range, progress, error)
               : scope_attention_overview (layer, &self->batch->spec, range, rows, columns,
                                           self->reduce, self->budget, &exact, progress, error);
  if (part == NULL)
    return FALSE;
  copy_part (self, part, row, column);
  self->exact &= exact;
  return TRUE;
}

/* RANGE in blocks of HIGH x WIDE cells: the whole ones, and what is left over at its two ends. */
static gboolean
fill_blocks (Blocks *self, ScopeRange range, gsize high, gsize wide, ScopeProgress *progress,
             GError **error)
{
  gsize rows = (range.row_end - range.row_begin) / high;
  gsize columns = (range.column_end - range.column_begin) / wide;
  gsize row = range.row_begin + rows * high, column = range.column_begin + columns * wide;
  ScopeRange body = { range.row_begin, row, range.column_begin, column };
  ScopeRange right = { range.row_begin, row, column, range.column_end };
  ScopeRange foot = { row, range.row_end, range.column_begin, column };
  ScopeRange corner = { row, range.row_end, column, range.column_end };
  gsize more_rows = row < range.row_end, more_columns = column < range.column_end;

  self->exact = TRUE;
  self->most = 0;
  g_clear_pointer (&self->out, scope_matrix_unref);
  self->out = scope_matrix_new (SCOPE_REAL_F32, rows + more_rows, columns + more_columns, error);
  return self->out != NULL && fill_part (self, body, rows, columns, 0, 0, progress, error)
         && fill_part (self, right, rows, more_columns, 0, columns, progress, error)
         && fill_part (self, foot, more_rows, columns, rows, 0, progress, error)
         && fill_part (self, corner, more_rows, more_columns, rows, columns, progress, error);
}

static gboolean
work_blocks (const ScopeTileBatch *batch, const ScopeTileJob *job, ScopeTileYield *yield,
             ScopeProgress *progress, GError **error)
{
  gsize step = (gsize)1 << job->level;
  Blocks blocks
      = { .batch = batch, .reduce = batch->reduce, .budget = job->whole ? ANY_WORK : QUICK_WORK };
  gboolean done = fill_blocks (&blocks, job->range, step, step, progress, error);

  yield->matrix = blocks.out;
  yield->exact = blocks.exact;
  yield->most = blocks.most;
  return done;
}

/* --- fields -------------------------------------------------------------------------------------
 */

static gboolean
work_fields (const ScopeTileBatch *batch, const ScopeTileJob *job, ScopeTileYield *yield,
             ScopeProgress *progress, GError **error)
{
  gsize step = (gsize)1 << job->level, begin = job->range.row_begin;
  gsize count = (job->range.row_end - begin + step - 1) / step;
  g_autofree gsize *rows = g_new (gsize, count);

  for (gsize k = 0; k < count; k++)
    rows[k] = MIN (begin + k * step + (step - 1) / 2, job->range.row_end - 1);
  yield->exact = TRUE;
  yield->starts = g_new (gint32, count);
  return scope_field_map_starts (batch->look->layer, &batch->spec, rows, count, job->epsilon,
                                 yield->starts, progress, error);
}

/* --- profiles and selections --------------------------------------------------------------------
 */

static ScopeMatrix *
turned (ScopeMatrix *column)
{
  gsize count = scope_matrix_rows (column);

  return scope_matrix_wrap (SCOPE_REAL_F32, scope_matrix_data (column), 1, count, count, column,
                            (GDestroyNotify)scope_matrix_unref);
}

static gboolean
work_profile (const ScopeTileBatch *batch, const ScopeTileJob *job, ScopeTileYield *yield,
              ScopeProgress *progress, GError **error)
{
  gsize step = (gsize)1 << job->level;
  ScopeRange row = job->range, column = job->range;
  Blocks blocks = { .batch = batch, .reduce = batch->reduce, .budget = ANY_WORK };

  row.row_begin = job->row;
  row.row_end = job->row + 1;
  column.column_begin = job->column;
  column.column_end = job->column + 1;
  if (fill_blocks (&blocks, row, 1, step, progress, error)) {
    yield->matrix = g_steal_pointer (&blocks.out);
    if (fill_blocks (&blocks, column, step, 1, progress, error))
      yield->upright = turned (g_steal_pointer (&blocks.out));
  }
  yield->exact = TRUE;
  g_clear_pointer (&blocks.out, scope_matrix_unref);
  return yield->upright != NULL;
}

/* One number for all of RANGE. */
static gboolean
reduce_range (Blocks *self, ScopeRange range, ScopeReduce reduce, double *out, gboolean *exact,
              ScopeProgress *progress, GError **error)
{
  gsize high = range.row_end - range.row_begin, wide = range.column_end - range.column_begin;

  self->reduce = reduce;
  if (!fill_blocks (self, range, high, wide, progress, error))
    return FALSE;
  *out = fabs (scope_matrix_get (self->out, 0, 0));
  *exact &= self->exact;
  return TRUE;
}

static gboolean
work_selection (const ScopeTileBatch *batch, const ScopeTileJob *job, ScopeTileYield *yield,
                ScopeProgress *progress, GError **error)
{
  ScopeSelection *out = &yield->selection;
  ScopeRange range = job->range, rows = { range.row_begin, range.row_end, 0, range.row_end };
  Blocks blocks = { .batch = batch, .budget = SELECTION_WORK };
  double all = 0;

  *out = (ScopeSelection){ .range = range, .exact = TRUE };
  gboolean done
      = reduce_range (&blocks, range, SCOPE_REDUCE_ABSMEAN, &out->mean, &out->exact, progress,
                      error)
        && reduce_range (&blocks, range, SCOPE_REDUCE_ABSMAX, &out->most, &out->exact, progress,
                         error)
        && reduce_range (&blocks, rows, SCOPE_REDUCE_ABSMEAN, &all, &out->exact, progress, error);
  double width = (double)(range.column_end - range.column_begin);
  out->share = all > 0 ? out->mean * width / (all * (double)rows.column_end) : 0;
  g_clear_pointer (&blocks.out, scope_matrix_unref);
  return done;
}

/* --- the batch ----------------------------------------------------------------------------------
 */

typedef gboolean (*JobFunc) (const ScopeTileBatch *batch, const ScopeTileJob *job,
                             ScopeTileYield *yield, ScopeProgress *progress, GError **error);

gpointer
scope_work_tiles (gpointer input, ScopeProgress *progress, GError **error)
{
  static const JobFunc funcs[] = { [SCOPE_TILE_JOB_BLOCKS] = work_blocks,
                                   [SCOPE_TILE_JOB_FIELDS] = work_fields,
                                   [SCOPE_TILE_JOB_PROFILE] = work_profile,
                                   [SCOPE_TILE_JOB_SELECTION] = work_selection };
  const ScopeTileBatch *batch = input;
  g_autoptr (ScopeTileHarvest) harvest = harvest_new (batch->source);
  gint64 end = g_get_monotonic_time () + MOMENT_US;

  for (guint k = 0; k < batch->jobs->len; k++) {
    const ScopeTileJob *job = &g_array_index (batch->jobs, ScopeTileJob, k);
    ScopeTileYield *yield = g_new0 (ScopeTileYield, 1);
    g_array_append_val (harvest->jobs, *job);
    g_ptr_array_add (harvest->yields, yield);
    if (!scope_progress_check (progress, (double)k / batch->jobs->len, NULL, error)
        || !funcs[job->kind](batch, job, yield, progress, error))
      return NULL;
    if (g_get_monotonic_time () >= end)
      break;
  }
  return g_steal_pointer (&harvest);
}

/* The softmax maps of a hybrid layer's shared attention: tiles, cells, fields, and the proof. */
#include <cblas.h>
#include <math.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

gboolean
scope_softmax_check (ScopeLayerTrace *layer, gsize head, GError **error)
{
  ScopeOpSoftmax op;
  if (!scope_layer_trace_softmax (layer, &op, error))
    return FALSE;
  if (head < (gsize)op.heads)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "attention head %" G_GSIZE_FORMAT ": the layer has attention heads 0 to %d", head,
               (int)op.heads - 1);
  return FALSE;
}

typedef struct {
  ScopeBackend *backend;
  ScopeOpSoftmax op;
} SoftmaxRows;

static gboolean
run_rows (gpointer data, gsize row, ScopeTensor out, GError **error)
{
  SoftmaxRows *self = data;
  self->op.row_begin = (gint64)row;
  self->op.out = out;
  return scope_backend_run (self->backend, SCOPE_OP_SOFTMAX, &self->op, error);
}

ScopeMatrix *
scope_softmax_tile (ScopeLayerTrace *layer, gsize head, ScopeRange range, ScopeProgress *progress,
                    GError **error)
{
  SoftmaxRows rows = { .backend = scope_schedule_backend (scope_layer_trace_schedule (layer)) };
  if (!scope_layer_trace_softmax (layer, &rows.op, error))
    return NULL;
  rows.op.head = (gint64)head;
  rows.op.column_begin = (gint64)range.column_begin;
  rows.op.cancel = scope_progress_cancel_poll (progress);
  gsize width = (gsize)(rows.op.q.columns / rows.op.heads);
  ScopeMatrix *tile
      = scope_tile_by_rows (rows.backend, range, width, run_rows, &rows, progress, error);
  if (tile != NULL) /* a key of zeros would have its share */
    scope_entered_blank (layer, range, tile);
  return tile;
}

gboolean
scope_softmax_starts (ScopeLayerTrace *layer, gsize head, const gsize *rows, gsize count,
                      double epsilon, gint32 *out, ScopeProgress *progress, GError **error)
{
  if (!scope_softmax_check (layer, head, error) || !scope_check_rows (layer, rows, count, error))
    return FALSE;
  for (gsize r = 0; r < count; r++) {
    ScopeRange range = { rows[r], rows[r] + 1, 0, rows[r] + 1 };
    ScopeProgress span = scope_progress_span (progress, (double)r / count, (double)(r + 1) / count);
    g_autoptr (ScopeMatrix) row = scope_softmax_tile (layer, head, range, &span, error);
    if (row == NULL)
      return FALSE;
    gsize j = 0;
    while (j <= rows[r] && !(scope_matrix_get (row, 0, j) > epsilon))
      j++;
    out[r] = j <= rows[r] ? (gint32)j : -1;
  }
  return TRUE;
}

gboolean
scope_softmax_cell (ScopeLayerTrace *layer, gsize head, gsize row, gsize column,
                    ScopeSoftmaxCell *out, GError **error)
{
  const ScopeSharedConfig *config = &scope_layer_config (layer)->shared;
  ScopeRange range = { row, row + 1, column, column + 1 };
  if (!scope_softmax_check (layer, head, error) || !scope_check_range (layer, range, error))
    return FALSE;
  const ScopeMatrix *q = scope_layer_trace_matrix (layer, SCOPE_LAYER_QUERY, error);
  const ScopeMatrix *k
      = q != NULL ? scope_layer_trace_matrix (layer, SCOPE_LAYER_KEY, error) : NULL;
  const ScopeMatrix *total
      = k != NULL ? scope_layer_trace_matrix (layer, SCOPE_LAYER_TOTAL, error) : NULL;
  if (total == NULL)
    return FALSE;
  gsize width = config->head_dim, key_head = head / (config->heads / config->kv_heads);
  *out = (ScopeSoftmaxCell){ .total = scope_matrix_get (total, row, head), .scale = config->scale };
  for (gsize l = 0; l < width; l++)
    out->dot += scope_matrix_get (q, row, head * width + l)
                * scope_matrix_get (k, column, key_head * width + l);
  out->score = out->scale * out->dot;
  gboolean live
      = column <= row && scope_entered_has (layer, row) && scope_entered_has (layer, column);
  out->value = live ? exp (out->score - out->total) : 0.0;
  return TRUE;
}

/* The map's rows times the values, in double, against what the block's heads put out. */
static gboolean
prove_rows (ScopeLayerTrace *layer, gsize head, const double *v, gsize row, gsize count,
            ScopeProof *out, ScopeProgress *progress, GError **error)
{
  gsize columns = row + count, width = scope_layer_config (layer)->shared.head_dim;
  ScopeRange range = { row, row + count, 0, columns };
  const ScopeMatrix *attended = scope_layer_trace_matrix (layer, SCOPE_LAYER_ATTENDED, error);
  g_autoptr (ScopeMatrix) tile
      = attended != NULL ? scope_softmax_tile (layer, head, range, progress, error) : NULL;
  if (tile == NULL)
    return FALSE;
  g_autofree double *map = g_new (double, count *columns);
  g_autofree double *product = g_new (double, count *width);
  for (gsize r = 0; r < count; r++)
    scope_matrix_read_row (tile, r, 0, columns, map + r * columns);
  cblas_dgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint)count, (blasint)width,
               (blasint)columns, 1.0, map, (blasint)columns, v, (blasint)width, 0.0, product,
               (blasint)width);
  for (gsize r = 0; r < count; r++)
    for (gsize l = 0; l < width; l++) {
      double y = scope_matrix_get (attended, row + r, head * width + l);
      double error_here = fabs (product[r * width + l] - y);
      /* A NaN must show: it is larger than any error. */
      out->error = isnan (error_here) ? INFINITY : MAX (out->error, error_here);
      out->scale = MAX (out->scale, fabs (y));
    }
  return TRUE;
}

gboolean
scope_softmax_proof (ScopeLayerTrace *layer, gsize head, ScopeProof *out, ScopeProgress *progress,
                     GError **error)
{
  if (!scope_softmax_check (layer, head, error))
    return FALSE;
  const ScopeSharedConfig *config = &scope_layer_config (layer)->shared;
  const ScopeMatrix *values = scope_layer_trace_matrix (layer, SCOPE_LAYER_VALUE, error);
  if (values == NULL)
    return FALSE;
  gsize tokens = scope_layer_trace_length (layer), width = config->head_dim;
  gsize key_head = head / (config->heads / config->kv_heads);
  g_autofree double *v = g_new (double, tokens *width);
  for (gsize t = 0; t < tokens; t++)
    scope_matrix_read_row (values, t, key_head * width, width, v + t * width);
  ScopeProof found = { 0, 0 };
  for (gsize row = 0; row < tokens; row += SCOPE_DENSE_ROWS) {
    gsize count = MIN (SCOPE_DENSE_ROWS, tokens - row);
    ScopeProgress span
        = scope_progress_span (progress, (double)row / tokens, (double)(row + count) / tokens);
    if (!prove_rows (layer, head, v, row, count, &found, &span, error))
      return FALSE;
  }
  *out = found;
  return TRUE;
}

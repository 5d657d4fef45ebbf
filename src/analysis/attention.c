#include "analysis/attention.h"

#include <string.h>

#include "analysis/analysis-private.h"
#include "base/error.h"

/* Multiply-adds of one call of the tile operation: some 20 ms on two cores, so that progress moves
 * and a cancel is heard between calls even where the operation does not poll. */
#define TILE_WORK ((gsize)1 << 29)

/* Below this many rows a tile's set-up (decays to and from the pivots) outweighs its product. */
#define TILE_ROWS 64

static const char *const kind_names[SCOPE_N_MATRICES] = { "s6", "skip", "full", "softmax" };
static const char *const reduce_names[] = { "mean", "absmean", "absmax" };

static gboolean
parse_name (const char *name, const char *const *names, gsize count, guint *out)
{
  for (guint i = 0; i < count; i++)
    if (strcmp (name, names[i]) == 0) {
      *out = i;
      return TRUE;
    }
  return FALSE;
}

gboolean
scope_matrix_kind_parse (const char *name, ScopeMatrixKind *out)
{
  guint index;
  if (!parse_name (name, kind_names, G_N_ELEMENTS (kind_names), &index))
    return FALSE;
  *out = (ScopeMatrixKind)index;
  return TRUE;
}

const char *
scope_matrix_kind_name (ScopeMatrixKind kind)
{
  return kind_names[kind];
}

gsize
scope_matrix_channels (const ScopeConfig *config, gsize layer, ScopeMatrixKind kind)
{
  if (kind != SCOPE_MATRIX_SOFTMAX)
    return config->channels;
  return scope_config_layer_kind (config, layer) == SCOPE_LAYER_HYBRID ? config->shared.heads : 0;
}

const char *
scope_matrix_noun (const ScopeConfig *config, ScopeMatrixKind kind)
{
  return kind == SCOPE_MATRIX_SOFTMAX ? "attention head" : scope_channel_noun (config);
}

gboolean
scope_reduce_parse (const char *name, ScopeReduce *out)
{
  guint index;
  if (!parse_name (name, reduce_names, G_N_ELEMENTS (reduce_names), &index))
    return FALSE;
  *out = (ScopeReduce)index;
  return TRUE;
}

const char *
scope_reduce_name (ScopeReduce reduce)
{
  return reduce_names[reduce];
}

gboolean
scope_map_spec_check (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                      GError **error)
{
  const ScopeConfig *config = scope_layer_config (layer);
  gboolean softmax = spec->kind == SCOPE_MATRIX_SOFTMAX;
  if (!(softmax ? scope_softmax_check (layer, spec->channel, error)
                : scope_check_channel (layer, spec->channel, error))
      || !scope_check_range (layer, range, error))
    return FALSE;
  if (spec->kind == SCOPE_MATRIX_FULL && spec->lane >= (gssize)config->lanes) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "lane %" G_GSSIZE_FORMAT ": a %s has lanes 0 to %" G_GSIZE_FORMAT, spec->lane,
                 scope_channel_noun (config), config->lanes - 1);
    return FALSE;
  }
  if (spec->without_delta && spec->kind != SCOPE_MATRIX_S6) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "matrix %s: only s6 can leave the factor delta out",
                 scope_matrix_kind_name (spec->kind));
    return FALSE;
  }
  return TRUE;
}

ScopeMatrix *
scope_tile_by_rows (ScopeBackend *backend, ScopeRange range, gsize cell_work, ScopeRowsFunc run,
                    gpointer data, ScopeProgress *progress, GError **error)
{
  gsize rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
  gsize step = TILE_WORK / (columns * cell_work + 1);
  step = MIN (MAX (step, TILE_ROWS), rows);

  g_autoptr (ScopeMatrix) out = scope_backend_matrix (backend, rows, columns, error);
  g_auto (ScopeScratch) tile = { 0 };
  if (out == NULL
      || !scope_scratch_alloc (&tile, backend, scope_backend_real (backend), step, columns, error))
    return NULL;
  gsize row_size = columns * scope_type_size (tile.tensor.type);
  for (gsize r = 0; r < rows; r += step) {
    ScopeTensor part = scope_tensor_rows (tile.tensor, 0, MIN (step, rows - r));
    guint8 *host = (guint8 *)scope_matrix_data (out) + r * row_size;
    if (!scope_progress_check (progress, (double)r / rows, NULL, error)
        || !run (data, range.row_begin + r, part, error)
        || !scope_tensor_get_rows (backend, &part, host, columns, error))
      return NULL;
  }
  return g_steal_pointer (&out);
}

typedef struct {
  ScopeBackend *backend;
  ScopeOpAttention op;
} KernelRows;

static gboolean
run_kernel_rows (gpointer data, gsize row, ScopeTensor out, GError **error)
{
  KernelRows *self = data;
  self->op.row_begin = (gint64)row;
  self->op.out = out;
  return scope_backend_run (self->backend, SCOPE_OP_ATTENTION, &self->op, error);
}

ScopeMatrix *
scope_attention_kernel (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                        ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  KernelRows rows = { backend,
                      { .source = scope_layer_trace_source (layer),
                        .channel = (gint64)spec->channel,
                        .column_begin = (gint64)range.column_begin,
                        .without_delta = spec->without_delta,
                        .cancel = scope_progress_cancel_poll (progress) } };
  return scope_tile_by_rows (backend, range, (gsize)rows.op.source.states, run_kernel_rows, &rows,
                             progress, error);
}

/* α + D I. */
static ScopeMatrix *
skip_tile (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
           ScopeProgress *progress, GError **error)
{
  const ScopeMatrix *d = scope_layer_trace_matrix (layer, SCOPE_LAYER_D, error);
  if (d == NULL)
    return NULL;
  ScopeMatrix *out = scope_attention_kernel (layer, spec, range, progress, error);
  if (out == NULL)
    return NULL;
  double skip = scope_matrix_get (d, 0, spec->channel);
  gsize begin = MAX (range.row_begin, range.column_begin);
  gsize end = MIN (range.row_end, range.column_end);
  for (gsize i = begin; i < end; i++) {
    gsize row = i - range.row_begin, column = i - range.column_begin;
    scope_matrix_set (out, row, column, scope_matrix_get (out, row, column) + skip);
  }
  return out;
}

static ScopeMatrix *
full_tile (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
           ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  gsize rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
  g_autoptr (ScopeFullMap) map = scope_full_map_new (layer, spec, range, error);
  g_autoptr (ScopeMatrix) out
      = map != NULL ? scope_backend_matrix (backend, rows, columns, error) : NULL;
  if (out == NULL)
    return NULL;
  gsize row_size = columns * scope_real_size (scope_matrix_real (out));
  for (gsize r = 0; r < rows; r += SCOPE_DENSE_ROWS) {
    gsize count = MIN (SCOPE_DENSE_ROWS, rows - r);
    ScopeProgress span
        = scope_progress_span (progress, (double)r / rows, (double)(r + count) / rows);
    g_autoptr (ScopeMatrix) part
        = scope_full_map_rows (map, range.row_begin + r, count, &span, error);
    if (part == NULL)
      return NULL;
    memcpy ((guint8 *)scope_matrix_data (out) + r * row_size, scope_matrix_data (part),
            count * row_size);
  }
  return g_steal_pointer (&out);
}

ScopeMatrix *
scope_attention_tile (ScopeLayerTrace *layer, const ScopeMapSpec *spec, ScopeRange range,
                      ScopeProgress *progress, GError **error)
{
  if (!scope_map_spec_check (layer, spec, range, error))
    return NULL;
  switch (spec->kind) {
  case SCOPE_MATRIX_SKIP:
    return skip_tile (layer, spec, range, progress, error);
  case SCOPE_MATRIX_FULL:
    return full_tile (layer, spec, range, progress, error);
  case SCOPE_MATRIX_SOFTMAX:
    return scope_softmax_tile (layer, spec->channel, range, progress, error);
  default:
    return scope_attention_kernel (layer, spec, range, progress, error);
  }
}

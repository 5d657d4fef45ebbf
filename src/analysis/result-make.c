/* Results ready to draw: a channel's map, a layer's decay curves. */
#include <math.h>

#include "analysis/analysis-private.h"
#include "analysis/decay.h"
#include "analysis/result.h"
#include "base/error.h"

void
scope_result_describe_run (ScopeResult *self, ScopeLayerTrace *layer)
{
  ScopeProvenance *out = self->provenance;
  ScopeModel *model = scope_layer_trace_model (layer);
  ScopeBackend *backend = scope_schedule_backend (scope_layer_trace_schedule (layer));
  ScopePlan *plan = scope_layer_trace_plan (layer);
  g_autofree char *device = scope_backend_describe (backend);
  scope_provenance_set (out, "program", "mambascope %s", SCOPE_VERSION);
  scope_provenance_set (out, "model", "%s", scope_model_name (model));
  scope_provenance_set (out, "model-hash", "%s", scope_model_hash (model));
  scope_provenance_set (out, "tokens", "%" G_GSIZE_FORMAT, scope_layer_trace_length (layer));
  scope_provenance_set (out, "filter", "%s", plan != NULL ? scope_plan_spec (plan) : "off");
  scope_provenance_set (out, "backend", "%s", device);
  scope_provenance_set (out, "precision", "%s", scope_precision_name (backend->precision));
}

void
scope_result_describe_layer (ScopeResult *self, ScopeLayerTrace *layer)
{
  scope_result_describe_run (self, layer);
  scope_provenance_set (self->provenance, "layer", "%" G_GSIZE_FORMAT,
                        scope_layer_trace_layer (layer));
}

static void
describe_map (ScopeResult *self, const ScopeMapSpec *spec, ScopeReduce reduce, gboolean reduced)
{
  static const char *const symbols[] = { "α", "α + D I", "full map", "softmax" };
  static const char *const bars[] = { "|α|", "|α + D I|", "|full map|", "softmax" };
  ScopeProvenance *out = self->provenance;
  scope_provenance_set (out, "channel", "%" G_GSIZE_FORMAT, spec->channel);
  if (spec->kind == SCOPE_MATRIX_FULL && spec->lane >= 0)
    scope_provenance_set (out, "lane", "%" G_GSIZE_FORMAT, (gsize)spec->lane);
  scope_provenance_set (out, "matrix", "%s%s", scope_matrix_kind_name (spec->kind),
                        spec->without_delta ? " without delta" : "");
  scope_provenance_set (out, "exact", "%s", self->exact ? "exact" : "sampled");
  scope_provenance_set (out, "reduce", "%s", reduced ? scope_reduce_name (reduce) : "none");
  if (!reduced)
    self->value_label = g_strdup (symbols[spec->kind]);
  else
    self->value_label
        = g_strconcat (reduce == SCOPE_REDUCE_ABSMAX ? "max " : "mean ",
                       reduce == SCOPE_REDUCE_MEAN ? symbols[spec->kind] : bars[spec->kind], NULL);
}

static gboolean
add_matrix (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec, gsize size,
            ScopeReduce reduce, guint64 budget, ScopeProgress *progress, GError **error)
{
  gsize rows = self->range.row_end - self->range.row_begin;
  gsize columns = self->range.column_end - self->range.column_begin;
  gboolean reduced = rows > size || columns > size;
  if (reduced)
    self->matrix
        = scope_attention_overview (layer, spec, self->range, MIN (rows, size), MIN (columns, size),
                                    reduce, budget, &self->exact, progress, error);
  else
    self->matrix = scope_attention_tile (layer, spec, self->range, progress, error);
  if (self->matrix == NULL)
    return FALSE;
  describe_map (self, spec, reduce, reduced);
  return TRUE;
}

/* The fields of the middle rows of the map's blocks: of every row where a block is one. */
static gboolean
add_boundary (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
              ScopeProgress *progress, GError **error)
{
  gsize count = scope_matrix_rows (self->matrix),
        tokens = self->range.row_end - self->range.row_begin;
  g_autofree gsize *rows = g_new (gsize, count);
  self->n_boundary = count;
  self->boundary_row = g_new (gint32, count);
  self->boundary_start = g_new (gint32, count);
  for (gsize k = 0; k < count; k++) {
    gsize begin = (gsize)((guint64)tokens * k / count);
    gsize end = (gsize)((guint64)tokens * (k + 1) / count);
    rows[k] = self->range.row_begin + (begin + end - 1) / 2;
    self->boundary_row[k] = (gint32)rows[k];
  }
  if (spec->epsilon > 0)
    self->epsilon = spec->epsilon;
  return scope_field_map_starts (layer, spec, rows, count, self->epsilon, self->boundary_start,
                                 progress, error);
}

gboolean
scope_result_add_dropped (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                          GError **error)
{
  /* The filter acts on the scan alone: shared attention sees every token. */
  if (scope_layer_trace_plan (layer) == NULL || spec->kind == SCOPE_MATRIX_SOFTMAX)
    return TRUE;
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  if (delta == NULL)
    return FALSE;
  gsize begin = self->range.column_begin, count = self->range.column_end - begin;
  g_autofree guint8 *dropped = g_new (guint8, count);
  gboolean any = FALSE;
  for (gsize c = 0; c < count; c++) {
    dropped[c] = scope_matrix_get (delta, begin + c, spec->channel) == 0;
    any |= dropped[c];
  }
  self->dropped = any ? g_steal_pointer (&dropped) : NULL;
  return TRUE;
}

static gboolean
add_proof (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
           ScopeProgress *progress, GError **error)
{
  ScopeProof proof;
  if (!scope_map_proof (layer, spec, &proof, progress, error))
    return FALSE;
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  double relative = proof.scale > 0 ? proof.error / proof.scale : proof.error;
  scope_provenance_set (self->provenance, "proof", "%s",
                        g_ascii_formatd (text, sizeof text, "%.2e", relative));
  return TRUE;
}

char *
scope_result_layer_title (ScopeLayerTrace *layer, gssize channel)
{
  if (channel < 0)
    return g_strdup_printf ("layer %" G_GSIZE_FORMAT, scope_layer_trace_layer (layer));
  return g_strdup_printf ("layer %" G_GSIZE_FORMAT " · %s %" G_GSSIZE_FORMAT,
                          scope_layer_trace_layer (layer),
                          scope_channel_noun (scope_layer_config (layer)), channel);
}

char *
scope_result_map_title (ScopeLayerTrace *layer, const ScopeMapSpec *spec)
{
  return g_strdup_printf (
      "layer %" G_GSIZE_FORMAT " · %s %" G_GSIZE_FORMAT, scope_layer_trace_layer (layer),
      scope_matrix_noun (scope_layer_config (layer), spec->kind), spec->channel);
}

ScopeResult *
scope_result_map (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                  ScopeRange range, gsize size, ScopeReduce reduce, gboolean prove,
                  ScopeProgress *progress, GError **error)
{
  return scope_result_map_within (trace, layer, spec, range, size, reduce, 0, prove, progress,
                                  error);
}

ScopeResult *
scope_result_map_within (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                         ScopeRange range, gsize size, ScopeReduce reduce, guint64 budget,
                         gboolean prove, ScopeProgress *progress, GError **error)
{
  ScopeProgress map = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress fields = scope_progress_span (progress, 0.5, 0.7);
  ScopeProgress proof = scope_progress_span (progress, 0.7, 1.0);
  g_autoptr (ScopeResult) self = scope_result_new (SCOPE_RESULT_MAP);
  self->range = range;
  scope_result_describe_layer (self, layer);
  if (!add_matrix (self, layer, spec, MAX (size, 1), reduce, budget, &map, error)
      || !add_boundary (self, layer, spec, &fields, error)
      || !scope_result_add_dropped (self, layer, spec, error)
      || (prove && !add_proof (self, layer, spec, &proof, error)))
    return NULL;
  self->title = scope_result_map_title (layer, spec);
  return g_steal_pointer (&self);
}

/* At most POINTS tokens, evenly spaced, the first and the last among them. */
static gsize *
spaced_rows (gsize tokens, gsize points, gsize *count)
{
  *count = MIN (tokens, MAX (points, 2));
  gsize *rows = g_new (gsize, *count);
  for (gsize k = 0; k < *count; k++)
    rows[k] = *count > 1 ? (gsize)((guint64)(tokens - 1) * k / (*count - 1)) : 0;
  return rows;
}

/* X is how many tokens have passed, so that x = L is the decay over the training length. */
static void
add_decay_curve (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMatrix *decay, gsize channel,
                 const gsize *rows, const ScopeMatrix *classes, double ln_theta)
{
  gsize count = scope_matrix_rows (decay);
  g_autofree double *x = g_new (double, count);
  g_autofree double *y = g_new (double, count);
  scope_matrix_read_column (decay, channel, 0, count, y);
  for (gsize k = 0; k < count; k++)
    x[k] = (double)(rows[k] + 1);
  double class = classes != NULL
                     ? scope_matrix_get (classes, scope_layer_trace_layer (layer), channel)
                     : y[count - 1];
  g_autofree char *name = g_strdup_printf (
      "%s %" G_GSIZE_FORMAT, scope_channel_noun (scope_layer_config (layer)), channel);
  scope_result_add_curve (self, name, class > ln_theta, x, y, count);
}

ScopeResult *
scope_result_decay (ScopeTrace *trace, ScopeLayerTrace *layer, gssize channel,
                    const ScopeMatrix *classes, double ln_theta, gsize train_length, gsize points,
                    ScopeProgress *progress, GError **error)
{
  if (channel >= 0 && !scope_check_channel (layer, (gsize)channel, error))
    return NULL;
  gsize count;
  g_autofree gsize *rows = spaced_rows (scope_layer_trace_length (layer), points, &count);
  g_autoptr (ScopeMatrix) decay = scope_decay_rows (layer, rows, count, progress, error);
  if (decay == NULL)
    return NULL;
  ScopeResult *self = scope_result_new (SCOPE_RESULT_CURVES);
  scope_result_describe_layer (self, layer);
  gsize first = channel >= 0 ? (gsize)channel : 0;
  gsize end = channel >= 0 ? first + 1 : scope_matrix_columns (decay);
  for (gsize h = first; h < end; h++)
    add_decay_curve (self, layer, decay, h, rows, classes, ln_theta);
  if (channel >= 0)
    scope_provenance_set (self->provenance, "channel", "%" G_GSSIZE_FORMAT, channel);
  self->title = scope_result_layer_title (layer, channel);
  self->x_label = g_strdup ("tokens");
  self->y_label = g_strdup ("ln cumulative decay");
  self->x_mark = train_length > 0 ? (double)train_length : NAN;
  self->y_mark = isfinite (ln_theta) ? ln_theta : NAN;
  return self;
}

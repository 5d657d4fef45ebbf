/* A text as a strip: one value for each token. */
#include <math.h>

#include "analysis/analysis-private.h"
#include "analysis/result.h"
#include "base/error.h"

/* The row of the map; what lies beyond the query is not seen by it and stays 0. */
static gboolean
fill_attention (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec, gsize row,
                ScopeProgress *progress, GError **error)
{
  gsize begin = self->range.column_begin, count = self->range.column_end - begin;
  ScopeRange range = { row, row + 1, begin, begin + count };
  g_autoptr (ScopeMatrix) tile = scope_attention_tile (layer, spec, range, progress, error);
  if (tile == NULL)
    return FALSE;
  for (gsize c = 0; c < count; c++)
    scope_matrix_set (self->matrix, 0, c, fabs (scope_matrix_get (tile, 0, c)));
  scope_provenance_set (self->provenance, "query", "%" G_GSIZE_FORMAT, row);
  self->value_label = g_strdup_printf ("%s of query %" G_GSIZE_FORMAT,
                                       spec->kind == SCOPE_MATRIX_SOFTMAX ? "softmax" : "|α|", row);
  return TRUE;
}

static gboolean
fill_delta (ScopeResult *self, ScopeLayerTrace *layer, gsize channel, GError **error)
{
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  gsize begin = self->range.column_begin, count = self->range.column_end - begin;
  if (delta == NULL)
    return FALSE;
  for (gsize c = 0; c < count; c++)
    scope_matrix_set (self->matrix, 0, c, scope_matrix_get (delta, begin + c, channel));
  self->value_label = g_strdup ("Δ");
  return TRUE;
}

static void
take_words (ScopeResult *self, const ScopeTokens *tokens)
{
  gsize begin = self->range.column_begin, count = self->range.column_end - begin;
  self->words = g_new0 (char *, count + 1);
  for (gsize k = 0; k < count; k++)
    self->words[k] = scope_tokens_display (tokens, begin + k);
}

ScopeResult *
scope_result_strip (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                    const ScopeTokens *tokens, gssize row, gsize begin, gsize end,
                    ScopeProgress *progress, GError **error)
{
  gsize length = MIN (scope_layer_trace_length (layer), scope_tokens_count (tokens));
  if (row < 0
      && !scope_check_channel (layer, spec->channel, error)) /* a row's map checks its own */
    return NULL;
  if (begin >= end || end > length || row >= (gssize)length) {
    scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                     "tokens %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT " of query %" G_GSSIZE_FORMAT
                     ": expected them within 0:%" G_GSIZE_FORMAT,
                     begin, end, row, length);
    return NULL;
  }
  g_autoptr (ScopeResult) self = scope_result_new (SCOPE_RESULT_STRIP);
  gsize at = row >= 0 ? (gsize)row : 0;
  self->range = (ScopeRange){ at, at + 1, begin, end };
  self->matrix = scope_matrix_new (SCOPE_REAL_F64, 1, end - begin, error);
  if (self->matrix == NULL)
    return NULL;
  scope_result_describe_layer (self, layer);
  scope_provenance_set (self->provenance, "channel", "%" G_GSIZE_FORMAT, spec->channel);
  if (row >= 0)
    scope_provenance_set (self->provenance, "matrix", "%s", scope_matrix_kind_name (spec->kind));
  if (!(row >= 0 ? fill_attention (self, layer, spec, at, progress, error)
                 : fill_delta (self, layer, spec->channel, error)))
    return NULL;
  take_words (self, tokens);
  self->title = row >= 0 ? scope_result_map_title (layer, spec)
                         : scope_result_layer_title (layer, (gssize)spec->channel);
  return g_steal_pointer (&self);
}

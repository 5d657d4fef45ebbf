/* A text as a strip: one value for each token. */
#include <math.h>

#include "analysis/analysis-private.h"
#include "analysis/perplexity.h"
#include "analysis/result.h"
#include "base/error.h"

static gsize
token_count (const ScopeResult *self)
{
  return self->range.column_end - self->range.column_begin;
}

/* The values of tokens [BEGIN, BEGIN + COUNT) of the text, as many as the strip has. */
static void
take_values (ScopeResult *self, gsize begin, const ScopeMatrix *cells, gboolean row)
{
  gsize count = row ? scope_matrix_columns (cells) : scope_matrix_rows (cells);
  for (gsize k = 0; k < count; k++)
    scope_matrix_set (self->matrix, 0, begin - self->range.column_begin + k,
                      scope_matrix_get (cells, row ? 0 : k, row ? k : 0));
}

static const char *
map_symbol (ScopeMatrixKind kind)
{
  return kind == SCOPE_MATRIX_SOFTMAX ? "softmax" : "α";
}

/* The map is causal: a row ends, and a column begins, with token AT itself. */
static gboolean
fill_attention (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec, gboolean row,
                gsize at, ScopeProgress *progress, GError **error)
{
  gsize begin = self->range.column_begin, end = self->range.column_end;
  gsize first = row ? begin : MAX (begin, at), last = row ? MIN (end, at + 1) : end;
  ScopeRange range
      = row ? (ScopeRange){ at, at + 1, first, last } : (ScopeRange){ first, last, at, at + 1 };
  scope_provenance_set (self->provenance, row ? "query" : "key", "%" G_GSIZE_FORMAT, at);
  scope_provenance_set (self->provenance, "matrix", "%s", scope_matrix_kind_name (spec->kind));
  self->value_label = g_strdup_printf ("%s of %s %" G_GSIZE_FORMAT, map_symbol (spec->kind),
                                       row ? "query" : "key", at);
  if (first >= last)
    return TRUE;
  g_autoptr (ScopeMatrix) cells = scope_attention_tile (layer, spec, range, progress, error);
  if (cells != NULL)
    take_values (self, first, cells, row);
  return cells != NULL;
}

static gboolean
fill_delta (ScopeResult *self, ScopeLayerTrace *layer, gsize channel, GError **error)
{
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, error);
  gsize begin = self->range.column_begin;
  for (gsize c = 0; delta != NULL && c < token_count (self); c++)
    scope_matrix_set (self->matrix, 0, c, scope_matrix_get (delta, begin + c, channel));
  self->value_label = g_strdup ("Δ");
  return delta != NULL;
}

/* Token t is predicted after token t - 1: nothing is known of the first one. */
static gboolean
fill_surprisal (ScopeResult *self, ScopeTrace *trace, const ScopeTokens *tokens,
                ScopeProgress *progress, GError **error)
{
  gsize begin = MAX (self->range.column_begin, 1), end = self->range.column_end;
  self->value_label = g_strdup ("surprisal (nats)");
  if (begin >= end)
    return TRUE;
  g_autofree double *nll = g_new (double, end - begin);
  if (!scope_nll (trace, scope_tokens_ids (tokens), begin - 1, end - 1, nll, progress, error))
    return FALSE;
  for (gsize k = 0; k < end - begin; k++)
    scope_matrix_set (self->matrix, 0, begin - self->range.column_begin + k, nll[k]);
  return TRUE;
}

static gboolean
fill (ScopeResult *self, ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
      const ScopeTokens *tokens, ScopeStripValue value, gsize at, ScopeProgress *progress,
      GError **error)
{
  switch (value) {
  case SCOPE_STRIP_DELTA:
    return fill_delta (self, layer, spec->channel, error);
  case SCOPE_STRIP_SURPRISAL:
    return fill_surprisal (self, trace, tokens, progress, error);
  default:
    return fill_attention (self, layer, spec, value == SCOPE_STRIP_ROW, at, progress, error);
  }
}

static void
take_words (ScopeResult *self, const ScopeTokens *tokens)
{
  gsize begin = self->range.column_begin, count = token_count (self);
  self->words = g_new0 (char *, count + 1);
  for (gsize k = 0; k < count; k++)
    self->words[k] = scope_tokens_display (tokens, begin + k);
}

/* What it is of, and what it is called: surprisal is of no layer, but for what that drops. */
static void
describe (ScopeResult *self, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
          ScopeStripValue value)
{
  if (value == SCOPE_STRIP_SURPRISAL && self->dropped == NULL) {
    self->title = g_strdup ("surprisal of each token");
    return;
  }
  scope_result_describe_layer (self, layer);
  scope_provenance_set (self->provenance, "channel", "%" G_GSIZE_FORMAT, spec->channel);
  gboolean of_map = value == SCOPE_STRIP_ROW || value == SCOPE_STRIP_COLUMN;
  self->title = of_map ? scope_result_map_title (layer, spec)
                       : scope_result_layer_title (layer, (gssize)spec->channel);
}

static gboolean
check_strip (ScopeLayerTrace *layer, const ScopeMapSpec *spec, gsize length, ScopeStripValue value,
             gsize at, gsize begin, gsize end, GError **error)
{
  gboolean of_map = value == SCOPE_STRIP_ROW || value == SCOPE_STRIP_COLUMN;
  if (!of_map && !scope_check_channel (layer, spec->channel, error)) /* a map checks its own */
    return FALSE;
  if (begin < end && end <= length && (!of_map || at < length))
    return TRUE;
  scope_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                   "tokens %" G_GSIZE_FORMAT ":%" G_GSIZE_FORMAT " of token %" G_GSIZE_FORMAT
                   ": expected them within 0:%" G_GSIZE_FORMAT,
                   begin, end, at, length);
  return FALSE;
}

ScopeResult *
scope_result_strip (ScopeTrace *trace, ScopeLayerTrace *layer, const ScopeMapSpec *spec,
                    const ScopeTokens *tokens, ScopeStripValue value, gsize at, gsize begin,
                    gsize end, ScopeProgress *progress, GError **error)
{
  gsize length = MIN (scope_layer_trace_length (layer), scope_tokens_count (tokens));
  if (!check_strip (layer, spec, length, value, at, begin, end, error))
    return NULL;
  g_autoptr (ScopeResult) self = scope_result_new (SCOPE_RESULT_STRIP);
  gsize row = value == SCOPE_STRIP_ROW ? at : 0;
  self->range = (ScopeRange){ row, row + 1, begin, end };
  self->matrix = scope_matrix_new (SCOPE_REAL_F64, 1, end - begin, error);
  if (self->matrix == NULL)
    return NULL;
  for (gsize c = 0; c < end - begin; c++)
    scope_matrix_set (self->matrix, 0, c, NAN);
  scope_result_describe_run (self, layer);
  if (!fill (self, trace, layer, spec, tokens, value, at, progress, error)
      || !scope_result_add_dropped (self, layer, spec, error))
    return NULL;
  take_words (self, tokens);
  describe (self, layer, spec, value);
  return g_steal_pointer (&self);
}

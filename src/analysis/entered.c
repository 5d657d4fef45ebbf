/* Layers that not all tokens of the text enter. */
#include "analysis/analysis-private.h"

gsize
scope_entered_before (const ScopeLayerTrace *layer, gsize token)
{
  const GArray *entered = scope_layer_trace_entered (layer);
  if (entered == NULL)
    return token;
  gsize low = 0, high = entered->len;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if (g_array_index (entered, gsize, middle) < token)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

gsize
scope_entered_token (const ScopeLayerTrace *layer, gsize place)
{
  const GArray *entered = scope_layer_trace_entered (layer);
  return entered != NULL ? g_array_index (entered, gsize, place) : place;
}

gboolean
scope_entered_has (const ScopeLayerTrace *layer, gsize token)
{
  return scope_entered_before (layer, token + 1) > scope_entered_before (layer, token);
}

gsize
scope_entered_count (const ScopeLayerTrace *layer)
{
  return scope_entered_before (layer, scope_layer_trace_length (layer));
}

void
scope_entered_blank (const ScopeLayerTrace *layer, ScopeRange range, ScopeMatrix *tile)
{
  if (scope_layer_trace_entered (layer) == NULL)
    return;
  gsize rows = range.row_end - range.row_begin, columns = range.column_end - range.column_begin;
  g_autofree guint8 *gone = g_new (guint8, columns);
  for (gsize c = 0; c < columns; c++)
    gone[c] = !scope_entered_has (layer, range.column_begin + c);
  for (gsize r = 0; r < rows; r++) {
    gboolean all = !scope_entered_has (layer, range.row_begin + r);
    for (gsize c = 0; c < columns; c++)
      if (all || gone[c])
        scope_matrix_set (tile, r, c, 0);
  }
}

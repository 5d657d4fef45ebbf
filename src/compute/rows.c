/* Texts that get shorter from layer to layer: which tokens are left, and rows gathered by them. */
#include "compute/compute-private.h"

#include "base/error.h"

/* How many of ROWS from BEGIN on are neighbours: they lie together on both sides. */
static gsize
run_length (const GArray *rows, gsize begin)
{
  gsize end = begin + 1, first = g_array_index (rows, gsize, begin);
  while (end < rows->len && g_array_index (rows, gsize, end) == first + (end - begin))
    end++;
  return end - begin;
}

gboolean
scope_tensor_gather (ScopeBackend *backend, ScopeTensor to, ScopeTensor from, const GArray *rows,
                     GError **error)
{
  for (gsize k = 0, count; k < rows->len; k += count) {
    gsize first = g_array_index (rows, gsize, k);
    count = run_length (rows, k);
    if (!scope_tensor_copy (backend, scope_tensor_rows (to, k, k + count),
                            scope_tensor_rows (from, first, first + count), error))
      return FALSE;
  }
  return TRUE;
}

gboolean
scope_tensor_scatter (ScopeBackend *backend, ScopeTensor to, ScopeTensor from, const GArray *rows,
                      GError **error)
{
  for (gsize k = 0, count; k < rows->len; k += count) {
    gsize first = g_array_index (rows, gsize, k);
    count = run_length (rows, k);
    if (!scope_tensor_copy (backend, scope_tensor_rows (to, first, first + count),
                            scope_tensor_rows (from, k, k + count), error))
      return FALSE;
  }
  return TRUE;
}

gboolean
scope_tensor_shorten (ScopeBackend *backend, ScopeTensor tensor, const GArray *rows, GError **error)
{
  ScopeTensor left = { 0 };
  if (rows == NULL)
    return TRUE;
  gboolean done
      = scope_tensor_alloc (backend, tensor.type, rows->len, (gsize)tensor.columns, &left, error)
        && scope_tensor_gather (backend, left, tensor, rows, error)
        && scope_tensor_copy (backend, scope_tensor_rows (tensor, 0, rows->len), left, error)
        && scope_backend_sync (backend, error);
  scope_tensor_free (backend, &left);
  return done;
}

GArray *
scope_positions_keep (GArray *positions, const GArray *kept)
{
  if (kept == NULL)
    return positions != NULL ? g_array_ref (positions) : NULL;
  GArray *left = g_array_sized_new (FALSE, FALSE, sizeof (gsize), kept->len);
  for (guint k = 0; k < kept->len; k++) {
    gsize row = g_array_index (kept, gsize, k);
    gsize position = positions != NULL ? g_array_index (positions, gsize, row) : row;
    g_array_append_val (left, position);
  }
  return left;
}

gsize
scope_positions_before (const GArray *positions, gsize token, gsize length)
{
  if (positions == NULL)
    return MIN (token, length);
  gsize low = 0, high = positions->len;
  while (low < high) {
    gsize middle = low + (high - low) / 2;
    if (g_array_index (positions, gsize, middle) < token)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

const ScopePlanEdit *
scope_positions_edit (const GArray *positions, const ScopePlanEdit *edit, ScopePlanEdit *out)
{
  if (edit == NULL || positions == NULL)
    return edit;
  gsize row = scope_positions_before (positions, edit->token, 0);
  if (row == positions->len || g_array_index (positions, gsize, row) != edit->token)
    return NULL;
  *out = *edit;
  out->token = row;
  return out;
}

gsize
scope_trace_rows (const ScopeTrace *self, gsize layer)
{
  return self->positions[layer] != NULL ? self->positions[layer]->len : self->length;
}

const GArray *
scope_trace_positions (const ScopeTrace *self, gsize layer)
{
  g_return_val_if_fail (layer <= self->schedule->config->n_layer, NULL);
  return self->positions[layer];
}

gboolean
scope_trace_take_embedded (const ScopeTrace *self, gsize layer, ScopeTensor *taken,
                           ScopeTensor *out, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const GArray *positions = self->positions[layer];
  gboolean hybrid = scope_config_layer_kind (self->schedule->config, layer) == SCOPE_LAYER_HYBRID;
  *out = scope_trace_embedded (self);
  if (positions == NULL || !hybrid)
    return TRUE;
  if (!scope_tensor_alloc (backend, out->type, positions->len, (gsize)out->columns, taken, error)
      || !scope_tensor_gather (backend, *taken, *out, positions, error))
    return FALSE;
  *out = *taken;
  return TRUE;
}

gboolean
scope_trace_find_rows (const ScopeTrace *self, gsize begin, gsize end, gsize *first, GError **error)
{
  const GArray *left = self->positions[self->schedule->config->n_layer];
  *first = begin;
  if (left == NULL)
    return TRUE;
  *first = scope_positions_before (left, begin, self->length);
  for (gsize token = begin; token < end; token++) {
    gsize row = *first + (token - begin);
    if (row < left->len && g_array_index (left, gsize, row) == token)
      continue;
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "token %" G_GSIZE_FORMAT " has no logits: %s dropped it on the way", token,
                 scope_plan_spec (self->plan));
    return FALSE;
  }
  return TRUE;
}

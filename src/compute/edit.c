/* One Δ of the text changed before the scan reads it: what takes its place is the number from which
 * bias and softplus make the Δ wanted, so that limits, filter and scan need not know. */
#include "compute/compute-private.h"

#include <math.h>

#include "base/half.h"

/* Below any bias a softplus of it is 0 in double too, and it is no infinity. */
#define NEVER (-1e4)

static double
softplus (double x)
{
  return x > 30 ? x : log1p (exp (x));
}

double
scope_inverse_softplus (double delta)
{
  return delta > 0 ? delta + log (-expm1 (-delta)) : NEVER;
}

static void
store (ScopeType type, void *row, gsize index, double value)
{
  if (type == SCOPE_TYPE_F64)
    ((double *)row)[index] = value;
  else if (type == SCOPE_TYPE_F32)
    ((float *)row)[index] = (float)value;
  else
    ((guint16 *)row)[index] = scope_bfloat_from_float ((float)value);
}

/* RAW is a part of one row; BIAS the same part of the biases, or without data. */
static gboolean
edit_row (ScopeBackend *backend, const ScopePlanEdit *edit, ScopeTensor raw, ScopeTensor bias,
          GError **error)
{
  g_autoptr (ScopeMatrix) was = scope_tensor_read (backend, raw, error);
  g_autoptr (ScopeMatrix) biases
      = was != NULL && bias.data != NULL ? scope_tensor_read (backend, bias, error) : NULL;
  gsize count = (gsize)raw.columns, size = scope_type_size (raw.type);
  if (was == NULL || (bias.data != NULL && biases == NULL))
    return FALSE;
  g_autofree char *row = g_malloc (count * size);
  for (gsize h = 0; h < count; h++) {
    double offset = biases != NULL ? scope_matrix_get (biases, 0, h) : 0;
    double delta = edit->factor * softplus (scope_matrix_get (was, 0, h) + offset);
    if (!isnan (edit->value))
      delta = edit->value;
    store (raw.type, row, h, scope_inverse_softplus (delta) - offset);
  }
  return scope_backend_upload (backend, raw.data, row, count * size, error);
}

gboolean
scope_chunk_edit (const ScopeChunk *self, const ScopeActivations *activations, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  const ScopePlanEdit *edit = self->edit;
  if (edit == NULL || edit->token < self->begin || edit->token >= self->end)
    return TRUE;
  gboolean all = edit->channel == G_MAXSIZE;
  gsize first = all ? 0 : edit->channel, end = all ? config->channels : edit->channel + 1;
  gsize row = edit->token - self->begin;
  ScopeTensor raw = scope_activations_raw (activations, config);
  ScopeTensor bias = self->schedule->weights.layers[self->layer].dt_bias;
  return edit_row (self->schedule->backend, edit,
                   scope_tensor_columns (scope_tensor_rows (raw, row, row + 1), first, end),
                   bias.data != NULL ? scope_tensor_columns (bias, first, end) : bias, error);
}

#include <math.h>

#include "base/half.h"
#include "cli/bench/bench.h"

/* Random numbers are made this many at a time and repeated: a prime, so that no two rows of a
 * matrix are alike. */
#define PERIOD 1000003

BenchTensors *
bench_tensors_new (ScopeBackend *backend)
{
  BenchTensors *self = g_new0 (BenchTensors, 1);
  self->backend = backend;
  self->all = g_array_new (FALSE, FALSE, sizeof (ScopeTensor));
  self->seed = 0x9e3779b97f4a7c15u;
  return self;
}

void
bench_tensors_free (BenchTensors *self)
{
  for (guint i = 0; i < self->all->len; i++)
    scope_tensor_free (self->backend, &g_array_index (self->all, ScopeTensor, i));
  g_array_unref (self->all);
  g_free (self);
}

static gboolean
add_tensor (BenchTensors *self, ScopeType type, gsize rows, gsize columns, ScopeTensor *out,
            GError **error)
{
  if (!scope_tensor_alloc (self->backend, type, rows, columns, out, error))
    return FALSE;
  g_array_append_val (self->all, *out);
  return TRUE;
}

/* [0, 1), by xorshift. */
static double
next_random (guint64 *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return (double)(*state >> 11) * 0x1p-53;
}

static void
put (ScopeType type, void *out, gsize index, double value)
{
  if (type == SCOPE_TYPE_F64)
    ((double *)out)[index] = value;
  else if (type == SCOPE_TYPE_F32)
    ((float *)out)[index] = (float)value;
  else if (type == SCOPE_TYPE_BF16)
    ((guint16 *)out)[index] = scope_bfloat_from_float ((float)value);
  else if (type == SCOPE_TYPE_I32)
    ((gint32 *)out)[index] = (gint32)floor (value);
  else
    ((guint8 *)out)[index] = (guint8)value;
}

gboolean
bench_tensor (BenchTensors *self, ScopeType type, gsize rows, gsize columns, double low,
              double high, ScopeTensor *out, GError **error)
{
  if (!add_tensor (self, type, rows, columns, out, error))
    return FALSE;
  gsize count = rows * columns, size = scope_type_size (type), block = MIN (count, PERIOD);
  g_autofree char *values = g_malloc (block * size);
  for (gsize i = 0; i < block; i++)
    put (type, values, i, low + (high - low) * next_random (&self->seed));
  for (gsize begin = 0; begin < count; begin += block)
    if (!scope_backend_upload (self->backend, (char *)out->data + begin * size, values,
                               MIN (block, count - begin) * size, error))
      return FALSE;
  return TRUE;
}

gboolean
bench_tensor_of (BenchTensors *self, ScopeType type, gsize rows, gsize columns,
                 const double *values, ScopeTensor *out, GError **error)
{
  if (!add_tensor (self, type, rows, columns, out, error))
    return FALSE;
  gsize count = rows * columns;
  g_autofree void *converted = g_malloc (count * scope_type_size (type));
  for (gsize i = 0; i < count; i++)
    put (type, converted, i, values[i]);
  return scope_backend_upload (self->backend, out->data, converted, count * scope_type_size (type),
                               error);
}

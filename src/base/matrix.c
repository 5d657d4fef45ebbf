#include "base/matrix.h"

#include "base/checked.h"
#include "base/error.h"

struct _ScopeMatrix {
  gatomicrefcount references;
  ScopeReal real;
  gsize rows, columns, stride;
  void *data;
  gpointer owner;
  GDestroyNotify release;
};

/* Far above any machine's memory; refusing beyond it keeps the sum of a size and an allocator's
 * own bookkeeping from overflowing. */
#define SCOPE_MATRIX_LIMIT ((gsize)1 << 39)

gsize
scope_real_size (ScopeReal real)
{
  return real == SCOPE_REAL_F64 ? sizeof (double) : sizeof (float);
}

ScopeMatrix *
scope_matrix_new (ScopeReal real, gsize rows, gsize columns, GError **error)
{
  gsize count, bytes;
  void *data = NULL;
  gboolean fits = scope_size_multiply (rows, columns, &count)
                  && scope_size_multiply (count, scope_real_size (real), &bytes)
                  && bytes <= SCOPE_MATRIX_LIMIT;
  if (fits)
    data = g_try_malloc0 (MAX (bytes, 1));
  if (data == NULL) {
    g_set_error (error, SCOPE_ERROR, SCOPE_ERROR_TOO_LARGE,
                 "a matrix of %" G_GSIZE_FORMAT " x %" G_GSIZE_FORMAT
                 " numbers does not fit in memory",
                 rows, columns);
    return NULL;
  }
  return scope_matrix_wrap (real, data, rows, columns, columns, data, g_free);
}

ScopeMatrix *
scope_matrix_wrap (ScopeReal real, void *data, gsize rows, gsize columns, gsize stride,
                   gpointer owner, GDestroyNotify release)
{
  ScopeMatrix *self = g_new (ScopeMatrix, 1);
  g_atomic_ref_count_init (&self->references);
  self->real = real;
  self->rows = rows;
  self->columns = columns;
  self->stride = stride;
  self->data = data;
  self->owner = owner;
  self->release = release;
  return self;
}

ScopeMatrix *
scope_matrix_ref (ScopeMatrix *self)
{
  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
scope_matrix_unref (ScopeMatrix *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  if (self->release != NULL)
    self->release (self->owner);
  g_free (self);
}

ScopeReal
scope_matrix_real (const ScopeMatrix *self)
{
  return self->real;
}

gsize
scope_matrix_rows (const ScopeMatrix *self)
{
  return self->rows;
}

gsize
scope_matrix_columns (const ScopeMatrix *self)
{
  return self->columns;
}

gsize
scope_matrix_stride (const ScopeMatrix *self)
{
  return self->stride;
}

void *
scope_matrix_data (ScopeMatrix *self)
{
  return self->data;
}

const float *
scope_matrix_row_f32 (const ScopeMatrix *self, gsize row)
{
  g_return_val_if_fail (row < self->rows, NULL);
  return self->real == SCOPE_REAL_F32 ? (const float *)self->data + row * self->stride : NULL;
}

const double *
scope_matrix_row_f64 (const ScopeMatrix *self, gsize row)
{
  g_return_val_if_fail (row < self->rows, NULL);
  return self->real == SCOPE_REAL_F64 ? (const double *)self->data + row * self->stride : NULL;
}

double
scope_matrix_get (const ScopeMatrix *self, gsize row, gsize column)
{
  g_return_val_if_fail (row < self->rows && column < self->columns, 0);
  gsize at = row * self->stride + column;
  return self->real == SCOPE_REAL_F32 ? ((const float *)self->data)[at]
                                      : ((const double *)self->data)[at];
}

void
scope_matrix_set (ScopeMatrix *self, gsize row, gsize column, double value)
{
  g_return_if_fail (row < self->rows && column < self->columns);
  gsize at = row * self->stride + column;
  if (self->real == SCOPE_REAL_F32)
    ((float *)self->data)[at] = (float)value;
  else
    ((double *)self->data)[at] = value;
}

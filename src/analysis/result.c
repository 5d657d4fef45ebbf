#include "analysis/result.h"

#include <math.h>

static void
curve_free (gpointer data)
{
  ScopeCurve *curve = data;
  g_free (curve->name);
  g_free (curve->x);
  g_free (curve->y);
  g_free (curve);
}

ScopeResult *
scope_result_new (ScopeResultKind kind)
{
  ScopeResult *self = g_new0 (ScopeResult, 1);
  self->refs = 1;
  self->kind = kind;
  self->provenance = scope_provenance_new ();
  self->exact = TRUE;
  self->curves = g_ptr_array_new_with_free_func (curve_free);
  self->x_mark = NAN;
  self->y_mark = NAN;
  return self;
}

ScopeResult *
scope_result_ref (ScopeResult *self)
{
  g_atomic_int_inc (&self->refs);
  return self;
}

void
scope_result_unref (ScopeResult *self)
{
  if (!g_atomic_int_dec_and_test (&self->refs))
    return;
  g_free (self->title);
  g_clear_pointer (&self->provenance, scope_provenance_unref);
  g_clear_pointer (&self->matrix, scope_matrix_unref);
  g_free (self->value_label);
  g_free (self->boundary_row);
  g_free (self->boundary_start);
  g_free (self->dropped);
  g_ptr_array_unref (self->curves);
  g_free (self->x_label);
  g_free (self->y_label);
  g_free (self);
}

void
scope_result_add_curve (ScopeResult *self, const char *name, gboolean global, const double *x,
                        const double *y, gsize count)
{
  ScopeCurve *curve = g_new (ScopeCurve, 1);
  *curve = (ScopeCurve){ .name = g_strdup (name),
                         .global = global,
                         .count = count,
                         .x = g_memdup2 (x, count * sizeof (double)),
                         .y = g_memdup2 (y, count * sizeof (double)) };
  g_ptr_array_add (self->curves, curve);
}

#include "analysis/result.h"

#include <math.h>

static void
curve_free (gpointer data)
{
  ScopeCurve *curve = data;
  g_free (curve->name);
  g_free (curve->x);
  g_free (curve->y);
  g_free (curve->low);
  g_free (curve->high);
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
  self->epsilon = SCOPE_FIELD_EPSILON;
  self->curves = g_ptr_array_new_with_free_func (curve_free);
  self->x_mark = NAN;
  self->y_mark = NAN;
  self->y_low = self->y_high = NAN;
  self->tiles = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_result_unref);
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
  g_clear_pointer (&self->mirror, scope_matrix_unref);
  g_free (self->mirror_start);
  g_ptr_array_unref (self->tiles);
  g_strfreev (self->words);
  g_ptr_array_unref (self->curves);
  g_free (self->x_label);
  g_free (self->y_label);
  g_free (self);
}

static double *
copy_values (const double *values, gsize count)
{
  return values != NULL ? g_memdup2 (values, count * sizeof (double)) : NULL;
}

static ScopeCurve *
add_line (ScopeResult *self, const char *name, const double *x, const double *y, gsize count)
{
  ScopeCurve *curve = g_new (ScopeCurve, 1);
  *curve = (ScopeCurve){ .name = g_strdup (name),
                         .series = -1,
                         .count = count,
                         .x = copy_values (x, count),
                         .y = copy_values (y, count) };
  g_ptr_array_add (self->curves, curve);
  return curve;
}

void
scope_result_add_curve (ScopeResult *self, const char *name, gboolean global, const double *x,
                        const double *y, gsize count)
{
  add_line (self, name, x, y, count)->global = global;
}

void
scope_result_add_series (ScopeResult *self, const char *name, gint series, const double *x,
                         const double *y, const double *low, const double *high, gsize count)
{
  ScopeCurve *curve = add_line (self, name, x, y, count);
  curve->series = series;
  curve->low = copy_values (low, count);
  curve->high = copy_values (high, count);
}

#include "export/normalise.h"

#include <math.h>
#include <string.h>

static const char *const names[SCOPE_N_NORMALISATIONS] = { "none", "row-l1", "minmax", "softmax" };

gboolean
scope_normalise_parse (const char *name, ScopeNormalise *out)
{
  for (int k = 0; k < SCOPE_N_NORMALISATIONS; k++)
    if (strcmp (name, names[k]) == 0) {
      *out = k;
      return TRUE;
    }
  return FALSE;
}

const char *
scope_normalise_name (ScopeNormalise kind)
{
  return names[kind];
}

/* Cell (r, c) covers the tokens of RANGE from begin + floor(n k / count). */
gsize
scope_causal_cells (ScopeRange range, gsize rows, gsize columns, gsize r)
{
  gsize last = range.row_begin + (range.row_end - range.row_begin) * (r + 1) / rows;
  gsize width = range.column_end - range.column_begin;
  if (last <= range.column_begin)
    return 0;
  if (last >= range.column_end)
    return columns;
  /* The first c with floor(width c / columns) >= last - column_begin. */
  gsize wanted = last - range.column_begin;
  return MIN (columns, (wanted * columns + width - 1) / width);
}

static void
row_l1 (ScopeMatrix *matrix, gsize r, gsize count)
{
  double sum = 0;
  for (gsize c = 0; c < count; c++)
    sum += fabs (scope_matrix_get (matrix, r, c));
  for (gsize c = 0; sum > 0 && c < count; c++)
    scope_matrix_set (matrix, r, c, scope_matrix_get (matrix, r, c) / sum);
}

static void
row_softmax (ScopeMatrix *matrix, gsize r, gsize count)
{
  double top = -INFINITY, sum = 0;
  for (gsize c = 0; c < count; c++)
    top = MAX (top, scope_matrix_get (matrix, r, c));
  for (gsize c = 0; c < count; c++) {
    double value = exp (scope_matrix_get (matrix, r, c) - top);
    scope_matrix_set (matrix, r, c, value);
    sum += value;
  }
  for (gsize c = 0; c < count; c++)
    scope_matrix_set (matrix, r, c, scope_matrix_get (matrix, r, c) / sum);
}

static void
whole_minmax (ScopeMatrix *matrix, ScopeRange range)
{
  gsize rows = scope_matrix_rows (matrix), columns = scope_matrix_columns (matrix);
  double least = INFINITY, most = -INFINITY;
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < scope_causal_cells (range, rows, columns, r); c++) {
      double value = fabs (scope_matrix_get (matrix, r, c));
      least = MIN (least, value);
      most = MAX (most, value);
    }
  double extent = most > least ? most - least : 1;
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < scope_causal_cells (range, rows, columns, r); c++)
      scope_matrix_set (matrix, r, c, (fabs (scope_matrix_get (matrix, r, c)) - least) / extent);
}

ScopeMatrix *
scope_normalise (const ScopeMatrix *matrix, ScopeRange range, ScopeNormalise kind, GError **error)
{
  gsize rows = scope_matrix_rows (matrix), columns = scope_matrix_columns (matrix);
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, rows, columns, error);
  if (out == NULL)
    return NULL;
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < scope_causal_cells (range, rows, columns, r); c++)
      scope_matrix_set (out, r, c, scope_matrix_get (matrix, r, c));
  if (kind == SCOPE_NORMALISE_MINMAX) {
    whole_minmax (out, range);
    return out;
  }
  for (gsize r = 0; r < rows && kind != SCOPE_NORMALISE_NONE; r++) {
    gsize count = scope_causal_cells (range, rows, columns, r);
    (kind == SCOPE_NORMALISE_ROW_L1 ? row_l1 : row_softmax) (out, r, count);
  }
  return out;
}

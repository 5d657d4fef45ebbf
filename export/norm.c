#include "export/norm.h"

#include <math.h>
#include <string.h>

#define LOG_DECADES  1e-5  /* floor of a fitted log norm, relative to its top */
#define SYMLOG_WIDTH 1e-4  /* linear width of a fitted symlog norm, likewise */
#define SMALLEST_TOP 1e-12 /* below this a map counts as all zero */

static const char *const names[SCOPE_N_NORMS] = { "linear", "log", "symlog" };

gboolean
scope_norm_parse (const char *name, ScopeNormKind *out)
{
  for (int k = 0; k < SCOPE_N_NORMS; k++)
    if (strcmp (name, names[k]) == 0) {
      *out = k;
      return TRUE;
    }
  return FALSE;
}

const char *
scope_norm_name (ScopeNormKind kind)
{
  return names[kind];
}

/* The finite extent; FALSE if nothing is finite. */
static gboolean
matrix_extent (const ScopeMatrix *matrix, double *low, double *high)
{
  double least = INFINITY, most = -INFINITY;
  for (gsize r = 0; r < scope_matrix_rows (matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (matrix); c++) {
      double value = scope_matrix_get (matrix, r, c);
      if (!isfinite (value))
        continue;
      least = MIN (least, value);
      most = MAX (most, value);
    }
  *low = least;
  *high = most;
  return least <= most;
}

ScopeNorm
scope_norm_fit (ScopeNormKind kind, const ScopeMatrix *matrix)
{
  double low, high;
  if (!matrix_extent (matrix, &low, &high))
    low = high = 0;
  double top = MAX (fabs (low), fabs (high));
  switch (kind) {
  case SCOPE_NORM_LINEAR:
    if (low == high)
      return (ScopeNorm){ kind, low, low + (top > 0 ? top : 1) };
    return (ScopeNorm){ kind, low, high };
  case SCOPE_NORM_LOG:
    if (top <= SMALLEST_TOP)
      return (ScopeNorm){ kind, LOG_DECADES, 1 };
    return (ScopeNorm){ kind, MAX (top * LOG_DECADES, SMALLEST_TOP), top };
  default:
    top = top > SMALLEST_TOP ? top : 1;
    return (ScopeNorm){ kind, top * SYMLOG_WIDTH, top };
  }
}

/* Linear within one width, then a decade for each unit. */
static double
symlog (double magnitude, double width)
{
  return magnitude <= width ? magnitude / width : 1 + log10 (magnitude / width);
}

double
scope_norm_apply (const ScopeNorm *norm, double value)
{
  if (isnan (value))
    return value;
  double place;
  switch (norm->kind) {
  case SCOPE_NORM_LINEAR:
    place = (value - norm->low) / (norm->high - norm->low);
    break;
  case SCOPE_NORM_LOG:
    value = CLAMP (fabs (value), norm->low, norm->high);
    place = log (value / norm->low) / log (norm->high / norm->low);
    break;
  default:
    place = symlog (MIN (fabs (value), norm->high), norm->low) / symlog (norm->high, norm->low);
    place = 0.5 + 0.5 * copysign (place, value);
  }
  return CLAMP (place, 0.0, 1.0);
}

double
scope_norm_invert (const ScopeNorm *norm, double place)
{
  switch (norm->kind) {
  case SCOPE_NORM_LINEAR:
    return norm->low + place * (norm->high - norm->low);
  case SCOPE_NORM_LOG:
    return norm->low * pow (norm->high / norm->low, place);
  default: {
    double unit = fabs (2 * place - 1) * symlog (norm->high, norm->low);
    double magnitude = unit <= 1 ? unit * norm->low : norm->low * pow (10, unit - 1);
    return copysign (magnitude, place - 0.5);
  }
  }
}

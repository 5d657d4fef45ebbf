#include "export/norm.h"

#include <math.h>
#include <string.h>

#define LOG_DECADES  1e-5  /* floor of a fitted log norm, relative to its top */
#define SYMLOG_WIDTH 1e-4  /* linear width of a fitted symlog norm, likewise */
#define SMALLEST_TOP 1e-12 /* below this a map counts as all zero */

static const char *const names[SCOPE_N_NORMS] = { "linear", "log", "symlog", "power", "rank" };

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

/* --- fitting ---------------------------------------------------------------------------------- */

/* Extent of one row's finite values. */
#define DEFINE_WIDEN(name, Real)                                                                   \
  static void name (const Real *values, gsize count, double extent[2])                             \
  {                                                                                                \
    Real low = (Real)INFINITY, high = -(Real)INFINITY;                                             \
    for (gsize k = 0; k < count; k++) {                                                            \
      gboolean finite = isfinite (values[k]);                                                      \
      low = finite && values[k] < low ? values[k] : low;                                           \
      high = finite && values[k] > high ? values[k] : high;                                        \
    }                                                                                              \
    extent[0] = MIN (extent[0], (double)low);                                                      \
    extent[1] = MAX (extent[1], (double)high);                                                     \
  }
DEFINE_WIDEN (widen_f32, float)
DEFINE_WIDEN (widen_f64, double)

static void
find_extent (const ScopeMatrix *const *matrices, gsize count, double extent[2])
{
  for (gsize m = 0; m < count; m++)
    for (gsize r = 0; r < scope_matrix_rows (matrices[m]); r++) {
      const float *row = scope_matrix_row_f32 (matrices[m], r);
      if (row != NULL)
        widen_f32 (row, scope_matrix_columns (matrices[m]), extent);
      else
        widen_f64 (scope_matrix_row_f64 (matrices[m], r), scope_matrix_columns (matrices[m]),
                   extent);
    }
}

/* The finite magnitudes above 0 of all matrices. */
static GArray *
collect_magnitudes (const ScopeMatrix *const *matrices, gsize count)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (double));
  for (gsize m = 0; m < count; m++)
    for (gsize r = 0; r < scope_matrix_rows (matrices[m]); r++)
      for (gsize c = 0; c < scope_matrix_columns (matrices[m]); c++) {
        double magnitude = fabs (scope_matrix_get (matrices[m], r, c));
        if (isfinite (magnitude) && magnitude > 0)
          g_array_append_val (out, magnitude);
      }
  return out;
}

/* Positive numbers are in the order of their bits: 16 of them at a time, from the lowest. */
static void
sort_magnitudes (double *values, gsize count)
{
  g_autofree double *other = g_new (double, count);
  double *from = values, *to = other;
  for (guint shift = 0; shift < 64; shift += 16) {
    g_autofree gsize *place = g_new0 (gsize, 0x10001);
    for (gsize k = 0; k < count; k++) {
      guint64 bits;
      memcpy (&bits, &from[k], sizeof bits);
      place[(bits >> shift & 0xffff) + 1]++;
    }
    if (place[1] == count) /* all zero, as the low bits of what was float32 */
      continue;
    for (gsize k = 1; k <= 0xffff; k++)
      place[k] += place[k - 1];
    for (gsize k = 0; k < count; k++) {
      guint64 bits;
      memcpy (&bits, &from[k], sizeof bits);
      to[place[bits >> shift & 0xffff]++] = from[k];
    }
    double *swap = from;
    from = to;
    to = swap;
  }
  if (from != values)
    memcpy (values, from, count * sizeof *values);
}

static void
fill_knots (ScopeNorm *norm, const double *sorted, gsize count)
{
  for (gsize k = 0; k < SCOPE_RANK_KNOTS; k++) {
    double place = (double)(count - 1) * (double)k / (SCOPE_RANK_KNOTS - 1);
    gsize below = (gsize)place;
    double part = place - (double)below, next = sorted[MIN (below + 1, count - 1)];
    norm->knot[k] = sorted[below] + part * (next - sorted[below]);
  }
  norm->low = norm->knot[0];
  norm->high = norm->knot[SCOPE_RANK_KNOTS - 1];
}

static ScopeNorm
fit_rank (const ScopeMatrix *const *matrices, gsize count)
{
  ScopeNorm norm = { .kind = SCOPE_NORM_RANK };
  g_autoptr (GArray) magnitudes = collect_magnitudes (matrices, count);
  double one = 1;
  if (magnitudes->len == 0)
    g_array_append_val (magnitudes, one);
  sort_magnitudes ((double *)(void *)magnitudes->data, magnitudes->len);
  fill_knots (&norm, (const double *)(void *)magnitudes->data, magnitudes->len);
  return norm;
}

static ScopeNorm
fit_linear (ScopeNormKind kind, double low, double high)
{
  double top = MAX (fabs (low), fabs (high));
  if (low == high)
    high = low + (top > 0 ? top : 1);
  return (ScopeNorm){ .kind = kind, .low = low, .high = high, .gamma = SCOPE_DEFAULT_GAMMA };
}

ScopeNorm
scope_norm_fit_all (ScopeNormKind kind, const ScopeMatrix *const *matrices, gsize count)
{
  double extent[2] = { INFINITY, -INFINITY };
  if (kind == SCOPE_NORM_RANK)
    return fit_rank (matrices, count);
  find_extent (matrices, count, extent);
  if (!(extent[0] <= extent[1]))
    extent[0] = extent[1] = 0;
  double top = MAX (fabs (extent[0]), fabs (extent[1]));
  if (kind == SCOPE_NORM_LINEAR || kind == SCOPE_NORM_POWER)
    return fit_linear (kind, extent[0], extent[1]);
  if (top <= SMALLEST_TOP)
    top = 1;
  double share = kind == SCOPE_NORM_LOG ? LOG_DECADES : SYMLOG_WIDTH;
  double low = kind == SCOPE_NORM_LOG ? MAX (top * share, SMALLEST_TOP) : top * share;
  return (ScopeNorm){ .kind = kind, .low = low, .high = top };
}

ScopeNorm
scope_norm_fit (ScopeNormKind kind, const ScopeMatrix *matrix)
{
  return scope_norm_fit_all (kind, &matrix, 1);
}

/* --- applying --------------------------------------------------------------------------------- */

/* Linear within one width, then a decade for each unit. */
static double
symlog (double magnitude, double width)
{
  return magnitude <= width ? magnitude / width : 1 + log10 (magnitude / width);
}

static double
unsymlog (const ScopeNorm *norm, double place)
{
  double unit = fabs (2 * place - 1) * symlog (norm->high, norm->low);
  double magnitude = unit <= 1 ? unit * norm->low : norm->low * pow (10, unit - 1);
  return copysign (magnitude, place - 0.5);
}

/* Where values repeat, the middle of the places they share. */
static double
rank_place (const ScopeNorm *norm, double magnitude)
{
  const double *knot = norm->knot;
  gsize below = 0, upto = 0; /* knots < magnitude, and <= magnitude */
  if (!(magnitude > 0))
    return 0;
  while (below < SCOPE_RANK_KNOTS && knot[below] < magnitude)
    below++;
  for (upto = below; upto < SCOPE_RANK_KNOTS && knot[upto] <= magnitude;)
    upto++;
  if (upto > below)
    return ((double)below + (double)upto - 1) / 2 / (SCOPE_RANK_KNOTS - 1);
  if (below == 0 || below == SCOPE_RANK_KNOTS)
    return below == 0 ? 0 : 1;
  double part = (magnitude - knot[below - 1]) / (knot[below] - knot[below - 1]);
  return ((double)(below - 1) + part) / (SCOPE_RANK_KNOTS - 1);
}

static double
unrank (const ScopeNorm *norm, double place)
{
  double at = CLAMP (place, 0.0, 1.0) * (SCOPE_RANK_KNOTS - 1);
  gsize below = MIN ((gsize)at, SCOPE_RANK_KNOTS - 2);
  return norm->knot[below] + (at - (double)below) * (norm->knot[below + 1] - norm->knot[below]);
}

double
scope_norm_apply (const ScopeNorm *norm, double value)
{
  if (isnan (value))
    return value;
  double place = 0;
  switch (norm->kind) {
  case SCOPE_NORM_LINEAR:
  case SCOPE_NORM_POWER:
    place = CLAMP ((value - norm->low) / (norm->high - norm->low), 0.0, 1.0);
    place = norm->kind == SCOPE_NORM_POWER ? pow (place, norm->gamma) : place;
    break;
  case SCOPE_NORM_LOG:
    value = CLAMP (fabs (value), norm->low, norm->high);
    place = log (value / norm->low) / log (norm->high / norm->low);
    break;
  case SCOPE_NORM_RANK:
    place = rank_place (norm, fabs (value));
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
  case SCOPE_NORM_POWER:
    place = pow (place, 1 / norm->gamma);
    return norm->low + place * (norm->high - norm->low);
  case SCOPE_NORM_LINEAR:
    return norm->low + place * (norm->high - norm->low);
  case SCOPE_NORM_LOG:
    return norm->low * pow (norm->high / norm->low, place);
  case SCOPE_NORM_RANK:
    return unrank (norm, place);
  default:
    return unsymlog (norm, place);
  }
}

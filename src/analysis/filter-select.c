/* Choosing among the Δ of a channel, without sorting them: which would take ten times as long. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"

/* Roundings by which Δ of equal tokens are apart where a product's rows are not all summed in one
 * order, as OpenBLAS does at the edges of its tiles: 28 of float32 and 10 of float64 were seen in
 * the samples' first layers, with kernels for AVX2 and for AVX-512. */
#define SAME 128

static double
middle (double a, double b, double c)
{
  return MAX (MIN (a, b), MIN (MAX (a, b), c));
}

static void
swap (double *a, double *b)
{
  double old = *a;
  *a = *b;
  *b = old;
}

/* VALUES, reordered: those above PIVOT, of sum *ABOVE, then *EQUAL of them, then the rest. Returns
 * how many are above. */
static gsize
partition (double *values, gsize count, double pivot, double *above, gsize *equal)
{
  gsize high = 0, end = count;
  *above = 0;
  for (gsize i = 0; i < end;)
    if (values[i] > pivot) {
      *above += values[i];
      swap (&values[i++], &values[high++]);
    } else if (values[i] < pivot)
      swap (&values[i], &values[--end]);
    else
      i++;
  *equal = end - high;
  return high;
}

double
scope_select_within (double *values, gsize count, double target)
{
  while (count > 0) {
    double above, pivot = middle (values[0], values[count / 2], values[count - 1]);
    gsize equal, high = partition (values, count, pivot, &above, &equal);
    if (above > target) {
      count = high;
      continue;
    }
    if (above + (double)equal * pivot > target)
      return pivot;
    target -= above + (double)equal * pivot;
    values += high + equal;
    count -= high + equal;
  }
  return -INFINITY;
}

double
scope_select_rank (double *values, gsize count, gsize rank)
{
  for (;;) {
    double above, pivot = middle (values[0], values[count / 2], values[count - 1]);
    gsize equal, high = partition (values, count, pivot, &above, &equal);
    if (rank < high) {
      count = high;
      continue;
    }
    if (rank < high + equal)
      return pivot;
    values += high + equal;
    count -= high + equal;
    rank -= high + equal;
  }
}

double
scope_select_rounding (const ScopeMatrix *delta)
{
  return SAME * (scope_matrix_real (delta) == SCOPE_REAL_F64 ? DBL_EPSILON : (double)FLT_EPSILON);
}

double
scope_select_cut (double value, gboolean stays, double rounding)
{
  return stays ? nextafter (value * (1 - rounding), -INFINITY) : value * (1 + rounding);
}

typedef struct {
  const ScopeFilterAim *aim;
  gsize layer;
  const ScopeMatrix *delta;
  double *threshold;
} Job;

static void
select_channel (gsize channel, double *values, gpointer data)
{
  const Job *job = data;
  gsize count = scope_matrix_rows (job->delta);
  job->threshold[channel] = -INFINITY;
  if (!scope_filter_aim_is_global (job->aim, job->layer, channel))
    return;
  double value = job->aim->select (job->aim, job->layer, channel, values, count);
  job->threshold[channel]
      = scope_select_cut (value, job->aim->equal_stays, scope_select_rounding (job->delta));
}

void
scope_select_thresholds (const ScopeFilterAim *aim, gsize layer, const ScopeMatrix *delta,
                         double *threshold)
{
  Job job = { aim, layer, delta, threshold };
  scope_matrix_each_column (delta, 0, scope_matrix_columns (delta), scope_matrix_rows (delta),
                            select_channel, &job);
}

GArray *
scope_select_largest (const double *scores, gsize count, gsize keep, double rounding)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (gsize));
  if (keep == 0)
    return kept;
  g_autofree double *values = g_memdup2 (scores, count * sizeof *scores);
  double least = scope_select_rank (values, count, MIN (keep, count) - 1);
  double low = least * (1 - rounding), high = least * (1 + rounding);
  gsize above = 0;
  for (gsize t = 0; t < count; t++)
    above += scores[t] > high;
  gsize equal = MIN (keep, count) - above;
  for (gsize t = 0; t < count; t++) {
    gboolean last = scores[t] >= low && scores[t] <= high && equal > 0;
    if (scores[t] > high || last)
      g_array_append_val (kept, t);
    equal -= last;
  }
  return kept;
}

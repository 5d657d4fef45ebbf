/* Thresholds of a calibration (calibrate.h): g(S) of one channel is a walk along about L points of
 * its Δ resampled to S, and a table has two dozen S. Here the walk goes from one of the window's
 * values to the next, by sums of the points between them, which depend on L and S alone. A sum that
 * comes so close to the target that rounding might decide is left to the walk itself, so that every
 * threshold is the walk's, to the bit. */
#include <float.h>

#include "analysis/calibrate.h"

/* Relative to the target, for each value of the window: several times what either way of adding up
 * can be off by. */
#define ROUNDING (16 * DBL_EPSILON)

/* Segments whose sum is made at once. */
#define BLOCK 16

/* How the points of one length lie between the values: segment l is those between values l and
 * l + 1, and the sum of all points up to its end is Σ_{k<=l} whole[k] value[k] + next[l]
 * value[l+1]. */
typedef struct {
  gsize length, segments;
  gsize *first; /* (segments) point of each */
  double *whole, *next;
} Grid;

struct _ScopeThresholds {
  gsize count, n_grids;
  Grid *grids;
};

/* The value that point I of LENGTH lies behind, and how far towards the next. */
static gsize
place (gsize count, gsize length, gsize i, double *share)
{
  double at = ((double)i + 0.5) * (double)count / (double)length - 0.5;
  gsize left = at > 0 ? (gsize)at : 0;
  *share = at > 0 ? at - (double)left : 0.0;
  return left;
}

/* Point I of LENGTH of the linear interpolation of SORTED: half-pixel centres, ends held. */
static double
resampled (const double *sorted, gsize count, gsize length, gsize i)
{
  double share;
  gsize left = place (count, length, i, &share), right = MIN (left + 1, count - 1);
  return sorted[left] + share * (sorted[right] - sorted[left]);
}

/* Of LENGTH > COUNT points, the first index at which their sum exceeds the target, plus one; at
 * most the last. Found after about COUNT points: the largest COUNT of LENGTH sum to no less than
 * it. */
static gsize
walk (const double *sorted, gsize count, double target, gsize length)
{
  double sum = 0;
  for (gsize i = 0; i < length; i++) {
    sum += resampled (sorted, count, length, i);
    if (sum > target)
      return MIN (i + 1, length - 1);
  }
  return length - 1;
}

static double
threshold (const double *sorted, gsize count, gsize length, gsize kept, double *alpha)
{
  if (alpha != NULL)
    *alpha = (double)kept / (double)length;
  return length > count ? resampled (sorted, count, length, kept) : 0;
}

double
scope_calibrate_threshold (const double *sorted, gsize count, double target, gsize length,
                           double *alpha)
{
  gsize kept = length > count ? walk (sorted, count, target, length) : length;
  return threshold (sorted, count, length, kept, alpha);
}

/* As many segments as a sum that the window itself reaches may pass. */
static void
grid_init (Grid *self, gsize count, gsize length)
{
  double share, whole = 0, next = 0;
  gsize most = length > count ? place (count, length, count, &share) + 1 : 0;
  *self = (Grid){ length, MIN (most, count - 1), NULL, NULL, NULL };
  self->first = g_new (gsize, self->segments);
  self->whole = g_new (double, self->segments);
  self->next = g_new (double, self->segments);
  for (gsize l = 0, i = 0; l < self->segments; l++) {
    self->first[l] = i;
    whole = next;
    next = 0;
    for (; place (count, length, i, &share) == l; i++) {
      whole += 1 - share;
      next += share;
    }
    self->whole[l] = whole;
    self->next[l] = next;
  }
}

ScopeThresholds *
scope_thresholds_new (gsize count, const gsize *lengths, gsize n_lengths)
{
  ScopeThresholds *self = g_new (ScopeThresholds, 1);
  *self = (ScopeThresholds){ count, n_lengths, g_new (Grid, n_lengths) };
  for (gsize s = 0; s < n_lengths; s++)
    grid_init (&self->grids[s], count, lengths[s]);
  return self;
}

void
scope_thresholds_free (ScopeThresholds *self)
{
  for (gsize s = 0; s < self->n_grids; s++) {
    g_free (self->grids[s].first);
    g_free (self->grids[s].whole);
    g_free (self->grids[s].next);
  }
  g_free (self->grids);
  g_free (self);
}

/* Σ of whole[k] value[k] over the block from segment L on. */
static double
block_sum (const Grid *self, const double *sorted, gsize l)
{
  double sums[4] = { 0 };
  for (gsize k = l; k < l + BLOCK; k += 4)
    for (gsize j = 0; j < 4; j++)
      sums[j] += self->whole[k + j] * sorted[k + j];
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* The first segment at whose end the sum of the points exceeds LIMIT, and the sum BEFORE it; FALSE
 * if there is none. Whole blocks are passed by at once: the sums only grow. */
static gboolean
find_segment (const Grid *self, const double *sorted, double limit, gsize *segment, double *before)
{
  double whole = 0, last = 0;
  gsize l = 0;
  for (; l + BLOCK <= self->segments; l += BLOCK) {
    double after = whole + block_sum (self, sorted, l);
    double sum = after + self->next[l + BLOCK - 1] * sorted[l + BLOCK];
    if (sum > limit)
      break;
    whole = after;
    last = sum;
  }
  for (; l < self->segments; l++) {
    whole += self->whole[l] * sorted[l];
    double sum = whole + self->next[l] * sorted[l + 1];
    if (sum > limit)
      break;
    last = sum;
  }
  *segment = l;
  *before = last;
  return l < self->segments;
}

/* walk(), or 0 where it has to be asked: every sum before the one that exceeds the target is below
 * it, and that one above, by more than rounding. */
static gsize
jump (const Grid *self, const double *sorted, gsize count, double target)
{
  double margin = ROUNDING * (double)count * target, sum;
  gsize segment, end;
  if (!find_segment (self, sorted, target - margin, &segment, &sum))
    return 0;
  end = segment + 1 < self->segments ? self->first[segment + 1] : self->length;
  for (gsize i = self->first[segment]; i < end; i++) {
    sum += resampled (sorted, count, self->length, i);
    if (sum > target - margin)
      return sum > target + margin ? MIN (i + 1, self->length - 1) : 0;
  }
  return 0;
}

double
scope_thresholds_find (const ScopeThresholds *self, gsize index, const double *sorted,
                       double target, double *alpha)
{
  const Grid *grid = &self->grids[index];
  gsize kept = sorted[self->count - 1] >= 0 ? jump (grid, sorted, self->count, target) : 0;
  if (kept == 0)
    return scope_calibrate_threshold (sorted, self->count, target, grid->length, alpha);
  return threshold (sorted, self->count, grid->length, kept, alpha);
}

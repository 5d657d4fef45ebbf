#include "ui/map-scale.h"

#include <math.h>
#include <string.h>

#define LOG_DECADES  1e-6 /* the least of the axis, relative to its top */
#define SYMLOG_WIDTH 1e-4
#define SMALLEST_TOP 1e-12
/* Below this, relative to the largest value, a negative one is not worth half of the axis. */
#define NEGATIVE_SHARE 1e-3

/* The next of 1, 2 and 5 times a power of ten. */
static double
round_up (double value)
{
  static const double steps[] = { 1, 2, 5, 10 };
  double power = pow (10, floor (log10 (value)));
  for (gsize k = 0; k < G_N_ELEMENTS (steps); k++)
    if (value <= steps[k] * power * (1 + 1e-9))
      return steps[k] * power;
  return value;
}

static void
update_axis (ScopeMapScale *self)
{
  double most = MAX (self->seen, SMALLEST_TOP);
  double decade = pow (10, ceil (log10 (most) - 1e-9));
  ScopeNorm *axis = &self->axis;
  switch (axis->kind) {
  case SCOPE_NORM_LOG:
    axis->high = decade;
    axis->low = decade * LOG_DECADES;
    break;
  case SCOPE_NORM_SYMLOG:
    axis->high = decade;
    axis->low = decade * SYMLOG_WIDTH;
    break;
  case SCOPE_NORM_RANK:
    break; /* the sample's */
  default:
    axis->high = round_up (most);
    axis->low = self->negative && axis->kind == SCOPE_NORM_LINEAR ? -axis->high : 0;
    axis->gamma = SCOPE_DEFAULT_GAMMA;
  }
}

static gboolean
range_is_possible (ScopeNormKind kind, double low, double high)
{
  gboolean positive = kind == SCOPE_NORM_LOG || kind == SCOPE_NORM_SYMLOG;
  return isfinite (low) && isfinite (high) && low < high && (!positive || low > 0)
         && kind != SCOPE_NORM_RANK;
}

static gboolean
same_norm (const ScopeNorm *a, const ScopeNorm *b)
{
  if (a->kind != b->kind || a->low != b->low || a->high != b->high || a->gamma != b->gamma)
    return FALSE;
  for (gsize k = 0; k < SCOPE_RANK_KNOTS && a->kind == SCOPE_NORM_RANK; k++)
    if (a->knot[k] != b->knot[k])
      return FALSE;
  return TRUE;
}

/* TRUE if the norm is another. */
static gboolean
update (ScopeMapScale *self)
{
  ScopeNorm before = self->norm;
  update_axis (self);
  self->norm = self->axis;
  if (range_is_possible (self->axis.kind, self->low, self->high)) {
    self->norm.low = self->low;
    self->norm.high = self->high;
  }
  return !same_norm (&before, &self->norm);
}

static void
default_knots (ScopeNorm *norm)
{
  for (gsize k = 0; k < SCOPE_RANK_KNOTS; k++)
    norm->knot[k] = (double)k / (SCOPE_RANK_KNOTS - 1);
}

void
scope_map_scale_init (ScopeMapScale *self)
{
  memset (self, 0, sizeof *self);
  self->palette = SCOPE_PALETTE_VIRIDIS;
  self->axis.kind = SCOPE_NORM_LOG;
  default_knots (&self->axis);
  self->low = self->high = NAN;
  self->seen = 1;
  update (self);
  self->seen = 0;
}

void
scope_map_scale_forget (ScopeMapScale *self)
{
  self->seen = 0;
  self->negative = FALSE;
  memset (self->bins, 0, sizeof self->bins);
}

gboolean
scope_map_scale_see (ScopeMapScale *self, double most)
{
  if (!(most > self->seen))
    return FALSE;
  self->seen = most;
  return update (self);
}

gboolean
scope_map_scale_set_kind (ScopeMapScale *self, ScopeNormKind kind)
{
  if (kind == self->axis.kind)
    return FALSE;
  self->axis.kind = kind;
  self->low = self->high = NAN; /* what was a good range of the other says nothing of this one */
  if (kind == SCOPE_NORM_RANK) {
    self->axis.low = 0;
    self->axis.high = MAX (self->seen, SMALLEST_TOP);
  }
  return update (self);
}

gboolean
scope_map_scale_set_range (ScopeMapScale *self, double low, double high)
{
  gboolean none = isnan (low) && isnan (high);
  if (!none && !range_is_possible (self->axis.kind, low, high))
    return FALSE;
  self->low = low;
  self->high = high;
  return update (self);
}

static void
fill_bins (ScopeMapScale *self, const float *values, gsize count)
{
  float most = 0;
  memset (self->bins, 0, sizeof self->bins);
  for (gsize k = 0; k < count; k++) {
    double place = scope_norm_apply (&self->axis, values[k]);
    /* What is off the axis would pile up at its end and dwarf the rest. */
    if (values[k] != 0 && place > 0 && place <= 1)
      self->bins[MIN ((gsize)(place * SCOPE_MAP_BINS), SCOPE_MAP_BINS - 1)] += 1;
  }
  for (gsize k = 0; k < SCOPE_MAP_BINS; k++)
    most = MAX (most, self->bins[k]);
  for (gsize k = 0; k < SCOPE_MAP_BINS && most > 0; k++)
    self->bins[k] /= most;
}

static void
fit_knots (ScopeMapScale *self, float *values, gsize count)
{
  g_autoptr (ScopeMatrix) matrix
      = scope_matrix_wrap (SCOPE_REAL_F32, values, 1, count, count, NULL, NULL);
  self->axis = scope_norm_fit (SCOPE_NORM_RANK, matrix);
}

gboolean
scope_map_scale_sample (ScopeMapScale *self, float *values, gsize count)
{
  double most = 0, least = 0;
  for (gsize k = 0; k < count; k++)
    if (isfinite (values[k])) {
      most = MAX (most, fabs (values[k]));
      least = MIN (least, values[k]);
    }
  self->seen = MAX (self->seen, most);
  self->negative |= -least > NEGATIVE_SHARE * self->seen;
  if (self->axis.kind == SCOPE_NORM_RANK && count > 0)
    fit_knots (self, values, count);
  gboolean changed = update (self);
  fill_bins (self, values, count);
  return changed;
}

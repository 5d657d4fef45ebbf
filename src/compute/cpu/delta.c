/* SCOPE_OP_DELTA, and the rule that the scan shares with it. */
#include "base/parallel.h"
#include "compute/cpu/rule.h"

/* The largest real <= x: then v > x exactly where v > it, for every real v. */
static real
round_down (double x)
{
  real rounded = (real)x;
  return (double)rounded > x ? (real)nextafterf (rounded, -HUGE_VALF) : rounded;
}

int
REAL (delta_rule_init) (DeltaRule *self, const ScopeDeltaRule *rule, int64_t channels, char *error,
                        size_t error_size)
{
  *self = (DeltaRule){
    .bias = rule->bias.data, .lo = rule->lo, .hi = rule->hi, .filter_rows = rule->filter_rows
  };
  if (rule->threshold.data == NULL)
    return SCOPE_STATUS_OK;
  self->above = scope_cpu_scratch (channels, sizeof (real), error, error_size);
  if (self->above == NULL)
    return SCOPE_STATUS_MEMORY;
  for (int64_t h = 0; h < channels; h++)
    self->above[h] = round_down (double_row (&rule->threshold, 0)[h]);
  return SCOPE_STATUS_OK;
}

void
REAL (delta_rule_clear) (DeltaRule *self)
{
  scope_cpu_scratch_clear (&self->above);
}

void
REAL (delta_rule_row) (const DeltaRule *self, int64_t t, const real *raw, real *out, int64_t count)
{
  const real *above = t < self->filter_rows ? self->above : NULL;
  Vec zero = { 0 }, lo = vec_splat (self->lo), hi = vec_splat (self->hi);
  for (int64_t h = 0; h < count; h += LANES) {
    Vec v = vec_load (raw + h, count - h);
    if (self->bias != NULL)
      v += vec_load (self->bias + h, count - h);
    v = vec_softplus (v);
    v = vec_select (v < lo, lo, v);
    v = vec_select (v > hi, hi, v);
    if (above != NULL) /* "not above" in this form leaves a NaN a NaN */
      v = vec_select (v <= vec_load (above + h, count - h), zero, v);
    vec_store (out + h, v, count - h);
  }
}

typedef struct {
  const ScopeOpDelta *op;
  DeltaRule rule;
} Delta;

static void
delta_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Delta *self = data;
  for (gsize t = begin; t < end; t++)
    REAL (delta_rule_row)
  (&self->rule, t, real_row (&self->op->raw, t), real_row (&self->op->out, t),
   self->op->out.columns);
}

int
REAL (delta) (const void *params, char *error, size_t error_size)
{
  Delta self = { .op = params };
  int status = REAL (delta_rule_init) (&self.rule, &self.op->rule, self.op->out.columns, error,
                                       error_size);
  if (status != SCOPE_STATUS_OK)
    return status;
  scope_parallel_for (self.op->out.rows, 32, delta_rows, &self);
  REAL (delta_rule_clear) (&self.rule);
  return SCOPE_STATUS_OK;
}

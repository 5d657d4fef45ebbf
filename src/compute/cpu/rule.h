/* ScopeDeltaRule, ready to be applied row by row. Any number of threads may apply one at a time;
 * it borrows the rule. */
#pragma once

#include "compute/cpu/vmath.h"

typedef struct {
  const real *bias; /* or NULL */
  real *above;      /* (H) or NULL: Δ stays where Δ > above */
  real lo, hi;
  int64_t filter_rows;
} DeltaRule;

/* SCOPE_STATUS_OK or _MEMORY. Clear it with delta_rule_clear(). */
int REAL (delta_rule_init) (DeltaRule *self, const ScopeDeltaRule *rule, int64_t channels,
                            char *error, size_t error_size);
void REAL (delta_rule_clear) (DeltaRule *self);

/* Row T of the call: COUNT channels. out may be raw. */
void REAL (delta_rule_row) (const DeltaRule *self, int64_t t, const real *raw, real *out,
                            int64_t count);

/* Random layers for the tests of maps, and their cells by the definition. */
#pragma once

#include "parity.h"

typedef struct {
  gsize tokens, channels, states, groups;
  gboolean one_rate;
  double rate_low, rate_high;   /* |A| */
  double delta_low, delta_high; /* where it is not 0 */
} MapShape;

typedef struct {
  const MapShape *shape;
  gsize rates;
  double *delta, *prefix, *a, *b, *c;
  ScopeMapSource source;
} MapCase;

MapCase map_case_new (const MapShape *shape);

/* α[i,j]; *SIZE is the sum of the absolute values of its terms (may be NULL). */
double map_cell (const MapCase *self, gsize channel, gsize i, gsize j, gboolean without_delta,
                 double *size);

extern const MapShape map_shapes[];
extern const gsize n_map_shapes;

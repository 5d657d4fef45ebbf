/* Random models on the CPU backend, for the tests of schedule and trace. */
#pragma once

#include "base/error.h"
#include "compute/registry.h"
#include "compute/trace.h"
#include "naive.h"

typedef struct {
  ScopeModel *model;
  const ScopeConfig *config;
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  gsize tokens;
  gint32 *ids;
} Fixture;

/* Odd shapes of both families, groups, biases, every stored type. */
extern const ScopeRandomModel fixture_shapes[];
extern const guint n_fixture_shapes;

void fixture_open (Fixture *self, const ScopeRandomModel *shape, ScopePrecision precision,
                   gsize tokens);
void fixture_close (Fixture *self);

/* Without a filter, from a fresh run. */
ScopeTrace *fixture_run (Fixture *self, ScopePlan *plan);
ScopeMatrix *fixture_logits (Fixture *self, ScopePlan *plan);

/* TRUE if both are the same to the bit. */
gboolean fixture_same (const ScopeMatrix *a, const ScopeMatrix *b);

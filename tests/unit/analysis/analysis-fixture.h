/* A model that ran, for the tests of this folder; and α by its definition. Every failure to make one
 * ends the test. */
#pragma once

#include "analysis/attention.h"
#include "analysis/filter.h"
#include "compute/registry.h"
#include "test-support.h"

typedef struct {
  ScopeBackend *backend;
  ScopeModel *model;
  const ScopeConfig *config;
  ScopeSchedule *schedule;
  gint32 *ids;
  gsize count;
  ScopeTrace *trace; /* of IDS, unfiltered, residuals kept */
} AnalysisFixture;

/* FOLDER's model on COUNT ids: uniform over its vocabulary, from SEED. */
void analysis_fixture_open (AnalysisFixture *self, const char *folder, ScopePrecision precision,
                            gsize count, guint32 seed);
/* A random model of SHAPE. */
void analysis_fixture_random (AnalysisFixture *self, const ScopeRandomModel *shape,
                              ScopePrecision precision, gsize count);
/* A sample of samples/models. */
void analysis_fixture_sample (AnalysisFixture *self, const char *name, ScopePrecision precision,
                              gsize count);
void analysis_fixture_close (AnalysisFixture *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AnalysisFixture, analysis_fixture_close)

/* Another run of the same ids, under PLAN. */
ScopeTrace *analysis_fixture_run (AnalysisFixture *self, ScopePlan *plan);
/* A layer of the fixture's trace; PLAN as for scope_trace_layer(). */
ScopeLayerTrace *analysis_fixture_layer (AnalysisFixture *self, gsize layer, ScopePlan *plan);
/* A plan that in channels FIRST, FIRST + STEP, ... of every layer drops the tokens whose Δ is at most
 * the median of layer 0's. */
ScopePlan *analysis_fixture_halving (AnalysisFixture *self, gsize first, gsize step);
/* The shapes that the random tests go through: both families, odd sizes, 1, groups. */
gsize analysis_fixture_shapes (const ScopeRandomModel **out);

const ScopeMatrix *analysis_part (ScopeLayerTrace *layer, ScopeLayerPart part);

/* The whole map by its definition, in double and with no prefix sums: each column's N decays multiplied
 * up token by token. (T, T), caller frees. */
double *analysis_naive_alpha (ScopeLayerTrace *layer, gsize channel, gboolean without_delta);
double analysis_largest (const double *values, gsize count);
/* The rounding of what the backend computes, relative to the largest value: float32 sums of N products
 * and float32 exponentials, or doubles with prefix sums of a few hundred. */
double analysis_tolerance (const AnalysisFixture *self);

#include "analysis-fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
analysis_fixture_open (AnalysisFixture *self, const char *folder, ScopePrecision precision,
                       gsize count, guint32 seed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  self->backend = scope_registry_open ("cpu", 0, precision, &error);
  g_assert_no_error (error);
  self->model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  self->config = scope_model_config (self->model);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  g_assert_no_error (error);
  self->count = count;
  self->ids = g_new (gint32, count);
  for (gsize t = 0; t < count; t++)
    self->ids[t] = g_rand_int_range (random, 0, (gint32)self->config->vocab_size);
  self->trace = analysis_fixture_run (self, NULL);
}

void
analysis_fixture_random (AnalysisFixture *self, const ScopeRandomModel *shape,
                         ScopePrecision precision, gsize count)
{
  ScopeRandomModel seeded = *shape;
  seeded.seed = scope_test_seed (shape->seed);
  g_autofree char *folder = scope_test_random_model (&seeded);
  analysis_fixture_open (self, folder, precision, count, seeded.seed + 1);
}

void
analysis_fixture_sample (AnalysisFixture *self, const char *name, ScopePrecision precision,
                         gsize count)
{
  g_autofree char *folder = g_build_filename (scope_test_samples (), "models", name, NULL);
  analysis_fixture_open (self, folder, precision, count, scope_test_seed (90));
}

void
analysis_fixture_close (AnalysisFixture *self)
{
  g_clear_pointer (&self->trace, scope_trace_unref);
  g_clear_pointer (&self->ids, g_free);
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_clear_pointer (&self->model, scope_model_unref);
  g_clear_pointer (&self->backend, scope_backend_close);
}

ScopeTrace *
analysis_fixture_run (AnalysisFixture *self, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  ScopeTrace *trace = scope_schedule_run (self->schedule, self->ids, self->count, plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

ScopeLayerTrace *
analysis_fixture_layer (AnalysisFixture *self, gsize layer, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  ScopeLayerTrace *out = scope_trace_layer (self->trace, layer, plan, NULL, &error);
  g_assert_no_error (error);
  return out;
}

static int
ascending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static gboolean
copy_thresholds (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
                 double *threshold, GError **error)
{
  const GArray *thresholds = data;
  memcpy (threshold, thresholds->data, thresholds->len * sizeof (double));
  return TRUE;
}

ScopePlan *
analysis_fixture_halving (AnalysisFixture *self, gsize first, gsize step)
{
  g_autoptr (ScopeLayerTrace) layer = analysis_fixture_layer (self, 0, SCOPE_PLAN_NONE);
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  gsize channels = self->config->channels;
  GArray *thresholds = g_array_sized_new (FALSE, FALSE, sizeof (double), (guint)channels);
  g_autofree double *column = g_new (double, self->count);
  for (gsize h = 0; h < channels; h++) {
    double threshold = -INFINITY;
    for (gsize t = 0; t < self->count; t++)
      column[t] = scope_matrix_get (delta, t, h);
    qsort (column, self->count, sizeof (double), ascending);
    if (h >= first && (h - first) % step == 0)
      threshold = column[self->count / 2];
    g_array_append_val (thresholds, threshold);
  }
  return scope_plan_new ("halving", self->config->n_layer, channels, FALSE, copy_thresholds,
                         thresholds, (GDestroyNotify)g_array_unref);
}

gsize
analysis_fixture_shapes (const ScopeRandomModel **out)
{
  static const ScopeRandomModel shapes[] = {
    { .family = SCOPE_FAMILY_MAMBA, .seed = 11 },
    { .family = SCOPE_FAMILY_MAMBA, .d_state = 1, .d_inner = 13, .d_conv = 1, .seed = 12 },
    { .family = SCOPE_FAMILY_MAMBA, .d_state = 16, .dtype = SCOPE_DTYPE_BF16, .seed = 13 },
    { .family = SCOPE_FAMILY_MAMBA2, .heads = 3, .seed = 14 },
    { .family = SCOPE_FAMILY_MAMBA2, .groups = 2, .heads = 6, .d_state = 17, .seed = 15 },
    { .family = SCOPE_FAMILY_MAMBA2,
      .heads = 1,
      .d_inner = 5,
      .d_state = 64,
      .d_conv = 7,
      .dtype = SCOPE_DTYPE_F16,
      .seed = 16 },
  };
  *out = shapes;
  return G_N_ELEMENTS (shapes);
}

const ScopeMatrix *
analysis_part (ScopeLayerTrace *layer, ScopeLayerPart part)
{
  g_autoptr (GError) error = NULL;
  const ScopeMatrix *matrix = scope_layer_trace_matrix (layer, part, &error);
  g_assert_no_error (error);
  return matrix;
}

double *
analysis_naive_alpha (ScopeLayerTrace *layer, gsize channel, gboolean without_delta)
{
  const ScopeConfig *config = scope_model_config (scope_layer_trace_model (layer));
  const ScopeMatrix *delta = analysis_part (layer, SCOPE_LAYER_DELTA);
  const ScopeMatrix *a = analysis_part (layer, SCOPE_LAYER_A);
  const ScopeMatrix *b = analysis_part (layer, SCOPE_LAYER_B);
  const ScopeMatrix *c = analysis_part (layer, SCOPE_LAYER_C);
  gsize tokens = scope_layer_trace_length (layer), states = config->d_state;
  gsize group = channel * config->groups / config->channels;
  double *alpha = g_new0 (double, tokens *tokens);
  g_autofree double *input = g_new (double, states);
  for (gsize j = 0; j < tokens; j++) {
    double step = scope_matrix_get (delta, j, channel);
    for (gsize n = 0; n < states; n++)
      input[n]
          = (without_delta && step != 0 ? 1 : step) * scope_matrix_get (b, j, group * states + n);
    for (gsize i = j; i < tokens; i++)
      for (gsize n = 0; n < states; n++) {
        double rate = scope_matrix_get (a, channel, scope_matrix_columns (a) == 1 ? 0 : n);
        if (i > j)
          input[n] *= exp (rate * scope_matrix_get (delta, i, channel));
        alpha[i * tokens + j] += scope_matrix_get (c, i, group * states + n) * input[n];
      }
  }
  return alpha;
}

double
analysis_largest (const double *values, gsize count)
{
  double most = 0;
  for (gsize i = 0; i < count; i++)
    most = fmax (most, fabs (values[i]));
  return most;
}

double
analysis_tolerance (const AnalysisFixture *self)
{
  return self->backend->precision == SCOPE_PRECISION_REFERENCE ? 1e-12 : 1e-5;
}

#include "fixture.h"

#include <string.h>

const ScopeRandomModel fixture_shapes[] = {
  { .family = SCOPE_FAMILY_MAMBA, .seed = 1 },
  { .family = SCOPE_FAMILY_MAMBA,
    .dtype = SCOPE_DTYPE_BF16,
    .use_bias = TRUE,
    .untied = TRUE,
    .d_inner = 37,
    .d_state = 16,
    .d_conv = 1,
    .seed = 2 },
  { .family = SCOPE_FAMILY_MAMBA2, .groups = 1, .dtype = SCOPE_DTYPE_F16, .seed = 3 },
  { .family = SCOPE_FAMILY_MAMBA2,
    .groups = 4,
    .heads = 8,
    .d_inner = 136,
    .d_state = 19,
    .d_conv = 3,
    .use_bias = TRUE,
    .delta_min = 0.01,
    .delta_max = 0.2,
    .seed = 4 },
  { .family = SCOPE_FAMILY_FALCON_MAMBA, .d_state = 7, .untied = TRUE, .seed = 5 },
};
const guint n_fixture_shapes = G_N_ELEMENTS (fixture_shapes);

void
fixture_open (Fixture *self, const ScopeRandomModel *shape, ScopePrecision precision, gsize tokens)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_random_model (shape);
  g_autoptr (GRand) random = g_rand_new_with_seed (shape->seed);
  self->model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  self->config = scope_model_config (self->model);
  self->backend = scope_registry_open ("cpu", 0, precision, &error);
  g_assert_no_error (error);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  g_assert_no_error (error);
  self->tokens = tokens;
  self->ids = g_new (gint32, tokens);
  for (gsize t = 0; t < tokens; t++)
    self->ids[t] = g_rand_int_range (random, 0, self->config->vocab_size);
}

void
fixture_close (Fixture *self)
{
  scope_schedule_unref (self->schedule);
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
  g_free (self->ids);
}

ScopeTrace *
fixture_run (Fixture *self, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  ScopeTrace *trace = scope_schedule_run (self->schedule, self->ids, self->tokens, plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

ScopeMatrix *
fixture_logits (Fixture *self, ScopePlan *plan)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTrace) trace = scope_schedule_run (self->schedule, self->ids, self->tokens, plan,
                                                     SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_assert_no_error (error);
  ScopeMatrix *logits = scope_trace_logits (trace, 0, self->tokens, NULL, &error);
  g_assert_no_error (error);
  return logits;
}

gboolean
fixture_same (const ScopeMatrix *a, const ScopeMatrix *b)
{
  gsize rows = scope_matrix_rows (a), columns = scope_matrix_columns (a);
  gsize size = scope_real_size (scope_matrix_real (a));
  if (rows != scope_matrix_rows (b) || columns != scope_matrix_columns (b)
      || scope_matrix_real (a) != scope_matrix_real (b))
    return FALSE;
  for (gsize r = 0; r < rows; r++) {
    const char *x
        = (const char *)scope_matrix_data ((ScopeMatrix *)a) + r * scope_matrix_stride (a) * size;
    const char *y
        = (const char *)scope_matrix_data ((ScopeMatrix *)b) + r * scope_matrix_stride (b) * size;
    if (memcmp (x, y, columns * size) != 0)
      return FALSE;
  }
  return TRUE;
}

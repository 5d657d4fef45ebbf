/* What a plan makes of a layer: thresholds, or another A, another Δ, fewer tokens.
 *
 * A Δ that the plan gives itself reaches the scan as the number from which bias and softplus make
 * it, as an edit does (edit.c); where it is the model's own Δ, as the number that the model had, so
 * that what is not filtered stays to the bit. */
#include "compute/compute-private.h"

#include <string.h>

#include "base/parallel.h"

/* A limit in double, and rounded to float: the same Δ. */
#define SAME_LIMIT 1e-6

void
scope_layer_step_clear (ScopeLayerStep *self, ScopeBackend *backend)
{
  g_clear_pointer (&self->threshold, g_free);
  g_clear_pointer (&self->kept, g_array_unref);
  scope_tensor_free (backend, &self->a);
  scope_tensor_free (backend, &self->raw);
}

/* The layer as the plan finds it. */
typedef struct {
  ScopeSchedule *schedule;
  ScopePlan *plan;
  const ScopePlanEdit *edit;
  gsize layer;
  ScopeTensor residual, embedded;
} Found;

/* Chunk by chunk, the layer's unfiltered Δ for all tokens, and what it was made of if CAPTURED has
 * room for it. */
static gboolean
run_delta (const Found *self, ScopeStates *states, const ScopeActivations *captured,
           ScopeProgress *progress, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  ScopeChunk chunk = { .schedule = schedule, .layer = self->layer, .states = states };
  double work = scope_schedule_token_work (schedule);
  gsize count = (gsize)self->residual.rows;
  chunk.progress = progress;
  chunk.edit = self->edit;
  for (gsize begin = 0; begin < count; begin = chunk.end) {
    chunk.begin = begin;
    chunk.end = MIN (begin + schedule->chunk, count);
    chunk.embedded = scope_tensor_rows (self->embedded, begin, chunk.end);
    ScopeActivations rows = scope_schedule_rows (schedule, captured, begin, chunk.end);
    ScopeOpCopy copy = { .x = scope_activations_raw (&rows, schedule->config), .out = rows.raw };
    if (!scope_progress_check (progress, (double)begin / (double)count, "reading the time steps",
                               error)
        || !scope_chunk_project (&chunk, scope_tensor_rows (self->residual, begin, chunk.end),
                                 &rows, error)
        || !scope_chunk_delta (&chunk, &rows, error)
        || (captured->raw.data != NULL && copy.x.data != copy.out.data
            && !scope_backend_run (schedule->backend, SCOPE_OP_COPY, &copy, error))
        || !scope_schedule_pace (schedule, work * (double)(chunk.end - begin), error))
      return FALSE;
  }
  return TRUE;
}

/* RAW NULL: it is not wanted. */
static ScopeMatrix *
unfiltered_delta (const Found *self, ScopeTensor *raw, ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const ScopeConfig *config = self->schedule->config;
  ScopeActivations captured = { 0 };
  ScopeStates states = { 0 };
  ScopeMatrix *delta = NULL;
  ScopeType real = scope_backend_real (backend);
  gsize rows = (gsize)self->residual.rows;
  if (scope_tensor_alloc (backend, real, rows, config->channels, &captured.delta, error)
      && (raw == NULL
          || scope_tensor_alloc (backend, real, rows, config->channels, &captured.raw, error))
      && scope_states_alloc (&states, config, backend, error)
      && scope_states_alloc_keys (&states, config, self->layer, backend, rows, error)
      && run_delta (self, &states, &captured, progress, error))
    delta = scope_tensor_read (backend, captured.delta, error);
  if (delta != NULL && raw != NULL) {
    *raw = captured.raw;
    captured.raw = (ScopeTensor){ 0 };
  }
  scope_states_clear (&states, backend);
  scope_activations_clear (&captured, backend);
  return delta;
}

/* ---- Δ that the plan gives */

typedef struct {
  const ScopeMatrix *was;   /* Δ as the model has it */
  const ScopeMatrix *delta; /* Δ as the plan has it, or NULL */
  const guint8 *kept;       /* (tokens), or NULL: all */
  const ScopeMatrix *bias;  /* or NULL */
  double lo, hi;
  ScopeMatrix *raw; /* in and out */
} Shaping;

static gboolean
is_limit (const Shaping *self, double delta)
{
  return (self->lo > 0 && delta <= self->lo * (1 + SAME_LIMIT))
         || delta >= self->hi * (1 - SAME_LIMIT);
}

static void
shape_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Shaping *self = data;
  for (gsize t = begin; t < end; t++)
    for (gsize h = 0; h < scope_matrix_columns (self->raw); h++) {
      double was = scope_matrix_get (self->was, t, h);
      double wanted = self->delta != NULL ? scope_matrix_get (self->delta, t, h) : was;
      if (self->kept != NULL && !self->kept[t])
        wanted = 0;
      if (wanted == was && !is_limit (self, was))
        continue;
      double bias = self->bias != NULL ? scope_matrix_get (self->bias, 0, h) : 0;
      scope_matrix_set (self->raw, t, h, scope_inverse_softplus (wanted) - bias);
    }
}

static guint8 *
kept_mask (const GArray *kept, gsize rows)
{
  if (kept == NULL)
    return NULL;
  guint8 *mask = g_new0 (guint8, rows);
  for (guint k = 0; k < kept->len; k++)
    mask[g_array_index (kept, gsize, k)] = 1;
  return mask;
}

static gboolean
put_delta (const Found *self, const ScopePlanStep *shape, const ScopeMatrix *delta, ScopeTensor raw,
           GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  const ScopeConfig *config = self->schedule->config;
  ScopeTensor bias = self->schedule->weights.layers[self->layer].dt_bias;
  g_autoptr (ScopeMatrix) biases
      = bias.data != NULL ? scope_tensor_read (backend, bias, error) : NULL;
  g_autoptr (ScopeMatrix) host = scope_tensor_read (backend, raw, error);
  if (host == NULL || (bias.data != NULL && biases == NULL))
    return FALSE;
  g_autofree guint8 *kept = kept_mask (shape->kept, scope_matrix_rows (delta));
  Shaping shaping = { .was = delta,
                      .delta = shape->delta,
                      .kept = kept,
                      .bias = biases,
                      .lo = config->delta_min,
                      .hi = config->delta_max,
                      .raw = host };
  scope_parallel_for (scope_matrix_rows (host), 64, shape_rows, &shaping);
  return scope_backend_upload (backend, raw.data, scope_matrix_data (host),
                               scope_tensor_bytes (raw), error);
}

static gboolean
put_rates (const Found *self, const ScopeMatrix *a, ScopeTensor *out, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  ScopeType real = scope_backend_real (backend);
  gsize rows = scope_matrix_rows (a), columns = scope_matrix_columns (a);
  g_autoptr (ScopeMatrix) host = scope_matrix_new (
      real == SCOPE_TYPE_F64 ? SCOPE_REAL_F64 : SCOPE_REAL_F32, rows, columns, error);
  if (host == NULL || !scope_tensor_alloc (backend, real, rows, columns, out, error))
    return FALSE;
  for (gsize h = 0; h < rows; h++)
    for (gsize n = 0; n < columns; n++)
      scope_matrix_set (host, h, n, scope_matrix_get (a, h, n));
  return scope_backend_upload (backend, out->data, scope_matrix_data (host),
                               scope_tensor_bytes (*out), error);
}

/* What shape() left, on the backend. */
static gboolean
take_shape (const Found *self, ScopePlanStep *shape, const ScopeMatrix *delta, ScopeLayerStep *step,
            GError **error)
{
  if (shape->a != NULL && !put_rates (self, shape->a, &step->a, error))
    return FALSE;
  if (shape->delta == NULL && shape->kept == NULL) {
    scope_tensor_free (self->schedule->backend, &step->raw);
    return TRUE;
  }
  step->kept = g_steal_pointer (&shape->kept);
  ScopePlanStep kept = { .delta = shape->delta, .kept = step->kept };
  return put_delta (self, &kept, delta, step->raw, error);
}

static gboolean
resolve (const Found *self, const ScopeMatrix *delta, const ScopeMatrix *a, gsize rows,
         ScopeLayerStep *step, GError **error)
{
  g_auto (ScopePlanStep) shape = { 0 };
  if (scope_plan_shapes (self->plan))
    return scope_plan_shape (self->plan, self->layer, delta, a, rows, &shape, error)
           && take_shape (self, &shape, delta, step, error);
  step->threshold = g_new (double, self->schedule->config->channels);
  return scope_plan_resolve (self->plan, self->layer, delta, a, step->threshold, error);
}

const ScopeMatrix *
scope_schedule_rates (ScopeSchedule *self, gsize layer, GError **error)
{
  if (self->rates[layer] == NULL)
    self->rates[layer] = scope_tensor_read (self->backend, self->weights.layers[layer].a, error);
  return self->rates[layer];
}

gboolean
scope_plan_is_ahead (ScopePlan *self, gsize layer)
{
  return scope_plan_touches (self, layer) && !scope_plan_needs_delta (self)
         && !scope_plan_shapes (self);
}

gboolean
scope_schedule_resolve_ahead (ScopeSchedule *self, ScopeTrace *trace, gsize first, GError **error)
{
  gsize layers = self->config->n_layer, channels = self->config->channels;
  ScopeTensor rows = scope_tensor_rows (self->threshold, first, layers);
  g_autofree double *all = NULL;
  for (gsize l = first; l < layers; l++) {
    if (!scope_plan_is_ahead (trace->plan, l))
      continue;
    const ScopeMatrix *a = scope_schedule_rates (self, l, error);
    if (all == NULL)
      all = g_new0 (double, (layers - first) * channels);
    trace->thresholds[l] = g_new (double, channels);
    if (a == NULL || !scope_plan_resolve (trace->plan, l, NULL, a, trace->thresholds[l], error))
      return FALSE;
    memcpy (all + (l - first) * channels, trace->thresholds[l], channels * sizeof *all);
  }
  return all == NULL
         || scope_backend_upload (self->backend, rows.data, all, scope_tensor_bytes (rows), error);
}

gboolean
scope_schedule_resolve (ScopeSchedule *self, ScopePlan *plan, gsize layer, const GArray *positions,
                        ScopeTensor residual, ScopeTensor embedded, ScopeProgress *progress,
                        ScopeLayerStep *step, GError **error)
{
  ScopePlanEdit edit;
  *step = (ScopeLayerStep){ 0 };
  if (!scope_plan_touches (plan, layer))
    return TRUE;
  Found found = { .schedule = self,
                  .plan = plan,
                  .edit = scope_positions_edit (positions, scope_plan_edit (plan, layer), &edit),
                  .layer = layer,
                  .residual = residual,
                  .embedded = embedded };
  g_autoptr (ScopeMatrix) delta = NULL;
  if (scope_plan_needs_delta (plan)) {
    delta
        = unfiltered_delta (&found, scope_plan_shapes (plan) ? &step->raw : NULL, progress, error);
    if (delta == NULL)
      return FALSE;
  }
  const ScopeMatrix *a = scope_schedule_rates (self, layer, error);
  gsize rows
      = scope_positions_before (positions, scope_plan_filter_rows (plan), (gsize)residual.rows);
  return a != NULL && resolve (&found, delta, a, rows, step, error);
}

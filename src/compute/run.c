/* The forward pass: embedding, then layer by layer, each in chunks of tokens. */
#include "compute/compute-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

gboolean
scope_schedule_embed (ScopeSchedule *self, const gint32 *ids, gsize count, ScopeTensor residual,
                      GError **error)
{
  ScopeTensor device_ids = { 0 };
  if (!scope_tensor_alloc (self->backend, SCOPE_TYPE_I32, count, 1, &device_ids, error))
    return FALSE;
  ScopeOpEmbed embed = { self->weights.embedding, device_ids, residual };
  gboolean done
      = scope_backend_upload (self->backend, device_ids.data, ids, count * sizeof *ids, error)
        && scope_backend_run (self->backend, SCOPE_OP_EMBED, &embed, error)
        && scope_backend_sync (self->backend, error);
  scope_tensor_free (self->backend, &device_ids);
  return done;
}

/* Infinity and NaN are the values whose exponent bits are all set. */
static gboolean
is_finite_f32 (const float *values, gsize count)
{
  guint32 bad = 0;
  for (gsize i = 0; i < count; i++) {
    guint32 bits;
    memcpy (&bits, &values[i], sizeof bits);
    bad |= (bits & 0x7f800000u) == 0x7f800000u;
  }
  return !bad;
}

static gboolean
is_finite_f64 (const double *values, gsize count)
{
  gboolean good = TRUE;
  for (gsize i = 0; i < count; i++)
    good &= isfinite (values[i]) != 0;
  return good;
}

static gboolean
is_finite_matrix (const ScopeMatrix *matrix)
{
  gsize columns = scope_matrix_columns (matrix);
  for (gsize r = 0; r < scope_matrix_rows (matrix); r++) {
    const float *narrow = scope_matrix_row_f32 (matrix, r);
    if (narrow != NULL ? !is_finite_f32 (narrow, columns)
                       : !is_finite_f64 (scope_matrix_row_f64 (matrix, r), columns))
      return FALSE;
  }
  return TRUE;
}

/* A small tensor of a device comes to the host. */
static gboolean
is_finite_read (ScopeBackend *backend, ScopeTensor tensor, gboolean *finite, GError **error)
{
  g_autoptr (ScopeMatrix) matrix = scope_tensor_read (backend, tensor, error);
  if (matrix != NULL)
    *finite = is_finite_matrix (matrix);
  return matrix != NULL;
}

/* Looks at every value of a residual: a device's rows are summed there, which keeps NaN and
 * infinity and leaves one number of each to be looked at. */
static gboolean
is_finite_residual (ScopeSchedule *self, ScopeTensor residual, gboolean *finite, GError **error)
{
  ScopeBackend *backend = self->backend;
  gsize count = (gsize)residual.rows * residual.columns;
  if (backend->host_memory) {
    *finite = residual.type == SCOPE_TYPE_F64 ? is_finite_f64 (residual.data, count)
                                              : is_finite_f32 (residual.data, count);
    return TRUE;
  }
  ScopeTensor sums = { 0 };
  if (!scope_tensor_alloc (backend, SCOPE_TYPE_F32, residual.rows, 1, &sums, error))
    return FALSE;
  ScopeOpProduct product = { .x = residual, .weight = self->ones, .out = sums };
  gboolean done = scope_backend_run (backend, SCOPE_OP_PRODUCT, &product, error)
                  && is_finite_read (backend, sums, finite, error);
  scope_tensor_free (backend, &sums);
  return done;
}

static gboolean
number_error (gsize layer, gsize layers, GError **error)
{
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_NUMBER,
               "layer %" G_GSIZE_FORMAT " of 0 to %" G_GSIZE_FORMAT
               ": the result holds NaN or infinity",
               layer, layers - 1);
  return FALSE;
}

/* A residual that is not finite stays so to the end. On the host every layer's is looked at. */
static gboolean
check_layer (ScopeTrace *trace, gsize layer, ScopeTensor residual, GError **error)
{
  ScopeSchedule *self = trace->schedule;
  gboolean finite;
  if (!self->backend->host_memory)
    return TRUE;
  return is_finite_residual (self, residual, &finite, error)
         && (finite || number_error (layer, self->config->n_layer, error));
}

/* On a device, where that would be a wait for each, the last one, and then ΣΔ says which layer was
 * the first to be fed with it. */
static gboolean
check_last (ScopeTrace *trace, GError **error)
{
  ScopeBackend *backend = trace->schedule->backend;
  gsize layers = trace->schedule->config->n_layer;
  gboolean finite;
  if (backend->host_memory)
    return TRUE;
  if (!is_finite_residual (trace->schedule, scope_trace_final (trace), &finite, error))
    return FALSE;
  if (finite)
    return TRUE;
  for (gsize l = 0; l < layers; l++) {
    if (!is_finite_read (backend, scope_tensor_rows (trace->room.sums, 2 * l, 2 * l + 1), &finite,
                         error))
      return FALSE;
    if (!finite)
      return number_error (l > 0 ? l - 1 : 0, layers, error);
  }
  return number_error (layers - 1, layers, error);
}

gboolean
scope_schedule_set_threshold (ScopeSchedule *self, gsize layer, const double *threshold,
                              GError **error)
{
  ScopeTensor row = scope_tensor_rows (self->threshold, layer, layer + 1);
  return threshold == NULL
         || scope_backend_upload (self->backend, row.data, threshold, scope_tensor_bytes (row),
                                  error);
}

/* READ has room for the layer's Δ, or no data. */
static gboolean
run_chunk (ScopeTrace *trace, ScopeChunk *chunk, ScopeTensor in, ScopeTensor out, ScopeTensor read,
           GError **error)
{
  ScopeSchedule *self = trace->schedule;
  const ScopeActivations captured = { .delta = read };
  ScopeActivations rows = scope_schedule_rows (self, &captured, chunk->begin, chunk->end);
  in = scope_tensor_rows (in, chunk->begin, chunk->end);
  out = scope_tensor_rows (out, chunk->begin, chunk->end);
  ScopeTensor sums = scope_tensor_rows (trace->room.sums, 2 * chunk->layer, 2 * chunk->layer + 2);
  return scope_chunk_project (chunk, in, &rows, error)
         && scope_chunk_scan (chunk, &rows, sums, TRUE, error)
         && (in.data == out.data || scope_tensor_copy (self->backend, out, in, error))
         && scope_chunk_finish (chunk, &rows, out, error)
         && scope_schedule_pace (
             self, scope_schedule_token_work (self) * (chunk->end - chunk->begin), error);
}

/* The layer under its STEP, from IN to OUT, which may be one; EMBEDDED has IN's rows, and READ, if
 * it has data, takes Δ. */
static gboolean
run_chunks (ScopeTrace *trace, gsize layer, const ScopeLayerStep *step, ScopeTensor in,
            ScopeTensor out, ScopeTensor embedded, ScopeTensor read, ScopeProgress *progress,
            GError **error)
{
  ScopeSchedule *self = trace->schedule;
  const GArray *positions = trace->positions[layer];
  gsize count = (gsize)in.rows;
  ScopePlanEdit edit;
  g_autofree char *what = g_strdup_printf ("layer %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT,
                                           layer + 1, self->config->n_layer);
  ScopeChunk chunk = { .schedule = self,
                       .layer = layer,
                       .states = &trace->room.states[layer],
                       .threshold = trace->thresholds[layer],
                       .a = step->a,
                       .raw = step->raw,
                       .progress = progress };
  if (trace->plan != NULL)
    chunk.filter_rows
        = scope_positions_before (positions, scope_plan_filter_rows (trace->plan), count);
  chunk.edit = scope_positions_edit (positions, scope_plan_edit (trace->plan, layer), &edit);
  for (; chunk.begin < count; chunk.begin = chunk.end) {
    chunk.end = MIN (chunk.begin + self->chunk, count);
    chunk.embedded = scope_tensor_rows (embedded, chunk.begin, chunk.end);
    if (!scope_progress_check (progress, (double)chunk.begin / (double)count, what, error)
        || !run_chunk (trace, &chunk, in, out, read, error))
      return FALSE;
  }
  return TRUE;
}

/* The same, and the plan is shown Δ if it reads. */
static gboolean
run_read (ScopeTrace *trace, gsize layer, const ScopeLayerStep *step, ScopeTensor in,
          ScopeTensor out, ScopeTensor embedded, ScopeProgress *progress, GError **error)
{
  ScopeSchedule *self = trace->schedule;
  ScopeTensor read = { 0 };
  g_autoptr (ScopeMatrix) delta = NULL;
  if (!scope_plan_reads (trace->plan))
    return run_chunks (trace, layer, step, in, out, embedded, read, progress, error);
  const ScopeMatrix *a = scope_schedule_rates (self, layer, error);
  if (a != NULL
      && scope_tensor_alloc (self->backend, scope_backend_real (self->backend), (gsize)in.rows,
                             self->config->channels, &read, error)
      && run_chunks (trace, layer, step, in, out, embedded, read, progress, error))
    delta = scope_tensor_read (self->backend, read, error);
  scope_tensor_free (self->backend, &read);
  return delta != NULL && scope_plan_read (trace->plan, layer, delta, a, error);
}

static gboolean
run_step (ScopeTrace *trace, gsize layer, ScopeLayerStep *step, ScopeTensor embedded,
          ScopeProgress *progress, GError **error)
{
  ScopeSchedule *self = trace->schedule;
  gboolean kept = trace->room.n_residuals > 1;
  gsize rows = scope_trace_rows (trace, layer);
  ScopeTensor in = scope_tensor_rows (trace->room.residuals[kept ? layer : 0], 0, rows);
  ScopeTensor out = scope_tensor_rows (trace->room.residuals[kept ? layer + 1 : 0], 0, rows);
  ScopeProgress first = scope_progress_span (progress, 0, 0.5), second = first;
  gboolean two_passes
      = scope_plan_touches (trace->plan, layer) && scope_plan_needs_delta (trace->plan);
  second.begin = two_passes ? 0.5 : 0;
  second.end = 1;
  if (!scope_plan_is_ahead (trace->plan, layer)
      && (!scope_schedule_resolve (self, trace->plan, layer, trace->positions[layer], in, embedded,
                                   &first, step, error)
          || !scope_schedule_set_threshold (self, layer, step->threshold, error)))
    return FALSE;
  if (step->threshold != NULL)
    trace->thresholds[layer] = g_steal_pointer (&step->threshold);
  if (!run_read (trace, layer, step, in, out, embedded, &second, error)
      || !check_layer (trace, layer, out, error)
      || !scope_tensor_shorten (self->backend, out, step->kept, error))
    return FALSE;
  trace->positions[layer + 1] = scope_positions_keep (trace->positions[layer], step->kept);
  return TRUE;
}

static gboolean
run_layer (ScopeTrace *trace, gsize layer, ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = trace->schedule->backend;
  ScopeLayerStep step = { 0 };
  ScopeTensor taken = { 0 }, embedded;
  gboolean done = scope_trace_take_embedded (trace, layer, &taken, &embedded, error)
                  && run_step (trace, layer, &step, embedded, progress, error);
  /* What is queued may still read them. */
  if (done && (taken.data != NULL || step.a.data != NULL || step.raw.data != NULL))
    done = scope_backend_sync (backend, error);
  scope_layer_step_clear (&step, backend);
  scope_tensor_free (backend, &taken);
  return done;
}

gboolean
scope_schedule_queue (ScopeSchedule *self, ScopeTrace *trace, gsize first, ScopeProgress *progress,
                      GError **error)
{
  gsize layers = self->config->n_layer, count = layers - first;
  for (gsize k = 0; k < count; k++) {
    ScopeProgress span
        = scope_progress_span (progress, (double)k / (double)count, (k + 1.0) / (double)count);
    if (!run_layer (trace, first + k, &span, error))
      return FALSE;
  }
  return TRUE;
}

/* Waits for what was queued and looks at it. */
static gboolean
settle (ScopeTrace *trace, ScopeProgress *progress, GError **error)
{
  return check_last (trace, error) && scope_backend_sync (trace->schedule->backend, error)
         && scope_progress_check (progress, 1, NULL, error);
}

gboolean
scope_schedule_layers (ScopeSchedule *self, ScopeTrace *trace, gsize first, ScopeProgress *progress,
                       GError **error)
{
  return scope_schedule_resolve_ahead (self, trace, first, error)
         && scope_schedule_queue (self, trace, first, progress, error)
         && settle (trace, progress, error);
}

gboolean
scope_schedule_forward (ScopeSchedule *self, ScopeTrace *trace, const gint32 *ids,
                        ScopeProgress *progress, GError **error)
{
  ScopeTraceRoom *room = &trace->room;
  gboolean played;
  if (!scope_schedule_prepare (self, error) || !scope_schedule_resolve_ahead (self, trace, 0, error)
      || !scope_schedule_play (self, trace, ids, &played, error))
    return FALSE;
  return (played
          || (scope_schedule_embed (self, ids, trace->length, room->residuals[0], error)
              && (room->embedded.data == NULL
                  || scope_tensor_copy (self->backend, room->embedded, room->residuals[0], error))
              && scope_schedule_queue (self, trace, 0, progress, error)))
         && settle (trace, progress, error);
}

ScopeTrace *
scope_schedule_run (ScopeSchedule *self, const gint32 *ids, gsize count, ScopePlan *plan,
                    ScopeRunFlags flags, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeTrace) trace = scope_trace_alloc (self, count, plan, flags, error);
  if (trace == NULL || !scope_schedule_forward (self, trace, ids, progress, error))
    return NULL;
  return g_steal_pointer (&trace);
}

/* One layer, recomputed from the residual that entered it: the same operations on the same chunks,
 * so that every number is what it was in the run, but kept for the whole text. */
#include "compute/compute-private.h"

#include "base/error.h"

/* The tensors. Host matrices that wrap them hold a reference of their own, so that they may outlive
 * the layer and, memory of the host being free from any thread, die anywhere. */
typedef struct {
  gint references;
  ScopeBackend *backend;
  ScopeActivations kept;
  ScopeBlockActivations block; /* of a hybrid layer's shared block, and its keys and values */
  ScopeTensor k, v;
  ScopeTensor a; /* of a plan that has its own; else no data */
  ScopeTensor prefix;
  ScopeTensor real_b, real_c; /* what maps are made of, where B and C as kept are not real */
} LayerMemory;

struct _ScopeLayerTrace {
  gint references;
  ScopeSchedule *schedule;
  ScopePlan *plan; /* NULL: not filtered */
  gsize layer, length;
  GArray *entered, *kept; /* gsize: tokens of the text, or NULL: all */
  LayerMemory *memory;
  ScopeMatrix *matrices[SCOPE_N_LAYER_PARTS]; /* as they are asked for */
};

static LayerMemory *
memory_ref (LayerMemory *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

static void
memory_unref (LayerMemory *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  scope_activations_clear (&self->kept, self->backend);
  scope_block_activations_clear (&self->block, self->backend);
  scope_tensor_free (self->backend, &self->k);
  scope_tensor_free (self->backend, &self->v);
  scope_tensor_free (self->backend, &self->a);
  scope_tensor_free (self->backend, &self->prefix);
  scope_tensor_free (self->backend, &self->real_b);
  scope_tensor_free (self->backend, &self->real_c);
  g_free (self);
}

ScopeLayerTrace *
scope_layer_trace_ref (ScopeLayerTrace *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
scope_layer_trace_unref (ScopeLayerTrace *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  for (guint i = 0; i < SCOPE_N_LAYER_PARTS; i++)
    g_clear_pointer (&self->matrices[i], scope_matrix_unref);
  memory_unref (self->memory);
  g_clear_pointer (&self->entered, g_array_unref);
  g_clear_pointer (&self->kept, g_array_unref);
  g_clear_pointer (&self->plan, scope_plan_unref);
  scope_schedule_unref (self->schedule);
  g_free (self);
}

static ScopeLayerTrace *
layer_new (ScopeTrace *trace, gsize layer, ScopePlan *plan)
{
  ScopeLayerTrace *self = g_new0 (ScopeLayerTrace, 1);
  self->references = 1;
  self->schedule = scope_schedule_ref (trace->schedule);
  self->plan = plan != NULL ? scope_plan_ref (plan) : NULL;
  self->layer = layer;
  self->length = trace->length;
  self->entered = scope_positions_keep (trace->positions[layer], NULL);
  self->memory = g_new0 (LayerMemory, 1);
  self->memory->references = 1;
  self->memory->backend = trace->schedule->backend;
  return self;
}

static gboolean
run_chunks (ScopeLayerTrace *self, ScopeTensor residual, ScopeTensor embedded, ScopeChunk *chunk,
            ScopeProgress *progress, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  double work = scope_schedule_token_work (schedule);
  const ScopeTensor no_sums = { 0 };
  gsize count = (gsize)residual.rows;
  for (; chunk->begin < count; chunk->begin = chunk->end) {
    chunk->end = MIN (chunk->begin + schedule->chunk, count);
    chunk->embedded = scope_tensor_rows (embedded, chunk->begin, chunk->end);
    ScopeActivations rows
        = scope_schedule_rows (schedule, &self->memory->kept, chunk->begin, chunk->end);
    if (!scope_progress_check (progress, (double)chunk->begin / (double)count, "reading the layer",
                               error)
        || !scope_chunk_project (chunk, scope_tensor_rows (residual, chunk->begin, chunk->end),
                                 &rows, error)
        || !scope_chunk_scan (chunk, &rows, no_sums, FALSE, error)
        || !scope_schedule_pace (schedule, work * (chunk->end - chunk->begin), error))
      return FALSE;
  }
  return TRUE;
}

static ScopeTensor
layer_rates (const ScopeLayerTrace *self)
{
  return self->memory->a.data != NULL ? self->memory->a
                                      : self->schedule->weights.layers[self->layer].a;
}

static gboolean
sum_delta (ScopeLayerTrace *self, ScopeProgress *progress, GError **error)
{
  ScopeOpDecay decay = { .delta = self->memory->kept.delta,
                         .a = layer_rates (self),
                         .prefix = self->memory->prefix,
                         .cancel = scope_progress_cancel_poll (progress) };
  return scope_backend_run (self->schedule->backend, SCOPE_OP_DECAY, &decay, error)
         && scope_backend_sync (self->schedule->backend, error);
}

static gboolean
make_real (ScopeBackend *backend, ScopeTensor wide, ScopeTensor *out, GError **error)
{
  ScopeOpCopy copy = { .x = wide };
  if (wide.type == scope_backend_real (backend))
    return TRUE;
  if (!scope_tensor_alloc (backend, scope_backend_real (backend), wide.rows, wide.columns, out,
                           error))
    return FALSE;
  copy.out = *out;
  return scope_backend_run (backend, SCOPE_OP_COPY, &copy, error);
}

static gboolean
make_source (ScopeLayerTrace *self, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  LayerMemory *memory = self->memory;
  return make_real (memory->backend, scope_activations_b (&memory->kept, config), &memory->real_b,
                    error)
         && make_real (memory->backend, scope_activations_c (&memory->kept, config),
                       &memory->real_c, error);
}

/* What the shared block of a hybrid layer fills. */
static gboolean
alloc_attention (ScopeLayerTrace *self, ScopeStates *states, gsize rows, GError **error)
{
  const ScopeConfig *config = self->schedule->config;
  ScopeBackend *backend = self->schedule->backend;
  if (scope_config_layer_kind (config, self->layer) != SCOPE_LAYER_HYBRID)
    return TRUE;
  return scope_block_activations_alloc (&self->memory->block, config, backend, rows, TRUE, error)
         && scope_states_alloc_keys (states, config, self->layer, backend, rows, error);
}

/* From a row for each token that entered the layer to one for each of the text; zeros between. */
static gboolean
spread (ScopeLayerTrace *self, ScopeTensor *tensor, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  ScopeTensor whole = { 0 };
  if (tensor->data == NULL)
    return TRUE;
  gboolean done = scope_tensor_alloc (backend, tensor->type, self->length, (gsize)tensor->columns,
                                      &whole, error)
                  && scope_tensor_clear (backend, whole, error)
                  && scope_tensor_scatter (backend, whole, *tensor, self->entered, error)
                  && scope_backend_sync (backend, error);
  if (!done) {
    scope_tensor_free (backend, &whole);
    return FALSE;
  }
  scope_tensor_free (backend, tensor);
  *tensor = whole;
  return TRUE;
}

static gboolean
spread_all (ScopeLayerTrace *self, GError **error)
{
  LayerMemory *memory = self->memory;
  ScopeTensor *all[]
      = { &memory->kept.xz, &memory->kept.xc, &memory->kept.dbc,       &memory->kept.delta,
          &memory->kept.y,  &memory->block.q, &memory->block.attended, &memory->block.total,
          &memory->k,       &memory->v };
  for (guint i = 0; self->entered != NULL && i < G_N_ELEMENTS (all); i++)
    if (!spread (self, all[i], error))
      return FALSE;
  return TRUE;
}

/* The layer's chunks into memory of as many rows as RESIDUAL has. */
static gboolean
layer_run (ScopeLayerTrace *self, const ScopeLayerStep *step, ScopeTensor residual,
           ScopeTensor embedded, ScopeStates *states, ScopeProgress *progress, GError **error)
{
  ScopeSchedule *schedule = self->schedule;
  gsize rows = (gsize)residual.rows;
  ScopePlanEdit edit;
  ScopeChunk chunk = { .schedule = schedule,
                       .layer = self->layer,
                       .states = states,
                       .threshold = step->threshold,
                       .a = step->a,
                       .raw = step->raw,
                       .captured = &self->memory->block,
                       .progress = progress };
  if (self->plan != NULL)
    chunk.filter_rows
        = scope_positions_before (self->entered, scope_plan_filter_rows (self->plan), rows);
  chunk.edit
      = scope_positions_edit (self->entered, scope_plan_edit (self->plan, self->layer), &edit);
  return scope_activations_alloc (&self->memory->kept, schedule->config, schedule->backend, rows,
                                  TRUE, error)
         && alloc_attention (self, states, rows, error)
         && scope_states_alloc (states, schedule->config, schedule->backend, error)
         && scope_schedule_set_threshold (schedule, self->layer, step->threshold, error)
         && run_chunks (self, residual, embedded, &chunk, progress, error);
}

static gboolean
layer_fill (ScopeLayerTrace *self, ScopeLayerStep *step, ScopeTensor residual, ScopeTensor embedded,
            ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  LayerMemory *memory = self->memory;
  ScopeStates states = { 0 };
  gboolean ran = layer_run (self, step, residual, embedded, &states, progress, error);
  memory->k = states.k;
  memory->v = states.v;
  memory->a = step->a;
  states.k = states.v = step->a = (ScopeTensor){ 0 };
  self->kept = scope_positions_keep (self->entered, step->kept);
  gboolean done = ran && spread_all (self, error)
                  && scope_tensor_alloc (backend, SCOPE_TYPE_F64, self->length,
                                         self->schedule->config->channels, &memory->prefix, error)
                  && make_source (self, error) && sum_delta (self, progress, error);
  scope_states_clear (&states, backend);
  return done;
}

/* The run's own thresholds are kept; what another plan makes of the layer, and what is more than
 * thresholds, is made of its input again. */
static gboolean
layer_step (ScopeLayerTrace *self, ScopeTrace *trace, ScopeTensor residual, ScopeTensor embedded,
            ScopeLayerStep *step, ScopeProgress *progress, GError **error)
{
  gsize bytes = self->schedule->config->channels * sizeof (double);
  if (self->plan != NULL && (self->plan != trace->plan || scope_plan_shapes (self->plan)))
    return scope_schedule_resolve (self->schedule, self->plan, self->layer, self->entered, residual,
                                   embedded, progress, step, error);
  if (self->plan != NULL && trace->thresholds[self->layer] != NULL)
    step->threshold = g_memdup2 (trace->thresholds[self->layer], bytes);
  return TRUE;
}

static gboolean
layer_compute (ScopeLayerTrace *self, ScopeTrace *trace, ScopeProgress *progress, GError **error)
{
  ScopeBackend *backend = self->schedule->backend;
  ScopeTensor residual = scope_trace_residual (trace, self->layer), taken = { 0 }, embedded;
  ScopeLayerStep step = { 0 };
  gboolean done = scope_schedule_prepare (self->schedule, error)
                  && scope_trace_take_embedded (trace, self->layer, &taken, &embedded, error)
                  && layer_step (self, trace, residual, embedded, &step, progress, error)
                  && layer_fill (self, &step, residual, embedded, progress, error);
  scope_layer_step_clear (&step, backend);
  scope_tensor_free (backend, &taken);
  return done;
}

gsize
scope_layer_trace_bytes (const ScopeLayerTrace *self)
{
  gsize bytes = scope_activations_bytes (&self->memory->kept)
                + scope_tensor_bytes (self->memory->prefix)
                + scope_block_activations_bytes (&self->memory->block)
                + scope_tensor_bytes (self->memory->a) + scope_tensor_bytes (self->memory->k)
                + scope_tensor_bytes (self->memory->v) + scope_tensor_bytes (self->memory->real_b)
                + scope_tensor_bytes (self->memory->real_c);
  for (guint i = 0; i < SCOPE_N_LAYER_PARTS; i++) {
    const ScopeMatrix *matrix = self->matrices[i];
    gboolean copied
        = matrix != NULL
          && (!self->memory->backend->host_memory || i == SCOPE_LAYER_A || i == SCOPE_LAYER_D);
    if (copied)
      bytes += scope_matrix_rows (matrix) * scope_matrix_stride (matrix)
               * scope_real_size (scope_matrix_real (matrix));
  }
  return bytes;
}

static gsize
cached_bytes (const ScopeTrace *trace)
{
  gsize bytes = 0;
  for (const GList *link = trace->layers.head; link != NULL; link = link->next)
    bytes += scope_layer_trace_bytes (link->data);
  return bytes;
}

static void
trim_cache (ScopeTrace *trace)
{
  while (trace->layers.length > 1 && cached_bytes (trace) > trace->budget)
    scope_layer_trace_unref (g_queue_pop_tail (&trace->layers));
}

void
scope_trace_set_budget (ScopeTrace *self, gsize bytes)
{
  self->budget = bytes;
  trim_cache (self);
}

static ScopeLayerTrace *
find_cached (ScopeTrace *trace, gsize layer, ScopePlan *plan)
{
  for (GList *link = trace->layers.head; link != NULL; link = link->next) {
    ScopeLayerTrace *cached = link->data;
    if (cached->layer != layer || cached->plan != plan)
      continue;
    g_queue_unlink (&trace->layers, link);
    g_queue_push_head_link (&trace->layers, link);
    return cached;
  }
  return NULL;
}

gboolean
scope_trace_check_layer (const ScopeTrace *trace, gsize layer, GError **error)
{
  gsize layers = trace->schedule->config->n_layer;
  if (layer >= layers) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "layer %" G_GSIZE_FORMAT ": the model has layers 0 to %" G_GSIZE_FORMAT, layer,
                 layers - 1);
    return FALSE;
  }
  if (trace->room.n_residuals > 1)
    return TRUE;
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "layer %" G_GSIZE_FORMAT ": the run kept no residual stream to look at layers",
               layer);
  return FALSE;
}

/* Where memory is short, at the price of the layers in the cache, the oldest first. */
static ScopeLayerTrace *
compute_with_room (ScopeTrace *self, gsize layer, ScopePlan *plan, ScopeProgress *progress,
                   GError **error)
{
  for (;;) {
    g_autoptr (GError) local = NULL;
    g_autoptr (ScopeLayerTrace) made = layer_new (self, layer, plan);
    if (layer_compute (made, self, progress, &local))
      return g_steal_pointer (&made);
    if (self->layers.length == 0
        || !g_error_matches (local, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    scope_layer_trace_unref (g_queue_pop_tail (&self->layers));
  }
}

ScopeLayerTrace *
scope_trace_layer (ScopeTrace *self, gsize layer, ScopePlan *plan, ScopeProgress *progress,
                   GError **error)
{
  if (!scope_trace_check_layer (self, layer, error))
    return NULL;
  if (plan == NULL)
    plan = self->plan;
  if (plan == SCOPE_PLAN_NONE || !scope_plan_touches (plan, layer))
    plan = NULL; /* one entry for all that leave the layer as it is */
  ScopeLayerTrace *found = find_cached (self, layer, plan);
  if (found != NULL)
    return scope_layer_trace_ref (found);
  g_autoptr (ScopeLayerTrace) made = compute_with_room (self, layer, plan, progress, error);
  if (made == NULL)
    return NULL;
  g_queue_push_head (&self->layers, scope_layer_trace_ref (made));
  trim_cache (self);
  return g_steal_pointer (&made);
}

void
scope_trace_forget (ScopeTrace *self, ScopePlan *plan)
{
  for (GList *link = self->layers.head, *next; link != NULL; link = next) {
    next = link->next;
    if (((ScopeLayerTrace *)link->data)->plan != plan)
      continue;
    scope_layer_trace_unref (link->data);
    g_queue_delete_link (&self->layers, link);
  }
}

gsize
scope_layer_trace_layer (const ScopeLayerTrace *self)
{
  return self->layer;
}

gsize
scope_layer_trace_length (const ScopeLayerTrace *self)
{
  return self->length;
}

ScopeSchedule *
scope_layer_trace_schedule (const ScopeLayerTrace *self)
{
  return self->schedule;
}

ScopeModel *
scope_layer_trace_model (const ScopeLayerTrace *self)
{
  return self->schedule->model;
}

ScopePlan *
scope_layer_trace_plan (const ScopeLayerTrace *self)
{
  return self->plan;
}

const GArray *
scope_layer_trace_kept (const ScopeLayerTrace *self)
{
  return self->kept;
}

const GArray *
scope_layer_trace_entered (const ScopeLayerTrace *self)
{
  return self->entered;
}

static ScopeTensor
part_tensor (const ScopeLayerTrace *self, ScopeLayerPart part)
{
  const ScopeConfig *config = self->schedule->config;
  const ScopeActivations *kept = &self->memory->kept;
  const ScopeLayerTensors *weights = &self->schedule->weights.layers[self->layer];
  switch (part) {
  case SCOPE_LAYER_DELTA:
    return kept->delta;
  case SCOPE_LAYER_A:
    return layer_rates (self);
  case SCOPE_LAYER_B:
    return scope_activations_b (kept, config);
  case SCOPE_LAYER_C:
    return scope_activations_c (kept, config);
  case SCOPE_LAYER_U:
    return scope_activations_u (kept, config);
  case SCOPE_LAYER_Z:
    return scope_activations_z (kept, config);
  case SCOPE_LAYER_Y:
    return kept->y;
  case SCOPE_LAYER_D:
    return weights->d;
  case SCOPE_LAYER_X:
    return scope_activations_x (kept, config);
  case SCOPE_LAYER_PREFIX:
    return self->memory->prefix;
  case SCOPE_LAYER_QUERY:
    return self->memory->block.q;
  case SCOPE_LAYER_KEY:
    return self->memory->k;
  case SCOPE_LAYER_VALUE:
    return self->memory->v;
  case SCOPE_LAYER_ATTENDED:
    return self->memory->block.attended;
  case SCOPE_LAYER_TOTAL:
    return self->memory->block.total;
  case SCOPE_N_LAYER_PARTS:
    break;
  }
  g_return_val_if_reached ((ScopeTensor){ 0 });
}

static void
no_attention (const ScopeLayerTrace *self, GError **error)
{
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "layer %" G_GSIZE_FORMAT " has no shared attention: it is an SSM alone",
               self->layer);
}

/* A and D belong to the schedule and are small: copied. The rest is wrapped where it can be. */
static ScopeMatrix *
make_matrix (ScopeLayerTrace *self, ScopeLayerPart part, GError **error)
{
  ScopeTensor tensor = part_tensor (self, part);
  if (tensor.data == NULL) {
    no_attention (self, error);
    return NULL;
  }
  if (!self->memory->backend->host_memory || part == SCOPE_LAYER_A || part == SCOPE_LAYER_D)
    return scope_tensor_read (self->memory->backend, tensor, error);
  return scope_matrix_wrap (tensor.type == SCOPE_TYPE_F64 ? SCOPE_REAL_F64 : SCOPE_REAL_F32,
                            tensor.data, tensor.rows, tensor.columns, tensor.stride,
                            memory_ref (self->memory), (GDestroyNotify)memory_unref);
}

const ScopeMatrix *
scope_layer_trace_matrix (ScopeLayerTrace *self, ScopeLayerPart part, GError **error)
{
  g_return_val_if_fail (part < SCOPE_N_LAYER_PARTS, NULL);
  if (self->matrices[part] == NULL)
    self->matrices[part] = make_matrix (self, part, error);
  return self->matrices[part];
}

ScopeMapSource
scope_layer_trace_source (const ScopeLayerTrace *self)
{
  const ScopeConfig *config = self->schedule->config;
  const LayerMemory *memory = self->memory;
  gboolean copied = memory->real_b.data != NULL;
  return (
      ScopeMapSource){ .delta = memory->kept.delta,
                       .prefix = memory->prefix,
                       .a = layer_rates (self),
                       .b = copied ? memory->real_b : scope_activations_b (&memory->kept, config),
                       .c = copied ? memory->real_c : scope_activations_c (&memory->kept, config),
                       .groups = config->groups,
                       .states = config->d_state };
}

gboolean
scope_layer_trace_softmax (const ScopeLayerTrace *self, ScopeOpSoftmax *out, GError **error)
{
  const ScopeSharedConfig *shared = &self->schedule->config->shared;
  const LayerMemory *memory = self->memory;
  *out = (ScopeOpSoftmax){ .q = memory->block.q,
                           .k = memory->k,
                           .total = memory->block.total,
                           .heads = (gint64)shared->heads,
                           .key_heads = (gint64)shared->kv_heads,
                           .scale = shared->scale };
  if (memory->block.q.data == NULL)
    no_attention (self, error);
  return memory->block.q.data != NULL;
}

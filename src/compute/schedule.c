/* The schedule: uploaded weights, the workspace of one chunk, and what is made of them. */
#include "compute/compute-private.h"

#include "base/error.h"

/* One chunk is about this long on a slow machine: the time between two looks at the progress. */
#define CHUNK_SECONDS    0.03
#define HOST_STEP        16  /* whole vectors */
#define DEVICE_STEP      64  /* whole blocks of a parallel scan */
#define MAX_HOST_CHUNK   512 /* more gains nothing, and leaves the second-level cache */
#define MAX_DEVICE_CHUNK 16384
#define HOST_LOGITS_ROWS 128 /* the head, as large as all layers, comes from memory for each */

ScopeSchedule *
scope_schedule_new (ScopeModel *model, ScopeBackend *backend, ScopeProgress *progress,
                    GError **error)
{
  g_autoptr (ScopeSchedule) self = g_new0 (ScopeSchedule, 1);
  self->references = 1;
  self->model = scope_model_ref (model);
  self->config = scope_model_config (model);
  self->backend = backend;
  if (!scope_weights_fit (model, backend, error)
      || !scope_weights_upload (&self->weights, model, backend, progress, error))
    return NULL;
  self->rates = g_new0 (ScopeMatrix *, self->config->n_layer);
  scope_schedule_set_chunk (self, 0);
  return g_steal_pointer (&self);
}

ScopeSchedule *
scope_schedule_ref (ScopeSchedule *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

static void
clear_workspace (ScopeSchedule *self)
{
  scope_schedule_forget (self); /* recordings write to what goes here */
  scope_activations_clear (&self->workspace, self->backend);
  scope_block_activations_clear (&self->block, self->backend);
  scope_tensor_free (self->backend, &self->threshold);
  scope_tensor_free (self->backend, &self->ones);
}

void
scope_schedule_unref (ScopeSchedule *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  clear_workspace (self);
  for (gsize i = 0; self->rates != NULL && i < self->config->n_layer; i++)
    g_clear_pointer (&self->rates[i], scope_matrix_unref);
  g_free (self->rates);
  scope_weights_clear (&self->weights, self->model, self->backend);
  scope_model_unref (self->model);
  g_free (self);
}

ScopeModel *
scope_schedule_model (const ScopeSchedule *self)
{
  return self->model;
}

ScopeBackend *
scope_schedule_backend (const ScopeSchedule *self)
{
  return self->backend;
}

double
scope_schedule_token_work (const ScopeSchedule *self)
{
  const ScopeConfig *config = self->config;
  gboolean s6 = !scope_config_is_ssd (config);
  double products = (double)config->d_model * (scope_config_projection (config) + config->d_inner);
  if (s6)
    products += (double)config->d_inner * (2 * config->dt_rank + 2 * config->d_state);
  /* An exponential for each state, or three multiply-adds: in their worth. */
  double scan = (double)config->d_inner * config->d_state * (s6 ? 20 : 4);
  return products + scan + scope_block_token_work (config);
}

/* Multiply-adds a second: below what two cores or one GPU can do. */
static double
assumed_speed (const ScopeSchedule *self)
{
  if (!self->backend->host_memory)
    return 2e13;
  return self->backend->precision == SCOPE_PRECISION_REFERENCE ? 2.5e9 : 4e10;
}

gsize
scope_schedule_rows_for (const ScopeSchedule *self, double row_work)
{
  gboolean host = self->backend->host_memory;
  gsize step = host ? HOST_STEP : DEVICE_STEP, most = host ? MAX_HOST_CHUNK : MAX_DEVICE_CHUNK;
  double rows = CHUNK_SECONDS * assumed_speed (self) / row_work;
  return CLAMP ((gsize)rows / step * step, step, most);
}

void
scope_schedule_set_chunk (ScopeSchedule *self, gsize tokens)
{
  clear_workspace (self);
  self->chunk
      = tokens > 0 ? tokens : scope_schedule_rows_for (self, scope_schedule_token_work (self));
}

static gboolean
fill_ones (ScopeSchedule *self, GError **error)
{
  gsize count = self->config->d_model;
  if (self->backend->host_memory)
    return TRUE;
  g_autofree float *ones = g_new (float, count);
  for (gsize i = 0; i < count; i++)
    ones[i] = 1;
  return scope_tensor_alloc (self->backend, SCOPE_TYPE_F32, 1, count, &self->ones, error)
         && scope_backend_upload (self->backend, self->ones.data, ones, count * sizeof *ones,
                                  error);
}

static gboolean
alloc_workspace (ScopeSchedule *self, GError **error)
{
  ScopeStates states = { 0 };
  ScopeChunk chunk = { .schedule = self, .states = &states, .end = self->chunk };
  gboolean done = scope_activations_alloc (&self->workspace, self->config, self->backend,
                                           self->chunk, FALSE, error)
                  && scope_block_activations_alloc (&self->block, self->config, self->backend,
                                                    self->chunk, FALSE, error)
                  && scope_tensor_alloc (self->backend, SCOPE_TYPE_F64, self->config->n_layer,
                                         self->config->channels, &self->threshold, error)
                  && fill_ones (self, error)
                  && scope_states_alloc (&states, self->config, self->backend, error)
                  && scope_chunk_reserve (&chunk, &self->workspace, error);
  scope_states_clear (&states, self->backend);
  if (!done)
    clear_workspace (self);
  return done;
}

gsize
scope_schedule_smaller_chunk (const ScopeSchedule *self, gsize chunk)
{
  gsize step = self->backend->host_memory ? HOST_STEP : DEVICE_STEP;
  return chunk >= 2 * step ? chunk / 2 / step * step : 0;
}

/* Everything that a pass of any length needs beside its trace. Where that does not fit, smaller
 * chunks do. */
gboolean
scope_schedule_prepare (ScopeSchedule *self, GError **error)
{
  if (self->threshold.data != NULL)
    return TRUE;
  for (;;) {
    g_autoptr (GError) local = NULL;
    if (alloc_workspace (self, &local))
      return TRUE;
    gsize smaller = scope_schedule_smaller_chunk (self, self->chunk);
    if (smaller == 0 || !g_error_matches (local, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    self->chunk = smaller;
  }
}

double
scope_schedule_most_queued (const ScopeSchedule *self)
{
  return CHUNK_SECONDS * assumed_speed (self);
}

gboolean
scope_schedule_pace (ScopeSchedule *self, double work, GError **error)
{
  self->queued += work;
  if (self->queued < scope_schedule_most_queued (self))
    return TRUE;
  self->queued = 0;
  return scope_backend_sync (self->backend, error);
}

static ScopeTensor
rows_of (ScopeTensor workspace, const ScopeTensor *captured, gsize begin, gsize end)
{
  if (captured != NULL && captured->data != NULL)
    return scope_tensor_rows (*captured, begin, end);
  return scope_tensor_rows (workspace, 0, end - begin);
}

ScopeActivations
scope_schedule_rows (ScopeSchedule *self, const ScopeActivations *captured, gsize begin, gsize end)
{
  static const ScopeActivations none;
  const ScopeActivations *kept = captured != NULL ? captured : &none;
  const ScopeActivations *work = &self->workspace;
  return (ScopeActivations){
    .h = rows_of (work->h, &kept->h, begin, end),
    .xz = rows_of (work->xz, &kept->xz, begin, end),
    .xc = rows_of (work->xc, &kept->xc, begin, end),
    .dbc = rows_of (work->dbc, &kept->dbc, begin, end),
    .raw = rows_of (work->raw, &kept->raw, begin, end),
    .delta = rows_of (work->delta, &kept->delta, begin, end),
    .y = rows_of (work->y, &kept->y, begin, end),
  };
}

static gboolean
last_norm (ScopeSchedule *self, ScopeTensor residual, ScopeTensor h, GError **error)
{
  ScopeOpNorm norm = { .x = residual,
                       .weight = self->weights.final_norm,
                       .bias = self->weights.final_norm_bias,
                       .out = h,
                       .eps = self->config->norm_eps,
                       .groups = 1,
                       .centred = self->config->layer_norm };
  return scope_backend_run (self->backend, SCOPE_OP_NORM, &norm, error);
}

/* Columns of the head for one product with ROWS rows: all on a device, else one chunk's time. */
static gsize
head_columns (const ScopeSchedule *self, gsize rows)
{
  gsize vocab = self->config->vocab_size;
  double column = (double)rows * (double)self->config->d_model;
  if (!self->backend->host_memory)
    return vocab;
  gsize columns = (gsize)(CHUNK_SECONDS * assumed_speed (self) / column);
  return CLAMP (columns / HOST_STEP * HOST_STEP, HOST_STEP, vocab);
}

static gboolean
head_product (ScopeSchedule *self, ScopeTensor h, ScopeTensor logits, ScopeProgress *progress,
              GError **error)
{
  gsize vocab = self->config->vocab_size, step = head_columns (self, (gsize)h.rows);
  for (gsize begin = 0, end; begin < vocab; begin = end) {
    end = MIN (begin + step, vocab);
    ScopeOpProduct product = { .x = h,
                               .weight = scope_tensor_rows (self->weights.head, begin, end),
                               .out = scope_tensor_columns (logits, begin, end) };
    if (!scope_progress_check (progress, (double)begin / (double)vocab, "logits", error)
        || !scope_backend_run (self->backend, SCOPE_OP_PRODUCT, &product, error))
      return FALSE;
  }
  return TRUE;
}

/* Rows [begin, end) of OUT from where they stand; nothing if there is no OUT. */
static gboolean
take_logits (ScopeBackend *backend, ScopeTensor rows, gsize begin, ScopeMatrix *out, GError **error)
{
  if (out == NULL)
    return TRUE;
  gsize row_bytes = scope_matrix_stride (out) * scope_real_size (scope_matrix_real (out));
  return scope_backend_download (backend, (char *)scope_matrix_data (out) + begin * row_bytes,
                                 rows.data, scope_tensor_bytes (rows), error);
}

static gboolean
fill_logits (ScopeSchedule *self, ScopeTensor residual, ScopeTensor h, ScopeTensor logits,
             ScopeMatrix *out, ScopeProgress *progress, GError **error)
{
  gsize count = residual.rows;
  for (gsize begin = 0, end; begin < count; begin = end) {
    end = MIN (begin + (gsize)logits.rows, count);
    ScopeTensor rows = scope_tensor_rows (logits, 0, end - begin);
    ScopeTensor normed = scope_tensor_rows (h, 0, end - begin);
    ScopeProgress span = scope_progress_span (progress, (double)begin / count, (double)end / count);
    if (!last_norm (self, scope_tensor_rows (residual, begin, end), normed, error)
        || !head_product (self, normed, rows, &span, error)
        || !take_logits (self->backend, rows, begin, out, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
logits_by_rows (ScopeSchedule *self, ScopeTensor residual, gsize rows, ScopeMatrix *out,
                ScopeProgress *progress, GError **error)
{
  const ScopeConfig *config = self->config;
  ScopeTensor h = { 0 }, logits = { 0 };
  gboolean done = scope_tensor_alloc (self->backend, self->backend->wide_type, rows,
                                      config->d_model, &h, error)
                  && scope_tensor_alloc (self->backend, scope_backend_real (self->backend), rows,
                                         config->vocab_size, &logits, error)
                  && fill_logits (self, residual, h, logits, out, progress, error);
  scope_tensor_free (self->backend, &h);
  scope_tensor_free (self->backend, &logits);
  return done;
}

/* Fewer rows at a time where memory is short. */
gboolean
scope_schedule_run_logits (ScopeSchedule *self, ScopeTensor residual, ScopeMatrix *out,
                           ScopeProgress *progress, GError **error)
{
  double row_work = (double)self->config->vocab_size * (double)self->config->d_model;
  gsize rows
      = self->backend->host_memory ? HOST_LOGITS_ROWS : scope_schedule_rows_for (self, row_work);
  rows = MIN (rows, (gsize)residual.rows);
  for (;; rows /= 2) {
    g_autoptr (GError) local = NULL;
    if (logits_by_rows (self, residual, rows, out, progress, &local))
      return TRUE;
    if (rows > 1 && g_error_matches (local, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY))
      continue;
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
}

ScopeMatrix *
scope_schedule_logits (ScopeSchedule *self, ScopeTensor residual, ScopeProgress *progress,
                       GError **error)
{
  gboolean wide = scope_backend_real (self->backend) == SCOPE_TYPE_F64;
  g_autoptr (ScopeMatrix) out = scope_matrix_new (wide ? SCOPE_REAL_F64 : SCOPE_REAL_F32,
                                                  residual.rows, self->config->vocab_size, error);
  if (out == NULL || !scope_schedule_run_logits (self, residual, out, progress, error))
    return NULL;
  return g_steal_pointer (&out);
}

#include "session/look.h"

ScopeLook *
scope_look_ref (ScopeLook *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_look_unref (ScopeLook *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->layer, scope_layer_trace_unref);
  g_clear_pointer (&self->run, scope_run_unref);
  g_clear_pointer (&self->classes, scope_matrix_unref);
  g_clear_pointer (&self->stage, scope_stage_unref); /* the backend goes last */
  g_free (self->view.channels);
  g_free (self->network.global_share);
  scope_setting_clear (&self->setting);
  g_free (self);
}

static ScopeLook *
look_alloc (ScopeStage *stage, const ScopeSetting *setting)
{
  static gint last_id;
  ScopeLook *self = g_new0 (ScopeLook, 1);

  g_atomic_ref_count_init (&self->refs);
  self->id = (guint)g_atomic_int_add (&last_id, 1) + 1;
  self->stage = scope_stage_ref (stage);
  self->setting = (ScopeSetting){ g_strdup (setting->spec), setting->theta };
  return self;
}

/* --- classes ------------------------------------------------------------------------------------
 */

typedef struct {
  gsize global; /* how many channels of the layer are */
  gsize lost;   /* how many of these forget within the text, at their mean rate */
  double least; /* ln decay of the channel that forgets least */
} LayerClasses;

/* STRETCH: how many calibration windows long the text is. */
static LayerClasses
count_classes (const ScopeMatrix *classes, gsize layer, double ln_theta, double stretch)
{
  LayerClasses out = { 0, 0, -G_MAXDOUBLE };

  for (gsize h = 0; h < scope_matrix_columns (classes); h++) {
    double ln_decay = scope_matrix_get (classes, layer, h);
    gboolean global = ln_decay > ln_theta;
    out.global += global;
    out.lost += global && ln_decay * stretch <= ln_theta;
    out.least = MAX (out.least, ln_decay);
  }
  return out;
}

static gsize
choose_layer (const ScopeMatrix *classes, double ln_theta, double stretch)
{
  gsize best = scope_matrix_rows (classes) / 2;
  LayerClasses most = { 0, 0, -G_MAXDOUBLE };

  for (gsize i = 0; i < scope_matrix_rows (classes); i++) {
    LayerClasses layer = count_classes (classes, i, ln_theta, stretch);
    gboolean mixed = layer.global > 0 && layer.global < scope_matrix_columns (classes);
    gboolean more = layer.lost > most.lost || (layer.lost == most.lost && layer.least > most.least);
    if (mixed && more) {
      best = i;
      most = layer;
    }
  }
  return best;
}

/* Of the channels that are GLOBAL or not, the one with the longest field, and among equals the one
 * that forgets least; -1 if there is none. */
static gssize
longest_field (const ScopeLook *self, gboolean global)
{
  const ScopeChannelStats *channels = self->view.channels;
  gssize best = -1;

  for (gsize h = 0; h < self->view.n_channels; h++) {
    if (channels[h].global != global)
      continue;
    gboolean longer = best < 0 || channels[h].field_length > channels[best].field_length;
    gboolean equal = best >= 0 && channels[h].field_length == channels[best].field_length;
    if (longer || (equal && channels[h].ln_decay > channels[best].ln_decay))
      best = (gssize)h;
  }
  return best;
}

static gint
slower_first (gconstpointer a, gconstpointer b)
{
  const ScopeChannelStats *x = *(const ScopeChannelStats *const *)a;
  const ScopeChannelStats *y = *(const ScopeChannelStats *const *)b;
  return (x->ln_decay < y->ln_decay) - (x->ln_decay > y->ln_decay);
}

gsize
scope_look_best_channel (const ScopeLook *self)
{
  g_autoptr (GPtrArray) forgetting = g_ptr_array_new ();

  for (gsize h = 0; h < self->view.n_channels; h++) {
    ScopeChannelStats *stats = &self->view.channels[h];
    if (stats->global && stats->ln_decay <= self->view.ln_theta)
      g_ptr_array_add (forgetting, stats);
  }
  if (forgetting->len > 0) {
    g_ptr_array_sort (forgetting, slower_first);
    const ScopeChannelStats *typical = forgetting->pdata[(forgetting->len - 1) / 2];
    return typical->channel;
  }
  gssize best = longest_field (self, TRUE);
  return best >= 0 ? (gsize)best : (gsize)longest_field (self, FALSE);
}

/* --- making one ---------------------------------------------------------------------------------
 */

static void
look_fill_network (ScopeLook *self, double ln_theta)
{
  gsize layers = scope_matrix_rows (self->classes);
  ScopeNetworkView *network = &self->network;

  network->filtered = scope_run_is_filtered (self->run);
  network->layers = layers;
  network->channels = scope_matrix_columns (self->classes);
  network->global_share = g_new (double, layers);
  for (gsize i = 0; i < layers; i++)
    network->global_share[i] = (double)count_classes (self->classes, i, ln_theta, 1.0).global
                               / (double)network->channels;
  network->bytes = scope_trace_bytes (self->run->trace);
  network->seconds = self->run->seconds;
}

/* What main reads a cell from is fetched here: fetching is for the engine's thread. */
static gboolean
look_fetch (ScopeLook *self, GError **error)
{
  static const ScopeLayerPart attention[]
      = { SCOPE_LAYER_QUERY, SCOPE_LAYER_KEY, SCOPE_LAYER_TOTAL };
  gsize layer = scope_layer_trace_layer (self->layer);
  gboolean hybrid = scope_matrix_channels (scope_model_config (self->stage->host->model), layer,
                                           SCOPE_MATRIX_SOFTMAX)
                    > 0;

  if (!scope_attention_fetch_cells (self->layer, error)
      || scope_layer_trace_matrix (self->layer, SCOPE_LAYER_D, error) == NULL)
    return FALSE;
  for (guint i = 0; hybrid && i < G_N_ELEMENTS (attention); i++)
    if (scope_layer_trace_matrix (self->layer, attention[i], error) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
look_fill_layer (ScopeLook *self, gsize layer, const ScopeStageFilter *filter,
                 ScopeProgress *progress, GError **error)
{
  ScopeProgress recompute = scope_progress_span (progress, 0.0, 0.6);
  ScopeProgress measure = scope_progress_span (progress, 0.6, 1.0);
  ScopePlan *plan = NULL; /* as it was run */
  gint64 start = g_get_monotonic_time ();

  if (self->view.preview)
    plan = filter->plan != NULL ? filter->plan : SCOPE_PLAN_NONE;
  self->layer = scope_trace_layer (self->run->trace, layer, plan, &recompute, error);
  if (self->layer == NULL || !look_fetch (self, error))
    return FALSE;
  self->view.layer = layer;
  self->view.ln_theta = filter->ln_theta;
  self->view.n_channels = scope_matrix_columns (self->classes);
  self->view.channels = scope_channels_layer (self->run->trace, self->layer, self->classes,
                                              filter->ln_theta, &measure, error);
  self->view.seconds = (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return self->view.channels != NULL;
}

static gboolean
look_fill (ScopeLook *self, gsize layer, const ScopeStageFilter *filter, ScopeProgress *progress,
           GError **error)
{
  ScopeTokens *tokens = self->stage->tokens;

  self->classes
      = scope_filter_classes (filter->filter, self->stage->host->context, scope_tokens_ids (tokens),
                              scope_tokens_count (tokens), progress, error);
  if (self->classes == NULL)
    return FALSE;
  look_fill_network (self, filter->ln_theta);
  if (layer == SCOPE_LOOK_CHOOSE)
    layer = choose_layer (self->classes, filter->ln_theta,
                          (double)scope_tokens_count (tokens) / self->stage->host->train_length);
  return look_fill_layer (self, layer, filter, progress, error);
}

ScopeLook *
scope_look_new (ScopeStage *stage, const ScopeSetting *setting, gsize layer,
                ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeLook) self = look_alloc (stage, setting);
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 };

  if (!scope_stage_filter (stage, setting, &filter, progress, error))
    return NULL;
  ScopeRun *run = scope_stage_find (stage, &filter);
  self->view.preview = run == NULL;
  if (run == NULL)
    run = g_ptr_array_index (stage->runs, stage->runs->len - 1);
  self->run = scope_run_ref (run);
  return look_fill (self, layer, &filter, progress, error) ? g_steal_pointer (&self) : NULL;
}

ScopeLook *
scope_look_open (ScopeStage *stage, const ScopeSetting *setting, gsize layer,
                 ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeLook) self = look_alloc (stage, setting);
  g_auto (ScopeStageFilter) filter = { NULL, NULL, 0.0 };
  ScopeProgress running = scope_progress_span (progress, 0.0, 0.9);
  ScopeProgress looking = scope_progress_span (progress, 0.9, 1.0);

  if (!scope_stage_filter (stage, setting, &filter, &running, error))
    return NULL;
  ScopeRun *run = scope_stage_run (stage, &filter, &running, error);
  if (run == NULL)
    return NULL;
  self->run = scope_run_ref (run);
  return look_fill (self, layer, &filter, &looking, error) ? g_steal_pointer (&self) : NULL;
}

gboolean
scope_look_cell (const ScopeLook *self, const ScopeMapSpec *spec, gsize row, gsize column,
                 double *value)
{
  ScopeCell cell = { 0 };
  ScopeSoftmaxCell soft;

  if (MAX (row, column) >= scope_tokens_count (self->stage->tokens)
      || spec->kind == SCOPE_MATRIX_FULL)
    return FALSE;
  if (spec->kind == SCOPE_MATRIX_SOFTMAX) {
    gboolean found = scope_softmax_cell (self->layer, spec->channel, row, column, &soft, NULL);
    *value = found ? soft.value : 0.0;
    return found;
  }
  if (!scope_attention_cell (self->layer, spec->channel, row, column, &cell, NULL))
    return FALSE;
  *value = cell.value;
  scope_cell_clear (&cell);
  if (spec->kind == SCOPE_MATRIX_SKIP && row == column)
    *value += scope_matrix_get (scope_layer_trace_matrix (self->layer, SCOPE_LAYER_D, NULL), 0,
                                spec->channel);
  return TRUE;
}

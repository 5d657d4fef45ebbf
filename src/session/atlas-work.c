/* A batch of the atlas on the engine's thread. */
#include "session/atlas-private.h"

void
scope_atlas_task_free (ScopeAtlasTask *self)
{
  scope_look_unref (self->look);
  g_free (self->channels);
  g_free (self);
}

void
scope_atlas_batch_free (ScopeAtlasBatch *self)
{
  for (gsize k = 0; self->thumbnails != NULL && k < self->n_channels; k++)
    g_clear_pointer (&self->thumbnails[k], g_bytes_unref);
  g_free (self->thumbnails);
  g_free (self->signatures);
  g_free (self->channels);
  g_free (self->stats);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeAtlasBatch, scope_atlas_batch_free)

/* Channels [FIRST, END) of the batch, which are neighbours in the layer. */
static gboolean
draw_run (ScopeAtlasBatch *batch, ScopeLayerTrace *layer, gsize first, gsize end,
          ScopeProgress *progress, GError **error)
{
  gsize side = batch->side, begin = batch->channels[first];
  g_autofree guint8 **pictures = g_new (guint8 *, end - first);
  for (gsize k = 0; k < end - first; k++) {
    pictures[k] = g_malloc (side * side);
    batch->thumbnails[first + k] = g_bytes_new_take (pictures[k], side * side);
  }
  return scope_atlas_draw (layer, begin, begin + (end - first), side, pictures,
                           batch->signatures + first * SCOPE_SIGNATURE_BYTES, &batch->exact,
                           progress, error);
}

static gboolean
draw (ScopeAtlasBatch *batch, ScopeLayerTrace *layer, ScopeProgress *progress, GError **error)
{
  gsize count = batch->n_channels;
  batch->side = MIN (SCOPE_ATLAS_SIDE, scope_layer_trace_length (layer));
  batch->thumbnails = g_new0 (GBytes *, MAX (count, 1));
  batch->signatures = g_malloc0 (MAX (count, 1) * SCOPE_SIGNATURE_BYTES);
  for (gsize k = 0, end; k < count; k = end) {
    for (end = k + 1; end < count && batch->channels[end] == batch->channels[end - 1] + 1;)
      end++;
    if (!scope_progress_check (progress, (double)k / (double)count, NULL, error)
        || !draw_run (batch, layer, k, end, progress, error))
      return FALSE;
  }
  return TRUE;
}

/* A look's own layer is at hand, and in a preview there is no other. */
static ScopeLayerTrace *
open_layer (const ScopeAtlasTask *task, ScopeProgress *progress, GError **error)
{
  if (task->look->view.layer == task->layer)
    return scope_layer_trace_ref (task->look->layer);
  return scope_trace_layer (task->look->run->trace, task->layer, NULL, progress, error);
}

gpointer
scope_atlas_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeAtlasTask *task = input;
  ScopeProgress opening = scope_progress_span (progress, 0.0, 0.5);
  ScopeProgress rest = scope_progress_span (progress, 0.5, 1.0);
  g_autofree char *what = g_strdup_printf ("atlas: layer %" G_GSIZE_FORMAT, task->layer);
  if (!scope_progress_check (progress, 0.0, what, error))
    return NULL;
  g_autoptr (ScopeLayerTrace) layer = open_layer (task, &opening, error);
  if (layer == NULL)
    return NULL;
  g_autoptr (ScopeAtlasBatch) batch = g_new0 (ScopeAtlasBatch, 1);
  batch->key = task->key;
  batch->layer = task->layer;
  batch->n_channels = task->n_channels;
  batch->channels = g_memdup2 (task->channels, task->n_channels * sizeof (guint));
  if (task->measure) {
    batch->stats = scope_channels_layer (task->look->run->trace, layer, task->look->classes,
                                         task->look->view.ln_theta, &rest, error);
    if (batch->stats == NULL)
      return NULL;
  }
  return draw (batch, layer, &rest, error) ? g_steal_pointer (&batch) : NULL;
}

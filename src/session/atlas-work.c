/* A batch of the atlas on the engine's thread. */
#include <math.h>

#include "session/atlas-private.h"

/* Multiply-adds for the picture of one channel: two milliseconds or so on two cores. */
#define THUMBNAIL_BUDGET G_GUINT64_CONSTANT (200000000)

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

/* The picture of the SIDE rows of VALUES from row TOP on. */
static void
shade (const ScopeMatrix *values, gsize top, gsize side, guint8 *out)
{
  double most = 0;
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c <= r; c++)
      most = fmax (most, fabs (scope_matrix_get (values, top + r, c)));
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c < side; c++) {
      double value = c <= r ? fabs (scope_matrix_get (values, top + r, c)) : 0;
      double place = value > 0 ? 1 + log10 (value / most) / SCOPE_ATLAS_DECADES : 0;
      out[r * side + c] = c > r ? 0 : (guint8)(1 + lrint (254 * CLAMP (place, 0, 1)));
    }
}

static gsize
edge (gsize k, gsize side)
{
  return k * side / SCOPE_ATLAS_SIGNATURE;
}

/* The mean of the picture's blocks that (R, C) covers; at least one. */
static guint8
mean_block (const guint8 *picture, gsize side, gsize r, gsize c)
{
  gsize rows = MAX (edge (r + 1, side) - edge (r, side), 1);
  gsize columns = MAX (edge (c + 1, side) - edge (c, side), 1);
  gsize sum = 0;
  for (gsize i = edge (r, side); i < edge (r, side) + rows; i++)
    for (gsize j = edge (c, side); j < edge (c, side) + columns; j++)
      sum += picture[i * side + j] > 0 ? picture[i * side + j] - 1u : 0;
  return (guint8)(sum / (rows * columns));
}

static void
sign (const guint8 *picture, gsize side, guint8 *out)
{
  gsize at = 0;
  for (gsize r = 0; r < SCOPE_ATLAS_SIGNATURE; r++)
    for (gsize c = 0; c <= r; c++)
      out[at++] = mean_block (picture, side, r, c);
}

guint
scope_atlas_product (const guint8 *a, const guint8 *b)
{
  guint sum = 0;
  for (gsize k = 0; k < SCOPE_SIGNATURE_BYTES; k++)
    sum += (guint)a[k] * b[k];
  return sum;
}

/* Channels [FIRST, END) of the batch, which are neighbours in the layer. */
static gboolean
draw_run (ScopeAtlasBatch *batch, ScopeLayerTrace *layer, gsize first, gsize end,
          ScopeProgress *progress, GError **error)
{
  gsize side = batch->side, begin = batch->channels[first];
  g_autoptr (ScopeMatrix) values
      = scope_attention_thumbnails (layer, begin, begin + (end - first), side, SCOPE_REDUCE_ABSMEAN,
                                    THUMBNAIL_BUDGET, &batch->exact, progress, error);
  if (values == NULL)
    return FALSE;
  for (gsize k = first; k < end; k++) {
    guint8 *picture = g_malloc (side * side);
    shade (values, (k - first) * side, side, picture);
    sign (picture, side, batch->signatures + k * SCOPE_SIGNATURE_BYTES);
    batch->thumbnails[k] = g_bytes_new_take (picture, side * side);
  }
  return TRUE;
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

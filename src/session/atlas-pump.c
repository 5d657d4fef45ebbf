/* What the atlas asks the engine for, and how far that is. */
#include <math.h>
#include <string.h>

#include "session/atlas-private.h"
#include "session/session-private.h"

/* Pictures in one batch: some tens of milliseconds of work, so that what comes into sight meanwhile
 * is not long in coming. */
#define BATCH_PICTURES 24
/* Not more often is the order made anew while statistics come in. */
#define REORDER_INTERVAL G_USEC_PER_SEC

/* --- work ---------------------------------------------------------------------------------------
 */

static void
take_batch (ScopeAtlas *self, const ScopeAtlasBatch *batch)
{
  if (batch->stats != NULL)
    scope_atlas_take_stats (self, batch->layer, batch->stats);
  for (gsize k = 0; k < batch->n_channels; k++) {
    guint index = (guint)(batch->layer * self->channels + batch->channels[k]);
    scope_atlas_cache_put (self->pictures, index, batch->key, batch->thumbnails[k], batch->side);
    scope_atlas_take_signature (self, batch->layer, batch->channels[k],
                                batch->signatures + k * SCOPE_SIGNATURE_BYTES);
  }
  if (batch->n_channels > 0)
    self->exact = batch->exact;
  self->order_due |= batch->stats != NULL || self->sort == SCOPE_ATLAS_BY_SIMILARITY;
}

static void
on_batch_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeAtlas *self = owner;
  ScopeAtlasBatch *batch = result;
  self->asked = FALSE;
  if (error != NULL) {
    self->stopped = TRUE;
    scope_session_fail (self->session, error);
    g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_PROGRESS]);
    return;
  }
  gboolean current = self->look != NULL && batch->key == self->key;
  if (current)
    take_batch (self, batch);
  scope_atlas_batch_free (batch);
  scope_atlas_pump (self);
  gboolean late = g_get_monotonic_time () - self->ordered_at >= REORDER_INTERVAL;
  if (self->order_due && (late || isnan (scope_atlas_get_progress (self))))
    scope_atlas_reorder (self);
  else if (current)
    scope_atlas_tell_refreshed (self);
}

static void
post (ScopeAtlas *self, gsize layer, gboolean measure, const GArray *channels)
{
  ScopeAtlasTask *task = g_new0 (ScopeAtlasTask, 1);
  task->look = scope_look_ref (self->look);
  task->key = self->key;
  task->layer = layer;
  task->measure = measure;
  task->n_channels = channels != NULL ? channels->len : 0;
  task->channels
      = channels != NULL ? g_memdup2 (channels->data, channels->len * sizeof (guint)) : NULL;
  self->asked = TRUE;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_ATLAS, scope_atlas_work, task,
                     (GDestroyNotify)scope_atlas_task_free, (GDestroyNotify)scope_atlas_batch_free,
                     on_batch_done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

static int
compare_channels (gconstpointer a, gconstpointer b)
{
  guint left = *(const guint *)a, right = *(const guint *)b;
  return left < right ? -1 : left > right;
}

static gboolean
lacks_picture (ScopeAtlas *self, guint index)
{
  guint64 key;
  guint begin, end;
  scope_atlas_bounds (self, &begin, &end);
  return index >= begin && index < end
         && (scope_atlas_cache_get (self->pictures, index, &key, NULL) == NULL || key != self->key);
}

/* Pictures that are wanted, of one layer: that of the most urgent one. */
static gboolean
post_wanted (ScopeAtlas *self)
{
  g_autoptr (GArray) batch = g_array_new (FALSE, FALSE, sizeof (guint));
  gsize layer = 0;
  for (guint k = 0; k < self->wanted->len && batch->len < BATCH_PICTURES; k++) {
    guint index = g_array_index (self->wanted, guint, k);
    if (!lacks_picture (self, index) || (batch->len > 0 && index / self->channels != layer))
      continue;
    guint channel = (guint)(index % self->channels);
    layer = index / self->channels;
    g_array_append_val (batch, channel);
  }
  if (batch->len == 0)
    return FALSE;
  g_array_sort (batch, compare_channels);
  post (self, layer, FALSE, batch);
  return TRUE;
}

static gboolean
post_measure (ScopeAtlas *self)
{
  for (gsize l = 0; self->scope == SCOPE_ATLAS_MODEL && l < self->layers; l++)
    if (self->stats[l] == NULL) {
      post (self, l, TRUE, NULL);
      return TRUE;
    }
  return FALSE;
}

static gboolean
post_signatures (ScopeAtlas *self)
{
  g_autoptr (GArray) batch = g_array_new (FALSE, FALSE, sizeof (guint));
  guint begin, end, selected = scope_atlas_session_index (self);
  scope_atlas_bounds (self, &begin, &end);
  if (selected >= begin && selected < end && scope_atlas_signature (self, selected) == NULL)
    begin = selected; /* what all others are compared with */
  gsize layer = 0;
  for (guint index = begin; index < end && batch->len < BATCH_PICTURES; index++) {
    if (scope_atlas_signature (self, index) != NULL)
      continue;
    if (batch->len > 0 && index / self->channels != layer)
      break;
    guint channel = (guint)(index % self->channels);
    layer = index / self->channels;
    g_array_append_val (batch, channel);
  }
  if (batch->len > 0)
    post (self, layer, FALSE, batch);
  return batch->len > 0;
}

/* Asks for the next batch. */
void
scope_atlas_pump (ScopeAtlas *self)
{
  if (self->active && self->look != NULL && !self->asked && !post_wanted (self) && !self->stopped
      && !post_measure (self) && self->sort == SCOPE_ATLAS_BY_SIMILARITY)
    post_signatures (self);
  g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_PROGRESS]);
}

/* All requests are done or gone: whoever dropped ours wants quiet. */
void
scope_atlas_busy_changed (ScopeAtlas *self)
{
  if (!self->asked || scope_session_get_busy (self->session))
    return;
  self->asked = FALSE;
  self->stopped = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), scope_atlas_props[SCOPE_ATLAS_PROP_PROGRESS]);
}

/* --- progress -----------------------------------------------------------------------------------
 */

/* Channels of the scope, and of them those with a signature. */
static void
count_signed (ScopeAtlas *self, gsize *done, gsize *all)
{
  guint begin, end;
  scope_atlas_bounds (self, &begin, &end);
  *all = end - begin;
  *done = self->n_signed;
  if (self->scope == SCOPE_ATLAS_MODEL || self->n_signed == 0)
    return;
  *done = 0;
  for (guint index = begin; index < end; index++)
    *done += scope_atlas_signature (self, index) != NULL;
}

static gboolean
measuring (ScopeAtlas *self)
{
  return self->scope == SCOPE_ATLAS_MODEL && self->n_measured < self->layers;
}

double
scope_atlas_get_progress (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), NAN);
  gsize done, all;
  if (!self->active || self->look == NULL || self->stopped)
    return NAN;
  if (measuring (self))
    return (double)self->n_measured / (double)self->layers;
  count_signed (self, &done, &all);
  return self->sort == SCOPE_ATLAS_BY_SIMILARITY && done < all ? (double)done / (double)all : NAN;
}

char *
scope_atlas_describe_progress (ScopeAtlas *self)
{
  gsize done, all;
  if (isnan (scope_atlas_get_progress (self)))
    return NULL;
  if (measuring (self))
    return g_strdup_printf ("Measuring layer %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT,
                            self->n_measured + 1, self->layers);
  count_signed (self, &done, &all);
  return g_strdup_printf ("Comparing %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT, done, all);
}

void
scope_atlas_cancel (ScopeAtlas *self)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self));
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_ATLAS);
  self->asked = FALSE;
  self->stopped = TRUE;
  scope_atlas_pump (self);
  if (self->order_due)
    scope_atlas_reorder (self);
  scope_session_notify_busy (self->session);
}

void
scope_atlas_resume (ScopeAtlas *self)
{
  g_return_if_fail (SCOPE_IS_ATLAS (self));
  self->stopped = FALSE;
  scope_atlas_pump (self);
}

gboolean
scope_atlas_is_stopped (ScopeAtlas *self)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), FALSE);
  gsize done, all;
  if (!self->stopped || self->look == NULL)
    return FALSE;
  count_signed (self, &done, &all);
  return measuring (self) || (self->sort == SCOPE_ATLAS_BY_SIMILARITY && done < all);
}

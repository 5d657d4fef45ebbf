/* What the atlas knows of the channels. */
#include <math.h>
#include <string.h>

#include "session/atlas-private.h"
#include "session/session-private.h"

/* --- the channels -------------------------------------------------------------------------------
 */

/* The session's channel; G_MAXUINT: another map is selected, or none. */
guint
scope_atlas_session_index (ScopeAtlas *self)
{
  gsize layer = scope_session_get_layer (self->session);
  gsize channel = scope_session_get_channel (self->session);
  if (self->look == NULL || scope_session_get_kind (self->session) == SCOPE_MATRIX_SOFTMAX
      || layer >= self->layers || channel >= self->channels)
    return G_MAXUINT;
  return (guint)(layer * self->channels + channel);
}

const guint8 *
scope_atlas_signature (ScopeAtlas *self, guint index)
{
  gsize layer = index / self->channels, channel = index % self->channels;
  if (index == G_MAXUINT || self->squares[layer] == NULL || self->squares[layer][channel] == 0)
    return NULL;
  return self->signatures[layer] + channel * SCOPE_SIGNATURE_BYTES;
}

gboolean
scope_atlas_is_global (ScopeAtlas *self, guint index)
{
  return scope_matrix_get (self->classes, index / self->channels, index % self->channels)
         > self->ln_theta;
}

/* Of a signature that is there, with itself: kept, because an order needs them all at once. */
static guint
square (ScopeAtlas *self, guint index)
{
  return self->squares[index / self->channels][index % self->channels] - 1;
}

static double
similarity (ScopeAtlas *self, guint index)
{
  const guint8 *selected = scope_atlas_signature (self, scope_atlas_session_index (self));
  const guint8 *other = scope_atlas_signature (self, index);
  if (selected == NULL || other == NULL)
    return NAN;
  return scope_atlas_cosine (scope_atlas_product (selected, other),
                             square (self, scope_atlas_session_index (self)), square (self, index));
}

double
scope_atlas_sort_value (ScopeAtlas *self, guint index)
{
  const ScopeChannelStats *of_layer = self->stats[index / self->channels];
  const ScopeChannelStats *stats = of_layer != NULL ? &of_layer[index % self->channels] : NULL;
  if (self->sort == SCOPE_ATLAS_BY_SIMILARITY)
    return similarity (self, index);
  return stats != NULL ? scope_atlas_stat (stats, self->sort) : NAN;
}

gboolean
scope_atlas_entry (ScopeAtlas *self, guint index, ScopeAtlasEntry *out)
{
  g_return_val_if_fail (SCOPE_IS_ATLAS (self), FALSE);
  if (index >= self->layers * self->channels)
    return FALSE;
  gsize layer = index / self->channels, channel = index % self->channels;
  *out = (ScopeAtlasEntry){
    .layer = layer,
    .channel = channel,
    .global = scope_atlas_is_global (self, index),
    .stats = self->stats[layer] != NULL ? &self->stats[layer][channel] : NULL,
    .value = scope_atlas_sort_value (self, index),
  };
  return TRUE;
}

/* The channels of the scope: half open. */
void
scope_atlas_bounds (ScopeAtlas *self, guint *begin, guint *end)
{
  gsize first = 0, count = self->look != NULL ? self->layers * self->channels : 0;
  if (self->scope == SCOPE_ATLAS_LAYER && self->look != NULL) {
    first = self->look->view.layer * self->channels;
    count = self->channels;
  }
  *begin = (guint)first;
  *end = (guint)(first + count);
}

/* --- what is known ------------------------------------------------------------------------------
 */

static void
forget (ScopeAtlas *self)
{
  for (gsize l = 0; l < self->layers; l++) {
    g_clear_pointer (&self->stats[l], g_free);
    g_clear_pointer (&self->signatures[l], g_free);
    g_clear_pointer (&self->squares[l], g_free);
  }
  self->n_measured = self->n_signed = 0;
}

void
scope_atlas_resize (ScopeAtlas *self, gsize layers, gsize channels)
{
  forget (self);
  g_free (self->stats);
  g_free (self->signatures);
  g_free (self->squares);
  self->layers = layers;
  self->channels = channels;
  self->stats = g_new0 (ScopeChannelStats *, layers);
  self->signatures = g_new0 (guint8 *, layers);
  self->squares = g_new0 (guint *, layers);
}

void
scope_atlas_take_stats (ScopeAtlas *self, gsize layer, const ScopeChannelStats *stats)
{
  if (self->stats[layer] == NULL)
    self->n_measured++;
  g_free (self->stats[layer]);
  self->stats[layer] = g_memdup2 (stats, self->channels * sizeof *stats);
}

void
scope_atlas_take_signature (ScopeAtlas *self, gsize layer, gsize channel, const guint8 *bytes)
{
  if (self->squares[layer] == NULL) {
    self->squares[layer] = g_new0 (guint, self->channels);
    self->signatures[layer] = g_malloc0 (self->channels * SCOPE_SIGNATURE_BYTES);
  }
  self->n_signed += self->squares[layer][channel] == 0;
  self->squares[layer][channel] = scope_atlas_product (bytes, bytes) + 1;
  memcpy (self->signatures[layer] + channel * SCOPE_SIGNATURE_BYTES, bytes, SCOPE_SIGNATURE_BYTES);
}

/* A preview is a layer of its own; all layers of a run belong together. */
static guint64
look_key (const ScopeLook *look)
{
  return look->view.preview ? ((guint64)look->id << 32) : look->run->id;
}

void
scope_atlas_release_look (ScopeAtlas *self)
{
  if (self->look != NULL)
    scope_engine_release (self->session->engine, g_steal_pointer (&self->look),
                          (GDestroyNotify)scope_look_unref);
}

void
scope_atlas_close_source (ScopeAtlas *self)
{
  scope_atlas_release_look (self);
  g_clear_pointer (&self->classes, scope_matrix_unref);
  scope_atlas_cache_clear (self->pictures);
  scope_atlas_resize (self, 0, 0);
  self->key = 0;
}

void
scope_atlas_open_source (ScopeAtlas *self, ScopeLook *look)
{
  const ScopeLook *newest = self->session->look;
  if (self->look == NULL || self->look->stage != look->stage) {
    scope_atlas_cache_clear (self->pictures);
    scope_atlas_resize (self, scope_matrix_rows (look->classes),
                        scope_matrix_columns (look->classes));
    self->stopped = FALSE;
  } else if (look_key (look) != self->key) {
    forget (self);
  }
  self->key = look_key (look);
  scope_look_ref (look);
  scope_atlas_release_look (self);
  self->look = look;
  /* θ moves the classes everywhere at once. */
  g_clear_pointer (&self->classes, scope_matrix_unref);
  self->classes = scope_matrix_ref (newest->classes);
  self->ln_theta = newest->view.ln_theta;
  if (look_key (newest) == self->key)
    scope_atlas_take_stats (self, newest->view.layer, newest->view.channels);
  if (look != newest)
    scope_atlas_take_stats (self, look->view.layer, look->view.channels);
}

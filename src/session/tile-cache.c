#include "session/tile-cache.h"

typedef struct {
  ScopeTileKey key; /* first: the table's keys are entries */
  ScopeTile *tile;
  GList link; /* in the queue, the newest used first */
} Entry;

struct _ScopeTileCache {
  GHashTable *entries; /* ScopeTileKey to Entry */
  GQueue used;
  gsize budget;
};

static guint
key_hash (gconstpointer data)
{
  const ScopeTileKey *key = data;
  guint hash = key->source;

  hash = hash * 31 + key->level;
  hash = hash * 8191 + key->y;
  return hash * 131071 + key->x;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const ScopeTileKey *p = a, *q = b;

  return p->source == q->source && p->level == q->level && p->y == q->y && p->x == q->x;
}

ScopeTile *
scope_tile_new (ScopeMatrix *matrix, ScopeRange range, guint level)
{
  ScopeTile *self = g_new0 (ScopeTile, 1);

  self->matrix = scope_matrix_ref (matrix);
  self->range = range;
  self->level = level;
  return self;
}

void
scope_tile_set_picture (ScopeTile *self, gpointer picture, GDestroyNotify destroy)
{
  if (self->picture != NULL && self->destroy_picture != NULL)
    self->destroy_picture (self->picture);
  self->picture = picture;
  self->destroy_picture = destroy;
}

static void
entry_free (gpointer data)
{
  Entry *self = data;

  scope_tile_set_picture (self->tile, NULL, NULL);
  scope_matrix_unref (self->tile->matrix);
  g_free (self->tile);
  g_free (self);
}

ScopeTileCache *
scope_tile_cache_new (gsize budget)
{
  ScopeTileCache *self = g_new0 (ScopeTileCache, 1);

  self->entries = g_hash_table_new_full (key_hash, key_equal, NULL, entry_free);
  g_queue_init (&self->used);
  self->budget = budget;
  return self;
}

void
scope_tile_cache_free (ScopeTileCache *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

gsize
scope_tile_cache_bytes (const ScopeTileCache *self)
{
  return g_hash_table_size (self->entries) * SCOPE_TILE_BYTES;
}

void
scope_tile_cache_clear (ScopeTileCache *self)
{
  g_hash_table_remove_all (self->entries);
  g_queue_init (&self->used);
}

static void
shrink (ScopeTileCache *self)
{
  while (self->used.length > 1 && scope_tile_cache_bytes (self) > self->budget) {
    Entry *oldest = g_queue_pop_tail_link (&self->used)->data;
    g_hash_table_remove (self->entries, &oldest->key);
  }
}

void
scope_tile_cache_set_budget (ScopeTileCache *self, gsize budget)
{
  self->budget = budget;
  shrink (self);
}

ScopeTile *
scope_tile_cache_find (ScopeTileCache *self, const ScopeTileKey *key)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  return entry != NULL ? entry->tile : NULL;
}

ScopeTile *
scope_tile_cache_touch (ScopeTileCache *self, const ScopeTileKey *key)
{
  Entry *entry = g_hash_table_lookup (self->entries, key);

  if (entry == NULL)
    return NULL;
  g_queue_unlink (&self->used, &entry->link);
  g_queue_push_head_link (&self->used, &entry->link);
  return entry->tile;
}

void
scope_tile_cache_insert (ScopeTileCache *self, const ScopeTileKey *key, ScopeTile *tile)
{
  Entry *old = g_hash_table_lookup (self->entries, key);
  Entry *entry = g_new0 (Entry, 1);

  if (old != NULL) {
    g_queue_unlink (&self->used, &old->link);
    g_hash_table_remove (self->entries, key);
  }
  entry->key = *key;
  entry->tile = tile;
  entry->link.data = entry;
  g_hash_table_insert (self->entries, &entry->key, entry);
  g_queue_push_head_link (&self->used, &entry->link);
  shrink (self);
}

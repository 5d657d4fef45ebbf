#include "session/atlas-private.h"

typedef struct {
  guint index;
  guint64 key;
  GBytes *bytes;
  gsize side;
} Picture;

struct _ScopeAtlasCache {
  GHashTable *links; /* index to a link of QUEUE */
  GQueue queue;      /* Picture, used last first */
  gsize capacity;
};

static void
picture_free (gpointer data)
{
  Picture *self = data;
  g_bytes_unref (self->bytes);
  g_free (self);
}

ScopeAtlasCache *
scope_atlas_cache_new (gsize capacity)
{
  ScopeAtlasCache *self = g_new0 (ScopeAtlasCache, 1);
  self->links = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->queue);
  self->capacity = capacity;
  return self;
}

void
scope_atlas_cache_clear (ScopeAtlasCache *self)
{
  g_hash_table_remove_all (self->links);
  g_queue_clear_full (&self->queue, picture_free);
}

void
scope_atlas_cache_free (ScopeAtlasCache *self)
{
  scope_atlas_cache_clear (self);
  g_hash_table_unref (self->links);
  g_free (self);
}

static void
drop (ScopeAtlasCache *self, GList *link)
{
  Picture *picture = link->data;
  g_hash_table_remove (self->links, GUINT_TO_POINTER (picture->index));
  g_queue_delete_link (&self->queue, link);
  picture_free (picture);
}

void
scope_atlas_cache_put (ScopeAtlasCache *self, guint index, guint64 key, GBytes *bytes, gsize side)
{
  GList *old = g_hash_table_lookup (self->links, GUINT_TO_POINTER (index));
  Picture *picture = g_new0 (Picture, 1);
  if (old != NULL)
    drop (self, old);
  else if (self->queue.length >= self->capacity)
    drop (self, self->queue.tail);
  *picture = (Picture){ index, key, g_bytes_ref (bytes), side };
  g_queue_push_head (&self->queue, picture);
  g_hash_table_insert (self->links, GUINT_TO_POINTER (index), self->queue.head);
}

GBytes *
scope_atlas_cache_get (ScopeAtlasCache *self, guint index, guint64 *key, gsize *side)
{
  GList *link = g_hash_table_lookup (self->links, GUINT_TO_POINTER (index));
  if (link == NULL)
    return NULL;
  g_queue_unlink (&self->queue, link);
  g_queue_push_head_link (&self->queue, link);
  const Picture *picture = link->data;
  if (key != NULL)
    *key = picture->key;
  if (side != NULL)
    *side = picture->side;
  return picture->bytes;
}

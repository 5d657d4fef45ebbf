/* The tiles that ScopeTiles holds: by place, the longest unused given up first. Main thread. */
#pragma once

#include "session/tiles.h"

G_BEGIN_DECLS

/* What a tile costs: its numbers, and a picture of them that a view may have attached. */
#define SCOPE_TILE_BYTES ((gsize)SCOPE_TILE_SIZE * SCOPE_TILE_SIZE * 8)

typedef struct _ScopeTileCache ScopeTileCache;

typedef struct {
  guint source, level, y, x; /* the map, the size of the blocks, which tile of its rows, columns */
} ScopeTileKey;

ScopeTileCache *scope_tile_cache_new (gsize budget) G_GNUC_WARN_UNUSED_RESULT;
void scope_tile_cache_free (ScopeTileCache *self);
void scope_tile_cache_set_budget (ScopeTileCache *self, gsize budget);
gsize scope_tile_cache_bytes (const ScopeTileCache *self);
void scope_tile_cache_clear (ScopeTileCache *self);

/* Borrowed, until the next insertion; NULL if it is not held. */
ScopeTile *scope_tile_cache_find (ScopeTileCache *self, const ScopeTileKey *key);
/* The same, and it counts as used. */
ScopeTile *scope_tile_cache_touch (ScopeTileCache *self, const ScopeTileKey *key);
/* Takes TILE over. */
void scope_tile_cache_insert (ScopeTileCache *self, const ScopeTileKey *key, ScopeTile *tile);

ScopeTile *scope_tile_new (ScopeMatrix *matrix, ScopeRange range,
                           guint level) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

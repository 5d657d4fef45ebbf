/* ScopeTiles: the selected map in tiles, at any zoom, as they come into sight.
 *
 * A pyramid: at level k a block is 2^k x 2^k cells and a tile SCOPE_TILE_SIZE x SCOPE_TILE_SIZE
 * blocks. Level 0 holds the cells themselves, signed; above it a block is reduced as set_reduce()
 * says, over all its cells, the zeros above the diagonal included. Nothing is computed before it is
 * in sight: the view's tiles are asked for nearest the middle first, each coarser one before its
 * parts, as many cells of a block as are quick; a map whose visible cells are not too many is then
 * gone over once more, every cell, while the engine has nothing else to do. What was seen is kept
 * while it fits the budget.
 *
 * Beside the tiles: the fields of the visible rows at ε, the profiles of the crosshair's row and
 * column, and the sums of a selection. All of them follow the session by themselves; when another
 * map is selected, what is shown stays until that map's overview is there.
 *
 * Main thread; no call blocks. Signal: "changed" (guint: ScopeTilesChange).
 */
#pragma once

#include "session/tile-work.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_TILES_BLOCKS = 1 << 0,
  SCOPE_TILES_FIELDS = 1 << 1,
  SCOPE_TILES_PROFILE = 1 << 2,
  SCOPE_TILES_SELECTION = 1 << 3,
  SCOPE_TILES_SOURCE = 1 << 4 /* another map */
} ScopeTilesChange;

#define SCOPE_TYPE_TILES (scope_tiles_get_type ())
G_DECLARE_FINAL_TYPE (ScopeTiles, scope_tiles, SCOPE, TILES, GObject)

/* Holds SESSION. */
ScopeTiles *scope_tiles_new (ScopeSession *session) G_GNUC_WARN_UNUSED_RESULT;

/* One tile. Its numbers may be replaced row by row, and SERIAL then counts on. */
typedef struct {
  ScopeRange range; /* its cells, ending with the text */
  guint level;
  ScopeMatrix *matrix; /* float32, a number for each block */
  gboolean exact;      /* no block of it is sampled */
  gsize exact_rows;    /* how many of its block rows, from the first on, are exact */
  double most;         /* the largest finite |value| that was in it */
  guint serial;
  gpointer picture; /* a view's own */
  GDestroyNotify destroy_picture;
  guint picture_serial; /* likewise */
} ScopeTile;
void scope_tile_set_picture (ScopeTile *self, gpointer picture, GDestroyNotify destroy);

/* Most bytes for tiles and their pictures (default 128 MiB). What is in sight comes first: were it
 * more than half of this, a coarser level is shown. */
void scope_tiles_set_budget (ScopeTiles *self, gsize bytes);
gsize scope_tiles_get_bytes (ScopeTiles *self);
void scope_tiles_set_reduce (ScopeTiles *self,
                             ScopeReduce reduce); /* default SCOPE_REDUCE_ABSMEAN */
ScopeReduce scope_tiles_get_reduce (ScopeTiles *self);
/* Of the fields; 0: none are wanted. Default SCOPE_FIELD_EPSILON. */
void scope_tiles_set_epsilon (ScopeTiles *self, double epsilon);

/* What is in sight, and how many cells come to a pixel of the screen along each side. An empty
 * range: nothing is in sight, and nothing is asked for. */
void scope_tiles_set_view (ScopeTiles *self, ScopeRange range, double cells_per_pixel);
guint scope_tiles_get_level (ScopeTiles *self);
/* The tile (Y, X) of LEVEL, or NULL while there is none. Borrowed until the main loop goes on. */
ScopeTile *scope_tiles_find (ScopeTiles *self, guint level, gsize y, gsize x);
guint scope_tiles_top (ScopeTiles *self); /* the level whose one tile is the whole map */
/* Visible tiles of the level, first to last exclusive; those above the diagonal do not exist. */
void scope_tiles_visible (ScopeTiles *self, gsize *y_begin, gsize *y_end, gsize *x_begin,
                          gsize *x_end);

typedef enum {
  SCOPE_TILES_COARSE,  /* some of what is in sight is still to come */
  SCOPE_TILES_SAMPLED, /* all is there, some of it from a part of the cells */
  SCOPE_TILES_EXACT
} ScopeTilesState;
ScopeTilesState scope_tiles_get_state (ScopeTiles *self);
/* Every cell in sight will be gone over: what is sampled now becomes exact by itself. */
gboolean scope_tiles_will_be_exact (ScopeTiles *self);
/* At most COUNT of the visible values, evenly spaced, to OUT; returns how many. */
gsize scope_tiles_sample (ScopeTiles *self, float *out, gsize count);

/* The fields of visible rows, ascending: the field of ROWS[k] begins at STARTS[k], -1: it has none.
 * Of every row where a block is one cell, else of each block row's middle. */
typedef struct {
  gsize count;
  gint32 *rows, *starts;
} ScopeTileFields;
void scope_tiles_get_fields (ScopeTiles *self, ScopeTileFields *out);
void scope_tile_fields_clear (ScopeTileFields *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ScopeTileFields, scope_tile_fields_clear)

/* Row ROW over the visible columns and column COLUMN over the visible rows, in blocks of 2^LEVEL
 * cells along (and one across), each from RANGE's first on. NULL while none. */
typedef struct {
  gsize row, column;
  guint level;
  ScopeRange range;
  ScopeMatrix *across; /* (1, n) */
  ScopeMatrix *down;   /* (1, n) */
} ScopeTileProfile;
const ScopeTileProfile *scope_tiles_get_profile (ScopeTiles *self);

/* The cells to sum up; an empty range: none. */
void scope_tiles_select (ScopeTiles *self, ScopeRange range);
/* Of the newest selection; NULL until that is there. */
const ScopeSelection *scope_tiles_get_selection (ScopeTiles *self);

G_END_DECLS

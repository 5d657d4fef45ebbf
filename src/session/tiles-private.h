/* The inside of ScopeTiles, shared by tiles.c (state, what the engine is asked for) and
 * tiles-read.c (what a view reads). Main thread. */
#pragma once

#include "session/tile-cache.h"

G_BEGIN_DECLS

/* A map: what all its tiles have in common. */
typedef struct {
  guint id; /* 0: none */
  guint look;
  gsize channel;
  ScopeMatrixKind kind;
  ScopeReduce reduce;
} ScopeTileSource;

/* The fields of a tile's height of rows. */
typedef struct {
  ScopeTileKey key;
  double epsilon;
  gsize row_begin, row_end;
  gsize count;
  gint32 *starts;
} ScopeTileStrip;

/* One request under way, of TILES or of REFINE. */
typedef struct {
  ScopeRequestKind kind;
  gboolean out;
} ScopeTileLane;

struct _ScopeTiles {
  GObject parent_instance;
  ScopeSession *session;
  ScopeTileCache *cache;
  GHashTable *strips; /* ScopeTileKey to ScopeTileStrip */
  gsize budget;
  ScopeReduce reduce;
  double epsilon;

  GArray *sources; /* ScopeTileSource, those known, the newest last */
  guint last_source;
  ScopeTileSource source; /* shown */

  ScopeRange view; /* empty: nothing is in sight */
  double cells_per_pixel;
  guint level;

  ScopeTileProfile profile;
  guint profile_source;
  ScopeRange selected; /* asked for; empty: none */
  ScopeSelection selection;
  guint selection_source;

  ScopeTileLane quick, refine;
  gboolean refine_stopped; /* somebody cancelled, or it failed */
};

gsize scope_tiles_length (ScopeTiles *self);
ScopeTileKey scope_tiles_key (ScopeTiles *self, guint level, gsize y, gsize x);
/* Half open, in tiles of LEVEL. */
typedef struct {
  gsize y_begin, y_end, x_begin, x_end;
} ScopeTileSpan;
ScopeTileSpan scope_tiles_span (ScopeTiles *self, guint level);
/* Some of the tile lies on or below the diagonal. */
gboolean scope_tiles_is_live (guint level, gsize y, gsize x);
guint scope_tiles_field_level (ScopeTiles *self);
ScopeTileStrip *scope_tiles_strip (ScopeTiles *self, guint level, gsize y);
gboolean scope_range_is_empty (ScopeRange range);

/* tiles-jobs.c: what is to be asked for now. */
void scope_tiles_quick_jobs (ScopeTiles *self, GArray *jobs);
void scope_tiles_refine_jobs (ScopeTiles *self, GArray *jobs);
/* The sums that are there are those of the selected range. */
gboolean scope_tiles_selection_is_fresh (ScopeTiles *self);

G_END_DECLS

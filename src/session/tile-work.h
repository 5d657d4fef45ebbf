/* What the engine's thread does for ScopeTiles (session/tiles.h): blocks of a map, the fields of
 * its rows, the profiles of one row and one column, the sums of a selection.
 *
 * A block is 2^level x 2^level cells and begins at a multiple of 2^level; only those at the end of
 * the text are smaller. Blocks of one cell hold the cells themselves, with their sign.
 */
#pragma once

#include "session/look.h"

G_BEGIN_DECLS

#define SCOPE_TILE_SIZE 256 /* blocks along each side of a tile */

typedef enum {
  SCOPE_TILE_JOB_BLOCKS,
  SCOPE_TILE_JOB_FIELDS,
  SCOPE_TILE_JOB_PROFILE,
  SCOPE_TILE_JOB_SELECTION
} ScopeTileJobKind;

typedef struct {
  ScopeTileJobKind kind;
  guint level;
  ScopeRange range;  /* cells; begins at a block's edge but for SELECTION. FIELDS: its rows count */
  gboolean whole;    /* BLOCKS: every cell, whatever it costs; else as many as are quick */
  double epsilon;    /* FIELDS */
  gsize row, column; /* PROFILE: row ROW over the columns of RANGE, column COLUMN over its rows */
} ScopeTileJob;

/* The sums of a selection's cells, zeros above the diagonal included. */
typedef struct {
  ScopeRange range;
  double mean, most; /* of |value| */
  double share;      /* of Σ|value| over the whole of its rows */
  gboolean exact;
} ScopeSelection;

/* What a job yields; MATRIX and STARTS are NULL where it came not to be done. */
typedef struct {
  ScopeMatrix *matrix;  /* BLOCKS (rows, columns), PROFILE (1, columns): float32 */
  ScopeMatrix *upright; /* PROFILE (1, rows) */
  gboolean exact;
  double most;    /* BLOCKS: the largest finite |value| */
  gint32 *starts; /* FIELDS, a start for each block row: of its middle row, -1: no field */
  ScopeSelection selection;
} ScopeTileYield;

typedef struct {
  ScopeLook *look;
  ScopeMapSpec spec;
  ScopeReduce reduce; /* of blocks above level 0 */
  guint source;       /* the asker's */
  GArray *jobs;       /* ScopeTileJob */
} ScopeTileBatch;

ScopeTileBatch *scope_tile_batch_new (ScopeLook *look, const ScopeMapSpec *spec, ScopeReduce reduce,
                                      guint source) G_GNUC_WARN_UNUSED_RESULT;
void scope_tile_batch_free (gpointer self);

/* The yields of a batch's first jobs, in their order: it ends early once a moment has passed, but
 * never before one is done. */
typedef struct {
  guint source;
  GArray *jobs;      /* ScopeTileJob, those that were done */
  GPtrArray *yields; /* ScopeTileYield */
} ScopeTileHarvest;
void scope_tile_harvest_free (gpointer self);

/* A ScopeEngineWork: ScopeTileBatch to ScopeTileHarvest. */
gpointer scope_work_tiles (gpointer input, ScopeProgress *progress, GError **error);

G_END_DECLS

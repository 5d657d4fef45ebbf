/* What ScopeTiles asks for next. */
#include "session/session-private.h"
#include "session/tiles-private.h"

/* Jobs of one batch; time ends it sooner. */
#define MAX_JOBS 16
/* Tiles so many levels above the view's come first: a sixteenth of its cost, and all of its area.
 */
#define COARSE_LEVELS 2
/* Cells of one job that goes over all of them: some ten milliseconds on two cores. */
#define BAND_CELLS 6e6
/* Cells that are gone over for one view: all of 131,072 tokens on the host, ten seconds on two
 * cores; a device is at least so many times faster. */
#define HOST_CELLS   9e9
#define DEVICE_GAIN  32
#define DENSE_FACTOR 4 /* a cell of the other kinds costs so many of S6 */

static void
add_tile_job (ScopeTiles *self, GArray *jobs, guint level, gsize y, gsize x)
{
  gsize side = (gsize)SCOPE_TILE_SIZE << level, length = scope_tiles_length (self);
  ScopeTileJob job = { .kind = SCOPE_TILE_JOB_BLOCKS, .level = level };

  job.range = (ScopeRange){ y * side, MIN ((y + 1) * side, length), x * side,
                            MIN ((x + 1) * side, length) };
  g_array_append_val (jobs, job);
}

typedef struct {
  gsize y, x;
  double distance;
} Place;

static int
compare_places (gconstpointer a, gconstpointer b)
{
  double p = ((const Place *)a)->distance, q = ((const Place *)b)->distance;

  return (p > q) - (p < q);
}

/* The live visible tiles of LEVEL, nearest to the middle of the view first. */
static GArray *
visible_places (ScopeTiles *self, guint level)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));
  ScopeTileSpan span = scope_tiles_span (self, level);
  double side = (double)((gsize)SCOPE_TILE_SIZE << level);
  double row = (double)(self->view.row_begin + self->view.row_end) / 2 / side - 0.5;
  double column = (double)(self->view.column_begin + self->view.column_end) / 2 / side - 0.5;

  for (gsize y = span.y_begin; y < span.y_end; y++)
    for (gsize x = span.x_begin; x < span.x_end; x++) {
      double down = (double)y - row, right = (double)x - column;
      Place place = { y, x, down * down + right * right };
      if (scope_tiles_is_live (level, y, x))
        g_array_append_val (places, place);
    }
  g_array_sort (places, compare_places);
  return places;
}

static void
add_missing (ScopeTiles *self, GArray *jobs, guint level)
{
  g_autoptr (GArray) places = visible_places (self, level);

  for (guint k = 0; k < places->len; k++) {
    const Place *place = &g_array_index (places, Place, k);
    ScopeTileKey key = scope_tiles_key (self, level, place->y, place->x);
    if (scope_tile_cache_touch (self->cache, &key) == NULL && jobs->len < MAX_JOBS)
      add_tile_job (self, jobs, level, place->y, place->x);
  }
}

/* --- the crosshair, the selection, the fields ---------------------------------------------------
 */

/* The view in whole blocks. */
static ScopeRange
block_range (ScopeTiles *self)
{
  gsize mask = ((gsize)1 << self->level) - 1, length = scope_tiles_length (self);
  ScopeRange view = self->view;

  return (ScopeRange){ view.row_begin & ~mask, MIN ((view.row_end + mask) & ~mask, length),
                       view.column_begin & ~mask, MIN ((view.column_end + mask) & ~mask, length) };
}

static gboolean
same_range (ScopeRange a, ScopeRange b)
{
  return a.row_begin == b.row_begin && a.row_end == b.row_end && a.column_begin == b.column_begin
         && a.column_end == b.column_end;
}

static void
add_profile (ScopeTiles *self, GArray *jobs)
{
  const ScopeTileProfile *have = &self->profile;
  ScopeTileJob job = { .kind = SCOPE_TILE_JOB_PROFILE,
                       .level = self->level,
                       .range = block_range (self),
                       .row = scope_session_get_row (self->session),
                       .column = scope_session_get_column (self->session) };
  gsize length = scope_tiles_length (self);
  gboolean fresh = have->across != NULL && self->profile_source == self->source.id
                   && have->row == job.row && have->column == job.column && have->level == job.level
                   && same_range (have->range, job.range);

  if (!fresh && job.row < length && job.column < length)
    g_array_append_val (jobs, job);
}

gboolean
scope_tiles_selection_is_fresh (ScopeTiles *self)
{
  return self->selection_source != 0 && self->selection_source == self->source.id
         && same_range (self->selection.range, self->selected);
}

static void
add_selection (ScopeTiles *self, GArray *jobs)
{
  ScopeTileJob job = { .kind = SCOPE_TILE_JOB_SELECTION, .range = self->selected };

  if (!scope_tiles_selection_is_fresh (self) && !scope_range_is_empty (self->selected))
    g_array_append_val (jobs, job);
}

static void
add_fields (ScopeTiles *self, GArray *jobs)
{
  guint level = scope_tiles_field_level (self);
  ScopeTileSpan span = scope_tiles_span (self, level);
  gsize side = (gsize)SCOPE_TILE_SIZE << level, length = scope_tiles_length (self);

  for (gsize y = span.y_begin; y < span.y_end && jobs->len < MAX_JOBS && self->epsilon > 0; y++) {
    const ScopeTileStrip *strip = scope_tiles_strip (self, level, y);
    ScopeTileJob job = { .kind = SCOPE_TILE_JOB_FIELDS,
                         .level = level,
                         .epsilon = self->epsilon,
                         .range = { y * side, MIN ((y + 1) * side, length), 0, length } };
    if (strip == NULL || strip->epsilon != self->epsilon)
      g_array_append_val (jobs, job);
  }
}

void
scope_tiles_quick_jobs (ScopeTiles *self, GArray *jobs)
{
  guint coarse = self->level + COARSE_LEVELS;

  add_profile (self, jobs);
  add_selection (self, jobs);
  if (coarse <= scope_tiles_top (self))
    add_missing (self, jobs, coarse);
  add_missing (self, jobs, self->level);
  add_fields (self, jobs);
}

/* --- every cell ---------------------------------------------------------------------------------
 */

/* 1 + 2 + ... + n */
static double
triangle (double n)
{
  return n > 0 ? n * (n + 1) / 2 : 0;
}

/* Cells of RANGE on or below the diagonal. */
static double
live_cells (ScopeRange range)
{
  double top = (double)range.row_begin, foot = (double)range.row_end;
  double left = (double)range.column_begin, right = (double)range.column_end;

  return triangle (foot - left) - triangle (top - left) - triangle (foot - right)
         + triangle (top - right);
}

gboolean
scope_tiles_will_be_exact (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), FALSE);
  ScopeHost *host = self->session->host;
  double work = live_cells (block_range (self));

  if (self->source.kind != SCOPE_MATRIX_S6)
    work *= DENSE_FACTOR;
  return host != NULL && !self->refine_stopped
         && work <= (host->backend->host_memory ? HOST_CELLS : HOST_CELLS * DEVICE_GAIN);
}

static void
add_bands (GArray *jobs, const ScopeTile *tile)
{
  gsize step = (gsize)1 << tile->level, rows = scope_matrix_rows (tile->matrix);
  double row_cells = (double)step * (double)(tile->range.column_end - tile->range.column_begin);
  gsize height = (gsize)CLAMP (BAND_CELLS / row_cells, 1, SCOPE_TILE_SIZE);

  for (gsize r = tile->exact_rows; r < rows && jobs->len < MAX_JOBS; r += height) {
    ScopeTileJob job = {
      .kind = SCOPE_TILE_JOB_BLOCKS, .level = tile->level, .range = tile->range, .whole = TRUE
    };
    job.range.row_begin = tile->range.row_begin + r * step;
    job.range.row_end = MIN (tile->range.row_begin + (r + height) * step, tile->range.row_end);
    g_array_append_val (jobs, job);
  }
}

void
scope_tiles_refine_jobs (ScopeTiles *self, GArray *jobs)
{
  if (!scope_tiles_will_be_exact (self))
    return;
  g_autoptr (GArray) places = visible_places (self, self->level);
  for (guint k = 0; k < places->len && jobs->len < MAX_JOBS; k++) {
    const Place *place = &g_array_index (places, Place, k);
    const ScopeTile *tile = scope_tiles_find (self, self->level, place->y, place->x);
    if (tile != NULL && !tile->exact)
      add_bands (jobs, tile);
  }
}

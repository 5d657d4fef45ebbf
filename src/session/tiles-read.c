/* What a view reads of ScopeTiles. */
#include <math.h>
#include <string.h>

#include "session/session-private.h"
#include "session/tiles-private.h"

gsize
scope_tiles_get_bytes (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), 0);
  return scope_tile_cache_bytes (self->cache);
}

ScopeReduce
scope_tiles_get_reduce (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), SCOPE_REDUCE_ABSMEAN);
  return self->reduce;
}

guint
scope_tiles_get_level (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), 0);
  return self->level;
}

guint
scope_tiles_top (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), 0);
  gsize length = scope_tiles_length (self);
  guint level = 0;

  while (((gsize)SCOPE_TILE_SIZE << level) < length)
    level++;
  return level;
}

ScopeTile *
scope_tiles_find (ScopeTiles *self, guint level, gsize y, gsize x)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), NULL);
  ScopeTileKey key = scope_tiles_key (self, level, y, x);

  return self->source.id != 0 ? scope_tile_cache_find (self->cache, &key) : NULL;
}

void
scope_tiles_visible (ScopeTiles *self, gsize *y_begin, gsize *y_end, gsize *x_begin, gsize *x_end)
{
  g_return_if_fail (SCOPE_IS_TILES (self));
  ScopeTileSpan span = scope_tiles_span (self, self->level);

  *y_begin = span.y_begin;
  *y_end = span.y_end;
  *x_begin = span.x_begin;
  *x_end = span.x_end;
}

/* --- all that is in sight -----------------------------------------------------------------------
 */

typedef gboolean (*TileFunc) (ScopeTile *tile, gpointer data); /* FALSE: enough */

/* Visible live tiles, NULL for those that are still to come. */
static void
each_visible (ScopeTiles *self, TileFunc func, gpointer data)
{
  ScopeTileSpan span = scope_tiles_span (self, self->level);

  for (gsize y = span.y_begin; y < span.y_end; y++)
    for (gsize x = span.x_begin; x < span.x_end; x++)
      if (scope_tiles_is_live (self->level, y, x)
          && !func (scope_tiles_find (self, self->level, y, x), data))
        return;
}

static gboolean
note_state (ScopeTile *tile, gpointer data)
{
  ScopeTilesState *state = data;

  *state = tile == NULL ? SCOPE_TILES_COARSE : tile->exact ? *state : SCOPE_TILES_SAMPLED;
  return tile != NULL;
}

ScopeTilesState
scope_tiles_get_state (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), SCOPE_TILES_COARSE);
  ScopeTilesState state = SCOPE_TILES_EXACT;

  if (scope_range_is_empty (self->view))
    return SCOPE_TILES_COARSE;
  each_visible (self, note_state, &state);
  return state;
}

/* The part of a tile's blocks that is in sight. */
typedef struct {
  gsize row_begin, row_end, column_begin, column_end;
} Blocks;

static Blocks
visible_blocks (const ScopeTile *tile, ScopeRange view)
{
  ScopeRange part
      = { MAX (tile->range.row_begin, view.row_begin), MIN (tile->range.row_end, view.row_end),
          MAX (tile->range.column_begin, view.column_begin),
          MIN (tile->range.column_end, view.column_end) };
  gsize step = (gsize)1 << tile->level;

  if (scope_range_is_empty (part))
    return (Blocks){ 0, 0, 0, 0 };
  return (Blocks){ (part.row_begin - tile->range.row_begin) / step,
                   (part.row_end - tile->range.row_begin + step - 1) / step,
                   (part.column_begin - tile->range.column_begin) / step,
                   (part.column_end - tile->range.column_begin + step - 1) / step };
}

typedef struct {
  ScopeRange view;
  gsize stride; /* every so many blocks, along each side, */
  gsize shear;  /*   from one row to the next as many blocks on: so no column goes unseen */
  float *out;
  gsize count, room;
} Sample;

/* Blocks below the diagonal, and those that it cuts. */
static gboolean
sample_tile (ScopeTile *tile, gpointer data)
{
  Sample *self = data;

  if (tile == NULL)
    return TRUE;
  Blocks part = visible_blocks (tile, self->view);
  gsize row0 = tile->range.row_begin >> tile->level;
  gsize column0 = tile->range.column_begin >> tile->level;
  for (gsize r = part.row_begin; r < part.row_end; r++) {
    const float *values = scope_matrix_row_f32 (tile->matrix, r);
    if ((row0 + r) % self->stride != 0)
      continue;
    gsize shift = (row0 + r) / self->stride * self->shear;
    for (gsize c = part.column_begin; c < part.column_end && column0 + c <= row0 + r; c++)
      if ((column0 + c + shift) % self->stride == 0 && self->count < self->room)
        self->out[self->count++] = values[c];
  }
  return TRUE;
}

/* About 0.62 of STRIDE and without a divisor of it: multiples visit every remainder, evenly. */
static gsize
coprime_below (gsize stride)
{
  gsize shear = MAX (1, (gsize)(0.618 * (double)stride));
  for (; shear > 1; shear--) {
    gsize a = stride, b = shear;
    while (b != 0) {
      gsize rest = a % b;
      a = b;
      b = rest;
    }
    if (a == 1)
      break;
  }
  return shear;
}

gsize
scope_tiles_sample (ScopeTiles *self, float *out, gsize count)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), 0);
  double rows = (double)(self->view.row_end - self->view.row_begin);
  double columns = (double)(self->view.column_end - self->view.column_begin);
  double step = (double)((gsize)1 << self->level);
  Sample sample = { .view = self->view, .out = out, .room = count };

  if (scope_range_is_empty (self->view) || count == 0)
    return 0;
  double blocks = (rows / step + 1) * (columns / step + 1);
  sample.stride = (gsize)MAX (1, ceil (sqrt (blocks / (double)count)));
  sample.shear = coprime_below (sample.stride);
  each_visible (self, sample_tile, &sample);
  return sample.count;
}

/* --- fields, profile, selection -----------------------------------------------------------------
 */

static void
append_strip (ScopeTiles *self, GArray *rows, GArray *starts, const ScopeTileStrip *strip)
{
  gsize step = (gsize)1 << strip->key.level;

  for (gsize k = 0; k < strip->count; k++) {
    gsize first = strip->row_begin + k * step;
    gint32 row = (gint32)MIN (first + (step - 1) / 2, strip->row_end - 1);
    if (first + step <= self->view.row_begin || first >= self->view.row_end)
      continue;
    g_array_append_val (rows, row);
    g_array_append_val (starts, strip->starts[k]);
  }
}

void
scope_tiles_get_fields (ScopeTiles *self, ScopeTileFields *out)
{
  g_return_if_fail (SCOPE_IS_TILES (self) && out != NULL);
  guint level = scope_tiles_field_level (self);
  ScopeTileSpan span = scope_tiles_span (self, level);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (gint32));
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (gint32));

  for (gsize y = span.y_begin; y < span.y_end && self->epsilon > 0; y++) {
    const ScopeTileStrip *strip = scope_tiles_strip (self, level, y);
    if (strip != NULL)
      append_strip (self, rows, starts, strip);
  }
  out->count = rows->len;
  out->rows = (gint32 *)(void *)g_array_free (rows, FALSE);
  out->starts = (gint32 *)(void *)g_array_free (starts, FALSE);
}

void
scope_tile_fields_clear (ScopeTileFields *self)
{
  g_clear_pointer (&self->rows, g_free);
  g_clear_pointer (&self->starts, g_free);
  self->count = 0;
}

const ScopeTileProfile *
scope_tiles_get_profile (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), NULL);
  gboolean there = self->profile.across != NULL && self->profile_source == self->source.id;

  return there ? &self->profile : NULL;
}

const ScopeSelection *
scope_tiles_get_selection (ScopeTiles *self)
{
  g_return_val_if_fail (SCOPE_IS_TILES (self), NULL);
  return scope_tiles_selection_is_fresh (self) ? &self->selection : NULL;
}

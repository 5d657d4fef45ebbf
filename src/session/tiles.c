#include "session/tiles-private.h"

#include <math.h>
#include <string.h>

#include "analysis/field.h"
#include "session/follow.h"
#include "session/session-private.h"

#define DEFAULT_BUDGET ((gsize)128 << 20)
#define MAX_SOURCES    64
#define MAX_STRIPS     256 /* each holds a kibibyte */

G_DEFINE_FINAL_TYPE (ScopeTiles, scope_tiles, G_TYPE_OBJECT)

enum { SIGNAL_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void pump (ScopeTiles *self);

static void
tell (ScopeTiles *self, guint changes)
{
  if (changes != 0)
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0, changes);
}

/* --- places -------------------------------------------------------------------------------------
 */

gboolean
scope_range_is_empty (ScopeRange range)
{
  return range.row_begin >= range.row_end || range.column_begin >= range.column_end;
}

gsize
scope_tiles_length (ScopeTiles *self)
{
  return scope_session_length (self->session);
}

ScopeTileKey
scope_tiles_key (ScopeTiles *self, guint level, gsize y, gsize x)
{
  return (ScopeTileKey){ self->source.id, level, (guint)y, (guint)x };
}

ScopeTileSpan
scope_tiles_span (ScopeTiles *self, guint level)
{
  gsize side = (gsize)SCOPE_TILE_SIZE << level;
  ScopeRange view = self->view;

  if (scope_range_is_empty (view))
    return (ScopeTileSpan){ 0, 0, 0, 0 };
  return (ScopeTileSpan){ view.row_begin / side, (view.row_end + side - 1) / side,
                          view.column_begin / side, (view.column_end + side - 1) / side };
}

gboolean
scope_tiles_is_live (guint level, gsize y, gsize x)
{
  return x <= y;
}

guint
scope_tiles_field_level (ScopeTiles *self)
{
  return self->level > 2 ? self->level + 1 : self->level;
}

ScopeTileStrip *
scope_tiles_strip (ScopeTiles *self, guint level, gsize y)
{
  ScopeTileKey key = scope_tiles_key (self, level, y, 0);

  return g_hash_table_lookup (self->strips, &key);
}

static void
strip_free (gpointer data)
{
  ScopeTileStrip *self = data;

  g_free (self->starts);
  g_free (self);
}

/* --- which map ----------------------------------------------------------------------------------
 */

/* The map that the session's newest overview is of, under a number that it keeps. */
static ScopeTileSource
current_source (ScopeTiles *self)
{
  ScopeSession *session = self->session;
  ScopeTileSource source = { 0 };

  if (session->look == NULL || session->overview == NULL)
    return source;
  source.look = session->look->id;
  source.channel = session->channel;
  source.kind = session->kind;
  source.reduce = self->reduce;
  for (guint k = 0; k < self->sources->len; k++) {
    ScopeTileSource *known = &g_array_index (self->sources, ScopeTileSource, k);
    if (known->look == source.look && known->channel == source.channel && known->kind == source.kind
        && known->reduce == source.reduce)
      return *known;
  }
  source.id = ++self->last_source;
  if (self->sources->len >= MAX_SOURCES)
    g_array_remove_index (self->sources, 0);
  g_array_append_val (self->sources, source);
  return source;
}

static void
update_source (ScopeTiles *self)
{
  ScopeTileSource source = current_source (self);

  if (source.id == self->source.id)
    return;
  self->source = source;
  self->refine_stopped = FALSE;
  tell (self, SCOPE_TILES_SOURCE | SCOPE_TILES_BLOCKS | SCOPE_TILES_FIELDS | SCOPE_TILES_PROFILE
                  | SCOPE_TILES_SELECTION);
  pump (self);
}

/* --- results ------------------------------------------------------------------------------------
 */

static ScopeTileKey
job_key (const ScopeTileHarvest *harvest, const ScopeTileJob *job)
{
  gsize side = (gsize)SCOPE_TILE_SIZE << job->level;

  return (ScopeTileKey){ harvest->source, job->level, (guint)(job->range.row_begin / side),
                         (guint)(job->range.column_begin / side) };
}

/* A band of block rows over those that were sampled. */
static void
merge_band (ScopeTile *tile, const ScopeTileJob *job, const ScopeTileYield *yield)
{
  gsize row = (job->range.row_begin - tile->range.row_begin) >> job->level;
  gsize rows = scope_matrix_rows (yield->matrix), columns = scope_matrix_columns (yield->matrix);
  float *out = scope_matrix_data (tile->matrix);

  for (gsize r = 0; r < rows; r++)
    memcpy (out + (row + r) * columns, scope_matrix_row_f32 (yield->matrix, r),
            columns * sizeof *out);
  tile->exact_rows = MAX (tile->exact_rows, row + rows);
  tile->exact = tile->exact_rows >= scope_matrix_rows (tile->matrix);
  tile->most = MAX (tile->most, yield->most);
  tile->serial++;
}

static guint
take_blocks (ScopeTiles *self, const ScopeTileHarvest *harvest, const ScopeTileJob *job,
             const ScopeTileYield *yield)
{
  ScopeTileKey key = job_key (harvest, job);
  ScopeTile *tile = scope_tile_cache_find (self->cache, &key);

  if (job->whole && tile != NULL) {
    merge_band (tile, job, yield);
  } else if (!job->whole && tile == NULL) {
    tile = scope_tile_new (yield->matrix, job->range, job->level);
    tile->exact = yield->exact;
    tile->exact_rows = yield->exact ? scope_matrix_rows (yield->matrix) : 0;
    tile->most = yield->most;
    scope_tile_cache_insert (self->cache, &key, tile);
  }
  return harvest->source == self->source.id ? SCOPE_TILES_BLOCKS : 0;
}

static guint
take_fields (ScopeTiles *self, const ScopeTileHarvest *harvest, const ScopeTileJob *job,
             ScopeTileYield *yield)
{
  ScopeTileStrip *strip = g_new0 (ScopeTileStrip, 1);
  gsize step = (gsize)1 << job->level;

  if (g_hash_table_size (self->strips) >= MAX_STRIPS)
    g_hash_table_remove_all (self->strips);
  strip->key = job_key (harvest, job);
  strip->key.x = 0;
  strip->epsilon = job->epsilon;
  strip->row_begin = job->range.row_begin;
  strip->row_end = job->range.row_end;
  strip->count = (strip->row_end - strip->row_begin + step - 1) / step;
  strip->starts = g_steal_pointer (&yield->starts);
  g_hash_table_replace (self->strips, &strip->key, strip);
  return harvest->source == self->source.id ? SCOPE_TILES_FIELDS : 0;
}

static void
clear_profile (ScopeTiles *self)
{
  g_clear_pointer (&self->profile.across, scope_matrix_unref);
  g_clear_pointer (&self->profile.down, scope_matrix_unref);
}

static guint
take_profile (ScopeTiles *self, const ScopeTileHarvest *harvest, const ScopeTileJob *job,
              const ScopeTileYield *yield)
{
  clear_profile (self);
  self->profile = (ScopeTileProfile){ job->row,
                                      job->column,
                                      job->level,
                                      job->range,
                                      scope_matrix_ref (yield->matrix),
                                      scope_matrix_ref (yield->upright) };
  self->profile_source = harvest->source;
  return SCOPE_TILES_PROFILE;
}

static guint
take_yield (ScopeTiles *self, const ScopeTileHarvest *harvest, guint k)
{
  const ScopeTileJob *job = &g_array_index (harvest->jobs, ScopeTileJob, k);
  ScopeTileYield *yield = g_ptr_array_index (harvest->yields, k);

  switch (job->kind) {
  case SCOPE_TILE_JOB_BLOCKS:
    return take_blocks (self, harvest, job, yield);
  case SCOPE_TILE_JOB_FIELDS:
    return take_fields (self, harvest, job, yield);
  case SCOPE_TILE_JOB_PROFILE:
    return take_profile (self, harvest, job, yield);
  default:
    self->selection = yield->selection;
    self->selection_source = harvest->source;
    return SCOPE_TILES_SELECTION;
  }
}

static void
take_harvest (ScopeTiles *self, ScopeTileLane *lane, ScopeTileHarvest *harvest, const GError *error)
{
  guint changes = 0;

  lane->out = FALSE;
  if (error != NULL) {
    self->refine_stopped = TRUE;
    scope_session_fail (self->session, error);
    return;
  }
  for (guint k = 0; k < harvest->jobs->len; k++)
    changes |= take_yield (self, harvest, k);
  scope_tile_harvest_free (harvest);
  pump (self); /* before anybody looks: what is next is then on its way already */
  tell (self, changes);
}

static void
on_quick_done (gpointer result, const GError *error, gpointer owner)
{
  take_harvest (owner, &SCOPE_TILES (owner)->quick, result, error);
}

static void
on_refine_done (gpointer result, const GError *error, gpointer owner)
{
  take_harvest (owner, &SCOPE_TILES (owner)->refine, result, error);
}

/* --- requests -----------------------------------------------------------------------------------
 */

static gboolean
lane_is_out (ScopeTiles *self, ScopeTileLane *lane)
{
  lane->out = lane->out && scope_engine_has (self->session->engine, lane->kind);
  return lane->out;
}

static void
post (ScopeTiles *self, ScopeTileLane *lane, GArray *jobs, ScopeEngineDone done)
{
  ScopeMapSpec spec = { .channel = self->source.channel, .kind = self->source.kind, .lane = -1 };
  ScopeTileBatch *batch
      = scope_tile_batch_new (self->session->look, &spec, self->source.reduce, self->source.id);

  g_array_append_vals (batch->jobs, jobs->data, jobs->len);
  lane->out = TRUE;
  scope_engine_post (self->session->engine, lane->kind, scope_work_tiles, batch,
                     scope_tile_batch_free, scope_tile_harvest_free, done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

/* FALSE while the map on screen is not the one that the engine could be asked about. */
static gboolean
can_ask (ScopeTiles *self)
{
  ScopeSession *session = self->session;

  return self->source.id != 0 && session->look != NULL && session->overview_state == OVERVIEW_READY
         && session->look->id == self->source.look && session->channel == self->source.channel
         && session->kind == self->source.kind && !scope_range_is_empty (self->view);
}

/* Keeps the engine busy, one small batch at a time: a batch that is under way is waited for, for it
 * ends soon and some of it is wanted still. */
static void
pump (ScopeTiles *self)
{
  g_autoptr (GArray) jobs = g_array_new (FALSE, FALSE, sizeof (ScopeTileJob));

  if (!can_ask (self) || lane_is_out (self, &self->quick))
    return;
  scope_tiles_quick_jobs (self, jobs);
  if (jobs->len > 0) {
    post (self, &self->quick, jobs, on_quick_done);
    return;
  }
  if (self->refine_stopped || lane_is_out (self, &self->refine))
    return;
  scope_tiles_refine_jobs (self, jobs);
  if (jobs->len > 0)
    post (self, &self->refine, jobs, on_refine_done);
}

/* Somebody cancelled: then it is not begun again until something else is looked at. */
static void
busy_changed_cb (ScopeTiles *self)
{
  ScopeTileLane *const lanes[] = { &self->quick, &self->refine };

  if (scope_session_get_busy (self->session))
    return;
  for (guint k = 0; k < G_N_ELEMENTS (lanes); k++)
    if (lanes[k]->out && !lane_is_out (self, lanes[k]))
      self->refine_stopped = TRUE;
}

/* --- the view -----------------------------------------------------------------------------------
 */

static gsize
visible_bytes (ScopeTiles *self, guint level)
{
  ScopeTileSpan span = scope_tiles_span (self, level);
  gsize count = 0;

  for (gsize y = span.y_begin; y < span.y_end; y++)
    count += MIN (span.x_end, y + 1) - MIN (span.x_begin, y + 1);
  return count * SCOPE_TILE_BYTES;
}

/* Blocks of about a pixel, between 0.84 and 1.7 of them. */
static guint
choose_level (ScopeTiles *self)
{
  guint top = scope_tiles_top (self);
  double wanted = floor (log2 (MAX (self->cells_per_pixel, 1e-9)) + 0.25);
  guint level = (guint)CLAMP (wanted, 0.0, (double)top);

  while (level < top && visible_bytes (self, level) > self->budget / 2)
    level++;
  return level;
}

static gboolean
same_range (ScopeRange a, ScopeRange b)
{
  return a.row_begin == b.row_begin && a.row_end == b.row_end && a.column_begin == b.column_begin
         && a.column_end == b.column_end;
}

void
scope_tiles_set_view (ScopeTiles *self, ScopeRange range, double cells_per_pixel)
{
  g_return_if_fail (SCOPE_IS_TILES (self));
  gsize length = scope_tiles_length (self);

  range.row_end = MIN (range.row_end, length);
  range.column_end = MIN (range.column_end, length);
  if (same_range (range, self->view) && cells_per_pixel == self->cells_per_pixel)
    return;
  self->view = range;
  self->cells_per_pixel = cells_per_pixel;
  self->level = choose_level (self);
  self->refine_stopped = FALSE;
  if (scope_range_is_empty (range)) {
    scope_engine_cancel (self->session->engine, self->quick.kind);
    scope_engine_cancel (self->session->engine, self->refine.kind);
    scope_session_notify_busy (self->session);
  }
  pump (self);
}

void
scope_tiles_set_budget (ScopeTiles *self, gsize bytes)
{
  g_return_if_fail (SCOPE_IS_TILES (self));
  self->budget = bytes;
  scope_tile_cache_set_budget (self->cache, bytes);
  self->level = choose_level (self);
  pump (self);
}

void
scope_tiles_set_reduce (ScopeTiles *self, ScopeReduce reduce)
{
  g_return_if_fail (SCOPE_IS_TILES (self));
  self->reduce = reduce;
  update_source (self);
}

void
scope_tiles_set_epsilon (ScopeTiles *self, double epsilon)
{
  g_return_if_fail (SCOPE_IS_TILES (self) && epsilon >= 0);
  if (epsilon == self->epsilon)
    return;
  self->epsilon = epsilon;
  pump (self);
}

void
scope_tiles_select (ScopeTiles *self, ScopeRange range)
{
  g_return_if_fail (SCOPE_IS_TILES (self));
  self->selected = range;
  if (scope_range_is_empty (range))
    self->selection_source = 0;
  pump (self);
}

/* --- the object ---------------------------------------------------------------------------------
 */

static void
text_changed_cb (ScopeTiles *self)
{
  scope_tile_cache_clear (self->cache);
  g_hash_table_remove_all (self->strips);
  g_array_set_size (self->sources, 0);
  clear_profile (self);
  self->source = (ScopeTileSource){ 0 };
  self->selected = self->view = (ScopeRange){ 0 };
  self->selection_source = self->profile_source = 0;
  update_source (self);
}

static void
scope_tiles_dispose (GObject *object)
{
  ScopeTiles *self = SCOPE_TILES (object);

  clear_profile (self);
  g_clear_pointer (&self->cache, scope_tile_cache_free);
  g_clear_pointer (&self->strips, g_hash_table_unref);
  g_clear_pointer (&self->sources, g_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (scope_tiles_parent_class)->dispose (object);
}

static void
scope_tiles_class_init (ScopeTilesClass *class)
{
  G_OBJECT_CLASS (class)->dispose = scope_tiles_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", SCOPE_TYPE_TILES, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static guint
strip_hash (gconstpointer data)
{
  const ScopeTileKey *key = data;

  return (key->source * 31 + key->level) * 8191 + key->y;
}

static gboolean
strip_equal (gconstpointer a, gconstpointer b)
{
  const ScopeTileKey *p = a, *q = b;

  return p->source == q->source && p->level == q->level && p->y == q->y;
}

static void
scope_tiles_init (ScopeTiles *self)
{
  self->budget = DEFAULT_BUDGET;
  self->cache = scope_tile_cache_new (self->budget);
  self->strips = g_hash_table_new_full (strip_hash, strip_equal, NULL, strip_free);
  self->sources = g_array_new (FALSE, FALSE, sizeof (ScopeTileSource));
  self->reduce = SCOPE_REDUCE_ABSMEAN;
  self->epsilon = SCOPE_FIELD_EPSILON;
  self->cells_per_pixel = 1;
  self->quick.kind = SCOPE_REQUEST_TILES;
  self->refine.kind = SCOPE_REQUEST_REFINE;
}

ScopeTiles *
scope_tiles_new (ScopeSession *session)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (session), NULL);
  ScopeTiles *self = g_object_new (SCOPE_TYPE_TILES, NULL);
  static const ScopeFollowed connections[] = {
    { "notify::model", G_CALLBACK (text_changed_cb) },
    { "notify::text", G_CALLBACK (text_changed_cb) },
    { "notify::overview", G_CALLBACK (update_source) },
    { "notify::row", G_CALLBACK (pump) },
    { "notify::column", G_CALLBACK (pump) },
    { "notify::busy", G_CALLBACK (busy_changed_cb) },
  };

  self->session = g_object_ref (session);
  scope_follow (session, self, connections, G_N_ELEMENTS (connections));
  update_source (self);
  return self;
}

/* Tiles of a map at any zoom, against the map computed whole: blocks, flags, fields, profiles,
 * selections; bounded memory; what is asked for after a change of map or of view. */
#include <math.h>

#include "analysis/field.h"
#include "compute/registry.h"
#include "own-run.h"
#include "session/tiles.h"
#include "wait.h"

/* Five tiles of level 0 and a rest, and no multiple of any block. */
#define TOKENS 1307

typedef struct {
  ScopeSession *session;
  ScopeTiles *tiles;
  char *folder, *text;
  /* The same layer once more, by itself. */
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeTrace *trace;
  ScopeLayerTrace *layer;
} Fixture;

static void
open_text (Fixture *self, ScopeFamily family, gsize tokens)
{
  guint32 seed = scope_test_seed (40412);

  self->folder = own_model (family, seed);
  self->text = scope_test_ids (self->folder, "ids.json", seed, tokens, VOCAB, NULL);
  self->session = scope_session_new ();
  self->tiles = scope_tiles_new (self->session);
  scope_session_open (self->session, self->folder, self->text);
  WAIT (!scope_session_get_busy (self->session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  open_text (self, GPOINTER_TO_INT (family), TOKENS);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, NULL);
  self->schedule
      = scope_schedule_new (scope_session_get_model (self->session), self->backend, NULL, NULL);
  self->trace = scope_schedule_run (self->schedule, scope_tokens_ids (tokens), TOKENS, NULL,
                                    SCOPE_RUN_KEEP_RESIDUAL, NULL, NULL);
  self->layer
      = scope_trace_layer (self->trace, scope_session_get_layer (self->session), NULL, NULL, NULL);
  g_assert_nonnull (self->layer);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_clear_pointer (&self->layer, scope_layer_trace_unref);
  g_clear_pointer (&self->trace, scope_trace_unref);
  g_clear_pointer (&self->schedule, scope_schedule_unref);
  g_clear_pointer (&self->backend, scope_backend_close);
  g_assert_finalize_object (self->tiles);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
}

static void
look_at (Fixture *self, ScopeRange range, double cells_per_pixel)
{
  scope_tiles_set_view (self->tiles, range, cells_per_pixel);
  WAIT (!scope_session_get_busy (self->session));
}

static void
look_at_all (Fixture *self, guint level)
{
  look_at (self, (ScopeRange){ 0, TOKENS, 0, TOKENS }, (double)((gsize)1 << level));
  g_assert_cmpuint (scope_tiles_get_level (self->tiles), ==, level);
}

/* The whole map, cell by cell, in one piece. */
static ScopeMatrix *
whole_map (Fixture *self)
{
  ScopeMapSpec spec = { .channel = scope_session_get_channel (self->session),
                        .kind = scope_session_get_kind (self->session),
                        .lane = -1 };
  ScopeRange all = { 0, TOKENS, 0, TOKENS };
  ScopeMatrix *map = scope_attention_tile (self->layer, &spec, all, NULL, NULL);

  g_assert_nonnull (map);
  return map;
}

/* What a block of SPEC's cells comes to, by the definition. */
static double
block_by_hand (const ScopeMatrix *map, ScopeRange range, ScopeReduce reduce)
{
  double sum = 0, most = 0, count = 0;

  for (gsize i = range.row_begin; i < range.row_end; i++)
    for (gsize j = range.column_begin; j < range.column_end; j++, count++) {
      double value = scope_matrix_get (map, i, j);
      sum += reduce == SCOPE_REDUCE_MEAN ? value : fabs (value);
      most = MAX (most, fabs (value));
    }
  return reduce == SCOPE_REDUCE_ABSMAX ? most : sum / count;
}

/* Single precision, summed in another order. */
static void
assert_near (double value, double wanted, double scale)
{
  g_assert_cmpfloat (fabs (value - wanted), <=, 2e-5 * scale + 1e-9);
}

static double
largest (const ScopeMatrix *map)
{
  return block_by_hand (map, (ScopeRange){ 0, TOKENS, 0, TOKENS }, SCOPE_REDUCE_ABSMAX);
}

static void
check_tile (const ScopeTile *tile, const ScopeMatrix *map, ScopeReduce reduce)
{
  gsize step = (gsize)1 << tile->level;
  double scale = largest (map);

  g_assert_true (tile->exact);
  for (gsize r = 0; r < scope_matrix_rows (tile->matrix); r++)
    for (gsize c = 0; c < scope_matrix_columns (tile->matrix); c++) {
      ScopeRange block
          = { tile->range.row_begin + r * step, 0, tile->range.column_begin + c * step, 0 };
      block.row_end = MIN (block.row_begin + step, TOKENS);
      block.column_end = MIN (block.column_begin + step, TOKENS);
      ScopeReduce how = tile->level == 0 ? SCOPE_REDUCE_MEAN : reduce;
      assert_near (scope_matrix_get (tile->matrix, r, c), block_by_hand (map, block, how), scale);
    }
}

/* Every tile of every level is there, is exact, and holds its blocks. */
static void
test_pyramid (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);

  g_assert_cmpuint (scope_tiles_top (self->tiles), ==, 3);
  for (guint level = 0; level <= 3; level++) {
    gsize y0, y1, x0, x1, seen = 0;
    look_at_all (self, level);
    g_assert_cmpint (scope_tiles_get_state (self->tiles), ==, SCOPE_TILES_EXACT);
    scope_tiles_visible (self->tiles, &y0, &y1, &x0, &x1);
    for (gsize y = y0; y < y1; y++)
      for (gsize x = x0; x < x1; x++) {
        ScopeTile *tile = scope_tiles_find (self->tiles, level, y, x);
        g_assert_cmpint (tile != NULL, ==, x <= y);
        if (tile != NULL)
          check_tile (tile, map, SCOPE_REDUCE_ABSMEAN);
        seen += tile != NULL;
      }
    gsize side = ((gsize)TOKENS + (256u << level) - 1) / (256u << level);
    g_assert_cmpuint (seen, ==, side * (side + 1) / 2);
  }
}

static void
test_reduce (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);

  for (ScopeReduce reduce = SCOPE_REDUCE_MEAN; reduce <= SCOPE_REDUCE_ABSMAX; reduce++) {
    scope_tiles_set_reduce (self->tiles, reduce);
    look_at_all (self, 2);
    WAIT (!scope_session_get_busy (self->session));
    check_tile (scope_tiles_find (self->tiles, 2, 1, 0), map, reduce);
    check_tile (scope_tiles_find (self->tiles, 2, 1, 1), map, reduce);
  }
}

/* --- what goes with the tiles -------------------------------------------------------------------
 */

static void
test_fields (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);
  const double epsilons[] = { SCOPE_FIELD_EPSILON, 0.02 };

  look_at (self, (ScopeRange){ 700, 760, 100, 160 }, 0.1);
  for (guint e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    g_auto (ScopeTileFields) fields = { 0 };
    scope_tiles_set_epsilon (self->tiles, epsilons[e]);
    WAIT (!scope_session_get_busy (self->session));
    scope_tiles_get_fields (self->tiles, &fields);
    g_assert_cmpuint (fields.count, ==, 60);
    for (gsize k = 0; k < fields.count; k++) {
      gint32 start = 0, row = fields.rows[k];
      g_assert_cmpint (row, ==, 700 + (gint32)k);
      while (start <= row
             && !(fabs (scope_matrix_get (map, (gsize)row, (gsize)start)) > epsilons[e]))
        start++;
      g_assert_cmpint (fields.starts[k], ==, start <= row ? start : -1);
    }
  }
}

static void
test_profile (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);
  double scale = largest (map);

  scope_session_set_cursor (self->session, 1001, 333);
  for (guint level = 0; level <= 2; level += 2) {
    gsize step = (gsize)1 << level;
    look_at (self, (ScopeRange){ 997, 1307, 300, 611 }, (double)step);
    const ScopeTileProfile *profile = scope_tiles_get_profile (self->tiles);
    g_assert_nonnull (profile);
    g_assert_cmpuint (profile->row, ==, 1001);
    g_assert_cmpuint (profile->range.row_begin, ==, 997 / step * step);
    for (gsize k = 0; k < scope_matrix_columns (profile->across); k++) {
      gsize begin = profile->range.column_begin + k * step;
      ScopeRange block = { 1001, 1002, begin, MIN (begin + step, TOKENS) };
      ScopeReduce how = level == 0 ? SCOPE_REDUCE_MEAN : SCOPE_REDUCE_ABSMEAN;
      assert_near (scope_matrix_get (profile->across, 0, k), block_by_hand (map, block, how),
                   scale);
    }
    for (gsize k = 0; k < scope_matrix_columns (profile->down); k++) {
      gsize begin = profile->range.row_begin + k * step;
      ScopeRange block = { begin, MIN (begin + step, TOKENS), 333, 334 };
      ScopeReduce how = level == 0 ? SCOPE_REDUCE_MEAN : SCOPE_REDUCE_ABSMEAN;
      assert_near (scope_matrix_get (profile->down, 0, k), block_by_hand (map, block, how), scale);
    }
  }
}

static void
test_selection (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);
  ScopeRange range = { 401, 517, 390, 430 }, rows = { 401, 517, 0, TOKENS };

  look_at_all (self, 1);
  g_assert_null (scope_tiles_get_selection (self->tiles));
  scope_tiles_select (self->tiles, range);
  WAIT (!scope_session_get_busy (self->session));
  const ScopeSelection *got = scope_tiles_get_selection (self->tiles);
  double mean = block_by_hand (map, range, SCOPE_REDUCE_ABSMEAN);
  double all = block_by_hand (map, rows, SCOPE_REDUCE_ABSMEAN) * TOKENS;
  g_assert_true (got->exact);
  assert_near (got->mean, mean, largest (map));
  assert_near (got->most, block_by_hand (map, range, SCOPE_REDUCE_ABSMAX), largest (map));
  assert_near (got->share, mean * 40 / all, 1);
  /* Another range is never given the sums of the one before. */
  scope_tiles_select (self->tiles, (ScopeRange){ 401, 518, 390, 430 });
  g_assert_null (scope_tiles_get_selection (self->tiles));
  scope_tiles_select (self->tiles, (ScopeRange){ 0 });
  g_assert_null (scope_tiles_get_selection (self->tiles));
}

static void
test_sample (Fixture *self, gconstpointer family)
{
  g_autoptr (ScopeMatrix) map = whole_map (self);
  float values[64];

  look_at (self, (ScopeRange){ 800, 807, 20, 26 }, 0.05);
  g_assert_cmpuint (scope_tiles_sample (self->tiles, values, 64), ==, 42);
  for (gsize k = 0; k < 42; k++)
    assert_near (values[k], scope_matrix_get (map, 800 + k / 6, 20 + k % 6), largest (map));
  look_at_all (self, 1);
  gsize count = scope_tiles_sample (self->tiles, values, 64);
  g_assert_cmpuint (count, >, 16);
  g_assert_cmpuint (count, <=, 64);
}

/* A filtered map is a few columns: rows that were all sampled at the same ones would miss them. */
static void
test_sample_columns (Fixture *self, gconstpointer family)
{
  gboolean seen[SCOPE_TILE_SIZE] = { FALSE };
  float values[64];
  guint columns = 0;

  look_at (self, (ScopeRange){ 800, 864, 20, 84 }, 0.05);
  gsize count = scope_tiles_sample (self->tiles, values, 64);
  ScopeTile *tile = scope_tiles_find (self->tiles, 0, 800 / SCOPE_TILE_SIZE, 0);
  g_assert_nonnull (tile);
  for (gsize k = 0; k < count; k++)
    for (gsize r = 0; r < 64; r++)
      for (gsize c = 20; c < 84; c++)
        if (scope_matrix_get (tile->matrix, 800 % SCOPE_TILE_SIZE + r, c) == values[k])
          seen[c] = TRUE;
  for (gsize c = 20; c < 84; c++)
    columns += seen[c];
  g_assert_cmpuint (count, >, 36);
  g_assert_cmpuint (columns, >, 24); /* of 64; straight down, every ninth would be 8 */
}

/* --- what is asked for --------------------------------------------------------------------------
 */

/* The old map's tiles stay until the new one's overview is there; going back finds them again. */
static void
test_source (Fixture *self, gconstpointer family)
{
  look_at_all (self, 1);
  ScopeTile *first = scope_tiles_find (self->tiles, 1, 0, 0);
  gsize channel = scope_session_get_channel (self->session);
  scope_session_set_channel (self->session, channel == 0 ? 1 : 0);
  g_assert_true (scope_tiles_find (self->tiles, 1, 0, 0) == first);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_nonnull (scope_tiles_find (self->tiles, 1, 0, 0));
  g_assert_true (scope_tiles_find (self->tiles, 1, 0, 0) != first);
  g_autoptr (ScopeMatrix) map = whole_map (self);
  check_tile (scope_tiles_find (self->tiles, 1, 1, 0), map, SCOPE_REDUCE_ABSMEAN);
  scope_session_set_channel (self->session, channel);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_true (scope_tiles_find (self->tiles, 1, 0, 0) == first);
}

static void
test_budget (Fixture *self, gconstpointer family)
{
  gsize budget = 8 * 512 * 1024; /* eight tiles; six of level 0 in a row would be sixteen */

  scope_tiles_set_budget (self->tiles, budget);
  look_at (self, (ScopeRange){ 0, TOKENS, 0, TOKENS }, 1);
  g_assert_cmpuint (scope_tiles_get_level (self->tiles), ==, 2);
  for (gsize at = 0; at + 200 < TOKENS; at += 97) {
    look_at (self, (ScopeRange){ at, at + 200, 0, 200 }, 1);
    g_assert_cmpint (scope_tiles_get_state (self->tiles), ==, SCOPE_TILES_EXACT);
    g_assert_cmpuint (scope_tiles_get_bytes (self->tiles), <=, budget);
  }
  scope_tiles_set_view (self->tiles, (ScopeRange){ 0 }, 1);
  g_assert_cmpint (scope_tiles_get_state (self->tiles), ==, SCOPE_TILES_COARSE);
}

/* A text so long that its blocks are sampled first and gone over afterwards; then so many cells
 * that they never are. */
static void
test_refinement (void)
{
  Fixture self = { 0 };
  gsize tokens = 20000;

  open_text (&self, SCOPE_FAMILY_MAMBA2, tokens);
  scope_tiles_set_view (self.tiles, (ScopeRange){ 0, tokens, 0, tokens }, 64);
  WAIT (scope_tiles_get_state (self.tiles) == SCOPE_TILES_SAMPLED);
  g_assert_true (scope_tiles_will_be_exact (self.tiles));
  ScopeTile *tile = scope_tiles_find (self.tiles, 6, 1, 0);
  g_assert_false (tile->exact);
  g_autoptr (ScopeMatrix) sampled = scope_matrix_new (
      SCOPE_REAL_F32, scope_matrix_rows (tile->matrix), scope_matrix_columns (tile->matrix), NULL);
  memcpy (scope_matrix_data (sampled), scope_matrix_data (tile->matrix),
          scope_matrix_rows (sampled) * scope_matrix_columns (sampled) * sizeof (float));
  WAIT (!scope_session_get_busy (self.session));
  g_assert_cmpint (scope_tiles_get_state (self.tiles), ==, SCOPE_TILES_EXACT);
  /* Something was gone over, and it was near already. */
  double error = scope_test_max_error (sampled, tile->matrix);
  g_assert_cmpfloat (error, >, 0);
  g_assert_cmpfloat (error, <, 0.5 * tile->most);
  g_assert_finalize_object (self.tiles);
  g_assert_finalize_object (self.session);
  g_free (self.folder);
  g_free (self.text);
}

/* A cancel ends the going over; another view begins one again. */
static void
test_cancel (void)
{
  Fixture self = { 0 };
  gsize tokens = 20000;

  open_text (&self, SCOPE_FAMILY_MAMBA2, tokens);
  scope_tiles_set_view (self.tiles, (ScopeRange){ 0, tokens, 0, tokens }, 64);
  WAIT (scope_tiles_get_state (self.tiles) == SCOPE_TILES_SAMPLED);
  scope_session_cancel (self.session);
  WAIT (!scope_session_get_busy (self.session));
  g_assert_cmpint (scope_tiles_get_state (self.tiles), ==, SCOPE_TILES_SAMPLED);
  g_assert_false (scope_tiles_will_be_exact (self.tiles));
  scope_tiles_set_view (self.tiles, (ScopeRange){ 1, tokens, 1, tokens }, 64);
  WAIT (!scope_session_get_busy (self.session));
  g_assert_cmpint (scope_tiles_get_state (self.tiles), ==, SCOPE_TILES_EXACT);
  g_assert_finalize_object (self.tiles);
  g_assert_finalize_object (self.session);
  g_free (self.folder);
  g_free (self.text);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer family);
  } tests[] = {
    { "pyramid", test_pyramid }, { "reduce", test_reduce },
    { "fields", test_fields },   { "profile", test_profile },
    { "sample", test_sample },   { "sample-columns", test_sample_columns },
    { "source", test_source },   { "selection", test_selection },
    { "budget", test_budget },
  };

  g_test_init (&argc, &argv, NULL);
  SCOPE_TEST_ADD_FAMILIES ("/session/tiles/", Fixture, set_up, tests, tear_down);
  g_test_add_func ("/session/tiles/refinement", test_refinement);
  g_test_add_func ("/session/tiles/cancel", test_cancel);
  return g_test_run ();
}

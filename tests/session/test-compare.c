/* Both sides of a comparison against passes of the core that the session knows nothing of. */
#include "session/compare.h"

#include <math.h>

#include "base/error.h"
#include "compute/registry.h"
#include "own-run.h"
#include "wait.h"

#define TOKENS 301
#define SHORT  83

typedef struct {
  ScopeSession *session;
  ScopeCompare *compare;
  char *folder, *text, *other_text; /* the model; "@ids.json" */
} Fixture;

static gboolean
is_made (ScopeCompare *compare)
{
  return !scope_compare_get_busy (compare)
         && scope_compare_get_picture (compare, SCOPE_PICTURE_A, FALSE)->result != NULL;
}

static void
settle (Fixture *self)
{
  WAIT (is_made (self->compare) && !scope_session_get_busy (self->session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (5077);

  self->folder = own_model (GPOINTER_TO_INT (family), seed);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->other_text = scope_test_ids (self->folder, "short.json", seed + 1, SHORT, VOCAB, NULL);
  self->session = scope_session_new ();
  self->compare = scope_compare_new (self->session);
  scope_compare_set_shown (self->compare, TRUE, TRUE);
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_assert_finalize_object (self->compare);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
  g_free (self->other_text);
}

/* All cells of a map, by a pass of its own. */
static ScopeMatrix *
reference (const char *folder, const char *text, const char *filter, gsize layer,
           const ScopeMapSpec *spec)
{
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, NULL);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (model, text, NULL);
  ScopeBackend *backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, NULL);
  ScopeSchedule *schedule = scope_schedule_new (model, backend, NULL, NULL);
  ScopeFilterContext *context = scope_filter_context_new (schedule, 0);
  g_autoptr (ScopeFilter) parsed = scope_filter_parse (filter, NULL);
  ScopePlan *plan = NULL;
  gsize count = scope_tokens_count (tokens);

  g_assert_true (
      scope_filter_plan (parsed, context, scope_tokens_ids (tokens), count, &plan, NULL, NULL));
  ScopeTrace *trace = scope_schedule_run (schedule, scope_tokens_ids (tokens), count, plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, NULL, NULL);
  ScopeLayerTrace *at = scope_trace_layer (trace, layer, NULL, NULL, NULL);
  ScopeMatrix *out
      = scope_attention_tile (at, spec, (ScopeRange){ 0, count, 0, count }, NULL, NULL);
  g_assert_nonnull (out);
  scope_layer_trace_unref (at);
  scope_trace_unref (trace);
  g_clear_pointer (&plan, scope_plan_unref);
  scope_filter_context_free (context);
  scope_schedule_unref (schedule);
  scope_backend_close (backend);
  return out;
}

static double
scale_of (const ScopeMatrix *matrix)
{
  double scale = 0;

  for (gsize i = 0; i < scope_matrix_rows (matrix); i++)
    for (gsize j = 0; j <= i; j++)
      scale = fmax (scale, fabs (scope_matrix_get (matrix, i, j)));
  g_assert_cmpfloat (scale, >, 0);
  return scale;
}

/* The cell reader sums in another order than the tile's kernel does, in float32: a part in 1e5 of
 * the map's largest value is what the parity suite grants the two. */
static void
assert_cells (ScopeCompare *compare, ScopeSide side, const ScopeMatrix *expected)
{
  double worst = 0, value;
  gsize tokens = scope_matrix_rows (expected);

  for (gsize i = 0; i < tokens; i += 7)
    for (gsize j = 0; j <= i; j += 3) {
      g_assert_true (scope_compare_cell (compare, side, i, j, &value));
      worst = fmax (worst, fabs (value - scope_matrix_get (expected, i, j)));
    }
  g_assert_cmpfloat (worst, <=, 1e-5 * scale_of (expected));
}

static ScopeMapSpec
selected (Fixture *self)
{
  return (ScopeMapSpec){ .channel = scope_session_get_channel (self->session),
                         .kind = scope_session_get_kind (self->session),
                         .lane = -1 };
}

/* From what the session shows: no filter against the one of its switch, which stays off. */
static void
test_default (Fixture *self, gconstpointer family)
{
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);
  g_autoptr (ScopeMatrix) a = reference (self->folder, self->text, "off", layer, &spec);
  g_autoptr (ScopeMatrix) b = reference (self->folder, self->text, "longmamba", layer, &spec);

  g_assert_false (scope_session_get_filter_on (self->session));
  g_assert_cmpfloat (scope_test_max_error (a, b), >, 0);
  assert_cells (self->compare, SCOPE_SIDE_A, a);
  assert_cells (self->compare, SCOPE_SIDE_B, b);
  /* The run was made where the switch finds it: no preview now. */
  scope_session_set_filter_on (self->session, TRUE);
  WAIT (scope_session_get_network (self->session) != NULL
        && scope_session_get_network (self->session)->filtered);
  g_assert_false (scope_session_get_layer_view (self->session)->preview);
  settle (self);
  assert_cells (self->compare, SCOPE_SIDE_A, a);
  assert_cells (self->compare, SCOPE_SIDE_B, b);
}

/* Any two filters, and the session keeps both of its own runs. */
static void
test_two_filters (Fixture *self, gconstpointer family)
{
  const char *specs[] = { "longmamba:top=0.35", "longmamba-online:theta=1e-3" };
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);

  for (guint k = 0; k < SCOPE_N_SIDES; k++)
    g_assert_true (scope_compare_set_filter (self->compare, k, specs[k], NULL));
  settle (self);
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_autoptr (ScopeMatrix) expected = reference (self->folder, self->text, specs[k], layer, &spec);
    assert_cells (self->compare, k, expected);
  }
  scope_session_set_filter_on (self->session, TRUE);
  WAIT (scope_session_get_network (self->session)->filtered);
  g_assert_false (scope_session_get_layer_view (self->session)->preview);
}

/* The coarse pictures: means of |α| on either side, the mean of B - A between them. */
static void
test_difference (Fixture *self, gconstpointer family)
{
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);
  g_autoptr (ScopeMatrix) a = reference (self->folder, self->text, "off", layer, &spec);
  g_autoptr (ScopeMatrix) b = reference (self->folder, self->text, "longmamba", layer, &spec);
  const ScopeMatrix *shown
      = scope_compare_get_picture (self->compare, SCOPE_PICTURE_DIFFERENCE, FALSE)->result->matrix;
  gsize blocks = scope_matrix_rows (shown);
  double scale = 0, worst = 0;

  g_assert_cmpuint (blocks, <, TOKENS); /* or there would be nothing to average */
  for (gsize r = 0; r < blocks; r++)
    for (gsize c = 0; c < blocks; c++) {
      gsize r0 = TOKENS * r / blocks, r1 = TOKENS * (r + 1) / blocks;
      gsize c0 = TOKENS * c / blocks, c1 = TOKENS * (c + 1) / blocks;
      double sum = 0;
      for (gsize i = r0; i < r1; i++)
        for (gsize j = c0; j < c1; j++)
          sum += scope_matrix_get (b, i, j) - scope_matrix_get (a, i, j);
      sum /= (double)((r1 - r0) * (c1 - c0));
      scale = fmax (scale, fabs (sum));
      worst = fmax (worst, fabs (sum - scope_matrix_get (shown, r, c)));
    }
  g_assert_cmpfloat (worst, <=, 1e-4 * scale); /* two float32 maps that nearly cancel */
  const ScopeNorm *norm = scope_compare_get_norm (self->compare, SCOPE_PICTURE_DIFFERENCE);
  g_assert_cmpfloat (scope_norm_apply (norm, 0), ==, 0.5);
  g_assert_cmpfloat (scope_norm_apply (norm, norm->high), ==, 1);
  g_assert_cmpfloat (scope_norm_apply (norm, -norm->high), ==, 0);
}

/* A fine picture holds the cells of the view, of each side its own. */
static void
test_view (Fixture *self, gconstpointer family)
{
  const ScopeRange ranges[] = { { 200, 240, 10, 40 }, { 120, 150, 60, 100 } };
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);
  const char *specs[] = { "off", "longmamba" };

  scope_compare_set_view (self->compare, ranges, 400);
  settle (self);
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    const ScopeComparePicture *fine = scope_compare_get_picture (self->compare, k, TRUE);
    g_autoptr (ScopeMatrix) expected = reference (self->folder, self->text, specs[k], layer, &spec);
    double scale = scale_of (expected);
    g_assert_cmpuint (fine->result->range.row_begin, ==, ranges[k].row_begin);
    g_assert_cmpint (cairo_image_surface_get_width (fine->image), ==,
                     (int)(ranges[k].column_end - ranges[k].column_begin));
    for (gsize i = ranges[k].row_begin; i < ranges[k].row_end; i++)
      for (gsize j = ranges[k].column_begin; j < ranges[k].column_end; j++)
        g_assert_cmpfloat_with_epsilon (scope_matrix_get (fine->result->matrix,
                                                          i - ranges[k].row_begin,
                                                          j - ranges[k].column_begin),
                                        scope_matrix_get (expected, i, j), 1e-5 * scale);
  }
}

/* A layer and a channel of its own, and then the sides exchanged. */
static void
test_own_channel (Fixture *self, gconstpointer family)
{
  const ScopeMapSpec spec = { .channel = 1, .kind = SCOPE_MATRIX_S6, .lane = -1 };
  g_autoptr (ScopeMatrix) expected = reference (self->folder, self->text, "off", 2, &spec);

  g_object_set (self->compare, "b-filter", "off", "b-layer", 2, "b-channel", 1, NULL);
  settle (self);
  assert_cells (self->compare, SCOPE_SIDE_B, expected);
  scope_compare_swap (self->compare);
  settle (self);
  assert_cells (self->compare, SCOPE_SIDE_A, expected);
  scope_session_set_layer (self->session, 1); /* A is not the session's */
  settle (self);
  assert_cells (self->compare, SCOPE_SIDE_A, expected);
}

/* Another text: what both have can be compared, and only that. */
static void
test_two_texts (Fixture *self, gconstpointer family)
{
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);
  g_autoptr (ScopeMatrix) expected
      = reference (self->folder, self->other_text, "off", layer, &spec);
  double value;

  g_object_set (self->compare, "b-filter", "off", "b-text", self->other_text, NULL);
  settle (self);
  g_assert_cmpuint (scope_tokens_count (scope_compare_get_tokens (self->compare, SCOPE_SIDE_B)), ==,
                    SHORT);
  assert_cells (self->compare, SCOPE_SIDE_B, expected);
  g_assert_false (scope_compare_cell (self->compare, SCOPE_SIDE_B, SHORT, 0, &value));
  g_assert_true (scope_compare_cell (self->compare, SCOPE_SIDE_A, SHORT, 0, &value));
  const ScopeResult *difference
      = scope_compare_get_picture (self->compare, SCOPE_PICTURE_DIFFERENCE, FALSE)->result;
  g_assert_cmpuint (difference->range.row_end, ==, SHORT);
}

/* Another model, with fewer channels than the one selected; then one that is none. */
static void
test_two_models (Fixture *self, gconstpointer family)
{
  g_autofree char *other = own_model (SCOPE_FAMILY_MAMBA2, scope_test_seed (977));
  ScopeMapSpec spec = { .channel = 0, .kind = SCOPE_MATRIX_S6, .lane = -1 };

  scope_session_set_channel (self->session, 0);
  g_object_set (self->compare, "b-model", other, NULL);
  settle (self);
  g_autoptr (ScopeMatrix) expected
      = reference (other, self->text, "longmamba", scope_session_get_layer (self->session), &spec);
  assert_cells (self->compare, SCOPE_SIDE_B, expected);
  g_object_set (self->compare, "b-model", "/nowhere/at/all", NULL);
  WAIT (scope_compare_get_message (self->compare) != NULL);
  g_assert_nonnull (strstr (scope_compare_get_message (self->compare), "/nowhere/at/all"));
  g_object_set (self->compare, "b-model", NULL, NULL);
  settle (self);
  g_assert_null (scope_compare_get_message (self->compare));
}

/* How the crosshair's token reads the others, and which of them the filter dropped. */
static void
test_row (Fixture *self, gconstpointer family)
{
  ScopeMapSpec spec = selected (self);
  gsize layer = scope_session_get_layer (self->session);
  const char *specs[] = { "off", "longmamba" };

  scope_session_set_cursor (self->session, 250, 3);
  WAIT (scope_compare_get_row (self->compare) != NULL
        && scope_compare_get_row (self->compare)->row == 250);
  const ScopeCompareRow *row = scope_compare_get_row (self->compare);
  for (guint k = 0; k < SCOPE_N_SIDES; k++) {
    g_autoptr (ScopeMatrix) expected = reference (self->folder, self->text, specs[k], layer, &spec);
    double scale = scale_of (expected);
    for (gsize j = row->begin; j < row->end; j++) {
      g_assert_cmpfloat_with_epsilon (row->value[k][j - row->begin],
                                      scope_matrix_get (expected, 250, j), 1e-5 * scale);
      g_assert_true (k == SCOPE_SIDE_B || !row->dropped[k][j - row->begin]);
      if (row->dropped[k][j - row->begin])
        g_assert_cmpfloat (scope_matrix_get (expected, 250, j), ==, 0);
    }
  }
}

static void
test_curves (Fixture *self, gconstpointer family)
{
  ScopeResult *decay = scope_compare_get_decay (self->compare);

  g_assert_cmpuint (decay->curves->len, ==, SCOPE_N_SIDES);
  const ScopeChannelStats *stats = scope_session_get_layer_view (self->session)->channels;
  const ScopeCurve *a = decay->curves->pdata[SCOPE_SIDE_A];
  gsize channel = scope_session_get_channel (self->session);
  g_assert_cmpfloat_with_epsilon (a->y[a->count - 1], stats[channel].ln_decay,
                                  1e-6 * fabs (stats[channel].ln_decay));
}

static void
test_refusals (Fixture *self, gconstpointer family)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (scope_compare_set_filter (self->compare, SCOPE_SIDE_B, "bogus", &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "*bogus*");
  g_autofree char *spec = scope_compare_get_filter (self->compare, SCOPE_SIDE_B);
  g_assert_cmpstr (spec, ==, "longmamba");
}

/* What a cancellation stopped is made when it is asked for again. */
static void
test_cancel (Fixture *self, gconstpointer family)
{
  g_assert_true (scope_compare_set_filter (self->compare, SCOPE_SIDE_B, "longmamba-online", NULL));
  g_assert_true (scope_compare_get_busy (self->compare));
  scope_session_cancel (self->session);
  g_assert_false (scope_compare_get_busy (self->compare));
  scope_compare_retry (self->compare);
  g_assert_true (scope_compare_get_busy (self->compare));
  settle (self);
}

/* What is compared is undone like anything else. */
static void
test_history (Fixture *self, gconstpointer family)
{
  scope_compare_set_mode (self->compare, SCOPE_COMPARE_MODE_DIFFERENCE);
  settle (self);
  g_autofree char *undone = scope_session_undo (self->session);
  g_assert_cmpstr (undone, ==, "way of comparing");
  g_assert_cmpint (scope_compare_get_mode (self->compare), ==, SCOPE_COMPARE_MODE_SPLIT);
  settle (self);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "default", test_default },         { "two-filters", test_two_filters },
    { "difference", test_difference },   { "view", test_view },
    { "own-channel", test_own_channel }, { "two-texts", test_two_texts },
    { "two-models", test_two_models },   { "row", test_row },
    { "curves", test_curves },           { "refusals", test_refusals },
    { "cancel", test_cancel },           { "history", test_history },
  };

  g_test_init (&argc, &argv, NULL);
  SCOPE_TEST_ADD_FAMILIES ("/session/compare/", Fixture, set_up, tests, tear_down);
  return g_test_run ();
}

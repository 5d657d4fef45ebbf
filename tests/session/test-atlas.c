/* The atlas against the analysis: its numbers, its order, its pictures, and what happens meanwhile.
 */
#include <math.h>

#include "analysis/attention.h"
#include "base/file.h"
#include "compute/registry.h"
#include "loud.h"
#include "session/atlas.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 301
#define VOCAB  53
#define LAYERS 3

typedef struct {
  ScopeSession *session;
  ScopeAtlas *atlas;
  char *folder, *text;
  gint32 ids[TOKENS];
  guint changes; /* of the list */

  /* The same model without a session. */
  ScopeBackend *backend;
  ScopeModel *model;
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  gsize channels;
} Fixture;

static void
on_changed (GListModel *list, guint position, guint removed, guint added, Fixture *self)
{
  self->changes++;
  g_assert_cmpuint (g_list_model_get_n_items (list), ==, added);
}

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  const ScopeRandomModel shape = { .family = (ScopeFamily)GPOINTER_TO_INT (family),
                                   .vocab_size = VOCAB,
                                   .n_layer = LAYERS,
                                   .d_inner = 60,
                                   .heads = 12,
                                   .train_length = 40,
                                   .seed = 90 };
  g_autoptr (GError) error = NULL;
  self->folder = scope_test_random_model (&shape);
  self->text
      = scope_test_ids (self->folder, "ids.json", scope_test_seed (4711), TOKENS, VOCAB, self->ids);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
  self->atlas = scope_atlas_new (self->session);
  g_signal_connect (self->atlas, "items-changed", G_CALLBACK (on_changed), self);
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  g_assert_no_error (error);
  self->model = scope_model_open (self->folder, NULL, &error);
  g_assert_no_error (error);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  g_assert_no_error (error);
  self->context = scope_filter_context_new (self->schedule, 0);
  self->channels = scope_model_config (self->model)->channels;
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->atlas);
  g_assert_finalize_object (self->session);
  scope_filter_context_free (self->context);
  scope_schedule_unref (self->schedule);
  scope_model_unref (self->model);
  scope_backend_close (self->backend);
  g_free (self->folder);
  g_free (self->text);
}

/* A run of the text under SPEC. */
static ScopeTrace *
run (Fixture *self, const char *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
  g_autoptr (ScopePlan) plan = NULL;
  g_assert_true (scope_filter_plan (filter, self->context, self->ids, TOKENS, &plan, NULL, &error));
  ScopeTrace *trace = scope_schedule_run (self->schedule, self->ids, TOKENS, plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

/* The statistics of all channels, as the analysis has them. */
static ScopeChannelStats *
all_stats (Fixture *self, const char *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTrace) trace = run (self, spec);
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
  gsize train_length;
  double theta;
  g_assert_true (scope_filter_context_facts (self->context, filter, &train_length, &theta, &error));
  g_autoptr (ScopeMatrix) classes
      = scope_filter_classes (filter, self->context, self->ids, TOKENS, NULL, &error);
  g_assert_no_error (error);
  ScopeChannelStats *out = g_new (ScopeChannelStats, LAYERS * self->channels);
  for (gsize l = 0; l < LAYERS; l++) {
    g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (trace, l, NULL, NULL, &error);
    g_assert_no_error (error);
    g_autofree ScopeChannelStats *stats
        = scope_channels_layer (trace, layer, classes, log (theta), NULL, &error);
    g_assert_no_error (error);
    memcpy (out + l * self->channels, stats, self->channels * sizeof *stats);
  }
  return out;
}

static guint
index_at (Fixture *self, guint position)
{
  g_autoptr (ScopeAtlasItem) item = g_list_model_get_item (G_LIST_MODEL (self->atlas), position);
  return scope_atlas_item_get_index (item);
}

static double
value_of (const ScopeChannelStats *stats, ScopeAtlasSort sort)
{
  switch (sort) {
  case SCOPE_ATLAS_BY_FIELD:
    return (double)stats->field_length;
  case SCOPE_ATLAS_BY_HALF_LIFE:
    return stats->half_life;
  case SCOPE_ATLAS_BY_KEPT:
    return stats->kept_fraction;
  default:
    return stats->ln_decay;
  }
}

/* The list holds each channel of [BEGIN, END) that CLASSES admits once, in order. */
static void
assert_order (Fixture *self, const ScopeChannelStats *stats, guint begin, guint end)
{
  ScopeAtlasSort sort = scope_atlas_get_sort (self->atlas);
  ScopeAtlasClasses classes = scope_atlas_get_classes (self->atlas);
  gboolean descending = scope_atlas_get_descending (self->atlas);
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), expected = 0;
  g_autofree gboolean *seen = g_new0 (gboolean, end);
  for (guint i = begin; i < end; i++)
    expected += classes == SCOPE_ATLAS_ALL || stats[i].global == (classes == SCOPE_ATLAS_GLOBAL);
  g_assert_cmpuint (count, ==, expected);
  for (guint k = 0; k < count; k++) {
    guint index = index_at (self, k);
    ScopeAtlasEntry entry;
    g_assert_true (scope_atlas_entry (self->atlas, index, &entry));
    g_assert_cmpuint (index, >=, begin);
    g_assert_cmpuint (index, <, end);
    g_assert_false (seen[index]);
    seen[index] = TRUE;
    g_assert_cmpuint (entry.layer, ==, stats[index].layer);
    g_assert_cmpuint (entry.channel, ==, stats[index].channel);
    g_assert_true (entry.global == stats[index].global);
    g_assert_cmpfloat (entry.stats->ln_decay, ==, stats[index].ln_decay);
    if (sort == SCOPE_ATLAS_BY_INDEX) {
      g_assert_true (
          k == 0 || (descending ? index < index_at (self, k - 1) : index > index_at (self, k - 1)));
      continue;
    }
    double value = value_of (&stats[index], sort);
    g_assert_cmpfloat (entry.value, ==, value);
    if (k > 0) {
      double before = value_of (&stats[index_at (self, k - 1)], sort);
      g_assert_true (descending ? value <= before : value >= before);
    }
  }
}

static void
check_orders (Fixture *self, const ScopeChannelStats *stats, guint begin, guint end)
{
  static const ScopeAtlasSort sorts[]
      = { SCOPE_ATLAS_BY_INDEX, SCOPE_ATLAS_BY_FIELD, SCOPE_ATLAS_BY_HALF_LIFE, SCOPE_ATLAS_BY_KEPT,
          SCOPE_ATLAS_BY_DECAY };
  for (guint s = 0; s < G_N_ELEMENTS (sorts); s++)
    for (guint classes = 0; classes <= SCOPE_ATLAS_LOCAL; classes++)
      for (guint descending = 0; descending < 2; descending++) {
        g_object_set (self->atlas, "sort", sorts[s], "classes", classes, "descending",
                      descending == 1, NULL);
        settle (self);
        assert_order (self, stats, begin, end);
      }
  g_object_set (self->atlas, "classes", SCOPE_ATLAS_ALL, "descending", TRUE, NULL);
}

static void
test_orders (Fixture *self, gconstpointer data)
{
  gsize layer = scope_session_get_layer (self->session);
  g_autofree ScopeChannelStats *stats = all_stats (self, "off");
  g_autofree ScopeChannelStats *filtered = all_stats (self, "longmamba");
  guint n = (guint)self->channels, begin = (guint)layer * n;
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), ==, 0);
  scope_atlas_set_active (self->atlas, TRUE);
  settle (self);
  check_orders (self, stats, begin, begin + n);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_MODEL);
  settle (self);
  g_assert_true (isnan (scope_atlas_get_progress (self->atlas)));
  g_assert_cmpuint (scope_atlas_get_total (self->atlas), ==, LAYERS * n);
  check_orders (self, stats, 0, LAYERS * n);
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  check_orders (self, filtered, 0, LAYERS * n);
  scope_session_set_layer (self->session, (layer + 1) % LAYERS);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_LAYER);
  settle (self);
  begin = (guint)((layer + 1) % LAYERS) * n;
  check_orders (self, filtered, begin, begin + n);
  for (gsize l = 0; l < LAYERS; l++) {
    gsize global = 0;
    for (gsize c = 0; c < n; c++)
      global += filtered[l * n + c].global;
    g_assert_cmpuint (scope_atlas_count_global (self->atlas, l), ==, global);
  }
}

/* A picture says which blocks of the overview are how far below its largest. */
static void
assert_picture (Fixture *self, ScopeTrace *trace, guint index)
{
  g_autoptr (GError) error = NULL;
  gsize side, size;
  GBytes *picture = scope_atlas_thumbnail (self->atlas, index, &side);
  g_assert_nonnull (picture);
  g_assert_cmpuint (side, ==, SCOPE_ATLAS_SIDE);
  const guint8 *bytes = g_bytes_get_data (picture, &size);
  g_assert_cmpuint (size, ==, side * side);
  g_autoptr (ScopeLayerTrace) layer
      = scope_trace_layer (trace, index / self->channels, NULL, NULL, &error);
  g_assert_no_error (error);
  const ScopeMapSpec spec = { .channel = index % self->channels, .lane = -1 };
  gboolean exact;
  g_autoptr (ScopeMatrix) map
      = scope_attention_overview (layer, &spec, (ScopeRange){ 0, TOKENS, 0, TOKENS }, side, side,
                                  SCOPE_REDUCE_ABSMEAN, 0, &exact, NULL, &error);
  g_assert_no_error (error);
  double most = 0;
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c <= r; c++)
      most = fmax (most, scope_matrix_get (map, r, c));
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c < side; c++) {
      guint8 byte = bytes[r * side + c];
      double share = most > 0 ? scope_matrix_get (map, r, c) / most : 0;
      if (c > r)
        g_assert_cmpuint (byte, ==, 0);
      else if (share <= 1e-5)
        g_assert_cmpuint (byte, ==, 1);
      else /* one step of 254 over five decades */
        g_assert_cmpfloat_with_epsilon (log10 (share), ((double)byte - 1) / 254 * 5 - 5,
                                        0.5 * 5 / 254 + 1e-5);
    }
}

static void
test_pictures (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeTrace) trace = run (self, "off");
  g_autoptr (ScopeTrace) filtered = run (self, "longmamba");
  guint n = (guint)self->channels;
  const guint wanted[] = { 2 * n + 3, 2, 3, 4, n + 1, 2 * n, LAYERS * n + 5 };
  scope_atlas_set_active (self->atlas, TRUE);
  g_assert_null (scope_atlas_thumbnail (self->atlas, 2, NULL));
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_MODEL);
  scope_atlas_want (self->atlas, wanted, G_N_ELEMENTS (wanted));
  settle (self);
  g_assert_true (scope_atlas_get_exact (self->atlas));
  for (guint k = 0; k + 1 < G_N_ELEMENTS (wanted); k++)
    assert_picture (self, trace, wanted[k]);
  g_assert_null (scope_atlas_thumbnail (self->atlas, 0, NULL)); /* nobody wants it */
  g_assert_null (scope_atlas_thumbnail (self->atlas, LAYERS * n + 5, NULL));
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  for (guint k = 0; k + 1 < G_N_ELEMENTS (wanted); k++)
    assert_picture (self, filtered, wanted[k]);
}

/* The cosine of two pictures, from their bytes: blocks of 2 x 2, as SIDE is twice SIGNATURE. */
static double
cosine (Fixture *self, guint a, guint b)
{
  gsize side;
  const guint8 *p = g_bytes_get_data (scope_atlas_thumbnail (self->atlas, a, &side), NULL);
  const guint8 *q = g_bytes_get_data (scope_atlas_thumbnail (self->atlas, b, NULL), NULL);
  double product = 0, left = 0, right = 0;
  g_assert_cmpuint (side, ==, 2 * SCOPE_ATLAS_SIGNATURE);
  for (gsize r = 0; r < side; r += 2)
    for (gsize c = 0; c <= r; c += 2) {
      const gsize at[]
          = { r * side + c, r * side + c + 1, (r + 1) * side + c, (r + 1) * side + c + 1 };
      double x = 0, y = 0;
      for (gsize k = 0; k < 4; k++) {
        x += fmax (p[at[k]] - 1.0, 0) / 4;
        y += fmax (q[at[k]] - 1.0, 0) / 4;
      }
      product += x * y;
      left += x * x;
      right += y * y;
    }
  return product / sqrt (left * right);
}

static void
test_similarity (Fixture *self, gconstpointer data)
{
  guint n = (guint)self->channels;
  scope_atlas_set_active (self->atlas, TRUE);
  scope_atlas_set_sort (self->atlas, SCOPE_ATLAS_BY_SIMILARITY);
  settle (self);
  for (guint pass = 0; pass < 2; pass++) {
    guint selected = (guint)(scope_session_get_layer (self->session) * n
                             + scope_session_get_channel (self->session));
    g_assert_cmpuint (index_at (self, 0), ==, selected);
    g_assert_cmpuint (scope_atlas_get_selected (self->atlas), ==, 0);
    double before = 1 + 1e-12;
    for (guint k = 0; k < n; k++) {
      ScopeAtlasEntry entry;
      guint index = index_at (self, k);
      g_assert_true (scope_atlas_entry (self->atlas, index, &entry));
      /* A signature's blocks are whole numbers: half of one in some 100 of them. */
      g_assert_cmpfloat_with_epsilon (entry.value, cosine (self, selected, index), 0.01);
      g_assert_cmpfloat (entry.value, <=, before);
      before = entry.value;
    }
    scope_atlas_select (self->atlas, index_at (self, n / 2));
    settle (self);
  }
}

static void
test_selection (Fixture *self, gconstpointer data)
{
  guint n = (guint)self->channels;
  scope_atlas_set_active (self->atlas, TRUE);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_MODEL);
  scope_atlas_set_sort (self->atlas, SCOPE_ATLAS_BY_INDEX);
  scope_atlas_set_descending (self->atlas, FALSE);
  settle (self);
  scope_atlas_select (self->atlas, 2 * n + 3);
  g_assert_cmpuint (scope_session_get_layer (self->session), ==, 2);
  g_assert_cmpuint (scope_session_get_channel (self->session), ==, 3);
  g_assert_cmpuint (scope_atlas_get_selected (self->atlas), ==, 2 * n + 3);
  settle (self);
  scope_session_set_channel (self->session, 1);
  g_assert_cmpuint (scope_atlas_get_selected (self->atlas), ==, 2 * n + 1);
  settle (self);
}

/* Whoever stops it keeps what is there, and can go on; and an atlas that nobody sees asks for
 * nothing. */
static void
test_stop (Fixture *self, gconstpointer data)
{
  scope_atlas_set_active (self->atlas, TRUE);
  settle (self);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_MODEL);
  g_assert_false (isnan (scope_atlas_get_progress (self->atlas)));
  g_autofree char *what = scope_atlas_describe_progress (self->atlas);
  g_assert_cmpstr (what, ==, "Measuring layer 2 of 3"); /* one is on screen */
  scope_atlas_cancel (self->atlas);
  g_assert_false (scope_session_get_busy (self->session));
  g_assert_true (scope_atlas_is_stopped (self->atlas));
  g_assert_true (isnan (scope_atlas_get_progress (self->atlas)));
  scope_atlas_resume (self->atlas);
  g_assert_false (scope_atlas_is_stopped (self->atlas));
  scope_session_cancel (self->session); /* the same from anywhere else */
  g_assert_true (scope_atlas_is_stopped (self->atlas));
  scope_atlas_resume (self->atlas);
  settle (self);
  g_assert_false (scope_atlas_is_stopped (self->atlas));
  g_autofree ScopeChannelStats *stats = all_stats (self, "off");
  assert_order (self, stats, 0, (guint)(LAYERS * self->channels));

  guint changes = self->changes;
  scope_atlas_set_active (self->atlas, FALSE);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_LAYER);
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  g_assert_cmpuint (self->changes, ==, changes);
  scope_atlas_set_active (self->atlas, TRUE);
  g_assert_cmpuint (self->changes, >, changes);
}

/* Another text, and the atlas is of that one. */
static void
test_other_text (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "short.json", NULL);
  const guint wanted[] = { 0, 1 };
  gsize side;
  g_assert_true (scope_file_write (path, "[1,2,3,4,5,6,7]", 15, NULL));
  g_autofree char *text = g_strconcat ("@", path, NULL);
  scope_atlas_set_active (self->atlas, TRUE);
  scope_atlas_set_scope (self->atlas, SCOPE_ATLAS_MODEL);
  scope_atlas_want (self->atlas, wanted, 2);
  settle (self);
  scope_session_open_text (self->session, text);
  settle (self);
  g_assert_nonnull (scope_atlas_thumbnail (self->atlas, 1, &side));
  g_assert_cmpuint (side, ==, 7);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), ==,
                    LAYERS * self->channels);
}

/* Out of sight, it does not keep what is open no more; in sight again, it is of the new text. */
static void
test_let_go (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "other.json", NULL);
  g_autofree char *text = g_strconcat ("@", path, NULL);
  g_assert_true (scope_file_write (path, "[1,2,3,4,5]", 11, NULL));
  scope_atlas_set_active (self->atlas, TRUE);
  settle (self);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), >, 0);
  scope_atlas_set_active (self->atlas, FALSE);
  scope_session_open_text (self->session, text);
  settle (self);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), ==, 0);
  scope_atlas_set_active (self->atlas, TRUE);
  settle (self);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (self->atlas)), ==, self->channels);
}

#define ADD(name, family, test)                                                                    \
  g_test_add ("/atlas/" name, Fixture, GINT_TO_POINTER (SCOPE_FAMILY_##family), set_up, test,      \
              tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("orders/mamba", MAMBA, test_orders);
  ADD ("orders/mamba2", MAMBA2, test_orders);
  ADD ("pictures/mamba", MAMBA, test_pictures);
  ADD ("pictures/mamba2", MAMBA2, test_pictures);
  ADD ("similarity", MAMBA, test_similarity);
  ADD ("selection", MAMBA2, test_selection);
  ADD ("stop", MAMBA, test_stop);
  ADD ("other-text", MAMBA2, test_other_text);
  ADD ("let-go", MAMBA2, test_let_go);
  return g_test_run ();
}

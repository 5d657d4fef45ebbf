/* Passes that are played from a recording against the same passes run as they are, on a schedule
 * that has not seen them before: equal to the bit, whatever has happened in between. */
#include "compute/trace.h"
#include "parity.h"

typedef struct {
  ScopeModel *model;
  ScopeSchedule *schedule; /* the one that records */
  guint64 plays;           /* that there should have been */
} Replay;

/* What a plan that reads no time steps filters with. */
static gboolean
drop_small (gpointer data, gsize layer, const ScopeMatrix *delta, const ScopeMatrix *a,
            double *threshold, GError **error)
{
  const double *least = data;
  for (gsize h = 0; h < scope_matrix_rows (a); h++)
    threshold[h] = h % 3 == 2 ? -INFINITY : *least;
  return TRUE;
}

static ScopePlan *
make_plan (const Replay *self, double *least, gsize until)
{
  const ScopeConfig *config = scope_model_config (self->model);
  g_autoptr (ScopePlan) plan
      = scope_plan_new ("test", config->n_layer, config->channels, FALSE, drop_small, least, NULL);
  return scope_plan_until (plan, until);
}

static ScopeTrace *
run (ScopeSchedule *schedule, const gint32 *ids, gsize count, ScopePlan *plan, ScopeRunFlags flags)
{
  g_autoptr (GError) error = NULL;
  ScopeTrace *trace = scope_schedule_run (schedule, ids, count, plan, flags, NULL, &error);
  g_assert_no_error (error);
  return trace;
}

static void
assert_same (const ScopeMatrix *a, const ScopeMatrix *b)
{
  g_assert_cmpuint (scope_matrix_rows (a), ==, scope_matrix_rows (b));
  for (gsize r = 0; r < scope_matrix_rows (a); r++)
    for (gsize c = 0; c < scope_matrix_columns (a); c++) {
      double x = scope_matrix_get (a, r, c), y = scope_matrix_get (b, r, c);
      g_assert_cmpmem (&x, sizeof x, &y, sizeof y);
    }
}

/* The logits and sums, and what comes after: the states, by a step of a decoder; the residuals, by
 * a layer made of them again. */
static void
compare (ScopeTrace *got, ScopeTrace *expected, gboolean layers)
{
  g_autoptr (GError) error = NULL;
  gsize count = scope_trace_length (expected);
  ScopeTrace *both[] = { got, expected };
  ScopeMatrix *logits[2], *sums[2], *next[2], *delta[2] = { NULL, NULL };
  for (guint k = 0; k < 2; k++) {
    g_autoptr (ScopeDecoder) decoder = scope_decoder_new (both[k], &error);
    g_assert_true (scope_decoder_step (decoder, 1, &error));
    next[k] = scope_decoder_logits (decoder, &error);
    logits[k] = scope_trace_logits (both[k], 0, count, NULL, &error);
    sums[k] = scope_trace_sums (both[k], 1);
    if (layers) {
      g_autoptr (ScopeLayerTrace) layer
          = scope_trace_layer (both[k], 1, scope_trace_plan (both[k]), NULL, &error);
      g_assert_no_error (error);
      delta[k] = scope_matrix_ref (
          (ScopeMatrix *)scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, &error));
    }
    g_assert_no_error (error);
  }
  assert_same (logits[0], logits[1]);
  assert_same (sums[0], sums[1]);
  assert_same (next[0], next[1]);
  if (layers)
    assert_same (delta[0], delta[1]);
  for (guint k = 0; k < 2; k++) {
    scope_matrix_unref (logits[k]);
    scope_matrix_unref (sums[k]);
    scope_matrix_unref (next[k]);
    g_clear_pointer (&delta[k], scope_matrix_unref);
  }
}

/* PLAYS: that this run must be one of those played, where the backend records. */
static void
check (Replay *self, gsize count, ScopePlan *plan, ScopeRunFlags flags, gboolean plays)
{
  g_autoptr (GError) error = NULL;
  gsize vocab = scope_model_config (self->model)->vocab_size;
  g_autofree gint32 *ids = g_new (gint32, count);
  for (gsize t = 0; t < count; t++)
    ids[t] = g_rand_int_range (parity.random, 0, (gint32)vocab);
  g_autoptr (ScopeSchedule) fresh = scope_schedule_new (self->model, parity.backend, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeTrace) expected = run (fresh, ids, count, plan, flags);
  g_autoptr (ScopeTrace) got = run (self->schedule, ids, count, plan, flags);
  g_assert_cmpuint (scope_schedule_plays (fresh), ==, 0);
  self->plays += plays && parity.backend->ops->record != NULL;
  g_assert_cmpuint (scope_schedule_plays (self->schedule), ==, self->plays);
  compare (got, expected, (flags & SCOPE_RUN_KEEP_RESIDUAL) != 0);
}

static void
check_lengths (Replay *self)
{
  const gsize lengths[] = { 1, 37, 66 };
  for (guint k = 0; k < 3; k++)
    for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
      check (self, lengths[i], NULL, SCOPE_RUN_LOGITS_ONLY, k > 0);
  check (self, 37, NULL, SCOPE_RUN_KEEP_RESIDUAL, FALSE);
  check (self, 37, NULL, SCOPE_RUN_KEEP_RESIDUAL, TRUE);
}

/* Other thresholds are the same kind of pass, and another share of the text, or one layer, is not.
 */
static void
check_plans (Replay *self)
{
  double least = 0.05;
  g_autoptr (ScopePlan) all = make_plan (self, &least, G_MAXSIZE);
  g_autoptr (ScopePlan) some = make_plan (self, &least, 20);
  g_autoptr (ScopePlan) one = scope_plan_only_layer (all, 1);
  check (self, 37, all, SCOPE_RUN_LOGITS_ONLY, FALSE);
  check (self, 37, all, SCOPE_RUN_LOGITS_ONLY, TRUE);
  least = 0.2;
  check (self, 37, all, SCOPE_RUN_LOGITS_ONLY, TRUE);
  check (self, 37, some, SCOPE_RUN_LOGITS_ONLY, FALSE);
  check (self, 37, one, SCOPE_RUN_LOGITS_ONLY, FALSE);
  check (self, 37, some, SCOPE_RUN_LOGITS_ONLY, TRUE);
  check (self, 37, one, SCOPE_RUN_LOGITS_ONLY, TRUE);
  check (self, 37, NULL, SCOPE_RUN_LOGITS_ONLY, TRUE);
}

/* An edit is made by the host in the middle of the pass. */
static void
check_edit (Replay *self)
{
  const ScopeConfig *config = scope_model_config (self->model);
  const ScopePlanEdit edit = { .layer = 1, .token = 5, .channel = 0, .factor = 1, .value = 0.3 };
  g_autoptr (ScopePlan) plan = scope_plan_edited (NULL, &edit, config->n_layer, config->channels);
  for (guint k = 0; k < 3; k++)
    check (self, 37, plan, SCOPE_RUN_LOGITS_ONLY, FALSE);
}

static ScopeBackendOps refusing;
static const ScopeBackendOps *willing;
static guint refusals; /* left */

static void *
refuse (ScopeBackend *backend, size_t bytes, char *error, size_t error_size)
{
  if (refusals == 0)
    return willing->alloc (backend, bytes, error, error_size);
  refusals--;
  g_snprintf (error, error_size, "no memory");
  return NULL;
}

/* Scratch that has moved; memory that is not there for the trace, for which the recordings go;
 * another chunk, and so another workspace. */
static void
check_memory (Replay *self)
{
  char message[256] = "";
  ScopeBackend *backend = parity.backend;
  g_assert_cmpint (backend->ops->reserve (backend, (gsize)96 << 20, message, sizeof message), ==,
                   SCOPE_STATUS_OK);
  check (self, 37, NULL, SCOPE_RUN_LOGITS_ONLY, TRUE);
  check (self, 37, NULL, SCOPE_RUN_LOGITS_ONLY, TRUE);
  if (backend->ops->record != NULL) {
    g_autoptr (ScopeTrace) kept = NULL;
    const gint32 id = 0;
    willing = backend->ops;
    refusing = *willing;
    refusing.alloc = refuse;
    refusals = 1;
    backend->ops = &refusing;
    kept = run (self->schedule, &id, 1, NULL, SCOPE_RUN_LOGITS_ONLY);
    backend->ops = willing;
    g_assert_cmpuint (refusals, ==, 0);
    g_assert_cmpuint (scope_schedule_plays (self->schedule), ==, self->plays);
  }
  check (self, 37, NULL, SCOPE_RUN_LOGITS_ONLY, FALSE);
  check (self, 37, NULL, SCOPE_RUN_LOGITS_ONLY, TRUE);
  scope_schedule_set_chunk (self->schedule, 16);
  check (self, 16, NULL, SCOPE_RUN_LOGITS_ONLY, FALSE);
  check (self, 16, NULL, SCOPE_RUN_LOGITS_ONLY, TRUE);
}

/* Memory may be freed while there is a recording, by another thread, and is no part of it. */
static void
test_free (void)
{
  char message[256] = "";
  ScopeBackend *self = parity.backend;
  const ScopeBackendOps *ops = self->ops;
  ScopeGraph *graph = NULL;
  double zeros[1000] = { 0 }, got[1000];
  if (ops->record == NULL) {
    g_test_skip ("nothing is recorded");
    return;
  }
  void *kept = ops->alloc (self, sizeof zeros, message, sizeof message);
  void *freed = ops->alloc (self, sizeof zeros, message, sizeof message);
  g_assert_true (kept != NULL && freed != NULL);
  g_assert_cmpint (ops->record (self, message, sizeof message), ==, SCOPE_STATUS_OK);
  g_assert_cmpint (ops->clear (self, kept, sizeof zeros, message, sizeof message), ==,
                   SCOPE_STATUS_OK);
  ops->free (self, freed);
  g_assert_cmpint (ops->finish (self, &graph, message, sizeof message), ==, SCOPE_STATUS_OK);
  for (guint k = 0; k < 2; k++)
    g_assert_cmpint (ops->play (self, graph, message, sizeof message), ==, SCOPE_STATUS_OK);
  g_assert_cmpint (ops->download (self, got, kept, sizeof got, message, sizeof message), ==,
                   SCOPE_STATUS_OK);
  g_assert_cmpmem (got, sizeof got, zeros, sizeof zeros);
  ops->discard (self, graph);
  ops->free (self, kept);
}

static const ScopeRandomModel shapes[] = {
  { .family = SCOPE_FAMILY_MAMBA, .n_layer = 2, .seed = 1 },
  { .family = SCOPE_FAMILY_MAMBA2, .n_layer = 2, .groups = 1, .d_state = 32, .seed = 2 },
  { .family = SCOPE_FAMILY_ZAMBA2, .n_layer = 2, .seed = 3 },
};

static void
test_replay (gconstpointer data)
{
  const ScopeRandomModel *shape = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_random_model (shape);
  Replay self = { .model = scope_model_open (folder, NULL, &error) };
  g_assert_no_error (error);
  parity_begin (shape->seed);
  self.schedule = scope_schedule_new (self.model, parity.backend, NULL, &error);
  g_assert_no_error (error);
  check_lengths (&self);
  check_plans (&self);
  check_edit (&self);
  check_memory (&self);
  scope_schedule_unref (self.schedule);
  scope_model_unref (self.model);
  parity_end ();
}

void
parity_add_replay (void)
{
  static const char *const names[] = { "mamba", "mamba2", "zamba2" };
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++) {
    g_autofree char *path = g_strdup_printf ("/replay/%s", names[i]);
    g_test_add_data_func (path, &shapes[i], test_replay);
  }
  g_test_add_func ("/replay/free", test_free);
}

/* The session on small random models, with no tokenizer: what arrives, what stays, what changes. */
#include <math.h>

#include "base/error.h"
#include "compute/registry.h"
#include "own-run.h"
#include "session/session.h"
#include "wait.h"

#define TOKENS 301

typedef struct {
  ScopeSession *session;
  char *folder; /* the model */
  char *text;   /* "@ids.json" */
  char *failed; /* the newest message */
  guint maps;   /* how often "map" was notified with one */
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, Fixture *self)
{
  g_free (self->failed);
  self->failed = g_strdup (message);
}

static void
on_map (ScopeSession *session, GParamSpec *pspec, Fixture *self)
{
  self->maps += scope_session_get_map (session) != NULL;
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (20811);

  self->folder = own_model (GPOINTER_TO_INT (family), seed);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->session, "notify::map", G_CALLBACK (on_map), self);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  if (self->session != NULL)
    g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
  g_free (self->failed);
}

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
}

static void
open_and_settle (Fixture *self)
{
  scope_session_open (self->session, self->folder, self->text);
  g_assert_true (scope_session_get_busy (self->session));
  settle (self);
  g_assert_cmpstr (self->failed, ==, NULL);
}

/* Looks at COUNT x COUNT cells from (ROW, COLUMN) on and returns the map of just these. */
static ScopeResult *
zoom (Fixture *self, gsize row, gsize column, gsize count)
{
  ScopeRange range = { row, row + count, column, column + count };
  ScopeResult *map;

  scope_session_set_view (self->session, range, TOKENS, TOKENS);
  settle (self);
  map = scope_session_get_map (self->session);
  g_assert_nonnull (map);
  g_assert_cmpuint (scope_matrix_rows (map->matrix), ==, count);
  return map;
}

/* --- what arrives -------------------------------------------------------------------------------
 */

static void
test_open (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;

  g_assert_null (scope_session_get_model (session));
  g_assert_null (scope_session_get_map (session));
  g_assert_true (isnan (scope_session_get_theta (session)));
  open_and_settle (self);

  const ScopeConfig *config = scope_model_config (scope_session_get_model (session));
  g_assert_cmpuint (scope_tokens_count (scope_session_get_tokens (session)), ==, TOKENS);
  g_assert_cmpstr (scope_session_get_text_path (session), ==, self->text);
  g_assert_cmpstr (scope_session_get_text_name (session), ==, "ids.json");
  g_assert_cmpuint (scope_session_get_train_length (session), ==, 40);
  g_assert_nonnull (scope_session_get_device (session));
  g_assert_cmpfloat (scope_session_get_theta (session), >, 0.0);

  const ScopeNetworkView *network = scope_session_get_network (session);
  g_assert_false (network->filtered);
  g_assert_cmpuint (network->layers, ==, 3);
  g_assert_cmpuint (network->channels, ==, config->channels);
  g_assert_cmpuint (network->bytes, >, 0);

  const ScopeLayerView *view = scope_session_get_layer_view (session);
  g_assert_cmpuint (view->layer, ==, scope_session_get_layer (session));
  g_assert_cmpuint (view->n_channels, ==, config->channels);
  g_assert_false (view->preview);

  const ScopeAnswerView *answer = scope_session_get_answer (session);
  g_assert_cmpuint (answer->count, >, 0);
  g_assert_cmpuint (answer->scored, ==, 100);
  g_assert_cmpfloat (answer->perplexity, >, 1.0);
  g_assert_nonnull (answer->pieces[answer->count - 1]);

  /* 1e-4 is the project's bar for the proof in single precision. */
  g_assert_cmpfloat (scope_session_get_proof (session), <, 1e-4);
  ScopeResult *decay = scope_session_get_decay (session);
  g_assert_cmpuint (decay->curves->len, ==, config->channels);
  ScopeResult *overview = scope_session_get_overview (session);
  g_assert_cmpuint (scope_matrix_rows (overview->matrix), ==, 256);
  g_assert_cmpuint (overview->range.row_end, ==, TOKENS);
}

/* ln of the sum of exp of one row. */
static double
log_sum (const ScopeMatrix *logits, gsize row)
{
  double sum = 0.0;

  for (gsize v = 0; v < VOCAB; v++)
    sum += exp (scope_matrix_get (logits, row, v));
  return log (sum);
}

/* The answer's first step and the perplexity, from the logits of a pass of our own. */
static void
test_answer (Fixture *self, gconstpointer family)
{
  open_and_settle (self);
  const ScopeAnswerView *answer = scope_session_get_answer (self->session);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  const gint32 *ids = scope_tokens_ids (tokens);
  g_autoptr (ScopeBackend) backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, NULL);
  g_autoptr (ScopeSchedule) schedule
      = scope_schedule_new (scope_session_get_model (self->session), backend, NULL, NULL);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (schedule, ids, TOKENS, NULL, SCOPE_RUN_LOGITS_ONLY, NULL, NULL);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (trace, TOKENS - 101, TOKENS, NULL, NULL);
  double nll = 0.0, top = -INFINITY;
  gint32 best = 0;

  for (gsize t = 0; t < 100; t++)
    nll += log_sum (logits, t) - scope_matrix_get (logits, t, ids[TOKENS - 100 + t]);
  for (gint32 v = 0; v < VOCAB; v++)
    if (scope_matrix_get (logits, 100, v) > top) {
      best = v;
      top = scope_matrix_get (logits, 100, v);
    }
  /* The logits are the same numbers; only the order of the sums differs. */
  g_assert_cmpfloat (fabs (log (answer->perplexity) - nll / 100.0), <, 1e-9);
  g_assert_cmpint (answer->steps[0].id, ==, best);
  /* These come from a product of one row in single precision, not from one of many. */
  g_assert_cmpfloat (fabs (log (answer->steps[0].probability) - (top - log_sum (logits, 100))), <,
                     1e-6);
}

/* A cell by its formula is the cell of the map's tile, on and below the diagonal; above it is 0. */
static void
test_cells (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;
  const ScopeMatrixKind kinds[] = { SCOPE_MATRIX_S6, SCOPE_MATRIX_SKIP, SCOPE_MATRIX_FULL };
  double value;

  g_assert_false (scope_session_cell (session, 0, 0, &value));
  open_and_settle (self);
  g_assert_false (scope_session_cell (session, TOKENS, 0, &value));
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
    scope_session_set_kind (session, kinds[k]);
    ScopeResult *map = zoom (self, 90, 85, 20);
    double top = 0.0;
    for (gsize r = 0; r < 20; r++)
      for (gsize c = 0; c < 20; c++)
        top = fmax (top, fabs (scope_matrix_get (map->matrix, r, c)));
    g_assert_cmpfloat (top, >, 0.0);
    for (gsize r = 0; r < 20; r++)
      for (gsize c = 0; c < 20; c++) {
        g_assert_true (scope_session_cell (session, 90 + r, 85 + c, &value));
        /* Single precision on one side, double on the other. */
        g_assert_cmpfloat (fabs (value - scope_matrix_get (map->matrix, r, c)), <=, 1e-5 * top);
        if (85 + c > 90 + r)
          g_assert_cmpfloat (value, ==, 0.0);
      }
  }
}

/* The coarse map is the mean of |cell| over its blocks. */
static void
test_overview (Fixture *self, gconstpointer family)
{
  open_and_settle (self);
  g_autoptr (ScopeResult) overview = scope_result_ref (scope_session_get_overview (self->session));
  ScopeResult *cells = zoom (self, 0, 0, TOKENS);

  for (gsize r = 0; r < 256; r += 17)
    for (gsize c = 0; c <= r; c += 13) {
      gsize row = TOKENS * r / 256, row_end = TOKENS * (r + 1) / 256;
      gsize column = TOKENS * c / 256, column_end = TOKENS * (c + 1) / 256;
      double sum = 0.0;
      for (gsize i = row; i < row_end; i++)
        for (gsize j = column; j < column_end; j++)
          sum += fabs (scope_matrix_get (cells->matrix, i, j));
      sum /= (double)((row_end - row) * (column_end - column));
      /* Both are sums of the same single-precision terms in another order. */
      g_assert_cmpfloat (fabs (sum - scope_matrix_get (overview->matrix, r, c)), <=,
                         1e-6 + 1e-4 * sum);
    }
}

static void
test_no_text (Fixture *self, gconstpointer family)
{
  scope_session_open_text (self->session, self->text);
  g_assert_nonnull (self->failed); /* there is no model to read it with */
  g_clear_pointer (&self->failed, g_free);

  scope_session_open_model (self->session, self->folder);
  settle (self);
  g_assert_nonnull (scope_session_get_model (self->session));
  g_assert_null (scope_session_get_tokens (self->session));
  scope_session_set_layer (self->session, 1); /* nothing to do, nothing to break */
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_set_filter_on (self->session, FALSE);
  g_assert_false (scope_session_get_busy (self->session));

  scope_session_open_text (self->session, self->text);
  settle (self);
  g_assert_nonnull (scope_session_get_map (self->session));
  g_assert_cmpstr (self->failed, ==, NULL);
}

/* A text that comes while the model is still being opened is the one that is shown. */
static void
test_text_while_opening (Fixture *self, gconstpointer family)
{
  g_autofree char *other = scope_test_ids (self->folder, "other.json", 7, 77, VOCAB, NULL);

  scope_session_open (self->session, self->folder, self->text);
  scope_session_open_text (self->session, other);
  settle (self);
  g_assert_cmpstr (scope_session_get_text_path (self->session), ==, other);
  g_assert_cmpuint (scope_tokens_count (scope_session_get_tokens (self->session)), ==, 77);
}

/* --- selection ----------------------------------------------------------------------------------
 */

static void
test_selection (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;

  open_and_settle (self);
  gsize layer = (scope_session_get_layer (session) + 1) % 3;
  double before = scope_matrix_get (zoom (self, 100, 90, 8)->matrix, 7, 0);
  scope_session_set_layer (session, layer);
  settle (self);
  g_assert_cmpuint (scope_session_get_layer_view (session)->layer, ==, layer);
  double there = scope_matrix_get (scope_session_get_map (session)->matrix, 7, 0);
  g_assert_cmpfloat (there, !=, before);

  gsize channel = (scope_session_get_channel (session) + 1) % 3;
  scope_session_set_channel (session, channel);
  g_assert_true (isnan (scope_session_get_proof (session)));
  settle (self);
  g_assert_cmpfloat (scope_matrix_get (scope_session_get_map (session)->matrix, 7, 0), !=, there);
  g_assert_cmpfloat (scope_session_get_proof (session), <, 1e-4);

  scope_session_set_layer (session, 1000); /* the last there is */
  settle (self);
  g_assert_cmpuint (scope_session_get_layer (session), ==, 2);
  scope_session_set_cursor (session, 5, 4);
  g_assert_cmpuint (scope_session_get_row (session), ==, 5);
  scope_session_set_cursor (session, 5, TOKENS);
  g_assert_cmpuint (scope_session_get_column (session), ==, G_MAXSIZE);
}

/* Another model has its own layer, channel and θ; the text stays and is read anew. */
static void
test_another_model (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;
  g_autofree char *other = own_model (SCOPE_FAMILY_MAMBA2, 5);

  open_and_settle (self);
  double theta = scope_session_get_theta (session);
  scope_session_set_theta (session, 0.123);
  scope_session_set_cursor (session, 9, 9);
  scope_session_open_model (session, other);
  settle (self);
  g_assert_cmpstr (scope_model_folder (scope_session_get_model (session)), ==, other);
  g_assert_cmpstr (scope_session_get_text_path (session), ==, self->text);
  g_assert_cmpfloat (scope_session_get_theta (session), !=, 0.123);
  g_assert_cmpuint (scope_session_get_row (session), ==, G_MAXSIZE);
  scope_session_set_theta (session, NAN);
  g_assert_cmpfloat (scope_session_get_theta (session), >, 0.0);

  /* Opening the first again finds what it found then. */
  scope_session_open_model (session, self->folder);
  settle (self);
  gsize layer = scope_session_get_layer (session), channel = scope_session_get_channel (session);
  g_assert_cmpfloat (scope_session_get_theta (session), ==, theta);
  scope_session_set_layer (session, (layer + 1) % 3);
  scope_session_set_channel (session, (channel + 1) % 3);
  settle (self);
  scope_session_open (session, self->folder, self->text);
  settle (self);
  g_assert_cmpuint (scope_session_get_layer (session), ==, layer);
  g_assert_cmpuint (scope_session_get_channel (session), ==, channel);
}

/* Many changes in a row: what is shown at the end is the last. */
static void
test_newest (Fixture *self, gconstpointer family)
{
  open_and_settle (self);
  for (gsize i = 0; i < 40; i++) {
    scope_session_set_layer (self->session, i % 3);
    scope_session_set_channel (self->session, (i + 1) % 3);
    scope_session_set_view (self->session, (ScopeRange){ i, i + 100, i, i + 100 }, 150, 150);
    if (i % 7 == 0)
      g_main_context_iteration (NULL, FALSE);
  }
  settle (self);
  ScopeResult *map = scope_session_get_map (self->session);
  g_assert_cmpuint (scope_session_get_layer_view (self->session)->layer, ==, 39 % 3);
  g_assert_cmpuint (map->range.row_begin, ==, 39);
  g_assert_cmpstr (scope_provenance_get (map->provenance, "channel"), ==, "1");
  g_assert_cmpstr (scope_provenance_get (map->provenance, "layer"), ==, "0");
}

/* --- the filter ---------------------------------------------------------------------------------
 */

/* θ so small that every channel is global: the filter must act. */
#define THETA_ALL 1e-300

static void
test_filter (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;
  g_autofree char *off = NULL, *on = NULL;

  open_and_settle (self);
  scope_session_set_theta (session, THETA_ALL);
  settle (self);
  g_assert_cmpfloat (scope_session_get_network (session)->global_share[0], ==, 1.0);
  off = scope_session_get_filter_spec (session);
  g_assert_cmpstr (off, ==, "off");
  g_autoptr (ScopeResult) before = scope_result_ref (scope_session_get_overview (session));
  double perplexity = scope_session_get_answer (session)->perplexity;

  scope_session_set_filter_on (session, TRUE);
  on = scope_session_get_filter_spec (session);
  g_assert_cmpstr (on, ==, "longmamba:theta=1e-300");
  guint maps = self->maps;
  WAIT (self->maps > maps); /* the first map to come is of this layer alone */
  g_assert_true (scope_session_get_layer_view (session)->preview);
  g_assert_false (scope_session_get_network (session)->filtered);
  g_assert_nonnull (scope_session_get_map (session)->dropped);
  settle (self);
  g_assert_false (scope_session_get_layer_view (session)->preview);
  g_assert_true (scope_session_get_network (session)->filtered);
  g_assert_true (scope_session_get_answer (session)->filtered);
  g_assert_cmpfloat (scope_session_get_answer (session)->perplexity, !=, perplexity);
  g_assert_cmpfloat (
      scope_test_max_error (before->matrix, scope_session_get_overview (session)->matrix), >, 0.0);

  /* Back: nothing is run again, and what comes is what was, to the bit. */
  scope_session_set_filter_on (session, FALSE);
  maps = self->maps;
  WAIT (self->maps > maps);
  g_assert_false (scope_session_get_layer_view (session)->preview);
  settle (self);
  g_assert_cmpfloat (scope_session_get_answer (session)->perplexity, ==, perplexity);
  g_assert_cmpfloat (
      scope_test_max_error (before->matrix, scope_session_get_overview (session)->matrix), ==, 0.0);
}

/* A text no longer than the training length: the switch is on, the filter does not act. */
static void
test_short (Fixture *self, gconstpointer family)
{
  g_autofree char *text = scope_test_ids (self->folder, "short.json", 3, 40, VOCAB, NULL);

  scope_session_open (self->session, self->folder, text);
  settle (self);
  scope_session_set_theta (self->session, THETA_ALL);
  settle (self);
  g_autoptr (ScopeResult) before = scope_result_ref (scope_session_get_overview (self->session));
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  g_assert_false (scope_session_get_network (self->session)->filtered);
  g_assert_cmpuint (scope_session_get_answer (self->session)->scored, ==, 39);
  ScopeResult *after = scope_session_get_overview (self->session);
  g_assert_cmpfloat (scope_test_max_error (before->matrix, after->matrix), ==, 0.0);
}

/* The switch is flipped, and θ moved, while the text is on its way. */
static void
test_filter_while_opening (Fixture *self, gconstpointer family)
{
  g_autofree char *other = scope_test_ids (self->folder, "other.json", 7, 200, VOCAB, NULL);

  open_and_settle (self);
  scope_session_open_text (self->session, other);
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_set_theta (self->session, 0.5);
  scope_session_set_theta (self->session, THETA_ALL);
  settle (self);
  g_assert_cmpstr (scope_session_get_text_path (self->session), ==, other);
  g_assert_true (scope_session_get_network (self->session)->filtered);
  g_assert_cmpfloat (scope_session_get_layer_view (self->session)->ln_theta, <, log (0.5));
}

/* --- failures -----------------------------------------------------------------------------------
 */

static void
test_bad_keeps_old (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;
  g_autofree char *nothing = g_build_filename (self->folder, "nothing", NULL);

  open_and_settle (self);
  ScopeModel *model = scope_session_get_model (session);
  ScopeTokens *tokens = scope_session_get_tokens (session);
  ScopeResult *map = scope_session_get_map (session);

  scope_session_open (session, nothing, self->text);
  settle (self);
  g_assert_nonnull (strstr (self->failed, "nothing"));
  g_assert_null (strchr (self->failed, '\n'));
  g_clear_pointer (&self->failed, g_free);
  scope_session_open_text (session, nothing);
  settle (self);
  g_assert_nonnull (strstr (self->failed, "nothing"));
  g_clear_pointer (&self->failed, g_free);
  scope_session_open (session, self->folder, nothing);
  settle (self);
  g_assert_nonnull (self->failed);

  g_assert_true (scope_session_get_model (session) == model);
  g_assert_true (scope_session_get_tokens (session) == tokens);
  g_assert_true (scope_session_get_map (session) == map);
  g_assert_cmpstr (scope_session_get_text_path (session), ==, self->text);
  scope_session_set_layer (session, (scope_session_get_layer (session) + 1) % 3);
  settle (self);
  g_assert_true (scope_session_get_map (session) != map); /* and it lives */
}

/* A bad model interrupts what is under way, but does not lose it. */
static void
test_bad_while_working (Fixture *self, gconstpointer family)
{
  g_autofree char *nothing = g_build_filename (self->folder, "nothing", NULL);

  scope_session_open (self->session, self->folder, self->text);
  WAIT (scope_session_get_map (self->session) != NULL);
  g_assert_null (scope_session_get_answer (self->session));
  scope_session_open_model (self->session, nothing);
  settle (self);
  g_assert_nonnull (self->failed);
  g_assert_nonnull (scope_session_get_answer (self->session));
  g_assert_false (isnan (scope_session_get_proof (self->session)));
}

static void
test_cancel (Fixture *self, gconstpointer family)
{
  ScopeSession *session = self->session;

  open_and_settle (self);
  scope_session_set_filter_on (session, TRUE);
  scope_session_set_layer (session, (scope_session_get_layer (session) + 1) % 3);
  scope_session_cancel (session);
  g_assert_false (scope_session_get_busy (session));
  /* What is on screen is what is selected. */
  g_assert_false (scope_session_get_filter_on (session));
  g_assert_cmpuint (scope_session_get_layer (session), ==,
                    scope_session_get_layer_view (session)->layer);
  scope_session_set_theta (session, THETA_ALL);
  scope_session_set_filter_on (session, TRUE);
  settle (self);
  g_assert_true (scope_session_get_network (session)->filtered);
  g_assert_cmpstr (self->failed, ==, NULL);
}

static void
test_finalize_while_running (Fixture *self, gconstpointer family)
{
  scope_session_open (self->session, self->folder, self->text);
  g_assert_finalize_object (g_steal_pointer (&self->session));

  self->session = scope_session_new ();
  scope_session_open (self->session, self->folder, self->text);
  WAIT (scope_session_get_map (self->session) != NULL);
  scope_session_set_filter_on (self->session, TRUE);
  g_assert_finalize_object (g_steal_pointer (&self->session));
}

/* --- the command line ---------------------------------------------------------------------------
 */

static void
test_command_line (Fixture *self, gconstpointer family)
{
  g_autofree char *text = scope_test_ids (self->folder, "it's a text.json", 3, 150, VOCAB, NULL);
  g_auto (GStrv) words = NULL;
  g_autofree char *line = NULL;

  scope_session_open (self->session, self->folder, text);
  settle (self);
  scope_session_set_theta (self->session, 1e-5);
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_set_view (self->session, (ScopeRange){ 10, 60, 0, 50 }, 400, 400);
  settle (self);
  line = scope_session_command_line (self->session);
  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  g_assert_cmpstr (words[0], ==, "mambascope-cli");
  g_assert_cmpstr (words[1], ==, "attention");
  g_assert_cmpstr (words[2], ==, self->folder);
  g_assert_cmpstr (words[3], ==, text);
  g_assert_true (g_strv_contains ((const char *const *)words, "10:60"));
  g_assert_true (g_strv_contains ((const char *const *)words, "0:50"));
  g_assert_true (g_strv_contains ((const char *const *)words, "longmamba:theta=1e-05"));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "open", test_open },
    { "answer", test_answer },
    { "cells", test_cells },
    { "overview", test_overview },
    { "no-text", test_no_text },
    { "text-while-opening", test_text_while_opening },
    { "selection", test_selection },
    { "another-model", test_another_model },
    { "newest", test_newest },
    { "filter", test_filter },
    { "short", test_short },
    { "filter-while-opening", test_filter_while_opening },
    { "bad-keeps-old", test_bad_keeps_old },
    { "bad-while-working", test_bad_while_working },
    { "cancel", test_cancel },
    { "finalize-while-running", test_finalize_while_running },
    { "command-line", test_command_line },
  };

  g_test_init (&argc, &argv, NULL);
  SCOPE_TEST_ADD_FAMILIES ("/session/", Fixture, set_up, tests, tear_down);
  return g_test_run ();
}

/* What colours the text, on random models: rows and columns against single cells, Δ and surprisal
 * against a run of the same network made here. */
#include "session/reading.h"

#include <math.h>

#include "loud.h"
#include "own-run.h"
#include "wait.h"

#define TOKENS 301

typedef struct {
  ScopeSession *session;
  ScopeReading *reading;
  char *folder, *text;
} Fixture;

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (70211);

  self->folder = own_model (GPOINTER_TO_INT (family), seed);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  self->reading = scope_reading_new (self->session);
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
}

static void
tear_down (Fixture *self, gconstpointer family)
{
  g_assert_finalize_object (self->reading);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
}

static const ScopeReadingView *
read_as (Fixture *self, ScopeReadingKind colour)
{
  scope_inquiry_set_active (SCOPE_INQUIRY (self->reading), TRUE);
  scope_reading_set_colour (self->reading, colour);
  settle (self);
  const ScopeReadingView *view = scope_reading_get_view (self->reading);
  g_assert_nonnull (view);
  g_assert_false (scope_inquiry_get_pending (SCOPE_INQUIRY (self->reading)));
  g_assert_cmpint (view->kind, ==, colour);
  g_assert_cmpuint (view->count, ==, TOKENS);
  g_assert_cmpuint (view->computed, ==, TOKENS);
  return view;
}

/* Tiles and single cells take other ways to a float32: a few units in its last place, of terms that
 * partly cancel. */
#define CELL_TOLERANCE(scale) (2e-5 * (scale) + 1e-12)

static double
largest (const ScopeReadingView *view)
{
  double most = 0;
  for (gsize t = 0; t < view->count; t++)
    if (isfinite (view->values[t]))
      most = MAX (most, fabs (view->values[t]));
  return most;
}

static void
assert_cells (Fixture *self, const ScopeReadingView *view, gsize at, gboolean row)
{
  double scale = largest (view);

  g_assert_cmpuint (view->at, ==, at);
  for (gsize t = 0; t < TOKENS; t++) {
    double value;
    if (row ? t > at : t < at) {
      g_assert_true (isnan (view->values[t]));
      continue;
    }
    g_assert_true (scope_session_cell (self->session, row ? at : t, row ? t : at, &value));
    g_assert_cmpfloat_with_epsilon (view->values[t], value, CELL_TOLERANCE (scale));
  }
}

static void
test_map (Fixture *self, gconstpointer family)
{
  assert_cells (self, read_as (self, SCOPE_READING_ROW), TOKENS - 1, TRUE);
  assert_cells (self, read_as (self, SCOPE_READING_COLUMN), 0, FALSE);
  scope_session_set_cursor (self->session, 211, 17);
  settle (self);
  assert_cells (self, read_as (self, SCOPE_READING_COLUMN), 17, FALSE);
  scope_reading_set_colour (self->reading, SCOPE_READING_ROW);
  scope_session_set_channel (self->session, 1);
  settle (self);
  assert_cells (self, read_as (self, SCOPE_READING_ROW), 211, TRUE);
  scope_session_set_cursor (self->session, 0, 0);
  settle (self);
  assert_cells (self, read_as (self, SCOPE_READING_ROW), 0, TRUE);
  g_assert_cmpint (scope_reading_get_view (self->reading)->norm.kind, ==,
                   scope_session_get_norm (self->session));
}

static void
assert_delta (Fixture *self, const char *spec)
{
  const ScopeReadingView *view = read_as (self, SCOPE_READING_DELTA);
  OwnRun here = own_run (self->folder, self->text, spec);
  gsize dropped = 0;
  g_autoptr (ScopeLayerTrace) layer = scope_trace_layer (here.trace, view->layer, NULL, NULL, NULL);
  const ScopeMatrix *delta = scope_layer_trace_matrix (layer, SCOPE_LAYER_DELTA, NULL);

  for (gsize t = 0; t < TOKENS; t++) {
    g_assert_cmpfloat (view->values[t], ==, scope_matrix_get (delta, t, view->channel));
    gboolean zero = scope_matrix_get (delta, t, view->channel) == 0;
    dropped += zero;
    g_assert_cmpint (view->dropped != NULL && view->dropped[t], ==, zero);
  }
  g_assert_cmpuint (view->n_dropped, ==, dropped);
  g_assert_cmpint (view->dropped != NULL, ==, dropped > 0);
  g_clear_pointer (&layer, scope_layer_trace_unref); /* before its backend */
  own_run_clear (&here);
}

static void
test_delta (Fixture *self, gconstpointer family)
{
  assert_delta (self, "off");
  g_assert_false (scope_reading_get_view (self->reading)->filtered);
  scope_session_set_theta (self->session, 1e-300); /* nearly all are global, and are filtered */
  scope_session_set_filter_on (self->session, TRUE);
  settle (self);
  const ScopeLayerView *layer = scope_session_get_layer_view (self->session);
  for (gsize h = 0; h < layer->n_channels; h++)
    if (layer->channels[h].kept_fraction < 1)
      scope_session_set_channel (self->session, h);
  settle (self);
  assert_delta (self, "longmamba:theta=1e-300");
  g_assert_true (scope_reading_get_view (self->reading)->filtered);
  g_assert_cmpuint (scope_reading_get_view (self->reading)->n_dropped, >, 0);
}

/* Logits are float32 sums of d_model terms of size about 1, whose order depends on how many rows
 * are made at a time. */
#define LOGIT_TOLERANCE 1e-5

/* By the definition, from all logits at once. */
static void
assert_surprisal (const ScopeReadingView *view, const OwnRun *here)
{
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (here->trace, 0, TOKENS, NULL, NULL);
  const gint32 *ids = scope_tokens_ids (here->tokens);

  g_assert_true (isnan (view->values[0]));
  for (gsize t = 1; t < TOKENS; t++) {
    double sum = 0;
    for (gsize v = 0; v < VOCAB; v++)
      sum += exp (scope_matrix_get (logits, t - 1, v));
    double expected = log (sum) - scope_matrix_get (logits, t - 1, (gsize)ids[t]);
    g_assert_cmpfloat_with_epsilon (view->values[t], expected, LOGIT_TOLERANCE);
  }
}

static void
test_surprisal (Fixture *self, gconstpointer family)
{
  const ScopeReadingView *view = read_as (self, SCOPE_READING_SURPRISAL);
  const ScopeAnswerView *answer = scope_session_get_answer (self->session);
  double sum = 0;
  OwnRun here = own_run (self->folder, self->text, "off");

  assert_surprisal (view, &here);
  own_run_clear (&here);
  for (gsize t = TOKENS - answer->scored; t < TOKENS; t++)
    sum += view->values[t];
  g_assert_cmpfloat_with_epsilon (exp (sum / (double)answer->scored), answer->perplexity,
                                  LOGIT_TOLERANCE * answer->perplexity);
  g_assert_cmpfloat (view->norm.high, ==, log (VOCAB));

  scope_session_set_theta (self->session, 1e-300);
  scope_session_set_filter_on (self->session, TRUE);
  view = read_as (self, SCOPE_READING_SURPRISAL);
  g_assert_true (view->filtered);
  here = own_run (self->folder, self->text, "longmamba:theta=1e-300");
  assert_surprisal (view, &here);
  own_run_clear (&here);
}

/* The spans in sight come first; while it grows, what is there is as it will be. */
static void
on_grown (ScopeReading *reading, GParamSpec *pspec, GArray *seen)
{
  const ScopeReadingView *view = scope_reading_get_view (reading);
  gsize finite = 0;

  if (view == NULL)
    return;
  for (gsize t = 0; t < view->count; t++)
    finite += isfinite (view->values[t]);
  g_assert_cmpuint (finite + (isnan (view->values[0]) && view->computed > 256), >=,
                    view->computed - 1);
  g_array_append_val (seen, view->computed);
}

static void
test_grows (Fixture *self, gconstpointer family)
{
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (gsize));

  scope_reading_set_first (self->reading, TOKENS - 1);
  g_signal_connect (self->reading, "notify::view", G_CALLBACK (on_grown), seen);
  read_as (self, SCOPE_READING_SURPRISAL);
  g_assert_cmpuint (seen->len, >, 0);
  for (guint k = 1; k < seen->len; k++)
    g_assert_cmpuint (g_array_index (seen, gsize, k), >=, g_array_index (seen, gsize, k - 1));
  g_signal_handlers_disconnect_by_data (self->reading, seen);
}

/* Asks for nothing while nobody looks. */
static void
test_inactive (Fixture *self, gconstpointer family)
{
  scope_reading_set_colour (self->reading, SCOPE_READING_DELTA);
  scope_session_set_cursor (self->session, 5, 3);
  g_assert_false (scope_session_get_busy (self->session));
  g_assert_null (scope_reading_get_view (self->reading));
  read_as (self, SCOPE_READING_ROW);
  scope_inquiry_set_active (SCOPE_INQUIRY (self->reading), FALSE);
  scope_session_set_cursor (self->session, 6, 3);
  g_assert_false (scope_session_get_busy (self->session));
  g_assert_cmpuint (scope_reading_get_view (self->reading)->at, ==, 5);
}

static void
test_undo (Fixture *self, gconstpointer family)
{
  read_as (self, SCOPE_READING_ROW);
  read_as (self, SCOPE_READING_SURPRISAL);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
  g_autofree char *done = scope_session_undo (self->session);
  g_assert_cmpstr (done, ==, "colours of the text");
  g_assert_cmpint (scope_reading_get_colour (self->reading), ==, SCOPE_READING_ROW);
  settle (self);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *self, gconstpointer family);
  } tests[] = {
    { "map", test_map },     { "delta", test_delta },       { "surprisal", test_surprisal },
    { "grows", test_grows }, { "inactive", test_inactive }, { "undo", test_undo },
  };

  g_test_init (&argc, &argv, NULL);
  SCOPE_TEST_ADD_FAMILIES ("/reading/", Fixture, set_up, tests, tear_down);
  return g_test_run ();
}

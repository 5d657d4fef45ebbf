/* The session on a hybrid model: shared attention's maps beside those of the SSMs. */
#include <math.h>

#include "session/session.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 61

typedef struct {
  ScopeSession *session;
  char *folder, *text, *failed;
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, Fixture *self)
{
  g_free (self->failed);
  self->failed = g_strdup (message);
}

static void
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpstr (self->failed, ==, NULL);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_ZAMBA2, .train_length = 40, .seed = 41 };
  self->folder = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", 41, TOKENS, 37, NULL);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  scope_session_open (self->session, self->folder, self->text);
  settle (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
  g_free (self->failed);
}

static void
assert_map (Fixture *self, const char *title, const char *label)
{
  ScopeResult *map = scope_session_get_overview (self->session);
  g_assert_nonnull (map);
  g_assert_cmpstr (map->title, ==, title);
  g_assert_true (g_str_has_suffix (map->value_label, label));
}

/* A head of shared attention: its map, its cells, its proof; and back. */
static void
test_select (Fixture *self, gconstpointer data)
{
  ScopeSession *session = self->session;
  scope_session_set_layer (session, 1);
  settle (self);
  scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, 3);
  settle (self);
  assert_map (self, "layer 1 · attention head 3", "softmax");
  g_assert_cmpfloat (scope_session_get_proof (session), <, 1e-5);
  double sum = 0, value;
  for (gsize j = 0; j <= 50; j++) {
    g_assert_true (scope_session_cell (session, 50, j, &value));
    sum += value;
  }
  g_assert_cmpfloat (fabs (sum - 1), <, 1e-5);
  g_assert_true (scope_session_cell (session, 50, 51, &value));
  g_assert_cmpfloat (value, ==, 0);
  g_autofree char *line = scope_session_command_line (session);
  g_assert_nonnull (strstr (line, "--layer 1 --channel 3 --matrix softmax"));

  scope_session_set_map (session, SCOPE_MATRIX_S6, 2);
  settle (self);
  assert_map (self, "layer 1 · head 2", "α");
}

/* Heads beyond the last are the last; layers without shared attention have no such map. */
static void
test_fit (Fixture *self, gconstpointer data)
{
  ScopeSession *session = self->session;
  scope_session_set_layer (session, 3);
  scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, 99); /* before that layer is there */
  settle (self);
  assert_map (self, "layer 3 · attention head 3", "softmax");
  scope_session_set_layer (session, 2);
  g_assert_cmpint (scope_session_get_kind (session), ==, SCOPE_MATRIX_S6);
  settle (self);
  assert_map (self, "layer 2 · head 2", "α"); /* three heads: the last */
  scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, 0);
  g_assert_cmpint (scope_session_get_kind (session), ==, SCOPE_MATRIX_S6);
  settle (self);
}

/* A model opened anew begins with what every layer has. */
static void
test_open_again (Fixture *self, gconstpointer data)
{
  ScopeSession *session = self->session;
  scope_session_set_layer (session, 1);
  settle (self);
  scope_session_set_map (session, SCOPE_MATRIX_SOFTMAX, 1);
  settle (self);
  scope_session_open (session, self->folder, self->text);
  settle (self);
  g_assert_cmpint (scope_session_get_kind (session), ==, SCOPE_MATRIX_S6);
  g_assert_cmpuint (scope_session_get_channel (session), <, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/session-hybrid/select", Fixture, NULL, set_up, test_select, tear_down);
  g_test_add ("/session-hybrid/fit", Fixture, NULL, set_up, test_fit, tear_down);
  g_test_add ("/session-hybrid/open-again", Fixture, NULL, set_up, test_open_again, tear_down);
  return g_test_run ();
}

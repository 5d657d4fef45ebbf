/* A device that is lost while a session looks at a model: the session goes on with the CPU. The
 * device is the host stand-in for CUDA (tests/shim), which can be told to fail. */
#include "compute/registry.h"
#include "session/session.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 90

typedef struct {
  char *folder, *text, *failed;
  ScopeSession *session;
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, Fixture *self)
{
  g_free (self->failed);
  self->failed = g_strdup (message);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA,
                                   .vocab_size = 53,
                                   .n_layer = 3,
                                   .train_length = 40,
                                   .seed = scope_test_seed (20901) };
  self->folder = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", 7, TOKENS, 53, NULL);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->session, "notice", G_CALLBACK (on_failed), self);
  scope_session_open (self->session, self->folder, self->text);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpstr (self->failed, ==, NULL);
  g_assert_true (g_str_has_prefix (scope_session_get_device (self->session), "CUDA"));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_unsetenv ("SCOPE_SHIM_FAIL");
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
  g_free (self->failed);
}

/* The layer that could not be had from the device comes from the CPU, on the same text, with the
 * selection as it was, and somebody is told. */
static void
test_lost_device (Fixture *self, gconstpointer data)
{
  ScopeSession *session = self->session;
  gsize layer = (scope_session_get_layer (session) + 1) % 3;
  scope_session_set_channel (session, 5);
  WAIT (!scope_session_get_busy (session));

  g_setenv ("SCOPE_SHIM_FAIL", "1", TRUE);
  scope_session_set_layer (session, layer);
  WAIT (!scope_session_get_busy (session));

  g_assert_nonnull (self->failed);
  g_assert_nonnull (strstr (self->failed, "Going on with the CPU"));
  g_assert_nonnull (strstr (self->failed, "stand-in"));
  g_assert_true (g_str_has_prefix (scope_session_get_device (session), "CPU"));
  g_assert_cmpuint (scope_session_get_layer (session), ==, layer);
  g_assert_cmpuint (scope_session_get_channel (session), ==, 5);
  g_assert_cmpuint (scope_session_get_layer_view (session)->layer, ==, layer);
  g_assert_cmpuint (scope_tokens_count (scope_session_get_tokens (session)), ==, TOKENS);
  g_assert_nonnull (scope_session_get_map (session));
  g_assert_cmpfloat (scope_session_get_proof (session), <, 1e-4); /* as in test-session.c */
}

/* A device that is lost while another text is being opened: that text is opened on the CPU. */
static void
test_lost_while_opening (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, "other.json", NULL);
  g_autofree char *other = g_strconcat ("@", path, NULL);
  g_assert_true (g_file_set_contents (path, "[3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]", -1, NULL));

  g_setenv ("SCOPE_SHIM_FAIL", "1", TRUE);
  scope_session_open_text (self->session, other);
  WAIT (!scope_session_get_busy (self->session));

  g_assert_nonnull (strstr (self->failed, "Going on with the CPU"));
  g_assert_true (g_str_has_prefix (scope_session_get_device (self->session), "CPU"));
  g_assert_cmpuint (scope_tokens_count (scope_session_get_tokens (self->session)), ==, 11);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/fallback/lost-device", Fixture, NULL, set_up, test_lost_device, tear_down);
  g_test_add ("/fallback/lost-while-opening", Fixture, NULL, set_up, test_lost_while_opening,
              tear_down);
  return g_test_run ();
}

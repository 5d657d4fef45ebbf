/* The minute that is the product, without a window: the rescue sample on the pass-key text. Times
 * are printed, not judged: the machine is shared. */
#include <math.h>
#include <time.h>

#include "base/file.h"
#include "session/session.h"
#include "loud.h"
#include "test-support.h"
#include "wait.h"

#define ANSWER " 70418"
#define PIXELS 900

typedef struct {
  ScopeSession *session;
  char *model, *text;
  gint64 start;     /* of what is being timed */
  double first_map; /* seconds until the first map after that; NAN: none yet */
  double sharp_map; /* and until the first at the view's resolution */
} Fixture;

static double
seconds_since (gint64 start)
{
  return (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
}

/* Of this thread alone: what it computes, whoever else keeps the machine busy. */
static double
processor_seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void
on_map (ScopeSession *session, GParamSpec *pspec, Fixture *self)
{
  ScopeResult *map = scope_session_get_map (session);

  if (map == NULL)
    return;
  if (isnan (self->first_map))
    self->first_map = seconds_since (self->start);
  if (isnan (self->sharp_map) && scope_matrix_rows (map->matrix) >= PIXELS)
    self->sharp_map = seconds_since (self->start);
}

/* As a map widget does once it knows the text. */
static void
on_text (ScopeSession *session, GParamSpec *pspec, Fixture *self)
{
  ScopeTokens *tokens = scope_session_get_tokens (session);
  gsize length = tokens != NULL ? scope_tokens_count (tokens) : 0;

  scope_session_set_view (session, (ScopeRange){ 0, length, 0, length }, PIXELS, PIXELS);
}

static void
start_clock (Fixture *self)
{
  self->start = g_get_monotonic_time ();
  self->first_map = self->sharp_map = NAN;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->model = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  self->text = g_build_filename (scope_test_samples (), "texts", "pass-key.txt", NULL);
  start_clock (self);
  self->session = scope_session_new ();
  g_signal_connect (self->session, "notify::map", G_CALLBACK (on_map), self);
  g_signal_connect (self->session, "notify::text", G_CALLBACK (on_text), self);
  g_signal_connect (self->session, "failed", G_CALLBACK (scope_test_fail), NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->session);
  g_free (self->model);
  g_free (self->text);
}

static double
settle (Fixture *self)
{
  WAIT (!scope_session_get_busy (self->session));
  return seconds_since (self->start);
}

static double
flip (Fixture *self, gboolean on, const char *what)
{
  start_clock (self);
  double before = processor_seconds ();
  scope_session_set_filter_on (self->session, on);
  double called = processor_seconds () - before;
  double all = settle (self);

  g_test_message ("%s: first map %.0f ms, at the view's resolution %.0f ms, everything %.0f ms",
                  what, 1e3 * self->first_map, 1e3 * self->sharp_map, 1e3 * all);
  g_assert_cmpfloat (called, <, 0.016); /* nothing is computed on main */
  g_assert_false (scope_session_get_layer_view (self->session)->preview);
  g_assert_true (scope_session_get_network (self->session)->filtered == on);
  g_assert_true (scope_session_get_answer (self->session)->filtered == on);
  return all;
}

static gsize
count_dropped (const ScopeResult *map)
{
  gsize count = 0;

  for (gsize c = 0; map->dropped != NULL && c < map->range.column_end - map->range.column_begin;
       c++)
    count += map->dropped[c];
  return count;
}

/* The first token after the last mention of the key. */
static gsize
token_after_key (ScopeTokens *tokens)
{
  gsize length, token = 0;
  const char *text = scope_tokens_text (tokens, &length);
  const char *key = g_strrstr_len (text, (gssize)length, ANSWER);

  g_assert_nonnull (key);
  while (scope_tokens_span (tokens, token).begin < (gsize)(key - text) + strlen (ANSWER))
    token++;
  return token;
}

static void
test_rescue (Fixture *self, gconstpointer data)
{
  ScopeSession *session = self->session;

  scope_session_open (session, self->model, self->text);
  double all = settle (self);
  g_test_message ("open: first map %.0f ms, at the view's resolution %.0f ms, everything %.0f ms",
                  1e3 * self->first_map, 1e3 * self->sharp_map, 1e3 * all);
  g_test_message ("the forward pass: %.0f ms", 1e3 * scope_session_get_network (session)->seconds);

  const ScopeAnswerView *answer = scope_session_get_answer (session);
  const ScopeLayerView *view = scope_session_get_layer_view (session);
  gsize channel = scope_session_get_channel (session);
  double wrong = answer->perplexity;
  gsize short_field = view->channels[channel].field_length;
  g_test_message ("off: \"%s\", perplexity %.1f, layer %zu head %zu sees %zu tokens back",
                  answer->text, wrong, view->layer, channel, short_field);
  g_assert_false (g_str_has_prefix (answer->text, ANSWER));
  g_assert_true (view->channels[channel].global);
  g_assert_cmpuint (count_dropped (scope_session_get_map (session)), ==, 0);
  g_autoptr (ScopeResult) before = scope_result_ref (scope_session_get_map (session));

  flip (self, TRUE, "on");
  answer = scope_session_get_answer (session);
  view = scope_session_get_layer_view (session);
  g_test_message ("on: \"%s\", perplexity %.1f, layer %zu head %zu sees %zu tokens back",
                  answer->text, answer->perplexity, view->layer, channel,
                  view->channels[channel].field_length);
  g_assert_true (g_str_has_prefix (answer->text, ANSWER));
  g_assert_cmpfloat (answer->perplexity, <, wrong / 10.0);
  gsize length = scope_tokens_count (scope_session_get_tokens (session));
  gsize after_key = token_after_key (scope_session_get_tokens (session));
  g_assert_cmpuint (length - short_field, >, after_key);
  g_assert_cmpuint (length - view->channels[channel].field_length, <, after_key);
  g_assert_cmpuint (count_dropped (scope_session_get_map (session)), >, 0);
  g_assert_cmpfloat (scope_test_max_error (before->matrix, scope_session_get_map (session)->matrix),
                     >, 0.0);

  flip (self, FALSE, "off again");
  g_assert_cmpfloat (scope_session_get_answer (session)->perplexity, ==, wrong);
  g_assert_cmpfloat (scope_test_max_error (before->matrix, scope_session_get_map (session)->matrix),
                     ==, 0.0);
  flip (self, TRUE, "on again");
  g_assert_true (g_str_has_prefix (scope_session_get_answer (session)->text, ANSWER));
}

/* 16,384 tokens of the sample: a cancel in the middle of the run answers within 100 ms, the thread
 * included, and what was open stays. */
static void
test_cancel_long (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "long.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GString) four = g_string_new (NULL);
  gsize length;

  text = scope_file_read (self->text, 1 << 20, &length, NULL);
  for (guint i = 0; i < 4; i++)
    g_string_append_len (four, text, (gssize)length);
  g_assert_true (scope_file_write (path, four->str, four->len, NULL));

  scope_session_open (self->session, self->model, self->text);
  settle (self);
  ScopeTokens *tokens = scope_session_get_tokens (self->session);
  scope_session_open_text (self->session, path);
  for (gint64 start = g_get_monotonic_time (); seconds_since (start) < 0.3;)
    g_main_context_iteration (NULL, FALSE);
  g_assert_true (scope_session_get_busy (self->session));

  start_clock (self);
  scope_session_cancel (self->session);
  g_assert_false (scope_session_get_busy (self->session));
  /* The engine's thread answers with the next thing it is asked for. */
  scope_session_set_channel (self->session, (scope_session_get_channel (self->session) + 1) % 8);
  WAIT (!isnan (self->first_map));
  g_test_message ("cancel: the next map after %.0f ms", 1e3 * self->first_map);
  g_assert_true (scope_session_get_tokens (self->session) == tokens);
  settle (self);
}

/* Whoever closes the window in the middle waits no longer than that either. */
static void
test_close_while_running (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 8; i++) {
    ScopeSession *session = scope_session_new ();
    scope_session_open (session, self->model, self->text);
    for (gint64 start = g_get_monotonic_time (); seconds_since (start) < 0.1 * i;)
      g_main_context_iteration (NULL, FALSE);
    gint64 closing = g_get_monotonic_time ();
    g_assert_finalize_object (session);
    g_test_message ("closed %.0f ms after opening: %.0f ms", 100.0 * i,
                    1e3 * seconds_since (closing));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/rescue/switch", Fixture, NULL, set_up, test_rescue, tear_down);
  g_test_add ("/rescue/cancel-long", Fixture, NULL, set_up, test_cancel_long, tear_down);
  g_test_add ("/rescue/close-while-running", Fixture, NULL, set_up, test_close_while_running,
              tear_down);
  return g_test_run ();
}

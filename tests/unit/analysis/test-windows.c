/* Where the windows of a sweep lie, and the file that keeps what they gave. */
#include <string.h>

#include "analysis/sweep-state.h"
#include "base/error.h"
#include "test-support.h"

#define IDENTITY "{\"schema\":\"mambascope-sweep\",\"version\":1,\"model\":\"m\",\"score\":3}"
#define RESULT                                                                                     \
  "{\"text\":0,\"length\":12,\"window\":1,\"filter\":0,\"acted\":false,\"nll\":[1,2.5,3]}\n"

static ScopeTokens *
make_tokens (gsize count)
{
  g_autofree gint32 *ids = g_new0 (gint32, count);
  g_autofree ScopeSpan *spans = g_new0 (ScopeSpan, count);
  for (gsize t = 0; t < count; t++)
    ids[t] = (gint32)t;
  return scope_tokens_new ("", 0, ids, spans, count);
}

static ScopeWindows *
make_windows (ScopeProtocol protocol, gsize tokens, const gsize *lengths, gsize n_lengths,
              gsize score, gsize windows)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTokens) text = make_tokens (tokens);
  g_autoptr (ScopeFilter) off = scope_filter_parse ("off", &error);
  ScopeTokens *const texts[] = { text };
  ScopeFilter *const filters[] = { off };
  const char *const names[] = { "text" };
  const ScopePerplexitySettings settings
      = { lengths, n_lengths, filters, 1, score, windows, protocol };
  ScopeWindows *self = scope_windows_new (texts, names, 1, &settings, &error);
  g_assert_no_error (error);
  return self;
}

/* --- places -------------------------------------------------------------------------------------
 */

/* Inside the text; its ids are the text's; apart by SCORE at least; and of no length more than were
 * asked for. */
static void
check_places (const ScopeWindows *windows, gsize tokens, gsize most)
{
  const ScopeTextWindow *before = NULL;
  for (gsize job = 0; job < scope_windows_count (windows); job++) {
    const ScopeTextWindow *at = scope_windows_get (windows, job);
    g_assert_cmpuint (at->end, >=, at->tokens);
    g_assert_cmpuint (at->end, <=, tokens);
    g_assert_cmpint (at->ids[0], ==, (gint32)(at->end - at->tokens));
    g_assert_cmpuint (at->scored, >=, 1);
    g_assert_cmpuint (at->scored, <, at->tokens);
    g_assert_cmpuint (at->windows, <=, most);
    g_assert_cmpuint (scope_windows_find (windows, at->text, at->length, at->window), ==, job);
    if (before != NULL && before->length == at->length) {
      g_assert_cmpuint (at->window, ==, before->window + 1);
      g_assert_cmpuint (at->end - before->end, >=, at->scored);
    }
    before = at;
  }
}

static void
test_places (void)
{
  const guint32 seed = scope_test_seed (71);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (int round = 0; round < 300; round++) {
    gsize tokens = (gsize)g_rand_int_range (random, 20, 400), longest = 0;
    gsize lengths[3], score = (gsize)g_rand_int_range (random, 1, 40);
    gsize most = (gsize)g_rand_int_range (random, 1, 12);
    for (int l = 0; l < 3; l++) {
      lengths[l] = (gsize)g_rand_int_range (random, 2, (gint32)tokens + 1);
      longest = MAX (longest, lengths[l]);
    }
    g_autoptr (ScopeWindows) strict
        = make_windows (SCOPE_PROTOCOL_STRICT, tokens, lengths, 3, score, most);
    g_autoptr (ScopeWindows) paper
        = make_windows (SCOPE_PROTOCOL_PAPER, tokens, lengths, 3, score, most);
    check_places (strict, tokens, most);
    check_places (paper, tokens, most);
    for (gsize job = 0; job < scope_windows_count (strict); job++) { /* the same for all lengths */
      const ScopeTextWindow *at = scope_windows_get (strict, job);
      gsize other = scope_windows_find (strict, 0, 0, at->window);
      g_assert_cmpuint (at->end, ==, scope_windows_get (strict, other)->end);
      g_assert_cmpuint (at->end, >=, longest);
    }
    for (gsize l = 0; l < 3; l++) { /* from the first token */
      gsize first = scope_windows_find (paper, 0, l, 0);
      g_assert_cmpuint (scope_windows_get (paper, first)->end, ==, lengths[l]);
    }
  }
}

static void
test_names (void)
{
  ScopeProtocol found;
  for (gsize k = 0; k < SCOPE_N_PROTOCOLS; k++) {
    g_assert_true (scope_protocol_parse (scope_protocol_names[k], &found));
    g_assert_cmpuint (found, ==, k);
  }
  g_assert_false (scope_protocol_parse ("loose", &found));
  g_assert_null (scope_protocol_names[SCOPE_N_PROTOCOLS]);
}

/* --- the state ----------------------------------------------------------------------------------
 */

static ScopeWindows *
state_windows (void)
{
  const gsize lengths[] = { 12, 30 };
  return make_windows (SCOPE_PROTOCOL_STRICT, 60, lengths, 2, 3, 4);
}

static char *
write_state (const char *content)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("scope-state-XXXXXX", &error);
  char *path = g_build_filename (folder, "s.jsonl", NULL);
  if (content != NULL)
    g_assert_true (g_file_set_contents (path, content, -1, &error));
  g_assert_no_error (error);
  return path;
}

/* What was put is there at once, on the disk, and after opening again, to the bit. */
static void
test_keep (void)
{
  const double nll[] = { 0.1, 1e-300, 12345.678901234567 };
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeWindows) windows = state_windows ();
  g_autofree char *path = write_state (NULL), *text = NULL;
  gboolean acted = FALSE;
  ScopeSweepState *state = scope_sweep_state_open (path, IDENTITY, windows, &error);
  g_assert_no_error (error);
  g_assert_null (scope_sweep_state_get (state, 5, 0, &acted));
  g_assert_true (scope_sweep_state_put (state, 5, 0, nll, TRUE, &error));
  g_assert_true (scope_sweep_state_put (state, 5, 0, nll, TRUE, &error)); /* once is enough */
  g_assert_cmpuint (scope_sweep_state_count (state), ==, 1);
  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_cmpstr (lines[0], ==, IDENTITY);
  /* Nobody else writes meanwhile. */
  g_assert_null (scope_sweep_state_open (path, IDENTITY, windows, &error));
  g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE);
  g_clear_error (&error);
  scope_sweep_state_free (state);
  state = scope_sweep_state_open (path, IDENTITY, windows, &error);
  g_assert_no_error (error);
  const double *found = scope_sweep_state_get (state, 5, 0, &acted);
  g_assert_nonnull (found);
  g_assert_cmpmem (found, sizeof nll, nll, sizeof nll);
  g_assert_true (acted);
  g_assert_cmpuint (scope_sweep_state_count (state), ==, 1);
  scope_sweep_state_free (state);
}

/* Cut anywhere, it opens with the lines that are whole, and goes on behind them. */
static void
test_cut (void)
{
  static const char content[] = IDENTITY "\n" RESULT;
  const double nll[] = { 4, 5, 6 };
  g_autoptr (ScopeWindows) windows = state_windows ();
  for (gsize cut = 0; cut <= strlen (content); cut += 3) {
    g_autoptr (GError) error = NULL;
    g_autofree char *part = g_strndup (content, cut), *path = write_state (part), *text = NULL;
    ScopeSweepState *state = scope_sweep_state_open (path, IDENTITY, windows, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (scope_sweep_state_count (state), ==, cut == strlen (content));
    g_assert_true (scope_sweep_state_put (state, 0, 0, nll, FALSE, &error));
    scope_sweep_state_free (state);
    g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
    g_assert_true (g_str_has_prefix (text, IDENTITY "\n{"));
    state = scope_sweep_state_open (path, IDENTITY, windows, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (scope_sweep_state_count (state), ==, 1 + (cut == strlen (content)));
    scope_sweep_state_free (state);
  }
}

static void
expect_refusal (const char *content, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeWindows) windows = state_windows ();
  gsize whole;
  g_assert_null (scope_sweep_state_parse (content, strlen (content), "s.jsonl", IDENTITY, windows,
                                          &whole, &error));
  g_assert_nonnull (error);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("expected %s, found %s", pattern, error->message);
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_refusals (void)
{
  expect_refusal ("{\"schema\":\"x\",\"version\":1}\n", "s.jsonl: $.schema: expected*found x");
  expect_refusal ("{\"schema\":\"mambascope-sweep\",\"version\":2}\n", "s.jsonl: $.version*2");
  expect_refusal ("{\"schema\":\"mambascope-sweep\",\"version\":1,\"model\":\"m\",\"score\":4}\n",
                  "s.jsonl: belongs to another sweep: scored tokens: expected 3, found 4");
  expect_refusal ("{\"schema\":\"mambascope-sweep\",\"version\":1,\"score\":3}\n",
                  "s.jsonl: belongs to another sweep: model: expected \"m\", found nothing");
  expect_refusal ("\n", "s.jsonl: *");
  expect_refusal ("something", "s.jsonl: is not the state of a sweep");
  expect_refusal (IDENTITY "\n\n", "s.jsonl: line 2: *");
  expect_refusal (IDENTITY "\n" RESULT "[]\n", "s.jsonl: line 3: $: expected an object*");
  expect_refusal (
      IDENTITY "\n{\"text\":0,\"length\":13,\"window\":0,\"filter\":0,\"acted\":true,\"nll\":[]}\n",
      "s.jsonl: line 2: names a window*");
  expect_refusal (
      IDENTITY "\n{\"text\":0,\"length\":12,\"window\":0,\"filter\":1,\"acted\":true,\"nll\":[]}\n",
      "s.jsonl: line 2: $.filter: expected 0 to 0, found 1");
  expect_refusal (
      IDENTITY
      "\n{\"text\":0,\"length\":12,\"window\":0,\"filter\":0,\"acted\":true,\"nll\":[1,2,NaN]}\n",
      "s.jsonl: line 2: $.nll: expected finite*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/windows/places", test_places);
  g_test_add_func ("/windows/names", test_names);
  g_test_add_func ("/sweep-state/keep", test_keep);
  g_test_add_func ("/sweep-state/cut", test_cut);
  g_test_add_func ("/sweep-state/refusals", test_refusals);
  return g_test_run ();
}

/* Session files: what is written is read back, what is no session is refused with its place, and a
 * session comes back as it was, every registered parameter of it. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "session/session-file.h"
#include "session/session-keep.h"
#include "test-support.h"
#include "wait.h"

#define VOCAB  53
#define TOKENS 211

/* --- the file by itself -------------------------------------------------------------------------
 */

#define SOURCES                                                                                    \
  "\"model\": {\"path\": \"/m\", \"hash\": \"ab\"}, \"text\": {\"path\": \"@/t.json\"}"
#define WHOLE                                                                                      \
  "{\"schema\": \"mambascope-session\", \"version\": 1, " SOURCES                                  \
  ", \"parameters\": {\"a.b\": [1, 2.5, null], \"c.d\": {\"é\": \"x\\n\\\"y\"}}}"

static ScopeSessionFile *
parse (const char *text, GError **error)
{
  return scope_session_file_parse (text, strlen (text), "f", error);
}

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeSessionFile) file = parse (WHOLE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (file->model.path, ==, "/m");
  g_assert_cmpstr (file->model.hash, ==, "ab");
  g_assert_cmpstr (file->text.path, ==, "@/t.json");
  g_assert_null (file->text.hash);
  g_assert_cmpuint (json_object_get_size (file->parameters), ==, 2);
  g_autofree char *once = scope_session_file_print (file);
  g_autoptr (ScopeSessionFile) again = parse (once, &error);
  g_assert_no_error (error);
  g_autofree char *twice = scope_session_file_print (again);
  g_assert_cmpstr (once, ==, twice);
  g_assert_true (json_object_equal (file->parameters, again->parameters));
}

static void
test_refused (void)
{
  static const struct {
    const char *text, *message;
  } cases[] = {
    { "", "f: *" },
    { "[]", "f: $: expected an object, found a list" },
    { "{}", "f: $.schema is missing" },
    { "{\"schema\": 1}", "f: $.schema: expected a string, found a number" },
    { "{\"schema\": \"x\"}", "f: $.schema: expected \"mambascope-session\", found \"x\"" },
    { "{\"schema\": \"mambascope-session\"}", "f: $.version is missing" },
    { "{\"schema\": \"mambascope-session\", \"version\": 0}", "f: $.version: *0*" },
    { "{\"schema\": \"mambascope-session\", \"version\": 2, \"news\": 1}",
      "f: $.version: 2 was written by a newer Mambascope; this one reads up to 1" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"news\": 1}",
      "f: $: unknown member \"news\"; the members are schema, *" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1}", "f: $.model is missing" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": null}",
      "f: $.model: expected an object, found null" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {}}",
      "f: $.model.path is missing" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"\"}}",
      "f: $.model.path: expected a path, found \"\"" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"m\"}, "
      "\"text\": {\"path\": \"-\"}, \"parameters\": {}}",
      "f: $.text.path: expected a path, found \"-\"" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"m\", "
      "\"size\": 3}}",
      "f: $.model: unknown member \"size\"; *" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"m\", "
      "\"hash\": 3}}",
      "f: $.model.hash: expected a string, found a number" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"m\"}}",
      "f: $.text is missing" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, " SOURCES "}",
      "f: $.parameters is missing" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, " SOURCES ", \"parameters\": []}",
      "f: $.parameters: expected an object, found a list" },
    { "{\"schema\": \"mambascope-session\", \"version\": 1, " SOURCES
      ", \"parameters\": {\"a\": [{\"b\": NaN}]}}",
      "f: $.parameters.a: expected finite numbers" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (parse (cases[i].text, &error));
    g_assert_true (error->domain == SCOPE_MODEL_ERROR);
    if (!g_pattern_match_simple (cases[i].message, error->message))
      g_error ("expected %s, found %s", cases[i].message, error->message);
    g_assert_null (strchr (error->message, '\n'));
  }
  g_autoptr (GError) newer = NULL;
  g_assert_null (parse (cases[7].text, &newer));
  g_assert_error (newer, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_UNSUPPORTED);
}

/* Cut anywhere, it is no session; with any byte changed, it is one or it is refused. */
static void
test_damaged (void)
{
  guint32 seed = scope_test_seed (77);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  const gsize length = strlen (WHOLE);

  for (gsize cut = 0; cut < length; cut++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (scope_session_file_parse (WHOLE, cut, "f", &error));
    g_assert_nonnull (error);
  }
  for (guint trial = 0; trial < 2000; trial++) {
    g_autofree char *text = g_strdup (WHOLE);
    g_autoptr (GError) error = NULL;
    text[g_rand_int_range (random, 0, (gint32)length)] = (char)g_rand_int_range (random, 0, 256);
    g_autoptr (ScopeSessionFile) file = scope_session_file_parse (text, length, "f", &error);
    g_assert_true ((file == NULL) == (error != NULL));
  }
}

static void
put (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (scope_file_write (path, text, strlen (text), NULL));
}

/* A session that moved together with its text finds it; an absolute path that is there stays. */
static void
test_moved (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *session = g_build_filename (folder, "s.mambascope", NULL);
  g_autofree char *near = g_build_filename (folder, "t.json", NULL);
  g_autofree char *ids = g_strconcat ("@", near, NULL);

  put (folder, "s.mambascope", WHOLE);
  g_autoptr (ScopeSessionFile) lost = scope_session_file_load (session, NULL);
  g_assert_cmpstr (lost->text.path, ==, "@/t.json");
  g_assert_false (scope_session_file_exists (lost->text.path));
  put (folder, "t.json", "[1]");
  g_autoptr (ScopeSessionFile) found = scope_session_file_load (session, NULL);
  g_assert_cmpstr (found->text.path, ==, ids);
  g_assert_true (scope_session_file_exists (found->text.path));
  g_autofree char *stays = scope_session_file_find (near, "/elsewhere/s.mambascope");
  g_assert_cmpstr (stays, ==, near);
}

static void
test_no_file (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "none.mambascope", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (scope_session_file_load (path, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*none.mambascope*");
  g_autoptr (ScopeSessionFile) file = parse (WHOLE, NULL);
  g_autofree char *nowhere = g_build_filename (folder, "no", "s.mambascope", NULL);
  g_assert_false (scope_session_file_save (file, nowhere, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*no/s.mambascope*");
}

/* --- a session and its file ---------------------------------------------------------------------
 */

typedef struct {
  char *folder, *text;
  ScopeSession *session;
  GString *told;
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, Fixture *self)
{
  g_string_append_printf (self->told, "%s\n", message);
}

static ScopeSession *
new_session (Fixture *self)
{
  ScopeSession *session = scope_session_new ();

  g_signal_connect (session, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (session, "notice", G_CALLBACK (on_failed), self);
  return session;
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (5150);
  const ScopeRandomModel shape = { .family = (ScopeFamily)GPOINTER_TO_INT (family),
                                   .vocab_size = VOCAB,
                                   .n_layer = 4,
                                   .train_length = 40,
                                   .seed = seed };

  self->folder = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", seed, TOKENS, VOCAB, NULL);
  self->told = g_string_new (NULL);
  self->session = new_session (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->session);
  g_string_free (self->told, TRUE);
  g_free (self->folder);
  g_free (self->text);
}

static void
settle (ScopeSession *session)
{
  WAIT (!scope_session_get_busy (session));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
open_text (Fixture *self)
{
  scope_session_open (self->session, self->folder, self->text);
  settle (self->session);
  g_assert_cmpstr (self->told->str, ==, "");
}

/* Everything away from where a new session has it. */
static void
change_everything (Fixture *self)
{
  ScopeSession *session = self->session;

  scope_session_set_layer (session, (scope_session_get_layer (session) + 1) % 4);
  scope_session_set_map (session, SCOPE_MATRIX_SKIP, scope_session_get_channel (session) == 0);
  g_assert_true (scope_session_set_filter (session, "longmamba-online:top=0.25", NULL));
  scope_session_set_theta (session, 0.125);
  scope_session_set_filter_on (session, TRUE);
  scope_session_set_epsilon (session, 0.03125);
  scope_session_set_norm (session, SCOPE_NORM_RANK);
  scope_session_set_palette (session, SCOPE_PALETTE_MAGMA);
  scope_session_select (session, 77, 12);
  settle (session);
  g_assert_cmpstr (self->told->str, ==, "");
}

static void
assert_same (ScopeSession *a, ScopeSession *b)
{
  g_autofree char *spec_a = scope_session_get_filter_spec (a);
  g_autofree char *spec_b = scope_session_get_filter_spec (b);

  g_assert_cmpuint (scope_session_get_layer (a), ==, scope_session_get_layer (b));
  g_assert_cmpuint (scope_session_get_channel (a), ==, scope_session_get_channel (b));
  g_assert_cmpint (scope_session_get_kind (a), ==, scope_session_get_kind (b));
  g_assert_cmpuint (scope_session_get_row (a), ==, scope_session_get_row (b));
  g_assert_cmpuint (scope_session_get_column (a), ==, scope_session_get_column (b));
  g_assert_cmpstr (spec_a, ==, spec_b);
  g_assert_cmpfloat (scope_session_get_theta (a), ==, scope_session_get_theta (b));
  g_assert_cmpfloat (scope_session_get_epsilon (a), ==, scope_session_get_epsilon (b));
  g_assert_cmpint (scope_session_get_norm (a), ==, scope_session_get_norm (b));
  g_assert_cmpint (scope_session_get_palette (a), ==, scope_session_get_palette (b));
}

static void
assert_cell_same (ScopeSession *a, ScopeSession *b)
{
  double x, y;

  g_assert_true (scope_session_cell (a, 77, 12, &x));
  g_assert_true (scope_session_cell (b, 77, 12, &y));
  g_assert_cmpfloat (x, ==, y);
}

/* Every parameter of a new session that restores the file is that of the one that saved it, and so
 * is the picture; and no parameter was left at its default by change_everything(). */
static void
test_round_trip (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (self->folder, "a.mambascope", NULL);

  open_text (self);
  g_autoptr (JsonObject) defaults = scope_history_save (scope_session_get_history (self->session));
  change_everything (self);
  g_autoptr (ScopeSessionFile) kept = scope_session_keep (self->session, &error);
  g_assert_no_error (error);
  g_assert_true (scope_session_file_save (kept, path, &error));
  g_autoptr (GPtrArray) names = scope_history_names (scope_session_get_history (self->session));
  for (guint i = 0; i < names->len; i++)
    g_assert_false (json_node_equal (json_object_get_member (defaults, names->pdata[i]),
                                     json_object_get_member (kept->parameters, names->pdata[i])));

  g_autoptr (ScopeSession) other = new_session (self);
  g_autoptr (ScopeSessionFile) read = scope_session_file_load (path, &error);
  g_assert_no_error (error);
  scope_session_restore (other, read);
  settle (other);
  g_assert_cmpstr (self->told->str, ==, "");
  assert_same (self->session, other);
  assert_cell_same (self->session, other);
  g_assert_false (scope_session_get_layer_view (other)->preview);
  g_autoptr (ScopeSessionFile) again = scope_session_keep (other, NULL);
  g_autofree char *a = scope_session_file_print (kept), *b = scope_session_file_print (again);
  g_assert_cmpstr (a, ==, b);
  g_assert_null (scope_history_undo_label (scope_session_get_history (other)));
  g_assert_finalize_object (g_steal_pointer (&other));
}

/* What cannot be set is told with its place; the rest is there. */
static void
test_bad_parameters (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf (
      "{\"schema\": \"mambascope-session\", \"version\": 1, \"model\": {\"path\": \"%s\", "
      "\"hash\": "
      "\"0\"}, \"text\": {\"path\": \"%s\", \"hash\": \"0\"}, \"parameters\": {"
      "\"selection.layer\": -3, \"filter.on\": true, \"filter.method\": \"magic\", \"look.norm\": "
      "\"cubic\", \"look.epsilon\": 0.5, \"selection.cell\": [1], \"other.room\": 1}}",
      self->folder, self->text);
  g_autoptr (ScopeSessionFile) file = parse (text, &error);

  g_assert_no_error (error);
  scope_session_restore (self->session, file);
  settle (self->session);
  g_assert_nonnull (strstr (self->told->str, "f: $.parameters.selection.layer: expected a whole "
                                             "number from 0 up, found -3"));
  g_assert_nonnull (strstr (self->told->str, "this model is another than when the session"));
  g_assert_nonnull (strstr (self->told->str, "this text is another than when the session"));
  g_assert_cmpfloat (scope_session_get_epsilon (self->session), ==, 0.5);
  g_assert_cmpint (scope_session_get_norm (self->session), ==, SCOPE_NORM_LOG);
  g_assert_true (scope_session_get_filter_on (self->session));
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba");
}

/* What was open stays, as it was set, when the file's model is not there. */
static void
test_model_gone (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeSessionFile) file = parse (WHOLE, NULL);

  open_text (self);
  change_everything (self);
  g_autoptr (ScopeSessionFile) before = scope_session_keep (self->session, NULL);
  scope_session_restore (self->session, file);
  settle (self->session);
  g_assert_cmpstr (self->told->str, !=, "");
  g_autoptr (ScopeSessionFile) after = scope_session_keep (self->session, NULL);
  g_autofree char *a = scope_session_file_print (before), *b = scope_session_file_print (after);
  g_assert_cmpstr (a, ==, b);
}

/* Another opening, or a cancellation, before it is there: nothing of the file is used later. */
static void
test_overtaken (Fixture *self, gconstpointer data)
{
  open_text (self);
  change_everything (self);
  g_autoptr (ScopeSessionFile) file = scope_session_keep (self->session, NULL);
  scope_session_set_palette (self->session, SCOPE_PALETTE_GREY);
  scope_session_restore (self->session, file);
  scope_session_cancel (self->session);
  settle (self->session);
  g_assert_cmpint (scope_session_get_palette (self->session), ==, SCOPE_PALETTE_GREY);
  scope_session_restore (self->session, file);
  scope_session_open (self->session, self->folder, self->text);
  settle (self->session);
  g_assert_cmpint (scope_session_get_palette (self->session), ==, SCOPE_PALETTE_GREY);
}

static void
test_nothing_open (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (scope_session_keep (self->session, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  /* A model without a text is a session. */
  scope_session_open_model (self->session, self->folder);
  settle (self->session);
  g_autoptr (ScopeSessionFile) file = scope_session_keep (self->session, &error);
  g_assert_no_error (error);
  g_assert_null (file->text.path);
  open_text (self);
  scope_session_restore (self->session, file);
  settle (self->session);
  g_assert_null (scope_session_get_tokens (self->session));
  g_assert_nonnull (scope_session_get_model (self->session));
}

/* --- undo, with real requests -------------------------------------------------------------------
 */

/* Every parameter is undone in turn, to what it was before, and done again. */
static void
test_undo_all (Fixture *self, gconstpointer data)
{
  ScopeHistory *history = scope_session_get_history (self->session);
  GPtrArray *states = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  gsize layer;

  open_text (self);
  layer = scope_session_get_layer (self->session);
  for (guint step = 0; step < 9; step++) {
    g_ptr_array_add (states, scope_history_save (history));
    scope_history_break (history);
    switch (step) {
    case 0:
      scope_session_set_layer (self->session, (layer + 1) % 4);
      break;
    case 1:
      scope_session_set_kind (self->session, SCOPE_MATRIX_FULL);
      break;
    case 2:
      scope_session_set_channel (self->session, scope_session_get_channel (self->session) == 0);
      break;
    case 3:
      scope_session_set_filter_on (self->session, TRUE);
      break;
    case 4:
      g_assert_true (
          scope_session_set_filter (self->session, "longmamba-online:theta=0.5,top=0.1", NULL));
      break;
    case 5:
      scope_session_set_epsilon (self->session, 0.25);
      break;
    case 6:
      scope_session_set_norm (self->session, SCOPE_NORM_POWER);
      break;
    case 7:
      scope_session_set_palette (self->session, SCOPE_PALETTE_BALANCE);
      break;
    default:
      scope_session_select (self->session, 9, 3);
    }
    settle (self->session);
  }
  g_ptr_array_add (states, scope_history_save (history));
  for (guint step = 9; step-- > 0;) {
    g_autofree char *done = scope_session_undo (self->session);
    g_autoptr (JsonObject) now = scope_history_save (history);
    g_assert_nonnull (done);
    g_assert_true (json_object_equal (now, states->pdata[step]));
    settle (self->session);
  }
  g_assert_null (scope_session_undo (self->session));
  for (guint step = 1; step <= 9; step++) {
    g_autofree char *done = scope_session_redo (self->session);
    g_autoptr (JsonObject) now = scope_history_save (history);
    g_assert_nonnull (done);
    g_assert_true (json_object_equal (now, states->pdata[step]));
  }
  settle (self->session);
  g_assert_cmpstr (self->told->str, ==, "");
  /* The results are of what was gone back to. */
  g_assert_cmpuint (scope_session_get_layer_view (self->session)->layer, ==, (layer + 1) % 4);
  g_ptr_array_unref (states);
}

/* A method that does not run here: told, the one before is back, and there is no step of it. */
static void
test_undo_failed (Fixture *self, gconstpointer data)
{
  open_text (self);
  scope_session_set_filter_on (self->session, TRUE);
  settle (self->session);
  scope_history_break (scope_session_get_history (self->session));
  g_assert_true (
      scope_session_set_filter (self->session, "longmamba:table=/nowhere/table.json", NULL));
  settle (self->session);
  g_assert_nonnull (strstr (self->told->str, "/nowhere/table.json"));
  g_assert_cmpstr (scope_session_get_filter (self->session), ==, "longmamba");
  g_autofree char *done = scope_session_undo (self->session);
  g_assert_cmpstr (done, ==, "filter’s switch");
  g_assert_false (scope_session_get_filter_on (self->session));
}

/* A method and its θ. */
static void
test_filter_spec (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ScopeSession *session = self->session;

  g_assert_cmpstr (scope_session_get_filter (session), ==, "longmamba");
  g_assert_false (scope_session_set_filter (session, "off", &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "filter off: *");
  g_assert_false (scope_session_set_filter (session, "longmamba:top=2", &error));
  scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER, "*top*2*");
  g_assert_cmpstr (scope_session_get_filter (session), ==, "longmamba");
  g_assert_true (
      scope_session_set_filter (session, "longmamba:top=0.2,theta=0.001,gate=7", &error));
  g_assert_cmpstr (scope_session_get_filter (session), ==, "longmamba:top=0.2,gate=7,theta=0.001");
  g_assert_cmpfloat (scope_session_get_theta (session), ==, 0.001);
  g_assert_true (scope_session_set_filter (session, "longmamba-online", &error));
  g_assert_cmpstr (scope_session_get_filter (session), ==, "longmamba-online:theta=0.001");
  scope_session_set_theta (session, NAN);
  g_assert_cmpstr (scope_session_get_filter (session), ==, "longmamba-online");
  scope_session_set_epsilon (session, NAN);
  scope_session_set_epsilon (session, -1.0);
  scope_session_set_epsilon (session, 2.0);
  g_assert_cmpfloat (scope_session_get_epsilon (session), ==, SCOPE_DEFAULT_EPSILON);
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "round-trip", test_round_trip },     { "bad-parameters", test_bad_parameters },
    { "model-gone", test_model_gone },     { "overtaken", test_overtaken },
    { "nothing-open", test_nothing_open }, { "undo-all", test_undo_all },
    { "undo-failed", test_undo_failed },   { "filter-spec", test_filter_spec },
  };
  static const ScopeFamily families[] = { SCOPE_FAMILY_MAMBA, SCOPE_FAMILY_MAMBA2 };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-file/read", test_read);
  g_test_add_func ("/session-file/refused", test_refused);
  g_test_add_func ("/session-file/damaged", test_damaged);
  g_test_add_func ("/session-file/moved", test_moved);
  g_test_add_func ("/session-file/no-file", test_no_file);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint k = 0; k < G_N_ELEMENTS (families); k++) {
      g_autofree char *path = g_strdup_printf ("/session-file/%s/%u", tests[i].path, k);
      g_test_add (path, Fixture, GINT_TO_POINTER (families[k]), set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}

/* The sweep against scope_perplexity() on the same windows, and what stopping and starting leave.
 */
#include <math.h>
#include <string.h>

#include "analysis/perplexity.h"
#include "base/file.h"
#include "compute/registry.h"
#include "export/living.h"
#include "export/recipe.h"
#include "session/sweep.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 301
#define VOCAB  53
#define SCORE  20

typedef struct {
  ScopeSession *session;
  ScopeSweep *sweep;
  char *folder, *text;
  guint tables;
  double last; /* share that was done */
} Fixture;

static void
on_failed (ScopeSession *session, const char *message, gpointer data)
{
  g_error ("%s", message);
}

/* Numbers come in one window at a time. */
static void
on_table (ScopeSweep *sweep, GParamSpec *pspec, Fixture *self)
{
  const ScopeSweepTable *table = scope_sweep_get_table (sweep);
  self->tables++;
  if (table == NULL)
    return;
  self->last = table->done;
}

static char *
write_ids (const char *folder, const char *name, gsize count)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (31));
  g_autoptr (GString) json = g_string_new ("[");
  g_autofree char *path = g_build_filename (folder, name, NULL);
  for (gsize i = 0; i < count; i++)
    g_string_append_printf (json, "%s%d", i > 0 ? "," : "", g_rand_int_range (random, 0, VOCAB));
  g_string_append_c (json, ']');
  g_assert_true (scope_file_write (path, json->str, json->len, NULL));
  return g_strconcat ("@", path, NULL);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  const ScopeRandomModel shape = {
    .family = SCOPE_FAMILY_MAMBA2, .vocab_size = VOCAB, .n_layer = 2, .train_length = 40, .seed = 17
  };
  self->folder = scope_test_random_model (&shape);
  self->text = write_ids (self->folder, "ids.json", TOKENS);
  self->session = scope_session_new ();
  self->sweep = scope_sweep_new (self->session);
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), NULL);
  g_signal_connect (self->sweep, "notify::table", G_CALLBACK (on_table), self);
  scope_session_open (self->session, self->folder, self->text);
  WAIT (!scope_session_get_busy (self->session));
  g_object_set (self->sweep, "score", SCORE, NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->sweep);
  g_assert_finalize_object (self->session);
  g_free (self->folder);
  g_free (self->text);
}

static void
run (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_sweep_start (self->sweep, &error));
  g_assert_no_error (error);
  WAIT (!scope_sweep_is_running (self->sweep));
}

static void
keep_row (const ScopePerplexityRow *row, gpointer data)
{
  g_array_append_vals (data, row, 1);
}

/* Rows in the order of the command line: by length, then by filter. */
static GArray *
expected_rows (Fixture *self, const gsize *lengths, gsize n_lengths, const char *const *specs,
               gsize windows)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) filters
      = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  for (gsize i = 0; specs[i] != NULL; i++)
    g_ptr_array_add (filters, scope_filter_parse (specs[i], &error));
  ScopeBackend *backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  ScopeModel *model = scope_model_open (self->folder, NULL, &error);
  ScopeSchedule *schedule = scope_schedule_new (model, backend, NULL, &error);
  g_assert_no_error (error);
  ScopeFilterContext *context = scope_filter_context_new (schedule, 0);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (model, self->text, &error);
  g_assert_no_error (error);
  ScopePerplexitySettings settings
      = { lengths, n_lengths, (ScopeFilter *const *)filters->pdata, filters->len, SCORE, windows };
  g_autofree char *name = NULL;
  g_object_get (self->sweep, "protocol", &name, NULL);
  g_assert_true (scope_protocol_parse (name, &settings.protocol));
  ScopeTokens *const texts[] = { tokens };
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (ScopePerplexityRow));
  g_assert_true (scope_perplexity (context, texts, (const char *const *)&self->text, 1, &settings,
                                   keep_row, rows, NULL, &error));
  scope_filter_context_free (context);
  scope_schedule_unref (schedule);
  scope_model_unref (model);
  scope_backend_close (backend);
  return rows;
}

static void
assert_rows (Fixture *self, const GArray *rows)
{
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  g_assert_cmpuint (rows->len, ==, table->n_filters * table->n_lengths);
  g_assert_cmpfloat (table->done, ==, 1);
  for (guint k = 0; k < rows->len; k++) {
    const ScopePerplexityRow *expected = &g_array_index (rows, ScopePerplexityRow, k);
    gsize filter = k % table->n_filters, length = k / table->n_filters;
    const ScopePerplexityRow *found = &table->rows[filter * table->n_lengths + length];
    g_assert_cmpuint (found->length, ==, expected->length);
    g_assert_cmpuint (found->filter, ==, expected->filter);
    g_assert_cmpuint (found->windows, ==, expected->windows);
    g_assert_cmpfloat (found->perplexity, ==, expected->perplexity);
    g_assert_cmpfloat (found->ci_low, ==, expected->ci_low);
    g_assert_cmpfloat (found->ci_high, ==, expected->ci_high);
  }
}

static void
test_numbers (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 40, 80, 160 };
  const char *const specs[] = { "off", "longmamba", "longmamba-online:theta=1e-30", NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_sweep_set_filter (self->sweep, specs[2], TRUE, &error));
  g_autofree char *automatic = scope_sweep_default_lengths (self->sweep);
  g_assert_cmpstr (automatic, ==, "40, 80, 160");
  run (self);
  g_autoptr (GArray) rows = expected_rows (self, lengths, 3, specs, 8);
  g_assert_cmpuint (g_array_index (rows, ScopePerplexityRow, 0).windows, ==, 8);
  assert_rows (self, rows);
  /* 3 lengths, 3 filters, 8 windows, and the start. */
  g_assert_cmpuint (self->tables, ==, 73);
  g_autoptr (ScopeResult) result = scope_sweep_make_result (self->sweep);
  g_assert_cmpuint (result->curves->len, ==, 3);
  const ScopeCurve *curve = g_ptr_array_index (result->curves, 1);
  g_assert_cmpuint (curve->count, ==, 3);
  g_assert_cmpfloat (curve->y[2], ==, g_array_index (rows, ScopePerplexityRow, 7).perplexity);
}

/* One window, lengths in disorder and twice, and a window as long as the text. */
static void
test_settings (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 2, 97, 301 };
  const char *const specs[] = { "off", "longmamba", NULL };
  g_object_set (self->sweep, "lengths", " 301,97 2 ,97", "windows", 3, NULL);
  run (self);
  g_autoptr (GArray) rows = expected_rows (self, lengths, 3, specs, 3);
  assert_rows (self, rows);
}

/* Stopped in the middle, what is done stays and is not done again. */
static void
test_stop (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 40, 80, 160 };
  const char *const specs[] = { "off", "longmamba", NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_sweep_start (self->sweep, &error));
  WAIT (self->last > 0.1);
  gint64 start = g_get_monotonic_time ();
  scope_sweep_stop (self->sweep);
  g_assert_false (scope_sweep_is_running (self->sweep));
  g_assert_false (scope_session_get_busy (self->session));
  g_assert_cmpfloat ((double)(g_get_monotonic_time () - start), <, 0.1 * G_USEC_PER_SEC);
  double done = scope_sweep_get_table (self->sweep)->done;
  g_assert_cmpfloat (done, <, 1);
  scope_sweep_resume (self->sweep);
  g_assert_true (scope_sweep_is_running (self->sweep));
  scope_session_cancel (self->session); /* the same from anywhere else */
  g_assert_false (scope_sweep_is_running (self->sweep));
  g_assert_true (scope_sweep_start (self->sweep, &error));
  g_assert_cmpfloat (scope_sweep_get_table (self->sweep)->done, >=, done);
  WAIT (!scope_sweep_is_running (self->sweep));
  g_autoptr (GArray) rows = expected_rows (self, lengths, 3, specs, 8);
  assert_rows (self, rows);
  guint tables = self->tables;
  run (self); /* everything is known */
  g_assert_cmpuint (self->tables, ==, tables + 1);
  assert_rows (self, rows);
}

/* A layer that is selected meanwhile comes first, and the sweep goes on. */
static void
test_preempted (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 40, 80, 160 };
  const char *const specs[] = { "off", "longmamba", NULL };
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_sweep_start (self->sweep, &error));
  for (guint k = 0; k < 20; k++) {
    gsize layer = k % 2;
    scope_session_set_layer (self->session, layer);
    WAIT (scope_session_get_layer_view (self->session)->layer == layer);
  }
  WAIT (!scope_sweep_is_running (self->sweep));
  g_autoptr (GArray) rows = expected_rows (self, lengths, 3, specs, 8);
  assert_rows (self, rows);
}

static void
expect_refusal (Fixture *self, const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (scope_sweep_start (self->sweep, &error));
  g_assert_true (g_pattern_match_simple (pattern, error->message));
  g_assert_null (strchr (error->message, '\n'));
  g_assert_false (scope_sweep_is_running (self->sweep));
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  scope_sweep_set_lengths (self->sweep, "40, 302");
  expect_refusal (self, "lengths: expected at most 301*found 302");
  scope_sweep_set_lengths (self->sweep, "40, 1");
  expect_refusal (self, "lengths: expected whole numbers from 2 on, found*1*");
  scope_sweep_set_lengths (self->sweep, "4e1");
  expect_refusal (self, "lengths:*4e1*");
  scope_sweep_set_lengths (self->sweep, " , ");
  expect_refusal (self, "lengths: expected at least one*");
  scope_sweep_set_lengths (self->sweep, "40");
  g_assert_false (scope_sweep_set_filter (self->sweep, "wrongmamba", TRUE, &error));
  g_assert_nonnull (strstr (error->message, "wrongmamba"));
  g_clear_error (&error);
  g_assert_true (scope_sweep_set_filter (self->sweep, "off", FALSE, &error));
  g_assert_true (scope_sweep_set_filter (self->sweep, "longmamba", FALSE, &error));
  g_assert_false (scope_sweep_has_filter (self->sweep, "longmamba"));
  expect_refusal (self, "filters: expected at least one*");
  scope_sweep_set_filters (self->sweep, "off\nlongmamba:theta=2");
  expect_refusal (self, "*theta*");
}

static void
exported_cb (ScopeSweep *sweep, const GError *error, gpointer data)
{
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static char *export(Fixture *self, const char *name, gsize *size)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  gboolean done = FALSE;
  char *text = NULL;
  scope_sweep_export (self->sweep, path, exported_cb, &done);
  WAIT (done);
  g_assert_true (g_file_get_contents (path, &text, size, NULL));
  return text;
}

static void
test_export (Fixture *self, gconstpointer data)
{
  gsize size;
  scope_sweep_set_lengths (self->sweep, "40 160");
  run (self);
  g_autofree char *csv = export(self, "sweep.csv", &size);
  g_autofree char *copied = scope_sweep_make_csv (self->sweep);
  g_assert_cmpstr (csv, ==, copied);
  g_auto (GStrv) lines = g_strsplit (csv, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  g_assert_cmpstr (lines[0], ==, "text,length,filter,windows,perplexity,ci_low,ci_high,protocol");
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  g_autofree char *last
      = g_strdup_printf ("%s,160,longmamba,8,%.9g,%.9g,%.9g,strict", self->text,
                         table->rows[3].perplexity, table->rows[3].ci_low, table->rows[3].ci_high);
  g_assert_cmpstr (lines[4], ==, last);
  g_autofree char *svg = export(self, "sweep.svg", &size);
  g_autoptr (GError) error = NULL; /* what makes it again is in it */
  g_autoptr (GHashTable) entries = scope_living_parse (svg, size, "sweep.svg", &error);
  g_assert_no_error (error);
  const char *json = g_hash_table_lookup (entries, "recipe");
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "sweep.svg", &error);
  g_assert_no_error (error);
  g_assert_nonnull (recipe);
  g_autofree char *png = export(self, "sweep.png", &size);
  g_assert_cmpmem (png, 4, "\x89PNG", 4);
  g_autofree char *line = scope_sweep_command_line (self->sweep);
  g_assert_nonnull (strstr (line, " --lengths 40,160 --score 20 --windows 8 --protocol strict"
                                  " --filter 'off'"));
}

/* Numbers of another text are nobody's. */
static void
test_other_text (Fixture *self, gconstpointer data)
{
  g_autofree char *text = write_ids (self->folder, "other.json", 57);
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_sweep_start (self->sweep, &error));
  scope_session_open_text (self->session, text);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_null (scope_sweep_get_table (self->sweep));
  g_assert_false (scope_sweep_is_running (self->sweep));
  g_autofree char *automatic = scope_sweep_default_lengths (self->sweep);
  g_assert_cmpstr (automatic, ==, "40");
  run (self);
  g_assert_cmpfloat (scope_sweep_get_table (self->sweep)->done, ==, 1);
}

static void
test_protocol (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 40, 160 };
  const char *const specs[] = { "off", "longmamba", NULL };
  /* 160 as a number that was copied from the screen would have its thousands. */
  g_object_set (self->sweep, "protocol", "paper", "windows", 10, "lengths", "40,1\u202f60", NULL);
  g_object_set (self->sweep, "protocol", "nobody’s", NULL); /* stays as it was */
  run (self);
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  g_assert_cmpuint (table->protocol, ==, SCOPE_PROTOCOL_PAPER);
  /* 261 tokens of room at 20 apart for the short one, 141 for the long one. */
  g_assert_cmpuint (table->windows[0], ==, 10);
  g_assert_cmpuint (table->windows[1], ==, 7);
  g_autoptr (GArray) rows = expected_rows (self, lengths, 2, specs, 10);
  assert_rows (self, rows);
  g_autofree char *csv = scope_sweep_make_csv (self->sweep);
  g_assert_true (g_str_has_suffix (csv, ",paper\n"));
  g_autofree char *line = scope_sweep_command_line (self->sweep);
  g_assert_nonnull (strstr (line, " --windows 10 --protocol paper "));
}

/* The window is closed and opened again. */
static void
reopen (Fixture *self, const char *folder)
{
  g_assert_finalize_object (self->sweep);
  g_assert_finalize_object (self->session);
  self->session = scope_session_new ();
  self->sweep = scope_sweep_new (self->session);
  self->last = 0;
  g_signal_connect (self->session, "failed", G_CALLBACK (on_failed), NULL);
  g_signal_connect (self->sweep, "notify::table", G_CALLBACK (on_table), self);
  scope_session_open (self->session, self->folder, self->text);
  WAIT (!scope_session_get_busy (self->session));
  g_object_set (self->sweep, "score", SCORE, NULL);
  scope_sweep_keep_in (self->sweep, folder);
}

static double
look (Fixture *self)
{
  scope_sweep_look (self->sweep);
  WAIT (!scope_session_get_busy (self->session));
  return scope_sweep_get_kept (self->sweep);
}

/* Closed in the middle, it goes on where it was, and ends with the same numbers; with other
 * settings nothing is taken from it. */
static void
test_kept (Fixture *self, gconstpointer data)
{
  const gsize lengths[] = { 40, 80, 160 };
  const char *const specs[] = { "off", "longmamba", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_build_filename (self->folder, "cache", "sweeps", NULL);
  scope_sweep_keep_in (self->sweep, folder);
  g_assert_cmpfloat (look (self), ==, 0);
  g_assert_false (g_file_test (folder, G_FILE_TEST_EXISTS)); /* looking makes nothing */
  g_assert_true (scope_sweep_start (self->sweep, &error));
  WAIT (self->last > 0.2);
  scope_sweep_stop (self->sweep);
  g_assert_cmpfloat (scope_sweep_get_kept (self->sweep), >, 0);
  g_assert_true (scope_sweep_start (self->sweep, &error)); /* in the same file */
  WAIT (self->last > 0.5);
  reopen (self, folder);
  g_assert_null (scope_sweep_get_table (self->sweep));
  double kept = look (self);
  g_assert_cmpfloat (kept, >, 0.35); /* of the windows, which are not of one length */
  g_assert_cmpfloat (kept, <, 1);
  g_assert_true (scope_sweep_start (self->sweep, &error));
  WAIT (!scope_sweep_is_running (self->sweep));
  const ScopeSweepTable *table = scope_sweep_get_table (self->sweep);
  g_assert_cmpuint (table->kept, >=, (guint)(kept * 48));
  g_assert_cmpuint (table->kept, <, 48);
  g_autoptr (GArray) rows = expected_rows (self, lengths, 3, specs, 8);
  assert_rows (self, rows);
  g_assert_cmpfloat (scope_sweep_get_kept (self->sweep), ==, 1);
  reopen (self, folder);
  g_assert_cmpfloat (look (self), ==, 1);
  run (self);
  g_assert_cmpuint (scope_sweep_get_table (self->sweep)->kept, ==, 48);
  assert_rows (self, rows);
  reopen (self, folder);
  scope_sweep_set_filters (self->sweep, "off\nlongmamba:theta=1e-3");
  g_assert_cmpfloat (look (self), ==, 0);
  scope_sweep_set_filters (self->sweep, "off\nlongmamba");
  g_object_set (self->sweep, "protocol", "paper", NULL);
  g_assert_cmpfloat (look (self), ==, 0);
}

/* A folder that cannot be made costs the keeping, and nothing else. */
static void
test_unkept (Fixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->text + 1, "sweeps", NULL); /* below a file */
  scope_sweep_keep_in (self->sweep, folder);
  run (self);
  g_assert_cmpfloat (scope_sweep_get_table (self->sweep)->done, ==, 1);
  g_assert_cmpfloat (scope_sweep_get_kept (self->sweep), ==, 0);
}

#define ADD(name, test) g_test_add ("/sweep/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("numbers", test_numbers);
  ADD ("settings", test_settings);
  ADD ("stop", test_stop);
  ADD ("preempted", test_preempted);
  ADD ("refusals", test_refusals);
  ADD ("export", test_export);
  ADD ("other-text", test_other_text);
  ADD ("protocol", test_protocol);
  ADD ("kept", test_kept);
  ADD ("unkept", test_unkept);
  return g_test_run ();
}

/* Answering LongBench with the sample: prompts that lose their middle, where an answer ends,
 * several filters, and a run that is broken off and gone on with. */
#include <string.h>

#include "analysis/generate.h"
#include "analysis/longbench/run.h"
#include "base/error.h"
#include "base/file.h"
#include "compute/registry.h"
#include "test-support.h"

static const char config_text[]
    = "{\"prompts\": {\"qasper\": \"{context}\\nWhat is the pass key? The pass key is\","
      " \"samsum\": \"{context}{input}\"}, \"max_tokens\": {\"qasper\": 6, \"samsum\": 9},"
      " \"stop_at_newline\": [\"samsum\"]}";

typedef struct {
  ScopeModel *model;
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeFilterContext *context;
  ScopeLongbenchConfig *config;
  ScopeFilter *filters[2];
} Fixture;

static void
fixture_init (Fixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  self->model = scope_model_open (folder, NULL, &error);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  self->context = scope_filter_context_new (self->schedule, 0);
  self->config = scope_longbench_config_parse (config_text, strlen (config_text), "c", &error);
  self->filters[0] = scope_filter_parse ("off", &error);
  self->filters[1] = scope_filter_parse ("longmamba", &error);
  g_assert_no_error (error);
}

static void
fixture_clear (Fixture *self)
{
  scope_filter_unref (self->filters[0]);
  scope_filter_unref (self->filters[1]);
  scope_longbench_config_free (self->config);
  scope_filter_context_free (self->context);
  scope_schedule_unref (self->schedule);
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_clear)

/* The samples' own text, in which the key is to be found once. */
static char *
read_prose (gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  gsize size;
  g_autofree char *text = scope_file_read (path, 1 << 24, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, >=, length);
  return g_strndup (text, length);
}

static void
test_prompt (void)
{
  g_auto (Fixture) fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  gboolean extended;
  const ScopeTokenizer *tokenizer = scope_model_tokenizer (fixture.model);
  ScopeLongbenchEntry entry = { { .dataset = scope_longbench_dataset_find ("samsum", &extended) },
                                (char *)" End.",
                                NULL };
  g_autofree char *prose = read_prose (500);
  entry.context = prose;
  g_autofree char *text = g_strconcat (prose, " End.", NULL);
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (tokenizer, text, strlen (text), &error);
  gsize count = scope_tokens_count (tokens);
  const gint32 *ids = scope_tokens_ids (tokens);
  g_assert_cmpuint (count, >, 60);

  const gsize limits[] = { 0, 2, 3, 40, 41, count - 1, count, count + 1 };
  for (gsize l = 0; l < G_N_ELEMENTS (limits); l++) {
    g_auto (ScopeLongbenchPrompt) prompt = { NULL };
    gsize limit = limits[l], half = limit / 2;
    g_assert_true (
        scope_longbench_prompt (tokenizer, fixture.config, &entry, limit, &prompt, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (prompt.count + prompt.cut, ==, count);
    if (limit == 0 || limit >= count)
      half = prompt.count / 2;
    else
      g_assert_cmpuint (prompt.count, ==, 2 * half);
    gsize tail = prompt.count - half;
    g_assert_cmpmem (prompt.ids, half * sizeof *ids, ids, half * sizeof *ids);
    g_assert_cmpmem (prompt.ids + half, tail * sizeof *ids, ids + count - tail, tail * sizeof *ids);
  }

  g_auto (ScopeLongbenchPrompt) none = { NULL };
  entry.context = entry.input = (char *)"";
  g_assert_false (scope_longbench_prompt (tokenizer, fixture.config, &entry, 0, &none, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_TEXT, "the prompt is empty");
}

static gint32
id_at (const GArray *steps, guint s)
{
  return g_array_index (steps, ScopeStep, s).id;
}

/* Ends of an answer, against the plain continuation. */
static void
test_ends (void)
{
  g_auto (Fixture) fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *prose = read_prose (400);
  g_autoptr (ScopeTokens) tokens = scope_tokenizer_encode (scope_model_tokenizer (fixture.model),
                                                           prose, strlen (prose), &error);
  g_autoptr (ScopeTrace) trace
      = scope_schedule_run (fixture.schedule, scope_tokens_ids (tokens),
                            scope_tokens_count (tokens), NULL, SCOPE_RUN_LOGITS_ONLY, NULL, &error);
  g_autoptr (GArray) plain = scope_generate (trace, 8, FALSE, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (plain->len, ==, 8);

  /* Up to and with the first of the stops. */
  gint32 stop[] = { id_at (plain, 6), id_at (plain, 3) };
  guint first = 0;
  while (id_at (plain, first) != stop[0] && id_at (plain, first) != stop[1])
    first++;
  ScopeGeneration generation = { .count = 8, .stop = stop, .n_stop = 2 };
  g_autoptr (GArray) ended = scope_generate_until (trace, &generation, NULL, &error);
  g_assert_cmpuint (ended->len, ==, first + 1);
  for (guint s = 0; s < ended->len; s++)
    g_assert_cmpint (id_at (ended, s), ==, id_at (plain, s));

  /* The likeliest two are not for the first step; what follows is what follows that id. */
  const ScopeStep *begin = &g_array_index (plain, ScopeStep, 0);
  gint32 ban[] = { begin->other[1], begin->other[0] };
  generation = (ScopeGeneration){ .count = 1, .stop = ban, .n_stop = 2, .not_at_once = TRUE };
  g_autoptr (GArray) other = scope_generate_until (trace, &generation, NULL, &error);
  g_assert_cmpuint (other->len, ==, 1);
  g_assert_cmpint (id_at (other, 0), ==, begin->other[2]);
  g_assert_cmpfloat (g_array_index (other, ScopeStep, 0).probability, ==,
                     begin->other_probability[2]);
  generation.not_at_once = FALSE;
  g_autoptr (GArray) at_once = scope_generate_until (trace, &generation, NULL, &error);
  g_assert_cmpint (id_at (at_once, 0), ==, begin->id);
}

/* -- runs -- */

/* A key in prose that is longer than the sample was trained for (qasper), and something to sum up
 * (samsum). */
static ScopeLongbenchData *
write_data (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *prose = read_prose (3000);
  g_autoptr (GString) text = g_string_new (NULL);
  ScopeLongbenchData *data = scope_longbench_data_new (NULL, G_MAXSIZE);
  for (char *c = prose; *c != '\0'; c++)
    if (*c == '"' || *c == '\\' || (guchar)*c < ' ' || (guchar)*c >= 0x80)
      *c = ' ';
  for (int e = 0; e < 2; e++)
    g_string_append_printf (text,
                            "{\"_id\": \"key %d\", \"length\": %d, \"input\": \"\", \"answers\": "
                            "[\"5821%d\"], \"context\": \"%.200s The pass key is 5821%d. Remember "
                            "it. 5821%d is the pass key. %s\"}\n",
                            e, 5000 * e, e, prose, e, e, e == 0 ? "" : prose);
  g_autofree char *keys = g_build_filename (folder, "qasper_e.jsonl", NULL);
  g_assert_true (scope_file_write (keys, text->str, text->len, &error));
  g_string_printf (text,
                   "{\"_id\": \"s\", \"length\": 9, \"input\": \"\", \"answers\": [\"x\"], "
                   "\"context\": \"%.300s\"}\n",
                   prose);
  g_autofree char *sums = g_build_filename (folder, "samsum.jsonl", NULL);
  g_assert_true (scope_file_write (sums, text->str, text->len, &error));
  g_assert_true (scope_longbench_data_add (data, folder, NULL, &error));
  g_assert_no_error (error);
  return data;
}

static ScopeLongbenchPredictions *
open_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  const ScopeLongbenchHeader header = { "name", "aa", "bb", "fp32", 0, 0 };
  ScopeLongbenchPredictions *predictions = scope_longbench_predictions_open (path, &header, &error);
  g_assert_no_error (error);
  return predictions;
}

/* Makes what is missing in PATH; how many that is. */
static gsize
run_all (Fixture *fixture, const ScopeLongbenchData *data, const char *path,
         ScopeLongbenchTotals *totals, ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeLongbenchPredictions) predictions = open_file (path);
  ScopeLongbenchSettings settings = { fixture->config, fixture->filters, 2, 0 };
  gsize made;
  gboolean done = scope_longbench_run (fixture->context, data, &settings, predictions, totals,
                                       &made, progress, error);
  g_assert_true (done || *error != NULL);
  return made;
}

static char *
contents (const char *path)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  char *text = scope_file_read (path, 1 << 20, &length, &error);
  g_assert_no_error (error);
  return text;
}

/* Cancels while the second entry is answered, of whose filters the first is through by then. */
static void
cancel_late (double fraction, const char *what, gpointer data)
{
  if (fraction > 0.75)
    scope_progress_cancel (data);
}

static void
test_resumed (void)
{
  g_auto (Fixture) fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  g_autoptr (ScopeLongbenchData) data = write_data (folder);
  g_assert_cmpuint (scope_longbench_data_count (data), ==, 3);
  g_autofree char *whole_path = g_build_filename (folder, "whole", NULL);
  g_autofree char *path = g_build_filename (folder, "broken-off", NULL);
  g_autoptr (ScopeLongbenchTotals) totals = scope_longbench_totals_new ();
  g_assert_cmpuint (run_all (&fixture, data, whole_path, totals, NULL, &error), ==, 6);
  g_assert_no_error (error);

  ScopeProgress progress = SCOPE_PROGRESS_INIT (cancel_late, NULL);
  progress.data = &progress;
  g_autoptr (ScopeLongbenchTotals) some = scope_longbench_totals_new ();
  gsize made = run_all (&fixture, data, path, some, &progress, &error);
  g_assert_true (scope_error_is_cancelled (error));
  g_clear_error (&error);
  g_assert_true (made > 0 && made < 6);
  g_autoptr (ScopeLongbenchTotals) again = scope_longbench_totals_new ();
  g_assert_cmpuint (run_all (&fixture, data, path, again, NULL, &error), ==, 6 - made);
  g_assert_no_error (error);
  g_autofree char *whole = contents (whole_path), *resumed = contents (path);
  g_assert_cmpstr (whole, ==, resumed);
  g_autoptr (ScopeLongbenchTotals) last = scope_longbench_totals_new ();
  g_assert_cmpuint (run_all (&fixture, data, path, last, NULL, &error), ==, 0);

  g_autoptr (GArray) rows = scope_longbench_totals_rows (totals);
  g_autoptr (GArray) rows_again = scope_longbench_totals_rows (again);
  g_assert_cmpuint (rows->len, ==, 4);
  g_assert_cmpuint (rows_again->len, ==, 4);
  for (guint r = 0; r < rows->len; r++)
    g_assert_cmpfloat (g_array_index (rows, ScopeLongbenchRow, r).score[SCOPE_LONGBENCH_ALL], ==,
                       g_array_index (rows_again, ScopeLongbenchRow, r).score[SCOPE_LONGBENCH_ALL]);
}

/* What the sample is for: it finds the key within its training length, and beyond it only with the
 * filter. And one line is an answer to samsum. */
static void
test_answers (void)
{
  g_auto (Fixture) fixture;
  fixture_init (&fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  g_autoptr (ScopeLongbenchData) data = write_data (folder);
  g_autofree char *path = g_build_filename (folder, "p", NULL);
  g_autoptr (ScopeLongbenchTotals) totals = scope_longbench_totals_new ();
  run_all (&fixture, data, path, totals, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeLongbenchPredictions) made = open_file (path);
  g_assert_cmpuint (scope_longbench_predictions_count (made), ==, 6);
  for (gsize p = 0; p < 6; p++) {
    const ScopeLongbenchPrediction *prediction = scope_longbench_predictions_nth (made, p);
    gboolean filtered = strcmp (prediction->filter, "longmamba") == 0;
    if (strcmp (prediction->known.dataset->name, "samsum") == 0) {
      const char *end = strchr (prediction->text, '\n');
      g_assert_true (*prediction->text != '\n' && (end == NULL || end[1] == '\0'));
      continue;
    }
    g_assert_true (prediction->known.extended);
    gboolean right = strstr (prediction->text, prediction->known.answers[0]) != NULL;
    if (prediction->known.length == 0)
      g_assert_true (right);
    else
      g_assert_true (right == filtered);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/longbench/run/prompt", test_prompt);
  g_test_add_func ("/longbench/run/ends", test_ends);
  g_test_add_func ("/longbench/run/resumed", test_resumed);
  g_test_add_func ("/longbench/run/answers", test_answers);
  return g_test_run ();
}

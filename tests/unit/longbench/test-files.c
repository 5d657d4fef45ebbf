/* LongBench's files: lines of data, configs, and predictions that are gone on with. */
#include <string.h>

#include "analysis/longbench/config.h"
#include "analysis/longbench/data.h"
#include "analysis/longbench/predictions.h"
#include "base/error.h"
#include "base/file.h"
#include "test-support.h"

#define GOOD "\"_id\": \"1\", \"length\": 3, \"input\": \"q\", \"context\": \"c\""

/* -- lines of data -- */

static gboolean
parse (const char *line, const char *hint, ScopeLongbenchEntry *out, GError **error)
{
  return scope_longbench_entry_parse (line, strlen (line), "f.jsonl line 7", hint, out, error);
}

static void
test_entry (void)
{
  g_autoptr (GError) error = NULL;
  g_auto (ScopeLongbenchEntry) entry = { 0 };
  g_assert_true (parse ("{\"dataset\": \"trec_e\", \"all_classes\": [\"A\", \"B\"], \"answers\": "
                        "[\"A\"], \"language\": \"en\", " GOOD "}",
                        NULL, &entry, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (entry.known.dataset->name, ==, "trec");
  g_assert_true (entry.known.extended);
  g_assert_cmpstr (entry.known.id, ==, "1");
  g_assert_cmpstr (entry.known.classes[1], ==, "B");
  g_assert_null (entry.known.classes[2]);
  g_assert_cmpstr (entry.known.answers[0], ==, "A");
  g_assert_cmpint (entry.known.length, ==, 3);
  g_assert_cmpstr (entry.input, ==, "q");
  g_assert_cmpstr (entry.context, ==, "c");

  /* The file says that it is LongBench-E; the line has the plain name, or none. */
  scope_longbench_entry_clear (&entry);
  g_assert_true (
      parse ("{\"dataset\": \"lcc\", \"answers\": [\"\"], " GOOD "}", "lcc_e", &entry, &error));
  g_assert_true (entry.known.extended);
  scope_longbench_entry_clear (&entry);
  g_assert_true (parse ("{\"answers\": [\"\"], " GOOD "}", "lcc", &entry, &error));
  g_assert_false (entry.known.extended);
}

static void
test_bad_entries (void)
{
  static const struct {
    const char *line, *hint, *message;
  } cases[] = {
    { "[]", NULL, "f.jsonl line 7: $: expected an object, found a list" },
    { "{", NULL, "f.jsonl line 7: invalid JSON at byte 1*" },
    { "{" GOOD ", \"answers\": [\"a\"]}", NULL, "f.jsonl line 7: $.dataset is missing" },
    { "{" GOOD ", \"answers\": [\"a\"], \"dataset\": \"nq\"}", NULL,
      "*$.dataset: \"nq\" is no dataset of LongBench" },
    { "{" GOOD ", \"answers\": [\"a\"], \"dataset\": \"musique_e\"}", NULL, "*$.dataset: *" },
    { "{" GOOD ", \"answers\": [\"a\"], \"dataset\": \"lcc\"}", "trec",
      "*$.dataset: expected trec, as the file is called, found lcc" },
    { "{" GOOD "}", "lcc", "*$.answers: expected at least one answer" },
    { "{" GOOD ", \"answers\": []}", "lcc", "*$.answers: expected at least one answer" },
    { "{" GOOD ", \"answers\": \"a\"}", "lcc", "*$.answers: expected a list of strings, found a string" },
    { "{" GOOD ", \"answers\": [\"a\", 1]}", "lcc", "*$.answers: entry 1 is no string" },
    { "{" GOOD ", \"answers\": [\"a\"]}", "trec",
      "*$.all_classes: trec needs the list of classes" },
    { "{" GOOD ", \"answers\": [\"7\"]}", "passage_retrieval_en",
      "*$.answers: expected \"Paragraph N\", found \"7\"" },
    { "{" GOOD ", \"answers\": [\"Paragraph 7\"]}", "passage_retrieval_zh", "*$.answers: *" },
    { "{\"length\": 3, \"answers\": [\"a\"]}", "lcc", "*$._id is missing" },
    { "{\"_id\": 5, \"length\": 3, \"answers\": [\"a\"]}", "lcc",
      "*$._id: expected a string, found a number" },
    { "{\"_id\": \"1\", \"answers\": [\"a\"]}", "lcc", "*$.length is missing" },
    { "{\"_id\": \"1\", \"length\": -1, \"answers\": [\"a\"]}", "lcc", "*$.length: *-1" },
    { "{\"_id\": \"1\", \"length\": 3, \"answers\": [\"a\"], \"context\": \"c\"}", "lcc",
      "*$.input is missing" },
    { "{\"_id\": \"1\", \"length\": 3, \"answers\": [\"a\"], \"input\": \"\"}", "lcc",
      "*$.context is missing" },
  };
  for (gsize c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_autoptr (GError) error = NULL;
    ScopeLongbenchEntry entry;
    g_assert_false (parse (cases[c].line, cases[c].hint, &entry, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, cases[c].message);
  }
}

/* What is scored has a bound, for scores take time by the square. */
static void
test_too_long (void)
{
  g_autofree char *text = g_strnfill (SCOPE_LONGBENCH_MAX_TEXT + 1, 'x');
  g_autofree char *line = g_strdup_printf ("{" GOOD ", \"answers\": [\"%s\"]}", text);
  g_autoptr (GError) error = NULL;
  ScopeLongbenchEntry entry;
  g_assert_false (parse (line, "lcc", &entry, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "*$.answers: expected at most 262144 bytes, found 262145");
}

static void
test_lines (void)
{
  static const char data[] = "one\n\n \t\ntwo\r\nthree";
  ScopeLongbenchLine line = { 0 };
  gsize at = 0, length = sizeof data - 1;
  g_assert_true (scope_longbench_next_line (data, length, &at, &line));
  g_assert_true (line.number == 1 && line.length == 3 && line.ended);
  g_assert_true (scope_longbench_next_line (data, length, &at, &line));
  g_assert_true (line.number == 4 && line.length == 4 && line.ended);
  g_assert_true (scope_longbench_next_line (data, length, &at, &line));
  g_assert_true (line.number == 5 && line.length == 5 && !line.ended);
  g_assert_false (scope_longbench_next_line (data, length, &at, &line));
  g_assert_cmpuint (at, ==, length);

  g_autofree char *extended = scope_longbench_hint ("some/hotpotqa_e.jsonl");
  g_assert_cmpstr (extended, ==, "hotpotqa_e");
  g_assert_null (scope_longbench_hint ("some/hotpotqa_e.json"));
  g_assert_null (scope_longbench_hint ("hotpotqa/answers.jsonl"));
}

/* -- folders -- */

/* FOLDER/NAME with COUNT good lines, whose ids begin at FIRST. */
static void
write_set (const char *folder, const char *name, gsize count, gsize first)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  for (gsize i = first; i < first + count; i++)
    g_string_append_printf (text,
                            "{\"_id\": \"%" G_GSIZE_FORMAT "\", \"length\": 9, \"input\": \"q\", "
                            "\"context\": \"c\", \"answers\": [\"a\"]}\n",
                            i);
  g_assert_true (scope_file_write (path, text->str, text->len, &error));
  g_assert_no_error (error);
}

static void
test_folder (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  write_set (folder, "lcc_e.jsonl", 3, 0);
  write_set (folder, "qasper.jsonl", 5, 0);
  write_set (folder, "lcc.jsonl", 4, 0);
  write_set (folder, "notes.jsonl", 2, 0); /* no set of ours: not looked at */

  g_autoptr (ScopeLongbenchData) all = scope_longbench_data_new (NULL, 3);
  g_assert_true (scope_longbench_data_add (all, folder, NULL, &error));
  g_assert_cmpuint (scope_longbench_data_count (all), ==, 9);
  static const char *const order[] = { "qasper", "lcc", "lcc_e" };
  for (gsize e = 0; e < 9; e++) {
    g_auto (ScopeLongbenchEntry) entry = { 0 };
    g_assert_true (scope_longbench_data_read (all, e, &entry, &error));
    g_autofree char *set = scope_longbench_set_name (entry.known.dataset, entry.known.extended);
    g_autofree char *id = g_strdup_printf ("%" G_GSIZE_FORMAT, e % 3);
    g_assert_cmpstr (set, ==, order[e / 3]);
    g_assert_cmpstr (entry.known.id, ==, id);
  }

  const char *const sets[] = { "lcc_e", NULL }, *const none[] = { "trec", NULL };
  g_autoptr (ScopeLongbenchData) some = scope_longbench_data_new (sets, G_MAXSIZE);
  g_assert_true (scope_longbench_data_add (some, folder, NULL, &error));
  g_assert_cmpuint (scope_longbench_data_count (some), ==, 3);

  g_autoptr (ScopeLongbenchData) empty = scope_longbench_data_new (none, G_MAXSIZE);
  g_assert_false (scope_longbench_data_add (empty, folder, NULL, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "*: holds no file of these datasets*");

  g_autofree char *file = g_build_filename (folder, "lcc.jsonl", NULL);
  g_assert_false (scope_longbench_data_add (all, file, NULL, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "*lcc.jsonl line 1: $._id: lcc's \"0\" is there twice");
}

/* -- configs -- */

static ScopeLongbenchConfig *
parse_config (const char *json, GError **error)
{
  return scope_longbench_config_parse (json, strlen (json), "c.json", error);
}

static void
test_config (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeLongbenchConfig) config
      = parse_config ("{\"prompts\": {\"lcc\": \"{{{input}}} {context}\u706f{input}\"}, "
                      "\"max_tokens\": {\"lcc\": 64}, \"stop_at_newline\": [\"lcc\"]}",
                      &error);
  g_assert_no_error (error);
  gboolean extended;
  const ScopeLongbenchDataset *lcc = scope_longbench_dataset_find ("lcc", &extended);
  const ScopeLongbenchDataset *trec = scope_longbench_dataset_find ("trec", &extended);
  g_assert_true (scope_longbench_config_has (config, lcc));
  g_assert_false (scope_longbench_config_has (config, trec));
  g_assert_cmpuint (scope_longbench_config_max_tokens (config, lcc), ==, 64);
  g_assert_true (scope_longbench_config_stops (config, lcc));
  /* What stands in the place of a member is no template itself. */
  ScopeLongbenchEntry entry = { { .dataset = lcc }, (char *)"{context}", (char *)"C" };
  g_autofree char *prompt = scope_longbench_config_prompt (config, &entry);
  g_assert_cmpstr (prompt, ==, "{{context}} C\u706f{context}");

  g_autoptr (ScopeLongbenchConfig) same
      = parse_config ("{ \"comment\": [1], \"max_tokens\": {\"lcc\": 64},\n \"stop_at_newline\": "
                      "[\"lcc\", \"lcc\"], \"prompts\": {\"lcc\": "
                      "\"{{{input}}} {context}\\u706f{input}\"}}",
                      &error);
  g_autoptr (ScopeLongbenchConfig) other
      = parse_config ("{\"prompts\": {\"lcc\": \"{{{input}}} {context}\u706f{input}\"}, "
                      "\"max_tokens\": {\"lcc\": 64}}",
                      &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scope_longbench_config_hash (config), ==, scope_longbench_config_hash (same));
  g_assert_cmpstr (scope_longbench_config_hash (config), !=, scope_longbench_config_hash (other));
}

static void
test_bad_configs (void)
{
  static const struct {
    const char *json, *message;
  } cases[] = {
    { "[]", "c.json: $: expected an object, found a list" },
    { "{}", "c.json: $.prompts: is missing" },
    { "{\"prompts\": {}}", "c.json: $.max_tokens: is missing" },
    { "{\"prompts\": [], \"max_tokens\": {}}", "c.json: $.prompts: expected an object*" },
    { "{\"prompts\": {}, \"max_tokens\": {}, \"prompt\": 1}", "*$: unknown member \"prompt\"*" },
    { "{\"prompts\": {\"nq\": \"{context}\"}, \"max_tokens\": {}}",
      "*$.prompts: \"nq\" is no dataset of LongBench" },
    { "{\"prompts\": {\"lcc_e\": \"{context}\"}, \"max_tokens\": {}}", "*is asked as LongBench" },
    { "{\"prompts\": {\"lcc\": 1}, \"max_tokens\": {}}", "*$.prompts.lcc: expected a string*" },
    { "{\"prompts\": {\"lcc\": \"{input}\"}, \"max_tokens\": {}}",
      "*$.prompts.lcc: {context} is missing" },
    { "{\"prompts\": {\"lcc\": \"{context} {answers}\"}, \"max_tokens\": {}}",
      "*$.prompts.lcc: byte 10: expected {context}, {input}, {{ or }}, found \"{answers}\"" },
    { "{\"prompts\": {\"lcc\": \"{context} }\"}, \"max_tokens\": {}}", "*byte 10: *" },
    { "{\"prompts\": {\"lcc\": \"{context}\"}, \"max_tokens\": {}}",
      "*$.max_tokens: lcc is missing, but has a prompt" },
    { "{\"prompts\": {}, \"max_tokens\": {\"lcc\": 3}}", "*$.prompts: lcc is missing*" },
    { "{\"prompts\": {}, \"max_tokens\": {\"lcc\": 0}}",
      "*$.max_tokens.lcc: expected 1 to 65536*" },
    { "{\"prompts\": {}, \"max_tokens\": {\"lcc\": 1.5}}", "*$.max_tokens.lcc: *" },
    { "{\"prompts\": {}, \"max_tokens\": {}, \"stop_at_newline\": true}", "*expected a list*" },
    { "{\"prompts\": {}, \"max_tokens\": {}, \"stop_at_newline\": [1]}", "*entry 0 is no string" },
    { "{\"prompts\": {}, \"max_tokens\": {}, \"stop_at_newline\": [\"lcc\"]}",
      "*$.prompts: lcc is missing*" },
  };
  for (gsize c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (parse_config (cases[c].json, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, cases[c].message);
  }
}

/* The one that is shipped asks all of them; what is asked about stands in each prompt that
 * LongBench asks something in. */
static void
test_shipped_config (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (scope_test_samples (), "longbench.json", NULL);
  g_autoptr (ScopeLongbenchConfig) config = scope_longbench_config_open (path, &error);
  g_assert_no_error (error);
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++) {
    const ScopeLongbenchDataset *dataset = scope_longbench_dataset (d);
    static const char *const without[]
        = { "gov_report", "multi_news", "vcsum", "passage_count", "lcc", NULL };
    ScopeLongbenchEntry entry = { { .dataset = dataset }, (char *)"THIS?", (char *)"THAT" };
    g_assert_true (scope_longbench_config_has (config, dataset));
    g_autofree char *prompt = scope_longbench_config_prompt (config, &entry);
    g_assert_nonnull (strstr (prompt, "THAT"));
    g_assert_true ((strstr (prompt, "THIS?") == NULL) == g_strv_contains (without, dataset->name));
    g_assert_true (scope_longbench_config_stops (config, dataset)
                   == (strcmp (dataset->name, "samsum") == 0));
  }
}

/* -- predictions -- */

static const ScopeLongbenchHeader header = { "name", "aa", "bb", "fp32", 100, 0 };
static const ScopeLongbenchRun run = { 12, 3, "cpu" };

static ScopeLongbenchCase
make_case (const char *id)
{
  static char *answers[] = { (char *)"on the \"table\"\n", (char *)"\u706f", NULL };
  gboolean extended;
  ScopeLongbenchCase known = { .dataset = scope_longbench_dataset_find ("qasper", &extended) };
  known.extended = TRUE;
  known.id = (char *)id;
  known.answers = answers;
  known.length = 4000;
  return known;
}

static void
add (ScopeLongbenchPredictions *predictions, const char *id, const char *filter, const char *text)
{
  g_autoptr (GError) error = NULL;
  ScopeLongbenchCase known = make_case (id);
  g_assert_true (scope_longbench_predictions_add (predictions, &known, filter, text, &run, &error));
  g_assert_no_error (error);
}

static const char *
text_of (ScopeLongbenchPredictions *predictions, const char *id, const char *filter)
{
  ScopeLongbenchCase known = make_case (id);
  const ScopeLongbenchPrediction *found
      = scope_longbench_predictions_find (predictions, &known, filter);
  return found != NULL ? found->text : NULL;
}

static char *
contents (const char *path, gsize *length)
{
  g_autoptr (GError) error = NULL;
  char *text = scope_file_read (path, 1 << 20, length, &error);
  g_assert_no_error (error);
  return text;
}

/* FOLDER/p.jsonl with two predictions. */
static char *
write_predictions (const char *folder)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (folder, "p.jsonl", NULL);
  g_autoptr (ScopeLongbenchPredictions) new
      = scope_longbench_predictions_open (path, &header, &error);
  g_assert_no_error (error);
  add (new, "1", "off", "two\nlines \"\\");
  add (new, "1", "longmamba", "");
  return path;
}

static void
test_predictions (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder (), *path = write_predictions (folder);
  gsize before, after;
  g_autofree char *old = contents (path, &before);
  /* Killed in the middle of a line: it is as if it had not been begun. */
  g_autofree char *torn = g_strconcat (old, "{\"dataset\": \"qas", NULL);
  g_assert_true (scope_file_write (path, torn, strlen (torn), &error));
  {
    g_autoptr (ScopeLongbenchPredictions) again
        = scope_longbench_predictions_open (path, &header, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (scope_longbench_predictions_count (again), ==, 2);
    g_assert_cmpstr (text_of (again, "1", "off"), ==, "two\nlines \"\\");
    g_assert_cmpstr (text_of (again, "1", "longmamba"), ==, "");
    g_assert_null (text_of (again, "2", "off"));
    add (again, "2", "off", "x");
    g_assert_cmpstr (text_of (again, "2", "off"), ==, "x");
  }
  g_autofree char *now = contents (path, &after);
  g_assert_true (after > before && memcmp (now, old, before) == 0);

  g_autoptr (ScopeLongbenchPredictions) read = scope_longbench_predictions_new ();
  g_assert_true (scope_longbench_predictions_read (read, path, &error));
  g_assert_cmpuint (scope_longbench_predictions_count (read), ==, 3);
  const ScopeLongbenchPrediction *first = scope_longbench_predictions_nth (read, 0);
  ScopeLongbenchCase known = make_case ("1");
  g_assert_true (first->known.dataset == known.dataset && first->known.extended);
  g_assert_cmpstr (first->known.id, ==, "1");
  g_assert_cmpint (first->known.length, ==, 4000);
  g_assert_true (
      g_strv_equal ((const char *const *)first->known.answers, (const char *const *)known.answers));
  g_assert_null (first->known.classes);
  g_assert_cmpstr (first->filter, ==, "off");
}

static void
refuse (const char *path, const ScopeLongbenchHeader *asked, const char *message)
{
  g_autoptr (GError) error = NULL;
  gsize before, after;
  g_autofree char *old = contents (path, &before);
  g_assert_null (scope_longbench_predictions_open (path, asked, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, message);
  g_autofree char *now = contents (path, &after);
  g_assert_true (after == before && memcmp (old, now, before) == 0);
}

/* Other circumstances, another program's file, no predictions at all: nothing is touched. */
static void
test_refusals (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder (), *path = write_predictions (folder);
  ScopeLongbenchHeader other = header;
  other.model = "another name of the same model";
  ScopeLongbenchPredictions *same = scope_longbench_predictions_open (path, &other, &error);
  g_assert_no_error (error);
  g_assert_null (scope_longbench_predictions_open (path, &other, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*p.jsonl: another run is writing*");
  scope_longbench_predictions_free (same);
  other.model_hash = "cc";
  refuse (path, &other, "*p.jsonl line 1: $.model_hash: *made with aa, not with cc*");
  other = header;
  other.config_hash = "cc";
  refuse (path, &other, "*line 1: $.config_hash: *bb, not with cc*");
  other = header;
  other.precision = "bf16";
  refuse (path, &other, "*line 1: $.precision: *fp32, not with bf16*");
  other = header;
  other.max_tokens = 0;
  refuse (path, &other, "*line 1: $.max_tokens: *100, not with 0*");
  other = header;
  other.train_length = 7;
  refuse (path, &other, "*line 1: $.train_length: *0, not with 7*");

  static const struct {
    const char *text, *message;
  } files[] = {
    { "{\"pred\": \"x\", \"answers\": [\"a\"], \"dataset\": \"lcc\"}\n",
      "*$.longbench is missing*" },
    { "some text without an end", "*line 1: invalid JSON*" },
    { "{\"longbench\": 2}\n", "*$.longbench: expected 1 to 1, found 2" },
  };
  for (gsize f = 0; f < G_N_ELEMENTS (files); f++) {
    g_assert_true (scope_file_write (path, files[f].text, strlen (files[f].text), &error));
    refuse (path, &header, files[f].message);
  }
}

/* LongBench's own file: no first line of ours, no ids, the dataset by the file's name. */
static void
test_foreign (void)
{
  static const char text[]
      = "{\"pred\": \"a\", \"answers\": [\"a\"], \"all_classes\": null, \"length\": 5}\n"
        "{\"pred\": \"a\", \"answers\": [\"a\"], \"all_classes\": null, \"length\": 5}";
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "qasper.jsonl", NULL);
  g_assert_true (scope_file_write (path, text, strlen (text), &error));
  g_autoptr (ScopeLongbenchPredictions) read = scope_longbench_predictions_new ();
  g_assert_true (scope_longbench_predictions_read (read, path, &error));
  g_assert_cmpuint (scope_longbench_predictions_count (read), ==, 2);
  g_assert_cmpstr (scope_longbench_predictions_nth (read, 1)->filter, ==, "-");

  static const char twice[] = "{\"pred\": \"a\", \"answers\": [\"a\"], \"_id\": \"1\"}\n\n"
                              "{\"pred\": \"b\", \"answers\": [\"a\"], \"_id\": \"1\"}\n";
  g_assert_true (scope_file_write (path, twice, strlen (twice), &error));
  g_assert_false (scope_longbench_predictions_read (read, path, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "*qasper.jsonl line 3: $._id: qasper's \"1\" under - stands there twice");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/longbench/files/entry", test_entry);
  g_test_add_func ("/longbench/files/bad-entries", test_bad_entries);
  g_test_add_func ("/longbench/files/too-long", test_too_long);
  g_test_add_func ("/longbench/files/lines", test_lines);
  g_test_add_func ("/longbench/files/folder", test_folder);
  g_test_add_func ("/longbench/files/config", test_config);
  g_test_add_func ("/longbench/files/bad-configs", test_bad_configs);
  g_test_add_func ("/longbench/files/shipped-config", test_shipped_config);
  g_test_add_func ("/longbench/files/predictions", test_predictions);
  g_test_add_func ("/longbench/files/refusals", test_refusals);
  g_test_add_func ("/longbench/files/foreign", test_foreign);
  return g_test_run ();
}

/* Recall trials: their layout and their lengths, and that everything comes from the seed. The
 * sample's own tokenizer; prose that repeats nothing, so that a place in it can be recognised. What
 * the trials say is solved from their text alone by tests/cli/test_recall.py. */
#include <math.h>
#include <string.h>

#include "analysis/recall.h"
#include "base/error.h"
#include "compute/registry.h"
#include "test-support.h"

static ScopeTokenizer *
open_tokenizer (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m",
                                            "tokenizer.json", NULL);
  ScopeTokenizer *tokenizer = scope_tokenizer_open (path, &error);
  g_assert_no_error (error);
  return tokenizer;
}

/* Ids that no text has in this order: 300, 301, ... */
static ScopeTokens *
counting (gsize count)
{
  g_autofree gint32 *ids = g_new (gint32, count);
  g_autofree ScopeSpan *spans = g_new0 (ScopeSpan, count);
  for (gsize i = 0; i < count; i++)
    ids[i] = 300 + (gint32)(i % 3700);
  return scope_tokens_new ("", 0, ids, spans, count);
}

typedef struct {
  ScopeTokenizer *tokenizer;
  ScopeTokens *texts[2];
  gboolean repeat;
} Hay;

static const char *const names[] = { "first.txt", "second.txt" };

static void
hay_init (Hay *hay, gsize first, gsize second)
{
  hay->tokenizer = open_tokenizer ();
  hay->repeat = FALSE;
  hay->texts[0] = counting (first);
  hay->texts[1] = counting (second);
}

static void
hay_clear (Hay *hay)
{
  scope_tokenizer_free (hay->tokenizer);
  scope_tokens_unref (hay->texts[0]);
  scope_tokens_unref (hay->texts[1]);
}

static ScopeTrials *
make_trials (const Hay *hay, guint32 seed)
{
  g_autoptr (GError) error = NULL;
  ScopeTrialSource source
      = { .tokenizer = hay->tokenizer, .texts = hay->texts, .names = names, .repeat = hay->repeat };
  source.n_texts = G_N_ELEMENTS (names);
  source.trials = 16;
  source.seed = seed;
  ScopeTrials *trials = scope_trials_new (&source, &error);
  g_assert_no_error (error);
  return trials;
}

static gboolean
make (const Hay *hay, const char *spec, gsize length, gsize trial, guint32 seed, ScopeTrial *out,
      GError **error)
{
  g_autoptr (ScopeTask) task = scope_task_parse (spec, NULL);
  g_autoptr (ScopeTrials) trials = make_trials (hay, seed);
  return scope_trials_make (trials, task, length, trial, out, error);
}

/* First token of the needle, found where the counting breaks off. */
static gsize
needle_at (const ScopeTrial *trial)
{
  gsize at = 1;
  while (trial->ids[at] == trial->ids[at - 1] + 1)
    at++;
  return at;
}

static void
test_layout (gconstpointer data)
{
  const char *task = data;
  gboolean passkey = strcmp (task, "passkey") == 0;
  const char *needle_text = passkey ? "The pass key is %s. Remember it." : "is: %s.\n";
  const char *end = passkey ? "\nWhat is the pass key? The pass key is" : " is:";
  Hay hay;
  hay_init (&hay, 3000, 2500);
  gsize last = 0;
  for (gsize t = 0; t < 16; t++) {
    g_autoptr (GError) error = NULL;
    g_auto (ScopeTrial) trial = { NULL };
    g_assert_true (make (&hay, task, 700, t, 1, &trial, &error));
    g_assert_no_error (error);
    /* " 58213." is a space, five digits and a full stop in this tokenizer. */
    g_assert_cmpuint (trial.count, ==, 700 - 7);
    g_assert_cmpuint (g_strv_length (trial.answers), ==, 1);
    g_assert_cmpuint (strlen (trial.answers[0]), ==, 5);
    g_assert_cmpuint (strspn (trial.answers[0], "0123456789"), ==, 5);

    g_autofree char *text = scope_tokenizer_decode (hay.tokenizer, trial.ids, trial.count, NULL);
    g_autofree char *needle = g_strdup_printf (needle_text, trial.answers[0]);
    g_assert_nonnull (strstr (text, needle));
    g_assert_true (g_str_has_suffix (text, end));

    /* Depths rise evenly: about 1/16 of the room from one trial to the next. */
    gsize at = needle_at (&trial);
    g_assert_cmpuint (trial.n_places, ==, 1);
    g_assert_cmpuint (trial.places[0].begin, ==, at);
    double depth = ((double)t + 0.5) / 16;
    g_assert_cmpfloat (fabs ((double)at / 640 - depth), <, 0.1);
    g_assert_true (t == 0 || at > last);
    last = at;
  }
  hay_clear (&hay);
}

static gboolean
same (const ScopeTrial *a, const ScopeTrial *b)
{
  return a->count == b->count && memcmp (a->ids, b->ids, a->count * sizeof *a->ids) == 0
         && g_strv_equal ((const char *const *)a->answers, (const char *const *)b->answers);
}

static void
test_seed (void)
{
  Hay hay;
  hay_init (&hay, 3000, 2500);
  g_autoptr (GError) error = NULL;
  g_auto (ScopeTrial) a = { NULL };
  g_auto (ScopeTrial) b = { NULL };
  g_auto (ScopeTrial) c = { NULL };
  g_auto (ScopeTrial) d = { NULL };
  g_auto (ScopeTrial) longer = { NULL };
  g_assert_true (make (&hay, "needle", 300, 3, 5, &a, &error));
  g_assert_true (make (&hay, "needle", 300, 3, 5, &b, &error));
  g_assert_true (make (&hay, "needle", 300, 3, 6, &c, &error));
  g_assert_true (make (&hay, "needle", 300, 4, 5, &d, &error));
  g_assert_true (make (&hay, "needle", 900, 3, 5, &longer, &error));
  g_assert_true (same (&a, &b));
  g_assert_false (same (&a, &c));
  g_assert_cmpstr (a.answers[0], !=, d.answers[0]);
  /* The same trial hides the same fact at every length. */
  g_assert_cmpstr (a.answers[0], ==, longer.answers[0]);
  hay_clear (&hay);
}

static void
test_refusals (void)
{
  Hay hay;
  hay_init (&hay, 3000, 100);
  g_autoptr (GError) error = NULL;
  ScopeTrial trial;
  g_assert_false (make (&hay, "passkey", 700, 0, 1, &trial, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_assert_nonnull (strstr (error->message, "second.txt"));
  g_assert_nonnull (strstr (error->message, "100"));
  g_assert_nonnull (strstr (error->message, "700"));
  g_assert_nonnull (strstr (error->message, "--repeat"));
  g_clear_error (&error);
  g_assert_false (make (&hay, "passkey", 30, 0, 1, &trial, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);

  hay_clear (&hay);
}

/* Texts of PERIOD counting tokens that go round: what follows each token of the haystack. */
static void
check_round (const ScopeTrial *trial, gint32 period)
{
  gsize needle = trial->places[0].end - trial->places[0].begin, seams = 0;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_array_append_vals (ids, trial->ids, (guint)trial->count);
  g_array_remove_range (ids, (guint)trial->places[0].begin, (guint)needle);
  for (guint i = 1; i < 1500; i++) { /* the question is less than the rest of the 2,000 */
    gint32 before = g_array_index (ids, gint32, i - 1);
    g_assert_cmpint (g_array_index (ids, gint32, i), ==,
                     before == 300 + period - 1 ? 300 : before + 1);
    seams += before == 300 + period - 1;
  }
  g_assert_cmpuint (seams, >=, 1500 / (gsize)period);
}

/* A text that is too short goes round, from anywhere in it; one that is long enough does not. */
static void
test_repeat (void)
{
  Hay hay;
  hay_init (&hay, 499, 499);
  gsize starts = 0, at_seams = 0;
  gint32 last = -1;
  hay.repeat = TRUE;
  for (gsize t = 0; t < 16; t++) {
    g_autoptr (GError) error = NULL;
    g_auto (ScopeTrial) round = { NULL };
    g_auto (ScopeTrial) sentences = { NULL };
    g_assert_true (make (&hay, "passkey", 2000, t, 1, &round, &error));
    g_assert_cmpuint (round.count, ==, 2000 - 7);
    check_round (&round, 499);
    starts += round.ids[0] != last;
    last = round.ids[0];
    /* A seam is an end of a sentence, the only one there is in these texts. */
    g_assert_true (make (&hay, "niah_single_2", 2000, t, 1, &sentences, &error));
    gint32 before = sentences.ids[sentences.places[0].begin - 1];
    gint32 after = sentences.ids[sentences.places[0].end];
    gboolean seam = before == 798 && after == 300;
    g_assert_true (seam || after == before + 1);
    at_seams += seam;
  }
  g_assert_cmpuint (starts, >, 10);
  g_assert_cmpuint (at_seams, >, 0);
  g_assert_cmpuint (at_seams, <, 16); /* not where one is far away */

  Hay longer;
  hay_init (&longer, 3000, 2500);
  g_auto (ScopeTrial) plain = { NULL };
  g_auto (ScopeTrial) unused = { NULL };
  g_assert_true (make (&longer, "needle", 2000, 3, 5, &plain, NULL));
  longer.repeat = TRUE;
  g_assert_true (make (&longer, "needle", 2000, 3, 5, &unused, NULL));
  g_assert_true (same (&plain, &unused));
  hay_clear (&longer);
  hay_clear (&hay);
}

/* Every task at its shortest length, at a token less, and at odd ones above: to the token where the
 * context is not a list of words, of which none is longer than 16 tokens here. */
static void
test_lengths (gconstpointer data)
{
  const char *spec = data;
  gboolean words = g_str_has_prefix (spec, "cwe") || g_str_has_prefix (spec, "fwe");
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTask) task = scope_task_parse (spec, &error);
  g_assert_no_error (error);
  Hay hay;
  hay_init (&hay, 9000, 9000);
  g_autoptr (ScopeTrials) trials = make_trials (&hay, scope_test_seed (3));
  gsize least;
  g_assert_true (scope_trials_least (trials, task, &least, &error));
  g_assert_no_error (error);
  const gsize lengths[] = { least, least + 1, least + 2, least + 13, least * 2 + 1, 4999 };
  gsize refused = 0;
  for (gsize t = 0; t < 16; t++) {
    g_auto (ScopeTrial) none = { NULL };
    if (!scope_trials_make (trials, task, least - 1, t, &none, &error)) {
      g_autofree char *name = g_strdup_printf ("task %s: expected a length of at least *", spec);
      scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE, name);
      refused++;
    }
    for (gsize l = 0; l < G_N_ELEMENTS (lengths); l++) {
      g_auto (ScopeTrial) trial = { NULL };
      g_assert_true (scope_trials_make (trials, task, lengths[l], t, &trial, &error));
      g_assert_cmpuint (trial.count + trial.generate, <=, lengths[l]);
      g_assert_cmpuint (trial.count + trial.generate + (words ? 16 : 0), >=, lengths[l]);
      g_assert_cmpuint (trial.n_places > 0, ==, !words);
    }
  }
  g_assert_cmpuint (refused, >=, 1);
  hay_clear (&hay);
}

/* The tokens of a place say what is to be found. */
static void
test_places (void)
{
  Hay hay;
  hay_init (&hay, 3000, 3000);
  g_autoptr (GError) error = NULL;
  g_auto (ScopeTrial) trial = { NULL };
  g_assert_true (make (&hay, "niah_multiquery:values=3", 2500, 5, 1, &trial, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (trial.n_places, ==, 12);
  gboolean at_depth = FALSE;
  for (gsize p = 0; p < trial.n_places; p++) {
    const ScopeTrialPlace *place = &trial.places[p];
    g_autofree char *text = scope_tokenizer_decode (hay.tokenizer, trial.ids + place->begin,
                                                    place->end - place->begin, NULL);
    gsize found = 0;
    for (gsize a = 0; trial.answers[a] != NULL; a++)
      found += strstr (text, trial.answers[a]) != NULL;
    g_assert_cmpuint (found, ==, 1);
    g_assert_true (p == 0 || place->begin >= trial.places[p - 1].end);
    at_depth = at_depth || fabs (place->depth - 5.5 / 16) < 1e-3;
  }
  g_assert_true (at_depth);
  hay_clear (&hay);
}

static void
append_byte_tokens (GString *json)
{
  g_string_append (json, "\"<s>\": 0, \"\u2581\": 1");
  for (guint b = 0; b < 256; b++)
    g_string_append_printf (json, ", \"<0x%02X>\": %u", b, b + 2);
}

/* A tokenizer that puts <s> before a text and a blank before each part of one; else bytes. */
static ScopeTokenizer *
blank_tokenizer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) json = g_string_new (
      "{\"added_tokens\": [{\"id\": 0, \"content\": \"<s>\", \"special\": true}], "
      "\"normalizer\": {\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\", "
      "\"prepend\": \"\u2581\"}, {\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, "
      "\"content\": \"\u2581\"}]}, \"post_processor\": {\"type\": \"TemplateProcessing\", "
      "\"single\": [{\"SpecialToken\": {\"id\": \"<s>\", \"type_id\": 0}}, {\"Sequence\": "
      "{\"id\": \"A\", \"type_id\": 0}}], \"pair\": [], \"special_tokens\": {\"<s>\": {\"id\": "
      "\"<s>\", \"ids\": [0], \"tokens\": [\"<s>\"]}}}, \"decoder\": {\"type\": \"Sequence\", "
      "\"decoders\": [{\"type\": \"Replace\", \"pattern\": {\"String\": \"\u2581\"}, "
      "\"content\": \" \"}, {\"type\": \"ByteFallback\"}, {\"type\": \"Fuse\"}, {\"type\": "
      "\"Strip\", \"content\": \" \", \"start\": 1, \"stop\": 0}]}, \"model\": {\"type\": "
      "\"BPE\", \"byte_fallback\": true, \"merges\": [], \"vocab\": {");
  append_byte_tokens (json);
  g_string_append (json, "}}}");
  ScopeTokenizer *tokenizer = scope_tokenizer_parse (json->str, json->len, "blank", &error);
  g_assert_no_error (error);
  return tokenizer;
}

static void
test_blanks (void)
{
  static const char *const specs[]
      = { "niah_single_1", "niah_multikey_1", "vt", "cwe:tiny", "qa_2" };
  g_autoptr (GError) error = NULL;
  Hay hay = { .tokenizer = blank_tokenizer () };
  g_autoptr (GString) prose = g_string_new ("Prose.");
  while (prose->len < 9000)
    g_string_append (prose, " A word, and others.");
  for (gsize t = 0; t < 2; t++)
    hay.texts[t] = scope_tokenizer_encode (hay.tokenizer, prose->str, prose->len, &error);
  g_assert_no_error (error);
  g_assert_cmpint (scope_tokens_ids (hay.texts[0])[0], ==, 0);
  for (gsize s = 0; s < G_N_ELEMENTS (specs); s++) {
    g_auto (ScopeTrial) trial = { NULL };
    g_assert_true (make (&hay, specs[s], 8001, 2, 1, &trial, &error));
    g_assert_no_error (error);
    g_assert_cmpint (trial.ids[0], ==, 0);
    for (gsize i = 1; i < trial.count; i++) {
      g_assert_cmpint (trial.ids[i], !=, 0);
      /* Two blanks, but for the haystack's last one before the line break of the question. */
      g_assert_false (trial.ids[i] == 1 && trial.ids[i - 1] == 1 && trial.ids[i + 1] != 2 + '\n');
    }
  }
  hay_clear (&hay);
}

static const char *const wrong_specs[][2] = {
  { "", "*expected passkey, *ruler or all, found \"\"" },
  { "niah", "*found \"niah\"" },
  { "vt:", "task \"vt:\": expected tiny, haystack=, chains=, *found \"\"" },
  { "vt:hop=1", "task \"vt:hop=1\": expected *hops=*found \"hop=1\"" },
  { "vt:hops", "*found \"hops\"" },
  { "vt:hops=", "*hops: expected a whole number from 1 to 100, found \"\"" },
  { "vt:hops=1.5", "*hops: *found \"1.5\"" },
  { "vt:hops=0", "*hops: *found \"0\"" },
  { "vt:hops=1:hops=2", "*hops is given twice" },
  { "vt:haystack=hay", "*haystack: expected noise|text, found \"hay\"" },
  { "fwe:alpha=nan", "*alpha: expected a number from 1.1 to 4*" },
  { "qa_1:depth=101", "*depth: expected a number from 0 to 100 or spread, found \"101\"" },
};

static void
test_specs (void)
{
  g_autoptr (GError) error = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (wrong_specs); i++) {
    g_test_message ("%s", wrong_specs[i][0]);
    g_assert_null (scope_task_parse (wrong_specs[i][0], &error));
    scope_test_expect (&error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE, wrong_specs[i][1]);
  }
  g_autoptr (ScopeTask) task = scope_task_parse ("vt:tiny:chains=3", &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (scope_task_get (task, "chains"), ==, 3);
  g_assert_cmpfloat (scope_task_get (task, "hops"), ==, 1);
  g_assert_false (scope_task_needs_text (task));
  g_autoptr (GPtrArray) all = scope_tasks_parse ("ruler:tiny,all,qa_1:depth=spread", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, 13 + 15 + 1);
  g_assert_cmpstr (scope_task_spec (all->pdata[0]), ==, "niah_single_1:tiny");
  g_assert_true (isnan (scope_task_get (all->pdata[28], "depth")));
}

static void
keep_row (const ScopeRecallRow *row, gpointer data)
{
  g_array_append_vals (data, row, 1);
}

/* At its training length the sample answers every question; Wilson's interval of n of n is from
 * n / (n + z²) to 1. */
static void
test_recall (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder
      = g_build_filename (scope_test_samples (), "models", "rescue-mamba2-5m", NULL);
  g_autoptr (ScopeModel) model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *path
      = g_build_filename (scope_test_samples (), "texts", "the-tide-books.txt", NULL);
  g_autoptr (ScopeTokens) text = scope_model_read_text (model, path, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeBackend) backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeSchedule) schedule = scope_schedule_new (model, backend, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeFilterContext) context = scope_filter_context_new (schedule, 0);
  g_autoptr (ScopeFilter) off = scope_filter_parse ("off", &error);

  ScopeTokens *const texts[] = { text };
  g_autoptr (GPtrArray) tasks = scope_tasks_parse ("passkey,needle", &error);
  const gsize lengths[] = { 200 };
  ScopeTrialSource source = { .tokenizer = scope_model_tokenizer (model), .texts = texts };
  source.names = names;
  source.n_texts = 1;
  source.trials = 4;
  source.seed = 1;
  g_autoptr (ScopeTrials) trials = scope_trials_new (&source, &error);
  ScopeRecallSettings settings = { (ScopeTask *const *)tasks->pdata, 2, lengths, 1, &off, 1 };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (ScopeRecallRow));
  ScopeRecallTarget target = { keep_row, NULL, rows };
  g_assert_true (scope_recall (context, trials, &settings, &target, NULL, &error));
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint r = 0; r < 2; r++) {
    const ScopeRecallRow *row = &g_array_index (rows, ScopeRecallRow, r);
    g_assert_cmpuint (row->task, ==, r);
    g_assert_cmpfloat (row->accuracy, ==, 1);
    g_assert_cmpfloat_with_epsilon (row->ci_low, 4 / (4 + 3.841459), 1e-6);
    g_assert_cmpfloat_with_epsilon (row->ci_high, 1, 1e-12);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/recall/layout/passkey", "passkey", test_layout);
  g_test_add_data_func ("/recall/layout/needle", "needle", test_layout);
  g_test_add_func ("/recall/specs", test_specs);
  static const char *const specs[] = { "niah_single_1",
                                       "niah_single_2:tiny",
                                       "niah_multikey_2",
                                       "niah_multikey_3",
                                       "niah_multivalue",
                                       "niah_multiquery:haystack=noise",
                                       "vt",
                                       "vt:chains=3:hops=2",
                                       "cwe",
                                       "cwe:tiny",
                                       "fwe",
                                       "fwe:alpha=1.3:top=5",
                                       "qa_1",
                                       "qa_2:depth=100" };
  for (gsize s = 0; s < G_N_ELEMENTS (specs); s++) {
    g_autofree char *path = g_strconcat ("/recall/lengths/", specs[s], NULL);
    g_test_add_data_func (path, specs[s], test_lengths);
  }
  g_test_add_func ("/recall/places", test_places);
  g_test_add_func ("/recall/blanks", test_blanks);
  g_test_add_func ("/recall/seed", test_seed);
  g_test_add_func ("/recall/refusals", test_refusals);
  g_test_add_func ("/recall/repeat", test_repeat);
  g_test_add_func ("/recall/sample", test_recall);
  return g_test_run ();
}

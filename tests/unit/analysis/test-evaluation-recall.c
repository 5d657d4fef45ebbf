/* Recall trials: their layout, and that everything comes from the seed. The sample's own tokenizer;
 * prose that repeats nothing, so that a place in it can be recognised. */
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
} Hay;

static const char *const names[] = { "first.txt", "second.txt" };

static void
hay_init (Hay *hay, gsize first, gsize second)
{
  hay->tokenizer = open_tokenizer ();
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

static gboolean
make (Hay *hay, ScopeTask task, gsize length, gsize trial, guint32 seed, ScopeTrial *out,
      GError **error)
{
  return scope_recall_trial (hay->tokenizer, hay->texts, names, 2, task, length, trial, 16, seed,
                             out, error);
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
  ScopeTask task = (ScopeTask)GPOINTER_TO_INT (data);
  const char *needle_text
      = task == SCOPE_TASK_PASSKEY ? "The pass key is %s. Remember it." : "is: %s.\n";
  const char *end = task == SCOPE_TASK_PASSKEY ? "\nWhat is the pass key? The pass key is" : " is:";
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
    g_assert_cmpuint (strlen (trial.answer), ==, 5);
    g_assert_cmpuint (strspn (trial.answer, "0123456789"), ==, 5);

    g_autofree char *text = scope_tokenizer_decode (hay.tokenizer, trial.ids, trial.count, NULL);
    g_autofree char *needle = g_strdup_printf (needle_text, trial.answer);
    g_assert_nonnull (strstr (text, needle));
    g_assert_true (g_str_has_suffix (text, end));

    /* Depths rise evenly: about 1/16 of the room from one trial to the next. */
    gsize at = needle_at (&trial);
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
         && strcmp (a->answer, b->answer) == 0;
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
  g_assert_true (make (&hay, SCOPE_TASK_NEEDLE, 300, 3, 5, &a, &error));
  g_assert_true (make (&hay, SCOPE_TASK_NEEDLE, 300, 3, 5, &b, &error));
  g_assert_true (make (&hay, SCOPE_TASK_NEEDLE, 300, 3, 6, &c, &error));
  g_assert_true (make (&hay, SCOPE_TASK_NEEDLE, 300, 4, 5, &d, &error));
  g_assert_true (make (&hay, SCOPE_TASK_NEEDLE, 900, 3, 5, &longer, &error));
  g_assert_true (same (&a, &b));
  g_assert_false (same (&a, &c));
  g_assert_cmpstr (a.answer, !=, d.answer);
  /* The same trial hides the same fact at every length. */
  g_assert_cmpstr (a.answer, ==, longer.answer);
  hay_clear (&hay);
}

static void
test_refusals (void)
{
  Hay hay;
  hay_init (&hay, 3000, 100);
  g_autoptr (GError) error = NULL;
  ScopeTrial trial;
  g_assert_false (make (&hay, SCOPE_TASK_PASSKEY, 700, 0, 1, &trial, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_assert_nonnull (strstr (error->message, "second.txt"));
  g_assert_nonnull (strstr (error->message, "100"));
  g_assert_nonnull (strstr (error->message, "700"));
  g_clear_error (&error);
  g_assert_false (make (&hay, SCOPE_TASK_PASSKEY, 30, 0, 1, &trial, &error));
  g_assert_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE);
  g_clear_error (&error);

  /* The shortest length that holds the parts has no prose at all. */
  gsize length = 30;
  while (!make (&hay, SCOPE_TASK_PASSKEY, length, 0, 1, &trial, NULL))
    length++;
  g_assert_cmpuint (trial.count, ==, length - 7);
  scope_trial_clear (&trial);
  hay_clear (&hay);
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
  const ScopeTask tasks[] = { SCOPE_TASK_PASSKEY, SCOPE_TASK_NEEDLE };
  const gsize lengths[] = { 200 };
  ScopeRecallSettings settings = { tasks, 2, lengths, 1, &off, 1, 4, 1 };
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (ScopeRecallRow));
  g_assert_true (scope_recall (context, texts, names, 1, &settings, keep_row, rows, NULL, &error));
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint r = 0; r < 2; r++) {
    const ScopeRecallRow *row = &g_array_index (rows, ScopeRecallRow, r);
    g_assert_cmpint (row->task, ==, tasks[r]);
    g_assert_cmpfloat (row->accuracy, ==, 1);
    g_assert_cmpfloat_with_epsilon (row->ci_low, 4 / (4 + 3.841459), 1e-6);
    g_assert_cmpfloat_with_epsilon (row->ci_high, 1, 1e-12);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/recall/layout/passkey", GINT_TO_POINTER (SCOPE_TASK_PASSKEY),
                        test_layout);
  g_test_add_data_func ("/recall/layout/needle", GINT_TO_POINTER (SCOPE_TASK_NEEDLE), test_layout);
  g_test_add_func ("/recall/seed", test_seed);
  g_test_add_func ("/recall/refusals", test_refusals);
  g_test_add_func ("/recall/sample", test_recall);
  return g_test_run ();
}

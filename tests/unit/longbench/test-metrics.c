/* LongBench's metrics on what can be counted by hand, on long texts, and their bounds and
 * symmetries on random ones. */
#include <math.h>
#include <string.h>

#include "analysis/longbench/dataset.h"
#include "analysis/longbench/metrics.h"
#include "test-support.h"

static void
expect (double found, double expected)
{
  g_assert_cmpfloat_with_epsilon (found, expected, 1e-9);
}

static void
test_qa (void)
{
  /* "lamp stood door" has 3 words, 2 of them among the 4 of "lamp door by window". */
  expect (scope_longbench_qa_f1 ("The lamp stood, a door!", "lamp: door by the window"), 4.0 / 7);
  /* A word counts as often as it stands in both. */
  expect (scope_longbench_qa_f1 ("go go go", "go go stop"), 2.0 / 3);
  expect (scope_longbench_qa_f1 ("the", "the"), 0);
  /* Four characters and a run, three in common, of five and of three. */
  expect (scope_longbench_qa_f1_zh_chars ("\u706f\u5728\u684c\u4e0aAB1\u3002", "ab1 \u706f\u4e0a"),
          2 * (3.0 / 5) * 1 / (3.0 / 5 + 1));
}

static void
test_rouge (void)
{
  /* Of "a b c d" and "b d x" the words b and d are common: 2 of 4 and 2 of 3. */
  expect (scope_longbench_rouge_l ("b d x", "a b c d"), 2 * (0.5 * 2 / 3) / (0.5 + 2.0 / 3 + 1e-8));
  /* Sentence by sentence: "c d" comes before "a b", but each is whole. */
  expect (scope_longbench_rouge_l ("c d. a b", "a b. c d"), 2 / (2 + 1e-8));
  expect (scope_longbench_rouge_l ("c d a b", "a b c d"), 2 * 0.25 / (1 + 1e-8));
  /* The empty sentence has an empty word. */
  expect (scope_longbench_rouge_l (" . a", " . b"), 2 * 0.25 / (1 + 1e-8));
  expect (scope_longbench_rouge_l ("", "a"), 0);
}

static void
test_classification (void)
{
  const char *const classes[] = { "Food", "Food and drink", "drink", "Animal", NULL };
  expect (scope_longbench_classification ("Animal", "Animal", classes), 1);
  expect (scope_longbench_classification ("Animal or Food", "Animal", classes), 0.5);
  /* "Food" goes, and "Food and drink", which moves up, is passed over; "drink" goes. */
  expect (scope_longbench_classification ("Food and drink", "Food and drink", classes), 1);
  expect (scope_longbench_classification ("", "Food", classes), 0);
  /* "x" goes; "y", which moves up into its place, is passed over and stays. */
  const char *const two[] = { "x", "y", "xy", NULL };
  expect (scope_longbench_classification ("xy", "xy", two), 0.5);
}

static void
test_numbers (void)
{
  expect (scope_longbench_count ("There are 5, not 7.", "5"), 0.5);
  expect (scope_longbench_count ("05", "5"), 0);
  expect (scope_longbench_retrieval ("Paragraph 12", "Paragraph 12"), 1);
  expect (scope_longbench_retrieval ("1 12 12 2", "Paragraph 12 of 30"), 0.5);
  expect (scope_longbench_retrieval_zh ("\u6bb5\u843d4", "\u6bb5\u843d4"), 1);
  expect (scope_longbench_retrieval ("4", "no such thing"), 0);
}

static void
test_code (void)
{
  /* "bcd" of "abcd" and "bcde": 2 * 3 / 8. */
  expect (scope_longbench_code_similarity ("# a note\nabcd\nmore", "bcde"), 0.75);
  /* 2 / 3, in whole per cent. */
  expect (scope_longbench_code_similarity ("ab", "a"), 0.67);
  /* Blocks do not cross: "ab" is found, and then nothing is left of it in both. */
  expect (scope_longbench_code_similarity ("xaby", "ymmabm"), 0.4);
  expect (scope_longbench_code_similarity ("`x`", ""), 1);
  expect (scope_longbench_code_similarity ("x", ""), 0);
}

/* COUNT words, STEP apart in a row of numbered ones. */
static char *
numbered_words (gsize count, gsize step)
{
  GString *text = g_string_new (NULL);
  for (gsize i = 0; i < count; i++)
    g_string_append_printf (text, "w%" G_GSIZE_FORMAT " ", i * step);
  return g_string_free (text, FALSE);
}

/* Sentences longer than the package `rouge` has stack for, across many kept rows of ours. */
static void
test_long (void)
{
  static const gsize counts[] = { 1, 2, 3, 997, 1024, 3001 };
  for (gsize c = 0; c < G_N_ELEMENTS (counts); c++) {
    gsize n = counts[c], some = (n + 2) / 3;
    g_autofree char *all = numbered_words (n, 1), *third = numbered_words (some, 3);
    double recall = (double)some / (double)n;
    expect (scope_longbench_rouge_l (third, all), 2 * recall / (1 + recall + 1e-8));
    expect (scope_longbench_rouge_l (all, third), 2 * recall / (1 + recall + 1e-8));
    expect (scope_longbench_qa_f1 (third, all), 2 * recall / (1 + recall));
    expect (scope_longbench_code_similarity (all, all), 1);
  }
}

/* -- the datasets -- */

static double
score_of (const char *dataset, const char *prediction, char **answers)
{
  gboolean extended;
  ScopeLongbenchCase known = { .dataset = scope_longbench_dataset_find (dataset, &extended) };
  known.answers = answers;
  return scope_longbench_score (&known, prediction);
}

static void
test_datasets (void)
{
  char *answers[] = { (char *)"door", (char *)"lamp", NULL };
  gboolean extended;
  expect (score_of ("hotpotqa", "\n\nlamp\nby the door", answers), 2 * (1.0 / 3) / (1 + 1.0 / 3));
  expect (score_of ("triviaqa", "\n\nlamp\nby the door", answers), 1);
  expect (score_of ("hotpotqa", "window", answers), 0);
  gsize count = 0;
  for (gsize d = 0; d < SCOPE_LONGBENCH_DATASETS; d++) {
    const ScopeLongbenchDataset *dataset = scope_longbench_dataset (d);
    g_autofree char *name = scope_longbench_set_name (dataset, TRUE);
    g_assert_cmpuint (scope_longbench_dataset_index (dataset), ==, d);
    g_assert_true (scope_longbench_dataset_find (dataset->name, &extended) == dataset);
    g_assert_false (extended);
    count += dataset->extended;
    g_assert_true ((scope_longbench_dataset_find (name, &extended) == dataset)
                   == dataset->extended);
  }
  g_assert_cmpuint (count, ==, 13); /* LongBench-E's */
  g_assert_null (scope_longbench_dataset_find ("hotpot", &extended));
  g_assert_null (scope_longbench_dataset_find ("", &extended));
}

static char *
random_text (GRand *random)
{
  static const char *const pieces[]
      = { "a", "the",    "lamp",   "Door",   "x",       "12",     " ",          " ",  ".", "\n",
          "'", "\u706f", "\u3002", "\u00e9", "e\u0301", "\u03a3", "\U0001f680", "//", "#" };
  GString *text = g_string_new (NULL);
  for (gint n = g_rand_int_range (random, 0, 40); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (random, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
test_properties (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (7041));
  for (int round = 0; round < 400; round++) {
    g_autofree char *a = random_text (random), *b = random_text (random);
    const char *const classes[] = { "lamp", "the lamp", a, NULL };
    const double scores[] = { scope_longbench_qa_f1 (a, b),
                              scope_longbench_qa_f1_zh_chars (a, b),
                              scope_longbench_rouge_l (a, b),
                              scope_longbench_rouge_l_zh_chars (a, b),
                              scope_longbench_retrieval (a, b),
                              scope_longbench_retrieval_zh (a, b),
                              scope_longbench_count (a, b),
                              scope_longbench_code_similarity (a, b),
                              scope_longbench_classification (a, b, classes) };
    for (gsize s = 0; s < G_N_ELEMENTS (scores); s++)
      g_assert_true (scores[s] >= 0 && scores[s] <= 1);
    g_assert_cmpfloat (scope_longbench_qa_f1 (b, a), ==, scores[0]);
    g_assert_cmpfloat (scope_longbench_qa_f1_zh_chars (b, a), ==, scores[1]);
    /* A text has no common words with itself only if it has none at all. */
    double self = scope_longbench_qa_f1 (a, a), summary = scope_longbench_rouge_l (a, a);
    g_assert_true (self == 1 || self == 0);
    g_assert_true (fabs (summary - 1) < 1e-8 || (summary == 0 && a[strspn (a, ".")] == '\0'));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/longbench/metrics/qa", test_qa);
  g_test_add_func ("/longbench/metrics/rouge", test_rouge);
  g_test_add_func ("/longbench/metrics/classification", test_classification);
  g_test_add_func ("/longbench/metrics/numbers", test_numbers);
  g_test_add_func ("/longbench/metrics/code", test_code);
  g_test_add_func ("/longbench/metrics/long", test_long);
  g_test_add_func ("/longbench/metrics/datasets", test_datasets);
  g_test_add_func ("/longbench/metrics/properties", test_properties);
  return g_test_run ();
}

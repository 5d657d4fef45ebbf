/* Scores by string match against cases worked out by hand, and Wilson's interval against the roots
 * of the quadratic that defines it. */
#include <math.h>

#include "analysis/score.h"

typedef struct {
  const char *text;
  const char *answers[4];
  double all, part, start;
} Case;

static const Case cases[] = {
  { "12345", { "12345" }, 1, 1, 1 },
  { " \n12345 and more", { "12345" }, 1, 1, 1 },
  { "it is 12345", { "12345" }, 1, 1, 0 },
  { "1234 5", { "12345" }, 0, 0, 0 },
  { "912345678", { "12345" }, 1, 1, 0 }, /* inside of a longer one, as RULER's */
  { "QWERT, asdfg", { "qwert", "ASDFG", "ZXCVB" }, 2 / 3.0, 1, 0 },
  { "ÄRGER", { "ärger" }, 1, 1, 0 }, /* small and large, not only of ASCII */
  { "", { "a" }, 0, 0, 0 },
  { "a", { "" }, 0, 0, 0 }, /* nothing is not found everywhere */
  { "a", { "", "a" }, 0.5, 1, 0 },
  { "a", { NULL }, 0, 0, 0 },
  { "\xff\xfe"
    "blue",
    { "BLUE" },
    1,
    1,
    0 }, /* a character cut in two by decoding */
  { "b, a", { "a", "b" }, 1, 1, 0 },
};

static void
test_cases (void)
{
  for (gsize c = 0; c < G_N_ELEMENTS (cases); c++) {
    const Case *one = &cases[c];
    g_test_message ("%s", one->text);
    g_assert_cmpfloat (scope_score_all (one->text, one->answers), ==, one->all);
    g_assert_cmpfloat (scope_score_part (one->text, one->answers), ==, one->part);
    g_assert_cmpfloat (scope_score_start (one->text, one->answers), ==, one->start);
  }
}

/* Both ends p solve n (p - mean)² = z² p (1 - p). */
static void
test_interval (void)
{
  const double z2 = 3.8414588206941227;
  for (gsize n = 1; n < 200; n = n * 2 + 1)
    for (gsize k = 0; k <= 8; k++) {
      double mean = (double)k / 8, low, high;
      scope_score_interval (mean, n, &low, &high);
      const double ends[] = { low, high };
      g_assert_true (0 <= low && low <= mean && mean <= high && high <= 1 && low < high);
      for (gsize e = 0; e < 2; e++) {
        double p = ends[e], left = (double)n * (p - mean) * (p - mean);
        /* Of numbers up to n: rounding. */
        g_assert_cmpfloat_with_epsilon (left, z2 * p * (1 - p), 1e-11 * (double)n);
      }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/score/cases", test_cases);
  g_test_add_func ("/score/interval", test_interval);
  return g_test_run ();
}

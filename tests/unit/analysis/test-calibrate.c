/* The arithmetic of calibration and decay: by hand, by brute force, and against NumPy. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/calibrate.h"
#include "analysis/decay.h"
#include "compute/host.h"
#include "test-support.h"

static const char *fixture_path;

/* A few roundings of doubles; the sums have at most some thousand terms of one sign. */
#define CLOSE 1e-12

static void
assert_close (double found, double expected)
{
  g_assert_cmpfloat (fabs (found - expected), <=, CLOSE * fmax (1.0, fabs (expected)));
}

/* Four tokens, top 1/2: k = 2, the second largest is 3, so 4 becomes 3: target 3 + 3 + 2 + 1 = 9.
 * Eight points at -0.25 (held at 0), 0.25, 0.75, 1.25, ... of (3 3 2 1): 3 3
 * 3 2.75 2.25 1.75 1.25 1. Running sums 3 6 9 11.75: the first above 9 is index 3, so g is point
 * 4: 2.25, and four of eight tokens stay. */
static void
test_by_hand (void)
{
  double delta[] = { 1, 4, 2, 3 };
  double target = scope_calibrate_clamp (delta, 4, 0.5);
  g_assert_cmpfloat (target, ==, 9);
  g_assert_cmpfloat (delta[0], ==, 3);
  g_assert_cmpfloat (delta[1], ==, 3);
  g_assert_cmpfloat (delta[2], ==, 2);
  g_assert_cmpfloat (delta[3], ==, 1);
  double alpha;
  g_assert_cmpfloat (scope_calibrate_threshold (delta, 4, target, 8, &alpha), ==, 2.25);
  g_assert_cmpfloat (alpha, ==, 4.0 / 8);
}

static void
test_edges (void)
{
  double all[] = { 1, 4, 2, 3 };
  /* Top 0 clamps nothing, and neither does a top so small that k is 1: the largest stays. */
  g_assert_cmpfloat (scope_calibrate_clamp (all, 4, 0.0), ==, 10);
  g_assert_cmpfloat (scope_calibrate_clamp (all, 4, 0.3), ==, 10);
  g_assert_cmpfloat (all[0], ==, 4);
  /* Up to L nothing is dropped. */
  g_assert_cmpfloat (scope_calibrate_threshold (all, 4, 10, 3, NULL), ==, 0);
  double alpha;
  g_assert_cmpfloat (scope_calibrate_threshold (all, 4, 10, 4, &alpha), ==, 0);
  g_assert_cmpfloat (alpha, ==, 1);
  /* A sum that is never reached: the last point. */
  g_assert_cmpfloat (scope_calibrate_threshold (all, 4, 1e9, 8, NULL), ==, 1);
  /* Reached at the last point only (9 of (3 3 3 ...) plus ...: k would be S): also the last. */
  double last = 4 + 4 + 3.75 + 3.25 + 2.75 + 2.25 + 1.75 + 1.25 - 0.5;
  g_assert_cmpfloat (scope_calibrate_threshold (all, 4, last, 8, NULL), ==, 1);
  /* Top 1: everything is clamped at the smallest. */
  g_assert_cmpfloat (scope_calibrate_clamp (all, 4, 1.0), ==, 4);
  /* All equal: 2 + 2 are not more than the target 4, so the third point is the first, g the fourth;
   * a filter that keeps Δ > g then keeps none, as released. */
  double equal[] = { 2, 2 };
  double target = scope_calibrate_clamp (equal, 2, 0.0);
  g_assert_cmpfloat (scope_calibrate_threshold (equal, 2, target, 4, NULL), ==, 2);
}

/* COUNT values >= 0 of one of several kinds: long tails, ties, steps, zeros, all the same. */
static void
fill (GRand *random, guint kind, double *values, gsize count)
{
  for (gsize i = 0; i < count; i++) {
    double normal = scope_test_normal (random);
    const double kinds[] = { (float)exp (normal - 3), exp (8 * normal), round (3 * fabs (normal)),
                             normal > 0 ? 0.125 : 1e-300, 0.1 };
    values[i] = kinds[kind];
  }
}
#define KINDS 5

/* CHECK takes VALUES as its own to change. */
static void
each_kind (guint32 seed, gsize most, void (*check) (double *values, gsize count))
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (seed));
  for (gsize count = 1; count <= most; count += 1 + count / 2)
    for (guint kind = 0; kind < KINDS; kind++) {
      g_autofree double *values = g_new (double, count);
      fill (random, kind, values, count);
      check (values, count);
    }
}

static int
descending (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x < y) - (x > y);
}

static void
check_order (double *values, gsize count)
{
  for (gsize i = 0; i < count; i += 3) /* Δ is never less than 0, but nothing hangs on it */
    values[i] = -values[i];
  g_autofree double *sorted = g_memdup2 (values, count * sizeof *values);
  qsort (sorted, count, sizeof *sorted, descending);
  scope_calibrate_clamp (values, count, 0.0);
  for (gsize i = 0; i < count; i++)
    g_assert_cmpfloat (values[i], ==, sorted[i]);
}

static void
test_order (void)
{
  each_kind (73, 900, check_order);
}

/* What is made for many lengths at once is what is made for each, to the bit. */
static void
check_thresholds (double *values, gsize count)
{
  gsize lengths[40];
  double target = scope_calibrate_clamp (values, count, 0.1 * (count % 4));
  target *= count % 5 == 0 ? 0.3 : count % 5 == 1 ? 7 : 1;
  for (gsize s = 0; s < G_N_ELEMENTS (lengths); s++)
    lengths[s] = count + s * s * count / 16 + s;
  g_autoptr (ScopeThresholds) many = scope_thresholds_new (count, lengths, G_N_ELEMENTS (lengths));
  for (gsize s = 0; s < G_N_ELEMENTS (lengths); s++) {
    double alpha, single;
    double g = scope_calibrate_threshold (values, count, target, lengths[s], &single);
    g_assert_cmpfloat (scope_thresholds_find (many, s, values, target, &alpha), ==, g);
    g_assert_cmpfloat (alpha, ==, single);
  }
}

static void
test_thresholds (void)
{
  each_kind (74, 700, check_thresholds);
}

static double *
get_doubles (JsonObject *object, const char *member, gsize *count)
{
  JsonArray *list = json_object_get_array_member (object, member);
  *count = json_array_get_length (list);
  double *out = g_new (double, *count);
  for (guint i = 0; i < *count; i++)
    out[i] = json_array_get_double_element (list, i);
  return out;
}

static void
check_case (JsonObject *object)
{
  gsize count, n_rates, n_lengths, n_g;
  g_autofree double *delta = get_doubles (object, "delta", &count);
  g_autofree double *rates = get_doubles (object, "rates", &n_rates);
  g_autofree double *lengths = get_doubles (object, "lengths", &n_lengths);
  g_autofree double *g = get_doubles (object, "g", &n_g);
  double top = json_object_get_double_member (object, "top");
  double target = scope_calibrate_clamp (delta, count, top);
  assert_close (target, json_object_get_double_member (object, "target"));
  assert_close (scope_decay_ln (delta, count, rates, n_rates),
                json_object_get_double_member (object, "ln_decay"));
  g_assert_cmpuint (n_lengths, ==, n_g);
  for (gsize s = 0; s < n_lengths; s++)
    assert_close (scope_calibrate_threshold (delta, count, target, (gsize)lengths[s], NULL), g[s]);
}

/* tests/reference/longmamba.py wrote what NumPy makes of the same Δ. */
static void
test_fixture (void)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  json_parser_load_from_file (parser, fixture_path, &error);
  g_assert_no_error (error);
  JsonArray *cases = json_node_get_array (json_parser_get_root (parser));
  g_assert_cmpuint (json_array_get_length (cases), >=, 5);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    check_case (json_array_get_object_element (cases, i));
}

/* What the thresholds are for: dropping Δ <= g(S) from a text of S tokens whose Δ are distributed
 * as the window's brings ΣΔ back to the target. With the window itself stretched to S points, what
 * is kept is the running sum up to the first that exceeds it. */
static void
test_aligns (void)
{
  guint32 seed = scope_test_seed (71);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (gsize length = 300; length <= 3000; length += 450) {
    g_autofree double *delta = g_new (double, 150);
    for (gsize i = 0; i < 150; i++)
      delta[i] = exp (scope_test_normal (random) - 3);
    double target = scope_calibrate_clamp (delta, 150, 0.0);
    double g = scope_calibrate_threshold (delta, 150, target, length, NULL);
    double kept = 0;
    /* Each of the window's Δ stands for LENGTH / 150 tokens; interpolation blurs by a token each.
     */
    for (gsize i = 0; i < 150; i++)
      kept += delta[i] > g ? delta[i] * (double)length / 150 : 0;
    g_assert_cmpfloat (kept, <, target + 2 * delta[0] * (double)length / 150);
    g_assert_cmpfloat (kept, >, target - 2 * delta[0] * (double)length / 150);
  }
}

static void
test_decay (void)
{
  const double delta[] = { 1, 2 }, head[] = { -0.5 };
  g_assert_cmpfloat (scope_decay_ln (delta, 2, head, 1), ==, -1.5);
  /* Two states that halve and quarter in one token: the mean is 3/8, not the mean of the logs. */
  const double halving[] = { G_LN2 }, rates[] = { -1, -2 };
  assert_close (scope_decay_ln (halving, 1, rates, 2), log (0.375));
  /* exp(-1e4) is 0 in a double; its logarithm is not lost. */
  const double one[] = { 1 }, fast[] = { -1e4, -2e4 };
  assert_close (scope_decay_ln (one, 1, fast, 2), -1e4 - G_LN2);
  /* A token that was dropped decays nothing. */
  const double dropped[] = { 0, 0, 0 };
  g_assert_cmpfloat (scope_decay_ln (dropped, 3, fast, 2), ==, 0);
  g_assert_cmpfloat (scope_decay_half_life (-10 * G_LN2, 100), ==, 10);
  g_assert_true (isinf (scope_decay_half_life (0, 100)));
}

/* Against the running product itself, where that does not underflow. */
static void
test_decay_product (void)
{
  guint32 seed = scope_test_seed (72);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (gsize n_rates = 1; n_rates <= 17; n_rates += 4) {
    double delta[83], rates[17], product = 1;
    for (gsize n = 0; n < n_rates; n++)
      rates[n] = -scope_test_uniform (random, 0, 20);
    for (gsize t = 0; t < 83; t++) {
      double mean = 0;
      delta[t] = scope_test_uniform (random, 0, 0.1);
      for (gsize n = 0; n < n_rates; n++)
        mean += exp (delta[t] * rates[n]) / (double)n_rates;
      product *= mean;
    }
    double ln_decay = scope_decay_ln (delta, 83, rates, n_rates);
    g_assert_cmpfloat (ln_decay, <=, 0);
    g_assert_cmpfloat (fabs (exp (ln_decay) / product - 1), <,
                       1e-11); /* 83 roundings, exponent 80 */
  }
}

/* By its definition, in long double. */
static long double
slow_ln_decay (const double *delta, gsize count, const double *rates, gsize n_rates)
{
  long double sum = 0;
  for (gsize t = 0; t < count; t++) {
    long double slowest = -INFINITY, mean = 0;
    for (gsize n = 0; n < n_rates; n++)
      slowest = fmaxl (slowest, delta[t] * (long double)rates[n]);
    for (gsize n = 0; n < n_rates; n++)
      mean += expl (delta[t] * (long double)rates[n] - slowest) / n_rates;
    sum += slowest + logl (mean);
  }
  return sum;
}

/* Each instruction set that this machine has (another's name gives the best it has), and the C
 * library's functions. */
static void
check_variants (GRand *random, const double *delta, gsize count, const double *rates, gsize n_rates,
                double expected)
{
  static const char *const isas[] = { "avx512", "avx2", "baseline" };
  for (gsize i = 0; i <= G_N_ELEMENTS (isas); i++) {
    ScopePrecision precision
        = i < G_N_ELEMENTS (isas) ? SCOPE_PRECISION_FP32 : SCOPE_PRECISION_REFERENCE;
    g_setenv ("SCOPE_CPU_ISA", isas[i % G_N_ELEMENTS (isas)], TRUE);
    double all = scope_host_ln_decay (precision, delta, count, rates, n_rates, -INFINITY);
    assert_close (all, expected);
    /* It ends early only on the side of ENOUGH where it must. */
    double enough = all * scope_test_uniform (random, 0.1, 1.1);
    double some = scope_host_ln_decay (precision, delta, count, rates, n_rates, enough);
    g_assert_cmpfloat (some, >=, all);
    g_assert_true (all > enough ? some == all : some <= enough);
  }
  g_unsetenv ("SCOPE_CPU_ISA");
}

static void
test_vectors (void)
{
  guint32 seed = scope_test_seed (75);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  double delta[4099], rates[130];
  for (gsize count = 1; count <= 700; count += 1 + count / 3)
    for (gsize n_rates = 1; n_rates <= G_N_ELEMENTS (rates); n_rates = 2 * n_rates + 1) {
      fill (random, count % 4, delta, count);
      for (gsize n = 0; n < n_rates; n++)
        rates[n] = -exp (4 * scope_test_normal (random));
      check_variants (random, delta, count, rates, n_rates,
                      (double)slow_ln_decay (delta, count, rates, n_rates));
    }
  /* One state of 130 lives: each token's mean is e^-0.001 / 130, and their product no double. */
  for (gsize t = 0; t < G_N_ELEMENTS (delta); t++)
    delta[t] = 1;
  for (gsize n = 0; n < G_N_ELEMENTS (rates); n++)
    rates[n] = n == 3 ? -1e-3 : -1e4;
  check_variants (random, delta, G_N_ELEMENTS (delta), rates, G_N_ELEMENTS (rates),
                  -(1e-3 + log (130)) * G_N_ELEMENTS (delta));
}

static void
test_lengths (void)
{
  /* The released grid, in thousands. */
  static const gsize released[] = { 2,  3,  4,  5,  6,  7,  8,  10, 12,  14,  16,  20,
                                    24, 30, 36, 44, 54, 64, 80, 96, 120, 144, 168, 192 };
  g_autofree gsize *lengths = NULL;
  g_assert_cmpuint (scope_calibrate_lengths (2000, &lengths), ==, G_N_ELEMENTS (released));
  for (gsize s = 0; s < G_N_ELEMENTS (released); s++)
    g_assert_cmpuint (lengths[s], ==, released[s] * 1000);
  g_autofree gsize *odd = NULL;
  gsize count = scope_calibrate_lengths (7, &odd);
  g_assert_cmpuint (odd[1], ==, 10); /* 10.5 */
  g_assert_cmpuint (odd[count - 1], ==, 96 * 7);
  g_autofree gsize *one = NULL;
  count = scope_calibrate_lengths (1, &one);
  for (gsize s = 1; s < count; s++)
    g_assert_cmpuint (one[s - 1], <, one[s]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_path = argv[1];
  g_test_add_func ("/calibrate/by-hand", test_by_hand);
  g_test_add_func ("/calibrate/edges", test_edges);
  g_test_add_func ("/calibrate/fixture", test_fixture);
  g_test_add_func ("/calibrate/order", test_order);
  g_test_add_func ("/calibrate/thresholds", test_thresholds);
  g_test_add_func ("/calibrate/aligns", test_aligns);
  g_test_add_func ("/calibrate/lengths", test_lengths);
  g_test_add_func ("/decay/by-hand", test_decay);
  g_test_add_func ("/decay/product", test_decay_product);
  g_test_add_func ("/decay/vectors", test_vectors);
  return g_test_run ();
}

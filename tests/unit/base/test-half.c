/* Halves against their definition: sign, exponent and fraction put together in double. */
#include <math.h>
#include <string.h>

#include "base/half.h"
#include "test-support.h"

static double
half_value (guint16 bits)
{
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31)
    return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0)
    return sign * ldexp (fraction, -24);
  return sign * ldexp (1024 + fraction, exponent - 25);
}

static void
test_every_half (void)
{
  for (guint32 bits = 0; bits < 0x10000; bits++) {
    double expected = half_value ((guint16)bits);
    float found = scope_half_to_float ((guint16)bits);
    if (isnan (expected)) {
      g_assert_true (isnan (found));
      g_assert_true (isnan (scope_half_to_float (scope_half_from_float (found))));
      continue;
    }
    g_assert_true (found == expected && !signbit (found) == !signbit (expected));
    g_assert_cmphex (scope_half_from_float (found), ==, bits);
  }
}

/* Between two neighbours the nearer one, in the middle the even one. */
static void
test_half_rounding (void)
{
  for (guint16 bits = 0; bits < 0x7bff; bits++) {
    double low = half_value (bits), high = half_value ((guint16)(bits + 1));
    float middle = (float)((low + high) / 2); /* exact: one bit more than a half has */
    guint16 even = bits & 1 ? (guint16)(bits + 1) : bits;
    g_assert_cmphex (scope_half_from_float (middle), ==, even);
    g_assert_cmphex (scope_half_from_float (nextafterf (middle, 0)), ==, bits);
    g_assert_cmphex (scope_half_from_float (nextafterf (middle, INFINITY)), ==, bits + 1);
    g_assert_cmphex (scope_half_from_float (-middle), ==, 0x8000 | even);
  }
  g_assert_cmphex (scope_half_from_float (65519.996f), ==, 0x7bff);
  g_assert_cmphex (scope_half_from_float (65520.0f), ==, 0x7c00);
  g_assert_cmphex (scope_half_from_float (-1e30f), ==, 0xfc00);
  g_assert_cmphex (scope_half_from_float (1e-30f), ==, 0);
}

static float
float_of (guint32 bits)
{
  float value;
  memcpy (&value, &bits, sizeof value);
  return value;
}

static void
test_bfloat (void)
{
  for (guint32 bits = 0; bits < 0x10000; bits++) {
    float value = scope_bfloat_to_float ((guint16)bits);
    if (isnan (value)) {
      g_assert_true (isnan (scope_bfloat_to_float (scope_bfloat_from_float (value))));
      continue;
    }
    g_assert_cmphex (scope_bfloat_from_float (value), ==, bits);
    if (isinf (value))
      continue;
    guint16 even = (guint16)(bits & 1 ? bits + 1 : bits);
    g_assert_cmphex (scope_bfloat_from_float (float_of (bits << 16 | 0x7fff)), ==, bits);
    g_assert_cmphex (scope_bfloat_from_float (float_of (bits << 16 | 0x8000)), ==, even);
    g_assert_cmphex (scope_bfloat_from_float (float_of (bits << 16 | 0x8001)), ==, bits + 1);
  }
  /* The payload below the cut must not vanish and leave an infinity. */
  g_assert_true (isnan (scope_bfloat_to_float (scope_bfloat_from_float (float_of (0x7f800001)))));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/half/every", test_every_half);
  g_test_add_func ("/half/rounding", test_half_rounding);
  g_test_add_func ("/half/bfloat", test_bfloat);
  return g_test_run ();
}

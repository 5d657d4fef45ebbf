/* One channel over a calibration window: Δ in descending order, clamped, and what follows of it. */
#include <math.h>
#include <string.h>

#include "analysis/analysis-private.h"
#include "compute/host.h"

#define DIGIT_BITS 8
#define RADIX      (1 << DIGIT_BITS)
#define DIGITS     (64 / DIGIT_BITS)

/* Numbers of which the smaller one's value is the larger: the bits of doubles >= 0 ascend as they
 * do, those of negative ones descend. */
static guint64
key_of (double value)
{
  guint64 bits;
  memcpy (&bits, &value, sizeof bits);
  return (bits >> 63) != 0 ? bits : ~(bits | (guint64)1 << 63);
}

static double
value_of (guint64 key)
{
  double value;
  guint64 bits = (key >> 63) != 0 ? key : ~key & ~((guint64)1 << 63);
  memcpy (&value, &bits, sizeof value);
  return value;
}

static guint
digit_of (guint64 key, guint digit)
{
  return (guint)(key >> (digit * DIGIT_BITS)) & (RADIX - 1);
}

/* One pass: KEYS by their DIGIT, stably, into OUT. */
static void
sort_by_digit (const guint64 *keys, gsize count, guint digit, const gsize *counts, guint64 *out)
{
  gsize places[RADIX], place = 0;
  for (guint value = 0; value < RADIX; value++) {
    places[value] = place;
    place += counts[value];
  }
  for (gsize i = 0; i < count; i++)
    out[places[digit_of (keys[i], digit)]++] = keys[i];
}

/* A radix sort: Δ that were floats differ in half of their digits at most, and digits in which none
 * differ are passed over. */
static void
sort_descending (double *values, gsize count)
{
  gsize counts[DIGITS][RADIX] = { 0 };
  g_autofree guint64 *memory = g_new (guint64, 2 * count);
  guint64 *keys = memory, *sorted = memory + count;
  for (gsize i = 0; i < count; i++) {
    keys[i] = key_of (values[i]);
    for (guint digit = 0; digit < DIGITS; digit++)
      counts[digit][digit_of (keys[i], digit)]++;
  }
  for (guint digit = 0; digit < DIGITS; digit++) {
    if (counts[digit][digit_of (keys[0], digit)] == count)
      continue;
    sort_by_digit (keys, count, digit, counts[digit], sorted);
    guint64 *old = keys;
    keys = sorted;
    sorted = old;
  }
  for (gsize i = 0; i < count; i++)
    values[i] = value_of (keys[i]);
}

double
scope_calibrate_clamp (double *delta, gsize count, double top)
{
  double target = 0;
  gsize clamped = (gsize)(top * (double)count);
  if (count > 0)
    sort_descending (delta, count);
  for (gsize i = 0; i + 1 < clamped; i++)
    delta[i] = delta[clamped - 1];
  for (gsize i = 0; i < count; i++)
    target += delta[i];
  return target;
}

double
scope_channel_decay (const ScopeMatrix *delta, const ScopeMatrix *a, gsize channel,
                     const double *values, gsize count, double enough)
{
  gboolean wide = scope_matrix_real (delta) == SCOPE_REAL_F64;
  gsize n_rates = scope_matrix_columns (a);
  g_autofree double *rates = g_new (double, n_rates);
  scope_matrix_read_row (a, channel, 0, n_rates, rates);
  return scope_host_ln_decay (wide ? SCOPE_PRECISION_REFERENCE : SCOPE_PRECISION_FP32, values,
                              count, rates, n_rates, enough);
}

ScopeChannelWindow
scope_channel_window (const ScopeMatrix *delta, const ScopeMatrix *a, gsize channel, double *values,
                      gsize count, double top)
{
  double target = scope_calibrate_clamp (values, count, top);
  return (ScopeChannelWindow){ scope_channel_decay (delta, a, channel, values, count, -INFINITY),
                               target };
}

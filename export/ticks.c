/* Ticks of axes and colour bars, and how they are written. */
#include <math.h>
#include <string.h>

#include "export/figure-private.h"
#include "export/number.h"

/* A tick counts as inside if rounding alone puts it outside. */
#define SLACK 1e-9

/* K steps of MANTISSA * 10^EXPONENT with one rounding, so that 3 * 0.1 is 0.3. */
static double
multiple (gint64 k, double mantissa, int exponent)
{
  double value = (double)k * mantissa;
  return exponent < 0 ? value / pow (10, -exponent) : value * pow (10, exponent);
}

static gsize
fill_axis (double low, double high, double mantissa, int exponent, double *out, gsize max)
{
  double step = multiple (1, mantissa, exponent), slack = SLACK * (high - low) / step;
  gint64 first = (gint64)ceil (low / step - slack), last = (gint64)floor (high / step + slack);
  if (last < first || (guint64)(last - first) >= max)
    return 0;
  for (gint64 k = first; k <= last; k++)
    out[k - first] = multiple (k, mantissa, exponent);
  return (gsize)(last - first + 1);
}

gsize
scope_axis_ticks (double low, double high, double *out, gsize max)
{
  static const double mantissas[] = { 1, 2, 2.5, 5 };
  if (low > high) {
    double swap = low;
    low = high;
    high = swap;
  }
  if (max == 0 || !isfinite (low) || !isfinite (high))
    return 0;
  /* Ticks finer than a double resolves would repeat. */
  if (high - low <= SLACK * MAX (fabs (low), fabs (high))) {
    out[0] = low;
    return 1;
  }
  int exponent = (int)floor (log10 ((high - low) / (double)max)) - 1;
  for (;; exponent++)
    for (gsize m = 0; m < G_N_ELEMENTS (mantissas); m++) {
      gsize count = fill_axis (low, high, mantissas[m], exponent, out, max);
      if (count > 0)
        return count;
    }
}

/* Every STRIDE-th power of ten of [LOW, HIGH], counted from 10^0 so that neighbours agree. */
static gsize
decade_ticks (double low, double high, int stride, double *out, gsize max)
{
  int first = (int)ceil (log10 (low) - SLACK), last = (int)floor (log10 (high) + SLACK);
  gsize count = 0;
  for (int k = first; k <= last; k++) {
    if (k % stride != 0)
      continue;
    if (count < max)
      out[count] = multiple (1, 1, k);
    count++;
  }
  return count;
}

/* 1, 2, 5 times the powers of ten, for ranges of about one decade. */
static gsize
fine_log_ticks (double low, double high, double *out, gsize max)
{
  static const double mantissas[] = { 1, 2, 5 };
  int first = (int)floor (log10 (low)), last = (int)floor (log10 (high) + SLACK);
  gsize count = 0;
  for (int k = first; k <= last; k++)
    for (gsize m = 0; m < G_N_ELEMENTS (mantissas); m++) {
      double value = multiple (1, mantissas[m], k);
      if (value < low * (1 - SLACK) || value > high * (1 + SLACK))
        continue;
      if (count < max)
        out[count] = value;
      count++;
    }
  return count;
}

static gsize
log_ticks (double low, double high, double *out, gsize max)
{
  gsize count = fine_log_ticks (low, high, out, max);
  if (decade_ticks (low, high, 1, out, 0) <= 2 && count >= 2 && count <= max) {
    fine_log_ticks (low, high, out, max);
    return count;
  }
  for (int stride = 1; stride < 700; stride++) {
    count = decade_ticks (low, high, stride, out, max);
    if (count >= 2 && count <= max)
      return count;
  }
  return scope_axis_ticks (low, high, out, max);
}

/* Zero and the same powers of ten on both sides. */
static gsize
symlog_ticks (const ScopeNorm *norm, double *out, gsize max)
{
  double side[32];
  gsize limit = MIN ((max - 1) / 2, G_N_ELEMENTS (side)), count = 0;
  if (limit >= 1)
    for (int stride = 1; stride < 700; stride++) {
      count = decade_ticks (norm->low, norm->high, stride, side, limit);
      if (count <= limit)
        break;
    }
  if (count == 0 && limit >= 1)
    side[count++] = norm->high;
  for (gsize k = 0; k < count; k++) {
    out[k] = -side[count - 1 - k];
    out[count + 1 + k] = side[k];
  }
  out[count] = 0;
  return 2 * count + 1;
}

/* The quartiles. */
static gsize
rank_ticks (const ScopeNorm *norm, double *out, gsize max)
{
  gsize steps = max >= 5 ? 4 : max >= 3 ? 2 : 1, count = 0;
  for (gsize k = 0; k <= steps && count < max; k++) {
    double value = scope_norm_invert (norm, (double)k / (double)steps);
    if (count == 0 || value > out[count - 1])
      out[count++] = value;
  }
  return count;
}

gsize
scope_norm_ticks (const ScopeNorm *norm, double *out, gsize max)
{
  if (max == 0)
    return 0;
  switch (norm->kind) {
  case SCOPE_NORM_LINEAR:
  case SCOPE_NORM_POWER:
    return scope_axis_ticks (norm->low, norm->high, out, max);
  case SCOPE_NORM_RANK:
    return rank_ticks (norm, out, max);
  case SCOPE_NORM_LOG:
    return log_ticks (norm->low, norm->high, out, max);
  default:
    return symlog_ticks (norm, out, max);
  }
}

/* "3", "2.5": the shortest of up to four digits. */
static void
append_plain (GString *text, double magnitude, const char *format)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (text, g_ascii_formatd (buffer, sizeof buffer, format, magnitude));
}

static void
append_power (GString *text, double magnitude, gboolean superscript)
{
  int exponent = (int)floor (log10 (magnitude) + SLACK);
  double mantissa = magnitude / pow (10, exponent);
  gboolean whole = fabs (mantissa - 1) < 1e-6;
  if (superscript) {
    if (!whole) {
      append_plain (text, mantissa, "%.3g");
      g_string_append (text, "×");
    }
    g_string_append (text, "10");
    scope_append_superscript (text, exponent);
    return;
  }
  append_plain (text, mantissa, "%.3g");
  g_string_append_printf (text, "e%d", exponent);
}

char *
scope_power_label (int exponent)
{
  GString *text = g_string_new ("10");
  scope_append_superscript (text, exponent);
  return g_string_free (text, FALSE);
}

char *
scope_tick_label (double value, gboolean superscript)
{
  GString *text = g_string_new (NULL);
  double magnitude = fabs (value);
  if (!isfinite (value))
    return g_string_free (g_string_assign (text, isnan (value) ? "NaN"
                                                 : value > 0   ? "∞"
                                                               : "−∞"),
                          FALSE);
  if (value < 0)
    g_string_append (text, "−");
  gsize begin = text->len;
  if (magnitude == 0)
    g_string_append (text, "0");
  else if (superscript || magnitude < 1.0001e-3 || magnitude >= 1e7)
    append_power (text, magnitude, superscript);
  else {
    append_plain (text, magnitude, magnitude >= 1000 ? "%.8g" : "%.5g");
    scope_group_thousands (text, begin);
  }
  return g_string_free (text, FALSE);
}

#include <math.h>
#include <string.h>

#include "analysis/perplexity.h"

static void
add_line (ScopeResult *self, const char *filter, gint series, const ScopePerplexityRow *rows,
          gsize n_lengths)
{
  g_autofree double *values = g_new (double, 4 * n_lengths);
  double *x = values, *y = x + n_lengths, *low = y + n_lengths, *high = low + n_lengths;
  gsize count = 0;
  for (gsize k = 0; k < n_lengths; k++) {
    if (rows[k].windows == 0)
      continue;
    x[count] = (double)rows[k].length;
    y[count] = rows[k].perplexity;
    low[count] = rows[k].ci_low;
    high[count++] = rows[k].ci_high;
  }
  if (count > 0)
    scope_result_add_series (self, strcmp (filter, "off") == 0 ? "no filter" : filter, series, x, y,
                             low, high, count);
}

ScopeResult *
scope_result_sweep (const char *const *filters, gsize n_filters, const ScopePerplexityRow *rows,
                    gsize n_lengths, gsize train_length)
{
  ScopeResult *self = scope_result_new (SCOPE_RESULT_CURVES);
  for (gsize f = 0; f < n_filters; f++)
    add_line (self, filters[f], (gint)f, rows + f * n_lengths, n_lengths);
  self->title = g_strdup ("perplexity");
  self->x_label = g_strdup ("length (tokens)");
  self->y_label = g_strdup ("perplexity");
  self->x_log = self->y_log = TRUE;
  self->x_mark = train_length > 0 ? (double)train_length : NAN;
  return self;
}

#include "analysis/score.h"

#include <math.h>
#include <string.h>

static char *
fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return g_utf8_casefold (valid, -1);
}

static gsize
count_matches (const char *text, const char *const *answers, gsize *n)
{
  g_autofree char *folded = fold (text);
  gsize matches = 0;
  for (*n = 0; answers[*n] != NULL; (*n)++) {
    g_autofree char *answer = fold (answers[*n]);
    matches += *answer != '\0' && strstr (folded, answer) != NULL;
  }
  return matches;
}

double
scope_score_all (const char *text, const char *const *answers)
{
  gsize n, matches = count_matches (text, answers, &n);
  return n > 0 ? (double)matches / (double)n : 0;
}

double
scope_score_part (const char *text, const char *const *answers)
{
  gsize n;
  return count_matches (text, answers, &n) > 0 ? 1 : 0;
}

double
scope_score_start (const char *text, const char *const *answers)
{
  const char *answer = answers[0];
  if (answer == NULL || *answer == '\0')
    return 0;
  return g_str_has_prefix (text + strspn (text, " \n\t"), answer) ? 1 : 0;
}

void
scope_score_interval (double mean, gsize n, double *low, double *high)
{
  const double z = 1.959963984540054, z2 = z * z;
  double count = (double)n;
  double centre = (mean + z2 / (2 * count)) / (1 + z2 / count);
  double width = z * sqrt (mean * (1 - mean) / count + z2 / (4 * count * count)) / (1 + z2 / count);
  /* At 0 and 1 an end is the mean itself, whatever rounding says. */
  *low = CLAMP (centre - width, 0, mean);
  *high = CLAMP (centre + width, mean, 1);
}

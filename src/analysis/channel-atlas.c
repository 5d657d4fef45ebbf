#include "analysis/channel-atlas.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/attention.h"

/* Multiply-adds for the picture of one channel: two milliseconds or so on two cores. */
#define THUMBNAIL_BUDGET G_GUINT64_CONSTANT (200000000)

const char *const scope_atlas_sort_names[SCOPE_ATLAS_N_SORTS + 1]
    = { "decay", "field", "half-life", "kept", "similarity", "index", NULL };

/* --- orders -------------------------------------------------------------------------------------
 */

double
scope_atlas_stat (const ScopeChannelStats *stats, ScopeAtlasSort sort)
{
  switch (sort) {
  case SCOPE_ATLAS_BY_SIMILARITY:
    return NAN;
  case SCOPE_ATLAS_BY_FIELD:
    return (double)stats->field_length;
  case SCOPE_ATLAS_BY_HALF_LIFE:
    return stats->half_life;
  case SCOPE_ATLAS_BY_KEPT:
    return stats->kept_fraction;
  default:
    return stats->ln_decay;
  }
}

static int
ascending (const void *a, const void *b)
{
  const ScopeAtlasRank *left = a, *right = b;
  if (left->value != right->value)
    return left->value < right->value ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

void
scope_atlas_sort_ranks (ScopeAtlasRank *ranks, gsize count, gboolean descending)
{
  gsize known = 0;
  for (gsize k = 0; k < count; k++) {
    ScopeAtlasRank rank = ranks[k];
    if (isnan (rank.value))
      continue;
    ranks[k] = ranks[known];
    rank.value = descending ? -rank.value : rank.value;
    ranks[known++] = rank;
  }
  for (gsize k = known; k < count; k++)
    ranks[k].value = 0; /* all alike: in the order of their indices */
  qsort (ranks, known, sizeof *ranks, ascending);
  qsort (ranks + known, count - known, sizeof *ranks, ascending);
}

/* --- pictures -----------------------------------------------------------------------------------
 */

/* The picture of the SIDE rows of VALUES from row TOP on. */
static void
shade (const ScopeMatrix *values, gsize top, gsize side, guint8 *out)
{
  double most = 0;
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c <= r; c++)
      most = fmax (most, fabs (scope_matrix_get (values, top + r, c)));
  for (gsize r = 0; r < side; r++)
    for (gsize c = 0; c < side; c++) {
      double value = c <= r ? fabs (scope_matrix_get (values, top + r, c)) : 0;
      double place = value > 0 ? 1 + log10 (value / most) / SCOPE_ATLAS_DECADES : 0;
      out[r * side + c] = c > r ? 0 : (guint8)(1 + lrint (254 * CLAMP (place, 0, 1)));
    }
}

static gsize
edge (gsize k, gsize side)
{
  return k * side / SCOPE_ATLAS_SIGNATURE;
}

/* The mean of the picture's blocks that (R, C) covers; at least one. */
static guint8
mean_block (const guint8 *picture, gsize side, gsize r, gsize c)
{
  gsize rows = MAX (edge (r + 1, side) - edge (r, side), 1);
  gsize columns = MAX (edge (c + 1, side) - edge (c, side), 1);
  gsize sum = 0;
  for (gsize i = edge (r, side); i < edge (r, side) + rows; i++)
    for (gsize j = edge (c, side); j < edge (c, side) + columns; j++)
      sum += picture[i * side + j] > 0 ? picture[i * side + j] - 1u : 0;
  return (guint8)(sum / (rows * columns));
}

static void
sign (const guint8 *picture, gsize side, guint8 *out)
{
  gsize at = 0;
  for (gsize r = 0; r < SCOPE_ATLAS_SIGNATURE; r++)
    for (gsize c = 0; c <= r; c++)
      out[at++] = mean_block (picture, side, r, c);
}

guint
scope_atlas_product (const guint8 *a, const guint8 *b)
{
  guint sum = 0;
  for (gsize k = 0; k < SCOPE_SIGNATURE_BYTES; k++)
    sum += (guint)a[k] * b[k];
  return sum;
}

double
scope_atlas_cosine (guint product, guint square_a, guint square_b)
{
  double norms = (double)square_a * square_b;
  return norms > 0 ? product / sqrt (norms) : NAN;
}

gboolean
scope_atlas_draw (ScopeLayerTrace *layer, gsize begin, gsize end, gsize side,
                  guint8 *const *pictures, guint8 *signatures, gboolean *exact,
                  ScopeProgress *progress, GError **error)
{
  g_autoptr (ScopeMatrix) values = scope_attention_thumbnails (
      layer, begin, end, side, SCOPE_REDUCE_ABSMEAN, THUMBNAIL_BUDGET, exact, progress, error);
  for (gsize k = 0; values != NULL && k < end - begin; k++) {
    shade (values, k * side, side, pictures[k]);
    sign (pictures[k], side, signatures + k * SCOPE_SIGNATURE_BYTES);
  }
  return values != NULL;
}

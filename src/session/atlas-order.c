#include <math.h>
#include <stdlib.h>

#include "session/atlas-private.h"

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

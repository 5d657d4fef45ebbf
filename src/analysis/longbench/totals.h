/* Totals of LongBench: the mean of each set under each filter, over all its entries and over each
 * of LongBench-E's three ranges of length, in per cent; and their averages over the sets, each set
 * counting once. Not for several threads at a time. */
#pragma once

#include "analysis/longbench/dataset.h"

G_BEGIN_DECLS

typedef enum {
  SCOPE_LONGBENCH_ALL,
  SCOPE_LONGBENCH_SHORT,  /* length < 4000 */
  SCOPE_LONGBENCH_MEDIUM, /* < 8000 */
  SCOPE_LONGBENCH_LONG,
  SCOPE_LONGBENCH_BUCKETS
} ScopeLongbenchBucket;

/* One line of the table. Strings are borrowed from the totals. */
typedef struct {
  const char *set;    /* "hotpotqa_e"; "average", "average_e" over all sets of LongBench(-E) */
  const char *metric; /* "" of averages */
  const char *filter;
  gsize samples[SCOPE_LONGBENCH_BUCKETS];
  double score[SCOPE_LONGBENCH_BUCKETS]; /* 0 to 100; NaN without samples */
} ScopeLongbenchRow;

typedef struct _ScopeLongbenchTotals ScopeLongbenchTotals;

ScopeLongbenchTotals *scope_longbench_totals_new (void) G_GNUC_WARN_UNUSED_RESULT;
void scope_longbench_totals_free (ScopeLongbenchTotals *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ScopeLongbenchTotals, scope_longbench_totals_free)

/* Scores TEXT, which is its answer under FILTER, and counts it in. An entry whose length is not
 * known is in no range. */
void scope_longbench_totals_add (ScopeLongbenchTotals *self, const ScopeLongbenchCase *known,
                                 const char *filter, const char *text);
/* Sets in LongBench's order, LongBench before LongBench-E, and for each the filters in the order in
 * which they came; then, where there is more than one set, the averages. (element-type
 * ScopeLongbenchRow) */
GArray *scope_longbench_totals_rows (ScopeLongbenchTotals *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

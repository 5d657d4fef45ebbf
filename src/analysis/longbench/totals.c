#include "analysis/longbench/totals.h"

#include <math.h>
#include <string.h>

#define SETS ((gsize)2 * SCOPE_LONGBENCH_DATASETS)

typedef struct {
  gsize samples[SCOPE_LONGBENCH_BUCKETS];
  double sum[SCOPE_LONGBENCH_BUCKETS];
} Total;

typedef struct {
  char *filter;
  Total totals[2 * SCOPE_LONGBENCH_DATASETS]; /* LongBench's sets, then LongBench-E's */
} Filtered;

struct _ScopeLongbenchTotals {
  GPtrArray *filters; /* Filtered */
  char *names[2 * SCOPE_LONGBENCH_DATASETS];
};

static void
filtered_free (gpointer data)
{
  g_free (((Filtered *)data)->filter);
  g_free (data);
}

ScopeLongbenchTotals *
scope_longbench_totals_new (void)
{
  ScopeLongbenchTotals *self = g_new0 (ScopeLongbenchTotals, 1);
  self->filters = g_ptr_array_new_with_free_func (filtered_free);
  for (gsize s = 0; s < SETS; s++)
    self->names[s] = scope_longbench_set_name (
        scope_longbench_dataset (s % SCOPE_LONGBENCH_DATASETS), s >= SCOPE_LONGBENCH_DATASETS);
  return self;
}

void
scope_longbench_totals_free (ScopeLongbenchTotals *self)
{
  if (self == NULL)
    return;
  for (gsize s = 0; s < SETS; s++)
    g_free (self->names[s]);
  g_ptr_array_unref (self->filters);
  g_free (self);
}

static Filtered *
find_filter (ScopeLongbenchTotals *self, const char *filter)
{
  for (guint f = 0; f < self->filters->len; f++) {
    Filtered *filtered = g_ptr_array_index (self->filters, f);
    if (strcmp (filtered->filter, filter) == 0)
      return filtered;
  }
  Filtered *filtered = g_new0 (Filtered, 1);
  filtered->filter = g_strdup (filter);
  g_ptr_array_add (self->filters, filtered);
  return filtered;
}

static void
count_in (Total *total, ScopeLongbenchBucket bucket, double score)
{
  total->samples[bucket]++;
  total->sum[bucket] += score;
}

void
scope_longbench_totals_add (ScopeLongbenchTotals *self, const ScopeLongbenchCase *known,
                            const char *filter, const char *text)
{
  gsize set = scope_longbench_dataset_index (known->dataset)
              + (known->extended ? SCOPE_LONGBENCH_DATASETS : 0);
  Total *total = &find_filter (self, filter)->totals[set];
  double score = scope_longbench_score (known, text);
  count_in (total, SCOPE_LONGBENCH_ALL, score);
  if (known->length >= 0)
    count_in (total,
              known->length < 4000   ? SCOPE_LONGBENCH_SHORT
              : known->length < 8000 ? SCOPE_LONGBENCH_MEDIUM
                                     : SCOPE_LONGBENCH_LONG,
              score);
}

static void
add_sets (const ScopeLongbenchTotals *self, gsize set, GArray *rows)
{
  for (guint f = 0; f < self->filters->len; f++) {
    const Filtered *filtered = g_ptr_array_index (self->filters, f);
    const Total *total = &filtered->totals[set];
    ScopeLongbenchRow row = { .set = self->names[set], .filter = filtered->filter };
    row.metric = scope_longbench_dataset (set % SCOPE_LONGBENCH_DATASETS)->metric;
    for (gsize b = 0; b < SCOPE_LONGBENCH_BUCKETS; b++) {
      row.samples[b] = total->samples[b];
      row.score[b]
          = total->samples[b] > 0 ? 100 * total->sum[b] / (double)total->samples[b] : (double)NAN;
    }
    if (total->samples[SCOPE_LONGBENCH_ALL] > 0)
      g_array_append_val (rows, row);
  }
}

/* The average of the rows from BEGIN on that are of FILTER. */
static ScopeLongbenchRow
average (const GArray *rows, guint begin, guint end, const char *name, const char *filter)
{
  ScopeLongbenchRow mean = { .set = name, .metric = "", .filter = filter };
  for (gsize b = 0; b < SCOPE_LONGBENCH_BUCKETS; b++) {
    double sum = 0, sets = 0;
    for (guint r = begin; r < end; r++) {
      const ScopeLongbenchRow *row = &g_array_index (rows, ScopeLongbenchRow, r);
      if (row->filter != filter || row->samples[b] == 0)
        continue;
      mean.samples[b] += row->samples[b];
      sum += row->score[b];
      sets++;
    }
    mean.score[b] = sets > 0 ? sum / sets : (double)NAN;
  }
  return mean;
}

/* Rows BEGIN to END are of one family. */
static void
add_averages (const ScopeLongbenchTotals *self, GArray *rows, guint begin, guint end,
              const char *name)
{
  gboolean several = FALSE;
  for (guint r = begin + 1; r < end; r++)
    several |= g_array_index (rows, ScopeLongbenchRow, r).set
               != g_array_index (rows, ScopeLongbenchRow, begin).set;
  for (guint f = 0; several && f < self->filters->len; f++) {
    const Filtered *filtered = g_ptr_array_index (self->filters, f);
    ScopeLongbenchRow row = average (rows, begin, end, name, filtered->filter);
    if (row.samples[SCOPE_LONGBENCH_ALL] > 0)
      g_array_append_val (rows, row);
  }
}

GArray *
scope_longbench_totals_rows (ScopeLongbenchTotals *self)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (ScopeLongbenchRow));
  for (gsize set = 0; set < SCOPE_LONGBENCH_DATASETS; set++)
    add_sets (self, set, rows);
  guint plain = rows->len;
  for (gsize set = SCOPE_LONGBENCH_DATASETS; set < SETS; set++)
    add_sets (self, set, rows);
  guint all = rows->len;
  add_averages (self, rows, 0, plain, "average");
  add_averages (self, rows, plain, all, "average_e");
  return rows;
}

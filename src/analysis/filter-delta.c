/* What several methods make of a layer's Δ. */
#include "analysis/analysis-private.h"
#include "analysis/filter-private.h"
#include "base/parallel.h"

/* Rows of one piece of work. */
#define ROWS_AT_ONCE 64

typedef struct {
  const ScopeMatrix *delta;
  gsize rows;
  const double *factors;
  const guint8 *mask;
  ScopeMatrix *out;
  double *scores;
} Job;

static void
scale_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *job = data;
  gsize channels = scope_matrix_columns (job->delta);
  g_autofree double *row = g_new (double, channels);
  for (gsize t = begin; t < end; t++) {
    scope_matrix_read_row (job->delta, t, 0, channels, row);
    for (gsize h = 0; t < job->rows && h < channels; h++)
      row[h] *= job->factors[h];
    scope_matrix_write_row (job->out, t, row, channels);
  }
}

ScopeMatrix *
scope_scale_delta (const ScopeMatrix *delta, gsize rows, const double *factors, GError **error)
{
  gsize tokens = scope_matrix_rows (delta);
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, tokens, scope_matrix_columns (delta), error);
  Job job = { .delta = delta, .rows = rows, .factors = factors, .out = out };
  if (out != NULL)
    scope_parallel_for (tokens, ROWS_AT_ONCE, scale_rows, &job);
  return out;
}

static void
score_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *job = data;
  gsize channels = scope_matrix_columns (job->delta);
  g_autofree double *row = g_new (double, channels);
  for (gsize t = begin; t < end; t++) {
    scope_matrix_read_row (job->delta, t, 0, channels, row);
    for (gsize h = 0; h < channels; h++)
      if (job->mask == NULL || job->mask[h])
        job->scores[t] += row[h] * row[h];
  }
}

double *
scope_score_tokens (const ScopeMatrix *delta, gsize rows, const guint8 *mask)
{
  Job job = { .delta = delta, .mask = mask, .scores = g_new0 (double, rows) };
  scope_parallel_for (rows, ROWS_AT_ONCE, score_rows, &job);
  return job.scores;
}

double
scope_score_rounding (const ScopeMatrix *delta)
{
  return 2 * scope_select_rounding (delta);
}

/* Columns of a matrix of many rows, each as an array of its own. */
#include "analysis/analysis-private.h"
#include "base/parallel.h"

/* Columns that are read together: neighbours share their cache lines. */
#define MOST_AT_ONCE 16
/* Values of them: as many as stay in a core's cache. */
#define VALUES_AT_ONCE ((gsize)1 << 16)
/* Pieces of a narrow matrix, so that all cores have some. */
#define PIECES 64

typedef struct {
  const ScopeMatrix *matrix;
  gsize first, count;
  ScopeColumnFunc func;
  gpointer data;
} Job;

static void
gather_f32 (const float *from, gsize stride, gsize width, gsize count, double *out)
{
  for (gsize i = 0; i < count; i++)
    for (gsize k = 0; k < width; k++)
      out[k * count + i] = from[i * stride + k];
}

static void
gather_f64 (const double *from, gsize stride, gsize width, gsize count, double *out)
{
  for (gsize i = 0; i < count; i++)
    for (gsize k = 0; k < width; k++)
      out[k * count + i] = from[i * stride + k];
}

static void
gather (const Job *job, gsize column, gsize width, double *out)
{
  gsize stride = scope_matrix_stride (job->matrix);
  const float *narrow = scope_matrix_row_f32 (job->matrix, 0);
  if (narrow != NULL)
    gather_f32 (narrow + column, stride, width, job->count, out);
  else
    gather_f64 (scope_matrix_row_f64 (job->matrix, 0) + column, stride, width, job->count, out);
}

static void
visit_columns (gsize begin, gsize end, guint worker, gpointer data)
{
  const Job *job = data;
  gsize most = CLAMP (VALUES_AT_ONCE / job->count, 1, MOST_AT_ONCE);
  g_autofree double *values = g_new (double, MIN (most, end - begin) * job->count);
  for (gsize c = begin; c < end; c += most) {
    gsize width = MIN (most, end - c);
    gather (job, job->first + c, width, values);
    for (gsize k = 0; k < width; k++)
      job->func (job->first + c + k, values + k * job->count, job->data);
  }
}

void
scope_matrix_each_column (const ScopeMatrix *self, gsize begin, gsize end, gsize count,
                          ScopeColumnFunc func, gpointer data)
{
  Job job = { self, begin, count, func, data };
  if (count > 0 && begin < end)
    scope_parallel_for (end - begin, CLAMP ((end - begin) / PIECES, 1, MOST_AT_ONCE), visit_columns,
                        &job);
}

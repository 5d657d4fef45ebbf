#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "cli/bench/bench.h"

/* A repeat lasts this long at least: far above the clock's steps and a queue's latency. */
#define REPEAT_SECONDS 0.02
#define MOST_CALLS     100000

/* What all threads of this process have used: other programs do not slow it, as they do the clock.
 */
static double
processor_seconds (void)
{
  struct timespec now;
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static gboolean
time_calls (Bench *self, BenchFunc func, gpointer data, gsize calls, double *seconds,
            GError **error)
{
  gint64 begin = g_get_monotonic_time ();
  for (gsize i = 0; i < calls; i++)
    if (!func (data, error))
      return FALSE;
  if (!scope_backend_sync (self->backend, error))
    return FALSE;
  *seconds = (double)MAX (g_get_monotonic_time () - begin, 1) * 1e-6;
  return TRUE;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const double *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

/* Between two values where the place is between two. */
static double
quantile (const double *sorted, gsize count, double place)
{
  double at = place * (double)(count - 1);
  gsize below = (gsize)at, above = MIN (below + 1, count - 1);
  return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

/* How many calls a repeat needs. The first call also warms up: caches, clocks, workspaces. */
static gboolean
choose_calls (Bench *self, BenchFunc func, gpointer data, gsize *calls, GError **error)
{
  double seconds;
  if (!time_calls (self, func, data, 1, &seconds, error))
    return FALSE;
  for (*calls = 1; seconds < REPEAT_SECONDS && *calls < MOST_CALLS;) {
    double more = 1.2 * REPEAT_SECONDS / seconds * (double)*calls;
    *calls = (gsize)CLAMP (ceil (more), (double)*calls + 1, MOST_CALLS);
    if (!time_calls (self, func, data, *calls, &seconds, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
bench_time (Bench *self, BenchFunc func, gpointer data, BenchTime *out, GError **error)
{
  g_autofree double *seconds = g_new (double, self->repeats);
  double cpu = INFINITY;
  gsize calls;
  if (!choose_calls (self, func, data, &calls, error))
    return FALSE;
  for (gsize i = 0; i < self->repeats; i++) {
    double begin = processor_seconds ();
    if (!scope_progress_check (cli_progress (), (double)i / (double)self->repeats, "timing", error)
        || !time_calls (self, func, data, calls, &seconds[i], error))
      return FALSE;
    seconds[i] /= (double)calls;
    cpu = MIN (cpu, (processor_seconds () - begin) / (double)calls);
  }
  qsort (seconds, self->repeats, sizeof *seconds, compare);
  *out = (BenchTime){ seconds[0],
                      quantile (seconds, self->repeats, 0.25),
                      quantile (seconds, self->repeats, 0.5),
                      quantile (seconds, self->repeats, 0.75),
                      cpu,
                      self->repeats,
                      calls };
  return TRUE;
}

double
bench_floor (const Bench *self, BenchWork work)
{
  if (work.floor > 0)
    return work.floor;
  double product = work.flop > 0 ? work.flop / self->product_rate : 0;
  return MAX (work.bytes / self->copy_rate, product);
}

static double
or_none (double value)
{
  return value > 0 ? value : NAN;
}

static void
add_row (Bench *self, const char *what, const char *detail, gsize tokens, BenchWork work,
         const BenchTime *time, const char *note)
{
  CliSheet *sheet = self->sheet;
  double floor = bench_floor (self, work);
  cli_sheet_text (sheet, self->shape);
  cli_sheet_text (sheet, what);
  cli_sheet_text (sheet, detail);
  cli_sheet_real (sheet, or_none ((double)tokens));
  cli_sheet_real (sheet, time->median * 1e3);
  cli_sheet_real (sheet, time->min * 1e3);
  cli_sheet_real (sheet, time->first * 1e3);
  cli_sheet_real (sheet, time->third * 1e3);
  cli_sheet_real (sheet, time->cpu * 1e3);
  cli_sheet_real (sheet, or_none ((double)tokens / time->median));
  cli_sheet_real (sheet, or_none (work.bytes * 1e-9));
  cli_sheet_real (sheet, or_none (work.flop * 1e-9));
  cli_sheet_real (sheet, or_none (floor * 1e3));
  cli_sheet_real (sheet, time->median / floor);
  cli_sheet_int (sheet, time->repeats);
  cli_sheet_int (sheet, time->calls);
  cli_sheet_text (sheet, note);
}

void
bench_add (Bench *self, const char *what, const char *detail, gsize tokens, BenchWork work,
           const BenchTime *time)
{
  add_row (self, what, detail, tokens, work, time, "");
}

gboolean
bench_refused (Bench *self, const char *what, const char *detail, gsize tokens, GError *refusal,
               GError **error)
{
  const BenchTime none = { NAN, NAN, NAN, NAN, NAN, 0, 0 };
  if (!g_error_matches (refusal, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_UNSUPPORTED)
      && !g_error_matches (refusal, SCOPE_BACKEND_ERROR, SCOPE_BACKEND_ERROR_MEMORY)) {
    g_propagate_error (error, refusal);
    return FALSE;
  }
  add_row (self, what, detail, tokens, (BenchWork){ 0 }, &none, refusal->message);
  g_error_free (refusal);
  return TRUE;
}

gboolean
bench_row (Bench *self, const char *what, const char *detail, gsize tokens, BenchWork work,
           BenchFunc func, gpointer data, GError **error)
{
  GError *refusal = NULL;
  BenchTime time;
  if (!bench_time (self, func, data, &time, &refusal))
    return bench_refused (self, what, detail, tokens, refusal, error);
  add_row (self, what, detail, tokens, work, &time, "");
  return TRUE;
}

gboolean
bench_run_op (gpointer data, GError **error)
{
  const BenchOp *self = data;
  return scope_backend_run (self->backend, self->op, self->params, error);
}

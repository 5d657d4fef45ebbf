#include "session/surprisal.h"

#include <math.h>

#include "analysis/perplexity.h"

static gsize
span_count (const ScopeSurprisal *self)
{
  return (self->count + SCOPE_SURPRISAL_SPAN - 1) / SCOPE_SURPRISAL_SPAN;
}

ScopeSurprisal *
scope_surprisal_new (const ScopeRun *run, gsize count)
{
  ScopeSurprisal *self = g_new0 (ScopeSurprisal, 1);

  g_atomic_ref_count_init (&self->refs);
  self->run = run->id;
  self->count = count;
  self->values = g_new (double, count);
  for (gsize t = 0; t < count; t++)
    self->values[t] = NAN;
  self->done = g_new0 (guint8, span_count (self));
  return self;
}

ScopeSurprisal *
scope_surprisal_ref (ScopeSurprisal *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_surprisal_unref (ScopeSurprisal *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->values);
  g_free (self->done);
  g_free (self);
}

/* G_MAXSIZE: there is none. */
static gsize
next_span (const ScopeSurprisal *self, gsize first)
{
  gsize spans = span_count (self), start = MIN (first, self->count - 1) / SCOPE_SURPRISAL_SPAN;

  for (gsize k = 0; k < spans; k++)
    if (!self->done[(start + k) % spans])
      return (start + k) % spans;
  return G_MAXSIZE;
}

/* Token t is predicted after token t - 1: nothing is known of the first one. */
static gboolean
compute_span (ScopeSurprisal *self, ScopeRun *run, const gint32 *ids, gsize span, GError **error)
{
  gsize begin = span * SCOPE_SURPRISAL_SPAN;
  gsize end = MIN (begin + SCOPE_SURPRISAL_SPAN, self->count);
  gsize known = MAX (begin, 1);

  if (known < end
      && !scope_nll (run->trace, ids, known - 1, end - 1, self->values + known, NULL, error))
    return FALSE;
  self->done[span] = TRUE;
  self->computed += end - begin;
  return TRUE;
}

gboolean
scope_surprisal_extend (ScopeSurprisal *self, ScopeRun *run, const gint32 *ids, gsize first,
                        double seconds, ScopeProgress *progress, GError **error)
{
  gint64 end = g_get_monotonic_time () + (gint64)(seconds * G_USEC_PER_SEC);

  do {
    gsize span = next_span (self, first);
    if (span == G_MAXSIZE)
      return TRUE;
    double fraction = (double)self->computed / (double)self->count;
    if (!scope_progress_check (progress, fraction, "surprisal of each token", error)
        || !compute_span (self, run, ids, span, error))
      return FALSE;
  } while (g_get_monotonic_time () < end);
  return TRUE;
}

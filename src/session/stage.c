#include "session/stage.h"

#include <math.h>

#include "compute/estimate.h"
#include "session/answer.h"

#define MEGABYTE G_GUINT64_CONSTANT (1000000)

static gint budget_mb = (gint)(SCOPE_STAGE_DEFAULT_BUDGET / MEGABYTE); /* atomic */

guint64
scope_stage_budget (void)
{
  return (guint64)g_atomic_int_get (&budget_mb) * MEGABYTE;
}

void
scope_stage_set_budget (guint64 bytes)
{
  g_atomic_int_set (&budget_mb, (gint)CLAMP (bytes / MEGABYTE, 1, G_MAXINT));
}

void
scope_setting_clear (ScopeSetting *self)
{
  g_clear_pointer (&self->spec, g_free);
}

ScopeRun *
scope_run_ref (ScopeRun *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_run_unref (ScopeRun *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->trace, scope_trace_unref);
  g_clear_pointer (&self->answer, scope_answer_unref);
  g_free (self->key);
  g_free (self);
}

gboolean
scope_run_is_filtered (const ScopeRun *self)
{
  return scope_trace_plan (self->trace) != NULL;
}

static ScopeRun *
run_new (const char *key, ScopeTrace *trace, double seconds)
{
  static gint last_id;
  ScopeRun *self = g_new0 (ScopeRun, 1);

  g_atomic_ref_count_init (&self->refs);
  self->id = (guint)g_atomic_int_add (&last_id, 1) + 1;
  self->key = g_strdup (key);
  self->trace = trace;
  self->seconds = seconds;
  scope_trace_set_budget (trace, (gsize)(scope_stage_budget () / 8));
  return self;
}

ScopeStage *
scope_stage_new (ScopeHost *host, const char *path, GError **error)
{
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (host->model, path, error);

  if (tokens == NULL)
    return NULL;
  ScopeStage *self = g_new0 (ScopeStage, 1);
  g_atomic_ref_count_init (&self->refs);
  self->host = scope_host_ref (host);
  self->tokens = g_steal_pointer (&tokens);
  self->path = g_strdup (path);
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_run_unref);
  return self;
}

ScopeStage *
scope_stage_ref (ScopeStage *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
scope_stage_unref (ScopeStage *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->runs, g_ptr_array_unref); /* traces go before their host */
  g_clear_pointer (&self->tokens, scope_tokens_unref);
  g_clear_pointer (&self->host, scope_host_unref);
  g_free (self->path);
  g_free (self);
}

gboolean
scope_stage_filter (ScopeStage *self, const ScopeSetting *setting, ScopeStageFilter *out,
                    ScopeProgress *progress, GError **error)
{
  g_auto (ScopeStageFilter) filter = { NULL, NULL, log (setting->theta) };
  double theta;

  filter.filter = scope_filter_parse (setting->spec, error);
  if (filter.filter == NULL
      || !scope_filter_plan (filter.filter, self->host->context, scope_tokens_ids (self->tokens),
                             scope_tokens_count (self->tokens), &filter.plan, progress, error)
      || !scope_filter_context_facts (self->host->context, filter.filter, NULL, &theta, error))
    return FALSE;
  if (isnan (setting->theta))
    filter.ln_theta = log (theta);
  *out = filter;
  filter = (ScopeStageFilter){ NULL, NULL, 0.0 };
  return TRUE;
}

void
scope_stage_filter_clear (ScopeStageFilter *self)
{
  g_clear_pointer (&self->filter, scope_filter_unref);
  g_clear_pointer (&self->plan, scope_plan_unref);
}

static const char *
stage_key (const ScopeStageFilter *filter)
{
  return filter->plan != NULL ? scope_filter_spec (filter->filter) : "off";
}

ScopeRun *
scope_stage_find (ScopeStage *self, const ScopeStageFilter *filter)
{
  for (guint i = 0; i < self->runs->len; i++) {
    ScopeRun *run = g_ptr_array_index (self->runs, i);
    if (g_str_equal (run->key, stage_key (filter)))
      return run;
  }
  return NULL;
}

gboolean
scope_stage_has_room (ScopeStage *self, const ScopeStageFilter *filter)
{
  if (scope_stage_find (self, filter) != NULL)
    return TRUE;
  for (guint i = 0; i < self->runs->len; i++) {
    ScopeRun *run = g_ptr_array_index (self->runs, i);
    if (scope_run_is_filtered (run) == (filter->plan != NULL)
        || 2 * scope_trace_bytes (run->trace) > scope_stage_budget ())
      return FALSE;
  }
  return TRUE;
}

/* RUN replaces the one of its own sort (filtered or not), and all others when memory is short. */
static void
stage_keep (ScopeStage *self, ScopeRun *run)
{
  guint64 bytes = scope_trace_bytes (run->trace);

  for (guint i = self->runs->len; i-- > 0;) {
    ScopeRun *other = g_ptr_array_index (self->runs, i);
    bytes += scope_trace_bytes (other->trace);
    if (scope_run_is_filtered (other) == scope_run_is_filtered (run)
        || bytes > scope_stage_budget ())
      g_ptr_array_remove_index (self->runs, i);
  }
  g_ptr_array_add (self->runs, run);
}

/* "about 312 MB of memory": said while the run is made, when it can still be stopped. */
static char *
stage_note (ScopeStage *self, GError **error)
{
  ScopeEstimate estimate;

  if (!scope_estimate (self->host->model, self->host->backend, scope_tokens_count (self->tokens), 0,
                       SCOPE_RUN_KEEP_RESIDUAL, &estimate, error))
    return NULL;
  g_autofree char *bytes = scope_bytes_text (estimate.peak);
  return g_strdup_printf ("about %s of memory", bytes);
}

ScopeRun *
scope_stage_run (ScopeStage *self, const ScopeStageFilter *filter, ScopeProgress *progress,
                 GError **error)
{
  ScopeRun *run = scope_stage_find (self, filter);
  ScopeProgress hashing = scope_progress_span (progress, 0.0, 0.0);
  ScopeProgress running = scope_progress_span (progress, 0.0, 1.0);

  if (run != NULL)
    return run;
  g_autofree char *note = stage_note (self, error);
  if (note == NULL)
    return NULL;
  running.note = note;
  /* Every result names the model: here it can be cancelled. */
  if (!scope_model_prepare_hash (self->host->model, &hashing, error))
    return NULL;
  gint64 start = g_get_monotonic_time ();
  ScopeTrace *trace = scope_schedule_run (self->host->schedule, scope_tokens_ids (self->tokens),
                                          scope_tokens_count (self->tokens), filter->plan,
                                          SCOPE_RUN_KEEP_RESIDUAL, &running, error);
  if (trace == NULL)
    return NULL;
  run = run_new (stage_key (filter), trace,
                 (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  stage_keep (self, run);
  return run;
}

/* A sweep from window to window: what is looked for, asked for, put into the table and kept. */
#include "base/error.h"
#include "session/session-private.h"
#include "session/sweep-private.h"

static void
set_running (ScopeSweep *self, gboolean running)
{
  if (running == self->running)
    return;
  self->running = running;
  g_object_notify (G_OBJECT (self), "running");
}

void
scope_sweep_drop_run (ScopeSweep *self)
{
  if (self->run == NULL)
    return;
  ScopeStage *stage = scope_sweep_run_free (g_steal_pointer (&self->run));
  scope_engine_release (self->session->engine, stage, (GDestroyNotify)scope_stage_unref);
}

/* --- what is kept -------------------------------------------------------------------------------
 */

void
scope_sweep_set_kept (ScopeSweep *self, double kept)
{
  if (self->kept == kept)
    return;
  self->kept = kept;
  g_object_notify (G_OBJECT (self), "kept");
}

void
scope_sweep_keep_in (ScopeSweep *self, const char *folder)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  char *copy = g_strdup (folder);
  g_free (self->folder);
  self->folder = copy;
}

double
scope_sweep_get_kept (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), 0);
  return self->kept;
}

static gsize
count_results (const ScopeWindows *windows)
{
  return scope_windows_count (windows) * scope_windows_settings (windows)->n_filters;
}

/* KNOWN (taken over) NULL: the folder is only looked into. */
static void
post_search (ScopeSweep *self, ScopeWindows *windows, GArray *known, ScopeEngineDone done)
{
  ScopeSweepSearch *search = g_new0 (ScopeSweepSearch, 1);
  search->stage = scope_stage_ref (self->session->stage);
  search->windows = scope_windows_ref (windows);
  search->folder = g_strdup (self->folder);
  search->known = known;
  scope_engine_post (self->session->engine, SCOPE_REQUEST_SWEEP, scope_sweep_search_work, search,
                     (GDestroyNotify)scope_sweep_search_free, (GDestroyNotify)scope_sweep_find_free,
                     done, G_OBJECT (self));
  scope_session_notify_busy (self->session);
}

static void
on_looked (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  ScopeSweepFind *find = result;
  /* What cannot be measured is said when somebody wants to measure it. */
  scope_sweep_set_kept (self, find != NULL ? (double)find->found / (double)self->looked_for : 0);
  g_clear_pointer (&find, scope_sweep_find_free);
}

static ScopeWindows *make_windows (ScopeSweep *self, GError **error);

void
scope_sweep_look (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (self->running || self->folder == NULL)
    return;
  g_autoptr (ScopeWindows) windows = make_windows (self, NULL);
  if (windows == NULL) {
    scope_sweep_set_kept (self, 0);
    return;
  }
  self->looked_for = count_results (windows);
  post_search (self, windows, NULL, on_looked);
}

/* --- running ------------------------------------------------------------------------------------
 */

void
scope_sweep_note_end (ScopeSweep *self)
{
  set_running (self, FALSE);
  if (self->run == NULL || self->run->keep == NULL)
    return;
  g_autoptr (GArray) known = scope_sweep_run_known (self->run);
  scope_sweep_set_kept (self, (double)known->len / (double)count_results (self->run->windows));
}

static void post_next (ScopeSweep *self);

static void
on_window_done (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  if (error != NULL) {
    scope_sweep_note_end (self);
    scope_session_fail (self->session, error);
    return;
  }
  scope_sweep_run_put (self->run, self->cell, result);
  scope_sweep_window_free (result);
  post_next (self);
  g_object_notify (G_OBJECT (self), "table");
}

static void
post_next (ScopeSweep *self)
{
  ScopeSweepTask *task = scope_sweep_run_next (self->run, &self->cell);
  if (task != NULL)
    scope_engine_post (self->session->engine, SCOPE_REQUEST_SWEEP, scope_sweep_work, task,
                       (GDestroyNotify)scope_sweep_task_free,
                       (GDestroyNotify)scope_sweep_window_free, on_window_done, G_OBJECT (self));
  if (task != NULL)
    set_running (self, TRUE);
  else
    scope_sweep_note_end (self);
  scope_session_notify_busy (self->session);
}

static void
on_found (gpointer result, const GError *error, gpointer owner)
{
  ScopeSweep *self = owner;
  ScopeSweepFind *find = result;
  if (error != NULL) {
    scope_sweep_note_end (self);
    scope_session_fail (self->session, error);
    return;
  }
  self->run->searched = TRUE;
  if (find->keep != NULL)
    scope_sweep_run_take (self->run, find->keep);
  scope_sweep_find_free (find);
  post_next (self);
  if (self->run->table.kept > 0)
    g_object_notify (G_OBJECT (self), "table");
}

/* With what the folder has, if there is one. */
static void
go_on (ScopeSweep *self)
{
  if (self->folder == NULL || self->run->searched) {
    post_next (self);
    return;
  }
  set_running (self, TRUE);
  post_search (self, self->run->windows, scope_sweep_run_known (self->run), on_found);
}

static ScopeWindows *
make_windows (ScopeSweep *self, GError **error)
{
  ScopeStage *stage = self->session->stage;
  ScopePerplexitySettings settings
      = { .score = self->score, .windows = self->windows, .protocol = self->protocol };
  if (stage == NULL) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "sweep: expected an open text, found none");
    return NULL;
  }
  if (scope_tokens_count (stage->tokens) < 2) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "sweep: expected a text of at least 2 tokens, found %" G_GSIZE_FORMAT,
                 scope_tokens_count (stage->tokens));
    return NULL;
  }
  g_autofree char *automatic = scope_sweep_default_lengths (self);
  const char *text = *self->lengths != '\0' ? self->lengths : automatic;
  g_autofree gsize *lengths = scope_sweep_parse_lengths (text, scope_tokens_count (stage->tokens),
                                                         &settings.n_lengths, error);
  g_autoptr (GPtrArray) filters
      = lengths != NULL ? scope_sweep_parse_filters (self->filters, error) : NULL;
  if (filters == NULL)
    return NULL;
  settings.lengths = lengths;
  settings.filters = (ScopeFilter *const *)filters->pdata;
  settings.n_filters = filters->len;
  return scope_windows_new (&stage->tokens, (const char *const *)&stage->path, 1, &settings, error);
}

gboolean
scope_sweep_start (ScopeSweep *self, GError **error)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), FALSE);
  g_autoptr (ScopeWindows) windows = make_windows (self, error);
  if (windows == NULL)
    return FALSE;
  scope_sweep_stop (self);
  ScopeSweepRun *run = scope_sweep_run_new (self->session->stage, windows);
  if (self->run != NULL)
    scope_sweep_run_adopt (run, self->run);
  scope_sweep_drop_run (self);
  self->run = run;
  go_on (self);
  g_object_notify (G_OBJECT (self), "table");
  return TRUE;
}

void
scope_sweep_stop (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (!self->running)
    return;
  scope_engine_cancel (self->session->engine, SCOPE_REQUEST_SWEEP);
  scope_sweep_note_end (self);
  scope_session_notify_busy (self->session);
}

void
scope_sweep_resume (ScopeSweep *self)
{
  g_return_if_fail (SCOPE_IS_SWEEP (self));
  if (self->run != NULL && !self->running)
    go_on (self);
}

gboolean
scope_sweep_is_running (ScopeSweep *self)
{
  g_return_val_if_fail (SCOPE_IS_SWEEP (self), FALSE);
  return self->running;
}

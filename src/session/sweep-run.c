#include <stdlib.h>
#include <string.h>

#include "session/sweep-private.h"

#include "base/error.h"
#include "export/number.h"

/* --- settings -----------------------------------------------------------------------------------
 */

GPtrArray *
scope_sweep_parse_filters (const char *specs, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (specs, "\n", -1);
  g_autoptr (GPtrArray) out = g_ptr_array_new_with_free_func ((GDestroyNotify)scope_filter_unref);
  for (char **line = lines; *line != NULL; line++) {
    if (**line == '\0')
      continue;
    ScopeFilter *filter = scope_filter_parse (*line, error);
    if (filter == NULL)
      return NULL;
    g_ptr_array_add (out, filter);
  }
  if (out->len > 0)
    return g_steal_pointer (&out);
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_FILTER,
               "filters: expected at least one, found none");
  return NULL;
}

static int
compare_sizes (const void *a, const void *b)
{
  gsize left = *(const gsize *)a, right = *(const gsize *)b;
  return (left > right) - (left < right);
}

static gboolean
parse_length (const char *word, gsize tokens, gsize *out, GError **error)
{
  guint64 value;
  if (!g_ascii_string_to_unsigned (word, 10, 2, G_MAXINT32, &value, NULL)) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "lengths: expected whole numbers from 2 on, found “%s”", word);
    return FALSE;
  }
  if (value > tokens) {
    g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
                 "lengths: expected at most %" G_GSIZE_FORMAT
                 ", the tokens of the text, found %" G_GUINT64_FORMAT,
                 tokens, value);
    return FALSE;
  }
  *out = value;
  return TRUE;
}

gsize *
scope_sweep_parse_lengths (const char *text, gsize tokens, gsize *count, GError **error)
{
  g_autofree char *plain = scope_ungroup_thousands (text);
  g_auto (GStrv) words = g_strsplit_set (plain, ", \t\n;", -1);
  g_autofree gsize *out = g_new (gsize, g_strv_length (words) + 1);
  gsize n = 0;
  for (char **word = words; *word != NULL; word++)
    if (**word != '\0' && !parse_length (*word, tokens, &out[n++], error))
      return NULL;
  qsort (out, n, sizeof *out, compare_sizes);
  *count = 0;
  for (gsize k = 0; k < n; k++)
    if (*count == 0 || out[*count - 1] != out[k])
      out[(*count)++] = out[k];
  if (n > 0)
    return g_steal_pointer (&out);
  g_set_error (error, SCOPE_ANALYSIS_ERROR, SCOPE_ANALYSIS_ERROR_RANGE,
               "lengths: expected at least one, found none");
  return NULL;
}

/* --- the table of windows -----------------------------------------------------------------------
 */

static gsize
filters_of (const ScopeSweepRun *self)
{
  return self->table.n_filters;
}

static gsize
scored_of (const ScopeSweepRun *self, gsize job)
{
  return scope_windows_get (self->windows, job)->scored;
}

static gsize
count_cells (const ScopeSweepRun *self)
{
  return filters_of (self) * scope_windows_count (self->windows);
}

static void
fill_table (ScopeSweepRun *self)
{
  const ScopePerplexitySettings *settings = scope_windows_settings (self->windows);
  ScopeSweepTable *table = &self->table;
  table->n_filters = settings->n_filters;
  table->n_lengths = settings->n_lengths;
  table->protocol = settings->protocol;
  table->train_length = self->stage->host->train_length;
  table->filters = g_new0 (char *, table->n_filters + 1);
  table->rows = g_new0 (ScopePerplexityRow, table->n_filters * table->n_lengths);
  table->windows = g_new (gsize, table->n_lengths);
  for (gsize l = 0; l < table->n_lengths; l++) {
    gsize first = scope_windows_find (self->windows, 0, l, 0);
    table->windows[l] = scope_windows_get (self->windows, first)->windows;
    self->most = MAX (self->most, table->windows[l]);
  }
  for (gsize f = 0; f < table->n_filters; f++) {
    table->filters[f] = g_strdup (scope_filter_spec (settings->filters[f]));
    for (gsize l = 0; l < table->n_lengths; l++) {
      table->rows[f * table->n_lengths + l].filter = f;
      table->rows[f * table->n_lengths + l].length = settings->lengths[l];
    }
  }
}

ScopeSweepRun *
scope_sweep_run_new (ScopeStage *stage, ScopeWindows *windows)
{
  ScopeSweepRun *self = g_new0 (ScopeSweepRun, 1);
  self->stage = scope_stage_ref (stage);
  self->windows = scope_windows_ref (windows);
  fill_table (self);
  self->nll = g_new0 (double *, count_cells (self));
  self->acted = g_new0 (gboolean, count_cells (self));
  return self;
}

ScopeStage *
scope_sweep_run_free (ScopeSweepRun *self)
{
  ScopeStage *stage = self->stage;
  for (gsize k = 0; k < count_cells (self); k++)
    g_free (self->nll[k]);
  g_free (self->nll);
  g_free (self->acted);
  g_clear_pointer (&self->keep, scope_sweep_keep_unref);
  scope_windows_unref (self->windows);
  g_strfreev (self->table.filters);
  g_free (self->table.windows);
  g_free (self->table.rows);
  g_free (self);
  return stage;
}

/* --- what is done -------------------------------------------------------------------------------
 */

/* The row of FILTER and LENGTH from its windows, which need not be neighbours. */
static void
summarise (ScopeSweepRun *self, gsize filter, gsize length)
{
  gsize first = scope_windows_find (self->windows, 0, length, 0), done = 0;
  gsize scored = scored_of (self, first), windows = self->table.windows[length];
  g_autofree double *nll = g_new (double, windows *scored);
  for (gsize w = 0; w < windows; w++) {
    const double *of_window = self->nll[(first + w) * filters_of (self) + filter];
    if (of_window != NULL)
      memcpy (nll + scored * done++, of_window, scored * sizeof *nll);
  }
  if (done > 0)
    scope_perplexity_summary (nll, done, scored,
                              &self->table.rows[filter * self->table.n_lengths + length]);
}

static void
update_share (ScopeSweepRun *self)
{
  double all = 0, done = 0;
  for (gsize k = 0; k < count_cells (self); k++) {
    gsize job = k / filters_of (self);
    double tokens = (double)scope_windows_get (self->windows, job)->tokens;
    all += tokens;
    done += self->nll[k] != NULL ? tokens : 0;
  }
  self->table.done = done / all;
}

void
scope_sweep_run_put (ScopeSweepRun *self, gsize cell, ScopeSweepWindow *window)
{
  gsize job = cell / filters_of (self);
  g_free (self->nll[cell]);
  self->nll[cell] = g_steal_pointer (&window->nll);
  self->acted[cell] = window->acted;
  summarise (self, cell % filters_of (self), scope_windows_get (self->windows, job)->length);
  update_share (self);
}

/* A copy of NLL as CELL's. */
static void
put_copy (ScopeSweepRun *self, gsize cell, const double *nll, gboolean acted)
{
  gsize scored = scored_of (self, cell / filters_of (self));
  ScopeSweepWindow window = { g_memdup2 (nll, scored * sizeof *nll), acted };
  scope_sweep_run_put (self, cell, &window);
}

/* The cell of OLD that is the window JOB of SELF under FILTER; G_MAXSIZE: it has none. */
static gsize
find_old (const ScopeSweepRun *self, gsize job, gsize filter, const ScopeSweepRun *old)
{
  const ScopeTextWindow *wanted = scope_windows_get (self->windows, job);
  for (gsize k = 0; k < count_cells (old); k++) {
    const ScopeTextWindow *found = scope_windows_get (old->windows, k / filters_of (old));
    if (old->nll[k] != NULL && found->tokens == wanted->tokens && found->end == wanted->end
        && found->scored == wanted->scored
        && g_str_equal (old->table.filters[k % filters_of (old)], self->table.filters[filter]))
      return k;
  }
  return G_MAXSIZE;
}

void
scope_sweep_run_adopt (ScopeSweepRun *self, const ScopeSweepRun *old)
{
  for (gsize k = 0; k < count_cells (self); k++) {
    gsize cell = find_old (self, k / filters_of (self), k % filters_of (self), old);
    if (cell != G_MAXSIZE)
      put_copy (self, k, old->nll[cell], old->acted[cell]);
  }
}

void
scope_sweep_run_take (ScopeSweepRun *self, ScopeSweepKeep *keep)
{
  self->keep = scope_sweep_keep_ref (keep);
  for (gsize k = 0; k < count_cells (self); k++) {
    gboolean acted;
    const double *nll
        = scope_sweep_keep_get (keep, k / filters_of (self), k % filters_of (self), &acted);
    if (nll == NULL || self->nll[k] != NULL)
      continue;
    put_copy (self, k, nll, acted);
    self->table.kept++;
  }
}

GArray *
scope_sweep_run_known (const ScopeSweepRun *self)
{
  GArray *known = g_array_new (FALSE, FALSE, sizeof (ScopeSweepResult));
  g_array_set_clear_func (known, scope_sweep_result_clear);
  for (gsize k = 0; k < count_cells (self); k++) {
    gsize job = k / filters_of (self);
    if (self->nll[k] == NULL)
      continue;
    const ScopeSweepResult result
        = { job, k % filters_of (self),
            g_memdup2 (self->nll[k], scored_of (self, job) * sizeof (double)), self->acted[k] };
    g_array_append_val (known, result);
  }
  return known;
}

/* --- what is to be done -------------------------------------------------------------------------
 */

/* What the same window gave where no filter acted; NULL: not known. */
static const double *
find_unfiltered (const ScopeSweepRun *self, gsize job)
{
  for (gsize f = 0; f < filters_of (self); f++) {
    gsize cell = job * filters_of (self) + f;
    if (self->nll[cell] != NULL && !self->acted[cell])
      return self->nll[cell];
  }
  return NULL;
}

static ScopeSweepTask *
make_task (const ScopeSweepRun *self, gsize job, gsize filter)
{
  ScopeSweepTask *task = g_new0 (ScopeSweepTask, 1);
  const ScopeTextWindow *window = scope_windows_get (self->windows, job);
  const double *unfiltered = find_unfiltered (self, job);
  task->stage = scope_stage_ref (self->stage);
  task->windows = scope_windows_ref (self->windows);
  task->keep = self->keep != NULL ? scope_sweep_keep_ref (self->keep) : NULL;
  task->job = job;
  task->filter = filter;
  if (unfiltered != NULL)
    task->unfiltered = g_memdup2 (unfiltered, window->scored * sizeof *unfiltered);
  task->what = g_strdup_printf (
      "sweep: length %" G_GSIZE_FORMAT ", window %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ", %s",
      window->tokens, window->window + 1, window->windows, self->table.filters[filter]);
  return task;
}

ScopeSweepTask *
scope_sweep_run_next (ScopeSweepRun *self, gsize *cell)
{
  gsize filters = filters_of (self), lengths = self->table.n_lengths;
  for (; self->next < filters * lengths * self->most; self->next++) {
    gsize filter = self->next % filters, length = self->next / filters % lengths;
    gsize job = scope_windows_find (self->windows, 0, length, self->next / filters / lengths);
    if (job == G_MAXSIZE)
      continue;
    *cell = job * filters + filter;
    if (self->nll[*cell] == NULL)
      return make_task (self, job, filter);
  }
  return NULL;
}

/* --- on the engine's thread ---------------------------------------------------------------------
 */

void
scope_sweep_task_free (ScopeSweepTask *self)
{
  scope_windows_unref (self->windows);
  scope_stage_unref (self->stage);
  g_clear_pointer (&self->keep, scope_sweep_keep_unref);
  g_free (self->unfiltered);
  g_free (self->what);
  g_free (self);
}

void
scope_sweep_window_free (ScopeSweepWindow *self)
{
  g_free (self->nll);
  g_free (self);
}

gpointer
scope_sweep_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeSweepTask *task = input;
  const ScopeTextWindow *at = scope_windows_get (task->windows, task->job);
  ScopeFilter *filter = scope_windows_settings (task->windows)->filters[task->filter];
  g_autofree double *nll = g_new (double, at->scored);
  gboolean acted;
  if (!scope_progress_check (progress, 0.0, task->what, error)
      || !scope_perplexity_window (task->stage->host->context, filter, at->ids, at->tokens,
                                   at->scored, task->unfiltered, nll, &acted, progress, error)
      || (task->keep != NULL
          && !scope_sweep_keep_put (task->keep, task->job, task->filter, nll, acted, error)))
    return NULL;
  ScopeSweepWindow *window = g_new0 (ScopeSweepWindow, 1);
  window->nll = g_steal_pointer (&nll);
  window->acted = acted;
  return window;
}

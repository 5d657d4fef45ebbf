#include <stdlib.h>
#include <string.h>

#include "session/sweep-private.h"

#include "base/error.h"

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
  g_auto (GStrv) words = g_strsplit_set (text, ", \t\n;", -1);
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
scored_of (const ScopeSweepRun *self, gsize length)
{
  return MIN (self->score, self->lengths[length] - 1);
}

static gsize
cell_at (const ScopeSweepRun *self, gsize filter, gsize length, gsize window)
{
  return (filter * self->n_lengths + length) * self->table.windows + window;
}

static gsize
count_cells (const ScopeSweepRun *self)
{
  return self->filters->len * self->n_lengths * self->table.windows;
}

static void
fill_table (ScopeSweepRun *self)
{
  ScopeSweepTable *table = &self->table;
  table->n_filters = self->filters->len;
  table->n_lengths = self->n_lengths;
  table->train_length = self->stage->host->train_length;
  table->filters = g_new0 (char *, table->n_filters + 1);
  table->rows = g_new0 (ScopePerplexityRow, table->n_filters * table->n_lengths);
  for (gsize f = 0; f < table->n_filters; f++) {
    table->filters[f] = g_strdup (scope_filter_spec (g_ptr_array_index (self->filters, f)));
    for (gsize l = 0; l < table->n_lengths; l++) {
      table->rows[f * table->n_lengths + l].filter = f;
      table->rows[f * table->n_lengths + l].length = self->lengths[l];
    }
  }
}

ScopeSweepRun *
scope_sweep_run_new (ScopeStage *stage, GPtrArray *filters, gsize *lengths, gsize n_lengths,
                     gsize score, gsize windows)
{
  ScopeSweepRun *self = g_new0 (ScopeSweepRun, 1);
  self->stage = stage;
  self->filters = filters;
  self->lengths = lengths;
  self->n_lengths = n_lengths;
  self->score = score;
  self->asked_windows = windows;
  self->ends = g_new (gsize, windows);
  self->table.windows = scope_perplexity_place (scope_tokens_count (stage->tokens),
                                                lengths[n_lengths - 1], score, windows, self->ends);
  self->nll = g_new0 (double *, count_cells (self));
  self->acted = g_new0 (gboolean, count_cells (self));
  fill_table (self);
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
  g_free (self->ends);
  g_free (self->lengths);
  g_ptr_array_unref (self->filters);
  g_strfreev (self->table.filters);
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
  gsize scored = scored_of (self, length), done = 0;
  g_autofree double *nll = g_new (double, self->table.windows *scored);
  for (gsize w = 0; w < self->table.windows; w++) {
    const double *of_window = self->nll[cell_at (self, filter, length, w)];
    if (of_window != NULL)
      memcpy (nll + scored * done++, of_window, scored * sizeof *nll);
  }
  if (done > 0)
    scope_perplexity_summary (nll, done, scored,
                              &self->table.rows[filter * self->n_lengths + length]);
}

static void
update_share (ScopeSweepRun *self)
{
  double all = 0, done = 0;
  for (gsize f = 0; f < self->filters->len; f++)
    for (gsize l = 0; l < self->n_lengths; l++) {
      const ScopePerplexityRow *row = &self->table.rows[f * self->n_lengths + l];
      all += (double)self->lengths[l] * (double)self->table.windows;
      done += (double)self->lengths[l] * (double)row->windows;
    }
  self->table.done = done / all;
}

void
scope_sweep_run_put (ScopeSweepRun *self, gsize cell, ScopeSweepWindow *window)
{
  gsize row = cell / self->table.windows;
  g_free (self->nll[cell]);
  self->nll[cell] = g_steal_pointer (&window->nll);
  self->acted[cell] = window->acted;
  summarise (self, row / self->n_lengths, row % self->n_lengths);
  update_share (self);
}

/* The window of OLD that is CELL of SELF; NULL: it has none. */
static const double *
find_old (const ScopeSweepRun *self, gsize filter, gsize length, gsize window,
          const ScopeSweepRun *old, gboolean *acted)
{
  for (gsize f = 0; f < old->filters->len; f++)
    for (gsize l = 0; l < old->n_lengths; l++)
      for (gsize w = 0; w < old->table.windows; w++) {
        gsize cell = cell_at (old, f, l, w);
        if (!g_str_equal (old->table.filters[f], self->table.filters[filter])
            || old->lengths[l] != self->lengths[length] || old->ends[w] != self->ends[window]
            || scored_of (old, l) != scored_of (self, length))
          continue;
        *acted = old->acted[cell];
        return old->nll[cell];
      }
  return NULL;
}

void
scope_sweep_run_adopt (ScopeSweepRun *self, const ScopeSweepRun *old)
{
  for (gsize f = 0; f < self->filters->len; f++)
    for (gsize l = 0; l < self->n_lengths; l++)
      for (gsize w = 0; w < self->table.windows; w++) {
        ScopeSweepWindow window;
        const double *nll = find_old (self, f, l, w, old, &window.acted);
        if (nll == NULL)
          continue;
        window.nll = g_memdup2 (nll, scored_of (self, l) * sizeof *nll);
        scope_sweep_run_put (self, cell_at (self, f, l, w), &window);
      }
}

/* --- what is to be done -------------------------------------------------------------------------
 */

/* What the same window gave where no filter acted; NULL: not known. */
static const double *
find_unfiltered (const ScopeSweepRun *self, gsize length, gsize window)
{
  for (gsize f = 0; f < self->filters->len; f++) {
    gsize cell = cell_at (self, f, length, window);
    if (self->nll[cell] != NULL && !self->acted[cell])
      return self->nll[cell];
  }
  return NULL;
}

static ScopeSweepTask *
make_task (const ScopeSweepRun *self, gsize filter, gsize length, gsize window)
{
  ScopeSweepTask *task = g_new0 (ScopeSweepTask, 1);
  gsize scored = scored_of (self, length);
  const double *unfiltered = find_unfiltered (self, length, window);
  task->stage = scope_stage_ref (self->stage);
  task->filter = scope_filter_ref (g_ptr_array_index (self->filters, filter));
  task->end = self->ends[window];
  task->length = self->lengths[length];
  task->scored = scored;
  if (unfiltered != NULL)
    task->unfiltered = g_memdup2 (unfiltered, scored * sizeof *unfiltered);
  task->what = g_strdup_printf (
      "sweep: length %" G_GSIZE_FORMAT ", window %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT ", %s",
      task->length, window + 1, self->table.windows, self->table.filters[filter]);
  return task;
}

ScopeSweepTask *
scope_sweep_run_next (ScopeSweepRun *self, gsize *cell)
{
  gsize filters = self->filters->len, lengths = self->n_lengths;
  for (; self->next < count_cells (self); self->next++) {
    gsize filter = self->next % filters, length = self->next / filters % lengths;
    gsize window = self->next / filters / lengths;
    *cell = cell_at (self, filter, length, window);
    if (self->nll[*cell] == NULL)
      return make_task (self, filter, length, window);
  }
  return NULL;
}

/* --- on the engine's thread ---------------------------------------------------------------------
 */

void
scope_sweep_task_free (ScopeSweepTask *self)
{
  scope_filter_unref (self->filter);
  scope_stage_unref (self->stage);
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
  const gint32 *ids = scope_tokens_ids (task->stage->tokens) + task->end - task->length;
  g_autofree double *nll = g_new (double, task->scored);
  gboolean acted;
  if (!scope_progress_check (progress, 0.0, task->what, error)
      || !scope_perplexity_window (task->stage->host->context, task->filter, ids, task->length,
                                   task->scored, task->unfiltered, nll, &acted, progress, error))
    return NULL;
  ScopeSweepWindow *window = g_new0 (ScopeSweepWindow, 1);
  window->nll = g_steal_pointer (&nll);
  window->acted = acted;
  return window;
}

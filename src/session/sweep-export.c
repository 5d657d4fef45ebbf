/* What leaves a sweep: its numbers and its figure. */
#include "export/csv.h"
#include "export/sweep-figure.h"
#include "session/sweep-private.h"

/* --- the numbers --------------------------------------------------------------------------------
 */

static ScopeCsv *
make_csv (const char *text, const char *const *filters, const ScopePerplexityRow *rows,
          gsize n_filters, gsize n_lengths, const gsize *windows, ScopeProtocol protocol)
{
  ScopeCsv *csv = scope_csv_new ("text,length,filter,windows,perplexity,ci_low,ci_high,protocol");
  for (gsize l = 0; l < n_lengths; l++)
    for (gsize f = 0; f < n_filters; f++) {
      const ScopePerplexityRow *row = &rows[f * n_lengths + l];
      if (row->windows < windows[l])
        continue;
      scope_csv_text (csv, text);
      scope_csv_integer (csv, row->length);
      scope_csv_text (csv, filters[f]);
      scope_csv_integer (csv, row->windows);
      scope_csv_number (csv, row->perplexity);
      scope_csv_number (csv, row->ci_low);
      scope_csv_number (csv, row->ci_high);
      scope_csv_text (csv, scope_protocol_names[protocol]);
      scope_csv_end_row (csv);
    }
  return csv;
}

char *
scope_sweep_run_csv (const ScopeSweepRun *run)
{
  const ScopeSweepTable *table = &run->table;
  g_autoptr (ScopeCsv) csv
      = make_csv (run->stage->path, (const char *const *)table->filters, table->rows,
                  table->n_filters, table->n_lengths, table->windows, table->protocol);
  return g_strdup (scope_csv_data (csv));
}

char *
scope_sweep_run_command (const ScopeSweepRun *run)
{
  g_autoptr (GString) line = g_string_new ("mambascope-cli perplexity");
  g_autofree char *model = g_shell_quote (scope_model_path (run->stage->host->model));
  g_autofree char *text = g_shell_quote (run->stage->path);
  g_string_append_printf (line, " %s %s --lengths ", model, text);
  const ScopePerplexitySettings *settings = scope_windows_settings (run->windows);
  for (gsize l = 0; l < settings->n_lengths; l++)
    g_string_append_printf (line, "%s%" G_GSIZE_FORMAT, l > 0 ? "," : "", settings->lengths[l]);
  g_string_append_printf (
      line, " --score %" G_GSIZE_FORMAT " --windows %" G_GSIZE_FORMAT " --protocol %s",
      settings->score, settings->windows, scope_protocol_names[settings->protocol]);
  for (char **filter = run->table.filters; *filter != NULL; filter++) {
    g_autofree char *quoted = g_shell_quote (*filter);
    g_string_append_printf (line, " --filter %s", quoted);
  }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* --- files, on the engine's thread --------------------------------------------------------------
 */

ScopeSweepExport *
scope_sweep_export_new (const ScopeSweepRun *run, const char *path)
{
  const ScopeSweepTable *table = &run->table;
  const ScopePerplexitySettings *settings = scope_windows_settings (run->windows);
  ScopeSweepExport *self = g_new0 (ScopeSweepExport, 1);
  self->stage = scope_stage_ref (run->stage);
  self->filters = g_strdupv (table->filters);
  self->n_filters = table->n_filters;
  self->n_lengths = table->n_lengths;
  self->score = settings->score;
  self->asked_windows = settings->windows;
  self->protocol = settings->protocol;
  self->windows = g_memdup2 (table->windows, table->n_lengths * sizeof *self->windows);
  self->train_length = table->train_length;
  self->rows = g_memdup2 (table->rows, table->n_filters * table->n_lengths * sizeof *self->rows);
  self->path = g_strdup (path);
  return self;
}

void
scope_sweep_export_free (ScopeSweepExport *self)
{
  scope_stage_unref (self->stage);
  g_strfreev (self->filters);
  g_free (self->rows);
  g_free (self->windows);
  g_free (self->path);
  g_free (self);
}

static gboolean
write_figure (const ScopeSweepExport *self, ScopeProgress *progress, GError **error)
{
  const ScopeSweepFacts facts = { .schedule = self->stage->host->schedule,
                                  .tokens = self->stage->tokens,
                                  .text = self->stage->path,
                                  .filters = (const char *const *)self->filters,
                                  .n_filters = self->n_filters,
                                  .n_lengths = self->n_lengths,
                                  .rows = self->rows,
                                  .score = self->score,
                                  .windows = self->asked_windows,
                                  .protocol = self->protocol,
                                  .train_length = self->train_length };
  g_autoptr (ScopeFigure) figure = scope_sweep_figure (&facts, progress, error);
  return figure != NULL && scope_figure_write (figure, self->path, 0, error);
}

gpointer
scope_sweep_export_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeSweepExport *self = input;
  gboolean written;
  if (g_str_has_suffix (self->path, ".csv")) {
    g_autoptr (ScopeCsv) csv
        = make_csv (self->stage->path, (const char *const *)self->filters, self->rows,
                    self->n_filters, self->n_lengths, self->windows, self->protocol);
    written = scope_csv_write (csv, self->path, error);
  } else {
    written = write_figure (self, progress, error);
  }
  return written ? g_strdup (self->path) : NULL;
}

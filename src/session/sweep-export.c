/* What leaves a sweep: its numbers and its figure. */
#include <json-glib/json-glib.h>

#include "base/json.h"
#include "export/csv.h"
#include "export/figure.h"
#include "session/sweep-private.h"

/* --- the numbers --------------------------------------------------------------------------------
 */

static ScopeCsv *
make_csv (const char *text, const char *const *filters, const ScopePerplexityRow *rows,
          gsize n_filters, gsize n_lengths, gsize windows)
{
  ScopeCsv *csv = scope_csv_new ("text,length,filter,windows,perplexity,ci_low,ci_high");
  for (gsize l = 0; l < n_lengths; l++)
    for (gsize f = 0; f < n_filters; f++) {
      const ScopePerplexityRow *row = &rows[f * n_lengths + l];
      if (row->windows < windows)
        continue;
      scope_csv_text (csv, text);
      scope_csv_integer (csv, row->length);
      scope_csv_text (csv, filters[f]);
      scope_csv_integer (csv, row->windows);
      scope_csv_number (csv, row->perplexity);
      scope_csv_number (csv, row->ci_low);
      scope_csv_number (csv, row->ci_high);
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
                  table->n_filters, table->n_lengths, table->windows);
  return g_strdup (scope_csv_data (csv));
}

char *
scope_sweep_run_command (const ScopeSweepRun *run)
{
  g_autoptr (GString) line = g_string_new ("mambascope-cli perplexity");
  g_autofree char *model = g_shell_quote (scope_model_path (run->stage->host->model));
  g_autofree char *text = g_shell_quote (run->stage->path);
  g_string_append_printf (line, " %s %s --lengths ", model, text);
  for (gsize l = 0; l < run->n_lengths; l++)
    g_string_append_printf (line, "%s%" G_GSIZE_FORMAT, l > 0 ? "," : "", run->lengths[l]);
  g_string_append_printf (line, " --score %" G_GSIZE_FORMAT " --windows %" G_GSIZE_FORMAT,
                          run->score, run->asked_windows);
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
  ScopeSweepExport *self = g_new0 (ScopeSweepExport, 1);
  self->stage = scope_stage_ref (run->stage);
  self->filters = g_strdupv (table->filters);
  self->n_filters = table->n_filters;
  self->n_lengths = table->n_lengths;
  self->score = run->score;
  self->windows = table->windows;
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
  g_free (self->path);
  g_free (self);
}

static void
describe (const ScopeSweepExport *self, ScopeResult *result)
{
  ScopeHost *host = self->stage->host;
  ScopeProvenance *out = result->provenance;
  g_autofree char *name = g_path_get_basename (self->stage->path);
  g_autofree char *hash = scope_tokens_hash (self->stage->tokens);
  scope_provenance_set (out, "program", "mambascope %s", SCOPE_VERSION);
  scope_provenance_set (out, "model", "%s", scope_model_name (host->model));
  scope_provenance_set (out, "model-hash", "%s", scope_model_hash (host->model));
  scope_provenance_set (out, "tokens", "%" G_GSIZE_FORMAT,
                        scope_tokens_count (self->stage->tokens));
  scope_provenance_set (out, "backend", "%s", host->device);
  scope_provenance_set (out, "precision", "%s", scope_precision_name (host->backend->precision));
  scope_provenance_set (out, "score", "%" G_GSIZE_FORMAT, self->score);
  scope_provenance_set (out, "windows", "%" G_GSIZE_FORMAT, self->windows);
  scope_provenance_set (out, "text", "%s", name);
  scope_provenance_set (out, "text-hash", "%s", hash);
}

static void
add_integer (JsonBuilder *builder, const char *member, gsize value)
{
  json_builder_set_member_name (builder, member);
  json_builder_add_int_value (builder, (gint64)value);
}

static void
add_path (JsonBuilder *builder, const char *member, const char *path)
{
  gboolean ids = path[0] == '@';
  g_autofree char *absolute = g_canonicalize_filename (ids ? path + 1 : path, NULL);
  g_autofree char *value = g_strconcat (ids ? "@" : "", absolute, NULL);
  json_builder_set_member_name (builder, member);
  json_builder_add_string_value (builder, value);
}

static void
add_panel (const ScopeSweepExport *self, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, "sweep");
  json_builder_set_member_name (builder, "filters");
  json_builder_begin_array (builder);
  for (gsize f = 0; f < self->n_filters; f++)
    json_builder_add_string_value (builder, self->filters[f]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "lengths");
  json_builder_begin_array (builder);
  for (gsize l = 0; l < self->n_lengths; l++)
    json_builder_add_int_value (builder, (gint64)self->rows[l].length);
  json_builder_end_array (builder);
  add_integer (builder, "score", self->score);
  add_integer (builder, "windows", self->windows);
  json_builder_end_object (builder);
}

/* What makes the figure again, embedded in it. */
static char *
make_recipe (const ScopeSweepExport *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  add_integer (builder, "mambascope", 1);
  add_path (builder, "model", scope_model_path (self->stage->host->model));
  add_path (builder, "text", self->stage->path);
  json_builder_set_member_name (builder, "panels");
  json_builder_begin_array (builder);
  add_panel (self, builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return scope_json_print (root, FALSE);
}

static gboolean
write_figure (const ScopeSweepExport *self, GError **error)
{
  ScopeStyle style;
  scope_style_init (&style);
  g_autoptr (ScopeFigure) figure = scope_figure_new (&style);
  g_autofree char *recipe = make_recipe (self);
  g_autoptr (ScopeResult) result
      = scope_result_sweep ((const char *const *)self->filters, self->n_filters, self->rows,
                            self->n_lengths, self->train_length);
  describe (self, result);
  scope_figure_add (figure, result);
  scope_figure_set_recipe (figure, recipe);
  return scope_figure_write (figure, self->path, 0, error);
}

gpointer
scope_sweep_export_work (gpointer input, ScopeProgress *progress, GError **error)
{
  const ScopeSweepExport *self = input;
  gboolean written;
  if (g_str_has_suffix (self->path, ".csv")) {
    g_autoptr (ScopeCsv) csv
        = make_csv (self->stage->path, (const char *const *)self->filters, self->rows,
                    self->n_filters, self->n_lengths, self->windows);
    written = scope_csv_write (csv, self->path, error);
  } else {
    written = scope_model_prepare_hash (self->stage->host->model, progress, error)
              && write_figure (self, error);
  }
  return written ? g_strdup (self->path) : NULL;
}

#include "export/sweep-figure.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/json.h"
#include "compute/registry.h"
#include "export/recipe.h"

static void
describe (const ScopeSweepFacts *facts, ScopeResult *result)
{
  ScopeModel *model = scope_schedule_model (facts->schedule);
  ScopeBackend *backend = scope_schedule_backend (facts->schedule);
  ScopeProvenance *out = result->provenance;
  g_autofree char *name = g_path_get_basename (facts->text);
  g_autofree char *hash = scope_tokens_hash (facts->tokens);
  g_autofree char *device = scope_backend_describe (backend);
  scope_provenance_set (out, "program", "mambascope %s", SCOPE_VERSION);
  scope_provenance_set (out, "model", "%s", scope_model_name (model));
  scope_provenance_set (out, "model-hash", "%s", scope_model_hash (model));
  scope_provenance_set (out, "tokens", "%" G_GSIZE_FORMAT, scope_tokens_count (facts->tokens));
  scope_provenance_set (out, "backend", "%s", device);
  scope_provenance_set (out, "precision", "%s", scope_precision_name (backend->precision));
  scope_provenance_set (out, "score", "%" G_GSIZE_FORMAT, facts->score);
  scope_provenance_set (out, "windows", "%" G_GSIZE_FORMAT, facts->windows);
  scope_provenance_set (out, "protocol", "%s", scope_protocol_names[facts->protocol]);
  scope_provenance_set (out, "text", "%s", name);
  scope_provenance_set (out, "text-hash", "%s", hash);
}

static void
add_panel (const ScopeSweepFacts *facts, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  scope_json_put_string (builder, "kind", "sweep");
  json_builder_set_member_name (builder, "filters");
  json_builder_begin_array (builder);
  for (gsize f = 0; f < facts->n_filters; f++)
    json_builder_add_string_value (builder, facts->filters[f]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "lengths");
  json_builder_begin_array (builder);
  for (gsize l = 0; l < facts->n_lengths; l++)
    json_builder_add_int_value (builder, (gint64)facts->rows[l].length);
  json_builder_end_array (builder);
  scope_json_put_integer (builder, "score", facts->score);
  scope_json_put_integer (builder, "windows", facts->windows);
  scope_json_put_string (builder, "protocol", scope_protocol_names[facts->protocol]);
  json_builder_end_object (builder);
}

/* As `figure` writes it, so that it makes the same file again. */
static char *
make_recipe (const ScopeSweepFacts *facts, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  scope_json_put_integer (builder, "mambascope", 1);
  scope_json_put_path (builder, "model", scope_model_path (scope_schedule_model (facts->schedule)));
  scope_json_put_path (builder, "text", facts->text);
  json_builder_set_member_name (builder, "panels");
  json_builder_begin_array (builder);
  add_panel (facts, builder);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = scope_json_print (root, FALSE);
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (text, strlen (text), "sweep", error);
  return recipe != NULL ? scope_recipe_to_json (recipe) : NULL;
}

ScopeFigure *
scope_sweep_figure (const ScopeSweepFacts *facts, ScopeProgress *progress, GError **error)
{
  ScopeStyle style;
  if (!scope_model_prepare_hash (scope_schedule_model (facts->schedule), progress, error))
    return NULL;
  g_autofree char *recipe = make_recipe (facts, error);
  if (recipe == NULL)
    return NULL;
  scope_style_init (&style);
  ScopeFigure *figure = scope_figure_new (&style);
  g_autoptr (ScopeResult) result = scope_result_sweep (
      facts->filters, facts->n_filters, facts->rows, facts->n_lengths, facts->train_length);
  describe (facts, result);
  scope_figure_add (figure, result);
  scope_figure_set_recipe (figure, recipe);
  return figure;
}

#include "ui/restore.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "export/living.h"
#include "export/recipe.h"
#include "session/filter-spec.h"
#include "session/session-keep.h"

/* --- which view ----------------------------------------------------------------------------------
 */

/* What the first panel of a recipe, or its preset, is called; NULL: nothing that can be told. */
static const char *
first_kind (JsonObject *recipe)
{
  JsonNode *panels = json_object_get_member (recipe, "panels");
  JsonNode *preset = json_object_get_member (recipe, "preset");
  JsonNode *named = preset;
  if (panels != NULL && JSON_NODE_HOLDS_ARRAY (panels)
      && json_array_get_length (json_node_get_array (panels)) > 0)
    named = json_array_get_element (json_node_get_array (panels), 0);
  if (named == NULL || !JSON_NODE_HOLDS_OBJECT (named))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (named),
                                                     named == preset ? "name" : "kind", NULL);
}

static const char *
view_of (const char *json)
{
  static const struct {
    const char *kind, *view;
  } views[] = { { "map", "map" },          { "maps", "map" },    { "fields", "map" },
                { "decay", "decay" },      { "atlas", "atlas" }, { "compare", "compare" },
                { "pipeline", "compare" }, { "strip", "text" },  { "sweep", "sweep" } };
  g_autoptr (JsonNode) root = scope_json_parse (json, strlen (json), "recipe", NULL);
  const char *kind = root != NULL && JSON_NODE_HOLDS_OBJECT (root)
                         ? first_kind (json_node_get_object (root))
                         : NULL;
  for (guint k = 0; kind != NULL && k < G_N_ELEMENTS (views); k++)
    if (g_str_equal (views[k].kind, kind))
      return views[k].view;
  return NULL;
}

/* --- a figure as a session -----------------------------------------------------------------------
 */

static void
add_filter (JsonObject *parameters, const char *filter)
{
  double theta;
  g_autofree char *plain = scope_filter_spec_split (filter, &theta, NULL);
  gboolean on = plain != NULL && !g_str_equal (plain, "off");
  json_object_set_boolean_member (parameters, "filter.on", on);
  if (!on)
    return;
  json_object_set_string_member (parameters, "filter.method", plain);
  if (!isnan (theta))
    json_object_set_double_member (parameters, "filter.theta", theta);
}

static JsonObject *
parameters_of (ScopeRecipe *recipe, const ScopeRecipeView *view, const char *json)
{
  JsonObject *out = json_object_new ();
  const ScopeStyle *style = scope_recipe_style (recipe);
  const char *tab = view_of (json);
  if (view->layer >= 0)
    json_object_set_int_member (out, "selection.layer", view->layer);
  json_object_set_string_member (out, "selection.kind", scope_matrix_kind_name (view->matrix));
  if (view->channel >= 0)
    json_object_set_int_member (out, "selection.channel", view->channel);
  add_filter (out, view->filter);
  json_object_set_string_member (out, "look.palette", scope_palette_name (style->palette));
  json_object_set_string_member (out, "look.norm", scope_norm_name (style->norm));
  if (tab != NULL)
    json_object_set_string_member (out, "window.view", tab);
  return out;
}

gboolean
scope_window_restore (ScopeWindow *self, const char *path, GError **error)
{
  g_autoptr (GHashTable) said = scope_living_read (path, error);
  const char *json = said != NULL ? g_hash_table_lookup (said, "recipe") : NULL;
  g_autoptr (ScopeRecipe) recipe
      = json != NULL ? scope_recipe_parse (json, strlen (json), path, error) : NULL;
  ScopeRecipeView view;
  if (recipe == NULL)
    return FALSE;
  if (!scope_recipe_view (recipe, &view)) {
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_LIVING,
                 "%s: its recipe names no model and text to open", path);
    return FALSE;
  }
  ScopeSessionFile *file = g_new0 (ScopeSessionFile, 1);
  file->name = g_strdup (path);
  file->model.path = scope_session_file_find (view.model, path);
  file->text.path = scope_session_file_find (view.text, path);
  file->parameters = parameters_of (recipe, &view, json);
  scope_window_restore_file (self, file);
  return TRUE;
}

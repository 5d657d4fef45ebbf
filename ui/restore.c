#include "ui/restore.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "export/living.h"
#include "export/recipe.h"
#include "session/filter-spec.h"
#include "session/reading.h"
#include "session/session-keep.h"

/* --- which view ----------------------------------------------------------------------------------
 */

/* The first panel of a recipe, or NULL. */
static JsonObject *
first_panel (JsonObject *recipe)
{
  JsonNode *panels = json_object_get_member (recipe, "panels");
  if (panels == NULL || !JSON_NODE_HOLDS_ARRAY (panels)
      || json_array_get_length (json_node_get_array (panels)) == 0)
    return NULL;
  JsonNode *first = json_array_get_element (json_node_get_array (panels), 0);
  return JSON_NODE_HOLDS_OBJECT (first) ? json_node_get_object (first) : NULL;
}

/* What the first panel of a recipe, or its preset, is called; NULL: nothing that can be told. */
static const char *
first_kind (JsonObject *recipe)
{
  JsonObject *panel = first_panel (recipe);
  JsonNode *preset = json_object_get_member (recipe, "preset");
  if (panel != NULL)
    return json_object_get_string_member_with_default (panel, "kind", NULL);
  if (preset == NULL || !JSON_NODE_HOLDS_OBJECT (preset))
    return NULL;
  return json_object_get_string_member_with_default (json_node_get_object (preset), "name", NULL);
}

static const char *
view_of (JsonObject *recipe)
{
  static const struct {
    const char *kind, *view;
  } views[] = { { "map", "map" },          { "maps", "map" },    { "fields", "map" },
                { "decay", "decay" },      { "atlas", "atlas" }, { "compare", "compare" },
                { "pipeline", "compare" }, { "strip", "text" },  { "sweep", "sweep" } };
  const char *kind = first_kind (recipe);
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

static void
copy_member (JsonObject *from, const char *member, JsonObject *to, const char *parameter)
{
  JsonNode *node = json_object_get_member (from, member);
  if (node != NULL)
    json_object_set_member (to, parameter, json_node_copy (node));
}

static void
add_compare (JsonObject *parameters, JsonObject *panel)
{
  static const struct {
    const char *name;
    int mode;
  } modes[] = { { "split", 0 }, { "side", 1 }, { "difference", 3 } };
  const char *mode = json_object_get_string_member_with_default (panel, "mode", "split");
  JsonArray *filters = json_object_has_member (panel, "filters")
                           ? json_object_get_array_member (panel, "filters")
                           : NULL;
  for (guint k = 0; k < G_N_ELEMENTS (modes); k++)
    if (g_str_equal (modes[k].name, mode))
      json_object_set_int_member (parameters, "compare.mode", modes[k].mode);
  if (filters == NULL || json_array_get_length (filters) != 2)
    return;
  json_object_set_string_member (parameters, "compare.a-filter",
                                 json_array_get_string_element (filters, 0));
  json_object_set_string_member (parameters, "compare.b-filter",
                                 json_array_get_string_element (filters, 1));
}

/* The row that a strip of text is coloured by. */
static void
add_strip (JsonObject *parameters, JsonObject *panel)
{
  gint64 query = json_object_get_int_member_with_default (panel, "query", -1);
  const char *value = json_object_get_string_member_with_default (panel, "value", "attention");
  json_object_set_int_member (parameters, "text.colour",
                              g_str_equal (value, "delta") ? SCOPE_READING_DELTA
                                                           : SCOPE_READING_ROW);
  if (query < 0)
    return;
  JsonArray *cell = json_array_new ();
  json_array_add_int_element (cell, query);
  json_array_add_int_element (cell, query);
  json_object_set_array_member (parameters, "selection.cell", cell);
}

/* What the figure shows of its map: which part, what its blocks are, what its colours span. */
static void
add_shown (JsonObject *parameters, JsonObject *recipe)
{
  JsonObject *panel = first_panel (recipe);
  const char *kind = first_kind (recipe);
  copy_member (recipe, "epsilon", parameters, "look.epsilon");
  if (panel == NULL || kind == NULL)
    return;
  if (g_str_equal (kind, "map")) {
    copy_member (panel, "range", parameters, "map.view");
    copy_member (panel, "reduce", parameters, "map.reduce");
    copy_member (panel, "value_range", parameters, "map.range");
  } else if (g_str_equal (kind, "compare")) {
    add_compare (parameters, panel);
  } else if (g_str_equal (kind, "strip")) {
    add_strip (parameters, panel);
  }
}

static JsonObject *
parameters_of (ScopeRecipe *recipe, const ScopeRecipeView *view, JsonObject *json)
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
  add_shown (out, json);
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
  /* It has just been read as a recipe. */
  g_autoptr (JsonNode) root = scope_json_parse (json, strlen (json), path, error);
  if (root == NULL)
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
  file->parameters = parameters_of (recipe, &view, json_node_get_object (root));
  scope_window_restore_file (self, file);
  return TRUE;
}

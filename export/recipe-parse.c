/* The strict parser: every member is known, has its type and its range, or the message says which
 * one is wrong and what was expected. */
#include <math.h>
#include <string.h>

#include "export/recipe-private.h"

/* --- style ------------------------------------------------------------------------------------ */

static void
read_norm (ScopeRecipeReader *in, ScopeStyle *style)
{
  static const char *const palettes[] = { "viridis", "cividis", "magma", "grey", "balance", NULL };
  static const char *const norms[] = { "linear", "log", "symlog", "power", "rank", NULL };
  style->palette
      = (ScopePalette)scope_recipe_read_name (in, "palette", palettes, (int)style->palette);
  style->norm = (ScopeNormKind)scope_recipe_read_name (in, "norm", norms, (int)style->norm);
  style->gamma = scope_recipe_read_double (in, "gamma", 0.05, 20, style->gamma);
}

gboolean
scope_recipe_check_ends (ScopeRecipeReader *in, const char *member, ScopeNormKind norm,
                         const double ends[2])
{
  if (!isfinite (ends[0]) || !isfinite (ends[1]) || !(ends[0] < ends[1]))
    scope_recipe_reader_fail (
        in, member, "expected [low, high] with low below high, found [%g, %g]", ends[0], ends[1]);
  else if ((norm == SCOPE_NORM_LOG || norm == SCOPE_NORM_SYMLOG) && !(ends[0] > 0))
    scope_recipe_reader_fail (in, member, "expected a low end above 0 for a %s norm, found %g",
                              scope_norm_name (norm), ends[0]);
  return in->good;
}

static void
read_range (ScopeRecipeReader *in, ScopeStyle *style)
{
  double ends[2];
  if (!scope_recipe_read_numbers (in, "range", 2, ends)
      || !scope_recipe_check_ends (in, "range", style->norm, ends))
    return;
  style->low = ends[0];
  style->high = ends[1];
}

static gboolean
parse_colour (const char *text, guint32 *out)
{
  if (text[0] != '#' || strlen (text) != 7)
    return FALSE;
  for (int k = 1; k < 7; k++)
    if (!g_ascii_isxdigit (text[k]))
      return FALSE;
  *out = (guint32)g_ascii_strtoull (text + 1, NULL, 16);
  return TRUE;
}

static void
read_colours (ScopeRecipeReader *in, ScopeStyle *style)
{
  g_autoptr (GPtrArray) list = scope_recipe_read_strings (in, "colours");
  if (list == NULL)
    return;
  if (list->len > SCOPE_MAX_SERIES)
    scope_recipe_reader_fail (in, "colours", "expected at most %d, found %u", SCOPE_MAX_SERIES,
                              list->len);
  for (guint k = 0; in->good && k < list->len; k++)
    if (!parse_colour (g_ptr_array_index (list, k), &style->colours[k]))
      scope_recipe_reader_fail (in, "colours", "entry %u: expected \"#rrggbb\", found \"%s\"", k,
                                (const char *)g_ptr_array_index (list, k));
  style->n_colours = in->good ? list->len : 0;
}

/* "auto", "none", or the letter that the first panel has. */
static void
read_labels (ScopeRecipeReader *in, ScopeStyle *style)
{
  const char *labels = scope_recipe_read_string (in, "labels", FALSE);
  if (labels == NULL || strcmp (labels, "auto") == 0)
    return;
  if (strcmp (labels, "none") == 0)
    style->label = '-';
  else if (g_ascii_islower (labels[0]) && labels[1] == '\0')
    style->label = labels[0];
  else
    scope_recipe_reader_fail (
        in, "labels", "expected \"auto\", \"none\" or a letter from a to z, found \"%s\"", labels);
}

static gboolean
parse_style (ScopeRecipe *self, JsonNode *node, const char *name, GError **error)
{
  static const char *const known[] = { "width_mm",   "height_mm", "font",  "font_pt", "line_scale",
                                       "palette",    "norm",      "gamma", "range",   "share_range",
                                       "colour_bar", "colours",   "dpi",   "labels",  NULL };
  ScopeRecipeReader in = scope_recipe_reader_open (node, name, "$.style", error);
  ScopeStyle *style = &self->style;
  scope_recipe_read_members (&in, known);
  style->width_mm = scope_recipe_read_double (&in, "width_mm", 20, 2000, style->width_mm);
  style->height_mm = scope_recipe_read_double (&in, "height_mm", 0, 2000, style->height_mm);
  style->font_pt = scope_recipe_read_double (&in, "font_pt", 1, 100, style->font_pt);
  style->line_scale = scope_recipe_read_double (&in, "line_scale", 0.05, 20, style->line_scale);
  style->share_range = scope_recipe_read_boolean (&in, "share_range", style->share_range);
  style->colour_bar = scope_recipe_read_boolean (&in, "colour_bar", style->colour_bar);
  self->dpi = scope_recipe_read_double (&in, "dpi", 10, 4800, self->dpi);
  self->font = g_strdup (scope_recipe_read_string (&in, "font", FALSE));
  style->font = self->font;
  read_labels (&in, style);
  read_norm (&in, style);
  read_range (&in, style);
  read_colours (&in, style);
  return in.good;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void
parse_panels (ScopeRecipe *self, ScopeRecipeReader *in)
{
  JsonNode *node = in->good ? json_object_get_member (in->object, "panels") : NULL;
  if (node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    scope_recipe_reader_fail (in, "panels", "expected a list");
    return;
  }
  JsonArray *list = json_node_get_array (node);
  guint count = json_array_get_length (list);
  if (count == 0 || count > SCOPE_RECIPE_MAX_PANELS)
    scope_recipe_reader_fail (in, "panels", "expected 1 to %d panels, found %u",
                              SCOPE_RECIPE_MAX_PANELS, count);
  for (guint k = 0; in->good && k < count; k++)
    in->good
        = scope_recipe_read_panel (self, json_array_get_element (list, k), k, in->name, in->error);
}

static void
parse_preset (ScopeRecipe *self, ScopeRecipeReader *outer)
{
  static const char *const known[] = { "name", "layer", "channel", "filter", NULL };
  JsonNode *node = outer->good ? json_object_get_member (outer->object, "preset") : NULL;
  if (node == NULL)
    return;
  ScopeRecipeReader in = scope_recipe_reader_open (node, outer->name, "$.preset", outer->error);
  scope_recipe_read_members (&in, known);
  self->preset.name = g_strdup (scope_recipe_read_string (&in, "name", TRUE));
  self->preset.layer = (gssize)scope_recipe_read_integer (&in, "layer", 0, G_MAXINT32, -1);
  self->preset.channel = (gssize)scope_recipe_read_integer (&in, "channel", 0, G_MAXINT32, -1);
  self->preset.filter = g_strdup (scope_recipe_read_string (&in, "filter", FALSE));
  if (in.good && !scope_recipe_is_preset (self->preset.name)) {
    g_autofree char *names = scope_recipe_presets ();
    scope_recipe_reader_fail (&in, "name", "expected %s, found \"%s\"", names, self->preset.name);
  }
  outer->good = in.good;
}

static gboolean
parse_root (ScopeRecipe *self, JsonNode *root, const char *name, GError **error)
{
  static const char *const known[]
      = { "mambascope", "$schema", "model",   "text",   "title",  "caption", "train_length",
          "epsilon",    "style",   "columns", "preset", "panels", NULL };
  ScopeRecipeReader in = scope_recipe_reader_open (root, name, "$", error);
  scope_recipe_read_members (&in, known);
  if (scope_recipe_read_integer (&in, "mambascope", G_MININT64, G_MAXINT64, 0) != 1)
    scope_recipe_reader_fail (&in, "mambascope", "expected recipe version 1");
  scope_recipe_read_string (&in, "$schema", FALSE);
  self->model = g_strdup (scope_recipe_read_string (&in, "model", FALSE));
  self->text = g_strdup (scope_recipe_read_string (&in, "text", FALSE));
  self->title = g_strdup (scope_recipe_read_string (&in, "title", FALSE));
  self->caption = g_strdup (scope_recipe_read_string (&in, "caption", FALSE));
  self->train_length = (gsize)scope_recipe_read_integer (&in, "train_length", 1, G_MAXINT32, 0);
  self->epsilon
      = scope_recipe_read_double (&in, "epsilon", SCOPE_RECIPE_LEAST_EPSILON, 1, self->epsilon);
  self->columns = (guint)scope_recipe_read_integer (&in, "columns", 1, SCOPE_RECIPE_MAX_PANELS, 0);
  JsonNode *style = in.good ? json_object_get_member (in.object, "style") : NULL;
  if (style != NULL)
    in.good = parse_style (self, style, name, error);
  parse_preset (self, &in);
  parse_panels (self, &in);
  if (in.good && (self->preset.name != NULL) == (self->panels->len > 0))
    scope_recipe_reader_fail (&in, NULL, "expected either panels or a preset");
  return in.good;
}

ScopeRecipe *
scope_recipe_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeRecipe) self = scope_recipe_new ();
  GError *wrong = NULL;
  JsonNode *root = scope_json_parse (json, length, name, &wrong);
  if (root == NULL) {
    g_autofree char *line = g_strdelimit (g_strdup (wrong->message), "\r\n\t", ' ');
    g_clear_error (&wrong);
    g_set_error_literal (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE, line);
    return NULL;
  }
  gboolean good = parse_root (self, root, name, error);
  json_node_unref (root);
  return good ? g_steal_pointer (&self) : NULL;
}

/* The strict parser: every member is known, has its type and its range, or the message says which
 * one is wrong and what was expected. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "export/recipe-private.h"

/* One object being read. After the first error the rest is skipped. */
typedef struct {
  JsonObject *object;
  const char *name, *path;
  GError **error;
  gboolean good;
} Reader;

static void fail (Reader *in, const char *member, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* Messages are one line, whatever the recipe's own words hold. */
static void
set_error (Reader *in, const char *message)
{
  g_autofree char *line = g_strdup (message);
  for (char *p = line; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  in->good = FALSE;
  g_set_error_literal (in->error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE, line);
}

static void G_GNUC_PRINTF (3, 4) fail (Reader *in, const char *member, const char *format, ...)
{
  va_list arguments;
  if (!in->good)
    return;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *message
      = g_strdup_printf ("%s: %s%s%s: %s", in->name, in->path, member != NULL ? "." : "",
                         member != NULL ? member : "", what);
  set_error (in, message);
}

/* Errors of the JSON helpers become errors of the recipe. READ is the helper's answer; *ERROR is
 * looked at after it was given. */
static void
take (Reader *in, gboolean read, GError **error)
{
  if (read)
    return;
  set_error (in, (*error)->message);
  g_clear_error (error);
}

static gint64
read_integer (Reader *in, const char *member, gint64 low, gint64 high, gint64 value)
{
  GError *error = NULL;
  if (in->good)
    take (in,
          scope_json_get_int (in->object, member, FALSE, low, high, &value, in->name, in->path,
                              &error),
          &error);
  return value;
}

static double
read_double (Reader *in, const char *member, double low, double high, double value)
{
  GError *error = NULL;
  if (in->good)
    take (in, scope_json_get_double (in->object, member, FALSE, &value, in->name, in->path, &error),
          &error);
  if (!(value >= low && value <= high))
    fail (in, member, "expected %g to %g, found %g", low, high, value);
  return value;
}

static const char *
read_string (Reader *in, const char *member, gboolean required)
{
  const char *value = NULL;
  GError *error = NULL;
  if (in->good)
    take (in,
          scope_json_get_string (in->object, member, required, &value, in->name, in->path, &error),
          &error);
  if (value != NULL && *value == '\0')
    fail (in, member, "expected text, found an empty string");
  return value;
}

static gboolean
read_boolean (Reader *in, const char *member, gboolean value)
{
  GError *error = NULL;
  if (in->good)
    take (in,
          scope_json_get_boolean (in->object, member, FALSE, &value, in->name, in->path, &error),
          &error);
  return value;
}

/* COUNT numbers; FALSE if the member is absent or wrong. */
static gboolean
read_numbers (Reader *in, const char *member, gsize count, double *out)
{
  JsonNode *node = in->good ? json_object_get_member (in->object, member) : NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return FALSE;
  JsonArray *list = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gboolean good = list != NULL && json_array_get_length (list) == count;
  for (gsize k = 0; good && k < count; k++) {
    JsonNode *item = json_array_get_element (list, (guint)k);
    GType type = JSON_NODE_HOLDS_VALUE (item) ? json_node_get_value_type (item) : G_TYPE_NONE;
    good = type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
    if (good)
      out[k] = json_node_get_double (item);
  }
  if (!good)
    fail (in, member, "expected a list of %" G_GSIZE_FORMAT " numbers", count);
  return good;
}

static void
check_members (Reader *in, const char *const *known)
{
  g_autoptr (GList) members = json_object_get_members (in->object);
  for (GList *l = members; l != NULL && in->good; l = l->next)
    if (!g_strv_contains (known, l->data)) {
      g_autofree char *list = g_strjoinv (", ", (char **)known);
      fail (in, l->data, "unknown member; the known ones are %s", list);
    }
}

/* --- style ------------------------------------------------------------------------------------ */

static void
read_names (Reader *in, ScopeStyle *style)
{
  const char *palette = read_string (in, "palette", FALSE);
  if (palette != NULL && !scope_palette_parse (palette, &style->palette))
    fail (in, "palette", "expected viridis, cividis, magma, grey or balance, found \"%s\"",
          palette);
  const char *norm = read_string (in, "norm", FALSE);
  if (norm != NULL && !scope_norm_parse (norm, &style->norm))
    fail (in, "norm", "expected linear, log or symlog, found \"%s\"", norm);
}

static void
read_range (Reader *in, ScopeStyle *style)
{
  double ends[2];
  if (!read_numbers (in, "range", 2, ends))
    return;
  if (!isfinite (ends[0]) || !isfinite (ends[1]) || !(ends[0] < ends[1]))
    fail (in, "range", "expected [low, high] with low below high, found [%g, %g]", ends[0],
          ends[1]);
  else if (style->norm != SCOPE_NORM_LINEAR && !(ends[0] > 0))
    fail (in, "range", "expected a low end above 0 for a %s norm, found %g",
          scope_norm_name (style->norm), ends[0]);
  style->low = ends[0];
  style->high = ends[1];
}

static gboolean
parse_style (ScopeRecipe *self, JsonNode *node, const char *name, GError **error)
{
  static const char *const known[] = { "width_mm", "height_mm", "font",        "font_pt", "palette",
                                       "norm",     "range",     "share_range", "dpi",     NULL };
  Reader in = { NULL, name, "$.style", error, TRUE };
  GError *wrong = NULL;
  in.object = scope_json_object (node, name, in.path, &wrong);
  take (&in, in.object != NULL, &wrong);
  if (!in.good)
    return FALSE;
  ScopeStyle *style = &self->style;
  check_members (&in, known);
  style->width_mm = read_double (&in, "width_mm", 20, 2000, style->width_mm);
  style->height_mm = read_double (&in, "height_mm", 0, 2000, style->height_mm);
  style->font_pt = read_double (&in, "font_pt", 1, 100, style->font_pt);
  style->share_range = read_boolean (&in, "share_range", style->share_range);
  self->dpi = read_double (&in, "dpi", 10, 4800, self->dpi);
  self->font = g_strdup (read_string (&in, "font", FALSE));
  style->font = self->font;
  read_names (&in, style);
  read_range (&in, style);
  return in.good;
}

/* --- panels ----------------------------------------------------------------------------------- */

static void
read_map (Reader *in, ScopeRecipePanel *panel)
{
  const char *matrix = read_string (in, "matrix", FALSE);
  if (matrix != NULL && !scope_matrix_kind_parse (matrix, &panel->matrix))
    fail (in, "matrix", "expected s6, skip or full, found \"%s\"", matrix);
  const char *reduce = read_string (in, "reduce", FALSE);
  if (reduce != NULL && !scope_reduce_parse (reduce, &panel->reduce))
    fail (in, "reduce", "expected mean, absmean or absmax, found \"%s\"", reduce);
  panel->bins = (gsize)read_integer (in, "bins", 1, SCOPE_RECIPE_MAX_BINS, (gint64)panel->bins);
  if (panel->channel < 0)
    fail (in, "channel", "a map needs one");
}

/* Whole numbers that a double holds exactly, in order. */
static void
read_panel_range (Reader *in, ScopeRecipePanel *panel)
{
  double ends[4];
  if (!read_numbers (in, "range", 4, ends))
    return;
  for (int k = 0; k < 4; k++)
    if (!(ends[k] >= 0 && ends[k] <= 1e12 && ends[k] == floor (ends[k]))
        || (k % 2 == 1 && ends[k] <= ends[k - 1])) {
      fail (in, "range", "expected [row begin, row end, column begin, column end], half open");
      return;
    }
  panel->has_range = TRUE;
  panel->range = (ScopeRange){ (gsize)ends[0], (gsize)ends[1], (gsize)ends[2], (gsize)ends[3] };
}

static void
read_panel (Reader *in, ScopeRecipePanel *panel)
{
  panel->model = g_strdup (read_string (in, "model", FALSE));
  panel->text = g_strdup (read_string (in, "text", FALSE));
  panel->title = g_strdup (read_string (in, "title", FALSE));
  panel->tokens = (gsize)read_integer (in, "tokens", 1, G_MAXINT32, 0);
  panel->layer = (gsize)read_integer (in, "layer", 0, G_MAXINT32, 0);
  panel->channel = (gssize)read_integer (in, "channel", 0, G_MAXINT32, -1);
  if (in->good && !json_object_has_member (in->object, "layer"))
    fail (in, "layer", "a panel needs one");
  const char *filter = read_string (in, "filter", FALSE);
  if (filter != NULL) {
    g_free (panel->filter);
    panel->filter = g_strdup (filter);
  }
  if (panel->kind == SCOPE_RESULT_MAP) {
    read_map (in, panel);
    read_panel_range (in, panel);
  }
}

static gboolean
parse_panel (ScopeRecipe *self, JsonNode *node, guint index, const char *name, GError **error)
{
  static const char *const map_known[]
      = { "kind",  "model",  "text", "tokens", "layer", "channel", "filter",
          "title", "matrix", "bins", "reduce", "range", NULL };
  static const char *const decay_known[]
      = { "kind", "model", "text", "tokens", "layer", "channel", "filter", "title", NULL };
  g_autofree char *path = g_strdup_printf ("$.panels[%u]", index);
  Reader in = { NULL, name, path, error, TRUE };
  GError *wrong = NULL;
  in.object = scope_json_object (node, name, path, &wrong);
  take (&in, in.object != NULL, &wrong);
  const char *kind = in.good ? read_string (&in, "kind", TRUE) : NULL;
  gboolean map = g_strcmp0 (kind, "map") == 0;
  if (in.good && !map && strcmp (kind, "decay") != 0)
    fail (&in, "kind", "expected map or decay, found \"%s\"", kind);
  if (!in.good)
    return FALSE;
  ScopeRecipePanel *panel = scope_recipe_panel_new (map ? SCOPE_RESULT_MAP : SCOPE_RESULT_CURVES);
  g_ptr_array_add (self->panels, panel);
  check_members (&in, map ? map_known : decay_known);
  read_panel (&in, panel);
  return in.good;
}

static void
parse_panels (ScopeRecipe *self, Reader *in)
{
  JsonNode *node = json_object_get_member (in->object, "panels");
  if (!in->good || node == NULL)
    return;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    fail (in, "panels", "expected a list");
    return;
  }
  JsonArray *list = json_node_get_array (node);
  guint count = json_array_get_length (list);
  if (count == 0 || count > SCOPE_RECIPE_MAX_PANELS)
    fail (in, "panels", "expected 1 to %d panels, found %u", SCOPE_RECIPE_MAX_PANELS, count);
  for (guint k = 0; in->good && k < count; k++)
    in->good = parse_panel (self, json_array_get_element (list, k), k, in->name, in->error);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void
parse_preset (ScopeRecipe *self, Reader *outer)
{
  static const char *const known[] = { "name", "layer", "channel", "filter", NULL };
  JsonNode *node = json_object_get_member (outer->object, "preset");
  if (!outer->good || node == NULL)
    return;
  Reader in = { NULL, outer->name, "$.preset", outer->error, TRUE };
  GError *wrong = NULL;
  in.object = scope_json_object (node, in.name, in.path, &wrong);
  take (&in, in.object != NULL, &wrong);
  if (in.good) {
    check_members (&in, known);
    self->preset.name = g_strdup (read_string (&in, "name", TRUE));
    self->preset.layer = (gssize)read_integer (&in, "layer", 0, G_MAXINT32, -1);
    self->preset.channel = (gssize)read_integer (&in, "channel", 0, G_MAXINT32, -1);
    self->preset.filter = g_strdup (read_string (&in, "filter", FALSE));
  }
  if (in.good && !scope_recipe_preset_known (self->preset.name))
    fail (&in, "name", "expected maps or decay, found \"%s\"", self->preset.name);
  outer->good = in.good;
}

static gboolean
parse_root (ScopeRecipe *self, JsonNode *root, const char *name, GError **error)
{
  static const char *const known[]
      = { "mambascope", "model",  "text", "train_length", "style", "columns",
          "preset",     "panels", NULL };
  Reader in = { NULL, name, "$", error, TRUE };
  GError *wrong = NULL;
  in.object = scope_json_object (root, name, in.path, &wrong);
  take (&in, in.object != NULL, &wrong);
  if (!in.good)
    return FALSE;
  check_members (&in, known);
  if (read_integer (&in, "mambascope", G_MININT64, G_MAXINT64, 0) != 1)
    fail (&in, "mambascope", "expected recipe version 1");
  self->model = g_strdup (read_string (&in, "model", FALSE));
  self->text = g_strdup (read_string (&in, "text", FALSE));
  self->train_length = (gsize)read_integer (&in, "train_length", 1, G_MAXINT32, 0);
  self->columns = (guint)read_integer (&in, "columns", 1, SCOPE_RECIPE_MAX_PANELS, 0);
  JsonNode *style = in.good ? json_object_get_member (in.object, "style") : NULL;
  if (style != NULL)
    in.good = parse_style (self, style, name, error);
  parse_preset (self, &in);
  parse_panels (self, &in);
  if (in.good && (self->preset.name != NULL) == (self->panels->len > 0))
    fail (&in, NULL, "expected either panels or a preset");
  return in.good;
}

ScopeRecipe *
scope_recipe_parse (const char *json, gsize length, const char *name, GError **error)
{
  g_autoptr (ScopeRecipe) self = scope_recipe_new ();
  GError *wrong = NULL;
  JsonNode *root = scope_json_parse (json, length, name, &wrong);
  if (root == NULL) {
    take (&(Reader){ NULL, name, "$", error, TRUE }, FALSE, &wrong);
    return NULL;
  }
  gboolean good = parse_root (self, root, name, error);
  json_node_unref (root);
  return good ? g_steal_pointer (&self) : NULL;
}

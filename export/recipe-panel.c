/* Panels as JSON. Which members a panel may have depends on its kind. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/recipe-private.h"

const char *const scope_panel_kind_names[SCOPE_N_PANEL_KINDS + 1]
    = { "map", "atlas", "decay", "fields", "sweep", "strip", "compare", "layers", NULL };
const char *const scope_compare_mode_names[SCOPE_N_COMPARE_MODES + 1]
    = { "split", "side", "difference", "decay", "text", NULL };
const char *const scope_strip_value_names[SCOPE_N_STRIPS + 1]
    = { "attention", "column", "delta", "surprisal", NULL };
const char *const scope_panel_classes_names[SCOPE_N_CLASSES + 1]
    = { "all", "global", "local", "none", NULL };

#define KIND(name) (1u << SCOPE_PANEL_##name)
#define ALL        ((1u << SCOPE_N_PANEL_KINDS) - 1)
#define COLOURED   (KIND (MAP) | KIND (ATLAS) | KIND (STRIP) | KIND (COMPARE))
#define MAPS       (KIND (MAP) | KIND (ATLAS) | KIND (COMPARE))
#define LAYERED    (ALL & ~(KIND (SWEEP) | KIND (LAYERS)))

static const struct {
  const char *name;
  guint kinds; /* that may have it */
} members[] = {
  { "kind", ALL },
  { "title", ALL },
  { "model", ALL },
  { "text", ALL },
  { "row_span", ALL },
  { "column_span", ALL },
  { "tokens", ALL & ~KIND (LAYERS) },
  { "layer", LAYERED },
  { "channel", KIND (MAP) | KIND (DECAY) | KIND (STRIP) | KIND (COMPARE) },
  { "filter", ALL & ~(KIND (SWEEP) | KIND (COMPARE)) },
  { "filters", KIND (SWEEP) | KIND (COMPARE) },
  { "mode", KIND (COMPARE) },
  { "matrix", MAPS | KIND (STRIP) },
  { "bins", MAPS },
  { "reduce", MAPS },
  { "range", KIND (MAP) | KIND (COMPARE) },
  { "normalise", KIND (MAP) },
  { "mark", KIND (MAP) },
  { "channels", KIND (DECAY) },
  { "classes", KIND (DECAY) | KIND (ATLAS) },
  { "theta", KIND (DECAY) | KIND (FIELDS) | KIND (ATLAS) },
  { "before", KIND (DECAY) },
  { "sort", KIND (ATLAS) },
  { "descending", KIND (ATLAS) },
  { "first", KIND (ATLAS) },
  { "like", KIND (ATLAS) },
  { "count", KIND (ATLAS) },
  { "tile_columns", KIND (ATLAS) },
  { "value", KIND (STRIP) },
  { "query", KIND (STRIP) | KIND (COMPARE) },
  { "key", KIND (STRIP) },
  { "span", KIND (STRIP) | KIND (COMPARE) },
  { "lengths", KIND (SWEEP) },
  { "score", KIND (SWEEP) },
  { "windows", KIND (SWEEP) },
  { "protocol", KIND (SWEEP) },
  { "thetas", KIND (LAYERS) },
  { "palette", COLOURED },
  { "norm", COLOURED },
  { "gamma", COLOURED },
  { "value_range", COLOURED },
};

static gboolean
may_have (ScopePanelKind kind, const char *member)
{
  for (gsize k = 0; k < G_N_ELEMENTS (members); k++)
    if (strcmp (members[k].name, member) == 0)
      return (members[k].kinds >> kind & 1) != 0;
  return FALSE;
}

static void
check_members (ScopeRecipeReader *in, ScopePanelKind kind)
{
  const char *known[G_N_ELEMENTS (members) + 1];
  gsize count = 0;
  for (gsize k = 0; k < G_N_ELEMENTS (members); k++)
    if (members[k].kinds >> kind & 1)
      known[count++] = members[k].name;
  known[count] = NULL;
  scope_recipe_read_members (in, known);
}

/* Whole numbers that a double holds exactly, each pair half open. */
static gboolean
read_ends (ScopeRecipeReader *in, const char *member, gsize count, gsize *out)
{
  double ends[4];
  if (!scope_recipe_read_numbers (in, member, count, ends))
    return FALSE;
  for (gsize k = 0; k < count; k++) {
    gboolean whole = ends[k] >= 0 && ends[k] <= 1e12 && ends[k] == floor (ends[k]);
    if (!whole || (k % 2 == 1 && ends[k] <= ends[k - 1])) {
      scope_recipe_reader_fail (in, member,
                                count == 4 ? "expected [row begin, row end, column begin, "
                                             "column end], half open"
                                           : "expected [begin, end], half open");
      return FALSE;
    }
    out[k] = (gsize)ends[k];
  }
  return TRUE;
}

/* --- what several kinds have -------------------------------------------------------------------
 */

static void
read_map (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  static const char *const matrices[] = { "s6", "skip", "full", "softmax", NULL };
  static const char *const reduces[] = { "mean", "absmean", "absmax", NULL };
  static const char *const normalisations[] = { "none", "row-l1", "minmax", "softmax", NULL };
  gsize ends[4];
  panel->matrix
      = (ScopeMatrixKind)scope_recipe_read_name (in, "matrix", matrices, (int)panel->matrix);
  panel->reduce = (ScopeReduce)scope_recipe_read_name (in, "reduce", reduces, (int)panel->reduce);
  panel->normalise = (ScopeNormalise)scope_recipe_read_name (in, "normalise", normalisations,
                                                             (int)panel->normalise);
  panel->bins = (gsize)scope_recipe_read_integer (in, "bins", 1, SCOPE_RECIPE_MAX_BINS,
                                                  (gint64)panel->bins);
  panel->mark = g_strdup (scope_recipe_read_string (in, "mark", FALSE));
  if (may_have (panel->kind, "range") && read_ends (in, "range", 4, ends)) {
    panel->has_range = TRUE;
    panel->range = (ScopeRange){ ends[0], ends[1], ends[2], ends[3] };
  }
}

/* Norms of its own make a panel's range its own too; what it does not say is the style's. */
static void
read_look (ScopeRecipeReader *in, ScopeRecipePanel *panel, const ScopeStyle *style)
{
  static const char *const own[] = { "palette", "norm", "gamma", "value_range" };
  static const char *const palettes[] = { "viridis", "cividis", "magma", "grey", "balance", NULL };
  static const char *const norms[] = { "linear", "log", "symlog", "power", "rank", NULL };
  ScopePanelLook *look = &panel->look;
  double ends[2];
  for (gsize k = 0; in->good && k < G_N_ELEMENTS (own); k++)
    if (json_object_has_member (in->object, own[k]) && !look->own)
      scope_recipe_panel_own (panel, style);
  look->palette
      = (ScopePalette)scope_recipe_read_name (in, "palette", palettes, (int)look->palette);
  look->norm = (ScopeNormKind)scope_recipe_read_name (in, "norm", norms, (int)look->norm);
  look->gamma = scope_recipe_read_double (in, "gamma", 0.05, 20, look->own ? look->gamma : 1);
  if (!scope_recipe_read_numbers (in, "value_range", 2, ends)
      || !scope_recipe_check_ends (in, "value_range", look->norm, ends))
    return;
  look->low = ends[0];
  look->high = ends[1];
}

static void
read_common (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->model = g_strdup (scope_recipe_read_string (in, "model", FALSE));
  panel->text = g_strdup (scope_recipe_read_string (in, "text", FALSE));
  panel->title = g_strdup (scope_recipe_read_string (in, "title", FALSE));
  panel->tokens = (gsize)scope_recipe_read_integer (in, "tokens", 1, G_MAXINT32, 0);
  panel->layer = (gssize)scope_recipe_read_integer (in, "layer", 0, G_MAXINT32, -1);
  panel->channel = (gssize)scope_recipe_read_integer (in, "channel", 0, G_MAXINT32, -1);
  panel->look.rows
      = (gsize)scope_recipe_read_integer (in, "row_span", 1, SCOPE_RECIPE_MAX_PANELS, 0);
  panel->look.columns
      = (gsize)scope_recipe_read_integer (in, "column_span", 1, SCOPE_RECIPE_MAX_PANELS, 0);
  if (in->good && json_object_has_member (in->object, "theta"))
    panel->theta = scope_recipe_read_double (in, "theta", 1e-300, 1, NAN);
  const char *filter = scope_recipe_read_string (in, "filter", FALSE);
  if (filter != NULL) {
    g_free (panel->filter);
    panel->filter = g_strdup (filter);
  }
  gboolean layered = may_have (panel->kind, "layer") && panel->kind != SCOPE_PANEL_ATLAS;
  if (layered && panel->layer < 0)
    scope_recipe_reader_fail (in, "layer", "a panel needs one");
  if (may_have (panel->kind, "channel") && panel->kind != SCOPE_PANEL_DECAY && panel->channel < 0)
    scope_recipe_reader_fail (in, "channel", "a %s needs one", scope_panel_kind_names[panel->kind]);
}

/* --- what one kind has --------------------------------------------------------------------------
 */

static void
read_filters (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  GPtrArray *list = scope_recipe_read_strings (in, "filters");
  if (list == NULL)
    return;
  if (panel->kind == SCOPE_PANEL_COMPARE && list->len != 2)
    scope_recipe_reader_fail (in, "filters", "a comparison has 2, found %u", list->len);
  g_ptr_array_unref (panel->filters);
  panel->filters = list;
}

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void
read_sweep (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->lengths
      = scope_recipe_read_number_list (in, "lengths", 2, G_MAXINT32, TRUE, SCOPE_RECIPE_MAX_LIST);
  if (panel->lengths == NULL)
    scope_recipe_reader_fail (in, "lengths", "a sweep needs them");
  else
    g_array_sort (panel->lengths, compare_lengths);
  panel->score
      = (gsize)scope_recipe_read_integer (in, "score", 1, G_MAXINT32, (gint64)panel->score);
  panel->protocol = (ScopeProtocol)scope_recipe_read_name (in, "protocol", scope_protocol_names,
                                                           SCOPE_PROTOCOL_STRICT);
  panel->windows = (gsize)scope_recipe_read_integer (
      in, "windows", 1, 10000, (gint64)scope_protocol_windows (panel->protocol));
  read_filters (in, panel);
}

static gboolean
read_place (ScopeRecipeReader *in, const char *member, gsize place[2])
{
  double ends[2];
  if (!scope_recipe_read_numbers (in, member, 2, ends))
    return FALSE;
  for (gsize k = 0; k < 2; k++) {
    if (!(ends[k] >= 0 && ends[k] <= G_MAXINT32 && ends[k] == floor (ends[k]))) {
      scope_recipe_reader_fail (in, member, "expected [layer, channel]");
      return FALSE;
    }
    place[k] = (gsize)ends[k];
  }
  return TRUE;
}

/* Without a sort the channels are spread from the one that forgets most to the one that forgets
 * least. */
static void
read_atlas (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->count = (gsize)scope_recipe_read_integer (in, "count", 1, SCOPE_RECIPE_MAX_TILES,
                                                   (gint64)panel->count);
  panel->tile_columns
      = (gsize)scope_recipe_read_integer (in, "tile_columns", 1, SCOPE_RECIPE_MAX_TILES, 0);
  panel->sort = scope_recipe_read_name (in, "sort", scope_atlas_sort_names, -1);
  panel->descending = scope_recipe_read_boolean (in, "descending", TRUE);
  panel->first = (gsize)scope_recipe_read_integer (in, "first", 0, G_MAXINT32, 0);
  panel->classes = (ScopePanelClasses)scope_recipe_read_name (
      in, "classes", scope_panel_classes_names, SCOPE_CLASSES_ALL);
  gboolean like = read_place (in, "like", panel->like);
  if (panel->classes == SCOPE_CLASSES_NONE)
    scope_recipe_reader_fail (in, "classes", "expected all, global, local, found \"none\"");
  if (panel->sort < 0 && panel->first > 0)
    scope_recipe_reader_fail (in, "first", "a place needs a \"sort\"");
  if ((panel->sort == SCOPE_ATLAS_BY_SIMILARITY) != like)
    scope_recipe_reader_fail (in, "like",
                              like ? "only the sort \"similarity\" has one"
                                   : "the sort \"similarity\" needs one: [layer, channel]");
}

/* Channels that are listed are all that is shown, unless it says which classes are with them. */
static void
read_decay (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->channels = scope_recipe_read_number_list (in, "channels", 0, G_MAXINT32, TRUE,
                                                   SCOPE_RECIPE_MAX_CHANNELS);
  panel->classes = (ScopePanelClasses)scope_recipe_read_name (
      in, "classes", scope_panel_classes_names,
      panel->channels != NULL ? SCOPE_CLASSES_NONE : SCOPE_CLASSES_ALL);
  panel->before = scope_recipe_read_boolean (in, "before", FALSE);
  if (panel->channel >= 0 && panel->channels != NULL)
    scope_recipe_reader_fail (in, "channels", "a panel has these, or one \"channel\"");
  if (panel->channels == NULL && panel->classes == SCOPE_CLASSES_NONE)
    scope_recipe_reader_fail (in, "classes", "\"none\" needs \"channels\"");
}

static void
read_span (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->query = (gssize)scope_recipe_read_integer (in, "query", 0, G_MAXINT32, -1);
  if (read_ends (in, "span", 2, panel->span)
      && panel->span[1] - panel->span[0] > SCOPE_RECIPE_MAX_SPAN)
    scope_recipe_reader_fail (in, "span", "expected at most %d tokens, found %" G_GSIZE_FORMAT,
                              SCOPE_RECIPE_MAX_SPAN, panel->span[1] - panel->span[0]);
}

static void
read_strip (ScopeRecipeReader *in, ScopeRecipePanel *panel)
{
  panel->value = (ScopeStripValue)scope_recipe_read_name (in, "value", scope_strip_value_names,
                                                          SCOPE_STRIP_ROW);
  read_span (in, panel);
  panel->key = (gssize)scope_recipe_read_integer (in, "key", 0, G_MAXINT32, -1);
}

/* A difference has two signs, so it has a diverging palette unless it says otherwise. */
static void
read_compare (ScopeRecipeReader *in, ScopeRecipePanel *panel, const ScopeStyle *style)
{
  panel->mode = (ScopeCompareMode)scope_recipe_read_name (in, "mode", scope_compare_mode_names, 0);
  read_filters (in, panel);
  read_span (in, panel);
  if (panel->mode != SCOPE_COMPARE_DIFFERENCE && panel->mode != SCOPE_COMPARE_TEXT)
    return;
  scope_recipe_panel_own (panel, style);
  panel->look.palette = SCOPE_PALETTE_BALANCE;
  panel->look.norm = SCOPE_NORM_SYMLOG;
}

static void
read_kind (ScopeRecipeReader *in, ScopeRecipePanel *panel, const ScopeStyle *style)
{
  switch (panel->kind) {
  case SCOPE_PANEL_ATLAS:
    read_atlas (in, panel);
    break;
  case SCOPE_PANEL_SWEEP:
    read_sweep (in, panel);
    break;
  case SCOPE_PANEL_DECAY:
    read_decay (in, panel);
    break;
  case SCOPE_PANEL_STRIP:
    read_strip (in, panel);
    break;
  case SCOPE_PANEL_COMPARE:
    read_compare (in, panel, style);
    break;
  case SCOPE_PANEL_LAYERS:
    panel->thetas
        = scope_recipe_read_number_list (in, "thetas", 1e-300, 1, FALSE, SCOPE_RECIPE_MAX_LIST);
    if (panel->thetas == NULL)
      scope_recipe_reader_fail (in, "thetas", "shares by layer need them");
    break;
  default:
    break;
  }
}

gboolean
scope_recipe_read_panel (ScopeRecipe *self, JsonNode *node, guint index, const char *name,
                         GError **error)
{
  g_autofree char *path = g_strdup_printf ("$.panels[%u]", index);
  ScopeRecipeReader in = scope_recipe_reader_open (node, name, path, error);
  if (scope_recipe_read_string (&in, "kind", TRUE) == NULL)
    return FALSE;
  int kind = scope_recipe_read_name (&in, "kind", scope_panel_kind_names, 0);
  if (!in.good)
    return FALSE;
  ScopeRecipePanel *panel = scope_recipe_panel_new ((ScopePanelKind)kind);
  g_ptr_array_add (self->panels, panel);
  check_members (&in, panel->kind);
  read_common (&in, panel);
  read_kind (&in, panel, &self->style);
  if (COLOURED >> panel->kind & 1)
    read_look (&in, panel, &self->style);
  if (MAPS >> panel->kind & 1 || panel->kind == SCOPE_PANEL_STRIP)
    read_map (&in, panel);
  return in.good;
}

/* What leaves the session: figures; and where the samples come from. */
#include "session/session-private.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "export/figure.h"
#include "session/compare.h"
#include "session/reading.h"

#define EXPORT_BINS  1024
#define STRIP_TOKENS 160 /* what a column holds in a few lines */
#define STRIP_MOST   800 /* and a page */
#define ROW_AFTER    32  /* tokens behind a row that is compared */

static gboolean
view_is_whole (ScopeSession *self)
{
  gsize length = scope_session_length (self);

  return self->view.row_end - self->view.row_begin == length
         && self->view.column_end - self->view.column_begin == length;
}

/* --- the recipe ---------------------------------------------------------------------------------
 */

static void
add_pair (JsonBuilder *builder, const char *member, gsize first, gsize second)
{
  json_builder_set_member_name (builder, member);
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, (gint64)first);
  json_builder_add_int_value (builder, (gint64)second);
  json_builder_end_array (builder);
}

/* Only the map and the strip are of shared attention, where that is what is on screen. */
static void
add_matrix (ScopeSession *self, JsonBuilder *builder)
{
  scope_json_put_integer (builder, "channel", self->channel);
  scope_json_put_string (builder, "matrix", scope_matrix_kind_name (self->kind));
}

static void
add_blocks (JsonBuilder *builder, gsize bins, ScopeReduce reduce)
{
  scope_json_put_integer (builder, "bins", bins);
  scope_json_put_string (builder, "reduce", scope_reduce_name (reduce));
}

static void
add_map (ScopeSession *self, JsonBuilder *builder)
{
  const gsize range[] = { self->view.row_begin, self->view.row_end, self->view.column_begin,
                          self->view.column_end };

  add_matrix (self, builder);
  add_blocks (builder, EXPORT_BINS, scope_session_shown_reduce (self));
  g_autoptr (JsonNode) colours = scope_session_shown (self, "map.range");
  if (colours != NULL && self->norm != SCOPE_NORM_RANK) {
    json_builder_set_member_name (builder, "value_range");
    json_builder_add_value (builder, g_steal_pointer (&colours));
  }
  if (view_is_whole (self))
    return;
  json_builder_set_member_name (builder, "range");
  json_builder_begin_array (builder);
  for (guint i = 0; i < G_N_ELEMENTS (range); i++)
    json_builder_add_int_value (builder, (gint64)range[i]);
  json_builder_end_array (builder);
}

/* What a side of Compare says of itself, as "compare.a-filter"; OTHERWISE where it says nothing. */
static char *
side_string (ScopeSession *self, char side, const char *what, const char *otherwise)
{
  g_autofree char *parameter = g_strdup_printf ("compare.%c-%s", side, what);
  g_autoptr (JsonNode) chosen = scope_session_shown (self, parameter);

  return g_strdup (chosen != NULL && JSON_NODE_HOLDS_VALUE (chosen) ? json_node_get_string (chosen)
                                                                    : otherwise);
}

static gsize
side_index (ScopeSession *self, char side, const char *what, gsize otherwise)
{
  g_autofree char *parameter = g_strdup_printf ("compare.%c-%s", side, what);
  g_autoptr (JsonNode) chosen = scope_session_shown (self, parameter);
  gint64 index = chosen != NULL && JSON_NODE_HOLDS_VALUE (chosen) ? json_node_get_int (chosen) : -1;

  return index >= 0 ? (gsize)index : otherwise;
}

static char *
side_filter (ScopeSession *self, char side)
{
  return side_string (self, side, "filter", side == 'a' ? "off" : scope_session_get_filter (self));
}

/* Two models, texts, layers or channels: their maps stand in panels of their own. */
static gboolean
sides_are_apart (ScopeSession *self)
{
  static const char *const named[] = { "model", "text" }, *const numbered[]
                                                          = { "layer", "channel" };
  static const char sides[] = { 'a', 'b' };
  gboolean apart = FALSE;

  for (guint n = 0; n < G_N_ELEMENTS (sides); n++) {
    for (guint k = 0; k < G_N_ELEMENTS (named); k++) {
      g_autofree char *path = side_string (self, sides[n], named[k], NULL);
      apart = apart || path != NULL;
    }
    for (guint k = 0; k < G_N_ELEMENTS (numbered); k++)
      apart = apart || side_index (self, sides[n], numbered[k], G_MAXSIZE) != G_MAXSIZE;
  }
  return apart;
}

/* Which side it is: what of it is chosen, its map and its filter. */
static char *
side_title (ScopeSession *self, char side)
{
  static const char *const named[] = { "model", "text" };
  g_autofree char *filter = side_filter (self, side);
  GString *out = g_string_new (NULL);

  for (guint k = 0; k < G_N_ELEMENTS (named); k++) {
    g_autofree char *path = side_string (self, side, named[k], NULL);
    g_autofree char *name = path != NULL ? g_path_get_basename (path) : NULL;
    if (name != NULL)
      g_string_append_printf (out, "%s · ", name);
  }
  g_string_append_printf (out, "layer %" G_GSIZE_FORMAT " · %s %" G_GSIZE_FORMAT " · %s",
                          side_index (self, side, "layer", self->layer),
                          scope_matrix_noun (scope_model_config (self->host->model), self->kind),
                          side_index (self, side, "channel", self->channel),
                          g_str_equal (filter, "off") ? "no filter" : filter);
  return g_string_free (out, FALSE);
}

static ScopeComparePage
compare_page (ScopeSession *self)
{
  return (ScopeComparePage)CLAMP (scope_session_shown_integer (self, "compare.page", 0),
                                  SCOPE_COMPARE_PAGE_MAP, SCOPE_COMPARE_PAGE_TEXT);
}

/* What is in sight; where nothing was, what AT reads: the tokens before it. */
static void
add_span (ScopeSession *self, JsonBuilder *builder, gsize at, gsize after)
{
  gsize length = scope_session_length (self);
  const gsize *sight = self->sight[SCOPE_FIGURE_STRIP];
  gsize end = MIN (sight[1], length);

  if (after == 0 && sight[0] < end)
    add_pair (builder, "span", sight[0], MIN (end, sight[0] + STRIP_MOST));
  else
    add_pair (builder, "span", at + 1 > STRIP_TOKENS ? at + 1 - STRIP_TOKENS : 0,
              MIN (at + 1 + after, length));
}

static gsize
shown_row (ScopeSession *self)
{
  gsize length = scope_session_length (self);

  return self->row < length ? self->row : length - 1;
}

static void
add_row (ScopeSession *self, JsonBuilder *builder)
{
  scope_json_put_integer (builder, "query", shown_row (self));
  add_span (self, builder, shown_row (self), ROW_AFTER);
}

/* Decay is of channels alone: to shared attention, the layer's first. */
static gsize
decay_channel (ScopeSession *self, gsize channel)
{
  return self->kind == SCOPE_MATRIX_SOFTMAX ? 0 : channel;
}

static void
add_compare (ScopeSession *self, JsonBuilder *builder)
{
  static const char *const modes[] = { "split", "side", "split", "difference" };
  gint64 chosen = scope_session_shown_integer (self, "compare.mode", 0);
  ScopeComparePage page = compare_page (self);
  g_autofree char *a = side_filter (self, 'a');
  g_autofree char *b = side_filter (self, 'b');
  const char *mode = page == SCOPE_COMPARE_PAGE_DECAY  ? "decay"
                     : page == SCOPE_COMPARE_PAGE_TEXT ? "text"
                                                       : modes[CLAMP (chosen, 0, 3)];

  if (page == SCOPE_COMPARE_PAGE_DECAY)
    scope_json_put_integer (builder, "channel", decay_channel (self, self->channel));
  else
    add_matrix (self, builder);
  if (page == SCOPE_COMPARE_PAGE_MAP)
    add_blocks (builder, EXPORT_BINS / 2, SCOPE_REDUCE_ABSMEAN);
  if (page == SCOPE_COMPARE_PAGE_TEXT)
    add_row (self, builder);
  scope_json_put_string (builder, "mode", mode);
  json_builder_set_member_name (builder, "filters");
  json_builder_begin_array (builder);
  json_builder_add_string_value (builder, a);
  json_builder_add_string_value (builder, b);
  json_builder_end_array (builder);
}

static void
add_side (ScopeSession *self, JsonBuilder *builder, char side)
{
  g_autofree char *model = side_string (self, side, "model", scope_model_path (self->host->model));
  g_autofree char *text = side_string (self, side, "text", self->stage->path);
  g_autofree char *filter = side_filter (self, side);
  g_autofree char *title = side_title (self, side);
  static const char *const kinds[] = { "map", "decay", "strip" };
  ScopeComparePage page = compare_page (self);
  gsize channel = side_index (self, side, "channel", self->channel);

  json_builder_begin_object (builder);
  scope_json_put_string (builder, "kind", kinds[page]);
  scope_json_put_string (builder, "title", title);
  scope_json_put_path (builder, "model", model);
  scope_json_put_path (builder, "text", text);
  scope_json_put_integer (builder, "layer", side_index (self, side, "layer", self->layer));
  scope_json_put_integer (builder, "channel",
                          page == SCOPE_COMPARE_PAGE_DECAY ? decay_channel (self, channel)
                                                           : channel);
  if (page != SCOPE_COMPARE_PAGE_DECAY)
    scope_json_put_string (builder, "matrix", scope_matrix_kind_name (self->kind));
  if (page == SCOPE_COMPARE_PAGE_MAP)
    add_blocks (builder, EXPORT_BINS / 2, SCOPE_REDUCE_ABSMEAN);
  else if (page == SCOPE_COMPARE_PAGE_TEXT)
    add_row (self, builder);
  scope_json_put_string (builder, "filter", filter);
  json_builder_end_object (builder);
}

/* Surprisal has a scale of its own: up to that of a blind guess. */
static void
add_surprisal_scale (ScopeSession *self, JsonBuilder *builder)
{
  gsize vocab = scope_model_config (self->host->model)->vocab_size;

  scope_json_put_string (builder, "norm", "linear");
  json_builder_set_member_name (builder, "value_range");
  json_builder_begin_array (builder);
  json_builder_add_double_value (builder, 0);
  json_builder_add_double_value (builder, log ((double)MAX (vocab, 2)));
  json_builder_end_array (builder);
}

static void
add_strip (ScopeSession *self, JsonBuilder *builder)
{
  static const char *const values[SCOPE_N_READINGS] = {
    [SCOPE_READING_ROW] = "attention",
    [SCOPE_READING_COLUMN] = "column",
    [SCOPE_READING_DELTA] = "delta",
    [SCOPE_READING_SURPRISAL] = "surprisal",
  };
  gint64 colour = scope_session_shown_integer (self, "text.colour", SCOPE_READING_ROW);
  ScopeReadingKind kind = (ScopeReadingKind)CLAMP (colour, 0, SCOPE_N_READINGS - 1);
  gsize query = shown_row (self);
  gsize key = self->column < scope_session_length (self) ? self->column : 0;

  add_matrix (self, builder);
  scope_json_put_string (builder, "value", values[kind]);
  if (kind == SCOPE_READING_SURPRISAL)
    add_surprisal_scale (self, builder);
  if (kind == SCOPE_READING_COLUMN)
    scope_json_put_integer (builder, "key", key);
  else
    scope_json_put_integer (builder, "query", query);
  add_span (self, builder, kind == SCOPE_READING_COLUMN ? key : query, 0);
}

/* θ of the classes, where no filter says it. */
static void
add_theta (ScopeSession *self, JsonBuilder *builder)
{
  if (self->filter_on || isnan (self->theta))
    return;
  json_builder_set_member_name (builder, "theta");
  json_builder_add_double_value (builder, self->theta);
}

/* The lines that are on screen, and with a filter how they were before. */
static void
add_decay (ScopeSession *self, JsonBuilder *builder)
{
  g_autoptr (GArray) listed = NULL;
  ScopeShownChannels shown = scope_session_shown_channels (self, &listed);

  add_theta (self, builder);
  if (shown == SCOPE_SHOWN_GLOBAL)
    scope_json_put_string (builder, "classes", "global");
  if (listed->len > 0) {
    json_builder_set_member_name (builder, "channels");
    json_builder_begin_array (builder);
    for (guint k = 0; k < listed->len; k++)
      json_builder_add_int_value (builder, (gint64)g_array_index (listed, gsize, k));
    json_builder_end_array (builder);
  }
  json_builder_set_member_name (builder, "before");
  json_builder_add_boolean_value (builder, self->filter_on);
}

static void
add_atlas (ScopeSession *self, JsonBuilder *builder)
{
  ScopeShownAtlas shown = scope_session_shown_atlas (self);

  add_theta (self, builder);
  scope_json_put_string (builder, "classes", shown.classes);
  scope_json_put_string (builder, "sort", scope_atlas_sort_names[shown.sort]);
  json_builder_set_member_name (builder, "descending");
  json_builder_add_boolean_value (builder, shown.descending);
  scope_json_put_integer (builder, "first", shown.first);
  scope_json_put_integer (builder, "count", shown.count);
  if (shown.sort == SCOPE_ATLAS_BY_SIMILARITY)
    add_pair (builder, "like", self->layer, self->channel);
}

static const char *const panel_kinds[SCOPE_N_FIGURES] = {
  [SCOPE_FIGURE_MAP] = "map",     [SCOPE_FIGURE_COMPARE] = "compare",
  [SCOPE_FIGURE_DECAY] = "decay", [SCOPE_FIGURE_FIELDS] = "fields",
  [SCOPE_FIGURE_ATLAS] = "atlas", [SCOPE_FIGURE_STRIP] = "strip",
};

static void
add_panel (ScopeSession *self, JsonBuilder *builder, ScopeFigureKind kind, const char *filter)
{
  json_builder_begin_object (builder);
  scope_json_put_string (builder, "kind", panel_kinds[kind]);
  if (kind != SCOPE_FIGURE_ATLAS || !scope_session_shown_atlas (self).whole)
    scope_json_put_integer (builder, "layer", self->layer);
  if (kind == SCOPE_FIGURE_MAP)
    add_map (self, builder);
  else if (kind == SCOPE_FIGURE_DECAY)
    add_decay (self, builder);
  else if (kind == SCOPE_FIGURE_ATLAS)
    add_atlas (self, builder);
  else if (kind == SCOPE_FIGURE_FIELDS)
    add_theta (self, builder);
  else if (kind == SCOPE_FIGURE_COMPARE)
    add_compare (self, builder);
  else if (kind == SCOPE_FIGURE_STRIP)
    add_strip (self, builder);
  if (kind != SCOPE_FIGURE_COMPARE)
    scope_json_put_string (builder, "filter", filter);
  json_builder_end_object (builder);
}

/* What is no single panel is a preset, which chooses its own. */
static void
add_preset (ScopeSession *self, JsonBuilder *builder, ScopeFigureKind kind, const char *filter)
{
  static const char *const names[SCOPE_N_FIGURES] = {
    [SCOPE_FIGURE_SWEEP] = "sweep",
    [SCOPE_FIGURE_LAYERS] = "layers",
    [SCOPE_FIGURE_MAPS] = "maps",
    [SCOPE_FIGURE_PIPELINE] = "pipeline",
  };
  gboolean compares = kind == SCOPE_FIGURE_SWEEP || kind == SCOPE_FIGURE_PIPELINE;

  json_builder_begin_object (builder);
  scope_json_put_string (builder, "name", names[kind]);
  scope_json_put_string (builder, "filter", compares ? scope_session_get_filter (self) : filter);
  json_builder_end_object (builder);
}

static void
add_style (ScopeSession *self, JsonBuilder *builder, ScopeFigureKind kind)
{
  const gsize *sight = self->sight[SCOPE_FIGURE_STRIP];
  gboolean long_strip = kind == SCOPE_FIGURE_STRIP && sight[1] - sight[0] > STRIP_TOKENS;
  gboolean wide = kind == SCOPE_FIGURE_ATLAS || kind >= SCOPE_FIGURE_MAPS || long_strip;

  json_builder_set_member_name (builder, "style");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "width_mm");
  json_builder_add_double_value (builder, wide ? SCOPE_WIDTH_TWO_COLUMNS : SCOPE_WIDTH_ONE_COLUMN);
  scope_json_put_string (builder, "palette", scope_palette_name (self->palette));
  scope_json_put_string (builder, "norm", scope_norm_name (self->norm));
  json_builder_set_member_name (builder, "share_range");
  json_builder_add_boolean_value (builder, TRUE);
  json_builder_end_object (builder);
}

static char *
make_recipe (ScopeSession *self, ScopeFigureKind kind)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *filter = scope_session_get_filter_spec (self);

  json_builder_begin_object (builder);
  scope_json_put_integer (builder, "mambascope", 1);
  scope_json_put_path (builder, "model", scope_model_path (self->host->model));
  scope_json_put_path (builder, "text", self->stage->path);
  if (self->epsilon != SCOPE_DEFAULT_EPSILON) {
    json_builder_set_member_name (builder, "epsilon");
    json_builder_add_double_value (builder, fmax (self->epsilon, SCOPE_RECIPE_LEAST_EPSILON));
  }
  add_style (self, builder, kind);
  json_builder_set_member_name (builder, panel_kinds[kind] != NULL ? "panels" : "preset");
  if (panel_kinds[kind] != NULL) {
    json_builder_begin_array (builder);
    if (kind == SCOPE_FIGURE_COMPARE && sides_are_apart (self)) {
      add_side (self, builder, 'a');
      add_side (self, builder, 'b');
    } else {
      add_panel (self, builder, kind, filter);
    }
    json_builder_end_array (builder);
  } else {
    add_preset (self, builder, kind, filter);
  }
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return scope_json_print (root, FALSE);
}

ScopeRecipe *
scope_session_recipe (ScopeSession *self, ScopeFigureKind kind)
{
  g_return_val_if_fail (SCOPE_IS_SESSION (self) && kind < SCOPE_N_FIGURES, NULL);
  g_autoptr (GError) error = NULL;

  if (self->stage == NULL)
    return NULL;
  g_autofree char *json = make_recipe (self, kind);
  ScopeRecipe *recipe = scope_recipe_parse (json, strlen (json), "figure", &error);
  if (recipe == NULL)
    g_critical ("%s", error->message);
  return recipe;
}

/* --- the samples --------------------------------------------------------------------------------
 */

const char *
scope_session_samples_folder (void)
{
  static const char *const built[] = { SCOPE_SAMPLES_SOURCE, SCOPE_SAMPLES_INSTALLED };
  const char *asked = g_getenv ("MAMBASCOPE_SAMPLES");

  if (asked != NULL && g_file_test (asked, G_FILE_TEST_IS_DIR))
    return asked;
  for (guint i = 0; i < G_N_ELEMENTS (built); i++)
    if (g_file_test (built[i], G_FILE_TEST_IS_DIR))
      return built[i];
  return NULL;
}

char *
scope_session_sample_path (const char *kind, const char *name)
{
  const char *folder = scope_session_samples_folder ();

  if (folder == NULL)
    return NULL;
  g_autofree char *path = g_build_filename (folder, kind, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
}

/* Recipes: what is accepted comes back canonical, what is not names its place. */
#include <math.h>
#include <string.h>

#include "export/figure-private.h"
#include "export/recipe-edit.h"
#include "export/recipe-private.h"
#include "test-support.h"

static ScopeRecipe *
parse (const char *json, GError **error)
{
  return scope_recipe_parse (json, strlen (json), "fig.json", error);
}

/* Canonical JSON is a fixed point of parsing and writing. */
static void
check_fixed_point (const ScopeRecipe *recipe, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = scope_recipe_to_json (recipe);
  g_autoptr (ScopeRecipe) again = parse (json, &error);
  g_assert_no_error (error);
  g_autofree char *second = scope_recipe_to_json (again);
  g_assert_cmpstr (json, ==, second);
  g_assert_cmpfloat (again->epsilon, ==, recipe->epsilon);
  if (expected != NULL)
    g_assert_cmpstr (json, ==, expected);
}

static void
test_canonical (void)
{
  static const char source[]
      = "{\"panels\":[{\"layer\":3,\"kind\":\"map\",\"channel\":5,\"range\":[0,10,0,10],"
        "\"title\":\"a \\\"b\\\" \\u00e9\\n\"},{\"kind\":\"decay\",\"layer\":0,\"filter\":"
        "\"longmamba\",\"tokens\":64}],\"style\":{\"range\":[1e-6,0.1],\"width_mm\":89.5},"
        "\"mambascope\":1,\"model\":\"m\",\"text\":\"t.txt\",\"columns\":2}";
  static const char canonical[]
      = "{ \"mambascope\": 1, \"model\": \"m\", \"text\": \"t.txt\", \"style\": { \"width_mm\": "
        "89.5, \"height_mm\": 0, \"font_pt\": 7, \"palette\": \"viridis\", \"norm\": \"log\", "
        "\"range\": [1e-06, 0.1], \"share_range\": false, \"dpi\": 600 }, \"columns\": 2, "
        "\"panels\": [ { \"kind\": \"map\", \"layer\": 3, \"channel\": 5, \"filter\": \"off\", "
        "\"matrix\": \"s6\", \"bins\": 512, \"reduce\": \"absmean\", \"range\": [0, 10, 0, 10], "
        "\"title\": \"a \\\"b\\\" é\\u000a\" }, { \"kind\": \"decay\", \"tokens\": 64, \"layer\": "
        "0, "
        "\"filter\": \"longmamba\" } ] }";
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe = parse (source, &error);
  g_assert_no_error (error);
  check_fixed_point (recipe, canonical);
  g_assert_cmpfloat (scope_recipe_style (recipe)->high, ==, 0.1);
  g_assert_cmpfloat (scope_recipe_dpi (recipe), ==, 600);
}

static void
test_presets (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) maps
      = scope_recipe_preset ("maps", "models/x", "a.txt", -1, 3, "longmamba", &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (scope_recipe_style (maps)->width_mm, ==, SCOPE_WIDTH_TWO_COLUMNS);
  scope_recipe_set_dpi (maps, 150);
  check_fixed_point (maps, NULL);
  g_autoptr (ScopeRecipe) decay
      = scope_recipe_preset ("decay", "models/x", "a.txt", 2, -1, "off", &error);
  g_assert_no_error (error);
  check_fixed_point (decay, NULL);
  g_assert_null (scope_recipe_preset ("mats", "m", "t", -1, -1, "off", &error));
  g_assert_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE);
  g_assert_nonnull (strstr (error->message, "mats"));
}

/* ln decay of 3 layers of 9 channels under ln θ = -10: layer 0 is all global, layer 2 has most of
 * both. */
static ScopeRecipe *
expand (const char *preset, gssize layer, gssize channel, const char *filter, gsize tokens)
{
  static float decay[3][9] = { { -1, -2, -3, -4, -5, -6, -7, -8, -9 },
                               { -1, -99, -3, -4, -5, -6, -7, -8, -9 },
                               { -50, -5, -80, -1, -20, -9, -30, -2, -70 } };
  g_autoptr (ScopeMatrix) classes = scope_matrix_wrap (SCOPE_REAL_F32, decay, 3, 9, 9, NULL, NULL);
  const ScopeRecipeFacts facts = { 3, 9, classes, -10, tokens, 100, "channel" };
  g_autoptr (GError) error = NULL;
  ScopeRecipe *recipe = scope_recipe_preset (preset, "m", "t", layer, channel, filter, &error);
  g_assert_true (scope_recipe_expand (recipe, &facts, &error));
  return recipe;
}

static void
check_channels (const ScopeRecipe *recipe, gsize row, const gssize *wanted)
{
  for (gsize k = 0; k < 5; k++) {
    const ScopeRecipePanel *panel = g_ptr_array_index (recipe->panels, row * 5 + k);
    g_assert_cmpint (panel->channel, ==, wanted[k]);
  }
}

static void
test_expand (void)
{
  /* By rising decay layer 2 is 2 8 0 6 4 5 1 7 3: every second of them. Channel 6
   * is as near to 0 as to 4, and replaces the more global. */
  static const gssize even[] = { 2, 0, 4, 1, 3 }, with_6[] = { 2, 0, 6, 1, 3 };
  g_autoptr (ScopeRecipe) chosen = expand ("maps", -1, -1, "longmamba", 500);
  g_autoptr (ScopeRecipe) wanted = expand ("maps", 2, 6, "off", 500);
  g_autoptr (ScopeRecipe) brief = expand ("maps", 1, -1, "off", 90);
  const ScopeRecipePanel *first = g_ptr_array_index (chosen->panels, 0);
  const ScopeRecipePanel *fifth = g_ptr_array_index (chosen->panels, 4);
  g_assert_cmpuint (chosen->panels->len, ==, 15);
  g_assert_cmpuint (wanted->panels->len, ==, 10);
  g_assert_cmpuint (brief->panels->len, ==, 5); /* not longer than L: one row */
  g_assert_cmpuint (first->layer, ==, 2);
  g_assert_cmpuint (first->tokens, ==, 100);
  g_assert_cmpstr (first->title, ==, "channel 2, local");
  g_assert_cmpstr (fifth->title, ==, "channel 3, global");
  for (gsize row = 0; row < 3; row++)
    check_channels (chosen, row, even);
  check_channels (wanted, 0, with_6);
  check_channels (wanted, 1, with_6);
}

/* What the story says goes before how many channels are global; it counts for no more than the
 * local channels that it is told against. */
static void
test_story (void)
{
  static float decay[3][4] = { { -1, -1, -1, -99 }, { -1, -1, -99, -99 }, { -1, -99, -99, -99 } };
  static float told[3][4] = { { 1, 1, 1, 0 }, { 0.6f, 0.9f, 0, 0 }, { 0.8f, 0, 0, 0 } };
  static const char *const presets[] = { "maps", "pipeline", "decay", "compare" };
  g_autoptr (ScopeMatrix) classes = scope_matrix_wrap (SCOPE_REAL_F32, decay, 3, 4, 4, NULL, NULL);
  g_autoptr (ScopeMatrix) story = scope_matrix_wrap (SCOPE_REAL_F32, told, 3, 4, 4, NULL, NULL);
  const ScopeRecipeFacts facts = { 3, 4, classes, -10, 500, 100, "head", story };
  for (gsize k = 0; k < G_N_ELEMENTS (presets); k++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeRecipe) recipe
        = scope_recipe_preset (presets[k], "m", "t", -1, -1, "off", &error);
    g_assert_true (scope_recipe_preset_wants_story (presets[k]));
    g_assert_true (scope_recipe_expand (recipe, &facts, &error));
    const ScopeRecipePanel *panel = g_ptr_array_index (recipe->panels, 0);
    g_assert_cmpint (panel->layer, ==, 1); /* 1.5; layer 0 has one local channel only */
    if (k % 2 == 1)
      g_assert_cmpint (panel->channel, ==, 1);
    check_fixed_point (recipe, NULL);
  }
}

/* What each preset makes of 3 layers of 9 channels, trained at 100 tokens. */
static void
test_expand_others (void)
{
  g_autoptr (ScopeRecipe) pipeline = expand ("pipeline", 2, 3, "off", 500);
  g_autoptr (ScopeRecipe) sweep = expand ("sweep", -1, -1, "longmamba-online", 500);
  g_autoptr (ScopeRecipe) atlas = expand ("atlas", -1, -1, "off", 500);
  g_autoptr (ScopeRecipe) layers = expand ("layers", -1, -1, "off", 500);
  g_autoptr (ScopeRecipe) compare = expand ("compare", 1, 4, "off", 500);
  const ScopeRecipePanel *panel = g_ptr_array_index (pipeline->panels, 0);
  g_assert_cmpuint (pipeline->panels->len, ==, 4);
  g_assert_cmpuint (panel->tokens, ==, 100);
  panel = g_ptr_array_index (pipeline->panels, 2);
  g_assert_cmpstr (panel->filter, ==, "off");
  g_assert_cmpstr (panel->mark, ==, "longmamba");
  panel = g_ptr_array_index (pipeline->panels, 3);
  g_assert_cmpstr (panel->filter, ==, "longmamba");
  g_assert_cmpint (panel->channel, ==, 3);
  panel = g_ptr_array_index (sweep->panels, 0);
  static const double lengths[] = { 50, 100, 200, 400 };
  g_assert_cmpmem (panel->lengths->data, panel->lengths->len * sizeof (double), lengths,
                   sizeof lengths);
  g_assert_cmpstr (g_ptr_array_index (panel->filters, 1), ==, "longmamba-online");
  panel = g_ptr_array_index (atlas->panels, 0);
  g_assert_cmpint (panel->layer, ==, -1); /* 9 channels a layer are too few */
  g_assert_cmpuint (panel->count, ==, 48);
  panel = g_ptr_array_index (compare->panels, 1);
  g_assert_cmpint (panel->mode, ==, SCOPE_COMPARE_DIFFERENCE);
  g_assert_cmpint (panel->look.palette, ==, SCOPE_PALETTE_BALANCE);
  ScopeRecipe *const all[] = { pipeline, sweep, atlas, layers, compare };
  for (gsize k = 0; k < G_N_ELEMENTS (all); k++)
    check_fixed_point (all[k], NULL);
}

static void
test_too_short (void)
{
  static const char *const presets[] = { "pipeline", "sweep", "compare" };
  float decay[2] = { -1, -99 };
  g_autoptr (ScopeMatrix) classes = scope_matrix_wrap (SCOPE_REAL_F32, decay, 1, 2, 2, NULL, NULL);
  const ScopeRecipeFacts facts = { 1, 2, classes, -10, 100, 100, "head", NULL };
  for (gsize k = 0; k < G_N_ELEMENTS (presets); k++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeRecipe) recipe
        = scope_recipe_preset (presets[k], "m", "t", -1, -1, "off", &error);
    g_assert_false (scope_recipe_expand (recipe, &facts, &error));
    g_assert_nonnull (strstr (error->message, "100"));
  }
}

/* Every kind of panel with everything it may have: canonical JSON is a fixed point. */
static void
test_kinds (void)
{
  static const char json[]
      = "{\"mambascope\":1,\"$schema\":\"x\",\"title\":\"T\",\"caption\":\"C α.\",\"columns\":3,"
        "\"epsilon\":0.02,\"style\":{\"norm\":\"power\",\"gamma\":0.3,\"line_scale\":1.5,\"colour_"
        "bar\":false,"
        "\"colours\":[\"#ff0000\",\"#00FF0a\"]},\"panels\":["
        "{\"kind\":\"map\",\"layer\":1,\"channel\":2,\"normalise\":\"softmax\",\"mark\":"
        "\"longmamba\","
        "\"row_span\":2,\"column_span\":2,\"palette\":\"magma\",\"norm\":\"log\",\"value_range\":["
        "1e-3,1]},"
        "{\"kind\":\"atlas\",\"count\":12,\"tile_columns\":4,\"bins\":32,\"norm\":\"rank\"},"
        "{\"kind\":\"fields\",\"layer\":0,\"filter\":\"longmamba\"},"
        "{\"kind\":\"sweep\",\"lengths\":[512,64],\"filters\":[\"a\",\"b\",\"c\"],\"score\":9,"
        "\"windows\":3,\"text\":\"t\",\"model\":\"m\"},"
        "{\"kind\":\"strip\",\"layer\":0,\"channel\":0,\"query\":9,\"span\":[2,7],\"value\":"
        "\"delta\"},"
        "{\"kind\":\"compare\",\"layer\":0,\"channel\":0,\"mode\":\"difference\",\"gamma\":2},"
        "{\"kind\":\"layers\",\"thetas\":[1e-30,0.05],\"filter\":\"longmamba\"},"
        "{\"kind\":\"strip\",\"layer\":0,\"channel\":0,\"value\":\"column\",\"key\":4},"
        "{\"kind\":\"decay\",\"layer\":0,\"channels\":[5,1],\"classes\":\"global\","
        "\"before\":true,\"theta\":0.25},{\"kind\":\"decay\",\"layer\":0,\"channels\":[3]},"
        "{\"kind\":\"atlas\",\"sort\":\"similarity\",\"like\":[1,2],\"descending\":false,"
        "\"first\":7,\"classes\":\"local\"},"
        "{\"kind\":\"compare\",\"layer\":0,\"channel\":0,\"mode\":\"text\",\"query\":4,"
        "\"span\":[1,9]}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe = parse (json, &error);
  g_assert_no_error (error);
  check_fixed_point (recipe, NULL);
  const ScopeRecipePanel *map = g_ptr_array_index (recipe->panels, 0);
  const ScopeRecipePanel *sweep = g_ptr_array_index (recipe->panels, 3);
  const ScopeRecipePanel *difference = g_ptr_array_index (recipe->panels, 5);
  g_assert_cmpfloat (recipe->epsilon, ==, 0.02);
  g_assert_true (map->look.own);
  g_assert_cmpfloat (map->look.low, ==, 1e-3);
  g_assert_cmpuint (map->look.columns, ==, 2);
  g_assert_cmpfloat (g_array_index (sweep->lengths, double, 0), ==, 64); /* in order */
  g_assert_cmpint (difference->look.norm, ==, SCOPE_NORM_SYMLOG);
  g_assert_cmphex (recipe->style.colours[1], ==, 0x00ff0a);
}

static char *
letters_of (const char *labels, guint panels)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json
      = g_strdup_printf ("{\"mambascope\":1,\"style\":{\"labels\":\"%s\"},\"panels\":["
                         "{\"kind\":\"decay\",\"layer\":0}]}",
                         labels);
  g_autoptr (ScopeRecipe) recipe = parse (json, &error);
  g_assert_no_error (error);
  check_fixed_point (recipe, NULL);
  ScopeFigure *figure = scope_figure_new (scope_recipe_style (recipe));
  GString *out = g_string_new (NULL);
  for (guint k = 0; k < panels; k++) {
    g_autoptr (ScopeResult) result = scope_result_new (SCOPE_RESULT_CURVES);
    scope_figure_add (figure, result);
  }
  for (guint k = 0; k < panels; k++) {
    char letter = scope_figure_letter (figure, k);
    g_string_append_c (out, letter != '\0' ? letter : '.');
  }
  scope_figure_unref (figure);
  return g_string_free (out, FALSE);
}

static void
test_letters (void)
{
  static const struct {
    const char *labels, *expected;
  } cases[] = { { "auto", "." }, { "auto", "abc" }, { "none", "." }, { "none", "..." },
                { "c", "c" },    { "y", "yza" },    { "a", "a" } };
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *letters = letters_of (cases[k].labels, (guint)strlen (cases[k].expected));
    g_assert_cmpstr (letters, ==, cases[k].expected);
  }
}

/* Panels that come from another recipe say what that left to it; the order is as one moves them; a
 * result belongs to what a panel is, not to how it looks. */
static void
test_edit (void)
{
  static const char json[]
      = "{\"mambascope\":1,\"model\":\"m\",\"text\":\"t\",\"panels\":["
        "{\"kind\":\"decay\",\"layer\":1},{\"kind\":\"sweep\",\"lengths\":[9],\"text\":\"u\"},"
        "{\"kind\":\"layers\",\"thetas\":[0.5],\"title\":\"x\"}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) source = parse (json, &error);
  g_autoptr (ScopeRecipe) empty = scope_recipe_empty ();
  g_assert_no_error (error);
  g_assert_true (scope_recipe_is_empty (empty));
  scope_recipe_append (empty, source);
  g_autoptr (ScopeRecipe) copy = scope_recipe_copy (empty);
  check_fixed_point (copy, NULL);
  for (gsize k = 0; k < 3; k++) {
    g_autofree char *before = scope_recipe_panel_key (source, k);
    g_autofree char *after = scope_recipe_panel_key (copy, k);
    g_assert_cmpstr (before, ==, after);
  }
  g_autofree char *key = scope_recipe_panel_key (copy, 0);
  ScopeRecipePanel *first = g_ptr_array_index (copy->panels, 0);
  scope_recipe_panel_own (first, &copy->style);
  first->look.columns = 2;
  g_autofree char *looked = scope_recipe_panel_key (copy, 0);
  g_assert_cmpstr (key, ==, looked);
  first->layer = 2;
  g_autofree char *other = scope_recipe_panel_key (copy, 0);
  g_assert_cmpstr (key, !=, other);
  scope_recipe_move_panel (copy, 0, 2);
  g_assert_cmpstr (scope_recipe_panel_kind (copy, 0), ==, "sweep");
  g_assert_cmpstr (scope_recipe_panel_kind (copy, 2), ==, "decay");
  scope_recipe_move_panel (copy, 2, 1);
  g_assert_cmpstr (scope_recipe_panel_kind (copy, 1), ==, "decay");
  scope_recipe_remove_panel (copy, 1);
  g_assert_cmpuint (scope_recipe_panels (copy), ==, 2);
  g_assert_true (scope_recipe_has_room (copy, SCOPE_RECIPE_MAX_PANELS - 2, &error));
  g_assert_false (scope_recipe_has_room (copy, SCOPE_RECIPE_MAX_PANELS - 1, &error));
  g_assert_nonnull (strstr (error->message, "62"));
}

/* Files named from elsewhere: the recipe's folder, then those above it; what is nowhere stays. */
static void
test_find_files (void)
{
  g_autofree char *root = scope_test_folder ();
  g_autofree char *folder = g_build_filename (root, "a", "b", NULL);
  g_autofree char *text = g_build_filename (root, "x-text.json", NULL);
  g_autofree char *expected = g_strconcat ("@", text, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe
      = parse ("{\"mambascope\":1,\"model\":\"no-such-model\",\"text\":\"@x-text.json\","
               "\"panels\":[{\"kind\":\"decay\",\"layer\":0}]}",
               &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (text, "[1]", -1, NULL));
  scope_recipe_find_files (recipe, folder);
  g_assert_cmpstr (recipe->text, ==, expected);
  g_assert_cmpstr (recipe->model, ==, "no-such-model");
}

#define MAP(members)                                                                               \
  "{\"mambascope\":1,\"panels\":[{\"kind\":\"map\",\"layer\":0,\"channel\":0},"                    \
  "{\"kind\":\"map\"," members "}]}"
#define STYLE(members)                                                                             \
  "{\"mambascope\":1,\"style\":{" members "},\"panels\":[{\"kind\":\"decay\",\"layer\":0}]}"

#define PANEL(kind, members) "{\"mambascope\":1,\"panels\":[{\"kind\":\"" kind "\"," members "}]}"

/* Each with what the message must name. */
static const struct {
  const char *json, *part;
} hostile[] = {
  { STYLE ("\"labels\":\"A\""), "$.style.labels: expected \"auto\"" },
  { STYLE ("\"labels\":\"ab\""), "$.style.labels" },
  { STYLE ("\"labels\":1"), "$.style.labels" },
  { "", "fig.json" },
  { "{", "fig.json" },
  { "[]", "$: expected an object, found a list" },
  { "null", "$: expected an object" },
  { "{}", "$.mambascope" },
  { "{\"mambascope\":2,\"panels\":[]}", "$.mambascope: expected recipe version 1" },
  { "{\"mambascope\":\"1\"}", "$.mambascope: expected a whole number, found a string" },
  { "{\"mambascope\":1}", "$: expected either panels or a preset" },
  { "{\"mambascope\":1,\"panels\":[]}", "$.panels: expected 1 to" },
  { "{\"mambascope\":1,\"panels\":{}}", "$.panels: expected a list" },
  { "{\"mambascope\":1,\"panels\":[1]}", "$.panels[0]: expected an object, found a number" },
  { "{\"mambascope\":1,\"pannels\":[]}", "$.pannels: unknown member" },
  { "{\"mambascope\":1,\"two\\nlines\":0}", "$.two lines: unknown member" },
  { "{\"mambascope\":1,\"columns\":0}", "$.columns" },
  { "{\"mambascope\":1,\"train_length\":-5}", "$.train_length" },
  { "{\"mambascope\":1,\"epsilon\":0}", "$.epsilon" },
  { "{\"mambascope\":1,\"epsilon\":1.5}", "$.epsilon" },
  { "{\"mambascope\":1,\"model\":7}", "$.model: expected a string, found a number" },
  { "{\"mambascope\":1,\"model\":\"\"}", "$.model" },
  { "{\"mambascope\":1,\"preset\":{\"name\":\"pie\"}}", "$.preset.name: expected maps, pipeline" },
  { "{\"mambascope\":1,\"preset\":{}}", "$.preset.name is missing" },
  { "{\"mambascope\":1,\"preset\":[]}", "$.preset: expected an object" },
  { "{\"mambascope\":1,\"preset\":{\"name\":\"maps\"},\"panels\":[{\"kind\":\"decay\",\"layer\":0}]"
    "}",
    "$: expected either panels or a preset" },
  { MAP ("\"layer\":0"), "$.panels[1].channel" },
  { MAP ("\"channel\":0"), "$.panels[1].layer" },
  { MAP ("\"layer\":-1,\"channel\":0"), "$.panels[1].layer: expected 0 to" },
  { MAP ("\"layer\":1.5,\"channel\":0"), "$.panels[1].layer: expected a whole number" },
  { MAP ("\"layer\":0,\"channel\":99999999999999999999"), "$.panels[1].channel" },
  { MAP ("\"layer\":0,\"channel\":0,\"bins\":0"), "$.panels[1].bins" },
  { MAP ("\"layer\":0,\"channel\":0,\"bins\":1000000"), "$.panels[1].bins" },
  { MAP ("\"layer\":0,\"channel\":0,\"reduce\":\"median\""), "$.panels[1].reduce: expected mean" },
  { MAP ("\"layer\":0,\"channel\":0,\"matrix\":\"s5\""), "$.panels[1].matrix: expected s6" },
  { MAP ("\"layer\":0,\"channel\":0,\"range\":[0,5]"), "$.panels[1].range: expected a list of 4" },
  { MAP ("\"layer\":0,\"channel\":0,\"range\":[5,5,0,5]"), "$.panels[1].range" },
  { MAP ("\"layer\":0,\"channel\":0,\"range\":[0,5,0,5.5]"), "$.panels[1].range" },
  { MAP ("\"layer\":0,\"channel\":0,\"range\":[0,1e300,0,5]"), "$.panels[1].range" },
  { MAP ("\"layer\":0,\"channel\":0,\"range\":[-1,5,0,5]"), "$.panels[1].range" },
  { MAP ("\"layer\":0,\"channel\":0,\"colour\":\"red\""), "$.panels[1].colour: unknown member" },
  { MAP ("\"layer\":0,\"channel\":0,\"tokens\":0"), "$.panels[1].tokens" },
  { "{\"mambascope\":1,\"panels\":[{\"kind\":\"pie\"}]}",
    "$.panels[0].kind: expected map, atlas, decay" },
  { "{\"mambascope\":1,\"panels\":[{\"layer\":1}]}", "$.panels[0].kind is missing" },
  { "{\"mambascope\":1,\"panels\":[{\"kind\":\"decay\",\"layer\":0,\"bins\":4}]}",
    "$.panels[0].bins: unknown member" },
  { STYLE ("\"width_mm\":0"), "$.style.width_mm: expected 20 to 2000, found 0" },
  { STYLE ("\"width_mm\":1e999"), "$.style.width_mm" },
  { STYLE ("\"width_mm\":\"wide\""), "$.style.width_mm: expected a number, found a string" },
  { STYLE ("\"font_pt\":-7"), "$.style.font_pt" },
  { STYLE ("\"dpi\":0"), "$.style.dpi" },
  { STYLE ("\"palette\":\"jet\""), "$.style.palette: expected viridis" },
  { STYLE ("\"norm\":\"rainbow\""), "$.style.norm: expected linear" },
  { STYLE ("\"range\":[0,1]"), "$.style.range: expected a low end above 0 for a log norm" },
  { STYLE ("\"range\":[2,1]"), "$.style.range: expected [low, high]" },
  { STYLE ("\"range\":[1,\"2\"]"), "$.style.range: expected a list of 2 numbers" },
  { STYLE ("\"range\":1"), "$.style.range" },
  { STYLE ("\"line_scale\":0"), "$.style.line_scale" },
  { STYLE ("\"gamma\":0"), "$.style.gamma" },
  { STYLE ("\"colours\":[\"red\"]"), "$.style.colours: entry 0: expected \"#rrggbb\"" },
  { STYLE ("\"colours\":[]"), "$.style.colours: expected 1 to" },
  { STYLE ("\"colours\":[\"#000000\",7]"), "$.style.colours: entry 1: expected a string" },
  { STYLE ("\"colour_bar\":\"yes\""), "$.style.colour_bar: expected true or false" },
  { PANEL ("sweep", "\"filters\":[\"off\"]"), "$.panels[0].lengths: a sweep needs them" },
  { PANEL ("sweep", "\"lengths\":[]"), "$.panels[0].lengths: expected 1 to" },
  { PANEL ("sweep", "\"lengths\":[1.5]"), "$.panels[0].lengths: entry 0: expected a whole" },
  { PANEL ("sweep", "\"lengths\":[64],\"layer\":1"), "$.panels[0].layer: unknown member" },
  { PANEL ("layers", "\"filter\":\"off\""), "$.panels[0].thetas: shares by layer need them" },
  { PANEL ("layers", "\"thetas\":[0]"), "$.panels[0].thetas: entry 0: expected a number of" },
  { PANEL ("compare", "\"layer\":0"), "$.panels[0].channel: a compare needs one" },
  { PANEL ("compare", "\"layer\":0,\"channel\":0,\"filters\":[\"off\"]"),
    "$.panels[0].filters: a comparison has 2, found 1" },
  { PANEL ("compare", "\"layer\":0,\"channel\":0,\"mode\":\"over\""),
    "$.panels[0].mode: expected split, side, difference" },
  { PANEL ("strip", "\"layer\":0,\"channel\":0,\"span\":[5,5]"),
    "$.panels[0].span: expected [begin, end], half open" },
  { PANEL ("strip", "\"layer\":0,\"channel\":0,\"span\":[0,99999]"),
    "$.panels[0].span: expected at most" },
  { PANEL ("strip", "\"layer\":0,\"channel\":0,\"value\":\"beta\""),
    "$.panels[0].value: expected attention, column, delta, surprisal" },
  { PANEL ("strip", "\"layer\":0,\"channel\":0,\"key\":-1"), "$.panels[0].key: expected 0 to" },
  { PANEL ("decay", "\"layer\":0,\"channels\":[1.5]"),
    "$.panels[0].channels: entry 0: expected a whole" },
  { PANEL ("decay", "\"layer\":0,\"channel\":1,\"channels\":[2]"),
    "$.panels[0].channels: a panel has these, or one" },
  { PANEL ("decay", "\"layer\":0,\"classes\":\"none\""),
    "$.panels[0].classes: \"none\" needs \"channels\"" },
  { PANEL ("decay", "\"layer\":0,\"before\":1"),
    "$.panels[0].before: expected true or false, found a number" },
  { PANEL ("atlas", "\"sort\":\"size\""), "$.panels[0].sort: expected decay, field" },
  { PANEL ("atlas", "\"sort\":\"similarity\""), "$.panels[0].like: the sort" },
  { PANEL ("atlas", "\"sort\":\"field\",\"like\":[0,1]"), "$.panels[0].like: only the sort" },
  { PANEL ("atlas", "\"sort\":\"similarity\",\"like\":[0,1.5]"),
    "$.panels[0].like: expected [layer, channel]" },
  { PANEL ("decay", "\"layer\":0,\"theta\":0"), "$.panels[0].theta: expected 1e-300 to 1" },
  { PANEL ("atlas", "\"first\":3"), "$.panels[0].first: a place needs a \"sort\"" },
  { PANEL ("atlas", "\"classes\":\"none\""), "$.panels[0].classes: expected all, global" },
  { PANEL ("atlas", "\"count\":0"), "$.panels[0].count" },
  { PANEL ("atlas", "\"norm\":\"log\",\"value_range\":[0,1]"),
    "$.panels[0].value_range: expected a low end above 0" },
  { PANEL ("fields", "\"layer\":0,\"palette\":\"magma\""), "$.panels[0].palette: unknown member" },
  { MAP ("\"layer\":0,\"channel\":0,\"normalise\":\"l2\""),
    "$.panels[1].normalise: expected none, row-l1" },
  { MAP ("\"layer\":0,\"channel\":0,\"row_span\":0"), "$.panels[1].row_span" },
  { STYLE ("\"share_range\":1"), "$.style.share_range: expected true or false, found a number" },
};

static void
test_hostile (void)
{
  for (gsize k = 0; k < G_N_ELEMENTS (hostile); k++) {
    g_autoptr (GError) error = NULL;
    ScopeRecipe *recipe = parse (hostile[k].json, &error);
    if (recipe != NULL)
      g_error ("accepted: %s", hostile[k].json);
    g_assert_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_RECIPE);
    if (strstr (error->message, hostile[k].part) == NULL
        || strstr (error->message, "fig.json") == NULL || strchr (error->message, '\n') != NULL)
      g_error ("%s\ngave \"%s\"\nnot naming \"%s\"", hostile[k].json, error->message,
               hostile[k].part);
  }
}

/* Cut anywhere, or with any byte changed, a recipe is accepted or refused, and never anything else.
 */
static void
test_damaged (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (6));
  static const char good[] = MAP ("\"layer\":1,\"channel\":2,\"range\":[0,5,0,5],\"bins\":4");
  for (gsize length = 0; length < sizeof good - 1; length++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (good, length, "fig.json", &error);
    g_assert_null (recipe);
    g_assert_nonnull (error);
  }
  for (int n = 0; n < 3000; n++) {
    g_autofree char *copy = g_memdup2 (good, sizeof good);
    g_autoptr (GError) error = NULL;
    copy[g_rand_int_range (random, 0, sizeof good - 1)] = (char)g_rand_int_range (random, 0, 256);
    g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (copy, sizeof good - 1, "fig.json", &error);
    g_assert_true ((recipe == NULL) == (error != NULL));
    if (recipe != NULL)
      check_fixed_point (recipe, NULL);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe/canonical", test_canonical);
  g_test_add_func ("/recipe/presets", test_presets);
  g_test_add_func ("/recipe/expand", test_expand);
  g_test_add_func ("/recipe/expand-others", test_expand_others);
  g_test_add_func ("/recipe/story", test_story);
  g_test_add_func ("/recipe/too-short", test_too_short);
  g_test_add_func ("/recipe/kinds", test_kinds);
  g_test_add_func ("/recipe/letters", test_letters);
  g_test_add_func ("/recipe/edit", test_edit);
  g_test_add_func ("/recipe/find-files", test_find_files);
  g_test_add_func ("/recipe/hostile", test_hostile);
  g_test_add_func ("/recipe/damaged", test_damaged);
  return g_test_run ();
}

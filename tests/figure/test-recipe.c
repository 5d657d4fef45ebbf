/* Recipes: what is accepted comes back canonical, what is not names its place. */
#include <math.h>
#include <string.h>

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

#define MAP(members)                                                                               \
  "{\"mambascope\":1,\"panels\":[{\"kind\":\"map\",\"layer\":0,\"channel\":0},"                    \
  "{\"kind\":\"map\"," members "}]}"
#define STYLE(members)                                                                             \
  "{\"mambascope\":1,\"style\":{" members "},\"panels\":[{\"kind\":\"decay\",\"layer\":0}]}"

/* Each with what the message must name. */
static const struct {
  const char *json, *part;
} hostile[] = {
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
  { "{\"mambascope\":1,\"model\":7}", "$.model: expected a string, found a number" },
  { "{\"mambascope\":1,\"model\":\"\"}", "$.model" },
  { "{\"mambascope\":1,\"preset\":{\"name\":\"pie\"}}", "$.preset.name: expected maps or decay" },
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
    "$.panels[0].kind: expected map or decay" },
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
  g_test_add_func ("/recipe/hostile", test_hostile);
  g_test_add_func ("/recipe/damaged", test_damaged);
  return g_test_run ();
}

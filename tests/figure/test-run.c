/* Recipes that run, on small random models: which panels a preset makes, that the recipe inside a
 * figure makes the same figure again, and what is said when it cannot run. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attention.h"
#include "analysis/channels.h"
#include "analysis/decay.h"
#include "base/error.h"
#include "base/file.h"
#include "compute/registry.h"
#include "export/figure-private.h"
#include "export/recipe.h"
#include "test-support.h"

enum { TRAIN_LENGTH = 16, TOKENS = 53 };

typedef struct {
  char *model, *text; /* folder; "@ids.json" */
  ScopeRecipeInput input;
} World;

static void
world_init (World *world, ScopeFamily family)
{
  ScopeRandomModel shape = {
    .family = family,
    .train_length = TRAIN_LENGTH,
    .vocab_size = 31,
    .d_model = 12,
    .n_layer = 3,
    .d_inner = 24,
    .heads = 6,
    .groups = 2,
    .seed = scope_test_seed (7),
  };
  g_autoptr (GString) ids = g_string_new ("[");
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "ids.json", NULL);
  for (int k = 0; k < TOKENS; k++)
    g_string_append_printf (ids, "%s%d", k > 0 ? ", " : "", (k * 17 + k * k) % 31);
  g_string_append_c (ids, ']');
  g_assert_true (g_file_set_contents (path, ids->str, -1, NULL));
  world->model = scope_test_random_model (&shape);
  world->text = g_strconcat ("@", path, NULL);
  world->input = (ScopeRecipeInput){ .backend = "cpu", .precision = SCOPE_PRECISION_FP32 };
}

static void
world_clear (World *world)
{
  g_free (world->model);
  g_free (world->text);
}

static ScopeFigure *
run (World *world, ScopeRecipe *recipe)
{
  g_autoptr (GError) error = NULL;
  ScopeFigure *figure = scope_recipe_run (recipe, &world->input, NULL, &error);
  g_assert_no_error (error);
  return figure;
}

static ScopeFigure *
run_preset (World *world, const char *name, gssize layer, gssize channel, const char *filter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe
      = scope_recipe_preset (name, world->model, world->text, layer, channel, filter, &error);
  g_assert_no_error (error);
  return run (world, recipe);
}

static const char *
fact (ScopeFigure *figure, gsize panel, const char *key)
{
  const ScopeResult *result = g_ptr_array_index (figure->panels, panel);
  return scope_provenance_get (result->provenance, key);
}

/* Row by row: the training length, the whole text, the whole text filtered; in each the same
 * channels from the fastest decay to the slowest. */
static void
check_maps (ScopeFigure *figure, gsize rows)
{
  static const char *const tokens[] = { "16", "53", "53" };
  gsize columns = figure->columns;
  g_assert_cmpuint (columns, ==, 5);
  g_assert_cmpuint (figure->panels->len, ==, rows * columns);
  for (gsize k = 0; k < figure->panels->len; k++) {
    const ScopeResult *result = g_ptr_array_index (figure->panels, k);
    g_assert_cmpint (result->kind, ==, SCOPE_RESULT_MAP);
    g_assert_cmpstr (fact (figure, k, "tokens"), ==, tokens[k / columns]);
    g_assert_cmpstr (fact (figure, k, "channel"), ==, fact (figure, k % columns, "channel"));
    g_assert_cmpstr (fact (figure, k, "layer"), ==, fact (figure, 0, "layer"));
    g_assert_cmpstr (fact (figure, k, "text"), ==, "ids.json");
    g_assert_nonnull (fact (figure, k, "proof"));
    g_assert_nonnull (fact (figure, k, "text-hash"));
    g_assert_true (g_str_has_prefix (fact (figure, k, "filter"), k / columns < 2 ? "off" : "long"));
  }
  for (gsize a = 0; a < columns; a++)
    for (gsize b = a + 1; b < columns; b++)
      g_assert_cmpstr (fact (figure, a, "channel"), !=, fact (figure, b, "channel"));
}

static void
test_maps (gconstpointer data)
{
  World world;
  world_init (&world, (ScopeFamily)GPOINTER_TO_INT (data));
  g_autoptr (ScopeFigure) plain = run_preset (&world, "maps", -1, -1, "off");
  g_autoptr (ScopeFigure) filtered
      = run_preset (&world, "maps", 1, -1, "longmamba-online:theta=1e-30");
  check_maps (plain, 2);
  check_maps (filtered, 3);
  g_assert_cmpstr (fact (filtered, 0, "layer"), ==, "1");
  world_clear (&world);
}

static void
test_wanted_channel (void)
{
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  for (gssize channel = 0; channel < 7; channel++) {
    g_autoptr (ScopeFigure) figure = run_preset (&world, "maps", 0, channel, "off");
    gsize found = 0;
    check_maps (figure, 2);
    for (gsize k = 0; k < 5; k++)
      found += g_ascii_strtoll (fact (figure, k, "channel"), NULL, 10) == channel;
    g_assert_cmpuint (found, ==, 1);
  }
  world_clear (&world);
}

static void
test_decay (void)
{
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA2);
  g_autoptr (ScopeFigure) plain = run_preset (&world, "decay", -1, -1, "off");
  g_autoptr (ScopeFigure) filtered = run_preset (&world, "decay", 2, 0, "longmamba-online");
  const ScopeResult *result = g_ptr_array_index (plain->panels, 0);
  g_assert_cmpuint (plain->panels->len, ==, 1);
  g_assert_cmpuint (filtered->panels->len, ==, 2);
  g_assert_cmpint (result->kind, ==, SCOPE_RESULT_CURVES);
  g_assert_cmpfloat (result->x_mark, ==, TRAIN_LENGTH);
  g_assert_cmpuint (((const ScopeResult *)g_ptr_array_index (filtered->panels, 1))->curves->len, ==,
                    1);
  world_clear (&world);
}

static char *
write_png (ScopeFigure *figure, gsize *length)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "f.png", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_figure_write (figure, path, 72, &error));
  return scope_file_read (path, 1 << 28, length, &error);
}

/* The recipe that a figure carries gives the same file, to the byte. */
static void
test_again (void)
{
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  world.input.train_length = 20;
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeFigure) first = run_preset (&world, "maps", -1, 2, "longmamba:theta=1e-8");
  world.input.train_length = 0; /* the recipe says it now */
  g_autoptr (ScopeRecipe) recipe
      = scope_recipe_parse (first->recipe, strlen (first->recipe), "embedded", &error);
  g_assert_no_error (error);
  g_autoptr (ScopeFigure) second = run (&world, recipe);
  gsize a_length, b_length;
  g_autofree char *a = write_png (first, &a_length);
  g_autofree char *b = write_png (second, &b_length);
  g_assert_cmpmem (a, a_length, b, b_length);
  world_clear (&world);
}

/* The map and the fields of layer 1 under the recipe's ε (0: it says none). */
static ScopeFigure *
run_fields (World *world, double epsilon)
{
  g_autofree char *said
      = epsilon > 0 ? g_strdup_printf ("\"epsilon\":%g,", epsilon) : g_strdup ("");
  g_autofree char *json = g_strdup_printf (
      "{\"mambascope\":1,%s\"model\":\"%s\",\"text\":\"%s\",\"panels\":["
      "{\"kind\":\"map\",\"layer\":1,\"channel\":3,\"bins\":%d},"
      "{\"kind\":\"fields\",\"layer\":1},"
      "{\"kind\":\"compare\",\"mode\":\"side\",\"layer\":1,\"channel\":3,\"filters\":[\"off\","
      "\"longmamba-online\"]},{\"kind\":\"atlas\",\"count\":2}]}",
      said, world->model, world->text, TOKENS);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "fields", &error);
  g_assert_no_error (error);
  return run (world, recipe);
}

/* A field begins at the first cell of its row that is above ε, in the map that the figure itself
 * shows; and the key and the caption say which ε it is. */
static void
check_epsilon (ScopeFigure *figure, double epsilon, const char *number)
{
  const ScopeResult *map = g_ptr_array_index (figure->panels, 0);
  g_autofree char *caption = scope_figure_caption (figure);
  gboolean dropped;
  double keyed;
  g_assert_true (scope_figure_has_key (figure, &keyed, &dropped));
  g_assert_cmpfloat (keyed, ==, epsilon);
  g_autofree char *line = g_strdup_printf ("the first key token with |α| > %s (", number);
  g_autofree char *fields = g_strdup_printf ("of the receptive field (|α| > %s)", number);
  g_assert_nonnull (strstr (caption, line));
  g_assert_nonnull (strstr (caption, fields));
  g_assert_cmpuint (map->n_boundary, ==, TOKENS);
  for (gsize i = 0; i < TOKENS; i++) {
    gint32 start = 0;
    while (start <= (gint32)i && !(fabs (scope_matrix_get (map->matrix, i, start)) > epsilon))
      start++;
    g_assert_cmpint (map->boundary_start[i], ==, start <= (gint32)i ? start : -1);
  }
}

/* Median lengths of the first class of channels at the last query. */
static double
last_length (ScopeFigure *figure)
{
  const ScopeResult *fields = g_ptr_array_index (figure->panels, 1);
  const ScopeCurve *curve = g_ptr_array_index (fields->curves, 0);
  return curve->y[curve->count - 1];
}

static void
test_epsilon (void)
{
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  g_autoptr (ScopeFigure) usual = run_fields (&world, 0);
  g_autoptr (ScopeFigure) low = run_fields (&world, 1e-7);
  g_autoptr (ScopeFigure) high = run_fields (&world, 0.02);
  check_epsilon (usual, 1e-3, "10⁻³");
  check_epsilon (low, 1e-7, "10⁻⁷");
  check_epsilon (high, 0.02, "0.02");
  g_assert_cmpfloat (last_length (low), >, last_length (high));
  for (gsize k = 0; k < high->panels->len; k++) {
    const ScopeResult *result = g_ptr_array_index (high->panels, k);
    g_assert_true (result->epsilon == 0.02 || result->kind == SCOPE_RESULT_TILES);
    for (gsize tile = 0; tile < result->tiles->len; tile++)
      g_assert_cmpfloat (((const ScopeResult *)result->tiles->pdata[tile])->epsilon, ==, 0.02);
  }
  world_clear (&world);
}

static char *
error_of (World *world, const char *panel)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json
      = g_strdup_printf ("{\"mambascope\":1,\"model\":\"%s\",\"text\":\"%s\",\"panels\":[%s]}",
                         world->model, world->text, panel);
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "r.json", &error);
  g_assert_no_error (error);
  g_assert_null (scope_recipe_run (recipe, &world->input, NULL, &error));
  g_assert_nonnull (error);
  g_assert_null (strchr (error->message, '\n'));
  return g_strdup (error->message);
}

static void
test_errors (void)
{
  static const char *const cases[][2] = {
    { "{\"kind\":\"map\",\"layer\":99,\"channel\":0}", "99" },
    { "{\"kind\":\"map\",\"layer\":0,\"channel\":77777}", "77777" },
    { "{\"kind\":\"map\",\"layer\":0,\"channel\":0,\"tokens\":54}", "53" },
    { "{\"kind\":\"map\",\"layer\":0,\"channel\":0,\"range\":[0,54,0,5]}", "54" },
    { "{\"kind\":\"map\",\"layer\":0,\"channel\":0,\"filter\":\"nonsense\"}", "nonsense" },
    { "{\"kind\":\"decay\",\"layer\":0,\"model\":\"/nowhere/at/all\"}", "/nowhere/at/all" },
    { "{\"kind\":\"decay\",\"layer\":0,\"text\":\"@/nowhere/ids.json\"}", "/nowhere/ids.json" },
  };
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA2);
  for (gsize k = 0; k < G_N_ELEMENTS (cases); k++) {
    g_autofree char *message = error_of (&world, cases[k][0]);
    if (strstr (message, cases[k][1]) == NULL)
      g_error ("%s\ngave \"%s\"", cases[k][0], message);
  }
  world_clear (&world);
}

/* One panel of every kind, on a model of each family: what comes out is what was asked for. */
static ScopeFigure *
run_kinds (World *world)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = g_strdup_printf (
      "{\"mambascope\":1,\"model\":\"%s\",\"text\":\"%s\",\"columns\":3,\"panels\":["
      "{\"kind\":\"map\",\"layer\":1,\"channel\":2,\"normalise\":\"row-l1\"},"
      "{\"kind\":\"map\",\"layer\":1,\"channel\":2,\"mark\":\"longmamba-online:theta=1e-30\"},"
      "{\"kind\":\"atlas\",\"count\":7,\"bins\":9},{\"kind\":\"atlas\",\"layer\":2},"
      "{\"kind\":\"decay\",\"layer\":0},{\"kind\":\"fields\",\"layer\":0},"
      "{\"kind\":\"strip\",\"layer\":1,\"channel\":2,\"query\":30,\"span\":[20,40]},"
      "{\"kind\":\"strip\",\"layer\":1,\"channel\":2,\"value\":\"delta\",\"tokens\":11},"
      "{\"kind\":\"sweep\",\"lengths\":[9,50,20],\"filters\":[\"off\",\"longmamba-online\"],"
      "\"score\":4,\"windows\":2},{\"kind\":\"layers\",\"thetas\":[1e-9,0.5]},"
      "{\"kind\":\"compare\",\"layer\":1,\"channel\":2,\"filters\":[\"off\","
      "\"longmamba-online:theta=1e-30\"]},"
      "{\"kind\":\"compare\",\"layer\":1,\"channel\":2,\"mode\":\"difference\",\"filters\":"
      "[\"off\",\"longmamba-online:theta=1e-30\"]},"
      "{\"kind\":\"compare\",\"layer\":1,\"channel\":2,\"mode\":\"side\",\"filters\":"
      "[\"off\",\"off\"]}]}",
      world->model, world->text);
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "r.json", &error);
  g_assert_no_error (error);
  return run (world, recipe);
}

static const ScopeResult *
panel (ScopeFigure *figure, gsize k)
{
  return g_ptr_array_index (figure->panels, k);
}

/* The difference is what the split shows on its two sides; where nothing differs the sides are one.
 */
static void
check_compare (ScopeFigure *figure)
{
  const ScopeResult *split = panel (figure, 10), *difference = panel (figure, 11);
  const ScopeResult *side = panel (figure, 12);
  for (gsize r = 0; r < TOKENS; r++)
    for (gsize c = 0; c < TOKENS; c++)
      g_assert_cmpfloat (scope_matrix_get (difference->matrix, r, c), ==,
                         scope_matrix_get (split->mirror, r, c)
                             - scope_matrix_get (split->matrix, r, c));
  const ScopeResult *a = g_ptr_array_index (side->tiles, 0),
                    *b = g_ptr_array_index (side->tiles, 1);
  for (gsize r = 0; r < TOKENS; r++)
    for (gsize c = 0; c < TOKENS; c++)
      g_assert_cmpfloat (scope_matrix_get (a->matrix, r, c), ==,
                         scope_matrix_get (b->matrix, r, c));
}

/* The atlas goes from the fastest decay to the slowest; a strip is a row of the map. */
static void
check_others (ScopeFigure *figure)
{
  const ScopeResult *atlas = panel (figure, 2), *strip = panel (figure, 6),
                    *map = panel (figure, 1);
  double before = -INFINITY;
  g_assert_cmpuint (atlas->tiles->len, ==, 7);
  for (gsize k = 0; k < atlas->tiles->len; k++) {
    const ScopeResult *tile = g_ptr_array_index (atlas->tiles, k);
    double decay = g_ascii_strtod (scope_provenance_get (tile->provenance, "ln-decay"), NULL);
    g_assert_cmpfloat (decay, >=, before);
    g_assert_cmpuint (scope_matrix_rows (tile->matrix), ==, 9);
    before = decay;
  }
  for (gsize k = 0; k < 20; k++)
    /* Both come from the same products, in tiles of other shapes; what query 30 cannot read has no
     * value. */
    if (k <= 10)
      g_assert_cmpfloat_with_epsilon (scope_matrix_get (strip->matrix, 0, k),
                                      scope_matrix_get (map->matrix, 30, 20 + k), 1e-5);
    else
      g_assert_true (isnan (scope_matrix_get (strip->matrix, 0, k)));
  g_assert_cmpuint (g_strv_length (strip->words), ==, 20);
  g_assert_cmpuint (scope_matrix_columns (panel (figure, 7)->matrix), ==, 11);
  g_assert_nonnull (map->dropped); /* marked, but not dropped */
  g_assert_cmpstr (fact (figure, 1, "filter"), ==, "off");
  const ScopeResult *sweep = panel (figure, 8), *layers = panel (figure, 9);
  const ScopeCurve *off = g_ptr_array_index (sweep->curves, 0);
  g_assert_cmpuint (off->count, ==, 3);
  g_assert_cmpfloat (off->x[1], ==, 20);
  g_assert_cmpfloat (off->low[1], <=, off->y[1]);
  g_assert_cmpuint (layers->curves->len, ==, 2);
}

static void
test_kinds (gconstpointer data)
{
  World world;
  world_init (&world, (ScopeFamily)GPOINTER_TO_INT (data));
  g_autoptr (ScopeFigure) figure = run_kinds (&world);
  g_assert_cmpuint (figure->panels->len, ==, 13);
  check_compare (figure);
  check_others (figure);
  g_autofree char *caption = scope_figure_caption (figure);
  g_assert_nonnull (strstr (caption, "Perplexity of the last 4 tokens"));
  gsize length;
  g_autofree char *png = write_png (figure, &length);
  g_assert_cmpuint (length, >, 1000);
  world_clear (&world);
}

/* The model and its run under the filter of the panels below, by hand. */
typedef struct {
  ScopeBackend *backend;
  ScopeSchedule *schedule;
  ScopeModel *model;
  ScopeTokens *tokens;
  ScopeTrace *trace;
  ScopeLayerTrace *layer;
} ByHand;

#define SHOWN_FILTER "longmamba-online:top=0.2,theta=1e-30"

static void
by_hand_init (ByHand *self, World *world, const char *spec, gsize layer)
{
  g_autoptr (GError) error = NULL;
  self->model = scope_model_open (world->model, NULL, &error);
  self->backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  self->schedule = scope_schedule_new (self->model, self->backend, NULL, &error);
  self->tokens = scope_model_read_text (self->model, world->text, &error);
  g_assert_no_error (error);
  g_autoptr (ScopeFilter) filter = scope_filter_parse (spec, &error);
  ScopeFilterContext *context = scope_filter_context_new (self->schedule, 0);
  g_autoptr (ScopePlan) plan = NULL;
  scope_filter_plan (filter, context, scope_tokens_ids (self->tokens), TOKENS, &plan, NULL, &error);
  g_assert_no_error (error);
  self->trace = scope_schedule_run (self->schedule, scope_tokens_ids (self->tokens), TOKENS, plan,
                                    SCOPE_RUN_KEEP_RESIDUAL, NULL, &error);
  self->layer = scope_trace_layer (self->trace, layer, NULL, NULL, &error);
  g_assert_no_error (error);
  scope_filter_context_free (context);
}

static void
by_hand_clear (ByHand *self)
{
  scope_layer_trace_unref (self->layer);
  scope_trace_unref (self->trace);
  scope_tokens_unref (self->tokens);
  scope_schedule_unref (self->schedule);
  scope_backend_close (self->backend);
  scope_model_unref (self->model);
}

static ScopeFigure *
run_panels (World *world, const char *panels)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json
      = g_strdup_printf ("{\"mambascope\":1,\"model\":\"%s\",\"text\":\"%s\",\"panels\":[%s]}",
                         world->model, world->text, panels);
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "r.json", &error);
  g_assert_no_error (error);
  return run (world, recipe);
}

/* A column, and surprisal, over the text; what the filter drops is said with them. */
static void
test_strips (void)
{
  World world;
  ByHand hand;
  g_autoptr (GError) error = NULL;
  world_init (&world, SCOPE_FAMILY_MAMBA2);
  by_hand_init (&hand, &world, SHOWN_FILTER, 1);
  g_autoptr (ScopeFigure) figure = run_panels (
      &world, "{\"kind\":\"strip\",\"layer\":1,\"channel\":2,\"value\":\"column\",\"key\":9,"
              "\"span\":[4,40],\"filter\":\"" SHOWN_FILTER "\"},"
              "{\"kind\":\"strip\",\"layer\":1,\"channel\":2,\"value\":\"surprisal\","
              "\"filter\":\"" SHOWN_FILTER "\"}");
  const ScopeResult *column = panel (figure, 0), *surprisal = panel (figure, 1);
  const ScopeMatrix *delta = scope_layer_trace_matrix (hand.layer, SCOPE_LAYER_DELTA, &error);
  const ScopeMapSpec spec = { .channel = 2, .lane = -1 };
  g_autoptr (ScopeMatrix) map = scope_attention_tile (
      hand.layer, &spec, (ScopeRange){ 0, TOKENS, 0, TOKENS }, NULL, &error);
  g_autoptr (ScopeMatrix) logits = scope_trace_logits (hand.trace, 0, TOKENS, NULL, &error);
  g_assert_no_error (error);
  gsize dropped = 0;
  for (gsize t = 4; t < 40; t++) {
    double value = scope_matrix_get (column->matrix, 0, t - 4);
    if (t < 9)
      g_assert_true (isnan (value));
    else /* tiles of other shapes */
      g_assert_cmpfloat_with_epsilon (value, scope_matrix_get (map, t, 9), 1e-5);
    gboolean drops = scope_matrix_get (delta, t, 2) == 0;
    g_assert_true ((column->dropped != NULL && column->dropped[t - 4]) == drops);
    dropped += drops;
  }
  g_assert_cmpuint (dropped, >, 0);
  g_assert_true (isnan (scope_matrix_get (surprisal->matrix, 0, 0)));
  for (gsize t = 1; t < TOKENS; t++) {
    double sum = 0;
    for (gsize v = 0; v < 31; v++)
      sum += exp (scope_matrix_get (logits, t - 1, v));
    double expected
        = log (sum) - scope_matrix_get (logits, t - 1, (gsize)scope_tokens_ids (hand.tokens)[t]);
    /* The logits are float32. */
    g_assert_cmpfloat_with_epsilon (scope_matrix_get (surprisal->matrix, 0, t), expected, 1e-4);
  }
  g_autofree char *caption = scope_figure_caption (figure);
  g_assert_nonnull (strstr (caption, "Words struck through"));
  by_hand_clear (&hand);
  world_clear (&world);
}

static gsize
count_series (const ScopeResult *result, gint series)
{
  gsize count = 0;
  for (guint k = 0; k < result->curves->len; k++)
    count += ((const ScopeCurve *)g_ptr_array_index (result->curves, k))->series == series;
  return count;
}

static double
last_of (const ScopeResult *result, guint k)
{
  const ScopeCurve *curve = g_ptr_array_index (result->curves, k);
  return curve->y[curve->count - 1];
}

/* Of the channels those that are asked for, after the filter and before it. */
static void
test_chosen_lines (void)
{
  World world;
  ByHand after, before;
  g_autoptr (GError) error = NULL;
  world_init (&world, SCOPE_FAMILY_MAMBA2);
  by_hand_init (&after, &world, SHOWN_FILTER, 2);
  by_hand_init (&before, &world, "off", 2);
  g_autoptr (ScopeFigure) figure = run_panels (
      &world, "{\"kind\":\"decay\",\"layer\":2,\"channels\":[4,1],\"before\":true,\"filter\":"
              "\"" SHOWN_FILTER "\"},{\"kind\":\"decay\",\"layer\":2,\"classes\":\"global\"},"
              "{\"kind\":\"decay\",\"layer\":2,\"classes\":\"local\"},"
              "{\"kind\":\"compare\",\"layer\":2,\"channel\":4,\"mode\":\"decay\",\"filters\":"
              "[\"off\",\"" SHOWN_FILTER "\"]}");
  const ScopeResult *chosen = panel (figure, 0), *both = panel (figure, 3);
  g_autoptr (ScopeMatrix) a = scope_decay_curves (after.layer, NULL, &error);
  g_autoptr (ScopeMatrix) b = scope_decay_curves (before.layer, NULL, &error);
  g_assert_no_error (error);
  static const gsize channels[] = { 1, 4 };
  g_assert_cmpuint (chosen->curves->len, ==, 4);
  g_assert_cmpuint (count_series (chosen, SCOPE_SERIES_BEFORE), ==, 2);
  for (guint k = 0; k < 2; k++) {
    double now = scope_matrix_get (a, TOKENS - 1, channels[k]);
    double then = scope_matrix_get (b, TOKENS - 1, channels[k]);
    g_assert_cmpfloat (last_of (chosen, k), ==, now);
    g_assert_cmpfloat (last_of (chosen, 2 + k), ==, then);
    g_assert_cmpfloat (now, >, then);
  }
  g_assert_cmpfloat (last_of (both, 0), ==, scope_matrix_get (b, TOKENS - 1, 4));
  g_assert_cmpfloat (last_of (both, 1), ==, scope_matrix_get (a, TOKENS - 1, 4));
  g_assert_cmpuint (panel (figure, 1)->curves->len + panel (figure, 2)->curves->len, ==, 6);
  for (guint k = 0; k < panel (figure, 1)->curves->len; k++)
    g_assert_true (((const ScopeCurve *)g_ptr_array_index (panel (figure, 1)->curves, k))->global);
  gsize length;
  g_autofree char *png = write_png (figure, &length);
  by_hand_clear (&after);
  by_hand_clear (&before);
  world_clear (&world);
}

/* Falling by field, rising by decay from the second place on; the one that is like itself first. */
static void
test_sorted_atlas (void)
{
  World world;
  ByHand hand;
  g_autoptr (GError) error = NULL;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  by_hand_init (&hand, &world, "off", 1);
  g_autoptr (ScopeFigure) figure = run_panels (
      &world, "{\"kind\":\"atlas\",\"layer\":1,\"bins\":4,\"sort\":\"field\",\"count\":99},"
              "{\"kind\":\"atlas\",\"layer\":1,\"bins\":4,\"sort\":\"decay\",\"descending\":false,"
              "\"first\":1,\"count\":5},"
              "{\"kind\":\"atlas\",\"bins\":4,\"sort\":\"similarity\",\"like\":[2,3],\"count\":3}");
  g_autofree ScopeChannelStats *stats
      = scope_channels_layer (hand.trace, hand.layer, NULL, 0, NULL, &error);
  g_assert_no_error (error);
  gsize channels = 24;
  for (gsize p = 0; p < 2; p++) {
    const GPtrArray *tiles = panel (figure, p)->tiles;
    g_assert_cmpuint (tiles->len, ==, p == 0 ? channels : 5);
    double before = p == 0 ? INFINITY : -INFINITY;
    for (guint k = 0; k < tiles->len; k++) {
      const ScopeResult *tile = g_ptr_array_index (tiles, k);
      gsize channel = (gsize)atoi (scope_provenance_get (tile->provenance, "channel"));
      double value = p == 0 ? (double)stats[channel].field_length : stats[channel].ln_decay;
      g_assert_true (p == 0 ? value <= before : value >= before);
      gsize lower = 0;
      for (gsize h = 0; h < channels; h++)
        lower += stats[h].ln_decay < stats[channel].ln_decay;
      if (p == 1)
        g_assert_cmpuint (lower, ==, 1 + k);
      before = value;
    }
  }
  const ScopeResult *like = g_ptr_array_index (panel (figure, 2)->tiles, 0);
  g_assert_cmpstr (scope_provenance_get (like->provenance, "layer"), ==, "2");
  g_assert_cmpstr (scope_provenance_get (like->provenance, "channel"), ==, "3");
  g_assert_cmpstr (scope_provenance_get (like->provenance, "value-words"), ==, "1.000");
  by_hand_clear (&hand);
  world_clear (&world);
}

/* What a figure says of itself is held against what is there now, panel by panel. */
static void
test_expected (void)
{
  static const char *const keys[] = { "panel-6:text-hash", "panel-7:text-hash", "panel-8:text-hash",
                                      "panel-9:text-hash", "panel-10:text-hash" };
  World world;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  g_autoptr (ScopeFigure) figure = run_preset (&world, "maps", 0, 0, "off");
  g_autoptr (GHashTable) said = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) error = NULL;
  g_hash_table_insert (said, "model-hash", (gpointer)fact (figure, 0, "model-hash"));
  g_hash_table_insert (said, "text-hash", (gpointer)fact (figure, 0, "text-hash"));
  for (gsize k = 5; k < 10; k++) /* the second row sees more of the text */
    g_hash_table_insert (said, (gpointer)keys[k - 5], (gpointer)fact (figure, k, "text-hash"));
  g_autoptr (ScopeRecipe) recipe
      = scope_recipe_parse (figure->recipe, strlen (figure->recipe), "r.json", &error);
  world.input.expected = said;
  g_autoptr (ScopeFigure) again = run (&world, recipe);
  g_hash_table_insert (said, "panel-6:text-hash", "0123456789abcdef");
  g_assert_null (scope_recipe_run (recipe, &world.input, NULL, &error));
  g_assert_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_CHANGED);
  g_assert_nonnull (strstr (error->message, "ids.json"));
  world_clear (&world);
}

/* What is open serves the panels that name nothing; a panel with a model of its own reads the
 * recipe's text for it. */
static void
test_open_world (void)
{
  World world, other;
  world_init (&world, SCOPE_FAMILY_MAMBA);
  world_init (&other, SCOPE_FAMILY_MAMBA2);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeModel) model = scope_model_open (world.model, NULL, &error);
  ScopeBackend *backend = scope_registry_open ("cpu", 0, SCOPE_PRECISION_FP32, &error);
  ScopeSchedule *schedule = scope_schedule_new (model, backend, NULL, &error);
  g_autoptr (ScopeTokens) tokens = scope_model_read_text (model, world.text, &error);
  g_autoptr (ScopeTokens) few = scope_tokens_slice (tokens, 0, 10);
  g_autofree char *json = g_strdup_printf (
      "{\"mambascope\":1,\"text\":\"%s\",\"panels\":[{\"kind\":\"decay\",\"layer\":0},"
      "{\"kind\":\"decay\",\"layer\":0,\"model\":\"%s\"}]}",
      world.text, other.model);
  g_autoptr (ScopeRecipe) recipe = scope_recipe_parse (json, strlen (json), "r.json", &error);
  g_assert_no_error (error);
  world.input.schedule = schedule;
  world.input.tokens = few;
  world.input.model_name = "opened";
  world.input.text_name = "some/where/few.txt";
  g_autoptr (ScopeFigure) figure = run (&world, recipe);
  g_assert_cmpstr (fact (figure, 0, "tokens"), ==, "10");
  g_assert_cmpstr (fact (figure, 0, "model"), ==, "opened");
  g_assert_cmpstr (fact (figure, 0, "text"), ==, "few.txt");
  g_assert_cmpstr (fact (figure, 1, "tokens"), ==, "53");
  g_assert_cmpstr (fact (figure, 1, "text"), ==, "ids.json");
  scope_schedule_unref (schedule);
  scope_backend_close (backend);
  world_clear (&world);
  world_clear (&other);
}

static void
check_rising (double fraction, const char *what, gpointer data)
{
  double *largest = data;
  g_assert_cmpfloat (fraction, >=, *largest - 1e-9); /* never backwards */
  *largest = MAX (*largest, fraction);
}

static void
test_progress (void)
{
  World world;
  double largest = 0;
  world_init (&world, SCOPE_FAMILY_MAMBA2);
  ScopeProgress progress = SCOPE_PROGRESS_INIT (check_rising, &largest);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeRecipe) recipe
      = scope_recipe_preset ("maps", world.model, world.text, -1, -1, "off", &error);
  g_autoptr (ScopeFigure) figure = scope_recipe_run (recipe, &world.input, &progress, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (largest, >, 0.9);
  largest = 0;
  scope_progress_cancel (&progress);
  g_assert_null (scope_recipe_run (recipe, &world.input, &progress, &error));
  g_assert_true (scope_error_is_cancelled (error));
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/recipe-run/maps/mamba", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA), test_maps);
  g_test_add_data_func ("/recipe-run/maps/mamba2", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA2),
                        test_maps);
  g_test_add_func ("/recipe-run/wanted-channel", test_wanted_channel);
  g_test_add_func ("/recipe-run/decay", test_decay);
  g_test_add_func ("/recipe-run/again", test_again);
  g_test_add_func ("/recipe-run/epsilon", test_epsilon);
  g_test_add_data_func ("/recipe-run/kinds/mamba", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA),
                        test_kinds);
  g_test_add_data_func ("/recipe-run/kinds/mamba2", GINT_TO_POINTER (SCOPE_FAMILY_MAMBA2),
                        test_kinds);
  g_test_add_func ("/recipe-run/strips", test_strips);
  g_test_add_func ("/recipe-run/chosen-lines", test_chosen_lines);
  g_test_add_func ("/recipe-run/sorted-atlas", test_sorted_atlas);
  g_test_add_func ("/recipe-run/expected", test_expected);
  g_test_add_func ("/recipe-run/open-world", test_open_world);
  g_test_add_func ("/recipe-run/errors", test_errors);
  g_test_add_func ("/recipe-run/progress", test_progress);
  return g_test_run ();
}

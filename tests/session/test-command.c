/* The line that every view copies runs, and writes the numbers that are on screen. */
#include <math.h>
#include <string.h>

#include "session/atlas.h"
#include "session/compare.h"
#include "session/reading.h"
#include "session/session.h"
#include "test-support.h"
#include "wait.h"

#define VOCAB  53
#define TOKENS 131
/* The session evaluates a cell by itself in double, the program rows of them in float32. */
#define NEAR(value) (1e-5 * fabs (value) + 1e-12)

typedef struct {
  char *folder;
  ScopeSession *session;
} Fixture;

static void
settle (ScopeSession *session)
{
  WAIT (!scope_session_get_busy (session));
}

static void
set_up (Fixture *self, gconstpointer family)
{
  guint32 seed = scope_test_seed (919);
  const ScopeRandomModel shape = { .family = (ScopeFamily)GPOINTER_TO_INT (family),
                                   .vocab_size = VOCAB,
                                   .n_layer = 3,
                                   .train_length = 40,
                                   .seed = seed };

  self->folder = scope_test_random_model (&shape);
  g_autofree char *text = scope_test_ids (self->folder, "my ids.json", seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  scope_session_open (self->session, self->folder, text);
  settle (self->session);
  scope_session_set_layer (self->session, 1);
  scope_session_set_channel (self->session, 2);
  g_assert_true (
      scope_session_set_filter (self->session, "longmamba-online:top=0.1,theta=1e-9", NULL));
  scope_session_set_filter_on (self->session, TRUE);
  scope_session_select (self->session, 97, 31);
  settle (self->session);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->session);
  g_free (self->folder);
}

static void
run_in (const char *folder, const char *line)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL;
  g_autofree char *output = NULL;
  int status;

  g_assert_true (g_shell_parse_argv (line, NULL, &words, &error));
  g_assert_cmpstr (words[0], ==, "mambascope-cli");
  g_free (words[0]);
  words[0] = g_strdup (g_getenv ("SCOPE_TEST_CLI"));
  g_assert_true (g_spawn_sync (folder, words, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                               &output, &status, &error));
  if (status != 0)
    g_error ("%s: %s", line, output);
}

/* Runs VIEW's line in a folder of its own; returns the folder. */
static char *
run (Fixture *self, const char *view)
{
  g_autofree char *line = scope_session_view_command (self->session, view);
  g_autofree char *folder = scope_test_folder ();

  run_in (folder, line);
  return g_steal_pointer (&folder);
}

/* The float32 numbers of FOLDER/NAME, a version 1.0 .npy; caller frees. */
static float *
read_npy (const char *folder, const char *name, gsize count)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  gsize begin = 10 + (guint8)data[8] + 256 * (gsize)(guint8)data[9];
  g_assert_cmpuint (length - begin, ==, count * sizeof (float));
  return g_memdup2 (data + begin, count * sizeof (float));
}

static void
assert_cell (Fixture *self, gsize row, gsize column, float written)
{
  double shown;

  g_assert_true (scope_session_cell (self->session, row, column, &shown));
  g_assert_cmpfloat_with_epsilon (written, shown, NEAR (shown));
}

static void
test_map (Fixture *self, gconstpointer data)
{
  ScopeRange range = { 60, 90, 20, 45 };

  g_autofree char *whole_folder = run (self, "map");
  g_autofree float *whole = read_npy (whole_folder, "attention.npy", TOKENS * TOKENS);
  /* One block a cell: its mean of absolute values. */
  double shown;
  g_assert_true (scope_session_cell (self->session, 97, 31, &shown));
  g_assert_cmpfloat_with_epsilon (whole[97 * TOKENS + 31], fabs (shown), NEAR (shown));
  scope_session_set_view (self->session, range, 30, 30);
  settle (self->session);
  g_autofree char *part_folder = run (self, "map");
  g_autofree float *part = read_npy (part_folder, "attention.npy", 30 * 25);
  assert_cell (self, 61, 22, part[1 * 25 + 2]);
}

static char *
recipe_of (Fixture *self, ScopeFigureKind kind)
{
  g_autoptr (ScopeRecipe) recipe = scope_session_recipe (self->session, kind);

  return scope_recipe_to_json (recipe);
}

static void
assert_says (Fixture *self, ScopeFigureKind kind, const char *words)
{
  g_autofree char *json = recipe_of (self, kind);
  if (strstr (json, words) == NULL)
    g_error ("%s: expected %s", json, words);
}

static void
assert_recipe_says (Fixture *self, const char *words)
{
  assert_says (self, SCOPE_FIGURE_COMPARE, words);
}

static void
draw (Fixture *self, ScopeFigureKind kind)
{
  g_autofree char *json = recipe_of (self, kind);
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "recipe.json", NULL);

  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  run_in (folder, "mambascope-cli figure recipe.json --out figure.svg");
}

/* What colours the text, how much of it is in sight, and which lines of decay there are. */
static void
test_shown_figures (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeReading) reading = scope_reading_new (self->session);

  scope_reading_set_colour (reading, SCOPE_READING_COLUMN);
  assert_says (self, SCOPE_FIGURE_STRIP, "\"value\": \"column\"");
  assert_says (self, SCOPE_FIGURE_STRIP, "\"key\": 31");
  draw (self, SCOPE_FIGURE_STRIP);
  scope_session_set_sight (self->session, SCOPE_FIGURE_STRIP, 11, 70);
  scope_reading_set_colour (reading, SCOPE_READING_SURPRISAL);
  assert_says (self, SCOPE_FIGURE_STRIP, "\"value\": \"surprisal\"");
  assert_says (self, SCOPE_FIGURE_STRIP, "\"span\": [11, 70]");
  draw (self, SCOPE_FIGURE_STRIP);
  assert_says (self, SCOPE_FIGURE_DECAY, "\"channels\": [2]");
  assert_says (self, SCOPE_FIGURE_DECAY, "\"classes\": \"global\"");
  assert_says (self, SCOPE_FIGURE_DECAY, "\"before\": true");
  draw (self, SCOPE_FIGURE_DECAY);
  /* Without the filter the line of θ is where it was put. */
  scope_session_set_filter_on (self->session, FALSE);
  scope_session_set_theta (self->session, 0.25);
  assert_says (self, SCOPE_FIGURE_DECAY, "\"theta\": 0.25");
  draw (self, SCOPE_FIGURE_DECAY);
}

/* The atlas has its order, its classes and its place, in the figure and in the line. */
static void
test_shown_atlas (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeAtlas) atlas = scope_atlas_new (self->session);
  ScopeHistory *history = scope_session_get_history (self->session);

  scope_history_bind (history, G_OBJECT (atlas), "scope", "atlas.scope", "");
  scope_history_bind (history, G_OBJECT (atlas), "sort", "atlas.sort", "");
  scope_history_bind (history, G_OBJECT (atlas), "descending", "atlas.descending", "");
  scope_history_bind (history, G_OBJECT (atlas), "classes", "atlas.classes", "");
  g_object_set (atlas, "scope", SCOPE_ATLAS_MODEL, "sort", SCOPE_ATLAS_BY_SIMILARITY, "descending",
                FALSE, NULL);
  scope_session_set_sight (self->session, SCOPE_FIGURE_ATLAS, 1, 4);
  assert_says (self, SCOPE_FIGURE_ATLAS, "\"sort\": \"similarity\", \"descending\": false");
  assert_says (self, SCOPE_FIGURE_ATLAS, "\"like\": [1, 2]");
  assert_says (self, SCOPE_FIGURE_ATLAS, "\"first\": 1");
  draw (self, SCOPE_FIGURE_ATLAS);
  g_free (run (self, "atlas"));
  g_object_set (atlas, "scope", SCOPE_ATLAS_LAYER, "sort", SCOPE_ATLAS_BY_FIELD, NULL);
  assert_says (self, SCOPE_FIGURE_ATLAS, "\"layer\": 1");
  g_autofree char *line = scope_session_view_command (self->session, "atlas");
  g_assert_nonnull (strstr (line, " --sort field --classes all --ascending --first 1 --count 3"));
  g_free (run (self, "atlas"));
}

/* Which of Compare's pages is shown, as its view would say. */
typedef struct {
  int shown;
} Page;

static JsonNode *
get_page (gpointer owner)
{
  const Page *page = g_object_get_data (owner, "page");
  JsonNode *node = json_node_alloc ();

  return json_node_init_int (node, page->shown);
}

static gboolean
set_page (gpointer owner, JsonNode *value, GError **error)
{
  return TRUE;
}

/* What Compare compares, and how; sides of different layers in panels of their own. */
static void
test_compared_figure (Fixture *self, gconstpointer data)
{
  ScopeCompare *compare = scope_compare_new (self->session);
  g_autoptr (GError) error = NULL;

  scope_compare_set_mode (compare, SCOPE_COMPARE_MODE_DIFFERENCE);
  scope_compare_set_filter (compare, SCOPE_SIDE_A, "decimamba:base=20", &error);
  g_assert_no_error (error);
  scope_compare_set_filter (compare, SCOPE_SIDE_B, "longmamba-online:top=0.1", &error);
  g_assert_no_error (error);
  assert_recipe_says (self, "\"mode\": \"difference\"");
  assert_recipe_says (self, "decimamba:base=20");
  assert_recipe_says (self, "longmamba-online:top=0.1");
  ScopeHistory *history = scope_session_get_history (self->session);
  Page page = { 0 };
  const ScopeParameter shown = { "compare.page", "page", NULL, get_page, set_page };
  g_autoptr (GObject) owner = g_object_new (G_TYPE_OBJECT, NULL);
  g_object_set_data (owner, "page", &page);
  scope_history_add (history, owner, &shown);
  for (page.shown = SCOPE_COMPARE_PAGE_DECAY; page.shown <= SCOPE_COMPARE_PAGE_TEXT; page.shown++) {
    assert_recipe_says (self, page.shown == SCOPE_COMPARE_PAGE_TEXT ? "\"mode\": \"text\""
                                                                    : "\"mode\": \"decay\"");
    draw (self, SCOPE_FIGURE_COMPARE);
  }
  g_object_set (compare, "b-layer", 2, NULL);
  for (page.shown = SCOPE_COMPARE_PAGE_DECAY; page.shown <= SCOPE_COMPARE_PAGE_TEXT; page.shown++)
    draw (self, SCOPE_FIGURE_COMPARE);
  page.shown = SCOPE_COMPARE_PAGE_MAP;
  assert_recipe_says (self, "layer 2 · ");
  assert_recipe_says (self, " 2 · longmamba-online:top=0.1");
  g_autoptr (ScopeRecipe) recipe = scope_session_recipe (self->session, SCOPE_FIGURE_COMPARE);
  g_autofree char *json = scope_recipe_to_json (recipe);
  g_assert_null (strstr (json, "difference"));
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "recipe.json", NULL);
  g_assert_true (g_file_set_contents (path, json, -1, &error));
  run_in (folder, "mambascope-cli figure recipe.json --out figure.png");
  g_assert_finalize_object (compare);
}

/* Runs VIEW's lines, one after another, in a folder of its own; returns the folder. */
static char *
run_lines (Fixture *self, const char *view)
{
  g_autofree char *all = scope_session_view_command (self->session, view);
  g_auto (GStrv) line = g_strsplit (all, "\n", -1);
  g_autofree char *folder = scope_test_folder ();

  for (guint k = 0; line[k] != NULL; k++)
    run_in (folder, line[k]);
  return g_steal_pointer (&folder);
}

/* The channels that the decay view begins with: the global ones, and the selected one. */
static void
test_decay (Fixture *self, gconstpointer data)
{
  const ScopeLayerView *view = scope_session_get_layer_view (self->session);
  gsize shown = 1, place = 1;

  for (gsize h = 0; h < view->n_channels; h++)
    shown += view->channels[h].global && h != 2;
  g_autofree char *folder = run_lines (self, "decay");
  g_autofree float *decay = read_npy (folder, "decay.npy", TOKENS * shown);
  g_autofree float *before = read_npy (folder, "before.npy", TOKENS * shown);
  const float *last = decay + (TOKENS - 1) * shown, *was = before + (TOKENS - 1) * shown;
  g_assert_cmpfloat_with_epsilon (last[0], view->channels[2].ln_decay,
                                  NEAR (view->channels[2].ln_decay));
  g_assert_cmpfloat (was[0], <=, last[0]); /* a filter only drops */
  for (gsize h = 0; h < view->n_channels; h++)
    if (view->channels[h].global && h != 2) {
      double said = view->channels[h].ln_decay;
      g_assert_cmpfloat_with_epsilon (last[place++], said, NEAR (said));
    }
  g_assert_cmpuint (place, ==, shown);
}

static void
test_text (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeReading) reading = scope_reading_new (self->session);
  gsize channels = scope_session_get_layer_view (self->session)->n_channels;

  g_autofree char *row_folder = run (self, "text");
  g_autofree float *row = read_npy (row_folder, "row.npy", TOKENS);
  assert_cell (self, 97, 31, row[31]);
  scope_reading_set_colour (reading, SCOPE_READING_COLUMN);
  g_autofree char *column_folder = run (self, "text");
  g_autofree float *column = read_npy (column_folder, "column.npy", TOKENS);
  assert_cell (self, 97, 31, column[97]);
  scope_reading_set_colour (reading, SCOPE_READING_DELTA);
  g_autofree char *trace_folder = run (self, "text");
  g_autofree char *layer_folder = g_build_filename (trace_folder, "layer", NULL);
  g_free (read_npy (layer_folder, "delta.npy", TOKENS * channels));
  scope_reading_set_colour (reading, SCOPE_READING_SURPRISAL);
  g_autofree char *surprisal_folder = run (self, "text");
  g_autofree float *surprisal = read_npy (surprisal_folder, "surprisal.npy", TOKENS);
  scope_inquiry_set_active (SCOPE_INQUIRY (reading), TRUE);
  settle (self->session);
  const ScopeReadingView *view = scope_reading_get_view (reading);
  WAIT ((view = scope_reading_get_view (reading)) != NULL && view->kind == SCOPE_READING_SURPRISAL
        && view->computed == TOKENS);
  g_assert_true (isnan (surprisal[0]));
  for (gsize t = 1; t < TOKENS; t++) /* logits in float32, by another number of rows at a time */
    g_assert_cmpfloat_with_epsilon (surprisal[t], view->values[t], 1e-4);
}

static void
assert_written (Fixture *self, const char *view, const char *name, const char *beginning)
{
  g_autofree char *folder = run (self, view);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_cmpuint (length, >, strlen (beginning));
  g_assert_true (memcmp (data, beginning, strlen (beginning)) == 0);
}

static void
test_files (Fixture *self, gconstpointer data)
{
  assert_written (self, "atlas", "atlas.png", "\x89PNG");
  assert_written (self, "sweep", "sweep.csv",
                  "text,length,filter,windows,perplexity,ci_low,ci_high\n");
}

/* Runs each of PAGE's lines in a folder of its own; returns the folder. */
static char *
run_compare (ScopeCompare *compare, ScopeComparePage page, guint lines)
{
  g_autofree char *all = scope_compare_command_lines (compare, page);
  g_auto (GStrv) line = g_strsplit (all, "\n", -1);
  g_autofree char *folder = scope_test_folder ();

  g_assert_cmpuint (g_strv_length (line), ==, lines);
  for (guint k = 0; k < lines; k++)
    run_in (folder, line[k]);
  return g_steal_pointer (&folder);
}

static void
assert_side (ScopeCompare *compare, ScopeSide side, gsize row, gsize column, double written)
{
  double shown;

  g_assert_true (scope_compare_cell (compare, side, row, column, &shown));
  g_assert_cmpfloat_with_epsilon (written, shown, NEAR (shown));
}

/* Two filters, then another channel, then another text: the numbers are those on screen. */
static void
test_compare (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeCompare) compare = scope_compare_new (self->session);
  const ScopeRange part[SCOPE_N_SIDES] = { { 60, 90, 20, 45 }, { 60, 90, 20, 45 } };
  gsize others = 101;
  g_autofree char *text = scope_test_ids (self->folder, "other ids.json", 77, others, VOCAB, NULL);

  g_autofree char *figure = run_compare (compare, SCOPE_COMPARE_PAGE_MAP, 1);
  g_autofree char *png = g_build_filename (figure, "compare.png", NULL);
  g_assert_true (g_file_test (png, G_FILE_TEST_EXISTS));

  scope_compare_set_shown (compare, TRUE, FALSE);
  scope_compare_set_view (compare, part, 30);
  g_assert_true (
      scope_compare_set_filter (compare, SCOPE_SIDE_A, "longmamba-online:top=0.5", NULL));
  g_object_set (compare, "b-channel", 1, "b-text", text, NULL);
  settle (self->session);
  g_assert_null (scope_compare_get_message (compare));
  g_autofree char *maps = run_compare (compare, SCOPE_COMPARE_PAGE_MAP, 2);
  g_autofree float *a = read_npy (maps, "a.npy", 30 * 25), *b = read_npy (maps, "b.npy", 30 * 25);
  assert_side (compare, SCOPE_SIDE_A, 61, 22, a[1 * 25 + 2]);
  assert_side (compare, SCOPE_SIDE_B, 61, 22, b[1 * 25 + 2]);
  g_autofree char *rows = run_compare (compare, SCOPE_COMPARE_PAGE_TEXT, 2);
  g_autofree float *row = read_npy (rows, "b.npy", others);
  assert_side (compare, SCOPE_SIDE_B, 97, 31, row[31]);
  g_autofree char *decays = run_compare (compare, SCOPE_COMPARE_PAGE_DECAY, 2);
  g_free (read_npy (decays, "a.npy", TOKENS)); /* of a side's channel alone */
  g_free (read_npy (decays, "b.npy", others));
}

int
main (int argc, char *argv[])
{
  static const struct {
    const char *path;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "map", test_map },
    { "decay", test_decay },
    { "text", test_text },
    { "files", test_files },
    { "compare", test_compare },
    { "compared-figure", test_compared_figure },
    { "shown-figures", test_shown_figures },
    { "shown-atlas", test_shown_atlas },
  };
  static const ScopeFamily families[] = { SCOPE_FAMILY_MAMBA, SCOPE_FAMILY_MAMBA2 };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    for (guint k = 0; k < G_N_ELEMENTS (families); k++) {
      g_autofree char *path = g_strdup_printf ("/session-command/%s/%u", tests[i].path, k);
      g_test_add (path, Fixture, GINT_TO_POINTER (families[k]), set_up, tests[i].test, tear_down);
    }
  return g_test_run ();
}

/* Figures on their way out: the bytes that the app makes are those of the command line, to the last
 * one; what is there is not run again; undo, preflight, and files that fail. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "session/preview.h"
#include "test-support.h"
#include "wait.h"

#define TOKENS 173
#define VOCAB  53

typedef struct {
  ScopeSession *session;
  char *model, *text, *folder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2,
                                   .vocab_size = VOCAB,
                                   .n_layer = 3,
                                   .train_length = 40,
                                   .seed = scope_test_seed (5210) };

  self->folder = scope_test_folder ();
  self->model = scope_test_random_model (&shape);
  self->text = scope_test_ids (self->folder, "ids.json", shape.seed, TOKENS, VOCAB, NULL);
  self->session = scope_session_new ();
  scope_session_open (self->session, self->model, self->text);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_nonnull (scope_session_get_tokens (self->session));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_assert_finalize_object (self->session);
  g_free (self->model);
  g_free (self->text);
  g_free (self->folder);
}

static ScopePreview *
preview_of (Fixture *self, ScopeFigureKind kind)
{
  ScopePreview *preview
      = scope_preview_new (self->session, scope_session_recipe (self->session, kind));

  WAIT (!scope_preview_is_running (preview));
  if (scope_preview_get_error (preview) != NULL)
    g_error ("figure %d: %s", kind, scope_preview_get_error (preview));
  g_assert_true (scope_preview_is_ready (preview));
  WAIT (scope_preview_get_flaws (preview) != NULL);
  return preview;
}

/* --- the same bytes -----------------------------------------------------------------------------
 */

/* mambascope-cli figure RECIPE --out FILE, as bytes. */
static GBytes *
by_command_line (Fixture *self, const char *json, const char *ending)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *recipe = g_build_filename (self->folder, "recipe.json", NULL);
  g_autofree char *file = g_strconcat ("cli.", ending, NULL);
  g_autofree char *out = g_build_filename (self->folder, file, NULL);
  const char *program = g_getenv ("SCOPE_TEST_CLI");
  const char *const argv[] = { program, "figure", recipe, "--out", out, NULL };
  g_autoptr (GSubprocess) run = NULL;

  g_assert_nonnull (program);
  g_assert_true (scope_file_write (recipe, json, strlen (json), &error));
  run = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (run, NULL, &error));
  g_assert_no_error (error);
  GBytes *bytes = scope_file_map (out, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
assert_same (Fixture *self, ScopePreview *preview, const char *json, ScopeFileFormat format)
{
  g_autoptr (GBytes) expected = by_command_line (self, json, scope_file_ending (format));

  scope_preview_set_format (preview, format);
  WAIT (scope_preview_get_bytes (preview, format) != NULL);
  g_assert_true (g_bytes_equal (scope_preview_get_bytes (preview, format), expected));
}

/* Every kind, from the recipe before it ran (presets too) and from the one that it became; the run
 * that the session lends is the one that the command line makes anew. */
static void
test_bytes (Fixture *self, gconstpointer data)
{
  for (guint filter = 0; filter < 2; filter++) {
    scope_session_set_filter_on (self->session, filter > 0);
    WAIT (!scope_session_get_busy (self->session));
    for (guint kind = 0; kind < SCOPE_N_FIGURES; kind++) {
      g_autoptr (ScopeRecipe) recipe = scope_session_recipe (self->session, kind);
      g_autofree char *before = scope_recipe_to_json (recipe);
      g_autoptr (ScopePreview) preview = preview_of (self, kind);
      g_autofree char *after = scope_recipe_to_json (scope_preview_get_recipe (preview));

      assert_same (self, preview, before, SCOPE_FILE_PNG);
      if (filter > 0)
        continue;
      assert_same (self, preview, after, SCOPE_FILE_SVG);
      assert_same (self, preview, after, SCOPE_FILE_PDF);
    }
  }
}

/* A figure has the ε that is set; the usual one goes without saying. */
static void
test_epsilon (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopeRecipe) usual = scope_session_recipe (self->session, SCOPE_FIGURE_MAP);
  g_autofree char *silent = scope_recipe_to_json (usual);
  scope_session_set_epsilon (self->session, 0.125);
  for (guint kind = 0; kind < SCOPE_N_FIGURES; kind++) {
    g_autoptr (ScopeRecipe) recipe = scope_session_recipe (self->session, kind);
    g_autofree char *json = scope_recipe_to_json (recipe);
    g_assert_nonnull (strstr (json, "\"epsilon\": 0.125"));
  }
  g_assert_null (strstr (silent, "epsilon"));
}

/* The same after an edit, which draws results that are there. */
static void
test_bytes_of_edit (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_MAP);
  ScopeRecipe *recipe = scope_preview_begin (preview, NULL);

  scope_recipe_style (recipe)->palette = SCOPE_PALETTE_MAGMA;
  scope_recipe_style (recipe)->label = 'c';
  scope_recipe_style (recipe)->width_mm = 61.5;
  scope_recipe_set_title (recipe, "A title");
  scope_recipe_set_words (recipe, "Words of α");
  scope_recipe_set_dpi (recipe, 300);
  scope_preview_changed (preview);
  g_assert_true (scope_preview_is_ready (preview)); /* at once */
  g_autofree char *json = scope_recipe_to_json (scope_preview_get_recipe (preview));
  assert_same (self, preview, json, SCOPE_FILE_PNG);
  assert_same (self, preview, json, SCOPE_FILE_SVG);
}

/* Panels of different models, texts and kinds in one figure. */
static void
test_bytes_of_several (Fixture *self, gconstpointer data)
{
  static const ScopeFigureKind kinds[]
      = { SCOPE_FIGURE_MAP, SCOPE_FIGURE_DECAY, SCOPE_FIGURE_COMPARE };
  const ScopeRandomModel other
      = { .family = SCOPE_FAMILY_MAMBA, .vocab_size = VOCAB, .n_layer = 2, .seed = 77 };
  g_autofree char *model = scope_test_random_model (&other);
  g_autoptr (ScopePreview) preview = scope_preview_new (self->session, scope_recipe_empty ());

  g_assert_null (scope_preview_get_figure (preview));
  for (guint k = 0; k < G_N_ELEMENTS (kinds); k++) {
    g_autoptr (ScopeRecipe) one = scope_session_recipe (self->session, kinds[k]);
    scope_recipe_append (scope_preview_begin (preview, NULL), one);
    scope_preview_changed (preview);
  }
  scope_session_open (self->session, model, self->text);
  WAIT (!scope_session_get_busy (self->session));
  g_autoptr (ScopeRecipe) last = scope_session_recipe (self->session, SCOPE_FIGURE_MAP);
  scope_recipe_append (scope_preview_begin (preview, NULL), last);
  scope_preview_changed (preview);
  WAIT (!scope_preview_is_running (preview));
  g_assert_cmpstr (scope_preview_get_error (preview), ==, NULL);
  g_assert_cmpuint (scope_figure_panels (scope_preview_get_figure (preview)), ==, 4);
  g_autofree char *json = scope_recipe_to_json (scope_preview_get_recipe (preview));
  assert_same (self, preview, json, SCOPE_FILE_PNG);
  assert_same (self, preview, json, SCOPE_FILE_PDF);
}

/* --- editing ------------------------------------------------------------------------------------
 */

static void
test_panels (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_MAP);
  g_autoptr (ScopeRecipe) decay = scope_session_recipe (self->session, SCOPE_FIGURE_DECAY);
  ScopeResult *map = scope_result_ref (scope_figure_panel (scope_preview_get_figure (preview), 0));

  scope_recipe_append (scope_preview_begin (preview, NULL), decay);
  scope_preview_changed (preview);
  g_assert_true (scope_preview_is_running (preview)); /* the decay is new */
  WAIT (!scope_preview_is_running (preview));
  g_assert_true (scope_figure_panel (scope_preview_get_figure (preview), 0) == map);
  scope_recipe_move_panel (scope_preview_begin (preview, NULL), 1, 0);
  scope_preview_changed (preview);
  g_assert_true (scope_preview_is_ready (preview));
  g_assert_true (scope_figure_panel (scope_preview_get_figure (preview), 1) == map);
  g_assert_cmpstr (scope_recipe_panel_kind (scope_preview_get_recipe (preview), 0), ==, "decay");
  scope_recipe_remove_panel (scope_preview_begin (preview, NULL), 0);
  scope_preview_changed (preview);
  g_assert_cmpuint (scope_figure_panels (scope_preview_get_figure (preview)), ==, 1);
  scope_preview_undo (preview);
  scope_preview_undo (preview);
  g_assert_cmpuint (scope_figure_panels (scope_preview_get_figure (preview)), ==, 2);
  g_assert_cmpstr (scope_recipe_panel_kind (scope_preview_get_recipe (preview), 1), ==, "decay");
  scope_result_unref (map);
}

/* What the recipe has no more is run again once it was let go of; what it has is not. */
static void
test_forget (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_MAP);
  g_autoptr (ScopeRecipe) decay = scope_session_recipe (self->session, SCOPE_FIGURE_DECAY);
  gpointer map = scope_figure_panel (scope_preview_get_figure (preview), 0);

  scope_recipe_append (scope_preview_begin (preview, NULL), decay);
  scope_preview_changed (preview);
  WAIT (!scope_preview_is_running (preview));
  scope_recipe_remove_panel (scope_preview_begin (preview, NULL), 1);
  scope_preview_changed (preview);
  scope_preview_forget (preview);
  scope_preview_undo (preview);
  g_assert_true (scope_preview_is_running (preview));
  WAIT (!scope_preview_is_running (preview));
  g_assert_cmpuint (scope_figure_panels (scope_preview_get_figure (preview)), ==, 2);
  g_assert_true (scope_figure_panel (scope_preview_get_figure (preview), 0) == map);
}

/* 16 MiB: a bin for each of the cells. */
static ScopeRecipe *
large_map (Fixture *self, const char *text, guint map)
{
  g_autofree char *json
      = g_strdup_printf ("{\"mambascope\":1,\"model\":\"%s\",\"text\":\"%s\",\"panels\":[{"
                         "\"kind\":\"map\",\"layer\":%u,\"channel\":%u,\"bins\":2048}]}",
                         self->model, text, map % 3, map / 3);
  return scope_recipe_parse (json, strlen (json), "large", NULL);
}

/* Undoing is at once as long as what it brings back has room in 64 MiB. */
static void
test_room (Fixture *self, gconstpointer data)
{
  g_autofree char *text
      = scope_test_ids (self->folder, "long.json", scope_test_seed (5211), 2048, VOCAB, NULL);
  g_autoptr (ScopePreview) preview = scope_preview_new (self->session, large_map (self, text, 0));

  WAIT (!scope_preview_is_running (preview));
  for (guint map = 1; map < 5; map++) {
    scope_preview_replace (preview, large_map (self, text, map));
    WAIT (!scope_preview_is_running (preview));
    g_assert_cmpstr (scope_preview_get_error (preview), ==, NULL);
    scope_preview_undo (preview);
    g_assert_cmpint (scope_preview_is_ready (preview), ==, map < 4); /* the fifth is too many */
    scope_preview_redo (preview);
    g_assert_true (scope_preview_is_ready (preview));
  }
}

static void
set_width (ScopePreview *preview, const char *topic, double width)
{
  scope_recipe_style (scope_preview_begin (preview, topic))->width_mm = width;
  scope_preview_changed (preview);
}

static double
width_of (ScopePreview *preview)
{
  double width, height;

  scope_figure_size (scope_preview_get_figure (preview), &width, &height);
  return width / 72 * 25.4;
}

static void
test_undo (Fixture *self, gconstpointer data)
{
  static const char topic[] = "width";
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_DECAY);

  g_assert_false (scope_preview_can_undo (preview));
  set_width (preview, topic, 90);
  set_width (preview, topic, 91); /* a spinning button: one step */
  set_width (preview, NULL, 183);
  g_assert_cmpfloat_with_epsilon (width_of (preview), 183, 1e-9);
  scope_preview_undo (preview);
  g_assert_cmpfloat_with_epsilon (width_of (preview), 91, 1e-9);
  scope_preview_undo (preview);
  g_assert_cmpfloat_with_epsilon (width_of (preview), 89, 1e-9);
  g_assert_false (scope_preview_can_undo (preview));
  scope_preview_redo (preview);
  g_assert_cmpfloat_with_epsilon (width_of (preview), 91, 1e-9);
  set_width (preview, NULL, 100);
  g_assert_false (scope_preview_can_redo (preview));
}

static gsize
flaws_of (ScopePreview *preview)
{
  WAIT (scope_preview_get_flaws (preview) != NULL);
  return scope_preview_get_flaws (preview)->len;
}

static void
test_mend (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_MAP);

  g_assert_cmpuint (flaws_of (preview), ==, 0);
  scope_recipe_style (scope_preview_begin (preview, NULL))->font_pt = 4;
  scope_recipe_set_dpi (scope_preview_begin (preview, NULL), 120);
  scope_preview_changed (preview);
  g_assert_cmpuint (flaws_of (preview), ==, 2);
  scope_preview_set_format (preview, SCOPE_FILE_PDF); /* which has no resolution of its own */
  g_assert_cmpuint (flaws_of (preview), ==, 1);
  scope_preview_set_format (preview, SCOPE_FILE_PNG);
  for (guint round = 0; flaws_of (preview) > 0 && round < 4; round++)
    scope_preview_mend (preview, g_ptr_array_index (scope_preview_get_flaws (preview), 0));
  g_assert_cmpuint (flaws_of (preview), ==, 0);
  g_assert_cmpfloat (scope_recipe_dpi (scope_preview_get_recipe (preview)), ==, 600);
}

/* --- files --------------------------------------------------------------------------------------
 */

typedef struct {
  guint calls;
  GError *error;
} Written;

static void
on_written (ScopePreview *preview, const GError *error, gpointer data)
{
  Written *self = data;

  self->calls++;
  g_clear_error (&self->error);
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static void
write_and_wait (ScopePreview *preview, const char *path, Written *written)
{
  const ScopePreviewFiles files
      = { .path = path, .data = TRUE, .latex = TRUE, .caption = TRUE, .recipe = TRUE };
  guint calls = written->calls;

  scope_preview_write (preview, &files, on_written, written);
  WAIT (written->calls > calls);
}

static void
test_files (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_DECAY);
  g_autofree char *path = g_build_filename (self->folder, "my figure.v2.svg", NULL);
  const ScopePreviewFiles files
      = { .path = path, .data = TRUE, .latex = TRUE, .caption = TRUE, .recipe = TRUE };
  static const char *const endings[] = { ".svg", "-data", ".tex", ".txt", ".json" };
  g_auto (GStrv) list = scope_preview_list_files (preview, &files);
  Written written = { 0 };

  scope_preview_set_format (preview, SCOPE_FILE_SVG);
  g_assert_cmpuint (g_strv_length (list), ==, G_N_ELEMENTS (endings));
  write_and_wait (preview, path, &written);
  g_assert_no_error (written.error);
  for (guint k = 0; k < G_N_ELEMENTS (endings); k++) {
    g_assert_true (g_str_has_suffix (list[k], endings[k]));
    g_assert_nonnull (strstr (list[k], "my figure.v2"));
    g_assert_true (g_file_test (list[k], G_FILE_TEST_EXISTS));
  }
  g_autoptr (GBytes) svg = scope_file_map (path, NULL);
  WAIT (scope_preview_get_bytes (preview, SCOPE_FILE_SVG) != NULL);
  g_assert_true (g_bytes_equal (svg, scope_preview_get_bytes (preview, SCOPE_FILE_SVG)));
  /* The recipe that was written is the figure's own. */
  g_autofree char *json = scope_file_read (list[4], 1 << 20, NULL, NULL);
  g_autoptr (GBytes) again = by_command_line (self, json, "svg");
  g_assert_true (g_bytes_equal (svg, again));
}

/* What cannot be written is said by its path, and an old file stays. */
static void
test_failure (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_DECAY);
  g_autofree char *nowhere = g_build_filename (self->folder, "no", "such", "folder.png", NULL);
  g_autofree char *path = g_build_filename (self->folder, "kept.png", NULL);
  g_autofree char *data_folder = g_build_filename (self->folder, "kept-data", NULL);
  g_autofree char *kept = NULL;
  Written written = { 0 };
  gsize length;

  write_and_wait (preview, nowhere, &written);
  g_assert_nonnull (written.error);
  g_assert_nonnull (strstr (written.error->message, "folder.png"));
  /* A folder where the file should be. */
  g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
  write_and_wait (preview, path, &written);
  g_assert_nonnull (written.error);
  g_assert_nonnull (strstr (written.error->message, "kept.png"));
  g_assert_cmpint (g_rmdir (path), ==, 0);
  /* The old picture, and a file where the folder of data should be: the new picture is whole, and
   * what failed is named. */
  g_assert_true (g_file_set_contents (data_folder, "x", 1, NULL));
  write_and_wait (preview, path, &written);
  g_assert_nonnull (written.error);
  g_assert_nonnull (strstr (written.error->message, "kept-data"));
  kept = scope_file_read (path, 1 << 24, &length, NULL);
  g_assert_nonnull (kept);
  g_assert_cmpmem (kept, 8, "\x89PNG\r\n\x1a\n", 8);
  g_clear_error (&written.error);
}

static void
test_cancel (Fixture *self, gconstpointer data)
{
  g_autoptr (ScopePreview) preview
      = scope_preview_new (self->session, scope_session_recipe (self->session, SCOPE_FIGURE_MAPS));
  g_autofree char *path = g_build_filename (self->folder, "never.png", NULL);
  const ScopePreviewFiles files = { .path = path };
  Written written = { 0 };

  g_assert_true (scope_preview_is_running (preview));
  scope_preview_cancel (preview);
  g_assert_false (scope_preview_is_running (preview));
  g_assert_cmpstr (scope_preview_get_error (preview), ==, "Stopped");
  scope_preview_run_again (preview);
  WAIT (!scope_preview_is_running (preview));
  g_assert_true (scope_preview_is_ready (preview));
  /* All of the session is cancelled, and this with it. */
  scope_preview_write (preview, &files, on_written, &written);
  scope_session_cancel (self->session);
  WAIT (!scope_session_get_busy (self->session));
  g_assert_cmpuint (written.calls, ==, 1);
  g_assert_true (written.error == NULL || scope_error_is_cancelled (written.error));
  g_assert_true (written.error == NULL || !g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&written.error);
}

/* A text that is too short for a sweep, a folder that is no model: said, and the last figure stays.
 */
static void
test_error (Fixture *self, gconstpointer data)
{
  static const char json[] = "{\"mambascope\":1,\"model\":\"/no/such/model\",\"text\":\"t\","
                             "\"panels\":[{\"kind\":\"decay\",\"layer\":0}]}";
  g_autoptr (ScopePreview) preview = preview_of (self, SCOPE_FIGURE_DECAY);
  ScopeFigure *before = scope_preview_get_figure (preview);

  scope_preview_replace (preview, scope_recipe_parse (json, strlen (json), "r", NULL));
  WAIT (!scope_preview_is_running (preview));
  g_assert_nonnull (strstr (scope_preview_get_error (preview), "/no/such/model"));
  g_assert_false (scope_preview_is_ready (preview));
  g_assert_true (scope_preview_get_figure (preview) == before);
  scope_preview_undo (preview);
  g_assert_null (scope_preview_get_error (preview));
  g_assert_true (scope_preview_is_ready (preview));
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "bytes", test_bytes },
    { "epsilon", test_epsilon },
    { "bytes-of-edit", test_bytes_of_edit },
    { "bytes-of-several", test_bytes_of_several },
    { "panels", test_panels },
    { "forget", test_forget },
    { "room", test_room },
    { "undo", test_undo },
    { "mend", test_mend },
    { "files", test_files },
    { "failure", test_failure },
    { "cancel", test_cancel },
    { "error", test_error },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/session/preview/", tests[i].name, NULL);
    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}

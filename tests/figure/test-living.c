/* What a file says of itself comes back, whatever it was; other files are refused. */
#include <string.h>

#include "base/file.h"
#include "export/figure-private.h"
#include "export/living.h"
#include "fixture.h"
#include "test-support.h"

/* All that the formats write in a way of their own. */
static const char *const texts[] = {
  "plain",
  "prose & <markup> \"quoted\" – Größe α",
  "100 %; mambascope:recipe=false %3B (nested (parens) and \\ a backslash)",
  "𝄞 beyond the first plane\tand a tab",
  "]]> --> %25 %; %",
};

static ScopeFigure *
figure_about (const char *text)
{
  ScopeFigure *figure = fixture_figure ("map");
  ScopeResult *result = g_ptr_array_index (figure->panels, 0);
  g_autofree char *recipe = g_strdup_printf ("{ \"mambascope\": 1, \"title\": \"%s\" }", text);
  scope_provenance_set (result->provenance, "text", "%s", text);
  scope_figure_set_recipe (figure, recipe);
  return figure;
}

static void
check_pair (const char *key, const char *value, gpointer data)
{
  g_assert_cmpstr (g_hash_table_lookup (data, key), ==, value);
}

static void
test_there_and_back (gconstpointer data)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_strconcat (folder, "/f.", data, NULL);
  for (gsize k = 0; k < G_N_ELEMENTS (texts); k++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (ScopeFigure) figure = figure_about (texts[k]);
    g_assert_true (scope_figure_write (figure, path, 72, &error));
    g_autoptr (GHashTable) said = scope_living_read (path, &error);
    g_assert_no_error (error);
    scope_figure_metadata (figure, check_pair, said);
    g_assert_cmpstr (g_hash_table_lookup (said, "text"), ==, texts[k]);
  }
}

/* Also where all is ASCII, which PDF writes in another way. */
static void
test_ascii (void)
{
  g_autofree char *folder = scope_test_folder ();
  static const char *const endings[] = { "png", "pdf", "svg" };
  for (gsize k = 0; k < G_N_ELEMENTS (endings); k++) {
    g_autofree char *path = g_strdup_printf ("%s/a.%s", folder, endings[k]);
    g_autoptr (GError) error = NULL;
    ScopeStyle style;
    scope_style_init (&style);
    g_autoptr (ScopeFigure) figure = scope_figure_new (&style);
    ScopeResult *result = fixture_checkerboard ();
    g_free (result->value_label);
    result->value_label = g_strdup ("value");
    result->title = g_strdup ("ascii");
    scope_figure_add (figure, result);
    scope_result_unref (result);
    scope_figure_set_recipe (figure, "{ \"a\": \"(b) \\\\ c; %\" }");
    g_assert_true (scope_figure_write (figure, path, 72, &error));
    g_autoptr (GHashTable) said = scope_living_read (path, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (g_hash_table_lookup (said, "recipe"), ==, "{ \"a\": \"(b) \\\\ c; %\" }");
  }
}

static void
check_refused (const char *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) said = scope_living_parse (data, length, "some.png", &error);
  g_assert_null (said);
  g_assert_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_LIVING);
  g_assert_nonnull (strstr (error->message, "some.png"));
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_refused (void)
{
  static const char *const others[] = {
    "",
    "x",
    "\x89PNG\r\n\x1a\n",
    "%PDF-1.4\n/Keywords",
    "%PDF-1.4\n/Keywords (",
    "%PDF-1.4 /Keywords <",
    "%PDF-1.4 /Keywords <FEFF00",
    "%PDF-1.4 /Keywords (; mambascope:recipe)",
    "<?xml",
    "<?xml?><m:entry",
    "<?xml version=\"1.0\"?><svg><m:entry key=\"text\">a</m:entry></svg>",
    "GIF89a",
  };
  for (gsize k = 0; k < G_N_ELEMENTS (others); k++)
    check_refused (others[k], strlen (others[k]));
  g_autoptr (GError) error = NULL;
  g_assert_null (scope_living_read ("/nowhere/at/all.png", &error));
  g_assert_nonnull (strstr (error->message, "/nowhere/at/all.png"));
}

/* A file cut anywhere, or with any byte changed, is read or refused, and nothing else. */
static void
test_damaged (gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (21));
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_strconcat (folder, "/f.", data, NULL);
  g_autoptr (ScopeFigure) figure = figure_about (texts[1]);
  g_autoptr (GError) wrong = NULL;
  g_assert_true (scope_figure_write (figure, path, 36, &wrong));
  gsize length;
  g_autofree char *whole = scope_file_read (path, 1 << 28, &length, &wrong);
  for (int n = 0; n < 400; n++) {
    g_autoptr (GError) error = NULL;
    /* A copy of its own size, so that a sanitizer sees reads beyond it. */
    gsize size = n % 2 == 0 ? (gsize)g_rand_int_range (random, 0, (gint32)length) : length;
    g_autofree char *copy = g_memdup2 (whole, MAX (size, 1));
    if (size > 0)
      copy[g_rand_int_range (random, 0, (gint32)size)] = (char)g_rand_int_range (random, 0, 256);
    g_autoptr (GHashTable) said = scope_living_parse (copy, size, "f", &error);
    g_assert_true ((said == NULL) == (error != NULL));
  }
}

int
main (int argc, char **argv)
{
  static const char *const endings[] = { "png", "pdf", "svg" };
  g_test_init (&argc, &argv, NULL);
  for (gsize k = 0; k < G_N_ELEMENTS (endings); k++) {
    g_autofree char *back = g_strconcat ("/living/there-and-back/", endings[k], NULL);
    g_autofree char *damaged = g_strconcat ("/living/damaged/", endings[k], NULL);
    g_test_add_data_func (back, endings[k], test_there_and_back);
    g_test_add_data_func (damaged, endings[k], test_damaged);
  }
  g_test_add_func ("/living/ascii", test_ascii);
  g_test_add_func ("/living/refused", test_refused);
  return g_test_run ();
}

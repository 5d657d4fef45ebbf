/* Models by their id: caches in their order, snapshots, and what is said where there is nothing.
 * The cache is laid out here as the Hugging Face tools lay it out: blobs, and links to them. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include "base/error.h"
#include "base/file.h"
#include "model/hub-cache.h"
#include "test-support.h"

#define ID "state-spaces/mamba-130m-hf"

static char *home; /* the only home folder of this process: it is asked for once */

static char *
make_folder (const char *first, const char *second)
{
  char *path = g_build_filename (first, second, NULL);
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  return path;
}

static void
write_text (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (scope_file_write (path, text, strlen (text), NULL));
}

/* A snapshot of SECONDS' age with a config.json that links to a blob. */
static char *
make_snapshot (const char *cache, const char *revision, guint seconds)
{
  g_autofree char *repository = make_folder (cache, "models--state-spaces--mamba-130m-hf");
  g_autofree char *blobs = make_folder (repository, "blobs");
  g_autofree char *inner = g_build_filename ("snapshots", revision, NULL);
  char *snapshot = make_folder (repository, inner);
  g_autofree char *link = g_build_filename (snapshot, "config.json", NULL);
  write_text (blobs, "0123", "{}");
  g_assert_cmpint (symlink ("../../blobs/0123", link), ==, 0);
  const struct utimbuf times = { 1700000000 - (time_t)seconds, 1700000000 - (time_t)seconds };
  g_assert_cmpint (utime (snapshot, &times), ==, 0);
  return snapshot;
}

static void
set_main (const char *cache, const char *text)
{
  g_autofree char *refs
      = g_build_filename (cache, "models--state-spaces--mamba-130m-hf", "refs", NULL);
  g_assert_cmpint (g_mkdir_with_parents (refs, 0700), ==, 0);
  write_text (refs, "main", text);
}

static void
expect_located (const char *model, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = scope_hub_locate (model, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (path, ==, expected);
}

static void
forget_caches (void)
{
  g_unsetenv ("HF_HUB_CACHE");
  g_unsetenv ("HF_HOME");
  g_unsetenv ("XDG_CACHE_HOME");
}

/* The caches, from the last that is asked to the first. */
static void
test_order (void)
{
  g_autofree char *base = scope_test_folder ();
  g_autofree char *hub = make_folder (base, "a");
  g_autofree char *hf_home = make_folder (base, "b");
  g_autofree char *hf_hub = make_folder (hf_home, "hub");
  g_autofree char *xdg = make_folder (base, "c");
  g_autofree char *xdg_hub = make_folder (xdg, "huggingface/hub");
  g_autofree char *home_hub = make_folder (home, ".cache/huggingface/hub");
  g_autofree char *first = make_snapshot (home_hub, "h", 0);
  forget_caches ();
  expect_located (ID, first);
  g_setenv ("XDG_CACHE_HOME", xdg, TRUE);
  g_setenv ("HF_HOME", hf_home, TRUE);
  g_setenv ("HF_HUB_CACHE", hub, TRUE);
  expect_located (ID, first); /* the others are asked, but have nothing */
  g_autofree char *second = make_snapshot (xdg_hub, "x", 0);
  expect_located (ID, second);
  g_autofree char *third = make_snapshot (hf_hub, "f", 0);
  expect_located (ID, third);
  g_autofree char *fourth = make_snapshot (hub, "c", 0);
  expect_located (ID, fourth);
  forget_caches ();
}

static void
test_snapshots (void)
{
  g_autofree char *cache = scope_test_folder ();
  g_setenv ("HF_HUB_CACHE", cache, TRUE);
  g_autofree char *old = make_snapshot (cache, "ffff", 500);
  g_autofree char *young = make_snapshot (cache, "aaaa", 50);
  expect_located (ID, young); /* no refs/main: the newest */
  set_main (cache, "ffff\n");
  expect_located (ID, old);
  const char *const nowhere[] = { "bbbb", "", "..", "../snapshots/aaaa", "." };
  for (gsize i = 0; i < G_N_ELEMENTS (nowhere); i++) {
    set_main (cache, nowhere[i]);
    expect_located (ID, young);
  }
  g_autofree char *repository
      = g_build_filename (cache, "models--state-spaces--mamba-130m-hf", NULL);
  expect_located (repository, young); /* the folder of the cache itself */
  expect_located (old, old);
  g_autofree char *name = scope_hub_model_name (old);
  g_assert_cmpstr (name, ==, "mamba-130m-hf");
  forget_caches ();
}

/* What exists is never taken for an id. */
static void
test_paths (void)
{
  g_autofree char *cache = scope_test_folder ();
  g_autofree char *here = scope_test_folder ();
  g_autofree char *local = make_folder (here, ID);
  g_autofree char *snapshot = make_snapshot (cache, "aaaa", 0);
  g_autofree char *before = g_get_current_dir ();
  g_setenv ("HF_HUB_CACHE", cache, TRUE);
  expect_located (ID, snapshot);
  g_assert_cmpint (g_chdir (here), ==, 0);
  g_assert_true (g_file_test (local, G_FILE_TEST_IS_DIR));
  expect_located (ID, ID);
  write_text (here, "x.pt", "");
  expect_located ("x.pt", "x.pt");
  g_assert_cmpint (g_chdir (before), ==, 0);
  const char *const names[][2]
      = { { "/models/x/", "x" }, { "/a/snapshots/b", "b" }, { "/models--o--n/refs/b", "b" } };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = scope_hub_model_name (names[i][0]);
    g_assert_cmpstr (name, ==, names[i][1]);
  }
  forget_caches ();
}

static void
test_missing (void)
{
  g_autofree char *cache = scope_test_folder ();
  g_autofree char *empty = make_folder (cache, "models--a--b");
  const char *const no_ids[] = { "a/b/c", "/a/b", "./b", "a/../b", "..", "", "a b", "a/", "-a/b" };
  GError *error = NULL;
  g_setenv ("HF_HUB_CACHE", cache, TRUE);
  g_assert_null (scope_hub_locate ("a/b", &error));
  g_autofree char *pattern = g_strdup_printf (
      "a/b: no such folder, and no model of that id in the Hugging Face cache (looked in %s, %s/"
      ".cache/huggingface/hub); to fetch it: hf download a/b",
      cache, home);
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, pattern);
  g_assert_null (scope_hub_locate (empty, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                     "*models--a--b: none of its snapshots has a config.json");
  for (gsize i = 0; i < G_N_ELEMENTS (no_ids); i++) {
    if (g_file_test (no_ids[i], G_FILE_TEST_EXISTS))
      continue;
    g_assert_null (scope_hub_locate (no_ids[i], &error));
    scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*: no such folder or file");
  }
  forget_caches ();
}

/* The whole way: a model of the cache opens by its id, under its own name. */
static void
test_opens (void)
{
  const ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA };
  g_autofree char *model_folder = scope_test_random_model (&shape);
  g_autofree char *cache = scope_test_folder ();
  g_autofree char *snapshots = make_folder (cache, "models--o--tiny/snapshots");
  g_autofree char *snapshot = g_build_filename (snapshots, "abc", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (symlink (model_folder, snapshot), ==, 0);
  g_setenv ("HF_HUB_CACHE", cache, TRUE);
  g_autoptr (ScopeModel) model = scope_model_open ("o/tiny", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scope_model_name (model), ==, "tiny");
  g_assert_cmpstr (scope_model_folder (model), ==, snapshot);
  g_assert_cmpstr (scope_model_path (model), ==, snapshot);
  g_autofree char *file = g_build_filename (model_folder, "model.safetensors", NULL);
  g_autoptr (ScopeModel) same = scope_model_open (file, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (scope_model_folder (same), ==, model_folder);
  g_assert_cmpstr (scope_model_path (same), ==, file);
  g_assert_cmpstr (scope_model_hash (same), ==, scope_model_hash (model));
  forget_caches ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  home = scope_test_folder ();
  g_setenv ("HOME", home, TRUE);
  g_test_add_func ("/hub-cache/order", test_order);
  g_test_add_func ("/hub-cache/snapshots", test_snapshots);
  g_test_add_func ("/hub-cache/paths", test_paths);
  g_test_add_func ("/hub-cache/missing", test_missing);
  g_test_add_func ("/hub-cache/opens", test_opens);
  int failed = g_test_run ();
  g_free (home);
  return failed;
}

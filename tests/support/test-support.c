#include "test-support.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

guint32
scope_test_seed (guint32 fallback)
{
  const char *text = g_getenv ("SCOPE_TEST_SEED");
  guint32 seed = text != NULL ? (guint32)g_ascii_strtoull (text, NULL, 10) : fallback;
  g_test_message ("SCOPE_TEST_SEED=%u", seed);
  return seed;
}

double
scope_test_uniform (GRand *random, double low, double high)
{
  return g_rand_double_range (random, low, high);
}

/* Box and Muller; 1 - u keeps the logarithm away from 0. */
double
scope_test_normal (GRand *random)
{
  double radius = sqrt (-2 * log (1 - g_rand_double (random)));
  return radius * cos (2 * G_PI * g_rand_double (random));
}

static char *root;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
      remove_tree (child);
    else
      g_unlink (child);
  }
  g_rmdir (path);
}

static void
remove_root (void)
{
  remove_tree (root);
  g_clear_pointer (&root, g_free);
}

char *
scope_test_folder (void)
{
  static guint count;
  if (root == NULL) {
    root = g_dir_make_tmp ("scope-test-XXXXXX", NULL);
    g_assert_nonnull (root);
    atexit (remove_root);
  }
  char *folder = g_strdup_printf ("%s/%u", root, count++);
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  return folder;
}

const char *
scope_test_samples (void)
{
  const char *samples = g_getenv ("MAMBASCOPE_SAMPLES");
  g_assert_nonnull (samples);
  return samples;
}

void
scope_test_expect (GError **error, GQuark domain, int code, const char *pattern)
{
  g_assert_error (*error, domain, code);
  const char *message = (*error)->message;
  if (!g_pattern_match_simple (pattern, message) || strchr (message, '\n') != NULL
      || g_str_has_suffix (message, "."))
    g_error ("\"%s\" is not one line like \"%s\"", message, pattern);
  g_clear_error (error);
}

double
scope_test_max_error (const ScopeMatrix *a, const ScopeMatrix *b)
{
  double worst = 0;
  if (scope_matrix_rows (a) != scope_matrix_rows (b)
      || scope_matrix_columns (a) != scope_matrix_columns (b))
    return INFINITY;
  for (gsize i = 0; i < scope_matrix_rows (a); i++)
    for (gsize j = 0; j < scope_matrix_columns (a); j++) {
      double x = scope_matrix_get (a, i, j), y = scope_matrix_get (b, i, j);
      if (isnan (x) != isnan (y))
        return INFINITY;
      if (!isnan (x) && x != y)
        worst = fmax (worst, fabs (x - y));
    }
  return worst;
}

char *
scope_test_ids (const char *folder, const char *name, guint32 seed, gsize count, gint32 vocab,
                gint32 *ids)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  g_autoptr (GString) json = g_string_new ("[");
  g_autofree char *path = g_build_filename (folder, name, NULL);
  for (gsize i = 0; i < count; i++) {
    gint32 id = g_rand_int_range (random, 0, vocab);
    g_string_append_printf (json, "%s%d", i > 0 ? "," : "", id);
    if (ids != NULL)
      ids[i] = id;
  }
  g_string_append_c (json, ']');
  g_assert_true (scope_file_write (path, json->str, json->len, NULL));
  return g_strconcat ("@", path, NULL);
}

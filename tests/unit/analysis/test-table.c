/* Tables: the file says what the memory said, to the bit; and what is not a table of this model is
 * refused with a reason. */
#include <glib/gstdio.h>
#include <math.h>

#include "analysis/table.h"
#include "base/error.h"
#include "base/file.h"
#include "test-support.h"

typedef struct {
  ScopeModel *model;
  char *path;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  ScopeRandomModel shape = { .family = SCOPE_FAMILY_MAMBA2, .n_layer = 2, .seed = 5 };
  g_autofree char *folder = scope_test_random_model (&shape);
  g_autoptr (GError) error = NULL;
  self->model = scope_model_open (folder, NULL, &error);
  g_assert_no_error (error);
  self->path = g_build_filename (folder, "table.json", NULL);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  scope_model_unref (self->model);
  g_free (self->path);
}

static ScopeMatrix *
random_matrix (GRand *random, const ScopeConfig *config, double sign)
{
  ScopeMatrix *out = scope_matrix_new (SCOPE_REAL_F64, config->n_layer, config->channels, NULL);
  for (gsize i = 0; i < config->n_layer; i++)
    for (gsize h = 0; h < config->channels; h++)
      scope_matrix_set (out, i, h, sign * exp (10 * scope_test_normal (random)));
  return out;
}

static ScopeTable *
table_with (Fixture *self, const char *hash, gboolean alpha)
{
  static const gsize lengths[] = { 7, 10, 70 };
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (81));
  const ScopeConfig *config = scope_model_config (self->model);
  g_autoptr (ScopeMatrix) ln_decay = random_matrix (random, config, -1);
  g_autoptr (ScopeMatrix) target = random_matrix (random, config, 1);
  ScopeMatrix *g[3];
  for (gsize s = 0; s < 3; s++)
    g[s] = random_matrix (random, config, 1);
  scope_matrix_set (ln_decay, 1, 2, -INFINITY);
  scope_matrix_set (g[0], 0, 0, 0);
  scope_matrix_set (g[2], 0, 1, INFINITY);
  ScopeTable *table = scope_table_new (hash, 7, 1e-30, 0.2, 13, "max", lengths, 3, ln_decay, target,
                                       g, alpha ? g : NULL);
  for (gsize s = 0; s < 3; s++)
    scope_matrix_unref (g[s]);
  return table;
}

static ScopeTable *
random_table (Fixture *self, const char *hash)
{
  return table_with (self, hash, TRUE);
}

static void
assert_same (const ScopeMatrix *a, const ScopeMatrix *b)
{
  g_assert_cmpfloat (scope_test_max_error (a, b), ==, 0);
}

static void
test_round_trip (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTable) table = random_table (self, scope_model_hash (self->model));
  g_assert_true (scope_table_write (table, self->path, &error));
  g_autoptr (ScopeTable) back = scope_table_read (self->path, self->model, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_table_train_length (back), ==, 7);
  g_assert_cmpuint (scope_table_windows (back), ==, 13);
  g_assert_cmpstr (scope_table_reduction (back), ==, "max");
  g_assert_cmpfloat (scope_table_theta (back), ==, 1e-30);
  g_assert_cmpfloat (scope_table_top (back), ==, 0.2);
  assert_same (scope_table_ln_decay (back), scope_table_ln_decay (table));
  assert_same (scope_table_target (back), scope_table_target (table));
  g_assert_cmpuint (scope_table_n_lengths (back), ==, 3);
  for (gsize s = 0; s < 3; s++) {
    g_assert_cmpuint (scope_table_length (back, s), ==, scope_table_length (table, s));
    assert_same (scope_table_threshold (back, s), scope_table_threshold (table, s));
    assert_same (scope_table_alpha (back, s), scope_table_alpha (table, s));
  }
}

/* As tables were written before there were methods that need it. */
static void
test_without_alpha (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTable) table = table_with (self, scope_model_hash (self->model), FALSE);
  g_assert_true (scope_table_write (table, self->path, &error));
  g_autoptr (ScopeTable) back = scope_table_read (self->path, self->model, &error);
  g_assert_no_error (error);
  g_assert_null (scope_table_alpha (back, 0));
  assert_same (scope_table_threshold (back, 2), scope_table_threshold (table, 2));
}

static void
test_nearest (Fixture *self, gconstpointer data)
{
  static const gsize wanted[][2]
      = { { 1, 0 }, { 7, 0 }, { 8, 0 }, { 9, 1 }, { 10, 1 }, { 40, 1 }, { 41, 2 }, { 1000, 2 } };
  g_autoptr (ScopeTable) table = random_table (self, "x");
  for (gsize i = 0; i < G_N_ELEMENTS (wanted); i++) /* 40 is as far from 10 as from 70 */
    g_assert_cmpuint (scope_table_nearest (table, wanted[i][0]), ==, wanted[i][1]);
}

static void
assert_refused (Fixture *self, const char *part, const char *with, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTable) table = random_table (self, scope_model_hash (self->model));
  g_assert_true (scope_table_write (table, self->path, &error));
  g_autofree char *text = scope_file_read (self->path, 1 << 20, NULL, &error);
  g_assert_nonnull (text);
  char *at = strstr (text, part);
  g_assert_nonnull (at);
  g_autofree char *before = g_strndup (text, (gsize)(at - text));
  g_autofree char *broken = g_strconcat (before, with, at + strlen (part), NULL);
  g_assert_true (scope_file_write (self->path, broken, strlen (broken), &error));
  g_autoptr (ScopeTable) back = scope_table_read (self->path, self->model, &error);
  g_assert_null (back);
  g_assert_nonnull (error);
  if (strstr (error->message, message) == NULL || strstr (error->message, self->path) == NULL)
    g_error ("expected a message about \"%s\", found \"%s\"", message, error->message);
  g_assert_null (strchr (error->message, '\n'));
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  assert_refused (self, "\"mambascope-table\": 1", "\"mambascope-table\": 2", "mambascope-table");
  assert_refused (self, "\"model-hash\": \"", "\"model-hash\": \"0", "was made for model hash 0");
  assert_refused (self, "\"train_length\": 7", "\"train_length\": 0", "$.train_length");
  assert_refused (self, "\"theta\": 1e-30", "\"theta\": 1.5", "$.theta");
  assert_refused (self, "\"theta\": 1e-30", "\"theta\": \"1\"", "$.theta");
  assert_refused (self, "\"top\": 0.2", "\"top\": -0.2", "$.top");
  assert_refused (self, "\"reduction\": \"max\"", "\"reduction\": \"least\"", "$.reduction");
  assert_refused (self, "[7, 10, 70]", "[7, 7, 70]", "$.lengths[1]");
  assert_refused (self, "[7, 10, 70]", "[]", "$.lengths");
  assert_refused (self, "[7, 10, 70]", "[7, 10]", "$.layers[0].threshold: expected 2 entries");
  assert_refused (self, "\"alpha\": [[", "\"alpha\": [[0, ", "$.layers[0].alpha[0]");
  assert_refused (self, "{\"ln_decay\": [", "{\"ln_decay\": [0, ", "$.layers[0].ln_decay");
  assert_refused (self, "{\"ln_decay\": [-", "{\"ln_decay\": [", "$.layers[0].ln_decay[0]");
  assert_refused (self, "\"-inf\"", "\"-infinite\"", "$.layers[1].ln_decay[2]");
  assert_refused (self, "\"-inf\"", "null", "$.layers[1].ln_decay[2]");
  assert_refused (self, "\"target\": [", "\"target\": [-", "$.layers[0].target[0]");
  assert_refused (self, "\"target\": [", "\"tarnet\": [", "$.layers[0].target: expected a list");
  assert_refused (self, "\"layers\": [", "\"layers\": [1, ", "$.layers: expected 2 entries");
  assert_refused (self, "]}\n  ]\n}", "]}\n", "");
}

/* A failed write leaves what was there. */
static void
test_write_fails (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTable) table = random_table (self, "x");
  g_assert_false (scope_table_write (table, "/nonexistent/folder/table.json", &error));
  g_assert_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE);
  g_autoptr (GError) missing = NULL;
  g_assert_null (scope_table_read ("/nonexistent/table.json", self->model, &missing));
  g_assert_error (missing, SCOPE_ERROR, SCOPE_ERROR_FILE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/table/round-trip", test_round_trip);
  ADD ("/table/without-alpha", test_without_alpha);
  ADD ("/table/nearest", test_nearest);
  ADD ("/table/refusals", test_refusals);
  ADD ("/table/write-fails", test_write_fails);
  return g_test_run ();
}

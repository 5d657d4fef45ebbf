/* Files of torch.save: what torch wrote in every format it has had, against the same tensors made
 * contiguous by torch (tests/reference/make_torch_fixture.py). */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/safetensors.h"
#include "model/torch/torch-file.h"
#include "test-support.h"

static const char *const fixtures[]
    = { "zip.pt",           "zip-protocol5.pt", "nested.pt", "old.pt",
        "old-protocol4.pt", "deflated.pt",      "zip64.pt",  "big-endian.pt" };

static char *
fixture_path (const char *name)
{
  return g_build_filename (SCOPE_SOURCE_ROOT, "tests", "unit", "model", "torch", name, NULL);
}

static ScopeTorchFile *
open_fixture (const char *name)
{
  g_autofree char *path = fixture_path (name);
  g_autoptr (GError) error = NULL;
  ScopeTorchFile *file = scope_torch_file_open (path, &error);
  g_assert_no_error (error);
  return file;
}

static void
expect_equal (const char *fixture, const ScopeWeight *got, const ScopeWeight *expected)
{
  g_assert_cmpstr (got->name, ==, expected->name);
  g_assert_cmpint (got->dtype, ==, expected->dtype);
  g_assert_cmpuint (got->rank, ==, expected->rank);
  g_assert_cmpuint (got->count, ==, expected->count);
  g_assert_cmpmem (got->shape, got->rank * sizeof *got->shape, expected->shape,
                   got->rank * sizeof *got->shape);
  gsize bytes = got->count * scope_dtype_size (got->dtype);
  if (bytes > 0 && memcmp (got->data, expected->data, bytes) != 0)
    g_error ("%s: %s: other numbers", fixture, got->name);
}

static void
test_formats (void)
{
  g_autofree char *path = fixture_path ("tensors.safetensors");
  g_autoptr (ScopeSafetensors) expected = scope_safetensors_open (path, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (fixtures); i++) {
    g_autoptr (ScopeTorchFile) file = open_fixture (fixtures[i]);
    g_assert_cmpuint (scope_torch_file_count (file), ==, scope_safetensors_count (expected));
    for (gsize k = 0; k < scope_safetensors_count (expected); k++) {
      const ScopeWeight *weight = scope_safetensors_nth (expected, k);
      g_autoptr (GError) error = NULL;
      const ScopeWeight *got = scope_torch_file_get (file, weight->name, &error);
      g_assert_no_error (error);
      expect_equal (fixtures[i], got, weight);
    }
  }
}

static gboolean
lies_in_file (const ScopeTorchFile *file, const ScopeWeight *weight)
{
  gsize length;
  const guint8 *begin = scope_torch_file_contents (file, &length), *at = weight->data;
  return at >= begin && at < begin + length;
}

/* What can be used from the mapping is; views with strides and deflated entries are not. */
static void
test_in_place (void)
{
  g_autoptr (ScopeTorchFile) stored = open_fixture ("zip.pt"), old = open_fixture ("old.pt");
  g_autoptr (ScopeTorchFile) deflated = open_fixture ("deflated.pt");
  for (gsize i = 0; i < scope_torch_file_count (stored); i++)
    g_assert_null (scope_torch_file_nth (stored, i)->data); /* until it is asked for */
  g_assert_true (lies_in_file (stored, scope_torch_file_get (stored, "rows", NULL)));
  g_assert_true (lies_in_file (old, scope_torch_file_get (old, "rows", NULL)));
  g_assert_false (lies_in_file (stored, scope_torch_file_get (stored, "transposed", NULL)));
  g_assert_false (lies_in_file (deflated, scope_torch_file_get (deflated, "base", NULL)));
  const ScopeWeight *base = scope_torch_file_get (stored, "base", NULL);
  g_assert_true (base == scope_torch_file_get (stored, "base", NULL));
  g_assert_true (scope_torch_file_get (stored, "rows", NULL)->data
                 == (const guint8 *)base->data + 5 * sizeof (float));
}

static void
test_not_read (void)
{
  const struct {
    const char *name, *pattern;
  } cases[] = {
    { "integers", "*zip.pt: tensor integers: dtype LongStorage is not supported; *" },
    { "flags", "*tensor flags: dtype BoolStorage is not supported; *" },
    { "words", "*tensor words: dtype uint16 is not supported" },
    { "complex", "*tensor complex: dtype ComplexFloatStorage is not supported; *" },
    { "five", "*tensor five: 5 dimensions are more than we read" },
    { "version", "*tensor version is missing" },
    { "none", "*tensor none is missing" },
  };
  g_autoptr (ScopeTorchFile) file = open_fixture ("zip.pt");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (scope_torch_file_get (file, cases[i].name, &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH, cases[i].pattern);
  }
}

/* Opens DATA and, if it opens, asks for every tensor: whatever the bytes, an error of one line or a
 * tensor whose numbers can all be read. Returns whether it opened. */
static gboolean
read_whole (const guint8 *data, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTorchFile) file = scope_torch_file_parse (data, length, "m.pt", &error);
  g_assert_true ((file == NULL) == (error != NULL));
  g_assert_true (error == NULL || strchr (error->message, '\n') == NULL);
  for (gsize i = 0; file != NULL && i < scope_torch_file_count (file); i++) {
    g_autoptr (GError) refused = NULL;
    const char *name = scope_torch_file_nth (file, i)->name;
    const ScopeWeight *weight = scope_torch_file_get (file, name, &refused);
    g_assert_true ((weight == NULL) == (refused != NULL));
    if (weight != NULL)
      g_assert_cmpuint (scope_weight_find_nonfinite (weight), <=, weight->count);
  }
  return file != NULL;
}

/* A copy at the very end of its allocation, so that a sanitizer sees the first byte beyond. */
static void
test_every_prefix (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (fixtures); i++) {
    g_autoptr (ScopeTorchFile) file = open_fixture (fixtures[i]);
    gsize length;
    const guint8 *data = scope_torch_file_contents (file, &length);
    for (gsize cut = 0; cut < length; cut++) {
      g_autofree guint8 *prefix = g_memdup2 (data, cut);
      g_assert_false (read_whole (prefix, cut));
    }
  }
}

static void
test_flipped_bytes (void)
{
  guint32 seed = scope_test_seed (811);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (gsize i = 0; i < G_N_ELEMENTS (fixtures); i++) {
    g_autoptr (ScopeTorchFile) file = open_fixture (fixtures[i]);
    gsize length;
    const guint8 *data = scope_torch_file_contents (file, &length);
    g_autofree guint8 *broken = g_memdup2 (data, length);
    for (gsize at = 0; at < length; at++) {
      broken[at] ^= (guint8)g_rand_int_range (random, 1, 256);
      read_whole (broken, length);
      broken[at] = data[at];
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch/formats", test_formats);
  g_test_add_func ("/torch/in-place", test_in_place);
  g_test_add_func ("/torch/not-read", test_not_read);
  g_test_add_func ("/torch/every-prefix", test_every_prefix);
  g_test_add_func ("/torch/flipped-bytes", test_flipped_bytes);
  return g_test_run ();
}

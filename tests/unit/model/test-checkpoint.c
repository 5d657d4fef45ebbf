/* Which file of a folder is read, shards of either kind, and indices that reach too far. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/checkpoint.h"
#include "test-support.h"

static char *
source_file (const char *name)
{
  return g_build_filename (SCOPE_SOURCE_ROOT, "tests", "unit", "model", "torch", name, NULL);
}

static void
write_text (const char *folder, const char *name, const char *text, gsize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_assert_true (scope_file_write (path, text, length, NULL));
}

static void
copy_file (const char *folder, const char *source, const char *name)
{
  g_autofree char *from = source_file (source);
  gsize length;
  g_autofree char *text = scope_file_read (from, 1 << 20, &length, NULL);
  write_text (folder, name, text, length);
}

static ScopeCheckpoint *
open_folder (const char *folder)
{
  g_autoptr (GError) error = NULL;
  ScopeCheckpoint *checkpoint = scope_checkpoint_open (folder, &error);
  g_assert_no_error (error);
  return checkpoint;
}

static void
expect_refused (const char *folder, GQuark domain, int code, const char *pattern)
{
  GError *error = NULL;
  g_assert_null (scope_checkpoint_open (folder, &error));
  scope_test_expect (&error, domain, code, pattern);
}

/* From the last that is looked for to the first: each new file wins over those before. */
static void
test_precedence (void)
{
  const struct {
    const char *name, *source, *text, *winner;
  } steps[] = {
    { "model-final.pth", "old.pt", NULL, "model-final.pth" },
    { "pytorch_model.bin", "zip.pt", NULL, "pytorch_model.bin" },
    { "pytorch_model.bin.index.json", NULL, "{\"weight_map\":{\"base\":\"model-final.pth\"}}",
      "model-final.pth" },
    { "model.safetensors", "tensors.safetensors", NULL, "model.safetensors" },
    { "model.safetensors.index.json", NULL, "{\"weight_map\":{\"base\":\"model-final.pth\"}}",
      "model-final.pth" },
  };
  g_autofree char *folder = scope_test_folder ();
  expect_refused (folder, SCOPE_ERROR, SCOPE_ERROR_FILE, "*: no weights: expected model.safeten*");
  for (gsize i = 0; i < G_N_ELEMENTS (steps); i++) {
    if (steps[i].source != NULL)
      copy_file (folder, steps[i].source, steps[i].name);
    else
      write_text (folder, steps[i].name, steps[i].text, strlen (steps[i].text));
    g_autoptr (ScopeCheckpoint) checkpoint = open_folder (folder);
    g_autofree char *path = g_build_filename (folder, steps[i].winner, NULL);
    g_assert_cmpstr (scope_checkpoint_file (checkpoint, "base"), ==, path);
    g_assert_cmpuint (scope_checkpoint_count (checkpoint), ==, steps[i].source != NULL ? 21 : 1);
  }
}

static void
test_only_file (void)
{
  g_autofree char *folder = scope_test_folder ();
  copy_file (folder, "zip.pt", "b.pt");
  write_text (folder, "notes.txt", "x", 1);
  g_autoptr (ScopeCheckpoint) one = open_folder (folder);
  g_assert_true (scope_checkpoint_has (one, "base"));
  copy_file (folder, "zip.pt", "a.bin");
  expect_refused (folder, SCOPE_ERROR, SCOPE_ERROR_FILE,
                  "*: a.bin or b.pt? Name the weights file instead of the folder");
  g_autofree char *path = g_build_filename (folder, "a.bin", NULL);
  g_autoptr (ScopeCheckpoint) named = open_folder (path);
  g_assert_true (scope_checkpoint_has (named, "base"));
}

/* Shards of two kinds under one index: what it does not place is not there. */
static void
test_shards (void)
{
  const char *map
      = "{\"weight_map\":{\"base\":\"a.bin\",\"rows\":\"b.bin\",\"half\":\"c.safetensors\","
        "\"gone\":\"a.bin\",\"integers\":\"a.bin\"}}";
  g_autofree char *folder = scope_test_folder ();
  GError *error = NULL;
  copy_file (folder, "zip.pt", "a.bin");
  copy_file (folder, "old.pt", "b.bin");
  copy_file (folder, "tensors.safetensors", "c.safetensors");
  write_text (folder, "pytorch_model.bin.index.json", map, strlen (map));
  g_autoptr (ScopeCheckpoint) checkpoint = open_folder (folder);
  const char *const names[] = { "base", "half", "rows" };
  g_assert_cmpuint (scope_checkpoint_count (checkpoint), ==, G_N_ELEMENTS (names));
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_cmpstr (scope_checkpoint_nth (checkpoint, i), ==, names[i]);
    g_assert_nonnull (scope_checkpoint_get (checkpoint, names[i], NULL));
  }
  g_assert_cmpuint (scope_checkpoint_bytes (checkpoint), ==, 15 * 4 + 10 * 4 + 15 * 2);
  g_assert_false (scope_checkpoint_has (checkpoint, "gone"));
  g_assert_false (scope_checkpoint_has (checkpoint, "integers"));
  g_assert_null (scope_checkpoint_get (checkpoint, "gone", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "*/a.bin: tensor gone is missing");
  g_assert_null (scope_checkpoint_get (checkpoint, "slice", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "*/pytorch_model.bin.index.json: tensor slice is missing");
}

static void
test_indices (void)
{
  const struct {
    const char *text;
    GQuark domain;
    int code;
    const char *pattern;
  } cases[] = {
    { "{\"weight_map\":{\"t\":\"../a.bin\"}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*index.json: tensor t: \"../a.bin\" is not the name of a file in the folder" },
    { "{\"weight_map\":{\"t\":\"/etc/passwd\"}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*\"/etc/passwd\" is not the name of a file in the folder" },
    { "{\"weight_map\":{\"t\":\"..\"}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*\"..\" is *" },
    { "{\"weight_map\":{\"t\":\"\"}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*\"\" is not *" },
    { "{\"weight_map\":{\"t\":7}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*index.json: $.weight_map.t: expected a string, *" },
    { "{\"weight_map\":[]}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "*$.weight_map: *" },
    { "{}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "*$.weight_map is missing" },
    { "[", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "*index.json: invalid JSON *" },
    { "{\"weight_map\":{\"t\":\"none.bin\"}}", SCOPE_ERROR, SCOPE_ERROR_FILE,
      "*/none.bin: cannot open: *" },
    { "{\"weight_map\":{\"t\":\"text.bin\"}}", SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
      "*/text.bin: not a file of torch.save: *" },
  };
  g_autofree char *folder = scope_test_folder ();
  write_text (folder, "text.bin", "text", 4);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    write_text (folder, "pytorch_model.bin.index.json", cases[i].text, strlen (cases[i].text));
    expect_refused (folder, cases[i].domain, cases[i].code, cases[i].pattern);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/checkpoint/precedence", test_precedence);
  g_test_add_func ("/checkpoint/only-file", test_only_file);
  g_test_add_func ("/checkpoint/shards", test_shards);
  g_test_add_func ("/checkpoint/indices", test_indices);
  return g_test_run ();
}

/* Files of torch.save: what torch wrote in every format it has had, against the same tensors made
 * contiguous by torch (tests/reference/make_torch_fixture.py). */
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/safetensors.h"
#include "model/torch/torch-file.h"
#include "test-support.h"
#include "zip-writer.h"

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
    double numbers[64];
    for (gsize at = 0; weight != NULL && at < weight->count; at += G_N_ELEMENTS (numbers))
      scope_weight_to_f64 (weight, at, MIN (G_N_ELEMENTS (numbers), weight->count - at), numbers);
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

/* One tensor as a pickle describes it; everything can be wrong. */
typedef struct {
  const char *rebuild; /* what is called on it */
  const char *type, *key;
  gint64 count, offset, rows, columns, row_stride, column_stride;
} Described;

static const Described honest = {
  "torch._utils\n_rebuild_tensor_v2", "torch\nFloatStorage", "0", 6, 0, 2, 3, 3, 1,
};

static void
put_integer (GByteArray *out, gint64 value)
{
  const gint64 stored = GINT64_TO_LE (value);
  g_byte_array_append (out, (const guint8 *)"\x8a\x8", 2);
  g_byte_array_append (out, (const guint8 *)&stored, sizeof stored);
}

static void
put_string (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *)text, (guint)strlen (text));
}

static void
put_text (GByteArray *out, const char *text)
{
  const guint8 length = (guint8)strlen (text);
  g_byte_array_append (out, (const guint8 *)"\x8c", 1);
  g_byte_array_append (out, &length, 1);
  put_string (out, text);
}

static void
put_tensor (GByteArray *out, const char *name, const Described *tensor)
{
  put_text (out, name);
  put_string (out, "c");
  put_string (out, tensor->rebuild);
  put_string (out, "\n((");
  put_text (out, "storage");
  put_string (out, "c");
  put_string (out, tensor->type);
  put_string (out, "\n");
  put_text (out, tensor->key);
  put_text (out, "cpu");
  put_integer (out, tensor->count);
  put_string (out, "tQ");
  put_integer (out, tensor->offset);
  put_integer (out, tensor->rows);
  put_integer (out, tensor->columns);
  put_string (out, "\x86");
  put_integer (out, tensor->row_stride);
  put_integer (out, tensor->column_stride);
  put_string (out, "\x86\x89NtR");
}

/* Opens an archive of data.pkl and the entries of MORE. */
static ScopeTorchFile *
open_archive (const GByteArray *pickle, const ZipEntry *more, gsize count, GError **error)
{
  static const float numbers[6] = { 1, 2, 3, 4, 5, 6 };
  ZipEntry entries[4] = { { .name = "x/data.pkl", .data = pickle->data, .length = pickle->len },
                          { .name = "x/data/0", .data = numbers, .length = sizeof numbers } };
  for (gsize i = 0; i < count; i++)
    entries[2 + i] = more[i];
  GByteArray *bytes = zip_write (entries, 2 + count, NULL);
  ScopeTorchFile *file = scope_torch_file_parse (bytes->data, bytes->len, "m.pt", error);
  g_test_queue_destroy ((GDestroyNotify)g_byte_array_unref, bytes); /* the file borrows it */
  return file;
}

static GByteArray *
describe (const Described *first, const Described *second, const char *second_name)
{
  GByteArray *pickle = g_byte_array_new ();
  put_string (pickle, "\x80\4}(");
  put_tensor (pickle, "t", first);
  if (second != NULL)
    put_tensor (pickle, second_name, second);
  put_string (pickle, "u.");
  return pickle;
}

static void
test_described (void)
{
  g_autoptr (GByteArray) pickle = describe (&honest, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTorchFile) file = open_archive (pickle, NULL, 0, &error);
  g_assert_no_error (error);
  float numbers[6];
  scope_weight_to_f32 (scope_torch_file_get (file, "t", &error), 0, 6, numbers);
  g_assert_no_error (error);
  for (guint i = 0; i < 6; i++)
    g_assert_cmpfloat (numbers[i], ==, 1 + (float)i);
}

static void
expect_refused (const GByteArray *pickle, const ZipEntry *more, gsize count, int code,
                const char *pattern)
{
  GError *error = NULL;
  g_assert_null (open_archive (pickle, more, count, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, code, pattern);
}

/* A tensor that says of itself what its storage does not bear out. */
static void
test_lying_tensors (void)
{
  const gint64 huge = G_MAXINT64 / 2;
  const struct {
    Described tensor;
    const char *pattern;
  } cases[] = {
    { { .offset = 1 }, "m.pt: tensor t: it reaches beyond the 6 elements of storage 0" },
    { { .offset = huge }, "*reaches beyond*" },
    { { .offset = -1 }, "*expected a storage and an offset" },
    { { .rows = 3 }, "*reaches beyond*" },
    { { .rows = huge, .row_stride = huge }, "*reaches beyond*" },
    { { .rows = huge, .columns = huge }, "*the product of its shape overflows" },
    { { .rows = -1 }, "*not whole numbers >= 0" },
    { { .row_stride = -3 }, "*not whole numbers >= 0" },
    { { .row_stride = 4 }, "*reaches beyond*" },
    { { .count = 7 }, "m.pt: storage 0: expected 28 bytes, found 24" },
    { { .count = 5 }, "*reaches beyond the 5 elements*" },
    { { .count = huge }, "*storage 0: expected 18446744073709551612 bytes, found 24" },
    { { .count = G_MAXINT64 }, "*a storage is not described as storages are" },
    { { .count = -6 }, "*a storage is not described as storages are" },
    { { .key = "1" }, "m.pt: storage 1: entry x/data/1 is missing" },
    { { .key = "../0" }, "m.pt: storage ../0: entry x/data/../0 is missing" },
    { { .key = "" }, "*a storage is not described as storages are" },
    { { .type = "torch\nHalfStorage" }, "m.pt: storage 0: expected 12 bytes, found 24" },
    { { .type = "torch\nSize" }, "*a storage is not described as storages are" },
    { { .rebuild = "torch._utils\n_rebuild_parameter" }, "*a parameter, but not of a tensor" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    Described tensor = honest;
    const Described *change = &cases[i].tensor;
    tensor.rebuild = change->rebuild != NULL ? change->rebuild : tensor.rebuild;
    tensor.type = change->type != NULL ? change->type : tensor.type;
    tensor.key = change->key != NULL ? change->key : tensor.key;
    const gint64 *from = &change->count;
    for (gint64 *to = &tensor.count; to <= &tensor.column_stride; to++, from++)
      if (*from != 0)
        *to = *from;
    g_autoptr (GByteArray) pickle = describe (&tensor, NULL, NULL);
    expect_refused (pickle, NULL, 0, SCOPE_MODEL_ERROR_FORMAT, cases[i].pattern);
  }
}

/* Six numbers that claim to be a terabyte: repeating is allowed, without end it is not. */
static void
test_repeating_bomb (void)
{
  Described tensor = honest;
  tensor.row_stride = tensor.column_stride = 0;
  tensor.rows = tensor.columns = 1000;
  g_autoptr (GByteArray) pickle = describe (&tensor, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeTorchFile) file = open_archive (pickle, NULL, 0, &error);
  g_assert_no_error (error);
  float last;
  scope_weight_to_f32 (scope_torch_file_get (file, "t", NULL), 999999, 1, &last);
  g_assert_cmpfloat (last, ==, 1);
  tensor.rows = tensor.columns = 1 << 20;
  g_autoptr (GByteArray) bomb = describe (&tensor, NULL, NULL);
  expect_refused (bomb, NULL, 0, SCOPE_MODEL_ERROR_FORMAT,
                  "m.pt: tensor t: its 1099511627776 elements repeat those of storage 0");
}

static void
test_lying_archives (void)
{
  Described other = honest;
  other.count = 3;
  other.rows = 1;
  g_autoptr (GByteArray) fine = describe (&honest, NULL, NULL);
  g_autoptr (GByteArray) twice = describe (&honest, &honest, "t");
  g_autoptr (GByteArray) torn = describe (&honest, &other, "u");
  const ZipEntry order = { .name = "x/byteorder", .data = "middle", .length = 6 };
  const ZipEntry second = { .name = "y/data.pkl", .data = "x", .length = 1 };
  const int code = SCOPE_MODEL_ERROR_FORMAT;
  expect_refused (twice, NULL, 0, code, "m.pt: tensor t: it stands twice in the file");
  expect_refused (torn, NULL, 0, code, "m.pt: storage 0 is described in two ways");
  expect_refused (fine, &order, 1, code, "*x/byteorder: expected \"little\" or \"big\"");
  expect_refused (fine, &second, 1, code, "*x/data.pkl and y/data.pkl cannot both be the pickle");
}

/* Pickles around the tensors: what calls is refused by its name, what holds none is said to. */
static void
test_hostile_pickles (void)
{
  const struct {
    const char *pickle;
    int code;
    const char *pattern;
  } cases[] = {
    { "\x80\2cos\nsystem\nX\4", SCOPE_MODEL_ERROR_UNSUPPORTED,
      "m.pt: data.pkl: byte 2: global os.system is not one that tensors need; nothing was "
      "executed" },
    { "\x80\2ctorch\nload\n", SCOPE_MODEL_ERROR_UNSUPPORTED, "*global torch.load is not one *" },
    { "\x80\2ctorch.storage\n_load_from_bytes\n", SCOPE_MODEL_ERROR_UNSUPPORTED,
      "*global torch.storage._load_from_bytes is not one *" },
    { "\x80\2c__builtin__\ngetattr\n", SCOPE_MODEL_ERROR_UNSUPPORTED, "*__builtin__.getattr *" },
    { "\x80\2ctorch\nosStorage\n", SCOPE_MODEL_ERROR_UNSUPPORTED, "*torch.osStorage *" },
    { "\x80\2}q\1(h\1h\1u.", SCOPE_MODEL_ERROR_FORMAT, "m.pt: it holds no state dict: *" },
    { "\x80\2}q\1(X\5", SCOPE_MODEL_ERROR_FORMAT, "*data.pkl: byte 6: the pickle is cut off" },
    { "\x80\4}\x94(\x8c\5modelh\x94u.", SCOPE_MODEL_ERROR_FORMAT, "*recalls a value *" },
    { "\x80\4}q\1(\x8c\5modelh\1u.", SCOPE_MODEL_ERROR_FORMAT, "*it holds no state dict: *" },
    { "\x80\2K\1.", SCOPE_MODEL_ERROR_FORMAT, "*it holds no state dict: *" },
    { "\x80\2ccollections\nOrderedDict\n)R.", SCOPE_MODEL_ERROR_FORMAT, "*no state dict: *" },
    { "\x80\2)Q.", SCOPE_MODEL_ERROR_FORMAT, "*a storage is not described as storages are" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) pickle = g_byte_array_new ();
    put_string (pickle, cases[i].pickle);
    expect_refused (pickle, NULL, 0, cases[i].code, cases[i].pattern);
  }
}

static void
test_not_torch (void)
{
  const struct {
    const char *text;
    gsize length;
    const char *pattern;
  } cases[] = {
    { "", 0, "m.pt: not a file of torch.save: *" },
    { "hello", 5, "m.pt: not a file of torch.save: *" },
    { "\x80\2K\1.", 5, "*its magic number is missing" },
    { "\x80\2\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\2M\xe8\3.", 21, "*its version is not 1001" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_assert_null (scope_torch_file_parse (cases[i].text, cases[i].length, "m.pt", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, cases[i].pattern);
  }
  const ZipEntry entry = { .name = "x/readme", .data = "x", .length = 1 };
  g_autoptr (GByteArray) archive = zip_write (&entry, 1, NULL);
  GError *error = NULL;
  g_assert_null (scope_torch_file_parse (archive->data, archive->len, "m.pt", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "m.pt: a zip archive, but not of torch.save: it has no entry data.pkl");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/torch/formats", test_formats);
  g_test_add_func ("/torch/in-place", test_in_place);
  g_test_add_func ("/torch/not-read", test_not_read);
  g_test_add_func ("/torch/described", test_described);
  g_test_add_func ("/torch/lying-tensors", test_lying_tensors);
  g_test_add_func ("/torch/repeating-bomb", test_repeating_bomb);
  g_test_add_func ("/torch/lying-archives", test_lying_archives);
  g_test_add_func ("/torch/hostile-pickles", test_hostile_pickles);
  g_test_add_func ("/torch/not-torch", test_not_torch);
  g_test_add_func ("/torch/every-prefix", test_every_prefix);
  g_test_add_func ("/torch/flipped-bytes", test_flipped_bytes);
  return g_test_run ();
}

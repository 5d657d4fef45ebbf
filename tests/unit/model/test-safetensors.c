#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "model/safetensors.h"
#include "test-support.h"

/* A file with HEADER and SIZE bytes of data, byte i being i. */
static GByteArray *
make_file (const char *header, gsize size)
{
  GByteArray *file = g_byte_array_new ();
  guint64 length = GUINT64_TO_LE (strlen (header));
  g_byte_array_append (file, (guint8 *)&length, sizeof length);
  g_byte_array_append (file, (const guint8 *)header, (guint)strlen (header));
  for (gsize i = 0; i < size; i++) {
    guint8 byte = (guint8)i;
    g_byte_array_append (file, &byte, 1);
  }
  return file;
}

static void
test_reads (void)
{
  g_autoptr (GByteArray) file
      = make_file ("{\"__metadata__\":{\"format\":\"pt\"},"
                   "\"late\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[7,15]},"
                   "\"empty\":{\"dtype\":\"F16\",\"shape\":[0,3],\"data_offsets\":[7,7]},"
                   "\"byte\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[6,7]},"
                   "\"scalar\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[0,2]},"
                   "\"five\":{\"dtype\":\"F16\",\"shape\":[1,1,1,1,2],\"data_offsets\":[2,6]}}  ",
                   15);
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeSafetensors) self
      = scope_safetensors_parse (file->data, file->len, "m.safetensors", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_safetensors_count (self), ==, 3);
  g_assert_cmpstr (scope_safetensors_nth (self, 0)->name, ==, "scalar");
  g_assert_cmpstr (scope_safetensors_nth (self, 2)->name, ==, "late");

  const ScopeWeight *late = scope_safetensors_find (self, "late");
  g_assert_cmpuint (late->rank, ==, 2);
  g_assert_cmpuint (late->shape[0], ==, 2);
  g_assert_cmpuint (late->count, ==, 2);
  g_assert_cmpmem (late->data, 4, "\7\10\11\12", 4);
  g_assert_cmpuint (scope_safetensors_find (self, "scalar")->count, ==, 1);
  g_assert_cmpuint (scope_safetensors_find (self, "empty")->count, ==, 0);
  g_assert_null (scope_safetensors_find (self, "byte"));
  g_assert_null (scope_safetensors_find (self, "none"));

  g_assert_null (scope_safetensors_get (self, "byte", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "m.safetensors: tensor byte: dtype U8 is not supported; *");
  g_assert_null (scope_safetensors_get (self, "five", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "m.safetensors: tensor five: 5 dimensions *");
  g_assert_null (scope_safetensors_get (self, "none", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_MISMATCH,
                     "m.safetensors: tensor none is missing");
}

#define T(name, dtype, shape, offsets)                                                             \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void
test_refused (void)
{
  const struct {
    const char *header, *pattern;
  } cases[] = {
    { "", "m: header: invalid JSON *" },
    { "{", "m: header: invalid JSON *" },
    { "[]", "m: header: $: expected an object, found a list" },
    { "{\"a\":1}", "m: tensor a: expected an object" },
    { "{\"a\":{}}", "m: tensor a.dtype is missing" },
    { "{" T ("a", "F99", "[1]", "[0,4]") "}", "m: tensor a: unknown dtype \"F99\"" },
    { "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", "m: tensor a: shape: *" },
    { "{" T ("a", "F32", "[-1]", "[0,4]") "}", "m: tensor a: shape: *" },
    { "{" T ("a", "F32", "[1.0]", "[0,4]") "}", "m: tensor a: shape: *" },
    { "{" T ("a", "F32", "[1]", "[0]") "}", "m: tensor a: data_offsets: *" },
    { "{" T ("a", "F32", "[1]", "[0,4,8]") "}", "m: tensor a: data_offsets: *" },
    { "{" T ("a", "F32", "[1]", "[-4,0]") "}", "m: tensor a: data_offsets: *" },
    { "{" T ("a", "F32", "[1]", "[8,4]") "}", "m: tensor a: its data [8, 4) lie outside *" },
    { "{" T ("a", "F32", "[1]", "[13,17]") "}", "m: tensor a: *outside the file's 16 bytes*" },
    { "{" T ("a", "F32", "[1]", "[9223372036854775804,9223372036854775807]") "}",
      "m: tensor a: *outside*" },
    { "{" T ("a", "F32", "[1]", "[0,99999999999999999999]") "}", "m: tensor a: data_offsets: *" },
    { "{" T ("a", "F32", "[2]", "[0,4]") "}",
      "m: tensor a: its shape and dtype need 2 elements of 4 bytes, but its data have 4 bytes" },
    { "{" T ("a", "F32", "[4294967296,4294967296]", "[0,0]") "}",
      "m: tensor a: the product of its shape overflows" },
    { "{" T ("a", "F32", "[4611686018427387905]", "[0,4]") "}",
      "m: tensor a: its shape and dtype need *" },
    { "{" T ("a", "F32", "[2]", "[0,8]") "," T ("b", "F32", "[2]", "[4,12]") "}",
      "m: tensor b: its data overlap those of tensor a" },
    { "{" T ("a", "F32", "[1]", "[4,8]") "," T ("b", "F32", "[4]", "[0,16]") "}",
      "m: tensor a: its data overlap those of tensor b" },
    { "{" T ("a", "F32", "[1]", "[0,4]") "," T ("a", "F32", "[1]", "[4,8]") "}",
      "m: header: invalid JSON *: the member \"a\" stands twice" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_autoptr (GByteArray) file = make_file (cases[i].header, 16);
    g_assert_null (scope_safetensors_parse (file->data, file->len, "m", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, cases[i].pattern);
  }
}

static void
test_header_length (void)
{
  const guint64 lengths[] = { 3, 100000000, 100000001, (guint64)2 << 30, G_MAXUINT64 };
  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    GError *error = NULL;
    guint64 length = GUINT64_TO_LE (lengths[i]);
    g_autoptr (GByteArray) file = make_file ("{}", 0);
    memcpy (file->data, &length, sizeof length);
    g_assert_null (scope_safetensors_parse (file->data, file->len, "m", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                       lengths[i] > 100000000 ? "m: its header would be * bytes long, above *"
                                              : "m: its header of * bytes is cut off: *10 bytes");
  }
}

/* Whatever is cut off, the file is refused; the copy's end is where the sanitizer watches. */
static void
test_every_prefix (void)
{
  g_autoptr (GByteArray) file = make_file ("{" T ("a", "F32", "[4]", "[0,16]") "}", 16);
  for (guint length = 0; length < file->len; length++) {
    GError *error = NULL;
    g_autofree guint8 *prefix = g_memdup2 (file->data, length);
    g_assert_null (scope_safetensors_parse (prefix, length, "m", &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, "m: *");
  }
}

/* All 65,536 values of the short types, and some of the long ones, one byte off any alignment. */
static void
test_conversions (void)
{
  g_autofree guint8 *raw = g_malloc0 (1 + 2 * 65536);
  g_autofree float *single = g_new (float, 65536);
  g_autofree double *twice = g_new (double, 65536);
  for (guint i = 0; i < 65536; i++) {
    guint16 bits = (guint16)i;
    memcpy (raw + 1 + 2 * i, &bits, sizeof bits);
  }
  ScopeWeight weight = { "w", raw + 1, SCOPE_DTYPE_F16, 1, { 65536 }, 65536 };
  scope_weight_to_f32 (&weight, 0, 65536, single);
  scope_weight_to_f64 (&weight, 0, 65536, twice);
  g_assert_cmpfloat (single[0x3c01], ==, 1 + 1.0f / 1024);
  for (guint i = 0; i < 65536; i++)
    g_assert_true ((double)single[i] == twice[i] || (isnan (single[i]) && isnan (twice[i])));
  scope_weight_to_f32 (&weight, 0x3c00, 2, single);
  g_assert_cmpfloat (single[1], ==, 1 + 1.0f / 1024);
  weight.dtype = SCOPE_DTYPE_BF16;
  scope_weight_to_f32 (&weight, 0x3f81, 1, single);
  g_assert_cmpfloat (single[0], ==, 1 + 1.0f / 128);
  scope_weight_to_f64 (&weight, 0x3f81, 1, twice);
  g_assert_cmpfloat (twice[0], ==, 1 + 1.0 / 128);
}

static void
test_wide_conversions (void)
{
  guint8 raw[1 + 3 * 8];
  const float floats[] = { 1.5f, -0.0f, 1e-40f };
  const double doubles[] = { 1.5, -2.25, 0.1 };
  float single[3];
  double twice[3];
  ScopeWeight weight = { "w", raw + 1, SCOPE_DTYPE_F32, 1, { 3 }, 3 };
  memcpy (raw + 1, floats, sizeof floats);
  scope_weight_to_f32 (&weight, 0, 3, single);
  g_assert_cmpmem (single, sizeof single, floats, sizeof floats);
  scope_weight_to_f64 (&weight, 1, 2, twice);
  g_assert_cmpfloat (twice[1], ==, (double)1e-40f);
  weight.dtype = SCOPE_DTYPE_F64;
  memcpy (raw + 1, doubles, sizeof doubles);
  scope_weight_to_f64 (&weight, 0, 3, twice);
  g_assert_cmpmem (twice, sizeof twice, doubles, sizeof doubles);
  scope_weight_to_f32 (&weight, 1, 2, single);
  g_assert_cmpfloat (single[0], ==, -2.25f);
  g_assert_cmpfloat (single[1], ==, 0.1f);
}

/* A single bad number is found wherever it is, and the first of several. */
static void
test_find_nonfinite (void)
{
  const gsize count = 300007; /* several pieces, and a rest */
  g_autoptr (GRand) random = g_rand_new_with_seed (scope_test_seed (7));
  for (int dtype = SCOPE_DTYPE_F32; dtype <= SCOPE_DTYPE_F64; dtype++) {
    gsize size = scope_dtype_size ((ScopeDtype)dtype);
    g_autofree guint8 *raw = g_malloc0 (1 + count * size);
    ScopeWeight weight = { "w", raw + 1, (ScopeDtype)dtype, 1, { count }, count };
    /* The largest finite number has every bit of the fraction and all but one of the exponent. */
    const guint16 top[] = { 0x7f7f, 0x7bff, 0x7f7f, 0x7fef },
                  bad[] = { 0xff80, 0xfc00, 0x7f80, 0x7ff0 };
    for (gsize i = 0; i < count; i++)
      memcpy (raw + 1 + i * size + size - 2, &top[dtype], 2);
    g_assert_cmpuint (scope_weight_find_nonfinite (&weight), ==, count);
    for (int round = 0; round < 20; round++) {
      gsize at = (gsize)g_rand_int_range (random, 0, (gint32)count);
      gsize later = (gsize)g_rand_int_range (random, (gint32)at, (gint32)count);
      memcpy (raw + 1 + at * size + size - 2, &bad[dtype], 2);
      memcpy (raw + 1 + later * size + size - 2, &bad[dtype], 2);
      g_assert_cmpuint (scope_weight_find_nonfinite (&weight), ==, at);
      memcpy (raw + 1 + at * size + size - 2, &top[dtype], 2);
      memcpy (raw + 1 + later * size + size - 2, &top[dtype], 2);
    }
  }
}

static void
test_open (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "x.safetensors", NULL);
  g_autoptr (GByteArray) file = make_file ("{" T ("a", "F32", "[4]", "[0,16]") "}", 16);
  GError *error = NULL;
  g_assert_null (scope_safetensors_open (path, &error));
  scope_test_expect (&error, SCOPE_ERROR, SCOPE_ERROR_FILE, "*x.safetensors: cannot open: *");
  g_assert_true (scope_file_write (path, file->data, file->len, &error));
  g_autoptr (ScopeSafetensors) self = scope_safetensors_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (scope_safetensors_find (self, "a")->count, ==, 4);
  gsize length;
  const void *contents = scope_safetensors_contents (self, &length);
  g_assert_cmpmem (contents, length, file->data, file->len);
  g_assert_true (scope_file_write (path, "", 0, &error));
  g_assert_null (scope_safetensors_open (path, &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "*x.safetensors: too short for a safetensors file: 0 bytes");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors/reads", test_reads);
  g_test_add_func ("/safetensors/refused", test_refused);
  g_test_add_func ("/safetensors/header-length", test_header_length);
  g_test_add_func ("/safetensors/every-prefix", test_every_prefix);
  g_test_add_func ("/safetensors/conversions", test_conversions);
  g_test_add_func ("/safetensors/wide-conversions", test_wide_conversions);
  g_test_add_func ("/safetensors/find-nonfinite", test_find_nonfinite);
  g_test_add_func ("/safetensors/open", test_open);
  return g_test_run ();
}

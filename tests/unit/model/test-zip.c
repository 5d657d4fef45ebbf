/* Zip archives: what is read, and the tricks that are refused. */
#include <string.h>
#include <zlib.h>

#include "base/error.h"
#include "model/torch/zip.h"
#include "test-support.h"
#include "zip-writer.h"

#define TEXT "abcdefgh"

/* Raw deflate of LENGTH bytes; the caller frees it. */
static guint8 *
deflate_bytes (const guint8 *data, gsize length, gsize *packed)
{
  z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)length };
  g_assert_cmpint (deflateInit2 (&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, 0), ==, Z_OK);
  gsize room = deflateBound (&stream, length);
  guint8 *out = g_malloc (room);
  stream.next_out = out;
  stream.avail_out = (uInt)room;
  g_assert_cmpint (deflate (&stream, Z_FINISH), ==, Z_STREAM_END);
  *packed = stream.total_out;
  deflateEnd (&stream);
  return out;
}

static ScopeZip *
open_written (const GByteArray *bytes)
{
  g_autoptr (GError) error = NULL;
  ScopeZip *zip = scope_zip_open (bytes->data, bytes->len, "z", &error);
  g_assert_no_error (error);
  return zip;
}

static void
test_stored (void)
{
  const ZipEntry entries[] = {
    { .name = "f/one", .data = TEXT, .length = 8, .padding = 51 },
    { .name = "f/empty", .wide = TRUE },
    { .name = "f/described", .data = TEXT, .length = 5, .flags = 8 | 0x800 },
    { .name = "s\xc3\xbc"
              "d",
      .data = TEXT,
      .length = 3,
      .wide = TRUE },
  };
  const ZipEnd ends[] = { { 0 }, { .wide = TRUE }, { .comment = "PK\5\6 and more" } };
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autoptr (GByteArray) bytes = zip_write (entries, G_N_ELEMENTS (entries), &ends[i]);
    g_autoptr (ScopeZip) zip = open_written (bytes);
    g_assert_cmpuint (scope_zip_count (zip), ==, G_N_ELEMENTS (entries));
    for (gsize k = 0; k < G_N_ELEMENTS (entries); k++) {
      const ScopeZipEntry *entry = scope_zip_find (zip, entries[k].name);
      g_assert_true (entry == scope_zip_nth (zip, k));
      g_assert_false (entry->deflated);
      g_assert_cmpmem (entry->data, entry->size, entries[k].data, entries[k].length);
    }
    g_assert_null (scope_zip_find (zip, "one"));
  }
  g_autoptr (GByteArray) none = zip_write (NULL, 0, NULL);
  g_autoptr (ScopeZip) empty = open_written (none);
  g_assert_cmpuint (scope_zip_count (empty), ==, 0);
}

static void
test_deflated (void)
{
  const gsize sizes[] = { 1, 1000, 100003 };
  guint32 seed = scope_test_seed (5);
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    gsize packed;
    g_autofree guint8 *data = g_malloc (sizes[i] + 1);
    for (gsize k = 0; k < sizes[i]; k++)
      data[k] = (guint8)g_rand_int_range (random, 0, 7);
    g_autofree guint8 *bytes = deflate_bytes (data, sizes[i], &packed);
    const guint crc = (guint)crc32 (0, data, (uInt)sizes[i]);
    const ZipEntry entry = { .name = "d",
                             .data = bytes,
                             .length = packed,
                             .method = 8,
                             .crc = crc,
                             .size = (gint64)sizes[i] };
    g_autoptr (GByteArray) written = zip_write (&entry, 1, NULL);
    g_autoptr (ScopeZip) zip = open_written (written);
    g_autoptr (GError) error = NULL;
    g_autofree guint8 *out = scope_zip_inflate (zip, scope_zip_nth (zip, 0), &error);
    g_assert_no_error (error);
    g_assert_cmpmem (out, scope_zip_nth (zip, 0)->size, data, sizes[i]);
  }
}

static void
expect_refused (const ZipEntry *entries, gsize count, const ZipEnd *end, const char *pattern)
{
  GError *error = NULL;
  g_autoptr (GByteArray) bytes = zip_write (entries, count, end);
  g_autofree guint8 *copy = g_memdup2 (bytes->data, bytes->len);
  g_assert_null (scope_zip_open (copy, bytes->len, "z", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, pattern);
}

static void
test_forged_entries (void)
{
  const gint64 huge = G_MAXINT64, most = -1;
  const struct {
    ZipEntry entry;
    const char *pattern;
  } cases[] = {
    { { .flags = 1 }, "z: entry e: it is encrypted" },
    { { .flags = 0x41 }, "z: entry e: it is encrypted" },
    { { .method = 12 }, "z: entry e: compression method 12 is not supported; *" },
    { { .size = 9 }, "z: entry e: it is stored, but has 8 bytes for 9" },
    { { .size = huge, .packed = huge, .wide = TRUE }, "*lie outside the archive" },
    { { .size = most, .packed = most, .wide = TRUE }, "*lie outside the archive" },
    { { .size = 9, .packed = 9 }, "*its 9 bytes lie outside the archive" },
    { { .size = 7, .packed = 7 }, "*disagrees with the directory" },
    { { .method = 8, .size = 8 * 1032 + 1032 }, "*8 bytes cannot hold the 9288 that it declares" },
    { { .method = 8, .size = most, .wide = TRUE }, "*cannot hold the 18446744073709551615 *" },
    { { .place = 1 }, "*its local header is not where the directory says" },
    { { .place = 1 << 30 }, "*its local header is not where the directory says" },
    { { .place = most, .wide = TRUE }, "*its local header is not where the directory says" },
    { { .wide = TRUE, .no_field = TRUE }, "*its 64-bit sizes are missing" },
    { { .local_name = "f" }, "*disagrees with the directory" },
    { { .local_name = "ee" }, "*disagrees with the directory" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    ZipEntry entry = cases[i].entry;
    entry.name = "e";
    entry.data = TEXT;
    entry.length = 8;
    expect_refused (&entry, 1, NULL, cases[i].pattern);
  }
}

static void
test_names (void)
{
  const char *const names[]
      = { "", "/etc/passwd", "../up", "a/../../up", "a/..", "a\\b", "\xff", "..", "c:\\x" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const ZipEntry entry = { .name = names[i], .data = TEXT, .length = 8 };
    expect_refused (&entry, 1, NULL, "z: \"*\" is not the name of an entry");
  }
  const ZipEntry twice[]
      = { { .name = "e", .data = TEXT, .length = 8 }, { .name = "e", .data = TEXT, .length = 8 } };
  expect_refused (twice, 2, NULL, "z: entry e: it stands twice in the directory");
}

/* Two entries that share bytes: the way to make a bomb of a small file. */
static void
test_overlap (void)
{
  /* The second local header lies within the first one's data. */
  const ZipEntry inner[] = { { .name = "b", .data = TEXT, .length = 8 } };
  g_autoptr (GByteArray) nested = zip_write (inner, 1, NULL);
  const gsize head = 30 + 1 + 8;
  const ZipEntry entries[] = { { .name = "a", .data = nested->data, .length = head },
                               { .name = "b", .data = TEXT, .length = 8, .place = 31 } };
  expect_refused (entries, 2, NULL, "z: entry b: it overlaps entry a");
  const ZipEntry same[] = { { .name = "a", .data = TEXT, .length = 8 },
                            { .name = "a2", .local_name = "a2", .data = TEXT, .length = 8 } };
  g_autoptr (GByteArray) fine = zip_write (same, 2, NULL);
  g_autoptr (ScopeZip) zip = open_written (fine);
  g_assert_cmpuint (scope_zip_count (zip), ==, 2);
}

static void
test_forged_ends (void)
{
  const struct {
    ZipEnd end;
    const char *pattern;
  } cases[] = {
    { { .disk = 1 }, "z: a zip archive in several parts is not supported" },
    { { .count = 2 }, "*its directory of 47 bytes cannot hold 2 entries" },
    { { .count = 60000 }, "*cannot hold 60000 entries" },
    { { .count = -1, .wide = TRUE }, "*cannot hold 18446744073709551615 entries" },
    { { .size = 1 << 20 }, "*its directory lies outside the file" },
    { { .size = -1, .wide = TRUE }, "*its directory lies outside the file" },
    { { .place = 1 << 20 }, "*its directory lies outside the file" },
    { { .place = -1, .wide = TRUE }, "*its directory lies outside the file" },
    { { .place = 1 }, "*its directory is broken at byte 1" },
    { { .size = 46 }, "*its directory is cut off at byte 39" },
    { { .place64 = 1, .wide = TRUE }, "*its zip64 end record is not where its locator says" },
    { { .place64 = -1, .wide = TRUE }, "*its zip64 end record is not where its locator says" },
  };
  const ZipEntry entry = { .name = "e", .data = TEXT, .length = 8 };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_refused (&entry, 1, &cases[i].end, cases[i].pattern);
  GError *error = NULL;
  g_assert_null (scope_zip_open ("PK\3\4", 4, "z", &error));
  scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT,
                     "z: not a whole zip archive: its end record is missing");
}

/* Deflated data that are more, less or other than declared. */
static void
test_broken_deflate (void)
{
  gsize packed;
  guint8 data[1000] = { 1, 2, 3 };
  g_autofree guint8 *bytes = deflate_bytes (data, sizeof data, &packed);
  const guint crc = (guint)crc32 (0, data, sizeof data);
  const struct {
    gsize length;
    gint64 size;
    guint crc;
    const char *pattern;
  } cases[] = {
    { packed, 999, crc, "z: entry d: its deflated data are broken" },
    { packed, 1001, crc, "z: entry d: its deflated data are broken" },
    { packed - 1, 1000, crc, "z: entry d: its deflated data are broken" },
    { packed, 1000, crc ^ 1, "z: entry d: its data do not have the checksum that they should" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    const ZipEntry entry = { .name = "d",
                             .data = bytes,
                             .length = cases[i].length,
                             .method = 8,
                             .size = cases[i].size,
                             .crc = cases[i].crc };
    g_autoptr (GByteArray) written = zip_write (&entry, 1, NULL);
    g_autoptr (ScopeZip) zip = open_written (written);
    g_assert_null (scope_zip_inflate (zip, scope_zip_nth (zip, 0), &error));
    scope_test_expect (&error, SCOPE_MODEL_ERROR, SCOPE_MODEL_ERROR_FORMAT, cases[i].pattern);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zip/stored", test_stored);
  g_test_add_func ("/zip/deflated", test_deflated);
  g_test_add_func ("/zip/forged-entries", test_forged_entries);
  g_test_add_func ("/zip/names", test_names);
  g_test_add_func ("/zip/overlap", test_overlap);
  g_test_add_func ("/zip/forged-ends", test_forged_ends);
  g_test_add_func ("/zip/broken-deflate", test_broken_deflate);
  return g_test_run ();
}

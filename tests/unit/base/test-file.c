#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "test-support.h"

static guint
count_entries (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint count = 0;
  while (g_dir_read_name (dir) != NULL)
    count++;
  return count;
}

static void
assert_contents (const char *path, const char *data, gsize length)
{
  gsize found;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = scope_file_read (path, 1000, &found, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (text, found, data, length);
  g_assert_true (text[found] == '\0');
}

static void
test_write_and_read (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "out", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_file_write (path, "a\0b", 3, &error));
  assert_contents (path, "a\0b", 3);
  g_assert_true (scope_file_write (path, "", 0, &error));
  assert_contents (path, "", 0);
  g_assert_no_error (error);
  g_assert_cmpuint (count_entries (folder), ==, 1);
}

static void
test_abandon (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "out", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_file_write (path, "old", 3, &error));
  ScopeFileWriter *writer = scope_file_writer_open (path, &error);
  g_assert_no_error (error);
  g_assert_true (scope_file_writer_write (writer, "new", 3, &error));
  assert_contents (path, "old", 3);
  scope_file_writer_abandon (writer);
  scope_file_writer_abandon (NULL);
  assert_contents (path, "old", 3);
  g_assert_cmpuint (count_entries (folder), ==, 1);

  writer = scope_file_writer_open (path, &error);
  g_assert_cmpint (write (scope_file_writer_fd (writer), "newer", 5), ==, 5);
  g_assert_true (scope_file_writer_commit (writer, &error));
  assert_contents (path, "newer", 5);
}

static void
test_device (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (scope_file_write ("/dev/null", "x", 1, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test ("/dev/null", G_FILE_TEST_IS_REGULAR));
}

static void
expect (GError **error, const char *pattern)
{
  scope_test_expect (error, SCOPE_ERROR, SCOPE_ERROR_FILE, pattern);
}

static void
test_failures (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *missing = g_build_filename (folder, "no", "file", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *pipe = g_build_filename (folder, "pipe", NULL);
  GError *error = NULL;
  g_assert_null (scope_file_read (missing, 10, NULL, &error));
  expect (&error, "*no/file: cannot open: *");
  g_assert_null (scope_file_read (folder, 10, NULL, &error));
  expect (&error, "*: cannot read: *");
  g_assert_false (scope_file_write (missing, "", 0, &error));
  expect (&error, "*no/file: cannot write: *");
  g_assert_false (scope_file_write (folder, "", 0, &error));
  expect (&error, "*: cannot write: *");
  g_assert_true (scope_file_write (path, "12345", 5, &error));
  g_assert_null (scope_file_read (path, 4, NULL, &error));
  expect (&error, "*file: larger than 4 bytes");
  g_assert_null (scope_file_read ("/dev/zero", 100000, NULL, &error));
  expect (&error, "/dev/zero: larger than 100000 bytes");
  g_assert_null (scope_file_map (missing, &error));
  expect (&error, "*no/file: cannot open: *");
  g_assert_null (scope_file_map (folder, &error));
  expect (&error, "*: cannot be mapped into memory");
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_null (scope_file_map (pipe, &error));
  expect (&error, "*pipe: cannot be mapped into memory");
}

static void
test_map (void)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autoptr (GError) error = NULL;
  const char *contents[] = { "mapped", "" };
  for (gsize i = 0; i < G_N_ELEMENTS (contents); i++) {
    gsize length;
    g_assert_true (scope_file_write (path, contents[i], strlen (contents[i]), &error));
    g_autoptr (GBytes) bytes = scope_file_map (path, &error);
    g_assert_no_error (error);
    const void *data = g_bytes_get_data (bytes, &length);
    g_assert_cmpmem (data, length, contents[i], strlen (contents[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/file/write-and-read", test_write_and_read);
  g_test_add_func ("/file/abandon", test_abandon);
  g_test_add_func ("/file/device", test_device);
  g_test_add_func ("/file/failures", test_failures);
  g_test_add_func ("/file/map", test_map);
  return g_test_run ();
}

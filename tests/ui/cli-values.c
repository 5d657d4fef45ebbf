#include "cli-values.h"

#include "test-support.h"

static void
run_cli (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  int status;
  g_assert_true (g_spawn_command_line_sync (line, NULL, &said, &status, &error));
  g_assert_no_error (error);
  if (status != 0)
    g_error ("%s: %s", line, said);
}

/* Version 1.0: ten bytes with the header's length at the end, the header, the numbers. */
static float *
read_npy (const char *path, gsize *count)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *bytes = NULL;
  gsize length;
  g_file_get_contents (path, &bytes, &length, &error);
  g_assert_no_error (error);
  g_assert_nonnull (g_strstr_len (bytes + 10, (gssize)length - 10, "'<f4'"));
  gsize begin = 10 + (guchar)bytes[8] + 256 * (gsize)(guchar)bytes[9];
  *count = (length - begin) / sizeof (float);
  return g_memdup2 (bytes + begin, *count * sizeof (float));
}

float *
cli_values (const char *command, ScopeSession *session, const char *arguments, const char *out,
            const char *file, gsize *count)
{
  g_autofree char *folder = scope_test_folder ();
  g_autofree char *target = g_build_filename (folder, out, NULL);
  g_autofree char *path = g_build_filename (folder, file, NULL);
  g_autofree char *line
      = g_strdup_printf ("%s %s %s %s %s --out %s", g_getenv ("SCOPE_TEST_CLI"), command,
                         scope_model_folder (scope_session_get_model (session)),
                         scope_session_get_text_path (session), arguments, target);
  run_cli (line);
  return read_npy (path, count);
}

/* A session file of any bytes is refused with a reason in one line, or prints as one that reads
 * back as itself, and its paths can be looked for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "session/session-file.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ScopeSessionFile) file
      = scope_session_file_parse ((const char *)data, size, "input", &error);
  if (file == NULL) {
    if (error == NULL || strchr (error->message, '\n') != NULL)
      abort ();
    return 0;
  }
  g_autofree char *near = scope_session_file_find (file->model.path, "/nowhere/s.mambascope");
  g_autofree char *once = scope_session_file_print (file);
  g_autoptr (ScopeSessionFile) again
      = scope_session_file_parse (once, strlen (once), "printed", &error);
  if (again == NULL || (file->text.path == NULL) != (again->text.path == NULL))
    abort ();
  g_autofree char *twice = scope_session_file_print (again);
  if (strcmp (once, twice) != 0)
    abort ();
  return 0;
}

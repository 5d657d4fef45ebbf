/* Any bytes as the index of a sharded checkpoint, beside one shard: refused with one line, or every
 * tensor that it names is there or missed with one line. No file outside the folder is asked for.
 */
#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>

#include "fault.h"
#include "model/checkpoint.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* {"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}, and its number. */
#define HEADER "{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}  "
static const char shard[] = "\x38\0\0\0\0\0\0\0" HEADER "\0\0\x80\x3f";
G_STATIC_ASSERT (sizeof HEADER - 1 == 0x38);

/* The folder, made once. */
static const char *
folder (void)
{
  static char *made;
  if (made == NULL) {
    made = g_dir_make_tmp ("scope-fuzz-XXXXXX", NULL);
    g_autofree char *path = made != NULL ? g_build_filename (made, "a.safetensors", NULL) : NULL;
    if (path == NULL || !g_file_set_contents (path, shard, sizeof shard - 1, NULL))
      fault ("no folder to work in");
  }
  return made;
}

static void
check_message (const GError *error)
{
  if (error != NULL && strchr (error->message, '\n') != NULL)
    fault ("no message of one line");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder (), "model.safetensors.index.json", NULL);
  FILE *file = g_fopen (path, "w"); /* in place: a renamed file would cost a flush each time */
  if (file == NULL || fwrite (data, 1, size, file) != size || fclose (file) != 0)
    fault ("cannot write");
  g_autoptr (ScopeCheckpoint) checkpoint = scope_checkpoint_open (folder (), &error);
  if ((checkpoint == NULL) != (error != NULL))
    fault ("neither a checkpoint nor a message");
  check_message (error);
  for (gsize i = 0; checkpoint != NULL && i < scope_checkpoint_count (checkpoint); i++) {
    g_autoptr (GError) missed = NULL;
    const char *name = scope_checkpoint_nth (checkpoint, i);
    const char *from = scope_checkpoint_file (checkpoint, name);
    if (!g_str_has_prefix (from, folder ()) || strstr (from + strlen (folder ()), "..") != NULL)
      fault ("a file outside the folder");
    if (scope_checkpoint_get (checkpoint, name, &missed) == NULL)
      fault ("listed, but not there");
  }
  return 0;
}

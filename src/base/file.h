/* Files: read-only mappings, and writes that leave the old file intact until the new one is whole.
 * Any thread. Errors are SCOPE_ERROR_FILE and name the path. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The whole file ("-": standard input) in memory, NUL-terminated beyond LENGTH; refused above LIMIT
 * bytes. */
char *scope_file_read (const char *path, gsize limit, gsize *length,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The whole of a regular file, mapped for reading. */
GBytes *scope_file_map (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Written to PATH's folder under a temporary name, flushed, then renamed over PATH. */
gboolean scope_file_write (const char *path, const void *data, gsize length, GError **error);

/* The same for writers that stream: open, write, or hand the descriptor to a library, then commit
 * (rename) or abandon (unlink). A device or a pipe is written to as it is. */
typedef struct _ScopeFileWriter ScopeFileWriter;
ScopeFileWriter *scope_file_writer_open (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
int scope_file_writer_fd (ScopeFileWriter *self); /* stays the writer's */
gboolean scope_file_writer_write (ScopeFileWriter *self, const void *data, gsize length,
                                  GError **error);
gboolean scope_file_writer_commit (ScopeFileWriter *self, GError **error); /* frees SELF */
void scope_file_writer_abandon (ScopeFileWriter *self);                    /* frees SELF; NULL is fine */

G_END_DECLS

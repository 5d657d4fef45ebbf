#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

struct _ScopeFileWriter {
  char *path;
  char *temporary; /* NULL: PATH is a device or a pipe, which is written to as it is */
  int fd;
};

static gboolean
fail (const char *path, const char *what, GError **error)
{
  scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: %s: %s", path, what,
                   g_strerror (errno));
  return FALSE;
}

static gboolean
read_all (int fd, const char *path, gsize limit, GByteArray *out, GError **error)
{
  guint8 block[65536];
  for (;;) {
    gssize got = read (fd, block, sizeof block);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return fail (path, "cannot read", error);
    if (got == 0)
      return TRUE;
    /* A byte array counts in guint, and its growth must not overflow either. */
    if ((gsize)got > MIN (limit, G_MAXINT32) - out->len) {
      scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE,
                       "%s: larger than %" G_GSIZE_FORMAT " bytes", path, MIN (limit, G_MAXINT32));
      return FALSE;
    }
    g_byte_array_append (out, block, (guint)got);
  }
}

char *
scope_file_read (const char *path, gsize limit, gsize *length, GError **error)
{
  gboolean standard = strcmp (path, "-") == 0;
  int fd = standard ? dup (STDIN_FILENO) : g_open (path, O_RDONLY | O_CLOEXEC, 0);
  if (standard)
    path = "standard input";
  if (fd < 0) {
    fail (path, "cannot open", error);
    return NULL;
  }
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gboolean ok = read_all (fd, path, limit, bytes, error);
  close (fd);
  if (!ok)
    return NULL;
  if (length != NULL)
    *length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *)"", 1);
  return (char *)g_byte_array_free (g_steal_pointer (&bytes), FALSE);
}

GBytes *
scope_file_map (const char *path, GError **error)
{
  struct stat info;
  /* Not blocking, or a pipe without a writer would hold us up here. */
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0 || fstat (fd, &info) != 0) {
    fail (path, "cannot open", error);
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  g_autoptr (GMappedFile) file = NULL;
  if (S_ISREG (info.st_mode))
    file = g_mapped_file_new_from_fd (fd, FALSE, NULL);
  close (fd);
  if (file == NULL) {
    scope_set_error (error, SCOPE_ERROR, SCOPE_ERROR_FILE, "%s: cannot be mapped into memory",
                     path);
    return NULL;
  }
  return g_mapped_file_get_bytes (file);
}

gboolean
scope_file_write (const char *path, const void *data, gsize length, GError **error)
{
  ScopeFileWriter *writer = scope_file_writer_open (path, error);
  if (writer == NULL)
    return FALSE;
  if (scope_file_writer_write (writer, data, length, error))
    return scope_file_writer_commit (writer, error);
  scope_file_writer_abandon (writer);
  return FALSE;
}

ScopeFileWriter *
scope_file_writer_open (const char *path, GError **error)
{
  struct stat info;
  gboolean exists = stat (path, &info) == 0;
  if (exists && S_ISDIR (info.st_mode)) {
    errno = EISDIR;
    fail (path, "cannot write", error);
    return NULL;
  }
  g_autofree char *temporary = NULL;
  int fd;
  if (exists && !S_ISREG (info.st_mode)) {
    fd = g_open (path, O_WRONLY | O_CLOEXEC, 0);
  } else {
    temporary = g_strconcat (path, ".XXXXXX", NULL);
    fd = g_mkstemp_full (temporary, O_RDWR | O_CLOEXEC, 0666);
  }
  if (fd < 0) {
    fail (path, "cannot write", error);
    return NULL;
  }
  ScopeFileWriter *self = g_new0 (ScopeFileWriter, 1);
  self->path = g_strdup (path);
  self->temporary = g_steal_pointer (&temporary);
  self->fd = fd;
  return self;
}

int
scope_file_writer_fd (ScopeFileWriter *self)
{
  return self->fd;
}

gboolean
scope_file_writer_write (ScopeFileWriter *self, const void *data, gsize length, GError **error)
{
  const char *at = data;
  while (length > 0) {
    gssize put = write (self->fd, at, length);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return fail (self->path, "cannot write", error);
    at += put;
    length -= (gsize)put;
  }
  return TRUE;
}

static void
writer_free (ScopeFileWriter *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->temporary);
  g_free (self);
}

gboolean
scope_file_writer_commit (ScopeFileWriter *self, GError **error)
{
  gboolean ok = self->temporary == NULL || fsync (self->fd) == 0;
  ok = close (self->fd) == 0 && ok;
  self->fd = -1;
  if (ok && self->temporary != NULL)
    ok = g_rename (self->temporary, self->path) == 0;
  if (!ok) {
    fail (self->path, "cannot write", error);
    scope_file_writer_abandon (self);
    return FALSE;
  }
  writer_free (self);
  return TRUE;
}

void
scope_file_writer_abandon (ScopeFileWriter *self)
{
  if (self == NULL)
    return;
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  writer_free (self);
}

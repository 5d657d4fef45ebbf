/* The NPY header is padded with spaces so that the data begin at a multiple of 64 bytes, as the
 * format's own description asks; a row at a time keeps the memory small for wide strides. */
#include "export/npy.h"

#include <string.h>

#include "base/file.h"

#define NPY_ALIGN 64

static GString *
npy_header (ScopeReal real, const char *shape)
{
  GString *header = g_string_new (NULL);
  g_string_append_len (header, "\x93NUMPY\x01\x00\x00\x00", 10);
  g_string_append_printf (header, "{'descr': '<f%" G_GSIZE_FORMAT "', 'fortran_order': False, ",
                          scope_real_size (real));
  g_string_append_printf (header, "'shape': %s, }", shape);
  while ((header->len + 1) % NPY_ALIGN != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  gsize body = header->len - 10;
  header->str[8] = (char)(body & 0xff);
  header->str[9] = (char)(body >> 8);
  return header;
}

static const void *
matrix_row (const ScopeMatrix *matrix, gsize row)
{
  return scope_matrix_real (matrix) == SCOPE_REAL_F32
             ? (const void *)scope_matrix_row_f32 (matrix, row)
             : (const void *)scope_matrix_row_f64 (matrix, row);
}

/* NPY is little-endian on every machine. */
static void
swap_row (void *data, gsize count, gsize size)
{
  for (gsize i = 0; i < count; i++) {
    if (size == 4)
      ((guint32 *)data)[i] = GUINT32_TO_LE (((guint32 *)data)[i]);
    else
      ((guint64 *)data)[i] = GUINT64_TO_LE (((guint64 *)data)[i]);
  }
}

struct _ScopeNpyWriter {
  ScopeFileWriter *file;
  ScopeReal real;
  gsize rows, columns;
  gsize written; /* rows */
  guint8 *row;   /* one row as it goes to the file, where it must be converted */
};

/* The bytes of a row in the file's type and byte order. */
static const void *
file_row (ScopeNpyWriter *self, const ScopeMatrix *matrix, gsize row)
{
  gsize size = scope_real_size (self->real);
  gboolean convert = scope_matrix_real (matrix) != self->real;
  if (!convert && G_BYTE_ORDER == G_LITTLE_ENDIAN)
    return matrix_row (matrix, row);
  if (self->row == NULL)
    self->row = g_malloc (self->columns * size);
  if (!convert)
    memcpy (self->row, matrix_row (matrix, row), self->columns * size);
  for (gsize c = 0; convert && c < self->columns; c++) {
    if (size == 4)
      ((float *)self->row)[c] = (float)scope_matrix_get (matrix, row, c);
    else
      ((double *)self->row)[c] = scope_matrix_get (matrix, row, c);
  }
  swap_row (self->row, self->columns, size);
  return self->row;
}

static ScopeNpyWriter *
npy_open (const char *path, ScopeReal real, gsize rows, gsize columns, const char *shape,
          GError **error)
{
  ScopeFileWriter *file = scope_file_writer_open (path, error);
  if (file == NULL)
    return NULL;
  g_autoptr (GString) header = npy_header (real, shape);
  if (!scope_file_writer_write (file, header->str, header->len, error)) {
    scope_file_writer_abandon (file);
    return NULL;
  }
  ScopeNpyWriter *self = g_new0 (ScopeNpyWriter, 1);
  self->file = file;
  self->real = real;
  self->rows = rows;
  self->columns = columns;
  return self;
}

ScopeNpyWriter *
scope_npy_open (const char *path, ScopeReal real, gsize rows, gsize columns, GError **error)
{
  g_autofree char *shape
      = g_strdup_printf ("(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ")", rows, columns);
  return npy_open (path, real, rows, columns, shape, error);
}

gboolean
scope_npy_append (ScopeNpyWriter *self, const ScopeMatrix *rows, GError **error)
{
  g_return_val_if_fail (scope_matrix_columns (rows) == self->columns, FALSE);
  g_return_val_if_fail (scope_matrix_rows (rows) <= self->rows - self->written, FALSE);
  gsize bytes = self->columns * scope_real_size (self->real);
  for (gsize r = 0; bytes > 0 && r < scope_matrix_rows (rows); r++)
    if (!scope_file_writer_write (self->file, file_row (self, rows, r), bytes, error))
      return FALSE;
  self->written += scope_matrix_rows (rows);
  return TRUE;
}

static void
npy_free (ScopeNpyWriter *self)
{
  g_free (self->row);
  g_free (self);
}

gboolean
scope_npy_close (ScopeNpyWriter *self, GError **error)
{
  g_return_val_if_fail (self->written == self->rows, FALSE);
  gboolean ok = scope_file_writer_commit (self->file, error);
  npy_free (self);
  return ok;
}

void
scope_npy_abandon (ScopeNpyWriter *self)
{
  if (self == NULL)
    return;
  scope_file_writer_abandon (self->file);
  npy_free (self);
}

static gboolean
npy_write (ScopeNpyWriter *writer, const ScopeMatrix *matrix, GError **error)
{
  if (writer == NULL)
    return FALSE;
  if (scope_npy_append (writer, matrix, error))
    return scope_npy_close (writer, error);
  scope_npy_abandon (writer);
  return FALSE;
}

gboolean
scope_npy_write (const ScopeMatrix *matrix, const char *path, GError **error)
{
  return npy_write (scope_npy_open (path, scope_matrix_real (matrix), scope_matrix_rows (matrix),
                                    scope_matrix_columns (matrix), error),
                    matrix, error);
}

gboolean
scope_npy_write_vector (const ScopeMatrix *row, const char *path, GError **error)
{
  g_return_val_if_fail (scope_matrix_rows (row) == 1, FALSE);
  gsize columns = scope_matrix_columns (row);
  g_autofree char *shape = g_strdup_printf ("(%" G_GSIZE_FORMAT ",)", columns);
  return npy_write (npy_open (path, scope_matrix_real (row), 1, columns, shape, error), row, error);
}

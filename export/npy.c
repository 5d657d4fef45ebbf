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
  header->str[8] = (char) (body & 0xff);
  header->str[9] = (char) (body >> 8);
  return header;
}

static const void *
matrix_row (const ScopeMatrix *matrix, gsize row)
{
  return scope_matrix_real (matrix) == SCOPE_REAL_F32
             ? (const void *) scope_matrix_row_f32 (matrix, row)
             : (const void *) scope_matrix_row_f64 (matrix, row);
}

/* NPY is little-endian on every machine. */
static void
swap_row (void *data, gsize count, gsize size)
{
  for (gsize i = 0; i < count; i++) {
    if (size == 4)
      ((guint32 *) data)[i] = GUINT32_TO_LE (((guint32 *) data)[i]);
    else
      ((guint64 *) data)[i] = GUINT64_TO_LE (((guint64 *) data)[i]);
  }
}

static gboolean
write_rows (ScopeFileWriter *writer, const ScopeMatrix *matrix, GError **error)
{
  gsize columns = scope_matrix_columns (matrix);
  gsize size = scope_real_size (scope_matrix_real (matrix));
  g_autofree char *copy = NULL;
  for (gsize r = 0; columns > 0 && r < scope_matrix_rows (matrix); r++) {
    const void *row = matrix_row (matrix, r);
    if (G_BYTE_ORDER == G_BIG_ENDIAN) {
      g_free (copy);
      copy = g_memdup2 (row, columns * size);
      swap_row (copy, columns, size);
      row = copy;
    }
    if (!scope_file_writer_write (writer, row, columns * size, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
npy_write (const ScopeMatrix *matrix, const char *shape, const char *path, GError **error)
{
  ScopeFileWriter *writer = scope_file_writer_open (path, error);
  if (writer == NULL)
    return FALSE;
  g_autoptr (GString) header = npy_header (scope_matrix_real (matrix), shape);
  if (!scope_file_writer_write (writer, header->str, header->len, error)
      || !write_rows (writer, matrix, error)) {
    scope_file_writer_abandon (writer);
    return FALSE;
  }
  return scope_file_writer_commit (writer, error);
}

gboolean
scope_npy_write (const ScopeMatrix *matrix, const char *path, GError **error)
{
  g_autofree char *shape
      = g_strdup_printf ("(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT ")", scope_matrix_rows (matrix),
                         scope_matrix_columns (matrix));
  return npy_write (matrix, shape, path, error);
}

gboolean
scope_npy_write_vector (const ScopeMatrix *row, const char *path, GError **error)
{
  g_return_val_if_fail (scope_matrix_rows (row) == 1, FALSE);
  g_autofree char *shape = g_strdup_printf ("(%" G_GSIZE_FORMAT ",)", scope_matrix_columns (row));
  return npy_write (row, shape, path, error);
}

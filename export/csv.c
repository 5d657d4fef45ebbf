#include "export/csv.h"

#include <math.h>
#include <string.h>

#include "base/file.h"

struct _ScopeCsv {
  GString *text;
  gboolean row_open; /* a field was written since the last line end */
};

ScopeCsv *
scope_csv_new (const char *columns)
{
  ScopeCsv *self = g_new0 (ScopeCsv, 1);
  self->text = g_string_new (columns);
  g_string_append_c (self->text, '\n');
  return self;
}

void
scope_csv_free (ScopeCsv *self)
{
  if (self == NULL)
    return;
  g_string_free (self->text, TRUE);
  g_free (self);
}

static void
begin_field (ScopeCsv *self)
{
  if (self->row_open)
    g_string_append_c (self->text, ',');
  self->row_open = TRUE;
}

void
scope_csv_text (ScopeCsv *self, const char *value)
{
  begin_field (self);
  if (strpbrk (value, ",\"\r\n") == NULL) {
    g_string_append (self->text, value);
    return;
  }
  g_string_append_c (self->text, '"');
  for (const char *p = value; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (self->text, '"');
    g_string_append_c (self->text, *p);
  }
  g_string_append_c (self->text, '"');
}

void
scope_csv_number (ScopeCsv *self, double value)
{
  begin_field (self);
  if (isnan (value))
    g_string_append (self->text, "nan");
  else if (isinf (value))
    g_string_append (self->text, value > 0 ? "inf" : "-inf");
  else {
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append (self->text, g_ascii_formatd (buffer, sizeof buffer, "%.9g", value));
  }
}

void
scope_csv_integer (ScopeCsv *self, guint64 value)
{
  begin_field (self);
  g_string_append_printf (self->text, "%" G_GUINT64_FORMAT, value);
}

void
scope_csv_end_row (ScopeCsv *self)
{
  g_string_append_c (self->text, '\n');
  self->row_open = FALSE;
}

const char *
scope_csv_data (const ScopeCsv *self)
{
  return self->text->str;
}

gboolean
scope_csv_write (const ScopeCsv *self, const char *path, GError **error)
{
  return scope_file_write (path, self->text->str, self->text->len, error);
}

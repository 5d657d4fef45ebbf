#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "export/csv.h"

typedef struct {
  enum { TEXT, INTEGER, REAL } kind;
  char *text;
  gsize integer;
  double real;
} Cell;

struct _CliSheet {
  char *header;
  char **names; /* (columns) */
  gsize columns;
  GArray *cells; /* Cell, row by row */
};

static void
cell_clear (gpointer cell)
{
  g_free (((Cell *)cell)->text);
}

CliSheet *
cli_sheet_new (const char *columns)
{
  CliSheet *self = g_new0 (CliSheet, 1);
  self->header = g_strdup (columns);
  self->names = g_strsplit (columns, ",", -1);
  self->columns = g_strv_length (self->names);
  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  g_array_set_clear_func (self->cells, cell_clear);
  return self;
}

void
cli_sheet_free (CliSheet *self)
{
  if (self == NULL)
    return;
  g_free (self->header);
  g_strfreev (self->names);
  g_array_unref (self->cells);
  g_free (self);
}

void
cli_sheet_text (CliSheet *self, const char *value)
{
  g_array_append_vals (self->cells, &(Cell){ .kind = TEXT, .text = g_strdup (value) }, 1);
}

void
cli_sheet_int (CliSheet *self, gsize value)
{
  g_array_append_vals (self->cells, &(Cell){ .kind = INTEGER, .integer = value }, 1);
}

void
cli_sheet_real (CliSheet *self, double value)
{
  g_array_append_vals (self->cells, &(Cell){ .kind = REAL, .real = value }, 1);
}

static const Cell *
cell_at (const CliSheet *self, gsize index)
{
  return &g_array_index (self->cells, Cell, index);
}

static ScopeCsv *
make_csv (const CliSheet *self)
{
  ScopeCsv *csv = scope_csv_new (self->header);
  for (gsize i = 0; i < self->cells->len; i++) {
    const Cell *cell = cell_at (self, i);
    if (cell->kind == TEXT)
      scope_csv_text (csv, cell->text);
    else if (cell->kind == INTEGER)
      scope_csv_integer (csv, cell->integer);
    else
      scope_csv_number (csv, cell->real);
    if ((i + 1) % self->columns == 0)
      scope_csv_end_row (csv);
  }
  return csv;
}

gboolean
cli_sheet_write (const CliSheet *self, const char *path, GError **error)
{
  g_autoptr (ScopeCsv) csv = make_csv (self);
  return scope_csv_write (csv, path, error);
}

static void
print_csv (const CliSheet *self)
{
  g_autoptr (ScopeCsv) csv = make_csv (self);
  fputs (scope_csv_data (csv), stdout);
}

void
cli_json_sheet (JsonBuilder *json, const char *member, const CliSheet *sheet)
{
  json_builder_set_member_name (json, member);
  json_builder_begin_array (json);
  for (gsize i = 0; i < sheet->cells->len; i++) {
    const Cell *cell = cell_at (sheet, i);
    const char *name = sheet->names[i % sheet->columns];
    if (i % sheet->columns == 0)
      json_builder_begin_object (json);
    if (cell->kind == TEXT)
      cli_json_string (json, name, cell->text);
    else if (cell->kind == INTEGER)
      cli_json_int (json, name, cell->integer);
    else
      cli_json_real (json, name, cell->real);
    if ((i + 1) % sheet->columns == 0)
      json_builder_end_object (json);
  }
  json_builder_end_array (json);
}

void
cli_json_end_sheet (JsonBuilder *json, const char *out, const CliSheet *sheet)
{
  cli_json_string (json, "out", out);
  cli_json_sheet (json, "rows", sheet);
  cli_json_end (json);
}

/* Four digits are enough for people; a number that is none is a dash. */
static char *
cell_words (const Cell *cell)
{
  if (cell->kind == TEXT)
    return g_utf8_make_valid (cell->text, -1);
  if (cell->kind == INTEGER)
    return g_strdup_printf ("%" G_GSIZE_FORMAT, cell->integer);
  if (!isfinite (cell->real))
    return g_strdup ("-");
  double size = fabs (cell->real);
  return g_strdup_printf (size >= 1000 && size < 1e9 ? "%.0f" : "%.4g", cell->real);
}

static void
print_cell (const char *text, gsize width, gboolean left, gboolean last)
{
  int pad = (int)(width - MIN ((gsize)g_utf8_strlen (text, -1), width));
  if (left)
    printf ("%s%*s", text, last ? 0 : pad, "");
  else
    printf ("%*s%s", pad, "", text);
  fputs (last ? "\n" : "  ", stdout);
}

void
cli_sheet_print_table (const CliSheet *self)
{
  g_autofree gsize *width = g_new0 (gsize, self->columns);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  for (gsize c = 0; c < self->columns; c++)
    g_ptr_array_add (words, g_strdup (self->names[c]));
  for (gsize i = 0; i < self->cells->len; i++)
    g_ptr_array_add (words, cell_words (cell_at (self, i)));
  for (guint i = 0; i < words->len; i++) {
    gsize length = (gsize)g_utf8_strlen (g_ptr_array_index (words, i), -1);
    width[i % self->columns] = MAX (width[i % self->columns], length);
  }
  for (guint i = 0; i < words->len; i++) {
    gsize column = i % self->columns;
    gboolean left = self->cells->len > column && cell_at (self, column)->kind == TEXT;
    print_cell (g_ptr_array_index (words, i), width[column], left, column + 1 == self->columns);
  }
}

void
cli_sheet_print (const CliSheet *self, gboolean written)
{
  if (written)
    cli_sheet_print_table (self);
  else
    print_csv (self);
}

#include "export/data.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/file.h"
#include "export/csv.h"
#include "export/data-private.h"
#include "export/npy.h"

/* "FOLDER/a-cells.png" of the panel's name and SUFFIX. */
static char *
data_path (const ScopePanelData *self, const char *suffix)
{
  g_autofree char *file = g_strconcat (self->name, suffix, NULL);
  return g_build_filename (self->folder, file, NULL);
}

static gboolean
write_csv (const ScopePanelData *self, const ScopeCsv *csv, GError **error)
{
  g_autofree char *path = data_path (self, ".csv");
  return scope_csv_write (csv, path, error);
}

static gboolean
write_matrix (const ScopePanelData *self, const ScopeMatrix *matrix, const char *suffix,
              GError **error)
{
  g_autofree char *path = data_path (self, suffix);
  return scope_npy_write (matrix, path, error);
}

gboolean
scope_panel_data_write_text (const ScopePanelData *self, const char *suffix, const char *text,
                             GError **error)
{
  g_autofree char *path = data_path (self, suffix);
  return scope_file_write (path, text, strlen (text), error);
}

/* --- maps ---------------------------------------------------------------------------------------
 */

static gsize
edge (gsize begin, gsize end, gsize k, gsize count)
{
  return begin + (end - begin) * k / count;
}

static gboolean
write_cells_csv (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  const ScopeRange *range = &result->range;
  gsize rows = scope_matrix_rows (result->matrix), columns = scope_matrix_columns (result->matrix);
  g_autoptr (ScopeCsv) csv = scope_csv_new (
      result->mirror != NULL ? "query_begin,query_end,key_begin,key_end,value,value_mirrored"
                             : "query_begin,query_end,key_begin,key_end,value");
  for (gsize r = 0; r < rows; r++)
    for (gsize c = 0; c < scope_causal_cells (*range, rows, columns, r); c++) {
      scope_csv_integer (csv, edge (range->row_begin, range->row_end, r, rows));
      scope_csv_integer (csv, edge (range->row_begin, range->row_end, r + 1, rows));
      scope_csv_integer (csv, edge (range->column_begin, range->column_end, c, columns));
      scope_csv_integer (csv, edge (range->column_begin, range->column_end, c + 1, columns));
      scope_csv_number (csv, scope_matrix_get (result->matrix, r, c));
      if (result->mirror != NULL)
        scope_csv_number (csv, scope_matrix_get (result->mirror, r, c));
      scope_csv_end_row (csv);
    }
  return write_csv (self, csv, error);
}

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static gboolean
write_cells_png (const ScopePanelData *self, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *path = data_path (self, "-cells.png");
  cairo_surface_t *image
      = scope_panel_map_cells (self->result, self->box->palette, &self->box->norm);
  cairo_status_t status = cairo_surface_write_to_png_stream (image, append_bytes, bytes);
  cairo_surface_destroy (image);
  if (status == CAIRO_STATUS_SUCCESS)
    return scope_file_write (path, bytes->data, bytes->len, error);
  g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE, "%s: %s", path,
               cairo_status_to_string (status));
  return FALSE;
}

static gboolean
write_map (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  return write_matrix (self, result->matrix, ".npy", error)
         && (result->mirror == NULL || write_matrix (self, result->mirror, "-mirrored.npy", error))
         && write_cells_csv (self, error) && write_cells_png (self, error)
         && scope_panel_data_write_map_tex (self, error);
}

/* --- atlas, strip -------------------------------------------------------------------------------
 */

static void
csv_fact (ScopeCsv *csv, const ScopeResult *result, const char *key)
{
  const char *value = scope_provenance_get (result->provenance, key);
  scope_csv_text (csv, value != NULL ? value : "");
}

static gboolean
write_tiles (const ScopePanelData *self, GError **error)
{
  g_autoptr (ScopeCsv) csv = scope_csv_new ("tile,layer,channel,ln_decay,class,filter,value");
  for (gsize k = 0; k < self->result->tiles->len; k++) {
    const ScopeResult *tile = g_ptr_array_index (self->result->tiles, k);
    g_autofree char *suffix = g_strdup_printf ("-%02" G_GSIZE_FORMAT ".npy", k);
    if (!write_matrix (self, tile->matrix, suffix, error))
      return FALSE;
    scope_csv_integer (csv, k);
    csv_fact (csv, tile, "layer");
    csv_fact (csv, tile, "channel");
    csv_fact (csv, tile, "ln-decay");
    csv_fact (csv, tile, "class");
    csv_fact (csv, tile, "filter");
    csv_fact (csv, tile, "value");
    scope_csv_end_row (csv);
  }
  return write_csv (self, csv, error);
}

static gboolean
write_strip (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  g_autoptr (ScopeCsv) csv = scope_csv_new ("token,word,value,dropped");
  for (gsize k = 0; k < scope_matrix_columns (result->matrix); k++) {
    scope_csv_integer (csv, result->range.column_begin + k);
    scope_csv_text (csv, result->words[k]);
    scope_csv_number (csv, scope_matrix_get (result->matrix, 0, k));
    scope_csv_integer (csv, result->dropped != NULL && result->dropped[k]);
    scope_csv_end_row (csv);
  }
  return write_matrix (self, result->matrix, ".npy", error) && write_csv (self, csv, error);
}

/* --- lines --------------------------------------------------------------------------------------
 */

static double
band_value (const double *values, gsize k)
{
  return values != NULL ? values[k] : NAN;
}

static gsize
count_points (const ScopeResult *result)
{
  gsize count = 0;
  for (gsize k = 0; k < result->curves->len; k++)
    count += ((const ScopeCurve *)g_ptr_array_index (result->curves, k))->count;
  return count;
}

static gboolean
write_curves (const ScopePanelData *self, GError **error)
{
  const ScopeResult *result = self->result;
  g_autoptr (ScopeCsv) csv = scope_csv_new ("curve,name,class,x,y,low,high");
  g_autoptr (ScopeMatrix) matrix
      = scope_matrix_new (SCOPE_REAL_F64, count_points (result), 5, error);
  if (matrix == NULL)
    return FALSE;
  gsize row = 0;
  for (gsize k = 0; k < result->curves->len; k++) {
    const ScopeCurve *curve = g_ptr_array_index (result->curves, k);
    for (gsize i = 0; i < curve->count; i++, row++) {
      const double values[] = { (double)k, curve->x[i], curve->y[i], band_value (curve->low, i),
                                band_value (curve->high, i) };
      scope_csv_integer (csv, k);
      scope_csv_text (csv, curve->name);
      scope_csv_text (csv, curve->series == SCOPE_SERIES_BEFORE ? "before"
                           : curve->series != -1                ? ""
                           : curve->global                      ? "global"
                                                                : "local");
      for (gsize c = 0; c < G_N_ELEMENTS (values); c++) {
        scope_matrix_set (matrix, row, c, values[c]);
        if (c > 0)
          scope_csv_number (csv, values[c]);
      }
      scope_csv_end_row (csv);
    }
  }
  return write_matrix (self, matrix, ".npy", error) && write_csv (self, csv, error)
         && scope_panel_data_write_curves_tex (self, error);
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static gboolean
write_panel (const ScopePanelData *self, GError **error)
{
  switch (self->result->kind) {
  case SCOPE_RESULT_MAP:
    return write_map (self, error);
  case SCOPE_RESULT_TILES:
    return write_tiles (self, error);
  case SCOPE_RESULT_STRIP:
    return write_strip (self, error);
  default:
    return write_curves (self, error);
  }
}

gboolean
scope_figure_write_data (ScopeFigure *figure, const char *folder, GError **error)
{
  g_auto (ScopeLayout) layout = { 0 };
  if (g_mkdir_with_parents (folder, 0777) != 0) {
    int reason = errno;
    g_set_error (error, SCOPE_EXPORT_ERROR, SCOPE_EXPORT_ERROR_WRITE,
                 "%s: expected a folder that can be made: %s", folder, g_strerror (reason));
    return FALSE;
  }
  scope_layout_init (&layout, figure);
  for (gsize k = 0; k < layout.count; k++) {
    g_autofree char *name = k < 26 ? g_strdup_printf ("%c", (char)('a' + k))
                                   : g_strdup_printf ("panel-%" G_GSIZE_FORMAT, k + 1);
    const ScopePanelData data
        = { folder, name, g_ptr_array_index (figure->panels, k), &layout.boxes[k], figure, k };
    if (!write_panel (&data, error))
      return FALSE;
  }
  return TRUE;
}

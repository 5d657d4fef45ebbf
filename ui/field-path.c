#include "ui/field-path.h"

#include <math.h>
#include <string.h>

#include <adwaita.h>

#define BOUNDARY_RED 1.0, 0.36, 0.27
#define PITCH        5.0 /* pixels between two points of the line, at least */

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  gint32 p = *(const gint32 *)a, q = *(const gint32 *)b;
  return p < q ? -1 : p > q;
}

/* Rows that lie closer than the line can turn are drawn as one, by their median: neighbouring rows
 * often reach back very differently. -1 if most of them have no field. */
static gint32
median_start (const gint32 *starts, gsize count, gint32 *scratch)
{
  memcpy (scratch, starts, count * sizeof *scratch);
  qsort (scratch, count, sizeof *scratch, compare_starts);
  return scratch[count / 2];
}

void
scope_field_path (cairo_t *cr, const ScopeMapGeometry *geometry, const gint32 *rows,
                  const gint32 *starts, gsize count, gboolean mirror)
{
  if (count == 0)
    return;
  double pitch = (rows[count - 1] - rows[0] + 1) / (double)count * geometry->scale;
  gsize group = pitch >= PITCH ? 1 : (gsize)ceil (PITCH / pitch);
  g_autofree gint32 *scratch = g_new (gint32, group);
  gboolean open = FALSE;
  for (gsize k = 0; k < count; k += group) {
    gsize n = MIN (group, count - k);
    double start = median_start (starts + k, n, scratch);
    double row = (rows[k] + rows[k + n - 1]) / 2.0 + 0.5;
    double x = scope_map_geometry_px (geometry, mirror ? row : start);
    double y = scope_map_geometry_py (geometry, mirror ? start : row);
    if (start >= 0 && open)
      cairo_line_to (cr, x, y);
    else if (start >= 0)
      cairo_move_to (cr, x, y);
    open = start >= 0;
  }
}

void
scope_field_stroke (cairo_t *cr, gboolean dashed)
{
  static const double dash[] = { 5, 4 };
  gboolean strong = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  cairo_save (cr);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_dash (cr, dash, dashed ? G_N_ELEMENTS (dash) : 0, 0);
  cairo_set_source_rgba (cr, 0, 0, 0, 0.5);
  cairo_set_line_width (cr, 3);
  cairo_stroke_preserve (cr);
  cairo_set_source_rgb (cr, BOUNDARY_RED);
  cairo_set_line_width (cr, strong ? 2.5 : 1.5);
  cairo_stroke (cr);
  cairo_restore (cr);
}

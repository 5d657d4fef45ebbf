/* Cells to pixels. A view of 2048 x 2048 cells is repainted at every change of the norm, so the
 * inner loops are: one multiply-add (linear) or one fast logarithm (log, symlog), then one look-up
 * in a table of colours. Rows are shared among threads.
 */
#include <math.h>
#include <string.h>

#include "base/parallel.h"
#include "export/figure.h"
#include "export/normalise.h"

/* Finer than the 256 palette entries by 16, so that rounding the place costs no visible step. */
#define TABLE_SIZE     4096
#define ROWS_PER_PIECE 16

typedef struct {
  const ScopeMatrix *matrix;
  ScopeRange range;
  ScopeNorm norm;
  guint32 colours[TABLE_SIZE];
  unsigned char *pixels; /* (rows, stride bytes) ARGB32 */
  int stride;
} MapPainter;

/* log2 of a positive normal float, to 1.2e-4: the exponent, and for the mantissa 1 + m the fit
 * log2(1+m) = m + m(1-m)(a + b m + c m^2), which is exact at both ends. */
static inline float
fast_log2 (float value)
{
  union {
    float f;
    guint32 u;
  } bits = { value };
  float exponent = (float)(gint32)(bits.u >> 23) - 127.0f;
  bits.u = (bits.u & 0x007fffffu) | 0x3f800000u;
  float m = bits.f - 1.0f;
  return exponent + m + m * (1.0f - m) * (0.4387256f + m * (-0.2390577f + m * 0.0821303f));
}

/* Places in units of table entries. The comparisons are ordered so that a NaN ends at entry 0: it
 * is repainted afterwards. */
static inline gint32
table_index (float place)
{
  place = place > 0.0f ? place : 0.0f;
  place = place < TABLE_SIZE - 1.0f ? place : TABLE_SIZE - 1.0f;
  return (gint32)(place + 0.5f);
}

static void
linear_row (const ScopeNorm *norm, const float *value, gsize count, gint32 *index)
{
  float scale = (float)((TABLE_SIZE - 1) / (norm->high - norm->low)), low = (float)norm->low;
  for (gsize c = 0; c < count; c++)
    index[c] = table_index ((value[c] - low) * scale);
}

static void
log_row (const ScopeNorm *norm, const float *value, gsize count, gint32 *index)
{
  float floor_log = (float)log2 (norm->low), low = (float)norm->low;
  float scale = (float)((TABLE_SIZE - 1) / log2 (norm->high / norm->low));
  for (gsize c = 0; c < count; c++) {
    float magnitude = fabsf (value[c]);
    magnitude = magnitude > low ? magnitude : low;
    index[c] = table_index ((fast_log2 (magnitude) - floor_log) * scale);
  }
}

static void
symlog_row (const ScopeNorm *norm, const float *value, gsize count, gint32 *index)
{
  float inverse = (float)(1 / norm->low), middle = 0.5f * (TABLE_SIZE - 1);
  float scale = middle / (float)(1 + log10 (norm->high / norm->low));
  for (gsize c = 0; c < count; c++) {
    float x = fabsf (value[c]) * inverse;
    float unit = x > 1.0f ? 1.0f + (float)G_LN2 / (float)G_LN10 * fast_log2 (x) : x;
    index[c] = table_index (middle + scale * (value[c] < 0.0f ? -unit : unit));
  }
}

/* Norms that are not worth a loop of their own, and those whose ends a float cannot hold: nobody's
 * data, but somebody's recipe. */
static void
exact_row (const ScopeNorm *norm, const float *value, gsize count, gint32 *index)
{
  for (gsize c = 0; c < count; c++) {
    double place = scope_norm_apply (norm, (double)value[c]);
    index[c] = isnan (place) ? 0 : table_index ((float)(place * (TABLE_SIZE - 1)));
  }
}

typedef void (*RowFunc) (const ScopeNorm *norm, const float *value, gsize count, gint32 *index);

static RowFunc
choose_row (const ScopeNorm *norm)
{
  static const RowFunc rows[SCOPE_N_NORMS]
      = { linear_row, log_row, symlog_row, exact_row, exact_row };
  double top = MAX (fabs (norm->low), fabs (norm->high));
  gboolean small = norm->kind != SCOPE_NORM_LINEAR && norm->low < 1e-30;
  return small || top > 1e30 || norm->high - norm->low < 1e-30 ? exact_row : rows[norm->kind];
}

static const float *
row_as_float (const ScopeMatrix *matrix, gsize r, gsize count, float *scratch)
{
  const double *wide = scope_matrix_row_f64 (matrix, r);
  if (wide == NULL)
    return scope_matrix_row_f32 (matrix, r);
  for (gsize c = 0; c < count; c++)
    scratch[c] = (float)wide[c];
  return scratch;
}

static void
paint_rows (gsize begin, gsize end, guint worker, gpointer data)
{
  MapPainter *self = data;
  RowFunc row_func = choose_row (&self->norm);
  gsize rows = scope_matrix_rows (self->matrix), columns = scope_matrix_columns (self->matrix);
  float *scratch = g_new (float, columns);
  gint32 *index = g_new (gint32, columns);
  for (gsize r = begin; r < end; r++) {
    guint32 *pixel = (guint32 *)(self->pixels + r * (gsize)self->stride);
    gsize count = scope_causal_cells (self->range, rows, columns, r);
    const float *value = row_as_float (self->matrix, r, count, scratch);
    row_func (&self->norm, value, count, index);
    for (gsize c = 0; c < count; c++)
      pixel[c] = isnan (value[c]) ? SCOPE_NAN_COLOUR : self->colours[index[c]];
    memset (pixel + count, 0, (columns - count) * sizeof *pixel);
  }
  g_free (scratch);
  g_free (index);
}

cairo_surface_t *
scope_map_image (const ScopeMatrix *matrix, ScopeRange range, ScopePalette palette,
                 const ScopeNorm *norm)
{
  gsize rows = scope_matrix_rows (matrix), columns = scope_matrix_columns (matrix);
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_ARGB32, (int)MIN (columns, G_MAXINT16), (int)MIN (rows, G_MAXINT16));
  g_return_val_if_fail (rows <= G_MAXINT16 && columns <= G_MAXINT16, surface);
  if (rows == 0 || columns == 0 || cairo_surface_status (surface) != CAIRO_STATUS_SUCCESS)
    return surface;
  g_autofree MapPainter *painter = g_new (MapPainter, 1);
  *painter = (MapPainter){ .matrix = matrix, .range = range, .norm = *norm };
  for (int k = 0; k < TABLE_SIZE; k++)
    painter->colours[k] = scope_palette_colour (palette, k / (TABLE_SIZE - 1.0));
  cairo_surface_flush (surface);
  painter->pixels = cairo_image_surface_get_data (surface);
  painter->stride = cairo_image_surface_get_stride (surface);
  scope_parallel_for (rows, ROWS_PER_PIECE, paint_rows, painter);
  cairo_surface_mark_dirty (surface);
  return surface;
}

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "export/figure-private.h"

#define BOUNDARY_WIDTH 0.8
#define BOUNDARY_HALO  1.5
#define SMALL_PLOT     110.0 /* points; narrower plots get a finer boundary */
#define SMALL_FACTOR   0.7
#define HATCH_PLOT     80.0
#define DIAGONAL_WIDTH 0.8 /* between a map and its mirror image */
#define BOUNDARY_PITCH 2.0 /* points between turns */
static const double boundary_dash[] = { 3.0, 1.4 };

/* Dropped columns at least this wide are hatched in the map; finer ones are seen in the strip. */
#define HATCH_WIDTH   1.5
#define HATCH_STEP    2.4
#define STRIP_DENSITY 4.0 /* bins of the strip for each point */

void
scope_panel_map_axes (ScopePanelAxes *axes, const ScopeResult *result, ScopeCanvas *canvas,
                      double width, double height)
{
  const ScopeRange *range = &result->range;
  g_autofree char *longest = scope_tick_label ((double)range->column_end, FALSE);
  double extent = scope_canvas_text_width (canvas, longest, &(ScopeTextStyle){ 0 });
  *axes = (ScopePanelAxes){ .y_down = TRUE, .x_label = "key token j", .y_label = "query token i" };
  scope_axis_tokens (&axes->x, range->column_begin, range->column_end,
                     scope_axis_room (width, extent));
  scope_axis_tokens (&axes->y, range->row_begin, range->row_end,
                     scope_axis_room (height, 1.8 * canvas->font_pt));
}

double
scope_panel_map_aspect (const ScopeResult *result)
{
  double rows = (double)(result->range.row_end - result->range.row_begin);
  double columns = (double)(result->range.column_end - result->range.column_begin);
  return columns > 0 ? CLAMP (rows / columns, 0.25, 1.5) : 1;
}

static int
compare_starts (const void *a, const void *b)
{
  gint32 left = *(const gint32 *)a, right = *(const gint32 *)b;
  return (left > right) - (left < right);
}

/* Neighbouring rows often reach back very differently. Where rows lie closer than a line can turn,
 * the line goes through the median of as many as fit; else through every row. */
static gsize
rows_per_point (const ScopeResult *result, double height)
{
  double pitch = height / (double)result->n_boundary;
  return pitch >= BOUNDARY_PITCH ? 1 : (gsize)ceil (BOUNDARY_PITCH / pitch);
}

/* The polyline through (start, row), or mirrored (row, start); rows without a field interrupt it.
 */
static void
trace_boundary (cairo_t *cr, const ScopeResult *result, const gint32 *of_row, gboolean mirrored,
                ScopeRect plot)
{
  const ScopeRange *range = &result->range;
  double row_height = plot.height / (double)(range->row_end - range->row_begin);
  double column_width = plot.width / (double)(range->column_end - range->column_begin);
  gsize group = rows_per_point (result, plot.height);
  g_autofree gint32 *starts = g_new (gint32, group);
  gboolean open = FALSE;
  for (gsize k = 0; k < result->n_boundary; k += group) {
    gsize count = MIN (group, result->n_boundary - k);
    memcpy (starts, of_row + k, count * sizeof *starts);
    qsort (starts, count, sizeof *starts, compare_starts);
    gint32 median = starts[count / 2];
    double start = median, rows[2] = { (double)result->boundary_row[k],
                                       (double)result->boundary_row[k + count - 1] };
    double row = (rows[0] + rows[1]) / 2 + 0.5 - (double)range->row_begin;
    double x = plot.x + (start - (double)range->column_begin) * column_width;
    double y = plot.y + row * row_height;
    /* A field from the first column on is seen beside the axis, not under it. */
    x = MAX (x, plot.x + BOUNDARY_HALO / 2);
    if (mirrored) {
      x = plot.x + row * column_width;
      y = MAX (plot.y + (start - (double)range->row_begin) * row_height,
               plot.y + BOUNDARY_HALO / 2);
    }
    if (start >= 0)
      (open ? cairo_line_to : cairo_move_to) (cr, x, y);
    open = start >= 0;
  }
}

/* Red, dashed, on a halo of paper: it is told from the map by more than its colour. */
static void
stroke_boundary (ScopeCanvas *canvas, double factor)
{
  cairo_t *cr = canvas->cr;
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  scope_canvas_line_width (canvas, BOUNDARY_HALO * factor);
  scope_canvas_set_colour (canvas, canvas->theme->paper);
  cairo_stroke_preserve (cr);
  scope_canvas_line_width (canvas, BOUNDARY_WIDTH * factor);
  cairo_set_dash (cr, boundary_dash, G_N_ELEMENTS (boundary_dash), 0);
  scope_canvas_set_colour (canvas, canvas->theme->boundary);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_boundary (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  if (result->n_boundary == 0)
    return;
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, plot.x, plot.y, plot.width, plot.height);
  cairo_clip (canvas->cr);
  double factor = plot.width < SMALL_PLOT ? SMALL_FACTOR : 1;
  trace_boundary (canvas->cr, result, result->boundary_start, FALSE, plot);
  stroke_boundary (canvas, factor);
  if (result->mirror_start != NULL) {
    trace_boundary (canvas->cr, result, result->mirror_start, TRUE, plot);
    stroke_boundary (canvas, factor);
  }
  cairo_restore (canvas->cr);
}

/* Share of dropped tokens in each of BINS pieces of the columns, as greys from paper to ink. */
static cairo_surface_t *
strip_image (const ScopeResult *result, const ScopeTheme *theme, gsize bins)
{
  gsize columns = result->range.column_end - result->range.column_begin;
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int)bins, 1);
  guint32 *pixel = (guint32 *)cairo_image_surface_get_data (image);
  for (gsize k = 0; k < bins; k++) {
    gsize begin = columns * k / bins, end = columns * (k + 1) / bins, count = 0;
    for (gsize c = begin; c < end; c++)
      count += result->dropped[c] != 0;
    double share = (double)count / (double)(end - begin);
    double grey = theme->paper.red + share * (theme->ink.red - theme->paper.red);
    pixel[k] = 0xff000000u | 0x010101u * (guint32)(grey * 255 + 0.5);
  }
  cairo_surface_mark_dirty (image);
  return image;
}

static void
draw_strip (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  gsize columns = result->range.column_end - result->range.column_begin;
  gsize bins = MIN (columns, (gsize)(plot.width * STRIP_DENSITY));
  ScopeRect strip = { plot.x, plot.y - SCOPE_DROPPED_STRIP - 1, plot.width, SCOPE_DROPPED_STRIP };
  cairo_surface_t *image = strip_image (result, canvas->theme, MAX (bins, 1));
  scope_canvas_image (canvas, image, scope_canvas_snap (canvas, strip));
  cairo_surface_destroy (image);
  scope_canvas_set_colour (canvas, canvas->theme->faint);
  scope_canvas_horizontal (canvas, plot.x, plot.x + plot.width, plot.y - 1, 0.3);
}

/* Hatches what is clipped inside RECT. */
static void
hatch (ScopeCanvas *canvas, ScopeRect rect)
{
  cairo_t *cr = canvas->cr;
  int count = (int)ceil ((rect.width + rect.height) / HATCH_STEP);
  for (int k = 0; k < count; k++) {
    double x = rect.x - rect.height + k * HATCH_STEP;
    cairo_move_to (cr, x, rect.y + rect.height);
    cairo_line_to (cr, x + rect.height, rect.y);
  }
  scope_canvas_line_width (canvas, 0.35);
  scope_canvas_set_colour (canvas, canvas->theme->faint);
  cairo_stroke (cr);
}

/* The causal part of columns [BEGIN, END): down from the diagonal, in steps where steps can be
 * seen. Returns its bounds. */
static ScopeRect
trace_columns (ScopeCanvas *canvas, const ScopeRange *range, ScopeRect plot, gsize begin, gsize end)
{
  double cell = plot.width / (double)(range->column_end - range->column_begin);
  double row = plot.height / (double)(range->row_end - range->row_begin);
  double offset = (double)range->column_begin - (double)range->row_begin;
  double bottom = plot.y + plot.height, left = plot.x + (double)begin * cell, top = bottom;
  gsize step = MAX (1, (gsize)(HATCH_STEP / 4 / cell));
  cairo_move_to (canvas->cr, left, bottom);
  for (gsize c = begin; c < end; c += step) {
    double y = plot.y + CLAMP ((offset + (double)c) * row, 0.0, plot.height);
    cairo_line_to (canvas->cr, plot.x + (double)c * cell, y);
    cairo_line_to (canvas->cr, plot.x + (double)MIN (c + step, end) * cell, y);
    top = MIN (top, y);
  }
  double right = plot.x + (double)end * cell;
  cairo_line_to (canvas->cr, right, bottom);
  cairo_close_path (canvas->cr);
  return (ScopeRect){ left, top, right - left, bottom - top };
}

static void
hatch_columns (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot)
{
  const ScopeRange *range = &result->range;
  gsize columns = range->column_end - range->column_begin;
  double cell = plot.width / (double)columns;
  for (gsize begin = 0, end; begin < columns; begin = end) {
    for (end = begin + 1; end < columns && result->dropped[end] == result->dropped[begin];)
      end++;
    if (!result->dropped[begin] || (double)(end - begin) * cell < HATCH_WIDTH)
      continue;
    cairo_save (canvas->cr);
    ScopeRect bounds = trace_columns (canvas, range, plot, begin, end);
    cairo_clip (canvas->cr);
    hatch (canvas, bounds);
    cairo_restore (canvas->cr);
  }
}

/* What is transparent above the diagonal of FRONT, from the transpose of BACK. */
static void
fill_mirrored (cairo_surface_t *front, cairo_surface_t *back)
{
  gsize size = (gsize)cairo_image_surface_get_width (front);
  gsize front_stride = (gsize)cairo_image_surface_get_stride (front);
  gsize back_stride = (gsize)cairo_image_surface_get_stride (back);
  unsigned char *data = cairo_image_surface_get_data (front);
  const unsigned char *other = cairo_image_surface_get_data (back);
  cairo_surface_flush (front);
  for (gsize r = 0; r < size; r++)
    for (gsize c = r + 1; c < size; c++)
      ((guint32 *)(data + r * front_stride))[c] = ((const guint32 *)(other + c * back_stride))[r];
  cairo_surface_mark_dirty (front);
}

static void
draw_diagonal (ScopeCanvas *canvas, ScopeRect plot)
{
  cairo_move_to (canvas->cr, plot.x, plot.y);
  cairo_line_to (canvas->cr, plot.x + plot.width, plot.y + plot.height);
  scope_canvas_line_width (canvas, DIAGONAL_WIDTH);
  scope_canvas_set_colour (canvas, canvas->theme->paper);
  cairo_stroke (canvas->cr);
}

cairo_surface_t *
scope_panel_map_cells (const ScopeResult *result, ScopePalette palette, const ScopeNorm *norm)
{
  cairo_surface_t *image = scope_map_image (result->matrix, result->range, palette, norm);
  if (result->mirror != NULL) {
    cairo_surface_t *mirror = scope_map_image (result->mirror, result->range, palette, norm);
    fill_mirrored (image, mirror);
    cairo_surface_destroy (mirror);
  }
  return image;
}

static void
draw_cells (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot, ScopePalette palette,
            const ScopeNorm *norm)
{
  cairo_surface_t *image = scope_panel_map_cells (result, palette, norm);
  scope_canvas_image (canvas, image, plot);
  cairo_surface_destroy (image);
  if (result->mirror != NULL)
    draw_diagonal (canvas, plot);
}

void
scope_panel_map_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                      ScopePalette palette, const ScopeNorm *norm)
{
  draw_cells (canvas, result, plot, palette, norm);
  if (result->dropped != NULL) {
    /* In a small map hatching would hide what is left. */
    if (plot.width >= HATCH_PLOT)
      hatch_columns (canvas, result, plot);
    draw_strip (canvas, result, plot);
  }
  draw_boundary (canvas, result, plot);
}

char *
scope_figure_epsilon (double epsilon)
{
  return scope_tick_label (epsilon, epsilon < 1.0001e-3);
}

static char *
boundary_words (double epsilon)
{
  g_autofree char *number = scope_figure_epsilon (epsilon);
  return g_strconcat ("receptive field, |α| > ", number, NULL);
}

#define DROPPED_WORDS "token dropped by the filter"

static double
key_width (ScopeCanvas *canvas, const char *words)
{
  return 2.2 * canvas->font_pt + 3
         + scope_canvas_text_width (canvas, words, &(ScopeTextStyle){ 0 });
}

/* One sample and its words; returns where they end. */
static double
key_boundary (ScopeCanvas *canvas, double epsilon, double x, double y)
{
  g_autofree char *words = boundary_words (epsilon);
  double middle = y - 0.36 * canvas->font_pt, sample = 2.2 * canvas->font_pt;
  cairo_move_to (canvas->cr, x, middle);
  cairo_line_to (canvas->cr, x + sample, middle);
  stroke_boundary (canvas, 1);
  scope_canvas_text (canvas, x + sample + 3, y, words, &(ScopeTextStyle){ 0 });
  return x + key_width (canvas, words) + 2 * canvas->font_pt;
}

static void
key_dropped (ScopeCanvas *canvas, double x, double y)
{
  double middle = y - 0.36 * canvas->font_pt, sample = 2.2 * canvas->font_pt;
  ScopeRect box = { x, middle - 0.4 * canvas->font_pt, sample, 0.8 * canvas->font_pt };
  cairo_save (canvas->cr);
  cairo_rectangle (canvas->cr, box.x, box.y, box.width, box.height);
  cairo_clip (canvas->cr);
  hatch (canvas, box);
  cairo_restore (canvas->cr);
  scope_canvas_set_colour (canvas, canvas->theme->ink);
  cairo_rectangle (canvas->cr, box.x, box.y, box.width, 0.3 * canvas->font_pt);
  cairo_fill (canvas->cr);
  scope_canvas_text (canvas, x + sample + 3, y, DROPPED_WORDS, &(ScopeTextStyle){ 0 });
}

double
scope_panel_map_key_width (ScopeCanvas *canvas, double epsilon, gboolean dropped)
{
  g_autofree char *words = boundary_words (epsilon);
  return MAX (epsilon > 0 ? key_width (canvas, words) : 0,
              dropped ? key_width (canvas, DROPPED_WORDS) : 0);
}

void
scope_panel_map_key (ScopeCanvas *canvas, double epsilon, gboolean dropped, double x, double y,
                     double width)
{
  double at = x;
  if (epsilon > 0)
    at = key_boundary (canvas, epsilon, x, y);
  if (!dropped)
    return;
  gboolean fits = at + key_width (canvas, DROPPED_WORDS) <= x + width;
  key_dropped (canvas, fits ? at : x, fits ? y : y + SCOPE_KEY_LINE * canvas->font_pt);
}

gsize
scope_panel_map_key_lines (ScopeCanvas *canvas, double epsilon, gboolean dropped, double width)
{
  if (epsilon == 0 || !dropped)
    return epsilon > 0 || dropped ? 1 : 0;
  g_autofree char *words = boundary_words (epsilon);
  double both = key_width (canvas, words) + 2 * canvas->font_pt + key_width (canvas, DROPPED_WORDS);
  return both <= width ? 1 : 2;
}

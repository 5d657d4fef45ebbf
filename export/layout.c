/* Where everything goes. Every column of the grid has the same plot width, and margins as wide as
 * the widest tick labels in it; every row's plots share top and bottom, so that axes line up. */
#include <math.h>

#include "export/figure-private.h"

#define PAGE_MARGIN    2.0
#define COLUMN_GAP     9.0
#define ROW_GAP        8.0
#define BAR_GAP        5.0
#define BAR_WIDTH      6.0
#define SHARED_BAR_GAP 11.0 /* room for the last tick label of the maps beside it */
#define CURVES_ASPECT  0.66
#define MIN_PLOT       12.0 /* a figure too small for its labels is ugly, not an error */

typedef struct {
  const ScopeFigure *figure;
  ScopeLayout *out;
  ScopeCanvas canvas;
  gsize columns, rows;
  double *left, *right; /* (columns): margins around the plots */
  double *top, *bottom; /* (rows) */
  double *plot_height;  /* (rows) */
  double plot_width;
  double bar_extent;    /* of the shared bar, with its gap; 0: none */
  gboolean long_titles; /* one is too long for the width of its plot */
} Grid;

static const ScopeResult *
panel_at (const ScopeFigure *figure, gsize k)
{
  return g_ptr_array_index (figure->panels, k);
}

static gboolean
is_map (const ScopeResult *result)
{
  return result->kind == SCOPE_RESULT_MAP;
}

gboolean
scope_figure_has_key (const ScopeFigure *figure, gboolean *boundary, gboolean *dropped)
{
  *boundary = *dropped = FALSE;
  for (gsize k = 0; k < figure->panels->len; k++) {
    const ScopeResult *result = panel_at (figure, k);
    *boundary |= is_map (result) && result->n_boundary > 0;
    *dropped |= is_map (result) && result->dropped != NULL;
  }
  return *boundary || *dropped;
}

/* --- norms ------------------------------------------------------------------------------------ */

/* Fixed ends win; a diverging palette keeps zero in its middle. */
static ScopeNorm
finish_norm (const ScopeStyle *style, ScopeNorm norm)
{
  if (isfinite (style->low))
    norm.low = style->low;
  if (isfinite (style->high))
    norm.high = style->high;
  if (norm.kind == SCOPE_NORM_LINEAR && style->palette == SCOPE_PALETTE_BALANCE) {
    norm.high = MAX (fabs (norm.low), fabs (norm.high));
    norm.low = -norm.high;
  }
  if (norm.kind != SCOPE_NORM_LINEAR && !(norm.low > 0))
    norm.low = norm.high > 0 ? norm.high * 1e-5 : 1e-5;
  if (!(norm.high > norm.low))
    norm.high = norm.kind == SCOPE_NORM_LINEAR ? norm.low + 1 : norm.low * 10;
  return norm;
}

/* One norm for two maps. The floor of log and the width of symlog belong to the larger top. */
static ScopeNorm
join_norms (ScopeNorm a, ScopeNorm b)
{
  if (a.kind == SCOPE_NORM_LINEAR)
    return (ScopeNorm){ a.kind, MIN (a.low, b.low), MAX (a.high, b.high) };
  return b.high > a.high ? b : a;
}

static void
fit_norms (Grid *grid)
{
  const ScopeStyle *style = &grid->figure->style;
  ScopePanelBox *boxes = grid->out->boxes;
  gssize first = -1;
  for (gsize k = 0; k < grid->out->count; k++) {
    if (!is_map (panel_at (grid->figure, k)))
      continue;
    boxes[k].norm = scope_norm_fit (style->norm, panel_at (grid->figure, k)->matrix);
    if (first < 0)
      first = (gssize)k;
    else if (style->share_range)
      boxes[first].norm = join_norms (boxes[first].norm, boxes[k].norm);
  }
  for (gsize k = 0; k < grid->out->count; k++)
    if (is_map (panel_at (grid->figure, k)))
      boxes[k].norm = style->share_range && (gssize)k != first ? boxes[first].norm
                                                               : finish_norm (style, boxes[k].norm);
}

/* --- margins ---------------------------------------------------------------------------------- */

static void
panel_axes (Grid *grid, gsize k, double width, double height, ScopePanelAxes *axes)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  if (is_map (result))
    scope_panel_map_axes (axes, result, &grid->canvas, width, height);
  else
    scope_panel_curves_axes (axes, result, &grid->canvas, width, height);
}

/* Axis titles stand at the first column, and at the last panel of each column; curves have units of
 * their own and always carry theirs. */
static void
choose_titles (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++) {
    const ScopeResult *result = panel_at (grid->figure, k);
    gboolean left_same = k % grid->columns > 0 && is_map (panel_at (grid->figure, k - 1));
    gboolean below_same = k + grid->columns < grid->out->count
                          && is_map (panel_at (grid->figure, k + grid->columns));
    grid->out->boxes[k].y_title = !is_map (result) || !left_same;
    grid->out->boxes[k].x_title = !is_map (result) || !below_same;
  }
}

static double
left_margin (Grid *grid, gsize k)
{
  g_auto (ScopePanelAxes) axes = { 0 };
  panel_axes (grid, k, 100, 100, &axes);
  double ticks = scope_axis_width (&axes.y, &grid->canvas) + SCOPE_AXIS_GAP;
  return ticks + (grid->out->boxes[k].y_title ? 1.6 * grid->canvas.font_pt : 0);
}

static double
right_margin (Grid *grid, gsize k)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  if (!is_map (result))
    return scope_panel_curves_names_width (result, &grid->canvas);
  if (grid->figure->style.share_range)
    return 0;
  ScopePanelBox *box = &grid->out->boxes[k];
  return BAR_GAP + BAR_WIDTH + scope_colour_bar_extent (&grid->canvas, &box->norm, 100, TRUE);
}

static double
top_margin (Grid *grid, gsize k)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  double header = 1.75 * grid->canvas.font_pt;
  if (is_map (result))
    return header + (result->dropped != NULL ? SCOPE_DROPPED_STRIP + 1 : 0);
  return header + scope_panel_curves_top (result, &grid->canvas);
}

static double
bottom_margin (Grid *grid, gsize k)
{
  double font = grid->canvas.font_pt;
  return SCOPE_AXIS_GAP + 0.95 * font + (grid->out->boxes[k].x_title ? 1.45 * font : 0);
}

/* The last tick label of an x axis may stand half outside: in the last column that needs a margin.
 */
static double
tick_overhang (Grid *grid)
{
  double overhang = 0;
  for (gsize k = grid->columns - 1; k < grid->out->count; k += grid->columns) {
    g_auto (ScopePanelAxes) axes = { 0 };
    panel_axes (grid, k, 100, 100, &axes);
    overhang = MAX (overhang, scope_axis_width (&axes.x, &grid->canvas) / 2);
  }
  return overhang;
}

static void
measure_margins (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++) {
    gsize row = k / grid->columns, column = k % grid->columns;
    grid->left[column] = MAX (grid->left[column], left_margin (grid, k));
    grid->right[column] = MAX (grid->right[column], right_margin (grid, k));
    grid->top[row] = MAX (grid->top[row], top_margin (grid, k));
    grid->bottom[row] = MAX (grid->bottom[row], bottom_margin (grid, k));
  }
  grid->right[grid->columns - 1] = MAX (grid->right[grid->columns - 1], tick_overhang (grid));
  for (gsize k = 0; grid->figure->style.share_range && k < grid->out->count; k++)
    if (is_map (panel_at (grid->figure, k))) {
      double bar = scope_colour_bar_extent (&grid->canvas, &grid->out->boxes[k].norm, 100, TRUE);
      grid->bar_extent = SHARED_BAR_GAP + BAR_WIDTH + bar;
      grid->out->shared_bar = (gssize)k;
      break;
    }
}

/* --- placing ---------------------------------------------------------------------------------- */

static double
sum (const double *value, gsize count)
{
  double total = 0;
  for (gsize k = 0; k < count; k++)
    total += value[k];
  return total;
}

static double
panel_aspect (const ScopeResult *result)
{
  if (!is_map (result))
    return CURVES_ASPECT;
  double rows = (double)(result->range.row_end - result->range.row_begin);
  double columns = (double)(result->range.column_end - result->range.column_begin);
  return columns > 0 ? CLAMP (rows / columns, 0.25, 1.5) : 1;
}

/* The key begins at the first plot and may run to the right margin. */
static double
key_height (Grid *grid)
{
  gboolean boundary, dropped;
  scope_figure_has_key (grid->figure, &boundary, &dropped);
  ScopeLayout *out = grid->out;
  out->key_x = PAGE_MARGIN + grid->left[0];
  out->key_width = out->width - PAGE_MARGIN - out->key_x;
  gsize lines = scope_panel_map_key_lines (&grid->canvas, boundary, dropped, out->key_width);
  return lines > 0 ? (0.8 + SCOPE_KEY_LINE * (double)lines) * grid->canvas.font_pt : 0;
}

/* Widths first; heights follow from the panels' shapes, and shrink or stretch to a wanted height.
 */
static void
measure_plots (Grid *grid)
{
  const ScopeStyle *style = &grid->figure->style;
  double width = style->width_mm / 25.4 * 72;
  grid->out->width = width;
  double free_width = width - 2 * PAGE_MARGIN - sum (grid->left, grid->columns)
                      - sum (grid->right, grid->columns) - grid->bar_extent
                      - (double)(grid->columns - 1) * COLUMN_GAP;
  grid->plot_width = MAX (free_width / (double)grid->columns, MIN_PLOT);
  for (gsize k = 0; k < grid->out->count; k++) {
    double *height = &grid->plot_height[k / grid->columns];
    *height = MAX (*height, grid->plot_width * panel_aspect (panel_at (grid->figure, k)));
  }
  double fixed = 2 * PAGE_MARGIN + sum (grid->top, grid->rows) + sum (grid->bottom, grid->rows)
                 + (double)(grid->rows - 1) * ROW_GAP + key_height (grid);
  double plots = sum (grid->plot_height, grid->rows);
  grid->out->height = fixed + plots;
  if (!(style->height_mm > 0))
    return;
  grid->out->height = style->height_mm / 25.4 * 72;
  double factor = MAX (grid->out->height - fixed, MIN_PLOT * (double)grid->rows) / plots;
  for (gsize r = 0; r < grid->rows; r++)
    grid->plot_height[r] *= factor;
}

/* A map keeps the shape of its tokens inside the place it is given. */
static ScopeRect
fit_plot (const ScopeResult *result, ScopeRect place)
{
  if (!is_map (result))
    return place;
  double aspect = panel_aspect (result);
  double width = MIN (place.width, place.height / aspect);
  return (ScopeRect){ place.x, place.y, width, width * aspect };
}

/* A title begins above the axis, or if one title of the figure is too long for that, all of them
 * begin right after the letters. */
static void
place_title (Grid *grid, gsize k)
{
  ScopePanelBox *box = &grid->out->boxes[k];
  double letter = grid->out->count > 1 ? 1.6 * grid->canvas.font_pt : 0;
  gsize column = k % MAX (grid->columns, 1);
  gboolean last = column + 1 == grid->columns;
  double beside
      = grid->right[column] + (last ? grid->bar_extent : COLUMN_GAP - 0.3 * grid->canvas.font_pt);
  double end = box->plot.x + grid->plot_width + beside;
  box->title_x
      = grid->long_titles ? box->letter_x + letter : MAX (box->plot.x, box->letter_x + letter);
  box->title_width = end - box->title_x;
  const char *title = panel_at (grid->figure, k)->title;
  if (!grid->long_titles && title != NULL
      && scope_canvas_text_width (&grid->canvas, title, &(ScopeTextStyle){ 0 }) > box->title_width)
    grid->long_titles = TRUE;
}

static void
place_panel (Grid *grid, gsize k, double x, double y)
{
  ScopePanelBox *box = &grid->out->boxes[k];
  const ScopeResult *result = panel_at (grid->figure, k);
  gsize row = k / grid->columns, column = k % grid->columns;
  ScopeRect place
      = { x + grid->left[column], y + grid->top[row], grid->plot_width, grid->plot_height[row] };
  box->plot = fit_plot (result, place);
  box->letter_x = x;
  place_title (grid, k);
  box->header_y = y + grid->canvas.font_pt;
  box->has_bar = is_map (result) && !grid->figure->style.share_range;
  box->bar = (ScopeRect){ box->plot.x + box->plot.width + BAR_GAP, box->plot.y, BAR_WIDTH,
                          box->plot.height };
}

/* At the right margin, beside all the maps. */
static void
place_shared_bar (Grid *grid)
{
  double top = INFINITY, bottom = 0;
  if (grid->out->shared_bar < 0)
    return;
  for (gsize k = 0; k < grid->out->count; k++) {
    ScopeRect plot = grid->out->boxes[k].plot;
    if (!is_map (panel_at (grid->figure, k)))
      continue;
    top = MIN (top, plot.y);
    bottom = MAX (bottom, plot.y + plot.height);
  }
  ScopePanelBox *box = &grid->out->boxes[grid->out->shared_bar];
  double right = grid->out->width - PAGE_MARGIN - grid->bar_extent;
  box->has_bar = TRUE;
  box->bar = (ScopeRect){ right + SHARED_BAR_GAP, top, BAR_WIDTH, bottom - top };
}

static void
place_all (Grid *grid)
{
  double y = PAGE_MARGIN;
  for (gsize row = 0; row < grid->rows; row++) {
    double x = PAGE_MARGIN;
    for (gsize column = 0; column < grid->columns; column++) {
      gsize k = row * grid->columns + column;
      if (k < grid->out->count)
        place_panel (grid, k, x, y);
      x += grid->left[column] + grid->plot_width + grid->right[column] + COLUMN_GAP;
    }
    y += grid->top[row] + grid->plot_height[row] + grid->bottom[row] + ROW_GAP;
  }
  for (gsize k = 0; grid->long_titles && k < grid->out->count; k++)
    place_title (grid, k);
  place_shared_bar (grid);
  double key = key_height (grid);
  if (key > 0)
    grid->out->key_y = grid->out->height - PAGE_MARGIN - key + 1.3 * grid->canvas.font_pt;
}

static void
grid_clear (Grid *grid)
{
  scope_canvas_clear (&grid->canvas);
  g_free (grid->left);
  g_free (grid->right);
  g_free (grid->top);
  g_free (grid->bottom);
  g_free (grid->plot_height);
}

void
scope_layout_init (ScopeLayout *self, const ScopeFigure *figure)
{
  gsize count = figure->panels->len;
  gsize columns = figure->columns > 0 ? figure->columns : 3;
  columns = CLAMP (columns, 1, MAX (count, 1));
  gsize rows = MAX (1, (count + columns - 1) / columns);
  *self = (ScopeLayout){ .count = count, .shared_bar = -1 };
  self->boxes = g_new0 (ScopePanelBox, MAX (count, 1));
  Grid grid = { .figure = figure, .out = self, .columns = columns, .rows = rows };
  scope_canvas_init_measure (&grid.canvas, figure->style.font, figure->style.font_pt);
  grid.left = g_new0 (double, columns);
  grid.right = g_new0 (double, columns);
  grid.top = g_new0 (double, rows);
  grid.bottom = g_new0 (double, rows);
  grid.plot_height = g_new0 (double, rows);
  fit_norms (&grid);
  choose_titles (&grid);
  measure_margins (&grid);
  measure_plots (&grid);
  place_all (&grid);
  grid_clear (&grid);
}

void
scope_layout_clear (ScopeLayout *self)
{
  g_clear_pointer (&self->boxes, g_free);
  self->count = 0;
}

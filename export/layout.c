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
#define TITLE_HEIGHT   2.2  /* ems */
#define MIN_PLOT       12.0 /* a figure too small for its labels is ugly, not an error */

typedef struct {
  const ScopeFigure *figure;
  ScopeLayout *out;
  ScopeCanvas canvas;
  gsize columns, rows;
  gssize *cells;        /* (rows, columns): the panel at a cell, or -1 */
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

static void
look_for_key (const ScopeResult *result, double *epsilon, gboolean *dropped)
{
  if (result->n_boundary > 0)
    *epsilon = result->epsilon;
  *dropped |= result->dropped != NULL && result->kind != SCOPE_RESULT_STRIP;
  for (gsize k = 0; k < result->tiles->len; k++)
    look_for_key (g_ptr_array_index (result->tiles, k), epsilon, dropped);
}

gboolean
scope_figure_has_key (const ScopeFigure *figure, double *epsilon, gboolean *dropped)
{
  *epsilon = 0;
  *dropped = FALSE;
  for (gsize k = 0; k < figure->panels->len; k++)
    look_for_key (panel_at (figure, k), epsilon, dropped);
  return *epsilon > 0 || *dropped;
}

/* --- cells ------------------------------------------------------------------------------------ */

static gboolean
is_free (const Grid *grid, gsize row, gsize column, gsize rows, gsize columns)
{
  for (gsize r = row; r < row + rows; r++)
    for (gsize c = column; c < column + columns; c++)
      if (grid->cells[r * grid->columns + c] >= 0)
        return FALSE;
  return TRUE;
}

static void
take_cells (Grid *grid, gsize k, gsize row, gsize column)
{
  ScopePanelBox *box = &grid->out->boxes[k];
  box->row = row;
  box->column = column;
  for (gsize r = row; r < row + box->rows; r++)
    for (gsize c = column; c < column + box->columns; c++)
      grid->cells[r * grid->columns + c] = (gssize)k;
  grid->rows = MAX (grid->rows, row + box->rows);
}

/* Row by row, each panel at the first place that has room for it. */
static void
place_cells (Grid *grid)
{
  gsize most = 0;
  for (gsize k = 0; k < grid->out->count; k++)
    most += scope_figure_look (grid->figure, k).rows;
  gsize cells = MAX (1, most) * grid->columns;
  grid->cells = g_new (gssize, cells);
  for (gsize k = 0; k < cells; k++)
    grid->cells[k] = -1;
  for (gsize k = 0; k < grid->out->count; k++) {
    ScopePanelLook look = scope_figure_look (grid->figure, k);
    ScopePanelBox *box = &grid->out->boxes[k];
    gsize at = 0;
    box->rows = look.rows;
    box->columns = MIN (look.columns, grid->columns);
    while (at % grid->columns + box->columns > grid->columns
           || !is_free (grid, at / grid->columns, at % grid->columns, box->rows, box->columns))
      at++;
    take_cells (grid, k, at / grid->columns, at % grid->columns);
  }
  grid->rows = MAX (grid->rows, 1);
}

/* The panel at a cell, or NULL. */
static const ScopeResult *
result_at (const Grid *grid, gsize row, gsize column)
{
  gssize k
      = row < grid->rows && column < grid->columns ? grid->cells[row * grid->columns + column] : -1;
  return k >= 0 ? panel_at (grid->figure, (gsize)k) : NULL;
}

static double
sum (const double *value, gsize count)
{
  double total = 0;
  for (gsize k = 0; k < count; k++)
    total += value[k];
  return total;
}

/* --- margins ---------------------------------------------------------------------------------- */

static void
panel_axes (Grid *grid, gsize k, double width, double height, ScopePanelAxes *axes)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  if (is_map (result))
    scope_panel_map_axes (axes, result, &grid->canvas, width, height);
  else if (result->kind == SCOPE_RESULT_CURVES)
    scope_panel_curves_axes (axes, result, &grid->canvas, width, height);
  else if (result->kind == SCOPE_RESULT_TILES)
    scope_panel_tiles_axes (axes, result);
}

/* Axis titles stand at the first column, and at the last panel of each column; curves have units of
 * their own and always carry theirs. */
static void
choose_titles (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++) {
    ScopePanelBox *box = &grid->out->boxes[k];
    const ScopeResult *left = box->column > 0 ? result_at (grid, box->row, box->column - 1) : NULL;
    const ScopeResult *below = result_at (grid, box->row + box->rows, box->column);
    gboolean map = is_map (panel_at (grid->figure, k));
    box->y_title = !map || left == NULL || !is_map (left);
    box->x_title = !map || below == NULL || !is_map (below);
  }
}

static double
left_margin (Grid *grid, gsize k)
{
  g_auto (ScopePanelAxes) axes = { 0 };
  if (panel_at (grid->figure, k)->kind == SCOPE_RESULT_STRIP)
    return scope_panel_strip_margin (panel_at (grid->figure, k), &grid->canvas);
  panel_axes (grid, k, 100, 100, &axes);
  double ticks = scope_axis_width (&axes.y, &grid->canvas) + SCOPE_AXIS_GAP;
  return ticks + (grid->out->boxes[k].y_title ? 1.6 * grid->canvas.font_pt : 0);
}

static double
right_margin (Grid *grid, gsize k)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  if (!scope_result_is_coloured (result))
    return scope_panel_curves_names_width (result, &grid->canvas);
  if (scope_figure_shares (grid->figure, k) || !grid->figure->style.colour_bar)
    return 0;
  ScopePanelBox *box = &grid->out->boxes[k];
  return BAR_GAP + BAR_WIDTH + scope_colour_bar_extent (&grid->canvas, &box->norm, 100, TRUE);
}

/* The plot of a panel begins at that of its first column and ends at that of its last. */
static double
plot_width (const Grid *grid, const ScopePanelBox *box)
{
  double width = grid->plot_width;
  for (gsize c = box->column + 1; c < box->column + box->columns; c++)
    width += grid->right[c - 1] + COLUMN_GAP + grid->left[c] + grid->plot_width;
  return width;
}

static double
top_margin (Grid *grid, gsize k)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  /* Lines have room for their ticks above themselves, with a header or without. */
  gboolean bare = result->kind == SCOPE_RESULT_CURVES && result->title == NULL
                  && scope_figure_letter (grid->figure, k) == '\0';
  double header = bare ? 0 : 1.75 * grid->canvas.font_pt;
  if (is_map (result))
    return header + (result->dropped != NULL ? SCOPE_DROPPED_STRIP + 1 : 0);
  return header
         + (scope_result_is_coloured (result)
                ? 0
                : scope_panel_curves_top (result, &grid->canvas,
                                          plot_width (grid, &grid->out->boxes[k])));
}

static double
bottom_margin (Grid *grid, gsize k)
{
  double font = grid->canvas.font_pt;
  /* A strip has no axis below, but its bar's lowest label stands half outside the bar. */
  if (panel_at (grid->figure, k)->kind == SCOPE_RESULT_STRIP)
    return grid->figure->style.colour_bar ? 0.6 * font : 0;
  return SCOPE_AXIS_GAP + 0.95 * font + (grid->out->boxes[k].x_title ? 1.45 * font : 0);
}

/* The last tick label of an x axis may stand half outside: in the last column that needs a margin.
 */
static double
tick_overhang (Grid *grid)
{
  double overhang = 0;
  for (gsize k = 0; k < grid->out->count; k++) {
    const ScopePanelBox *box = &grid->out->boxes[k];
    if (box->column + box->columns < grid->columns)
      continue;
    g_auto (ScopePanelAxes) axes = { 0 };
    panel_axes (grid, k, 100, 100, &axes);
    overhang = MAX (overhang, scope_axis_width (&axes.x, &grid->canvas) / 2);
  }
  return overhang;
}

static void
measure_shared_bar (Grid *grid)
{
  for (gsize k = 0; grid->figure->style.colour_bar && k < grid->out->count; k++)
    if (scope_figure_shares (grid->figure, k)) {
      double bar = scope_colour_bar_extent (&grid->canvas, &grid->out->boxes[k].norm, 100, TRUE);
      grid->bar_extent = SHARED_BAR_GAP + BAR_WIDTH + bar;
      grid->out->shared_bar = (gssize)k;
      return;
    }
}

static void
at_least (double *value, double least)
{
  *value = MAX (*value, least);
}

/* Left and right first: what they leave is the width of the plots, on which the rest depends. */
static void
measure_sides (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++) {
    const ScopePanelBox *box = &grid->out->boxes[k];
    at_least (&grid->left[box->column], left_margin (grid, k));
    at_least (&grid->right[box->column + box->columns - 1], right_margin (grid, k));
  }
  at_least (&grid->right[grid->columns - 1], tick_overhang (grid));
  measure_shared_bar (grid);
  grid->out->width = grid->figure->style.width_mm / 25.4 * 72;
  double free_width = grid->out->width - 2 * PAGE_MARGIN - sum (grid->left, grid->columns)
                      - sum (grid->right, grid->columns) - grid->bar_extent
                      - (double)(grid->columns - 1) * COLUMN_GAP;
  grid->plot_width = MAX (free_width / (double)grid->columns, MIN_PLOT);
}

static void
measure_ends (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++) {
    const ScopePanelBox *box = &grid->out->boxes[k];
    at_least (&grid->top[box->row], top_margin (grid, k));
    at_least (&grid->bottom[box->row + box->rows - 1], bottom_margin (grid, k));
  }
}

/* --- placing ---------------------------------------------------------------------------------- */

static double
plot_height (const Grid *grid, const ScopePanelBox *box)
{
  double height = grid->plot_height[box->row];
  for (gsize r = box->row + 1; r < box->row + box->rows; r++)
    height += grid->bottom[r - 1] + ROW_GAP + grid->top[r] + grid->plot_height[r];
  return height;
}

/* The least height at which a colour bar beside the panel has room for its label. */
static double
bar_height (Grid *grid, gsize k)
{
  gboolean shares = scope_figure_shares (grid->figure, k);
  if (!grid->figure->style.colour_bar)
    return 0;
  g_autofree char *label = scope_figure_value_label (grid->figure, shares ? -1 : (gssize)k);
  return scope_canvas_text_width (&grid->canvas, label, &(ScopeTextStyle){ 0 });
}

static double
wanted_height (Grid *grid, gsize k)
{
  const ScopeResult *result = panel_at (grid->figure, k);
  double width = plot_width (grid, &grid->out->boxes[k]);
  switch (result->kind) {
  case SCOPE_RESULT_MAP:
    return width * scope_panel_map_aspect (result);
  case SCOPE_RESULT_TILES:
    return scope_panel_tiles_height (result, &grid->canvas, width);
  case SCOPE_RESULT_STRIP:
    return MAX (scope_panel_strip_height (result, &grid->canvas, width), bar_height (grid, k));
  default:
    /* Lines over several columns need not be as high as they are wide. */
    return grid->plot_width * CURVES_ASPECT;
  }
}

/* First the panels of one row, then what those of several rows still lack. */
static void
measure_heights (Grid *grid)
{
  for (gsize k = 0; k < grid->out->count; k++)
    if (grid->out->boxes[k].rows == 1)
      at_least (&grid->plot_height[grid->out->boxes[k].row], wanted_height (grid, k));
  for (gsize k = 0; k < grid->out->count; k++) {
    const ScopePanelBox *box = &grid->out->boxes[k];
    double lacking = box->rows > 1 ? wanted_height (grid, k) - plot_height (grid, box) : 0;
    for (gsize r = box->row; lacking > 0 && r < box->row + box->rows; r++)
      grid->plot_height[r] += lacking / (double)box->rows;
  }
}

/* The key begins at the first plot and may run to the right margin. */
static double
key_height (Grid *grid)
{
  double epsilon;
  gboolean dropped;
  scope_figure_has_key (grid->figure, &epsilon, &dropped);
  ScopeLayout *out = grid->out;
  /* Below the first plot; words that are longer than what is right of it begin before it. */
  double widest = scope_panel_map_key_width (&grid->canvas, epsilon, dropped);
  out->key_x
      = MIN (PAGE_MARGIN + grid->left[0], MAX (out->width - PAGE_MARGIN - widest, PAGE_MARGIN));
  out->key_width = out->width - PAGE_MARGIN - out->key_x;
  gsize lines = scope_panel_map_key_lines (&grid->canvas, epsilon, dropped, out->key_width);
  return lines > 0 ? (0.8 + SCOPE_KEY_LINE * (double)lines) * grid->canvas.font_pt : 0;
}

static double
title_height (const Grid *grid)
{
  return grid->figure->title != NULL ? TITLE_HEIGHT * grid->canvas.font_pt : 0;
}

/* Heights follow from the panels' shapes, and shrink or stretch to a wanted height. */
static void
measure_plots (Grid *grid)
{
  const ScopeStyle *style = &grid->figure->style;
  measure_heights (grid);
  double fixed = 2 * PAGE_MARGIN + title_height (grid) + sum (grid->top, grid->rows)
                 + sum (grid->bottom, grid->rows) + (double)(grid->rows - 1) * ROW_GAP
                 + key_height (grid);
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
  double aspect = scope_panel_map_aspect (result);
  double width = MIN (place.width, place.height / aspect);
  return (ScopeRect){ place.x, place.y, width, width * aspect };
}

/* A title begins above the axis, or if one title of the figure is too long for that, all of them
 * begin right after the letters. */
static void
place_title (Grid *grid, gsize k)
{
  ScopePanelBox *box = &grid->out->boxes[k];
  double letter = scope_figure_letter (grid->figure, k) != '\0' ? 1.6 * grid->canvas.font_pt : 0;
  gsize column = box->column + box->columns - 1;
  gboolean last = column + 1 == grid->columns;
  double beside
      = grid->right[column] + (last ? grid->bar_extent : COLUMN_GAP - 0.3 * grid->canvas.font_pt);
  double end = box->plot.x + plot_width (grid, box) + beside;
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
  ScopeRect place = { x + grid->left[box->column], y + grid->top[box->row], plot_width (grid, box),
                      plot_height (grid, box) };
  box->plot = fit_plot (result, place);
  box->letter_x = x;
  place_title (grid, k);
  box->header_y = y + grid->canvas.font_pt;
  box->has_bar = scope_result_is_coloured (result) && grid->figure->style.colour_bar
                 && !scope_figure_shares (grid->figure, k);
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
    if (!scope_figure_shares (grid->figure, k))
      continue;
    top = MIN (top, plot.y);
    bottom = MAX (bottom, plot.y + plot.height);
  }
  ScopePanelBox *box = &grid->out->boxes[grid->out->shared_bar];
  double right = grid->out->width - PAGE_MARGIN - grid->bar_extent;
  box->has_bar = TRUE;
  box->bar = (ScopeRect){ right + SHARED_BAR_GAP, top, BAR_WIDTH, bottom - top };
}

static gboolean
begins_at (const ScopePanelBox *box, gsize row, gsize column)
{
  return box->row == row && box->column == column;
}

static void
place_all (Grid *grid)
{
  double y = PAGE_MARGIN + title_height (grid);
  grid->out->title_y = PAGE_MARGIN + 1.1 * grid->canvas.font_pt;
  for (gsize row = 0; row < grid->rows; row++) {
    double x = PAGE_MARGIN;
    for (gsize column = 0; column < grid->columns; column++) {
      gssize k = grid->cells[row * grid->columns + column];
      if (k >= 0 && begins_at (&grid->out->boxes[k], row, column))
        place_panel (grid, (gsize)k, x, y);
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
  g_free (grid->cells);
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
  for (gsize k = 0; figure->columns > 0 && k < count; k++)
    columns = MAX (columns, MIN (scope_figure_look (figure, k).columns, figure->columns));
  *self = (ScopeLayout){ .count = count, .shared_bar = -1 };
  self->boxes = g_new0 (ScopePanelBox, MAX (count, 1));
  Grid grid = { .figure = figure, .out = self, .columns = columns };
  scope_canvas_init_measure (&grid.canvas, figure->style.font, figure->style.font_pt);
  place_cells (&grid);
  grid.left = g_new0 (double, columns);
  grid.right = g_new0 (double, columns);
  grid.top = g_new0 (double, grid.rows);
  grid.bottom = g_new0 (double, grid.rows);
  grid.plot_height = g_new0 (double, grid.rows);
  scope_layout_fit_norms (self, figure);
  choose_titles (&grid);
  measure_sides (&grid);
  measure_ends (&grid);
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

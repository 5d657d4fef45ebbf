/* Small maps in a grid, each with a name: an atlas. They share their axes, which stand once at the
 * lower left. */
#include <math.h>

#include "export/figure-private.h"

#define GAP        4.0
#define LABEL_SIZE 0.8 /* ems */
#define MIN_TILE   4.0

static const ScopeResult *
tile_at (const ScopeResult *result, gsize k)
{
  return g_ptr_array_index (result->tiles, k);
}

/* The strip of dropped columns stands between the name and the map. */
static double
label_height (const ScopeResult *result, const ScopeCanvas *canvas)
{
  double strip = 0;
  for (gsize k = 0; k < result->tiles->len; k++)
    if (tile_at (result, k)->dropped != NULL)
      strip = SCOPE_DROPPED_STRIP + 1;
  return 1.25 * LABEL_SIZE * canvas->font_pt + strip;
}

static gsize
tile_rows (const ScopeResult *result)
{
  return (result->tiles->len + result->tile_columns - 1) / result->tile_columns;
}

static double
tile_width (const ScopeResult *result, double width)
{
  double columns = (double)result->tile_columns;
  return MAX (MIN_TILE, (width - (columns - 1) * GAP) / columns);
}

void
scope_panel_tiles_axes (ScopePanelAxes *axes, const ScopeResult *result)
{
  const ScopeRange *range = &tile_at (result, 0)->range;
  *axes = (ScopePanelAxes){ .y_down = TRUE, .x_label = "key token j", .y_label = "query token i" };
  scope_axis_tokens (&axes->x, range->column_begin, range->column_end, 2);
  scope_axis_tokens (&axes->y, range->row_begin, range->row_end, 2);
}

double
scope_panel_tiles_height (const ScopeResult *result, ScopeCanvas *canvas, double width)
{
  double height = tile_width (result, width) * scope_panel_map_aspect (tile_at (result, 0));
  double rows = (double)tile_rows (result);
  return rows * (height + label_height (result, canvas)) + (rows - 1) * GAP;
}

/* What orders the atlas: the cumulative decay, as a power of ten where it is small. */
static char *
decay_words (double ln_decay)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  double decades = ln_decay / G_LN10;
  if (decades < -2)
    return scope_power_label ((int)MAX (round (decades), -99999.0));
  return g_strdup (g_ascii_formatd (number, sizeof number, "%.2g", exp (ln_decay)));
}

/* The name at the left, bold for a global channel; at the right what orders it. */
static void
draw_label (ScopeCanvas *canvas, const ScopeResult *tile, ScopeRect plot, double base)
{
  const char *value = scope_provenance_get (tile->provenance, "value-words");
  const char *decay = scope_provenance_get (tile->provenance, "ln-decay");
  const char *class = scope_provenance_get (tile->provenance, "class");
  ScopeTextStyle right = { .size = LABEL_SIZE * canvas->font_pt, .align = 1, .faint = TRUE };
  ScopeTextStyle left = { .size = LABEL_SIZE * canvas->font_pt,
                          .max_width = plot.width,
                          .bold = g_strcmp0 (class, "global") == 0 };
  g_autofree char *words = value != NULL   ? g_strdup (value)
                           : decay != NULL ? decay_words (g_ascii_strtod (decay, NULL))
                                           : NULL;
  double name = scope_canvas_text_width (canvas, tile->title,
                                         &(ScopeTextStyle){ .size = left.size, .bold = left.bold });
  double width = words != NULL ? scope_canvas_text_width (canvas, words, &right) : plot.width;
  if (name + width + 3 < plot.width)
    scope_canvas_text (canvas, plot.x + plot.width, base, words, &right);
  scope_canvas_text (canvas, plot.x, base, tile->title, &left);
}

/* At the tile at the lower left alone. */
static void
draw_axes (ScopeCanvas *canvas, const ScopePanelAxes *axes, ScopeRect box)
{
  double font = canvas->font_pt, ticks = scope_axis_width (&axes->y, canvas);
  scope_axis_draw_bottom (&axes->x, canvas, box);
  scope_axis_draw_left (&axes->y, canvas, box, TRUE);
  scope_canvas_text (canvas, box.x, box.y + box.height + SCOPE_AXIS_GAP + 2.15 * font,
                     axes->x_label, &(ScopeTextStyle){ 0 });
  scope_canvas_text (canvas, box.x - SCOPE_AXIS_GAP - ticks - 0.6 * font, box.y + box.height,
                     axes->y_label, &(ScopeTextStyle){ .turn = -90 });
}

void
scope_panel_tiles_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                        const ScopePanelAxes *axes, ScopePalette palette, const ScopeNorm *norm)
{
  double width = tile_width (result, plot.width), label = label_height (result, canvas);
  double height = width * scope_panel_map_aspect (tile_at (result, 0));
  gsize last_row = tile_rows (result) - 1;
  for (gsize k = 0; k < result->tiles->len; k++) {
    const ScopeResult *tile = tile_at (result, k);
    gsize row = k / result->tile_columns, column = k % result->tile_columns;
    double x = plot.x + (double)column * (width + GAP);
    double y = plot.y + (double)row * (height + label + GAP);
    ScopeRect box = scope_canvas_snap (canvas, (ScopeRect){ x, y + label, width, height });
    scope_panel_map_draw (canvas, tile, box, palette, norm);
    draw_label (canvas, tile, box, y + 0.95 * LABEL_SIZE * canvas->font_pt);
    if (column == 0 && row == last_row)
      draw_axes (canvas, axes, box);
  }
}

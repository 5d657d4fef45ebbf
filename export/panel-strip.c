/* A text with every token on the colour of its value. Lines break where the text has a new line and
 * where the plot ends; the number of a line's first token stands at its left. */
#include <math.h>
#include <string.h>

#include "export/figure-private.h"

#define LINE_HEIGHT 1.5 /* ems */
#define NUMBER_SIZE 0.8 /* ems */
#define NUMBER_GAP  4.0
#define PAD         0.4 /* points at each side of a word */
#define NEW_LINE    "⏎"

typedef struct {
  double x, y, width;
  gsize line;
  gboolean first; /* of its line */
} WordPlace;

/* Where each word goes in a column of WIDTH; returns the number of lines. */
static gsize
place_words (const ScopeResult *result, ScopeCanvas *canvas, double width, WordPlace *places)
{
  gsize count = result->range.column_end - result->range.column_begin, line = 0;
  double x = 0;
  gboolean first = TRUE;
  for (gsize k = 0; k < count; k++) {
    const char *word = result->words[k];
    double extent = scope_canvas_text_width (canvas, word, &(ScopeTextStyle){ 0 }) + 2 * PAD;
    if (!first && x + extent > width) {
      line++;
      x = 0;
      first = TRUE;
    }
    if (places != NULL)
      places[k] = (WordPlace){ x, (double)line * LINE_HEIGHT * canvas->font_pt, MIN (extent, width),
                               line, first };
    x += extent;
    first = FALSE;
    if (strcmp (word, NEW_LINE) == 0) {
      line++;
      x = 0;
      first = TRUE;
    }
  }
  return line + !first;
}

double
scope_panel_strip_margin (const ScopeResult *result, ScopeCanvas *canvas)
{
  g_autofree char *longest = scope_tick_label ((double)result->range.column_end, FALSE);
  ScopeTextStyle style = { .size = NUMBER_SIZE * canvas->font_pt };
  return scope_canvas_text_width (canvas, longest, &style) + NUMBER_GAP;
}

double
scope_panel_strip_height (const ScopeResult *result, ScopeCanvas *canvas, double width)
{
  gsize lines = place_words (result, canvas, width, NULL);
  return (double)lines * LINE_HEIGHT * canvas->font_pt;
}

/* Black or white, whichever is read better: by the relative luminance of WCAG 2.1. */
static ScopeColour
ink_on (ScopeColour paper)
{
  const double channel[3] = { paper.red, paper.green, paper.blue };
  static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
  double luminance = 0;
  for (int c = 0; c < 3; c++)
    luminance
        += weight[c]
           * (channel[c] <= 0.04045 ? channel[c] / 12.92 : pow ((channel[c] + 0.055) / 1.055, 2.4));
  gboolean dark_ink = (luminance + 0.05) * (luminance + 0.05) > 0.05 * 1.05;
  return dark_ink ? (ScopeColour){ 0, 0, 0 } : (ScopeColour){ 1, 1, 1 };
}

static gboolean
is_dropped (const ScopeResult *result, gsize k)
{
  return result->dropped != NULL && result->dropped[k];
}

/* What is dropped and has no part in what is shown has no colour, and on a logarithmic scale
 * neither has what lies below it: as the app shows the text. */
static gboolean
has_colour (const ScopeResult *result, const ScopeNorm *norm, gsize k)
{
  double value = scope_matrix_get (result->matrix, 0, k);
  return isfinite (value) && !(value == 0 && is_dropped (result, k))
         && !(norm->kind == SCOPE_NORM_LOG && fabs (value) < norm->low);
}

/* Through the middle of the small letters. */
static void
strike (ScopeCanvas *canvas, ScopeRect box, ScopeColour ink)
{
  double y = box.y + box.height / 2 + 0.06 * canvas->font_pt;
  cairo_save (canvas->cr);
  scope_canvas_set_colour (canvas, ink);
  scope_canvas_line_width (canvas, 0.08 * canvas->font_pt);
  cairo_move_to (canvas->cr, box.x, y);
  cairo_line_to (canvas->cr, box.x + box.width, y);
  cairo_stroke (canvas->cr);
  cairo_restore (canvas->cr);
}

static void
draw_word (ScopeCanvas *canvas, const char *word, ScopeRect box, const ScopeColour *colour,
           gboolean dropped)
{
  ScopeRect paper = scope_canvas_snap (canvas, box);
  ScopeColour ink = colour != NULL ? ink_on (*colour) : canvas->theme->ink;
  if (colour != NULL) {
    scope_canvas_set_colour (canvas, *colour);
    cairo_rectangle (canvas->cr, paper.x, paper.y, paper.width, paper.height);
    cairo_fill (canvas->cr);
  }
  scope_canvas_text (canvas, box.x + PAD, box.y + box.height / 2, word,
                     &(ScopeTextStyle){ .middle = TRUE, .ink = &ink, .keep_spaces = TRUE });
  if (dropped)
    strike (canvas, box, ink);
}

static void
draw_number (ScopeCanvas *canvas, const ScopeResult *result, gsize k, double x, double y)
{
  g_autofree char *number = scope_tick_label ((double)(result->range.column_begin + k), FALSE);
  scope_canvas_text (
      canvas, x - NUMBER_GAP, y, number,
      &(ScopeTextStyle){
          .size = NUMBER_SIZE * canvas->font_pt, .align = 1, .middle = TRUE, .faint = TRUE });
}

void
scope_panel_strip_draw (ScopeCanvas *canvas, const ScopeResult *result, ScopeRect plot,
                        ScopePalette palette, const ScopeNorm *norm)
{
  gsize count = result->range.column_end - result->range.column_begin;
  g_autofree WordPlace *places = g_new (WordPlace, MAX (count, 1));
  double height = LINE_HEIGHT * canvas->font_pt;
  place_words (result, canvas, plot.width, places);
  for (gsize k = 0; k < count; k++) {
    double value = scope_matrix_get (result->matrix, 0, k);
    double place = isfinite (value) ? scope_norm_apply (norm, value) : 0;
    ScopeColour colour = scope_colour_from_argb (scope_palette_colour (palette, place));
    ScopeRect box = { plot.x + places[k].x, plot.y + places[k].y, places[k].width, 0.92 * height };
    draw_word (canvas, result->words[k], box, has_colour (result, norm, k) ? &colour : NULL,
               is_dropped (result, k));
    if (places[k].first)
      draw_number (canvas, result, k, plot.x, box.y + box.height / 2);
  }
}
